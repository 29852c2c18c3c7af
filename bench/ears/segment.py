"""Notes from a curve of pitch: the same rules for every peer that tells a pitch and no notes.

What flows in: a frame every HOP_S with its pitch in Hz, how sure the program is that somebody sings it, and its level.
What flows out: notes (onset_s, offset_s, pitch_midi). The whole recording is known, as these peers know it. Only numpy:
the peers' own environment reads this file too. In order:

1. Voicing. A frame sounds if its confidence reaches the peer's threshold and its level lies at most `quiet_db` under
   the loud of the recording (its 95th percentile). Holes of up to `hole_s` are closed at the pitch around them, since
   a voice does not rest for so short a time.
2. Steadiness. The pitch is smoothed by a median over `smooth_s`, which keeps steps and drops single wrong frames.
3. Steps. Within a sounding stretch a new note begins where the pitch lies `step_st` or more from the median of the
   note so far for `hold_s` on end; it begins halfway through the step. A vibrato comes back sooner than that.
4. Repeats. It also begins where the level has a valley `dip_db` or more under the peaks on both sides within
   `around_s`: at the steepest rise after it.
5. What is shorter than `shortest_s` is no note. A note's pitch is the median of its middle, without the first and last
   fifth, where voices slide.

The constants were chosen on six sight-sung melodies and five songs, for pYIN, CREPE and PESTO together; only the
threshold is each peer's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
HOP_S = 0.01


@dataclass(frozen=True)
class Rules:
    """What counts as a note. [any]"""

    confidence: float
    quiet_db: float = 32.0
    hole_s: float = 0.03
    smooth_s: float = 0.07
    step_st: float = 0.65
    hold_s: float = 0.1
    dip_db: float = 4.0
    around_s: float = 0.12
    shortest_s: float = 0.08


def levels_db(sound: npt.NDArray[np.float32], rate: int, frames: int) -> Array:
    """The level around the middle of each frame, over 30 ms. [any]"""
    energy = np.concatenate([[0.0], np.cumsum(sound.astype(np.float64) ** 2)])
    middle = np.arange(frames) * HOP_S * rate
    first = np.clip(middle - 0.015 * rate, 0, len(sound)).astype(int)
    last = np.clip(middle + 0.015 * rate, 0, len(sound)).astype(int)
    return np.asarray(10.0 * np.log10((energy[last] - energy[first]) / np.maximum(last - first, 1) + 1e-10))


def notes(f0_hz: Array, confidence: Array, level_db: Array, rules: Rules) -> Array:
    """(notes, 3) from frames at 0, HOP_S, 2 HOP_S ... seconds. [any]"""
    heard = np.isfinite(f0_hz) & (f0_hz > 0.0) & (confidence >= rules.confidence)
    heard &= level_db >= np.percentile(level_db, 95) - rules.quiet_db if len(level_db) else False
    pitch = 69.0 + 12.0 * np.log2(np.where(heard, f0_hz, 440.0) / 440.0)
    found: list[tuple[float, float, float]] = []
    for first, last in stretches(_closed(heard, rules)):
        known = np.flatnonzero(heard[first:last])
        curve = _median(np.interp(np.arange(last - first), known, pitch[first:last][known]), rules)
        begins = sorted({0, *_steps(curve, rules), *_repeats(level_db[first:last], rules)})
        for begin, end in zip(begins, [*begins[1:], last - first], strict=True):
            if (end - begin) * HOP_S >= rules.shortest_s:
                fifth = (end - begin) // 5
                middle = float(np.median(curve[begin + fifth : end - fifth]))
                found.append(((first + begin) * HOP_S, (first + end) * HOP_S, middle))
    return np.array(found, np.float64).reshape(-1, 3)


def stretches(sounding: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(first, one past the last) of each run of true frames. [any]"""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], sounding, [False]]).astype(np.int8)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def _closed(heard: npt.NDArray[np.bool_], rules: Rules) -> npt.NDArray[np.bool_]:
    closed = heard.copy()
    for first, last in stretches(~heard):
        if first > 0 and last < len(heard) and (last - first) * HOP_S <= rules.hole_s + 1e-9:
            closed[first:last] = True
    return closed


def _median(curve: Array, rules: Rules) -> Array:
    side = round(rules.smooth_s / HOP_S) // 2
    padded = np.pad(curve, side, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * side + 1), axis=1))


def _steps(curve: Array, rules: Rules) -> list[int]:
    """Where the pitch leaves a note for good."""
    hold = round(rules.hold_s / HOP_S)
    begins, begin, frame = [], 0, hold
    while frame + hold <= len(curve):
        centre = np.median(curve[begin:frame])
        ahead = curve[frame : frame + hold] - centre
        if (ahead >= rules.step_st).all() or (ahead <= -rules.step_st).all():
            halfway = 0.5 * abs(float(np.median(ahead)))
            while frame > begin + 1 and abs(curve[frame - 1] - centre) > halfway:
                frame -= 1
            begins.append(frame)
            begin, frame = frame, frame + hold
        else:
            frame += 1
    return begins


def _repeats(level_db: Array, rules: Rules) -> list[int]:
    """Where the voice takes a new start without a rest."""
    around = round(rules.around_s / HOP_S)
    begins: list[int] = []
    for frame in range(1, len(level_db) - 1):
        before, after = level_db[max(0, frame - around) : frame], level_db[frame + 1 : frame + 1 + around]
        lowest = level_db[frame] <= min(before[-3:].min(), after[:3].min())
        if lowest and min(before.max(), after.max()) - level_db[frame] >= rules.dip_db:
            rise = frame + int(np.argmax(np.diff(level_db[frame : frame + 1 + around // 2]))) + 1
            if not begins or rise - begins[-1] > around // 2:
                begins.append(rise)
    return begins
