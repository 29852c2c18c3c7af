"""The host: swapping racks under a sounding callback, freeing what was left, ears across holes, gates."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from realtime.block import Block
from realtime.events import FROM_APP, NOW
from realtime.host import Capture, Host
from realtime.latest import LATEST_BYTES
from realtime.rack import Slot
from realtime.ring import Consumer
from score.errors import EngineError, RackError
from tests.realtime.driving import RATE, Card, gliding, log, notes, plucked, run_until, scale, stuck, tally, through

BLOCK = 64


@contextmanager
def running(host: Host, frames: int = BLOCK, pause_ns: int = 0) -> Iterator[Future[int]]:
    """A thread that runs the host's callback as fast as it goes, without Python's lock; the result is its blocks."""
    host.adopt_channels(1, 2)
    mic, speaker = np.zeros(frames, np.float32), np.zeros((frames, 2), np.float32)
    stop = Block(64)
    arguments = [host.callback_address, host.address, mic.ctypes.data, speaker.ctypes.data, stop.address]
    callback, me, mic_at, speaker_at, stop_at = (np.uint64(each) for each in arguments)
    with ThreadPoolExecutor(1) as thread:
        blocks = thread.submit(run_until, callback, me, mic_at, speaker_at, frames, stop_at, pause_ns)
        try:
            until(lambda: host.blocks > 0)
            yield blocks
        finally:
            stop.view(np.int64)[0] = 1
            blocks.result()


def until(condition: Callable[[], bool], at_most_s: float = 30.0) -> None:
    end = time.monotonic() + at_most_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.0005)


# Swapping


def test_a_swap_is_heard_from_the_next_block_on() -> None:
    host = Host(RATE, (Slot("one", scale, {"offset": 0.25}),))
    card = Card(host)
    assert (card.block(BLOCK) == 0.25).all()
    host.play((Slot("two", scale, {"offset": 0.5}),))
    assert (card.block(BLOCK) == 0.5).all()
    host.play(())
    assert not card.block(BLOCK).any()


def test_what_stays_in_the_rack_keeps_its_state() -> None:
    host = Host(RATE, (Slot("count", tally),))
    card = Card(host)
    card.block(BLOCK)
    host.play((Slot("before", scale), Slot("count", tally), Slot("after", gliding)))
    out = card.block(BLOCK)
    np.testing.assert_array_equal(out[:, 0], BLOCK + np.arange(BLOCK))
    host.play((Slot("after", gliding), Slot("count", tally)))
    np.testing.assert_array_equal(card.block(BLOCK)[:, 0], 2 * BLOCK + np.arange(BLOCK))


def test_swaps_under_load_lose_no_frame_and_keep_every_state() -> None:
    host = Host(RATE, (Slot("count", tally),))
    others = [Slot("level", gliding), Slot("scale", scale), Slot("string", plucked), Slot("log", log)]
    random = np.random.default_rng(2)
    with running(host) as blocks:
        for _ in range(300):
            chosen = [others[n] for n in random.permutation(len(others))[: random.integers(0, 5)]]
            host.play((*chosen, Slot("count", tally)))
            host.send(FROM_APP, notes([NOW]))
    state = host.rack.state("count")[0]
    assert state["jumps"] == 0
    assert state["frames"] == host.frame == blocks.result() * BLOCK
    assert host.counters()["broken_samples"] == 0


def test_a_program_is_freed_only_when_the_callback_has_begun_a_block_without_it() -> None:
    host = Host(RATE, (Slot("one", scale),))
    card = Card(host)
    card.block(BLOCK)
    first = weakref.ref(host.rack.program)
    host.play((Slot("two", scale),))
    gc.collect()
    assert host.reclaim() == 1
    assert first() is not None
    card.block(BLOCK)
    assert host.reclaim() == 0
    gc.collect()
    assert first() is None


def test_swaps_that_come_faster_than_they_are_looked_after_do_not_pile_up() -> None:
    host = Host(RATE, (Slot("one", scale),))
    card = Card(host)
    for _ in range(50):
        card.block(BLOCK)
        host.play((Slot("one", scale),))
        assert host.reclaim() == 1  # the one that still plays; all before it were left


def test_whatever_happens_while_the_callback_is_inside_a_block_its_program_stays() -> None:
    inside, go = Block(64), Block(64)
    host = Host(RATE, (Slot("stuck", stuck),))
    state = host.rack.state("stuck")
    state["inside"], state["go"] = inside.address, go.address
    held: list[weakref.ref[Any]] = [weakref.ref(host.rack.program), weakref.ref(state)]
    del state
    card = Card(host)
    thread = threading.Thread(target=card.block, args=(BLOCK,))
    thread.start()
    until(lambda: inside.view(np.int64)[0] == 1)
    try:
        for n in range(5):
            host.play((Slot(f"other {n}", scale),))
            gc.collect()
            assert host.reclaim() == n + 1
            assert all(each() is not None for each in held)
    finally:
        go.view(np.int64)[0] = 1
        thread.join()
    assert host.reclaim() == 5  # the block has ended, but nobody can know yet
    card.block(BLOCK)
    assert host.reclaim() == 0
    gc.collect()
    assert all(each() is None for each in held)


def test_a_muted_callback_that_is_still_inside_its_block_keeps_its_program_through_everything() -> None:
    inside, go = Block(64), Block(64)
    host = Host(RATE, (Slot("stuck", stuck),))
    state = host.rack.state("stuck")
    state["inside"], state["go"] = inside.address, go.address
    held: list[weakref.ref[Any]] = [weakref.ref(host.rack.program), weakref.ref(state)]
    del state
    thread = threading.Thread(target=Card(host).block, args=(BLOCK,))
    thread.start()
    until(lambda: inside.view(np.int64)[0] == 1)
    try:
        host.mute()
        host.play((Slot("other", scale),))
        host.reclaim()
        gc.collect()
        assert all(each() is not None for each in held)
    finally:
        go.view(np.int64)[0] = 1
        thread.join()


def test_when_no_device_runs_everything_old_is_freed_at_once() -> None:
    host = Host(RATE, (Slot("one", scale),))
    first = weakref.ref(host.rack.program)
    host.play(())
    assert host.reclaim(device_runs=False) == 0
    gc.collect()
    assert first() is None


def test_a_rack_that_cannot_be_made_leaves_the_old_one_playing() -> None:
    host = Host(RATE, (Slot("one", scale, {"offset": 0.25}),))
    card = Card(host)
    with pytest.raises(RackError):
        host.play((Slot("a", scale), Slot("a", scale)))
    assert (card.block(BLOCK) == 0.25).all()
    host.send(FROM_APP, host.rack.turn("one", "offset", 0.75))
    assert (card.block(BLOCK) == 0.75).all()


# Ears


class Interrupted(Consumer):
    """A consumer that lets the callback run just before it says how much waits: the worst moment there is."""

    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def __len__(self) -> int:
        self.meanwhile()
        return super().__len__()


class InterruptedAfter(Consumer):
    """A consumer that lets the callback run just after it was asked to pop."""

    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def pop(self, items: np.ndarray) -> bool:
        popped = super().pop(items)
        self.meanwhile()
        return popped


@pytest.mark.parametrize("which", [Interrupted, InterruptedAfter])
def test_a_hole_told_while_the_ears_look_is_not_read_across(which: type[Interrupted]) -> None:
    host = Host(1000.0)  # its ring holds 2048 frames
    card = Card(host)
    samples, gaps = host.capture._samples, host.capture._gaps

    def block() -> None:
        first = host.frame
        card.block(100, np.arange(first, first + 100, dtype=np.float32))

    if which is Interrupted:
        busy = Interrupted(samples._block, np.float32)
        capture = Capture(busy, gaps)
    else:
        busy = InterruptedAfter(gaps._block, gaps._dtype)  # type: ignore[assignment]
        capture = Capture(samples, busy)
    for _ in range(21):  # the last does not fit
        block()
    assert host.counters()["capture_lost"] == 100
    found = len(capture.read()[1])  # all that there is; of the hole behind it nobody has been told yet
    assert found == 2000
    for n in range(30):
        once = iter([block])
        busy.meanwhile = lambda once=once: next(once, lambda: None)()  # type: ignore[misc]
        frame, heard = capture.read()
        np.testing.assert_array_equal(heard, np.arange(frame, frame + len(heard), dtype=np.float32), err_msg=str(n))
        found += len(heard)
    busy.meanwhile = lambda: None
    while len(capture):
        frame, heard = capture.read()
        np.testing.assert_array_equal(heard, np.arange(frame, frame + len(heard), dtype=np.float32))
        found += len(heard)
    assert found + host.counters()["capture_lost"] == host.frame


def test_ears_that_nod_off_under_a_racing_callback_always_know_where_they_are() -> None:
    host = Host(1000.0)
    found = 0
    with running(host, 100, pause_ns=50_000):
        for n in range(400):
            if n % 20 == 0:
                time.sleep(0.005)  # long enough to overflow the ring
            frame, heard = host.capture.read()
            np.testing.assert_array_equal(heard, np.arange(frame, frame + len(heard), dtype=np.float32))
            found += len(heard)
    while len(host.capture):
        frame, heard = host.capture.read()
        np.testing.assert_array_equal(heard, np.arange(frame, frame + len(heard), dtype=np.float32))
        found += len(heard)
    lost = host.counters()["capture_lost"]
    assert lost > 0
    assert found + lost == host.frame


def test_the_ears_may_take_as_little_as_they_like() -> None:
    host = Host(RATE)
    Card(host).block(100, np.arange(100, dtype=np.float32))
    assert [(frame, len(heard)) for frame, heard in (host.capture.read(40) for _ in range(4))] == [
        (0, 40),
        (40, 40),
        (80, 20),
        (100, 0),
    ]


SWITCHING = """
import threading
import numpy as np
from numba import njit
from realtime.atomics import store_release, clock_ns
from realtime.block import Block
from realtime.host import Host
from realtime.layout import HOST, field_offset
from tests.realtime.driving import run_until

@njit(nogil=True)
def switch(address, on, other, other_on, third, third_on, until_ns):
    switched = 0
    while clock_ns() < until_ns:
        store_release(address, 0)
        store_release(other, 0)
        store_release(third, 0)
        store_release(address, on)
        store_release(other, other_on)
        store_release(third, third_on)
        switched += 1
    return switched

host = Host(1000.0)
host.adopt_channels(1, 2)
mic, speaker, stop = np.zeros(4, np.float32), np.zeros(8, np.float32), Block(64)
words = [np.uint64(each) for each in (
    host.callback_address, host.address, mic.ctypes.data, speaker.ctypes.data, stop.address)]
thread = threading.Thread(target=run_until, args=(*words[:4], 4, words[4], 0))
thread.start()
at = [field_offset(HOST, name) for name in ("capture", "clock", "meters_out")]
on = [int(host.record[name][0]) for name in ("capture", "clock", "meters_out")]
pairs = [each for a, o in zip(at, on) for each in (np.uint64(host.address + a), o)]
import time
switched = switch(*pairs, 0)
switched = switch(*pairs, (time.perf_counter_ns if sys.platform == "win32" else time.monotonic_ns)() + 1_500_000_000)
stop.view(np.int64)[0] = 1
thread.join()
print("alive", switched, host.blocks)
"""


def test_the_ears_and_the_meters_are_switched_on_and_off_under_a_running_callback() -> None:
    """What `mute` and `listen_with` write must be read once a block: between two looks it may have become nothing."""
    script = "import sys" + SWITCHING
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert found.stdout.startswith("alive"), (found.returncode, found.stderr[-2000:])


# Gate, mute, cards


def test_closing_the_gate_fades_out_to_exact_silence() -> None:
    host = Host(RATE, (through(),))
    card = Card(host)
    played = [card.block(BLOCK, np.ones((BLOCK, 1), np.float32))]

    def wait(_seconds: float) -> None:
        played.append(card.block(BLOCK, np.ones((BLOCK, 1), np.float32)))

    host.close_gate(wait)
    wait(0.0)
    out = np.concatenate(played)[:, 0]
    assert out[0] == 1.0
    assert out[-1] == 0.0
    assert np.abs(np.diff(out)).max() < 0.005  # a fade, and no click
    assert not card.block(BLOCK, np.ones((BLOCK, 1), np.float32)).any()


def test_closing_the_gate_of_a_card_that_no_longer_asks_does_not_wait_for_ever() -> None:
    host = Host(RATE, (through(),))
    card = Card(host)
    waited: list[float] = []
    host.close_gate(waited.append)
    assert 0.0 < sum(waited) <= 0.25
    assert not card.block(BLOCK, np.ones((BLOCK, 1), np.float32)).any()


def test_a_gate_that_was_left_open_fades_in_again() -> None:
    host = Host(RATE, (through(),))
    card = Card(host)
    card.block(BLOCK)
    host.open_gate()
    out = card.play([BLOCK] * 8, np.ones((8 * BLOCK, 1), np.float32))[:, 0]
    assert out[0] < 0.01
    assert out[-1] == 1.0
    assert np.abs(np.diff(out)).max() < 0.005


def test_a_muted_host_plays_hears_and_tells_nothing() -> None:
    host = Host(RATE, (through(),))
    card = Card(host)
    card.block(BLOCK)
    host.mute()
    host.events[FROM_APP].push(notes([NOW]))
    assert not card.block(BLOCK, np.ones((BLOCK, 1), np.float32)).any()
    assert len(host.capture) == BLOCK
    assert host.meters.read()["blocks"] == 1
    assert host.clock.read()["frame"] == 0
    assert len(host.played) == 0


@pytest.mark.parametrize("channels", [(-1, 2), (1, -1), (65, 2), (1, 1000)])
def test_a_card_of_impossible_width_is_refused(channels: tuple[int, int]) -> None:
    host = Host(RATE)
    with pytest.raises(EngineError, match="not to be played"):
        host.adopt_channels(*channels)


def test_a_host_that_is_forgotten_leaves_its_memory() -> None:
    host = Host(RATE, (Slot("one", scale),))
    Card(host).block(BLOCK)
    gone = weakref.ref(host)
    record = host.record
    del host
    gc.collect()
    assert gone() is None
    assert record["frame"][0] == BLOCK  # and whoever still holds a part of it reads no foreign memory


def test_meters_in_a_block_of_the_wrong_size_are_refused() -> None:
    with pytest.raises(ValueError, match="needs"):
        Host(RATE, meters=Block(LATEST_BYTES))
