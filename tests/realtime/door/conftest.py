"""A folder of sockets of the test's own, and ways to wait that do not measure time."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

Eventually = Callable[[Callable[[], object]], None]


@contextmanager
def folder_of_sockets(patch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the engines of a test are found; short, since a socket's path has 104 bytes at most. [main]"""
    root = Path(tempfile.mkdtemp(prefix="door", dir="/tmp"))
    patch.setenv("XDG_RUNTIME_DIR", str(root))
    yield root / "vocello"
    shutil.rmtree(root)


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of sockets of this test's own."""
    with folder_of_sockets(monkeypatch) as folder:
        yield folder


@pytest.fixture
def eventually() -> Eventually:
    """Wait until something holds; a test that never sees it fails."""

    def wait(holds: Callable[[], object]) -> None:
        for _ in range(6000):
            if holds():
                return
            time.sleep(0.01)
        pytest.fail("it never came about")

    return wait
