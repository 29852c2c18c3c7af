"""What the app can do, told once: menus, buttons, shortcuts and the palette all read it here. [gui]"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gui.commands.registry import Command, Commands
from gui.language import translate
from gui.note_actions import note_commands
from gui.roll_actions import roll_commands
from gui.time_actions import time_commands

if TYPE_CHECKING:
    from gui.window import MainWindow


def all_commands(window: MainWindow) -> Commands:
    """Every command of a window, in the order of the menus. [gui]"""
    return Commands(
        (
            *_files(window),
            *_edits(window),
            *roll_commands(window),
            *_plays(window),
            *time_commands(window, lambda: window.preferences),
            *_tracks(window),
            *note_commands(window),
            *_views(window),
        )
    )


def _files(window: MainWindow) -> Iterator[Command]:
    files = window.files
    for id, title, do, keys in (
        ("file.new", translate("commands", "New session"), files.new, "Ctrl+N"),
        ("file.open", translate("commands", "Open a session …"), files.open, "Ctrl+O"),
        ("file.save", translate("commands", "Save"), files.save, "Ctrl+S"),
        ("file.save_as", translate("commands", "Save in another folder …"), files.save_as, "Ctrl+Shift+S"),
        ("import.files", translate("commands", "Import MIDI or a recording …"), files.bring_in_asked, "Ctrl+I"),
        ("export.midi", translate("commands", "Export as MIDI file …"), files.export_midi, "Ctrl+E"),
        ("export.mix", translate("commands", "Export the mix as sound …"), files.export_mix, "Ctrl+Shift+E"),
        ("export.stems", translate("commands", "Export each track as sound …"), files.export_stems, ""),
        (
            "takes.clean",
            translate("commands", "Remove sound files that no take uses …"),
            lambda: window.takes.ask_to_clean(),
            "",
        ),
        ("window.close", translate("commands", "Close"), window.close, "Ctrl+Q"),
    ):
        yield Command(id, title, do, keys, "file")


def _edits(window: MainWindow) -> Iterator[Command]:
    document = window.document
    yield Command(
        "edit.undo", translate("commands", "Undo"), window.undo, "Ctrl+Z", "edit", lambda: bool(document.undo_name)
    )
    yield Command(
        "edit.redo",
        translate("commands", "Do again"),
        window.redo,
        "Ctrl+Shift+Z",
        "edit",
        lambda: bool(document.redo_name),
    )


def _plays(window: MainWindow) -> Iterator[Command]:
    deck = window.deck
    for id, title, do, keys in (
        ("transport.play", translate("commands", "Play or stop"), deck.toggle_play, ""),
        ("transport.stop", translate("commands", "Stop"), deck.stop, "Ctrl+."),
        ("transport.back", translate("commands", "Back to the beginning"), deck.go_back, "Ctrl+Home"),
        ("transport.record", translate("commands", "Record"), deck.toggle_record, "R"),
        ("transport.loop", translate("commands", "Loop"), deck.toggle_loop, "L"),
        ("transport.capture", translate("commands", "Keep what was just sung or played"), deck.capture, "Ctrl+Shift+C"),
        ("voice.measure", translate("commands", "Get to know my voice …"), window.voice_card.begin, ""),
        (
            "sound.to_port",
            translate("commands", "Play to the MIDI port as well, or only here"),
            window.toggle_port,
            "",
        ),
        ("sound.devices", translate("commands", "Sound and MIDI …"), window.choose_devices, "Ctrl+,"),
        ("sound.panic", translate("commands", "Silence everything"), window.panic, "Ctrl+Shift+."),
    ):
        yield Command(id, title, do, keys, "play")


def _tracks(window: MainWindow) -> Iterator[Command]:
    yield Command("track.add", translate("commands", "Add a track"), window.add_track, "Ctrl+T", "track")


def _views(window: MainWindow) -> Iterator[Command]:
    for id, title, do, keys in (
        ("app.palette", translate("commands", "Find a command …"), window.ask_palette, "Ctrl+K"),
        ("view.fit", translate("commands", "Show all notes"), window.fit, "F"),
        ("view.mixer", translate("commands", "Mixer"), lambda: window.drawer.toggle("mixer"), "Alt+M"),
        ("view.chain", translate("commands", "Effects of the track"), lambda: window.drawer.toggle("chain"), "Alt+E"),
        ("view.takes", translate("commands", "Takes"), lambda: window.drawer.toggle("takes"), "Alt+T"),
        ("view.theme", translate("commands", "Dark or light"), window.toggle_theme, ""),
    ):
        yield Command(id, title, do, keys, "view")
