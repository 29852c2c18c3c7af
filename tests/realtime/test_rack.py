"""The rack as data: which wires a slot gets, what keeps its state, and what is refused before it can be heard."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.events import KNOB, NOW
from realtime.host import Host
from realtime.kernel import Kernel, Knob, kernel
from realtime.layout import IN_LEFT, IN_RIGHT, OUT_LEFT, OUT_RIGHT, STEPS_AT_MOST, WIRES
from realtime.rack import MONITOR, Part, Rack, Slot
from score.errors import KernelError, RackError
from tests.realtime.driving import RATE, Card, gliding, log, plucked, scale, tally, through

PLAIN = np.dtype([("gain", "f8")])
BUS_LEFT, BUS_RIGHT = 4, 5


@kernel(PLAIN, Knob("gain", 0.0, 2.0, 1.0))
def source(s: Any, y: Any, frames: int) -> None:
    """A mono instrument."""
    for n in range(frames):
        y[n] += s.gain


@kernel(PLAIN)
def widen(s: Any, x: Any, y_left: Any, y_right: Any, frames: int) -> None:
    """One in, two out."""
    for n in range(frames):
        y_left[n], y_right[n] = x[n], -x[n]


@kernel(PLAIN)
def analyse(s: Any, x_left: Any, x_right: Any, frames: int) -> None:
    """Listens, and says nothing."""
    for n in range(frames):
        s.gain = max(s.gain, abs(x_left[n]), abs(x_right[n]))


@kernel(PLAIN)
def does_not_compile(s: Any, x: Any, y: Any, frames: int) -> None:
    y[0] = "three"


def wires_of(rack: Rack) -> list[tuple[list[int], list[int]]]:
    used = int(rack.program.record["steps_used"][0])
    steps = rack.program.record["steps"][0][:used]
    return [([w for w in s["inputs"].tolist() if w >= 0], [w for w in s["outputs"].tolist() if w >= 0]) for s in steps]


@pytest.mark.parametrize(
    ("slot", "wires"),
    [
        (Slot("mono effect", scale), [([OUT_LEFT], [OUT_LEFT]), ([OUT_RIGHT], [OUT_RIGHT])]),
        (Slot("mono source", source), [([], [OUT_LEFT]), ([], [OUT_RIGHT])]),
        (Slot("stereo source", plucked), [([], [OUT_LEFT, OUT_RIGHT])]),
        (Slot("stereo effect", tally), [([OUT_LEFT, OUT_RIGHT], [OUT_LEFT, OUT_RIGHT])]),
        (Slot("meter", analyse), [([OUT_LEFT, OUT_RIGHT], [])]),
        (through(), [([IN_LEFT], [OUT_LEFT]), ([IN_RIGHT], [OUT_RIGHT])]),
        (Slot("one wire", scale, {}, ((7,), (9,))), [([7], [9])]),
        (Slot("widen", widen, {}, ((IN_LEFT,), (OUT_LEFT, OUT_RIGHT))), [([0], [2, 3])]),
        (Slot("source on one", source, {}, ((), (15,))), [([], [15])]),
        (Slot("source on two", source, {}, ((), (4, 5))), [([], [4]), ([], [5])]),
    ],
    ids=lambda value: value.name if isinstance(value, Slot) else "",
)
def test_a_slot_gets_the_wires_of_its_width(slot: Slot, wires: list[tuple[list[int], list[int]]]) -> None:
    assert wires_of(Rack(RATE, (slot,))) == wires


@pytest.mark.parametrize(
    ("kernel_", "wires"),
    [
        (widen, ((OUT_LEFT, OUT_RIGHT), (OUT_LEFT, OUT_RIGHT))),
        (tally, ((4,), (5,))),
        (scale, ((4,), (4, 5))),
        (scale, ((4, 5, 6), (4, 5))),
        (scale, ((4, 5), (6,))),
        (plucked, ((), (1, 2, 3))),
    ],
)
def test_wires_that_do_not_fit_the_kernel_are_refused(kernel_: Kernel, wires: tuple[Any, Any]) -> None:
    with pytest.raises(RackError, match=r"'odd' has \d in and \d out, which does not fit"):
        Rack(RATE, (Slot("odd", kernel_, {}, wires),))


@pytest.mark.parametrize("wire", [-1, WIRES, 99, 40_000])
def test_a_wire_that_does_not_exist_is_refused(wire: int) -> None:
    """The callback would read and write whatever lies there."""
    for wires in (((wire,), (4,)), ((4,), (wire,))):
        with pytest.raises(RackError, match=str(wire)):
            Rack(RATE, (Slot("far", scale, {}, wires),))


def test_two_slots_of_one_name_are_refused() -> None:
    with pytest.raises(RackError, match="two slots share a name: a, b, a"):
        Rack(RATE, (Slot("a", scale), Slot("b", scale), Slot("a", gliding)))


def test_a_rack_holds_as_many_steps_as_it_says_and_no_more() -> None:
    most = tuple(Slot(f"{n}", tally) for n in range(STEPS_AT_MOST))
    host = Host(RATE, most)
    np.testing.assert_array_equal(Card(host).block(4)[:, 0], STEPS_AT_MOST * np.arange(4))
    with pytest.raises(RackError, match=f"at most {STEPS_AT_MOST} steps"):
        Rack(RATE, (*most, Slot("one more", tally)))
    with pytest.raises(RackError, match="steps"):
        Rack(RATE, tuple(Slot(f"{n}", scale) for n in range(STEPS_AT_MOST // 2 + 1)))  # each of them is two


def test_a_slot_of_the_same_name_and_kernel_keeps_its_state_and_another_kernel_gets_a_new_one() -> None:
    rack = Rack(RATE, (Slot("a", scale), Slot("b", tally)))
    a, b = rack.state("a"), rack.state("b")
    numbers = rack.number("a"), rack.number("b")
    rack.arrange((Slot("b", tally), Slot("a", gliding)))
    assert rack.state("b") is b
    assert rack.number("b") == numbers[1]
    assert rack.state("a") is not a
    assert rack.number("a") != numbers[0]  # an event on its way to the old one must not turn the new one's knobs


def test_a_slot_that_was_gone_for_a_while_begins_afresh() -> None:
    rack = Rack(RATE, (Slot("a", tally),))
    rack.state("a")["frames"] = 5
    rack.arrange(())
    rack.arrange((Slot("a", tally),))
    assert rack.state("a")["frames"][0] == 0


def test_both_sides_of_a_mono_effect_have_a_state_of_their_own() -> None:
    host = Host(RATE, (through(), Slot("smooth", gliding)))
    states = {id(state) for state in host.rack.program.states}
    assert len(states) == 4


def test_a_slot_may_change_its_wires() -> None:
    rack = Rack(RATE, (Slot("a", scale),))
    for wires in (((4,), (4,)), MONITOR, ((7,), (8,)), ((OUT_LEFT, OUT_RIGHT), (OUT_LEFT, OUT_RIGHT))):
        rack.arrange((Slot("a", scale, {}, wires),))
        assert wires_of(rack)[0] == ([wires[0][0]], [wires[1][0]])
        assert len(wires_of(rack)) == len(wires[1])


def test_a_rack_that_fails_leaves_the_one_before_as_it_was() -> None:
    rack = Rack(RATE, (Slot("a", scale), Slot("b", scale)))
    program, state, numbers = rack.program, rack.state("a"), (rack.number("a"), rack.number("b"))
    for slots, error in (
        ((Slot("b", scale), Slot("a", does_not_compile)), KernelError),
        ((Slot("a", tally), *(Slot(f"{n}", tally) for n in range(STEPS_AT_MOST))), RackError),
        ((Slot("a", gliding), Slot("c", tally, {}, ((4,), (5,)))), RackError),
        ((Slot("a", gliding, {"no such knob": 1.0}),), KernelError),
    ):
        with pytest.raises(error):
            rack.arrange(slots)
        assert rack.program is program
        assert rack.state("a") is state
        assert (rack.number("a"), rack.number("b")) == numbers
        assert rack.turn("a", "gain", 2.0)["slot"][0] == numbers[0]


def test_turning_a_knob_is_an_event_within_the_knobs_range() -> None:
    rack = Rack(RATE, (Slot("a", scale), Slot("b", scale)))
    turned = rack.turn("b", "offset", 99.0, frame=12)[0]
    assert (turned["kind"], turned["frame"], turned["value"]) == (KNOB, 12, 10.0)
    assert (turned["slot"], turned["offset"]) == (rack.number("b"), 8)
    assert rack.turn("a", "gain", float("nan"))["value"][0] == 1.0
    assert rack.turn("a", "gain", 1.0)["frame"][0] == NOW


def test_what_is_not_there_is_not_turned_and_what_is_there_is_named() -> None:
    rack = Rack(RATE, (Slot("a", scale), Slot("b", scale)))
    for ask in (lambda: rack.turn("c", "gain", 1.0), lambda: rack.state("c"), lambda: rack.number("c")):
        with pytest.raises(RackError, match=r"no slot 'c'\. It holds: a, b\."):
            ask()
    with pytest.raises(KernelError, match="no knob 'volume'"):
        rack.turn("a", "volume", 1.0)
    with pytest.raises(RackError, match=r"It holds: nothing\."):
        Rack(RATE).state("a")


def test_a_program_holds_alive_the_states_and_the_machine_code_that_it_points_at() -> None:
    def fleeting() -> Kernel:
        @kernel(PLAIN)
        def hot_reloaded(s: Any, x: Any, y: Any, frames: int) -> None:
            y[0] = x[0]

        return hot_reloaded

    rack = Rack(RATE, (Slot("a", fleeting()),))
    program = rack.program
    held: list[weakref.ref[Any]] = [weakref.ref(rack.slots[0].kernel), weakref.ref(rack.state("a"))]
    rack.arrange(())
    gc.collect()
    assert all(each() is not None for each in held)
    del program
    gc.collect()
    assert all(each() is None for each in held)


def test_a_program_of_its_own_serial_each_time() -> None:
    rack = Rack(RATE)
    serials = [rack.program.serial, *(rack.arrange(()).serial for _ in range(5))]
    assert serials == sorted(set(serials))
    assert rack.program.record["serial"][0] == serials[-1]


KERNELS = {"scale": scale, "gliding": gliding, "tally": tally, "log": log, "plucked": plucked}


@given(st.lists(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(sorted(KERNELS))), max_size=4), max_size=8))
@settings(deadline=None, max_examples=40)
def test_whatever_racks_follow_each_other_states_stay_exactly_where_name_and_kernel_stay(
    racks: list[list[tuple[str, str]]],
) -> None:
    host = Host(RATE)
    card = Card(host)
    before: dict[str, tuple[Part, Any]] = {}
    for chosen in racks:
        slots = {name: Slot(name, KERNELS[which]) for name, which in chosen}
        host.play(tuple(slots.values()))
        card.block(16)
        now = {name: (slot.kernel, host.rack.state(name)) for name, slot in slots.items()}
        for name, (kernel_, state) in now.items():
            kept = name in before and before[name][0] is kernel_
            assert kept == (name in before and before[name][1] is state)
        numbers = [host.rack.number(name) for name in slots]
        assert len(set(numbers)) == len(numbers)
        before = now
