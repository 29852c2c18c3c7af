"""What a user prefers, whatever session is open: theme, window, device and port, time, keys. Immutable values, no Qt.

Words that only a later Vocello knows are kept in `others`, and written again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from score.errors import SessionError

VERSION = 1
THEMES = ("system", "dark", "light")
WHEN_CLICKS = ("never", "recording", "always")
RECORD_MODES = ("overdub", "replace")
MOST_COUNT_IN_BARS = 4
LOWEST_CLICK_DB, HIGHEST_CLICK_DB = -40.0, 0.0


@dataclass(frozen=True)
class WindowPlace:
    """Where the window was, in pixels of the screen; a size of 0 says nothing. [any]"""

    x: int = 0
    y: int = 0
    width: int = 0
    height: int = 0
    maximised: bool = False
    others: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TimeSettings:
    """Metronome, count-in, how is recorded, and whose time it is. [any]"""

    clicks: str = "recording"
    click_level_db: float = -10.0
    count_in_bars: int = 0
    record_mode: str = "overdub"
    follows_clock: bool = False
    sends_clock: bool = False
    others: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _one_of(self.clicks, WHEN_CLICKS, "The metronome")
        _one_of(self.record_mode, RECORD_MODES, "The way to record")
        if not 0 <= self.count_in_bars <= MOST_COUNT_IN_BARS:
            raise SessionError(f"{self.count_in_bars} bars are no count.", f"Give 0 to {MOST_COUNT_IN_BARS}.")
        if not LOWEST_CLICK_DB <= self.click_level_db <= HIGHEST_CLICK_DB:
            raise SessionError(
                f"A click of {self.click_level_db:g} dB cannot be.", f"{LOWEST_CLICK_DB:g} to {HIGHEST_CLICK_DB:g}."
            )


@dataclass(frozen=True)
class Settings:
    """All that is remembered. [any]"""

    version: int = VERSION
    theme: str = "system"
    window: WindowPlace = field(default_factory=WindowPlace)
    device: str = ""
    microphone: str = ""
    port: str = "Vocello"
    keys: str = "all"
    last_session: str = ""
    time: TimeSettings = field(default_factory=TimeSettings)
    shortcuts: Mapping[str, str] = field(default_factory=dict)
    """Keys that are not as they come, by command; "" takes a command its keys."""
    others: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _one_of(self.theme, THEMES, "The theme")


def _one_of(word: str, words: tuple[str, ...], what: str) -> None:
    if word not in words:
        raise SessionError(f"{what} cannot be '{word}'.", f"Give {', '.join(words)}.")
