"""After a crash: what the journal says is done again upon what was last saved, and told in words.

A journal's path and what was saved in; a journal to go on with, the state in its Past, and sentences out. A journal
that belongs to another file, or that is damaged, is set aside under a name of its own, and never deleted. [gui]
"""

from __future__ import annotations

from pathlib import Path

from gui.session.journal import Journal
from gui.session.past import Past
from gui.session.record import Changed, Crossed, Record
from gui.session.replay import Found, find, set_aside
from gui.session.text import Contained
from score.errors import FileError, VocelloError
from score.note import counted


def recover(path: Path, base: str, contains: Contained, past: Past) -> tuple[Journal, tuple[str, ...]]:
    """Replay what belongs to the session whose file has this hash. [gui]"""
    try:
        found = find(path)
    except FileError as wrong:
        return _anew(path, base, f"The journal could not be read: {wrong.what}")
    if found is None:
        return Journal.begin(path, base), ()
    if found.id == contains.journal:  # the crash came after the save, and before its journal began
        first = contains.line + 1
    elif found.base == base:
        first = 1
    else:
        return _anew(path, base, "There is a journal of another state of this session.")
    done, last, wrong_line = _replay(found, first, past)
    told = list(found.said)
    if wrong_line is not None:
        told.append(f"What was done after that could not be done again: {wrong_line}")
    if wrong_line is not None or found.is_damaged:
        told.append(f"The whole journal is kept as '{set_aside(path).name}'.")
    if done:
        told.insert(
            0, f"{counted(done, 'change')} since the last save {'was' if done == 1 else 'were'} brought back{last}."
        )
    whole = found if wrong_line is None else found.up_to(sum(n < first for n, _ in found.records) + done)
    journal = Journal.go_on(path, whole)
    if found.id == contains.journal:
        journal.restart(base, contains.line)
    return journal, tuple(told)


def peek(path: Path, base: str, contains: Contained, past: Past) -> None:
    """Replay the same, and leave every file as it is: for those who only look. [any]"""
    try:
        found = find(path)
    except FileError:
        return
    if found is not None and (found.id == contains.journal or found.base == base):
        _replay(found, contains.line + 1 if found.id == contains.journal else 1, past)


def _anew(path: Path, base: str, why: str) -> tuple[Journal, tuple[str, ...]]:
    aside = set_aside(path)
    return Journal.begin(path, base), (f"{why} It is kept as '{aside.name}', and was not used.",)


def _replay(found: Found, first: int, past: Past) -> tuple[int, str, str | None]:
    """How many records were done again, the name of the last, and why the next one was not."""
    done, last = 0, ""
    for number, record in found.records:
        if number < first:
            continue
        try:
            past.replay(number, record)
        except VocelloError as wrong:
            return done, last, wrong.what
        done, last = done + 1, f", the last of them '{_name(record)}'"
    return done, last, None


def _name(record: Record) -> str:
    if isinstance(record, Changed):
        return record.change.name
    return f"{record.word.capitalize()} {record.by.name}" if isinstance(record, Crossed) else record.name
