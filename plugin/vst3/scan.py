"""Which plugins this machine has: every bundle looked into by a process of its own, with a limit of time.

What flows in: folders. What flows out: what was found, and what failed and why; what has not changed since is known
from a file. A plugin that crashes or never returns costs its limit, and nothing else. AudioUnits (.component, macOS)
go the same way. [main]
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from plugin.vst3.bundle import SUFFIXES, accepted, stamp
from plugin.vst3.process import WorkerProcess
from plugin.vst3.troubled import TroubleList
from score.atomic import read_whole, write_whole
from score.errors import FileError, RackError

LOADS_WITHIN_S = 60.0
_VERSION = 1
_BYTES_AT_MOST = 64 << 20
_DEPTH = 4

_FOLDERS = {
    "linux": ("~/.vst3", "/usr/local/lib/vst3", "/usr/lib/vst3"),
    "darwin": (
        "~/Library/Audio/Plug-Ins/VST3",
        "/Library/Audio/Plug-Ins/VST3",
        "~/Library/Audio/Plug-Ins/Components",
        "/Library/Audio/Plug-Ins/Components",
    ),
}


@dataclass(frozen=True)
class Found:
    """A plugin that can be loaded. [any]"""

    path: str
    name: str
    vendor: str
    version: str
    kind: str
    is_instrument: bool
    channels: int
    latency_frames: int
    parameters: int
    load_s: float

    @property
    def id(self) -> str:
        """As a rack file names it. [any]"""
        return f"{'au' if self.path.endswith('.component') else 'vst3'}:{self.name}"


@dataclass(frozen=True)
class Failed:
    """A file that looks like a plugin and cannot be loaded. [any]"""

    path: str
    why: str


@dataclass(frozen=True)
class Scanned:
    """What a scan has brought to light. [any]"""

    found: tuple[Found, ...] = ()
    failed: tuple[Failed, ...] = ()


Progress = Callable[[int, int, str], None]
"""Called before each file: how many are done, how many there are, which is next."""


def default_folders() -> tuple[Path, ...]:
    """Where plugins live on this system, and in VST3_PATH. [main]"""
    named = [each for each in os.environ.get("VST3_PATH", "").split(os.pathsep) if each]
    return tuple(Path(each).expanduser() for each in (*named, *_FOLDERS.get(sys.platform, _FOLDERS["linux"])))


def bundles(folders: Iterable[Path]) -> Iterator[Path]:
    """Everything in these folders that is called like a plugin, each once; links in circles end. [main]"""
    seen: set[Path] = set()
    waiting = [(folder, 0) for folder in reversed(list(folders))]
    while waiting:
        folder, depth = waiting.pop()
        try:
            whole = folder.resolve(strict=True)
            inside = sorted(folder.iterdir())
        except (OSError, RuntimeError):
            continue
        if whole in seen or depth > _DEPTH:
            continue
        seen.add(whole)
        for each in inside:
            if each.suffix.lower() in SUFFIXES:
                with suppress(OSError, RuntimeError):
                    if (real := each.resolve(strict=True)) not in seen:
                        seen.add(real)
                        yield each
            elif each.is_dir():
                waiting.append((each, depth + 1))


def scan(
    folders: Iterable[Path] | None = None,
    *,
    loads_within_s: float = LOADS_WITHIN_S,
    progress: Progress | None = None,
    again: bool = False,
    cache: Path | None = None,
    troubled: TroubleList | None = None,
) -> Scanned:
    """Look into every plugin that is new or has changed; into all of them `again`. [main]"""
    known = _Known(cache)
    troubles = troubled if troubled is not None else TroubleList()
    paths = list(bundles(default_folders() if folders is None else folders))
    found: list[Found] = []
    failed: list[Failed] = []
    for done, path in enumerate(paths):
        if progress is not None:
            progress(done, len(paths), path.stem)
        try:
            whole = accepted(path)
        except RackError as error:
            failed.append(Failed(str(path), str(error)))
            continue
        if (trouble := troubles.find(whole)) is not None:
            fix = f"To try it again: vocello plugins forget '{trouble.name}'"
            failed.append(Failed(str(whole), f"since {trouble.when} it is not started: {trouble.why}. {fix}"))
            continue
        seen = None if again else known.of(whole)
        if seen is None:
            seen = look_into(whole, loads_within_s)
            known.keep(whole, seen)
        found += seen.found
        failed += seen.failed
    known.write()
    if progress is not None:
        progress(len(paths), len(paths), "")
    return Scanned(tuple(sorted(found, key=lambda each: each.name.casefold())), tuple(failed))


def look_into(path: Path, loads_within_s: float = LOADS_WITHIN_S) -> Scanned:
    """Load what a bundle holds, each plugin in a process of its own, and describe it. [main]"""
    found, failed = [], []
    process = WorkerProcess()
    try:
        said, why = _ask(process, {"look": {"path": str(path)}}, "names", loads_within_s)
        if why:
            return Scanned(failed=(Failed(str(path), why),))
        for name in said["names"]:
            about, why = _ask(process, {"load": {"path": str(path), "name": name}}, "loaded", loads_within_s)
            if why:
                failed.append(Failed(str(path), f"'{name}': {why}" if len(said["names"]) > 1 else why))
            else:
                found.append(_found(path, about["loaded"], float(about["took_s"])))
            if name != said["names"][-1]:
                process.kill()
                process = WorkerProcess()
    finally:
        process.kill()
    return Scanned(tuple(found), tuple(failed))


def find_plugin(text: str, known: Iterable[Found] | None = None, **scanning: Any) -> Found:
    """The plugin that a name, an id or a path means; RackError where there is none, or more than one. [main]"""
    if os.sep in text or Path(text).suffix.lower() in SUFFIXES:
        looked = look_into(accepted(Path(text).expanduser()))
        if len(looked.found) == 1:
            return looked.found[0]
        if looked.found:
            raise RackError(f"'{text}' holds {_listed(looked.found)}.", "Name one of them.")
        raise RackError(f"'{text}' cannot be loaded: {looked.failed[0].why}.", "Name another.")
    everything = list(known if known is not None else scan(**scanning).found)
    wanted = text.casefold()
    hits = [each for each in everything if wanted in (each.name.casefold(), each.id.casefold())]
    if len({each.path for each in hits}) > 1:
        places = ", ".join(each.path for each in hits)
        raise RackError(f"there is more than one '{text}': {places}.", "Name the path of the one that you mean.")
    if hits:
        return hits[0]
    near = get_close_matches(text, [each.name for each in everything], 3)
    meant = f"Did you mean {' or '.join(near)}?" if near else "See: vocello plugins list"
    raise RackError(f"there is no plugin '{text[:200]}'.", meant)


def _ask(process: WorkerProcess, order: dict[str, Any], answer: str, within_s: float) -> tuple[dict[str, Any], str]:
    """One question: its answer, or why there is none."""
    process.send(order)
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        process.wait(min(0.1, within_s))
        ended = process.why_ended()
        for said in process.answers():
            if answer in said:
                return said, ""
            if "refused" in said:
                return {}, str(said["why"])
        if ended:
            return {}, ended
    return {}, f"it did not load within {within_s:g} s"


def _found(path: Path, about: dict[str, Any], load_s: float) -> Found:
    texts = {key: str(about[key]) for key in ("name", "vendor", "version", "kind")}
    return Found(
        path=str(path),
        **texts,
        is_instrument=bool(about["is_instrument"]),
        channels=int(about["channels"]),
        latency_frames=int(about["latency"]),
        parameters=len(about["parameters"]),
        load_s=round(load_s, 3),
    )


def _listed(found: Iterable[Found]) -> str:
    return ", ".join(each.name for each in found)


class _Known:
    """What earlier scans have seen, by path and by when the file was last changed."""

    def __init__(self, file: Path | None) -> None:
        self.file = file if file is not None else user_cache_path("vocello") / "plugins.json"
        self._files: dict[str, Any] = {}
        self._changed = False
        with suppress(FileError, ValueError, AttributeError):
            kept = json.loads(read_whole(self.file, _BYTES_AT_MOST, FileError)) if self.file.exists() else {}
            if kept.get("version") == _VERSION and isinstance(kept.get("files"), dict):
                self._files = kept["files"]

    def of(self, path: Path) -> Scanned | None:
        """What is known of a file that has not changed; None where it must be looked into."""
        with suppress(KeyError, TypeError):
            kept = self._files[str(path)]
            if kept["stamp"] == stamp(path):
                found, failed = ([*kept[each]] for each in ("found", "failed"))
                return Scanned(tuple(Found(**each) for each in found), tuple(Failed(**each) for each in failed))
        return None

    def keep(self, path: Path, seen: Scanned) -> None:
        """Know it from now on."""
        self._files[str(path)] = {"stamp": stamp(path), **asdict(seen)}
        self._changed = True

    def write(self) -> None:
        """Into the file; without it the next scan takes longer, and that is all."""
        if self._changed:
            with suppress(FileError, OSError):
                self.file.parent.mkdir(parents=True, exist_ok=True)
                write_whole(self.file, json.dumps({"version": _VERSION, "files": self._files}).encode(), FileError)
