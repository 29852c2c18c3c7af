"""Keys and scales, chords, selections, gluing and stretching: by mouse, by keys, and by the methods commands call."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from PyQt6.QtCore import QPoint, Qt

from gui.roll import PianoRoll
from gui.roll.chords import said
from gui.roll.kinds import Of
from gui.roll.remembered import look_of, take_look
from gui.roll.scene import Loop, Ranges, Tool
from gui.roll.snap import Snap
from gui.roll.stepping import grid_of
from score.harmony.scales import Scale
from score.note import Note
from score.operations.grid import Grid as StepGrid
from score.operations.lanes import Lane
from score.score import Score
from tests.gui.desk import ALT, CTRL, QUARTER, Desk
from tests.gui.test_roll_picture import fresh, seen

D_MINOR = Scale(2, "minor")
MELODY = [62, 65, 69, 67, 65, 64, 62, 62, 69, 70, 69, 67, 65, 64, 62]


@pytest.fixture
def desk(roll_desk) -> Desk:
    return roll_desk(*(Note(n * QUARTER, 900, pitch) for n, pitch in enumerate(MELODY)))


def found(desk) -> None:
    desk.qtbot.waitUntil(lambda: desk.roll.found is not None)


# Keys


def test_the_key_is_found_by_itself_and_only_lit_when_one_wants_it(desk):
    found(desk)
    assert desk.roll.found.scale == D_MINOR and desk.roll.scale is None
    desk.roll.find_key()
    assert desk.roll.scale == D_MINOR and desk.roll.finds_key
    desk.roll.set_scale(Scale(0, "dorian"))
    assert desk.roll.scale == Scale(0, "dorian") and not desk.roll.finds_key
    desk.roll.set_scale(None)
    assert desk.roll.scale is None


def test_a_few_notes_say_nothing_of_a_key(roll_desk):
    desk = roll_desk(Note(0, 960, 60), Note(960, 960, 64))
    desk.roll.find_key()
    assert desk.roll.found is None and desk.roll.scale is None


def test_folding_without_a_key_looks_for_one(desk):
    desk.roll.set_folded(True)
    rows = desk.roll.grid.rows.pitches
    assert desk.roll.scale == D_MINOR and all(D_MINOR.has(pitch) for pitch in rows) and len(rows) < 80
    desk.roll.set_folded(False)
    assert len(desk.roll.grid.rows) == 128


def test_notes_are_drawn_onto_the_scale_and_anywhere_with_alt(desk):
    desk.roll.set_scale(D_MINOR)
    desk.roll.set_led_to_scale(True)
    desk.roll.set_tool(Tool.DRAW)
    desk.drag(desk.at(4 * QUARTER, 73), desk.at(5 * QUARTER, 73))
    assert 72 in [note.pitch for note in desk.notes] and 73 not in [note.pitch for note in desk.notes]
    desk.drag(desk.at(5 * QUARTER, 73), desk.at(6 * QUARTER, 73), held=ALT)
    assert 73 in [note.pitch for note in desk.notes]


def test_a_chord_is_moved_by_steps_of_the_scale(roll_desk):
    desk = roll_desk(*(Note(0, 1920, pitch) for pitch in (62, 65, 69)))
    desk.roll.set_scale(D_MINOR)
    desk.roll.set_led_to_scale(True)
    desk.roll.pick([note.id for note in desk.notes])
    desk.drag(desk.at(960, 62), desk.at(960, 64))
    assert [note.pitch for note in desk.notes] == [64, 67, 70]
    assert len(desk.edits) == 1
    desk.key(Qt.Key.Key_Down)
    assert [note.pitch for note in desk.notes] == [62, 65, 69]
    desk.key(Qt.Key.Key_Up, ALT)
    assert [note.pitch for note in desk.notes] == [63, 66, 70]


def test_moving_in_time_alone_leaves_a_note_beside_the_scale(roll_desk):
    desk = roll_desk(Note(0, 960, 63))
    desk.roll.set_scale(D_MINOR)
    desk.roll.set_led_to_scale(True)
    desk.drag(desk.at(480, 63), desk.at(480 + QUARTER, 63))
    assert (desk.notes[0].start_ticks, desk.notes[0].pitch) == (QUARTER, 63)


# Chords


def test_chords_have_their_names_and_a_click_on_one_selects_its_notes(roll_desk):
    chords = enumerate([(62, 65, 69), (60, 64, 67)])
    desk = roll_desk(*(Note(bar * 3840, 3800, pitch) for bar, chord in chords for pitch in chord))
    before = seen(desk.roll)
    height = desk.roll.layout_of_parts.notes.height
    desk.roll.set_chords(True)
    assert (seen(desk.roll)[32:52, 80:400] != before[32:52, 80:400]).any()
    assert desk.roll.layout_of_parts.notes.height < height
    assert (seen(desk.roll) == fresh(desk.roll)).all()
    band = desk.roll.layout_of_parts.chords
    desk.click(QPoint(desk.at(4000, 60).x(), band.y + 8))
    assert {note.pitch for note in desk.notes if note.id in desk.roll.selection} == {60, 64, 67}
    desk.roll.set_chords(False)
    assert desk.roll.layout_of_parts.notes.height == height


def test_a_changed_chord_is_named_anew(roll_desk):
    desk = roll_desk(Note(0, 3800, 62), Note(0, 3800, 65), Note(0, 3800, 69))
    desk.roll.set_chords(True)
    before = seen(desk.roll)
    desk.roll.pick([desk.notes[1].id])
    desk.key(Qt.Key.Key_Up)
    after = seen(desk.roll)
    assert (after[32:52, 72:130] != before[32:52, 72:130]).any() and (after == fresh(desk.roll)).all()


@pytest.mark.parametrize(
    ("name", "written"),
    [("Bb", "B♭"), ("F#m7b5", "F♯m7♭5"), ("Cadd9", "Cadd9"), ("Gbmaj7#5/Bb", "G♭maj7♯5/B♭"), ("D6/9", "D6/9")],
)
def test_chords_are_written_with_the_signs_of_musicians(name, written):
    assert said(name) == written


# Selections


def test_selections_of_the_same_pitch_in_a_range_and_of_all_others(desk):
    desk.click(desk.at(400, 62))
    desk.roll.select_same_pitch()
    assert [note.pitch for note in desk.notes if note.id in desk.roll.selection] == [62] * 4
    desk.roll.select_others()
    assert len(desk.roll.selection) == len(MELODY) - 4
    desk.roll.set_ranges(Ranges(Loop(QUARTER, 3 * QUARTER)))
    desk.roll.select_in_range()
    assert [note.pitch for note in desk.notes if note.id in desk.roll.selection] == [65, 69]
    desk.roll.set_ranges(Ranges())
    desk.roll.pick([desk.notes[2].id, desk.notes[5].id])
    desk.roll.select_in_range()
    assert [note.pitch for note in desk.notes if note.id in desk.roll.selection] == MELODY[2:6]


# Gluing and stretching


def test_the_glue_tool_joins_a_note_with_the_next_of_its_pitch(roll_desk):
    desk = roll_desk(Note(0, 900, 60), Note(960, 900, 60), Note(1920, 900, 60), Note(960, 900, 64))
    desk.key(Qt.Key.Key_J)
    desk.click(desk.at(400, 60))
    assert [(n.start_ticks, n.end_ticks) for n in desk.notes if n.pitch == 60] == [(0, 1860), (1920, 2820)]
    desk.drag(desk.at(400, 60), desk.at(2200, 60))
    assert [(n.start_ticks, n.end_ticks) for n in desk.notes if n.pitch == 60] == [(0, 2820)]
    assert len(desk.edits) == 2 and len(desk.notes) == 2
    desk.click(desk.at(1200, 64))
    assert len(desk.edits) == 2


def test_selected_notes_are_stretched_by_the_end_of_their_bracket(desk):
    desk.roll.pick([note.id for note in desk.notes[:4]])
    field = desk.roll.layout_of_parts.notes
    end = QPoint(desk.at(3 * QUARTER + 900, 60).x(), field.y + 5)
    wanted = QPoint(desk.at(6 * QUARTER + 1800, 60).x(), field.y + 5)
    desk.drag(end, wanted)
    assert len(desk.edits) == 1
    stretched = sorted(desk.notes, key=lambda note: note.id)[:4]
    times = (stretched[-1].end_ticks) / (3 * QUARTER + 900)
    assert times == pytest.approx(2, abs=0.05)
    for n, note in enumerate(stretched):
        assert note.start_ticks == pytest.approx(n * QUARTER * times, abs=2)
        assert note.duration_ticks == pytest.approx(900 * times, abs=2)


def test_the_start_of_the_bracket_pulls_all_the_other_way_and_escape_lets_go(desk):
    desk.roll.pick([note.id for note in desk.notes[4:8]])
    field = desk.roll.layout_of_parts.notes
    start = QPoint(desk.at(4 * QUARTER, 60).x(), field.y + 5)
    desk.drag(start, QPoint(desk.at(2 * QUARTER, 60).x(), field.y + 5), lets_go=False)
    assert "%" in desk.roll.hand.preview(desk.roll.scene).words
    desk.key(Qt.Key.Key_Escape)
    assert desk.edits == []
    desk.drag(start, QPoint(desk.at(2 * QUARTER, 60).x(), field.y + 5))
    moved = sorted(desk.notes, key=lambda note: note.id)[4:8]
    assert moved[0].start_ticks == 2 * QUARTER and moved[-1].end_ticks == 7 * QUARTER + 900


def test_a_single_note_has_no_bracket(desk):
    desk.roll.pick([desk.notes[0].id])
    assert desk.roll.scene.stretch is None
    desk.roll.pick([desk.notes[0].id, desk.notes[1].id])
    assert desk.roll.scene.stretch == (0, QUARTER + 900)
    desk.key(Qt.Key.Key_Delete)
    assert desk.roll.scene.stretch is None


# Grids


def test_dotted_steps_lead_the_hand(roll_desk):
    desk = roll_desk(snap=Snap(Fraction(1, 8), dotted=True))
    assert desk.roll.snap.name == "1/8 dotted"
    desk.roll.set_tool(Tool.DRAW)
    desk.drag(desk.at(760, 60), desk.at(2100, 60))
    assert (desk.notes[0].start_ticks, desk.notes[0].end_ticks) == (720, 2160)


# Step input


def test_step_input_from_the_computers_keys(roll_desk):
    desk = roll_desk(snap=Snap(Fraction(1, 8)))
    desk.roll.set_stepping(True)
    for key in (Qt.Key.Key_A, Qt.Key.Key_D, Qt.Key.Key_Space, Qt.Key.Key_W):
        desk.key(key)
    assert [(n.start_ticks, n.duration_ticks, n.pitch) for n in desk.notes] == [
        (0, 480, 60),
        (480, 480, 64),
        (1440, 480, 61),
    ]
    assert desk.roll.playhead_ticks == 1920
    desk.key(Qt.Key.Key_Return)
    assert desk.notes[-1].duration_ticks == 960
    desk.key(Qt.Key.Key_Backspace)
    assert desk.roll.playhead_ticks == 1920
    desk.key(Qt.Key.Key_X)
    desk.key(Qt.Key.Key_A)
    assert desk.notes[-1].pitch == 72
    heard = desk.heard("auditioned")
    assert (60, True) in heard and (60, False) in heard
    desk.roll.set_stepping(False)
    desk.key(Qt.Key.Key_C)
    assert desk.roll.hand.tool is Tool.SPLIT


def test_step_input_from_a_midi_keyboard_sets_a_chord_when_the_last_key_is_up(roll_desk):
    desk = roll_desk(snap=Snap(Fraction(1, 4)))
    assert not desk.roll.play_key(60, 90, True)
    desk.roll.set_stepping(True)
    for pitch in (60, 64, 67):
        assert desk.roll.play_key(pitch, 70 + pitch - 60, True)
    for pitch in (60, 64):
        desk.roll.play_key(pitch, 0, False)
    assert desk.notes == []
    desk.roll.play_key(67, 0, False)
    assert [(n.start_ticks, n.pitch, n.velocity) for n in desk.notes] == [(0, 60, 77), (0, 64, 77), (0, 67, 77)]
    assert len(desk.edits) == 1 and desk.roll.playhead_ticks == QUARTER and desk.heard("placed") == [QUARTER]


def test_the_step_is_as_long_as_the_grid():
    assert grid_of(Snap()) == StepGrid(8) == grid_of(Snap(Fraction(1, 4), is_on=False))
    assert grid_of(Snap(Fraction(1, 4), triplets=True)) == StepGrid(4, "triplet")
    assert grid_of(Snap(Fraction(1, 16), dotted=True)) == StepGrid(16, "dotted")


# The window


def test_all_notes_are_in_a_window_that_was_fitted_before_it_had_its_size(qtbot):
    roll = PianoRoll()
    qtbot.addWidget(roll)
    roll.set_score(Score().adding("Voice", [Note(0, 960, 40), Note(95_000, 960, 80)]))
    roll.fit()
    roll.resize(1400, 700)
    roll.show()
    qtbot.waitExposed(roll)
    grid, field = roll.grid, roll.layout_of_parts.notes
    assert 0.8 * field.width < grid.x_of(95_960) - grid.x_of(0) <= field.width
    assert grid.y_of(80) >= 0 and grid.y_of(40) + grid.row_px <= field.height
    roll.set_grid(grid.zoomed(3.0))
    roll.resize(1200, 700)
    assert roll.grid.px_per_tick == pytest.approx(3 * grid.px_per_tick)


def test_a_lasso_and_a_drag_with_ctrl_that_copies(desk):
    desk.drag(desk.at(-0, 60.2), desk.at(5000, 60), desk.at(5000, 72), desk.at(2200, 72), desk.at(0, 61), held=CTRL)
    chosen = {note.id for note in desk.notes if note.id in desk.roll.selection}
    assert chosen
    desk.roll.pick([desk.notes[0].id])
    desk.drag(desk.at(400, 62), desk.at(400, 74), held=CTRL)
    assert len(desk.notes) == len(MELODY) + 1 and desk.notes[0].pitch == 62


def test_what_was_chosen_comes_back_and_what_nobody_understands_is_left(desk, roll_desk):
    roll = desk.roll
    roll.open_lane(Lane("control", 2, 74))
    roll.open_lane(Of.TIMBRE)
    roll.size_lane(Of.TIMBRE, 120)
    roll.close_lane(Of.VELOCITY)
    roll.set_snap(Snap(Fraction(1, 8), dotted=True))
    roll.set_scale(Scale(10, "dorian"))
    roll.set_folded(True)
    roll.set_chords(True)
    roll.set_ghosts(False)
    roll.set_shape("curve")
    kept = json.loads(json.dumps(look_of(roll)))
    other = roll_desk(Note(0, 960, 60)).roll
    take_look(other, kept)
    assert look_of(other) == kept
    assert other.lanes == (Lane("control", 2, 74), Of.TIMBRE) and other.scale == Scale(10, "dorian")
    take_look(other, {"lanes": [["nobody", 3]], "snap": "?", "scale": "H sharp", "shape": 7, "folded": False, "x": 1})
    assert look_of(other) == {**kept, "folded": False}
