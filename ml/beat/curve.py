"""The tempo of a finished take as a curve, and as the few straight pieces a score is written in.

What flows in: onsets in seconds and their places in beats. What flows out: when each beat was, and a map of ticks.
Pure, on any thread.

A player's beat is a straight line that bends a little: the time of a beat and its length, the length straying slowly,
seen through onsets that are off by some 20 ms. The Kalman filter of that, run forwards, and the smoother of Rauch, Tung
and Striebel ("Maximum likelihood estimates of linear dynamic systems", AIAA Journal 3, 1965), run backwards, give the
curve. The map then keeps only those of its beats without which some beat would be off by more than one can hear.
"""

from __future__ import annotations

from itertools import pairwise
from math import ceil, floor

import numpy as np

from ml.beat.belief import LOG_STEP, Cells
from score.tempo import TICKS_PER_QUARTER, Tempo, TempoMap

_JITTER_S = 0.023
_STRAYS = 0.02  # of a beat's length, each beat
_LEAP = 5 * LOG_STEP  # a tempo that changes by more from one note to the next leapt there
_LEAPT = 0.3
_HEARD_S = 0.02  # a beat that is off by less is on time

_SHORTEST_BEAT_S = 0.2


def beat_times(onsets_s: Cells, beats: Cells, bpm: Cells) -> tuple[int, Cells]:
    """The number of the first beat at or before the first onset, and when it and each one after it was. [worker]"""
    count = len(onsets_s)
    states, spreads = np.empty((count, 2)), np.empty((count, 2, 2))
    ahead, ahead_spreads = np.empty((count, 2)), np.empty((count, 2, 2))
    steps = np.diff(beats, prepend=beats[0])
    state = np.array([onsets_s[0], 60.0 / bpm[0]])
    spread = np.diag([_JITTER_S**2, (0.1 * state[1]) ** 2])
    for n, step in enumerate(steps):
        if n:
            turn = np.array([[1.0, step], [0.0, 1.0]])
            strays = (_STRAYS * state[1]) ** 2
            noise = strays * np.array([[step**3 / 3.0, step**2 / 2.0], [step**2 / 2.0, step]])
            if abs(np.log(bpm[n] / bpm[n - 1])) > _LEAP:
                noise[1, 1] += (_LEAPT * state[1]) ** 2
            state, spread = turn @ state, turn @ spread @ turn.T + noise
            ahead[n], ahead_spreads[n] = state, spread
            gain = spread[:, 0] / (spread[0, 0] + _JITTER_S**2)
            state = state + gain * (onsets_s[n] - state[0])
            spread = spread - np.outer(gain, spread[0])
        states[n], spreads[n] = state, spread
    for n in range(count - 2, -1, -1):
        turn = np.array([[1.0, steps[n + 1]], [0.0, 1.0]])
        back = np.linalg.solve(ahead_spreads[n + 1], turn @ spreads[n]).T
        states[n] += back @ (states[n + 1] - ahead[n + 1])
    states[:, 1] = np.maximum(states[:, 1], _SHORTEST_BEAT_S)
    return _at_whole_beats(beats, states)


def tempo_map(first_beat: int, times_s: Cells) -> tuple[TempoMap, int]:
    """The map on which every beat comes when it was sung, and the tick of the beat `first_beat`.

    Music rarely begins with the recording: what comes before the first beat is filled with as many beats as fit best.
    [worker]
    """
    skipped = int(np.argmax(times_s > 0.3 * (times_s[1] - times_s[0])))
    kept = times_s[skipped:]
    lead = max(1, round(kept[0] / (times_s[1] - times_s[0])))
    tempos = [Tempo(0, _us(float(kept[0]) / lead))]
    knots = _knots(kept)
    for begin, end in pairwise(knots):
        beat_s = float(kept[end] - kept[begin]) / (end - begin)
        tempos.append(Tempo((lead + begin) * TICKS_PER_QUARTER, _us(beat_s)))
    return TempoMap(tempos=tuple(tempos)), (lead - skipped) * TICKS_PER_QUARTER


def _at_whole_beats(beats: Cells, states: Cells) -> tuple[int, Cells]:
    """Between two onsets the curve that has both their times and both their tempi (Hermite's); beyond, straight on."""
    first, last = floor(beats[0]), max(ceil(beats[-1]), floor(beats[0]) + 1)
    whole = np.arange(first, last + 1, dtype=np.float64)
    keep = np.concatenate(([True], np.diff(beats) > 1e-6))
    beats, states = beats[keep], states[keep]
    left = np.clip(np.searchsorted(beats, whole, "right") - 1, 0, max(0, len(beats) - 2))
    right = np.minimum(left + 1, len(beats) - 1)
    width = np.where(right > left, beats[right] - beats[left], 1.0)
    u = np.clip((whole - beats[left]) / width, 0.0, 1.0)
    times = (
        (1 + 2 * u) * (1 - u) ** 2 * states[left, 0]
        + u * (1 - u) ** 2 * width * states[left, 1]
        + u * u * (3 - 2 * u) * states[right, 0]
        - u * u * (1 - u) * width * states[right, 1]
    )
    times += np.minimum(whole - beats[0], 0.0) * states[0, 1] + np.maximum(whole - beats[-1], 0.0) * states[-1, 1]
    # A beat lasts at least so long, whatever two notes on one line would say.
    floor_s = _SHORTEST_BEAT_S * np.arange(len(times))
    return first, np.asarray(np.maximum.accumulate(times - floor_s) + floor_s)


def _knots(times_s: Cells) -> list[int]:
    """The beats that the others lie between on straight lines, nearly (Ramer 1972, Douglas and Peucker 1973)."""
    knots, left = {0, len(times_s) - 1}, [(0, len(times_s) - 1)]
    while left:
        begin, end = left.pop()
        if end - begin < 2:
            continue
        straight = np.linspace(times_s[begin], times_s[end], end - begin + 1)
        off = np.abs(times_s[begin : end + 1] - straight)
        worst = begin + int(off.argmax())
        if off.max() > _HEARD_S:
            knots.add(worst)
            left += [(begin, worst), (worst, end)]
    return sorted(knots)


def _us(beat_s: float) -> int:
    return min(max(round(beat_s * 1e6), 1), 0xFFFFFF)
