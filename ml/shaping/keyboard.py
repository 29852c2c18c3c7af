"""The keys that are down at the synth, so that each that goes down comes up, once.

What flows in: which keys should sound. What flows out: NOTE_ON and NOTE_OFF. Called on the ears thread.
"""

from __future__ import annotations

from collections.abc import Iterable

from ml.said import Said
from realtime.events import NOTE_OFF, NOTE_ON

USUAL_RELEASE = 0.5


class Keyboard:
    """Presses and lifts keys, as a hand that cannot press one twice. [ears]"""

    def __init__(self) -> None:
        self._down: list[int] = []

    @property
    def down(self) -> tuple[int, ...]:
        """In the order they were pressed. [any]"""
        return tuple(self._down)

    def press(self, keys: Iterable[int], velocity: float, said: list[Said]) -> None:
        """Those of the keys that are not down yet go down. [ears]"""
        for key in keys:
            if key not in self._down:
                self._down.append(key)
                said.append(Said(NOTE_ON, key, velocity))

    def lift(self, said: list[Said], release: float = USUAL_RELEASE, *, but: Iterable[int] = ()) -> None:
        """All come up, `but` these. [ears]"""
        said.extend(Said(NOTE_OFF, key, release) for key in self._down if key not in but)
        self._down = [key for key in self._down if key in but]

    def watch(self, said: Said) -> None:
        """Somebody else's hand: what is said is known, and not repeated. [ears]"""
        if said.kind == NOTE_ON and said.number not in self._down:
            self._down.append(said.number)
        elif said.kind == NOTE_OFF and said.number in self._down:
            self._down.remove(said.number)

    def forget(self) -> None:
        """The synth was silenced by other means. [ears]"""
        self._down.clear()
