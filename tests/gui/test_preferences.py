"""What a user prefers is applied, changed from where it is seen, and there again next time; over a small window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtTest import QTest as _QTest
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from gui.app import beginning
from gui.commands.registry import Command, Commands
from gui.commands.shortcuts import ShortcutEditor
from gui.deck import Deck
from gui.engine_link import Wishes
from gui.preferences import Preferences, as_preferred
from gui.session.document import Document
from gui.settings.settings import TimeSettings, WindowPlace
from gui.settings.store import Store
from gui.theme.palette import DARK, LIGHT
from gui.time_actions import time_commands
from gui.transport.bar import TransportBar
from score.edits import AddNotes, Edit
from score.note import Note

QTest: Any = _QTest  # its stubs take its functions for methods
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Roll(QWidget):
    """Knows where the playhead is, and has all notes picked."""

    def __init__(self) -> None:
        super().__init__()
        self.playhead_ticks = 0.0

    def set_playhead(self, ticks: int, follow: bool = False) -> None:
        self.playhead_ticks = float(ticks)


class SilentLink:
    """No engine: nothing is done that is asked."""

    def ask(self, verb: Any, then: Any = None) -> None:
        pass


class SmallWindow(QWidget):
    """What preferences need of a window, and nothing else."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document, self.colours, self.words = document, DARK, ""
        self.deck = Deck(document, SilentLink())  # type: ignore[arg-type]
        self.roll = Roll()
        self.deck.playhead = lambda: round(self.roll.playhead_ticks)
        self.preferences: Any = None
        loop = Command("transport.loop", "Loop", lambda: None, "L")
        metronome_and_all = time_commands(self, lambda: self.preferences)  # type: ignore[arg-type]
        self.commands = Commands((loop, *metronome_and_all))
        self.transport = TransportBar(self.commands, DARK)
        column = QVBoxLayout(self)
        column.addWidget(self.transport)
        column.addWidget(self.roll)

    def do(self, edit: Edit | None) -> None:
        if edit is not None:
            self.document.do(edit)
        self.transport.show_place(self.document.score.tempo, round(self.roll.playhead_ticks))

    def perform(self, operation: Any) -> None:
        self.do(operation.edit(self.document.score, [note.id for _, note in self.document.score]))

    def has_notes(self) -> bool:
        return True

    def say(self, words: str, trouble: bool = False) -> None:
        self.words = words


class Desk:
    def __init__(self, window: SmallWindow, path: Path) -> None:
        self.window, self.path = window, path
        window.preferences = Preferences(window, Store(path))  # type: ignore[arg-type]

    @property
    def time(self) -> TimeSettings:
        return Store(self.path).settings.time


@pytest.fixture
def small(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[SmallWindow]:
    with Document.new(tmp_path, beginning()) as document:
        window = SmallWindow(document)
        qtbot.addWidget(window)
        window.resize(1200, 300)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        window.roll.setFocus()
        yield window


@pytest.fixture
def desk(small: SmallWindow, tmp_path: Path) -> Desk:
    return Desk(small, tmp_path / "app.json")


def test_keys_turn_the_metronome_and_the_count_and_both_are_remembered(desk: Desk, qtbot: Any) -> None:
    QTest.keyClick(desk.window, Qt.Key.Key_K)
    qtbot.waitUntil(lambda: desk.window.deck.metronome.when == "always")
    assert desk.window.transport.buttons["transport.metronome"].isChecked()
    for bars in (1, 2, 0):
        QTest.keyClick(desk.window, Qt.Key.Key_K, SHIFT)
        qtbot.waitUntil(lambda bars=bars: desk.window.deck.count_in_bars == bars)
    QTest.keyClick(desk.window, Qt.Key.Key_R, SHIFT)
    qtbot.waitUntil(lambda: desk.window.deck.record_mode == "replace")
    assert desk.time == TimeSettings("always", record_mode="replace")


def test_what_was_left_holds_from_the_beginning(small: SmallWindow, tmp_path: Path) -> None:
    path = tmp_path / "app.json"
    store = Store(path)
    store.change(shortcuts={"transport.tap": "Ctrl+T", "gone": "Ctrl+G"})
    store.change_time(clicks="never", click_level_db=-20.0, count_in_bars=2, sends_clock=True)
    desk = Desk(small, path)
    deck = desk.window.deck
    assert (deck.metronome.when, deck.metronome.level_db, deck.count_in_bars, deck.leader.is_on) == (
        "never",
        -20.0,
        2,
        True,
    )
    assert desk.window.commands["transport.tap"].keys == "Ctrl+T"
    assert "Ctrl+T" in desk.window.transport.tap.toolTip()


def test_who_follows_does_not_send_the_clock_back(desk: Desk) -> None:
    desk.window.preferences.want(sends_clock=True)
    assert desk.window.deck.leader.is_on
    desk.window.commands["transport.follow"].do()
    assert desk.window.deck.follows
    assert not desk.window.deck.leader.is_on
    assert desk.window.transport.sync.text() == "MIDI: none"
    desk.window.commands["transport.follow"].do()
    assert desk.window.deck.leader.is_on


def test_tempo_and_meter_are_set_where_the_playhead_is_and_undone(desk: Desk) -> None:
    desk.window.transport.tempo_changed.emit(90.0)
    desk.window.transport.meter_changed.emit(6, 8)
    tempo = desk.window.document.score.tempo
    assert round(60e6 / tempo.tempo_at(0).us_per_quarter) == 90
    assert (tempo.meter_at(0).numerator, tempo.meter_at(0).denominator) == (6, 8)
    desk.window.document.undo()
    desk.window.document.undo()
    assert desk.window.document.score.tempo.meter_at(0).numerator == 4


def test_a_place_that_is_typed_is_gone_to(desk: Desk) -> None:
    clock = desk.window.transport.clock
    QTest.mouseClick(clock, Qt.MouseButton.LeftButton)
    clock.selectAll()
    QTest.keyClicks(clock, "3")
    QTest.keyClick(clock, Qt.Key.Key_Return)
    assert desk.window.roll.playhead_ticks == 7680
    assert desk.window.roll.hasFocus()
    assert clock.text() == "3.1.000"


def test_taps_become_the_tempo(desk: Desk, qtbot: Any, monkeypatch: Any) -> None:
    for n in range(4):
        monkeypatch.setattr("gui.deck.time.monotonic", lambda n=n: 50.0 + n * 0.5 * 120 / 100)
        QTest.keyClick(desk.window, Qt.Key.Key_T)
        qtbot.wait(20)
    assert desk.window.transport.tempo.value() == 100.0
    qtbot.waitUntil(lambda: desk.window.document.undo_name == "Change tempo")
    assert round(60e6 / desk.window.document.score.tempo.tempo_at(0).us_per_quarter) == 100


def test_the_tempo_comes_from_notes_by_itself_or_by_a_number_that_is_said(desk: Desk, monkeypatch: Any) -> None:
    track = desk.window.document.score.tracks[0].id
    desk.window.do(AddNotes(track, tuple(Note(500 + 1100 * n, 900, 60) for n in range(16))))
    desk.window.commands["tempo.from_notes"].do()
    found = desk.window.document.score.tempo.tempos[-1].us_per_quarter
    assert found == pytest.approx(500_000 * 1100 / 960, rel=0.002)
    desk.window.document.undo()
    monkeypatch.setattr("gui.preferences.QInputDialog.getInt", lambda *_: (32, True))
    desk.window.commands["tempo.from_beats"].do()
    assert desk.window.document.score.tempo.tempos[-1].us_per_quarter == pytest.approx(found / 2, rel=0.03)


def test_other_keys_hold_at_once_and_next_time(desk: Desk, qtbot: Any) -> None:
    desk.window.commands["app.keys"].do()
    editor = desk.window.findChild(ShortcutEditor)
    assert editor is not None
    qtbot.waitUntil(editor.isVisible)
    editor.choose("transport.metronome")
    editor.field.setFocus()
    QTest.keyClick(editor.field, Qt.Key.Key_M, CTRL)
    editor.close()
    assert Store(desk.path).settings.shortcuts == {"transport.metronome": "Ctrl+M"}
    desk.window.activateWindow()
    qtbot.waitUntil(desk.window.isActiveWindow)
    QTest.keyClick(desk.window, Qt.Key.Key_K)
    QTest.keyClick(desk.window, Qt.Key.Key_M, CTRL)
    qtbot.waitUntil(lambda: desk.window.deck.metronome.when == "always")


def test_a_window_comes_back_where_it_was_and_never_where_no_screen_is(desk: Desk) -> None:
    preferences, window = desk.window.preferences, desk.window
    window.setGeometry(40, 60, 700, 400)
    preferences.remember_window()
    assert Store(desk.path).settings.window == WindowPlace(40, 60, 700, 400)
    window.setGeometry(0, 0, 300, 300)
    preferences.place_window(1280, 800)
    assert window.geometry().getRect() == (40, 60, 700, 400)
    screen = QGuiApplication.primaryScreen()
    assert screen is not None
    preferences.store.change(window=WindowPlace(screen.geometry().right() + 500, 10, 700, 400))
    preferences.place_window(640, 480)
    assert (window.width(), window.height()) == (640, 480)
    assert window.geometry().left() < screen.geometry().right()


def test_what_cannot_be_kept_is_said_once_and_holds_all_the_same(small: SmallWindow, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    desk = Desk(small, tmp_path / "file" / "app.json")
    desk.window.commands["transport.metronome"].do()
    assert desk.window.deck.metronome.when == "always"
    assert "app.json" in desk.window.words or "file" in desk.window.words


def test_card_port_and_theme_are_those_of_the_last_time_unless_others_are_asked_for(desk: Desk) -> None:
    desk.window.preferences.keep_wishes(Wishes("USB", "Mic", port="", keys="Keystation"))
    desk.window.preferences.keep_theme(LIGHT)
    settings = Store(desk.path).settings
    assert settings.theme == "light"
    asked = as_preferred(settings, Wishes(demo="voice.wav"))
    assert asked == Wishes("USB", "Mic", "voice.wav", port="", keys="Keystation")
    assert as_preferred(settings, Wishes("jack", port="Mine")) == Wishes("jack", "Mic", port="Mine", keys="Keystation")
