"""Bytes to events and back: the values, the state behind them, and what no keyboard should send."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.dsp.strings.scales import preset
from realtime.dsp.strings.tuning_messages import bulk_dump, single_notes
from realtime.events import (
    ALL_CHANNELS,
    BEND,
    CONTROL,
    EVENT,
    KEY_PRESSURE,
    NOTE_OFF,
    NOTE_ON,
    NOTES_OFF,
    PRESSURE,
    SILENCE,
    TUNE,
    event,
)
from realtime.midi.format import Format, PlainFormat, bend, bend_range
from realtime.midi.mpe import MpeFormat
from realtime.midi.parse import MPE_BEND_RANGE_ST, Parser
from score.errors import PortError

KINDS = (NOTE_ON, NOTE_OFF, BEND, PRESSURE, KEY_PRESSURE, CONTROL, NOTES_OFF, SILENCE)
sevens = st.integers(0, 127)
channels = st.integers(0, 15)


def said(*rows: tuple[int, int, int, float]) -> Any:
    """Events from (kind, channel, number, value)."""
    made = [event(kind, channel=channel, number=number, value=value) for kind, channel, number, value in rows]
    return np.concatenate(made) if made else np.empty(0, EVENT)


def heard(data: bytes, parser: Parser | None = None) -> list[tuple[int, int, int, float]]:
    rows = (parser or Parser()).feed(data)
    return [(int(e["kind"]), int(e["channel"]), int(e["number"]), float(e["value"])) for e in rows]


def test_a_note_is_heard_with_its_velocity():
    assert heard(b"\x93\x3c\x7f\x83\x3c\x00") == [(NOTE_ON, 3, 60, 1.0), (NOTE_OFF, 3, 60, 0.0)]


def test_a_note_on_of_velocity_0_is_a_note_off():
    assert [row[:3] for row in heard(b"\x90\x3c\x40\x90\x3c\x00")] == [(NOTE_ON, 0, 60), (NOTE_OFF, 0, 60)]


def test_running_status_spares_the_status_byte():
    assert heard(b"\x90\x3c\x40\x3e\x40\x40\x40") == heard(b"\x90\x3c\x40\x90\x3e\x40\x90\x40\x40")


def test_clock_and_active_sensing_may_fall_into_a_message():
    assert heard(b"\xfe\x90\xf8\x3c\xfe\xf8\x40\xff\x3e\xf8\x40") == heard(b"\x90\x3c\x40\x3e\x40")


def test_sysex_is_passed_over_even_if_it_never_ends():
    assert heard(b"\xf0\x7e\x7f\x06\x01\xf7\x90\x3c\x40") == heard(b"\x90\x3c\x40")
    assert heard(b"\xf0\x7e\x7f\x06\x01\x90\x3c\x40") == heard(b"\x90\x3c\x40")


def test_tuning_messages_say_what_each_key_is():
    just = preset("just")
    whole = heard(bulk_dump(just, "just"))
    assert [(kind, key) for kind, _, key, _ in whole] == [(TUNE, key) for key in range(128)]
    assert [value for *_, value in whole] == pytest.approx(just.tolist(), abs=1e-4)
    some = heard(single_notes(just, [60, 64]))
    assert [(kind, key) for kind, _, key, _ in some] == [(TUNE, 60), (TUNE, 64)]
    octave = heard(bytes.fromhex("f07f7f080803 7f7f 40404040 32 40404040404040 f7".replace(" ", "")))
    assert len(octave) == 128 and octave[52] == (TUNE, 0, 52, 51.86) and octave[53] == (TUNE, 0, 53, 53.0)


def test_a_tuning_may_come_in_pieces_with_the_clock_in_between():
    message = bulk_dump(preset("meantone"), "meantone")
    parser = Parser()
    for start in range(0, len(message), 16):
        parser.take(message[start : start + 16] + b"\xf8")
    assert [row[2:5] for row in parser.drain()] == [(TUNE, 0, key) for key in range(128)]


def test_a_tuning_that_is_broken_off_or_endless_says_nothing_and_loses_no_note():
    message = bulk_dump(preset("just"), "just")
    cut_off = heard(message[:200] + b"\x90\x3c\x40" + message[200:])
    assert cut_off[0] == heard(b"\x90\x3c\x40")[0] and TUNE not in {kind for kind, *_ in cut_off}
    assert heard(message[:200] + message[201:] + b"\x90\x3c\x40") == heard(b"\x90\x3c\x40")
    assert heard(message[:-1] + b"\x00" * 2_000 + b"\xf7\x90\x3c\x40") == heard(b"\x90\x3c\x40")
    parser = Parser()
    parser.take(message[:300])
    parser.release()
    assert not len(parser.feed(message[300:]))


def test_after_a_system_message_running_status_is_over():
    assert heard(b"\x90\x3c\x40\xf2\x01\x02\x3e\x40") == heard(b"\x90\x3c\x40")


def test_channel_mode_messages_end_the_notes():
    assert heard(b"\xb2\x7b\x00\xb2\x78\x00\xb2\x7e\x01") == [
        (NOTES_OFF, 2, 0, 0.0), (SILENCE, 2, 0, 0.0), (NOTES_OFF, 2, 0, 0.0),
    ]  # fmt: skip


def test_a_bend_is_in_semitones_of_the_range_announced():
    parser = Parser()
    assert heard(b"\xe0\x00\x00", parser) == [(BEND, 0, 0, -2.0)]
    assert heard(b"".join(bend_range(0, 12.5)), parser)[-1] == (
        BEND,
        0,
        0,
        -12.5,
    )  # the bend that already holds
    assert parser.bend_range_st(0) == 12.5
    assert heard(b"\xe0\x00\x60", parser) == [(BEND, 0, 0, 6.25)]
    assert parser.bend_range_st(1) == 2.0


def test_data_entry_after_the_null_parameter_leaves_the_range_alone():
    parser = Parser()
    heard(b"".join(bend_range(0, 7.0)), parser)
    assert heard(b"\xb0\x06\x18", parser) == [(CONTROL, 0, 6, 24 / 127)]
    assert parser.bend_range_st(0) == 7.0


def test_every_raw_bend_comes_back_as_itself():
    for range_st in (2.0, 12.0, 48.0, 0.37):
        parser = Parser()
        parser.feed(b"".join(bend_range(0, range_st)))
        for raw in range(1 << 14):
            message = bytes((0xE0, raw & 0x7F, raw >> 7))
            assert bend(0, float(parser.feed(message)["value"][0]), range_st) == message


@given(st.floats(-60, 60), st.sampled_from([2.0, 12.0, 48.0]))
def test_a_bend_is_off_by_half_a_step_at_most(bend_st: float, range_st: float):
    parser = Parser()
    parser.feed(b"".join(bend_range(0, range_st)))
    back = float(parser.feed(bend(0, bend_st, range_st))["value"][0])
    held = min(max(bend_st, -range_st), range_st * 8191 / 8192)
    assert abs(back - held) <= range_st / 8192 / 2 * (1 + 1e-9)


def test_what_is_no_number_is_sent_as_rest():
    messages = PlainFormat().format(said((BEND, 0, 0, float("nan")), (PRESSURE, 0, 0, float("inf"))))
    assert messages[-2:] == [b"\xe0\x00\x40", b"\xd0\x7f"]


@given(st.binary(max_size=400))
def test_no_bytes_whatever_raise(data: bytes):
    parser = Parser()
    events = parser.feed(data)
    assert np.isin(events["kind"], KINDS).all() and (events["channel"] < 16).all() and (events["number"] < 128).all()
    shares = events[events["kind"] != BEND]["value"]
    assert ((shares >= 0) & (shares <= 1)).all() and (np.abs(events["value"]) <= 2 * 128.3).all()


@given(st.binary(max_size=400), st.data())
def test_it_does_not_matter_into_which_pieces_bytes_fall(data: bytes, draw: st.DataObject):
    cut = draw.draw(st.integers(0, len(data)))
    parser = Parser()
    assert heard(data[:cut], parser) + heard(data[cut:], parser) == heard(data)


@given(st.binary(max_size=60))
def test_a_whole_message_is_heard_after_any_rubbish(rubbish: bytes):
    assert heard(rubbish + b"\x95\x3c\x40")[-1] == (NOTE_ON, 5, 60, 64 / 127)


def test_reset_all_controllers_brings_the_pitch_and_the_pedal_back():
    rows = heard(b"\xe0\x00\x7f\xb0\x40\x7f\xb0\x79\x00")[2:]
    assert (BEND, 0, 0, 0.0) in rows and (CONTROL, 0, 64, 0.0) in rows and (CONTROL, 0, 11, 1.0) in rows


def test_a_port_that_vanishes_lifts_its_keys_and_pedals():
    parser = Parser()
    parser.feed(b"\x90\x3c\x40\x91\x3e\x40\x90\x40\x40\x80\x40\x00\xb0\x40\x7f")
    released = parser.release(frame=77)
    assert [(int(e["kind"]), int(e["channel"]), int(e["number"])) for e in released] == [
        (NOTE_OFF, 0, 60), (NOTE_OFF, 1, 62), (CONTROL, 0, 64),
    ]  # fmt: skip
    assert (released["frame"] == 77).all() and len(parser.release()) == 0


def test_an_mpe_controller_bends_its_notes_by_48_and_the_zone_by_2():
    parser = Parser()
    heard(b"\xb0\x65\x00\xb0\x64\x06\xb0\x06\x0f", parser)
    assert heard(b"\xe1\x00\x60\x91\x3c\x40", parser) == [(BEND, 1, 0, 24.0), (NOTE_ON, 1, 60, 64 / 127)]
    assert heard(b"\xe0\x00\x60", parser) == [(BEND, 0, 0, 1.0), (BEND, 1, 0, 25.0)]
    assert heard(b"\x92\x3e\x40", parser) == [(BEND, 2, 0, 1.0), (NOTE_ON, 2, 62, 64 / 127)]


def test_a_pedal_on_the_manager_channel_of_an_mpe_zone_holds_the_notes_of_all_its_members():
    parser = Parser()
    heard(b"\xb0\x65\x00\xb0\x64\x06\xb0\x06\x0f", parser)
    told = parser.feed(bytes((0xB0, 64, 127, 0xD0, 100, 0xB0, 123, 0)))
    for kind, channels in ((CONTROL, range(16)), (PRESSURE, range(16)), (NOTES_OFF, range(16))):
        assert list(told["channel"][told["kind"] == kind]) == list(channels)
    assert list(parser.feed(bytes((0xB3, 64, 0)))["channel"]) == [3]


def test_the_upper_mpe_zone_takes_channels_from_the_lower():
    parser = Parser()
    heard(b"\xb0\x65\x00\x64\x06\x06\x0f\xbf\x65\x00\x64\x06\x06\x04", parser)
    heard(b"\xe0\x00\x60", parser)
    assert heard(b"\x9a\x3c\x40", parser)[0] == (BEND, 10, 0, 1.0)  # still of the lower zone
    assert heard(b"\x9b\x3c\x40", parser)[0][0] == NOTE_ON  # the upper zone's, which is not bent


quantised = st.one_of(
    st.tuples(st.just(NOTE_ON), channels, sevens, st.integers(1, 127).map(lambda v: v / 127)),
    st.tuples(st.just(NOTE_OFF), channels, sevens, sevens.map(lambda v: v / 127)),
    st.tuples(st.just(BEND), channels, st.just(0), st.integers(-8192, 8191).map(lambda raw: raw / 4096)),
    st.tuples(st.just(PRESSURE), channels, st.just(0), sevens.map(lambda v: v / 127)),
    st.tuples(st.just(KEY_PRESSURE), channels, sevens, sevens.map(lambda v: v / 127)),
    st.tuples(st.just(CONTROL), channels, st.sampled_from([1, 7, 11, 64, 74]), sevens.map(lambda v: v / 127)),
)


def with_offs_in_order(rows: list[Any]) -> list[Any]:
    """What a receiver can be told: no release of a key that is up, and one before a key goes down twice."""
    down: set[tuple[int, int]] = set()
    told = []
    for kind, channel, number, value in rows:
        note = channel, number
        if kind == NOTE_OFF and note not in down:
            continue
        if kind == NOTE_ON and note in down:
            told.append((NOTE_OFF, channel, number, 64 / 127))
        if kind == NOTE_ON:
            down.add(note)
        if kind == NOTE_OFF:
            down.discard(note)
        told.append((kind, channel, number, value))
    return told


@given(st.lists(quantised, max_size=60))
def test_events_go_to_bytes_and_come_back_the_same(rows: list[Any]):
    messages = PlainFormat().format(said(*rows))
    assert heard(b"".join(messages)) == with_offs_in_order(rows)


notes = st.tuples(st.sampled_from([NOTE_ON, NOTE_OFF]), st.integers(0, 2), st.integers(50, 60), st.just(0.5))
endings = st.tuples(
    st.sampled_from([NOTES_OFF, SILENCE]), st.sampled_from([0, 1, 2, ALL_CHANNELS]), st.just(0), st.just(0.0)
)
gestures = st.tuples(st.sampled_from([BEND, PRESSURE]), st.integers(0, 2), st.just(0), st.floats(0, 1))


@pytest.mark.parametrize("make", [PlainFormat, MpeFormat])
@given(rows=st.lists(st.one_of(notes, notes, notes, gestures, endings), max_size=120))
def test_every_note_on_gets_its_one_note_off(make: type[PlainFormat] | type[MpeFormat], rows: list[Any]):
    form: Format = make()
    messages = form.announce() + form.format(said(*rows))
    down: set[tuple[int, int]] = set()
    for message in messages + form.release_all():
        note = message[0] & 0x0F, message[1]
        if message[0] & 0xF0 == 0x90:
            assert note not in down and message[2] > 0
            down.add(note)
        elif message[0] & 0xF0 == 0x80:
            assert note in down
            down.remove(note)
    assert not down and form.sounding == 0


@given(st.lists(notes, max_size=200))
def test_mpe_notes_share_no_channel_while_there_are_enough(rows: list[Any]):
    form = MpeFormat()
    on_channel: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        for message in form.format(said(row)):
            channel = message[0] & 0x0F
            if message[0] & 0xF0 == 0x90:
                assert channel in range(1, 16)
                if form.sounding <= 15:
                    assert not on_channel[channel]
                on_channel[channel].add(message[1])
            elif message[0] & 0xF0 == 0x80:
                on_channel[channel].remove(message[1])


def test_mpe_takes_the_channel_that_was_silent_for_longest():
    form = MpeFormat()

    def channel_of(key: int) -> int:
        [message] = [m for m in form.format(said((NOTE_ON, 0, key, 0.5))) if m[0] & 0xF0 == 0x90]
        return message[0] & 0x0F

    assert [channel_of(key) for key in range(40, 55)] == list(range(1, 16))
    form.format(said((NOTE_OFF, 0, 44, 0.5), (NOTE_OFF, 0, 41, 0.5)))
    assert [channel_of(70), channel_of(71)] == [5, 2]


def test_a_sixteenth_mpe_note_shares_and_both_end():
    form = MpeFormat()
    form.format(said(*[(NOTE_ON, 0, key, 0.5) for key in range(40, 56)]))
    assert form.sounding == 16
    offs = form.release_all()
    assert sorted(message[1] for message in offs) == list(range(40, 56))


def test_an_mpe_note_begins_where_its_channel_is_bent():
    form = MpeFormat()
    messages = form.announce() + form.format(said((BEND, 0, 0, 0.25), (NOTE_ON, 0, 60, 0.5), (BEND, 0, 0, -0.75)))
    rows = heard(b"".join(messages))
    member = next(channel for kind, channel, _, _ in rows if kind == NOTE_ON)
    bends = [(kind, value) for kind, channel, _, value in rows if channel == member and kind in (BEND, NOTE_ON)]
    step = MPE_BEND_RANGE_ST / 8192
    assert [kind for kind, _ in bends] == [BEND, NOTE_ON, BEND]
    assert abs(bends[0][1] - 0.25) <= step / 2 and abs(bends[2][1] + 0.75) <= step / 2


def test_mpe_pressure_of_a_key_reaches_that_note_alone():
    form = MpeFormat()
    form.format(said((NOTE_ON, 0, 60, 0.5), (NOTE_ON, 0, 64, 0.5)))
    assert form.format(said((KEY_PRESSURE, 0, 64, 1.0))) == [b"\xd2\x7f"]
    assert form.format(said((CONTROL, 0, 74, 1.0))) == [b"\xb1\x4a\x7f", b"\xb2\x4a\x7f"]
    assert form.format(said((CONTROL, 0, 64, 1.0))) == [b"\xb0\x40\x7f"]


def test_panic_ends_the_notes_and_then_lifts_pedals_and_silences():
    form = PlainFormat()
    form.format(said((NOTE_ON, 0, 60, 0.5), (NOTE_ON, 3, 61, 0.5)))
    assert form.panic() == [
        b"\x80\x3c\x40", b"\x83\x3d\x40",
        b"\xb0\x40\x00", b"\xb0\x7b\x00", b"\xb0\x78\x00", b"\xb3\x40\x00", b"\xb3\x7b\x00", b"\xb3\x78\x00",
    ]  # fmt: skip


@pytest.mark.parametrize("range_st", [0.0, -2.0, 97.0, 2.005, float("nan")])
def test_a_bend_range_that_cannot_be_said_is_refused(range_st: float):
    with pytest.raises(PortError, match="whole cents"):
        PlainFormat(range_st)
