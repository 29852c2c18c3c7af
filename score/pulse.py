"""The beat of somebody who plays freely: onsets in seconds in, the moments of the beats out.

Many hands try to tap along, each with a tempo of its own and from another note on; each comes a little toward the notes
that it nearly met, in time and in tempo, and who met most of what counts, at a tempo that people tap, is believed
(after S. Dixon, "Evaluation of the audio beat tracking system BeatRoot", 2007). What the hand tapped is then made as
smooth as music is: its beats lie where the squares of their distances from the notes and of their unevenness are
smallest. Pure values, safe on any thread.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log

from score.errors import EditError

SHORTEST_S, LONGEST_S = 0.25, 1.5
"""Between two beats: 240 to 40 a minute."""
USUAL_S = 0.56
_USUAL_WIDTH = 0.8  # in the logarithm: half and twice as fast are a third as likely
_CHORD_S = 0.04
"""What begins so near together begins together."""
_REACH = 0.22
"""A hand expects a note within this much of a beat around its own tap."""
_COMES_NEARER, _LEARNS = 0.8, 0.3
_STARTS = 8
_TEMPOS = 14
_ALIKE = 0.045
_FAR_APART_S = 3.0
_FIT = 0.07  # of a beat: further off a line nothing lies on it
_LINES = ((0.0, 1.0), (0.5, 0.85), (1 / 3, 0.65), (2 / 3, 0.65), (0.25, 0.6), (0.75, 0.6), (1.0, 1.0))
"""Where within a beat notes are, and how much that speaks for it."""


@dataclass(frozen=True, slots=True)
class Onset:
    """When something began, and how much it counts: long and loud notes are felt as beats. [any]"""

    at_s: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Pulse:
    """The beats, one after the other, from the first note to the last. [any]"""

    beats_s: tuple[float, ...]
    fit: float
    """How much of what was played lies on them and on what divides them, 0 to 1."""

    @property
    def beat_s(self) -> float:
        """How long a beat is on the whole. [any]"""
        return (self.beats_s[-1] - self.beats_s[0]) / (len(self.beats_s) - 1)


def find_pulse(onsets: Iterable[Onset], beats: int | None = None, until_s: float | None = None) -> Pulse:
    """The beat of these onsets; with a number of beats, so many lie between the first and the end. [any]

    EditError where there are too few notes to tell, or none lies on any beat.
    """
    heard = _together(sorted(onsets, key=lambda each: each.at_s))
    if beats is not None and beats < 1:
        raise EditError(f"Nothing lasts {beats} beats.", "Give 1 or more.")
    if len(heard) < (2 if beats else 4):
        raise EditError("There are too few notes to find a beat.", "Pick more of them, or say how many beats they are.")
    first, last = heard[0].at_s, heard[-1].at_s
    if beats is not None:
        return _counted(heard, beats, max(until_s or 0.0, last) - first)
    tries = [_tap(heard, start.at_s, tempo) for tempo in _tempos(heard) for start in heard[:_STARTS]]
    taps, fit, _ = max(tries, key=lambda each: each[2])
    return Pulse(_smooth(taps, heard), fit)


def _counted(heard: Sequence[Onset], beats: int, lasts_s: float) -> Pulse:
    """So many beats from the first onset to about the end: as much more or less as fits best."""
    tries = []
    for step in range(-6, 7):
        beat_s = lasts_s / beats * (1.0 + 0.02 * step)
        taps, fit, _ = _tap(heard, heard[0].at_s, beat_s)
        tries.append((fit - 0.01 * abs(step), (taps + _more(taps, beat_s, beats))[: beats + 1], fit))
    _, taps, fit = max(tries)
    return Pulse(_smooth(taps, heard), fit)


def _more(taps: Sequence[float], beat_s: float, beats: int) -> list[float]:
    last_s = taps[-1] - taps[-2] if len(taps) > 1 else beat_s
    return [taps[-1] + n * last_s for n in range(1, max(beats + 2 - len(taps), 1))]


def _together(onsets: Sequence[Onset]) -> list[Onset]:
    """Chords as one onset, as heavy as all."""
    several: list[Onset] = []
    for each in onsets:
        if several and each.at_s - several[-1].at_s <= _CHORD_S:
            several[-1] = Onset(several[-1].at_s, several[-1].weight + each.weight)
        else:
            several.append(each)
    return several


def _tempos(heard: Sequence[Onset]) -> list[float]:
    """Distances between notes that occur again and again, with what halves and doubles them; the commonest first."""
    clusters: list[list[float]] = []  # the distance, and how much speaks for it
    for n, one in enumerate(heard):
        for other in heard[n + 1 :]:
            apart = other.at_s - one.at_s
            if apart > _FAR_APART_S:
                break
            for beat_s in (apart, apart / 2, apart / 3, apart / 4, apart * 2):
                if SHORTEST_S <= beat_s <= LONGEST_S:
                    _count(clusters, beat_s, (one.weight + other.weight) * (1.0 if beat_s == apart else 0.5))
    clusters.sort(key=lambda each: -each[1] * _likely(each[0]))
    return [each[0] for each in clusters[:_TEMPOS]] or [USUAL_S]


def _count(clusters: list[list[float]], beat_s: float, weight: float) -> None:
    for each in clusters:
        if abs(each[0] - beat_s) <= _ALIKE * beat_s:
            each[0] += (beat_s - each[0]) * weight / (each[1] + weight)
            each[1] += weight
            return
    clusters.append([beat_s, weight])


def _likely(beat_s: float) -> float:
    return exp(-0.5 * (log(beat_s / USUAL_S) / _USUAL_WIDTH) ** 2)


def _tap(heard: Sequence[Onset], start_s: float, beat_s: float) -> tuple[list[float], float, float]:
    """One hand's taps, how well notes lie on them, and how much it is to be believed."""
    times = [each.at_s for each in heard]
    taps, met, usual = [start_s], 0.0, beat_s
    while taps[-1] + 0.5 * beat_s < times[-1]:
        expected = taps[-1] + beat_s
        near = _nearest(times, expected)
        missed = times[near] - expected
        if abs(missed) <= _REACH * beat_s:
            expected += _COMES_NEARER * missed
            beat_s = min(max(beat_s + _LEARNS * missed, usual / 1.6), usual * 1.6)
            met += min(heard[near].weight, 2.0) * (1.0 - abs(missed) / (_REACH * beat_s) * 0.5)
        taps.append(max(expected, taps[-1] + 0.3 * beat_s))
    while taps[0] - 0.9 * usual > times[0]:
        taps.insert(0, taps[0] - usual)
    if len(taps) < 2:
        taps.append(taps[0] + beat_s)
    mean = sum(each.weight for each in heard) / len(heard)
    fit = sum(each.weight * _on_a_line(taps, each.at_s) for each in heard) / sum(each.weight for each in heard)
    filled = min(met / mean / len(taps), 1.0)
    steady = 1.0 - min(_unevenness(taps), 0.5)
    return taps, fit, fit * (0.35 + 0.65 * filled) * steady * _likely((taps[-1] - taps[0]) / (len(taps) - 1))


def _nearest(times: Sequence[float], moment: float) -> int:
    at = bisect_left(times, moment)
    return min((n for n in (at - 1, at) if 0 <= n < len(times)), key=lambda n: abs(times[n] - moment))


def _on_a_line(taps: Sequence[float], moment: float) -> float:
    at = min(max(bisect_left(taps, moment) - 1, 0), len(taps) - 2)
    part = ((moment - taps[at]) / (taps[at + 1] - taps[at])) % 1.0
    return max(worth * max(1.0 - abs(part - line) / _FIT, 0.0) for line, worth in _LINES)


def _unevenness(taps: Sequence[float]) -> float:
    """How much one beat differs from the next, as a share of it."""
    lasts = [after - before for before, after in pairwise(taps)]
    return sum(abs(log(after / before)) for before, after in pairwise(lasts)) / max(len(lasts) - 1, 1)


def _smooth(taps: Sequence[float], heard: Sequence[Onset], stiffness: float = 12.0) -> tuple[float, ...]:
    """Beats near the notes that were on them, and even otherwise.

    (W + s DᵀD) b = W t, where D b are second differences, solved by elimination in a band of five.
    """
    count, times = len(taps), [each.at_s for each in heard]
    if count < 3:
        return tuple(taps)
    targets, weights = list(taps), [0.05] * count
    for n, tap in enumerate(taps):
        near = _nearest(times, tap)
        around = min(after - before for before, after in pairwise(taps[max(n - 1, 0) : n + 2]))
        if abs(times[near] - tap) <= _REACH * around:
            targets[n], weights[n] = times[near], min(heard[near].weight, 2.0)
    rows = [[0.0] * 5 for _ in range(count)]  # of the band: two before the diagonal, itself, two behind
    for n in range(count - 2):
        for i, a in enumerate((1.0, -2.0, 1.0)):
            for j, b in enumerate((1.0, -2.0, 1.0)):
                rows[n + i][2 + j - i] += stiffness * a * b
    right = [weight * target for weight, target in zip(weights, targets, strict=True)]
    for n, weight in enumerate(weights):
        rows[n][2] += weight
    for n in range(count):
        for below in (n + 1, n + 2):
            if below < count and rows[below][2 - (below - n)]:
                factor = rows[below][2 - (below - n)] / rows[n][2]
                for k in range(3):
                    rows[below][2 - (below - n) + k] -= factor * rows[n][2 + k]
                right[below] -= factor * right[n]
    for n in reversed(range(count)):
        later = sum(rows[n][2 + k] * right[n + k] for k in (1, 2) if n + k < count)
        right[n] = (right[n] - later) / rows[n][2]
    return tuple(right)
