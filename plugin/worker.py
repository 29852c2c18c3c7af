"""The process that a plugin lives in, alone: loads it, plays it, keeps its state, and dies of it instead of the rack.

What flows in: a socket from the process that owns it, over which orders come as lines of JSON, and with some of them
the descriptor of a shared block. What flows out: what the plugin is, and its state whenever that has changed; its
sound goes through the shared block. It ends when its owner does. [worker]

    python -m plugin.worker SOCKET LIFELINE

Orders: {"look": {path}}, {"load": {path, name, bend_range_st, in_background}}, {"prepare": {rate, frames}} with a
descriptor, {"restore": {raw, controls}}, {"state": true}, {"editor": true or false}. Answers: {"names": …},
{"loaded": …}, {"prepared": …}, {"restored": …}, {"state": …}, {"turned": …}, {"latency": …}, {"trouble": …},
{"refused": …}.
"""

from __future__ import annotations

import base64
import ctypes
import gc
import os
import re
import select
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
import pedalboard
from pedalboard import _pedalboard as parameter_search

from plugin.vst3.answering import PUBLISHED, Answering, Link
from plugin.vst3.lines import Lines
from plugin.vst3.midi_bytes import BEND_RANGE_ST, Controls, bend_range
from plugin.vst3.packet import PARAMETERS_AT_MOST, Layout
from plugin.vst3.scale import ids_of, scale_of
from realtime.rights import ask_for_realtime

LOOKS_EVERY_S = 0.1
STATE_EVERY_S = 0.5
"""A crash loses no more of a hand's work than this, and what it takes to send it."""
HEAVY_STATE_EVERY_S = 10.0
"""For a plugin whose state takes longer to read than a part of its block: reading it holds up the sound."""
HEAVY = 0.25
STATE_BYTES_AT_MOST = 64 << 20

# Parameters that are no parameters: how a wrapper speaks of MIDI, which comes as events.
_HIDDEN = re.compile(r"MIDI C[hC][. ]")
_ANY = re.compile("")
PROGRAM = "current_program"
"""The parameter by which a host chooses a preset."""
_F_SETSIG = 10


class Hosted:
    """A plugin as pedalboard hosts it: two channels wide whatever it is itself. [worker]

    A mono effect stands here twice, once a side: stereo stays stereo, at twice the price. Both are turned together.
    """

    def __init__(self, path: str, name: str) -> None:
        parameter_search.PARAMETER_NAME_REGEXES_TO_IGNORE.add(_ANY)  # a thousand questions for each of them
        self.plugins: list[Any] = [load(path, name)]
        self.is_instrument = bool(self.plugins[0].is_instrument)
        self.channels = self._width()
        if self.channels == 1:
            self.plugins.append(load(path, name))
        parameters = self.plugins[0]._parameters
        shown = [
            n for n, each in enumerate(parameters) if each.is_automatable and each.name and not _HIDDEN.match(each.name)
        ]
        self._shown = shown[:PARAMETERS_AT_MOST]
        names = [str(parameters[n].name) for n in self._shown]
        self.scales = [scale_of(id_, parameters[n]) for id_, n in zip(ids_of(names), self._shown, strict=True)]
        self._meet_parameters()

    def _meet_parameters(self) -> None:
        """Where they stand in memory, which may be elsewhere after a reset or with another state."""
        self._turned = []
        for plugin in self.plugins:
            all_of_it = plugin._parameters
            self._turned.append([all_of_it[n] for n in self._shown])

    def _width(self) -> int:
        if self.is_instrument:
            return 2
        for channels in (2, 1):
            with suppress(ValueError):
                self.plugins[0].process(np.zeros((channels, 64), np.float32), 48_000.0, 64, reset=False)
                return channels
        raise ValueError("it takes neither one channel nor two")

    @property
    def latency(self) -> int:
        """Of the plugin itself, in frames. [worker]"""
        return int(self.plugins[0].reported_latency_samples)

    def warm_up(self, rate: float, frames: int) -> None:
        """Let it take what memory it wants at this rate and length, before anybody listens. [worker]"""
        for _ in range(2):
            self.play(np.zeros((2, frames), np.float32), [], rate)

    def turn(self, index: int, value: float) -> None:
        """Set a parameter, in its own unit. [worker]"""
        raw = self.scales[index].raw(value)
        for parameters in self._turned:
            parameters[index].raw_value = raw

    def values(self) -> npt.NDArray[np.float64]:
        """All parameters as the plugin has them, in their own units. [worker]"""
        raw = [float(parameter.raw_value) for parameter in self._turned[0]]
        values = [scale.value(each) for scale, each in zip(self.scales, raw, strict=True)]
        return np.array([float(f"{value:.7g}") for value in values], np.float64)  # a plugin reckons in single precision

    def play(
        self, sound: npt.NDArray[np.float32], midi: list[tuple[bytes, float]], rate: float
    ) -> npt.NDArray[np.float32]:
        """One packet: two channels in, two out. [worker]"""
        frames = sound.shape[1]
        if self.is_instrument:
            made = self.plugins[0].process(midi, (frames + 0.5) / rate, rate, 2, frames, False)
        elif self.channels == 2:
            made = self.plugins[0].process(sound, rate, frames, False)
        else:
            sides = [
                plugin.process(side, rate, frames, False) for plugin, side in zip(self.plugins, sound, strict=True)
            ]
            made = np.stack([side.reshape(-1) for side in sides])
        if made.shape[1] < frames:  # it swallowed what it has to collect first, at its beginning
            made = np.concatenate([np.zeros((2, frames - made.shape[1]), np.float32), made], axis=1)
        return made

    @property
    def raw_state(self) -> bytes:
        """The plugin's own bytes. [worker]"""
        return bytes(self.plugins[0].raw_state)

    def restore(self, raw: bytes) -> None:
        """Be as these bytes say; whatever is in them is for the plugin to survive. [worker]"""
        for plugin in self.plugins:
            plugin.raw_state = raw
        self._meet_parameters()

    def about(self) -> dict[str, Any]:
        """What there is to know of it. [worker]"""
        plugin = self.plugins[0]
        programs = next((scale for scale in self.scales if scale.id == PROGRAM), None)
        return {
            "name": str(plugin.name),
            "vendor": str(plugin.manufacturer_name),
            "version": str(plugin.version),
            "kind": str(plugin.category),
            "identifier": str(plugin.identifier),
            "is_instrument": self.is_instrument,
            "channels": self.channels,
            "latency": self.latency,
            "parameters": [
                {**scale.about(), "default": float(value)}
                for scale, value in zip(self.scales, self.values(), strict=True)
            ],
            "programs": list(programs.choices) if programs is not None else [],
        }


class Worker:
    """One plugin, one owner. [worker]"""

    def __init__(self, line: socket.socket) -> None:
        self.lines = Lines(line)
        self.hosted: Hosted | None = None
        self.controls = Controls()
        self.answering: Answering | None = None
        self._bend_range_st = BEND_RANGE_ST
        self._editor: threading.Event | None = None
        self._latency = 0
        self._next_state_s = 0.0
        self._packet_s = 0.0

    def run(self, until: threading.Event | None = None) -> None:
        """Until the owner closes the line, or an event is set. [worker]"""
        while until is None or not until.is_set():
            if select.select([self.lines], [], [], LOOKS_EVERY_S)[0] and not self.lines.read():
                os._exit(0)  # a plugin that is asked to say farewell may crash, or never return
            for order, descriptor in self.lines.received():
                try:
                    self._obey(order, descriptor)
                except Exception as error:  # told to the owner, who knows what to do; the plugin goes on
                    self.lines.send({"refused": next(iter(order), ""), "why": f"{type(error).__name__}: {error}"})
            self._look()

    def _obey(self, order: dict[str, Any], descriptor: int | None) -> None:
        if "look" in order:
            self.lines.send({"names": names_in(order["look"]["path"])})
        elif "load" in order:
            self._load(**order["load"])
        elif self.hosted is None:
            raise RuntimeError("there is no plugin yet")
        elif "prepare" in order and descriptor is not None:
            self._prepare(descriptor, **order["prepare"])
        elif "restore" in order:
            self._restore(**order["restore"])
        elif "state" in order:
            self._tell_state()
        elif "editor" in order:
            self._show_editor(bool(order["editor"]))

    def _load(self, path: str, name: str, bend_range_st: float = BEND_RANGE_ST, in_background: bool = False) -> None:
        began = time.monotonic()
        if in_background and is_realtime_allowed():  # what sounds will not suffer from it later
            os.nice(10)
        self._bend_range_st = bend_range_st
        self.hosted = Hosted(path, name)
        self._latency = self.hosted.latency
        gc.collect()
        gc.freeze()
        self.lines.send({"loaded": self.hosted.about(), "took_s": time.monotonic() - began})

    def _prepare(self, descriptor: int, rate: float, frames: int) -> None:
        assert self.hosted is not None
        if self.answering is not None:
            self.answering.stop()
        link = Link(descriptor, Layout(frames, len(self.hosted.scales)), rate)
        program = next((n for n, scale in enumerate(self.hosted.scales) if scale.id == PROGRAM), None)
        answering = Answering(
            self.hosted,
            link,
            self.controls,
            bend_range_st=self._bend_range_st,
            program=program,
        )
        if link.words[PUBLISHED] > 0:  # in the middle of a sound: a state may be older than the hand on a knob
            answering.apply(link.newest)
        self.hosted.warm_up(rate, frames)
        if self.hosted.is_instrument:
            said = self.controls.messages()
            said += bend_range(self._bend_range_st) if self._bend_range_st != BEND_RANGE_ST else []
            self.hosted.play(np.zeros((2, frames), np.float32), [(message, 0.0) for message in said], rate)
        self._packet_s = frames / rate
        self._latency = self.hosted.latency
        answering.latency(self._latency)
        answering.start()
        self.answering = answering
        self.lines.send({"prepared": {"latency": self._latency}})

    def _restore(self, raw: str, controls: list[str]) -> None:
        assert self.hosted is not None
        for message in controls:
            self.controls.heard(bytes.fromhex(message))
        if raw:
            self.hosted.restore(base64.b64decode(raw))
        self.lines.send({"restored": True})
        self._tell_moved()

    def _look(self) -> None:
        """Tell what has changed by itself: values turned in a window or by a preset, latency, state."""
        if self.hosted is None or self.answering is None:
            return
        if self.answering.trouble:
            self.lines.send({"trouble": self.answering.trouble})
            self.answering.trouble = ""
        if self._editor is not None or self.answering.program_changed:
            self.answering.program_changed = False
            self._tell_moved()
        news = self.answering.has_changed or self._editor is not None
        if news and time.monotonic() >= self._next_state_s and not self.answering.is_behind:
            self.answering.has_changed = False
            self._tell_state()

    def _tell_moved(self) -> None:
        assert self.hosted is not None
        if self.answering is not None:
            values = self.hosted.values()
            moved = {self.hosted.scales[n].id: float(values[n]) for n in self.answering.moved(values)}
            if moved:
                self.answering.has_changed = True
                self.lines.send({"turned": moved})

    def _tell_state(self) -> None:
        """The plugin's bytes, and where pedals and wheels stand."""
        assert self.hosted is not None
        began = time.monotonic()
        raw = self.hosted.raw_state
        took_s = time.monotonic() - began
        self._next_state_s = began + (HEAVY_STATE_EVERY_S if took_s > HEAVY * self._packet_s else STATE_EVERY_S)
        if self.hosted.latency != self._latency:
            self._latency = self.hosted.latency
            self.lines.send({"latency": self._latency})
        controls = [message.hex() for message in self.controls.messages()]
        if len(raw) <= STATE_BYTES_AT_MOST:
            self.lines.send({"state": {"raw": base64.b64encode(raw).decode("ascii"), "controls": controls}})

    def _show_editor(self, on: bool) -> None:
        """The plugin's own window, until it is closed by hand or by order; it has this thread, orders another."""
        assert self.hosted is not None
        if self._editor is not None or not on:
            if self._editor is not None and not on:
                self._editor.set()
            return
        self._editor = closed = threading.Event()
        orders = threading.Thread(target=self.run, args=(closed,), name="orders")
        orders.start()
        try:
            self.hosted.plugins[0].show_editor(closed)
        finally:
            closed.set()
            orders.join()
            self._editor = None


def load(path: str, name: str) -> Any:
    """A plugin; its wrapper's types do not know what it can be asked. [worker]"""
    host: Any = pedalboard
    return host.load_plugin(path, plugin_name=name or None)


def names_in(path: str) -> list[str]:
    """The plugins that a bundle holds; most hold one. [worker]"""
    host: Any = pedalboard
    kind = host.AudioUnitPlugin if path.endswith(".component") else host.VST3Plugin
    return [str(name) for name in kind.get_plugin_names_for_file(path)]


def main() -> None:
    """What `python -m plugin.worker` does. [worker]"""
    line = socket.socket(fileno=int(sys.argv[1]))
    die_with_owner(int(sys.argv[2]))
    be_modest()
    sys.setswitchinterval(0.0002)  # the sound thread waits no longer than this for the other to let go
    Worker(line).run()


def die_with_owner(lifeline: int) -> None:
    """Be killed by the system itself when the other end of a pipe closes, even while a plugin hangs. [worker]"""
    if sys.platform == "linux":
        import fcntl

        fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(lifeline, _F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, os.O_ASYNC)
        if select.select([lifeline], [], [], 0)[0]:  # it has closed already
            os._exit(0)


def is_realtime_allowed() -> bool:
    """Whether threads of this process may run in real time; tried on one that is then gone. [worker]"""
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(ask_for_realtime(1)))
    thread.start()
    thread.join()
    return answers == [True]


def be_modest() -> None:
    """No memory image of a crash, no words, no fight for the processor that the callback needs. [worker]"""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if sys.platform == "linux":  # a loop without end in real time would keep even its killer waiting
            resource.setrlimit(resource.RLIMIT_RTTIME, (1_000_000, 1_000_000))
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(15, b"vocello plugin", 0, 0, 0)


if __name__ == "__main__":
    main()
