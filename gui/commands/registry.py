"""The app's commands as values: what each is called, which keys it has, and what it does.

What flows in: commands, and keys that a user prefers. What flows out: the same commands for menus, buttons and the
palette, so that there is one name for one thing, and what a word typed by a hand may mean, best first. No Qt. [gui]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from score.errors import UsageError


@dataclass(frozen=True)
class Command:
    """Something the app can do. [any]"""

    id: str
    title: str
    do: Callable[[], object]
    keys: str = ""
    """As Qt writes them: "Ctrl+Shift+Z"."""
    menu: str = ""
    is_possible: Callable[[], bool] = lambda: True


class Commands:
    """All of them, in the order in which they were told. [gui]"""

    def __init__(self, commands: Iterable[Command] = ()) -> None:
        self._commands: dict[str, Command] = {}
        for command in commands:
            self.add(command)

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands.values())

    def __getitem__(self, id: str) -> Command:
        return self._commands[id]

    def add(self, command: Command) -> None:
        """One more; two may not share a name or keys. [gui]"""
        if command.id in self._commands:
            raise UsageError(f"two commands are called '{command.id}'.")
        taken = self.of_keys(command.keys)
        if taken is not None:
            raise UsageError(f"'{command.keys}' is taken by '{taken.title}'.", "Give other keys.")
        self._commands[command.id] = command

    def of_keys(self, keys: str) -> Command | None:
        """Whose keys these are. [gui]"""
        return next((each for each in self if keys and each.keys.casefold() == keys.casefold()), None)

    def remap(self, preferred: Mapping[str, str]) -> list[str]:
        """Give commands the keys that a user prefers; returns a line for each that cannot be had. [gui]"""
        objections = []
        for id, keys in preferred.items():
            if id not in self._commands:
                objections.append(f"there is no command '{id}'.")
                continue
            taken = self.of_keys(keys)
            if taken is not None and taken.id != id:
                if taken.id in preferred:
                    self._commands[taken.id] = replace(taken, keys="")  # it gets others, or had them taken on purpose
                else:
                    objections.append(f"'{keys}' is taken by '{taken.title}'.")
                    continue
            self._commands[id] = replace(self._commands[id], keys=keys)
        return objections

    def meant(self, typed: str) -> list[Command]:
        """Commands that a few letters may mean, best first; all of them where nothing was typed. [gui]"""
        ranked = []
        for place, command in enumerate(self):
            fit = _fit(typed.casefold(), command.title.casefold())
            if fit is not None:
                ranked.append((fit, place, command))
        return [command for _, _, command in sorted(ranked, key=lambda each: each[:2])]


def _fit(typed: str, title: str) -> int | None:
    """How badly letters fit a title: 0 for its beginning; None where they are not all in it, in order."""
    words = typed.split()
    if all(word in title for word in words):
        return sum(
            0 if title.startswith(word) else 1 if f" {word}" in title else 5 + title.index(word) for word in words
        )
    at = -1
    gaps = 0
    for letter in typed.replace(" ", ""):
        found = title.find(letter, at + 1)
        if found < 0:
            return None
        gaps += found - at - 1
        at = found
    return 100 + gaps
