"""The triple buffer: the newest value wins, and nobody ever sees half of one."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.block import Block
from realtime.latest import Reader, Writer, latest, latest_bytes, newest, offer, slot_to_write
from tests.realtime.racing import VALUE, read_values, write_values

METER = np.dtype([("frame", "i8"), ("peak", "f8", (2,))])


def meter(frame: int, peak: float = 0.0) -> np.ndarray:
    made = np.zeros((), METER)
    made["frame"], made["peak"] = frame, peak
    return made


def test_before_the_first_value_there_are_zeros() -> None:
    _, reader = latest(METER)
    assert reader.read() == meter(0)


def test_the_newest_value_wins() -> None:
    writer, reader = latest(METER)
    for frame in range(1, 6):
        writer.write(meter(frame, 0.5))
    assert reader.read() == meter(5, 0.5)


def test_a_value_is_read_as_often_as_one_likes() -> None:
    writer, reader = latest(METER)
    writer.write(meter(1))
    assert [int(reader.read()["frame"]) for _ in range(3)] == [1, 1, 1]


def test_what_was_read_is_a_copy() -> None:
    writer, reader = latest(METER)
    writer.write(meter(1))
    kept = reader.read()
    for frame in range(2, 9):
        writer.write(meter(frame))
        reader.read()
    assert kept == meter(1)


@given(st.lists(st.sampled_from("wr"), max_size=60), st.sampled_from([METER, VALUE, np.dtype("f8"), np.dtype("u1")]))
@settings(deadline=None, max_examples=60)
def test_in_any_order_of_writes_and_reads_the_last_write_is_read(steps: list[str], dtype: np.dtype) -> None:
    writer, reader = latest(dtype)
    last = np.zeros((), dtype).tobytes()
    for n, step in enumerate(steps):
        if step == "w":
            value = np.full(dtype.itemsize, n + 1, np.uint8).view(dtype)[0]
            last = value.tobytes()
            writer.write(value)
        else:
            assert reader.read().tobytes() == last


def test_the_slot_of_the_reader_stays_untouched_while_others_are_written() -> None:
    writer, reader = latest(METER)
    writer.write(meter(1))
    address = newest(reader.address)
    for frame in range(2, 30):
        assert slot_to_write(writer.address) != address
        writer.write(meter(frame))
    assert newest(reader.address) != address


def test_a_value_is_unseen_until_it_is_offered() -> None:
    writer, reader = latest(np.dtype("i8"))
    writer.write(np.array(1))
    place = int(slot_to_write(writer.address)) - writer._block.address
    writer._block.view("i8", place)[0] = 2
    assert reader.read() == 1
    offer(writer.address)
    assert reader.read() == 2


def test_slots_do_not_share_a_cache_line() -> None:
    writer, _ = latest(np.dtype("u1"))
    seen = set()
    for n in range(4):
        seen.add(int(slot_to_write(writer.address)) // 64)
        writer.write(np.uint8(n))
        newest(writer.address)
    assert len(seen) == 3
    assert latest_bytes(np.dtype("u1")) == 256 + 3 * 64


def test_a_block_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="needs"):
        latest(METER, Block(latest_bytes(METER) - 1))


def test_an_end_made_anew_goes_on_where_the_old_one_stopped() -> None:
    block = Block.shared(latest_bytes(METER))
    writer, reader = latest(METER, block)
    writer.write(meter(1))
    reader.read()
    writer.write(meter(2))
    other = Block(block.size, block.descriptor)
    assert Reader(other, METER).read() == meter(2)
    Writer(other, METER).write(meter(3))
    assert Reader(block, METER).read() == meter(3)
    block.close()


def test_a_writer_that_begins_anew_in_the_same_block_leaves_the_readers_slot_alone() -> None:
    """A card comes back at another rate and gets a new host; the app looks at the same meters all the while."""
    block = Block(latest_bytes(METER))
    for values in range(1, 5):
        writer, reader = latest(METER, block)
        for frame in range(values):
            writer.write(meter(frame))
        address = newest(reader.address)
        again, _ = latest(METER, block)
        assert slot_to_write(again.address) != address
        for frame in range(10):
            again.write(meter(frame))
            assert slot_to_write(again.address) != address
        assert reader.read() == meter(9)


def with_stop_word() -> Block:
    """A shared block for a triple buffer and, on the last cache line, the word that stops its writer."""
    return Block.shared(latest_bytes(VALUE) + 64)


def stop_of(block: Block) -> np.uint64:
    return np.uint64(block.address + block.size - 64)


def test_two_threads_race_and_no_value_is_torn_or_older_than_the_last() -> None:
    block = Block(latest_bytes(VALUE) + 64)
    writer, reader = latest(VALUE, block)
    with ThreadPoolExecutor(1) as other:
        written = other.submit(write_values, writer.address, stop_of(block), 3)
        assert read_values(reader.address, stop_of(block), 6_000, 3) == (0, 0)
    assert reader.read()["number"] == written.result()


def test_two_threads_race_through_two_mappings_of_a_shared_block() -> None:
    block = with_stop_word()
    writer, _ = latest(VALUE, block)
    other_side = Block(block.size, block.descriptor)
    with ThreadPoolExecutor(1) as other:
        written = other.submit(write_values, writer.address, stop_of(block), 5)
        address = np.uint64(other_side.address)
        assert read_values(address, stop_of(other_side), 6_000, 5) == (0, 0)
    assert Reader(other_side, VALUE).read()["number"] == written.result()
    block.close()


def test_another_process_sees_whole_values_and_the_last_one() -> None:
    block = with_stop_word()
    writer, reader = latest(VALUE, block)
    assert block.descriptor is not None
    command = [sys.executable, "-m", "tests.realtime.racing", "latest", str(block.descriptor), "6000", "4"]
    with subprocess.Popen(command, pass_fds=[block.descriptor], stdout=subprocess.PIPE, text=True) as process:
        with ThreadPoolExecutor(1) as other:
            written = other.submit(write_values, writer.address, stop_of(block), 4)
            out, _ = process.communicate(timeout=60)
            block.view(np.int64, block.size - 64)[0] = 1  # should the other process have failed
        assert out.split() == ["0", "0"]
    assert reader.read()["number"] == written.result()  # the end of the other process is taken over here
    block.close()
