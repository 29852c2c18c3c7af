"""The sounds of a drum kit, as values: what they are called, which keys they have, what is known of them.

Plain values, made by `ml/drums/kit_file.py` or by teaching, and read anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Shapes = npt.NDArray[np.float64]  # (n, SHAPE)

CHANNEL = 9  # the tenth, where General MIDI has its drums
KICK, SNARE, CLOSED_HAT, OPEN_HAT, NO_DRUM = "kick", "snare", "closed hat", "open hat", "no drum"
FACTORY_KEYS = {KICK: 36, SNARE: 38, CLOSED_HAT: 42, OPEN_HAT: 46}
FREE_KEYS = (39, 37, 45, 48, 41, 49, 51, 54, 56, 70, 75, 62, 63, 64, 76, 77)
"""What a taught sound gets, in this order: General MIDI's clap, side stick, toms, crash, ride, tambourine, cowbell …"""

EXAMPLES_AT_LEAST, EXAMPLES_AT_MOST = 3, 64
NAME_AT_MOST = 40


@dataclass(frozen=True)
class Factory:
    """What was learned before anybody taught anything. [any]"""

    prototypes: Mapping[str, Shapes]  # of each kind, a row a way of doing it
    witnesses: Mapping[str, Shapes]  # of each kind, strikes that were kept from the learning
    covariance: npt.NDArray[np.float64]  # (SHAPE, SHAPE), about a prototype, over many mouths
    repeating: npt.NDArray[np.float64]  # (SHAPE, SHAPE), about its mean, of one mouth again and again
    farthest: float  # squared distance from which a strike resembles nothing


@dataclass(frozen=True)
class Sound:
    """One sound of a kit; `examples` are the shapes that a user taught. [any]"""

    name: str
    key: int
    examples: tuple[tuple[float, ...], ...] = ()

    @property
    def family(self) -> str:
        """The two hats begin alike: they are told apart by how long they last, and not by a kit. [any]"""
        return CLOSED_HAT if self.name == OPEN_HAT else self.name
