"""The trial: what would click, crash, hang or fall silent is told before it is heard, with the line where it stands."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from plugin.python import proof
from plugin.python.proof import Proof, kept_report
from plugin.python.report import Problem, Report
from plugin.python.source import read_source
from tests.plugin.python.written import GOOD, KERNEL, save, text, tried

LOOP = "    for n in range(frames):\n"


def body(*lines: str) -> str:
    return LOOP + "".join(f"        {line}\n" for line in lines)


HELPER = "@compiled\ndef look(a, i):\n    return a[i]  # here\n"
STEREO = "\n@kernel(STATE)\ndef sound(s, xl, xr, yl, yr, frames):\n"
INSTRUMENT = "\n@kernel(STATE)\ndef sound(s, y, events, frames):\n"

WRONG = {
    "memory": (text("    a = np.zeros(frames)  # here\n" + body("y[n] = tame(x[n]) + a[n]")), "asks for memory"),
    "exception": (text(body("if x[n] > 2.0:", "    raise ValueError  # here", "y[n] = tame(x[n])")), "exception"),
    "recursion": (
        text(
            body("y[n] = f(tame(x[n]))"),
            before="@compiled\ndef f(a):  # here\n    return f(a - 1.0) if a > 0.0 else a\n",
        ).replace("def sound(s, x, y, frames):", "def sound(s, x, y, frames):  # or here"),
        "call itself",
    ),
    "types": (text(body("y[n] = x[n] + 'a'  # here")), "add"),
    "unknown name": (text(body("y[n] = x[n] * volume  # here")), "'volume' is not defined"),
    "unknown field": (text(body("y[n] = x[n] * s.gian  # here")), "Its state has: gain, last"),
    "unknown inner field": (text(body("y[n] = x[n] * s.gain.vlue  # here")), "no field 'vlue'"),
    "past the end": (text(body("y[n] = look(s.line, n % 70)"), before=HELPER), "past the end of its array"),
    "not a number": (text(body("a = tame(x[n])", "y[n] = a / (a * 0.0)  # here")), "no number any more (silence"),
    "taken in as it is": (text(body("y[n] = x[n] * 0.5  # here")), "NaN and infinity once"),
    "unstable": (
        text(body("s.last = s.last * 4.0 + tame(x[n])  # here", "y[n] = s.last  # or here")),
        "feedback over 1",
    ),
    "cut": (text(body("s.last += (tame(x[n]) - s.last) / frames  # here", "y[n] = s.last")), "in blocks of 1 frame"),
    "order": (
        text(body("yl[n] = tame(xr[n])", "yr[n] = tame(xl[n])"), kernel=STEREO.replace("frames):", "frames):  # here")),
        "writes over what it reads",
    ),
    "bus": (
        text(body("y[n] = 0.1"), kernel=INSTRUMENT.replace("frames):", "frames):  # here")),
        "an instrument adds",
    ),
    "too dear": (
        text(body("a = tame(x[n])", "for k in range(3000):", "    a = np.sin(a)", "y[n] = a")).replace(
            "y, frames):", "y, frames):  # here"
        ),
        "of the 2667 µs",
    ),
    "endless": (
        text("    n = 0\n    while n < frames:  # here\n        y[n] = tame(x[n])\n"),
        "did not come to an end",
    ),
    "endless before it began": (text(before="while True:  # here\n    pass\n"), "end while running the file"),
    "large": (text().replace("(64,)", "(1 << 26,)").replace("y, frames):", "y, frames):  # here"), "256 MiB"),
    "tables": (text() + "\n@sound.prepare\ndef fill(s, rate):\n    s['lines'][:] = 1  # here\n", "lines"),
    "fails at once": (text(before="a = 1 / 0  # here\n"), "division by zero"),
    "none": (text("", kernel="\n"), "must define one kernel"),
}


@pytest.mark.slow  # all of them together
@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_its_line(name: str, tmp_path: Path) -> None:
    written, words = WRONG[name]
    path = save(tmp_path / "wrong.py", written)
    report = tried(path)
    assert not report.passed
    told = " ".join(str(problem) for problem in report.problems)
    assert words in told
    assert str(path) in told
    lines = [n for n, line in enumerate(written.splitlines(), 1) if line.endswith(("# here", "# or here"))]
    assert not lines or report.problems[0].line in lines, told


def test_a_good_file_passes_and_its_figures_say_what_it_is(tmp_path: Path) -> None:
    path = save(tmp_path / "good.py", text())
    report = tried(path)
    assert report.passed, report.problems
    assert report.warnings == ()
    figures = report.figures
    assert figures is not None
    assert (figures.name, figures.inputs, figures.outputs, figures.knobs) == ("sound", 1, 1, ("gain",))
    assert figures.allocations == 0
    assert 0.0 < figures.p50_us <= figures.p999_us <= figures.worst_us
    assert Report.from_json(report.to_json()) == report


def test_what_was_proved_once_is_not_proved_again(tmp_path: Path) -> None:
    path = save(tmp_path / "once.py", text(GOOD + "    s.at = 7\n"))
    assert kept_report(read_source(path)) is None
    first = tried(path)
    again = Proof(read_source(path))
    assert again.report == first  # at once, with no process
    assert kept_report(read_source(save(path, text(GOOD + "    s.at = 8\n")))) is None


def test_silence_whatever_goes_in_is_odd_but_no_fault(tmp_path: Path) -> None:
    report = tried(save(tmp_path / "mute.py", text(body("y[n] = 0.0"))))
    assert report.passed
    assert "nothing came out" in str(report.warnings[0])


def test_what_a_file_prints_does_not_speak_for_the_trial(tmp_path: Path) -> None:
    lie = Report("0", ()).to_json()
    assert tried(save(tmp_path / "talks.py", text(before=f"print({lie!r})\n"))).passed


def test_a_crash_of_the_trial_is_a_report(tmp_path: Path) -> None:
    trying = Proof(read_source(save(tmp_path / "crash.py", text(before="while True:\n    pass\n"))))
    assert trying._process is not None
    os.kill(trying._process.pid, signal.SIGSEGV)
    report = trying.wait()
    assert not report.passed
    assert "crashed (SIGSEGV) while" in str(report.problems[0])


def test_a_trial_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "PATIENCE_S", 0.0)
    trying = Proof(read_source(save(tmp_path / "hang.py", text(before="while True:\n    pass\n"))))
    process = trying._process
    assert process is not None
    assert "did not end" in str(trying.wait().problems[0])
    assert process.returncode is not None


def test_a_report_that_is_none_is_not_taken_for_one() -> None:
    for told in ("", "{", "[]", '{"version": 0}', '{"version": 2, "sha": 1}', '{"step": "compiling"}'):
        assert Report.from_json(told) is None


def test_a_problem_reads_as_an_editor_finds_it() -> None:
    assert str(Problem("it hums.", "Ground it.", 3, "a.py")) == "a.py:3: it hums. Ground it."
    assert str(Problem("it hums.")) == "it hums."
    assert KERNEL.strip().startswith("@kernel")
