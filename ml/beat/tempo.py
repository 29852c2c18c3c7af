"""Tempo and beat, live, from the onsets of what is sung and from taps.

What flows in: the times of onsets and taps on the stream's clock. What flows out: the beat at any time. Causal and
deterministic. Runs on the ears thread; an onset takes some 0.3 ms there, asking for the beat a microsecond.
"""

from __future__ import annotations

from math import erf, isfinite, sqrt

from ml.beat.belief import PHASES, Cells, doubted, heard, known, nothing_known, passed, places, usual_tempi
from ml.beat.grid import Beat, beat_at
from ml.beat.reading import Reading, read
from ml.beat.taps import Taps

_SAME_S = 0.03  # onsets so close are one: a chord, or an attack heard twice
_WRONG_WAY_S = 1.0  # an onset may be told so late (it was dated back, or came by another thread)
_ASTRAY = 0.012  # of a tempo, each second: how fast a beat is lost while nothing is heard
_TAP_JITTER_S = 0.02
_TAPPED_SPREAD = 0.12  # what was tapped is the beat, not its half nor its double
_SURE_TAPS = 0.97

_SUNG = places()
_TAPPED = places(_TAP_JITTER_S, ((0.0, 1.0),), 0.0)
_USUAL = usual_tempi()


class Tempo:
    """Follows the beat of a singer; it is a `Grid`. [ears]"""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget tempo, beat and taps. [ears]"""
        self._usual: Cells = _USUAL
        self._cells = nothing_known(_USUAL)
        self._reading: Reading | None = None
        self._last_s: float | None = None
        self._taps = Taps()

    def onset(self, t_s: float, weight: float = 1.0) -> None:
        """A note began, and counts for so much: 0..1, less where it may be none. [ears]"""
        if not (isfinite(t_s) and weight > 0.0) or (self._last_s is not None and abs(t_s - self._last_s) < _SAME_S):
            return
        if self._pass_to(t_s):
            self._cells = heard(doubted(self._cells, self._usual), _SUNG, min(weight, 1.0))
            self._read()

    def tap(self, t_s: float) -> None:
        """A beat was tapped: one says where the beat is, two are a tempo, whatever was heard before. [ears]"""
        if not (isfinite(t_s) and self._pass_to(t_s)):
            return
        pulse = self._taps.tap(t_s)
        if pulse is None:
            self._believe(self._cells.sum(axis=1, keepdims=True) * _TAPPED / PHASES)
        else:
            self._usual = 0.9 * usual_tempi(pulse.bpm, _TAPPED_SPREAD) + 0.1 * _USUAL
            self._believe(known(pulse.bpm, pulse.spread, _TAP_JITTER_S * pulse.bpm / 60.0))
        self._read()

    def at(self, t_s: float) -> Beat:
        """The beat at a time, however long nothing was heard; before the first onset none is likely. [ears]"""
        if self._reading is None or self._last_s is None:
            return beat_at(t_s, 120.0, 2.0 * t_s, 0.0)
        _, bpm, phase, probability = self._reading
        beats = (t_s - self._last_s) * bpm / 60.0
        # How likely the beat is still within an eighth of where it is said to be.
        astray = 8.0 * _ASTRAY * abs(beats)
        kept = 1.0 if astray < 0.2 else erf(1.0 / (astray * sqrt(2.0)))
        return beat_at(t_s, bpm, phase + beats, probability * kept)

    def _believe(self, tapped: Cells) -> None:
        self._cells = _SURE_TAPS * tapped / tapped.sum() + (1.0 - _SURE_TAPS) * self._cells / self._cells.sum()

    def _pass_to(self, t_s: float) -> bool:
        """Let the time pass, if it is one that can be meant."""
        if self._last_s is not None:
            if t_s < self._last_s - _WRONG_WAY_S:
                return False
            if t_s != self._last_s:
                self._cells = passed(self._cells, t_s - self._last_s)
        self._last_s = t_s
        return True

    def _read(self) -> None:
        self._reading = read(self._cells, None if self._reading is None else self._reading.row)
