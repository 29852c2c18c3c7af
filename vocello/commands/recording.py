"""`vocello live --record FOLDER`: what was sung, kept while it is sung, so that nothing takes away more than a second.

What flows in, on the ears thread: samples, events and ended notes, handed over without waiting. What flows out, on a
writer's thread: a folder a take, named by its time, with `voice.wav` (24 bit), `notes.csv` (a row as each note ends),
`sent.csv` (each key as it goes down and up) and, at the end, `notes.mid`. A take that was cut off, by a crash or a
plug, gets its MIDI when the next recording in the same folder begins. [main]
"""

from __future__ import annotations

import csv
import json
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ml.listener import Listener
from ml.said import Sung
from realtime.events import NOTE_OFF, NOTE_ON
from score.atomic import write_whole
from score.errors import FileError, VocelloError
from score.midifile import write
from vocello.choices import is_as_sung
from vocello.growing_wav import GrowingWav
from vocello.heard import COLUMNS, DRUM_CHANNEL, Note, Sent, score, velocity_of
from vocello.lock import Lock
from vocello.overheard import Overheard

if TYPE_CHECKING:
    from ml.wish import Hearing

VOICE, NOTES, SENT, MIDI, TAKE = "voice.wav", "notes.csv", "sent.csv", "notes.mid", "take.json"
SENT_COLUMNS = ("at_s", "what", "channel", "key", "velocity")
_VERSION = 1
_EVERY_S = 0.25
_KEPT_S = 60.0  # of sound, while a disk hangs: what comes then is silence, and the user is told
_GAP_AT_MOST_S = 600.0

_Part = tuple[int, npt.NDArray[np.float32], npt.NDArray[Any], Sequence[Sung]]


class Recording:
    """Everything that is sung from now on, a folder a take: another card may have another rate. [main]"""

    def __init__(self, folder: Path, hearing: Hearing, block_frames: int) -> None:
        self.folder = _made(folder)
        self.takes: list[Take] = []
        self._hearing, self._block_frames = hearing, block_frames
        self.rescued = rescue(folder)
        """Takes that were cut off, and are whole now."""

    def listening(self, make: Callable[[float], Listener]) -> Callable[[float], Overheard]:
        """Listeners that record what they hear. [main]"""

        def made(rate: float) -> Overheard:
            take = Take(self.folder, rate, self._block_frames, as_sung=is_as_sung(self._hearing))
            self.takes.append(take)
            return Overheard(make(rate), take.tell)

        return made

    def trouble(self) -> VocelloError | None:
        """What ended a recording before its time, told once. [main]"""
        return next((trouble for take in self.takes if (trouble := take.trouble_once()) is not None), None)

    def close(self) -> list[Path]:
        """Write what is left, and the MIDI; the folders that hold something. [main]"""
        return [take.path for take in self.takes if take.close()]


class Take:
    """One recording. [main]"""

    def __init__(self, folder: Path, rate: float, block_frames: int, *, as_sung: bool) -> None:
        self.path = _new_folder(folder)
        self.rate, self._block_frames = rate, block_frames
        self._lock = Lock(self.path / ".recording")
        told = {"version": _VERSION, "rate": rate, "block_frames": block_frames, "as_sung": as_sung}
        write_whole(self.path / TAKE, (json.dumps(told) + "\n").encode(), FileError)
        self._voice = GrowingWav(self.path / VOICE, rate)
        self._notes = _table(self.path / NOTES, COLUMNS)
        self._sent = _table(self.path / SENT, SENT_COLUMNS)
        self._parts: deque[_Part] = deque()
        self._waiting = self._lost = 0
        self._first_frame: int | None = None
        self._trouble: VocelloError | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write_on, name="recording", daemon=True)
        self._thread.start()

    def tell(
        self, frame: int, samples: npt.NDArray[np.float32], events: npt.NDArray[Any], sung: Sequence[Sung]
    ) -> None:
        """Hand over what was heard; never waits. [ears]"""
        if self._waiting > _KEPT_S * self.rate:
            samples, lost = samples[:0], len(samples)
            self._lost += lost
        self._waiting += len(samples)
        self._parts.append((frame, samples, events, sung))

    def trouble_once(self) -> VocelloError | None:
        """Why this is no longer recorded, or what was lost, told once. [main]"""
        trouble, self._trouble = self._trouble, None
        if trouble is None and self._lost:
            lost_s, self._lost = self._lost / self.rate, 0
            return FileError(f"{lost_s:.1f} s were not recorded: the disk is too slow.", "Record on another.")
        return trouble

    def close(self) -> bool:
        """End the recording; False, and nothing is left of it, where not one sample came. [main]"""
        self._stop.set()
        self._thread.join()
        for table in (self._notes, self._sent):
            table.close()
        self._voice.close()
        if not self._voice.frames:
            for name in (VOICE, NOTES, SENT, TAKE):
                (self.path / name).unlink()
            self._lock.close()
            self.path.rmdir()
            return False
        _finish(self.path)
        self._lock.close()
        return True

    def _write_on(self) -> None:
        try:
            while not self._stop.wait(_EVERY_S):
                self._write()
            self._write()
        except VocelloError as error:
            self._trouble = error
        except OSError as error:
            self._trouble = FileError(f"'{self.path}' cannot be written: {error.strerror}.", "Is the disk full?")
        while not self._stop.wait(_EVERY_S):  # nothing is kept that cannot be written
            self._parts.clear()
            self._waiting = 0

    def _write(self) -> None:
        wrote = False
        while self._parts:
            frame, samples, events, sung = self._parts.popleft()
            self._waiting -= len(samples)
            self._write_part(frame, samples, events, sung)
            wrote = True
        if wrote:
            for table in (self._notes, self._sent):
                table.flush()
            self._voice.flush()

    def _write_part(
        self, frame: int, samples: npt.NDArray[np.float32], events: npt.NDArray[Any], sung: Sequence[Sung]
    ) -> None:
        if self._first_frame is None:
            self._first_frame = frame
        if len(samples):
            missing = frame - self._first_frame - self._voice.frames
            if 0 < missing <= _GAP_AT_MOST_S * self.rate:
                self._voice.write_silence(missing)  # so that the notes stay where they were sung
            elif missing:
                self._first_frame = frame - self._voice.frames  # another clock: it goes on from here
            self._voice.write(samples)
        for note in sung:
            row = Note.of(note, self.rate, self._block_frames, self._first_frame).row()
            csv.writer(self._notes, lineterminator="\n").writerow(row)
        for each in events:
            kind = int(each["kind"])
            if kind in (NOTE_ON, NOTE_OFF):
                at_s = max(0.0, (int(each["frame"]) - self._first_frame) / self.rate)
                row = (f"{at_s:.6f}", "on" if kind == NOTE_ON else "off", str(int(each["channel"])))
                row = (*row, str(int(each["number"])), str(velocity_of(float(each["value"]))))
                csv.writer(self._sent, lineterminator="\n").writerow(row)


def rescue(folder: Path) -> list[Path]:
    """Finish the takes in a folder that were cut off; those that are being recorded now are left alone. [main]"""
    rescued = []
    for told in sorted(folder.glob(f"*/{TAKE}")):
        take = told.parent
        if (take / MIDI).exists():
            continue
        lock = Lock.unless_taken(take / ".recording")
        if lock is None:
            continue
        try:
            _finish(take)
            rescued.append(take)
        except (VocelloError, OSError, ValueError, KeyError):
            continue  # a folder that cannot be read keeps nobody from recording
        finally:
            lock.close()
    return rescued


def _finish(take: Path) -> None:
    """The MIDI of what the tables hold; a note that was cut off ends where the sound does."""
    told = json.loads((take / TAKE).read_text(encoding="utf-8"))
    rate = float(told["rate"])
    end_s = max((take / VOICE).stat().st_size - 80, 0) // 3 / rate
    notes = [note for row in _rows(take / NOTES) if (note := _note(row)) is not None]
    sent = Sent(rate)
    for row in _rows(take / SENT):
        if len(row) == len(SENT_COLUMNS):
            at_s, what, channel, key, velocity = row
            sent.turn(what == "on", float(at_s), int(channel), int(key), int(velocity))
    hanging = sent.down()
    played = sent.finish(end_s)
    if told["as_sung"]:
        notes += [
            Note(since_s, since_s, max(since_s, end_s), float(key), velocity, float(key))
            for channel, key, since_s, velocity in hanging
            if channel != DRUM_CHANNEL
        ]
    write(score(notes, played, as_sung=bool(told["as_sung"])), take / MIDI)


def _rows(path: Path) -> list[list[str]]:
    """The whole rows of a table, without its head: a last one that was cut off is none."""
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    return list(csv.reader(whole.splitlines()))[1:]


def _note(row: list[str]) -> Note | None:
    try:
        return Note.of_row(row)
    except ValueError:
        return None


def _table(path: Path, columns: Sequence[str]) -> IO[str]:
    try:
        table = path.open("x", encoding="utf-8", newline="")
        csv.writer(table, lineterminator="\n").writerow(columns)
        table.flush()
    except OSError as error:
        raise FileError(f"'{path}' cannot be written: {error.strerror}.", "Name another folder.") from error
    return table


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"'{folder}' cannot be made: {error.strerror}.", "Name another: --record FOLDER") from error
    if not os.access(folder, os.W_OK):
        raise FileError(f"'{folder}' may not be written to.", "Name another: --record FOLDER")
    return folder


def _new_folder(folder: Path) -> Path:
    """Named by the moment it began; one more number where two begin in the same second."""
    name = datetime.now().strftime("%Y-%m-%d %H.%M.%S")
    for number in range(1, 1000):
        path = folder / (name if number == 1 else f"{name} {number}")
        try:
            path.mkdir()
            return path
        except FileExistsError:
            continue
        except OSError as error:
            raise FileError(
                f"'{path}' cannot be made: {error.strerror}.", "Name another folder: --record FOLDER"
            ) from error
    raise FileError(f"'{folder}' holds a thousand takes of this second.", "Wait a moment.")
