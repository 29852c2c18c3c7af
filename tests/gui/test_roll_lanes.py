"""Lanes under the notes, by mouse and keys: strokes into controllers and into notes, each one step of undo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QApplication, QMenu, QToolButton

from gui.roll.kinds import LEAST_LANE_PX, Of
from gui.roll.lane_heads import LaneHead
from gui.roll.lane_menu import fill_lane_menu
from score.edits import AddNotes, ChangeEvents, ChangeNotes, RemoveNotes
from score.events import Bend, Control
from score.history import History
from score.note import Note
from score.operations.lanes import Lane
from score.score import Score
from tests.gui.desk import ALT, PLAIN, RIGHT, SHIFT, QTest
from tests.gui.test_roll_picture import fresh, seen

WHEEL = Lane("control", 0, 1)
BEND = Lane("bend")


@pytest.fixture
def desk(roll_desk):
    desk = roll_desk(Note(0, 960, 60), Note(1920, 960, 64), Note(3840, 960, 67), size=(1000, 760))
    desk.roll.open_lane(WHEEL)
    return desk


def values(desk, lane=WHEEL):
    return lane.values(desk.history.score.tracks[0])


def head_of(desk, kind) -> LaneHead:
    return next(head for head in desk.roll.findChildren(LaneHead) if head.kind == kind)


def test_the_pencil_draws_into_a_controller_in_one_step(desk):
    before = desk.history.score
    desk.drag(desk.in_lane_of(WHEEL, 960, 20), desk.in_lane_of(WHEEL, 2880, 100), desk.in_lane_of(WHEEL, 3840, 60))
    assert len(desk.edits) == 1
    drawn = dict(values(desk))
    assert min(drawn) == pytest.approx(960, abs=10) and max(drawn) == pytest.approx(3840, abs=30)
    assert WHEEL.value(desk.history.score.tracks[0], 2880) == pytest.approx(100, abs=3)
    assert WHEEL.value(desk.history.score.tracks[0], 9999) == pytest.approx(60, abs=2)
    assert desk.history.undo() == before


def test_shift_draws_a_straight_line_whatever_way_the_hand_took(desk):
    through = desk.in_lane_of(WHEEL, 1440, 120), desk.in_lane_of(WHEEL, 3840, 100)
    desk.drag(desk.in_lane_of(WHEEL, 960, 20), *through, held=SHIFT)
    for ticks in range(960, 3841, 240):
        wanted = 20 + 80 * (ticks - 960) / 2880
        assert WHEEL.value(desk.history.score.tracks[0], ticks) == pytest.approx(wanted, abs=3)


def test_lines_and_curves_begin_and_end_on_the_grid(desk):
    desk.roll.set_shape("line")
    desk.drag(desk.in_lane_of(WHEEL, 985, 0), desk.in_lane_of(WHEEL, 1900, 127))
    assert values(desk)[0][0] == 960 and values(desk)[-1] == (pytest.approx(1920, abs=5), 127)
    desk.roll.set_shape("curve")
    desk.drag(desk.in_lane_of(WHEEL, 3840, 0), desk.in_lane_of(WHEEL, 5760, 127))
    # It eases in and out: a quarter of the way it lags behind a line, and is ahead at three quarters.
    track = desk.history.score.tracks[0]
    assert WHEEL.value(track, 4320) < 25 and WHEEL.value(track, 5280) > 102


def test_a_click_sets_one_value_on_the_grid(desk):
    desk.click(desk.in_lane_of(WHEEL, 970, 64))
    assert values(desk) == ((960, pytest.approx(64, abs=1)),)


def test_a_wheel_springs_back_to_its_rest(desk):
    desk.roll.open_lane(BEND)
    desk.click(desk.in_lane_of(BEND, 960, 150))
    desk.click(desk.in_lane_of(BEND, 1920, 4000))
    assert [value for _, value in values(desk, BEND)] == [0, pytest.approx(4000, abs=110)]


def test_escape_leaves_a_stroke_undone(desk):
    desk.drag(desk.in_lane_of(WHEEL, 960, 20), desk.in_lane_of(WHEEL, 1920, 90), lets_go=False)
    desk.key(Qt.Key.Key_Escape)
    QTest.mouseRelease(desk.roll, Qt.MouseButton.LeftButton, PLAIN, desk.in_lane_of(WHEEL, 1920, 90))
    assert desk.edits == [] and values(desk) == ()


def test_the_right_button_empties_the_time_it_passes_over(desk):
    desk.drag(desk.in_lane_of(WHEEL, 0, 20), desk.in_lane_of(WHEEL, 5760, 100))
    desk.drag(desk.in_lane_of(WHEEL, 1920, 50), desk.in_lane_of(WHEEL, 3840, 50), button=RIGHT)
    assert len(desk.edits) == 2
    assert not [at for at, _ in values(desk) if 1920 <= at < 3840]
    assert [at for at, _ in values(desk) if at < 1920] and [at for at, _ in values(desk) if at >= 3840]


def test_a_right_click_asks_what_can_be_done_with_the_lane(desk):
    desk.click(desk.in_lane_of(WHEEL, 1920, 50), button=RIGHT)
    menu = QApplication.activePopupWidget()
    assert menu is not None and "Modulation" in menu.actions()[0].text()
    menu.actions()[0].trigger()
    menu.close()
    assert desk.roll.lanes == (Of.VELOCITY,)
    assert desk.edits == [] and desk.heard("menu") == []


@pytest.mark.parametrize(("kind", "name"), [(Of.PRESSURE, "pressure"), (Of.TIMBRE, "timbre")])
def test_a_stroke_over_notes_goes_into_the_notes_themselves(desk, kind, name):
    desk.roll.open_lane(kind)
    desk.drag(desk.in_lane_of(kind, 100, 10), desk.in_lane_of(kind, 2600, 110))
    assert len(desk.edits) == 1 and isinstance(desk.edits[0], ChangeNotes)
    first, second, third = (getattr(note, name) for note in desk.notes)
    assert first and second and not third
    assert first[-1][1] < second[1][1] < second[-2][1]
    assert not any(getattr(note, name) for note in desk.history.undo().tracks[0].notes)
    assert all(type(value) is int for _, value in first)


def test_with_notes_selected_only_theirs_are_drawn(desk):
    desk.roll.open_lane(Of.PRESSURE)
    desk.roll.pick([desk.notes[1].id])
    desk.drag(desk.in_lane_of(Of.PRESSURE, 0, 100), desk.in_lane_of(Of.PRESSURE, 4700, 100))
    assert [bool(note.pressure) for note in desk.notes] == [False, True, False]
    desk.drag(desk.in_lane_of(Of.PRESSURE, 0, 60), desk.in_lane_of(Of.PRESSURE, 4700, 60), button=RIGHT)
    assert not any(note.pressure for note in desk.notes)


def test_velocities_follow_a_curve(desk):
    desk.roll.set_shape("curve")
    desk.drag(desk.in_lane(0, 20), desk.in_lane(3840, 120))
    loud = [note.velocity for note in desk.notes]
    assert loud[0] == pytest.approx(20, abs=2) and loud[1] == pytest.approx(70, abs=4) and loud[2] > 115


def test_lanes_show_only_selected_notes_when_asked(desk):
    desk.roll.pick([desk.notes[0].id])
    both = seen(desk.roll)
    desk.roll.set_only_selected(True)
    only = seen(desk.roll)
    x, y = desk.in_lane(1920, 40).x(), desk.in_lane(1920, 40).y()
    assert (both[y, x - 1 : x + 2] != only[y, x - 1 : x + 2]).any()
    desk.roll.pick([desk.notes[1].id])
    assert (seen(desk.roll) == fresh(desk.roll)).all()


def test_the_edge_of_a_lane_is_dragged(desk):
    rect = desk.roll.layout_of_parts.lane_of(WHEEL)
    desk.drag(QPoint(500, rect.y), QPoint(500, rect.y - 60))
    assert desk.roll.layout_of_parts.lane_of(WHEEL).height == rect.height + 60
    assert desk.edits == []
    now = desk.roll.layout_of_parts.lane_of(WHEEL)
    desk.drag(QPoint(500, now.y), QPoint(500, now.y + 400))
    assert desk.roll.layout_of_parts.lane_of(WHEEL).height == LEAST_LANE_PX


def test_a_finger_drags_the_name_of_a_lane(desk):
    head = head_of(desk, WHEEL)
    before = head.height()
    QTest.mousePress(head, Qt.MouseButton.LeftButton, PLAIN, QPoint(30, 40))
    QTest.mouseMove(head, QPoint(30, 10))
    QTest.mouseRelease(head, Qt.MouseButton.LeftButton, PLAIN, QPoint(30, 10))
    assert head.height() > before


def test_a_lane_is_closed_and_what_is_in_it_stays(desk):
    desk.click(desk.in_lane_of(WHEEL, 960, 90))
    close = head_of(desk, WHEEL).findChild(QToolButton)
    QTest.mouseClick(close, Qt.MouseButton.LeftButton)
    assert desk.roll.lanes == (Of.VELOCITY,)
    assert WHEEL in desk.roll.lanes_in_use()
    desk.roll.close_lane(Of.VELOCITY)
    assert desk.roll.layout_of_parts.below.height == 0
    seen(desk.roll)


def test_keys_on_the_head_of_a_lane_do_all_that_a_mouse_does(desk):
    head = head_of(desk, WHEEL)
    head.setFocus()
    height = head.height()
    QTest.keyClick(head, Qt.Key.Key_Up, ALT)
    assert head.height() == height + 8
    desk.roll.set_playhead(960)
    QTest.keyClick(head, Qt.Key.Key_Up, SHIFT)
    QTest.keyClick(head, Qt.Key.Key_Down)
    assert values(desk) == ((960, 9),) and len(desk.edits) == 2
    QTest.keyClick(head, Qt.Key.Key_Delete)
    assert WHEEL not in desk.roll.lanes


def test_keys_on_the_head_of_a_lane_of_notes_change_selected_ones(desk):
    desk.roll.open_lane(Of.TIMBRE)
    desk.roll.pick([desk.notes[0].id])
    QTest.keyClick(head_of(desk, Of.TIMBRE), Qt.Key.Key_Up, SHIFT)
    QTest.keyClick(head_of(desk, Of.VELOCITY), Qt.Key.Key_Down)
    assert desk.notes[0].timbre == ((0, 74),) and desk.notes[0].velocity == 79
    assert not desk.notes[1].timbre


def test_the_menu_of_lanes_opens_and_closes_them(desk):
    menu = QMenu(desk.roll)
    fill_lane_menu(menu, desk.roll)
    by_name = {action.text(): action for action in menu.actions()}
    by_name["Pitch bend"].trigger()
    by_name["Sustain"].trigger()
    by_name["Modulation"].trigger()
    by_name["Draw lines"].trigger()
    assert desk.roll.lanes == (Of.VELOCITY, BEND, Lane("control", 0, 64)) and desk.roll.shape == "line"


def test_lanes_of_a_track_are_on_the_channel_of_its_notes(roll_desk):
    desk = roll_desk(Note(0, 960, 60, channel=5))
    menu = QMenu(desk.roll)
    fill_lane_menu(menu, desk.roll)
    next(action for action in menu.actions() if action.text() == "Expression, ch. 6").trigger()
    lane = Lane("control", 5, 11)
    desk.click(desk.in_lane_of(lane, 960, 50))
    (event,) = desk.history.score.tracks[0].events
    assert event == Control(960, 5, 11, event.value) and event.value == pytest.approx(50, abs=1)


def test_a_hand_that_goes_back_draws_over_what_it_drew(desk):
    there, back = desk.in_lane_of(WHEEL, 3840, 100), desk.in_lane_of(WHEEL, 1920, 30)
    desk.drag(desk.in_lane_of(WHEEL, 960, 100), there, back)
    track = desk.history.score.tracks[0]
    assert WHEEL.value(track, 1400) == pytest.approx(100, abs=2)
    assert WHEEL.value(track, 2000) == pytest.approx(33, abs=4)
    assert WHEEL.value(track, 2900) == pytest.approx(65, abs=4)


def test_where_only_selected_notes_are_shown_no_other_is_hit(desk):
    desk.roll.pick([desk.notes[0].id])
    desk.roll.set_only_selected(True)
    desk.drag(desk.in_lane(1920, 80), desk.in_lane(1920, 120))
    assert [note.velocity for note in desk.notes] == [80, 80, 80] and desk.roll.selection == {desk.notes[0].id}


def test_after_every_change_of_events_the_picture_is_what_a_fresh_one_would_be(desk):
    desk.roll.open_lane(BEND)
    desk.roll.open_lane(Of.PRESSURE)
    track = desk.history.score.tracks[0].id
    steps = [
        ChangeEvents(track, (), tuple(Control(at, 0, 1, at // 60 % 128) for at in range(0, 7000, 60))),
        ChangeEvents(track, (Control(3000, 0, 1, 50),), (Bend(2000, 0, 3000), Bend(2500, 0, -3000))),
        ChangeNotes((replace(desk.notes[1], pressure=((0, 30), (400, 99))),)),
        ChangeEvents(track, (Bend(2500, 0, -3000),), ()),
    ]
    for edit in steps:
        desk._do(edit)
        assert (seen(desk.roll) == fresh(desk.roll)).all()
    desk.roll.set_score(desk.history.undo())
    assert (seen(desk.roll) == fresh(desk.roll)).all()
    assert np.unique(seen(desk.roll)).size > 20


def test_a_low_window_keeps_its_notes(desk):
    for kind in (BEND, Of.PRESSURE, Of.TIMBRE, Lane("control", 0, 7)):
        desk.roll.open_lane(kind)
    desk.roll.resize(700, 300)
    assert desk.roll.layout_of_parts.notes.height >= 80


SOME_NOTES = st.lists(
    st.builds(
        Note,
        st.integers(0, 40).map(lambda n: 240 * n),
        st.integers(1, 8).map(lambda n: 240 * n - 20),
        st.sampled_from([57, 60, 62, 64, 65, 67, 69, 71]),
        pressure=st.sampled_from([(), ((0, 90),), ((0, 20), (100, 99))]),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_with_all_lanes_and_chords_any_edits_leave_the_picture_a_fresh_one_would_be(desk, data):
    roll = desk.roll
    chords = [Note(bar * 3840, 3600, pitch) for bar in range(3) for pitch in (48, 52, 55)]
    history = desk.history = History(Score().adding("Voice", [Note(0, 960, 60)]).adding("Keys", chords))
    for kind in (Of.PRESSURE, WHEEL, BEND):
        roll.open_lane(kind)
    roll.set_chords(True)
    roll.set_score(history.score, history.score.tracks[0].id)
    track = roll.track_id
    for _ in range(data.draw(st.integers(1, 5))):
        notes = list(history.score.tracks[0].notes)
        what = data.draw(st.sampled_from(["add", "change", "remove", "wheel", "pick", "undo", "only", "scroll"]))
        if what == "add":
            desk._do(AddNotes(track, tuple(data.draw(SOME_NOTES))))
        elif what == "change" and notes:
            fresh_note = data.draw(SOME_NOTES)[0]
            desk._do(ChangeNotes((replace(fresh_note, id=data.draw(st.sampled_from(notes)).id),)))
        elif what == "remove" and notes:
            desk._do(RemoveNotes((data.draw(st.sampled_from(notes)).id,)))
        elif what == "wheel":
            at = 240 * data.draw(st.integers(0, 30))
            desk._do(ChangeEvents(track, (), (Control(at, 0, 1, at % 128), Bend(at, 0, at - 4000))))
        elif what == "pick" and notes:
            roll.pick([data.draw(st.sampled_from(notes)).id])
        elif what == "only":
            roll.set_only_selected(not roll.shows_only_selected)
        elif what == "undo" and history.undo_name:
            roll.set_score(history.undo())
        else:
            roll.set_grid(roll.grid.scrolled(data.draw(st.integers(-300, 300)), data.draw(st.integers(-90, 90))))
        if data.draw(st.booleans()):
            roll.grab()
    roll.settle()
    assert (seen(roll) == fresh(roll)).all()
