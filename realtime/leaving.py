"""What leaves by the MIDI port, at its time: notes that were told ahead, and the clock of our song.

What flows in: EVENTs with frames, courses of a song. What flows out: the same at the port. One that knows frames is
given them ahead, and they stand beside our sound, sample by sample; another gets them when that sound is heard from
the card. [main]
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import partial
from itertools import groupby
from time import monotonic, sleep
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from realtime.device.wish import Device
from realtime.events import FORGET, NOW, TUNE
from realtime.host import Host
from realtime.midi.clock import PULSES_PER_BEAT
from realtime.midi.input import MidiInput
from realtime.midi.song import Course, SongClock
from realtime.midi.timetable import Timetable

_FIRST_BLOCK_WITHIN_S = 1.0

Clock = Callable[[], npt.NDArray[Any]]


class Port(Protocol):
    """What is needed of a MIDI output. [any]"""

    def ahead_frames(self, clock: npt.NDArray[Any]) -> float:
        """How much earlier a message wants to be sent; 0 where it leaves as soon as it is sent. [midi]"""

    def moment(self, frame: int, clock: npt.NDArray[Any]) -> int:
        """A frame of the callback's clock in the port's own time; NOW where it has none. [midi]"""

    def send(self, events: npt.NDArray[Any], at: int = NOW) -> bool:
        """Send events, now or at a moment of the port's. [any]"""

    def send_bytes(self, message: bytes, at: int = NOW) -> bool:
        """Send one message as it is, now or at a moment of the port's. [any]"""

    def all_notes_off(self) -> bool:
        """End every note that sounds. [any]"""


class Leaving:
    """The time of one port, which may be another at any moment, or none. [main]"""

    def __init__(self, port: Callable[[], Port | None]) -> None:
        self._port = port
        self._clock: Clock | None = None
        self._late_frames = 0
        self._timetable: Timetable | None = None
        self._song: SongClock | None = None
        self._steady: SongClock | None = None

    def begin(self, host: Host | None, device: Device | None, keys: MidiInput | None, bpm: float | None) -> None:
        """A card counts frames, and what leaves is as late as what it plays; with a tempo a clock runs along. [main]"""
        self.end()
        if host is None or device is None or device.in_step:
            return
        reading = threading.Lock()

        def clock() -> npt.NDArray[Any]:  # its reader belongs to the MIDI thread, where there is one
            if keys is not None:
                return keys.clock
            with reading:
                return host.clock.read()

        self._clock, self._late_frames = clock, round(device.output_latency_s * host.rate)
        if bpm is None or self._port() is None:
            return
        blocks, until = host.blocks, monotonic() + _FIRST_BLOCK_WITHIN_S
        while (host.blocks < blocks + 2 or not clock()["rate"]) and monotonic() < until:
            sleep(0.001)  # before the first block there is no clock, or an old one
        timetable = self._time()
        assert timetable is not None
        self._steady = SongClock(self._say_bytes, timetable)
        # On a beat of the stream, since notes that are quantised to this tempo are put onto those.
        beat_frames = host.rate * 60.0 / bpm
        first = (int(clock()["frame"]) // beat_frames + 1) * beat_frames
        self._steady.run(Course(((0, first), (PULSES_PER_BEAT, first + beat_frames))))

    def end(self) -> None:
        """Nobody counts any more: what waits is not meant, and what sounds ends. [main]"""
        for song in (self._steady, self._song):
            if song is not None:
                song.stop()
        if self._timetable is not None:
            self._timetable.close()
            self._release()
        self._clock, self._steady, self._timetable, self._song = None, None, None, None

    def send(self, events: npt.NDArray[Any]) -> None:
        """Send what is for now, and the rest when its frame comes. [main]"""
        timetable = self._time()
        for frame, some in _by_frame(events):
            if timetable is None or frame == NOW:
                if timetable is not None and (some["kind"] == FORGET).any():
                    timetable.forget(self)
                self._say(some)
            else:
                timetable.put(frame, partial(self._say, some, frame), self)

    def lead(self, course: Course | None) -> None:
        """Let others follow our song, by a course; None stops them. [main]"""
        timetable = self._time()
        if timetable is None:
            return
        if self._song is None:
            self._song = SongClock(self._say_bytes, timetable)
        if course is None:
            self._song.stop()
        else:
            self._song.run(course)

    def _time(self) -> Timetable | None:
        if self._timetable is None and self._clock is not None:
            self._timetable = Timetable(self._clock, self._ahead_frames)
        return self._timetable

    def _ahead_frames(self) -> float:
        port, clock = self._port(), self._clock
        ahead = port.ahead_frames(clock()) if port is not None and clock is not None else 0.0
        return ahead or -self._late_frames

    def _moment(self, port: Port, frame: int) -> int:
        return NOW if frame == NOW or self._clock is None else port.moment(frame, self._clock())

    def _say(self, events: npt.NDArray[Any], frame: int = NOW) -> None:
        port, said = self._port(), events[events["kind"] <= TUNE]  # the rest is between us and our own callback
        if port is not None and len(said):
            port.send(said, self._moment(port, frame))

    def _say_bytes(self, message: bytes, frame: int = NOW) -> None:
        port = self._port()
        if port is not None:
            port.send_bytes(message, self._moment(port, frame))

    def _release(self) -> None:
        port = self._port()
        if port is not None:
            port.all_notes_off()


def _by_frame(events: npt.NDArray[Any]) -> Iterable[tuple[int, npt.NDArray[Any]]]:
    """Events of one frame together, those for now as NOW, in their order."""
    frames = np.maximum(events["frame"], NOW).tolist()
    start = 0
    for frame, several in groupby(frames):
        count = len(list(several))
        yield frame, events[start : start + count]
        start += count
