"""What the mouse does in the field of notes: real presses, moves and releases, and what comes of them in the score."""

from __future__ import annotations

from fractions import Fraction

import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QNativeGestureEvent, QPointingDevice
from PyQt6.QtWidgets import QApplication, QScrollBar

from gui.roll.scene import Loop, Ranges, Tool
from gui.roll.snap import Snap
from score.edits import AddNotes, ChangeNotes, RemoveNotes
from score.note import Note
from tests.gui.desk import ALT, CTRL, LEFT, MIDDLE, QUARTER, RIGHT, SHIFT, QTest

SIXTEENTHS = Snap(Fraction(1, 16))


def times(notes: list[Note]) -> list[tuple[int, int, int]]:
    return [(note.start_ticks, note.duration_ticks, note.pitch) for note in notes]


@pytest.fixture
def desk(roll_desk):
    """Three notes: a quarter each at 0, 1920 and 3840, on C4, E4 and G4."""
    return roll_desk(Note(0, 960, 60), Note(1920, 960, 64), Note(3840, 960, 67), snap=SIXTEENTHS)


def test_a_click_selects_a_note_and_a_click_beside_it_selects_none(desk):
    desk.click(desk.at(480, 60))
    assert desk.roll.selection == {desk.notes[0].id}
    desk.click(desk.at(480, 72))
    assert desk.roll.selection == frozenset()
    assert desk.edits == []


def test_shift_adds_a_note_to_the_selection_and_takes_it_out_again(desk):
    desk.click(desk.at(480, 60))
    desk.click(desk.at(2400, 64), SHIFT)
    assert desk.roll.selection == {note.id for note in desk.notes[:2]}
    desk.click(desk.at(2400, 64), SHIFT)
    assert desk.roll.selection == {desk.notes[0].id}


def test_a_box_selects_what_it_touches(desk):
    desk.drag(desk.at(-0, 62) + QPoint(2, 0), desk.at(2500, 66))
    assert desk.roll.selection == {desk.notes[1].id}
    desk.drag(desk.at(3000, 72), desk.at(4200, 66), held=SHIFT)
    assert desk.roll.selection == {note.id for note in desk.notes[1:]}


def test_a_lasso_selects_what_it_goes_around(desk):
    around = [desk.at(1700, 70), desk.at(3000, 70), desk.at(3000, 62), desk.at(1700, 62)]
    desk.drag(*around, held=CTRL)
    assert desk.roll.selection == {desk.notes[1].id}


def test_a_double_click_on_a_key_selects_all_notes_of_its_pitch(roll_desk):
    desk = roll_desk(Note(0, 100, 60), Note(500, 100, 62), Note(900, 100, 60))
    key = QPoint(20, desk.at(0, 60).y())
    desk.double_click(key)
    assert desk.roll.selection == {desk.notes[0].id, desk.notes[2].id}
    assert desk.heard("auditioned")[:2] == [(60, True), (60, False)]


def test_keys_sound_one_after_the_other_under_a_gliding_hand(desk):
    y = [desk.at(0, pitch).y() for pitch in (60, 61, 62)]
    desk.drag(*(QPoint(20, each) for each in y))
    expected = [(60, True), (60, False), (61, True), (61, False), (62, True), (62, False)]
    assert desk.heard("auditioned") == expected
    assert desk.edits == []


def test_a_note_is_dragged_to_another_beat_and_pitch_as_one_step_of_undo(desk):
    before = desk.history.score
    desk.drag(desk.at(480, 60), desk.at(480 + 960, 65))
    assert times(desk.notes)[0] == (960, 960, 65)
    assert len(desk.edits) == 1
    assert desk.history.undo_name == "Move 1 note"
    assert desk.history.undo() == before


def test_a_dragged_note_is_led_to_the_grid_and_not_at_all_with_alt(desk):
    desk.drag(desk.at(480, 60), desk.at(480 + 350, 60))
    assert desk.notes[0].start_ticks == 240
    # Alt at the press would copy, so it is held only once the drag has begun.
    start, end = desk.at(240 + 480, 60), desk.at(240 + 480 + 350, 60)
    QTest.mousePress(desk.roll, LEFT, Qt.KeyboardModifier.NoModifier, start)
    desk.move(start + QPoint(10, 0))
    desk.move(end, ALT)
    QTest.mouseRelease(desk.roll, LEFT, ALT, end)
    assert desk.notes[0].start_ticks == 240 + 350


def test_a_note_sung_beside_the_grid_stays_there_when_it_is_only_transposed(roll_desk):
    desk = roll_desk(Note(1003, 900, 60), snap=SIXTEENTHS)
    desk.drag(desk.at(1400, 60), desk.at(1420, 62))
    assert times(desk.notes) == [(1003, 900, 62)]


def test_all_selected_notes_go_together_and_keep_their_distances(desk):
    desk.roll.pick(note.id for note in desk.notes[:2])
    desk.drag(desk.at(2400, 64), desk.at(2400 + 480, 63))
    assert times(desk.notes) == [(480, 960, 59), (2400, 960, 63), (3840, 960, 67)]


def test_notes_do_not_leave_the_piece_at_its_edges(roll_desk):
    desk = roll_desk(Note(0, 960, 60), Note(1920, 960, 61), snap=SIXTEENTHS)
    desk.roll.pick(note.id for note in desk.notes)
    desk.drag(desk.at(2400, 61), desk.at(2400 - 1500, 61))
    assert [note.start_ticks for note in desk.notes] == [0, 1920]
    assert desk.edits == []


@pytest.mark.parametrize("held", [CTRL, ALT])
def test_a_note_dragged_with_ctrl_or_alt_stays_and_a_copy_goes(desk, held):
    desk.drag(desk.at(480, 60), desk.at(480 + 960, 62), held=held)
    assert times(desk.notes) == [(0, 960, 60), (960, 960, 62), (1920, 960, 64), (3840, 960, 67)]
    assert desk.roll.selection == {desk.notes[1].id}


def test_the_end_of_a_note_is_dragged_and_its_start_stays(desk):
    desk.drag(desk.at(958, 60), desk.at(958 + 490, 60))
    assert times(desk.notes)[0] == (0, 1440, 60)
    assert desk.history.undo_name == "Resize 1 note"


def test_the_start_of_a_note_is_dragged_and_its_end_stays(desk):
    desk.drag(desk.at(1925, 64), desk.at(1925 + 240, 64))
    assert times(desk.notes)[1] == (2160, 720, 64)


def test_a_note_is_never_dragged_through_its_own_end(desk):
    desk.drag(desk.at(1925, 64), desk.at(1925 + 2400, 64))
    assert times(desk.notes)[1] == (2880 - 30, 30, 64)


def test_a_double_click_in_the_field_makes_a_note_and_one_on_a_note_removes_it(desk):
    desk.double_click(desk.at(970, 72))
    assert (960, 240, 72) in times(desk.notes)
    assert desk.roll.selection == {next(note.id for note in desk.notes if note.pitch == 72)}
    desk.double_click(desk.at(1080, 72))
    assert len(desk.notes) == 3
    assert [type(edit) for edit in desk.edits] == [AddNotes, RemoveNotes]


def test_the_pencil_draws_a_note_as_long_as_the_hand_goes_and_sounds_it(desk):
    desk.roll.set_tool(Tool.DRAW)
    desk.drag(desk.at(970, 71), desk.at(970 + 700, 71))
    assert (960, 720, 71) in times(desk.notes)
    assert desk.heard("auditioned") == [(71, True), (71, False)]
    desk.click(desk.at(2500, 71))
    assert (2400, 720, 71) in times(desk.notes), "the next note is as long as the last"


def test_the_pencil_takes_hold_of_a_note_that_is_there(desk):
    desk.key(Qt.Key.Key_B)
    desk.drag(desk.at(480, 60), desk.at(480, 61))
    assert times(desk.notes)[0] == (0, 960, 61)


def test_the_knife_splits_a_note_and_its_curve(roll_desk):
    curve = ((0, 0.5), (400, -0.25), (700, 0.125))
    desk = roll_desk(Note(0, 960, 60, bend_st=curve), snap=SIXTEENTHS)
    desk.key(Qt.Key.Key_C)
    desk.click(desk.at(500, 60))
    first, second = desk.notes
    assert (first.start_ticks, first.end_ticks, second.start_ticks, second.end_ticks) == (0, 480, 480, 960)
    assert first.bend_st == ((0, 0.5), (400, -0.25))
    assert second.bend_st == ((0, -0.25), (220, 0.125))
    desk.history.undo()
    assert [note.bend_st for note in desk.notes] == [curve]


def test_the_eraser_takes_every_note_that_a_fast_hand_passes_over(roll_desk):
    desk = roll_desk(*(Note(n * 480, 120, 60) for n in range(12)), Note(0, 4000, 65))
    desk.key(Qt.Key.Key_E)
    QTest.mousePress(desk.roll, LEFT, Qt.KeyboardModifier.NoModifier, desk.at(0, 60))
    desk.move(desk.at(12 * 480, 60))
    QTest.mouseRelease(desk.roll, LEFT, Qt.KeyboardModifier.NoModifier, desk.at(12 * 480, 60))
    assert times(desk.notes) == [(0, 4000, 65)]
    assert len(desk.edits) == 1


def test_a_right_drag_erases_with_any_tool_and_a_right_click_asks_for_a_menu(desk):
    desk.drag(desk.at(480, 60), desk.at(2400, 64), button=RIGHT)
    assert times(desk.notes) == [(3840, 960, 67)]
    desk.click(desk.at(4000, 67), button=RIGHT)
    assert desk.roll.selection == {desk.notes[0].id}
    assert len(desk.heard("menu")) == 1
    assert len(desk.notes) == 1


def test_escape_cancels_a_drag_and_leaves_no_trace(desk):
    before = desk.history.score
    desk.drag(desk.at(480, 60), desk.at(1440, 65), lets_go=False)
    desk.key(Qt.Key.Key_Escape)
    QTest.mouseRelease(desk.roll, LEFT, Qt.KeyboardModifier.NoModifier, desk.at(1440, 65))
    assert desk.edits == []
    assert desk.history.score is before
    assert desk.heard("auditioned")[-1][1] is False, "nothing goes on sounding"


def test_the_middle_button_or_space_moves_the_field(desk):
    left, top = desk.roll.grid.left_px, desk.roll.grid.top_px
    desk.drag(QPoint(600, 300), QPoint(500, 260), button=MIDDLE)
    assert (desk.roll.grid.left_px, desk.roll.grid.top_px) == (left + 100, top + 40)
    QTest.keyPress(desk.roll, Qt.Key.Key_Space)
    desk.drag(QPoint(500, 260), QPoint(600, 300))
    QTest.keyRelease(desk.roll, Qt.Key.Key_Space)
    assert (desk.roll.grid.left_px, desk.roll.grid.top_px) == (left, top)
    assert desk.heard("asked") == [] and desk.edits == []


def test_space_alone_asks_to_play(desk):
    desk.key(Qt.Key.Key_Space)
    assert desk.heard("asked") == ["play"]


def test_heads_of_stems_are_dragged_up_and_down_together(roll_desk):
    desk = roll_desk(Note(0, 960, 60, 60), Note(1920, 960, 64, 80), Note(3840, 960, 67, 100))
    desk.roll.pick(note.id for note in desk.notes[:2])
    desk.drag(desk.in_lane(1920, 80), desk.in_lane(1920, 100))
    assert [note.velocity for note in desk.notes] == [pytest.approx(80, abs=2), pytest.approx(100, abs=2), 100]
    assert len(desk.edits) == 1


def test_a_line_through_the_lane_gives_each_stem_its_height(roll_desk):
    desk = roll_desk(*(Note(n * 960, 480, 60, 64) for n in range(1, 6)))
    desk.drag(desk.in_lane(900, 20), desk.in_lane(4900, 120), held=SHIFT)
    velocities = [note.velocity for note in desk.notes]
    assert velocities == sorted(velocities) and velocities[0] < 30 and velocities[-1] > 110
    assert len(desk.edits) == 1 and isinstance(desk.edits[0], ChangeNotes)


def test_the_lane_paints_only_selected_notes_where_some_are(roll_desk):
    desk = roll_desk(Note(960, 480, 60, 64), Note(960, 480, 67, 64), Note(1920, 480, 60, 64))
    upper = next(note for note in desk.notes if note.pitch == 67)
    desk.roll.pick([upper.id])
    desk.drag(desk.in_lane(900, 110), desk.in_lane(2000, 110))
    changed = {note.pitch: note.velocity for note in desk.notes if note.start_ticks == 960}
    assert changed[60] == 64 and changed[67] > 100


def test_the_ruler_places_the_playhead_on_the_grid(desk):
    desk.click(desk.in_ruler(1000))
    assert desk.heard("placed") == [960]
    assert desk.roll.playhead_ticks == 960


def test_a_loop_is_drawn_above_the_bars_dragged_at_its_end_and_clicked_away(desk):
    desk.drag(desk.in_ruler(0, 4) + QPoint(1, 0), desk.in_ruler(1920, 4))
    assert desk.roll.ranges.loop == Loop(0, 1920)
    assert [goes_on for _, goes_on in desk.heard("ranged")] == [False, *[True] * (len(desk.heard("ranged")) - 1)]
    desk.drag(desk.in_ruler(1920, 4), desk.in_ruler(3840, 4))
    assert desk.roll.ranges.loop == Loop(0, 3840)
    desk.click(desk.in_ruler(1000, 4))
    assert desk.roll.ranges == Ranges()
    assert desk.heard("ranged")[-1] == (Ranges(), False)


def test_an_end_of_the_punched_part_is_dragged_below_the_loop_and_a_click_on_it_places_the_playhead(desk):
    desk.roll.set_ranges(Ranges(Loop(0, 3840), Loop(960, 2880)))
    desk.drag(desk.in_ruler(2880), desk.in_ruler(1920))
    assert desk.roll.ranges == Ranges(Loop(0, 3840), Loop(960, 1920))
    desk.drag(desk.in_ruler(960) + QPoint(-5, 0), desk.in_ruler(2880))  # past the other end
    assert desk.roll.ranges == Ranges(Loop(0, 3840), Loop(1920, 2880))
    assert not desk.heard("placed")
    desk.click(desk.in_ruler(2880))
    assert desk.heard("placed") == [2880]
    assert desk.roll.ranges.punch == Loop(1920, 2880)
    desk.drag(desk.in_ruler(1920, 4), desk.in_ruler(960, 4))  # in the loop's strip there is nothing of it
    assert desk.roll.ranges.punch == Loop(1920, 2880)


def test_escape_puts_the_punched_part_back(desk):
    desk.roll.set_ranges(Ranges(None, Loop(960, 2880)))
    desk.drag(desk.in_ruler(2880), desk.in_ruler(1920), lets_go=False)
    assert desk.roll.ranges.punch == Loop(960, 1920)
    desk.key(Qt.Key.Key_Escape)
    assert desk.roll.ranges.punch == Loop(960, 2880)


def test_the_hand_shows_over_an_end_in_the_ruler_that_it_can_be_drawn(desk):
    desk.roll.set_ranges(Ranges(Loop(0, 3840), Loop(960, 2880)))
    for place, shape in (
        (desk.in_ruler(2880), Qt.CursorShape.SizeHorCursor),
        (desk.in_ruler(3840), Qt.CursorShape.ArrowCursor),
        (desk.in_ruler(3840, 4), Qt.CursorShape.SizeHorCursor),
        (desk.in_ruler(2880, 4), Qt.CursorShape.ArrowCursor),
    ):
        desk.move(place, button=None)
        assert desk.roll.cursor().shape() == shape


def test_notes_that_stream_in_do_not_disturb_a_drag(desk):
    """A voice is recorded into the track while the mouse holds one of its notes."""
    desk.drag(desk.at(480, 60), desk.at(1440, 62), lets_go=False)
    track = desk.history.score.tracks[0].id
    for n in range(5):
        desk.roll.set_score(desk.history.do(AddNotes(track, (Note(6000 + n * 100, 90, 50),))))
    QTest.mouseRelease(desk.roll, LEFT, Qt.KeyboardModifier.NoModifier, desk.at(1440, 62))
    assert (960, 960, 62) in times(desk.notes)
    assert len(desk.notes) == 8


def test_a_note_that_vanishes_under_the_hand_is_let_go(desk):
    desk.drag(desk.at(480, 60), desk.at(1440, 62), lets_go=False)
    desk.roll.set_score(desk.history.do(RemoveNotes((desk.notes[0].id,))))
    QTest.mouseRelease(desk.roll, LEFT, Qt.KeyboardModifier.NoModifier, desk.at(1440, 62))
    assert times(desk.notes) == [(1920, 960, 64), (3840, 960, 67)]
    assert desk.edits == []


def test_a_drag_at_the_edge_pulls_the_window_along(desk):
    desk.drag(desk.at(480, 60), QPoint(desk.roll.layout_of_parts.notes.width + 70, 300), lets_go=False)
    desk.qtbot.waitUntil(lambda: desk.roll.grid.left_px > 100)
    QTest.mouseRelease(desk.roll, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(980, 300))
    assert max(note.start_ticks for note in desk.notes) > QUARTER * 8
    left = desk.roll.grid.left_px
    desk.qtbot.wait(60)
    assert desk.roll.grid.left_px == left


def test_a_wheel_scrolls_and_with_ctrl_zooms_about_the_pointer(desk):
    grid = desk.roll.grid
    desk.wheel(QPoint(500, 300), -1)
    assert desk.roll.grid.top_px > grid.top_px
    desk.wheel(QPoint(500, 300), -1, SHIFT)
    assert desk.roll.grid.left_px > grid.left_px
    desk.wheel(QPoint(500, 300), 0, pixels=QPoint(-30, -7))
    assert desk.roll.grid.left_px == grid.left_px + 64 + 30
    ticks = desk.roll.grid.ticks_at(500 - 72)
    desk.wheel(QPoint(500, 300), 2, CTRL)
    assert desk.roll.grid.px_per_tick == pytest.approx(0.1 * 1.44)
    assert desk.roll.grid.ticks_at(500 - 72) == pytest.approx(ticks, abs=1 / desk.roll.grid.px_per_tick)
    desk.wheel(QPoint(500, 300), 1, CTRL | SHIFT)
    assert desk.roll.grid.row_px == pytest.approx(16 * 1.2)


def test_two_fingers_on_a_trackpad_zoom_about_themselves(desk):
    here = desk.at(3000, 60).toPointF()
    before = desk.roll.grid.ticks_at(here.x() - 72)
    pinch = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        QPointingDevice.primaryPointingDevice(),
        2,
        here,
        here,
        desk.roll.mapToGlobal(here),
        0.25,
        QPointF(),
    )
    QApplication.sendEvent(desk.roll, pinch)
    assert desk.roll.grid.px_per_tick == pytest.approx(0.125)
    assert desk.roll.grid.ticks_at(here.x() - 72) == pytest.approx(before, abs=10)


def test_bars_at_the_edges_scroll_the_field_and_follow_it(desk):
    across, down = desk.roll.findChildren(QScrollBar)
    across.setValue(300)
    down.setValue(500)
    assert (desk.roll.grid.left_px, desk.roll.grid.top_px) == (300, 500)
    desk.roll.set_grid(desk.roll.grid.scrolled(-100, 20))
    assert (across.value(), down.value()) == (200, 520)


def test_the_pointer_shows_what_a_press_would_do(desk):
    shapes = []
    for place in (desk.at(480, 60), desk.at(958, 60), desk.at(1400, 60)):
        desk.move(place, button=None)
        shapes.append(desk.roll.cursor().shape())
    assert shapes == [Qt.CursorShape.SizeAllCursor, Qt.CursorShape.SizeHorCursor, Qt.CursorShape.ArrowCursor]


def test_a_second_button_in_the_middle_of_a_drag_means_nothing(desk):
    desk.drag(desk.at(480, 60), desk.at(1440, 62), lets_go=False)
    desk.click(desk.at(1440, 62), button=RIGHT)
    assert desk.edits == []
    desk.move(desk.at(1440, 63))
    QTest.mouseRelease(desk.roll, LEFT, Qt.KeyboardModifier.NoModifier, desk.at(1440, 63))
    assert (960, 960, 63) in times(desk.notes) and desk.heard("menu") == []
