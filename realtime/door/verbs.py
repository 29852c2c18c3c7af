"""What an engine can be told, and who does it: from a message to a machine's own hand.

What flows in: messages, from a socket or from the same process, and the beat of a tick. What flows out: answers, and
news of what happened by itself. Both doors, the one between processes and the one within, go through here, so that
the same words do the same on either side. [main]
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy.typing as npt

from realtime.device.wish import Wish
from realtime.door import messages
from realtime.door.messages import Message
from realtime.door.window import Window
from realtime.racks import Racks
from score.checked import plain
from score.errors import ProtocolError

TICK_S = 0.02


class Machine(Protocol):
    """What the doors need of an engine. [main]"""

    window: Window
    racks: Racks

    def start(self, wish: Wish) -> dict[str, Any]:
        """Play on the device wished for, and describe what runs. [main]"""

    def stop(self) -> None:
        """Let the device go. [main]"""

    def hear(self, on: bool) -> None:
        """Let the ears listen, or not. [main]"""

    def measure(self, what: str) -> dict[str, Any]:
        """Get to know a voice: begin, look, skip, keep, leave. [main]"""

    def set_rack(self, slots: Sequence[Mapping[str, Any]]) -> None:
        """Play these slots: name, kernel, knobs. [main]"""

    def turn(self, slot: str, knob: str, value: float) -> None:
        """Turn one knob. [main]"""

    def play(self, events: npt.NDArray[Any], to_rack: bool = True, to_port: bool = False) -> None:
        """Play EVENTs of the app's own. [main]"""

    def panic(self) -> None:
        """Silence, at once. [main]"""

    def open_keys(self, choice: str) -> None:
        """Take notes from MIDI inputs. [main]"""

    def open_port(self, port: Mapping[str, Any] | None) -> None:
        """Send notes to a MIDI port, or to none. [main]"""

    def send_clock(self, bpm: float | None) -> None:
        """Send MIDI clock at a tempo, or none. [main]"""

    def record_to(self, folder: str) -> dict[str, Any]:
        """Keep the sound of the last ten minutes in a folder, and say where. [main]"""

    def lead(self, points: Sequence[tuple[float, float]], goes_on: bool = False) -> None:
        """Let others follow a song, or stop them. [main]"""

    def song(self) -> dict[str, Any]:
        """Where the song stands whose clock is heard. [main]"""

    def tick(self) -> None:
        """Whatever must be done some fifty times a second. [main]"""

    def news(self) -> list[dict[str, Any]]:
        """What happened by itself since last asked: kind and text. [main]"""

    def describe(self) -> dict[str, Any]:
        """What runs where. [main]"""

    def state(self) -> dict[str, Any]:
        """All that `restore` needs, as JSON. [main]"""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Be as another engine was. [main]"""

    def quiet_down(self) -> None:
        """Let sounding notes finish, within two seconds or so. [main]"""

    def close(self) -> None:
        """Let go of everything. [main]"""


def obey(machine: Machine, message: Message) -> dict[str, Any]:
    """Do what a message says, and return what it asked for; VocelloError where it cannot be done. [main]"""
    match message:
        case messages.Start():
            return machine.start(Wish(message.device, message.microphone, message.rate, message.block_frames))
        case messages.Stop():
            machine.stop()
        case messages.Hear():
            machine.hear(message.on)
        case messages.Measure():
            return machine.measure(message.what)
        case messages.SetRack():
            machine.set_rack([plain(slot) for slot in message.slots])
        case messages.LoadRack():
            machine.racks.load(message.rack, message.folder)
        case messages.RackDo():
            return machine.racks.do(message.what, message.words)
        case messages.Turn():
            machine.turn(message.slot, message.knob, message.value)
        case messages.Play():
            machine.play(message.array(), message.to_rack, message.to_port)
        case messages.Panic():
            machine.panic()
        case messages.OpenInput():
            machine.open_keys(message.choice)
        case messages.OpenOutput():
            machine.open_port(None if message.port is None else plain(message.port))
        case messages.SendClock():
            machine.send_clock(message.bpm)
        case messages.Lead():
            machine.lead([(point[0], point[1]) for point in message.points], message.goes_on)
        case messages.RecordTo():
            return machine.record_to(message.folder)
        case messages.RestoreState():
            machine.restore(message.state)
        case messages.Ask(what="description"):
            return machine.describe()
        case messages.Ask(what="state"):
            return machine.state()
        case messages.Ask(what="rack"):
            return machine.racks.plain()
        case messages.Ask(what="song"):
            return machine.song()
        case messages.Ask():
            wanted = "Ask for description, rack, song or state."
            raise ProtocolError(f"the engine cannot be asked for '{message.what}'.", wanted)
    return {}


class Beat:
    """The tick, and the news it brings. [main]"""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._told: set[str] = set()

    def tick(self) -> list[dict[str, Any]]:
        """Tick once; a bug there becomes news, once, and does not end the sound. [main]"""
        try:
            self._machine.tick()
            return self._machine.news()
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            if text in self._told:
                return []
            self._told.add(text)
            traceback.print_exc()
            return [{"kind": "trouble", "text": text}]
