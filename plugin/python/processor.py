"""A file of Python as a processor: what its user saves is heard as soon as it is proved, and not before.

What flows in: a name as a rack file has it, and glances at the file. What flows out: a part that plays, versions that
follow each other, and, of what cannot play, the line and what to do about it. [main]
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from plugin.processor import Parameter, Processor
from plugin.python.proof import Proof
from plugin.python.proved import ProvedKernel
from plugin.python.report import Problem, Report
from plugin.python.source import Source, read_source
from plugin.python.trust import EXAMPLES, own_folder, require_trust
from plugin.python.workshop import Workshop
from realtime.rack import Part
from score.errors import FileError, KernelError, VocelloError

_TOLD_AT_ONCE = 3


def find_file(name: str, folder: Path | None = None) -> Path:
    """The file that a rack means: an absolute path; or beside the rack, in the user's folder, among the examples.

    FileError where it lies in none of them. [main]
    """
    path = Path(name).expanduser()
    places = [path] if path.is_absolute() else [each / path for each in (folder, own_folder(), EXAMPLES) if each]
    for place in places:
        if place.is_file():
            return place
    raise FileError(
        f"there is no '{name}' in {' or '.join(repr(str(place.parent)) for place in places)}.",
        f"Begin one: vocello dsp new {path.stem}",
    )


class PythonDsp(Processor):
    """An effect or an instrument that a user has written, and may be writing still. [main]"""

    def __init__(self, name: str | Path, folder: Path | None = None, *, wait: bool = True) -> None:
        """Read the file, and prove it unless an earlier run has; without `wait`, that happens while one ticks.

        FileError where there is none, UntrustedError where the user has not agreed to run it. One that does not pass
        is an object all the same: it waits for its file to be put right.
        """
        source = read_source(find_file(str(name), folder))
        require_trust(source.path, source.data)
        self.id, self.name = f"python:{name}", source.path.stem.replace("_", " ")
        self.path = source.path
        self.report: Report | None = None
        self._part: ProvedKernel | None = None
        self._parameters: Mapping[str, Parameter] = {}
        self._workshop = Workshop(source)
        self._first: Proof | None = Proof(source)
        if wait:
            self._first.wait()
        if self._first.poll() is not None:
            self._take_first()

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """The knobs of the version that plays. [any]"""
        return self._parameters

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What keeps the file, as it was saved last, from playing; and after that, what is odd about it. [main]"""
        return (*self.report.problems, *self.report.warnings) if self.report is not None else ()

    @property
    def is_instrument(self) -> bool:
        """Whether it sounds by itself. [any]"""
        return self._part is not None and self._part.inputs == 0

    @property
    def latency_frames(self) -> int:
        """As the file says. [main]"""
        return self._part.latency_frames if self._part is not None else 0

    def prepare(self, rate: float, block_frames: int) -> Part:
        """The last good version: it runs at any rate, in blocks of any length. KernelError while there is none.
        [main]"""
        if self._part is None:
            if self.report is None:
                raise KernelError(f"'{self.path.name}' is still being tried.", "It plays as soon as it has passed.")
            first = self.report.problems[0] if self.report.problems else Problem("it has not passed.")
            raise KernelError(str(first), "Save the file again when it is put right.")
        return self._part

    def tick(self) -> list[str]:
        """Glance at the file; a version that has passed is the next to play, and `version` grows. [main]"""
        if self._first is not None:
            return self._take_first() if self._first.poll() is not None else []
        news = self._workshop.tick()
        return self._take(*news) if news is not None else []

    def close(self) -> None:
        """Watch the file no more. [main]"""
        self._workshop.close()
        if self._first is not None:
            self._first.stop()

    def _take_first(self) -> list[str]:
        first, self._first = self._first, None
        return self._take(first.source, first.report) if first is not None and first.report is not None else []

    def _take(self, source: Source | None, report: Report) -> list[str]:
        """Have a new version play, or say why it cannot."""
        self.report = report
        if report.passed and source is not None:
            try:
                self._part = ProvedKernel(source, report)
            except VocelloError as error:
                self.report = Report(report.sha, (Problem(error.what, error.fix),))
            else:
                self._parameters = {knob.name: Parameter.of(knob) for knob in self._part.knobs.values()}
                self.version += 1
                return [f"{self.path.name} plays as it was saved.", *map(str, report.warnings)]
        told = [str(problem) for problem in self.report.problems[:_TOLD_AT_ONCE]]
        return [*told, "The version before plays on."] if self._part is not None else told
