"""Notes, events and zones are what they say, or are refused with a reason."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from score.errors import EditError
from score.events import KEY, MARKER, Bend, Control, Meta, Sysex, key_signature, text
from score.ids import ById
from score.note import LAST_TICK, Note, value_at
from score.score import Score, Track
from score.zone import UPPER, Zone
from tests.score.made_up import notes


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"start_ticks": -1}, "A note's start, in ticks, cannot be -1. Give 0 to"),
        ({"start_ticks": 1.5}, "cannot be 1.5. Give a whole number"),
        ({"start_ticks": LAST_TICK}, "duration, in ticks, cannot be 10. Give 1 to 0."),
        ({"duration_ticks": 0}, "duration, in ticks, cannot be 0"),
        ({"pitch": 128}, "pitch cannot be 128. Give 0 to 127."),
        ({"pitch": True}, "pitch cannot be True"),
        ({"velocity": 0}, "velocity cannot be 0. Give 1 to 127."),
        ({"channel": 16}, "channel cannot be 16"),
        ({"release_velocity": 128}, "release velocity cannot be 128"),
        ({"muted": 1}, "muted or is not: 1 is neither"),
        ({"bend_st": ((0, 96.5),)}, "cannot bend by 96.5 semitones"),
        ({"bend_st": ((0, float("nan")),)}, "cannot bend by nan"),
        ({"bend_st": ((11, 1.0),)}, "cannot be 11. Give 0 to 10."),
        ({"bend_st": ((5, 1.0), (5, 2.0))}, "stand at 5 and then at 5 ticks. Give them in order."),
        ({"pressure": ((0, 128),)}, "Pressure cannot be 128"),
        ({"timbre": ((0, 0.5),)}, "Timbre cannot be 0.5"),
    ],
)
def test_a_note_that_cannot_be_is_refused_and_the_reason_given(wrong: dict[str, Any], why):
    with pytest.raises(EditError) as refusal:
        Note(**{"start_ticks": 0, "duration_ticks": 10, "pitch": 60, **wrong})
    assert why in str(refusal.value)


def test_a_note_never_changes_and_its_id_is_no_part_of_its_sound():
    note = Note(0, 10, 60)
    with pytest.raises(FrozenInstanceError):
        note.pitch = 61  # type: ignore[misc]
    assert replace(note, id=7) == note
    assert len({note, replace(note, id=7)}) == 1
    assert note.end_ticks == 10


def test_a_curve_begins_with_its_note_and_one_that_moves_nothing_is_none():
    assert Note(0, 10, 60, bend_st=((4, 1),)).bend_st == ((0, 0.0), (4, 1.0))
    assert Note(0, 10, 60, timbre=((4, 70),)).timbre == ((0, 64), (4, 70))
    still = Note(0, 10, 60, bend_st=((0, -0.0),), pressure=((0, 0),), timbre=((0, 64),))
    assert not still.is_expressive
    assert still == Note(0, 10, 60)


def test_a_point_of_a_curve_holds_until_the_next():
    curve = ((0, 1.0), (10, 2.0))
    assert [value_at(curve, ticks, 0.0) for ticks in (0, 9.5, 10, 99)] == [1.0, 1.0, 2.0, 2.0]
    assert value_at((), 5, 64) == 64


@given(st.integers(-8192, 8191), st.integers(1, 9600))
def test_a_wheel_comes_back_from_its_semitones(wheel, cents):
    zone = Zone(bend_range_st=cents / 100)
    assert zone.wheel(zone.bend_st(wheel)) == wheel


def test_zones_lie_where_mpe_has_them():
    assert list(Zone(0, 3).members) == [1, 2, 3]
    assert list(Zone(UPPER, 3).members) == [14, 13, 12]
    for wrong in ({"master": 3}, {"member_count": 0}, {"member_count": 16}, {"bend_range_st": 0.001}):
        with pytest.raises(EditError):
            Zone(**wrong)


def test_two_zones_of_a_track_share_no_channel():
    Track(zones=(Zone(0, 7), Zone(UPPER, 7)))
    for lower, upper in ((8, 7), (15, 1)):
        with pytest.raises(EditError, match="share channels"):
            Track(zones=(Zone(0, lower), Zone(UPPER, upper)))


def test_a_channel_that_a_zone_hands_out_can_be_asked_for_by_nothing_else():
    track = Score().adding("", [Note(0, 10, 60)], zones=[Zone(0, 3)]).tracks[0]
    with pytest.raises(EditError, match="Channel 3 is handed to notes by a zone"):
        track.with_notes((), [Note(0, 10, 60, channel=2, id=99)])
    for event in (Bend(0, 2, 1), Control(0, 2, 74, 1)):
        with pytest.raises(EditError, match="would move a single note"):
            track.with_events((), [event])
        with pytest.raises(EditError, match="would move a single note"):
            replace(track, events=(event,))
    fine = Control(0, 2, 73, 1), Bend(0, 0, 1), Control(0, 4, 74, 1)
    assert track.with_events((), fine).events == fine


def test_events_stay_in_order_and_those_of_one_tick_as_they_were_said():
    bank, program, late = Control(5, 0, 0, 1), Control(5, 0, 32, 2), Control(9, 0, 1, 1)
    track = Track(events=(late, bank, program))
    assert track.events == (bank, program, late)
    between = Control(5, 0, 7, 7)
    assert track.with_events([bank], [between]).events == (program, between, late)
    with pytest.raises(EditError, match="There is no Bend"):
        track.with_events([Bend(5, 0, 0)], ())


def test_texts_and_keys_are_read_as_they_were_said():
    assert text(0, MARKER, "Größe ♪").text == "Größe ♪"
    assert Meta(0, MARKER, b"Gr\xf6\xdfe").text == "Größe"
    assert key_signature(0, -3, minor=True).key == (-3, True)
    assert key_signature(0, 7).key == (7, False)
    assert Meta(0, KEY, b"\x09\x00").key is None
    assert text(0, MARKER, "").key is None
    with pytest.raises(EditError, match="No file can hold"):
        text(0, MARKER, "\ud800")


def test_what_the_score_says_itself_is_no_event():
    for kind, data in ((0x2F, b""), (0x51, b"\x07\xa1\x20"), (0x58, b"\x04\x02\x18\x08")):
        with pytest.raises(EditError, match="are no events"):
            Meta(0, kind, data)
    with pytest.raises(EditError, match="Give it to a track"):
        Score(events=(Bend(0, 0, 0),))  # type: ignore[arg-type]
    with pytest.raises(EditError, match="Give bytes"):
        Sysex(0, [1, 2])  # type: ignore[arg-type]


@given(
    st.dictionaries(st.integers(0, 5000), st.integers()),
    st.dictionaries(st.integers(0, 9**12), st.none() | st.integers()),
)
def test_a_map_by_number_is_a_dict_that_keeps_its_past(before, change):
    first = ById[int]().changed(before)
    second = first.changed(change)
    wanted = {**before, **change}
    for number in {*before, *change, 17, 9**13}:
        assert first.get(number) == before.get(number)
        assert second.get(number) == wanted.get(number)
    assert first.get(-1) is None


@given(notes())
def test_a_note_under_another_id_is_the_same_note(note: Note):
    other = note.numbered(note.id + 7)
    assert other == note and hash(other) == hash(note) and other.id == note.id + 7
    assert replace(other, id=note.id) == note and other is not note
