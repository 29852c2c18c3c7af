"""Machine code that is carried from one process to another: the same samples, nothing of Python in it, and it goes."""

from __future__ import annotations

import gc
import weakref
from ctypes import CFUNCTYPE, c_int64, c_void_p

import numpy as np
import pytest

from plugin.python.audition import gestures, play
from plugin.python.machine_code import MachineCode, emit, vectorised
from realtime.dsp.gain import gain
from realtime.dsp.lowpass import lowpass
from realtime.dsp.reverb import reverb
from realtime.kernel import Kernel, kernel
from score.errors import KernelError

RUN = CFUNCTYPE(None, c_void_p, c_void_p, c_int64)
STATE = np.dtype([("last", "f8"), ("ahead", "f4", (256,))], align=True)


@kernel(STATE)
def half(s, x, y, frames):
    for n in range(frames):
        y[n] = 0.5 * x[n]


@kernel(STATE)
def slow(s, x, y, frames):
    for n in range(frames):
        s.last += 0.1 * (x[n] - s.last)
        y[n] = s.last


@kernel(STATE)
def both(s, x, y, frames):
    for n in range(min(frames, 256)):
        s.ahead[n] = 0.5 * x[n]
    for n in range(min(frames, 256)):
        s.last += 0.1 * (s.ahead[n] - s.last)
        y[n] = s.last


@pytest.mark.parametrize("made", [gain, lowpass, reverb], ids=lambda made: made.name)
def test_carried_over_it_plays_the_same_samples(made: Kernel) -> None:
    data, reaches = emit(made.compile_fresh())
    code = MachineCode(data, reaches)
    take = gestures(made)
    wanted = play(made.compiled.ctypes, made, take)
    np.testing.assert_array_equal(play(RUN(code.address), made, take), wanted)
    assert np.abs(wanted).max() > 0.01


def test_nothing_of_python_is_carried_over() -> None:
    data, reaches = emit(reverb.compile_fresh())
    assert [name for name in reaches if name.startswith(("Py", "NRT", "numba"))] == []
    assert not any(word in data for word in (b"PyErr", b"PyGIL", b"NRT_", b"numba_gil"))


def test_code_that_calls_what_is_not_there_is_refused_and_not_run_into_nothing() -> None:
    data, _ = emit(half.compile_fresh())
    with pytest.raises(KernelError, match="no_such_function"):
        MachineCode(data, ("sin", "no_such_function"))


def test_code_goes_with_whoever_holds_it() -> None:
    data, reaches = emit(half.compile_fresh())
    code = MachineCode(data, reaches)
    engine = weakref.ref(code._engine)
    del code
    gc.collect()
    assert engine() is None


def test_whether_a_loop_takes_several_frames_at_once_is_read_from_the_code() -> None:
    told = {}
    for each in (half, slow, both):
        compiled = each.compile_fresh()
        told[each.name] = vectorised(compiled.inspect_llvm(), compiled.native_name)
    assert told["half"].startswith("yes, ")
    assert told["slow"] == "no"
    assert told["both"].startswith("in part: 1 of 2 loops, ")
