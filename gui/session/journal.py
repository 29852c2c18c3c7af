"""What was done since the last save, on the disk before a second is over: a kill -9 loses no more than that.

Records in, lines in a file out. The hand writes a small record itself, into the system's memory, which outlives this
process; a thread brings it to the disk within half a second, which outlives the power. What would make the hand wait
(a record of thousands of notes, a disk that is just busy or full) is left to that thread, which keeps it, and tries
again each second until it is written. A journal never blocks, and never raises: `trouble` says what is wrong. [gui]
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import IO

from gui.session.record import Record, checked_line, line_of, weight
from gui.session.replay import HEADER_KIND, VERSION, Found, lines_after
from score.atomic import write_whole
from score.errors import SessionError

LIGHT = 200
"""Notes in a record that the hand still writes itself: about a millisecond."""
_SYNC_AFTER_S = 0.5
_TRY_AGAIN_AFTER_S = 1.0


class Journal:
    """The journal of a session that is open. [gui]"""

    def __init__(self, path: Path, journal_id: str, last_line: int, length: int) -> None:
        self.id, self.last_line = journal_id, last_line
        self.trouble: SessionError | None = None
        """Why what was done last is not on the disk; None as soon as it is."""
        self._path, self._length = path, length
        self._file = _open(path, length)
        self._waiting: deque[tuple[int, Record]] = deque()
        self._unsynced_since: float | None = None
        self._is_busy = self._is_closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    @classmethod
    def begin(cls, path: Path, base: str, last_line: int = 0) -> Journal:
        """A new journal, of what is done after the save whose file's hash is `base`. [gui]"""
        journal_id, header = _header(base)
        write_whole(path, header, SessionError)
        return cls(path, journal_id, last_line, len(header))

    @classmethod
    def go_on(cls, path: Path, found: Found) -> Journal:
        """The journal that was found, from its last good line on. [gui]"""
        return cls(path, found.id, found.last_line, found.good_bytes)

    def append(self, record: Record) -> int:
        """Write down what was done; the number of its line. [gui]"""
        with self._changed:
            was_asleep = self._unsynced_since is None
            self.last_line += 1
            self._waiting.append((self.last_line, record))
            if len(self._waiting) == 1 and not self._is_busy and self.trouble is None and weight(record) <= LIGHT:
                try:
                    self._write(line_of(self.last_line, record))
                    self._waiting.clear()
                except OSError as fault:
                    self._tell(fault)
            if self._waiting or was_asleep:  # else the thread knows already when it is to wake
                self._changed.notify_all()
            return self.last_line

    def sync(self, within_s: float = 10.0) -> bool:
        """Wait until all that was appended is on the disk; False where it could not be brought there. [gui]"""
        with self._changed:
            self._unsynced_since = self._unsynced_since and 0.0
            self._changed.notify_all()
            return (
                self._changed.wait_for(lambda: self.trouble is not None or self._is_at_rest, within_s)
                and self.trouble is None
            )

    def restart(self, base: str, through: int) -> None:
        """Begin anew after a save that contains all lines up to `through`; those that follow are taken along. [gui]"""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_busy)
            journal_id, header = _header(base)
            try:
                kept = lines_after(through, self._path, self._length)
                write_whole(self._path, header + kept, SessionError)
            except SessionError:
                return  # the old one goes on: the session file says up to where it is contained
            file = _open(self._path, len(header) + len(kept))
            self._file.close()
            self._file, self.id, self._length = file, journal_id, len(header) + len(kept)
            while self._waiting and self._waiting[0][0] <= through:
                self._waiting.popleft()
            self.trouble, self._unsynced_since = None, None
            self._changed.notify_all()

    def close(self) -> bool:
        """Bring all to the disk and let the file go; False where that could not be done. [gui]"""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        self._thread.join()
        with suppress(OSError):
            self._file.close()
        return self.trouble is None

    @property
    def _is_at_rest(self) -> bool:
        return not (self._waiting or self._is_busy or self._unsynced_since is not None)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._is_due():
                    self._changed.wait(self._patience_s())
                if self._is_closing and self._is_at_rest:
                    return
                batch, self._is_busy = list(self._waiting), True
            try:
                lines = b"".join(line_of(number, record) for number, record in batch)
                if lines:
                    self._write(lines)
                os.fsync(self._file.fileno())
                fault = None
            except OSError as raised:
                fault = raised
            with self._changed:
                self._is_busy = False
                if fault is not None:
                    self._tell(fault)
                    if self._is_closing:
                        self._changed.notify_all()
                        return
                else:
                    for _ in batch:
                        self._waiting.popleft()
                    self.trouble, self._unsynced_since = None, None
                self._changed.notify_all()
                if fault is not None:
                    self._changed.wait_for(lambda: self._is_closing, _TRY_AGAIN_AFTER_S)

    def _is_due(self) -> bool:
        return self._is_closing or bool(self._waiting) or self._patience_s() == 0.0

    def _patience_s(self) -> float | None:
        """How long the thread may sleep; None while there is nothing to do."""
        if self._unsynced_since is None:
            return None
        return max(0.0, self._unsynced_since + _SYNC_AFTER_S - time.monotonic())

    def _write(self, lines: bytes) -> None:
        """Behind the last good line, whatever an attempt that failed left there."""
        self._file.seek(self._length)
        left = memoryview(lines)
        while left:
            left = left[self._file.write(left) or 0 :]
        self._length += len(lines)
        if self._unsynced_since is None:
            self._unsynced_since = time.monotonic()

    def _tell(self, fault: OSError) -> None:
        self.trouble = SessionError(
            f"What you do is not written to '{self._path}': {fault.strerror or fault}.",
            "Make room there, or save the session elsewhere; until then a crash would lose it.",
        )


def _header(base: str) -> tuple[str, bytes]:
    journal_id = secrets.token_hex(8)
    said = {"kind": HEADER_KIND, "version": VERSION, "id": journal_id, "base": base}
    return journal_id, checked_line(said)


def _open(path: Path, length: int) -> IO[bytes]:
    """The file without what stands behind its last good line."""
    try:
        file = path.open("r+b", buffering=0)
        file.truncate(length)
        return file
    except OSError as fault:
        raise SessionError(f"'{path}' cannot be written: {fault.strerror}.", "Name another place.") from fault
