"""`vocello render`: MIDI files and recordings of voices, played by the cello into sound files.

What flows in: files, or folders of them. What flows out: WAV or FLAC, each whole or not at all. In a folder of results
`.vocello-render.json` remembers of each what it was made of and how: what stands there already is not made again, and
what was broken off is. One that cannot be rendered does not keep the others waiting. [main]
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from models.cards import card
from score.atomic import write_whole
from score.errors import FileError, UsageError, VocelloError
from vocello.lock import Lock
from vocello.playing.rack import ADDITIVE, Instrument, cello_slots, find_instrument, follower_slots
from vocello.playing.rendering import MIDI, VOICES, Wanted, render_file
from vocello.playing.sound_out import checked, sweep
from vocello.playing.warm import warm_up
from vocello.screen import aside, print_json, progress, say

MANIFEST = ".vocello-render.json"
_VERSION = 1
_KINDS = ("wav", "flac")


def render(sources: Sequence[Path], target: Path | None, wanted: Wanted, kind: str, as_json: bool) -> None:
    """Render what was named, and tell. [main]"""
    if kind not in _KINDS:
        raise UsageError(f"'{kind}' cannot be written.", f"There are: {', '.join(_KINDS)}.")
    if target is None:
        raise UsageError("the output has no name.", "Give one: -o OUT.wav")
    several = len(sources) > 1 or sources[0].is_dir()
    out = target if several or not target.is_dir() else target / f"{sources[0].stem}.{kind}"
    bits = checked(Path(f"sound.{kind}") if several else out, wanted.rate, wanted.bits)
    jobs = found(sources) if several else [(sources[0], Path(out.name))]
    if not several:
        _refuse_unless_there(sources[0], out)
    instrument = find_instrument(wanted.instrument, wanted.model)
    if not as_json:
        say(instrument.told())
    if any(source.suffix.lower() in MIDI for source, _ in jobs):
        warm_up(cello_slots(instrument, wanted.mode, dry=wanted.dry), shown=not as_json)
    if any(source.suffix.lower() not in MIDI for source, _ in jobs):
        warm_up(follower_slots(instrument), shown=not as_json)
    if several:
        _render_several(jobs, out, wanted, instrument, bits, kind, as_json)
        return
    with progress(f"Rendering {sources[0].name}", not as_json) as step:
        figures = render_file(sources[0], out, wanted, instrument, bits, step)
    if as_json:
        print_json(figures | {"trouble": instrument.trouble})
    else:
        _tell(figures)


def found(sources: Sequence[Path]) -> list[tuple[Path, Path]]:
    """Every file named or in a folder that is named, and the place of its result, without an ending. [any]"""
    places: dict[Path, Path] = {}
    for source in sources:
        inside = sorted(each for each in source.rglob("*") if _is_input(each)) if source.is_dir() else [source]
        if not inside:
            raise FileError(f"there is nothing to render in '{source}'.", f"Files end in {', '.join(MIDI + VOICES)}.")
        for each in inside:
            place = (each.relative_to(source) if source.is_dir() else Path(each.name)).with_suffix("")
            number = 1
            while place in places.values() and each not in places:  # one.mid and one.wav
                number += 1
                place = place.with_name(f"{each.stem}-{number}")
            places.setdefault(each, place)
    return list(places.items())


def _render_several(
    jobs: Sequence[tuple[Path, Path]],
    folder: Path,
    wanted: Wanted,
    instrument: Instrument,
    bits: int,
    kind: str,
    as_json: bool,
) -> None:
    _make_folder(folder)
    lock = Lock(folder / ".rendering")
    try:
        made, kept, failed = _all(jobs, folder, wanted, instrument, bits, kind, as_json)
    finally:
        lock.close()
    seconds, took_s = (sum(each[name] for each in made) for name in ("seconds", "took_s"))
    if as_json:
        figures = {"rendered": made, "were_done": kept, "failed": failed, "trouble": instrument.trouble}
        print_json(figures | {"seconds": round(seconds, 3), "took_s": round(took_s, 3)})
    else:
        done = f", {len(kept)} were done already" if kept else ""
        times = f"; {seconds / max(took_s, 1e-9):.0f} times as fast as live" if made else ""
        say(f"{len(made)} of {len(jobs)} rendered into '{folder}'{done}: {seconds / 60.0:.1f} min{times}.")
    if failed:
        raise FileError(f"{len(failed)} of {len(jobs)} files could not be rendered.", "Each is named above.")


def _all(
    jobs: Sequence[tuple[Path, Path]],
    folder: Path,
    wanted: Wanted,
    instrument: Instrument,
    bits: int,
    kind: str,
    as_json: bool,
) -> tuple[list[dict[str, Any]], list[str], dict[str, str]]:
    done = _read_manifest(folder)
    made: list[dict[str, Any]] = []
    kept: list[str] = []
    failed: dict[str, str] = {}
    for number, (source, place) in enumerate(jobs, 1):
        name = place.with_name(f"{place.name}.{kind}")
        target = folder / name
        try:
            fingerprint = _fingerprint(source, wanted, instrument)
            if done.get(name.as_posix()) == fingerprint and target.is_file():
                kept.append(str(target))
                continue
            _make_folder(target.parent)
            sweep(target)
            with progress(f"{number} of {len(jobs)}: {source.name}", not as_json) as step:
                figures = render_file(source, target, wanted, instrument, bits, step)
        except VocelloError as error:
            failed[str(source)] = str(error)
            aside.print(f"vocello: {error}", soft_wrap=True, markup=False)
            continue
        made.append(figures)
        done[name.as_posix()] = fingerprint
        written = {"version": _VERSION, "files": done}
        write_whole(folder / MANIFEST, (json.dumps(written, indent=1) + "\n").encode(), FileError)
        if not as_json:
            _tell(figures)
    return made, kept, failed


def _fingerprint(source: Path, wanted: Wanted, instrument: Instrument) -> str:
    """Of all that a result depends on."""
    try:
        there = source.stat()
    except OSError:
        raise FileError(f"there is no file '{source}'.", "Check the path.") from None
    told: list[Any] = [_VERSION, source.name, there.st_size, there.st_mtime_ns, asdict(wanted), instrument.plays]
    if instrument.plays != ADDITIVE:
        own = Path(wanted.instrument)
        told.append((card(own.stem, own.parent) if instrument.arrays is not None else card(instrument.name)).sha256)
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _read_manifest(folder: Path) -> dict[str, str]:
    """What is done; a manifest that cannot be read says that nothing is."""
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return {str(name): str(what) for name, what in told["files"].items()} if told["version"] == _VERSION else {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _refuse_unless_there(source: Path, out: Path) -> None:
    if not source.is_file():
        raise FileError(f"there is no file '{source}'.", "Check the path.")
    if not out.parent.is_dir():
        raise FileError(f"there is no folder '{out.parent}'.", f"Make it: mkdir -p '{out.parent}'")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            f"'{folder}' is not a folder, and several files need one: {error.strerror}.", "Name a folder: -o FOLDER"
        ) from error


def _is_input(path: Path) -> bool:
    return path.suffix.lower() in MIDI + VOICES and not path.name.startswith(".") and path.is_file()


def _tell(figures: dict[str, Any]) -> None:
    what = f"{figures['notes']} notes" if "notes" in figures else f"{figures['sung_s']:.1f} s of singing"
    players = f" by {figures['players']} players" if figures.get("players", 1) > 1 else ""
    say(
        f"'{figures['output']}': {what}{players}, {figures['seconds']:.1f} s; "
        f"{figures['times_live']:.0f} times as fast as live."
    )
    for warning in figures["warnings"]:
        aside.print(warning, style="yellow", soft_wrap=True, markup=False)
