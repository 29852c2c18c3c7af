"""One rtmidi object, with its traps closed: the only file that touches rtmidi.

What flows in: whole messages to send, a port to open. What flows out: messages received, names of ports,
and PortError where rtmidi would spin, crash or write to the terminal. Input is read from rtmidi's own queue
and not by its callback: on JACK that callback runs inside the server's period, where each wait for the
interpreter is a dropout for every program of the graph.
"""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from score.errors import PortError

if TYPE_CHECKING:
    from realtime.midi.jack import JackWatch

ALSA, JACK, COREMIDI, WINMM = "ALSA", "JACK", "CoreMIDI", "WinMM"
_RTMIDI_NAMES = {
    ALSA: "API_LINUX_ALSA",
    JACK: "API_UNIX_JACK",
    COREMIDI: "API_MACOSX_CORE",
    WINMM: "API_WINDOWS_MM",
}
_OF_THE_PLATFORM = {"darwin": (COREMIDI,), "win32": (WINMM,)}
_ELSEWHERE = (ALSA, JACK)

QUEUE_MESSAGES = 32768
"""What an input keeps until it is read: three seconds of the densest flood."""

_JACK_RING_BYTES = 12288  # rtmidi's holds 16384; the rest is for a period that comes late
_JACK_HEADER_BYTES = 4
_STALLED_S = 0.25

_door = threading.RLock()  # libjack frees dead clients when it opens a new one: nobody may be inside
_watch: JackWatch | None = None
_watched = 0


def compiled_apis() -> tuple[str, ...]:
    """The ways to MIDI that this build of rtmidi has and this system knows, the usual one first. [main]"""
    rtmidi = _rtmidi()
    compiled = rtmidi.get_compiled_api()
    return tuple(
        api
        for api in _OF_THE_PLATFORM.get(sys.platform, _ELSEWHERE)
        if getattr(rtmidi, _RTMIDI_NAMES[api], None) in compiled
    )


class Client:
    """An input or an output of one API, first without a port. [main]"""

    def __init__(self, api: str, *, output: bool, name: str) -> None:
        rtmidi = _rtmidi()
        self._closed = False
        self._unread_before = self._unread_now = 0
        self._cycle = -1
        number = getattr(rtmidi, _RTMIDI_NAMES[api])
        with _door:
            self._server = _join_server() if api == JACK else None
            try:
                if output:
                    self._rtmidi: Any = rtmidi.MidiOut(rtapi=number, name=name)
                else:
                    self._rtmidi = rtmidi.MidiIn(rtapi=number, name=name, queue_size_limit=QUEUE_MESSAGES)
                    self._rtmidi.ignore_types(sysex=True, timing=False, active_sense=True)
            except rtmidi.RtMidiError as error:
                if self._server is not None:
                    self._server.declare_gone()
                    _leave_server(self._server)
                raise PortError(f"{api} has no MIDI here ({error}).", _WHAT_AN_API_NEEDS[api]) from None

    @property
    def lost(self) -> bool:
        """The server behind this client has died; only `close` is left to do. [any]"""
        return self._server is not None and self._server.gone

    def port_names(self) -> list[str]:
        """The ports that this client could be connected to, each name once: a second "X" is "X #2". [main]"""
        with _door:
            self._must_live()
            return _distinct(self._rtmidi.get_ports())

    def open(self, port: str, label: str) -> None:
        """Connect to the port of this name; ours is called `label`. [main]"""
        with _door:
            names = self.port_names()
            if port not in names:
                raise PortError(f"the MIDI port '{port}' has gone.", "See what there is with: vocello ports")
            self._guarded(lambda: self._rtmidi.open_port(names.index(port), label), port)

    def open_virtual(self, label: str) -> None:
        """Be a port that others connect to. [main]"""
        with _door:
            self._must_live()
            self._guarded(lambda: self._rtmidi.open_virtual_port(label), label)

    def take(self) -> tuple[list[int], float] | None:
        """The oldest message unread, and the seconds between its arrival and the one before. [midi]"""
        message: tuple[list[int], float] | None = self._rtmidi.get_message()
        return message

    def send(self, message: bytes) -> None:
        """Send one message, one thread at a time; PortError when the server died or stands still. [any]"""
        if self._server is not None:
            self._wait_for_room(self._server, len(message) + _JACK_HEADER_BYTES)
        try:
            self._rtmidi.send_message(message)
        except _rtmidi().RtMidiError as error:
            raise PortError(f"the MIDI port refuses what is sent ({error}).", "Choose one anew.") from None

    def close(self) -> None:
        """Give the port back. [main]"""
        with _door:
            if self._closed:
                return
            self._closed = True
            if self.lost:
                # libjack frees its half when it next connects: ours must never again be asked to close, not
                # even by the garbage collector. Some kilobytes stay behind, once for each death of a server.
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._rtmidi))
            else:
                self._rtmidi.close_port()
                self._rtmidi.delete()
            if self._server is not None:
                _leave_server(self._server)

    def _must_live(self) -> None:
        if self._closed or self.lost:
            what = "the JACK server has ended." if self.lost else "this MIDI port is closed."
            raise PortError(what, "Open it anew.")

    def _guarded(self, call: Any, port: str) -> None:
        try:
            call()
        except (_rtmidi().RtMidiError, NotImplementedError) as error:
            what = f"the MIDI port '{port}' cannot be opened ({error})."
            raise PortError(what, "Is another program using it?") from None

    def _wait_for_room(self, server: JackWatch, size: int) -> None:
        # What was written during one period is read by the end of the next. A send into a full ring would
        # spin, with the interpreter in its hand, until the server reads on; so we count, and wait outside.
        stalled_at = 0.0
        while True:
            if server.gone:
                raise PortError("the JACK server has ended.", "Vocello reconnects when it is back.")
            cycle = server.cycle
            if cycle != self._cycle:
                self._cycle, self._unread_before, self._unread_now = cycle, self._unread_now, 0
                stalled_at = 0.0
            if self._unread_before + self._unread_now + size <= _JACK_RING_BYTES:
                self._unread_now += size
                return
            now_s = time.monotonic()
            stalled_at = stalled_at or now_s
            if now_s - stalled_at > _STALLED_S:
                server.declare_gone()  # closing a port would wait for its answer, perhaps for ever
                raise PortError("the JACK server stands still.", "Restart it; Vocello reconnects.")
            time.sleep(0.0005)


def _join_server() -> JackWatch:
    global _watch, _watched
    from realtime.midi.jack import JackWatch

    if _watch is None or _watch.gone:
        _watch, _watched = JackWatch(), 0
    _watched += 1
    return _watch


def _leave_server(server: JackWatch) -> None:
    global _watch, _watched
    if server is _watch:
        _watched -= 1
        if _watched == 0:
            server.close()
            _watch = None


def _rtmidi() -> Any:
    try:
        import rtmidi
    except ImportError as error:
        raise PortError(
            f"python-rtmidi does not load ({error}).",
            "On Debian or Ubuntu: sudo apt install libasound2; anywhere: pip install python-rtmidi",
        ) from None
    if sys.platform.startswith("linux"):
        from realtime.midi.jack import quiet_alsa

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
    JACK: "Start a server (qjackctl, or: jackd -d alsa).",
    COREMIDI: "Is the MIDI server running? Open Audio MIDI Setup once.",
    WINMM: "Connect a MIDI device, or install loopMIDI.",
}
