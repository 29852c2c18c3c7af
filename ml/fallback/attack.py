"""When the voice attacks a note: a rise of its bands, or a voice where there was none.

What flows in: the voice, hop by hop. What flows out: the frame at which a note began, as soon as that note has a pitch
to be sent with. Plain values on the ears thread.

While a note sounds, a change of pitch and a murmur just before each count as a part of an onset: "la la la" on one key
is three notes, and a swell is none. For a while after each onset the next must outdo its echo: a consonant and its
vowel rise one after the other, and are one note.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ml.fallback.heard import Voice

_MOST_STEP_ST = 2.0


@dataclass(frozen=True)
class AttackTuning:
    """What is taken for an attack. [any]"""

    rise: float = 0.75
    rearmed_below: float = 0.28  # of `rise`: each rise counts once
    refractory_hops: int = 13  # no voice sings two notes within
    echo: float = 0.66  # how much of the last rise the next must add to its own
    echo_hops: float = 12.0  # in which that falls to a third
    per_step_st: float = 0.17  # what a semitone of change counts, beside the rise of the bands
    step_hops: int = 12  # within which it counts
    per_murk: float = 0.79  # what a consonant counts, from no clarity at all to a clear vowel
    dip_hops: int = 13  # within which it counts
    sure_hops: int = 1
    steady_st: float = 0.52  # hops that differ by more are not yet a pitch
    late_hops: int = 3  # but for so long only: a note that begins on a glide is sent as it is
    give_up_hops: int = 14  # a rise without a voice was a door, or a consonant that takes its time
    start_hops: int = 5  # clear hops that make a note without any rise: a voice faded in
    rest_hops: int = 1  # hops without a voice between an onset and its vowel: the note began at the vowel


class Attack:
    """Waits for an onset, then for its pitch. [ears]"""

    def __init__(self, tuning: AttackTuning) -> None:
        self._t = tuning
        self.reset()

    def reset(self) -> None:
        """Forget all sound. [ears]"""
        self._armed = True
        self._echo = 0.0
        self._since_hops = self._t.refractory_hops
        self.cancel()

    def cancel(self) -> None:
        """No longer wait for a pitch. [ears]"""
        self._waited_hops = -1
        self._onset_frame = 0

    def begin(self) -> None:
        """A note began for another reason; what rises with it is its own. [ears]"""
        self._since_hops = 0
        self.cancel()

    def hear(self, voice: Voice, sounding: bool) -> int | None:
        """One more hop: the frame where a note began that can now be sent, if any. [ears]"""
        t = self._t
        self._since_hops += 1
        if self._rises(voice, sounding):
            self._since_hops, self._waited_hops = 0, 0
            self._onset_frame = voice.now.frame
        elif not sounding and self._waited_hops < 0 and voice.clear_hops == t.start_hops:
            self._since_hops, self._waited_hops = 0, 0
            self._onset_frame = voice.began_frame
        if self._waited_hops < 0:
            return None
        if voice.is_steady(t.sure_hops, t.steady_st) or (voice.clear and self._waited_hops >= t.late_hops):
            onset = self._onset_frame
            if voice.clear_hops <= self._waited_hops and voice.rested_hops > t.rest_hops:
                onset = max(onset, voice.began_frame)
            self.cancel()
            return onset
        self._waited_hops += 1
        if self._waited_hops > t.give_up_hops:
            self.cancel()
        return None

    def _rises(self, voice: Voice, sounding: bool) -> bool:
        t = self._t
        evidence = voice.now.onset
        if sounding and voice.clear:
            evidence += t.per_step_st * min(voice.moved_st(t.step_hops), _MOST_STEP_ST)
            evidence += t.per_murk * voice.cleared(t.dip_hops)
        self._echo *= math.exp(-1.0 / t.echo_hops)
        if evidence < t.rise * t.rearmed_below:
            self._armed = True
        if self._since_hops < t.refractory_hops:
            self._echo = max(self._echo, evidence)
            return False
        if not self._armed or evidence < t.rise + t.echo * self._echo:
            return False
        self._armed = False
        self._echo = max(self._echo, evidence)
        return True
