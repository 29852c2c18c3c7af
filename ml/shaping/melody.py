"""What is sung, as a melody: the note of the moment, and what all notes together tell of the singer and the key.

What flows in: when a note begins and ends, and its pitch at every hop. What flows out: that pitch's slow centre and its
vibrato; which way the melody goes; the singer's tuning and the key. Called on the ears thread.
"""

from __future__ import annotations

from collections import deque

from ml.shaping.key import KeyFinder
from ml.shaping.tuning import SingersTuning

_REMEMBERED_S = 2.0  # of a note: its end tells more of its pitch than its beginning
_BEGINNING_S = 0.06  # spent on arriving, and left out where a note is long enough
_SHORTEST_S = 0.06  # a shorter note has no pitch to learn from
_VIBRATO_S = 0.18  # one swing of 5.5 Hz, over which its mean is the pitch that is meant
_STEADY_S = 0.15  # before it, what looks like a vibrato is a scoop
_SWELLS_S = 0.2
_STEP_ST = 0.5  # a smaller one is the same note sung again, and keeps the direction


class Tone:
    """One sung note, from its first hop on. [ears]"""

    def __init__(self, key: int, velocity: float, hop_s: float) -> None:
        self.key, self.velocity = key, velocity  # as the ears say them
        self._hop_s = hop_s
        self._heard: deque[float] = deque(maxlen=round(_REMEMBERED_S / hop_s))
        self._swing: deque[float] = deque(maxlen=max(1, round(_VIBRATO_S / hop_s)))
        self._hops = self._settled_hops = 0
        self._pressed, self._pressures = 0.0, 0

    @property
    def seconds(self) -> float:
        """How long it has lasted. [any]"""
        return self._hops * self._hop_s

    def hear(self, pitch: float) -> None:
        """Its pitch in one more hop. [ears]"""
        self._heard.append(pitch)
        self._swing.append(pitch)
        self._hops += 1
        self._settled_hops += 1

    def settle(self) -> None:
        """It has just arrived: the way here is no vibrato. [ears]"""
        self._swing.clear()
        self._settled_hops = 0

    def vibrato_st(self) -> float:
        """How far above its slow centre the pitch is now; nothing yet, as long as it may be a scoop. [any]"""
        grown = min(max((self._settled_hops * self._hop_s - _STEADY_S) / _SWELLS_S, 0.0), 1.0)
        return grown * (self._swing[-1] - sum(self._swing) / len(self._swing)) if grown else 0.0

    def press(self, pressure: float) -> None:
        """The ears say how loud it is. [ears]"""
        self._pressed += pressure
        self._pressures += 1

    def pressure_on_the_whole(self) -> float | None:
        """How loud it was sung, its fading breath counting no more than the rest. [any]"""
        return self._pressed / self._pressures if self._pressures else None

    def pitch_on_the_whole(self) -> float:
        """Where it was for the most part: a median, which neither a scoop nor a slip of the tracker moves. [any]"""
        skipped = round(_BEGINNING_S / self._hop_s) if self._hops <= (self._heard.maxlen or 0) else 0
        heard = sorted(list(self._heard)[skipped:] or self._heard)
        return heard[len(heard) // 2]


class Melody:
    """The notes, one after the other. [ears]"""

    def __init__(self, hop_s: float) -> None:
        self._hop_s = hop_s
        self.tuning, self.finder = SingersTuning(), KeyFinder()
        self.reset()

    @property
    def pitch(self) -> float:
        """The pitch of the moment, as the ears say it: a key and its bend. [any]"""
        return self.bend_st if self.tone is None else self.tone.key + self.bend_st

    def reset(self) -> None:
        """Another singer, another song. [ears]"""
        self.tuning.reset()
        self.finder.reset()
        self.tone: Tone | None = None
        self.bend_st = 0.0
        self._before: float | None = None  # where the last note was
        self._direction = 0

    def begin(self, key: int, velocity: float) -> Tone:
        """A note begins; its bend is known by now. [ears]"""
        self.tone = Tone(key, velocity, self._hop_s)
        return self.tone

    def hop(self) -> None:
        """The pitch stands for one more hop. [ears]"""
        if self.tone is not None:
            self.tone.hear(self.pitch)

    def end(self) -> None:
        """The note ends, and its pitch is learnt from. [ears]"""
        tone, self.tone = self.tone, None
        if tone is None or tone.seconds < _SHORTEST_S:
            return
        pitch = tone.pitch_on_the_whole()
        self._direction = self.lean(pitch)
        self._before = pitch
        self.tuning.hear(pitch, tone.seconds)
        self.finder.hear(pitch - self.tuning.offset_st, tone.seconds)

    def lean(self, pitch: float) -> int:
        """Which way the melody goes with a note there: 1 up, -1 down, 0 when there is nothing to tell by. [any]"""
        if self._before is None or abs(pitch - self._before) < _STEP_ST:
            return self._direction
        return 1 if pitch > self._before else -1
