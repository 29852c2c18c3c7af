"""A session that is only looked at, open or not: no lock is taken, and no file is touched.

A path in; the state as its journal has it, out. [any]
"""

from __future__ import annotations

from pathlib import Path

from gui.session.folder import JOURNAL_FILE, SESSION_FILE, hash_of
from gui.session.past import Past
from gui.session.recovery import peek
from gui.session.text import LARGEST_BYTES, State, from_bytes, named
from score.atomic import read_whole
from score.errors import FileError, SessionError


def state_at(path: Path) -> State:
    """The session of a folder, with all that was done since it was saved. [any]"""
    path = path.parent if path.name == SESSION_FILE else path
    file = path / SESSION_FILE
    if not file.is_file():
        raise SessionError(f"'{path}' holds no {SESSION_FILE}, so it is no session.", "Name the folder of a session.")
    data = read_whole(file, LARGEST_BYTES, SessionError)
    try:
        saved = from_bytes(data)
    except FileError as wrong:
        raise named(wrong, str(file)) from wrong
    past = Past(saved.state)
    peek(path / JOURNAL_FILE, hash_of(data), saved.contains, past)
    return past.state
