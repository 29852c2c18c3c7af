"""Step input: keys pressed together are one chord, set when the last of them is up. No Qt.

Keys of a MIDI keyboard or letters of the computer's in, chords and the grid they are set in out.
"""

from __future__ import annotations

from gui.roll.snap import Snap
from score.operations.grid import EIGHTHS, Grid

PIANO = {letter: n for n, letter in enumerate("AWSEDFTGYHUJKOLP")}
"""The computer's keys as a piano: the middle row are white keys from C on, the upper one black."""

MIDDLE_C = 60


class StepInput:
    """What is pressed at the moment, and was since the last step. [any]"""

    def __init__(self) -> None:
        self.octave = 0
        self._down: set[int] = set()
        self._chord: dict[int, int] = {}

    def press(self, pitch: int, velocity: int) -> None:
        """A key goes down. [any]"""
        self._down.add(pitch)
        self._chord[pitch] = velocity

    def release(self, pitch: int) -> dict[int, int]:
        """A key goes up: the chord with its velocities when it was the last one, else nothing. [any]"""
        self._down.discard(pitch)
        if self._down:
            return {}
        chord, self._chord = self._chord, {}
        return chord

    def forget(self) -> None:
        """Nothing is pressed. [any]"""
        self._down.clear()
        self._chord.clear()

    def pitch_of(self, letter: str) -> int | None:
        """The key of a letter, in the octave of the moment. [any]"""
        above = PIANO.get(letter)
        pitch = None if above is None else MIDDLE_C + 12 * self.octave + above
        return pitch if pitch is not None and 0 <= pitch <= 127 else None


def grid_of(snap: Snap) -> Grid:
    """How long a step is: as the hand is led, and an eighth where it is led by the zoom or not at all. [any]"""
    if snap.part is None or not snap.is_on or snap.part.numerator != 1:
        return EIGHTHS
    return Grid(snap.part.denominator, "triplet" if snap.triplets else "dotted" if snap.dotted else "straight")
