"""Each track as a MIDI file beside the session, for other programs: copies, which nobody waits for.

A score in, `clips/01 Voice.mid` … out, on a thread of their own, and only those that changed. They are never read back:
the session itself is exact. Files in the folder that Vocello did not write are left alone. [gui]
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from gui.session.folder import CLIPS, file_name
from score import midifile
from score.errors import FileError
from score.score import Score, Track


class Clips:
    """The copies in one folder. [gui]"""

    def __init__(self, folder: Path) -> None:
        self.trouble: tuple[str, ...] = ()
        """Which of them could not be written, and why, as of the last `wait`. [gui]"""
        self._folder = folder / CLIPS
        self._written: dict[str, tuple[Score, Track]] = {}
        self._thread: threading.Thread | None = None

    def write(self, score: Score, before: tuple[str, ...] = ()) -> None:
        """Begin to write those that changed, and take away those of `before` that are none any more. [gui]"""
        self.wait()
        self._thread = threading.Thread(target=self._write, args=(score, before), name="clips", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Until they are written. [gui]"""
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _write(self, score: Score, before: tuple[str, ...]) -> None:
        wrong = []
        names = names_of(score)
        for name in before:
            if name not in names:
                self._written.pop(name, None)
                with suppress(OSError):
                    (self._folder / name).unlink()
        for name, track in zip(names, score.tracks, strict=True):
            around = replace(score, tracks=())
            if self._is_written(name, around, track):
                continue
            try:
                self._folder.mkdir(exist_ok=True)
                midifile.write(replace(around, tracks=(track,)), self._folder / name)
                self._written[name] = (around, track)
            except FileError as fault:
                wrong.append(f"'{name}' was not copied as MIDI: {fault}")
            except OSError as fault:
                wrong.append(f"'{name}' was not copied as MIDI: {fault.strerror}.")
        self.trouble = tuple(wrong)

    def _is_written(self, name: str, around: Score, track: Track) -> bool:
        before = self._written.get(name)
        return before is not None and before[1] is track and before[0] == around and (self._folder / name).exists()


def names_of(score: Score) -> tuple[str, ...]:
    """What the copies of a score's tracks are called, in their order. [any]"""
    return tuple(f"{n:02} {file_name(track.name)}.mid" for n, track in enumerate(score.tracks, 1))
