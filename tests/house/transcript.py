"""Transcripts: what a page says one can type, and what it says one will see.

What flows in: a Markdown page. What flows out: its fenced blocks; of a `console` block, each command with the output
it promises, in which `…` stands for anything, and a line `^C` for the moment when the reader presses Ctrl-C.
"""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ANYTHING = "…"
INTERRUPT = "^C"
# One fence may stand inside a list, and a longer one may hold a shorter one.
_FENCE = re.compile(
    r"^(?P<indent> *)(?P<fence>`{3,})(?P<kind>[^\n`]*)\n(?P<body>.*?)^ *(?P=fence)`* *$", re.MULTILINE | re.DOTALL
)
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its kind, its text, and the line it begins on. [any]"""

    kind: str
    text: str
    line: int


@dataclass(frozen=True)
class Command:
    """What is typed at a prompt, and what must be seen then. [any]"""

    typed: str
    promised: str

    @property
    def before_interrupt(self) -> str | None:
        """What must be seen before Ctrl-C is pressed; None if it never is. [any]"""
        lines = self.promised.splitlines()
        place = next((n for n, line in enumerate(lines) if line.startswith(INTERRUPT)), None)
        return None if place is None else "\n".join(lines[:place])


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in order. [any]"""
    found = []
    for match in _FENCE.finditer(page):
        indent = len(match["indent"])
        body = "\n".join(line[indent:] if line[:indent].isspace() else line for line in match["body"].splitlines())
        found.append(Block(match["kind"].strip(), body, page.count("\n", 0, match.start()) + 1))
    return found


def commands(text: str) -> list[Command]:
    """The commands of a `console` block: `$ ` begins one, `> ` continues one that ended in a backslash. [any]"""
    found: list[tuple[list[str], list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append(([line[2:]], []))
        elif not found:
            raise ValueError(f"a console block begins with '$ ', not with: {line}")
        elif line.startswith("> ") and found[-1][0][-1].endswith("\\"):
            found[-1][0].append(line[2:])
        else:
            found[-1][1].append(line)
    return [Command("\n".join(typed), "\n".join(promised).strip()) for typed, promised in found]


def agrees(promised: str, seen: str) -> bool:
    """Whether what is seen is what was promised; spaces at the ends of lines are nobody's business. [any]"""
    parts = _tidy(promised).split(ANYTHING)
    return re.fullmatch(".*".join(re.escape(part) for part in parts), _tidy(seen), re.DOTALL) is not None


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in _COLOURS.sub("", text).splitlines()).strip("\n")


class Shell:
    """A shell in which a reader types one command after another; it remembers the folder, as theirs does. [main]"""

    def __init__(self, folder: Path, environment: dict[str, str], patience_s: float) -> None:
        self.folder, self._patience_s = folder, patience_s
        self._environment = {**environment, "TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "200", "PYTHONUNBUFFERED": "1"}

    def type(self, command: Command) -> tuple[int, str]:
        """The command's exit code, and all that it printed. [main]"""
        with open(self.folder / ".folder", "w+", encoding="utf-8") as told:
            script = f"{command.typed}\ncode=$?\npwd >&{told.fileno()}\nexit $code"
            process = subprocess.Popen(
                ["bash", "-c", script],
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[told.fileno()],
                start_new_session=True,
            )
            (self.folder / ".folder").unlink()
            assert process.stdout is not None
            try:
                with process.stdout as output:
                    seen = self._watch(output, process.pid, command.before_interrupt)
                process.wait(self._patience_s)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
            told.seek(0)
            self.folder = Path(told.read().strip() or self.folder)
        return process.returncode, seen

    def _watch(self, output: IO[bytes], group: int, before_interrupt: str | None) -> str:
        seen, until = b"", time.monotonic() + self._patience_s
        while True:
            whole_lines = seen[: seen.rfind(b"\n") + 1].decode(errors="replace")
            if before_interrupt is not None and agrees(before_interrupt + ANYTHING, whole_lines):
                before_interrupt = None
                os.killpg(group, signal.SIGINT)
                seen += INTERRUPT.encode() + b"\n"
            ready, _, _ = select.select([output], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                raise TimeoutError(f"after {self._patience_s:g} s it had printed: {seen.decode(errors='replace')}")
            chunk = os.read(output.fileno(), 65536)
            if not chunk:
                return seen.decode(errors="replace")
            seen += chunk
