"""Getting to know a voice while the engine runs: the ears step aside for a listener that measures, and come back.

What flows in: words of the app: begin, look, skip, keep, leave. What flows out: which step is measured now and what to
do for it, what the steps heard, and in the end ears that know this voice. What measures is given from above. [main]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from realtime.hearing import Listener
from score.errors import EngineError


class Remark(Protocol):
    """What a step heard, or what was not right and what to do. [any]"""

    @property
    def step(self) -> str:
        """Which step it is about. [any]"""

    @property
    def good(self) -> bool:
        """Whether the step is done. [any]"""

    @property
    def text(self) -> str:
        """For the singer. [any]"""


class Measure(Listener, Protocol):
    """A listener that gets to know a voice, step by step. [ears]"""

    @property
    def step(self) -> str | None:
        """What is measured now; None when all is done. [any]"""

    @property
    def prompt(self) -> str:
        """What to do for it. [any]"""

    @property
    def remarks(self) -> Sequence[Remark]:
        """What was heard so far, in order. [any]"""

    @property
    def measured(self) -> Sequence[str]:
        """The steps that came to something. [any]"""

    def skip(self) -> None:
        """Leave the step that runs out. [any]"""

    def keep(self) -> str:
        """Keep what was measured, and say it in words. [main]"""


class Measuring:
    """One visit of the measuring listener. [main]"""

    def __init__(self, make: Callable[[float], Measure] | None, listen_with: Callable[[Listener | None], None]) -> None:
        self._make, self._listen_with = make, listen_with
        self._measure: Measure | None = None

    def do(self, what: str, rate: float) -> dict[str, Any]:
        """One word of the app's, and how it stands afterwards. [main]"""
        if what == "begin":
            if self._make is None:
                raise EngineError("this engine cannot get to know a voice.", "Type: vocello calibrate")
            self._measure = self._make(rate)
            self._listen_with(self._measure)
        elif what == "skip" and self._measure is not None:
            self._measure.skip()
        elif what in ("keep", "leave"):
            return self._end(kept=what == "keep")
        elif what not in ("look", "skip"):
            raise EngineError(f"a voice cannot be measured by '{what}'.", "Say begin, look, skip, keep or leave.")
        return self._told()

    def forget(self) -> None:
        """Another device: the ears of the new one listen. [main]"""
        self._measure = None

    def _end(self, kept: bool) -> dict[str, Any]:
        measure, self._measure = self._measure, None
        if measure is None:
            return {"measuring": False}
        words = measure.keep() if kept and measure.measured else ""
        self._listen_with(None)
        return {"measuring": False, "words": words}

    def _told(self) -> dict[str, Any]:
        measure = self._measure
        if measure is None:
            return {"measuring": False}
        remarks = [{"step": each.step, "good": each.good, "text": each.text} for each in list(measure.remarks)]
        return {
            "measuring": True,
            "step": measure.step,
            "prompt": measure.prompt if measure.step is not None else "",
            "remarks": remarks,
            "measured": list(measure.measured),
        }
