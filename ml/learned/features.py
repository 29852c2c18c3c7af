"""What the network is shown of each hop: bands, loudness, pitch and how it moves, and what was sung before.

What flows in: hops of `ml/frames.py`. What flows out: one row a hop, made of that hop and those before it only. The
same compiled code runs live, over a file and in training, so a network meets live exactly what it learned from. Runs
on the ears thread.

Nothing in a row says how loud the microphone is set or in which key one sings: levels are told against the loudest of
late, pitches against the pitch of now. So what is learned from one singer holds for another.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ml.compiled import compiled
from ml.frames import HOP, RATE_HZ
from ml.learned.spectrum import BANDS, WINDOW, band_powers, tables
from ml.pitch import FOUND, track
from ml.pitch import STATE as PITCH_STATE

STEPS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48)  # hops: how far the pitch has moved since then
MULTIPLES = (0.5, 1.5, 2.0, 3.0)  # of the period: where another octave or a second voice would show
MEMORY_ST = 3.0  # how far around the pitch of now the pitches sung before are shown
PER_SEMITONE = 4
MEMORY = int(2 * MEMORY_ST * PER_SEMITONE) + 1

LEVELS = 5
VOICES = 5
_AT_LEVELS = BANDS
_AT_VOICE = _AT_LEVELS + LEVELS
_AT_STEPS = _AT_VOICE + VOICES
_AT_MULTIPLES = _AT_STEPS + len(STEPS)
_AT_MEMORY = _AT_MULTIPLES + len(MULTIPLES)
WIDTH = _AT_MEMORY + MEMORY
LONG_CLARITY_COLUMN = _AT_VOICE + 1

PITCH_MIDI, CLARITY, LEVEL_DB, LONG_PITCH_MIDI, LONG_CLARITY, BRIGHTNESS, VOWEL = range(7)
"""Columns of what is told beside the row, in plain units, for the state machine."""
TOLD = 7

_NO_PITCH = 57.0  # MIDI: what stands for a pitch that has never been
_VOICED = 0.55  # clarity above which the pitch is compared with earlier ones
_FARTHEST_ST = 4.0
_QUIETEST_DB, _FIRST_LOUD_DB = -90.0, -30.0
_LOUD_FALLS_DB = 0.005  # each hop: 1 dB a second
_FLOOR_RISES_DB = 0.02
_SMOOTH_LEVEL = 0.2
_OCTAVE_BINS = 12 * PER_SEMITONE
_HELD_HOPS, _HELD_ST, _HELD_CLARITY = 6, 0.4, 0.85  # a pitch kept for so long is remembered
_FORGETS = 0.9995  # each hop that is remembered: the last ten seconds of voice count
_REMEMBERED = 64  # hops
_BRIGHT_BAND = 17  # from 1.5 kHz up
_DARKEST_DB, _BRIGHTEST_DB = -35.0, 0.0  # what lies above against what lies below, of "oo" hummed and "ee" belted
_VOWEL_BANDS = (10, 30)  # 0.75 to 3.5 kHz: where the second formant moves
_BACKMOST, _FOREMOST = 0.28, 0.7

STATE = np.dtype(
    [
        ("samples", "f4", (WINDOW,)),
        ("real", "f4", (WINDOW,)),
        ("imaginary", "f4", (WINDOW,)),
        ("powers", "f4", (BANDS,)),
        ("pitches", "f8", (_REMEMBERED,)),  # MIDI, newest last; no number where there was no voice
        ("sung", "f8", (_OCTAVE_BINS,)),  # how much each pitch was held, all octaves folded into one
        ("pitch", "f8"),
        ("loud_db", "f8"),
        ("floor_db", "f8"),
        ("smooth_db", "f8"),
        ("voiced_hops", "f8"),
        ("silent_hops", "f8"),
    ],
    align=True,
)


class Shown(NamedTuple):
    """A hop for the network, and the same in plain units. [any]"""

    row: npt.NDArray[np.float32]  # (WIDTH,)
    told: npt.NDArray[np.float64]  # (TOLD,)


class Features:
    """Makes a row of each hop. [ears]"""

    def __init__(self) -> None:
        self._tables = tables()
        self._pitch = np.zeros(1, PITCH_STATE)
        self._state = np.zeros(1, STATE)
        self._found = np.zeros(FOUND)
        self._shown = Shown(np.zeros(WIDTH, np.float32), np.zeros(TOLD))
        self.reset()

    def reset(self) -> None:
        """Forget all sound. [ears]"""
        self._pitch[0] = np.zeros(1, PITCH_STATE)[0]
        self._state[0] = np.zeros(1, STATE)[0]
        self._state["pitches"] = np.nan
        self._state["pitch"] = _NO_PITCH
        self._state["loud_db"] = _FIRST_LOUD_DB
        self._state["floor_db"] = self._state["smooth_db"] = _QUIETEST_DB

    def hear(self, hop: npt.NDArray[np.float32]) -> Shown:
        """The row of this hop; the next call writes into the same memory. [ears]"""
        _show(self._tables[0], self._pitch, self._state[0], hop, self._found, *self._shown)
        return self._shown

    def hear_all(self, hops: npt.NDArray[np.float32]) -> Shown:
        """The rows of many hops, (hops, HOP) → (hops, WIDTH) and (hops, TOLD). [any]"""
        rows, told = np.zeros((len(hops), WIDTH), np.float32), np.zeros((len(hops), TOLD))
        _show_all(self._tables[0], self._pitch, self._state[0], hops, self._found, rows, told)
        return Shown(rows, told)


@compiled
def _show_all(t: Any, pitch: Any, s: Any, hops: Any, found: Any, rows: Any, told: Any) -> None:
    """Every hop of a file. [any]"""
    for i in range(len(hops)):
        _show(t, pitch, s, hops[i], found, rows[i], told[i])


@compiled
def _show(t: Any, pitch: Any, s: Any, hop: Any, found: Any, row: Any, told: Any) -> None:
    """One hop. [ears]"""
    track(pitch, hop, found)
    for i in range(WINDOW - HOP):
        s.samples[i] = s.samples[i + HOP]
    for i in range(HOP):
        s.samples[WINDOW - HOP + i] = hop[i]
    band_powers(t, s.samples, s.real, s.imaginary, s.powers)
    _loudness(s, hop, row)
    _voice(pitch[0], s, found, row)
    _memory(s, row)
    told[PITCH_MIDI], told[CLARITY], told[LEVEL_DB] = s.pitch if found[0] > 0.0 else np.nan, found[1], found[2]
    told[BRIGHTNESS], told[VOWEL] = _colour(s)
    told[LONG_PITCH_MIDI], told[LONG_CLARITY] = _midi(found[3]) if found[3] > 0.0 else np.nan, found[4]


@compiled
def _colour(s: Any) -> tuple[float, float]:
    """How bright the voice is, and how far forward in the mouth its vowel: "oo" is 0, "ee" is 1. [ears]"""
    low = high = total = weighed = 0.0
    for band in range(BANDS - 1):
        power = 10.0 ** s.powers[band]
        if band < _BRIGHT_BAND:
            low += power
        else:
            high += power
        if _VOWEL_BANDS[0] <= band < _VOWEL_BANDS[1]:
            loudness = power**0.3  # as loud as it is to an ear, so that the first formant does not drown the second
            total += loudness
            weighed += loudness * (band - _VOWEL_BANDS[0])
    tilt_db = 10.0 * np.log10((high + 1e-12) / (low + 1e-12))
    place = weighed / (total + 1e-12) / (_VOWEL_BANDS[1] - 1 - _VOWEL_BANDS[0])
    bright = (tilt_db - _DARKEST_DB) / (_BRIGHTEST_DB - _DARKEST_DB)
    front = (place - _BACKMOST) / (_FOREMOST - _BACKMOST)
    return min(max(bright, 0.0), 1.0), min(max(front, 0.0), 1.0)


@compiled
def _midi(f0_hz: float) -> float:
    """A pitch as MIDI counts it. [ears]"""
    return 69.0 + 12.0 * np.log2(f0_hz / 440.0)


@compiled
def _decibels(samples: Any, first: int, last: int) -> float:
    """The power of a stretch of samples. [ears]"""
    power = 1e-12
    for i in range(first, last):
        power += samples[i] * samples[i] / (last - first)
    return max(_QUIETEST_DB, 10.0 * np.log10(power))


@compiled
def _loudness(s: Any, hop: Any, row: Any) -> None:
    """Bands and levels against the loudest and the quietest of late, in units of 10 dB. [ears]"""
    level_db = _decibels(hop, 0, HOP)
    s.smooth_db += _SMOOTH_LEVEL * (level_db - s.smooth_db)
    s.loud_db = max(s.loud_db - _LOUD_FALLS_DB, s.smooth_db, -60.0)
    if s.smooth_db < s.floor_db:
        s.floor_db += 0.2 * (s.smooth_db - s.floor_db)
    else:
        s.floor_db += min(_FLOOR_RISES_DB, s.smooth_db - s.floor_db)
    for band in range(BANDS):
        row[band] = max(-8.0, s.powers[band] - 0.1 * s.loud_db)
    row[_AT_LEVELS] = max(-8.0, 0.1 * (_decibels(hop, 0, HOP // 2) - s.loud_db))
    row[_AT_LEVELS + 1] = max(-8.0, 0.1 * (_decibels(hop, HOP // 2, HOP) - s.loud_db))
    row[_AT_LEVELS + 2] = 0.1 * (level_db - s.smooth_db)
    row[_AT_LEVELS + 3] = 0.1 * (level_db - s.floor_db)
    row[_AT_LEVELS + 4] = 0.1 * (s.loud_db - s.floor_db)


@compiled
def _voice(pitch: Any, s: Any, found: Any, row: Any) -> None:
    """How clear the pitch is, how it moved, and whether another period fits as well. [ears]"""
    clear = found[1] > _VOICED
    if found[0] > 0.0:
        s.pitch = _midi(found[0])
    s.voiced_hops = min(s.voiced_hops + 1.0, 200.0) if clear else 0.0
    s.silent_hops = 0.0 if clear else min(s.silent_hops + 1.0, 200.0)
    for i in range(_REMEMBERED - 1):
        s.pitches[i] = s.pitches[i + 1]
    s.pitches[_REMEMBERED - 1] = s.pitch if clear else np.nan
    row[_AT_VOICE] = found[1]
    row[_AT_VOICE + 1] = found[4]
    away_st = _midi(found[3]) - s.pitch if found[3] > 0.0 and found[0] > 0.0 else 0.0
    row[_AT_VOICE + 2] = min(max(away_st, -_FARTHEST_ST), _FARTHEST_ST)
    row[_AT_VOICE + 3] = np.log2(1.0 + s.voiced_hops) / 4.0
    row[_AT_VOICE + 4] = np.log2(1.0 + s.silent_hops) / 4.0
    for i in range(len(STEPS)):
        moved_st = s.pitch - s.pitches[_REMEMBERED - 1 - STEPS[i]]
        is_known = clear and moved_st == moved_st
        row[_AT_STEPS + i] = min(max(moved_st, -_FARTHEST_ST), _FARTHEST_ST) if is_known else 0.0
    period = RATE_HZ / found[0] if found[0] > 0.0 else 0.0
    for i in range(len(MULTIPLES)):
        lag = int(MULTIPLES[i] * period + 0.5)
        row[_AT_MULTIPLES + i] = pitch.long[lag] if 14 <= lag < len(pitch.long) - 1 else 0.0


@compiled
def _memory(s: Any, row: Any) -> None:
    """Which pitches near this one the singer has held of late: where a scoop is likely bound. [ears]"""
    held = s.pitches[_REMEMBERED - 1] == s.pitches[_REMEMBERED - 1] and s.voiced_hops >= _HELD_HOPS
    if held:
        for i in range(_HELD_HOPS):
            held = held and abs(s.pitches[_REMEMBERED - 1 - i] - s.pitch) < _HELD_ST
    place = (s.pitch % 12.0) * PER_SEMITONE
    most = 1.0
    for i in range(_OCTAVE_BINS):
        most = max(most, s.sung[i])
    for i in range(MEMORY):
        at = place + i - MEMORY_ST * PER_SEMITONE
        low = int(np.floor(at))
        part = at - low
        row[_AT_MEMORY + i] = (
            (1.0 - part) * s.sung[low % _OCTAVE_BINS] + part * s.sung[(low + 1) % _OCTAVE_BINS]
        ) / most
    if held:
        for i in range(_OCTAVE_BINS):
            s.sung[i] *= _FORGETS
        low = int(place)
        part = place - low
        s.sung[low % _OCTAVE_BINS] += 1.0 - part
        s.sung[(low + 1) % _OCTAVE_BINS] += part
