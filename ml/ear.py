"""An ear: hops in, what a synth should be told out. One that learned, or, where its weights are missing, one of rules.

What flows in: hops of `ml/frames.py`. What flows out: `Said`, hop by hop, and the notes that ended. Made on the main
thread, run on the ears thread.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from ml.fallback.ear import RuleEar
from ml.frames import Hop
from ml.pitch import Tracker
from ml.said import Live, Said, Sung
from ml.wish import Hearing
from score.errors import ModelError


class Ear(Protocol):
    """What turns hops into notes. [ears]"""

    @property
    def sung(self) -> list[Sung]:
        """The notes that have ended since the last reset, oldest first. [any]"""

    @property
    def live(self) -> Live:
        """What is heard now. [any]"""

    def hear(self, hop: Hop) -> list[Said]:
        """One more hop, and what it brings about. [ears]"""

    def interrupt(self, frame: int) -> list[Said]:
        """The sound breaks off here, and goes on later. [ears]"""

    def finish(self, frame: int) -> list[Said]:
        """The sound ends here. [ears]"""

    def reset(self) -> None:
        """Forget all sound and all notes. [ears]"""


class Found(NamedTuple):
    """The best ear there is, and why it is not a better one. [any]"""

    ear: Ear
    trouble: ModelError | None = None


def best_ear(wanted: Hearing, hop_frames: float) -> Found:
    """The ear that learned; or the one of rules, if that is asked for or the weights cannot be used. [main]"""
    opinion = _second_opinion() if wanted.pitch == "crepe" else None
    if wanted.rules:
        return Found(RuleEar(wanted.bend_range_st, hop_frames, opinion))
    from ml.learned.ear import TrainedEar  # onnxruntime is loaded only where a network runs

    try:
        return Found(TrainedEar(wanted.bend_range_st, hop_frames, profile=wanted.profile, opinion=opinion))
    except ModelError as trouble:
        return Found(RuleEar(wanted.bend_range_st, hop_frames, opinion), trouble)


def _second_opinion() -> Tracker:
    from ml.opinion.crepe import CrepePitch, hops_between_looks
    from ml.opinion.weights import open_crepe

    network = open_crepe()
    return CrepePitch(network, hops_between_looks(network))
