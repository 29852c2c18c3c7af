"""What the ears know of one singer, one microphone and one room: measured once, kept in a file, read at every start.

What flows in: the figures of a calibration, or a file that holds them. What flows out: a `Profile`, which cannot hold
what makes no sense. As it stands it fits any voice: a calibration makes the ears better, none is needed. The values
are plain; the file is read and written on the main thread.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from math import isfinite
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from score.atomic import read_whole, write_whole
from score.errors import FileError, SettingsError

FILE_VERSION = 1
NAME = "voice.json"

_BYTES_AT_MOST = 100_000
_LEAST_RANGE_ST = 5.0
_AGAIN = "Measure again: vocello calibrate"


@dataclass(frozen=True)
class Profile:
    """A voice, its microphone and its room; as it stands, any of them. [any]"""

    gate_db: float = -60.0  # what is softer is the room: no note begins below it
    lowest_midi: float = 0.0  # the range of the voice: a pitch outside is an octave error, or somebody else
    highest_midi: float = 127.0
    loudest_db: float | None = None  # how loud full velocity is; None: the loudest of late
    dynamics_db: float = 40.0  # from the loudest down to the softest, which has velocity 1
    tuning_cents: float = 0.0  # how far above concert pitch the singer is at home
    patience: float = 1.0  # how long a doubtful note is waited for: 0 is hasty, 1 as trained, 2 twice as long

    def __post_init__(self) -> None:
        _within("gate", self.gate_db, -120.0, -10.0, "dB")
        _within("lowest note", self.lowest_midi, 0.0, 127.0)
        _within("highest note", self.highest_midi, 0.0, 127.0)
        if self.loudest_db is not None:
            _within("loudest voice", self.loudest_db, -90.0, 6.0, "dB")
        _within("dynamic range", self.dynamics_db, 6.0, 90.0, "dB")
        _within("tuning", self.tuning_cents, -100.0, 100.0, "cents")
        _within("patience", self.patience, 0.0, 3.0)
        if self.highest_midi - self.lowest_midi < _LEAST_RANGE_ST:
            raise SettingsError(
                f"a range from {self.lowest_midi:g} to {self.highest_midi:g} holds no melody.",
                f"Give at least {_LEAST_RANGE_ST:g} semitones.",
            )

    def to_json(self) -> dict[str, Any]:
        """As plain values. [any]"""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Profile:
        """From plain values; what is not told is as it stands. [any]"""
        unknown = set(told) - {each.name for each in fields(cls)}
        if unknown:
            raise SettingsError(f"a voice has no '{min(unknown)}'.", _AGAIN)
        for name, value in told.items():
            if value is None and name == "loudest_db":
                continue
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise SettingsError(f"the '{name}' of a voice is a number, not {value!r}.", _AGAIN)
        return cls(**told)


def profile_path() -> Path:
    """Where this user's voice is kept. [any]"""
    return user_config_path("vocello", appauthor=False) / NAME


def load_profile(path: Path | None = None) -> Profile | None:
    """The voice that was measured, or None where none was. [main]"""
    path = path or profile_path()
    if not path.exists():
        return None
    fix = f"Measure again: vocello calibrate, or leave it out: --no-profile ('{path}')"
    try:
        told = json.loads(read_whole(path, _BYTES_AT_MOST, FileError))
    except ValueError as error:
        raise SettingsError(f"'{path}' is damaged: it is no JSON.", fix) from error
    if not isinstance(told, dict) or told.get("version") != FILE_VERSION or not isinstance(told.get("voice"), dict):
        raise SettingsError(f"'{path}' was written by another version of Vocello, or is damaged.", fix)
    try:
        return Profile.from_json(told["voice"])
    except SettingsError as error:
        raise SettingsError(f"'{path}' cannot be used: {error.what}", fix) from error


def save_profile(profile: Profile, path: Path | None = None) -> Path:
    """Keep a voice, whole or not at all; returns where. [main]"""
    path = path or profile_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise FileError(f"'{path.parent}' cannot be made: {fault.strerror}.", "Make room for it there.") from fault
    text = json.dumps({"version": FILE_VERSION, "voice": profile.to_json()}, indent=2) + "\n"
    write_whole(path, text.encode(), FileError)
    return path


def _within(what: str, value: float, least: float, most: float, unit: str = "") -> None:
    if not (isfinite(value) and least <= value <= most):
        span = f"{least:g} to {most:g} {unit}".rstrip()
        raise SettingsError(f"a {what} of {value:g} {unit} is not possible.".replace("  ", " "), f"It is {span}.")
