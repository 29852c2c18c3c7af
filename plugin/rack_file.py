"""A rack as a file that people can read: JSON with a version, only what is not as it comes.

What flows in: a path. What flows out: a plan; or an error that names the word that is wrong. Nothing that a file names
is loaded or run by reading it. Files of earlier versions are brought up to now, one version at a time. [main]
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plugin.plan import RackPlan, SlotPlan
from score.atomic import read_whole, write_whole
from score.checked import brief, read
from score.errors import FileError, RackFileError

VERSION = 2
KIND, PRESET_KIND = "vocello rack", "vocello preset"
_MOST_BYTES = 64 << 20  # a sampler keeps its samples in its state
_DEEPEST = 40


def save_rack(plan: RackPlan, path: Path) -> None:
    """Write a rack, whole or not at all. [main]"""
    write_whole(path, to_text(plan).encode(), RackFileError)


def load_rack(path: Path) -> RackPlan:
    """The rack that a file describes; RackFileError where it describes none. [main]"""
    try:
        return from_text(read_whole(path, _MOST_BYTES, RackFileError).decode("utf-8"))
    except UnicodeDecodeError:
        raise RackFileError(f"'{path}' is no text.", "Name a rack that Vocello wrote.") from None
    except FileError as error:
        raise error if str(path) in error.what else RackFileError(f"'{path}': {error.what}", error.fix) from error


def save_preset(slot: SlotPlan, path: Path) -> None:
    """Write how one processor stands. [main]"""
    text = json.dumps({"kind": PRESET_KIND, "version": VERSION, "slot": brief(slot)}, indent=2, ensure_ascii=False)
    write_whole(path, (text + "\n").encode(), RackFileError)


def load_preset(path: Path) -> SlotPlan:
    """How a processor stood; RackFileError where the file does not say. [main]"""
    text = read_whole(path, _MOST_BYTES, RackFileError).decode("utf-8", errors="replace")
    said = _opened(text, PRESET_KIND)
    slot: SlotPlan = read(SlotPlan, said.get("slot"), "slot", RackFileError)
    return slot


def to_text(plan: RackPlan) -> str:
    """A rack as a file has it. [any]"""
    said = {"kind": KIND, "version": VERSION, **brief(plan)}
    return json.dumps(said, indent=2, ensure_ascii=False) + "\n"


def from_text(text: str) -> RackPlan:
    """The rack that a file's text describes. [any]"""
    said = _opened(text, KIND)
    return from_plain({name: said[name] for name in said if name not in ("kind", "version")})


def from_plain(said: dict[str, Any]) -> RackPlan:
    """The rack that an object describes, as it comes from a face. [any]"""
    plan: RackPlan = read(RackPlan, said, "rack", RackFileError)
    return plan


def _opened(text: str, kind: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RackFileError(f"this is no JSON that can be read: {error}.", f"Name a {kind}.") from None
    if not isinstance(said, dict) or said.get("kind") != kind:
        raise RackFileError(f"this is no {kind}.", f'Such a file begins with {{"kind": "{kind}"}}.')
    version = said.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise RackFileError(f"this {kind} does not say of which version it is.", f"This Vocello writes {VERSION}.")
    if version > VERSION:
        raise RackFileError(f"this {kind} is of version {version}; this Vocello reads {VERSION}.", "Update Vocello.")
    if _depth(said) > _DEEPEST:
        raise RackFileError(f"this {kind} is nested more deeply than any rack.")
    for older in range(version, VERSION):
        said = _MIGRATIONS[older](said)
    return said


def _depth(value: Any, so_far: int = 0) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return so_far if so_far > _DEEPEST else max((_depth(each, so_far + 1) for each in inside), default=so_far)


def _from_1(said: dict[str, Any]) -> dict[str, Any]:
    """Version 1 knew one chain, a list of slots with kernels and knobs, as the engine's flat racks still are."""
    slots = said.get("slots", [])
    if not isinstance(slots, list) or not all(isinstance(slot, dict) for slot in slots):
        raise RackFileError("slots must be a list of objects.")
    renamed = {"kernel": "processor", "knobs": "values"}
    chain = {
        "name": "main",
        "hears": "microphone" if said.get("monitors") else "nothing",
        "slots": [{renamed.get(key, key): value for key, value in slot.items()} for slot in slots],
    }
    return {"kind": said["kind"], "version": 2, "name": said.get("name", "rack"), "chains": [chain]}


_MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: _from_1}
