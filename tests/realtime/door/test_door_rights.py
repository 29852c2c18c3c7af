"""Realtime rights: granted to the thread that asks alone, refused without harm, described with what to type."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from realtime import rights
from realtime.rights import ask_for_realtime, describe

ROOT = Path(__file__).resolve().parents[3]
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux says of threads and limits")


def _run(code: str) -> dict[str, object]:
    """What a process of its own finds out: a limit that is lowered there stays lowered."""
    done = subprocess.run(
        [sys.executable, "-c", f"import json\nfrom realtime import rights\n{code}"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    told: dict[str, object] = json.loads(done.stdout)
    return told


@linux_only
def test_only_the_thread_that_asks_goes_before_others() -> None:
    before = os.sched_getscheduler(0)
    seen: list[tuple[bool, int, int]] = []

    def ask() -> None:
        granted = ask_for_realtime(15)
        seen.append((granted, os.sched_getscheduler(0), os.sched_getparam(0).sched_priority))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    granted, policy, priority = seen[0]
    if granted:
        assert (policy, priority) == (os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, 15)
    else:
        assert policy == before
    assert os.sched_getscheduler(0) == before


@linux_only
def test_a_program_that_an_audio_thread_starts_is_an_ordinary_one() -> None:
    told = _run(
        "import os, subprocess, sys\n"
        "rights.ask_for_realtime(10)\n"
        "code = 'import os; print(os.sched_getscheduler(0))'\n"
        "child = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)\n"
        "print(json.dumps({'child': int(child.stdout)}))"
    )
    assert told == {"child": os.SCHED_OTHER}


@linux_only
def test_a_priority_above_the_limit_is_lowered_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def grudgingly(_who: int, _policy: int, wanted: os.sched_param) -> None:
        asked.append(wanted.sched_priority)
        if wanted.sched_priority > 20:
            raise PermissionError

    monkeypatch.setattr("os.sched_setscheduler", grudgingly)
    monkeypatch.setattr("resource.getrlimit", lambda _: (20, 20))
    assert ask_for_realtime(60)
    assert asked == [60, 20]
    monkeypatch.setattr("resource.getrlimit", lambda _: (30, 30))
    assert not ask_for_realtime(60)


@linux_only
def test_memory_is_not_locked_under_a_limit_since_allocations_would_fail() -> None:
    told = _run(
        "import resource\n"
        "from dataclasses import asdict\n"
        "rights._has_capability = lambda number: False\n"
        "resource.setrlimit(resource.RLIMIT_MEMLOCK, (8 << 20, 8 << 20))\n"
        "right = rights.lock_memory()\n"
        "room = bytearray(64 << 20)\n"
        "locked = [line for line in open('/proc/self/status') if line.startswith('VmLck')]\n"
        "print(json.dumps({**asdict(right), 'locked': locked[0].split()[1]}))"
    )
    assert told["granted"] is False
    assert "8 MB" in str(told["what"])
    assert told["fix"]
    assert told["locked"] == "0"


@linux_only
def test_memory_that_may_be_locked_is_locked_and_room_for_more_is_left() -> None:
    told = _run(
        "from dataclasses import asdict\n"
        "right = rights.lock_memory()\n"
        "room = bytearray(64 << 20)\n"
        "locked = [line for line in open('/proc/self/status') if line.startswith('VmLck')]\n"
        "print(json.dumps({**asdict(right), 'locked': int(locked[0].split()[1]) > 0}))"
    )
    assert told["granted"] == told["locked"]


def test_what_is_described_is_granted_or_says_why_not() -> None:
    found = describe()
    assert [right.name for right in found] == ["scheduling", "memory"]
    for right in found:
        assert right.what
        assert right.what.endswith(".")
        if sys.platform == "linux":
            assert right.granted == (right.fix == "")


@linux_only
@pytest.mark.parametrize(
    ("user", "rule", "words"),
    [
        (0, "", "--cap-add SYS_NICE"),
        (1000, "", "@audio - rtprio 95"),
        (1000, "@audio - rtprio 95\n# @audio - memlock unlimited", "@audio - memlock unlimited"),
        (1000, "@audio - rtprio 95\n@audio   -  memlock    unlimited\n", "Type: sudo usermod -aG audio $USER; then"),
    ],
)
def test_a_missing_right_says_what_to_type(
    user: int, rule: str, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "audio.conf").write_text(rule)
    monkeypatch.setattr(rights, "_LIMITS_FOLDER", tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: user)
    monkeypatch.setattr(rights, "ask_for_realtime", lambda: False)
    scheduling = describe()[0]
    assert not scheduling.granted
    assert words in scheduling.fix
