"""The window: many watchers, none of which takes anything away, is torn, or is missed without being told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from realtime.block import Block
from realtime.door.window import EVENTS_KEPT, HEADER, PITCH, PITCHES_KEPT, WINDOW_BYTES, Window, WindowReader
from realtime.events import EVENT
from realtime.host import Host
from realtime.latest import Writer
from realtime.layout import METERS
from score.errors import EngineError, ProtocolError
from tests.realtime.door.window_writer import meters_of


def _events(first: int, count: int) -> np.ndarray:
    events = np.zeros(count, EVENT)
    events["frame"] = np.arange(first, first + count)
    return events


def test_each_watcher_sees_every_event_once_and_at_its_own_pace() -> None:
    window = Window.create()
    eager, lazy = window.reader(), WindowReader.mapped(os.dup(window.descriptor))
    seen: list[int] = []
    for first in range(0, 900, 9):
        window.push_events(_events(first, 9))
        seen += eager.new_events()["frame"].tolist()
    assert seen == list(range(900))
    assert lazy.new_events()["frame"].tolist() == list(range(900))
    assert len(eager.new_events()) == len(lazy.new_events()) == 0
    assert eager.missed_events == lazy.missed_events == 0
    window.close()


def test_a_watcher_that_comes_later_begins_with_what_comes_next() -> None:
    window = Window.create()
    window.push_events(_events(0, 5))
    late = window.reader()
    window.push_events(_events(5, 2))
    assert late.new_events()["frame"].tolist() == [5, 6]
    window.close()


@pytest.mark.parametrize("batch", [1, 7, EVENTS_KEPT, EVENTS_KEPT + 10, 3 * EVENTS_KEPT])
def test_who_is_overrun_gets_the_newest_and_is_told_how_many_it_missed(batch: int) -> None:
    window = Window.create()
    watcher = window.reader()
    total = 0
    while total < 2 * EVENTS_KEPT:
        window.push_events(_events(total, batch))
        total += batch
    seen = watcher.new_events()["frame"].tolist()
    assert seen == list(range(total - EVENTS_KEPT, total))
    assert watcher.missed_events == total - EVENTS_KEPT
    window.push_events(_events(total, 1))
    assert watcher.new_events()["frame"].tolist() == [total]
    window.close()


def test_pitches_have_a_stream_of_their_own() -> None:
    window = Window.create()
    watcher = window.reader()
    pitches = np.zeros(PITCHES_KEPT + 3, PITCH)
    pitches["f0_hz"] = np.arange(len(pitches)) + 100.0
    window.push_pitches(pitches)
    window.push_events(_events(0, 1))
    assert watcher.new_pitches()["f0_hz"].tolist() == pitches["f0_hz"][3:].tolist()
    assert (watcher.missed_pitches, watcher.missed_events) == (3, 0)
    assert len(watcher.new_events()) == 1
    window.close()


def test_every_watcher_sees_the_newest_meters_and_nobody_takes_them() -> None:
    window = Window.create()
    watchers = [window.reader(), window.reader(), WindowReader.mapped(os.dup(window.descriptor))]
    assert [int(watcher.meters()["blocks"]) for watcher in watchers] == [0, 0, 0]
    writer = Writer(window.meters_block, METERS)
    for number in (1, 2, 3, 4):
        writer.write(meters_of(number))
        for watcher in watchers:
            assert int(watcher.meters()["blocks"]) == int(watcher.meters()["load_bins"][-1]) == number
    window.close()


def test_a_second_host_at_another_rate_goes_on_in_the_same_window() -> None:
    window = Window.create()
    watcher = WindowReader.mapped(os.dup(window.descriptor))
    for rate in (48_000.0, 44_100.0):
        Host(rate, meters=window.meters_block)
        Writer(window.meters_block, METERS).write(meters_of(int(rate)))
        assert watcher.meters()["rate"] == rate
    window.close()


def test_a_watcher_cannot_write_into_the_engine() -> None:
    window = Window.create()
    watcher = WindowReader.mapped(os.dup(window.descriptor))
    with pytest.raises(ValueError, match="read-only"):
        watcher._events._items["frame"] = 0
    window.close()


@pytest.mark.parametrize("field", HEADER.names or ())
def test_a_window_of_another_version_is_refused_and_its_descriptor_closed(field: str) -> None:
    window = Window.create()
    Block.mapped(os.dup(window.descriptor)).view(HEADER)[field] += 1
    descriptor = os.dup(window.descriptor)
    with pytest.raises(ProtocolError, match=f"'{field}'"):
        WindowReader.mapped(descriptor)
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(descriptor)
    window.close()


@pytest.mark.parametrize("size", [0, 8, HEADER.itemsize, WINDOW_BYTES // 2])
def test_memory_that_is_no_window_is_refused(size: int, tmp_path: Path) -> None:
    path = tmp_path / "memory"
    path.write_bytes(bytes(size))
    with pytest.raises(ProtocolError, match="window"):
        WindowReader.mapped(os.open(path, os.O_RDWR))


def test_a_closed_window_is_handed_to_nobody() -> None:
    window = Window.create()
    window.close()
    window.close()
    with pytest.raises(EngineError, match="closed"):
        _ = window.descriptor


def test_beside_a_process_that_writes_as_fast_as_it_can_nothing_is_torn_and_all_is_counted() -> None:
    block = Block.shared(WINDOW_BYTES)
    assert block.descriptor is not None
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.realtime.door.window_writer", str(block.descriptor), "1500"],
        pass_fds=[block.descriptor],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
    )
    with writer:
        assert writer.stdin is not None and writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        watcher = WindowReader.mapped(os.dup(block.descriptor))
        writer.stdin.write("go\n")
        writer.stdin.flush()
        seen, newest, running = 0, 0, True
        while running:
            running = writer.poll() is None
            events = watcher.new_events()
            assert np.array_equal(events["value"], events["frame"])
            if len(events):
                assert int(events["frame"][0]) == seen + watcher.missed_events
                assert np.all(np.diff(events["frame"]) == 1)
            seen += len(events)
            meters = watcher.meters()
            values = {float(each) for name in METERS.names or () for each in np.ravel(meters[name])}
            assert len(values) == 1, "a set of meters was torn"
            assert newest <= min(values)
            newest = int(min(values))
        assert seen + watcher.missed_events == int(writer.stdout.readline())
        assert newest == 1500
    block.close()
