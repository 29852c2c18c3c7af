"""One file, watched: whenever its user has saved it, it is put on trial, and the workshop tells how that went.

What flows in: glances at the file, some fifty times a second. What flows out: now and then a source with its report.
Nothing here waits for anything. Editors write a file in pieces, or write another and rename it: so a change counts
once the file has stood still for STILL_S. Whoever saves again while a trial runs has the new bytes tried, at once.
[main]
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from plugin.python.proof import Proof
from plugin.python.report import Problem, Report
from plugin.python.source import Source, read_source
from plugin.python.trust import require_trust
from score.errors import VocelloError

STILL_S = 0.05
_Glance = tuple[int, int, int]

News = tuple[Source | None, Report]


class Workshop:
    """Watches a file that was read before, from the bytes on that are known. [main]"""

    def __init__(self, known: Source, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = known.path
        self._clock = clock
        self._sha = known.sha
        self._seen: _Glance | None = None  # which makes the first glance a change: of the bytes, there may be newer
        self._since: float | None = None
        self._proof: Proof | None = None

    @property
    def is_at_work(self) -> bool:
        """Whether a change waits or a trial runs. [main]"""
        return self._since is not None or self._proof is not None

    def tick(self) -> News | None:
        """Glance at the file and at the trial; what came of it, when something came. [main]"""
        glance = _glance(self.path)
        if glance != self._seen:
            self._seen, self._since = glance, self._clock()
        elif self._since is not None and self._clock() - self._since >= STILL_S:
            self._since = None
            if glance is not None:  # a file that is gone is on its way back, or is missed by nobody
                news = self._begin()
                if news is not None:
                    return news
        if self._proof is not None and (report := self._proof.poll()) is not None:
            source, self._proof = self._proof.source, None
            return source, report
        return None

    def close(self) -> None:
        """Watch no more. [main]"""
        if self._proof is not None:
            self._proof.stop()
            self._proof = None

    def _begin(self) -> News | None:
        """Put what the file holds now on trial, unless it is what was tried last."""
        try:
            source = read_source(self.path)
            if source.sha == self._sha:
                return None
            self._sha = source.sha
            self.close()
            require_trust(source.path, source.data)
            self._proof = Proof(source)
        except VocelloError as error:
            return None, Report(self._sha, (Problem(error.what, error.fix),))
        return None


def _glance(path: Path) -> _Glance | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size, about.st_ino
