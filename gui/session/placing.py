"""Notes that were heard, in seconds, as notes of a score, in ticks.

Pure values in and out; safe on any thread. Whatever moved by itself goes into an MPE zone, where each note keeps its
own bend; what did not stays on its channels as it was played.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gui.session.heard import Heard, Move, Points
from score.events import Control
from score.note import NEUTRAL_BEND_ST, NEUTRAL_PRESSURE, NEUTRAL_TIMBRE, Curve, Note
from score.tempo import TempoMap
from score.zone import Zone


class Place:
    """Where a clip lies: what was heard at a second stands at a tick, and all else follows the tempo. [any]"""

    def __init__(self, tempo: TempoMap, at_ticks: int, from_s: float) -> None:
        self.at_ticks, self.from_s = at_ticks, from_s
        self._shift_s = tempo.seconds_at(at_ticks) - from_s
        self._ticks = np.array([each.ticks for each in tempo.tempos], float)
        self._seconds = np.array([tempo.seconds_at(each.ticks) for each in tempo.tempos])
        self._ticks_per_s = 1e6 * tempo.ticks_per_quarter / np.array([each.us_per_quarter for each in tempo.tempos])

    def ticks(self, at_s: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """The nearest ticks; what lies before the beginning stands at it. [any]"""
        time_s = np.asarray(at_s, float) + self._shift_s
        at = np.maximum(0, np.searchsorted(self._seconds, time_s, side="right") - 1)
        exact = self._ticks[at] + (time_s - self._seconds[at]) * self._ticks_per_s[at]
        return np.maximum(self.at_ticks, np.rint(exact)).astype(np.int64)

    def notes(self, heard: Sequence[Heard], moves: Sequence[Move], bend_range_st: float) -> _Made:
        """The notes, the events and the zones of one source. [any]"""
        moving = any(is_moving(each) for each in heard)
        zone = Zone(bend_range_st=bend_range_st) if moving else None
        notes = sorted((self.note(each, zone) for each in heard), key=lambda note: (note.start_ticks, note.pitch))
        return tuple(notes), self._controls(moves, zone), (zone,) if zone is not None else ()

    def note(self, heard: Heard, zone: Zone | None) -> Note:
        """One note; in a zone it moves by itself. [any]"""
        start, end = (int(each) for each in self.ticks([heard.start_s, heard.end_s]))
        duration = max(1, end - start)
        velocity, release = max(1, _seven_bits(heard.velocity)), _seven_bits(heard.release)
        if zone is None:
            return Note(start, duration, heard.key & 127, velocity, heard.channel & 15, release)
        reach_st = zone.bend_range_st
        bends = self._curve(heard.bends_st, start, duration, NEUTRAL_BEND_ST, reach_st)
        return Note(
            start,
            duration,
            heard.key & 127,
            velocity,
            zone.master,
            release,
            tuple((ticks, zone.nearest_bend_st(value)) for ticks, value in bends),
            self._curve(heard.pressures, start, duration, NEUTRAL_PRESSURE, None),
            self._curve(heard.timbres, start, duration, NEUTRAL_TIMBRE, None),
        )

    def _curve(self, points: Points, start: int, duration: int, neutral: float, reach_st: float | None) -> Curve:
        """One point a tick at most, the last said, and none that says again what holds already."""
        if not points:
            return ()
        at_s, values = np.array(points).T
        offsets = np.clip(self.ticks(at_s) - start, 0, duration)
        values = np.rint(np.clip(values, 0.0, 1.0) * 127) if reach_st is None else np.clip(values, -reach_st, reach_st)
        last_at_tick = np.append(offsets[1:] != offsets[:-1], True)
        offsets, values = offsets[last_at_tick], values[last_at_tick]
        before = np.append(neutral if offsets[0] > 0 else np.nan, values[:-1])
        new = values != before
        kept = zip(offsets[new].tolist(), values[new].tolist(), strict=True)
        return tuple(kept) if reach_st is not None else tuple((ticks, int(value)) for ticks, value in kept)

    def _controls(self, moves: Sequence[Move], zone: Zone | None) -> tuple[Control, ...]:
        """Each controller as it stood at the beginning, and as it moved: a pedal that is down stays down."""
        stood: dict[tuple[int, int], Control] = {}
        made: list[Control] = []
        for move in moves:
            channel = zone.master if zone is not None else move.channel & 15
            control = Control(int(self.ticks(move.at_s)), channel, move.number, _seven_bits(move.value))
            if move.at_s <= self.from_s:
                stood[channel, move.number] = control
            elif made and (made[-1].ticks, made[-1].channel, made[-1].number) == (control.ticks, channel, move.number):
                made[-1] = control
            else:
                made.append(control)
        return (*(control for control in stood.values() if control.value), *made)


_Made = tuple[tuple[Note, ...], tuple[Control, ...], tuple[Zone, ...]]


def is_moving(heard: Heard) -> bool:
    """Whether a note moved by itself. [any]"""
    return any(
        value != neutral
        for points, neutral in ((heard.bends_st, 0.0), (heard.pressures, 0.0), (heard.timbres, 0.5))
        for _, value in points
    )


def _seven_bits(value: float) -> int:
    return min(127, max(0, round(value * 127)))
