"""What an app may say to the engine, and how it is written down.

What flows in: messages as values, or bytes off a socket. What flows out: the other one of the two, or a ProtocolError
that says which word was wrong. A message is four bytes of length and a JSON object; the fields of the classes below
are the whole protocol, and encoding, decoding and checking follow them. An answer carries the number of its message,
and either a result or an error, which arrives as the class it was raised as. [any]
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.events import ALL_SLOTS, EVENT, FORGET, KNOB, NOTE_ON, NOW, TUNE
from score.checked import plain, read, shown
from score.errors import EngineError, ProtocolError, VocelloError

VERSION = 1
LONGEST_BYTES = 16 << 20
LENGTH_BYTES = 4
_LONGEST_TEXT = 4000  # of an error, which may quote what was sent


class Message:
    """Something said to the engine. [any]"""


@dataclass(frozen=True)
class Hello(Message):
    """The first words of a connection; the answer brings the window. [any]"""

    version: int = VERSION


@dataclass(frozen=True)
class Start(Message):
    """Play on a device; None where it may choose. [any]"""

    device: str = ""
    microphone: str = ""
    rate: float | None = None
    block_frames: int = 128


@dataclass(frozen=True)
class Stop(Message):
    """Let the device go. [any]"""


@dataclass(frozen=True)
class Hear(Message):
    """Let the ears listen, or not. [any]"""

    on: bool


@dataclass(frozen=True)
class Measure(Message):
    """Get to know a voice: begin, look, skip, keep, leave. [any]"""

    what: str = "look"


@dataclass(frozen=True)
class SlotWish:
    """A place in the rack: its name, the kernel in it, and the knobs that are not as they come. [any]"""

    name: str
    kernel: str
    knobs: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class SetRack(Message):
    """Play these slots. [any]"""

    slots: tuple[SlotWish, ...]


@dataclass(frozen=True)
class Turn(Message):
    """Turn one knob. [any]"""

    slot: str
    knob: str
    value: float


@dataclass(frozen=True)
class LoadRack(Message):
    """Play a rack of chains, plugins and users' code; `folder` is where its file stands. [any]"""

    rack: dict[str, Any]
    folder: str = ""


@dataclass(frozen=True)
class RackDo(Message):
    """Something for a rack alone: learn, forget, keep_scene, recall, show_editor, try_again; shelf, read. [any]"""

    what: str
    words: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PlayedEvent:
    """An EVENT of the app's own; knobs have a message of their own, which knows where they stand. [any]"""

    kind: int
    channel: int = 0
    number: int = 0
    value: float = 0.0
    frame: int = NOW
    slot: int = ALL_SLOTS

    def __post_init__(self) -> None:
        if not NOTE_ON <= self.kind <= FORGET or self.kind in (KNOB, TUNE):
            raise ProtocolError(f"{self.kind} is no kind of event that can be played.")
        if not (0 <= self.channel <= 0xFF and 0 <= self.number <= 0x7F and 0 <= self.slot <= ALL_SLOTS):
            raise ProtocolError(f"channel {self.channel}, number {self.number}, slot {self.slot}: there is none such.")
        if not NOW <= self.frame < 1 << 62:
            raise ProtocolError(f"there is no frame {self.frame}.")


@dataclass(frozen=True)
class Play(Message):
    """Play notes and bends: a key clicked, a clip. [any]"""

    events: tuple[PlayedEvent, ...]
    to_rack: bool = True
    to_port: bool = False

    @classmethod
    def of(cls, events: npt.NDArray[Any], to_rack: bool = True, to_port: bool = False) -> Play:
        """The message that brings an array of EVENT. [any]"""
        columns = [events[each.name].tolist() for each in fields(PlayedEvent)]
        return cls(tuple(PlayedEvent(*row) for row in zip(*columns, strict=True)), to_rack, to_port)

    def array(self) -> npt.NDArray[Any]:
        """The events as an array of EVENT. [any]"""
        events = np.zeros(len(self.events), EVENT)
        for each in fields(PlayedEvent):
            events[each.name] = [getattr(event, each.name) for event in self.events]
        return events


@dataclass(frozen=True)
class Panic(Message):
    """Silence, at once. [any]"""


@dataclass(frozen=True)
class OpenInput(Message):
    """Take notes from MIDI inputs: "all", "none", or part of a port's name. [any]"""

    choice: str


@dataclass(frozen=True)
class PortWish:
    """A MIDI output: a virtual port of this name, or part of the name of one that exists. [any]"""

    name: str = "Vocello"
    mpe: bool = False
    bend_range_st: float | None = None
    port: str | None = None
    api: str | None = None


@dataclass(frozen=True)
class OpenOutput(Message):
    """Send notes to a MIDI port, or to none. [any]"""

    port: PortWish | None


@dataclass(frozen=True)
class SendClock(Message):
    """Send MIDI clock by the output port while sound runs, at a tempo; None for no clock. [any]"""

    bpm: float | None


@dataclass(frozen=True)
class Lead(Message):
    """Let others follow a song by MIDI clock: pulses and the frames that they fall on; none for a stop. [any]"""

    points: tuple[tuple[float, ...], ...] = ()
    goes_on: bool = False

    def __post_init__(self) -> None:
        if any(len(point) != 2 for point in self.points):
            raise ProtocolError("a song has a point that is no pair.", "Give each as [pulse, frame].")


@dataclass(frozen=True)
class RecordTo(Message):
    """Keep the sound of the last ten minutes on a tape in a folder; "" for nowhere. [any]"""

    folder: str


@dataclass(frozen=True)
class Ask(Message):
    """Ask for the "description" of what runs, the "rack" as it stands, or the whole "state". [any]"""

    what: str = "description"


@dataclass(frozen=True)
class StayAlive(Message):
    """Whether the engine goes on when its owner goes. [any]"""

    stay: bool


@dataclass(frozen=True)
class RestoreState(Message):
    """Be as another engine was. [any]"""

    state: dict[str, Any]


@dataclass(frozen=True)
class Bye(Message):
    """The connection ends; with its owner the engine ends too, unless it was told to stay. [any]"""


VERBS: dict[str, type[Message]] = {
    "hello": Hello,
    "start": Start,
    "stop": Stop,
    "hear": Hear,
    "measure": Measure,
    "set_rack": SetRack,
    "load_rack": LoadRack,
    "rack_do": RackDo,
    "turn": Turn,
    "play": Play,
    "panic": Panic,
    "open_input": OpenInput,
    "open_output": OpenOutput,
    "send_clock": SendClock,
    "lead": Lead,
    "record_to": RecordTo,
    "ask": Ask,
    "stay_alive": StayAlive,
    "restore_state": RestoreState,
    "bye": Bye,
}
_VERB_OF = {kind: verb for verb, kind in VERBS.items()}


def encode(message: Message, number: int) -> bytes:
    """A message as it goes over the socket, length first. [any]"""
    return frame({"verb": _VERB_OF[type(message)], "id": number, **plain(message)})


def decode(said: Mapping[str, Any]) -> Message:
    """The message that a JSON object is, every field checked; ProtocolError when it is none. [any]"""
    verb = said.get("verb")
    if not isinstance(verb, str) or verb not in VERBS:
        raise ProtocolError(f"{shown(verb)} is no verb of the engine.", f"It knows: {', '.join(VERBS)}.")
    words = {name: said[name] for name in said if name not in ("verb", "id")}
    message: Message = read(VERBS[verb], words, verb, ProtocolError)
    return message


def slot_wish(said: SlotWish | Mapping[str, Any]) -> SlotWish:
    """A slot given as an object, checked; as it comes from a file or a face. [any]"""
    if isinstance(said, SlotWish):
        return said
    wish: SlotWish = read(SlotWish, dict(said), "slot", ProtocolError)
    return wish


def number_of(said: Mapping[str, Any]) -> int | None:
    """The number that the answer must carry; None where the message has none that is one. [any]"""
    number = said.get("id")
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def answer(number: int | None, result: Mapping[str, Any]) -> bytes:
    """The answer to a message that was obeyed. [any]"""
    return frame({"id": number, "ok": True, "result": result})


def refusal(number: int | None, error: VocelloError) -> bytes:
    """The answer to a message that was not. [any]"""
    what, fix = error.what[:_LONGEST_TEXT], error.fix[:_LONGEST_TEXT]
    return frame({"id": number, "ok": False, "error": type(error).__name__, "what": what, "fix": fix})


def result_of(said: Mapping[str, Any]) -> dict[str, Any]:
    """What an answer brings: a result, or the error it carries, raised as the class it was. [any]"""
    if said.get("ok") is True:
        return dict(said["result"])
    kinds = {kind.__name__: kind for kind in _kinds_of_error(VocelloError)}
    raise kinds.get(str(said.get("error")), EngineError)(str(said.get("what")), str(said.get("fix", "")))


def _kinds_of_error(kind: type[VocelloError]) -> list[type[VocelloError]]:
    return [kind, *(deeper for each in kind.__subclasses__() for deeper in _kinds_of_error(each))]


# Bytes


def frame(said: Mapping[str, Any]) -> bytes:
    """A JSON object as bytes, length first; ProtocolError where that would be too long. [any]"""
    body = json.dumps(said, default=_unwrapped, separators=(",", ":")).encode()
    if len(body) > LONGEST_BYTES:
        raise _too_long(len(body))
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


class Inbox:
    """Cuts what arrives into messages, however the socket cut it; one that is too long is skipped whole. [any]"""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._skip = 0

    def put(self, arrived: bytes) -> None:
        """Take bytes off a socket. [any]"""
        skipped = min(self._skip, len(arrived))
        self._skip -= skipped
        self._bytes += arrived[skipped:]

    def take(self) -> dict[str, Any] | None:
        """The next JSON object, None while it is not all there, ProtocolError where it is none. [any]"""
        if len(self._bytes) < LENGTH_BYTES:
            return None
        length = int.from_bytes(self._bytes[:LENGTH_BYTES], "big")
        end = LENGTH_BYTES + length
        if length > LONGEST_BYTES:
            self._skip = max(end - len(self._bytes), 0)
            del self._bytes[:end]
            raise _too_long(length)
        if len(self._bytes) < end:
            return None
        body = bytes(self._bytes[LENGTH_BYTES:end])
        del self._bytes[:end]
        try:
            said = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise ProtocolError("a message is no JSON that can be read.") from error
        if not isinstance(said, dict):
            raise ProtocolError("a message is no JSON object.")
        return said


def _too_long(length: int) -> ProtocolError:
    most = LONGEST_BYTES >> 20
    return ProtocolError(f"a message of {length} bytes is too long.", f"Send at most {most} MB at a time.")


def _unwrapped(value: Any) -> Any:
    """numpy's numbers and arrays, which results may hold, as JSON knows them."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be sent")
