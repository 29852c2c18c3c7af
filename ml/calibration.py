"""A voice, its microphone and its room, measured in four steps: silence, a low note, a high note, a steady note.

What flows in: hops of sound, live or from a recording; time is counted in them, so both go the same way. What flows
out: remarks on every step, for the singer to read, and a `Profile`. A step that was not right says what to do, and
waits for another try. Heard on the ears thread; remarks and the step may be read from any.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import isfinite, log2
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ml.frames import HOP_S, Frames
from ml.pitch import Pitch, PitchTracker
from ml.profile import Profile
from ml.said import Live
from realtime.events import EVENT
from score.errors import SettingsError

SILENCE, LOW, HIGH, STEADY = STEPS = ("silence", "low", "high", "steady")
PROMPTS = {
    SILENCE: "Be silent for three seconds, as you are between phrases.",
    LOW: "Sing a low note that is still comfortable, for a second.",
    HIGH: "Sing a high note that is still comfortable, for a second.",
    STEADY: "Sing one note in the middle for three seconds: begin softly and grow loud.",
}
TRIES = 3

_SETTLING_S = 0.3  # a card that was just opened clicks
_SILENT_S, _HELD_S, _STEADY_S, _LONGEST_S = 2.0, 0.6, 1.5, 6.0
_RELEASED_S = 0.15
_CLEAR, _SURELY_CLEAR = 0.8, 0.9
_VOICED_SHARE, _STRAY_SHARE = 0.9, 0.15
_STEADY_ST = 1.5  # from the lowest to the highest tenth: the vibrato of a trained voice passes
_ABOVE_ROOM_DB, _QUIETEST_VOICE_DB = 10.0, -70.0
_GATE_ABOVE_DB, _GATE_BELOW_VOICE_DB = 6.0, 3.0
_LOWEST_GATE_DB, _HIGHEST_GATE_DB = -75.0, -30.0
_LOUD_ROOM_DB, _MUTE_DB = -45.0, -110.0
_BEYOND_ST = 7.0  # a comfortable note is not the last one; an octave error is still further away
_LEAST_BETWEEN_ST = 5.0
_LEAST_DYNAMICS_DB, _USEFUL_DYNAMICS_DB, _MOST_DYNAMICS_DB = 12.0, 6.0, 60.0
_HEADROOM_DB = 6.0
_BETWEEN_KEYS_CENTS = 35.0
_OVERLOADED = 0.99
_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


class Remark(NamedTuple):
    """What a step heard, or what was not right and what to do. [any]"""

    step: str
    good: bool
    text: str


@dataclass
class _Try:
    """What was heard since a step began, or began again."""

    hops: int = 0
    loudest_db: float = -120.0
    voiced_hops: int = 0
    recent: deque[tuple[float, float]] = field(default_factory=deque)  # pitch or NaN, level
    note: list[tuple[float, float]] = field(default_factory=list)  # once it is held
    released_hops: int = 0


class Calibration:
    """A listener that makes no notes, and gets to know a voice. [ears]"""

    def __init__(
        self, rate: float, before: Profile | None = None, steps: Sequence[str] = STEPS, step_s: float = 15.0
    ) -> None:
        unknown = [step for step in steps if step not in STEPS]
        if unknown:
            raise SettingsError(f"There is no step '{unknown[0]}'.", f"The steps are: {', '.join(STEPS)}.")
        if not 4.0 <= step_s <= 600.0:
            raise SettingsError(f"A step cannot last {step_s:g} s.", "Give 4 to 600 seconds.")
        self.live = Live()
        self.remarks: list[Remark] = []
        """In order; other threads may read it, and only its end ever changes."""
        self.measured: list[str] = []
        self.before = before or Profile()
        self._left = [step for step in STEPS if step in steps]  # the room first: the others are heard against it
        self._missed: list[str] = []
        self._step_hops = round(step_s / HOP_S)
        self._room_db = self.before.gate_db - _GATE_ABOVE_DB
        self._low: float | None = None
        self._found: dict[str, float] = {}
        self._softest_db: float | None = None
        self._skip_wanted = self._overloaded = False
        self._tries = 0
        self._try = _Try()
        self._frames, self._tracker = Frames(round(rate)), PitchTracker()
        self._next_frame = 0

    @property
    def step(self) -> str | None:
        """What is measured now; None when all is done. [any]"""
        return self._left[0] if self._left else None

    @property
    def missed(self) -> list[str]:
        """The steps that were wanted and came to nothing; those left over, too. [any]"""
        return [*self._missed, *self._left]

    def skip(self) -> None:
        """Leave the step that runs out; what was known of it stays. [any]"""
        self._skip_wanted = True

    def profile(self) -> Profile:
        """What was found, over what was known before. [any]"""
        found: dict[str, Any] = dict(self._found)
        if "gate_db" in found and self._softest_db is not None:
            found["gate_db"] = max(_LOWEST_GATE_DB, min(found["gate_db"], self._softest_db - _GATE_BELOW_VOICE_DB))
        lowest = found.get("lowest_midi", self.before.lowest_midi)
        highest = found.get("highest_midi", self.before.highest_midi)
        if highest - lowest < 2 * _LEAST_BETWEEN_ST:  # one end is new and the other somebody else's
            default = Profile()
            found.setdefault("lowest_midi", default.lowest_midi)
            found.setdefault("highest_midi", default.highest_midi)
        return replace(self.before, **{name: round(value, 1) for name, value in found.items()})

    def hear(self, frame: int, samples: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        """Measure; no events. [ears]"""
        if frame != self._next_frame:
            self.reset(frame)
        self._next_frame = frame + len(samples)
        if len(samples) and not float(np.abs(samples).max()) < _OVERLOADED:
            self._overloaded = True
        for hop in self._frames.hear(samples):
            self._hear_hop(self._tracker.hear(hop.samples))
        return np.zeros(0, EVENT)

    def finish(self) -> npt.NDArray[Any]:
        """The sound ends; a note that is held until then counts. [ears]"""
        if self.step is not None and self._try.note:
            self._judge(self.step)
        return np.zeros(0, EVENT)

    def reset(self, frame: int = 0) -> None:
        """Forget the sound; what was measured stays. [ears]"""
        self._frames.reset(frame)
        self._tracker.reset()
        self._next_frame = frame
        self._try = _Try()

    def _hear_hop(self, pitch: Pitch) -> None:
        self.live = Live(pitch.f0_hz, pitch.clarity, pitch.level_db)
        step = self.step
        if step is None:
            return
        if self._skip_wanted:
            self._skip_wanted = False
            self._remark(step, True, "Skipped; what was known of it stays.")
            self._go_on()
            return
        now = self._try
        now.hops += 1
        if now.hops * HOP_S < _SETTLING_S:
            return
        now.loudest_db = max(now.loudest_db, pitch.level_db)
        if step == SILENCE:
            self._hear_room(pitch)
        else:
            self._hear_note(step, pitch)
        if self._try is now and not now.note and now.hops >= self._step_hops:
            self._try_again(step, self._why_not(step, now))

    def _hear_room(self, pitch: Pitch) -> None:
        now = self._try
        stray = pitch.clarity > _SURELY_CLEAR and pitch.level_db > _QUIETEST_VOICE_DB + _ABOVE_ROOM_DB
        _keep(now.recent, (1.0 if stray else 0.0, pitch.level_db), _SILENT_S)
        if len(now.recent) * HOP_S < _SILENT_S:
            return
        strays, levels = np.array(now.recent).T
        median_db, room_db = np.percentile(levels, [50, 95])
        if strays.mean() > _STRAY_SHARE or room_db - median_db > 2 * _ABOVE_ROOM_DB:
            return
        self._room_db = float(room_db)
        self._found["gate_db"] = float(np.clip(room_db + _GATE_ABOVE_DB, _LOWEST_GATE_DB, _HIGHEST_GATE_DB))
        text = f"The room is at {room_db:.0f} dB."
        if room_db > _LOUD_ROOM_DB:
            text += " That is loud: come closer to the microphone and turn it down, or turn off what hums."
        elif room_db < _MUTE_DB:
            text += " That is nothing at all: if the next step hears nothing either, the microphone is muted."
        self._done(SILENCE, text)

    def _hear_note(self, step: str, pitch: Pitch) -> None:
        now = self._try
        loud = pitch.level_db > max(self._room_db + _ABOVE_ROOM_DB, _QUIETEST_VOICE_DB)
        voiced = loud and pitch.clarity >= _CLEAR and pitch.f0_hz > 0.0
        midi = 69.0 + 12.0 * log2(pitch.f0_hz / 440.0) if voiced else float("nan")
        now.voiced_hops += voiced
        held_s = _STEADY_S if step == STEADY else _HELD_S
        if not now.note:
            _keep(now.recent, (midi, pitch.level_db), held_s)
            if len(now.recent) * HOP_S >= held_s and _is_held(now.recent):
                now.note = [each for each in now.recent if isfinite(each[0])]
            return
        if voiced:
            now.note.append((midi, pitch.level_db))
        now.released_hops = 0 if voiced else now.released_hops + 1
        if now.released_hops * HOP_S >= _RELEASED_S or len(now.note) * HOP_S >= _LONGEST_S:
            self._judge(step)

    def _judge(self, step: str) -> None:
        """A note was held and has ended."""
        pitches, levels = np.array(self._try.note).T
        midi = float(np.median(pitches))
        if step == HIGH and self._low is not None and midi - self._low < _LEAST_BETWEEN_ST:
            self._try_again(step, f"That was {named(midi)}, and the low note was {named(self._low)}. Sing higher.")
        elif step == LOW:
            self._low = midi
            self._found["lowest_midi"] = max(0.0, midi - _BEYOND_ST)
            self._done(step, f"A low {named(midi)}.")
        elif step == HIGH:
            self._found["highest_midi"] = min(127.0, midi + _BEYOND_ST)
            self._done(step, f"A high {named(midi)}.")
        else:
            self._judge_steady(midi, levels)

    def _judge_steady(self, midi: float, levels: npt.NDArray[np.float64]) -> None:
        softest_db, loudest_db = (float(each) for each in np.percentile(levels, [5, 98]))
        between_db = loudest_db - softest_db
        text = f"{named(midi)}, from {softest_db:.0f} to {loudest_db:.0f} dB"
        if between_db >= _USEFUL_DYNAMICS_DB:
            self._softest_db = softest_db
            self._found["loudest_db"] = loudest_db
            self._found["dynamics_db"] = min(max(between_db, _LEAST_DYNAMICS_DB), _MOST_DYNAMICS_DB)
        else:  # one loudness says where the middle is, and nothing of the ends
            self._found["loudest_db"] = min(loudest_db + _HEADROOM_DB, 0.0)
            text += ", which is hardly a swell: the dynamic range stays as it was"
        cents = 100.0 * (midi - round(midi))
        if abs(cents) > _BETWEEN_KEYS_CENTS:
            text += "; it lies between two keys, so the tuning stays as it was."
        else:
            self._found["tuning_cents"] = cents
            text += f", {abs(cents):.0f} cents {'above' if cents >= 0 else 'below'} concert pitch."
        self._done(STEADY, text)

    def _why_not(self, step: str, now: _Try) -> str:
        if step == SILENCE:
            return "There were no two seconds without a voice or a knock. Once more, quite still."
        if now.loudest_db < max(self._room_db + _ABOVE_ROOM_DB, _QUIETEST_VOICE_DB):
            return "Nothing louder than the room was heard. Is it the right microphone, and turned up? vocello devices"
        if now.voiced_hops < _VOICED_SHARE * _HELD_S / HOP_S:
            return "There was sound, but no pitch. Sing an 'ah', close to the microphone."
        return "No note was held for long enough. Hold one pitch on an 'ah' until it goes on."

    def _done(self, step: str, text: str) -> None:
        if self._overloaded:
            text += " The input is overloaded: turn the microphone down, and do this step again."
        self._remark(step, not self._overloaded, text)
        self.measured.append(step)
        self._go_on()

    def _try_again(self, step: str, text: str) -> None:
        self._tries += 1
        if self._tries >= TRIES:
            self._remark(step, False, f"{text.rstrip()} This step is left out now.")
            self._missed.append(step)
            self._go_on()
        else:
            self._remark(step, False, text)
            self._try = _Try()

    def _go_on(self) -> None:
        self._left = self._left[1:]
        self._try, self._tries, self._overloaded = _Try(), 0, False

    def _remark(self, step: str, good: bool, text: str) -> None:
        self.remarks.append(Remark(step, good, text))


def _keep(recent: deque[tuple[float, float]], each: tuple[float, float], seconds: float) -> None:
    recent.append(each)
    while len(recent) * HOP_S > seconds + 0.5 * HOP_S:
        recent.popleft()


def _is_held(recent: deque[tuple[float, float]]) -> bool:
    """Whether one pitch fills these hops."""
    pitches = np.array([midi for midi, _ in recent])
    heard = pitches[np.isfinite(pitches)]
    if len(heard) < _VOICED_SHARE * len(pitches):
        return False
    low, high = np.percentile(heard, [10, 90])
    return bool(high - low <= _STEADY_ST)


def named(midi: float) -> str:
    """The nearest key, as a musician says it. [any]"""
    key = round(midi)
    return f"{_NAMES[key % 12]}{key // 12 - 1}"
