"""What the roll draws: only what changed, and yet the same picture as if all of it had been drawn anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PyQt6.QtCore import QPoint, QRect
from PyQt6.QtGui import QColor, QImage, QPainter

from gui.roll import PianoRoll
from gui.roll.backdrop import BLOCK_FRAMES, Heard, Seconds, Waveform
from gui.roll.columns import END, ID, START, Columns, columns_of
from gui.roll.overlay import LiveNote
from gui.roll.scale import DEGREES, Key
from gui.roll.scene import Loop, Ranges
from gui.theme import DARK, LIGHT
from score.edits import AddNotes, ChangeNotes, RemoveNotes
from score.history import History
from score.note import Note
from score.notes import Notes
from score.score import Score
from score.tempo import Tempo, TempoMap


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    data = image.constBits()
    assert data is not None
    return (
        np.frombuffer(bytes(data.asarray(image.sizeInBytes())), np.uint32).reshape(image.height(), image.width()).copy()
    )


def seen(roll: PianoRoll) -> np.ndarray:
    roll.settle()
    return pixels(roll.grab().toImage())


def fresh(roll: PianoRoll) -> np.ndarray:
    """The same roll drawn from nothing."""
    roll._picture.redraw()
    return seen(roll)


SUNG = tuple((at, 0.4 * float(np.sin(at / 40))) for at in range(0, 900, 20))


@pytest.fixture
def desk(roll_desk):
    return roll_desk(Note(0, 960, 60, 30), Note(1920, 960, 64, 120, bend_st=SUNG), Note(3840, 960, 67, muted=True))


def colour_at(desk, ticks: float, pitch: float) -> str:
    at = desk.at(ticks, pitch)
    desk.roll.settle()
    return QColor(desk.roll.grab().toImage().pixel(at)).name()


def test_louder_notes_are_brighter_and_selected_ones_amber(desk):
    soft, loud = colour_at(desk, 800, 60), colour_at(desk, 2850, 64)
    assert QColor(loud).lightness() > QColor(soft).lightness()
    desk.roll.pick([desk.notes[0].id])
    assert colour_at(desk, 800, 60) == DARK.accent


def test_a_muted_note_is_hatched(desk):
    desk.roll.settle()

    def holes(ticks: float, pitch: int) -> int:
        """Pixels of a note through which its row is seen."""
        box = QRect(desk.at(ticks, pitch) - QPoint(0, 5), desk.at(ticks + 800, pitch) + QPoint(0, 5))
        return int((pixels(desk.roll.grab(box).toImage()) == int("ff" + DARK.row[1:], 16)).sum())

    assert holes(100, 60) == 0 and holes(3900, 67) > 100


def test_the_pitch_that_was_sung_is_drawn_over_its_note(desk):
    with_curve = seen(desk.roll)
    note = desk.notes[1]
    desk.roll.set_score(desk.history.do(ChangeNotes((replace(note, bend_st=()),))))
    assert (with_curve != seen(desk.roll)).any()


def test_notes_of_other_tracks_lie_behind_and_can_be_put_away(desk):
    other = desk.history.score.adding("Bass", [Note(960, 900, 55)])
    desk.roll.set_score(other)
    assert colour_at(desk, 1400, 55) == DARK.ghost
    desk.roll.set_ghosts(False)
    assert colour_at(desk, 1400, 55) != DARK.ghost
    desk.roll.set_score(other, other.tracks[1].id)
    assert QColor(colour_at(desk, 1400, 55)).hue() == pytest.approx(QColor(DARK.loud_note).hue(), abs=12)


def test_rows_of_a_key_are_lit_and_folding_leaves_only_them(desk):
    desk.roll.set_key(Key(2, DEGREES["minor"]))
    assert colour_at(desk, 9060, 62) == DARK.tonic_row
    assert colour_at(desk, 9060, 61) == DARK.dark_row
    desk.roll.set_key(Key(2, DEGREES["minor"]), is_folded=True)
    rows = desk.roll.grid.rows.pitches
    assert 61 not in rows and 64 in rows and {note.pitch for note in desk.notes} <= set(rows)
    desk.roll.set_key(None)
    assert len(desk.roll.grid.rows) == 128


def test_an_empty_track_says_what_to_do_until_the_first_note(roll_desk):
    desk = roll_desk()
    empty = seen(desk.roll)
    desk.roll.set_live([LiveNote(100_000, 100_010, 60)])
    lines_only = seen(desk.roll)
    assert (empty != lines_only).any()
    desk.roll.set_live([])
    assert (seen(desk.roll) == empty).all()


def test_a_note_grows_while_it_is_sung_and_its_key_shows(desk):
    before = seen(desk.roll)
    for end in (5000, 5200, 5400):
        desk.roll.set_live([LiveNote(4900, end, 71)], [(4900.0, 70.5), (end - 100.0, 71.2), (float(end), float("nan"))])
        now = pixels(desk.roll.grab().toImage())
    at = desk.at(5300, 71)
    assert now[at.y(), at.x()] != before[at.y(), at.x()]
    key = QPoint(10, at.y())
    assert QColor(desk.roll.grab().toImage().pixel(key)).name() == DARK.accent
    desk.roll.set_live([])
    assert (seen(desk.roll) == before).all()


def test_the_take_lies_behind_its_notes_on_demand(desk):
    before = seen(desk.roll)
    sound = np.sin(np.arange(48_000 * 4) / 20).astype(np.float32)
    at = np.arange(0, 4, 0.01)
    desk.roll.set_behind(Waveform.of(sound, 48_000), Heard(at, 62 + np.sin(at)))
    assert (seen(desk.roll) != before).mean() > 0.02
    desk.roll.set_behind()
    assert (seen(desk.roll) == before).all()


def test_the_playhead_repaints_its_own_pixels_only(desk):
    desk.roll.grab()
    painted: list[QRect] = []
    original = desk.roll.paintEvent

    def watched(event):
        painted.append(event.region().boundingRect())
        original(event)

    desk.roll.paintEvent = watched
    still = seen(desk.roll)
    painted.clear()
    desk.roll.set_playhead(480)
    desk.qtbot.waitUntil(lambda: bool(painted))
    assert max(rect.width() for rect in painted) < 80
    desk.roll.set_playhead(0)
    assert (seen(desk.roll) == still).all()


def test_a_window_that_follows_keeps_the_playhead_in_sight(desk):
    for ticks in range(0, 60_000, 500):
        desk.roll.set_playhead(ticks, follow=True)
        assert 0 <= desk.roll.grid.x_of(ticks) <= desk.roll.grid.width_px


def test_a_theme_changes_every_colour_and_back(desk):
    dark = seen(desk.roll)
    desk.roll.set_theme(LIGHT)
    assert (seen(desk.roll) != dark).mean() > 0.95
    desk.roll.set_theme(DARK)
    assert (seen(desk.roll) == dark).all()


@pytest.mark.parametrize("density", [1.0, 2.0])
def test_every_size_and_density_is_filled_to_its_edges(roll_desk, density):
    desk = roll_desk(Note(0, 960, 60), size=(400, 260))
    for size in ((1024, 640), (320, 240), (1600, 900)):
        desk.roll.resize(*size)
        image = QImage(round(size[0] * density), round(size[1] * density), QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(density)
        image.fill(QColor("#ff00ff"))
        painter = QPainter(image)
        desk.roll.render(painter, QPoint())
        painter.end()
        assert not (pixels(image) == 0xFFFF00FF).any()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_after_any_edits_selections_and_scrolling_the_picture_is_what_a_fresh_one_would_be(desk, data):
    roll = desk.roll
    history = desk.history = History(Score().adding("Voice", [Note(0, 960, 60), Note(1920, 960, 64, bend_st=SUNG)]))
    roll.set_score(history.score)
    roll.set_grid(replace(roll.grid, left_px=0.0, top_px=768.0))
    roll.pick(())
    roll.set_ranges(Ranges())
    for _ in range(data.draw(st.integers(1, 6))):
        notes = desk.notes
        what = data.draw(st.sampled_from(["add", "change", "remove", "pick", "scroll", "undo", "loop", "punch"]))
        start, pitch = data.draw(st.integers(0, 9000)), data.draw(st.integers(48, 80))
        if what == "add":
            curve = SUNG if data.draw(st.booleans()) else ()
            edit = AddNotes(history.score.tracks[0].id, (Note(start, 1000, pitch, 90, bend_st=curve),))
            roll.set_score(history.do(edit))
        elif what == "undo" and history.undo_name:
            roll.set_score(history.undo())
        elif what == "scroll":
            roll.set_grid(roll.grid.scrolled(data.draw(st.integers(-900, 900)), data.draw(st.integers(-300, 300))))
        elif what == "loop":
            roll.set_ranges(replace(roll.ranges, loop=Loop(start, start + 500)))
        elif what == "punch":
            roll.set_ranges(replace(roll.ranges, punch=Loop(start, start + 500)))
        elif notes:
            note = data.draw(st.sampled_from(notes))
            if what == "change":
                roll.set_score(history.do(ChangeNotes((replace(note, start_ticks=start, pitch=pitch),))))
            elif what == "remove":
                roll.set_score(history.do(RemoveNotes((note.id,))))
            elif what == "pick":
                roll.pick([note.id])
        roll.grab()
    kept = seen(roll)
    assert (kept == fresh(roll)).all()


def test_a_zoom_is_drawn_roughly_at_once_and_well_when_it_ends(roll_desk):
    desk = roll_desk(
        *(Note(n * 120, 100, 50 + n % 24, bend_st=((0, 0.5), (50, -0.5))) for n in range(400)), size=(1600, 900)
    )
    desk.roll.grab()
    desk.roll.zoom(desk.at(2000, 60).toPointF(), 1.5)
    desk.roll.grab()
    assert desk.roll._picture.is_rough
    desk.qtbot.waitUntil(lambda: not desk.roll._picture.is_rough)
    calm = pixels(desk.roll.grab().toImage())
    assert (calm == fresh(desk.roll)).all()


many = st.lists(
    st.builds(Note, st.integers(0, 30_000), st.integers(1, 9000), st.integers(0, 127), st.integers(1, 127)),
    max_size=400,
)


@settings(deadline=None)
@given(many, st.integers(0, 30_000), st.integers(1, 9000), st.integers(0, 127), st.integers(0, 127))
def test_columns_find_what_the_notes_find(made, start, length, one, other):
    notes = Notes(replace(note, id=number) for number, note in enumerate(made, 1))
    columns = Columns()
    columns.follow(notes)
    low, high = sorted((one, other))
    found = sorted(columns.between(start, start + length, low, high)[ID].tolist())
    assert found == sorted(note.id for note in notes.between(start, start + length, low, high))
    starting = columns.starting(start, start + length)[ID].tolist()
    assert sorted(starting) == sorted(note.id for note in notes if start <= note.start_ticks < start + length)


@settings(deadline=None)
@given(many, st.data())
def test_columns_that_follow_edits_are_those_of_the_notes(made, data):
    notes = Notes(replace(note, id=number) for number, note in enumerate(made, 1))
    columns = Columns()
    columns.follow(notes)
    for number in range(data.draw(st.integers(1, 4))):
        gone = data.draw(st.lists(st.sampled_from(list(notes)), unique=True, max_size=5)) if len(notes) else []
        new = [replace(note, id=1000 + 10 * number + n) for n, note in enumerate(data.draw(many)[:5])]
        notes = notes.replaced(gone, new)
        changes = columns.follow(notes)
        assert len(changes) == len(gone) + len(new)
        assert columns.block.tolist() == columns_of(notes).tolist()
        ends = columns.block[END]
        assert columns._reach.tolist() == np.maximum.accumulate(ends).tolist()
        assert (np.diff(columns.block[START]) >= 0).all()


@given(st.lists(st.tuples(st.integers(0, 50_000), st.integers(100_000, 2_000_000)), max_size=6), st.floats(0, 100_000))
def test_many_ticks_at_once_come_when_each_alone_comes(changes, ticks):
    tempo = TempoMap(960, tuple(Tempo(at, us) for at, us in changes))
    seconds = Seconds(tempo)
    one = seconds.at(np.array([ticks]))
    assert one[0] == pytest.approx(tempo.seconds_at(ticks), rel=1e-9, abs=1e-9)
    assert seconds.ticks(one)[0] == pytest.approx(ticks, rel=1e-6, abs=1e-3)


def test_a_waveform_keeps_its_peaks():
    frames = np.zeros(1000, np.float32)
    frames[700] = 0.8
    wave = Waveform.of(frames, 48_000, 1.5)
    assert len(wave.high) == -(-1000 // BLOCK_FRAMES)
    assert wave.high[700 // BLOCK_FRAMES] == pytest.approx(0.8) and wave.high.sum() == pytest.approx(0.8)


def test_a_hundred_thousand_notes_are_painted_without_a_loop_over_them(qtbot):
    notes = [Note(n * 10, 100, 30 + n % 60) for n in range(100_000)]
    roll = PianoRoll()
    qtbot.addWidget(roll)
    roll.resize(1000, 600)
    roll.set_score(Score().adding("Many", notes))
    roll.fit()
    drawn = seen(roll)
    field = roll.layout_of_parts.notes
    assert (drawn[field.y + 200 : field.y + 300, field.x + 100 : field.x + 600] != drawn[5, 5]).any()
    assert roll.grid.x_of(1_000_000) <= field.width
