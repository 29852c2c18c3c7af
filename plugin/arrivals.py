"""Processors on their way: a plugin takes seconds to load, and nobody waits for it while others play.

What flows in: names of processors. What flows out: processors, once they are here, with the state that they were to
have. What is at hand is given at once; what must be fetched, proved or started comes by way of threads of its own.
[main]
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from plugin.placeholder import Placeholder
from plugin.plan import SlotPlan
from plugin.processor import Processor
from score.errors import VocelloError

Find = Callable[[str, Path | None], Processor]
_AT_ONCE = 4
_LOOKS_EVERY_S = 0.01


@dataclass(frozen=True)
class Arrived:
    """A processor for a slot, and what there is to say about its coming. [main]"""

    slot: str
    processor: Processor
    news: str = ""


@dataclass(frozen=True)
class _Coming:
    plan: SlotPlan
    future: Future[Processor]


class Arrivals:
    """Who is on the way to which slot. [main]"""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._coming: dict[str, _Coming] = {}
        self._threads: ThreadPoolExecutor | None = None

    def call(self, slot: SlotPlan, folder: Path | None) -> Arrived | None:
        """Have somebody for a slot: now, or, where that takes time, by and by. [main]"""
        if ":" not in slot.processor:
            return _arrived(slot, self._find(slot.processor, folder))
        if self._threads is None:
            self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="loading")
        self._coming[slot.name] = _Coming(slot, self._threads.submit(self._find, slot.processor, folder))
        return None

    def is_coming(self, slot: SlotPlan) -> bool:
        """Whether the one that a slot wants is on its way. [main]"""
        coming = self._coming.get(slot.name)
        return coming is not None and coming.plan.processor == slot.processor

    @property
    def names(self) -> tuple[str, ...]:
        """Slots that wait for somebody. [main]"""
        return tuple(self._coming)

    def keep_only(self, slots: Mapping[str, SlotPlan]) -> None:
        """Send those away again whom nobody wants any more. [main]"""
        for name in [name for name in self._coming if name not in slots or not self.is_coming(slots[name])]:
            self._coming.pop(name).future.add_done_callback(_send_away)

    def here(self) -> list[Arrived]:
        """Who has come since last asked. [main]"""
        there = [name for name, coming in self._coming.items() if coming.future.done()]
        arrived = []
        for name in there:
            coming = self._coming.pop(name)
            try:
                processor = coming.future.result()
            except Exception as error:  # a bug in a loader is not to take the rack along
                processor = Placeholder(coming.plan.processor, f"{type(error).__name__}: {error}")
            arrived.append(_arrived(coming.plan, processor))
        return arrived

    def wait(self, patience_s: float) -> None:
        """Until all are here, or for so long. [main]"""
        until = time.monotonic() + patience_s
        while time.monotonic() < until and not all(each.future.done() for each in self._coming.values()):
            time.sleep(_LOOKS_EVERY_S)

    def close(self) -> None:
        """Send everybody away. [main]"""
        self.keep_only({})
        if self._threads is not None:
            self._threads.shutdown(wait=False)


def _arrived(slot: SlotPlan, processor: Processor) -> Arrived:
    news = ""
    try:
        if slot.state or isinstance(processor, Placeholder):
            processor.restore(slot.state)
    except VocelloError as error:
        news = f"'{slot.name}' begins afresh: {error}"
    if isinstance(processor, Placeholder):
        news = f"'{slot.name}' is not here, its place and its state are kept: {processor.why}"
    return Arrived(slot.name, processor, news)


def _send_away(future: Future[Processor]) -> None:
    if not future.cancelled() and future.exception() is None:
        future.result().close()
