"""The sound of takes: from a tape to a file of the session, whatever ends before it is there."""

from __future__ import annotations

import numpy as np
import pytest

from gui.recording import Recorder
from gui.session.comping import deleted
from gui.session.document import Document
from gui.session.setup import Change, Take
from gui.session.take_notes import TakeNotes
from gui.session.takes import Finished, Takes
from realtime.client import EVENT
from score.errors import AudioFileError
from score.note import Note
from tests.session.crashing import closing
from tests.session.taping import RATE, VOICE, a_piece, beside, more, notes, sound_of, sung, taped, the_notes

BEAT = 960  # half a second
NOTHING = np.zeros(0, EVENT)


@pytest.fixture
def piece(home):
    document = a_piece(home)
    with closing(document, lambda each: each.close()):
        yield document


@pytest.fixture
def done() -> list[Finished]:
    return []


@pytest.fixture
def takes(piece, done):
    made = Takes(piece, done.append)
    yield made
    made.close()


# A take


def test_a_recording_is_notes_and_a_take_in_one_step_and_soon_a_file(piece, takes, done, tmp_path):
    heard = sung(4.0)
    tape = taped(tmp_path / "tape", heard, first=1000)
    takes.begin(tape, RATE, 1000 + RATE, VOICE, 2 * BEAT, NOTHING)
    takes.hear(notes((1.625, 2.125, 60)))  # by the frames of the engine: half a second into the take
    recorded = takes.end(1000 + 3 * RATE)
    assert recorded is not None and recorded.take is not None
    act = takes.act("Record", recorded)
    assert act is not None
    piece.act(act)
    take = piece.setup.takes[0]
    assert (take.file, take.track_id, take.name) == ("takes/Voice 1.flac", VOICE, "Voice 1")
    assert (take.start_ticks, take.end_ticks) == (2 * BEAT, 2 * BEAT + 4 * BEAT)
    assert the_notes(piece) == [(3 * BEAT, 4 * BEAT, 60)]
    takes.wait()
    np.testing.assert_allclose(sound_of(piece.path / take.file), heard[RATE : 3 * RATE], atol=2.0**-22)
    assert [(each.file, each.trouble, each.told) for each in done] == [(take.file, "", "")]
    assert beside(piece) == ["Voice 1.flac", "Voice 1.json", "Voice 1.peaks"]
    assert takes.heard(take).notes == tuple(piece.score.track(VOICE).notes)
    assert not list(tape.glob("*.hold"))
    piece.undo()
    assert piece.setup.takes == () and the_notes(piece) == []


def test_a_second_take_does_not_take_the_name_of_one_that_is_still_being_made(piece, takes, tmp_path):
    tape = taped(tmp_path / "tape", sung(1.0))
    first = takes.keep(tape, RATE, (0, 4000), VOICE, 0, TakeNotes())
    second = takes.keep(tape, RATE, (4000, 8000), VOICE, 0, TakeNotes())
    assert first.take is not None and second.take is not None
    assert [first.take.file, second.take.file] == ["takes/Voice 1.flac", "takes/Voice 2.flac"]


def test_a_part_of_what_is_recorded_bears_the_name_that_was_kept_for_it(piece, takes, tmp_path):
    tape = taped(tmp_path / "tape", sung(2.0))
    takes.begin(tape, RATE, 0, VOICE, 0, NOTHING)
    takes.hear(notes((0.5, 1.0, 60)))
    recorded = takes.keep(tape, RATE, (4000, 8000), VOICE, BEAT, TakeNotes())
    assert recorded.take is not None and recorded.take.file == "takes/Voice 1.flac"
    assert not takes.is_making
    takes.wait()
    assert beside(piece) == ["Voice 1.flac", "Voice 1.json", "Voice 1.peaks"] and not list(tape.glob("*.hold"))


def test_a_note_that_sounds_already_when_the_take_begins_begins_with_it(piece, takes, tmp_path):
    tape = taped(tmp_path / "tape", sung(3.0))
    played = notes((0.5, 2.0, 64))
    takes.begin(tape, RATE, RATE, VOICE, 0, played[:1])
    takes.hear(played[1:])
    recorded = takes.end(2 * RATE + RATE // 2)
    assert recorded is not None
    assert [(note.start_ticks, note.duration_ticks, note.pitch) for note in recorded.heard.notes] == [(0, 2 * BEAT, 64)]


def test_what_is_missing_on_the_tape_is_told(piece, takes, done, tmp_path):
    tape = taped(tmp_path / "tape", sung(1.0))
    more(tape, sung(1.0), 2 * RATE)
    recorded = takes.keep(tape, RATE, (0, 3 * RATE), VOICE, 0, TakeNotes())
    takes.wait()
    assert done[0].told == "1.00 s of the take 'Voice 1' were lost, and are silent."
    assert recorded.take is not None
    assert len(sound_of(piece.path / recorded.take.file)) == 3 * RATE


def test_a_take_of_nothing_leaves_nothing(piece, takes, tmp_path):
    tape = taped(tmp_path / "tape", sung(1.0))
    takes.begin(tape, RATE, 500, VOICE, 0, NOTHING)
    assert takes.end(500) is None
    takes.begin(tape, RATE, 500, VOICE, 0, NOTHING)
    takes.drop()
    assert takes.end(900) is None
    assert beside(piece) == [] and not list(tape.glob("*.hold"))


def test_a_session_that_is_saved_elsewhere_meanwhile_has_the_take_there(piece, takes, tmp_path):
    tape = taped(tmp_path / "tape", sung(2.0))
    takes.begin(tape, RATE, 0, VOICE, 0, NOTHING)
    takes.hear(notes((0.5, 1.0, 60)))
    piece.save_as(tmp_path / "Elsewhere")
    takes.hear(notes((1.0, 1.5, 62)))
    recorded = takes.end(2 * RATE)
    assert recorded is not None
    assert [note.pitch for note in recorded.heard.notes] == [60, 62]
    takes.wait()
    assert beside(piece) == ["Voice 1.flac", "Voice 1.json", "Voice 1.peaks"]


@pytest.fixture
def two(piece, takes, tmp_path):
    """Two takes that were recorded, one step each."""
    tape = taped(tmp_path / "tape", sung(1.0))
    for first in (0, 4000):
        act = takes.act("Record", takes.keep(tape, RATE, (first, first + 4000), VOICE, 0, TakeNotes()))
        assert act is not None
        piece.act(act)
    takes.wait()


SECOND = ["Voice 2.flac", "Voice 2.json", "Voice 2.peaks"]


def test_a_take_that_undo_or_redo_can_bring_back_is_not_left_over(piece, takes, two):
    piece.undo()
    assert takes.left_over() == ()
    piece.redo()
    act = deleted("Delete take", piece.setup, "takes/Voice 2.flac")
    assert act is not None
    piece.act(act)
    assert takes.left_over() == ()
    piece.undo()
    assert [take.stem for take in piece.setup.takes] == ["Voice 1", "Voice 2"]


def test_files_that_nothing_can_bring_back_stay_until_they_are_cleaned_away(piece, takes, two):
    piece.undo()
    piece.change(Change("Level", ("tracks", str(VOICE), "level_db"), -3.0))  # nothing can be done again any more
    [unused] = takes.left_over()
    assert [path.name for path in unused.files] == ["Voice 2.flac", "Voice 2.peaks", "Voice 2.json"]
    assert beside(piece)[3:] == SECOND
    gone, freed = takes.clean([unused])
    assert gone == (unused,) and freed > 4000
    assert beside(piece) == ["Voice 1.flac", "Voice 1.json", "Voice 1.peaks"]


def test_a_take_that_the_session_file_names_is_not_left_over(piece, takes, two):
    piece.save()
    piece.undo()
    piece.change(Change("Level", ("tracks", str(VOICE), "level_db"), -3.0))
    assert takes.left_over() == ()
    piece.save()
    path, home = piece.path, piece._home
    piece.close()
    with Document.open(path, home) as again:
        [unused] = Takes(again).left_over()
        assert unused.stem == "Voice 2"


def test_a_take_that_a_journal_can_bring_back_after_a_crash_is_not_left_over(piece, takes, two):
    act = deleted("Delete take", piece.setup, "takes/Voice 2.flac")
    assert act is not None
    piece.act(act)
    path, home = piece.path, piece._home
    piece.close()  # it is not saved
    with Document.open(path, home) as again:
        assert [take.stem for take in again.setup.takes] == ["Voice 1"]
        assert Takes(again).left_over() == ()
        again.undo()
        assert [take.stem for take in again.setup.takes] == ["Voice 1", "Voice 2"]


def test_a_take_of_which_only_a_spoiled_journal_speaks_is_not_left_over(piece, takes, two):
    path, home = piece.path, piece._home
    piece.close()
    session = path / "session.json"
    session.write_text(session.read_text().replace('"name": "Voice"', '"name": "By hand"'))
    with Document.open(path, home) as again:
        assert "set aside" in again.recovered[0] and again.setup.takes == ()
        assert Takes(again).left_over() == ()
        for journal in path.glob("journal set aside *"):
            journal.unlink()
        assert [each.stem for each in Takes(again).left_over()] == ["Voice 1", "Voice 2"]


def test_what_somebody_laid_among_the_takes_is_left_alone(piece, takes, two):
    piece.undo()
    piece.change(Change("Level", ("tracks", str(VOICE), "level_db"), -3.0))
    for name in ("of mine.flac", "words.txt", "Voice 2.txt"):
        (piece.path / "takes" / name).write_text("mine")
    takes.clean(takes.left_over())
    assert [path.name for path in sorted((piece.path / "takes").glob("*"))] == [
        *("Voice 1.flac", "Voice 1.json", "Voice 1.peaks", "Voice 2.txt", "of mine.flac", "words.txt")
    ]


def test_what_is_needed_again_by_the_time_of_the_answer_stays(piece, takes, two):
    piece.undo()
    piece.change(Change("Level", ("tracks", str(VOICE), "level_db"), -3.0))
    asked = takes.left_over()
    piece.add_take(Take("takes/Voice 2.flac", VOICE))
    assert takes.clean(asked) == ((), 0)
    assert beside(piece)[3:] == SECOND


def test_a_disk_that_refuses_leaves_what_is_needed_to_try_again_at_the_next_start(
    piece, takes, done, tmp_path, monkeypatch
):
    def full(*_words):
        raise AudioFileError("the disk is full.")

    tape = taped(tmp_path / "tape", sung(1.0))
    with monkeypatch.context() as broken:
        broken.setattr("gui.session.takes.cut_take", full)
        takes.keep(tape, RATE, (0, 4000), VOICE, 0, TakeNotes((Note(0, 10, 60),)))
        takes.wait()
    assert done[-1].trouble == "The sound of the take 'Voice 1' is not kept: the disk is full."
    assert beside(piece) == ["Voice 1.json", "Voice 1.making"] and list(tape.glob("*.hold"))
    assert takes.recover() == ("The take 'Voice 1', of 0.5 s, was brought back.",)
    takes.wait()
    assert beside(piece) == ["Voice 1.flac", "Voice 1.json", "Voice 1.peaks"] and not list(tape.glob("*.hold"))
    assert [note.pitch for note in takes.heard(piece.setup.takes[0]).notes] == [60]


def test_events_of_another_stream_are_no_part_of_a_take_that_the_engine_took_with_it(piece, takes, tmp_path):
    tape = taped(tmp_path / "tape", sung(2.0))
    recorder = Recorder(takes, RATE)
    recorder.stream(RATE, str(tape))
    recorder.begin(0, 0, VOICE)
    recorder.hear(notes((0.5, 1.0, 60)))
    recorder.stream(RATE, str(taped(tmp_path / "tape", sung(1.0))))
    recorder.hear(notes((0.1, 0.2, 70)))
    recorded = takes.end(None)  # where its tape ends
    assert recorded is not None and recorded.take is not None
    assert [note.pitch for note in recorded.heard.notes] == [60]
    assert recorded.take.end_ticks == 4 * BEAT


# Retrospective


def test_what_was_just_sung_is_recalled_with_its_sound_and_half_a_second_before(piece, takes, tmp_path):
    heard = sung(20.0)
    tape = taped(tmp_path / "tape", heard)
    recorder = Recorder(takes, RATE)
    recorder.stream(RATE, str(tape))
    recorder.hear(notes((1.0, 2.0, 50), (10.0, 11.0, 60)))
    recorded = recorder.recall(12 * RATE, piece.score.tempo, 4 * BEAT, VOICE)
    assert recorded is not None and recorded.take is not None
    assert [(note.start_ticks, note.pitch) for note in recorded.heard.notes] == [(4 * BEAT, 60)]
    assert recorded.take.start_ticks == 3 * BEAT
    takes.wait()
    wanted = heard[round(9.5 * RATE) : 12 * RATE]
    np.testing.assert_allclose(sound_of(piece.path / recorded.take.file), wanted, atol=2.0**-22)


def test_at_the_beginning_of_the_piece_there_is_no_room_before(piece, takes, tmp_path):
    tape = taped(tmp_path / "tape", sung(5.0))
    recorder = Recorder(takes, RATE)
    recorder.stream(RATE, str(tape))
    recorder.hear(notes((1.0, 2.0, 50)))
    recorded = recorder.recall(4 * RATE, piece.score.tempo, 0, VOICE)
    assert recorded is not None and recorded.take is not None
    assert recorded.take.start_ticks == 0
    takes.wait()
    assert len(sound_of(piece.path / recorded.take.file)) == 3 * RATE


def test_without_a_tape_there_are_notes_and_no_take(piece, takes):
    recorder = Recorder(takes, RATE)
    recorder.stream(RATE)
    recorder.hear(notes((1.0, 2.0, 50)))
    recorded = recorder.recall(4 * RATE, piece.score.tempo, 0, VOICE)
    assert recorded is not None and recorded.take is None and len(recorded.heard.notes) == 1
    assert recorder.recall(100 * RATE, piece.score.tempo, 0, VOICE) is not None
    assert Recorder(takes, RATE).recall(100, piece.score.tempo, 0, VOICE) is None


def test_a_recording_of_twenty_minutes_keeps_its_first_note_and_memory_comes_back_after_it(piece):
    recorder = Recorder(None, RATE)
    recorder.stream(RATE)
    size = len(recorder.capture._ring)
    recorder.begin(0, 0)
    for second in range(0, 1200, 2):
        recorder.hear(notes((second, second + 1.0, 60)))
    recorder.capture.pass_to(1200 * RATE)
    clips = recorder.capture.clip(1200.0)
    assert len(clips[0].notes) == 600
    recorder.is_on = False
    recorder.hear(notes((1201.0, 1202.0, 60)))
    assert len(recorder.capture.clip(1200.0)[0].notes) <= 301
    assert len(recorder.capture._ring) == size


def test_a_ring_that_must_not_forget_grows_and_shrinks_again():
    from gui.session.capture import Capture

    capture = Capture(RATE, kept_events=8)
    capture.forgets = False
    for second in range(50):
        capture.add(notes((second, second + 0.5, 60)))
    capture.pass_to(50 * RATE)
    assert len(capture.clip(50.0)[0].notes) == 50
    capture.forgets = True
    capture.add(notes((50.0, 50.5, 60)))
    capture.pass_to(51 * RATE)
    assert len(capture._ring) == 8
    assert len(capture.clip(50.0)[0].notes) == 4
