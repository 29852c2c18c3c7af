"""The ring: every item arrives whole, once and in order, or is refused and counted."""

from __future__ import annotations

import subprocess
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from realtime.block import Block
from realtime.events import EVENT
from realtime.ring import Consumer, Producer, ring, ring_bytes
from tests.realtime.racing import DROP, ITEM, RETRY, consume, produce

THREE_BYTES = np.dtype([("rgb", "u1", (3,))])


def numbers(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_items_come_out_as_they_went_in() -> None:
    producer, consumer = ring(8)
    assert producer.push(numbers(1, 2, 3))
    out = numbers(0, 0)
    assert consumer.pop(out)
    np.testing.assert_array_equal(out, numbers(1, 2))
    np.testing.assert_array_equal(consumer.pop_all(), numbers(3))
    assert len(consumer.pop_all()) == 0


def test_a_full_ring_takes_all_or_nothing_and_counts_what_it_refuses() -> None:
    producer, consumer = ring(4)
    assert producer.push(numbers(1, 2, 3))
    assert not producer.push(numbers(4, 5))
    assert producer.dropped == 2
    assert producer.push(numbers(4))  # what fits still fits
    assert not producer.push(numbers(5))
    assert producer.dropped == 3
    np.testing.assert_array_equal(consumer.pop_all(), numbers(1, 2, 3, 4))


def test_a_pop_of_more_than_waits_leaves_both_sides_alone() -> None:
    producer, consumer = ring(4)
    producer.push(numbers(1, 2))
    out = numbers(7, 7, 7)
    assert not consumer.pop(out)
    np.testing.assert_array_equal(out, numbers(7, 7, 7))
    assert len(consumer) == 2
    assert consumer.popped == 0


def test_more_than_the_ring_holds_is_refused_for_ever_and_breaks_nothing() -> None:
    producer, consumer = ring(4)
    assert not producer.push(np.ones(5, np.float32))
    assert not consumer.pop(np.empty(5, np.float32))
    assert producer.push(numbers(1, 2, 3, 4))
    np.testing.assert_array_equal(consumer.pop_all(), numbers(1, 2, 3, 4))


def test_nothing_can_be_pushed_and_popped() -> None:
    producer, consumer = ring(4)
    assert producer.push(numbers())
    assert consumer.pop(numbers())
    assert producer.dropped == 0


@pytest.mark.parametrize("dtype", [np.float32, EVENT, THREE_BYTES], ids=["samples", "events", "three bytes"])
def test_items_of_any_size_survive_the_wrap_around(dtype: np.dtype) -> None:
    producer, consumer = ring(7, dtype)
    random = np.random.default_rng(1)
    size = np.dtype(dtype).itemsize
    for _ in range(50):
        items = random.integers(0, 256, (5, size), np.uint8).view(dtype)[:, 0]
        assert producer.push(items)
        out = np.zeros(5, dtype)
        assert consumer.pop(out)
        assert out.tobytes() == np.ascontiguousarray(items).tobytes()
    assert consumer.popped == 250


def test_no_byte_is_written_outside_the_block() -> None:
    size = ring_bytes(5, THREE_BYTES)
    whole = Block(size + 128)
    whole.bytes[:] = 0xAA
    part = whole.part(64, size)
    part.bytes[:] = 0
    producer, consumer = ring(5, THREE_BYTES, part)
    for _ in range(20):
        producer.push(np.full(3, 0xFF, np.uint8).view(THREE_BYTES))
        producer.push(np.full(9, 0xFF, np.uint8).view(THREE_BYTES))
        consumer.pop_all()
    assert (whole.bytes[:64] == 0xAA).all()
    assert (whole.bytes[64 + size :] == 0xAA).all()


def test_a_strided_array_is_pushed_as_what_it_shows() -> None:
    producer, consumer = ring(8)
    stereo = np.arange(8, dtype=np.float32).reshape(4, 2)
    producer.push(stereo[:, 1])
    np.testing.assert_array_equal(consumer.pop_all(), numbers(1, 3, 5, 7))


@pytest.mark.parametrize("out", [np.zeros(2), np.zeros(4, np.float32)[::2]], ids=["wrong type", "not contiguous"])
def test_a_pop_into_the_wrong_array_is_refused(out: np.ndarray) -> None:
    producer, consumer = ring(8)
    producer.push(numbers(1, 2, 3, 4))
    with pytest.raises(TypeError, match="contiguous float32"):
        consumer.pop(out)


def test_a_pop_into_an_array_that_must_not_be_written_is_refused() -> None:
    producer, consumer = ring(8)
    producer.push(numbers(1, 2))
    constant = np.zeros(2, np.float32)
    constant.flags.writeable = False
    with pytest.raises((TypeError, ValueError)):
        consumer.pop(constant)
    np.testing.assert_array_equal(constant, numbers(0, 0))


def test_a_block_too_small_for_the_ring_is_refused() -> None:
    with pytest.raises(ValueError, match="needs"):
        ring(100, np.float32, Block(ring_bytes(99, np.float32)))


def test_a_new_ring_in_a_used_block_is_empty() -> None:
    block = Block(ring_bytes(4, np.float32))
    ring(4, np.float32, block)[0].push(numbers(1, 2, 3))
    producer, consumer = ring(4, np.float32, block)
    assert len(consumer) == 0
    assert producer.push(numbers(4, 5, 6, 7))
    np.testing.assert_array_equal(consumer.pop_all(), numbers(4, 5, 6, 7))


def test_both_ends_of_a_shared_block_meet_under_different_addresses() -> None:
    block = Block.shared(ring_bytes(4, np.float32))
    producer, _ = ring(4, np.float32, block)
    other = Block(block.size, block.descriptor)
    assert other.address != block.address
    producer.push(numbers(1, 2))
    np.testing.assert_array_equal(Consumer(other, np.float32).pop_all(), numbers(1, 2))
    block.close()


@pytest.mark.parametrize("shared", [False, True], ids=["plain", "shared"])
@pytest.mark.parametrize("capacity", [23, 24, 61, 1024])
def test_two_threads_race_and_every_item_arrives_whole(capacity: int, shared: bool) -> None:
    size = ring_bytes(capacity, ITEM)
    block = Block.shared(size) if shared else Block(size)
    producer, consumer = ring(capacity, ITEM, block)
    if shared:  # each thread under an address of its own, as two processes would
        consumer = Consumer(Block(size, block.descriptor), ITEM)
    total, seed = 40_000, capacity
    with ThreadPoolExecutor(1) as other:
        refused = other.submit(produce, producer.address, total, seed, RETRY)
        came, broken, disordered = consume(consumer.address, total, seed, 0)
    assert refused.result() == 0
    assert (came, broken, disordered) == (total, 0, 0)
    assert consumer.popped == total
    block.close()


@pytest.mark.parametrize("capacity", [29, 512])
def test_overflow_under_a_race_is_counted_and_never_corrupts(capacity: int) -> None:
    producer, consumer = ring(capacity, ITEM)
    total = 120_000
    with ThreadPoolExecutor(1) as other:
        refused = other.submit(produce, producer.address, total, 5, DROP)
        came, broken, disordered = consume(consumer.address, total, 5, 3)
    assert refused.result() > 0
    assert came + refused.result() == total
    assert producer.dropped >= refused.result()  # the last item may have knocked more than once
    assert (broken, disordered) == (0, 0)


def test_another_process_takes_every_item_whole() -> None:
    total, seed = 40_000, 77
    block = Block.shared(ring_bytes(256, ITEM))
    producer, _ = ring(256, ITEM, block)
    command = [sys.executable, "-m", "tests.realtime.racing", "ring", str(block.descriptor), str(total), str(seed)]
    assert block.descriptor is not None
    with subprocess.Popen(command, pass_fds=[block.descriptor], stdout=subprocess.PIPE, text=True) as other:
        produce(producer.address, total, seed, RETRY)
        out, _ = other.communicate(timeout=60)
    assert [int(word) for word in out.split()] == [total, 0, 0]
    block.close()


class RingAgainstDeque(RuleBasedStateMachine):
    """A ring does what a bounded deque does; its counters may have run for years."""

    @initialize(
        capacity=st.integers(1, 17),
        dtype=st.sampled_from([np.dtype(np.float32), ITEM, THREE_BYTES]),
        age=st.sampled_from([0, 5, 2**31 - 3, 2**32 - 2, 2**40 + 1]),
    )
    def make(self, capacity: int, dtype: np.dtype, age: int) -> None:
        block = Block(ring_bytes(capacity, dtype))
        self.producer, self.consumer = ring(capacity, dtype, block)
        block.view(np.int64, 64)[0] = block.view(np.int64, 128)[0] = age
        self.capacity, self.dtype, self.age = capacity, dtype, age
        self.model: deque[bytes] = deque()
        self.dropped = self.taken = 0
        self.random = np.random.default_rng(capacity)

    @rule(count=st.integers(0, 20))
    def push(self, count: int) -> None:
        items = self.random.integers(0, 256, (count, self.dtype.itemsize), np.uint8)
        fits = len(self.model) + count <= self.capacity
        assert self.producer.push(np.ascontiguousarray(items).view(self.dtype).reshape(count)) == fits
        if fits:
            self.model.extend(item.tobytes() for item in items)
        else:
            self.dropped += count

    @rule(count=st.integers(0, 20))
    def pop(self, count: int) -> None:
        out = np.zeros(count, self.dtype)
        enough = len(self.model) >= count
        assert self.consumer.pop(out) == enough
        if enough:
            assert out.tobytes() == b"".join(self.model.popleft() for _ in range(count))
            self.taken += count
        else:
            assert not any(out.tobytes())

    @precondition(lambda self: self.model)
    @rule()
    def pop_all(self) -> None:
        assert self.consumer.pop_all().tobytes() == b"".join(self.model)
        self.taken += len(self.model)
        self.model.clear()

    @rule()
    def let_other_objects_take_over(self) -> None:
        """All state is in the block: an end may be made anew, as after a restart of the app."""
        block = self.producer._block
        self.producer, self.consumer = Producer(block, self.dtype), Consumer(block, self.dtype)

    @invariant()
    def counts_agree(self) -> None:
        if hasattr(self, "model"):
            assert len(self.consumer) == len(self.model)
            assert self.consumer.popped == self.age + self.taken
            assert self.producer.dropped == self.dropped


TestRingAgainstDeque = RingAgainstDeque.TestCase
TestRingAgainstDeque.settings = settings(deadline=None, max_examples=40, stateful_step_count=40)
