"""The second look at a take: what it would correct, taken or refused one by one, and undone like all else."""

from __future__ import annotations

import json

import pytest

from gui.session import comping
from gui.session.document import Document
from gui.session.refined import Kind, Meant, accept, corrections, counted, meant_in, read_meant, reject, write_meant
from gui.session.setup import Setup, Span, Take
from gui.session.take_notes import TakeNotes
from gui.session.text import State
from score.edits import ChangeNotes
from score.errors import SessionError
from score.note import Note
from score.score import Score
from score.zone import Zone
from tests.session.crashing import closing, crash

VOICE, FILE = 1, "takes/Voice 1.flac"
SECOND = 1920


def note(begins_s: float, ends_s: float, pitch: int, **words) -> Note:
    start = round(begins_s * SECOND)
    return Note(start, round(ends_s * SECOND) - start, pitch, **words)


@pytest.fixture
def sung(home):
    """Take a document, and lay a take into it that begins at second 10 of the piece."""
    documents: list[Document] = []

    def lay(*notes: Note, zones: tuple[Zone, ...] = (Zone(),)) -> Document:
        document = Document.new(home, State(Setup(), Score().adding("Voice", (), zones=zones)))
        documents.append(document)
        take = Take(FILE, VOICE, 10 * SECOND, 30 * SECOND)
        act = comping.taken_in("Record", document.score, document.setup, take, TakeNotes(notes))
        assert act is not None
        document.act(act)
        return document

    yield lay
    for document in documents:
        with closing(document, crash):
            pass


def found(document: Document, *meant: Meant):
    return corrections(document.score, document.setup, FILE, meant)


def kinds(document: Document, *meant: Meant) -> list[Kind]:
    return [each.kind for each in found(document, *meant)]


def the_notes(document: Document) -> list[tuple[int, int, int]]:
    return [(each.start_ticks, each.end_ticks, each.pitch) for each in document.score.track(VOICE).notes]


def test_what_was_heard_as_it_was_meant_needs_nothing(sung):
    document = sung(note(11.0, 12.0, 60), note(12.0, 13.0, 62))
    assert kinds(document, Meant(1.05, 2.1, 60.2), Meant(1.96, 3.0, 61.7)) == []


def test_each_kind_of_correction_is_found(sung):
    document = sung(note(11, 12, 60), note(13, 14, 62), note(15, 16, 64), note(17, 18, 65))
    meant = (Meant(1, 2, 60), Meant(3.2, 4, 62), Meant(5, 6, 65), Meant(9, 10, 67, 99))
    assert [(each.kind, each.start_ticks // SECOND) for each in found(document, *meant)] == [
        (Kind.MOVED, 13),
        (Kind.REPITCHED, 15),
        (Kind.REMOVED, 17),
        (Kind.ADDED, 19),
    ]
    assert counted(found(document, *meant)) == {kind: 1 for kind in Kind}


def test_one_is_accepted_and_the_others_stay_open(sung):
    document = sung(note(11, 12, 60), note(13, 14, 62))
    meant = (Meant(1.2, 2.2, 60), Meant(3, 4, 64))
    moved, _ = found(document, *meant)
    act = accept("Correct", document.score, document.setup, FILE, [moved])
    assert act is not None
    document.act(act)
    assert the_notes(document) == [(round(11.2 * SECOND), round(12.2 * SECOND), 60), (13 * SECOND, 14 * SECOND, 62)]
    assert kinds(document, *meant) == [Kind.REPITCHED]
    document.undo()
    assert kinds(document, *meant) == [Kind.MOVED, Kind.REPITCHED]


def test_all_are_accepted_in_one_step_and_nothing_is_open_then(sung):
    document = sung(note(11, 12, 60), note(13, 14, 62), note(15, 16, 64), note(17, 18, 65))
    meant = (Meant(1, 2, 60), Meant(3.2, 4, 62), Meant(5, 6, 65), Meant(9, 10, 67, 99))
    before = the_notes(document)
    act = accept("Correct", document.score, document.setup, FILE, found(document, *meant))
    assert act is not None
    document.act(act)
    assert [pitch for _, _, pitch in the_notes(document)] == [60, 62, 65, 67]
    assert kinds(document, *meant) == []
    new = list(document.score.track(VOICE).notes)[-1]
    assert new.velocity == 99 and comping.is_of(document.setup.takes[0], new.id)
    document.undo()
    assert the_notes(document) == before


def test_what_was_refused_is_not_proposed_again_until_that_is_undone(sung):
    document = sung(note(11, 12, 60))
    meant = (Meant(1, 2, 62), Meant(5, 6, 65))
    act = reject("Leave it", document.setup, FILE, found(document, *meant))
    assert act is not None and act.edits == ()
    document.act(act)
    assert kinds(document, *meant) == []
    document.undo()
    assert kinds(document, *meant) == [Kind.REPITCHED, Kind.ADDED]


def test_what_the_hand_has_put_right_is_no_longer_proposed(sung):
    document = sung(note(11, 12, 60))
    standing = next(iter(document.score.track(VOICE).notes))
    assert kinds(document, Meant(1, 2, 62)) == [Kind.REPITCHED]
    document.do(ChangeNotes((Note(standing.start_ticks, standing.duration_ticks, 62, id=standing.id),)))
    assert kinds(document, Meant(1, 2, 62)) == []


def test_another_key_leaves_the_line_that_was_sung_where_it_is(sung):
    document = sung(note(11, 12, 60, bend_st=((0, 0.2), (500, 0.9))))
    [correction] = found(document, Meant(1, 2, 60.8))
    assert correction.after is not None
    assert (correction.after.pitch, correction.after.bend_st) == (61, ((0, -0.8), (500, pytest.approx(-0.1))))


def test_an_octave_that_was_heard_wrong_loses_its_line(sung):
    document = sung(note(11, 12, 72, bend_st=((0, 0.1), (500, 0.2))))
    [correction] = found(document, Meant(1, 2, 60.25))
    assert correction.after is not None
    assert (correction.after.pitch, correction.after.bend_st) == (60, ((0, 0.25),))


def test_a_note_between_two_keys_is_as_good_as_either(sung):
    assert kinds(sung(note(11, 12, 60)), Meant(1, 2, 60.55)) == []


def test_one_note_that_was_two_is_made_shorter_and_one_comes(sung):
    document = sung(note(11, 13, 60))
    assert kinds(document, Meant(1, 2, 60), Meant(2, 3, 60)) == [Kind.MOVED, Kind.ADDED]
    act = accept("Correct", document.score, document.setup, FILE, found(document, Meant(1, 2, 60), Meant(2, 3, 60)))
    assert act is not None
    document.act(act)
    assert the_notes(document) == [(11 * SECOND, 12 * SECOND, 60), (12 * SECOND, 13 * SECOND, 60)]


def test_only_what_stands_is_looked_at(sung):
    document = sung(note(11, 12, 60), note(15, 16, 64))
    other = Take("takes/Voice 2.flac", VOICE, 14 * SECOND, 20 * SECOND)
    act = comping.taken_in("Record", document.score, document.setup, other, TakeNotes((note(15, 16, 70),)))
    assert act is not None
    document.act(act)
    assert kinds(document, Meant(1, 2, 62), Meant(5, 6, 66)) == [Kind.REPITCHED]
    act = comping.choose(
        "Choose", document.score, document.setup, FILE, Span(14 * SECOND, 20 * SECOND), TakeNotes((note(15, 16, 64),))
    )
    assert act is not None
    document.act(act)
    assert kinds(document, Meant(1, 2, 62), Meant(5, 6, 66)) == [Kind.REPITCHED, Kind.REPITCHED]


def test_in_a_plain_track_a_new_note_bends_nothing(sung):
    [added] = found(sung(zones=()), Meant(1, 2, 60.3))
    assert added.after is not None and added.after.bend_st == ()


def test_what_the_command_tells_is_kept_beside_the_take_and_rubbish_is_refused(tmp_path):
    told = {"notes": [{"onset_s": 1.0, "offset_s": 2.0, "pitch_midi": 60.1, "velocity": 90, "more": 1}], "rate": 48000}
    write_meant(tmp_path / "a 1.flac", told)
    assert read_meant(tmp_path / "a 1.flac") == (Meant(1.0, 2.0, 60.1, 90),)
    assert read_meant(tmp_path / "b 1.flac") is None
    (tmp_path / "a 1.meant").write_text("[")
    assert read_meant(tmp_path / "a 1.flac") is None
    for rubbish in ({}, {"notes": 5}, {"notes": [{"onset_s": "x"}]}):
        with pytest.raises(SessionError):
            meant_in(rubbish)
    upside_down = {"onset_s": 3.0, "offset_s": 2.0, "pitch_midi": 60, "velocity": 1}
    assert meant_in(json.loads(json.dumps({"notes": [upside_down]}))) == ()


def test_of_a_take_that_is_gone_nothing_is_open(sung):
    document = sung(note(11, 12, 60))
    assert corrections(document.score, Setup(), FILE, (Meant(1, 2, 62),)) == ()
    assert accept("Correct", document.score, Setup(), FILE, ()) is None
    assert reject("Leave it", Setup(), FILE, ()) is None
