"""Tracks that share a rack: each has a line to its own instrument, a fader that glides, and a level to be seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from plugin.plan import MICROPHONE, ChainPlan, LearnedPlan, RackPlan, SendPlan, SlotPlan
from plugin.turns import fader_of, send_of
from realtime.events import (
    CONTROL,
    FIRST_LINE,
    FROM_APP,
    FROM_KEYS,
    FROM_VOICE,
    LINES,
    NOTE_OFF,
    NOTE_ON,
    event,
)
from realtime.reach import EVERYBODY, Reach
from score.errors import RackError
from tests.plugin.rack.inhabitants import Bench

APP = 1 << FROM_APP


def track(line: int, live: bool = False, **more) -> ChainPlan:
    reach = Reach(line=line, sources=EVERYBODY if live else APP)
    return ChainPlan(f"track {line}", slots=(SlotPlan(f"{line}", "held_keys"),), reach=reach, **more)


def steps(out) -> float:
    return float(np.abs(np.diff(out[:, 0])).max())


def play(bench: Bench, *events, source: int = FROM_APP, blocks: int = 8):
    for each in events:
        bench.host.send(source, each)
    return bench.play(blocks)


def held(bench: Bench, line: int) -> list[int]:
    return np.flatnonzero(bench.host.rack.state(f"{line}")["held"][0]).tolist()


def test_an_event_for_a_line_reaches_that_track_and_no_other():
    bench = Bench(RackPlan("two", (track(3), track(4))))
    play(bench, event(NOTE_ON, number=60, value=1.0, slot=FIRST_LINE + 4))
    assert (held(bench, 3), held(bench, 4)) == ([], [60])
    play(bench, event(NOTE_ON, number=61, value=1.0, slot=FIRST_LINE + 5))
    assert (held(bench, 3), held(bench, 4)) == ([], [60])
    play(bench, event(NOTE_OFF, number=60))
    assert held(bench, 4) == []


def test_keys_and_voice_reach_the_tracks_that_listen_to_them():
    bench = Bench(RackPlan("two", (track(3), track(4, live=True))))
    for source, key in ((FROM_KEYS, 50), (FROM_VOICE, 51)):
        play(bench, event(NOTE_ON, number=key, value=1.0), source=source)
    assert (held(bench, 3), held(bench, 4)) == ([], [50, 51])


def test_a_controller_for_a_line_turns_nothing_of_another_track():
    chains = tuple(
        ChainPlan(f"track {line}", MICROPHONE, (SlotPlan(f"{line}", "times"),), reach=Reach(line=line))
        for line in (1, 2)
    )
    learned = tuple(LearnedPlan(f"{line}", "by", 20) for line in (1, 2))
    bench = Bench(RackPlan("two", chains, learned))
    play(bench, event(CONTROL, number=20, value=1.0, slot=FIRST_LINE + 1))
    assert [bench.host.rack.value(f"{line}", "by") for line in (1, 2)] == [10.0, 1.0]
    play(bench, event(CONTROL, number=20, value=0.5))
    assert [bench.host.rack.value(f"{line}", "by") for line in (1, 2)] == [0.0, 0.0]


def test_no_line_is_where_none_can_be():
    for line in (-2, LINES):
        with pytest.raises(RackError, match="no line"):
            Reach(line=line)


# Another track under the hand


def two(first_live: bool) -> RackPlan:
    return RackPlan("two", (track(1, first_live), track(2, not first_live)))


def test_the_hand_goes_to_another_track_and_what_the_score_plays_sounds_on():
    bench = Bench(two(first_live=True))
    play(bench, event(NOTE_ON, number=60, value=1.0, slot=FIRST_LINE + 1))
    play(bench, event(NOTE_ON, number=64, value=1.0, channel=3), source=FROM_KEYS)
    play(bench, event(NOTE_ON, number=67, value=1.0), source=FROM_VOICE)
    assert held(bench, 1) == [60, 64, 67]
    bench.bench.load(two(first_live=False))
    out = bench.play(20)
    assert held(bench, 1) == [60]
    assert (out[-1] == 60.0).all()
    play(bench, event(NOTE_OFF, number=64, channel=3), source=FROM_KEYS)
    play(bench, event(NOTE_ON, number=65, value=1.0), source=FROM_KEYS)
    assert (held(bench, 1), held(bench, 2)) == ([60], [65])


def test_a_track_that_is_armed_as_well_is_not_interrupted():
    bench = Bench(two(first_live=True))
    play(bench, event(NOTE_ON, number=60, value=1.0), source=FROM_KEYS)
    bench.bench.load(RackPlan("two", (track(1, live=True), track(2, live=True))))
    assert (bench.play(10) == 60.0).all()
    play(bench, event(NOTE_OFF, number=60), source=FROM_KEYS)
    assert held(bench, 1) == held(bench, 2) == []


def test_a_key_that_goes_down_just_before_the_hand_goes_elsewhere_does_not_hang():
    bench = Bench(two(first_live=True))
    bench.play(4)
    bench.host.send(FROM_KEYS, event(NOTE_ON, number=62, value=1.0))
    bench.play(1, ticks=False)
    assert held(bench, 1) == [62]
    bench.bench.load(two(first_live=False))
    bench.play(8)
    assert held(bench, 1) == []


def test_another_part_of_the_keyboard_lets_go_of_everything():
    bench = Bench(two(first_live=True))
    play(bench, event(NOTE_ON, number=60, value=1.0), source=FROM_KEYS)
    high = replace(track(1, live=True), reach=Reach(line=1, lowest=61))
    bench.bench.load(RackPlan("two", (high, track(2))))
    bench.play(8)
    assert held(bench, 1) == []


# A mixer's hands


def wide() -> RackPlan:
    voice = ChainPlan("voice", MICROPHONE, sends=(SendPlan("hall", -6.0),))
    other = ChainPlan("other", MICROPHONE)
    return RackPlan("mix", (voice, other, ChainPlan("hall")))


@pytest.mark.parametrize(
    ("slot", "knob", "value", "heard"),
    [
        (fader_of("voice"), "mute", 1.0, 0.5),
        (fader_of("voice"), "solo", 1.0, 0.5 * (1.0 + 10.0 ** (-6.0 / 20.0))),
        (fader_of("other"), "solo", 1.0, 0.5),
        (send_of("voice", "hall"), "level_db", -80.0, 1.0),
        (send_of("voice", "hall"), "level_db", 0.0, 1.5),
        (fader_of("hall"), "level_db", -80.0, 1.0),
    ],
)
def test_each_hand_on_a_strip_glides_and_is_the_same_when_the_rack_is_loaded_anew(slot, knob, value, heard):
    bench = Bench(wide())
    bench.play(8, 0.5)
    bench.bench.turn(slot, knob, value)
    out = bench.play(20, 0.5)
    assert steps(out) < 0.02
    assert out[-1, 0] == pytest.approx(heard, abs=1e-4)
    assert Bench(bench.bench.plan).play(8, 0.5)[-1, 0] == pytest.approx(heard, abs=1e-4)


def test_a_mute_is_taken_back_by_the_same_hand():
    bench = Bench(wide())
    for value in (1.0, 0.0):
        bench.bench.turn(fader_of("voice"), "mute", value)
    assert bench.play(20, 0.5)[-1, 0] == pytest.approx(0.5 * (2.0 + 10.0 ** (-6.0 / 20.0)), abs=1e-4)


def test_a_send_that_is_not_there_is_refused_with_those_that_are():
    bench = Bench(wide())
    with pytest.raises(RackError, match="hall"):
        bench.bench.turn(send_of("voice", "other"), "level_db", 0.0)
    with pytest.raises(RackError, match="no number"):
        bench.bench.turn(fader_of("voice"), "level_db", float("nan"))


def test_another_level_of_a_send_in_a_new_plan_is_no_dip():
    bench = Bench(wide())
    bench.play(8, 0.5)
    voice = replace(bench.bench.plan.chain("voice"), sends=(SendPlan("hall", 0.0),))
    bench.bench.load(bench.bench.plan.with_chain(voice))
    out = bench.play(20, 0.5)
    assert steps(out) < 0.02
    assert out.min() > 1.2
    assert out[-1, 0] == pytest.approx(1.5, abs=1e-4)


# Meters


def test_levels_are_told_of_chains_that_have_a_line():
    loud = ChainPlan("loud", MICROPHONE, reach=Reach(line=7), level_db=-6.0, pan=1.0)
    bench = Bench(RackPlan("two", (loud, ChainPlan("other", MICROPHONE))))
    bench.play(8, 0.5)
    levels = bench.bench.levels()
    assert levels is not None and levels["line"].tolist() == [7]
    assert levels["peak"][0] == pytest.approx([0.0, 0.5 * 10.0 ** (-6.0 / 20.0)], abs=1e-3)


def test_forty_tracks_play_side_by_side():
    plan = RackPlan("many", tuple(track(line) for line in range(40)))
    bench = Bench(plan)
    play(bench, *(event(NOTE_ON, number=line, value=1.0, slot=FIRST_LINE + line) for line in range(40)))
    assert (bench.play(2)[-1] == sum(range(40))).all()
    levels = bench.bench.levels()
    assert levels is not None and len(levels) == 40
