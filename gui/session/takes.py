"""The sound of takes: which part of the tape becomes which file of the session, now or after a crash.

What flows in: frames at which a take begins and ends, and EVENTs between. What flows out: at once the notes and a Take,
as one step for the document; a little later, from a thread of its own, the FLAC and its outline. Whatever ends this
process, or the engine's, in between: the next start finds a marker beside each take that is not a file yet. [gui]
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gui.session.act import Act
from gui.session.comping import taken_in
from gui.session.document import Document
from gui.session.folder import TAKES
from gui.session.making import EVENTS, EventLog, Making, clips_of, found_in, read_events
from gui.session.peaks import Outline, Peaks, keep_peaks, peaks_of
from gui.session.replay import said_aside
from gui.session.setup import Take
from gui.session.take_notes import ENDING, TakeNotes, read_notes, write_notes
from gui.session.unused import Unused, unused_in
from gui.session.worker import Worker
from realtime.client import TapeStream, cut_take, let_tape_go
from score.edits import Edit
from score.errors import FileError, SessionError, VocelloError
from score.tempo import TempoMap

WORTH_TELLING_S = 0.01
"""Less sound than that is missed by nobody: where a tape begins with the take, its first block may be."""


@dataclass(frozen=True)
class Recorded:
    """What a recording came to: notes of a track, and a take of them where there was a tape. [any]"""

    track_id: int
    heard: TakeNotes
    take: Take | None = None


@dataclass(frozen=True)
class Finished:
    """What was done elsewhere: a take is a file now, or its outline is there, or neither can be. [any]"""

    file: str
    peaks: Peaks | None = None
    trouble: str = ""
    told: str = ""
    """What somebody may want to know: that sound is missing."""


class Takes:
    """The takes of one document. [gui]"""

    def __init__(self, document: Document, finished: Callable[[Finished], None] = lambda done: None) -> None:
        """`finished` is called on a thread of its own, as the `emit` of a signal may be."""
        self._document, self._finished = document, finished
        self._making: Making | None = None
        self._log: EventLog | None = None
        self._worker = Worker("takes")
        self._asked: set[str] = set()

    # A take

    @property
    def is_making(self) -> bool:
        """Whether a take goes on. [gui]"""
        return self._making is not None

    def begin(
        self, tape: Path, rate: float, frame: int, track_id: int, start_ticks: int, before: npt.NDArray[np.void]
    ) -> None:
        """A take begins at a frame of a stream of the tape; `before` is what was played just before. [gui]"""
        self.drop()
        folder = self._document.path
        making = Making(self._new_file(track_id), str(tape), rate, frame, track_id, start_ticks)
        log = EventLog(making.beside(folder, EVENTS))
        try:
            making.mark(folder)
        except BaseException:
            log.close()
            raise
        self._making, self._log = making, log
        log.add(before)

    def hear(self, events: npt.NDArray[np.void]) -> None:
        """What is played while it goes on. [gui]"""
        if self._log is not None:
            self._log.add(events)

    def end(self, frame: int | None) -> Recorded | None:
        """The take ends at a frame, or where its tape does; None where there is none, or nothing in it. [gui]"""
        making, log = self._making, self._log
        if making is None or log is None:
            return None
        self._making = self._log = None
        events = log.all()
        log.close()
        ended = making.ended(frame if frame is not None else _end_of(making, events))
        if ended.to_frame == ended.from_frame:
            ended.done(self._document.path)
            return None
        return self._made(ended, heard_in(ended, events, self._document.score.tempo))

    def keep(
        self, tape: Path, rate: float, frames: tuple[int, int], track_id: int, start_ticks: int, heard: TakeNotes
    ) -> Recorded:
        """A take of what was sung already, and is on the tape still; if one goes on, it is that one. [gui]"""
        going_on, log, self._making, self._log = self._making, self._log, None, None
        file = self._new_file(track_id) if going_on is None else going_on.file
        making = Making(file, str(tape), rate, frames[0], track_id, start_ticks, frames[1])
        recorded = self._made(making, heard)  # over the old marker: at no moment there is none
        if going_on is not None and log is not None:
            log.close()
            if going_on.hold != making.hold:
                let_tape_go(Path(going_on.stream), going_on.hold)
        return recorded

    def drop(self) -> None:
        """What goes on is no take after all. [gui]"""
        if self._making is not None and self._log is not None:
            self._log.close()
            self._making.done(self._document.path)
        self._making = self._log = None

    def act(self, name: str, recorded: Recorded, replaces: bool = True, edit: Edit | None = None) -> Act | None:
        """What a recording does to the document: `document.act(…)`; over the takes that stand there, or beside them.
        An `edit` says how its notes come, where somebody knows better. None where nothing was played. [gui]"""
        score, setup, take, heard = self._document.score, self._document.setup, recorded.take, recorded.heard
        into = recorded.track_id
        return taken_in(name, score, setup, take, heard, track_id=into, replaces=replaces, edit=edit)

    def _made(self, making: Making, heard: TakeNotes) -> Recorded:
        making.mark(self._document.path)
        self._cut_elsewhere(making, heard)
        return Recorded(making.track_id, heard, take_of(making, self._document.score.tempo))

    def _new_file(self, track_id: int) -> str:
        return self._document.new_take(self._document.score.track(track_id).name)

    # What is there

    def sound(self, take: Take) -> Path:
        """Where its sound is, or will be. [gui]"""
        return self._document.path / take.file

    def heard(self, take: Take) -> TakeNotes:
        """The notes that were heard in it; SessionError where they cannot be read. [gui]"""
        return read_notes(self.sound(take))

    def ask_peaks(self, take: Take) -> None:
        """Have its outline told, as soon as it is there. [gui]"""
        file = take.file
        if file not in self._asked:
            self._asked.add(file)
            self._worker.run(lambda: self._outline(file))

    def left_over(self) -> tuple[Unused, ...]:
        """The recordings that no lane shows, that neither undo nor redo can bring back, and that no journal speaks of
        which a crash has spoiled. [gui]"""
        needed = {Path(file).stem for file in self._document.takes_in_reach()}
        making = {marker.stem for marker, _ in found_in(self._document.path)}
        aside = said_aside(self._document.path)
        return tuple(each for each in unused_in(self._document.path, needed | making) if each.written not in aside)

    def clean(self, those: Collection[Unused]) -> tuple[tuple[Unused, ...], int]:
        """Take away for good those that nothing has begun to need meanwhile: them, and the bytes given back. [gui]"""
        stems = {each.stem for each in those}
        gone = tuple(each for each in self.left_over() if each.stem in stems)
        return gone, sum(each.remove() for each in gone)

    # The end

    def wait(self) -> None:
        """Until all that was begun is done. [gui]"""
        self._worker.wait()

    def close(self) -> None:
        """Finish what is being made. What goes on still, or is not ready in time, is found at the next start. [gui]"""
        if self._log is not None:
            self._log.close()
        self._making = self._log = None
        self._worker.close()

    # After a crash

    def recover(self) -> tuple[str, ...]:
        """Make takes of all that was being made when a process ended; a sentence each. [gui]"""
        told = []
        for unfinished in (self._document.path / TAKES).glob(".*.flac"):
            with suppress(OSError):
                unfinished.unlink()
        for marker, making in found_in(self._document.path):
            if making is not None:
                told.append(self._recover(making))
            else:
                marker.rename(marker.with_suffix(".unreadable"))
                told.append(f"What was noted of the take '{marker.stem}' cannot be read, and is kept beside it.")
        return tuple(told)

    def _recover(self, making: Making) -> str:
        document, folder = self._document, self._document.path
        events = read_events(making.beside(folder, EVENTS))
        ended = making.ended(_end_of(making, events)) if making.is_on else making
        name, seconds = Path(making.file).stem, (ended.to_frame - making.from_frame) / making.rate
        if ended.to_frame == ended.from_frame:
            making.done(folder)
            return f"The take '{name}' had only just begun, and holds nothing."
        heard = self._heard_before(ended, events)
        has_sound = not _is_lost(ended)
        if has_sound:
            ended.mark(folder)
            self._cut_elsewhere(ended, heard)
        else:
            making.done(folder)
        if all(take.file != making.file for take in document.setup.takes):
            take = take_of(ended, document.score.tempo) if has_sound else None
            is_there = any(track.id == making.track_id for track in document.score.tracks)
            act = None
            if is_there:  # beside what stands there: nobody is here to say whether it should go
                act = self.act("Record", Recorded(making.track_id, heard, take), replaces=False)
            if act is not None:
                document.act(act)
            elif take is not None:  # its track is gone: the sound is kept all the same
                document.add_take(take)
        if has_sound:
            return f"The take '{name}', of {seconds:.1f} s, was brought back."
        return f"Of the take '{name}' only the notes could be brought back: its tape is gone."

    def _heard_before(self, making: Making, events: npt.NDArray[np.void]) -> TakeNotes:
        if not len(events):
            with suppress(SessionError):
                return read_notes(self._document.path / making.file)
        return heard_in(making, events, self._document.score.tempo)

    # Elsewhere

    def _cut_elsewhere(self, making: Making, heard: TakeNotes) -> None:
        folder, tempo = self._document.path, self._document.score.tempo
        self._worker.run(lambda: self._finished(self._cut(making, folder, heard, tempo)))

    def _cut(self, making: Making, begun_in: Path, heard: TakeNotes, tempo: TempoMap) -> Finished:
        while True:
            folder = self._document.path
            done = write_take(making, folder, heard, tempo)
            if folder == self._document.path:
                break  # else the session was saved elsewhere meanwhile, and must have it there
        if not done.trouble or _is_lost(making):
            making.done(begun_in, folder)
        return done

    def _outline(self, file: str) -> None:
        self._asked.discard(file)
        sound = self._document.path / file
        if self._worker.is_closing or not sound.is_file():
            return
        try:
            peaks = peaks_of(sound, lambda: not self._worker.is_closing)
            self._finished(Finished(file, peaks))
        except VocelloError as wrong:
            self._finished(Finished(file, trouble=str(wrong)))


def write_take(making: Making, folder: Path, heard: TakeNotes, tempo: TempoMap) -> Finished:
    """Write all files of a take: its notes, its sound, its outline. [worker]"""
    sound, outline = folder / making.file, Outline()
    try:
        if heard.notes or heard.events or not sound.with_suffix(ENDING).exists():
            write_notes(sound, heard, tempo)
        made = cut_take(Path(making.stream), making.from_frame, making.to_frame, sound, outline.add)
    except (VocelloError, OSError) as wrong:
        why = wrong.what if isinstance(wrong, FileError) else str(wrong)
        return Finished(making.file, trouble=f"The sound of the take '{sound.stem}' is not kept: {why}")
    peaks = outline.peaks(made.rate)
    keep_peaks(sound, peaks)
    lost_s = made.lost_frames / made.rate
    told = f"{lost_s:.2f} s of the take '{sound.stem}' were lost, and are silent." if lost_s >= WORTH_TELLING_S else ""
    return Finished(making.file, peaks, told=told)


def take_of(making: Making, tempo: TempoMap) -> Take:
    """The Take that it becomes. [any]"""
    lasts_s = (making.to_frame - making.from_frame) / making.rate
    end_ticks = round(tempo.ticks_at(tempo.seconds_at(making.start_ticks) + lasts_s))
    stem = Path(making.file).stem
    return Take(making.file, making.track_id, making.start_ticks, max(end_ticks, making.start_ticks + 1), stem)


def heard_in(making: Making, events: npt.NDArray[np.void], tempo: TempoMap) -> TakeNotes:
    """The notes of a take that has ended. [any]"""
    return TakeNotes.of(clips_of(making, events, making.to_frame, tempo))


def _end_of(making: Making, events: npt.NDArray[np.void]) -> int:
    """How far a take came of which nobody said where it ends: to the end of its tape, or of what was played."""
    ends = [making.from_frame]
    if len(events):
        ends.append(int(events["frame"].max()))
    with suppress(FileError):
        ends.append(TapeStream.open(Path(making.stream)).reach()[1])
    return max(ends)


def _is_lost(making: Making) -> bool:
    """Whether the tape has nothing of it any more, and never will."""
    try:
        first, end = TapeStream.open(Path(making.stream)).reach()
    except FileError:
        return True
    return end <= making.from_frame or first >= making.to_frame
