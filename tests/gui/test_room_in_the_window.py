"""How a window shares its room out: a high one gives the drawer more, a wide one the tracks, and a hand has its way."""

from __future__ import annotations

from typing import Any

import pytest
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtTest import QTest as _QTest
from PyQt6.QtWidgets import QApplication, QSplitter

from gui.app import beginning
from gui.session.document import Document
from gui.tracks.panel import WIDTH_PX
from gui.window import MainWindow

QTest: Any = _QTest  # its stubs take its functions for methods
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(open_window, tmp_path):
    return open_window(Document.new(tmp_path, beginning()))


def sized(window: MainWindow, qtbot: Any, width: int, height: int) -> MainWindow:
    window.resize(width, height)
    qtbot.waitUntil(lambda: (window.width(), window.height()) == (width, height))
    QApplication.processEvents()
    return window


def draw_handle(splitter: QSplitter, by: QPoint) -> None:
    handle = splitter.handle(1)
    assert handle is not None
    start = QPointF(handle.rect().center())
    QTest.mousePress(handle, LEFT, Qt.KeyboardModifier.NoModifier, start.toPoint())
    for _ in range(8):
        there = handle.mapToGlobal(start) + QPointF(by) / 8  # the handle goes along
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            handle.mapFromGlobal(there),
            there,
            Qt.MouseButton.NoButton,
            LEFT,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(handle, event)
    QTest.mouseRelease(handle, LEFT, Qt.KeyboardModifier.NoModifier, start.toPoint())
    QApplication.processEvents()


def above(view: Any) -> QSplitter:
    while not isinstance(view, QSplitter):
        view = view.parent()
    return view


def test_a_drawer_is_as_high_as_its_pages_like_where_there_is_room_and_the_roll_keeps_most(window, qtbot):
    drawer, console = window.drawer, window.console
    for width, height in ((1920, 1080), (3840, 2160)):
        sized(window, qtbot, width, height)
        QTest.mouseClick(drawer.tabs["mixer"], LEFT)
        qtbot.waitUntil(lambda: drawer.height() > 200)
        assert console.mixer.height() >= console.mixer.sizeHint().height()
        assert window.roll.height() > drawer.height()
        opened = drawer.height()
        QTest.mouseClick(drawer.tabs["chain"], LEFT)
        QApplication.processEvents()
        assert drawer.height() == opened, "the roll stays where it is when another page comes"
        QTest.mouseClick(drawer.tabs["chain"], LEFT)
        qtbot.waitUntil(lambda: drawer.height() < 60)


def test_a_low_window_keeps_the_roll_and_gives_the_drawer_what_it_needs(window, qtbot):
    sized(window, qtbot, 1024, 640)
    QTest.mouseClick(window.drawer.tabs["mixer"], LEFT)
    QApplication.processEvents()
    assert window.roll.height() >= window.roll.minimumHeight()
    assert window.console.mixer.height() >= window.console.mixer.minimumHeight()


def test_a_drawer_that_a_hand_has_drawn_opens_as_high_again(window, qtbot):
    sized(window, qtbot, 1920, 1080)
    QTest.mouseClick(window.drawer.tabs["mixer"], LEFT)
    QApplication.processEvents()
    before = window.drawer.height()
    draw_handle(above(window.drawer), QPoint(0, -120))
    drawn = window.drawer.height()
    assert drawn > before + 40
    for _ in range(2):  # closed and open
        QTest.mouseClick(window.drawer.tabs["mixer"], LEFT)
        QApplication.processEvents()
    assert window.drawer.height() == drawn


def test_a_wide_window_has_room_for_long_names_of_tracks(window, qtbot):
    assert window.tracks.width() == WIDTH_PX
    sized(window, qtbot, 3840, 2160)
    assert window.tracks.width() > 1.5 * WIDTH_PX
    draw_handle(above(window.tracks), QPoint(-80, 0))
    drawn = window.tracks.width()
    sized(window, qtbot, 3000, 2000)
    assert window.tracks.width() == drawn
