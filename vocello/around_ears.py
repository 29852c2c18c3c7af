"""Something around the ears: to whoever asks, it is the ears themselves.

What flows in: a listener. What flows out: the same words about it; a class that stands around the ears adds what it
does with what they hear. [ears]
"""

from __future__ import annotations

from typing import Protocol

from ml.beat.grid import Beat
from ml.said import Live, Sung
from realtime.hearing import Listener
from score.errors import ModelError


class Ears(Listener, Protocol):
    """What the commands ask of the ears, beside what the engine does. [any]"""

    @property
    def live(self) -> Live:
        """What is heard at this moment. [any]"""

    @property
    def sung(self) -> list[Sung]:
        """The notes that have ended. [any]"""

    @property
    def trouble(self) -> ModelError | None:
        """Why they hear less well than they could. [any]"""

    @property
    def key_name(self) -> str | None:
        """The key that was found. [any]"""

    @property
    def beat(self) -> Beat | None:
        """The beat that was found. [any]"""


class AroundEars:
    """The ears, as they are. [ears]"""

    def __init__(self, inner: Ears) -> None:
        self.inner = inner

    @property
    def live(self) -> Live:
        """As the ears have it. [any]"""
        return self.inner.live

    @property
    def sung(self) -> list[Sung]:
        """As the ears have it. [any]"""
        return self.inner.sung

    @property
    def trouble(self) -> ModelError | None:
        """As the ears have it. [any]"""
        return self.inner.trouble

    @property
    def key_name(self) -> str | None:
        """As the ears have it. [any]"""
        return self.inner.key_name

    @property
    def beat(self) -> Beat | None:
        """As the ears have it. [any]"""
        return self.inner.beat
