"""A session that ends as a killed process ends, and what to compare before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gui.session.document import Document
from score.edits import AddNotes
from score.note import Note
from tests.score.made_up import described


def all_of(document: Document):
    return described(document.score), document.setup


def crash(document: Document) -> None:
    """What is left of a process that is killed: the files, and nothing in memory."""
    document._journal.close()
    document._clips.wait()
    document._folder.close()


@contextmanager
def closing(document: Document, how: Callable[[Document], None]) -> Iterator[None]:
    """However the block ends."""
    try:
        yield
    finally:
        how(document)


def add(document: Document, pitch: int) -> None:
    document.do(AddNotes(1, (Note(0, 10, pitch),)))


def pitches(document: Document) -> list[int]:
    return [note.pitch for _, note in document.score]
