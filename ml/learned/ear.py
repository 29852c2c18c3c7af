"""The ears that learned: hops in, what the network understood of each out.

What flows in: hops of `ml/frames.py`. What flows out: one `Understood` each. The network's memory is one row of
tensors that goes in and comes out; nothing else is remembered. Loaded on the main thread, run on the ears thread.
"""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np

from ml.frames import Hop
from ml.learned.features import WIDTH, Features
from ml.learned.heads import OCTAVE_ST, OUTPUTS
from ml.learned.understood import Understood, understood
from ml.notes import Notes, Tuning
from ml.pitch import Tracker
from ml.profile import Profile
from ml.said import Live, Said, Sung
from ml.session import Network
from models.cards import Card, card
from score.errors import ModelError

NAME = "ears"
STATES = ("near", "middle", "far", "memory")
A4_MIDI, A4_HZ = 69.0, 440.0
_BELIEVED = 0.8  # clarity of a second opinion from which it says the pitch
AFTER = "_after"  # of a state's name: its next value


class Trained:
    """Understands hops, one by one. [ears]"""

    def __init__(self, described: Card | None = None) -> None:
        self.card = described or card(NAME)
        self._network = Network(self.card.path, sha256=self.card.sha256, states={name: name + AFTER for name in STATES})
        shape = self._network.inputs["rows"].shape
        if shape[-1] != WIDTH or self._network.outputs["chances"].shape[-1] != OUTPUTS:
            raise ModelError(
                f"the model '{self.card.path.name}' belongs to another version of Vocello.", "Install Vocello again."
            )
        self.tuning = tuning_of(self.card)
        self._features = Features()
        self._rows = np.zeros((1, 1, WIDTH), np.float32)

    def reset(self) -> None:
        """Forget all sound. [ears]"""
        self._features.reset()
        self._network.reset()

    def hear(self, hop: Hop) -> Understood:
        """One more hop. [ears]"""
        shown = self._features.hear(hop.samples)
        self._rows[0, 0] = shown.row
        chances = self._network.run(rows=self._rows)["chances"]
        return understood(hop.frame, chances[0, 0], shown.told)


class TrainedEar:
    """Hears by what it learned. [ears]"""

    def __init__(
        self,
        bend_range_st: float,
        hop_frames: float,
        *,
        profile: Profile | None = None,
        opinion: Tracker | None = None,
        described: Card | None = None,
    ) -> None:
        self._trained = Trained(described)
        self._notes = Notes(bend_range_st, hop_frames, self._trained.tuning, profile)
        self._opinion = opinion
        self._now: Understood | None = None

    @property
    def sung(self) -> list[Sung]:
        """The notes that have ended since the last reset. [any]"""
        return self._notes.sung

    @property
    def live(self) -> Live:
        """What is heard now. [any]"""
        now = self._now
        if now is None:
            return Live(note=self._notes.key)
        f0_hz = A4_HZ * 2.0 ** ((now.pitch - A4_MIDI) / OCTAVE_ST) if now.pitch == now.pitch else 0.0
        return Live(f0_hz, now.clarity, now.level_db, self._notes.key, sings=now.sounds * now.sings)

    def hear(self, hop: Hop) -> list[Said]:
        """One more hop, and what it brings about. [ears]"""
        now = self._trained.hear(hop)
        if self._opinion is not None:
            other = self._opinion.hear(hop.samples)
            if other.f0_hz > 0.0 and other.clarity > _BELIEVED:
                pitch = A4_MIDI + OCTAVE_ST * math.log2(other.f0_hz / A4_HZ)
                now = now._replace(pitch=pitch, meant=now.meant if now.meant == now.meant else pitch)
        self._now = now
        return self._notes.hear(now)

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
        self._trained.reset()
        if self._opinion is not None:
            self._opinion.reset()
        self._now = None


def tuning_of(described: Card) -> Tuning:
    """How bold these ears are, by their card. [any]"""
    known = {each.name for each in fields(Tuning)}
    said = described.part("tuning")
    unknown = set(said) - known
    if unknown:
        raise ModelError(
            f"the card of '{described.path.name}' names unknown settings: {', '.join(sorted(unknown))}.",
            "Install Vocello again.",
        )
    return Tuning(**said)
