"""A score, and each edit of one, as plain JSON values and back, exactly: ids, curves, bytes and all.

Values in, values out; safe on any thread. A note is a row, `[id, start, duration, pitch, velocity, {what else}]`, and
in a text each row has a line of its own, so that people and version control can read a piece; an event is a row that
begins with the name of its class. Whatever is read is checked field by field, for files come from anywhere: what no
score can have raises ScoreFileError, which says where it stands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, fields
from typing import Any

from score import edits
from score.checked import plain, read, shown
from score.edits import Edit
from score.errors import EditError, ScoreFileError
from score.events import Bend, Control, Event, KeyPressure, Meta, Pressure, ProgramChange, Sysex
from score.note import Curve, Note
from score.notes import Notes
from score.score import Score, Track
from score.tempo import Meter, Tempo, TempoMap
from score.zone import Zone

_CURVES = ("bend_st", "pressure", "timbre")
_REST = {each.name: each.default for each in fields(Note) if each.name in (*_CURVES, "channel", "release_velocity")}
_REST["muted"] = False
_EVENTS: dict[str, Any] = {
    kind.__name__: kind for kind in (Control, Bend, Pressure, KeyPressure, ProgramChange, Sysex, Meta)
}
_EVENT_FIELDS: dict[Any, tuple[str, ...]] = {
    kind: tuple(each.name for each in fields(kind)) for kind in _EVENTS.values()
}
_EDITS: dict[str, Any] = {
    kind.__name__: kind
    for kind in vars(edits).values()
    if isinstance(kind, type) and kind.__module__ == edits.__name__ and kind is not Edit
}
_LARGEST_ID = 2**53  # what every reader of JSON knows exactly
_DEEPEST = 50
_WRONG = (EditError, TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError)


def plain_score(score: Score) -> dict[str, Any]:
    """All of a score, as JSON knows it. [any]"""
    return {
        "name": score.name,
        "next_id": score.next_id,
        "tempo": _plain_tempo(score.tempo),
        "events": _plain_events(score.events),
        "tracks": [_plain_track(track) for track in score.tracks],
    }


def read_score(said: Any) -> Score:
    """The score that was written; ScoreFileError where it is none. [any]"""
    said = _object(said, "The score", ("name", "next_id", "tempo", "events", "tracks"))
    tracks = tuple(_read_track(each, f"tracks[{n}]") for n, each in enumerate(_list(said["tracks"], "tracks")))
    ids = [number for track in tracks for number in (track.id, *(note.id for note in track.notes))]
    next_id = _whole(said["next_id"], "next_id")
    if len(set(ids)) < len(ids):
        raise ScoreFileError("Two of the score's tracks and notes bear the same id.", "Give each one of its own.")
    if next_id <= max(ids, default=0):
        raise ScoreFileError(f"next_id is {next_id}, and the id {max(ids)} is taken.", "Give a larger next_id.")
    try:
        events: Any = _read_events(said["events"], "events")
        return Score(_read_tempo(said["tempo"], "tempo"), tracks, _text(said["name"], "name"), events, next_id)
    except EditError as wrong:
        raise ScoreFileError(f"This is no score: {wrong.what}", wrong.fix) from wrong


def plain_edit(edit: Edit) -> dict[str, Any]:
    """An edit, as JSON knows it. [any]"""
    kind = type(edit)
    if _EDITS.get(kind.__name__) is not kind:
        raise ScoreFileError(f"No file knows the edit {kind.__name__}.", f"Make it of these: {', '.join(_EDITS)}.")
    return {"edit": kind.__name__} | {
        each.name: _PARTS[each.name][0](getattr(edit, each.name))
        for each in fields(edit)  # type: ignore[arg-type]
    }


def read_edit(said: Any, where: str = "edit") -> Edit:
    """The edit that was written; ScoreFileError where it is none. [any]"""
    if where.count(".") > _DEEPEST:
        raise ScoreFileError("Edits lie in each other more deeply than any hand lays them.")
    kind = _EDITS.get(said.get("edit", "")) if isinstance(said, dict) and isinstance(said.get("edit"), str) else None
    if kind is None:
        raise ScoreFileError(f"{where} is {shown(said)} and must be an edit.", f"One of these: {', '.join(_EDITS)}.")
    known = {each.name: each.default is MISSING for each in fields(kind)}
    words = _object(said, where, ("edit", *(name for name, needed in known.items() if needed)), known)
    try:
        made: Edit = kind(**{name: _PARTS[name][1](words[name], f"{where}.{name}") for name in known if name in words})
    except EditError as wrong:
        raise ScoreFileError(f"{where}: {wrong.what}", wrong.fix) from wrong
    return made


def can_write(edit: Edit, depth: int = 1) -> bool:
    """Whether an edit, and all that lie in it, are of the classes that a file knows. [any]"""
    if isinstance(edit, edits.Together):
        return depth < _DEEPEST and all(can_write(each, depth + 1) for each in edit.edits)
    return _EDITS.get(type(edit).__name__) is type(edit)


def laid_out(said: Any, *, ascii_only: bool = False) -> str:
    """Plain values as a text to read: a row a line, everything else unfolded. [any]"""
    encode = json.JSONEncoder(ensure_ascii=ascii_only, separators=(", ", ": ")).encode
    return "".join(_pieces(said, "\n", encode)) + "\n"


def _pieces(said: Any, margin: str, encode: Callable[[Any], str]) -> Iterator[str]:
    inner = f"{margin}  "
    if isinstance(said, dict) and said:
        for n, (name, each) in enumerate(said.items()):
            yield f"{',' if n else '{'}{inner}{encode(str(name))}: "
            yield from _pieces(each, inner, encode)
        yield f"{margin}}}"
    elif isinstance(said, list) and said and all(isinstance(each, dict) for each in said):
        for n, each in enumerate(said):
            yield f"{',' if n else '['}{inner}"
            yield from _pieces(each, inner, encode)
        yield f"{margin}]"
    elif isinstance(said, list) and said and all(isinstance(each, list) for each in said):
        yield f"[{inner}"
        yield f",{inner}".join(map(encode, said))
        yield f"{margin}]"
    else:
        yield encode(said)


def _plain_note(note: Note) -> list[Any]:
    row: list[Any] = [note.id, note.start_ticks, note.duration_ticks, note.pitch, note.velocity]
    rest = {name: value for name, usual in _REST.items() if (value := getattr(note, name)) != usual}
    if rest:
        row.append({name: [*map(list, each)] if name in _CURVES else each for name, each in rest.items()})
    return row


def _read_note(row: Any) -> Note:
    if type(row) is not list or not 5 <= len(row) <= 6:
        raise ValueError("a note is [id, start, duration, pitch, velocity] and perhaps an object with the rest")
    note_id = row[0]
    if type(note_id) is not int or not 0 <= note_id < _LARGEST_ID:
        raise ValueError("the id of a note is a whole number from 0")
    if len(row) == 5:
        return Note(row[1], row[2], row[3], row[4], id=note_id)
    rest = row[5]
    if type(rest) is not dict or not rest.keys() <= _REST.keys():
        raise ValueError(f"the rest of a note is an object of {', '.join(_REST)}")
    rest = {name: _read_curve(value) if name in _CURVES else value for name, value in rest.items()}
    return Note(row[1], row[2], row[3], row[4], id=note_id, **rest)


def _read_curve(points: Any) -> Curve:
    if type(points) is not list or not all(type(each) is list and len(each) == 2 for each in points):
        raise ValueError("a curve is a list of [ticks, value]")
    if any(type(value) not in (int, float) for _, value in points):
        raise ValueError("a curve goes through numbers")
    return tuple((ticks, value) for ticks, value in points)


def _plain_event(event: Event) -> list[Any]:
    kind = type(event)
    row = [kind.__name__, *(getattr(event, name) for name in _EVENT_FIELDS[kind])]
    return [_plain_bytes(each) if type(each) is bytes else each for each in row]


def _read_event(row: Any) -> Event:
    kind = _EVENTS.get(row[0]) if type(row) is list and row and type(row[0]) is str else None
    if kind is None:
        raise ValueError(f"an event begins with one of {', '.join(_EVENTS)}")
    names = _EVENT_FIELDS[kind]
    if len(row) != 1 + len(names):
        raise ValueError(f"a {row[0]} has {', '.join(names)}")
    if "continues" in names and type(row[-1]) is not bool:
        raise ValueError("a Sysex continues another or does not: true or false")
    words = zip(names, row[1:], strict=True)
    made: Event = kind(*(_read_bytes(each) if name == "data" else each for name, each in words))
    return made


def _plain_bytes(data: bytes) -> dict[str, str]:
    """Words as words, so that lyrics can be read; everything else as hexadecimal numbers."""
    try:
        said = data.decode("utf-8")
    except UnicodeDecodeError:
        return {"hex": data.hex()}
    return {"text": said} if said.isprintable() else {"hex": data.hex()}


def _read_bytes(said: Any) -> bytes:
    if type(said) is dict and len(said) == 1:
        if type(said.get("text")) is str:
            return str(said["text"]).encode("utf-8")
        if type(said.get("hex")) is str:
            return bytes.fromhex(said["hex"])
    raise ValueError('bytes are {"text": "…"} or {"hex": "…"}')


def _plain_track(track: Track) -> dict[str, Any]:
    return {
        "id": track.id,
        "name": track.name,
        "length_ticks": track.length_ticks,
        "zones": [plain(zone) for zone in track.zones],
        "events": _plain_events(track.events),
        "notes": _plain_notes(track.notes),
    }


def _read_track(said: Any, where: str) -> Track:
    said = _object(said, where, ("id", "name", "length_ticks", "zones", "events", "notes"))
    notes, events = _read_notes(said["notes"], f"{where}.notes"), _read_events(said["events"], f"{where}.events")
    try:
        return Track(
            _text(said["name"], f"{where}.name"),
            Notes(notes),
            events,
            _read_zones(said["zones"], f"{where}.zones"),
            _whole(said["length_ticks"], f"{where}.length_ticks"),
            _whole(said["id"], f"{where}.id"),
        )
    except EditError as wrong:
        raise ScoreFileError(f"{where} is no track: {wrong.what}", wrong.fix) from wrong


def _plain_tempo(tempo: TempoMap) -> dict[str, Any]:
    return {
        "ticks_per_quarter": tempo.ticks_per_quarter,
        "tempos": [plain(each) for each in tempo.tempos],
        "meters": [plain(each) for each in tempo.meters],
    }


def _read_tempo(said: Any, where: str) -> TempoMap:
    said = _object(said, where, ("ticks_per_quarter", "tempos", "meters"))
    try:
        return TempoMap(
            _whole(said["ticks_per_quarter"], f"{where}.ticks_per_quarter"),
            read(tuple[Tempo, ...], said["tempos"], f"{where}.tempos", ScoreFileError),
            read(tuple[Meter, ...], said["meters"], f"{where}.meters", ScoreFileError),
        )
    except EditError as wrong:
        raise ScoreFileError(f"{where}: {wrong.what}", wrong.fix) from wrong


def _read_zones(said: Any, where: str) -> tuple[Zone, ...]:
    try:
        zones: tuple[Zone, ...] = read(tuple[Zone, ...], said, where, ScoreFileError)
    except EditError as wrong:
        raise ScoreFileError(f"{where}: {wrong.what}", wrong.fix) from wrong
    return zones


def _plain_notes(notes: Iterable[Note]) -> list[Any]:
    return [_plain_note(note) for note in notes]


def _read_notes(said: Any, where: str) -> tuple[Note, ...]:
    return tuple(_each(said, where, _read_note))


def _plain_events(events: Iterable[Event]) -> list[Any]:
    return [_plain_event(event) for event in events]


def _read_events(said: Any, where: str) -> tuple[Event, ...]:
    return tuple(_each(said, where, _read_event))


def _each(said: Any, where: str, understand: Callable[[Any], Any]) -> list[Any]:
    rows, made = _list(said, where), []
    try:
        for row in rows:
            made.append(understand(row))
    except _WRONG as wrong:
        what = wrong.what if isinstance(wrong, EditError) else f"{wrong}."
        raise ScoreFileError(f"{where}[{len(made)}] is {shown(rows[len(made)])}: {what}") from wrong
    return made


def _object(said: Any, where: str, needed: Iterable[str], others: Iterable[str] = ()) -> dict[str, Any]:
    if type(said) is not dict:
        raise ScoreFileError(f"{where} is {shown(said)} and must be an object.")
    needed = tuple(needed)
    missing = [name for name in needed if name not in said]
    strange = [name for name in said if name not in needed and name not in others]
    if missing or strange:
        wrong = f"needs '{missing[0]}'" if missing else f"knows no {shown(strange[0])}"
        raise ScoreFileError(f"{where} {wrong}.", f"It takes: {', '.join(dict.fromkeys((*needed, *others)))}.")
    return said


def _list(said: Any, where: str) -> list[Any]:
    if type(said) is not list:
        raise ScoreFileError(f"{where} is {shown(said)} and must be a list.")
    return said


def _whole(said: Any, where: str) -> int:
    if type(said) is not int or not 0 <= said < _LARGEST_ID:
        raise ScoreFileError(f"{where} is {shown(said)} and must be a whole number from 0.")
    return said


def _whole_or_none(said: Any, where: str) -> int | None:
    return None if said is None else _whole(said, where)


def _text(said: Any, where: str) -> str:
    if type(said) is not str:
        raise ScoreFileError(f"{where} is {shown(said)} and must be a text.")
    return said


def _same(value: Any) -> Any:
    return value


_PARTS: dict[str, tuple[Callable[[Any], Any], Callable[[Any, str], Any]]] = {
    "track_id": (_same, _whole_or_none),
    "notes": (_plain_notes, _read_notes),
    "ids": (list, lambda said, where: tuple(_whole(each, where) for each in _list(said, where))),
    "track": (_plain_track, _read_track),
    "place": (_same, _whole_or_none),
    "new_name": (_same, _text),
    "name": (_same, _text),
    "zones": (lambda zones: [plain(zone) for zone in zones], _read_zones),
    "length_ticks": (_same, _whole),
    "gone": (_plain_events, _read_events),
    "new": (_plain_events, _read_events),
    "events": (_plain_events, _read_events),
    "tempo": (_plain_tempo, _read_tempo),
    "edits": (
        lambda several: [plain_edit(edit) for edit in several],
        lambda said, where: tuple(read_edit(each, where) for each in _list(said, where)),
    ),
}
"""How each field of an edit is written and read; a name means the same in all of them."""
