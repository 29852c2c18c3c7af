"""What a slot may hold on this machine: what ships, what the user has written or kept, plugins that were looked into.

What flows in: the folder of the rack that is open. What flows out: entries for a face to choose from, at once; plugins
that nobody has looked into yet are looked into on a thread of their own, and are there when one asks again. Nothing of
what is listed runs by being listed. [main]
"""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from plugin.builtin import builtin_names
from plugin.python.trust import EXAMPLES, own_folder
from plugin.rack_file import load_rack
from plugin.shelf import PYTHON
from plugin.vst3.scan import Scanned, scan
from realtime.dsp.catalogue import find_kernel
from score.checked import brief
from score.errors import VocelloError

BUILTIN, PLUGIN, RACK = "builtin", "plugin", "rack"
_NOT_SHOWN = ("ping",)
"""A click to measure latency by."""
_LARGEST_SOURCE = 256 << 10


@dataclass(frozen=True)
class Entry:
    """Something to choose. [any]"""

    id: str
    """As a slot names it; of a rack, its file."""
    name: str
    kind: str
    is_instrument: bool = False
    maker: str = ""
    trouble: str = ""
    """Why it cannot be had."""
    plan: dict[str, Any] = field(default_factory=dict)
    """What a rack file says."""


def racks_folder() -> Path:
    """Where the user's racks lie. [any]"""
    return user_data_path("vocello") / "racks"


class Showcase:
    """Looked at by whoever chooses. [main]"""

    def __init__(self, look: Callable[[], Scanned] = scan) -> None:
        self._look = look
        self._scanned = Scanned()
        self._thread: threading.Thread | None = None

    def show(self, folder: Path | None = None) -> dict[str, Any]:
        """All there is, as JSON, and whether more may come. [main]"""
        if self._thread is None:
            self._thread = threading.Thread(target=self._scan, name="looking into plugins", daemon=True)
            self._thread.start()
        entries = [*_shipped(), *_written(folder), *self._plugins(), *_racks(folder)]
        return {"entries": [brief(each) for each in entries], "scanning": self._thread.is_alive()}

    def _scan(self) -> None:
        self._scanned = self._look()

    def _plugins(self) -> Iterator[Entry]:
        for each in self._scanned.found:
            yield Entry(each.id, each.name, PLUGIN, each.is_instrument, each.vendor)
        for failed in self._scanned.failed:
            yield Entry("", Path(failed.path).stem, PLUGIN, trouble=failed.why)


def read_rack(path: str) -> dict[str, Any]:
    """What a rack file says, brought up to now; RackFileError where it says nothing. [main]"""
    said: dict[str, Any] = brief(load_rack(Path(path).expanduser()))
    return said


def _shipped() -> Iterator[Entry]:
    for name in builtin_names():
        if name not in _NOT_SHOWN:
            yield Entry(name, name.replace("_", " "), BUILTIN, find_kernel(name).inputs == 0)


def _written(folder: Path | None) -> Iterator[Entry]:
    seen: set[str] = set()
    for place in (folder, own_folder(), EXAMPLES):
        for path in _files(place, "*.py"):
            if path.name not in seen and (inputs := _inputs(path)) is not None:
                seen.add(path.name)
                yield Entry(f"{PYTHON}:{path.name}", path.stem.replace("_", " "), PYTHON, inputs == 0)


def _racks(folder: Path | None) -> Iterator[Entry]:
    seen: set[Path] = set()
    for place in (folder, folder / "racks" if folder is not None else None, racks_folder()):
        for path in _files(place, "*.rack"):
            if path.resolve() in seen:
                continue
            seen.add(path.resolve())
            try:
                yield Entry(str(path), path.stem, RACK, True, plan=read_rack(str(path)))
            except VocelloError as error:
                yield Entry(str(path), path.stem, RACK, True, trouble=str(error))


def _files(folder: Path | None, pattern: str) -> Iterable[Path]:
    try:
        return sorted(folder.glob(pattern)) if folder is not None else ()
    except OSError:
        return ()


def _inputs(path: Path) -> int | None:
    """How many channels the kernel of a file reads, by its text alone; None where there is no kernel in it."""
    try:
        if path.stat().st_size > _LARGEST_SOURCE:
            return None
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and any(_is_kernel(each) for each in node.decorator_list):
            return sum(argument.arg.startswith("x") for argument in node.args.args)
    return None


def _is_kernel(node: ast.expr) -> bool:
    called = node.func if isinstance(node, ast.Call) else node
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name == "kernel"
