"""Our own notes, given back by another program: a DAW's track that monitors sends on what it hears, and we hear it.

What flows in: what leaves by our port, and what comes in by others. What flows out: which of the latter is our own, so
that a sung note is not played a second time as a key. [midi]

A note is ours when the same key, as hard, left a moment ago; its end is ours with it. Wheels and controllers are asked
only of a port that gives back notes: a keyboard's wheel comes to rest where ours rests, too, and must not be lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

_BACK_WITHIN_S = 0.5
_A_PORT_ECHOES_FOR_S = 2.0
_KEPT_AT_MOST = 4096
_OFF, _ON = 0x80, 0x90
_SYSTEM = 0xF0

_What = tuple[int, ...]


class Sent:
    """What left of late. Written by whoever sends, read by the thread that listens. [any]"""

    def __init__(self) -> None:
        self._at_s: dict[_What, float] = {}

    def note_down(self, message: bytes) -> None:
        """This has left. [any]"""
        what = _what(message)
        if what is not None:
            self._at_s.pop(what, None)
            self._at_s[what] = monotonic()
            if len(self._at_s) > _KEPT_AT_MOST:
                self._at_s.pop(next(iter(self._at_s)), None)

    def has(self, what: _What) -> bool:
        """Whether it left a moment ago. [any]"""
        at_s = self._at_s.get(what)
        return at_s is not None and monotonic() - at_s < _BACK_WITHIN_S


class Echo:
    """What one port gives back. [midi]"""

    def __init__(self, sent: Sent) -> None:
        self._sent = sent
        self._held: set[tuple[int, int]] = set()
        self._until_s = 0.0
        self.count = 0
        """Notes of ours that came back."""

    def is_ours(self, message: Sequence[int]) -> bool:
        """Whether a message that came in is one that left. [midi]"""
        what = _what(message)
        if what is None:
            return False
        kind, note = what[0], (message[0] & 0x0F, message[1] if len(message) > 1 else 0)
        if kind == _ON and what[2] > 0:
            if not self._sent.has(what):
                self._held.discard(note)
                return False
            self._held.add(note)
            self._until_s = monotonic() + _A_PORT_ECHOES_FOR_S
            self.count += 1
            return True
        if kind in (_OFF, _ON):
            is_ours = note in self._held
            self._held.discard(note)
            return is_ours
        return monotonic() < self._until_s and self._sent.has(what)


def _what(message: Sequence[int]) -> _What | None:
    """A message without its channel, which the way back may change; None for what is no channel's."""
    if not message or not _OFF <= message[0] < _SYSTEM or len(message) < 2:
        return None
    kind = message[0] & 0xF0
    if kind in (_OFF, _ON) and len(message) < 3:
        return None
    return (kind, *message[1:3])
