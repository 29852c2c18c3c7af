"""Takes that were being made when something was killed: after the next start they are there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np

from gui.session.document import Document
from gui.session.folder import MAKING
from gui.session.making import EVENTS
from gui.session.setup import Take
from gui.session.takes import Finished, Takes
from realtime.client import EVENT
from tests.session.crashing import crash
from tests.session.taping import RATE, VOICE, a_piece, beside, notes, sound_of, sung, taped, the_notes

BEAT = 960  # half a second
NOTHING = np.zeros(0, EVENT)


def reopened(piece: Document, home: Path) -> tuple[Document, tuple[str, ...], list[Finished]]:
    done: list[Finished] = []
    again = Document.open(piece.path, home)
    takes = Takes(again, done.append)
    told = takes.recover()
    takes.close()
    return again, told, done


def test_a_take_that_was_being_recorded_is_a_take_with_notes_after_the_start(home, tmp_path):
    piece, heard = a_piece(home), sung(4.0)
    tape = taped(tmp_path / "tape", heard)
    takes = Takes(piece)
    takes.begin(tape, RATE, RATE, VOICE, BEAT, NOTHING)
    takes.hear(notes((1.5, 2.0, 60), (2.5, 3.0, 62)))
    crash(piece)
    again, told, done = reopened(piece, home)
    with again:
        assert told == ("The take 'Voice 1', of 3.0 s, was brought back.",)
        assert the_notes(again) == [(2 * BEAT, 3 * BEAT, 60), (4 * BEAT, 5 * BEAT, 62)]
        assert [take.file for take in again.setup.takes] == ["takes/Voice 1.flac"]
        np.testing.assert_allclose(sound_of(again.path / "takes/Voice 1.flac"), heard[RATE:], atol=2.0**-22)
        assert done[0].trouble == ""
        assert again.trouble == ()
        again.undo()
        assert the_notes(again) == [] and again.setup.takes == ()
    takes.close()


def test_a_take_whose_file_was_not_ready_is_made_and_not_taken_in_twice(home, tmp_path):
    piece, heard = a_piece(home), sung(2.0)
    tape = taped(tmp_path / "tape", heard)
    takes = Takes(piece)
    takes._worker.run = lambda errand: None  # type: ignore[method-assign] # killed before its thread did anything
    takes.begin(tape, RATE, 0, VOICE, 0, NOTHING)
    takes.hear(notes((0.5, 1.0, 60)))
    recorded = takes.end(RATE)
    assert recorded is not None
    act = takes.act("Record", recorded)
    assert act is not None
    piece.act(act)
    (piece.path / "takes" / ".Voice 1-abc.flac").write_bytes(b"half")
    assert piece.trouble == ()  # it is on its way
    crash(piece)
    again, told, _ = reopened(piece, home)
    with again:
        assert told == ("The take 'Voice 1', of 1.0 s, was brought back.",)
        assert len(again.setup.takes) == 1 and len(the_notes(again)) == 1
        assert beside(again) == ["Voice 1.flac", "Voice 1.json", "Voice 1.peaks"]
        assert len(sound_of(again.path / "takes/Voice 1.flac")) == RATE


def test_where_the_tape_is_gone_the_notes_are_brought_back(home, tmp_path):
    piece = a_piece(home)
    tape = taped(tmp_path / "tape", sung(2.0))
    takes = Takes(piece)
    takes.begin(tape, RATE, 0, VOICE, 0, NOTHING)
    takes.hear(notes((0.5, 1.0, 60)))
    crash(piece)
    shutil.rmtree(tape)
    again, told, _ = reopened(piece, home)
    with again:
        assert told == ("Of the take 'Voice 1' only the notes could be brought back: its tape is gone.",)
        assert len(the_notes(again)) == 1 and again.setup.takes == () and beside(again) == []
    takes.close()


def test_a_marker_that_cannot_be_read_is_kept_and_told(home, tmp_path):
    piece = a_piece(home)
    file = piece.new_take("Voice")
    (piece.path / file).with_suffix(MAKING).write_text("{")
    (piece.path / file).with_suffix(EVENTS).write_bytes(b"123")
    crash(piece)
    again, told, _ = reopened(piece, home)
    with again:
        assert len(told) == 1 and "cannot be read" in told[0]
        assert beside(again) == ["Voice 1.events", "Voice 1.unreadable"]


def test_a_take_that_had_just_begun_is_none(home, tmp_path):
    piece = a_piece(home)
    takes = Takes(piece)
    takes.begin(taped(tmp_path / "tape", sung(1.0)), RATE, RATE, VOICE, 0, NOTHING)
    crash(piece)
    again, told, _ = reopened(piece, home)
    with again:
        assert told == ("The take 'Voice 1' had only just begun, and holds nothing.",)
        assert again.setup.takes == () and beside(again) == []
    takes.close()


def test_a_take_of_a_track_that_is_gone_keeps_its_sound(home, tmp_path):
    from score.edits import RemoveTrack

    piece = a_piece(home)
    takes = Takes(piece)
    takes.begin(taped(tmp_path / "tape", sung(1.0)), RATE, 0, VOICE, 0, NOTHING)
    piece.do(RemoveTrack(VOICE))
    crash(piece)
    again, _, _ = reopened(piece, home)
    with again:
        assert [take.file for take in again.setup.takes] == ["takes/Voice 1.flac"]
    takes.close()


def test_an_app_that_is_killed_while_it_records_loses_less_than_a_second(home, tmp_path):
    """A real engine, a real app, and a real kill of both: as when the power goes."""
    document = a_piece(home)
    document.close()
    command = [
        sys.executable,
        "-m",
        "tests.session.recording_child",
        str(document.path),
        str(home),
        str(tmp_path / "tape"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said: dict[str, int] = {}
        for line in child.stdout:
            said = json.loads(line)
            if said["frame"] - said["from_frame"] > 3 * said["rate"]:
                break
        os.kill(said["engine"], signal.SIGKILL)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    again, told, done = reopened(document, home)
    with again:
        assert len(told) == 1 and "was brought back" in told[0]
        assert done[0].trouble == ""
        take: Take = again.setup.takes[0]
        heard = sound_of(again.path / take.file)
        assert len(heard) > said["frame"] - said["from_frame"] - said["rate"]
        # The microphone heard a staircase of levels, one a frame: what came back begins where the take did.
        expected = (said["from_frame"] + np.arange(len(heard))) % said["rate"] / said["rate"] - 0.5
        np.testing.assert_allclose(heard[: 2 * said["rate"]], expected[: 2 * said["rate"]], atol=2e-6)
        assert [note.pitch for note in again.score.track(VOICE).notes][:2] == [60, 60]
