"""A journal that a disk spoiled, or has no room for: what is whole is used, the rest is kept, and both are told."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.session import journal as journal_module
from gui.session.document import Document
from gui.session.replay import found_in
from score.edits import AddNotes, RenamePiece
from score.errors import SessionError
from score.note import Note
from score.score import Score
from tests.session.crashing import add, all_of, crash, pitches


def test_a_journal_of_another_state_is_kept_aside_and_not_used(piece: Path, home: Path):
    document = Document.open(piece, home)
    add(document, 60)
    crash(document)
    session = piece / "session.json"
    session.write_text(session.read_text().replace('"name": "Voice"', '"name": "By hand"'))
    journal = (piece / "journal.jsonl").read_bytes()
    with Document.open(piece, home) as again:
        assert pitches(again) == [] and again.score.tracks[0].name == "By hand"
        assert "another state" in again.recovered[0]
    (aside,) = piece.glob("journal set aside *.jsonl")
    assert aside.read_bytes() == journal and aside.name in again.recovered[0]


@pytest.mark.parametrize("garbage", [b"", b"\0" * 100, b"{}\n", b"\xff\n\n", b'{"crc":"00000000","kind":1}\n'])
def test_a_journal_that_is_none_is_kept_aside(piece: Path, home: Path, garbage: bytes):
    (piece / "journal.jsonl").write_bytes(garbage)
    with Document.open(piece, home) as again:
        assert "could not be read" in again.recovered[0] and again.is_saved
    (aside,) = piece.glob("journal set aside *.jsonl")
    assert aside.read_bytes() == garbage


def test_a_journal_that_is_damaged_in_the_middle_is_believed_up_to_there_and_kept_whole(piece: Path, home: Path):
    document = Document.open(piece, home)
    for pitch in (60, 62, 64):
        add(document, pitch)
    crash(document)
    path = piece / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b",62,", b",63,")
    path.write_bytes(b"".join(lines))
    with Document.open(piece, home) as again:
        assert pitches(again) == [60]
        assert "Line 3 of the journal is not as it was written; 2 lines" in again.recovered[1]
        add(again, 70)
    (aside,) = piece.glob("journal set aside *.jsonl")
    assert aside.read_bytes() == b"".join(lines)
    with Document.open(piece, home) as once_more:
        assert pitches(once_more) == [60, 70]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 400))
def test_any_bytes_in_a_journal_are_passed_over_or_refused(garbage: bytes, start: int, length: int):
    with tempfile.TemporaryDirectory() as folder:
        document = Document.new(Path(folder))
        for pitch in (60, 62, 64):
            document.do(RenamePiece(str(pitch)))
        crash(document)
        data = (document.path / "journal.jsonl").read_bytes()
        spoiled = data[:start] + garbage + data[start + length :]
        try:
            found = found_in(spoiled)
        except SessionError:
            return
        assert len(found.records) <= 3
        assert [number for number, _ in found.records] == list(range(1, len(found.records) + 1))


class FullDisk:
    """A file on a disk that has room for so many bytes more."""

    def __init__(self, file, room: int) -> None:
        self.file, self.room = file, room

    def write(self, data) -> int:
        if self.room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        some = bytes(data[: self.room])
        self.room -= len(some)
        return self.file.write(some)

    def __getattr__(self, name: str):
        return getattr(self.file, name)


def test_a_full_disk_is_told_and_nothing_is_lost_once_there_is_room(
    piece: Path, home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(journal_module, "_TRY_AGAIN_AFTER_S", 0.01)
    document = Document.open(piece, home)
    add(document, 60)
    document.sync()
    full: Any = FullDisk(document._journal._file, 20)
    document._journal._file = full
    for pitch in (62, 64):
        add(document, pitch)
    assert not document.sync()
    assert pitches(document) == [60, 62, 64]  # the hand goes on
    assert "No space left on device" in document.trouble[0] and "a crash would lose it" in document.trouble[0]
    with tempfile.TemporaryDirectory() as elsewhere:  # a crash now: what was written is whole
        (Path(elsewhere) / "session.json").write_bytes((piece / "session.json").read_bytes())
        (Path(elsewhere) / "journal.jsonl").write_bytes((piece / "journal.jsonl").read_bytes())
        with Document.open(Path(elsewhere), home) as crashed:
            assert pitches(crashed) == [60]
    full.room = 1 << 20
    while document.trouble:
        document._journal.sync()
    assert document.sync()
    crash(document)
    with Document.open(piece, home) as again:
        assert pitches(again) == [60, 62, 64]


def test_a_save_that_fails_leaves_the_old_file_and_the_journal(
    piece: Path, home: Path, monkeypatch: pytest.MonkeyPatch
):
    before = (piece / "session.json").read_bytes()
    document = Document.open(piece, home)
    add(document, 60)
    document.sync()
    with monkeypatch.context() as patch:

        def refuse(_: int) -> None:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

        patch.setattr("score.atomic.os.fsync", refuse)
        with pytest.raises(SessionError, match="Read-only file system"):
            document.save()
    assert (piece / "session.json").read_bytes() == before and not document.is_saved
    assert sorted(path.name for path in piece.iterdir()) == sorted([".lock", "clips", "journal.jsonl", "session.json"])
    crash(document)
    with Document.open(piece, home) as again:
        assert pitches(again) == [60]
        again.save()
        assert again.is_saved


def test_a_large_edit_is_left_to_the_thread_and_arrives_in_order(piece: Path, home: Path):
    document = Document.open(piece, home)
    many = tuple(Note(n, 1, 60) for n in range(3 * journal_module.LIGHT))
    document.do(AddNotes(1, many))
    document.do(RenamePiece("Then"))
    assert document.sync()
    expected = all_of(document)
    crash(document)
    with Document.open(piece, home) as again:
        assert all_of(again) == expected and len(pitches(again)) == len(many)


def test_what_can_not_be_written_down_is_not_done(piece: Path, home: Path):
    class Fly:
        name = "Fly"

        def apply(self, score: Score):
            return score, self

    with Document.open(piece, home) as document:
        with pytest.raises(Exception, match="No journal can say 'Fly'"):
            document.do(Fly())
        assert document.is_saved and document.undo_name is None
