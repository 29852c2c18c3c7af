"""kill -9 of the app, of the engine and of the JACK server: what follows, and after how long.

    python bench/faults.py [--repeats 5]

Everything is real: an engine as a process of its own, playing on a JACK server of this benchmark's; reference: how
long an ordinary interpreter takes to start.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench import jack_server
from realtime.client import Engine
from realtime.door.whereabouts import folder
from realtime.events import NOTE_ON, event

CHORD = np.concatenate([event(NOTE_ON, number=key, value=0.5) for key in (48, 55, 64)])
APP = """
import sys, time
from realtime.client import Engine
from realtime.events import NOTE_ON, event
engine = Engine.apart()
engine.start("jack")
engine.play(event(NOTE_ON, number=57, value=0.8))
while not engine.meters()["blocks"]:
    time.sleep(0.01)
print(engine.pid, flush=True)
time.sleep(60)
"""


def seconds_until(true: Callable[[], bool], within_s: float = 30.0) -> float:
    """How long something takes to become true. [main]"""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > within_s:
            raise SystemExit("this never happened")
        time.sleep(0.002)
    return time.monotonic() - began


def runs(pid: int) -> bool:
    """Whether a process is there and is no corpse. [main]"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def traces() -> set[str]:
    """What lies in shared memory and in the folder of sockets, JACK's own things aside. [main]"""
    shared = {str(path) for path in Path("/dev/shm").glob("*") if "jack" not in path.name}
    return shared | {str(path) for path in folder().glob("*")}


def kill_the_app() -> float:
    """Seconds until the engine of an app that was killed has let its notes ring out and ended. [main]"""
    before = traces()
    app = subprocess.Popen([sys.executable, "-c", APP], stdout=subprocess.PIPE, text=True)
    assert app.stdout is not None
    pid = int(app.stdout.readline())
    app.kill()
    app.wait()
    took = seconds_until(lambda: not runs(pid))
    assert traces() <= before, traces() - before
    return took


def kill_the_engine() -> tuple[float, float]:
    """Seconds until the app knows, and until a new engine plays in the same state. [main]"""
    told: list[float] = []
    with Engine.apart(on_lost=lambda _: told.append(time.monotonic())) as engine:
        engine.rack([{"name": "tone", "kernel": "tone"}, {"name": "edge", "kernel": "lowpass"}])
        engine.turn("edge", "cutoff_hz", 1234.0)
        engine.start("jack")
        engine.play(CHORD)
        state = engine.state
        os.kill(engine.pid, signal.SIGKILL)
        began = time.monotonic()
        seconds_until(lambda: bool(told))
        engine.restart()
        seconds_until(lambda: int(engine.meters()["blocks"]) > 10)
        assert engine.state == state, (engine.state, state)
        return told[0] - began, time.monotonic() - began


def kill_the_server(server: subprocess.Popen[bytes], name: str) -> tuple[float, float, subprocess.Popen[bytes]]:
    """Seconds until the user is told, and from the server's return until sound. [main]"""
    with Engine.apart() as engine:
        engine.start("jack")
        seconds_until(lambda: int(engine.meters()["blocks"]) > 10)
        server.kill()
        server.wait()
        told_s = seconds_until(lambda: any(news["kind"] == "lost" for news in engine.news()))
        server = jack_server.start(name, 128)
        blocks = int(engine.meters()["blocks"])
        back_s = seconds_until(lambda: int(engine.meters()["blocks"]) > blocks + 10)
        return told_s, back_s, server


def show(name: str, seconds: list[float]) -> None:
    """A line of a distribution. [any]"""
    print(f"{name:58} {statistics.median(seconds):6.3f} s   worst {max(seconds):6.3f} s   of {len(seconds)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = range(parser.parse_args().repeats)
    name = "vocello-bench-faults"
    os.environ |= {"JACK_DEFAULT_SERVER": name, "JACK_NO_START_SERVER": "1"}
    server = jack_server.start(name, 128)
    try:
        began = time.monotonic()
        subprocess.run([sys.executable, "-c", "import numpy"], check=True)
        show("an interpreter starts (reference)", [time.monotonic() - began])
        show("app killed → notes rung out, engine ended, no trace left", [kill_the_app() for _ in repeats])
        engine = [kill_the_engine() for _ in repeats]
        show("engine killed → the app knows", [known for known, _ in engine])
        show("engine killed → a new one plays in the same state", [back for _, back in engine])
        told, back = [], []
        for _ in repeats:
            told_s, back_s, server = kill_the_server(server, name)
            told.append(told_s)
            back.append(back_s)
        show("JACK server killed → the user is told", told)
        show("JACK server back → sound is back", back)
    finally:
        jack_server.stop(server)


if __name__ == "__main__":
    main()
