"""The last room a take goes through: colour, glue, warmth, loudness, and a ceiling that nothing breaks.

What flows in: a take, and the name of a preset. What flows out: the take as it is handed on, or the slots that made
it, which a live rack plays as well: they are the rack's own kernels, and offline gives what live does, bit by bit.

Loudness is that of ITU-R BS.1770-4 and EBU R 128, measured by pyloudnorm. A take is first brought to LEVEL_LUFS, where
the presets expect it; behind the warmth its loudness is set so that what comes out past the ceiling meets the target.
Sounds are float32 arrays of channels × frames. [main]
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from realtime.dsp.compressor import compressor
from realtime.dsp.equaliser import equaliser
from realtime.dsp.gain import gain
from realtime.dsp.saturation import saturation
from realtime.dsp.true_peak import true_peak
from realtime.kernel import Kernel
from realtime.kernel_source import IO
from realtime.layout import BLOCK_AT_MOST, OUT_LEFT, OUT_RIGHT, WIRES
from realtime.rack import Rack, Slot
from score.errors import UsageError

Samples = npt.NDArray[np.float32]
Knobs = Mapping[str, float]

LEVEL_LUFS = -20.0
"""A fainter take is lifted there by 24 dB at most, as far as a fader goes; the rest is added behind the warmth."""

NEAR_LU = 0.05
TRIES = 16
SHORTEST_S = 0.4
"""A block of the loudness meter; of less there is no loudness."""

SPARE_DB = 0.1
"""The ceiling lies so much under the promised peak: meters differ in how they draw the wave between samples."""

_LOOKED_AT = 1 << 14  # samples
_HIGHER_AT_MOST = 4.0
"""Of a sum of samples that all conspire: no wave between them rises higher over its samples."""

NOTHING: Knobs = MappingProxyType({})


@dataclass(frozen=True)
class Preset:
    """What a master is for, and how its effects are set; knobs that are not named stay where they begin. [any]"""

    says: str
    target_lufs: float
    peak_dbtp: float = -1.0
    colour: Knobs = field(default_factory=lambda: NOTHING)
    glue: Knobs = field(default_factory=lambda: NOTHING)
    warmth: Knobs = field(default_factory=lambda: NOTHING)
    ceiling: Knobs = field(default_factory=lambda: NOTHING)


_STILL = {"ratio": 1.0}

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "gentle": Preset(
            "little more than the right loudness: for what is good already",
            target_lufs=-18.0,
            colour={"low_cut_hz": 24.0},
            glue={"threshold_db": -22.0, "ratio": 1.3, "knee_db": 18.0, "attack_s": 0.03, "release_s": 0.2},
        ),
        "chamber": Preset(
            "one string instrument close by: wood below, air above, dynamics kept",
            target_lufs=-20.0,
            colour={
                "low_cut_hz": 30.0,
                "low_shelf_hz": 180.0,
                "low_shelf_db": 1.0,
                "bell_3_hz": 2_600.0,
                "bell_3_db": -1.2,
                "bell_3_q": 0.9,
                "high_shelf_hz": 9_000.0,
                "high_shelf_db": 1.5,
            },
            glue={
                "threshold_db": -20.0,
                "ratio": 1.5,
                "knee_db": 15.0,
                "attack_s": 0.04,
                "release_s": 0.25,
                "mix": 0.8,
            },
            warmth={"drive": 0.06, "even": 0.6},
        ),
        "streaming": Preset(
            "as loud as the large services play, so that they leave it alone",
            target_lufs=-14.0,
            colour={"low_cut_hz": 28.0, "high_shelf_hz": 10_000.0, "high_shelf_db": 0.8},
            glue={"threshold_db": -22.0, "ratio": 2.0, "knee_db": 12.0, "attack_s": 0.02, "release_s": 0.15},
            warmth={"drive": 0.08, "even": 0.4},
        ),
        "loud": Preset(
            "forward and dense, beside other loud things",
            target_lufs=-10.0,
            colour={"low_cut_hz": 32.0, "bell_2_hz": 320.0, "bell_2_db": -1.0, "high_shelf_db": 1.5},
            glue={"threshold_db": -26.0, "ratio": 3.0, "knee_db": 10.0, "attack_s": 0.012, "release_s": 0.1},
            warmth={"drive": 0.16, "even": 0.4},
            ceiling={"release_s": 0.05},
        ),
        "film": Preset(
            "for picture and broadcast (EBU R 128): nothing is squeezed",
            target_lufs=-23.0,
            colour={"low_cut_hz": 24.0},
            glue=_STILL,
        ),
    }
)


def find_preset(name: str) -> Preset:
    """The preset of that name. [any]"""
    if name not in PRESETS:
        raise UsageError(f"there is no preset '{name}'.", f"There are: {', '.join(PRESETS)}.")
    return PRESETS[name]


def chain(preset: str | Preset, level_db: float = 0.0, loudness_db: float = 0.0) -> tuple[Slot, ...]:
    """The slots of a master, for a live rack or for `through`; what the gains are, `fitted` finds out. [main]"""
    chosen = find_preset(preset) if isinstance(preset, str) else preset
    return (
        Slot("level", gain, {"gain_db": level_db}),
        Slot("colour", equaliser, dict(chosen.colour)),
        Slot("glue", compressor, dict(chosen.glue)),
        Slot("warmth", saturation, dict(chosen.warmth)),
        Slot("loudness", gain, {"gain_db": loudness_db}),
        Slot("ceiling", true_peak, {**chosen.ceiling, "ceiling_db": chosen.peak_dbtp - SPARE_DB}),
    )


def mastered(sound: Samples, rate: float, preset: str | Preset = "streaming") -> Samples:
    """A take as it is handed on: as long as it came, two channels, at the preset's loudness, under its peak. [main]"""
    return through(fitted(sound, rate, preset), sound, rate)


def fitted(sound: Samples, rate: float, preset: str | Preset = "streaming") -> tuple[Slot, ...]:
    """The chain with its gains set for this take. [main]"""
    chosen = find_preset(preset) if isinstance(preset, str) else preset
    level_db = LEVEL_LUFS - loudness_lufs(sound, rate)
    slots = chain(chosen, level_db)
    warm = through(slots[:4], sound, rate)
    gain_db = chosen.target_lufs - loudness_lufs(warm, rate)
    for _ in range(TRIES):
        last = (replace(slots[4], knobs={"gain_db": gain_db}), slots[5])
        short_lu = chosen.target_lufs - loudness_lufs(through(last, warm, rate), rate)
        if abs(short_lu) <= NEAR_LU:
            return (*slots[:4], *last)
        gain_db += 1.2 * short_lu if short_lu > 0.0 else short_lu  # against a ceiling a decibel gains less than one
    raise UsageError(
        f"this take does not come to {chosen.target_lufs:g} LUFS, it stays {short_lu:+.1f} LU away.",
        "It is too faint, or nearly all silence; raise its level first, or choose a softer preset.",
    )


def loudness_lufs(sound: Samples, rate: float) -> float:
    """How loud a take is as a whole, as BS.1770-4 gates and weighs it. [main]"""
    import pyloudnorm

    both = _two_channels(sound)
    if both.shape[1] < SHORTEST_S * rate:
        raise UsageError(f"a take of {both.shape[1] / rate:.2f} s has no loudness.", f"It takes {SHORTEST_S:g} s.")
    if not np.isfinite(both).all():
        raise UsageError("the take holds samples that are no numbers.", "Export it anew.")
    loudness = float(pyloudnorm.Meter(rate).integrated_loudness(both.T.astype(np.float64)))
    if not math.isfinite(loudness):
        raise UsageError("the take is silent.", "Its loudest passage lies under -70 LUFS.")
    return loudness


def true_peak_dbtp(sound: Samples) -> float:
    """The highest point of the wave between the samples, looked at from four times as close (BS.1770-4). [main]"""
    taps = _between_samples()
    reach = taps.shape[1] // 2
    highest = 0.0
    for side in _two_channels(sound):
        padded = np.pad(side.astype(np.float64), reach)
        for start in range(0, len(side), _LOOKED_AT):
            part = padded[start : start + _LOOKED_AT + 2 * reach]
            if float(np.abs(part).max()) * _HIGHER_AT_MOST > highest:
                highest = max(highest, *(float(np.abs(np.convolve(part, row, "valid")).max()) for row in taps))
    return max(20.0 * math.log10(highest), -200.0) if highest > 0.0 else -200.0


def _between_samples() -> npt.NDArray[np.float64]:
    """(4, taps): the wave at each quarter of the way from one sample to the next, by a windowed sinc."""
    reach = 32
    away = np.arange(-reach, reach + 1)[None, :] + np.arange(4)[:, None] / 4.0
    window = np.i0(9.0 * np.sqrt(np.maximum(0.0, 1.0 - (away / (reach + 1)) ** 2))) / np.i0(9.0)
    return np.asarray(np.sinc(away) * window)


def through(slots: Sequence[Slot], sound: Samples, rate: float) -> Samples:
    """What a chain makes of a sound, without the wait that its effects need. [main]"""
    rack = Rack(rate, slots)
    program = rack.program
    late = sum(slot.kernel.latency_frames for slot in slots)
    both = _two_channels(sound)
    frames = both.shape[1] + late
    wires = np.zeros((WIRES, frames), np.float32)
    wires[[OUT_LEFT, OUT_RIGHT], : both.shape[1]] = both
    io = np.zeros(1, IO)
    io["rate"] = rate
    for k, (kernel, state) in enumerate(zip(program.kernels, program.states, strict=True)):
        assert isinstance(kernel, Kernel)
        step = program.record["steps"][0][k]
        for start in range(0, frames, BLOCK_AT_MOST):
            io["frame"] = start
            for side in ("inputs", "outputs"):
                for channel, wire in enumerate(step[side]):
                    io[side][0, channel] = wires[wire, start:].ctypes.data if wire >= 0 else 0
            kernel.run(state, io, min(BLOCK_AT_MOST, frames - start))
    return wires[[OUT_LEFT, OUT_RIGHT], late:]


def _two_channels(sound: Samples) -> Samples:
    both = np.atleast_2d(np.asarray(sound, np.float32))
    if both.ndim != 2 or both.shape[0] not in (1, 2):
        raise UsageError(f"a take of shape {both.shape} is neither mono nor stereo.", "Give channels × frames.")
    return np.repeat(both, 2, axis=0) if both.shape[0] == 1 else both
