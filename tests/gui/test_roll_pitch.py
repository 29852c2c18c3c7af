"""The pitch within notes, by mouse: redrawn with the pencil, and its drift and vibrato pulled by handles."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt

from gui.roll.pitching import handle_boxes, pitch_at
from gui.roll.scale import DEGREES, Key
from gui.roll.scene import At, Handle, Tool
from score.note import Note, value_at
from tests.gui.desk import CTRL, PLAIN, SHIFT, QTest
from tests.gui.test_roll_picture import seen

SECOND = 1920
SUNG = tuple((at, 0.3 * at / 3840 + 0.4 * float(np.sin(2 * np.pi * 5.5 * at / SECOND))) for at in range(0, 3840, 10))
"""A voice that goes sharp by 30 cents, with a vibrato of 40."""


@pytest.fixture
def desk(roll_desk):
    desk = roll_desk(Note(0, 3840, 62, bend_st=SUNG), Note(3840, 1920, 64, bend_st=SUNG[:190]), Note(3840, 1920, 55))
    desk.key(Qt.Key.Key_P)
    assert desk.roll.hand.tool is Tool.PITCH
    return desk


def at_pitch(desk, ticks: float, pitch: float) -> QPoint:
    """The pixel of an exact pitch."""
    notes, grid = desk.roll.layout_of_parts.notes, desk.roll.grid
    return QPoint(notes.x + round(grid.x_of(ticks)), notes.y + round(grid.middle_of(pitch)))


def handle(desk, note: Note, which: Handle) -> QPoint:
    field = desk.roll.layout_of_parts.notes
    x, y, wide, high = handle_boxes(desk.roll.grid, note)[which]
    return QPoint(round(field.x + x + wide / 2), round(field.y + y + high / 2))


def width_of(note: Note) -> float:
    """How wide it swings in its middle, without its drift."""
    at = np.arange(1000, note.duration_ticks - 600, 10)
    pitch = np.array([value_at(note.bend_st, ticks, 0.0) for ticks in at.tolist()])
    return float(np.ptp(pitch - np.polyval(np.polyfit(at, pitch, 1), at)))


def slope_of(note: Note) -> float:
    at = np.arange(600, note.duration_ticks - 400, 10)
    pitch = np.array([value_at(note.bend_st, ticks, 0.0) for ticks in at.tolist()])
    return float(np.polyfit(at, pitch, 1)[0]) * note.duration_ticks


def test_the_pitch_of_a_note_is_redrawn_where_the_pencil_went(desk):
    before = desk.notes[0]
    desk.drag(at_pitch(desk, 960, 62), at_pitch(desk, 1920, 63.5), at_pitch(desk, 2400, 63.5))
    assert len(desk.edits) == 1
    note = desk.notes[0]
    assert value_at(note.bend_st, 1920, 0) == pytest.approx(1.5, abs=0.07)
    assert value_at(note.bend_st, 1440, 0) == pytest.approx(0.75, abs=0.1)
    for ticks in (100, 500, 900, 2600, 3500):
        assert value_at(note.bend_st, ticks, 0) == value_at(before.bend_st, ticks, 0)
    assert note.pitch == 62
    assert desk.history.undo().tracks[0].notes.get(note.id) == before


def test_a_stroke_goes_on_into_the_next_note_and_not_into_one_far_below(desk):
    desk.drag(at_pitch(desk, 2880, 62), at_pitch(desk, 3800, 63), at_pitch(desk, 4800, 64.5))
    notes = {note.pitch: note for note in desk.notes}
    assert value_at(notes[62].bend_st, 3800, 0) == pytest.approx(1, abs=0.1)
    assert value_at(notes[64].bend_st, 900, 0) == pytest.approx(0.4, abs=0.1)
    assert notes[55].bend_st == ()
    assert len(desk.edits) == 1


def test_shift_draws_a_straight_slide(desk):
    desk.drag(at_pitch(desk, 960, 62), at_pitch(desk, 1500, 66), at_pitch(desk, 2880, 64), held=SHIFT)
    for ticks in range(1000, 2800, 200):
        assert value_at(desk.notes[0].bend_st, ticks, 0) == pytest.approx(2 * (ticks - 960) / 1920, abs=0.08)


def test_handles_stand_over_the_note_under_the_hand_and_stay_on_the_way_to_them(desk):
    without = seen(desk.roll)
    desk.move(at_pitch(desk, 1920, 62), button=None)
    over = seen(desk.roll)
    assert (over != without).any()
    spot = handle(desk, desk.notes[0], Handle.VIBRATO)
    desk.move(at_pitch(desk, 1920, 62) + QPoint(0, -14), button=None)
    desk.move(spot, button=None)
    assert desk.roll.hand.preview(desk.roll.scene).handle is Handle.VIBRATO
    desk.move(QPoint(900, 60), button=None)
    assert desk.roll.hand.preview(desk.roll.scene).is_empty


def test_the_vibrato_is_pulled_down_and_the_drift_stays(desk):
    before = desk.notes[0]
    desk.move(at_pitch(desk, 1920, 62), button=None)
    spot = handle(desk, before, Handle.VIBRATO)
    desk.drag(spot, spot + QPoint(0, 40))
    after = desk.notes[0]
    assert len(desk.edits) == 1
    assert width_of(after) == pytest.approx(0.5 * width_of(before), rel=0.12)
    assert slope_of(after) == pytest.approx(slope_of(before), abs=0.06)


def test_the_vibrato_is_pulled_up_to_twice_as_wide(desk):
    before = desk.notes[0]
    desk.move(at_pitch(desk, 1920, 62), button=None)
    spot = handle(desk, before, Handle.VIBRATO)
    desk.drag(spot, spot - QPoint(0, 200))
    assert width_of(desk.notes[0]) == pytest.approx(2 * width_of(before), rel=0.12)


def test_a_click_on_the_drift_takes_it_away_and_leaves_the_vibrato(desk):
    before = desk.notes[0]
    desk.move(at_pitch(desk, 1920, 62), button=None)
    desk.click(handle(desk, before, Handle.DRIFT))
    after = desk.notes[0]
    assert abs(slope_of(after)) < 0.25 * abs(slope_of(before))
    assert width_of(after) == pytest.approx(width_of(before), rel=0.15)


def test_straightening_a_selected_note_straightens_all_that_are_selected(desk):
    desk.roll.pick([note.id for note in desk.notes])
    desk.move(at_pitch(desk, 1920, 62), button=None)
    desk.click(handle(desk, desk.notes[0], Handle.STRAIGHT))
    assert len(desk.edits) == 1 and not any(note.bend_st for note in desk.notes)
    desk.roll.set_score(desk.history.undo())
    assert desk.notes[0].bend_st


def test_what_a_handle_would_do_is_shown_while_it_is_pulled_and_escape_leaves_it(desk):
    desk.move(at_pitch(desk, 1920, 62), button=None)
    spot = handle(desk, desk.notes[0], Handle.VIBRATO)
    desk.drag(spot, spot + QPoint(0, 60), lets_go=False)
    preview = desk.roll.hand.preview(desk.roll.scene)
    assert preview.words == "Vibrato 25 %" and width_of(preview.notes[0]) < 0.5 * width_of(desk.notes[0])
    desk.key(Qt.Key.Key_Escape)
    QTest.mouseRelease(desk.roll, Qt.MouseButton.LeftButton, PLAIN, spot)
    assert desk.edits == []


def test_a_click_on_a_note_selects_it_and_a_drag_beside_notes_makes_a_box(desk):
    desk.click(at_pitch(desk, 1920, 62))
    assert desk.roll.selection == {desk.notes[0].id} and desk.edits == []
    desk.drag(desk.at(3400, 70), desk.at(5800, 60))
    assert {note.pitch for note in desk.notes if note.id in desk.roll.selection} == {62, 64}


def test_a_pitch_between_two_rows_is_known_exactly_also_where_rows_are_folded(desk):
    field = desk.roll.layout_of_parts.notes
    for key in (None, Key(0, DEGREES["major"])):
        desk.roll.set_key(key, is_folded=key is not None)
        for pitch in (62.0, 62.5, 61.6, 64.0, 64.25):
            y = field.y + desk.roll.grid.middle_of(pitch)
            assert pitch_at(desk.roll.scene, At(200.0, y)) == pytest.approx(pitch, abs=0.02)


def test_a_note_is_tuned_by_cents_with_ctrl_and_keeps_its_movement(desk):
    before = desk.notes[0]
    desk.drag(at_pitch(desk, 1920, 62), at_pitch(desk, 1920, 62.5), held=CTRL)
    after = desk.notes[0]
    assert len(desk.edits) == 1 and after.pitch == 62
    for ticks in (0, 500, 1500, 3000):
        up = value_at(after.bend_st, ticks, 0) - value_at(before.bend_st, ticks, 0)
        assert up == pytest.approx(0.5, abs=0.01)


def test_a_double_click_brings_a_note_onto_its_key_and_keeps_its_vibrato(desk):
    before = desk.notes[0]
    desk.double_click(at_pitch(desk, 1920, 62))
    after = desk.notes[0]
    assert len(desk.edits) == 1
    mean = np.mean([value_at(after.bend_st, ticks, 0.0) for ticks in range(770, 3260, 10)])
    assert abs(mean) < 0.03
    assert width_of(after) == pytest.approx(width_of(before), rel=0.02)
    assert slope_of(after) == pytest.approx(slope_of(before), rel=0.05)
