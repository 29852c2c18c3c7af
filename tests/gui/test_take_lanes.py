"""Lanes of takes under a real mouse and real keys: what is swiped over is chosen, and nothing else changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtTest import QTest as _QTest
from PyQt6.QtWidgets import QApplication, QLineEdit

from gui.roll.grid import Grid
from gui.session.peaks import Outline
from gui.session.setup import Setup, Span, Take
from gui.session.take_notes import TakeNotes
from gui.takes.lanes import HEAD_PX, LANE_PX
from gui.takes.view import MOST_LANES, TakeLanes
from gui.theme import DARK, LIGHT
from score.note import Note
from score.tempo import TempoMap

QTest: Any = _QTest
LEFT, SHIFT, ALT, PLAIN = (
    Qt.MouseButton.LeftButton,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.NoModifier,
)
BAR = 3840
VOICE = 1
OLD = Take("takes/Voice 1.flac", VOICE, 0, 4 * BAR, "Voice 1", chosen=(Span(0, BAR), Span(2 * BAR, 4 * BAR)))
NEW = Take("takes/Voice 2.flac", VOICE, BAR, 3 * BAR, "Second try", chosen=(Span(BAR, 2 * BAR),))
SETUP = Setup(takes=(OLD, NEW, Take("takes/Other 1.flac", 9, 0, BAR)))


class Hand:
    """The lanes, a hand on them, and what they said."""

    def __init__(self, qtbot: Any, setup: Setup = SETUP) -> None:
        self.lanes = TakeLanes(DARK)
        qtbot.addWidget(self.lanes)
        self.said: list[tuple[str, Any]] = []
        self.lanes.chosen.connect(lambda file, span: self.said.append((file, (span.start_ticks, span.end_ticks))))
        self.lanes.renamed.connect(lambda file, name: self.said.append((file, name)))
        self.lanes.deleted.connect(lambda file: self.said.append((file, "deleted")))
        self.looked: list[str] = []
        self.lanes.looked.connect(self.looked.append)
        self.wanted: list[str] = []
        self.lanes.wanted.connect(self.wanted.append)
        self.lanes.resize(HEAD_PX + 768, 2 * LANE_PX + 1)
        self.lanes.set_grid(Grid(width_px=768, px_per_tick=0.05, end_ticks=4 * BAR))
        self.lanes.show_takes(setup, TempoMap(), VOICE)
        self.lanes.show()
        qtbot.waitExposed(self.lanes)

    def at(self, ticks: float, lane: int) -> QPoint:
        return QPoint(HEAD_PX + round(ticks * 0.05), lane * LANE_PX + LANE_PX // 2)

    def swipe(self, lane: int, first: float, last: float, held: Qt.KeyboardModifier = PLAIN) -> None:
        QTest.mousePress(self.lanes, LEFT, held, self.at(first, lane))
        QTest.mouseMove(self.lanes, self.at((first + last) / 2, lane))
        where = QPointF(self.at(last, lane))
        QApplication.sendEvent(
            self.lanes, QMouseEvent(QEvent.Type.MouseMove, where, self.lanes.mapToGlobal(where), LEFT, LEFT, held)
        )
        QTest.mouseRelease(self.lanes, LEFT, held, self.at(last, lane))

    def press(self, *keys: Qt.Key, held: Qt.KeyboardModifier = PLAIN) -> None:
        for key in keys:
            QTest.keyClick(self.lanes, key, held)


@pytest.fixture
def hand(qtbot):
    return Hand(qtbot)


def test_the_takes_of_the_track_lie_there_the_newest_on_top(hand):
    assert [take.file for take in hand.lanes.lanes.takes] == [NEW.file, OLD.file]
    assert hand.wanted == [NEW.file, OLD.file]
    hand.lanes.show_takes(SETUP, TempoMap(), VOICE)
    assert hand.wanted == [NEW.file, OLD.file]  # once is enough


def test_a_swipe_over_a_lane_chooses_that_part_of_it_on_the_grid(hand):
    hand.swipe(1, BAR + 20, 2 * BAR - 30)
    assert hand.said == [(OLD.file, (BAR, 2 * BAR))]
    assert hand.looked[-1] == OLD.file


def test_a_swipe_to_the_left_is_as_good(hand):
    hand.swipe(1, 2 * BAR, BAR)
    assert hand.said == [(OLD.file, (BAR, 2 * BAR))]


def test_with_alt_a_swipe_is_as_exact_as_the_hand(hand):
    hand.swipe(0, 4000, 5000, ALT)
    assert hand.said == [(NEW.file, (4000, 5000))]


def test_a_click_only_looks(hand):
    QTest.mouseClick(hand.lanes, LEFT, PLAIN, hand.at(BAR, 1))
    assert hand.said == [] and hand.looked[-1] == OLD.file


def test_a_double_click_takes_all_of_it(hand):
    QTest.mouseDClick(hand.lanes, LEFT, PLAIN, hand.at(BAR, 1))
    assert hand.said == [(OLD.file, (0, 4 * BAR))]


def test_the_keys_do_all_that_the_mouse_does(hand):
    hand.lanes.setFocus()
    hand.press(Qt.Key.Key_Down)
    assert "Voice 1, take 2 of 2. Stands in bar 1 to bar 2; bar 3 to bar 5" in hand.lanes.accessibleDescription()
    step = hand.lanes.snap.after(0, TempoMap(), 0.05)
    hand.press(Qt.Key.Key_Right)
    hand.press(Qt.Key.Key_Right, Qt.Key.Key_Right, held=SHIFT)
    assert "Drawn" in hand.lanes.accessibleDescription()
    hand.press(Qt.Key.Key_Return)
    assert hand.said == [(OLD.file, (step, 3 * step))]
    hand.press(Qt.Key.Key_Right)
    hand.press(Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, held=SHIFT)
    hand.press(Qt.Key.Key_Escape, Qt.Key.Key_Return)
    assert hand.said[-1] == (OLD.file, (0, 4 * BAR))
    hand.press(Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Delete)
    assert hand.said[-1] == (NEW.file, "deleted")


def test_a_range_drawn_with_the_keys_shrinks_as_it_grew(hand):
    hand.lanes.setFocus()
    hand.press(Qt.Key.Key_Down)
    step = hand.lanes.snap.after(0, TempoMap(), 0.05)
    hand.press(Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, held=SHIFT)
    hand.press(Qt.Key.Key_Left, held=SHIFT)
    assert hand.lanes.lanes.drawn == Span(0, 2 * step)


def test_a_lane_is_renamed_in_place(hand, qtbot):
    hand.lanes.setFocus()
    hand.press(Qt.Key.Key_F2)
    editor = hand.lanes.findChild(QLineEdit)
    assert editor is not None and editor.text() == "Second try"
    QTest.keyClicks(editor, "The good one")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert hand.said == [(NEW.file, "The good one")]
    hand.press(Qt.Key.Key_F2)
    another = next(each for each in hand.lanes.findChildren(QLineEdit) if each.isVisible())
    QTest.keyClicks(another, "No")
    QTest.keyClick(another, Qt.Key.Key_Escape)
    assert hand.said == [(NEW.file, "The good one")] and hand.lanes.hasFocus()


def test_more_lanes_than_are_seen_are_scrolled_to(qtbot):
    many = Setup(takes=tuple(Take(f"takes/Voice {n}.flac", VOICE, 0, BAR) for n in range(1, 10)))
    hand = Hand(qtbot, many)
    assert hand.lanes.sizeHint().height() == MOST_LANES * LANE_PX + 1
    hand.lanes.setFocus()
    hand.press(*[Qt.Key.Key_Down] * 8)
    assert hand.lanes.lanes.lane_at(LANE_PX + 1) == 8
    assert hand.looked[-1] == "takes/Voice 1.flac"
    assert hand.wanted[0] == "takes/Voice 9.flac" and hand.wanted[-1] == "takes/Voice 1.flac"


def test_time_lies_under_the_time_of_the_roll_wherever_its_notes_begin(hand):
    hand.lanes.set_grid(hand.lanes.lanes.grid, 300)
    QTest.mouseDClick(hand.lanes, LEFT, PLAIN, QPoint(290, LANE_PX // 2))
    assert hand.lanes.findChild(QLineEdit) is not None and hand.said == []
    assert hand.lanes.lanes.x_of(BAR) == 300 + BAR * 0.05
    hand.lanes.set_grid(hand.lanes.lanes.grid, 5)
    assert hand.lanes.lanes.x_of(0) == HEAD_PX


def test_space_and_shortcuts_are_left_to_the_window(hand):
    hand.lanes.setFocus()
    hand.press(Qt.Key.Key_Space)
    hand.press(Qt.Key.Key_Delete, held=Qt.KeyboardModifier.ControlModifier)
    assert hand.said == []


def test_the_keyboard_stays_in_its_take_when_another_comes_in(hand):
    hand.lanes.setFocus()
    hand.press(Qt.Key.Key_Down)
    third = Take("takes/Voice 3.flac", VOICE, 0, BAR)
    hand.lanes.show_takes(Setup(takes=(*SETUP.takes, third)), TempoMap(), VOICE)
    assert hand.lanes.lanes.take is not None and hand.lanes.lanes.take.file == OLD.file


def a_voice() -> np.ndarray:
    at_s = np.arange(48_000 * 8) / 48_000
    return (0.6 * np.sin(2 * np.pi * 220 * at_s) * np.abs(np.sin(np.pi * at_s))).astype(np.float32)


@pytest.mark.parametrize("palette", [DARK, LIGHT])
def test_where_a_take_stands_it_is_lit(hand, palette, tmp_path):
    outline = Outline()
    outline.add(a_voice())
    hand.lanes.set_palette(palette)
    hand.lanes.show_sound(OLD.file, outline.peaks(48_000.0))
    notes = tuple(Note(n * BAR // 2, BAR // 2, 60 + n) for n in range(8))
    hand.lanes.show_notes({OLD.file: TakeNotes(notes), NEW.file: TakeNotes(notes[2:6])})
    picture = hand.lanes.grab().toImage()
    foot = 2 * LANE_PX - 2
    stands, not_there = (picture.pixelColor(HEAD_PX + round(ticks * 0.05), foot) for ticks in (BAR // 2, BAR * 3 // 2))
    assert stands.name() == palette.loud_note and not_there.name() != palette.loud_note


def test_an_empty_track_says_what_to_do(qtbot):
    hand = Hand(qtbot, Setup())
    assert hand.lanes.accessibleDescription() == "No takes on this track yet."
    empty = hand.lanes.grab().toImage()
    assert len({empty.pixelColor(x, LANE_PX).name() for x in range(200, 700)}) > 2  # words are there
    hand.press(Qt.Key.Key_Return, Qt.Key.Key_Delete, Qt.Key.Key_Right)
    assert hand.said == []
