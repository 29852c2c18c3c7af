"""Where something is struck: one hop in, a strike out once its first 16 ms are known.

What flows in: hops of `ml/frames.py`. What flows out: a strike with its level, its age, and the shape of its first
16 ms: what each of six bands did in the first, second and third part of it. Runs on the ears thread, compiled.

Six bands of filters, whose energy is read every 1.25 ms, so that a strike's beginning is known finer than a hop. What
counts is how far the bands rise above the most they were shortly before: noise that goes on, and a vowel that is
held, rise above nothing. A sound that grows by much while it is looked at is looked at afresh from there: the breath
before a kick is not the kick, and of a vowel that swells its full voice is judged.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ml.compiled import compiled
from ml.frames import HOP, RATE_HZ
from score.errors import ModelError

EDGES_HZ = (180.0, 500.0, 1_200.0, 2_800.0, 5_000.0)
BANDS = len(EDGES_HZ) + 1
SLICE = 20  # samples: 1.25 ms
SHAPE_VERSION = 1
"""Of what a shape's numbers mean: a kit learned from others must be learned again."""

_SLICES = HOP // SLICE
_LOOK = 13  # slices of a strike that its shape is made of
_PARTS = (0, 4, 8, _LOOK)  # slices at which its first, second and third part begin, and the last one ends
SHAPE = BANDS * (len(_PARTS) - 1) + 4

_REMEMBERED = 64  # slices
_PAST_FROM, _PAST_TO = 3, 20  # slices ago: what a rise is measured against
_ROOM_SLICES = 16  # before a strike: what is taken off its energy as the room's, or as the sound that went on
_RISE_DB = 5.0  # mean over the bands: from here on something was struck
_BAND_MOST_DB = 18.0  # one band alone is a whistle, or a pitch that moved
_GREW = 5.0  # times the energy: then the strike begins here, and not before
_QUIETEST_DB = -55.0  # a strike below is the room's
_OVER_ROOM = 3.0  # times the room's energy: rises below this are its own flickering
_ROOM_RISES = 1.0006  # a slice: 2 dB a second
_ROOM_FALLS = 0.05
_LEAST = 1e-9  # energy of a band at -90 dB
_FAINTEST = 1e-3  # of a strike's energy: what a band has below -30 dB tells of the room and the microphone
_REFRACTORY_SLICES = 48  # 60 ms: no tongue is faster
_AGAIN_SLICES = 16  # after something that was no strike: the next may come sooner
_LOUDEST = 4.0

STATE = np.dtype(
    [
        ("coefficients", "f8", (BANDS, 2, 5)),
        ("memory", "f8", (BANDS, 2, 2)),
        ("energy", "f8", (_REMEMBERED, BANDS)),  # a ring of slices
        ("crossings", "f8", (_REMEMBERED,)),
        ("alike", "f8", (_REMEMBERED,)),  # of each slice: product of neighbouring samples, over their energy
        ("room", "f8", (BANDS,)),
        ("last", "f8"),
        ("slices", "i8"),  # heard since the beginning
        ("started", "i8"),  # the slice a strike that is looked at began with; -1 for none
        ("greatest", "f8"),  # its energy so far
        ("deaf_until", "i8"),
    ],
    align=True,
)


class Strike(NamedTuple):
    """Something was struck. [any]"""

    shape: npt.NDArray[np.float64]  # (SHAPE,), levels left out
    level_db: float  # of full scale, over its loudest 2.5 ms
    age_samples: int  # since its first slice


class StrikeFinder:
    """The strikes in a stream of hops; it remembers 80 ms. [ears]"""

    def __init__(self) -> None:
        self._state = np.zeros(1, STATE)
        self._shape = np.zeros(SHAPE)
        self._told = np.zeros(2)
        self.reset()

    def reset(self) -> None:
        """Forget all sound. [ears]"""
        self._state[0] = np.zeros(1, STATE)[0]
        self._state["coefficients"] = _filters()
        self._state["room"] = _LEAST
        self._state["energy"] = _LEAST
        self._state["started"] = -1

    def hear(self, hop: npt.NDArray[np.float32]) -> Strike | None:
        """The strike that this hop makes known, if any. [ears]"""
        if hop.shape != (HOP,):
            raise ModelError(
                f"the drums were given {hop.shape} samples, not a hop of {HOP}.", "Cut them with ml.frames.Frames."
            )
        if not _hear(self._state, hop, self._shape, self._told):
            return None
        return Strike(self._shape.copy(), float(self._told[0]), int(self._told[1]))

    def refused(self) -> None:
        """The last strike was none: be ready for the next sooner. [ears]"""
        s = self._state[0]
        s["deaf_until"] = min(int(s["deaf_until"]), int(s["slices"]) + _AGAIN_SLICES)

    def hiss_db(self) -> float:
        """The level above 2.8 kHz in the last 5 ms: whether a cymbal still sounds. [ears]"""
        s = self._state[0]
        newest = (int(s["slices"]) - 1 - np.arange(_SLICES)) % _REMEMBERED
        return 10.0 * math.log10(float(s["energy"][newest, -2:].sum()) / _SLICES + 1e-12)


def _filters() -> npt.NDArray[np.float64]:
    """(bands, 2, 5): b0 b1 b2 a1 a2 of a fourth-order Linkwitz and Riley edge on either side (1976)."""
    edges: list[float] = [0.0, *EDGES_HZ, 0.0]
    made = np.zeros((BANDS, 2, 5))
    for band, (low_hz, high_hz) in enumerate(pairwise(edges)):
        if not low_hz or not high_hz:
            made[band, :] = _edge(low_hz or high_hz, high=not high_hz)
        else:
            made[band, 0], made[band, 1] = _edge(low_hz, high=True), _edge(high_hz, high=False)
    return made


def _edge(cut_hz: float, *, high: bool) -> list[float]:
    """A Butterworth of second order (Bristow-Johnson's cookbook)."""
    turn = 2.0 * math.pi * cut_hz / RATE_HZ
    alpha, cosine = math.sin(turn) / math.sqrt(2.0), math.cos(turn)
    sign = -1.0 if high else 1.0
    middle = 1.0 - sign * cosine
    b = [middle / 2.0, sign * middle, middle / 2.0]
    return [each / (1.0 + alpha) for each in (*b, -2.0 * cosine, 1.0 - alpha)]


@compiled
def _hear(states: Any, hop: Any, shape: Any, told: Any) -> bool:
    """One hop; True when `shape` and `told` (level, age) hold a strike. [ears]"""
    s = states[0]
    found = False
    for n in range(_SLICES):
        at = s.slices % _REMEMBERED
        _listen(s, hop, n * SLICE, at)
        s.slices += 1
        if s.slices < _REMEMBERED:
            continue  # against what was before the stream anything would rise
        _look(s)
        if s.started >= 0 and s.slices - s.started >= _LOOK:
            level_db = _level_db(s)
            if level_db >= _QUIETEST_DB:
                s.deaf_until = s.started + _REFRACTORY_SLICES
                _describe(s, shape)
                told[0], told[1] = level_db, (s.slices - s.started) * SLICE + HOP - (n + 1) * SLICE
                found = True
            s.started = -1
    return found


@compiled
def _listen(s: Any, hop: Any, start: int, at: int) -> None:
    """One slice through the filters, into the ring. [ears]"""
    for band in range(BANDS):
        s.energy[at, band] = 0.0
    crossings, together, apart = 0.0, 0.0, 1e-12
    for i in range(start, start + SLICE):
        value = float(hop[i])
        if not np.isfinite(value):
            value = 0.0
        value = min(max(value, -_LOUDEST), _LOUDEST)
        crossings += 1.0 if (value >= 0.0) != (s.last >= 0.0) else 0.0
        together += value * s.last
        apart += value * value
        s.last = value
        for band in range(BANDS):
            out = value
            for section in range(2):
                c, m = s.coefficients[band, section], s.memory[band, section]
                after = c[0] * out + m[0]
                m[0] = c[1] * out - c[3] * after + m[1]
                m[1] = c[2] * out - c[4] * after
                out = after
            s.energy[at, band] += out * out / SLICE
    s.crossings[at] = crossings / SLICE
    s.alike[at] = min(max(together / apart, -1.0), 1.0)
    for band in range(BANDS):
        energy = s.energy[at, band] + _LEAST
        s.energy[at, band] = energy
        if energy < s.room[band]:
            s.room[band] += _ROOM_FALLS * (energy - s.room[band])
        else:
            s.room[band] *= _ROOM_RISES


@compiled
def _pair(s: Any, slices_ago: int, band: int) -> float:
    """The energy of 2.5 ms that ended so long ago. [ears]"""
    newest = s.slices - 1 - slices_ago
    return 0.5 * (s.energy[newest % _REMEMBERED, band] + s.energy[(newest - 1) % _REMEMBERED, band])


@compiled
def _look(s: Any) -> None:
    """Begin to look at a strike where the bands rise, or begin afresh where it grew. [ears]"""
    rise_db, total = 0.0, 0.0
    for band in range(BANDS):
        now = _pair(s, 0, band)
        total += now
        before = 0.0
        for ago in range(_PAST_FROM, _PAST_TO):
            before = max(before, _pair(s, ago, band))
        floor = _OVER_ROOM * s.room[band] + _LEAST
        rise_db += min(max(10.0 * np.log10((now + floor) / (before + floor)), 0.0), _BAND_MOST_DB)
    if s.started >= 0:
        if total > _GREW * s.greatest and s.slices - s.started > 3:
            s.started = s.slices - 2
        s.greatest = max(s.greatest, total)
    elif rise_db >= BANDS * _RISE_DB and s.slices >= s.deaf_until:
        s.started = s.slices - 2
        s.greatest = total


@compiled
def _level_db(s: Any) -> float:
    """Of the strike's loudest 2.5 ms. [ears]"""
    loudest = 1e-12
    for ago in range(_LOOK - 1):
        total = 0.0
        for band in range(BANDS):
            total += _pair(s, ago, band)
        loudest = max(loudest, total)
    return 10.0 * np.log10(loudest)


@compiled
def _describe(s: Any, shape: Any) -> None:
    """The strike's shape: its energy by part and band, and how coarse its wave is, early and late. [ears]"""
    total = 1e-12
    for band in range(BANDS):
        room = 0.0
        for ago in range(_ROOM_SLICES):
            room += s.energy[(s.started - 2 - ago) % _REMEMBERED, band] / _ROOM_SLICES
        for part in range(len(_PARTS) - 1):
            energy = 0.0
            for n in range(_PARTS[part], _PARTS[part + 1]):
                energy += max(s.energy[(s.started + n) % _REMEMBERED, band] - room, 0.0)
            shape[part * BANDS + band] = energy
            total += energy
    rest = BANDS * (len(_PARTS) - 1)
    for i in range(rest):
        shape[i] = np.log10(shape[i] / total + _FAINTEST)
    half = _LOOK // 2
    for late in range(2):
        crossings, alike = 0.0, 0.0
        for n in range(half):
            at = (s.started + late * half + n) % _REMEMBERED
            crossings += s.crossings[at] / half
            alike += s.alike[at] / half
        shape[rest + 2 * late], shape[rest + 2 * late + 1] = crossings, alike
