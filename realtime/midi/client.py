"""A MIDI port to send by or to listen to, whatever carries it, and the one place that chooses what does.

What flows in: the name of an API. What flows out: a port of it: a JACK graph's are our own, exact to the frame; all
others are rtmidi's.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple, Protocol

import numpy.typing as npt

from realtime.events import NOW

ALSA, JACK, COREMIDI, WINMM = "ALSA", "JACK", "CoreMIDI", "WinMM"
_OF_THE_PLATFORM = {"darwin": (COREMIDI,), "win32": (WINMM,)}
_ELSEWHERE = (ALSA, JACK)

AT_ONCE = 0
"""A moment gone by: as soon as possible, but behind what was given before; NOW takes that along."""

QUEUE_MESSAGES = 32768
"""What an input keeps until it is read: three seconds of the densest flood."""


class Arrived(NamedTuple):
    """A message that came in."""

    data: list[int]
    at_ns: int
    frame: int | None
    """Of our stream, where the port counts in frames."""


class Client(Protocol):
    """An input or an output of one API, first without a port. [main]"""

    @property
    def name(self) -> str:
        """Who it is for other programs. [main]"""

    @property
    def lost(self) -> bool:
        """What stands behind this client has died; only `close` is left to do. [any]"""

    @property
    def dropped(self) -> int:
        """Messages that came in and were not read in time, where the API tells. [any]"""

    @property
    def missed(self) -> int:
        """Cycles of a graph that nobody may have heard; 0 where there are no cycles. [any]"""

    def ahead_frames(self, clock: npt.NDArray[Any]) -> float:
        """How much earlier a message wants to be given; 0 where it leaves as soon as it is sent. [midi]"""

    def port_names(self) -> list[str]:
        """The ports that this client could be connected to, each name once. [main]"""

    def open(self, port: str, label: str) -> None:
        """Connect to the port of this name; ours is called `label`. [main]"""

    def open_virtual(self, label: str) -> None:
        """Be a port that others connect to. [main]"""

    def connect(self, port: str) -> bool:
        """Connect a virtual port to another program's, where the API lets us. [main]"""

    def patched(self) -> list[str]:
        """The ports that a virtual one is connected with, where the API tells. [main]"""

    def newcomers(self) -> list[str]:
        """Those that were connected since last asked, where the API tells. [main]"""

    def moment(self, frame: int, clock: npt.NDArray[Any]) -> int:
        """A frame of our stream in the port's own time; NOW where it has none. [midi]"""

    def send(self, message: bytes, at: int = NOW) -> None:
        """Send one message, one thread at a time; PortError when that is not possible any more. [any]"""

    def take(self, clock: npt.NDArray[Any]) -> Arrived | None:
        """The oldest message unread; `clock` is the callback's newest. [midi]"""

    def let_leave(self) -> bool:
        """Wait until what was sent has left; True where it may be lost on its way: say last words twice. [main]"""

    def close(self) -> None:
        """Give the port back. [main]"""


def compiled_apis() -> tuple[str, ...]:
    """The ways to MIDI that this system may have, the usual one first. [main]"""
    from realtime.midi.rtmidi_port import has_api

    return tuple(
        api for api in _OF_THE_PLATFORM.get(sys.platform, _ELSEWHERE) if (has_jack() if api == JACK else has_api(api))
    )


def has_jack() -> bool:
    """Whether JACK's library is installed. [main]"""
    from realtime.jack import libjack

    return libjack() is not None


def make_client(api: str, *, output: bool, name: str) -> Client:
    """A client of this API; PortError with a way out where it has none. [main]"""
    if api == JACK:
        from realtime.midi.jack_port import JackPort

        return JackPort(output=output, name=name)
    from realtime.midi.rtmidi_port import RtMidiPort

    return RtMidiPort(api, output=output, name=name)
