"""What can be done about time, as commands: metronome, count-in, punch, taps, whose clock, tempo from notes. [gui]"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from gui.commands.registry import Command
from gui.language import translate
from score.operations.tempos import TempoFromNotes

if TYPE_CHECKING:
    from gui.preferences import Preferences
    from gui.window import MainWindow


def time_commands(window: MainWindow, preferences: Callable[[], Preferences]) -> Iterator[Command]:
    """Every command about time; the preferences are there when the first of them is done. [gui]"""
    deck = window.deck
    for id, title, do, keys in (
        ("punch", translate("commands", "Record only in a part"), deck.toggle_punch, "Shift+P"),
        ("tap", translate("commands", "Tap the tempo"), deck.tap, "T"),
        (
            "metronome",
            translate("commands", "Metronome always or while recording"),
            lambda: preferences().switch_clicks(),
            "K",
        ),
        (
            "count_in",
            translate("commands", "Count-in of one bar more"),
            lambda: preferences().count_more(),
            "Shift+K",
        ),
        (
            "replace",
            translate("commands", "Recording adds or replaces"),
            lambda: preferences().switch("record_mode", "overdub", "replace"),
            "Shift+R",
        ),
        (
            "follow",
            translate("commands", "Follow a MIDI clock, or keep our own time"),
            lambda: preferences().switch("follows_clock", False, True),
            "",
        ),
        (
            "lead",
            translate("commands", "Send MIDI clock while it plays, or do not"),
            lambda: preferences().switch("sends_clock", False, True),
            "",
        ),
    ):
        yield Command(f"transport.{id}", title, do, keys, "play")
    yield Command(
        "tempo.from_notes",
        translate("commands", "Tempo from these notes"),
        lambda: window.perform(TempoFromNotes()),
        "",
        "notes",
        window.has_notes,
    )
    yield Command(
        "tempo.from_beats",
        translate("commands", "These notes are so many beats …"),
        lambda: preferences().ask_beats(),
        "",
        "notes",
        window.has_notes,
    )
    yield Command(
        "app.keys", translate("commands", "Keys …"), lambda: preferences().edit_keys(), "Ctrl+Shift+K", "view"
    )
