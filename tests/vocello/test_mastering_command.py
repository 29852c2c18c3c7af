"""`vocello master`: a file in, a file out, as loud as was asked for, under its peak; and what is said about it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.signal import resample_poly

from plugin.mastering import PRESETS, loudness_lufs, true_peak_dbtp
from realtime.device.sound_file import SoundReader, write_sound
from vocello import command_line
from vocello.playing.sound_out import SoundOut

pytestmark = pytest.mark.timeout(400)  # whoever comes first may have to compile

RATE = 48_000


def take(rate: int = RATE, channels: int = 2, level: float = 0.1) -> npt.NDArray[np.float32]:
    """(frames, channels): three seconds of bowed notes, loud and soft."""
    t = np.arange(3 * rate) / rate
    swell = 0.55 + 0.45 * np.sin(2 * np.pi * 0.7 * t)
    sides = [sum(np.sin(2 * np.pi * hertz * k * t) / k for k in range(1, 8)) * swell for hertz in (98.0, 147.0)]
    return (level * np.stack(sides, axis=1)[:, :channels]).astype(np.float32)


def sound_of(path: Path) -> tuple[npt.NDArray[np.float32], float]:
    reader = SoundReader(path)
    try:
        return reader.read(reader.frames).T, reader.rate
    finally:
        reader.close()


@pytest.mark.parametrize(
    ("source", "target", "rate", "channels", "preset", "lufs"),
    [
        ("take.wav", "master.wav", 48_000, 2, "streaming", None),
        ("take.flac", "master.flac", 44_100, 1, "chamber", None),
        ("take.wav", "master.flac", 96_000, 2, "film", -16.0),
        ("take.wav", "master.wav", 22_050, 1, "gentle", -20.0),
        ("take.wav", "master.wav", 192_000, 2, "loud", -12.0),
    ],
)
def test_a_take_comes_out_as_loud_as_was_asked_for(
    source: str,
    target: str,
    rate: int,
    channels: int,
    preset: str,
    lufs: float | None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_sound(tmp_path / source, take(rate, channels), rate)
    typed = ["master", str(tmp_path / source), "-o", str(tmp_path / target), "--preset", preset, "--json"]
    assert command_line.run([*typed, *(["--lufs", str(lufs)] if lufs is not None else [])]) == 0
    told = json.loads(capsys.readouterr().out)
    made, made_rate = sound_of(tmp_path / target)
    wanted = PRESETS[preset].target_lufs if lufs is None else lufs
    assert made.shape == (2, 3 * rate) and made_rate == rate
    assert loudness_lufs(made, rate) == pytest.approx(wanted, abs=0.2)
    assert told["after"]["lufs"] == pytest.approx(wanted, abs=0.2)
    assert true_peak_dbtp(made) <= PRESETS[preset].peak_dbtp
    assert told["before"]["lufs"] == pytest.approx(loudness_lufs(take(rate, channels).T, rate), abs=0.05)


def test_both_figures_are_told_before_and_after(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_sound(tmp_path / "take.wav", take(), RATE)
    assert command_line.run(["master", str(tmp_path / "take.wav"), "-o", str(tmp_path / "out.wav")]) == 0
    said = capsys.readouterr().out
    before, after = (next(line for line in said.splitlines() if line.startswith(w)) for w in ("Before", "After"))
    assert "LUFS, true peak" in before and "-14." in after
    assert "streaming" in said and "out.wav" in said


def test_a_folder_gets_the_name_of_the_take(tmp_path: Path) -> None:
    write_sound(tmp_path / "take.wav", take(), RATE)
    (tmp_path / "masters").mkdir()
    assert command_line.run(["master", str(tmp_path / "take.wav"), "-o", str(tmp_path / "masters"), "--json"]) == 0
    assert (tmp_path / "masters" / "take.wav").is_file()


def test_a_master_that_is_broken_off_leaves_what_stood_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_sound(tmp_path / "take.wav", take(), RATE)
    (tmp_path / "out.wav").write_bytes(b"an older one")

    def cut_off(self: Any, samples: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(SoundOut, "write", cut_off)
    assert command_line.run(["master", str(tmp_path / "take.wav"), "-o", str(tmp_path / "out.wav"), "--json"]) == 130
    assert (tmp_path / "out.wav").read_bytes() == b"an older one"
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["nowhere.wav", "-o", "a.wav"], "nowhere.wav"),
        (["take.wav"], "-o OUT.wav"),
        (["take.wav", "-o", "take.wav"], "another output"),
        (["take.wav", "-o", "a.mp3"], ".wav or .flac"),
        (["take.wav", "-o", "a.flac", "--bits", "float"], "--bits 24"),
        (["take.wav", "-o", "no/folder/a.wav"], "mkdir -p"),
        (["take.wav", "-o", "a.wav", "--preset", "radio"], "streaming"),
        (["take.wav", "-o", "a.wav", "--lufs", "3"], "--lufs -14"),
        (["silent.wav", "-o", "a.wav"], "silent"),
        (["short.wav", "-o", "a.wav"], "0.4 s"),
        (["text.txt", "-o", "a.wav"], "no sound file"),
    ],
)
def test_what_cannot_be_mastered_is_told_in_one_line(
    typed: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write_sound(tmp_path / "take.wav", take(), RATE)
    write_sound(tmp_path / "silent.wav", np.zeros((RATE, 2), np.float32), RATE)
    write_sound(tmp_path / "short.wav", take()[:1_000], RATE)
    (tmp_path / "text.txt").write_text("no sound")
    assert command_line.run(["master", *typed, "--json"]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1 and said.startswith("vocello: ") and words in said
    assert not list(tmp_path.glob(".*")) and not (tmp_path / "a.wav").exists()


def test_without_the_meter_it_says_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "pyloudnorm" else found(name, *a))
    write_sound(tmp_path / "take.wav", take(), RATE)
    assert command_line.run(["master", str(tmp_path / "take.wav"), "-o", str(tmp_path / "out.wav")]) == 2
    assert "pip install 'vocello[master]'" in capsys.readouterr().err


def test_the_peak_between_the_samples_is_what_four_times_the_rate_shows() -> None:
    noise = np.random.default_rng(4).normal(0.0, 0.1, (2, RATE)).astype(np.float32)
    seen = max(float(np.abs(resample_poly(side.astype(np.float64), 4, 1)).max()) for side in noise)
    assert true_peak_dbtp(noise) == pytest.approx(20.0 * np.log10(seen), abs=0.1)
    t = np.arange(RATE)
    between = np.sin(2 * np.pi * t / 4.0 + np.pi / 4.0) * np.minimum(1.0, np.minimum(t, RATE - t) / 1_000.0)
    assert np.abs(between).max() < 0.71
    assert true_peak_dbtp(between.astype(np.float32)) == pytest.approx(0.0, abs=0.02)
    assert true_peak_dbtp(np.zeros((1, RATE), np.float32)) == -200.0
