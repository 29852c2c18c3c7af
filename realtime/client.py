"""The engine as every face knows it: the same class for one in this process and for one in another.

What flows in: verbs, from any thread. What flows out: answers, meters, notes and pitch, news, and the word, within a
second, that the engine is gone; `restart()` then brings it back as it was.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy.typing as npt

from realtime.device.sound_file import SoundReader as SoundReader
from realtime.door import messages
from realtime.door.line import HereLine, Line, SocketLine, start_process
from realtime.door.messages import PortWish as PortWish
from realtime.door.messages import SlotWish as SlotWish
from realtime.door.verbs import Machine
from realtime.door.whereabouts import connect
from realtime.events import ALL_CHANNELS as ALL_CHANNELS
from realtime.events import ALL_SLOTS as ALL_SLOTS
from realtime.events import BEND as BEND
from realtime.events import CLICK as CLICK
from realtime.events import CONTROL as CONTROL
from realtime.events import EVENT as EVENT
from realtime.events import FIRST_LINE as FIRST_LINE
from realtime.events import FORGET as FORGET
from realtime.events import FROM_APP as FROM_APP
from realtime.events import FROM_KEYS as FROM_KEYS
from realtime.events import FROM_VOICE as FROM_VOICE
from realtime.events import KEY_PRESSURE as KEY_PRESSURE
from realtime.events import LINES as LINES
from realtime.events import METRONOME_LINE as METRONOME_LINE
from realtime.events import NOTE_OFF as NOTE_OFF
from realtime.events import NOTE_ON as NOTE_ON
from realtime.events import NOTES_OFF as NOTES_OFF
from realtime.events import NOW as NOW
from realtime.events import PRESSURE as PRESSURE
from realtime.events import event as event
from realtime.take import Cut as Cut
from realtime.take import cut_take as cut_take
from realtime.tape import TapeStream as TapeStream
from realtime.tape import hold_tape as hold_tape
from realtime.tape import let_tape_go as let_tape_go
from score.errors import EngineLost

ENGINE_MODULE = "vocello.engine_process"
_STARTS_WITHIN_S = 120.0  # the very first start compiles

OnLost = Callable[[EngineLost], None]
_Open = Callable[["Engine"], Line]


class Engine:
    """One engine, wherever it runs; made by `here`, `apart` or `attach`. [any]"""

    def __init__(self, open_line: _Open, on_lost: OnLost | None = None) -> None:
        self.on_lost = on_lost
        """Called when the engine's process has gone, on a thread of its own; it may call `restart`."""
        self._open_line = open_line
        self._restarting = threading.Lock()
        self._line = open_line(self)

    @classmethod
    def here(cls, make_machine: Callable[[], Machine], *, ticking: bool = True) -> Engine:
        """An engine in this process; it ticks on a thread of its own, or where `tick` is called. [main]"""
        return cls(lambda _: HereLine(make_machine(), ticking=ticking))

    @classmethod
    def apart(
        cls,
        module: str = ENGINE_MODULE,
        *,
        command: Sequence[str] | None = None,
        on_lost: OnLost | None = None,
        starts_within_s: float = _STARTS_WITHIN_S,
    ) -> Engine:
        """An engine in a process of its own, which ends when this one does; EngineError when it does not start.

        `module` is what `python -m` runs there, `command` replaces the whole command line. [any]
        """
        arguments = list(command) if command is not None else [sys.executable, "-m", module]
        return cls(lambda me: start_process(arguments, _environment(), me._tell_lost, starts_within_s), on_lost)

    @classmethod
    def attach(cls, path: Path | None = None, *, on_lost: OnLost | None = None) -> Engine:
        """An engine that runs already: the one whose socket is at `path`, or the newest. [any]"""
        return cls(lambda me: SocketLine(connect(path), me._tell_lost), on_lost)

    # Sound

    def start(
        self, device: str = "", microphone: str = "", rate: float | None = None, block_frames: int = 128
    ) -> dict[str, Any]:
        """Play on a device, and describe what runs. [any]"""
        return self._line.say(messages.Start(device, microphone, rate, block_frames))

    def stop(self) -> None:
        """End every note and let the device go. [any]"""
        self._line.say(messages.Stop())

    def hear(self, on: bool) -> None:
        """Let the ears listen, or not. [any]"""
        self._line.say(messages.Hear(on))

    def measure(self, what: str = "look") -> dict[str, Any]:
        """Get to know a voice: begin, look, skip, keep, leave; the ears listen again afterwards. [any]"""
        return self._line.say(messages.Measure(what))

    def rack(self, slots: Iterable[SlotWish | Mapping[str, Any]]) -> None:
        """Play these slots from the next block on; those whose names stay keep sounding. [any]"""
        self._line.say(messages.SetRack(tuple(messages.slot_wish(slot) for slot in slots)))

    def load_rack(self, rack: Mapping[str, Any], folder: str = "") -> None:
        """Play a rack of chains, plugins and users' code, as `plugin.rack_file` writes it down. [any]"""
        self._line.say(messages.LoadRack(dict(rack), folder))

    def rack_do(self, what: str, **words: Any) -> dict[str, Any]:
        """Of the rack that is loaded: learn, forget, keep_scene, recall, show_editor, try_again; shelf, read. [any]"""
        return self._line.say(messages.RackDo(what, words))

    def turn(self, slot: str, knob: str, value: float) -> None:
        """Turn a knob; of `CHAIN:fader` level_db, pan, mute, solo; of `TO:from CHAIN` the level_db of a send. [any]"""
        self._line.say(messages.Turn(slot, knob, float(value)))

    # Notes

    def play(self, events: npt.NDArray[Any], to_rack: bool = True, to_port: bool = False) -> None:
        """Play EVENTs: a key clicked, a clip. [any]"""
        self._line.say(messages.Play.of(events, to_rack, to_port))

    def panic(self) -> None:
        """Silence, here and at the port, at once. [any]"""
        self._line.say(messages.Panic())

    def open_input(self, choice: str) -> None:
        """Take notes from MIDI inputs: "all", "none", or part of a port's name. [any]"""
        self._line.say(messages.OpenInput(choice))

    def open_output(self, port: PortWish | None) -> None:
        """Send notes to a MIDI port, or to none. [any]"""
        self._line.say(messages.OpenOutput(port))

    def send_clock(self, bpm: float | None) -> None:
        """Let drum machines and sequencers follow at a tempo, or let them go. [any]"""
        self._line.say(messages.SendClock(bpm))

    def lead(self, points: Iterable[tuple[float, float]], goes_on: bool = False) -> None:
        """Let others follow our song by MIDI clock: pulses (24 a quarter) and the frames that they fall on.

        Two points or more, straight in between and behind the last; none stops the song. With `goes_on` only the tempo
        is another, else the song starts at the first sixteenth of them. [any]
        """
        self._line.say(messages.Lead(tuple((float(pulse), float(frame)) for pulse, frame in points), goes_on))

    # Tape

    def record_to(self, folder: Path | str) -> dict[str, Any]:
        """Keep the sound of the last ten minutes on a tape in a folder, "" for nowhere.

        The answer, and `ask()["tape"]` later, names the stream of the frames that the engine counts now. [any]
        """
        return self._line.say(messages.RecordTo(str(folder)))

    # What is seen and told

    def ask(self, what: str = "description") -> dict[str, Any]:
        """The "description" of what runs, the "rack", the "song" whose clock is heard, or the whole "state". [any]"""
        return self._line.say(messages.Ask(what))

    def meters(self) -> npt.NDArray[Any]:
        """The newest METERS; of an engine that is gone, the last. [any]"""
        return self._line.window.meters()

    def new_events(self) -> npt.NDArray[Any]:
        """The EVENTs that were played since last asked. [any]"""
        return self._line.window.new_events()

    def new_pitches(self) -> npt.NDArray[Any]:
        """The PITCHes that were heard since last asked. [any]"""
        return self._line.window.new_pitches()

    def levels(self) -> npt.NDArray[Any]:
        """How loud each chain of the rack is that has a line: `line` and `peak`, left and right. [any]"""
        return self._line.window.levels()

    @property
    def missed_events(self) -> int:
        """Events that were gone before they were asked for. [any]"""
        return self._line.window.missed_events

    @property
    def missed_pitches(self) -> int:
        """Pitches that were gone before they were asked for. [any]"""
        return self._line.window.missed_pitches

    def news(self) -> list[dict[str, Any]]:
        """What happened by itself since last asked: each with a kind and a text. [any]"""
        waiting = self._line.news
        return [waiting.popleft() for _ in range(len(waiting))]

    # Life

    @property
    def alive(self) -> bool:
        """Whether it can be spoken to. [any]"""
        return self._line.ended is None

    @property
    def pid(self) -> int:
        """The process that it runs in. [any]"""
        return self._line.pid

    @property
    def state(self) -> dict[str, Any]:
        """The newest state that it told, which `restart` restores. [any]"""
        return self._line.state

    def stay(self, on: bool) -> None:
        """Whether it goes on playing when its owner goes, as `apart` makes this process. [any]"""
        self._line.say(messages.StayAlive(on))

    def tick(self) -> None:
        """Let an engine made by `here(…, ticking=False)` do what it does by itself. [main]"""
        self._line.tick()

    def restart(self) -> None:
        """A new engine in the state of the one before, which may be lost or not. [any]"""
        before = self._line
        with self._restarting:
            if self._line is not before:  # another thread has just done it
                return
            before.close()
            state = before.state
            self._line = self._open_line(self)
            if state:
                self._line.say(messages.RestoreState(state))

    def close(self) -> None:
        """Part from it; one that this process owns lets its notes ring out and ends, unless it is to stay. [any]"""
        with self._restarting:
            self._line.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _tell_lost(self, error: EngineLost) -> None:
        if self.on_lost is not None:
            self.on_lost(error)


def _environment() -> dict[str, str]:
    """Ours, so that the other process finds the same Vocello: installed, or in a checkout that we run from."""
    root = str(Path(__file__).resolve().parent.parent)
    environment = dict(os.environ)
    if root not in sysconfig.get_paths().values():
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (root, environment.get("PYTHONPATH"))))
    environment.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads that spin have no place beside a callback
    return environment
