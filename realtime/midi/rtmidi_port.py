"""One rtmidi object, with its traps closed: the only file that touches rtmidi.

What flows in: whole messages to send, a port to open. What flows out: messages received, names of ports, and PortError
where rtmidi would crash or write to the terminal. Input is read from rtmidi's own queue and not by its callback, which
would wait for the interpreter on the driver's thread.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy.typing as npt

from realtime.events import NOW
from realtime.midi.arrival import Arrivals
from realtime.midi.client import ALSA, COREMIDI, QUEUE_MESSAGES, WINMM, Arrived
from score.errors import PortError

_RTMIDI_NAMES = {ALSA: "API_LINUX_ALSA", COREMIDI: "API_MACOSX_CORE", WINMM: "API_WINDOWS_MM"}


def has_api(api: str) -> bool:
    """Whether this build of rtmidi knows this API. [main]"""
    rtmidi = _rtmidi()
    return getattr(rtmidi, _RTMIDI_NAMES[api], None) in rtmidi.get_compiled_api()


class RtMidiPort:
    """An input or an output of one API, first without a port. [main]"""

    lost, dropped, missed = False, 0, 0

    def __init__(self, api: str, *, output: bool, name: str) -> None:
        rtmidi = _rtmidi()
        self.name = name
        self._closed = False
        self._arrivals, self._empty_ns = Arrivals(), time.perf_counter_ns()
        number = getattr(rtmidi, _RTMIDI_NAMES[api])
        try:
            if output:
                self._rtmidi: Any = rtmidi.MidiOut(rtapi=number, name=name)
            else:
                self._rtmidi = rtmidi.MidiIn(rtapi=number, name=name, queue_size_limit=QUEUE_MESSAGES)
                self._rtmidi.ignore_types(sysex=False, timing=False, active_sense=True)
        except rtmidi.RtMidiError as error:
            raise PortError(f"{api} has no MIDI here ({error}).", _WHAT_AN_API_NEEDS[api]) from None

    def port_names(self) -> list[str]:
        """The ports that this client could be connected to, each name once: a second "X" is "X #2". [main]"""
        self._must_live()
        return _distinct(self._rtmidi.get_ports())

    def open(self, port: str, label: str) -> None:
        """Connect to the port of this name; ours is called `label`. [main]"""
        names = self.port_names()
        if port not in names:
            raise PortError(f"the MIDI port '{port}' has gone.", "See what there is with: vocello ports")
        self._guarded(lambda: self._rtmidi.open_port(names.index(port), label), port)

    def open_virtual(self, label: str) -> None:
        """Be a port that others connect to. [main]"""
        self._must_live()
        self._guarded(lambda: self._rtmidi.open_virtual_port(label), label)

    def connect(self, port: str) -> bool:
        """Others connect to us, and not we to them. [main]"""
        return False

    def patched(self) -> list[str]:
        """rtmidi does not tell. [main]"""
        return []

    def newcomers(self) -> list[str]:
        """rtmidi does not tell. [main]"""
        return []

    def ahead_frames(self, clock: npt.NDArray[Any]) -> float:
        """A message leaves as soon as it is sent. [midi]"""
        return 0.0

    def moment(self, frame: int, clock: npt.NDArray[Any]) -> int:
        """rtmidi sends at once. [midi]"""
        return NOW

    def send(self, message: bytes, at: int = NOW) -> None:
        """Send one message, one thread at a time; PortError when the port refuses. [any]"""
        try:
            self._rtmidi.send_message(message)
        except _rtmidi().RtMidiError as error:
            raise PortError(f"the MIDI port refuses what is sent ({error}).", "Choose one anew.") from None

    def take(self, clock: npt.NDArray[Any]) -> Arrived | None:
        """The oldest message unread, and when it arrived. [midi]"""
        read_ns = time.perf_counter_ns()
        message: tuple[list[int], float] | None = self._rtmidi.get_message()
        if message is None:
            self._empty_ns = read_ns
            return None
        data, interval_s = message
        return Arrived(data, self._arrivals.stamp(interval_s, time.perf_counter_ns(), self._empty_ns), None)

    def let_leave(self) -> bool:
        """What was sent has left, and arrives. [main]"""
        return False

    def close(self) -> None:
        """Give the port back. [main]"""
        if not self._closed:
            self._closed = True
            self._rtmidi.close_port()
            self._rtmidi.delete()

    def _must_live(self) -> None:
        if self._closed:
            raise PortError("this MIDI port is closed.", "Open it anew.")

    def _guarded(self, call: Any, port: str) -> None:
        try:
            call()
        except (_rtmidi().RtMidiError, NotImplementedError) as error:
            what = f"the MIDI port '{port}' cannot be opened ({error})."
            raise PortError(what, "Is another program using it?") from None


def _rtmidi() -> Any:
    try:
        import rtmidi
    except ImportError as error:
        raise PortError(
            f"python-rtmidi does not load ({error}).",
            "On Debian or Ubuntu: sudo apt install libasound2; anywhere: pip install python-rtmidi",
        ) from None
    if sys.platform.startswith("linux"):
        from realtime.midi.alsa import quiet_alsa

        quiet_alsa()
    return rtmidi


def _distinct(names: list[str]) -> list[str]:
    counted: dict[str, int] = {}
    distinct = []
    for name in names:
        counted[name] = counted.get(name, 0) + 1
        distinct.append(name if counted[name] == 1 else f"{name} #{counted[name]}")
    return distinct


_WHAT_AN_API_NEEDS = {
    ALSA: "The kernel's sequencer may be missing: sudo modprobe snd-seq",
    COREMIDI: "Is the MIDI server running? Open Audio MIDI Setup once.",
    WINMM: "Connect a MIDI device, or install loopMIDI.",
}
