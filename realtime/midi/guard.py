"""A second process stands by, so that no note hangs at a synthesiser or in a DAW when this one is killed.

What flows in: each message that leaves, and the ports that hear it. What flows out: a table of what sounds, in memory
that both processes see, so that keeping it costs nothing and waits for nobody. What the other does with it stands in
`last_words`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from realtime.block import Block
from realtime.midi import last_words
from realtime.midi.clock import CONTINUE, START, STOP
from realtime.midi.last_words import KEYS, RUNS_AT, TABLE_BYTES

_NOTE_OFF, _NOTE_ON = 0x80, 0x90
_GOES_WITHIN_S = 1.0
_RUN = "import runpy, sys; runpy.run_path(sys.argv[1], run_name='__main__')"
"""A file alone, so that it neither waits for our packages nor takes those beside it for Python's own."""


class Guard:
    """Knows what sounds, and where; alone, until somebody listens. [any]"""

    def __init__(self) -> None:
        self._block = Block.shared(TABLE_BYTES)
        self.table = self._block.bytes
        """What sounds, and whether a song runs, as both processes see it."""
        self._process: subprocess.Popen[bytes] | None = None
        self._receivers: list[str] = []

    @property
    def pid(self) -> int | None:
        """The other process, if there is one. [any]"""
        return self._process.pid if self._process is not None else None

    def note_down(self, message: bytes) -> None:
        """A message that leaves now: a note that sounds, or no longer. [any]"""
        if message[0] & 0xF0 in (_NOTE_ON, _NOTE_OFF):
            self.table[_place(message)] = not is_note_off(message)
        elif message in (START, CONTINUE, STOP):
            self.table[RUNS_AT] = message != STOP

    def sounds(self, message: bytes) -> bool:
        """Whether the note of this note-on or note-off sounds. [any]"""
        return bool(self.table[_place(message)])

    def forget(self) -> None:
        """Nothing sounds there any more that we know of. [any]"""
        self.table[:] = 0

    def know(self, receivers: Sequence[str]) -> None:
        """Who hears it now. [main]"""
        if list(receivers) != self._receivers:
            self._receivers = list(receivers)
            if self._process is None and not self._post():
                return
            self._tell(json.dumps(self._receivers))

    def dismiss(self) -> None:
        """All was said that there was to say. [main]"""
        self._block.close()
        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        with suppress(OSError):
            os.write(process.stdin.fileno(), b"\n")
            process.stdin.close()
        try:
            process.wait(_GOES_WITHIN_S)
        except subprocess.TimeoutExpired:  # it has not even begun yet
            process.kill()
            process.wait()

    def _post(self) -> bool:
        """Have another process stand by; False where there can be none."""
        descriptor = self._block.descriptor
        if sys.platform == "win32" or descriptor is None:
            return False
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _RUN, str(Path(last_words.__file__).resolve()), str(descriptor)],
                cwd="/",
                pass_fds=[descriptor],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # whatever ends all of a terminal's programs leaves this one time for its words
            )
        except OSError:
            return False
        assert self._process.stdin is not None
        os.set_blocking(self._process.stdin.fileno(), False)
        return True

    def _tell(self, line: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):  # it was killed, or stands still: nobody waits for it
                os.write(self._process.stdin.fileno(), (line + "\n").encode())


def is_note_off(message: bytes) -> bool:
    """Whether it ends a note: a note-on without velocity does so too. [any]"""
    kind = message[0] & 0xF0
    return kind == _NOTE_OFF or (kind == _NOTE_ON and message[2] == 0)


def _place(message: bytes) -> int:
    return (message[0] & 0x0F) * KEYS + message[1]
