"""What can be done in the roll, as commands: tools, the key, lanes, step input, corrections. [gui]

The keys V B C E J P, which choose tools, belong to the roll itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from gui.commands.registry import Command
from gui.language import translate
from gui.roll.kinds import Kind, Of
from gui.roll.scene import Tool
from score.operations.lanes import Lane

if TYPE_CHECKING:
    from gui.window import MainWindow

_Row = tuple[str, str, Callable[[], object], str]


def roll_commands(window: MainWindow) -> Iterator[Command]:
    """Every command of the roll. [gui]"""
    for rows, menu in ((_selecting(window), "edit"), (_looking(window), "view"), (_lanes(window), "view")):
        for id, title, do, keys in rows:
            yield Command(id, title, do, keys, menu)


def _selecting(window: MainWindow) -> Iterator[_Row]:
    roll = window.roll
    yield "select.pitch", translate("commands", "Select notes of the same pitch"), roll.select_same_pitch, ""
    yield (
        "select.range",
        translate("commands", "Select notes in the loop, or between selected ones"),
        roll.select_in_range,
        "",
    )
    yield "select.others", translate("commands", "Select all other notes"), roll.select_others, "Ctrl+Shift+A"
    for tool, title in (
        (Tool.SELECT, translate("commands", "Tool: select")),
        (Tool.DRAW, translate("commands", "Tool: draw notes")),
        (Tool.ERASE, translate("commands", "Tool: erase")),
        (Tool.SPLIT, translate("commands", "Tool: split")),
        (Tool.GLUE, translate("commands", "Tool: glue")),
        (Tool.PITCH, translate("commands", "Tool: pitch within notes")),
    ):
        yield f"tool.{tool.name.lower()}", title, partial(roll.set_tool, tool), ""
    yield (
        "steps.write",
        translate("commands", "Step input"),
        lambda: roll.set_stepping(not roll.is_stepping),
        "Alt+I",
    )
    yield "corrections.next", translate("commands", "Next correction"), roll.next_proposal, "N"
    yield (
        "corrections.before",
        translate("commands", "Correction before"),
        lambda: roll.next_proposal(backwards=True),
        "Shift+N",
    )
    yield "corrections.take", translate("commands", "Accept this correction"), roll.take_proposal, "Y"


def _looking(window: MainWindow) -> Iterator[_Row]:
    roll = window.roll
    for id, title, do, keys in (
        ("find", translate("commands", "Find the key by itself"), roll.find_key, ""),
        ("none", translate("commands", "No key"), lambda: roll.set_scale(None), ""),
        ("fold", translate("commands", "Only rows of the key"), lambda: roll.set_folded(not roll.is_folded), "Alt+F"),
        (
            "lead",
            translate("commands", "Lead notes to the key"),
            lambda: roll.set_led_to_scale(not roll.is_led_to_scale),
            "Alt+S",
        ),
        (
            "ghosts",
            translate("commands", "Notes of other tracks behind"),
            lambda: roll.set_ghosts(not roll.shows_ghosts),
            "Alt+G",
        ),
        ("chords", translate("commands", "Names of chords"), lambda: roll.set_chords(not roll.names_chords), "Alt+H"),
    ):
        yield f"key.{id}", title, do, keys


def _lanes(window: MainWindow) -> Iterator[_Row]:
    roll = window.roll
    kinds: tuple[tuple[str, str, Callable[[], Kind]], ...] = (
        ("velocity", translate("commands", "Lane: velocity"), lambda: Of.VELOCITY),
        ("pressure", translate("commands", "Lane: pressure of notes"), lambda: Of.PRESSURE),
        ("timbre", translate("commands", "Lane: timbre of notes"), lambda: Of.TIMBRE),
        ("bend", translate("commands", "Lane: pitch bend"), lambda: Lane("bend", roll.channel)),
        ("modulation", translate("commands", "Lane: modulation"), lambda: Lane("control", roll.channel, 1)),
        ("expression", translate("commands", "Lane: expression"), lambda: Lane("control", roll.channel, 11)),
        ("sustain", translate("commands", "Lane: sustain"), lambda: Lane("control", roll.channel, 64)),
    )
    for id, title, kind in kinds:
        yield f"lane.{id}", title, partial(_toggle, window, kind), ""
    for id, title, do in (
        ("other", translate("commands", "Lane: another controller …"), roll.ask_controller),
        ("pencil", translate("commands", "Lanes: draw freehand"), lambda: roll.set_shape("pencil")),
        ("line", translate("commands", "Lanes: draw lines"), lambda: roll.set_shape("line")),
        ("curve", translate("commands", "Lanes: draw curves"), lambda: roll.set_shape("curve")),
        (
            "selected",
            translate("commands", "Lanes: only selected notes"),
            lambda: roll.set_only_selected(not roll.shows_only_selected),
        ),
    ):
        yield f"lane.{id}", title, do, ""


def _toggle(window: MainWindow, kind: Callable[[], Kind]) -> None:
    window.roll.toggle_lane(kind())
