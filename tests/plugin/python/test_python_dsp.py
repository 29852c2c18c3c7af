"""A file of Python in a rack: what is saved is heard once it is proved; what is broken is told."""

from __future__ import annotations

import gc
import linecache
import sys
import time
import weakref
from collections.abc import Callable
from ctypes import CFUNCTYPE, c_int64, c_void_p
from pathlib import Path

import numpy as np
import pytest

from plugin.python.audition import Take, play
from plugin.python.processor import PythonDsp, find_file
from plugin.python.proved import ProvedKernel
from plugin.python.source import read_source
from plugin.python.trust import EXAMPLES, UntrustedError, own_folder, trust
from plugin.python.workshop import Workshop
from score.errors import FileError, KernelError
from tests.plugin.python.written import save, text, tried

KERNEL = CFUNCTYPE(None, c_void_p, c_void_p, c_int64)
BROKEN = text("    for n in range(frames)\n        y[n] = x[n]\n")


def times(factor: float) -> str:
    return text(f"    for n in range(frames):\n        y[n] = tame(x[n]) * {factor}\n")


def heard(part: object) -> float:
    """What a part makes of a constant one."""
    assert isinstance(part, ProvedKernel)
    take = Take("ones", 48_000.0, np.ones((1, 64), np.float32))
    sound = play(KERNEL(part.address), part, take)
    assert (sound == sound[0, 0]).all()
    return float(sound[0, 0])


def tick_until(dsp: PythonDsp, done: Callable[[], bool]) -> list[str]:
    """Glance as a rack does, until something has come of it."""
    told: list[str] = []
    while not done():
        told += dsp.tick()
        time.sleep(0.002)
    return told


@pytest.fixture
def dsp() -> PythonDsp:
    save(own_folder() / "twice.py", times(2.0))
    return PythonDsp("twice.py")


def test_a_file_in_the_users_folder_is_a_processor(dsp: PythonDsp) -> None:
    assert (dsp.id, dsp.name, dsp.version, dsp.is_instrument) == ("python:twice.py", "twice", 1, False)
    assert list(dsp.parameters) == ["gain"]
    assert dsp.problems == ()
    part = dsp.prepare(44_100.0, 64)
    assert heard(part) == 2.0
    assert dsp.prepare(48_000.0, 512) is part
    state = part.new_state(48_000.0, gain=0.25)
    assert state["gain"]["target"][0] == 0.25
    assert part.knob_offset("gain") == 0
    dsp.close()


def test_what_is_saved_plays_as_the_next_version(dsp: PythonDsp) -> None:
    before = dsp.prepare(48_000.0, 128)
    save(dsp.path, times(3.0))
    told = tick_until(dsp, lambda: dsp.version == 2)
    assert told == ["twice.py plays as it was saved."]
    assert heard(dsp.prepare(48_000.0, 128)) == 3.0
    assert heard(before) == 2.0  # which the rack may still be fading out
    dsp.close()


def test_a_broken_version_is_told_with_its_line_and_the_one_before_plays_on(dsp: PythonDsp) -> None:
    save(dsp.path, BROKEN)
    told = tick_until(dsp, lambda: bool(dsp.problems))
    assert told[0].startswith(f"{dsp.path}:8: ")
    assert told[-1] == "The version before plays on."
    assert dsp.version == 1
    assert heard(dsp.prepare(48_000.0, 128)) == 2.0
    save(dsp.path, times(4.0))
    tick_until(dsp, lambda: dsp.version == 2)
    assert dsp.problems == ()
    dsp.close()


def test_a_file_that_is_broken_from_the_start_plays_once_it_is_put_right() -> None:
    path = save(own_folder() / "late.py", BROKEN)
    dsp = PythonDsp("late.py")
    assert (dsp.version, dict(dsp.parameters), dsp.is_instrument, dsp.latency_frames) == (0, {}, False, 0)
    with pytest.raises(KernelError, match=r"late\.py:8: "):
        dsp.prepare(48_000.0, 128)
    save(path, times(2.0))
    tick_until(dsp, lambda: dsp.version == 1)
    assert heard(dsp.prepare(48_000.0, 128)) == 2.0
    dsp.close()


def test_one_that_is_not_waited_for_is_ready_when_its_trial_is() -> None:
    save(own_folder() / "patient.py", times(5.0))
    dsp = PythonDsp("patient.py", wait=False)
    with pytest.raises(KernelError, match="still being tried"):
        dsp.prepare(48_000.0, 128)
    tick_until(dsp, lambda: dsp.version == 1)
    assert heard(dsp.prepare(48_000.0, 128)) == 5.0
    dsp.close()


def test_a_hundred_saves_play_in_order_and_the_broken_ones_among_them_never() -> None:
    path = own_folder() / "busy.py"
    good = {factor: times(factor) for factor in (1.0, 2.0, 3.0, 4.0)}
    for written in good.values():
        assert tried(save(path, written)).passed  # so that the trials themselves take no time here
    dsp = PythonDsp("busy.py")
    played, wanted = [heard(dsp.prepare(48_000.0, 128))], [4.0]
    random = np.random.default_rng(5)
    for turn in range(100):
        version, factor = dsp.version, float(random.choice([each for each in good if each != wanted[-1]]))
        if turn % 3 == 2:
            save(path, BROKEN + f"# {turn}\n")
            told = tick_until(dsp, lambda: bool(dsp.problems))
            assert told[-1] == "The version before plays on."
            assert dsp.version == version
        else:
            save(path, good[factor])
            tick_until(dsp, lambda version=version: dsp.version == version + 1)  # type: ignore[misc]
            wanted.append(factor)
            played.append(heard(dsp.prepare(48_000.0, 128)))
    assert played == wanted
    assert dsp.version == len(wanted)
    dsp.close()


def test_a_thousand_loads_leave_nothing_behind(dsp: PythonDsp) -> None:
    """Module, source lines, state's type and machine code go with the version that nobody plays any more."""
    source, report = read_source(dsp.path), dsp.report
    assert report is not None
    gone = []
    for _ in range(40):
        part = ProvedKernel(source, report)
        gone.append((weakref.ref(part), weakref.ref(part._code)))
    del part
    gc.collect()
    assert [each for pair in gone for each in pair if each() is not None] == []
    assert [name for name in sys.modules if name.startswith("vocello_dsp_")] == []
    assert [name for name in linecache.cache if name.endswith("twice.py")] == []
    dsp.close()


# The workshop


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_file_counts_only_when_it_has_stood_still(monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(own_folder() / "slow_disk.py", times(1.0))
    clock = Clock()
    workshop = Workshop(read_source(path), clock)
    assert workshop.tick() is None
    clock.now = 1.0
    assert workshop.tick() is None  # unchanged since it was read
    assert not workshop.is_at_work
    written = BROKEN.encode()
    for size in range(0, len(written), 40):  # an editor that writes in pieces, 40 ms apart
        path.write_bytes(written[: size + 40])
        clock.now += 0.04
        assert workshop.tick() is None
    clock.now += 0.06
    news = workshop.tick() or workshop.tick()
    assert news is not None
    assert news[0] is not None
    assert news[0].data == written


def test_a_file_that_goes_away_and_comes_back_is_watched_on() -> None:
    path = save(own_folder() / "renamed.py", times(1.0))
    clock = Clock()
    workshop = Workshop(read_source(path), clock)
    workshop.tick()
    clock.now += 1.0
    workshop.tick()
    path.unlink()
    for _ in range(3):
        clock.now += 1.0
        assert workshop.tick() is None
    save(path, BROKEN)
    workshop.tick()
    clock.now += 1.0
    news = workshop.tick() or workshop.tick()
    assert news is not None
    assert not news[1].passed


def test_saving_again_while_a_trial_runs_tries_the_new_bytes() -> None:
    path = save(own_folder() / "hasty.py", times(1.0))
    clock = Clock()
    workshop = Workshop(read_source(path), clock)
    endless = text(before="while True:\n    pass\n")
    save(path, endless)
    workshop.tick()
    clock.now += 1.0
    workshop.tick()
    first = workshop._proof
    assert first is not None
    process = first._process
    assert process is not None
    save(path, BROKEN)
    workshop.tick()
    clock.now += 1.0
    news = workshop.tick() or workshop.tick()
    assert process.poll() is not None  # the one that nobody waits for is gone
    assert news is not None
    assert news[0] is not None
    assert news[0].data == BROKEN.encode()
    workshop.close()


def test_what_plays_are_the_bytes_that_were_proved(dsp: PythonDsp) -> None:
    source, report = read_source(dsp.path), dsp.report
    assert report is not None
    save(dsp.path, BROKEN)  # the file has changed since
    assert heard(ProvedKernel(source, report)) == 2.0
    with pytest.raises(KernelError, match="has not passed its trial"):
        ProvedKernel(read_source(dsp.path), report)
    code = source.code.read_bytes()
    try:
        source.code.write_bytes(code[:-1] + b"!")
        with pytest.raises(KernelError, match="is not what was proved"):
            ProvedKernel(source, report)
        source.code.unlink()
        with pytest.raises(KernelError, match="is gone"):
            ProvedKernel(source, report)
    finally:
        source.code.write_bytes(code)
    dsp.close()


# Which file is meant


def test_a_name_means_the_file_beside_the_rack_then_the_users_then_an_example(tmp_path: Path) -> None:
    assert find_file("freeze.py") == EXAMPLES / "freeze.py"
    own = save(own_folder() / "freeze.py", times(1.0))
    assert find_file("freeze.py") == own
    beside = save(tmp_path / "racks" / "freeze.py", times(1.0))
    assert find_file("freeze.py", tmp_path / "racks") == beside
    assert find_file(str(beside)) == beside
    with pytest.raises(FileError, match="vocello dsp new nowhere"):
        find_file("nowhere.py")


def test_a_file_that_came_with_a_rack_does_not_run_before_the_user_agrees(tmp_path: Path) -> None:
    path = save(tmp_path / "theirs.py", times(2.0))
    with pytest.raises(UntrustedError, match="It was not run"):
        PythonDsp("theirs.py", tmp_path)
    trust(path, path.read_bytes())
    dsp = PythonDsp("theirs.py", tmp_path)
    assert dsp.version == 1
    save(path, times(3.0))
    told = tick_until(dsp, lambda: bool(dsp.problems))
    assert "is a program, not yours" in told[0]
    assert dsp.version == 1
    dsp.close()


def test_what_is_no_python_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "wobble.txt"
    other.write_text("")
    with pytest.raises(FileError, match=r"ends in \.py"):
        PythonDsp(other)
    (tmp_path / "large.py").write_bytes(b"#" * 300_000)
    with pytest.raises(FileError, match="300000 bytes"):
        PythonDsp(tmp_path / "large.py")
