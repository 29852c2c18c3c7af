"""Latency between processes, through real JACK: a key to its sound, and a sung onset to its note.

    python bench/latency.py [--frames 128] [--repeats 60]

`vocello live` runs as its user would start it. This program is another client of the same server: it sends MIDI on an
exact frame and looks for the frame at which sound comes back; it plays a tone that begins on an exact frame and reads
the frame at which the note-on arrives. Reference in the same run: what JACK itself takes, from this program's output
straight to its own input.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from typing import Any

import jack
import numpy as np
import numpy.typing as npt

from bench.jack_server import RATE, jack_server

KEY, NOTE_ON, NOTE_OFF = 60, 0x90, 0x80
GAP_S, NOTE_S, TONE_HZ = 0.5, 0.25, 220.0
AUDIBLE = 10.0 ** (-60.0 / 20.0)


class Peer:
    """A JACK client that does things on exact frames and remembers on which frames things came. [audio]"""

    def __init__(self, repeats: int) -> None:
        self.client = jack.Client("peer", no_start_server=True)
        self.sound_in = self.client.inports.register("sound")
        self.keys_out = self.client.midi_outports.register("keys")
        self.voice_out = self.client.outports.register("voice")
        self.notes_in = self.client.midi_inports.register("notes")
        self.echo_in = self.client.inports.register("echo")
        gap = int(GAP_S * RATE)
        chance = np.random.default_rng(3)
        self.starts = [int(RATE + n * gap + chance.integers(0, gap // 4)) for n in range(repeats)]
        self.pressing = True
        self.singing = False
        self.heard: list[npt.NDArray[np.float32]] = []
        self.echoed: list[npt.NDArray[np.float32]] = []
        self.notes: list[int] = []
        self.frame = 0
        self.done = threading.Event()
        self._tone = _tone()
        self.client.set_process_callback(self._process)

    def run(self, pressing: bool) -> None:
        """One pass of all the starts. [main]"""
        self.pressing, self.singing = pressing, not pressing
        self.heard, self.echoed, self.notes, self.frame = [], [], [], 0
        self.done.clear()
        self.done.wait(self.starts[-1] / RATE + 10.0)
        self.pressing = self.singing = False

    def _process(self, frames: int) -> None:
        first, last = self.frame, self.frame + frames
        self.keys_out.clear_buffer()
        voice = self.voice_out.get_array()
        voice[:] = 0.0
        if self.done.is_set():
            return
        for start in self.starts:
            if self.pressing:
                if first <= start < last:
                    self.keys_out.write_midi_event(start - first, (NOTE_ON, KEY, 100))
                if first <= start + int(NOTE_S * RATE) < last:
                    self.keys_out.write_midi_event(start + int(NOTE_S * RATE) - first, (NOTE_OFF, KEY, 0))
            elif self.singing and start < last and start + len(self._tone) > first:
                a, b = max(start, first), min(start + len(self._tone), last)
                voice[a - first : b - first] = self._tone[a - start : b - start]
        self.heard.append(self.sound_in.get_array().copy())
        self.echoed.append(self.echo_in.get_array().copy())
        for offset, data in self.notes_in.incoming_midi_events():
            status, velocity = bytes(data)[0] & 0xF0, bytes(data)[-1]
            if status == NOTE_ON and velocity > 0:
                self.notes.append(first + offset)
        self.frame = last
        if last > self.starts[-1] + RATE:
            self.done.set()


def _tone() -> npt.NDArray[np.float32]:
    """A sung-like tone: eight harmonics, up in 10 ms."""
    t = np.arange(int(NOTE_S * RATE)) / RATE
    sound = sum(np.sin(2 * np.pi * TONE_HZ * k * t) / k for k in range(1, 9))
    ramp = np.minimum(1.0, np.minimum(t / 0.010, (NOTE_S - t) / 0.030))
    return np.asarray(0.2 * sound * ramp, np.float32)


def first_sound_after(sound: npt.NDArray[np.float32], start: int, within: int) -> int | None:
    """Frames from `start` to the first audible sample. [any]"""
    loud = np.flatnonzero(np.abs(sound[start : start + within]) > AUDIBLE)
    return int(loud[0]) if len(loud) else None


def show(name: str, frames: list[int], asked: int, block: int) -> None:
    """A line of a distribution, in ms and in blocks. [any]"""
    if not frames:
        print(f"{name:34} nothing of {asked} came back")
        return
    p50, p95, worst = np.percentile(frames, [50, 95, 100])
    ms = [f"{1e3 * each / RATE:8.2f}" for each in (p50, p95, worst)]
    blocks = [f"{each / block:7.2f}" for each in (p50, p95, worst)]
    spread = 1e3 * float(np.std(frames)) / RATE
    print(f"{name:34}{''.join(ms)} ms {''.join(blocks)} blocks   sd {spread:5.2f} ms   {len(frames)} of {asked}")


def connect(client: Any, source: str, target: str, within_s: float = 20.0) -> None:
    """Patch two ports as soon as both exist. [main]"""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        names = [port.name for port in client.get_ports()]
        a = next((name for name in names if source in name), None)
        b = next((name for name in names if target in name), None)
        if a and b:
            client.connect(a, b)
            return
        time.sleep(0.1)
    raise SystemExit(f"no port '{source}' or '{target}' came up")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=60)
    asked = parser.parse_args()
    with jack_server(asked.frames):
        peer = Peer(asked.repeats)
        peer.done.set()
        peer.client.activate()
        command = [sys.executable, "-m", "vocello", "live", "--device", "jack", "--frames", str(asked.frames)]
        live = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            measure(peer, asked.repeats, asked.frames)
        finally:
            live.terminate()
            live.wait(20.0)
            peer.client.deactivate()
            peer.client.close()


def measure(peer: Peer, repeats: int, block: int) -> None:
    """Both passes, printed. [main]"""
    for source, target in (
        ("Vocello audio:out_0", "peer:sound"),
        ("peer:voice", "Vocello audio:in_0"),
        ("peer:voice", "Vocello audio:in_1"),
        ("peer:voice", "peer:echo"),
        ("Vocello:out", "peer:notes"),
    ):
        connect(peer.client, source, target)
    time.sleep(3.0)  # until the engine has looked for new inputs and found peer:keys
    peer.run(pressing=True)
    within = int(GAP_S / 2 * RATE)
    sound = np.concatenate(peer.heard)
    keys = [each for start in peer.starts if (each := first_sound_after(sound, start, within)) is not None]
    peer.run(pressing=False)
    echo = np.concatenate(peer.echoed)
    echoes = [each for start in peer.starts if (each := first_sound_after(echo, start, within)) is not None]
    notes = []
    for start in peer.starts:
        after = [note - start for note in peer.notes if 0 <= note - start < within]
        notes += after[:1]
    print(f"JACK dummy driver, {RATE} Hz, {block} frames a block ({1e3 * block / RATE:.2f} ms); p50, p95, max")
    show("JACK alone, out → in (reference)", echoes, repeats, block)
    show("key at MIDI in → sound out", keys, repeats, block)
    show("sung onset in → note-on at the port", notes, repeats, block)


if __name__ == "__main__":
    main()
