"""What it costs to keep every plugin in a process of its own, and what that is good for.

    python bench/isolation.py [--times 100] [--seconds 30] [--frames 128]

Everything is real: the rack's callback on a JACK server of this benchmark's, plugins of Debian's zam-plugins, and the
tests' own effect, which crashes and hangs when told to. First it is killed, stopped, crashed and hung over and over,
beside a plugin that must not notice. Then sixteen plugins play in a row. Reference: the same sixteen in a row inside
one Python process, as pedalboard is mostly used.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.jack_server import RATE, jack_server
from plugin.vst3.packet import SLOTS, SLOTS_AT
from plugin.vst3.part import BridgePart
from plugin.vst3.troubled import TroubleList
from plugin.vst3.vst3 import Policy, Vst3
from realtime.device.wish import Wish
from realtime.dsp.catalogue import find_kernel
from realtime.events import FROM_APP, NOTE_ON, event
from realtime.host import Host
from realtime.rack import BUS, MONITOR, Slot
from realtime.stage import Stage
from tests.plugin.vst3.building import ZAM, build
from tests.realtime.driving import Card

WAYS = ("kill", "stop", "crash", "hang")
TICK_S = 0.02
NAMES: tuple[str, ...] = ("ZamComp", "ZamEQ2", "ZamGate", "ZamDelay", "ZamTube", "ZamGEQ31", "ZaMultiComp")
NAMES += ("ZamDynamicEQ", "ZamAutoSat", "ZamGrains", "ZamPhono", "ZamCompX2", "ZaMaximX2", "ZaMultiCompX2")
NAMES += ("ZamGateX2", "ZamHeadX2")

IN_ONE_PROCESS = """
import sys, time
import numpy as np
from plugin.worker import Hosted
frames, blocks = int(sys.argv[1]), int(sys.argv[2])
chain = [Hosted(path, "") for path in sys.argv[3:]]
sound = np.random.default_rng(1).uniform(-0.1, 0.1, (2, frames)).astype(np.float32)
took = []
for _ in range(blocks):
    began, now = time.perf_counter_ns(), sound
    for plugin in chain:
        now = plugin.play(now, [], 48000.0)
    took.append(time.perf_counter_ns() - began)
    time.sleep(0.0005)
sys.stdout.write("\\n".join(map(str, took[50:])))
"""


def show(name: str, values: npt.NDArray[np.float64] | list[float], unit: str) -> None:
    """A line of a distribution. [any]"""
    p50, p999, worst = np.percentile(values, [50, 99.9, 100])
    print(f"{name:62} p50 {p50:8.2f}  p99.9 {p999:8.2f}  worst {worst:8.2f} {unit}   of {len(values)}", flush=True)


def wait_until_struck(words: npt.NDArray[Any], frames: int) -> None:
    """Until packets go unanswered: a machine that stands still may bring a knob and its return in one block. [main]"""
    until = time.perf_counter() + 5.0
    while time.perf_counter() < until:
        answered = int(words["answered"])
        time.sleep(4.0 * frames / RATE)
        if int(words["answered"]) == answered and int(words["published"]) >= answered + 3:
            return
    raise SystemExit("the plugin was to fail, and did not")


def survive(times: int, frames: int, folder: Path) -> None:
    """Kill and hang a plugin, over and over, while it plays beside another. [main]"""
    policy = Policy(failures_at_most=10 * times)
    lists = TroubleList(folder / "troubled.json")
    victim, witness = (
        Vst3(path, policy=policy, troubled=lists) for path in (build("through", "TestThrough"), ZAM / "ZamCompX2.vst3")
    )
    both = (victim, witness)
    stage = Stage()
    back_s: list[float] = []
    missing, wrong = [], 0
    try:
        parts = [plugin.prepare(RATE, frames) for plugin in (victim, witness)]
        slots = [
            Slot("tone", find_kernel("tone"), {}, BUS),
            Slot("victim", parts[0], {"left": 0.5, "right": 0.5}),
            # The witness hears the microphone and plays to wires of its own: nothing of the victim reaches it.
            Slot("witness", parts[1], {}, (MONITOR[0], (4, 5))),
        ]
        stage.arrange(tuple(slots))
        stage.start(Wish("jack", block_frames=frames))
        assert stage.host is not None
        host = stage.host
        host.send(FROM_APP, event(NOTE_ON, number=57, value=0.5))
        state, words = host.rack.state("victim"), parts[0].words
        wait(stage, both, 1.0)
        late_before, missed = int(parts[1].words["late"]), int(host.record["meters"]["missed"][0])
        for n in range(times):
            wait(stage, both, 0.4 + 0.1 * (n % 3))
            way, restarts, late = WAYS[n % len(WAYS)], victim.restarts, int(words["late"])
            began = time.perf_counter()
            if way in ("kill", "stop"):
                os.kill(victim.pid, signal.SIGKILL if way == "kill" else signal.SIGSTOP)
            else:
                stage.turn("victim", way, 1.0)
                wait_until_struck(words, frames)
                stage.turn("victim", way, 0.0)
            next_tick = began
            while not (victim.restarts > restarts and int(state["answered"][0]) == 1):
                if time.perf_counter() > began + 20.0:
                    raise SystemExit(f"after it was made to {way} it did not come back: {victim.trouble}")
                if time.perf_counter() >= next_tick:
                    next_tick += TICK_S
                    look_after(stage, both)
                time.sleep(0.001)
            back_s.append(time.perf_counter() - began)
            missing.append(int(words["late"]) - late)
            wait(stage, both, 0.1)
            wrong += int(not 0.4 < gain(parts[0]) < 0.6)
        for way in WAYS:
            show(f"{way}: until it plays again, as it was", back_s[WAYS.index(way) :: len(WAYS)], "s")
        show(f"all {times}: until it plays again", back_s, "s")
        show("blocks bypassed each time", [float(each) for each in missing], "")
        print(
            f"survived {len(back_s)} of {times}; within one second {sum(s <= 1.0 for s in back_s)}; wrong after {wrong}"
        )
        late = int(parts[1].words["late"]) - late_before
        print(f"the plugin beside it: {late} late blocks, {witness.restarts} restarts")
        lost, played = int(host.record["meters"]["missed"][0]) - missed, int(host.record["meters"]["blocks"][0])
        print(f"deadlines lost: {lost} of {played} blocks")
    finally:
        stage.stop()
        victim.close()
        witness.close()


def gain(part: BridgePart) -> float:
    """What the plugin makes of its input now, as it stands in the packets: its own knob is at a half. [main]"""
    layout, asked, answered = part.layout, 0.0, 0.0
    for slot in range(SLOTS):
        first = SLOTS_AT + slot * layout.slot_bytes + layout.sound_at
        asked += float(np.square(part.block.view("f4", first, layout.frames)).sum())
        answered += float(np.square(part.block.view("f4", first + 2 * layout.channel_bytes, layout.frames)).sum())
    return float(np.sqrt(answered / asked)) if asked > 0.0 else 0.0


def wait(stage: Stage, plugins: Sequence[Vst3], seconds: float) -> None:
    """Let sound run for so long, and look after it as the engine does. [main]"""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        look_after(stage, plugins)
        time.sleep(TICK_S)


def look_after(stage: Stage, plugins: Sequence[Vst3]) -> None:
    """What the engine does some fifty times a second. [main]"""
    stage.tick()
    for plugin in plugins:
        plugin.tick()


def play_sixteen(seconds: float, frames: int, folder: Path) -> float:
    """Sixteen in a row on JACK: what the callback pays for each, and what each pays itself. [main]"""
    plugins = [Vst3(ZAM / f"{name}.vst3", troubled=TroubleList(folder / "troubled.json")) for name in NAMES]
    stage = Stage()
    try:
        parts = [plugin.prepare(RATE, frames) for plugin in plugins]
        slots = [Slot("tone", find_kernel("tone"), {}, BUS)]
        slots += [Slot(name, part) for name, part in zip(NAMES, parts, strict=True)]
        stage.arrange(tuple(slots))
        stage.start(Wish("jack", block_frames=frames))
        assert stage.host is not None
        host = stage.host
        host.send(FROM_APP, event(NOTE_ON, number=57, value=0.5))
        wait(stage, plugins, 2.0)
        meters = host.record["meters"]
        before = {name: int(meters[name][0]) for name in ("blocks", "missed", "flagged")}
        late = sum(plugin.late_packets for plugin in plugins)
        steps = host.rack.program.record["steps"][0][1 : 1 + len(parts)]
        in_callback, in_plugin = [], []
        blocks, callback_ns = int(meters["blocks"][0]), steps["total_ns"].copy()
        answered = np.array([int(part.words["answered"]) for part in parts])
        busy = np.array([int(part.words["busy_ns"]) for part in parts])
        until, next_tick = time.monotonic() + seconds, 0.0
        while time.monotonic() < until:
            if time.monotonic() >= next_tick:
                next_tick = time.monotonic() + TICK_S
                look_after(stage, plugins)
            now, now_ns = int(meters["blocks"][0]), steps["total_ns"].copy()
            if now == blocks + 1 and int(meters["blocks"][0]) == now:
                in_callback += list((now_ns - callback_ns) / 1e3)
            blocks, callback_ns = now, now_ns
            newer = np.array([int(part.words["answered"]) for part in parts])
            busier = np.array([int(part.words["busy_ns"]) for part in parts])
            in_plugin += list((busier - busy)[newer == answered + 1] / 1e3)
            answered, busy = newer, busier
            time.sleep(0.0008)
        show("bridge, in the callback, for each plugin and block", in_callback, "us")
        show("plugin's process, for each plugin and block", in_plugin, "us")
        played, missed, flagged = (int(meters[name][0]) - before[name] for name in ("blocks", "missed", "flagged"))
        lost = sum(plugin.late_packets for plugin in plugins) - late
        print(f"deadlines lost: {missed} of {played} blocks ({flagged} told by JACK)")
        print(f"answers that were late: {lost} of {played * len(plugins)}; restarts {sum(p.restarts for p in plugins)}")
        memory = [_memory_mb(plugin.pid) for plugin in plugins]
        print(f"memory of its own: {np.median(memory):.0f} MB for a plugin, {sum(memory):.0f} MB for all")
        return float(np.mean(in_plugin)) * len(plugins)
    finally:
        stage.stop()
        for plugin in plugins:
            plugin.close()


def _memory_mb(pid: int) -> float:
    """What a process has for itself alone. [main]"""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024.0


def go_round(frames: int, folder: Path, times: int = 4000) -> None:
    """From the callback to a plugin and back, nothing else being asked of the machine. [main]"""
    for name in ("ZamCompX2", "ZamEQ2"):
        plugin = Vst3(ZAM / f"{name}.vst3", troubled=TroubleList(folder / "troubled.json"))
        try:
            part = plugin.prepare(RATE, frames)
            card = Card(Host(RATE, (Slot("plugin", part, {}, MONITOR),)))
            took = []
            for _ in range(times):
                began = time.perf_counter_ns()
                card.block(frames)
                while part.words["answered"] != part.words["published"]:
                    pass
                took.append((time.perf_counter_ns() - began) / 1e3)
                time.sleep(0.001)
            plugin.tick()
            show(f"there and back: {name}, in step", took[100:], "us")
        finally:
            plugin.close()


def in_one_process(frames: int, blocks: int = 4000) -> float:
    """The same sixteen, one after the other in one interpreter. [main]"""
    command = [sys.executable, "-c", IN_ONE_PROCESS, str(frames), str(blocks)]
    command += [str(ZAM / f"{name}.vst3") for name in NAMES]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    took = np.array([int(line) for line in answer.split() if line.isdigit()]) / 1e3
    show("all sixteen inside one Python process, a block (reference)", took, "us")
    return float(np.mean(took))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--frames", type=int, default=128)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, jack_server(asked.frames):
        one = in_one_process(asked.frames)
        go_round(asked.frames, Path(folder))
        apart = play_sixteen(asked.seconds, asked.frames, Path(folder))
        print(f"sixteen apart: {apart:.0f} us of all processes a block; in one: {one:.0f} us; ratio {apart / one:.2f}")
        survive(asked.times, asked.frames, Path(folder))


if __name__ == "__main__":
    main()
