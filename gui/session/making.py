"""A take in the making: what must be known so that, whoever dies meanwhile, it is a take in the end.

Beside the file that it is to become lie two others until that is there: one that says from where on which tape it
goes, and one that EVENTs are appended to as they are played. Sound comes off the tape, notes out of the events; what
a kill leaves of both is enough. [gui] [worker]
"""

from __future__ import annotations

import json
import os
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gui.session.capture import Capture, Clip
from gui.session.folder import MAKING, TAKES
from realtime.client import EVENT, hold_tape, let_tape_go
from score.atomic import read_whole, write_whole
from score.checked import read
from score.errors import FileError, SessionError
from score.tempo import TempoMap

EVENTS = ".events"
_LARGEST = 1 << 16
_LARGEST_EVENTS = 2 << 30
_HOW = os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
BEFORE_S = 60.0
"""What was played so long before a take may still sound in it."""


@dataclass(frozen=True)
class Making:
    """A take that is not a file yet. Frames are those of its stream. [any]"""

    file: str
    stream: str
    rate: float
    from_frame: int
    track_id: int
    start_ticks: int
    to_frame: int = -1
    """Where it ends; -1 while it goes on."""

    @property
    def is_on(self) -> bool:
        """Whether it goes on still. [any]"""
        return self.to_frame < 0

    @property
    def hold(self) -> str:
        """Under which name the tape holds it. [any]"""
        return f"{Path(self.file).stem} {self.from_frame}"

    def beside(self, folder: Path, ending: str) -> Path:
        """A file that belongs to it, in the session's folder. [any]"""
        return (folder / self.file).with_suffix(ending)

    def mark(self, folder: Path) -> None:
        """Write down that it is being made, and hold its part of the tape. [gui]"""
        marker = self.beside(folder, MAKING)
        write_whole(marker, json.dumps(asdict(self)).encode(), SessionError)
        hold_tape(Path(self.stream), self.hold, self.from_frame, marker)

    def done(self, *folders: Path) -> None:
        """It is a take now, and needs the tape no more. [worker]"""
        let_tape_go(Path(self.stream), self.hold)
        for folder in folders:
            for ending in (EVENTS, MAKING):  # the marker last: while it is there, nothing is missing
                with suppress(OSError):
                    self.beside(folder, ending).unlink()

    def ended(self, frame: int) -> Making:
        """The same with its end. [any]"""
        return replace(self, to_frame=max(frame, self.from_frame))


def found_in(folder: Path) -> list[tuple[Path, Making | None]]:
    """The takes that were being made when a process ended, with their markers; None for what cannot be read. [gui]"""
    found: list[tuple[Path, Making | None]] = []
    for marker in sorted(folder.glob(f"{TAKES}/*{MAKING}")):
        making: Making | None = None
        with suppress(FileError, ValueError):
            said = json.loads(read_whole(marker, _LARGEST, SessionError))
            known = {each.name for each in fields(Making)}
            words = {name: each for name, each in said.items() if name in known} if isinstance(said, dict) else said
            making = read(Making, words, "take", SessionError)
        found.append((marker, making))
    return found


class EventLog:
    """The EVENTs of a take, on the disk as soon as they are told. [gui]"""

    def __init__(self, path: Path) -> None:
        self.trouble = ""
        try:
            self._file: int | None = os.open(
                path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o666
            )
        except OSError as fault:
            raise SessionError(f"'{path}' cannot be written: {fault.strerror}.", "Make room there.") from fault
        self._rest: deque[npt.NDArray[np.void]] = deque()
        """What the disk refused."""

    def add(self, events: npt.NDArray[np.void]) -> None:
        """Some more. [gui]"""
        if self._file is None or not len(events):
            return
        try:
            if self._rest:
                raise OSError(self.trouble)  # else they would stand in another order than they came
            os.write(self._file, np.ascontiguousarray(events, EVENT).tobytes())
        except OSError as fault:
            self.trouble = fault.strerror or str(fault)
            self._rest.append(events.copy())

    def all(self) -> npt.NDArray[np.void]:
        """All there are; through the open file, which may have lost its name meanwhile. [gui]"""
        if self._file is None:
            return np.zeros(0, EVENT)
        os.lseek(self._file, 0, os.SEEK_SET)
        pieces = []
        while piece := os.read(self._file, 1 << 20):
            pieces.append(piece)
        return np.concatenate([events_in(b"".join(pieces)), *self._rest])

    def close(self) -> None:
        """No more. [gui]"""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def read_events(path: Path) -> npt.NDArray[np.void]:
    """The events that a log holds, without one that was half written; none where there is no log. [any]"""
    try:
        return events_in(read_whole(path, _LARGEST_EVENTS, SessionError))
    except SessionError:
        return np.zeros(0, EVENT)


def events_in(said: bytes) -> npt.NDArray[np.void]:
    """The whole events among these bytes. [any]"""
    return np.frombuffer(said, EVENT, len(said) // EVENT.itemsize)


def clips_of(making: Making, events: npt.NDArray[np.void], end_frame: int, tempo: TempoMap) -> tuple[Clip, ...]:
    """The notes of a take, each where it was sung, however long it is. [any]"""
    lasts_s = (end_frame - making.from_frame) / making.rate
    if lasts_s <= 0.0:
        return ()
    begins = np.zeros(1, EVENT)  # time begins with the take, and not with the first thing that is heard in it
    begins["frame"] = min(making.from_frame, int(events["frame"][0])) if len(events) else making.from_frame
    capture = Capture(making.rate, kept_s=float("inf"), kept_events=len(events) + 1)
    capture.add(begins)
    capture.add(events[(events["frame"] >= 0) & (events["frame"] <= end_frame)])
    capture.pass_to(end_frame)
    return capture.clip(lasts_s, tempo, making.start_ticks)
