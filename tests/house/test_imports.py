"""Imports point down, siblings do not know each other, and each library has one room it is met in."""

from __future__ import annotations

import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.house.requirements import asked_for, canonical
from tests.house.tree import ROOMS, Import, imports_of, modules, program_files

# From the ground up. Two rooms of one storey are siblings.
STOREYS = (("score",), ("models",), ("realtime",), ("ml", "plugin"), ("gui", "server"), ("vocello",))

# The faces know the score, what the errors are called, and one door of the engine.
DOORS = {room: ("score", "realtime.client") for room in ("gui", "server")}

# Inside the engine: a kernel knows what a kernel is made of; the devices and MIDI meet only in the machine.
CLOSED = {
    "realtime.dsp": ("realtime.device", "realtime.midi", "realtime.host", "realtime.rack", "realtime.machine"),
    "realtime.device": ("realtime.midi", "realtime.machine", "realtime.client"),
    "realtime.midi": ("realtime.device", "realtime.machine", "realtime.client", "realtime.host", "realtime.rack"),
}

# Where a library may be imported: any name that is missing here may be imported anywhere above `score`.
LIBRARIES = {
    "fastapi": ("server/",),
    "mido": ("score/",),
    "numba": ("realtime/", "ml/", "plugin/"),
    "onnxruntime": ("ml/session.py",),
    "pedalboard": ("plugin/worker.py",),
    "pedalboard.io": ("plugin/worker.py", "realtime/device/sound_file.py"),
    "PyQt6": ("gui/",),
    "rich": ("vocello/",),
    "rtmidi": ("realtime/midi/",),
    "sounddevice": ("realtime/device/",),
    "torch": ("ml/",),
    "typer": ("vocello/",),
    "uvicorn": ("server/",),
}


def storey(room: str) -> int:
    return next(number for number, rooms in enumerate(STOREYS) if room in rooms)


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def imports(*rooms: str) -> list[Import]:
    return [found for path in program_files(*rooms) for found in imports_of(path)]


def objections_to(found: Import) -> str | None:
    here, there = found.file.split("/")[0], found.module.split(".")[0]
    if there in ("tests", "bench"):
        return f"{found}: the program does not know its tests"
    if there not in ROOMS or here == there:
        return None
    if storey(there) == storey(here):
        return f"{found}: siblings do not know each other"
    if storey(there) > storey(here):
        return f"{found}: imports point down"
    if here in DOORS and not within(found.module, DOORS[here]):
        return f"{found}: {here}/ knows only {' and '.join(DOORS[here])}"
    return None


def test_imports_point_down_and_never_to_a_sibling():
    assert [objection for found in imports() if (objection := objections_to(found))] == []


@pytest.mark.parametrize(
    ("file", "module", "word"),
    [
        ("score/note.py", "realtime.ring", "down"),
        ("ml/pitch.py", "plugin.rack", "siblings"),
        ("gui/roll.py", "realtime.machine", "knows only"),
        ("gui/roll.py", "ml.listener", "knows only"),
        ("realtime/ring.py", "tests.house", "tests"),
    ],
)
def test_an_import_upwards_or_sideways_would_be_seen(file: str, module: str, word: str):
    assert word in str(objections_to(Import(module, file, 1, at_top=True)))


def test_rooms_inside_the_engine_stay_apart():
    wrong = [
        str(found)
        for found in imports("realtime")
        for room, closed in CLOSED.items()
        if within(found.file.replace("/", "."), (room,)) and within(found.module, closed)
    ]
    assert wrong == []


def room_of_library(module: str) -> tuple[str, ...] | None:
    known = [name for name in LIBRARIES if within(module, (name,))]
    return LIBRARIES[max(known, key=len)] if known else None


def test_each_library_is_met_in_its_own_room():
    wrong = [
        f"{found}: it belongs into {' or '.join(rooms)}"
        for found in imports()
        if (rooms := room_of_library(found.module)) is not None and not found.file.startswith(rooms)
    ]
    assert wrong == []


def test_opening_a_sound_file_is_not_hosting_plugins():
    assert "realtime/device/sound_file.py" in (room_of_library("pedalboard.io.AudioFile") or ())
    assert "realtime/device/sound_file.py" not in (room_of_library("pedalboard.load_plugin") or ())


def test_the_score_needs_nothing_but_mido():
    above = {"numpy", "numba", "scipy", "rich", "typer", "platformdirs"}
    assert [str(found) for found in imports("score") if found.module.split(".")[0] in above] == []


def test_no_circle_of_imports():
    graph = {
        name: {found.module for found in imports_of(path) if found.at_top and found.module in modules()} - {name}
        for name, path in modules().items()
    }
    while leaves := {name for name, known in graph.items() if not known & graph.keys()}:
        graph = {name: known for name, known in graph.items() if name not in leaves}
    assert sorted(graph) == [], "these modules wait for each other"


def test_what_is_imported_is_asked_for_in_setup_cfg():
    distributions = packages_distributions()
    asked = {canonical(requirement.name) for requirement in asked_for()}
    standard = sys.stdlib_module_names
    missing = [
        str(found)
        for found in imports()
        if (top := found.module.split(".")[0]) not in standard and top not in ROOMS
        if not asked & {canonical(name) for name in distributions.get(top, [COMPILED.get(top, top)])}
        if top not in BROUGHT_BY
    ]
    assert missing == []


# Libraries that come with another one, on purpose: numba is nothing without llvmlite.
BROUGHT_BY = {"llvmlite": "numba"}

# Libraries that are one compiled file, which Python before 3.12 does not count among what a distribution holds.
COMPILED = {"parselmouth": "praat-parselmouth"}


def test_every_folder_of_the_program_is_a_package():
    folders = {path.parent for path in program_files()}
    assert [str(folder) for folder in sorted(folders) if folder / "__init__.py" not in program_files()] == []
    assert {Path(room) for room in ("vocello", "score", "realtime", "ml", "plugin", "gui", "models")} <= folders
