"""Blocks of memory: one address, a line of their own, and, shared, no name that could be left behind."""

from __future__ import annotations

import gc
import itertools
import mmap
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from realtime.block import Block

OTHER_PROCESS = """
import sys
import numpy as np
from realtime.block import Block
block = Block.mapped(int(sys.argv[1]))
words = block.view(np.int64, count=block.size // 8)
print(int(words.sum()), block.size)
words[:] *= 2
block.close()
print(int(words[0]))
"""


def descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd" if sys.platform == "linux" else "/dev/fd"))


@pytest.mark.parametrize("size", [1, 8, 63, 64, 65, 4096, 100_001])
@pytest.mark.parametrize("make", [Block, Block.shared])
def test_a_block_is_zeroed_and_begins_on_a_cache_line(make: type[Block], size: int) -> None:
    block = make(size)
    assert block.address % 64 == 0
    assert block.size == len(block.bytes) == size
    assert not block.bytes.any()
    assert block.bytes.ctypes.data == block.address
    block.close()


def test_blocks_do_not_overlap() -> None:
    blocks = [Block(100) for _ in range(50)]
    ends = sorted((block.address, block.address + block.size) for block in blocks)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(ends))


def test_another_process_maps_a_block_by_its_descriptor_alone() -> None:
    block = Block.shared(800)
    words = block.view(np.int64, count=100)
    words[:] = np.arange(100)
    assert block.descriptor is not None
    command = [sys.executable, "-c", OTHER_PROCESS, str(block.descriptor)]
    found = subprocess.run(command, pass_fds=[block.descriptor], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["4950", "800", "0"]
    np.testing.assert_array_equal(words, 2 * np.arange(100))
    block.close()


def named_memory() -> set[str]:
    """What stands in the one place where shared memory has names, but for what JACK servers put there."""
    shm = Path("/dev/shm")
    return {each.name for each in shm.iterdir() if not each.name.startswith("jack")} if shm.is_dir() else set()


def test_a_shared_block_has_no_name_that_a_kill_could_leave_behind() -> None:
    before = named_memory()
    script = (
        "import os, signal\n"
        "from realtime.block import Block\n"
        "block = Block.shared(1 << 20)\n"
        "block.bytes[:] = 1\n"
        "print(os.path.realpath(f'/proc/self/fd/{block.descriptor}'), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert found.returncode == -9
    assert named_memory() <= before
    if sys.platform == "linux":
        assert "memfd:vocello" in found.stdout
        assert not Path(found.stdout.split()[0]).exists()


def test_a_descriptor_is_not_inherited_unless_it_is_handed_over() -> None:
    block = Block.shared(64)
    assert block.descriptor is not None
    assert not os.get_inheritable(block.descriptor)
    block.close()


def test_closing_gives_the_descriptor_back_and_leaves_the_memory() -> None:
    gc.collect()  # what others left behind goes now
    before = descriptors()
    block = Block.shared(64)
    block.bytes[:] = 7
    block.close()
    block.close()
    assert block.descriptor is None
    assert (block.bytes == 7).all()
    view = block.view(np.int64, count=8)
    del block
    gc.collect()
    assert (view == 0x0707070707070707).all()
    del view
    gc.collect()
    assert descriptors() == before


def test_a_part_keeps_the_whole_alive() -> None:
    for make in (Block, Block.shared):
        whole = make(256)
        part = whole.part(64, 64)
        assert part.address == whole.address + 64
        whole.bytes[64:128] = 9
        whole.close()
        del whole
        gc.collect()
        assert (part.bytes == 9).all()
        part.bytes[:] = 1
        part.close()


def test_a_part_of_a_part_is_where_it_says() -> None:
    whole = Block(256)
    part = whole.part(64, 128).part(32, 8)
    part.view(np.int64)[0] = -1
    assert part.address == whole.address + 96
    assert np.flatnonzero(whole.bytes).tolist() == list(range(96, 104))


@pytest.mark.parametrize(
    ("offset", "size"), [(4, 8), (-8, 8), (0, 257), (256, 1), (248, 16), (8, -8)], ids=lambda value: str(value)
)
def test_a_part_that_does_not_fit_is_refused(offset: int, size: int) -> None:
    with pytest.raises(ValueError, match="does not fit a block of 256"):
        Block(256).part(offset, size)


def test_a_view_shows_the_bytes_where_they_stand() -> None:
    block = Block(64)
    pair = np.dtype([("a", "i4"), ("b", "f8")], align=True)
    view = block.view(pair, 16, 2)
    view["b"] = 1.0, 2.0
    assert view.ctypes.data == block.address + 16
    np.testing.assert_array_equal(block.view("f8", 24)[0], 1.0)
    np.testing.assert_array_equal(block.view("f8", 40)[0], 2.0)


@pytest.mark.parametrize(("offset", "count"), [(0, 9), (64, 1), (60, 1), (-8, 1), (100, 1), (0, -1)])
def test_a_view_that_does_not_fit_is_refused_and_not_made_shorter(offset: int, count: int) -> None:
    with pytest.raises(ValueError):
        Block(64).view(np.int64, offset, count)


def test_a_block_cannot_be_mapped_from_what_is_none() -> None:
    with pytest.raises((OSError, ValueError)):
        Block.mapped(10_000)
    reader, writer = os.pipe()
    with pytest.raises((OSError, ValueError)):
        Block.mapped(reader)
    os.close(reader)
    os.close(writer)


def test_a_mapped_block_is_as_large_as_the_one_that_was_made() -> None:
    for size in (8, 100, mmap.PAGESIZE, mmap.PAGESIZE + 1):
        block = Block.shared(size)
        assert block.descriptor is not None
        other = Block.mapped(os.dup(block.descriptor))
        assert other.size == size
        other.bytes[-1] = 3
        assert block.bytes[-1] == 3
        other.close()
        block.close()
