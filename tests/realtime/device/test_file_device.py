"""The file device: the live callback, as fast as it can, on samples that lie in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from realtime.device.file import FileDevice, file_paths
from realtime.device.sound_file import SoundReader, SoundWriter, write_sound
from realtime.device.wish import Wish, open_device
from realtime.dsp.lowpass import lowpass
from realtime.host import Host
from realtime.rack import MONITOR, Slot
from score.errors import AudioFileError, DeviceError

THROUGH = (Slot("through", lowpass, {"cutoff_hz": 20_000.0}, MONITOR),)


def noise(frames: int, channels: int = 1, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (frames, channels)).astype(np.float32)


def play(source: Path, target: Path, block_frames: int = 128) -> tuple[Host, FileDevice]:
    device = FileDevice(source, target, block_frames=block_frames)
    host = Host(device.rate, THROUGH)
    host.open_gate()
    host.listen_with(False)
    device.start(host)
    assert device.wait(30.0)
    return host, device


def read(path: Path) -> np.ndarray:
    reader = SoundReader(path)
    samples = reader.read(reader.frames)
    reader.close()
    return samples


def test_a_file_comes_out_through_the_rack_at_its_own_rate(tmp_path: Path) -> None:
    write_sound(tmp_path / "in.wav", noise(10_000), 44_100)
    host, _ = play(tmp_path / "in.wav", tmp_path / "out.wav")
    out = read(tmp_path / "out.wav")
    assert SoundReader(tmp_path / "out.wav").rate == 44_100
    assert host.rate == 44_100
    assert len(out) >= 10_000
    assert np.abs(out[:10_000]).max() > 0.1


def test_block_sizes_give_the_same_samples(tmp_path: Path) -> None:
    write_sound(tmp_path / "in.wav", noise(20_000, 2), 48_000)
    outputs = []
    for block_frames in (1, 64, 128, 1000, 4096):
        if block_frames == 1:
            write_sound(tmp_path / "short.wav", noise(20_000, 2)[:3_000], 48_000)
            play(tmp_path / "short.wav", tmp_path / "out.wav", 1)
            outputs.append(read(tmp_path / "out.wav")[:3_000])
        else:
            play(tmp_path / "in.wav", tmp_path / "out.wav", block_frames)
            outputs.append(read(tmp_path / "out.wav")[:20_000])
    for output in outputs[1:]:
        np.testing.assert_array_equal(output[: len(outputs[0])], outputs[0])
        np.testing.assert_array_equal(output, outputs[1])


def test_the_ears_are_called_between_blocks(tmp_path: Path) -> None:
    write_sound(tmp_path / "in.wav", noise(1_280), 48_000)
    device = FileDevice(tmp_path / "in.wav", block_frames=128)
    host = Host(device.rate)
    frames: list[int] = []
    device.start(host, lambda: frames.append(host.frame))
    assert device.wait(30.0)
    assert frames[:10] == [128 * n for n in range(1, 11)]


def test_a_rack_that_is_silent_ends_a_quarter_second_after_its_file(tmp_path: Path) -> None:
    write_sound(tmp_path / "in.wav", noise(480), 48_000)
    device = FileDevice(tmp_path / "in.wav", tmp_path / "out.wav", block_frames=480)
    host = Host(device.rate)
    device.start(host)
    assert device.wait(30.0)
    assert 0.2 < len(read(tmp_path / "out.wav")) / 48_000 < 0.5


def test_stopping_midway_keeps_what_was_played(tmp_path: Path) -> None:
    write_sound(tmp_path / "in.wav", noise(480_000), 48_000)
    device = FileDevice(tmp_path / "in.wav", tmp_path / "out.wav", block_frames=64)
    host = Host(device.rate, THROUGH)
    host.open_gate()
    stopper: list[int] = []

    def stop_early() -> None:
        stopper.append(1)
        if len(stopper) == 100:
            device._stop.set()

    device.start(host, stop_early)
    assert device.wait(30.0)
    assert len(read(tmp_path / "out.wav")) == 6_400


@pytest.mark.parametrize("spec", ["file:", "file:→out.wav", "file:a→b→c"])
def test_a_spec_without_a_file_says_how_it_is_written(spec: str) -> None:
    with pytest.raises(DeviceError, match="Write it as"):
        file_paths(spec)


def test_both_arrows_are_read() -> None:
    assert file_paths("file:a.wav→b.wav") == (Path("a.wav"), Path("b.wav"))
    assert file_paths("file:a.wav->b.wav") == (Path("a.wav"), Path("b.wav"))
    assert file_paths("file:a.wav") == (Path("a.wav"), None)


def test_a_missing_file_and_one_that_is_no_sound_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match="no file"):
        open_device(Wish(f"file:{tmp_path / 'none.wav'}"))
    (tmp_path / "text.wav").write_text("not a sound")
    with pytest.raises(AudioFileError, match="no sound file"):
        open_device(Wish(f"file:{tmp_path / 'text.wav'}"))


def test_a_file_is_never_written_over_while_it_is_read(tmp_path: Path) -> None:
    write_sound(tmp_path / "in.wav", noise(100), 48_000)
    with pytest.raises(AudioFileError, match="while it is read"):
        open_device(Wish(f"file:{tmp_path / 'in.wav'}→{tmp_path / 'in.wav'}"))


def test_a_rate_that_is_not_the_files_is_refused(tmp_path: Path) -> None:
    write_sound(tmp_path / "in.wav", noise(100), 44_100)
    with pytest.raises(DeviceError, match="44100"):
        open_device(Wish(f"file:{tmp_path / 'in.wav'}", rate=48_000.0))


def test_an_unwritable_folder_is_told_by_the_one_who_waits(tmp_path: Path) -> None:
    write_sound(tmp_path / "in.wav", noise(100), 48_000)
    device = FileDevice(tmp_path / "in.wav", tmp_path / "nowhere" / "out.wav")
    device.start(Host(device.rate))
    with pytest.raises(AudioFileError, match="cannot be written"):
        device.wait(30.0)


def test_a_writer_that_is_abandoned_leaves_what_stood_there(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    write_sound(path, noise(100, seed=1), 48_000)
    before = path.read_bytes()
    writer = SoundWriter(path, 48_000, 1)
    writer.write(noise(50, seed=2))
    writer.abandon()
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["out.wav"]


@pytest.mark.parametrize("ending", [".wav", ".flac"])
def test_what_is_written_is_read_again(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"sound{ending}"
    samples = noise(5_000, 2)
    write_sound(path, samples, 48_000)
    np.testing.assert_allclose(read(path), samples, atol=0.0 if ending == ".wav" else 2.0**-22)
