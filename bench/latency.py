"""Latency between processes, through real JACK: a key to its sound, and a sung onset to its note.

    python bench/latency.py [--frames 128] [--repeats 60]

`vocello live` runs as its user would start it. This program is another client of the same server: it sends MIDI on an
exact frame and looks for the frame at which sound comes back; it sings a syllable whose note begins on an exact frame
and reads the frame at which the note-on arrives. Reference in the same run: what JACK itself takes, from this program's
output straight to its own input.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any

import jack
import numpy as np
import numpy.typing as npt

from bench.jack_server import RATE, jack_server
from realtime.metronome import Metronome
from vocello.singer import sing

KEY, NOTE_ON, NOTE_OFF = 60, 0x90, 0x80
GAP_S, NOTE_S, LEAD_S = 1.2, 0.25, 0.12  # in the gap the string and the hall have to die away
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
        self._voice, self._lead = _syllable()
        self.client.set_process_callback(self._process)

    def run(self, pressing: bool) -> None:
        """One pass of all the starts. [main]"""
        self.pressing, self.singing = pressing, not pressing
        self.heard, self.echoed, self.notes, self.frame = [], [], [], 0
        self.done.clear()
        self.done.wait(self.starts[-1] / RATE + 10.0)
        self.pressing = self.singing = False

    def late_by(self, echo: npt.NDArray[np.float32], within: int) -> list[int]:
        """How many frames later each syllable is heard than it was sung. [main]"""
        audible = first_sound_after(self._voice, 0, within) or 0
        heard = [first_sound_after(echo, start - self._lead, within) for start in self.starts]
        return [each - audible for each in heard if each is not None]

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
                continue
            sung = start - self._lead
            if self.singing and sung < last and sung + len(self._voice) > first:
                a, b = max(sung, first), min(sung + len(self._voice), last)
                voice[a - first : b - first] = self._voice[a - sung : b - sung]
        self.heard.append(self.sound_in.get_array().copy())
        self.echoed.append(self.echo_in.get_array().copy())
        for offset, data in self.notes_in.incoming_midi_events():
            status, velocity = bytes(data)[0] & 0xF0, bytes(data)[-1]
            if status == NOTE_ON and velocity > 0:
                self.notes.append(first + offset)
        self.frame = last
        if last > self.starts[-1] + RATE:
            self.done.set()


def _syllable() -> tuple[npt.NDArray[np.float32], int]:
    """The demo singer's first syllable, and how many frames of it come before its note begins."""
    voice, labels = sing(RATE)
    onset_s, offset_s, _ = labels[0]
    first, last = round((onset_s - LEAD_S) * RATE), round(min(offset_s, onset_s + NOTE_S) * RATE)
    sound = voice[first:last].copy()
    fade = round(0.03 * RATE)
    sound[-fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    return sound, round(onset_s * RATE) - first


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


def connect(client: Any, source: str, target: str, within_s: float = 90.0) -> None:
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


@dataclass(frozen=True)
class Measured:
    """Frames, one each time that something came back. [any]"""

    block_frames: int
    asked: int
    echo: list[int]
    key_to_sound: list[int]
    onset_to_note: list[int]
    stalls: int
    """How often, meanwhile, not even a realtime thread without work was woken within a block's time."""


def main() -> None:
    """Measure once, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=60)
    asked = parser.parse_args()
    measured = measure(asked.frames, asked.repeats)
    block = measured.block_frames
    print(f"JACK dummy driver, {RATE} Hz, {block} frames a block ({1e3 * block / RATE:.2f} ms); p50, p95, max")
    show("JACK alone, out → in (reference)", measured.echo, measured.asked, block)
    show("key at MIDI in → sound out", measured.key_to_sound, measured.asked, block)
    show("sung onset in → note-on at the port", measured.onset_to_note, measured.asked, block)
    print(f"meanwhile the machine stood still {measured.stalls} times for longer than a block")


def measure(frames: int, repeats: int) -> Measured:
    """`vocello live` on a server of its own, both passes. [main]"""
    with jack_server(frames):
        peer = Peer(repeats)
        peer.done.set()
        peer.client.activate()
        command = [sys.executable, "-m", "vocello", "live", "--device", "jack", "--frames", str(frames)]
        live = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            with Metronome(frames / RATE) as beat:
                return _both_passes(peer, repeats, frames, beat)
        finally:
            live.terminate()
            live.wait(20.0)
            peer.client.deactivate()
            peer.client.close()


def _both_passes(peer: Peer, repeats: int, block: int, beat: Metronome) -> Measured:
    for source, target in (
        ("Vocello audio:out_0", "peer:sound"),
        ("peer:voice", "Vocello audio:in_0"),
        ("peer:voice", "Vocello audio:in_1"),
        ("peer:voice", "peer:echo"),
        ("Vocello:out", "peer:notes"),
    ):
        connect(peer.client, source, target)
    time.sleep(3.0)  # until the engine has looked for new inputs and found peer:keys
    stalls = beat.stalls
    peer.run(pressing=True)
    within = int(GAP_S / 2 * RATE)
    sound = np.concatenate(peer.heard)
    keys = [each for start in peer.starts if (each := first_sound_after(sound, start, within)) is not None]
    peer.run(pressing=False)
    echoes = peer.late_by(np.concatenate(peer.echoed), within)
    notes = []
    for start in peer.starts:
        after = [note - start for note in peer.notes if 0 <= note - start < within]
        notes += after[:1]
    return Measured(block, repeats, echoes, keys, notes, beat.stalls - stalls)


if __name__ == "__main__":
    main()
