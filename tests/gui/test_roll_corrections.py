"""Proposed corrections over the notes: seen, clicked one by one, and reached without a mouse."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt6.QtGui import QColor

from gui.roll.overlay import Proposal
from gui.theme import DARK
from score.edits import AddNotes
from score.note import Note
from tests.gui.test_roll_picture import pixels, seen


@pytest.fixture
def desk(roll_desk):
    return roll_desk(Note(0, 960, 60), Note(1920, 960, 64), Note(3840, 960, 67))


@pytest.fixture
def proposed(desk):
    first, second, _ = desk.notes
    desk.taken = []
    desk.roll.proposal_taken.connect(desk.taken.append)
    desk.roll.set_proposals(
        [
            Proposal("moved", second, replace(second, pitch=66)),
            Proposal("removed", first, None),
            Proposal("added", None, Note(5760, 960, 62)),
        ]
    )
    return desk


def test_what_comes_goes_and_moves_is_drawn_and_goes_away_with_its_list(desk):
    before = seen(desk.roll)
    notes = desk.notes
    desk.roll.set_proposals([Proposal("removed", notes[0], None)])
    struck = pixels(desk.roll.grab().toImage())
    at = desk.at(480, 60)
    row = struck[at.y() - 1 : at.y() + 2, at.x()]
    assert int(QColor(DARK.bad).rgba()) in row.tolist()
    desk.roll.set_proposals([Proposal("added", None, Note(5760, 960, 62))])
    at = desk.at(5760, 62)
    box = slice(at.y() - 8, at.y() + 8), slice(at.x(), at.x() + 96)
    assert (seen(desk.roll)[box] != before[box]).any()
    desk.roll.set_proposals([])
    assert (seen(desk.roll) == before).all()


def test_a_click_on_a_correction_takes_it_and_edits_nothing(proposed):
    desk = proposed
    desk.click(desk.at(2400, 66))
    desk.click(desk.at(480, 60))
    desk.click(desk.at(6000, 62))
    assert desk.taken == [0, 1, 2]
    assert desk.edits == [] and desk.roll.selection == frozenset()


def test_beside_corrections_the_hand_does_what_it_always_does(proposed):
    desk = proposed
    desk.click(desk.at(4300, 67))
    assert desk.taken == [] and desk.roll.selection == {desk.notes[2].id}
    desk.click(desk.at(2400, 64))
    assert desk.taken == [] and desk.roll.selection == {desk.notes[1].id}


def test_corrections_are_visited_in_time_and_taken_without_a_mouse(proposed):
    desk = proposed
    desk.roll.take_proposal()
    assert desk.taken == []
    for _ in range(3):
        desk.roll.next_proposal()
        desk.roll.take_proposal()
    desk.roll.next_proposal(backwards=True)
    desk.roll.take_proposal()
    assert desk.taken == [1, 0, 2, 0]


def test_a_correction_far_away_is_brought_into_the_window(desk):
    desk.roll.set_score(desk.history.do(AddNotes(desk.roll.track_id, (Note(90_000, 960, 30),))))
    desk.roll.set_proposals([Proposal("added", None, Note(90_000, 960, 30))])
    desk.roll.next_proposal()
    grid = desk.roll.grid
    assert 0 < grid.x_of(90_000) < grid.width_px and 0 < grid.y_of(30) < grid.height_px
