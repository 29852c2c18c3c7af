"""A musician in a process of its own: sings and plays keys to the sample, and takes down all that reaches it.

What flows in: a JSON object a line on standard input. What flows out: an answer a line; a voice and keys at JACK ports,
each sample and each message on the frame it was written for; and, into a folder, every MIDI message and every sample
that came back, with the frame at which it came. It is the second witness beside the DAW: what the DAW recorded is held
against what stood on the same wire. `python -m daw_tests.performer SERVER`. [main]
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

import jack
import numpy as np
import numpy.typing as npt

EARS = ("left", "right")
TAPS = ("notes", "other")
_CYCLES_TO_CONNECT = 100
_CYCLES_TO_BE_READY = 4


class Performer:
    """One JACK client; what it plays is put before it whole, and the callback takes it up at a cycle's start. [main]"""

    def __init__(self, server: str) -> None:
        self.client = jack.Client("performer", no_start_server=True, servername=server)
        self._voice_out = self.client.outports.register("voice")
        self._keys_out = self.client.midi_outports.register("keys")
        self._ears = [self.client.inports.register(name) for name in EARS]
        self._taps = [self.client.midi_inports.register(name) for name in TAPS]
        self._piece: tuple[npt.NDArray[np.float32], list[tuple[int, bytes]]] | None = None
        self._at: int | None = None
        self._began: int | None = None
        self._next = 0
        self.frame = 0
        self.xruns = 0
        self._listens = False
        self.messages: list[tuple[int, int, bytes]] = []  # tap, frame, message
        self.sound: list[tuple[int, list[npt.NDArray[np.float32]]]] = []  # frame, both ears
        self._cycle = threading.Event()
        self.client.set_process_callback(self._play)
        self.client.set_xrun_callback(self._count)

    def begin(self, voice: str, keys: list[list[Any]], at: int | None = None) -> dict[str, Any]:
        """Perform a voice from a file of samples, and keys as pairs of frame and bytes, from the next cycle on or from
        a frame that is still to come. [main]"""
        samples = np.load(voice) if voice else np.zeros(0, np.float32)
        if at is not None and at < self.frame + _CYCLES_TO_BE_READY * self.client.blocksize:
            raise RuntimeError(f"frame {at} is not to come: it is {self.frame}")
        self._at, self._began, self._next = at, None, 0
        self._piece = samples, [(frame, bytes.fromhex(message)) for frame, message in keys]
        while self._began is None:
            self._wait_a_cycle()
        return {"began": self._began}

    def wait_until(self, frame: int) -> dict[str, Any]:
        """Until this frame of the piece has been played. [main]"""
        assert self._began is not None
        while self.frame < self._began + frame:
            self._wait_a_cycle()
        return {"frame": self.frame}

    def listen(self, sound: bool) -> dict[str, Any]:
        """Take down all that comes from now on; sound only if it is wanted. [main]"""
        self._listens = sound
        self.messages, self.sound = [], []
        return {"frame": self.frame}

    def save(self, folder: str) -> dict[str, Any]:
        """Write down what came since `listen`. [main]"""
        heard, sound = list(self.messages), list(self.sound)
        rows = [[TAPS[tap], frame, message.hex()] for tap, frame, message in heard]
        (Path(folder) / "heard.json").write_text(json.dumps(rows))
        if sound:
            ears = np.stack([np.concatenate([block[ear] for _, block in sound]) for ear in range(len(EARS))])
            np.savez(Path(folder) / "heard.npz", first=sound[0][0], last=sound[-1][0], ears=ears)
        return {"messages": len(rows), "blocks": len(sound), "xruns": self.xruns}

    def ports(self, part: str) -> dict[str, Any]:
        """The ports whose name begins so. [main]"""
        return {"ports": [port.name for port in self.client.get_ports() if port.name.startswith(part)]}

    def heard_by(self, source: str) -> dict[str, Any]:
        """The ports to which this one is patched. [main]"""
        port = self.client.get_port_by_name(source)
        return {"ports": [each.name for each in self.client.get_all_connections(port)]}

    def connect(self, source: str, target: str) -> dict[str, Any]:
        """Patch, and look whether it is patched. [main]"""
        try:
            self.client.connect(source, target)
        except jack.JackErrorCode as error:
            if error.code != 17:  # it was patched already
                raise
        for _ in range(_CYCLES_TO_CONNECT):  # JACK takes up a new patch at the beginning of a cycle
            there = self.heard_by(source)["ports"]
            if target in there:
                return {"connected": there}
            self._wait_a_cycle()
        raise RuntimeError(f"'{source}' is not connected to '{target}', only to {there}")

    def disconnect(self, source: str, target: str) -> dict[str, Any]:
        """Take a patch away. [main]"""
        self.client.disconnect(source, target)
        return self.heard_by(source)

    def now(self) -> dict[str, Any]:
        """Where the server's clock stands. [main]"""
        return {"frame": self.frame, "xruns": self.xruns}

    def _wait_a_cycle(self) -> None:
        self._cycle.clear()
        if not self._cycle.wait(20.0):
            raise RuntimeError("the JACK server stands still")

    def _count(self, _delayed_us: float) -> None:
        self.xruns += 1

    def _play(self, frames: int) -> None:
        now = self.client.last_frame_time
        self.frame = now + frames
        voice_out = self._voice_out.get_array()
        voice_out[:] = 0.0
        self._keys_out.clear_buffer()
        if self._piece is not None:
            if self._began is None:
                self._began = now if self._at is None else self._at
            if self._began < now + frames:
                self._perform(now - self._began, frames, voice_out)
        for number, tap in enumerate(self._taps):
            for offset, data in tap.incoming_midi_events():
                self.messages.append((number, now + offset, bytes(data)))
        if self._listens:
            self.sound.append((now, [ear.get_array().copy() for ear in self._ears]))
        self._cycle.set()

    def _perform(self, at: int, frames: int, voice_out: npt.NDArray[np.float32]) -> None:
        assert self._piece is not None
        voice, keys = self._piece
        waits = max(-at, 0)
        part = voice[at + waits : at + frames]
        voice_out[waits : waits + len(part)] = part
        while self._next < len(keys) and keys[self._next][0] < at + frames:
            frame, message = keys[self._next]
            self._keys_out.write_midi_event(max(frame - at, 0), message)
            self._next += 1


def main(server: str) -> None:
    """Do what each line says. [main]"""
    performer = Performer(server)
    with performer.client:
        print(json.dumps({"ready": True}), flush=True)
        for line in sys.stdin:
            words = json.loads(line)
            try:
                answer = getattr(performer, words.pop("do"))(**words)
            except Exception as error:  # told to the test, which fails with it
                answer = {"failed": f"{type(error).__name__}: {error}"}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
