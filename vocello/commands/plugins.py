"""`vocello plugins`: what VST3 plugins this machine has, what each can do, and which do not work and why. [main]"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from plugin.vst3.scan import Scanned, default_folders, find_plugin, scan
from plugin.vst3.troubled import TroubleList
from plugin.vst3.vst3 import Vst3
from score.errors import RackError
from vocello.screen import aside, print_json, print_table, progress, say


def scan_all(folders: list[Path], again: bool, seconds: float, as_json: bool) -> None:
    """Look into every plugin that is new, each in a process of its own. [main]"""
    with progress("Looking into plugins", not as_json) as step:
        scanned = scan(
            folders or None,
            again=again,
            loads_within_s=seconds,
            progress=lambda done, count, name: step(done / max(count, 1), name),
        )
    _tell(scanned, as_json)


def listing(as_json: bool) -> None:
    """What the last scan knows, and what has come since. [main]"""
    scan_all([], again=False, seconds=60.0, as_json=as_json)


def info(name: str, as_json: bool) -> None:
    """One plugin: what it is, and its parameters. [main]"""
    found = find_plugin(name)
    plugin = Vst3(Path(found.path), found.name)
    try:
        parameters = [{**asdict(each), "text": each.text(each.default)} for each in plugin.parameters.values()]
    finally:
        plugin.close()
    if as_json:
        print_json({**asdict(found), "id": found.id, "parameter_list": parameters})
        return
    kind = "instrument" if found.is_instrument else "effect"
    say(f"{found.name} {found.version} by {found.vendor}: an {kind}, {found.channels} channels.")
    say(f"In a rack: {found.id}. It declares {found.latency_frames} frames of latency; {found.load_s:.1f} s to load.")
    rows = [
        (each["id"], each["name"], each["text"], f"{each['low']:g} … {each['high']:g}", each["unit"])
        for each in parameters
    ]
    print_table("Parameters", ("Id", "Name", "Begins at", "Range", "Unit"), rows)


def forget(name: str, as_json: bool) -> None:
    """Take a plugin off the list of those that went wrong too often. [main]"""
    troubles = TroubleList()
    entries = [each for each in troubles.entries() if name.casefold() in (each.name.casefold(), each.path.casefold())]
    if not entries:
        listed = ", ".join(each.name for each in troubles.entries()) or "nobody"
        raise RackError(f"'{name}' is not on the list of those that went wrong.", f"On it: {listed}.")
    for each in entries:
        troubles.forget(each.path)
    if as_json:
        print_json({"forgotten": [asdict(each) for each in entries]})
    else:
        say(f"'{entries[0].name}' is tried again. It was on the list for: {entries[0].why}.")


def _tell(scanned: Scanned, as_json: bool) -> None:
    if as_json:
        found = [{**asdict(each), "id": each.id} for each in scanned.found]
        print_json({"found": found, "failed": [asdict(each) for each in scanned.failed]})
        return
    if not scanned.found and not scanned.failed:
        say(f"There are no plugins in {', '.join(str(folder) for folder in default_folders())}.")
        return
    rows = [
        (
            each.id,
            each.vendor,
            "instrument" if each.is_instrument else "effect",
            each.channels,
            each.parameters,
            each.latency_frames,
        )
        for each in scanned.found
    ]
    print_table("Plugins", ("In a rack", "By", "", "Channels", "Parameters", "Latency"), rows)
    for failed in scanned.failed:
        aside.print(f"{failed.path}: {failed.why}", style="yellow", soft_wrap=True, markup=False)
