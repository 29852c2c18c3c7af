"""Which keys do what: as commands come, and as a user prefers. Commands in; keys, conflicts and preferences out. No Qt.

Keys are compared as Qt writes them ("Ctrl+Shift+Z"), without regard to case. [gui]
"""

from __future__ import annotations

from collections.abc import Mapping

from gui.commands.registry import Commands


class Keymap:
    """The keys of all commands; made before any were changed, so that it knows how they come. [gui]"""

    def __init__(self, commands: Commands, reserved: Mapping[str, str] | None = None) -> None:
        self._commands = commands
        self._usual = {command.id: command.keys for command in commands}
        self._keys = dict(self._usual)
        self._reserved = {_plain(keys): what for keys, what in (reserved or {}).items()}
        """Keys that belong to no command: tools of the roll."""

    def prefer(self, preferred: Mapping[str, str]) -> list[str]:
        """As a user left them; returns the commands that are not there any more. [gui]

        Where two want the same keys, the one that was chosen has them, and the one that only came with them has none.
        """
        self._keys = dict(self._usual)
        for id, keys in preferred.items():
            if id in self._keys:
                for other in self._keys:
                    if keys and _plain(self._keys[other]) == _plain(keys) and other not in preferred:
                        self._keys[other] = ""
                self._keys[id] = keys
        self._lay()
        return [id for id in preferred if id not in self._usual]

    @property
    def preferred(self) -> dict[str, str]:
        """What is not as it comes, for the settings. [gui]"""
        return {id: keys for id, keys in self._keys.items() if keys != self._usual[id]}

    def keys_of(self, id: str) -> str:
        """The keys of a command; "" for none. [gui]"""
        return self._keys[id]

    def is_usual(self, id: str) -> bool:
        """Whether they are as they come. [gui]"""
        return self._keys[id] == self._usual[id]

    def taken_by(self, keys: str, id: str = "") -> str:
        """Who has these keys already, by title, other than a command; "" if nobody. [gui]"""
        if not keys:
            return ""
        for command in self._commands:
            if command.id != id and _plain(self._keys[command.id]) == _plain(keys):
                return command.title
        return self._reserved.get(_plain(keys), "")

    def give(self, id: str, keys: str) -> None:
        """Give a command keys; who had them has none any more. [gui]"""
        for other in self._keys:
            if keys and other != id and _plain(self._keys[other]) == _plain(keys):
                self._keys[other] = ""
        self._keys[id] = keys
        self._lay()

    def reset(self, id: str) -> None:
        """A command's keys as they come. [gui]"""
        self.give(id, self._usual[id])

    def reset_all(self) -> None:
        """All as they come. [gui]"""
        self._keys = dict(self._usual)
        self._lay()

    def _lay(self) -> None:
        self._commands.remap({id: "" for id in self._keys})
        self._commands.remap(self._keys)


def _plain(keys: str) -> str:
    return keys.replace(" ", "").casefold()
