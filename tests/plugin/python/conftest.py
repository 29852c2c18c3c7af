"""A home for each test, with proofs that all tests of a session share."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime.code_cache import cache_folder


@pytest.fixture(scope="session")
def proofs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where what was proved is kept until the session ends."""
    return tmp_path_factory.mktemp("proofs")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, proofs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home; the program's own compiled code stays where it is."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(cache_folder()))
    for name, place in (("HOME", tmp_path), ("XDG_DATA_HOME", tmp_path / "data")):
        monkeypatch.setenv(name, str(place))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(proofs))
    return tmp_path
