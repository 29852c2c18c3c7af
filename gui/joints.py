"""Where the parts of a window are joined: each says what its hand did, and hears what that has become. [gui]

No part knows another. Whatever a hand does goes to the document by the window's verbs, and comes back to all views by
its `show`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from PyQt6.QtCore import QPoint

from gui.roll.scene import Loop, Proposal, Ranges
from gui.session.refined import Correction, Kind
from gui.session.setup import Change, Setup
from gui.transport.passes import REPLACE
from gui.voice.visit import VoiceVisit

_SHOWN_AS: dict[Kind, Literal["added", "removed", "moved"]] = {
    Kind.ADDED: "added",
    Kind.REMOVED: "removed",
    Kind.REPITCHED: "moved",
    Kind.MOVED: "moved",
}

if TYPE_CHECKING:
    from gui.roll.grid import Grid
    from gui.window import MainWindow


def join(window: MainWindow) -> None:
    """Tie everything together, once. [gui]"""
    for part in (_roll, _tracks, _console, _deck, _takes, _files, _voice):
        part(window)


def _roll(window: MainWindow) -> None:
    roll = window.roll
    roll.edited.connect(window.do)
    roll.auditioned.connect(window.deck.audition)
    roll.placed.connect(lambda ticks: _place(window, ticks))
    roll.ranged.connect(lambda ranges, goes_on: _range(window, ranges, goes_on))
    roll.menu_asked.connect(window.show_menu)
    roll.asked.connect(lambda what: window.commands[f"transport.{what}"].do())


def _tracks(window: MainWindow) -> None:
    window.tracks.chosen.connect(window.choose_track)
    window.tracks.changed.connect(window.change)
    window.tracks.added.connect(window.add_track)
    window.tracks.edited.connect(window.do)
    window.tracks.taken_out.connect(window.files.drag_out)


def _console(window: MainWindow) -> None:
    console, deck = window.console, window.deck
    console.changed.connect(window.change)
    console.edited.connect(window.do)
    console.chosen.connect(window.choose_track)
    console.said.connect(window.say)
    console.page_wanted.connect(window.drawer.show_page)
    deck.player.seats.route, deck.player.seats.also = console.mixing.route, console.mixing.also
    deck.player.send_to_port = deck.send_to_port
    deck.slot_of = console.mixing.slot_of
    window.files.saved.connect(lambda: console.write_files(window.document.path))


def _deck(window: MainWindow) -> None:
    deck, roll = window.deck, window.roll
    deck.track_id = lambda: roll.track_id
    deck.playhead = lambda: round(roll.playhead_ticks)
    deck.seen = lambda: roll.grid.visible_ticks()
    deck.moved.connect(window.show_playhead)
    deck.rewound.connect(lambda: window.show_playhead(0))
    deck.turned.connect(window.show_state)
    deck.made.connect(window.do)
    deck.wished.connect(window.change)
    deck.said.connect(window.say)
    deck.sung.connect(roll.set_live)


def _takes(window: MainWindow) -> None:
    takes, deck = window.takes, window.deck
    deck.recorder, deck.recall = takes.recorder, takes.recall
    deck.keep = lambda taken: takes.keep(taken, deck.record_mode == REPLACE)
    takes.acted.connect(window.act)
    takes.said.connect(window.say)
    takes.behind.connect(lambda waveform: window.roll.set_behind(waveform, None))
    takes.proposed.connect(lambda several, one: _propose(window, several, one))
    window.roll.proposal_taken.connect(takes.accept_at)
    takes.loop_start = lambda: _loop_start(window)
    window.roll.viewed.connect(lambda grid: show_lanes(window, grid))


def _files(window: MainWindow) -> None:
    files = window.files
    files.before_saving = window.console.keep
    files.made.connect(window.do)
    files.said.connect(window.say)
    files.saved.connect(window.show_all)
    files.chosen.connect(window.session_wanted)


def _voice(window: MainWindow) -> None:
    VoiceVisit(window.voice_card, window.link)
    window.voice_card.known.connect(window.words.know_voice)
    window.words.followed.connect(lambda id: window.commands[id].do())


def show_lanes(window: MainWindow, grid: Grid) -> None:
    """Time in the lanes of takes lies under the time of the roll. [gui]"""
    notes, lanes = window.roll.layout_of_parts.notes, window.takes.lanes
    left = window.roll.mapTo(window, QPoint(notes.x, 0)).x() - lanes.mapTo(window, QPoint()).x()
    lanes.set_grid(grid, left)


def _propose(window: MainWindow, several: Sequence[Correction], one: Correction | None) -> None:
    """Corrections lie over the notes; the one that is looked at is in view."""
    window.roll.set_proposals([Proposal(_SHOWN_AS[each.kind], each.before, each.after) for each in several])
    if one is not None:
        window.roll.set_grid(window.roll.grid.showing(one.start_ticks))


def _place(window: MainWindow, ticks: int) -> None:
    window.transport.show_place(window.document.score.tempo, ticks)
    window.deck.go_on_from()


def ranges_of(setup: Setup) -> Ranges:
    """What the roll shows of the loop and the punched part. [any]"""
    loop, punch = (Loop(each.start_ticks, each.end_ticks) if each.on else None for each in (setup.loop, setup.punch))
    return Ranges(loop, punch)


def _range(window: MainWindow, ranges: Ranges, goes_on: bool) -> None:
    """Each of them that is another now; one that is none keeps its ends for the next time."""
    setup = window.document.setup
    before = ranges_of(setup)
    for name, place, now, was, kept in (
        (window.tr("Loop"), "loop", ranges.loop, before.loop, setup.loop),
        (window.tr("Punch"), "punch", ranges.punch, before.punch, setup.punch),
    ):
        if now != was:
            ends = kept if now is None else now
            value = replace(kept, start_ticks=ends.start_ticks, end_ticks=ends.end_ticks, on=now is not None)
            window.change(Change(name, (place,), value), goes_on)


def _loop_start(window: MainWindow) -> int | None:
    loop = window.document.setup.loop
    return loop.start_ticks if loop.on else None
