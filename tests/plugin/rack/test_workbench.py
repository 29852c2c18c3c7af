"""A rack in the hand: code that is exchanged, controllers that learn, scenes, lanes, and what goes wrong."""

from __future__ import annotations

import numpy as np
import pytest

from plugin.arrangement import played_name
from plugin.lanes import STEP_FRAMES, Lanes, value_at
from plugin.plan import MICROPHONE, ChainPlan, LanePlan, LearnedPlan, RackPlan, ScenePlan, SlotPlan
from plugin.scenes import morph, scene_of
from realtime.events import CONTROL, FROM_KEYS, event
from score.errors import RackError
from tests.plugin.rack.inhabitants import Bench, Inhabitant, find
from tests.realtime.driving import RATE


def one(processor: str, name: str = "a", **more) -> RackPlan:
    return RackPlan("rack", (ChainPlan("voice", MICROPHONE, (SlotPlan(name, processor, **more),)),))


def steps(out) -> float:
    return float(np.abs(np.diff(out[:, 0])).max())


def turned(bench: Bench, value: float, number: int = 74, channel: int = 0) -> None:
    bench.host.send(FROM_KEYS, event(CONTROL, number=number, channel=channel, value=value))


# Code that is exchanged


def test_new_code_fades_in_and_its_fields_live_on():
    bench = Bench(one("times", values={"by": 2.0}))
    bench.play(10, 0.5)
    bench.slot("a").become("times_minus")
    out = bench.play(20, 0.5)
    assert steps(out) < 0.01
    assert out[-1, 0] == -1.0
    state = bench.host.rack.state(played_name("a", 1))
    assert state["seen"][0] == 30 * 128  # the new code counts on where the old one was
    assert not any(slot.kernel.name == "times" for slot in bench.host.rack.slots)


def test_code_is_exchanged_a_hundred_times_under_sound():
    bench = Bench(one("times"))
    bench.play(4, 0.5)
    for n in range(100):
        bench.slot("a").become(("times_minus", "times")[n % 2])
        out = bench.play(12, 0.5)
        assert steps(out) < 0.01
        assert out[-1, 0] == (-0.5, 0.5)[n % 2]
    assert bench.host.rack.state(played_name("a", 100))["seen"][0] == (4 + 1200) * 128


def test_versions_that_come_faster_than_they_fade_end_with_the_newest():
    bench = Bench(one("times"))
    bench.play(4, 0.5)
    for name in ("times_minus", "times", "times_minus"):
        bench.slot("a").become(name)
        assert steps(bench.play(1, 0.5)) < 0.01
    assert bench.play(20, 0.5)[-1, 0] == -0.5


def test_a_knob_that_was_turned_stays_where_it_is_in_the_new_code():
    bench = Bench(one("times"))
    bench.bench.turn("a", "by", 3.0)
    bench.play(10, 0.5)
    bench.slot("a").become("times_minus")
    assert bench.play(20, 0.5)[-1, 0] == -1.5
    bench.bench.turn("a", "by", 4.0)
    assert bench.play(20, 0.5)[-1, 0] == -2.0


# What goes wrong


def test_what_is_no_number_is_never_heard_and_the_slot_is_taken_out():
    bench = Bench(one("breaks"))
    bench.play(4, 0.5)
    bench.bench.turn("a", "by", 10.0)
    out = bench.play(30, 0.5)
    assert np.isfinite(out).all()
    assert (out[:, 0] == 0.5).all()
    assert bench.host.counters()["broken_samples"] == 0
    assert "no number" in bench.bench.resting["a"]
    assert any("'a' was taken out" in news.text for news in bench.news)


SECOND = int(RATE / 128)


def test_who_takes_the_time_of_all_others_is_taken_out():
    bench = Bench(one("hungry", values={"ms": 4.0}))
    bench.play(SECOND, 0.5)
    assert "of the time there is" in bench.bench.resting["a"]


def test_who_was_slow_once_since_the_machine_was_stays():
    bench = Bench(one("hungry"))
    bench.play(SECOND // 4, 0.5)
    for ms in (900.0, 0.0):
        bench.bench.turn("a", "ms", ms)
        bench.play(1, 0.5)
    bench.play(SECOND, 0.5)
    assert not bench.bench.resting


def test_who_plays_into_a_file_has_all_the_time_there_is():
    bench = Bench(one("hungry", values={"ms": 4.0}), in_time=False)
    bench.play(SECOND, 0.5)
    assert not bench.bench.resting


def test_code_that_breaks_gives_way_to_the_version_before():
    bench = Bench(one("times", values={"by": 2.0}))
    bench.play(4, 0.5)
    bench.slot("a").become("breaks")
    bench.play(20, 0.5)
    bench.bench.turn("a", "by", 8.0)
    out = bench.play(40, 0.5)
    assert np.isfinite(out).all()
    assert any("went back to the version before" in news.text for news in bench.news)
    assert out[-1, 0] == 4.0  # of `times`, by 8
    bench.slot("a").become("times_minus")
    assert bench.play(20, 0.5)[-1, 0] == -4.0


def test_a_processor_that_will_not_be_prepared_leaves_the_rest_playing():
    plan = RackPlan(
        "rack",
        (
            ChainPlan(
                "voice",
                MICROPHONE,
                (SlotPlan("no", "times", state={"refuses": True}), SlotPlan("yes", "times", values={"by": 2.0})),
            ),
        ),
    )
    bench = Bench(plan)
    assert bench.play(4, 0.5)[-1, 0] == 1.0
    assert "does not want to" in bench.bench.resting["no"]


def test_a_missing_plugin_keeps_its_place_its_parameters_and_its_state():
    plan = one("vst3:Nowhere", values={"drive": 0.7}, state={"raw": "AAECAw=="})
    bench = Bench(plan)
    assert bench.play(4, 0.5)[-1, 0] == 0.5
    assert bench.bench.current() == plan
    assert any("its place and its state are kept" in news.text for news in bench.news)


def test_processors_that_leave_are_closed_and_those_that_stay_are_not_made_anew():
    plan = RackPlan("r", (ChainPlan("v", MICROPHONE, (SlotPlan("a", "times"), SlotPlan("b", "late"))),))
    bench = Bench(plan)
    bench.play(4, 0.5)
    stays, goes = bench.slot("a"), bench.slot("b")
    bench.bench.load(RackPlan("r", (ChainPlan("v", MICROPHONE, (SlotPlan("c", "late"), SlotPlan("a", "times"))),)))
    bench.play(40, 0.5)
    assert bench.slot("a") is stays
    assert goes.closed
    assert not stays.closed
    bench.bench.close()
    assert stays.closed


# Controllers


def test_a_parameter_learns_the_next_controller_that_moves():
    bench = Bench(one("times"))
    bench.bench.learn("a", "by")
    turned(bench, 0.2, number=7, channel=3)
    bench.play(2, 1.0)
    assert bench.bench.plan.learned == (LearnedPlan("a", "by", 7, 3),)
    turned(bench, 1.0, number=7, channel=3)
    assert bench.play(4, 1.0)[-1, 0] == 10.0
    turned(bench, 0.0, number=7, channel=2)  # another channel
    turned(bench, 0.0, number=8, channel=3)  # another controller
    assert bench.play(4, 1.0)[-1, 0] == 10.0
    assert bench.bench.current().slot("a").values["by"] == 10.0
    bench.bench.forget("a", "by")
    turned(bench, 0.0, number=7, channel=3)
    assert bench.play(4, 1.0)[-1, 0] == 10.0


def test_a_controller_turns_a_part_of_the_range_and_other_way_round():
    plan = RackPlan(
        "r",
        (ChainPlan("v", MICROPHONE, (SlotPlan("a", "times"),)),),
        learned=(LearnedPlan("a", "by", 74, low=4.0, high=2.0),),
    )
    bench = Bench(plan)
    for value, by in ((0.0, 4.0), (0.5, 3.0), (1.0, 2.0)):
        turned(bench, value)
        assert bench.play(4, 1.0)[-1, 0] == pytest.approx(by)


def test_what_was_learned_goes_over_to_new_code():
    bench = Bench(one("times"))
    bench.bench.learn("a", "by")
    turned(bench, 0.5)
    bench.play(2, 1.0)
    bench.slot("a").become("times_minus")
    bench.play(20, 1.0)
    turned(bench, 0.75)
    assert bench.play(4, 1.0)[-1, 0] == -5.0


def test_a_controller_falls_on_its_frame():
    plan = RackPlan(
        "r", (ChainPlan("v", MICROPHONE, (SlotPlan("a", "times"),)),), learned=(LearnedPlan("a", "by", 74, low=1.0),)
    )
    bench = Bench(plan)
    bench.host.send(FROM_KEYS, event(CONTROL, number=74, value=1.0, frame=300))
    out = bench.play(10, 1.0)[:, 0]
    assert np.flatnonzero(np.diff(out))[0] == 299


# Scenes


def test_a_morph_goes_as_a_slider_would():
    parameters = {"f": find("filter").parameters}
    dark, bright = ScenePlan("dark", {"f": {"cutoff_hz": 100.0}}), ScenePlan("bright", {"f": {"cutoff_hz": 10_000.0}})
    half = morph(dark, bright, 0.5, parameters)["f"]["cutoff_hz"]
    assert half == pytest.approx(1_000.0)
    assert morph(dark, bright, 0.0, parameters)["f"]["cutoff_hz"] == 100.0
    assert morph(dark, bright, 1.0, parameters)["f"]["cutoff_hz"] == 10_000.0


def test_a_scene_keeps_what_differs_and_brings_it_back():
    bench = Bench(one("times"))
    bench.bench.turn("a", "by", 2.0)
    bench.bench.keep_scene("two")
    bench.bench.turn("a", "by", 1.0)
    assert bench.bench.keep_scene("one").values == {"a": {}}
    bench.bench.recall("two")
    assert bench.play(4, 1.0)[-1, 0] == 2.0
    bench.bench.recall("two", to="one", amount=0.5)
    assert bench.play(4, 1.0)[-1, 0] == 1.5
    bench.bench.recall("one")
    assert bench.play(4, 1.0)[-1, 0] == 1.0
    with pytest.raises(RackError, match="no scene 'three'"):
        bench.bench.recall("three")


def test_a_choice_changes_half_way():
    parameters = {"c": find("cello").parameters}
    one_, two = ScenePlan("a", {"c": {"mode": 0.0}}), ScenePlan("b", {"c": {"mode": 2.0}})
    assert [morph(one_, two, x, parameters)["c"]["mode"] for x in (0.0, 0.49, 0.51, 1.0)] == [0.0, 0.0, 2.0, 2.0]
    assert scene_of("s", {"c": {"mode": 2.0, "hall": 1.0}}, parameters).values == {"c": {"mode": 2.0}}


# Lanes


def test_a_lane_is_heard_as_it_is_drawn():
    lane = LanePlan("a", "by", ((0.0, 0.0), (0.05, 4.0), (0.08, 4.0), (0.1, 1.0)))
    plan = RackPlan("r", (ChainPlan("v", MICROPHONE, (SlotPlan("a", "times"),)),), lanes=(lane,))
    out = Bench(plan).play(60, 1.0)[:, 0]
    drawn = np.interp(np.arange(len(out)) / RATE, [0.0, 0.05, 0.08, 0.1], [0.0, 4.0, 4.0, 1.0])
    assert np.abs(out - drawn)[2 * STEP_FRAMES :].max() < 0.25  # a corner is rounded over one step
    assert np.abs(out - drawn)[-1000:].max() == 0.0


def test_lanes_are_told_once_and_in_order():
    lanes = tuple(LanePlan(f"{n}", "x", ((0.1 * n, 0.0), (1.0 + n, 5.0))) for n in range(3))
    told, all_at_once = Lanes(lanes, RATE, 100), Lanes(lanes, RATE, 100)
    pieces = [turn for frame in range(0, 200_000, 999) for turn in told.until(frame)]
    whole = all_at_once.until(200_000 - 200_000 % 999)
    assert sorted(pieces, key=lambda turn: turn.frame) == sorted(whole, key=lambda turn: turn.frame)
    assert [turn.frame for turn in pieces] == sorted(turn.frame for turn in pieces)
    assert value_at(lanes[0], -1.0) == 0.0
    assert value_at(lanes[0], 9.0) == 5.0


# By name


def test_what_is_not_there_is_told_with_what_is():
    bench = Bench(one("times")).bench
    for wrong, words in (
        (lambda: bench.turn("b", "by", 1.0), "no slot 'b'. It holds: a"),
        (lambda: bench.turn("a", "size", 1.0), "no parameter 'size'. It has: by"),
        (lambda: bench.turn("b/blend", "mix", 1.0), "no slot 'b'"),
        (lambda: bench.turn("b:fader", "pan", 1.0), "no chain 'b'"),
        (lambda: bench.do("explode", {}), "cannot 'explode'"),
        (lambda: bench.do("learn", {"slat": "a"}), "learn"),
        (lambda: bench.do("show_editor", {"slot": "a"}), "cannot 'show_editor'"),
    ):
        with pytest.raises(RackError) as error:
            wrong()
        assert words in str(error.value)


def test_what_stands_in_a_rack_is_described():
    bench = Bench(one("filter", values={"cutoff_hz": 440.0}))
    bench.play(4, 0.1)
    told = bench.bench.describe()[0]
    assert (told["slot"], told["processor"], told["trouble"]) == ("a", "filter", "")
    cutoff = next(each for each in told["parameters"] if each["id"] == "cutoff_hz")
    assert (cutoff["value"], cutoff["text"], cutoff["name"]) == (440.0, "440 Hz", "cutoff")
    assert told["total_us"] > 0.0


def test_between_blocks_of_a_file_everyone_is_waited_for():
    bench = Bench(one("times"))
    bench.bench.settle()
    assert isinstance(bench.slot("a"), Inhabitant)
    assert bench.slot("a").settled == 1


def test_a_processor_that_comes_late_and_will_not_be_prepared_leaves_the_rest_playing():
    bench = Bench(one("times", values={"by": 2.0}))
    bench.play(4, 0.5)
    bench.bench.processors["no"] = find("times")  # as one that was on its way comes in between two looks
    bench.bench.processors["no"].restore({"refuses": True})
    slots = SlotPlan("a", "times", values={"by": 2.0}), SlotPlan("no", "times")
    bench.bench.plan = RackPlan("rack", (ChainPlan("voice", MICROPHONE, slots),))
    assert bench.play(40, 0.5)[-1, 0] == 1.0
    assert "does not want to" in bench.bench.resting["no"]
