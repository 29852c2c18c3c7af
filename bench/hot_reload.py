"""Saves a Python effect a thousand times while it sounds, and listens: clicks, memory, missed deadlines.

    .venv/bin/python bench/hot_reload.py [--times 1000]

A steady tone goes through the effect; the loop device hears what it plays, sample by sample, and whatever jumps further
than the tone and a fade of a hundredth of a second can is a click. Four versions take turns, so that each has been
proved before the count begins. Beside the deadlines missed stand the moments at which the whole machine stood still,
and what both are when nobody saves.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from plugin.plan import ChainPlan, RackPlan, SlotPlan
from plugin.python.processor import PythonDsp
from plugin.python.trust import adopt
from plugin.workbench import Workbench
from realtime.device.wish import Wish
from realtime.events import FROM_APP, NOTE_ON, event
from realtime.machine import Machine
from realtime.rights import ask_for_realtime
from score.checked import brief

EFFECT = """
import numpy as np
from vocello.dsp import GLIDE, Knob, glide, kernel, tame

STATE = np.dtype([("level", GLIDE), ("seen", "i8")], align=True)

@kernel(STATE, Knob("level", 0.0, 2.0, 1.0))
def effect(s, x, y, frames):
    for n in range(frames):
        y[n] = tame(x[n]) * glide(s.level) * {by}
        s.seen += 1
"""
LEVELS = (0.5, 0.6, 0.7, 0.8)
TONE_HZ = 220.0
STALLED_S = 0.004
CONTROL_S = 60.0


class Witness(threading.Thread):
    """Notices when the machine stands still: a sleep of a millisecond that takes longer. [any]"""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stalls = 0
        self.ended = False

    def run(self) -> None:
        ask_for_realtime()
        while not self.ended:
            began = time.monotonic()
            time.sleep(0.001)
            self.stalls += time.monotonic() - began > STALLED_S


def main() -> None:
    """Measure, and print. [main]"""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=1000)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder) / "effect.py", times), indent=2))


def measure(file: Path, times: int) -> dict[str, float]:
    """Save so many times; what was heard meanwhile. [main]"""
    save(file, LEVELS[0])
    adopt(file)
    machine = Machine(make_workbench=Workbench)
    slots = (SlotPlan("tone", "tone", values={"shape": 0.0}), SlotPlan("it", f"python:{file}"))
    machine.racks.load(brief(RackPlan("r", (ChainPlan("a", slots=slots),))))
    machine.racks.do("wait_until_ready", {"patience_s": 60.0})
    machine.start(Wish("null:loop"))
    host, bench = machine.stage.host, machine.racks._bench
    assert host is not None and isinstance(bench, Workbench)
    host.listen_with(True)
    effect = bench.processors["it"]
    assert isinstance(effect, PythonDsp)
    key = round(69 + 12 * np.log2(TONE_HZ / 440.0))
    host.send(FROM_APP, event(NOTE_ON, number=key, value=0.8))
    for level in (*LEVELS[1:], LEVELS[0]):  # each is proved once
        reload(machine, effect, file, level)
    run(machine, 0.5)
    listened = Listened(host)
    listened.listen()
    witness = Witness()
    witness.start()
    missed, memory = int(host.counters()["missed"]), 0
    began = time.monotonic()
    for n in range(times):
        if n == times // 20:  # what is grown by then is what there is to be grown
            memory = resident_kb()
        reload(machine, effect, file, LEVELS[(n + 1) % len(LEVELS)])
        listened.listen()
    took_s = time.monotonic() - began
    missed_reloading, stalls_reloading = int(host.counters()["missed"]) - missed, witness.stalls
    began, missed = time.monotonic(), int(host.counters()["missed"])
    while time.monotonic() - began < min(took_s, CONTROL_S):  # the same sound, and nobody saves
        run(machine, 0.2)
        listened.listen()
    control_s, missed_resting = time.monotonic() - began, int(host.counters()["missed"]) - missed
    witness.ended = True
    figures = {
        "reloads": times,
        "seconds": round(took_s, 1),
        "largest_step": round(listened.step, 5),
        "allowed_step": round(allowed(listened.peak), 5),
        "frames_heard": listened.frames,
        "frames_not_heard": listened.lost,
        "blocks": int(took_s * host.rate / 128),
        "missed_a_minute": round(60.0 * missed_reloading / took_s, 1),
        "stalls_a_minute": round(60.0 * stalls_reloading / took_s, 1),
        "missed_a_minute_when_nobody_saves": round(60.0 * missed_resting / control_s, 1),
        "stalls_a_minute_when_nobody_saves": round(60.0 * (witness.stalls - stalls_reloading) / control_s, 1),
        "memory_grown_kb": resident_kb() - memory,
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0, 1),
    }
    machine.close()
    return figures


class Listened:
    """What came back over the cable, and how far it jumped. [any]"""

    def __init__(self, host: object) -> None:
        self.capture = host.capture  # type: ignore[attr-defined]
        self.step = self.peak = 0.0
        self.frames = self.lost = 0
        self._last = self._frame = None

    def listen(self) -> None:
        """Take what is there. [any]"""
        while len(self.capture):
            frame, sound = self.capture.read()
            if not len(sound):
                return
            if self._frame is not None and frame != self._frame:
                self.lost += frame - self._frame
                self._last = None
            if self.frames > 48_000:
                before = sound[:1] if self._last is None else self._last
                self.step = max(self.step, float(np.abs(np.diff(np.concatenate([before, sound]))).max(initial=0.0)))
                self.peak = max(self.peak, float(np.abs(sound).max()))
            self._last, self._frame = sound[-1:], frame + len(sound)
            self.frames += len(sound)


def allowed(peak: float) -> float:
    """How far a tone that is faded moves from sample to sample at most. [any]"""
    return peak * 2.0 * np.pi * TONE_HZ / 48_000.0 * 1.1 + peak / 256.0


def reload(machine: Machine, effect: PythonDsp, file: Path, level: float) -> None:
    """Save another version, and wait until it is heard alone. [main]"""
    before = effect.version
    save(file, level)
    until = time.monotonic() + 60.0
    while effect.version == before:
        run(machine, 0.02)
        if time.monotonic() > until:
            raise SystemExit(f"the version was not taken: {effect.problems}")
    run(machine, 0.04)


def run(machine: Machine, seconds: float) -> None:
    """Let the machine look after itself for so long. [main]"""
    until = time.monotonic() + seconds
    while True:
        machine.tick()
        if time.monotonic() >= until:
            return
        time.sleep(0.01)


def save(file: Path, level: float) -> None:
    """As an editor does it. [main]"""
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text(EFFECT.format(by=level))
    unfinished.replace(file)


def resident_kb() -> int:
    """Memory of this process. [any]"""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024


if __name__ == "__main__":
    main()
