"""Ardour, led from a test: tracks, patches, record, stop, save; see `ardour.lua`.

What flows in: verbs. What flows out: a session on disk as Ardour itself writes it. A verb that Ardour does not carry
out is a failure with its log's name. [main]
"""

from __future__ import annotations

import shutil
from pathlib import Path

from daw_tests.programs import Program
from tests.house.jack_server import JackServer

NAME = "take"
PROGRAMS = ("ardour9-lua", "ardour8-lua", "ardour7-lua", "ardour6-lua")
_PATIENCE_S = 400.0  # longer than the script's own: it says what did not happen
_SCRIPT = Path(__file__).with_name("ardour.lua")


def installed() -> str | None:
    """Ardour without a window, the newest that is here. [any]"""
    return next((found for each in PROGRAMS if (found := shutil.which(each))), None)


class Ardour(Program):
    """One running Ardour, which no setting of this machine's user touches. [main]"""

    farewell = None

    def __init__(self, server: JackServer, folder: Path, name: str = "ardour", config: str = "") -> None:
        command = installed()
        assert command is not None, "Ardour is not installed"
        home = folder / f"{name}-home"
        settings = home / "config" / Path(command).name.removesuffix("-lua")
        settings.mkdir(parents=True)
        if config:
            (settings / "config").write_text(config)
        self.sessions = folder / f"{name}-session"
        env = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "XDG_CACHE_HOME": str(home / "cache")}
        super().__init__(name, [command, _SCRIPT], server, folder, **env)

    def do(self, verb: str, *words: object) -> list[str]:
        """Carry out a verb; what it answers. [main]"""
        said = "\t".join([verb, *map(str, words)])
        self.say(said)
        answered = self.line(lambda line: line.startswith("=>"), f"how '{verb}' went", _PATIENCE_S)
        _, how, *answer = answered.split("\t")
        if how != "ok":
            raise self.failure(f"does not carry out '{said.replace(chr(9), ' ')}': {' '.join(answer)}")
        return answer

    def open(self) -> None:
        """A new session. [main]"""
        self.do("open", self.sessions, NAME)

    def load(self, session: Path) -> None:
        """A session that another Ardour has left. [main]"""
        self.sessions = session
        self.do("load", session, NAME)

    def leave(self) -> Path:
        """Save, close, quit; the session's folder. [main]"""
        self.do("save")
        self.do("close")
        assert self.process.stdin is not None
        self.process.stdin.close()
        code = self.end()
        if code != 0:
            raise self.failure(f"ended with {code}")
        return self.sessions
