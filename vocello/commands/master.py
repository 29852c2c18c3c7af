"""`vocello master`: a take in, the same take as it is handed on out, at a loudness and under a peak.

What flows in: a sound file of any rate, mono or stereo. What flows out: WAV or FLAC of two channels at the same rate,
whole or not at all, and how loud it was and is. [main]
"""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from plugin.mastering import Preset, find_preset, fitted, loudness_lufs, through, true_peak_dbtp
from realtime.device.sound_file import SoundReader
from score.errors import FileError, UsageError
from vocello.playing.sound_out import SoundOut, depth
from vocello.screen import print_json, progress, say

_SOFTEST_LUFS, _LOUDEST_LUFS = -40.0, -6.0
_READ, _MEASURED, _FITTED, _MADE = 0.05, 0.1, 0.8, 0.9


def master(source: Path, target: Path | None, preset: str, lufs: float | None, bits: str, as_json: bool) -> None:
    """Master one take, and tell. [main]"""
    chosen = _chosen(preset, lufs)
    _refuse_without_meter()
    if target is None:
        raise UsageError("the output has no name.", "Give one: -o OUT.wav")
    if target.is_dir():
        target = target / f"{source.stem}.wav"
    if target.exists() and target.resolve() == source.resolve():
        raise FileError(f"'{target}' would be written over while it is read.", "Name another output: -o OUT.wav")
    reader = SoundReader(source)
    try:
        rate, channels = round(reader.rate), reader.channels
        if channels > 2:
            raise UsageError(f"'{source}' has {channels} channels.", "Mix it to two first.")
        whole_bits = depth(target, bits)
        if not target.parent.is_dir():
            raise FileError(f"there is no folder '{target.parent}'.", f"Make it: mkdir -p '{target.parent}'")
        with progress(f"Mastering {source.name}", not as_json) as step:
            take = reader.read(reader.frames).T
            step(_READ)
            before = _figures(take, rate)
            step(_MEASURED)
            slots = fitted(take, rate, chosen)
            step(_FITTED)
            made = through(slots, take, rate)
            step(_MADE)
            after = _figures(made, rate)
            _write(target, made, rate, whole_bits)
            step(1.0)
    finally:
        reader.close()
    if as_json:
        print_json({"source": str(source), "output": str(target), "preset": preset, "before": before, "after": after})
        return
    say(f"Before: {_told(before)}.")
    say(f"After:  {_told(after)}.")
    say(f"'{target}': {made.shape[1] / rate:.1f} s, as '{preset}': {chosen.says}.")


def _chosen(preset: str, lufs: float | None) -> Preset:
    chosen = find_preset(preset)
    if lufs is None:
        return chosen
    if not _SOFTEST_LUFS <= lufs <= _LOUDEST_LUFS:
        raise UsageError(
            f"nothing is mastered to {lufs:g} LUFS.",
            f"Ask for {_SOFTEST_LUFS:g} to {_LOUDEST_LUFS:g}: --lufs {chosen.target_lufs:g}",
        )
    return replace(chosen, target_lufs=lufs)


def _refuse_without_meter() -> None:
    if importlib.util.find_spec("pyloudnorm") is None:
        raise UsageError("the loudness meter is not installed.", "Type: pip install 'vocello[master]'")


def _figures(sound: npt.NDArray[np.float32], rate: int) -> dict[str, float]:
    return {"lufs": round(loudness_lufs(sound, rate), 2), "true_peak_dbtp": round(true_peak_dbtp(sound), 2)}


def _told(figures: dict[str, float]) -> str:
    return f"{figures['lufs']:.1f} LUFS, true peak {figures['true_peak_dbtp']:.1f} dB"


def _write(target: Path, made: npt.NDArray[np.float32], rate: int, whole_bits: int) -> None:
    out = SoundOut(target, rate, whole_bits)
    try:
        out.write(np.ascontiguousarray(made.T))
        out.close()
    except BaseException:
        out.abandon()
        raise
