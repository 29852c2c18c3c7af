"""A score or an edit that was written is read back the same, ids and all; anything else is refused in words."""

from __future__ import annotations

import inspect
import json
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.session.record import checked_line, said_by
from score import edits as every_edit
from score.edits import AddNotes, AddTrack, ChangeNotes, Edit, RenamePiece, Together
from score.errors import ScoreFileError, VocelloError
from score.events import Meta, Sysex, text
from score.note import Note
from score.score import Score, Track
from score.written import _EDITS, _PARTS, can_write, laid_out, plain_edit, plain_score, read_edit, read_score
from tests.score.made_up import described, scores
from tests.score.test_edits_and_history import edits


def through_text(said):
    return json.loads(laid_out(said).encode("utf-8"))


@settings(max_examples=60, deadline=None)
@given(scores())
def test_a_score_comes_back_with_its_ids_and_its_next_id(score: Score):
    again = read_score(through_text(plain_score(score)))
    assert described(again) == described(score)
    assert again.next_id == score.next_id
    assert [track.length_ticks for track in again.tracks] == [track.length_ticks for track in score.tracks]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_an_edit_and_its_inverse_come_back_and_do_the_same(data: st.DataObject):
    score = data.draw(scores())
    edit = data.draw(edits(score))
    assert can_write(edit)
    again = read_edit(through_text(plain_edit(edit)))
    assert again == edit
    try:
        after, back = edit.apply(score)
    except VocelloError:
        return
    after_again, _ = again.apply(score)
    assert described(after_again) == described(after) and after_again.next_id == after.next_id
    assert described(read_edit(through_text(plain_edit(back))).apply(after)[0]) == described(score)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.text(max_size=8))
def test_a_line_of_the_journal_is_the_text_that_json_would_write(data: st.DataObject, name: str):
    score = data.draw(scores())
    did = tuple(data.draw(edits(score)) for _ in range(data.draw(st.integers(0, 3))))
    said = {"n": 7, "name": name, "next_id": 3, "do": [plain_edit(each) for each in did], "none": [], "empty": {}}
    line = checked_line(said)
    assert line.endswith(json.dumps(said, separators=(",", ":")).encode("ascii")[1:] + b"\n")
    assert said_by(line[:-1]) == json.loads(json.dumps(said))


def test_every_edit_of_the_score_can_be_written():
    made = {name for name, kind in inspect.getmembers(every_edit, inspect.isclass) if kind.__module__ == "score.edits"}
    assert made - {"Edit"} == set(_EDITS)
    assert {each.name for kind in _EDITS.values() for each in fields(kind)} == set(_PARTS)


def test_a_note_has_a_line_of_its_own_and_a_lyric_can_be_read():
    score = Score(events=(text(0, 5, "Ave María"),)).adding("Voice", [Note(0, 480, 60), Note(480, 480, 62, 90, 3)])
    lines = laid_out(plain_score(score)).splitlines()
    assert "        [2, 0, 480, 60, 80]," in lines
    assert '        [3, 480, 480, 62, 90, {"channel": 3}]' in lines
    assert any("Ave María" in line for line in lines)


@pytest.mark.parametrize("data", [b"", b"\x00\xf7", b"\xff\xfe", "Käse".encode(), b"line\nline"])
def test_bytes_stay_bytes(data: bytes):
    score = Score(events=(Meta(0, 1, data), Sysex(3, data, True)))
    assert read_score(through_text(plain_score(score))).events == score.events


def plain_piece():
    return plain_score(Score().adding("One", [Note(0, 10, 60), Note(5, 10, 61)]))


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda said: said.pop("tempo"), "needs 'tempo'"),
        (lambda said: said.update(colour="red"), "knows no 'colour'"),
        (lambda said: said.update(next_id=3), "next_id is 3"),
        (lambda said: said.update(next_id=True), "whole number"),
        (lambda said: said.update(name=7), "must be a text"),
        (lambda said: said.update(tracks={}), "must be a list"),
        (lambda said: said["tracks"][0].update(id=2), "same id"),
        (
            lambda said: said["tracks"][0]["notes"][1].__setitem__(3, 200),
            r"tracks\[0\].notes\[1\].*pitch cannot be 200",
        ),
        (lambda said: said["tracks"][0]["notes"][1].__setitem__(0, -1), "id of a note"),
        (lambda said: said["tracks"][0]["notes"][0].append({"colour": 1}), "the rest of a note"),
        (lambda said: said["tracks"][0]["notes"][0].append({"bend_st": [[0, "x"]]}), "goes through numbers"),
        (lambda said: said["tracks"][0]["notes"][0].append({"bend_st": [0, 1]}), "a curve is a list"),
        (lambda said: said["tracks"][0]["notes"][0].append({"bend_st": [[0, float("nan")]]}), "bend by nan"),
        (lambda said: said["tracks"][0]["notes"].append(7), r"notes\[2\] is 7"),
        (lambda said: said["tracks"][0]["events"].append(["Trill", 0]), "begins with one of"),
        (lambda said: said["tracks"][0]["events"].append(["Sysex", 0, {"hex": "f"}, False]), r"events\[0\]"),
        (lambda said: said["tracks"][0]["events"].append(["Sysex", 0, {"hex": "f0"}, 1]), "continues"),
        (lambda said: said["tracks"][0]["zones"].append({"master": 3}), "No zone begins"),
        (lambda said: said["tempo"].update(ticks_per_quarter=0), "ticks a quarter"),
        (lambda said: said["tempo"]["tempos"].append({"ticks": 0, "us_per_quarter": "fast"}), "us_per_quarter"),
        (lambda said: said.update(events=[["Control", 0, 0, 7, 7]]), "whole piece cannot"),
    ],
)
def test_what_no_score_can_have_is_refused_and_the_place_is_named(spoil, word: str):
    said = plain_piece()
    spoil(said)
    with pytest.raises(ScoreFileError, match=word):
        read_score(said)


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        {"edit": "Fly"},
        {"edit": ["AddNotes"]},
        {"edit": "AddNotes", "track_id": 1},
        {"edit": "AddNotes", "track_id": 1, "notes": [], "loud": True},
        {"edit": "Together", "name": "x", "edits": [{"edit": "Fly"}]},
        {"edit": "SetTempo", "tempo": {}},
        {"edit": "AddTrack", "track": 3},
        {"edit": "RemoveNotes", "ids": [1.5]},
    ],
)
def test_what_is_no_edit_is_refused(said):
    with pytest.raises(ScoreFileError):
        read_edit(said)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_score_with_anything_in_any_place_is_read_or_refused_and_nothing_else(data: st.DataObject):
    score = data.draw(scores(2, 4))
    said = json.loads(json.dumps(plain_score(score)))
    inside = said
    while True:
        places = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
        if not places:
            break
        place = data.draw(st.sampled_from(places))
        if not isinstance(inside[place], (dict, list)) or data.draw(st.booleans()):
            inside[place] = data.draw(JSON)
            break
        inside = inside[place]
    try:
        again = read_score(said)
    except ScoreFileError as refused:
        assert refused.what
    else:
        assert described(read_score(plain_score(again))) == described(again)


def test_edits_that_lie_too_deep_are_refused_both_ways():
    edit: Edit = RenamePiece("x")
    for _ in range(60):
        edit = Together("deeper", (edit,))
    assert not can_write(edit)
    with pytest.raises(ScoreFileError, match="deeply"):
        read_edit(plain_edit(edit))


def test_an_edit_from_elsewhere_is_not_written():
    class Fly:
        name = "Fly"

        def apply(self, score):
            return score, self

    assert not can_write(Fly()) and not can_write(Together("x", (Fly(),)))
    with pytest.raises(ScoreFileError, match="Fly"):
        plain_edit(Fly())


def test_a_track_that_has_no_id_yet_is_written_in_an_edit():
    track = Track("New", length_ticks=960)
    again = read_edit(through_text(plain_edit(AddTrack(track, 0))))
    assert again == AddTrack(track, 0) and again.track.id == 0


def test_names_of_edits_are_kept():
    notes = (Note(0, 1, 60, id=2),)
    assert read_edit(plain_edit(ChangeNotes(notes, "Louder"))).name == "Louder"
    added = read_edit(plain_edit(AddNotes(1, notes)))
    assert isinstance(added, AddNotes) and added.notes[0].id == 2
