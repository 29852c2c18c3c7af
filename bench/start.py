"""From the command to the first block, the memory held, and the processor time of an empty rack.

    python bench/start.py [--device null] [--repeats 5]

Starts `vocello live` as a user would, warm, and reads the clock when it says that it listens. Reference in the same
run: an interpreter that imports numpy and does nothing.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from vocello.memory import memory

LIVE = [sys.executable, "-u", "-m", "vocello", "live", "--no-sound", "--port", "none", "--keys", "none"]
WATCH_S = 10.0


def ready_after_s(command: list[str], word: str) -> tuple[float, subprocess.Popen[str]]:
    """Start a program, and wait for a word. [main]"""
    began = time.monotonic()
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert program.stdout is not None
    for line in program.stdout:
        if word in line:
            return time.monotonic() - began, program
    raise SystemExit(f"'{' '.join(command)}' ended without saying '{word}'")


def processor_s(pid: int) -> float:
    """Processor time that a process has used. [main]"""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def end(program: subprocess.Popen[str]) -> None:
    """End it politely. [main]"""
    program.terminate()
    program.wait(20.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="null")
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    live = [*LIVE, "--device", asked.device]
    idle = [sys.executable, "-u", "-c", "import numpy, time; print('ready'); time.sleep(60)"]
    end(ready_after_s(live, "Listening")[1])  # the very first start compiles
    for name, command, word in (("numpy alone (reference)", idle, "ready"), ("vocello live", live, "Listening")):
        times, memories = [], []
        for _ in range(asked.repeats):
            seconds, program = ready_after_s(command, word)
            time.sleep(1.0)
            times.append(seconds)
            memories.append(memory(program.pid).own_mb)
            end(program)
        middle, worst = statistics.median(times), max(times)
        print(
            f"{name:26} ready after {middle:5.2f} s (worst of {asked.repeats}: {worst:.2f} s), {max(memories):6.1f} MB"
        )
    _, program = ready_after_s(live, "Listening")
    time.sleep(2.0)
    before = processor_s(program.pid)
    time.sleep(WATCH_S)
    share = (processor_s(program.pid) - before) / WATCH_S
    end(program)
    print(f"vocello live, empty rack, ears listening to silence: {share:.1%} of one core")


if __name__ == "__main__":
    main()
