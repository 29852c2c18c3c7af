"""The file of the settings: readable JSON in the user's folder for such things, whole or not at all.

What flows in: a path, settings as they change. What flows out: settings as they were left, and a line where they could
not be kept. One word that cannot be understood costs that word and no other; a file that is none is put aside, so that
nothing its user wrote is lost. Nothing here ever stops the program. [gui]
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from gui.session.setup import sorted_out, written
from gui.settings.settings import VERSION, Settings
from score.atomic import read_whole, write_whole
from score.checked import read
from score.errors import FileError, SessionError

_FILE = "app.json"
_BROKEN = ".broken"
_LARGEST_BYTES = 1 << 20


def settings_path() -> Path:
    """Where they are, if nobody says otherwise. [any]"""
    return user_config_path("vocello", appauthor=False) / _FILE


class Store:
    """Settings, and the file that they are in. [gui]"""

    def __init__(self, path: Path | None = None, *, keeps: bool = True) -> None:
        """With `keeps` off they are read, and what changes is forgotten: a picture of the window is no visit. [gui]"""
        self.path, self._keeps = path if path is not None else settings_path(), keeps
        self.trouble = ""
        """What could not be read or kept, in a line for the user; "" where all is well."""
        self.settings = self._read()

    def change(self, **words: Any) -> Settings:
        """Other settings, kept at once: `store.change(theme="light")`. [gui]"""
        wanted = replace(self.settings, **words)
        if wanted != self.settings:
            self.settings = wanted
            if self._keeps:
                self._write()
        return self.settings

    def change_time(self, **words: Any) -> Settings:
        """The same of what is about time: `store.change_time(count_in_bars=1)`. [gui]"""
        return self.change(time=replace(self.settings.time, **words))

    def _read(self) -> Settings:
        if not self.path.exists():
            return Settings()
        try:
            said = json.loads(read_whole(self.path, _LARGEST_BYTES, SessionError))
            if not isinstance(said, dict):
                raise ValueError("no object")
        except (FileError, ValueError, RecursionError):
            aside = self.path.with_name(self.path.name + _BROKEN)
            with suppress(OSError):
                self.path.replace(aside)
            self.trouble = f"The settings could not be read; they lie in '{aside}', and all is as it comes."
            return Settings()
        return self._understood(said)

    def _understood(self, said: dict[str, Any]) -> Settings:
        try:
            return _settings(said)
        except SessionError:
            kept = {name: word for name, word in said.items() if _is_good(name, word)}
            lost = ", ".join(sorted(said.keys() - kept.keys()))
            self.trouble = f"Of the settings in '{self.path}' these are as they come: {lost}."
            return _settings(kept)

    def _write(self) -> None:
        said = {"version": max(self.settings.version, VERSION)} | written(self.settings)
        data = json.dumps(said, indent=2, ensure_ascii=False).encode() + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, data, SessionError)
            self.trouble = ""
        except (FileError, OSError) as error:
            self.trouble = str(error)


def _settings(said: dict[str, Any]) -> Settings:
    settings: Settings = read(Settings, sorted_out(Settings, said), "settings", SessionError)
    return settings


def _is_good(name: str, word: Any) -> bool:
    if name not in {each.name for each in fields(Settings)}:
        return True
    try:
        _settings({name: word})
    except SessionError:
        return False
    return True
