"""Each track's chain as a rack file beside the session, for people to read and for `vocello rack run` to play.

What flows in: the session. What flows out: a file a track in the folder's `racks`, which says nothing that the session
does not say itself: it may be thrown away. Files of tracks that are gone, or are called otherwise now, go with them;
whatever else lies there stays. [gui]
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from gui.mixing.arranged import LIMITER, MAIN, Rack, arranged, slot_name, track_chain
from gui.session.folder import file_name
from gui.session.setup import Setup
from score.atomic import write_whole
from score.errors import SessionError
from score.score import Score

FOLDER = "racks"
_OURS = re.compile(r"track \d+")
_KIND, _VERSION = "vocello rack", 2
_LARGEST = 64 << 20


def rack_file_text(score: Score, setup: Setup, track_id: int) -> str:
    """A track's chain as a rack file says it. [any]"""
    track = score.track(track_id)
    mine = replace(setup.track(track_id), port="", muted=False, solo=False, sends={})
    alone = arranged(replace(score, tracks=(track,)), Setup(tracks={str(track_id): mine}), track_id)
    prefix = slot_name(str(track_id), "")
    kept = [chain for chain in alone["chains"] if chain["name"].startswith((track_chain(track_id), prefix))]
    said: Rack = {"kind": _KIND, "version": _VERSION, "name": track_chain(track_id)}
    said["chains"] = [_brief(_plain(chain, prefix, track_id, track.name)) for chain in kept]
    said["chains"].append({"name": MAIN, "slots": [{"name": LIMITER, "processor": LIMITER}]})
    for word, names in (("learned", ("slot",)), ("lanes", ("slot",))):
        if alone.get(word):
            said[word] = [_brief(_renamed(each, names, prefix)) for each in alone[word]]
    return json.dumps(said, indent=2, ensure_ascii=False) + "\n"


def write_rack_files(folder: Path, score: Score, setup: Setup) -> list[Path]:
    """Write all of them, and take away what this wrote for tracks that are no more; SessionError where that fails.
    [gui]"""
    where = folder / FOLDER
    try:
        where.mkdir(exist_ok=True)
    except OSError as fault:
        raise SessionError(f"'{where}' cannot be made: {fault.strerror}.", "Make room there.") from fault
    written = []
    for place, track in enumerate(score.tracks, 1):
        path = where / f"{place:02d} {file_name(track.name)}.rack"
        text = rack_file_text(score, setup, track.id)
        if _read(path) != text:
            write_whole(path, text.encode(), SessionError)
        written.append(path)
    for path in where.glob("*.rack"):
        if path not in written and _is_ours(path):
            with suppress(OSError):
                path.unlink()
    return written


def _plain(chain: Rack, prefix: str, track_id: int, name: str) -> Rack:
    """A chain by itself: named as one says it, hearing whoever plays, going out."""
    own = track_chain(track_id)

    def called(word: str) -> str:
        return file_name(name).replace(":", " ") if word == own else word.removeprefix(prefix)

    made = chain | {
        "name": called(chain["name"]),
        "slots": [_renamed(slot, ("name",), prefix) for slot in chain["slots"]],
    }
    made["to"] = MAIN if chain["name"] == own else called(chain.get("to", MAIN))
    made["sends"] = [send | {"to": called(send["to"])} for send in chain.get("sends", ())]
    made["reach"] = {word: value for word, value in chain.get("reach", {}).items() if word not in ("line", "sources")}
    return made


def _renamed(said: Mapping[str, Any], words: tuple[str, ...], prefix: str) -> Rack:
    return {word: value.removeprefix(prefix) if word in words else value for word, value in said.items()}


def _brief(said: Rack) -> Rack:
    """Without what is as it comes."""
    usual = {"level_db": 0.0, "pan": 0.0, "mute": False, "solo": False, "on": True, "mix": 1.0, "to": MAIN}
    return {
        word: [_brief(each) if isinstance(each, dict) else each for each in value] if isinstance(value, list) else value
        for word, value in said.items()
        if value not in ({}, [], None) and not (word in usual and value == usual[word])
    }


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") if path.stat().st_size < _LARGEST else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _is_ours(path: Path) -> bool:
    try:
        said = json.loads(_read(path))
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("kind") == _KIND and bool(_OURS.fullmatch(str(said.get("name", ""))))
