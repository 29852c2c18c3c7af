"""The trial as the engine's process sees it: started, looked at now and then, and ended where it does not end itself.

What flows in: a source. What flows out: a report, of this trial or of an earlier one of the same bytes; a process that
crashed or would not end has its report, too. Nothing here waits, `Proof.wait` excepted. [main]
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO

from plugin.python.reading import loop_lines, read
from plugin.python.report import Problem, Report
from plugin.python.source import Source

PATIENCE_S = 300.0
"""By the clock, and only for a trial that hangs without computing: what computes is ended by its own time."""

_ROOT = Path(__file__).resolve().parents[2]


class Proof:
    """One trial of one version of a file. [main]"""

    def __init__(self, source: Source, *, anew: bool = False) -> None:
        self.source = source
        self.report = None if anew else kept_report(source)
        self._process: subprocess.Popen[bytes] | None = None
        if self.report is None:
            _, problems = read(source.data)  # which runs nothing, and takes a moment
            if problems:
                place = str(source.path)
                self.report = Report(source.sha, tuple(replace(each, file=place) for each in problems))
        if self.report is None:
            self._out, self._aside = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
            paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "plugin.python.trial", str(source.keep()), str(source.path)],
                cwd=_ROOT,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=self._out,
                stderr=self._aside,
            )
            self._until = time.monotonic() + PATIENCE_S

    def poll(self) -> Report | None:
        """The report, once there is one. [main]"""
        if self.report is None and self._process is not None:
            if self._process.poll() is not None:
                self.report = self._read(self._process.returncode)
            elif time.monotonic() > self._until:
                self._process.kill()
                self.report = self._failed("it did not end")
            if self.report is not None:
                self._close()
        return self.report

    def wait(self) -> Report:
        """The report, however long it takes. [main]"""
        while (report := self.poll()) is None:
            time.sleep(0.01)
        return report

    def stop(self) -> None:
        """Leave it: the file has changed again, or nobody wants to know. [main]"""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
        self._close()

    def _close(self) -> None:
        if self._process is not None:
            self._process.wait()
            self._process = None
            self._out.close()
            self._aside.close()

    def _read(self, code: int) -> Report:
        for line in reversed(_lines(self._out)):
            if (report := Report.from_json(line)) is not None:
                return report
        if code == -getattr(signal, "SIGXCPU", 0) or code == -signal.SIGKILL:
            return self._failed("it did not come to an end")
        if code < 0:
            return self._failed(f"it crashed ({_signal_name(code)})")
        last = (_lines(self._aside) or ["it said nothing"])[-1]
        return self._failed(f"the trial itself broke down ({last[:200]})")

    def _failed(self, what: str) -> Report:
        """A report on a process that could give none: what it was at is the last that it said."""
        step = "starting"
        for line in _lines(self._out):
            with suppress(ValueError, KeyError, TypeError):
                step = str(json.loads(line)["step"])
        tree, _ = read(self.source.data)
        loops = loop_lines(tree) if tree is not None and "end" in what else []
        fix = "Count the turns of this loop: for … in range(…)." if loops else ""
        problem = Problem(f"{what} while {step}.", fix, loops[0] if loops else 0, str(self.source.path))
        return Report(self.source.sha, (problem,))


def kept_report(source: Source) -> Report | None:
    """What a trial of these bytes found that passed, with this program on this machine. [main]"""
    with suppress(OSError):
        report = Report.from_json(source.proof.read_text(encoding="utf-8"))
        if report is not None and report.passed and report.sha == source.sha and source.code.is_file():
            place = str(source.path)  # the same bytes may have been proved in another folder
            return replace(report, warnings=tuple(replace(each, file=place) for each in report.warnings))
    return None


def _lines(file: IO[bytes]) -> list[str]:
    file.seek(0)
    return file.read().decode(errors="replace").splitlines()


def _signal_name(code: int) -> str:
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"exit code {code}"
