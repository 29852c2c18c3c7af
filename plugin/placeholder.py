"""What keeps the place of a processor that is not here: a plugin of another machine, a file that was moved.

It passes on what it hears, and gives back, whenever the rack is saved, exactly the parameters and the state that it was
loaded with. So a rack may travel through a machine that lacks half of it and come home whole. [main]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugin.processor import Parameter, Processor
from realtime.rack import Part
from score.errors import RackError


class Placeholder(Processor):
    """Nobody, with somebody's state. [main]"""

    def __init__(self, id: str, why: str) -> None:
        self.id = id
        self.name = id.partition(":")[2] or id
        self.why = why
        self._state: Mapping[str, Any] = {}

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """None that are known. [any]"""
        return {}

    @property
    def is_instrument(self) -> bool:
        """Unknown; as an effect it lets pass what comes. [any]"""
        return False

    def prepare(self, rate: float, block_frames: int) -> Part:
        """A place that is kept has nothing to run: the rack leaves it out. [main]"""
        raise RackError(f"'{self.name}' is not here: {self.why}")

    def state(self) -> Mapping[str, Any]:
        """What it was given. [main]"""
        return self._state

    def restore(self, state: Mapping[str, Any]) -> None:
        """Keep it. [main]"""
        self._state = state
