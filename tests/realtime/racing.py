"""Loops that race the two ends of a ring or a triple buffer: compiled, or Python's lock would make them take turns.

Every item carries its number and words that follow from it: whoever takes an item knows whether it is whole. Started
as a program (`python -m tests.realtime.racing ring|latest DESCRIPTOR ...`) this is the other process of a race.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numba import carray, njit

from realtime.atomics import load_acquire, pointer, sleep_ns, store_release
from realtime.block import Block
from realtime.latest import newest, offer, slot_to_write
from realtime.ring import pop, push

ITEM = np.dtype([("number", "i8"), ("word", "i8"), ("mirror", "i8")])
VALUE = np.dtype([("number", "i8"), ("words", "i8", (61,))])
"""Longer than a few cache lines, so that a torn copy has many places to be torn at."""

MOST_AT_ONCE = 23
RETRY, DROP = 0, 1

compiled = njit(nogil=True, cache=True, error_model="numpy")


@compiled
def seeded(number: int, seed: int) -> int:
    """A word that looks like no other, from a number."""
    mixed = (number + seed) * 6364136223846793005 + 1442695040888963407
    return mixed ^ (mixed >> 29)


@compiled
def chunk(number: int, seed: int) -> int:
    """How many items to move at once: from 1 to MOST_AT_ONCE, by chance."""
    return 1 + (seeded(number, ~seed) & 0xFFFF) % MOST_AT_ONCE


@compiled
def produce(ring: Any, total: int, seed: int, when_full: int) -> int:
    """Push items 0..total-1 in chunks; returns how many were refused and never came. The last one always arrives."""
    items = np.zeros(MOST_AT_ONCE, ITEM)
    address = np.uint64(items.ctypes.data)
    sent, refused = 0, 0
    while sent < total:
        count = min(chunk(sent, seed), max(total - 1 - sent, 1))  # the last item goes alone
        for n in range(count):
            word = seeded(sent + n, seed)
            items[n].number, items[n].word, items[n].mirror = sent + n, word, ~word
        if push(ring, address, count):
            sent += count
        elif when_full == DROP and sent + count < total:
            sent += count
            refused += count
        else:
            sleep_ns(1_000)
    return refused


@compiled
def consume(ring: Any, total: int, seed: int, pause_every: int) -> Any:
    """Pop until the last item; returns how many came, how many were not whole, and how many out of order."""
    items = np.zeros(MOST_AT_ONCE, ITEM)
    address = np.uint64(items.ctypes.data)
    came, broken, disordered, last, tries = 0, 0, 0, -1, 0
    while last < total - 1:
        tries += 1
        count = chunk(tries, seed)
        if not pop(ring, address, count):
            count = 1
            if not pop(ring, address, 1):
                sleep_ns(1_000)
                continue
        for n in range(count):
            word = seeded(items[n].number, seed)
            if items[n].word != word or items[n].mirror != ~word:
                broken += 1
            if items[n].number <= last:
                disordered += 1
            last = items[n].number
        came += count
        if pause_every > 0 and tries % pause_every == 0:
            sleep_ns(20_000)
    return came, broken, disordered


@compiled
def write_values(latest: Any, stop: Any, seed: int) -> int:
    """Offer values 1, 2, 3, ... as fast as it goes until told to stop; returns the last one's number."""
    number = 0
    while load_acquire(stop) == 0:
        number += 1
        value = carray(pointer(slot_to_write(latest)), (1,), VALUE)[0]
        value.number = number
        for n in range(61):
            value.words[n] = seeded(number * 61 + n, seed)
        offer(latest)
    return number


@compiled
def read_values(latest: Any, stop: Any, wanted: int, seed: int) -> Any:
    """Read until so many different values were seen, then stop the writer; returns how many were torn or too old."""
    different, torn, older, last = 0, 0, 0, 0
    while different < wanted:
        value = carray(pointer(newest(latest)), (1,), VALUE)[0]
        number = value.number
        if number == last:
            sleep_ns(1_000)
            continue
        different += 1
        if number < last:
            older += 1
        for n in range(61):
            if value.words[n] != seeded(number * 61 + n, seed):
                torn += 1
                break
        last = number
    store_release(stop, 1)
    return torn, older


def main() -> None:
    """Be the reading process, and print what was found."""
    what = sys.argv[1]
    descriptor, total, seed = (int(each) for each in sys.argv[2:5])
    block = Block.mapped(descriptor)
    address = np.uint64(block.address)
    if what == "ring":
        print(*consume(address, total, seed, 0))
    else:
        print(*read_values(address, address + np.uint64(block.size - 64), total, seed))


if __name__ == "__main__":
    main()
