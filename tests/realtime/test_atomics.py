"""Atomic words, clocks, sleeps, calls by address and the flushing of denormals, each seen from outside."""

from __future__ import annotations

import ctypes
import math
import platform
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numba import carray, cfunc, njit

from realtime.atomics import (
    address_of,
    call_callback,
    call_kernel,
    clock_ns,
    exchange,
    flush_denormals,
    load_acquire,
    pointer,
    restore_denormals,
    sleep_ns,
    store_release,
)
from realtime.block import Block
from realtime.callback import PA_CALLBACK
from realtime.kernel import SIGNATURE

compiled = njit(nogil=True, cache=True, error_model="numpy")
FLUSHES = platform.machine().lower() in ("x86_64", "amd64", "arm64", "aarch64")
LEAST, MOST = -(2**63), 2**63 - 1


@compiled
def load(address: Any) -> int:
    return load_acquire(address)


@compiled
def store(address: Any, value: int) -> None:
    store_release(address, value)


@compiled
def swap(address: Any, value: int) -> int:
    return exchange(address, value)


@compiled
def there_and_back(address: Any) -> Any:
    return address_of(pointer(address))


@compiled
def clock() -> int:
    return clock_ns()


@compiled
def sleep(nanoseconds: int) -> int:
    began_ns = clock_ns()
    sleep_ns(nanoseconds)
    return clock_ns() - began_ns


@compiled
def halves(values: Any) -> Any:
    """Of numbers: each halved as usual, halved while denormals are flushed, and halved after that was undone."""
    found = np.empty((3, values.size))
    found[0] = values * 0.5
    mode = flush_denormals()
    for n in range(values.size):
        found[1, n] = values[n] * 0.5
    restore_denormals(mode)
    for n in range(values.size):
        found[2, n] = values[n] * 0.5
    return found


def word(value: int) -> tuple[Block, np.uint64]:
    block = Block(64)
    block.view(np.int64)[0] = value
    return block, np.uint64(block.address)


@pytest.mark.parametrize("value", [0, 1, -1, LEAST, MOST])
def test_a_word_is_stored_loaded_and_exchanged_in_all_its_bits(value: int) -> None:
    block, address = word(value)
    assert load(address) == value
    assert swap(address, ~value) == value
    assert block.view(np.int64)[0] == ~value
    store(address, value)
    assert load(address) == value


def test_a_word_touches_none_of_its_neighbours() -> None:
    block = Block(24)
    block.bytes[:] = 0xAA
    store(np.uint64(block.address + 8), 0)
    swap(np.uint64(block.address + 8), -1)
    np.testing.assert_array_equal(block.bytes, np.repeat([0xAA, 0xFF, 0xAA], 8).astype(np.uint8))


@pytest.mark.parametrize("address", [0, 1, 2**47 - 8, 2**53 + 1, 2**64 - 8])
def test_an_address_keeps_every_bit_on_its_way_through_a_pointer(address: int) -> None:
    assert int(there_and_back(np.uint64(address))) == address


@compiled
def message(ready: Any, payload: Any, rounds: int, answers: bool) -> int:
    """One side of a table tennis: the payload is plain, only the word `ready` is atomic."""
    cells = carray(pointer(payload), (64,), np.int64)
    wrong, turn = 0, 1 if answers else 0
    for number in range(rounds):
        tries = 0
        while load_acquire(ready) != number * 2 + turn:
            tries += 1
            if tries > 200:
                sleep_ns(1_000)
        for n in range(64):
            if answers and cells[n] != number * 64 + n:
                wrong += 1
            if not answers and number > 0 and cells[n] != ~((number - 1) * 64 + n):
                wrong += 1
            cells[n] = ~(number * 64 + n) if answers else number * 64 + n
        store_release(ready, number * 2 + turn + 1)
    return wrong


def test_what_was_written_before_a_release_is_seen_after_its_acquire() -> None:
    ready, payload = Block(64), Block(64 * 8)
    at, payload_at = np.uint64(ready.address), np.uint64(payload.address)
    with ThreadPoolExecutor(1) as other:
        answers = other.submit(message, at, payload_at, 6_000, True)
        assert message(at, payload_at, 6_000, False) == 0
        assert answers.result() == 0


@compiled
def pass_tokens(address: Any, first: int, rounds: int) -> int:
    """Hand in a token, take the one that lay there, again and again; returns the one in hand at the end."""
    mine = first
    for _ in range(rounds):
        mine = exchange(address, mine)
    return mine


def test_no_exchange_is_ever_split() -> None:
    """Three tokens, two hands and a table: were an exchange two steps, one of them would be lost or doubled."""
    _, address = word(0)
    with ThreadPoolExecutor(1) as other:
        for _ in range(10):
            one = other.submit(pass_tokens, address, 1, 200_000)
            mine = pass_tokens(address, 2, 200_000)
            assert sorted([mine, one.result(), load(address)]) == [0, 1, 2]
            store(address, 0)


def python_clock_ns() -> int:
    """The clock that `clock_ns` is the compiled side of."""
    return time.perf_counter_ns() if sys.platform == "win32" else time.monotonic_ns()


def test_the_clock_is_that_of_python() -> None:
    clock()
    for _ in range(100):
        before, now, after = python_clock_ns(), clock(), python_clock_ns()
        assert before - 100 <= now <= after + 100  # Windows counts in steps of 100 ns


def test_the_clock_is_that_of_python_by_its_number_too() -> None:
    """Two clocks may agree until a laptop sleeps: on macOS number 6 goes on then, while Python's stands still."""
    if sys.platform == "win32":
        return
    from realtime.atomics import _CLOCKS

    numbers = {"linux": time.CLOCK_MONOTONIC, "darwin": getattr(time, "CLOCK_UPTIME_RAW", 8)}
    for system, (_, number) in _CLOCKS.items():
        if system == sys.platform:
            assert number == numbers[system]
    assert _CLOCKS["linux"][1] == 1  # CLOCK_MONOTONIC
    assert _CLOCKS["darwin"][1] == 8  # CLOCK_UPTIME_RAW, which is mach_absolute_time, which is time.monotonic


@pytest.mark.parametrize("nanoseconds", [0, 1, 2_000_000, 1_000_000_000 // 50])
def test_a_sleep_is_never_shorter_than_asked(nanoseconds: int) -> None:
    assert sleep(nanoseconds) >= nanoseconds


def test_a_sleep_leaves_the_interpreter_to_others() -> None:
    sleep(0)
    steps = 0
    asleep = threading.Thread(target=sleep, args=(50_000_000,))
    asleep.start()
    while asleep.is_alive():
        steps += 1
    assert steps > 100


def test_denormals_are_zero_inside_and_themselves_again_afterwards() -> None:
    least_normal = np.finfo(np.float64).tiny
    values = np.array([least_normal, -least_normal, 5e-324 * 2, 1.0])
    usual, flushed, after = halves(values)
    np.testing.assert_array_equal(usual, values / 2)
    np.testing.assert_array_equal(after, values / 2)
    np.testing.assert_array_equal(flushed, [0.0, -0.0, 0.0, 0.5] if FLUSHES else values / 2)
    assert math.ldexp(float(least_normal), -1) > 0.0
    assert float(least_normal) * 0.5 > 0.0  # Python's own arithmetic, on this thread, is what it was


def test_flushing_inside_flushing_is_undone_step_by_step() -> None:
    @njit(error_model="numpy")
    def nested(value: float) -> Any:
        outer = flush_denormals()
        inner = flush_denormals()
        restore_denormals(inner)
        still = value * 0.5
        restore_denormals(outer)
        return still, value * 0.25

    still, after = nested(float(np.finfo(np.float64).tiny))
    assert (still == 0.0) == FLUSHES
    assert after > 0.0


@cfunc(SIGNATURE)
def note_down(state: Any, io: Any, frames: int) -> None:
    cells = carray(state, (4,), np.int64)
    cells[0], cells[1], cells[2] = address_of(state), address_of(io), frames


@compiled
def run_kernel(kernel: Any, state: Any, io: Any, frames: int) -> None:
    call_kernel(kernel, state, io, frames)


def test_a_kernel_is_called_with_what_was_given() -> None:
    state, io = Block(64), Block(64)
    run_kernel(np.uint64(note_down.address), np.uint64(state.address), np.uint64(io.address), -5)
    assert state.view(np.int64, count=3).tolist() == [state.address, io.address, -5]


@cfunc(PA_CALLBACK)
def note_all(mic: Any, speaker: Any, frames: int, when: Any, flags: int, user: Any) -> int:
    cells = carray(user, (8,), np.uint64)
    cells[0], cells[1], cells[2] = address_of(mic), address_of(speaker), frames
    cells[3], cells[4], cells[5] = address_of(when), flags, address_of(user)
    return -7


@compiled
def run_callback(callback: Any, mic: Any, speaker: Any, frames: Any, when: Any, flags: Any, user: Any) -> int:
    return call_callback(callback, mic, speaker, frames, when, flags, user)


def test_a_callback_is_called_as_portaudio_calls_it() -> None:
    user = Block(64)
    arguments = [16, 32, 2**63 + 1, 48, 2**40 + 5, user.address]
    assert run_callback(*(np.uint64(each) for each in [note_all.address, *arguments])) == -7
    assert [int(each) for each in user.view(np.uint64, count=6)] == arguments
    user.bytes[:] = 0
    ctype = ctypes.CFUNCTYPE(
        ctypes.c_int32, *[ctypes.c_void_p] * 2, ctypes.c_uint64, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_void_p
    )
    assert ctype(note_all.address)(*arguments) == -7
    assert [int(each) for each in user.view(np.uint64, count=6)] == arguments
