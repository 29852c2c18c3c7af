"""What one chooses in the roll: tool, grid, key, what is shown and selected, and proposed corrections. [gui]

Every choice is a method that a button, a menu or a command can call; `chosen` says that one of them was made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import QWidget

from gui.roll.columns import END, FLAGS, MUTED, PITCH, START
from gui.roll.grid import Rows
from gui.roll.lane_choices import RollLanes
from gui.roll.scale import Key
from gui.roll.scene import Proposal, Tool
from gui.roll.snap import Snap
from score.edits import Edit
from score.harmony.keys import KeyFound, rank_keys
from score.harmony.scales import Scale
from score.operations import choosing
from score.score import Score

Operation = Callable[[Score, tuple[int, ...]], Edit | None]
"""What a command does to selected notes: the score and their ids in, an edit out, or None where nothing changes."""

FIND_MS = 250
LEAST_NOTES = 5
"""Fewer say nothing of a key."""

SURER = 1.5
"""By so much another key has to be likelier before it takes the place of the one that was found."""

LONGEST_QUARTERS = 4.0


class RollChoices(RollLanes):
    """The roll with all that can be chosen in it. [gui]"""

    proposal_taken = pyqtSignal(int)
    """A proposed correction was accepted, by its place in the list that was given."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.found: KeyFound | None = None
        """The key that the notes are in, as far as they say."""
        self.finds_key = False
        self._finding = QTimer(self)
        self._finding.setSingleShot(True)
        self._finding.setInterval(FIND_MS)
        self._finding.timeout.connect(self._find_key)

    # The hand

    def set_tool(self, tool: Tool) -> None:
        """What the left button does. [gui]"""
        if tool is not self.hand.tool:
            self.hand.tool = tool
            self._come_to_rest()
            self._show_preview()
            self.chosen.emit()

    def set_snap(self, snap: Snap) -> None:
        """What the hand is led by. [gui]"""
        self._snap = snap
        self._picture.snap = snap
        self._picture.corner_words = snap.name
        self._picture.make_stale()
        self._touch()
        self.chosen.emit()

    # Keys and scales

    @property
    def scale(self) -> Scale | None:
        """The scale whose rows are lit. [gui]"""
        return self._scale

    def set_key(self, key: Key | None, is_folded: bool = False) -> None:
        """Rows of this key are lit; folded, only they are there, and those in which there are notes. [gui]"""
        self._key, self._is_folded = key, is_folded and key is not None
        self._picture.key = key
        flats = key is not None and key.prefers_flats
        self._picture.look = replace(self._picture.look, prefers_flats=flats)
        self._fold()
        self._picture.redraw()
        self._touch()

    def set_scale(self, scale: Scale | None) -> None:
        """Rows of this scale are lit, and chords are spelt by it; no key is looked for any more. [gui]"""
        self.finds_key = False
        self._set_scale(scale)

    def find_key(self) -> None:
        """The scale is found by itself, now and after each edit. [gui]"""
        self.finds_key = True
        self._find_key()
        self.chosen.emit()

    def set_folded(self, is_folded: bool) -> None:
        """Only rows of the scale, and those in which there are notes. Without a scale one is looked for. [gui]"""
        if is_folded and self._scale is None and self._key is None:
            self.find_key()
        self.set_key(self._key, is_folded)
        self.chosen.emit()

    @property
    def is_folded(self) -> bool:
        """Whether only rows of the scale are there. [gui]"""
        return self._is_folded

    def set_led_to_scale(self, is_led: bool) -> None:
        """Notes go onto the scale while they are drawn and moved; Alt lets them go anywhere. [gui]"""
        if is_led and self._scale is None:
            self.find_key()
        self._leads_to_scale = is_led
        self.chosen.emit()

    @property
    def is_led_to_scale(self) -> bool:
        """Whether notes go onto the scale while they are drawn and moved. [gui]"""
        return self._leads_to_scale

    # What is shown

    def set_score(self, score: Score, track_id: int | None = None) -> None:
        """The score as it is now, and which of its tracks is edited (the same as before, or the first). [gui]"""
        super().set_score(score, track_id)
        self._finding.start()

    def set_ghosts(self, are_shown: bool) -> None:
        """Whether notes of other tracks are seen behind this one's. [gui]"""
        self._picture.shows_ghosts = are_shown
        self._picture.follow(self.score, self.track_id)
        self._picture.redraw()
        self._touch()
        self.chosen.emit()

    @property
    def shows_ghosts(self) -> bool:
        """Whether notes of other tracks are seen. [gui]"""
        return self._picture.shows_ghosts

    def set_chords(self, are_named: bool) -> None:
        """Whether chords have their names over the notes. [gui]"""
        self._names_chords = are_named
        self._lay_out()
        self.chosen.emit()

    @property
    def names_chords(self) -> bool:
        """Whether chords have their names. [gui]"""
        return self._names_chords

    # What is selected

    def select_same_pitch(self) -> None:
        """All notes with the pitch of a selected one. [gui]"""
        self.pick(choosing.of_same_pitch(self.score, self.selection))

    def select_in_range(self) -> None:
        """All notes that begin within the loop, or without one from the first selected to the last. [gui]"""
        track = self.scene.track
        notes = self.scene.having(self.selection)
        loop = self.ranges.loop
        if track is not None and loop is not None:
            self.pick(choosing.in_range(track, loop.start_ticks, loop.end_ticks))
        elif track is not None and notes:
            self.pick(choosing.in_range(track, notes[0].start_ticks, notes[-1].start_ticks + 1))

    def select_others(self) -> None:
        """All notes that were not selected, and none that were. [gui]"""
        track = self.scene.track
        if track is not None:
            self.pick(choosing.others(track, self.selection))

    def perform(self, operation: Operation) -> None:
        """A command on what is selected, or on all notes where nothing is: quantise, glue, humanise … [gui]"""
        notes = self.scene.notes
        ids = tuple(sorted(self.selection)) or tuple(note.id for note in notes)
        edit = operation(self.score, ids) if ids else None
        if edit is not None:
            self.edited.emit(edit)

    # Corrections

    def set_proposals(self, proposals: Sequence[Proposal]) -> None:
        """Corrections to be shown over the notes; a click on one reports `proposal_taken`. [gui]"""
        self._proposals = tuple(proposals)
        self._chosen_proposal = None
        self._show_preview()
        self.update()

    def next_proposal(self, backwards: bool = False) -> None:
        """The next correction is brought into the window, for a hand without a mouse; see `take_proposal`. [gui]"""
        if not self._proposals:
            return
        order = sorted(range(len(self._proposals)), key=lambda n: _start_of(self._proposals[n]))
        before = self._chosen_proposal
        place = -1 if before is None else order.index(before)
        place = (place - 1 if backwards and before is not None else place + (0 if backwards else 1)) % len(order)
        self._chosen_proposal = order[place]
        chosen = self._proposals[order[place]]
        note = chosen.after or chosen.before
        if note is not None:
            self.set_grid(self.grid.showing(note.start_ticks, note.pitch))
        self.update()

    def take_proposal(self) -> None:
        """Accept the correction that `next_proposal` came to. [gui]"""
        if self._chosen_proposal is not None:
            self.proposal_taken.emit(self._chosen_proposal)

    # How it keeps itself in order

    def _come_to_rest(self) -> None:
        """A gesture of the tool before is over. [gui]"""

    def _set_scale(self, scale: Scale | None) -> None:
        if scale != self._scale or (scale is None and self._key is not None):
            self._scale = self._picture.scale = scale
            self.set_key(Key.of(scale) if scale is not None else None, self._is_folded)
            self._picture.strips.drop_chords()
        self.chosen.emit()

    def _find_key(self) -> None:
        block = self._picture.columns.block
        longest = round(LONGEST_QUARTERS * self.score.tempo.ticks_per_quarter)
        sounds = np.minimum(block[END] - block[START], longest) * ((block[FLAGS] & MUTED) == 0)
        weights = np.bincount(block[PITCH], sounds, 132).reshape(-1, 12).sum(axis=0)
        ranked = rank_keys(weights.tolist()) if np.count_nonzero(sounds) >= LEAST_NOTES else []
        best = ranked[0] if ranked else None
        held = next((each for each in ranked if each.scale == self._scale), None)
        if best is not None and held is not None and best.confidence < SURER * held.confidence:
            best = held  # two keys that are as likely do not take turns while one plays on
        is_other = best != self.found
        self.found = best
        if self.finds_key and best is not None:
            self._set_scale(best.scale)
        elif is_other:
            self.chosen.emit()

    def _fold(self) -> None:
        """Only the rows of the key, and those in use, when it is folded."""
        rows = Rows()
        if self._is_folded and self._key is not None:
            rows = Rows.folded(self._key, np.flatnonzero(np.bincount(self._picture.columns.block[PITCH])).tolist())
        if rows != self._grid.rows:
            self._see(self._grid.with_rows(rows))


def _start_of(proposal: Proposal) -> int:
    note = proposal.before or proposal.after
    return 0 if note is None else note.start_ticks
