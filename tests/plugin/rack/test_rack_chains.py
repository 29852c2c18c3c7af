"""Chains side by side: where their sound goes, how it meets, and what reaches whom."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.plan import MICROPHONE, ChainPlan, RackPlan, SendPlan, SlotPlan
from plugin.turns import blend_of, fader_of
from realtime.events import FROM_APP, FROM_KEYS, NOTE_OFF, NOTE_ON, event
from realtime.reach import Reach
from score.errors import RackError
from tests.plugin.rack.inhabitants import LATE_FRAMES, Bench

NOISE = np.random.default_rng(5).normal(0.0, 0.2, 128 * 60).astype(np.float32)
SETTLED = 256


def chain(name: str, *processors: str, hears: str = MICROPHONE, **more) -> ChainPlan:
    return ChainPlan(name, hears, tuple(SlotPlan(f"{name} {each}", each) for each in processors), **more)


def rack(*chains: ChainPlan, **more) -> RackPlan:
    return RackPlan("rack", chains, **more)


def test_a_rack_of_nothing_is_silent_and_a_chain_that_hears_passes_every_bit():
    assert not Bench(rack()).play(4, NOISE[: 4 * 128]).any()
    out = Bench(rack(chain("voice"))).play(60, NOISE)
    np.testing.assert_array_equal(out, np.stack([NOISE, NOISE], 1))


def test_slots_stand_in_a_row():
    plan = rack(
        ChainPlan(
            "voice",
            MICROPHONE,
            (SlotPlan("a", "times", values={"by": 2.0}), SlotPlan("b", "times_minus", values={"by": 3.0})),
        )
    )
    np.testing.assert_allclose(Bench(plan).play(60, NOISE)[:, 0], -6.0 * NOISE, rtol=1e-6)


def test_a_late_chain_and_a_quick_one_meet_to_the_sample():
    late, quick = chain("late", "late"), chain("quick", "times_minus")
    bench = Bench(rack(late, quick))
    assert bench.bench.latency_frames == LATE_FRAMES
    assert not bench.play(60, NOISE).any()  # the one is the other's negative


def test_unless_it_is_told_not_to_wait():
    out = Bench(rack(chain("late", "late"), chain("quick", "times_minus"), compensates=False)).play(60, NOISE)[:, 0]
    np.testing.assert_array_equal(out[:LATE_FRAMES], -NOISE[:LATE_FRAMES])


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=6), st.data())
def test_however_chains_are_joined_all_ways_are_as_long(lates, data):
    """Random routes to main: each source's impulse arrives once, all at the same frame."""
    chains = []
    for n, count in enumerate(lates):
        to = data.draw(st.sampled_from(["main", *(f"c{m}" for m in range(n + 1, len(lates)))]))
        chains.append(ChainPlan(f"c{n}", MICROPHONE, tuple(SlotPlan(f"s{n} {k}", "late") for k in range(count)), to=to))
    bench = Bench(rack(*chains))
    click = np.zeros(128 * 80, np.float32)
    click[7] = 1.0
    out = bench.play(80, click)[:, 0]
    assert np.flatnonzero(out).tolist() == [7 + bench.bench.latency_frames]
    assert out.max() == len(lates)


def test_a_send_takes_its_part_before_or_behind_the_fader():
    for before, expected in ((False, 0.25), (True, 0.5)):
        voice = chain("voice", sends=(SendPlan("space", -6.0206, before),), level_db=-6.0206, to="nowhere")
        out = Bench(rack(voice, chain("space", hears="nothing"), chain("nowhere", hears="nothing", mute=True))).play(
            30, 1.0
        )
        np.testing.assert_allclose(out[SETTLED * 2 :, 0], expected, rtol=1e-3)


def test_mute_and_solo_say_who_is_heard():
    def level(**more) -> float:
        plan = rack(chain("a"), ChainPlan("b", MICROPHONE, (SlotPlan("two", "times", values={"by": 2.0}),), **more))
        return float(Bench(plan).play(20, 1.0)[-1, 0])

    assert (level(), level(mute=True), level(solo=True)) == (3.0, 1.0, 2.0)


def test_what_a_solo_goes_through_is_heard_as_well():
    plan = rack(chain("voice", solo=True, to="bus"), chain("other"), chain("bus", hears="nothing"))
    assert Bench(plan).play(20, 1.0)[-1, 0] == 1.0


@pytest.mark.parametrize(
    ("processor", "left", "right"), [("one_channel", 2.0, 2.0), ("one_to_two", 1.0, -1.0), ("two_to_one", 11.0, 11.0)]
)
def test_mono_and_stereo_fit_each_other(processor, left, right):
    np.testing.assert_allclose(Bench(rack(chain("voice", processor))).play(4, 1.0)[-1], [left, right])


def test_a_chain_and_a_slot_may_be_called_alike():
    plan = rack(ChainPlan("main", MICROPHONE, (SlotPlan("main", "times", values={"by": 2.0}),)))
    assert Bench(plan).play(4, 1.0)[-1, 0] == 2.0


def test_sound_that_would_go_in_a_circle_is_refused():
    with pytest.raises(RackError, match="circle"):
        rack(chain("a", to="b"), chain("b", to="a"))
    with pytest.raises(RackError, match="circle"):
        rack(chain("a", sends=(SendPlan("a"),)))


# Who hears which keys


def pressed(bench: Bench, *keys: tuple[int, int], source: int = FROM_KEYS) -> float:
    for channel, number in keys:
        bench.host.send(source, event(NOTE_ON, channel=channel, number=number, value=1.0))
    return float(bench.play(2)[-1, 0])


def test_instruments_share_a_keyboard_by_key_and_by_channel():
    low = chain("low", "held_keys", hears="nothing", reach=Reach(lowest=0, highest=59))
    high = chain("high", "held_keys", hears="nothing", reach=Reach(lowest=60, transpose_st=12), level_db=0.0)
    second = chain("second", "held_keys", hears="nothing", reach=Reach(channels=1 << 1))
    assert pressed(Bench(rack(low)), (0, 40), (0, 60)) == 40.0
    assert pressed(Bench(rack(high)), (0, 40), (0, 60)) == 72.0
    assert pressed(Bench(rack(second)), (0, 40), (1, 50)) == 50.0
    assert pressed(Bench(rack(low, high, second)), (0, 40), (0, 60), (1, 50)) == 40 + 72 + 50 + 50


def test_keys_that_a_transposition_takes_off_the_keyboard_are_silent():
    high = chain("high", "held_keys", hears="nothing", reach=Reach(transpose_st=48))
    assert pressed(Bench(rack(high)), (0, 100), (0, 10)) == 58.0


def test_an_instrument_can_hear_the_keyboard_and_not_the_voice():
    plan = rack(chain("keys", "held_keys", hears="nothing", reach=Reach(sources=1 << FROM_KEYS)))
    assert pressed(Bench(plan), (0, 60), source=FROM_APP) == 0.0
    assert pressed(Bench(plan), (0, 60), source=FROM_KEYS) == 60.0


def test_a_key_that_is_held_while_its_zone_goes_elsewhere_is_let_go():
    wide, narrow = (
        rack(ChainPlan("keys", slots=(SlotPlan("k", "held_keys"),), reach=reach))
        for reach in (Reach(), Reach(lowest=70))
    )
    bench = Bench(wide)
    assert pressed(bench, (0, 60)) == 60.0
    bench.bench.load(narrow)
    assert bench.play(20)[-1, 0] == 0.0
    bench.host.send(FROM_KEYS, event(NOTE_OFF, number=60))
    assert pressed(bench, (0, 71)) == 71.0


def test_an_instrument_behind_a_late_effect_waits_for_it():
    plan = rack(ChainPlan("both", MICROPHONE, (SlotPlan("l", "late"), SlotPlan("k", "held_keys"))))
    bench = Bench(plan)
    bench.host.send(FROM_KEYS, event(NOTE_ON, number=60, value=1.0, frame=100))
    out = bench.play(10, np.eye(1, 1280, 100, np.float32)[0])[:, 0]
    assert np.flatnonzero(out)[0] == 100 + LATE_FRAMES
    assert out[100 + LATE_FRAMES] == 61.0


# Without a click


def steps(out) -> float:
    return float(np.abs(np.diff(out[:, 0])).max())


def test_bypass_and_mix_glide():
    bench = Bench(rack(ChainPlan("voice", MICROPHONE, (SlotPlan("a", "times", values={"by": 3.0}),))))
    bench.play(4, 1.0)
    for knob, value, end in (("on", 0.0, 1.0), ("on", 1.0, 3.0), ("mix", 0.5, 2.0), ("mix", 0.0, 1.0)):
        bench.bench.turn(blend_of("a"), knob, value)
        out = bench.play(4, 1.0)
        assert steps(out) < 0.02
        assert out[-1, 0] == pytest.approx(end)


def test_bypass_of_a_late_slot_keeps_its_time():
    bench = Bench(rack(chain("late", "late"), chain("quick", "times_minus")))
    bench.bench.turn(blend_of("late late"), "on", 0.0)
    assert not bench.play(60, NOISE).any()


def test_faders_glide_and_the_plan_knows():
    bench = Bench(rack(chain("voice")))
    bench.play(4, 1.0)
    bench.bench.turn(fader_of("voice"), "level_db", -20.0)
    bench.bench.turn(fader_of("voice"), "pan", 1.0)
    out = bench.play(8, 1.0)
    assert steps(out) < 0.02
    np.testing.assert_allclose(out[-1], [0.0, 0.1], atol=1e-6)
    assert (bench.bench.plan.chain("voice").level_db, bench.bench.plan.chain("voice").pan) == (-20.0, 1.0)


def test_any_order_of_slots_can_become_any_other_while_it_sounds():
    names = ("times", "times_minus", "one_channel", "late")
    bench = Bench(rack(chain("voice", *names)))
    bench.play(20, 0.25)
    for order in itertools.permutations(names):
        bench.bench.load(rack(chain("voice", *order)))
        out = bench.play(30, 0.25)
        assert steps(out) < 0.02
        np.testing.assert_allclose(out[-1, 0], -0.5)
    assert bench.slot("voice late").kernel.name == "late"


def test_a_chain_that_comes_or_goes_fades():
    bench = Bench(rack(chain("voice")))
    bench.play(4, 1.0)
    bench.bench.load(rack(chain("voice"), chain("more")))
    out = bench.play(8, 1.0)
    assert steps(out) < 0.02
    assert out[-1, 0] == 2.0
    bench.bench.load(rack(chain("voice")))
    out = bench.play(8, 1.0)
    assert steps(out) < 0.02
    assert out[-1, 0] == 1.0


def test_a_chain_that_becomes_late_makes_the_others_wait_without_a_click():
    t = np.arange(128 * 40) / 48_000
    hum = (0.5 * np.sin(2 * np.pi * 100.0 * t)).astype(np.float32)
    bench = Bench(rack(chain("voice"), ChainPlan("other", MICROPHONE, level_db=-80.0)))
    bench.play(10, hum[:1280])
    bench.bench.load(rack(chain("voice"), ChainPlan("other", MICROPHONE, (SlotPlan("l", "late"),), level_db=-80.0)))
    out = bench.play(30, hum[1280:])
    assert steps(out) < 0.02
    np.testing.assert_array_equal(out[-1000:, 0], hum[-1000 - LATE_FRAMES : -LATE_FRAMES])


@pytest.mark.parametrize("cut", [1, 7, 64, 1000])
def test_any_block_gives_the_same_samples(cut):
    plan = rack(
        chain("voice", "times", "late", "one_channel", sends=(SendPlan("space", -3.0),)),
        chain("space", "late", hears="nothing"),
        chain("keys", "held_keys", hears="nothing"),
    )

    def played(block: int) -> np.ndarray:
        bench = Bench(plan, block)
        for n in range(20):
            bench.host.send(
                FROM_KEYS, event(NOTE_ON if n % 2 else NOTE_OFF, number=60 + n, value=1.0, frame=n * 100 + n)
            )
        return bench.play(6000 // block, NOISE, ticks=False)[:5000]

    np.testing.assert_array_equal(played(cut), played(128)[: len(played(cut))])
