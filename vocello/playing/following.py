"""A voice that is sung now, as a line for one bow: how high and how loud, 250 times a second, while a note sounds.

What flows in: samples, and what the ears know of them. What flows out: hertz and loudness, each with the frame at which
the string is to set out for it. It is what `sung` makes of a recording, as far as one can without knowing what comes:

- the pitch is that of the ears' tracker, read between its last two hops, so that no step of it is heard; a leap of more
  than half an octave counts once a second hop confirms it;
- the loudness is A-weighted as there, through a window that reaches less far ahead;
- the voice's own mezzo-forte, which a recording tells by its median, is that of the last twenty seconds that were sung.
  The first note is taken for one; while the bow is down the estimate creeps, while it is up it may leap;
- the middle of a vibrato is the median of the third of a second before, begun anew with every note. What swings farther
  from it than a vibrato does is a glide, and goes through as it was sung.

The bow is set down as soon as the ears think that somebody sings, which is well before they are sure of a note, and it
leaves the string where they do not: speech and noise stay silent. [ears]
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import deque
from statistics import median
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ml.frames import HOP_S, Frames
from ml.said import Live
from realtime.dsp.strings.follower import RESTS_DB
from realtime.dsp.strings.sizes import FRAMES_A_SECOND, LOW_C_HZ
from vocello.playing.loudness import Loudness
from vocello.playing.sung import CLEAR, LEAVES_DB_A_S, MEZZO_FORTE_DB, STILL_CLEAR, age_s, pressed

AHEAD_S = 0.010
"""How far the loudness looks ahead: about as long as the pitch takes."""

_LIKELY, _STILL_LIKELY = 0.7, 0.25  # the chance of singing on which the bow is set down, and with which it stays
_STARTS_DB, _COMES_DB = -12.0, 6.0  # the bow takes hold within three frames of 4 ms
_FAR_ST = 6.0
_OLD_PITCHES = 8
_CENTRE_HOPS = round(0.36 / HOP_S)  # two waves of a vibrato
_SMOOTH_HOPS = 12.0
_VIBRATO_ST, _GLIDE_ST = 1.0, 1.6  # up to the first all that swings is vibrato, beyond the second nothing
_GLIDES_HOPS = 8  # so long beyond: the voice is somewhere else, and so is the middle
_COUNTED_EVERY, _REMEMBERED = 5, 1_000  # of the frames that are sung; so the last twenty seconds count
_KNOWN = 50  # of these: a second, after which something can be said of a voice
_CREEPS_DB_A_S = 1.5


class Told(NamedTuple):
    """What the string is to become. [any]"""

    frame: int  # when it is known: the string may set out for it from here on
    hertz: float
    loudness_db: float


class Centre:
    """The middle around which a vibrato swings, found while it does. [ears]"""

    def __init__(self, amount: float) -> None:
        self._amount = amount
        self._last: deque[float] = deque(maxlen=_CENTRE_HOPS)
        self._middle = 0.0
        self._away_hops = 0

    def begin(self) -> None:
        """Another note. [ears]"""
        self._last.clear()

    def steadied(self, semitones: float) -> float:
        """The pitch of one more hop, with so much of its vibrato. [ears]"""
        if self._amount == 1.0:
            return semitones
        self._away_hops = self._away_hops + 1 if abs(semitones - self._middle) > _GLIDE_ST else 0
        if self._away_hops > _GLIDES_HOPS:
            self._last.clear()
        self._last.append(semitones)
        if len(self._last) == 1:
            self._middle, self._away_hops = semitones, 0
        self._middle += (median(self._last) - self._middle) / min(_SMOOTH_HOPS, len(self._last))
        swing = semitones - self._middle
        share = min(max((_GLIDE_ST - abs(swing)) / (_GLIDE_ST - _VIBRATO_ST), 0.0), 1.0)
        return semitones + (self._amount - 1.0) * share * swing


class Dynamics:
    """How much louder the string is to be than the voice, so that her mezzo-forte is its own. [ears]"""

    def __init__(self) -> None:
        self._usual_db: float | None = None
        self._newest: deque[float] = deque()
        self._in_order: list[float] = []
        self._frames = 0

    def begin(self) -> None:
        """The bow is set down: what has changed while it was away is not heard to change. [ears]"""
        if self._usual_db is not None and len(self._in_order) >= _KNOWN:
            self._usual_db = self._median()

    def sung(self, level_db: float) -> float:
        """One more frame that is sung, as the bow is to play it; it counts. [ears]"""
        if self._usual_db is None:
            self._usual_db = level_db
        if self._frames % _COUNTED_EVERY == 0:
            self._newest.append(level_db)
            insort(self._in_order, level_db)
            if len(self._newest) > _REMEMBERED:
                del self._in_order[bisect_left(self._in_order, self._newest.popleft())]
        self._frames += 1
        step = _CREEPS_DB_A_S / FRAMES_A_SECOND
        self._usual_db += min(max(self._median() - self._usual_db, -step), step)
        return self.bowed(level_db)

    def bowed(self, level_db: float) -> float:
        """A level, as the bow is to play it. [ears]"""
        usual_db = level_db if self._usual_db is None else self._usual_db
        return float(pressed(np.float64(level_db - usual_db + MEZZO_FORTE_DB)))

    def _median(self) -> float:
        return self._in_order[len(self._in_order) // 2]


class Bow:
    """Follows one voice. [ears]"""

    def __init__(self, rate: float, vibrato: float = 1.0) -> None:
        self._rate = rate
        self._late_s = Frames(round(rate)).delay_frames / rate
        self._loudness = Loudness(rate, AHEAD_S)
        self._dynamics = Dynamics()
        self._centre = Centre(vibrato)
        self._pitches: deque[tuple[float, float]] = deque(maxlen=_OLD_PITCHES)  # when, semitones above the low C
        self.reset()

    def reset(self, frame: int = 0) -> None:
        """The next sample is number `frame` of the stream; how loud she sings as a rule is remembered. [ears]"""
        self._begins = frame
        self._loudness.reset()
        self._pitches.clear()
        self._centre.begin()
        self._seen = frame
        self._note: int | None = None
        self._sings = False
        self._doubted: float | None = None
        self._ceiling_db = RESTS_DB

    def hear(self, samples: npt.NDArray[np.float32], live: Live) -> list[Told]:
        """5 ms at most, and what the ears know after them. [ears]"""
        told: list[Told | None] = []
        first = self._loudness.known
        for number, level_db in enumerate(self._loudness.hear(samples).tolist(), first):
            known = self._loudness.frame_of(number) + self._loudness.ahead_frames
            if self._begins + known >= live.frame:  # in the order of time, however the samples were cut up
                self._look(live)
            told.append(self._tell(known, level_db))
        self._look(live)
        return [each for each in told if each is not None]

    def _look(self, live: Live) -> None:
        """One more hop, if it is one."""
        if live.frame == self._seen:
            return
        self._seen = live.frame
        if live.note != self._note and live.note is not None:
            self._centre.begin()
        self._note = live.note
        likely, clear = (_STILL_LIKELY, STILL_CLEAR) if self._sings else (_LIKELY, CLEAR)
        self._sings = live.note is not None or (live.sings >= likely and live.confidence >= clear)
        if live.f0_hz <= 0.0:
            return
        semitones = 12.0 * math.log2(live.f0_hz / LOW_C_HZ)
        sounds = self._ceiling_db > RESTS_DB
        leaps = sounds and self._pitches and abs(semitones - self._pitches[-1][1]) > _FAR_ST
        if leaps and (self._doubted is None or abs(semitones - self._doubted) > _FAR_ST):
            self._doubted = semitones
            return
        self._doubted = None
        steadied = self._centre.steadied(semitones) if self._sings else semitones
        heard_s = (live.frame - self._begins) / self._rate - self._late_s - age_s(live.f0_hz)
        while self._pitches and self._pitches[-1][0] >= heard_s:  # a low note is read from older sound than a high one
            self._pitches.pop()
        self._pitches.append((heard_s, steadied))

    def _tell(self, known: int, level_db: float) -> Told | None:
        """The frame of the line whose loudness became known so many frames after the beginning."""
        if self._sings and self._pitches:
            if self._ceiling_db <= RESTS_DB:
                self._ceiling_db = _STARTS_DB
                self._dynamics.begin()
                self._forget_before_the_note()
            else:
                self._ceiling_db = min(self._ceiling_db + _COMES_DB, 0.0)
            loudness_db = self._dynamics.sung(level_db) + self._ceiling_db
        elif self._ceiling_db > RESTS_DB:
            self._ceiling_db -= LEAVES_DB_A_S / FRAMES_A_SECOND
            loudness_db = self._dynamics.bowed(level_db) + self._ceiling_db  # the last of it is not what she means
        else:
            return None
        if loudness_db <= RESTS_DB:
            self._ceiling_db = loudness_db = RESTS_DB
        return Told(self._begins + known, self._hertz(known / self._rate), loudness_db)

    def _forget_before_the_note(self) -> None:
        """What was heard of a breath is no pitch to set out from."""
        newest = self._pitches[-1][1]
        for place, (when_s, semitones) in enumerate(self._pitches):
            if abs(semitones - newest) > _GLIDE_ST:
                self._pitches[place] = when_s, newest

    def _hertz(self, now_s: float) -> float:
        """The pitch as it was a hop before the newest that may be known: always between two that are."""
        newest = self._pitches[-1][1]
        at_s = now_s - HOP_S - self._late_s - age_s(LOW_C_HZ * 2.0 ** (newest / 12.0))
        after_s, after = self._pitches[-1]
        for before_s, before in reversed(self._pitches):
            if before_s <= at_s:
                share = min((at_s - before_s) / max(after_s - before_s, 1e-9), 1.0)
                return LOW_C_HZ * 2.0 ** ((before + share * (after - before)) / 12.0)
            after_s, after = before_s, before
        return LOW_C_HZ * 2.0 ** (after / 12.0)
