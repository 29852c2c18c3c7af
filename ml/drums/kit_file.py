"""Kits on disk: the factory's, which comes with the program, and what a user has taught.

What flows in: paths. What flows out: sounds that have been checked, number by number, or an error that says what to
type. The factory's file carries the hash of its own contents; the user's holds the taught examples alone, so that a
better factory serves them too. It waits for the disk, so never in step with sound.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from platformdirs import user_data_path

import models
from ml.drums.sounds import EXAMPLES_AT_LEAST, EXAMPLES_AT_MOST, NAME_AT_MOST, NO_DRUM, Factory, Sound
from ml.drums.strike import SHAPE, SHAPE_VERSION
from score.atomic import read_whole, write_whole
from score.errors import FileError, ModelError

FACTORY_PATH = Path(models.__file__).parent / "drums-factory.json"
FILE_VERSION = 1

_BYTES_AT_MOST = 4_000_000
_SOUNDS_AT_MOST = 100
_FARTHEST_NUMBER = 100.0  # shapes are logarithms and shares
_REINSTALL = "Install Vocello again, or in a checkout make it again: python -m ml.drums.factory"


def kit_path() -> Path:
    """Where this user's taught sounds are kept. [any]"""
    return user_data_path("vocello", appauthor=False) / "drums.json"


def read_sounds(path: Path) -> tuple[Sound, ...]:
    """What this file was taught. [main]"""
    fix = f"Move it away, and teach again: mv '{path}' '{path}.old'"
    raw = _object(path, fix)
    if raw.get("version") != FILE_VERSION or raw.get("shape") != SHAPE_VERSION:
        raise ModelError(f"'{path}' was taught to another version of Vocello.", fix)
    listed = raw.get("sounds")
    if not isinstance(listed, list) or len(listed) > _SOUNDS_AT_MOST:
        raise ModelError(f"'{path}' is damaged: it lists no sounds.", fix)
    return tuple(_sound(each, path, fix) for each in listed)


def write_sounds(sounds: Iterable[Sound], path: Path) -> None:
    """Taught sounds, whole or not at all. [main]"""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise FileError(f"'{path.parent}' cannot be made: {fault.strerror}.", "Name another place.") from fault
    listed = [
        {"name": sound.name, "key": sound.key, "examples": [list(shape) for shape in sound.examples]}
        for sound in sounds
    ]
    text = rows({"version": FILE_VERSION, "shape": SHAPE_VERSION, "sounds": listed})
    write_whole(path, text.encode(), FileError)


def read_factory(path: Path) -> Factory:
    """What the factory learned, if the file is as it was written. [main]"""
    raw = _object(path, _REINSTALL)
    if raw.pop("sha256", None) != fingerprint(raw):
        raise ModelError(f"'{path}' is damaged: it is not what its hash says.", _REINSTALL)
    if raw.get("version") != FILE_VERSION or raw.get("shape") != SHAPE_VERSION:
        raise ModelError(f"'{path}' was made for another version of Vocello.", _REINSTALL)
    try:
        prototypes = {name: _numbers(each, SHAPE) for name, each in raw["prototypes"].items()}
        witnesses = {name: _numbers(each, SHAPE) for name, each in raw["witnesses"].items()}
        covariance, repeating = (_numbers(raw[name], SHAPE) for name in ("covariance", "repeating"))
        if NO_DRUM not in prototypes or covariance.shape != repeating.shape or len(covariance) != SHAPE:
            raise ValueError("kinds or covariances are missing")
        np.linalg.cholesky(covariance), np.linalg.cholesky(repeating)
        return Factory(prototypes, witnesses, covariance, repeating, float(raw["farthest"]))
    except (KeyError, TypeError, ValueError, AttributeError, np.linalg.LinAlgError) as fault:
        raise ModelError(f"'{path}' is damaged: {fault}.", _REINSTALL) from fault


def write_factory(contents: Mapping[str, Any], path: Path) -> None:
    """A factory's file, with its hash in front. [main]"""
    write_whole(path, rows({"sha256": fingerprint(contents), **contents}).encode(), FileError)


def fingerprint(contents: Mapping[str, Any]) -> str:
    """Of the contents, however they are laid out. [any]"""
    return hashlib.sha256(json.dumps(contents, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def rows(value: Any, indent: str = "") -> str:
    """JSON with each list of numbers on a line of its own, so that a change can be read. [any]"""
    deeper = indent + " "
    if isinstance(value, Mapping) and value:
        inner = [f"{deeper}{json.dumps(name)}: {rows(each, deeper)}" for name, each in value.items()]
        return "{\n" + ",\n".join(inner) + f"\n{indent}}}" + ("\n" if not indent else "")
    if isinstance(value, list) and any(isinstance(each, (list, Mapping)) for each in value):
        return "[\n" + ",\n".join(deeper + rows(each, deeper) for each in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)


def _object(path: Path, fix: str) -> dict[str, Any]:
    try:
        raw = json.loads(read_whole(path, _BYTES_AT_MOST, FileError).decode("utf-8"))
    except FileError as fault:
        raise ModelError(fault.what, fix) from fault
    except (ValueError, RecursionError) as fault:
        raise ModelError(f"'{path}' is damaged: it is no JSON.", fix) from fault
    if not isinstance(raw, dict):
        raise ModelError(f"'{path}' is damaged: it holds no kit.", fix)
    return raw


def _sound(raw: Any, path: Path, fix: str) -> Sound:
    try:
        name, key = raw["name"], raw["key"]
        examples = _numbers(raw["examples"], SHAPE)
        good = (
            isinstance(name, str)
            and 0 < len(name) <= NAME_AT_MOST
            and name.isprintable()
            and name != NO_DRUM
            and isinstance(key, int)
            and 0 <= key <= 127
            and EXAMPLES_AT_LEAST <= len(examples) <= EXAMPLES_AT_MOST
        )
        if not good:
            raise ValueError("a sound has no name, key or examples")
    except (KeyError, TypeError, ValueError) as fault:
        raise ModelError(f"'{path}' is damaged: {fault}.", fix) from fault
    return Sound(name, int(key), tuple(tuple(row) for row in examples.tolist()))


def _numbers(raw: Any, columns: int) -> npt.NDArray[np.float64]:
    """(n, columns), each of them possible."""
    made = np.array(raw, np.float64)
    if made.ndim != 2 or made.shape[1] != columns or not (np.abs(made) < _FARTHEST_NUMBER).all():
        raise ValueError(f"a table of {columns} columns is not one")
    return made
