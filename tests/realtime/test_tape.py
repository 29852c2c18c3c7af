"""The tape: every frame where the engine counted it, ten minutes of them, whatever happens to who writes."""

from __future__ import annotations

import gc
import os
import shutil
import threading
import time
import tracemalloc
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.device.sound_file import SoundReader
from realtime.host import Host
from realtime.take import cut_take
from realtime.tape import SAMPLE, SEGMENT_S, TapeStream, begin_stream, hold_tape, let_tape_go, prune, segments_of
from realtime.taping import LEAVE_FREE_BYTES, TapeWriter, Taping
from score.errors import AudioFileError, EngineError
from tests.realtime.driving import Card

RATE = 1000.0
MINUTE = 60_000
Space = namedtuple("Space", "total used free")


def numbers(first: int, count: int) -> np.ndarray:
    """What a microphone hears that hears the number of each frame; exact as a float, for a while."""
    return np.arange(first, first + count, dtype=np.float32)


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    return begin_stream(tmp_path / "tape", RATE)


_writers: list[TapeWriter] = []


@pytest.fixture(autouse=True)
def closed_writers():
    yield
    while _writers:
        _writers.pop().close()


def new_writer(stream: Path) -> TapeWriter:
    _writers.append(TapeWriter(stream, RATE))
    return _writers[-1]


def write(stream: Path, *pieces: tuple[int, int]) -> TapeWriter:
    writer = new_writer(stream)
    for first, count in pieces:
        writer.write(first, numbers(first, count))
    return writer


# Every frame in its place


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_part_reads_as_it_was_heard_however_it_came(tmp_path_factory, data):
    stream = begin_stream(tmp_path_factory.mktemp("any"), RATE)
    writer, at, there = new_writer(stream), data.draw(st.integers(0, 50_000)), {}
    began = at
    for hole, count in data.draw(
        st.lists(st.tuples(st.sampled_from([0, 0, 0, 7, 900, 15_000]), st.integers(1, 12_000)))
    ):
        at += hole if at > began else 0
        writer.write(at, numbers(at, count))
        there[at] = count
        at += count
    first, end = sorted((data.draw(st.integers(0, at + 100)), data.draw(st.integers(0, at + 100))))
    wanted = np.full(end - first, np.nan, np.float32)
    for start, count in there.items():
        low, high = max(start, first), min(start + count, end)
        if low < high:
            wanted[low - first : high - first] = numbers(low, high - low)
    np.testing.assert_array_equal(TapeStream.open(stream).read(first, end), wanted)
    assert writer.lost_frames == at - began - sum(there.values())
    writer.close()


def test_a_segment_holds_ten_seconds_and_bears_the_number_of_its_first_frame(stream):
    write(stream, (123, 25_000)).close()
    assert [(each.path.name, each.end - each.first) for each in segments_of(stream)] == [
        ("000000000000123.f32", 10_000),
        ("000000000010123.f32", 10_000),
        ("000000000020123.f32", 5_000),
    ]


def test_what_is_written_can_be_read_at_once_while_it_is_still_written(stream):
    writer = write(stream, (0, 200))
    assert TapeStream.open(stream).reach() == (0, 200)
    writer.write(200, numbers(200, 50))
    assert TapeStream.open(stream).read(190, 250)[-1] == 249.0


def test_half_a_frame_that_a_kill_left_is_no_frame(stream):
    write(stream, (0, 100)).close()
    with segments_of(stream)[0].path.open("ab") as file:
        file.write(b"\x01\x02\x03")
    assert TapeStream.open(stream).reach() == (0, 100)


def test_a_folder_that_is_no_tape_is_refused_in_words(tmp_path):
    with pytest.raises(AudioFileError, match="cannot be read"):
        TapeStream.open(tmp_path)
    (tmp_path / "stream.json").write_text("[]")
    with pytest.raises(AudioFileError, match="is no tape"):
        TapeStream.open(tmp_path)


# Ten minutes, and what is held


def test_an_hour_leaves_ten_minutes_on_the_disk_and_nothing_in_memory(stream):
    writer, second_of = new_writer(stream), numbers(0, 1000)

    def run(minutes: range) -> int:
        for minute in minutes:
            for second in range(60):
                writer.write((minute * 60 + second) * 1000, second_of)
            kept = sum(each.end - each.first for each in segments_of(stream))
            assert kept <= (600 + 2 * SEGMENT_S) * RATE
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        after_minutes = run(range(12))
        assert run(range(12, 60)) - after_minutes < 20_000
    finally:
        tracemalloc.stop()
    first, end = TapeStream.open(stream).reach()
    assert end == 60 * MINUTE
    assert end - first >= 600 * RATE


def test_a_take_of_an_hour_is_whole_because_it_is_held_from_its_first_frame_on(stream, tmp_path):
    owner = tmp_path / "take.making"
    owner.touch()
    writer = write(stream, (0, 5 * MINUTE))
    hold_tape(stream, "take", 4 * MINUTE, owner)
    for minute in range(5, 65):
        writer.write(minute * MINUTE, numbers(0, MINUTE))
    assert TapeStream.open(stream).reach()[0] <= 4 * MINUTE
    made = cut_take(stream, 4 * MINUTE, 64 * MINUTE, tmp_path / "take.flac")
    assert (made.frames, made.lost_frames) == (60 * MINUTE, 0)
    let_tape_go(stream, "take")
    writer.write(65 * MINUTE, numbers(0, 2 * round(SEGMENT_S * RATE)))
    assert TapeStream.open(stream).reach()[0] >= 54 * MINUTE


def test_two_takes_hold_each_for_itself(stream, tmp_path):
    for name, frame in (("one", 0), ("two", 10 * MINUTE)):
        (tmp_path / name).touch()
        hold_tape(stream, name, frame, tmp_path / name)
    writer = write(stream, *((minute * MINUTE, MINUTE) for minute in range(30)))
    assert TapeStream.open(stream).reach()[0] == 0
    let_tape_go(stream, "one")
    writer.write(30 * MINUTE, numbers(0, 2 * round(SEGMENT_S * RATE)))
    assert 9 * MINUTE < TapeStream.open(stream).reach()[0] <= 10 * MINUTE


def aged(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_tapes_of_engines_that_ended_go_after_ten_minutes_unless_they_are_held(tmp_path):
    folder, owner = tmp_path / "tape", tmp_path / "take.making"
    owner.touch()
    old, held, fresh = (begin_stream(folder, RATE) for _ in range(3))
    for stream in (old, held, fresh):
        write(stream, (0, 25_000)).close()
    hold_tape(held, "take", 15_000, owner)
    for stream in (old, held):
        for path in stream.iterdir():
            aged(path, 700)
    prune(folder)
    assert not old.exists()
    assert TapeStream.open(held).reach() == (10_000, 25_000)
    assert TapeStream.open(fresh).reach() == (0, 25_000)


def test_a_hold_outlives_a_disk_that_is_not_plugged_in_but_not_its_owner_for_ever(tmp_path):
    folder = tmp_path / "tape"
    stream = begin_stream(folder, RATE)
    write(stream, (0, 5000)).close()
    hold_tape(stream, "take", 0, tmp_path / "gone.making")
    for path in stream.iterdir():
        aged(path, 700)
    prune(folder)
    assert TapeStream.open(stream).reach() == (0, 5000)
    for path in stream.iterdir():
        aged(path, 31 * 86_400)
    prune(folder)
    assert not stream.exists()


# A disk that refuses


def test_a_disk_that_is_nearly_full_is_left_to_the_session_and_the_tape_goes_on_later(stream, monkeypatch):
    free = LEAVE_FREE_BYTES + 1
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Space(0, 0, free))
    writer = write(stream, (0, 10_000))
    free = LEAVE_FREE_BYTES - 1
    writer.write(10_000, numbers(10_000, 5000))
    assert "256 MB" in writer.trouble
    assert writer.lost_frames == 5000
    free = LEAVE_FREE_BYTES + 1
    writer.write(15_000, numbers(15_000, 100))
    assert writer.trouble == ""
    heard = TapeStream.open(stream).read(9_000, 15_100)
    assert np.isnan(heard[1000:6000]).all()
    np.testing.assert_array_equal(heard[6000:], numbers(15_000, 100))


# Takes


def test_a_take_is_the_sound_between_two_frames_to_two_steps_of_24_bits(stream, tmp_path):
    heard = np.random.default_rng(5).uniform(-0.9, 0.9, 12_000).astype(np.float32)
    writer = new_writer(stream)
    writer.write(1000, heard)
    seen: list[np.ndarray] = []
    made = cut_take(stream, 3000, 9000, tmp_path / "a take.flac", seen.append)
    assert (made.first_frame, made.frames, made.rate, made.lost_frames) == (3000, 6000, RATE, 0)
    reader = SoundReader(tmp_path / "a take.flac")
    assert (reader.frames, reader.rate, reader.channels) == (6000, RATE, 1)
    assert np.abs(reader.read(6000)[:, 0] - heard[2000:8000]).max() <= 2.0**-22
    np.testing.assert_array_equal(np.concatenate(seen), heard[2000:8000])
    assert [path.name for path in tmp_path.glob("*.flac")] == ["a take.flac"]


def test_what_is_missing_is_silent_and_counted_so_that_time_stays_true(stream, tmp_path):
    writer = new_writer(stream)
    writer.write(0, np.full(2000, 0.5, np.float32))
    writer.write(2600, np.full(1000, 0.25, np.float32))
    made = cut_take(stream, 1000, 3600, tmp_path / "take.flac")
    assert (made.frames, made.lost_frames) == (2600, 600)
    heard = SoundReader(tmp_path / "take.flac").read(2600)[:, 0]
    wanted = np.repeat(np.array([0.5, 0.0, 0.25], np.float32), [1000, 600, 1000])
    np.testing.assert_allclose(heard, wanted, atol=2.0**-22)


def test_a_take_whose_end_is_still_on_its_way_waits_for_it(stream, tmp_path):
    writer = write(stream, (0, 1000))
    later = threading.Timer(0.3, lambda: writer.write(1000, numbers(1000, 1000)))
    later.start()
    made = cut_take(stream, 500, 2000, tmp_path / "take.flac")
    later.join()
    assert (made.frames, made.lost_frames) == (1500, 0)


def test_of_a_tape_that_stands_still_a_take_is_cut_as_far_as_it_goes(stream, tmp_path):
    write(stream, (0, 1000))
    assert cut_take(stream, 200, None, tmp_path / "take.flac").frames == 800
    ended = cut_take(stream, 200, 1500, tmp_path / "longer.flac", stands_still_s=0.0)
    assert (ended.frames, ended.lost_frames) == (1300, 500)


def test_where_nothing_was_recorded_no_file_appears(stream, tmp_path):
    write(stream, (0, 1000))
    with pytest.raises(AudioFileError, match="nothing"):
        cut_take(stream, 5000, 6000, tmp_path / "take.flac", stands_still_s=0.0)
    assert list(tmp_path.glob("*.flac")) == []


# The thread


def stopped(taping: Taping) -> Path:
    stream = Path(taping.describe()["stream"])
    taping.close()
    return stream


def test_the_tape_holds_every_frame_of_the_card_while_the_ears_sleep(tmp_path):
    host, taping = Host(RATE), Taping()
    host.listen_with(False)
    taping.record_to(str(tmp_path))
    card = Card(host)
    card.play([100] * 3)  # before anybody records
    taping.follow(host)
    for _ in range(30):
        card.block(100, numbers(host.frame, 100).reshape(-1, 1))
    stream = TapeStream.open(stopped(taping))
    first, end = stream.reach()
    assert (first, end) == (300, 3300)
    np.testing.assert_array_equal(stream.read(first, end), numbers(300, 3000))
    assert len(host.capture) == 0


def test_frames_that_found_the_ring_full_are_counted_told_and_silent(tmp_path):
    host, taping = Host(RATE), Taping()
    taping.record_to(str(tmp_path))
    taping.follow(host)
    card = Card(host)
    for _ in range(3):  # its ring holds 8192 frames
        for _ in range(120):
            card.block(100, numbers(host.frame, 100).reshape(-1, 1))
        behind = host.frame
        until(lambda behind=behind: len(host.tape) == 0)
    card.block(100, numbers(host.frame, 100).reshape(-1, 1))
    until(lambda: taping.describe()["lost_frames"] > 0)
    until(lambda: len(host.tape) == 0)
    told = taping.tick()
    assert [news.kind for news in told] == ["tape-lost"]
    assert taping.tick() == []
    lost = int(taping.describe()["lost_frames"])
    stream = TapeStream.open(stopped(taping))
    heard = stream.read(0, host.frame)
    assert int(np.isnan(heard).sum()) == lost
    there = ~np.isnan(heard)
    np.testing.assert_array_equal(heard[there], numbers(0, host.frame)[there])


def test_another_rate_is_another_stream_and_both_are_kept(tmp_path):
    taping, streams = Taping(), []
    taping.record_to(str(tmp_path))
    for rate in (1000.0, 2000.0):
        host = Host(rate)
        taping.follow(host)
        Card(host).block(100, numbers(0, 100).reshape(-1, 1))
        streams.append(taping.describe()["stream"])
        taping.follow(host)  # the same device again: the same stream
        assert taping.describe()["stream"] == streams[-1]
    taping.close()
    assert [TapeStream.open(Path(each)).rate for each in streams] == [1000.0, 2000.0]
    assert [TapeStream.open(Path(each)).reach() for each in streams] == [(0, 100), (0, 100)]


def test_a_folder_that_cannot_be_made_is_refused_and_the_sound_goes_on(tmp_path):
    (tmp_path / "file").touch()
    taping = Taping()
    with pytest.raises(EngineError, match="cannot be made"):
        taping.record_to(str(tmp_path / "file" / "tape"))
    with pytest.raises(EngineError, match="whole path"):
        taping.record_to("tape")
    taping.record_to(str(tmp_path / "tape"))
    (tmp_path / "tape").rmdir()
    (tmp_path / "tape").touch()
    taping.follow(Host(RATE))
    assert [news.kind for news in taping.tick()] == ["tape"]
    taping.close()


def until(true, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "this did not happen"
        time.sleep(0.005)


def test_a_sample_on_tape_is_four_bytes_whatever_the_machine():
    assert (SAMPLE.itemsize, SAMPLE.byteorder in ("<", "=")) == (4, True)
