"""How high the voice is: one hop in, its fundamental and how sure that is out.

What flows in: hops of `ml/frames.py`. What flows out: f0, clarity and level of each. Runs on the ears thread, compiled.

McLeod and Wyvill's normalised square difference ("A smarter way to find pitch", ICMC 2005), over windows that grow
with the period looked for: a high note is known from its first 10 ms, a low one waits for as many periods as it
needs. A short and a long row of windows are read side by side: the short one knows a new note 10 ms earlier and says
the pitch; the long one, which a consonant or a formant misleads less, says near which pitch to look for the next.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ml.compiled import compiled
from ml.frames import HOP, RATE_HZ

LOWEST_HZ, HIGHEST_HZ = 65.0, 1_100.0
SILENCE_DB = -120.0

_SHORTEST = int(RATE_HZ / HIGHEST_HZ)  # the range of periods, in samples
_LONGEST = int(RATE_HZ / LOWEST_HZ) + 1
_SHORT_LEAST, _SHORT_PERIODS = 128, 1.0  # each window: at least so many samples, at least so many periods
_LONG_LEAST, _LONG_PERIODS = 320, 2.0
_OCTAVE_COST = 0.06  # an octave lower must be this much clearer: every multiple of a period is one as well
_STAYING = 0.08  # and one near the pitch just heard needs this much less
_NEAR_ST = 1.5
_TRUSTED = 0.8  # clarity from which the pitch of the long windows is remembered
_FAINTEST = 0.3  # clarity below which nothing repeats
_SPAN = 96  # samples: a shorter period is measured over several, since its own peak is only a few samples wide
_NOTHING = 1e-6  # energy of a window at -85 dB: silence has no pitch, and is divided by something
_HISTORY = 768  # the longest window and the longest period, and more
_LAGS = _LONGEST + 2
FOUND = 5  # f0, clarity, level; f0 and clarity of the long windows

STATE = np.dtype(
    [
        ("history", "f4", (_HISTORY,)),  # oldest first
        ("energy", "f8", (_HISTORY + 1,)),  # of the history up to each sample
        ("short", "f4", (_LAGS,)),  # the normalised difference at each lag
        ("long", "f4", (_LAGS,)),
        ("last", "f8"),  # the period heard in the last hop, 0 for none
    ],
    align=True,
)


class Pitch(NamedTuple):
    """What one hop says of the voice's pitch. [any]"""

    f0_hz: float  # 0.0 where nothing repeats
    clarity: float  # 0..1: how much of the sound repeats at this pitch
    level_db: float  # of full scale, over 10 ms


class Tracker(Protocol):
    """Whatever says how high a voice is. [ears]"""

    def reset(self) -> None:
        """Forget all sound. [ears]"""

    def hear(self, hop: npt.NDArray[np.float32]) -> Pitch:
        """The pitch at the end of this hop. [ears]"""


class PitchTracker:
    """The pitch of a stream of hops; all it remembers is 50 ms of sound and the last pitch. [ears]"""

    def __init__(self) -> None:
        self._state = np.zeros(1, STATE)
        self._found = np.zeros(FOUND)

    def reset(self) -> None:
        """Forget all sound. [ears]"""
        self._state[0] = np.zeros(1, STATE)[0]

    def hear(self, hop: npt.NDArray[np.float32]) -> Pitch:
        """The pitch at the end of this hop. [ears]"""
        track(self._state, hop, self._found)
        return Pitch(*self._found[:3].tolist())


@compiled
def track(states: Any, hop: Any, found: Any) -> None:
    """One hop through both rows of windows; both stay in the state. [ears]"""
    s = states[0]
    history, energy = s.history, s.energy
    for i in range(_HISTORY - HOP):
        history[i] = history[i + HOP]
    for i in range(HOP):
        history[_HISTORY - HOP + i] = hop[i]
    energy[0] = 0.0
    for i in range(_HISTORY):
        energy[i + 1] = energy[i] + history[i] * history[i]
    _likeness(history, energy, s.short, s.long)
    period, clarity = _best(s.short, s.last)
    long_period, long_clarity = _best(s.long, s.last)
    s.last = long_period if long_clarity > _TRUSTED else 0.0
    power = (energy[_HISTORY] - energy[_HISTORY - 2 * HOP]) / (2 * HOP)
    found[0] = RATE_HZ / period if period > 0.0 else 0.0
    found[1] = clarity
    found[2] = max(SILENCE_DB, 10.0 * np.log10(power + 1e-12))
    found[3] = RATE_HZ / long_period if long_period > 0.0 else 0.0
    found[4] = long_clarity


@compiled
def _likeness(history: Any, energy: Any, short: Any, long: Any) -> None:
    """How alike the newest sound and the sound one lag earlier are, for every lag: 1 is the same. [ears]"""
    for lag in range(_SHORTEST - 1, _LAGS):
        near = _HISTORY - max(_SHORT_LEAST, int(_SHORT_PERIODS * lag))
        far = _HISTORY - max(_LONG_LEAST, int(_LONG_PERIODS * lag))
        product = _product(history[near:_HISTORY], history[near - lag : _HISTORY - lag])
        both = energy[_HISTORY] - energy[near] + energy[_HISTORY - lag] - energy[near - lag]
        short[lag] = 2.0 * product / (both + _NOTHING)
        product += _product(history[far:near], history[far - lag : near - lag])  # the short one is its newest part
        both = energy[_HISTORY] - energy[far] + energy[_HISTORY - lag] - energy[far - lag]
        long[lag] = 2.0 * product / (both + _NOTHING)


@compiled
def _product(now: Any, then: Any) -> float:
    """How much of one stretch lies in another as long; counted from nought, so that it fills the lanes. [ears]"""
    product = np.float32(0.0)
    for i in range(len(now)):
        product += now[i] * then[i]
    return product


@compiled
def _best(row: Any, last: float) -> tuple[float, float]:
    """The lag of the best peak, between samples, and its clarity. [ears]"""
    best, best_score = 0, -1.0
    for lag in range(_SHORTEST, _LONGEST + 1):
        if row[lag] > _FAINTEST and row[lag] >= row[lag - 1] and row[lag] > row[lag + 1]:
            score = row[lag] - _OCTAVE_COST * np.log2(lag / _SHORTEST)
            if last > 0 and abs(12.0 * np.log2(lag / last)) < _NEAR_ST:
                score += _STAYING
            if score > best_score:
                best, best_score = lag, score
    if best == 0:
        return 0.0, 0.0
    place, height = _summit(row, best)
    times = int(_SPAN / place)
    if times > 1:
        middle = int(times * place + 0.5)
        top = middle
        for lag in range(middle - 1, middle + 2):
            if row[lag] > row[top]:
                top = lag
        if row[top] > 0.9 * height and row[top] >= row[top - 1] and row[top] >= row[top + 1]:
            many, _ = _summit(row, top)
            place = many / times
    return place, min(max(height, 0.0), 1.0)


@compiled
def _summit(row: Any, lag: int) -> tuple[float, float]:
    """The top of the parabola through a peak and its neighbours. [ears]"""
    before, at, after = row[lag - 1], row[lag], row[lag + 1]
    bend = before - 2.0 * at + after
    if bend > -1e-9:
        return float(lag), float(at)
    away = 0.5 * (before - after) / bend
    return lag + away, at - 0.25 * (before - after) * away
