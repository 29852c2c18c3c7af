"""Realtime rights: asked for where sound is made, done without where they are refused, described for `doctor`.

What flows in: a thread that has to be in time, or a process whose memory must not be swapped out. What flows out:
whether the system granted it, and if not, what to type. Nothing here is needed for sound; without it a busy machine
is heard as a crackle.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_PRIORITY = 60  # above the ears (20), below JACK's own thread (70) and the kernel's interrupts
_WANTED_LIMIT = 95
_CAP_IPC_LOCK, _CAP_SYS_NICE = 14, 23
_LOCK_CURRENT, _LOCK_FUTURE, _LOCK_ON_FAULT = 1, 2, 4
_LIMITS_FOLDER = Path("/etc/security/limits.d")
_LOG_IN_AGAIN = "then log out and in again."


@dataclass(frozen=True)
class Right:
    """Something that only the system can grant; `fix` says what to type where it does not. [any]"""

    name: str
    granted: bool
    what: str
    fix: str = ""


def ask_for_realtime(priority: int = _PRIORITY) -> bool:
    """Let this thread go before ordinary ones, where the system allows it. [any]"""
    if sys.platform == "linux":
        return _ask_linux(priority)
    elif sys.platform == "darwin":
        return _ask_macos()
    else:
        return _ask_windows()


def lock_memory() -> Right:
    """Keep what this process uses out of the swap, where that cannot make a later allocation fail. [main]"""
    right = _memory_right()
    if not right.granted or sys.platform != "linux":
        return right
    # Pages are locked as they are touched: locking all at once would load every library whole and each thread's stack.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(_LOCK_CURRENT | _LOCK_FUTURE | _LOCK_ON_FAULT) != 0:
        reason = os.strerror(ctypes.get_errno())
        return Right("memory", False, f"memory cannot be locked: {reason}.", _linux_fix())
    return Right("memory", True, "memory is locked.")


def describe() -> list[Right]:
    """What this system grants a process such as this one; tried on a thread of its own, nothing is kept. [main]"""
    return [_scheduling_right(), _memory_right()]


def _scheduling_right() -> Right:
    if _on_a_thread(ask_for_realtime):
        return Right("scheduling", True, "audio threads run in real time.")
    return Right(
        "scheduling",
        False,
        "audio threads run as ordinary ones, and may be late when the machine is busy.",
        _linux_fix() if sys.platform == "linux" else "",
    )


def _memory_right() -> Right:
    if sys.platform != "linux":
        return Right("memory", False, "this system does not lock memory; it rarely swaps out what plays.")
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    if _has_capability(_CAP_IPC_LOCK) or soft == resource.RLIM_INFINITY:
        return Right("memory", True, "memory may be locked.")
    if hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (hard, hard))
        return Right("memory", True, "memory may be locked.")
    # Under a limit, whatever is allocated beyond it would fail once memory is locked: worse than being swapped out.
    what = f"memory may be locked up to {soft / 2**20:.0f} MB only, so it is not, and may be swapped out."
    return Right("memory", False, what, _linux_fix())


def _linux_fix() -> str:
    """What to type, by what is missing: a container's option, a group, or the group's rule as well."""
    if os.geteuid() == 0:  # root lacks these rights only where a container took them away
        return "Start the container with: --cap-add SYS_NICE --cap-add IPC_LOCK"
    add = "sudo usermod -aG audio $USER"
    if _has_rule_for_audio():
        return f"Type: {add}; {_LOG_IN_AGAIN}"
    rule = rf"@audio - rtprio {_WANTED_LIMIT}\n@audio - memlock unlimited\n"
    return f"Type: printf '{rule}' | sudo tee {_LIMITS_FOLDER}/audio.conf && {add}; {_LOG_IN_AGAIN}"


def _has_rule_for_audio() -> bool:
    for path in (Path("/etc/security/limits.conf"), *_LIMITS_FOLDER.glob("*.conf")):
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        words = [line.split() for line in lines]
        rules = {word[2]: word[3] for word in words if len(word) == 4 and word[0] == "@audio"}
        if "rtprio" in rules and rules.get("memlock") == "unlimited":
            return True
    return False


def _has_capability(number: int) -> bool:
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    held = next((line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")), "0")
    return bool(int(held, 16) >> number & 1)


def _on_a_thread(ask: Callable[[], bool]) -> bool:
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(ask()), name="asking for real time")
    thread.start()
    thread.join()
    return answers == [True]


def _ask_linux(priority: int) -> bool:
    if sys.platform == "linux":
        import resource

        allowed = resource.getrlimit(resource.RLIMIT_RTPRIO)[0]
        # Reset on fork: a process that this thread starts must not inherit the right to stop all others.
        policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
        for wanted in dict.fromkeys((priority, min(priority, allowed))):
            try:
                os.sched_setscheduler(0, policy, os.sched_param(wanted))
                return True
            except OSError:
                continue
    return False


class _TimeConstraint(ctypes.Structure):
    """macOS: how often a thread must run, for how long, and by when, in ticks of its clock."""

    _fields_ = [
        ("period", ctypes.c_uint32),
        ("computation", ctypes.c_uint32),
        ("constraint", ctypes.c_uint32),
        ("preemptible", ctypes.c_int32),
    ]


class _Timebase(ctypes.Structure):
    _fields_ = [("numerator", ctypes.c_uint32), ("denominator", ctypes.c_uint32)]


_THREAD_TIME_CONSTRAINT_POLICY, _TIME_CONSTRAINT_WORDS = 2, 4
_PERIOD_NS, _COMPUTATION_NS = 2_666_667, 500_000  # 128 frames at 48 kHz


def _ask_macos() -> bool:
    libc = ctypes.CDLL(None)
    timebase = _Timebase()
    if libc.mach_timebase_info(ctypes.byref(timebase)) != 0:
        return False
    period, computation = (ns * timebase.denominator // timebase.numerator for ns in (_PERIOD_NS, _COMPUTATION_NS))
    policy = _TimeConstraint(period, computation, period, 1)
    libc.pthread_self.restype = ctypes.c_void_p
    libc.pthread_mach_thread_np.argtypes = [ctypes.c_void_p]
    libc.pthread_mach_thread_np.restype = ctypes.c_uint32
    libc.thread_policy_set.argtypes = [ctypes.c_uint32, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32]
    thread = libc.pthread_mach_thread_np(libc.pthread_self())
    answer: int = libc.thread_policy_set(
        thread, _THREAD_TIME_CONSTRAINT_POLICY, ctypes.byref(policy), _TIME_CONSTRAINT_WORDS
    )
    return answer == 0


def _ask_windows() -> bool:
    if sys.platform == "win32":
        avrt = ctypes.WinDLL("avrt")
        avrt.AvSetMmThreadCharacteristicsW.restype = ctypes.c_void_p
        task = ctypes.c_ulong(0)
        return avrt.AvSetMmThreadCharacteristicsW("Pro Audio", ctypes.byref(task)) is not None
    return False
