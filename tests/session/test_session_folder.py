"""A session's folder: one app at a time, copies for others, takes that go along, and nothing unsaved that is lost."""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gui.session.document import Document, suggested_folder
from gui.session.folder import create_unsaved, file_name, is_unsaved, left_unsaved, sessions_path
from gui.session.lock import Lock, is_open
from gui.session.recent import forget, recent, remember
from gui.session.setup import Change, Setup, Take
from gui.session.text import State
from score import midifile
from score.edits import AddNotes, AddTrack, RemoveTrack, RenameTrack
from score.errors import SessionError
from score.note import Note
from score.score import Score, Track

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def document(home: Path) -> Iterator[Document]:
    with Document.new(home, State(Setup(), Score().adding("Voice", [Note(0, 480, 60)]))) as made:
        yield made


def held_by_another_process(folder: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from gui.session.lock import Lock\n"
            "lock = Lock(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()",
            str(folder),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert child.stdout is not None and child.stdout.readline() == "held\n"
    return child


def test_a_second_app_is_told_who_has_the_session_and_a_dead_one_has_nothing(tmp_path: Path):
    child = held_by_another_process(tmp_path)
    with child:
        with pytest.raises(SessionError, match=f"is open already, in process {child.pid} on "):
            Lock(tmp_path)
        assert is_open(tmp_path)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert not is_open(tmp_path)
        Lock(tmp_path).release()


def test_the_same_app_cannot_open_a_session_twice(document: Document, home: Path):
    with pytest.raises(SessionError, match=f"process {os.getpid()}"):
        Document.open(document.path, home)
    document.do(AddTrack(Track("Still here")))


def test_where_a_folder_cannot_be_locked_the_process_it_names_is_asked_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("gui.session.lock._lock", refuse)
    first = Lock(tmp_path)
    with pytest.raises(SessionError, match="open already"):
        Lock(tmp_path)
    first.release()
    Lock(tmp_path).release()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    lock = json.dumps({"pid": dead.pid, "host": os.uname().nodename})
    for stale in (lock, "garbage", "", "[]", '{"pid": "x", "host": 1}'):
        (tmp_path / ".lock").write_text(stale)
        Lock(tmp_path).release()
    (tmp_path / ".lock").write_text(lock.replace(os.uname().nodename, "another-machine"))
    with pytest.raises(SessionError, match="on another-machine"):
        Lock(tmp_path)


def test_a_new_session_lives_among_the_users_data_until_it_is_named(document: Document, home: Path, tmp_path: Path):
    assert document.is_unsaved_folder and document.path.parent == sessions_path(home).resolve()
    assert document.name == "" and is_unsaved(document.path, home)
    assert left_unsaved(home) == []  # for it is open
    unsaved = document.path
    document.save_as(tmp_path / "Song")
    assert not document.is_unsaved_folder and document.name == "Song" and document.is_saved
    assert not unsaved.exists()
    document.do(AddNotes(1, (Note(480, 480, 62),)))
    assert not document.is_saved


def test_a_session_that_was_never_named_is_found_after_a_crash(home: Path):
    with Document.new(home) as document:
        document.do(AddTrack(Track("Sung")))
    with Document.new(home):  # nothing is done in it, and nothing remains
        pass
    (left,) = left_unsaved(home)
    assert left == document.path
    with Document.open(left, home) as again:
        assert again.score.tracks[0].name == "Sung" and len(again.recovered) == 1


def test_a_new_session_with_a_recording_is_never_taken_for_an_empty_one(home: Path):
    with Document.new(home) as document:
        (document.path / document.new_take("Voice")).write_bytes(b"sound")
    assert left_unsaved(home) == [document.path]


def test_two_new_sessions_of_one_second_have_folders_of_their_own(home: Path):
    with Document.new(home) as one, Document.new(home) as two:
        assert one.path != two.path


def test_saving_under_another_name_takes_the_takes_along_and_leaves_the_old_as_it_was_saved(
    document: Document, home: Path, tmp_path: Path
):
    take = document.new_take("Voice")
    (document.path / take).write_bytes(b"sound")
    assert document.new_take("Voice") == "takes/Voice 2.flac"
    document.add_take(Take(take, 1))
    document.save_as(tmp_path / "One")
    document.do(AddTrack(Track("Second")))
    document.save_as(tmp_path / "Two")
    assert (tmp_path / "Two" / take).read_bytes() == b"sound"
    with Document.open(tmp_path / "One", home) as old:
        assert [track.name for track in old.score.tracks] == ["Voice"] and old.recovered == () and old.is_saved
        assert (old.path / take).read_bytes() == b"sound" and old.trouble == ()
    assert document.path == (tmp_path / "Two").resolve()
    document.undo()
    document.save()
    (document.path / take).unlink()
    assert "is not in" in document.trouble[0]


def test_a_recording_that_was_undone_goes_along_and_can_be_redone(document: Document, tmp_path: Path):
    take = document.new_take("Voice")
    (document.path / take).write_bytes(b"sound")
    document.add_take(Take(take, 1))
    document.undo()
    unsaved = document.path
    document.save_as(tmp_path / "Song")
    assert not unsaved.exists()
    document.redo()
    assert document.trouble == () and (document.path / take).read_bytes() == b"sound"


def test_an_unsaved_folder_with_something_strange_in_it_is_not_taken_away(document: Document, tmp_path: Path):
    strange = document.path / "lyrics.txt"
    strange.write_text("la la")
    document.save_as(tmp_path / "Song")
    assert strange.read_text() == "la la"


@pytest.mark.parametrize("occupied", ["folder", "file", "below a file"])
def test_a_place_that_is_taken_is_refused_and_the_session_stays_where_it_is(
    document: Document, tmp_path: Path, occupied: str
):
    place = tmp_path / "There"
    if occupied == "folder":
        place.mkdir()
        (place / "mine.txt").write_text("mine")
    else:
        place.write_text("mine")
        place = place / "Song" if occupied == "below a file" else place
    before = document.path
    with pytest.raises(SessionError):
        document.save_as(place)
    document.do(AddTrack(Track("Second")))
    assert document.path == before and document.sync()


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow beyond so many bytes: the system's own refusal."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_save_for_which_there_is_no_room_leaves_the_old_file(document: Document, tmp_path: Path, home: Path):
    document.save_as(tmp_path / "Song")
    session = document.path / "session.json"
    before = session.read_bytes()
    document.do(AddNotes(1, tuple(Note(n, 1, 60) for n in range(400))))
    assert document.sync()
    with room_for(4000), pytest.raises(SessionError, match="cannot be written: File too large"):
        document.save()
    assert session.read_bytes() == before
    with room_for(4000), pytest.raises(SessionError, match="cannot be written"):
        document.save_as(tmp_path / "Other")
    assert not (tmp_path / "Other").exists() and document.path == (tmp_path / "Song").resolve()
    document.save()
    assert document.is_saved and len(session.read_bytes()) > 4000


def test_what_is_no_session_is_told_so(tmp_path: Path, home: Path):
    with pytest.raises(SessionError, match="There is no folder"):
        Document.open(tmp_path / "nowhere", home)
    with pytest.raises(SessionError, match=r"holds no session\.json"):
        Document.open(tmp_path, home)
    (tmp_path / "session.json").write_bytes(b"\x00garbage")
    with pytest.raises(SessionError, match=r"session\.json' cannot be opened: it is no JSON"):
        Document.open(tmp_path, home)
    assert (tmp_path / "session.json").read_bytes() == b"\x00garbage"
    assert not is_open(tmp_path)


def test_a_session_can_be_opened_by_its_file(document: Document, tmp_path: Path, home: Path):
    document.save_as(tmp_path / "Song")
    document.close()
    with Document.open(tmp_path / "Song" / "session.json", home) as again:
        assert again.path == (tmp_path / "Song").resolve()


def test_tracks_are_copied_as_midi_and_copies_that_are_none_any_more_go(document: Document, tmp_path: Path):
    document.do(AddTrack(Track("Bass: deep/low")))
    document.save_as(tmp_path / "Song")
    document._clips.wait()
    clips = tmp_path / "Song" / "clips"
    assert sorted(path.name for path in clips.iterdir()) == ["01 Voice.mid", "02 Bass deep low.mid"]
    assert midifile.read(clips / "01 Voice.mid").score.tracks[0] == document.score.tracks[0]
    (clips / "mine.mid").write_bytes(b"mine")
    untouched = (clips / "02 Bass deep low.mid").stat().st_mtime_ns
    document.do(RenameTrack(1, "Choir"))
    document.save()
    document._clips.wait()
    assert sorted(path.name for path in clips.iterdir()) == ["01 Choir.mid", "02 Bass deep low.mid", "mine.mid"]
    assert (clips / "02 Bass deep low.mid").stat().st_mtime_ns == untouched
    document.do(RemoveTrack(document.score.tracks[1].id))
    document.save()
    document._clips.wait()
    assert sorted(path.name for path in clips.iterdir()) == ["01 Choir.mid", "mine.mid"]
    assert document.trouble == ()


def test_copies_that_cannot_be_written_are_told_and_the_session_is_saved(document: Document, tmp_path: Path):
    document.save_as(tmp_path / "Song")
    document._clips.wait()
    (clip,) = (tmp_path / "Song" / "clips").iterdir()
    clip.unlink()
    clip.mkdir()
    document.do(AddNotes(1, (Note(0, 1, 70),)))
    document.save()
    document._clips.wait()
    assert document.is_saved and "was not copied as MIDI" in document.trouble[0]


def test_recent_sessions_stand_in_the_order_in_which_they_were_opened(document: Document, tmp_path: Path, home: Path):
    document.save_as(tmp_path / "One")
    document.change(Change("Name", ("name",), "First"))
    document.save_as(tmp_path / "Two")
    document.save_as(tmp_path / "Three")
    Document.open(tmp_path / "One", home).close()
    assert [Path(each.path).name for each in recent(home)] == ["One", "Three", "Two"]
    assert recent(home)[1].name == "First"
    (tmp_path / "Two" / "session.json").unlink()
    forget(tmp_path / "Three", home)
    assert [Path(each.path).name for each in recent(home)] == ["One"]


@pytest.mark.parametrize("garbage", [b"", b"\xff", b"{}", b'[{"path": 1}]'])
def test_a_list_of_recent_sessions_that_is_garbage_is_empty_and_begins_anew(home: Path, tmp_path: Path, garbage: bytes):
    sessions_path(home).mkdir(parents=True)
    (sessions_path(home) / "recent.json").write_bytes(garbage)
    assert recent(home) == ()
    (tmp_path / "session.json").touch()
    remember(tmp_path, "Song", home)
    assert [each.name for each in recent(home)] == ["Song"]


@pytest.mark.parametrize(
    ("name", "file"),
    [("Ave María", "Ave María"), ("a/b\\c:d", "a b c d"), ("..", "untitled"), ("", "untitled"), ("x" * 90, "x" * 60)],
)
def test_a_name_becomes_a_file_that_every_system_takes(name: str, file: str):
    assert file_name(name) == file


def test_a_folder_is_suggested_that_is_not_there_yet(document: Document, tmp_path: Path):
    assert suggested_folder(document, tmp_path).name == "My session"
    (tmp_path / "My session").mkdir()
    assert suggested_folder(document, tmp_path).name == "My session 2"


def test_a_folder_that_cannot_be_made_is_told(home: Path):
    home.write_text("a file where the user's data should be")
    with pytest.raises(SessionError, match="cannot be made"):
        create_unsaved(home)


def test_the_view_is_kept_with_the_next_save_and_is_no_step(document: Document, tmp_path: Path, home: Path):
    document.look({"zoom": 2.0})
    assert document.undo_name is None and document.is_saved
    document.save_as(tmp_path / "Song")
    document.close()
    with Document.open(tmp_path / "Song", home) as again:
        assert again.setup.view == {"zoom": 2.0}
