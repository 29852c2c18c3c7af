"""A user's file on trial, in a process of its own: nothing that it does here can reach the sound.

    python -m plugin.python.trial KEPT.py SHOWN.py

What flows in: the file as it was kept, and the path that its user knows. What flows out: on standard output a line of
JSON for each step that begins, then the report; beside the kept file, where it passes, the machine code and the same
report. Endless loops end by the processor's time: each step has so many seconds of it, however busy the machine is.

The file is read, run, compiled, read again as LLVM, run once with every index looked at, and only then as it would
play: over all that is unkind, cut in every way, and timed. [main]
"""

from __future__ import annotations

import ast
import faulthandler
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from ctypes import CFUNCTYPE, c_int64, c_void_p
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import numba
import numpy as np

from plugin.python import audition, cost, faults, lens
from plugin.python.machine_code import MachineCode, emit, vectorised
from plugin.python.reading import read
from plugin.python.report import Figures, Problem, Report
from plugin.python.source import Source, load_kernel
from realtime.code_cache import keep_code
from realtime.kernel import Kernel
from realtime.kernel_check import check
from score.atomic import write_whole
from score.errors import FileError, KernelError, VocelloError

STEP_CPU_S, COMPILE_CPU_S = 4, 90
_NICE = 5
WARNING_SHARE, REFUSED_SHARE = 0.10, 0.50
SAME = 1e-4
"""80 dB under the peak two ways of cutting are one sound."""

LOUD = 100.0
_KERNEL = CFUNCTYPE(None, c_void_p, c_void_p, c_int64)

Step = Callable[[str, int], None]


def main(arguments: Sequence[str]) -> int:
    """Try the file; 0 when it passed. [main]"""
    faulthandler.enable()
    if sys.platform != "win32":
        os.nice(_NICE)  # whoever plays meanwhile has the processor first
    keep_code()
    kept, shown = Path(arguments[0]).resolve(), Path(arguments[1])
    out = sys.stdout
    with redirect_stdout(sys.stderr):  # a file that prints does not speak for the trial
        report = trial(Source(shown, kept.read_bytes(), kept.parent), lambda what, cpu_s: _begin(out, what, cpu_s))
    print(report.to_json(), file=out, flush=True)
    return 0 if report.passed else 1


def trial(source: Source, step: Step) -> Report:
    """All that is wrong with a file, or what it costs. [main]"""
    step("reading the file", STEP_CPU_S)
    tree, problems = read(source.data)
    if tree is None or problems:
        return _report(source, problems)
    step("running the file", STEP_CPU_S)
    try:
        kernel = load_kernel(source)
        kernel.new_state(48_000.0)
        step("compiling", COMPILE_CPU_S)
        began = time.perf_counter()
        compiled = kernel.compile_fresh()
        compile_s = time.perf_counter() - began
    except Exception as error:  # anything at all can happen while a user's file runs
        return _report(source, [faults.of_an_exception(error, source, tree)])
    step("reading the machine code", COMPILE_CPU_S)
    try:
        check(kernel)
    except KernelError as error:
        return _report(source, faults.of_an_offence(error, source, tree, _allocating(source)))
    step("compiling with every index looked at", COMPILE_CPU_S)
    problems = list(_indices(source, step))
    if problems:
        return _report(source, problems)
    data, reaches = emit(compiled)
    code = MachineCode(data, reaches)
    step("measuring", STEP_CPU_S)
    figures = _measured(kernel, code.address, compile_s, compiled, reaches)
    problems, slow = _judge_cost(figures, faults.kernel_line(tree))
    if problems:
        return _report(source, problems, figures=figures)
    problems, warnings = _listen(source, tree, kernel, _KERNEL(code.address), step)
    report = replace(_report(source, problems, [*warnings, *slow], figures), code_sha=hashlib.sha256(data).hexdigest())
    if report.passed:
        write_whole(source.code, data, FileError)
        write_whole(source.proof, report.to_json().encode(), FileError)
    return report


def _report(
    source: Source, problems: Sequence[Problem], warnings: Sequence[Problem] = (), figures: Figures | None = None
) -> Report:
    named = [[replace(each, file=str(source.path)) for each in found] for found in (problems, warnings)]
    return Report(source.sha, tuple(named[0]), tuple(named[1]), figures)


def _begin(out: TextIO, what: str, cpu_s: int) -> None:
    """Say what begins, and how much of the processor's time it may take."""
    print(json.dumps({"step": what}), file=out, flush=True)
    if sys.platform != "win32":
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        until = int(used.ru_utime + used.ru_stime) + 1 + cpu_s
        resource.setrlimit(resource.RLIMIT_CPU, (until if hard == resource.RLIM_INFINITY else min(until, hard), hard))


def _allocating(source: Source) -> list[int]:
    """The lines that ask for memory, from the same file compiled with its lines in it."""
    try:
        with _numba_set("DEBUGINFO_DEFAULT", 1):
            text = load_kernel(source, "_lines").compile_fresh().inspect_llvm()
        return faults.allocating_lines(text, source.data.count(b"\n") + 1)
    except Exception:  # a line is a courtesy, and the problem stands without it
        return []


def _indices(source: Source, step: Step) -> Iterator[Problem]:
    """What is read or written past the end of an array: told before it can do harm."""
    with _numba_set("BOUNDSCHECK", 1):
        kernel = load_kernel(source, "_checked")
        checked = kernel.compile_fresh().ctypes
    raised: list[str] = []
    before, sys.unraisablehook = sys.unraisablehook, lambda told: raised.append(str(told.exc_value))
    try:
        for take in audition.takes(kernel):
            step(f"looking at every index: {take}", STEP_CPU_S)
            audition.play(checked, kernel, take)
            if raised:
                line = lens.line_of_fault(source, kernel, take)
                what = f"an index reaches past the end of its array ({raised[0].rstrip('.')}; {take})."
                yield Problem(
                    what, "Bound it, or make the array a power of two long and write `i & (len(a) - 1)`.", line
                )
                return
    finally:
        sys.unraisablehook = before


def _listen(
    source: Source, tree: ast.Module, kernel: Kernel, run: audition.Run, step: Step
) -> tuple[list[Problem], list[Problem]]:
    """Play everything; problems, and what is merely odd."""
    loudest = 0.0
    with np.errstate(all="ignore"):
        for take in audition.takes(kernel):
            step(f"playing: {take}", STEP_CPU_S)
            heard = audition.play(run, kernel, take)
            if not np.isfinite(heard).all():
                line = lens.line_of_fault(source, kernel, take)
                holds = np.isfinite(take.sound).all()
                fix = "Look for a division by zero or a feedback over 1." if holds else "Take samples in by tame(x[n])."
                what = f"what comes out is no number any more ({take})."
                return [Problem(what, fix, line or faults.kernel_line(tree))], []
            if np.isfinite(take.sound).all():
                loudest = max(loudest, float(np.abs(heard).max(initial=0.0)))
        problems = list(_cut(kernel, run, step, tree))
    warnings = []
    if loudest == 0.0:
        warnings.append(Problem("nothing came out, whatever went in."))
    elif loudest > LOUD:
        db = 20.0 * np.log10(loudest)
        warnings.append(Problem(f"it gets as loud as {db:+.0f} dB over full scale.", "Is a gain too much?"))
    return problems, warnings


def _cut(kernel: Kernel, run: audition.Run, step: Step, tree: ast.Module) -> Iterator[Problem]:
    """Whether a stream sounds the same however it is cut, over its own input, and each time it is begun."""
    whole = audition.play(run, kernel, audition.gestures(kernel))
    near = SAME * max(float(np.abs(whole).max(initial=0.0)), 1e-3)

    def differs(other: audition.Samples) -> bool:
        return float(np.abs(other - whole).max(initial=0.0)) > near

    begins = faults.kernel_line(tree)
    counts = faults.line_counting_on_the_block(tree) or begins
    fix = "Keep in the state all that the next frame needs, and let knobs glide frame by frame: glide(s.knob)."
    for block in audition.BLOCKS:
        step(f"playing blocks of {block} frames", STEP_CPU_S)
        if differs(audition.play(run, kernel, audition.gestures(kernel, range(0, audition.FRAMES, block)))):
            yield Problem(
                f"in blocks of {block} frame{'s' * (block > 1)} it sounds different from one long block.", fix, counts
            )
            return
    for seed in range(3):
        step("playing slices of random lengths", STEP_CPU_S)
        if differs(audition.play(run, kernel, audition.gestures(kernel, audition.random_cuts(seed)))):
            yield Problem("cut at random, with slices of no frames among them, it sounds different.", fix, counts)
            return
    step("playing into another buffer", STEP_CPU_S)
    if kernel.inputs and differs(audition.play(run, kernel, audition.gestures(kernel), in_place=False)):
        fix = "Inputs and outputs are the same memory: read all of frame n before writing it, and write every frame."
        yield Problem("it sounds different when it writes over what it reads.", fix, begins)
    if not kernel.inputs and differs(audition.play(run, kernel, audition.gestures(kernel), bed=0.5) - np.float32(0.5)):
        yield Problem("an instrument adds to what already sounds, and this one does not.", "Write y[n] += …", begins)


def _measured(kernel: Kernel, address: int, compile_s: float, compiled: Any, reaches: tuple[str, ...]) -> Figures:
    took_us = cost.dearest_block_ns(address, kernel) / 1e3
    p50, p999, worst = np.percentile(took_us, [50.0, 99.9, 100.0])
    return Figures(
        name=kernel.name,
        inputs=kernel.inputs,
        outputs=kernel.outputs,
        hears_events=kernel.hears_events,
        knobs=tuple(kernel.knobs),
        latency_frames=kernel.latency_frames,
        state_bytes=kernel.state.itemsize,
        block_frames=cost.BLOCK_FRAMES,
        rate=cost.RATE,
        p50_us=float(p50),
        p999_us=float(p999),
        worst_us=float(worst),
        ns_per_sample=float(p50) * 1e3 / cost.BLOCK_FRAMES,
        vectorised=vectorised(compiled.inspect_llvm(), compiled.native_name),
        allocations=0,  # kernel_check has read the code, and a kernel that allocates does not come so far
        compile_s=compile_s,
        reaches=reaches,
    )


def _judge_cost(figures: Figures, line: int) -> tuple[list[Problem], list[Problem]]:
    told = (
        f"{figures.p50_us:.0f} µs of the {figures.budget_us:.0f} µs that a block of {figures.block_frames} frames lasts"
    )
    if figures.share > REFUSED_SHARE:
        return [Problem(f"it takes {told}.", f"Bring it under {REFUSED_SHARE:.0%}.", line)], []
    if figures.share > WARNING_SHARE:
        return [], [Problem(f"it takes {told}: {figures.share:.0%}.", "A rack of several has no room for it.", line)]
    return [], []


@contextmanager
def _numba_set(name: str, value: int) -> Iterator[None]:
    before = getattr(numba.config, name)
    setattr(numba.config, name, value)
    try:
        yield
    finally:
        setattr(numba.config, name, before)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except VocelloError as error:
        print(json.dumps({"failed": str(error)}), flush=True)
        sys.exit(2)
