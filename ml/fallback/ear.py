"""The ear of rules: the trackers' view of each hop, judged by the fallback's state machine.

What flows in: hops. What flows out: what a synth should be told. Runs on the ears thread.
"""

from __future__ import annotations

from ml.fallback.heard import Heard
from ml.fallback.notes import Notes
from ml.fallback.onset import OnsetDetector
from ml.frames import Hop
from ml.pitch import Pitch, PitchTracker, Tracker
from ml.said import Live, Said, Sung


class RuleEar:
    """Hears without weights. [ears]"""

    def __init__(self, bend_range_st: float, hop_frames: float, tracker: Tracker | None = None) -> None:
        self._pitch = tracker or PitchTracker()
        self._onset = OnsetDetector()
        self._notes = Notes(bend_range_st, hop_frames)
        self._heard = Pitch(0.0, 0.0, -120.0)

    @property
    def sung(self) -> list[Sung]:
        """The notes that have ended since the last reset. [any]"""
        return self._notes.sung

    @property
    def live(self) -> Live:
        """What is heard now. [any]"""
        return Live(*self._heard, self._notes.key)

    def hear(self, hop: Hop) -> list[Said]:
        """One more hop, and what it brings about. [ears]"""
        self._heard = pitch = self._pitch.hear(hop.samples)
        onset = self._onset.hear(hop.samples)
        return self._notes.hear(Heard(hop.frame, pitch.f0_hz, pitch.clarity, pitch.level_db, onset))

    def interrupt(self, frame: int) -> list[Said]:
        """The sound breaks off here, and goes on later. [ears]"""
        said = self._notes.interrupt(frame)
        self._forget_sound()
        return said

    def finish(self, frame: int) -> list[Said]:
        """The sound ends here. [ears]"""
        return self._notes.finish(frame)

    def reset(self) -> None:
        """Forget all sound and all notes. [ears]"""
        self._notes.reset()
        self._forget_sound()

    def _forget_sound(self) -> None:
        self._pitch.reset()
        self._onset.reset()
        self._heard = Pitch(0.0, 0.0, -120.0)
