"""Events under the callback: each on its frame, each once, in order, however many come at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.events import (
    ALL_SLOTS,
    FROM_APP,
    FROM_KEYS,
    FROM_VOICE,
    KNOB,
    NOTE_OFF,
    NOTE_ON,
    NOW,
    SILENCE,
    event,
)
from realtime.host import Host
from realtime.layout import PENDING_EVENTS, SLICE_EVENTS
from realtime.rack import Slot
from tests.realtime.driving import (
    LOGGED,
    RATE,
    Card,
    cut,
    gliding,
    log,
    notes,
    scale,
    through,
)


def logged(host: Host) -> list[tuple[int, float]]:
    state = host.rack.state("log")[0]
    used = int(state["used"])
    return list(zip(state["at"][:used].tolist(), state["value"][:used].tolist(), strict=True))


@pytest.mark.parametrize("size", [1, 37, 64, 1024])
def test_an_event_begins_a_slice_on_its_own_frame(size: int) -> None:
    host = Host(RATE, (LOGGED,))
    at = [0, 1, 36, 37, 38, 63, 64, 65, 127, 511, 512, 1023]
    host.send(FROM_KEYS, notes(at))
    Card(host).play(cut(1024, size))
    assert logged(host) == [(frame, float(n)) for n, frame in enumerate(at)]
    state = host.rack.state("log")[0]
    assert (state["frames"], state["jumps"]) == (1024, 0)


def test_a_knob_turns_on_its_own_frame_and_reaches_both_sides() -> None:
    host = Host(RATE, (Slot("level", scale),))
    host.send(FROM_APP, host.rack.turn("level", "offset", 0.25, frame=37))
    host.send(FROM_APP, host.rack.turn("level", "offset", -0.5, frame=101))
    out = Card(host).play([64, 64])
    expected = np.repeat([0.0, 0.25, -0.5], [37, 64, 27])
    np.testing.assert_array_equal(out, np.stack([expected, expected], axis=1))


def test_a_knob_turns_its_own_slot_and_its_own_field_only() -> None:
    host = Host(RATE, (Slot("a", scale), Slot("b", scale)))
    host.send(FROM_APP, host.rack.turn("b", "gain", 3.0))
    Card(host).play([16])
    assert host.rack.state("a")[0].tolist() == (1.0, 0.0)
    assert host.rack.state("b")[0].tolist() == (3.0, 0.0)


@pytest.mark.parametrize("offset", [9, 16, 24, 0xFFFF])
def test_a_knob_that_points_behind_the_state_turns_nothing(offset: int) -> None:
    host = Host(RATE, (Slot("a", scale),))
    before = host.rack.state("a").tobytes()
    host.send(FROM_APP, event(KNOB, value=9.0, slot=host.rack.number("a"), offset=offset))
    Card(host).play([16])
    assert host.rack.state("a").tobytes() == before


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_knob_that_is_no_number_is_left_where_it_stands(value: float) -> None:
    host = Host(RATE, (through(), Slot("level", gliding)))
    card, ones = Card(host), np.ones((600, 1), np.float32)
    host.send(FROM_APP, event(KNOB, value=value, slot=host.rack.number("level"), offset=0))
    card.play([600], ones)
    host.send(FROM_APP, host.rack.turn("level", "gain", 0.5))
    assert (card.play([600], ones)[-1] == 0.5).all()


def test_knobs_of_one_frame_take_effect_in_the_order_they_were_turned() -> None:
    host = Host(RATE, (Slot("level", scale),))
    for value in (0.1, 0.2, 0.75):
        host.send(FROM_APP, host.rack.turn("level", "offset", value, frame=5))
    assert (Card(host).play([16])[5:] == 0.75).all()


def test_an_event_reaches_the_slots_that_it_is_for() -> None:
    host = Host(RATE, (Slot("one", log), Slot("two", log)))
    host.send(FROM_KEYS, event(NOTE_ON, value=1.0, slot=host.rack.number("one")))
    host.send(FROM_KEYS, event(NOTE_ON, value=2.0, slot=host.rack.number("two")))
    host.send(FROM_KEYS, event(NOTE_ON, value=3.0, slot=ALL_SLOTS))
    host.send(FROM_KEYS, event(NOTE_ON, value=4.0, slot=12_345))
    Card(host).play([16])
    one, two = (host.rack.state(name)[0] for name in ("one", "two"))
    assert one["value"][: one["used"]].tolist() == [1.0, 3.0]
    assert two["value"][: two["used"]].tolist() == [2.0, 3.0]


def test_events_keep_their_order_and_tell_which_ring_they_came_by() -> None:
    host = Host(RATE, (LOGGED,))
    host.send(FROM_APP, notes([5, 5, 3]))
    host.send(FROM_VOICE, notes([3, 5, NOW]))
    host.send(FROM_KEYS, notes([5, 3, 3]))
    Card(host).play([16])
    state = host.rack.state("log")[0]
    found = list(zip(*(state[name][:9].tolist() for name in ("at", "source", "value")), strict=True))
    assert found == [
        (0, FROM_VOICE, 2.0),
        (3, FROM_KEYS, 1.0),
        (3, FROM_KEYS, 2.0),
        (3, FROM_VOICE, 0.0),
        (3, FROM_APP, 2.0),
        (5, FROM_KEYS, 0.0),
        (5, FROM_VOICE, 1.0),
        (5, FROM_APP, 0.0),
        (5, FROM_APP, 1.0),
    ]


def test_whatever_is_now_falls_on_the_next_block_and_is_not_late() -> None:
    host = Host(RATE, (LOGGED,))
    card = Card(host)
    card.play([64])
    host.send(FROM_KEYS, event(NOTE_OFF, value=1.0))
    card.play([64])
    assert logged(host) == [(64, 1.0)]
    assert host.counters()["late_events"] == 0


def test_an_event_of_the_past_is_played_at_once_and_counted_as_late() -> None:
    host = Host(RATE, (LOGGED,))
    card = Card(host)
    card.play([64])
    host.send(FROM_KEYS, notes([0, 63, 64, 65]))
    card.play([64])
    assert logged(host) == [(64, 0.0), (64, 1.0), (64, 2.0), (65, 3.0)]
    assert host.counters()["late_events"] == 2


@pytest.mark.parametrize("count", [SLICE_EVENTS, SLICE_EVENTS + 1, 3 * SLICE_EVENTS, 3000])
def test_more_events_on_one_frame_than_a_slice_holds_all_arrive_in_order(count: int) -> None:
    host = Host(RATE, (LOGGED,))
    host.send(FROM_KEYS, notes([50] * count + [51]))
    Card(host).play([64, 64])
    assert logged(host) == [(50, float(n)) for n in range(count)] + [(51, float(count))]
    state = host.rack.state("log")[0]
    assert state["most_at_once"] == min(count, SLICE_EVENTS)
    assert (state["frames"], state["jumps"]) == (128, 0)


def test_events_on_the_last_frame_of_a_block_do_not_slip_into_the_next() -> None:
    host = Host(RATE, (LOGGED,))
    host.send(FROM_KEYS, notes([63] * 700))
    Card(host).play([64])
    assert logged(host) == [(63, float(n)) for n in range(700)]


def test_more_events_than_can_be_pending_wait_in_their_ring_and_lose_nothing() -> None:
    host = Host(RATE, (LOGGED,))
    card = Card(host)
    at = list(range(1000, 1000 + PENDING_EVENTS + 3000))
    assert host.send(FROM_KEYS, notes(at))
    card.play([64])
    assert host.record["pending_used"][0] == PENDING_EVENTS - 256  # the rest is kept for what is due at once
    card.play(cut(9000, 128))
    assert logged(host) == [(frame, float(n)) for n, frame in enumerate(at)]
    assert host.counters()["late_events"] == 0
    assert host.record["pending_used"][0] == 0


@pytest.mark.parametrize("blocks", [1, 600])
def test_silence_is_not_kept_waiting_by_a_future_full_of_notes(blocks: int) -> None:
    host = Host(RATE, (LOGGED,))
    card = Card(host)
    for source in (FROM_KEYS, FROM_VOICE):
        host.send(source, notes([100_000] * 8000))
    card.play([64] * blocks)
    host.send(FROM_APP, event(SILENCE, value=-1.0))
    card.play([64])
    assert logged(host) == [(64 * blocks, -1.0)]


def test_a_clip_that_comes_track_by_track_is_played_in_the_order_of_time() -> None:
    host = Host(RATE, (LOGGED,))
    random = np.random.default_rng(9)
    at = [int(frame) for _ in range(8) for frame in np.sort(random.integers(100, 3000, 500))]
    for source in (FROM_APP, FROM_KEYS):
        track = notes(at[:2000] if source == FROM_KEYS else at[2000:])
        track["value"] += 10_000 * source
        host.send(source, track)
    Card(host).play(cut(3000, 64))
    expected = [(frame, float(n)) for n, frame in enumerate(at[:2000])]
    expected += [(frame, 10_000.0 * FROM_APP + n) for n, frame in enumerate(at[2000:])]
    assert logged(host) == sorted(expected, key=lambda each: each[0])  # those of one frame as they came


def test_a_flood_of_notes_that_are_due_is_worked_off_within_two_blocks() -> None:
    host = Host(RATE, (LOGGED,))
    assert host.send(FROM_KEYS, notes([NOW] * 8000))
    Card(host).play([64, 64])
    assert [value for _, value in logged(host)] == [float(n) for n in range(8000)]


def test_what_does_not_fit_a_ring_is_refused_whole_and_counted() -> None:
    host = Host(RATE, (LOGGED,))
    assert host.send(FROM_KEYS, notes([NOW] * 8192))
    assert not host.send(FROM_KEYS, notes([NOW] * 3))
    assert host.events[FROM_KEYS].dropped == 3
    assert host.events[FROM_APP].dropped == 0


def test_who_watches_sees_every_event_on_the_frame_it_was_taken_for() -> None:
    host = Host(RATE)
    card = Card(host)
    card.play([64])
    host.send(FROM_VOICE, notes([NOW, 70, 3, 500]))
    card.play([64])
    seen = host.played.pop_all()
    assert seen["frame"].tolist() == [64, 70, 64, 500]
    assert seen["source"].tolist() == [FROM_VOICE] * 4


def test_a_watcher_that_sleeps_holds_nothing_up() -> None:
    host = Host(RATE, (LOGGED,))
    card = Card(host)
    for _ in range(6):
        host.send(FROM_KEYS, notes([NOW] * 8000))
        card.play([64, 64])
    assert len(host.played) == 1 << 15
    assert host.rack.state("log")[0]["used"] == 20_000


@given(
    frames=st.lists(st.integers(-1, 700), min_size=1, max_size=40),
    sources=st.lists(st.integers(0, 2), min_size=40, max_size=40),
    seed=st.integers(0, 1000),
)
@settings(deadline=None, max_examples=40)
def test_events_pushed_at_any_time_arrive_once_as_soon_as_they_are_due(
    frames: list[int], sources: list[int], seed: int
) -> None:
    host = Host(RATE, (LOGGED,))
    card = Card(host)
    random = np.random.default_rng(seed)
    due: list[tuple[int, float]] = []
    for n, frame in enumerate(frames):
        made = notes([frame])
        made["value"] = n
        host.send(sources[n], made)
        due.append((max(frame, host.frame), float(n)))
        if random.random() < 0.3:
            card.play([int(random.integers(1, 100))])
    card.play([64] * 64)
    assert sorted(logged(host), key=lambda each: each[1]) == due
    assert logged(host) == sorted(logged(host), key=lambda each: each[0])
