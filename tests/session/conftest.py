"""A place for the user's data, and a session that was saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from gui.session.document import Document
from score.edits import AddTrack
from score.score import Track


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def piece(home: Path, tmp_path: Path) -> Path:
    """A saved session of one track, with id 1."""
    with Document.new(home) as document:
        document.do(AddTrack(Track("Voice")))
        document.save_as(tmp_path / "Piece")
    return tmp_path / "Piece"
