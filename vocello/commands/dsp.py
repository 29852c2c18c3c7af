"""`vocello dsp`: begin an effect or an instrument in Python, have it checked, see what it costs.

What flows in: a name, or a file. What flows out: a file to start from; findings with their lines; figures. Nothing of a
file runs in this process, and a file that is not the user's own runs nowhere before the user has said so. [main]
"""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

from plugin.python.beginning import EFFECT, INSTRUMENT, begin_file
from plugin.python.processor import find_file
from plugin.python.proof import Proof
from plugin.python.report import Figures, Report
from plugin.python.source import read_source
from plugin.python.trust import require_trust, trust
from score.errors import KernelError
from vocello.screen import print_json, print_table, progress, say

_LOOKS_EVERY_S = 0.02


def new(name: str, instrument: bool, folder: Path | None, as_json: bool) -> None:
    """Write a file that sounds as it is, and say what to do with it. [main]"""
    kind = INSTRUMENT if instrument else EFFECT
    path = begin_file(name, kind, folder)
    if as_json:
        print_json({"path": str(path), "kind": kind})
        return
    say(f"'{path}' is an {kind} that sounds as it is. Open it in an editor; every line says what it is for.")
    say(f"vocello dsp check '{path}' tells whether it may play; in a rack it is called python:{_called(path, folder)}")


def check(file: Path, agree: bool, as_json: bool) -> None:
    """Say what keeps a file from playing, line by line; KernelError where something does. [main]"""
    report = _tried(file, agree, anew=False, shown=not as_json)
    if as_json:
        print_json(_as_json(report))
    else:
        for problem in (*report.problems, *report.warnings):
            say(str(problem))
        if report.passed and report.figures is not None:
            figures = report.figures
            kind = "An instrument" if figures.inputs == 0 else "An effect"
            say(
                f"'{figures.name}' may play. {kind}, {figures.p50_us:.1f} µs a block of {figures.block_frames} frames "
                f"({figures.share:.1%} of its time), {_bytes(figures.state_bytes)} of state, no allocations."
            )
    if not report.passed:
        many = f"{len(report.problems)} problems keep" if len(report.problems) > 1 else "one problem keeps"
        raise KernelError(f"{many} '{file.name}' from playing.", "Named above, with the line." if not as_json else "")


def bench(file: Path, agree: bool, as_json: bool) -> None:
    """Say what a file costs, measured now. [main]"""
    report = _tried(file, agree, anew=True, shown=not as_json)
    if as_json:
        print_json(_as_json(report))
    elif report.figures is not None:
        _tell(report.figures)
    if not report.passed:
        first = report.problems[0]
        raise KernelError(f"{first}", f"All that is wrong: vocello dsp check '{file}'")


def _tried(file: Path, agree: bool, *, anew: bool, shown: bool) -> Report:
    source = read_source(find_file(str(file), Path.cwd()))
    if agree:
        trust(source.path, source.data)
    require_trust(source.path, source.data)
    proof = Proof(source, anew=anew)
    try:
        with progress(f"Trying {source.name}", shown) as step:
            turns = 0
            while (report := proof.poll()) is None:
                time.sleep(_LOOKS_EVERY_S)
                turns += 1
                step(1.0 - 0.99**turns)  # nobody knows how long: it slows down and never says that it is done
    finally:
        proof.stop()
    return report


def _tell(figures: Figures) -> None:
    rows = [
        ("p50", f"{figures.p50_us:.2f} µs", f"{figures.share:.2%} of a block"),
        ("p99.9", f"{figures.p999_us:.2f} µs", f"{figures.p999_us / figures.budget_us:.2%}"),
        ("worst", f"{figures.worst_us:.2f} µs", f"{figures.worst_us / figures.budget_us:.2%}"),
        ("a sample", f"{figures.ns_per_sample:.2f} ns", "at the median"),
        ("vectorised", figures.vectorised, "loops over frames"),
        ("allocations", str(figures.allocations), "by reading the machine code"),
        ("state", _bytes(figures.state_bytes), "a channel" if figures.outputs == 1 else "in all"),
        ("latency", f"{figures.latency_frames} frames", "as the file says"),
        ("mathematics", ", ".join(figures.reaches) or "none", "of the C library"),
        ("compiled in", f"{figures.compile_s:.2f} s", "while what plays plays on"),
    ]
    title = f"{figures.name}, {figures.block_frames} frames at {figures.rate:g} Hz"
    print_table(title, ("", "", ""), rows)


def _as_json(report: Report) -> dict[str, object]:
    return {**asdict(report), "passed": report.passed}


def _called(path: Path, folder: Path | None) -> str:
    return path.name if folder is None else str(path)


def _bytes(count: int) -> str:
    return (
        f"{count / 2**20:.1f} MiB"
        if count >= 2**20
        else f"{count / 1024:.1f} KiB"
        if count >= 1024
        else f"{count} bytes"
    )
