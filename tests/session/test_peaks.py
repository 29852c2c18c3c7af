"""The outline of a recording: nothing that sounds is missing in it, at any zoom, and the copy beside it is the same."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.session.peaks import BLOCK_FRAMES, ENDING, Outline, Peaks, keep_peaks, kept_peaks, peaks_of
from realtime.device.sound_file import SoundWriter, write_sound
from score.errors import AudioFileError

RATE = 48_000


def noise(frames: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1.0, 1.0, frames).astype(np.float32)


def outlined(samples: np.ndarray, *sizes: int) -> Peaks:
    outline, at = Outline(), 0
    for size in (*sizes, len(samples)):
        outline.add(samples[at : at + size])
        at += size
    return outline.peaks(float(RATE))


def is_around(peaks: Peaks, samples: np.ndarray) -> bool:
    blocks = np.arange(len(samples)) // BLOCK_FRAMES
    return bool((peaks.low[blocks] <= samples).all() and (peaks.high[blocks] >= samples).all())


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 3000), st.lists(st.integers(0, 900), max_size=4))
def test_however_the_sound_comes_its_outline_holds_every_sample_and_is_no_wider_than_a_step(frames, sizes):
    samples = noise(frames)
    peaks = outlined(samples, *sizes)
    assert peaks.frames == frames and len(peaks.low) == -(-frames // BLOCK_FRAMES)
    assert is_around(peaks, samples)
    for block in range(len(peaks.low)):
        part = samples[block * BLOCK_FRAMES : (block + 1) * BLOCK_FRAMES]
        assert part.min() - peaks.low[block] < 2.0 / 32767 and peaks.high[block] - part.max() < 2.0 / 32767


def test_each_zoom_is_around_the_one_before_and_the_right_one_is_given():
    peaks = outlined(noise(BLOCK_FRAMES * 9001))
    finest, *coarser = peaks.zooms
    assert len(coarser) >= 2
    for fine, coarse in zip(peaks.zooms, coarser, strict=False):
        assert coarse.blocks_per_second == fine.blocks_per_second / 4
        assert len(coarse.low) == -(-len(fine.low) // 4)
        places = np.arange(len(fine.low)) // 4
        assert (coarse.low[places] <= fine.low).all() and (coarse.high[places] >= fine.high).all()
    assert peaks.zoom(1e-9) is finest
    assert peaks.zoom(1e9) is peaks.zooms[-1]
    per_block_s = BLOCK_FRAMES / RATE
    assert peaks.zoom(per_block_s * 5) is peaks.zooms[1]


def test_the_copy_beside_the_sound_is_the_same_to_the_bit_and_the_sound_is_not_read_again(tmp_path, monkeypatch):
    write_sound(tmp_path / "a 1.flac", noise(100_000), RATE)
    first = peaks_of(tmp_path / "a 1.flac")
    assert (tmp_path / f"a 1{ENDING}").stat().st_size < 100_000 // 50
    monkeypatch.setattr("gui.session.peaks.SoundReader", None)
    again = peaks_of(tmp_path / "a 1.flac")
    np.testing.assert_array_equal(again.low, first.low)
    np.testing.assert_array_equal(again.high, first.high)
    assert (again.rate, again.frames) == (first.rate, first.frames)


def spoil(path: Path, how: str) -> None:
    said = path.read_bytes()
    path.write_bytes({"cut": said[:-1], "empty": b"", "longer": said + b"x", "other": b"y" * len(said)}[how])


@pytest.mark.parametrize("how", ["cut", "empty", "longer", "other"])
def test_a_copy_that_is_damaged_is_made_anew(tmp_path, how):
    write_sound(tmp_path / "a.flac", noise(10_000), RATE)
    first = peaks_of(tmp_path / "a.flac")
    spoil(tmp_path / "a.peaks", how)
    assert kept_peaks(tmp_path / "a.flac") is None
    np.testing.assert_array_equal(peaks_of(tmp_path / "a.flac").low, first.low)
    assert kept_peaks(tmp_path / "a.flac") is not None


def test_a_copy_of_another_sound_is_not_believed(tmp_path):
    write_sound(tmp_path / "a.flac", noise(10_000), RATE)
    peaks_of(tmp_path / "a.flac")
    write_sound(tmp_path / "a.flac", np.zeros(10_000, np.float32), RATE)
    os.utime(tmp_path / "a.flac", ns=(5, 5))
    assert not peaks_of(tmp_path / "a.flac").high.any()


def test_one_that_is_given_up_is_not_kept_and_one_without_a_sound_is_refused(tmp_path):
    writer = SoundWriter(tmp_path / "a.flac", RATE, 2)
    writer.write(np.stack([noise(900_000), noise(900_000, 2)], axis=1))
    writer.close()
    asked = iter([True, False])
    part = peaks_of(tmp_path / "a.flac", lambda: next(asked))
    assert 0 < part.frames < 900_000 and not (tmp_path / "a.peaks").exists()
    with pytest.raises(AudioFileError):
        peaks_of(tmp_path / "none.flac")
    keep_peaks(tmp_path / "none.flac", part)  # nobody is told: it is only a copy
    assert not (tmp_path / "none.peaks").exists()
