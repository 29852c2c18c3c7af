"""The bar with real keys and a real mouse: places typed, tempos dragged, meters chosen, menus, and narrow windows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QColor, QWheelEvent
from PyQt6.QtTest import QTest as _QTest
from PyQt6.QtWidgets import QApplication, QWidget

from gui.commands.registry import Command, Commands
from gui.settings.settings import TimeSettings
from gui.theme.palette import DARK, LIGHT
from gui.theme.sheet import dress
from gui.transport.bar import TransportBar
from gui.transport.following import Song
from gui.transport.places import meter_of, place_of, shown_time
from score.tempo import Meter, Tempo, TempoMap

QTest: Any = _QTest  # its stubs take its functions for methods
LEFT = Qt.MouseButton.LeftButton
ROWS = (
    ("transport.back", "Back", "Ctrl+Home"),
    ("transport.play", "Play", ""),
    ("transport.stop", "Stop", "Ctrl+."),
    ("transport.record", "Record", "R"),
    ("transport.loop", "Loop", "L"),
    ("transport.punch", "Punch", "P"),
    ("transport.metronome", "Metronome", "K"),
    ("transport.capture", "Keep", "Ctrl+Shift+C"),
    ("transport.tap", "Tap the tempo", "T"),
    ("tempo.from_notes", "Tempo from notes", ""),
    ("edit.undo", "Undo", "Ctrl+Z"),
    ("edit.redo", "Do again", "Ctrl+Shift+Z"),
)
CHANGING = TempoMap(960, (Tempo(0, 500_000), Tempo(7680, 1_000_000)), (Meter(0, 4, 4), Meter(7680, 6, 8)))


class Desk:
    """A bar, and what it was told to do."""

    def __init__(self, qtbot: Any) -> None:
        self.done: list[str] = []
        self.said: list[Any] = []
        commands = Commands(
            Command(id, title, lambda id=id: self.done.append(id), keys)  # type: ignore[misc]
            for id, title, keys in ROWS
        )
        self.bar = TransportBar(commands, DARK)
        qtbot.addWidget(self.bar)
        self.bar.tempo_changed.connect(lambda bpm: self.said.append(("tempo", bpm)))
        self.bar.meter_changed.connect(lambda *meter: self.said.append(("meter", *meter)))
        self.bar.place_wanted.connect(lambda ticks: self.said.append(("place", ticks)))
        self.bar.time_wanted.connect(lambda words: self.said.append(words))
        self.bar.resize(1280, self.bar.height())
        self.bar.show_place(CHANGING, 0)
        self.bar.show()
        self.bar.activateWindow()
        qtbot.waitUntil(self.bar.isActiveWindow)

    def wheel(self, notches: int, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        middle = QPointF(self.bar.tempo.rect().center())
        QApplication.sendEvent(
            self.bar.tempo,
            QWheelEvent(
                middle,
                self.bar.tempo.mapToGlobal(middle),
                QPoint(),
                QPoint(0, 120 * notches),
                Qt.MouseButton.NoButton,
                modifiers,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            ),
        )


@pytest.fixture
def desk(qtbot: Any, qapp: Any) -> Iterator[Desk]:
    dress(qapp, DARK)
    yield Desk(qtbot)


# Words


@pytest.mark.parametrize(
    ("typed", "ticks"),
    [
        ("1", 0),
        ("2.3", 3840 + 1920),
        (" 2.3.120 ", 3840 + 1920 + 120),
        ("2 3", 3840 + 1920),
        ("3.6", 7680 + 5 * 480),
        ("0:02", 3840),
        ("0:04,5", 7680 + 480),
        ("0:00:01", 1920),
        ("+1", 3840 + 500),
        ("-5", 500),
        ("0", None),
        ("1.5", None),
        ("3.7", None),
        ("", None),
        ("five", None),
        ("99999999", None),
    ],
)
def test_a_place_is_typed_as_one_says_it(typed: str, ticks: int | None) -> None:
    assert place_of(typed, CHANGING, 500) == ticks


@pytest.mark.parametrize(
    ("typed", "meter"),
    [("3/4", (3, 4)), (" 12 / 8 ", (12, 8)), ("4/5", None), ("0/4", None), ("x", None), ("99/4", None)],
)
def test_a_meter_is_typed_as_one_writes_it(typed: str, meter: tuple[int, int] | None) -> None:
    assert meter_of(typed) == meter


def test_no_second_has_sixty() -> None:
    assert [shown_time(each) for each in (0.0, 59.96, 61.25, 3599.99)] == ["0:00.0", "1:00.0", "1:01.2", "60:00.0"]


# Hands


def test_a_click_on_the_clock_and_a_place_send_the_playhead_there(desk: Desk, qtbot: Any) -> None:
    QTest.mouseClick(desk.bar.clock, LEFT)
    qtbot.waitUntil(lambda: desk.bar.clock.selectedText() == "1.1.000")
    QTest.keyClicks(desk.bar.clock, "2.3")
    desk.bar.show_place(CHANGING, 200)  # the music goes on meanwhile
    assert desk.bar.clock.text() == "2.3"
    QTest.keyClick(desk.bar.clock, Qt.Key.Key_Return)
    assert desk.said == [("place", 5760)]
    assert desk.bar.clock.text() == "2.3.000"
    assert not desk.bar.clock.hasFocus()


def test_a_place_that_is_none_stays_to_be_mended_and_escape_leaves_it(desk: Desk) -> None:
    QTest.mouseClick(desk.bar.clock, LEFT)
    desk.bar.clock.setText("1.9")
    QTest.keyClick(desk.bar.clock, Qt.Key.Key_Return)
    assert desk.said == []
    assert desk.bar.clock.hasFocus()
    QTest.keyClick(desk.bar.clock, Qt.Key.Key_Escape)
    assert desk.bar.clock.text() == "1.1.000"


def test_the_tempo_and_the_meter_are_those_at_the_playhead(desk: Desk) -> None:
    assert (desk.bar.tempo.value(), desk.bar.meter.currentText()) == (120.0, "4/4")
    desk.bar.show_place(CHANGING, 8000)
    assert (desk.bar.tempo.value(), desk.bar.meter.currentText()) == (60.0, "6/8")
    assert desk.said == []


def test_a_typed_tempo_is_one_change(desk: Desk, qtbot: Any) -> None:
    desk.bar.tempo.setFocus()
    desk.bar.tempo.selectAll()
    QTest.keyClicks(desk.bar.tempo, "93.5")
    QTest.keyClick(desk.bar.tempo, Qt.Key.Key_Return)
    assert desk.said == [("tempo", 93.5)]
    QTest.keyClick(desk.bar.tempo, Qt.Key.Key_Tab)
    qtbot.wait(450)
    assert desk.said == [("tempo", 93.5)]


def test_a_drag_up_is_one_change_and_shift_drags_finely(desk: Desk) -> None:
    field = desk.bar.tempo.lineEdit()
    assert field is not None
    at = field.rect().center()
    QTest.mousePress(field, LEFT, pos=at)
    for up in (5, 10, 20):
        QTest.mouseMove(field, at - QPoint(0, up))
    assert desk.bar.tempo.value() == 130.0
    desk.bar.show_place(CHANGING, 100)  # not while a hand is at it
    assert desk.bar.tempo.value() == 130.0
    assert desk.said == []
    QTest.mouseRelease(field, LEFT, pos=at - QPoint(0, 20))
    assert desk.said == [("tempo", 130.0)]


def test_the_wheel_turns_the_tempo_and_a_rest_makes_it_one_change(desk: Desk, qtbot: Any) -> None:
    for _ in range(3):
        desk.wheel(1)
    desk.wheel(-1, Qt.KeyboardModifier.ControlModifier)
    assert desk.bar.tempo.value() == pytest.approx(122.9)
    assert desk.said == []
    qtbot.waitUntil(lambda: desk.said == [("tempo", 122.9)])


def test_taps_are_shown_and_are_no_change_yet(desk: Desk, qtbot: Any) -> None:
    desk.bar.tempo.show_tapped(97.0)
    assert desk.bar.tempo.value() == 97.0
    qtbot.wait(450)
    assert desk.said == []
    QTest.mouseClick(desk.bar.tap, LEFT)
    assert desk.done == ["transport.tap"]


def test_a_meter_is_typed_and_nonsense_is_forgotten(desk: Desk) -> None:
    field = desk.bar.meter.lineEdit()
    assert field is not None
    for typed in ("7/8", "7/9"):
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, typed)
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert desk.said == [("meter", 7, 8)]
    assert desk.bar.meter.currentText() == "7/8"


def test_menus_say_one_word_each_and_show_what_holds(desk: Desk) -> None:
    metronome = desk.bar.buttons["transport.metronome"].menu()
    assert metronome is not None
    by_text = {action.text(): action for action in metronome.actions()}
    by_text["Whenever it plays"].trigger()
    by_text["Two bars"].trigger()
    metronome.level.setValue(-20)  # type: ignore[attr-defined]
    record = desk.bar.buttons["transport.record"].menu()
    sync = desk.bar.sync.menu()
    assert record is not None and sync is not None
    record.actions()[2].trigger()
    next(action for action in sync.actions() if "heard" in action.text()).trigger()
    assert desk.said == [
        {"clicks": "always"},
        {"count_in_bars": 2},
        {"click_level_db": -20.0},
        {"record_mode": "replace"},
        {"follows_clock": True},
    ]
    desk.bar.show_time(TimeSettings("never", -30.0, 1))
    assert by_text["Never"].isChecked() and by_text["One bar"].isChecked()
    assert not by_text["Two bars"].isChecked()
    assert metronome.level.value() == -30  # type: ignore[attr-defined]


def test_the_light_says_whose_time_it_is_in_words_and_in_colour(desk: Desk) -> None:
    colours = []
    for time, song, said in (
        (TimeSettings(), Song(), "Own"),
        (TimeSettings(follows_clock=True), Song(), "MIDI: none"),
        (TimeSettings(follows_clock=True), Song(True, 128.04, 1.0, 0.0, 0.01), "MIDI 128.0"),
        (TimeSettings(follows_clock=True), Song(True, 128.04, 1.0, 0.0, 2.0), "MIDI: none"),
    ):
        desk.bar.show_time(time)
        desk.bar.show_song(song)
        assert desk.bar.sync.text() == said
        picture = desk.bar.sync.icon().pixmap(16, 16).toImage()
        colours.append(
            {QColor(picture.pixelColor(x, 8)).name() for x in range(16) if picture.pixelColor(x, 8).alpha() > 250}
        )
    assert DARK.good in colours[2]
    assert DARK.good not in colours[1] | colours[3]


@pytest.mark.parametrize("width", [1024, 1100, 1280, 1920])
def test_everything_fits_and_what_does_not_is_in_the_menu_at_the_end(desk: Desk, width: int) -> None:
    desk.bar.piece.setText("A name that is much too long to be shown in any window of this world " * 3)
    desk.bar.show_time(TimeSettings(follows_clock=True))
    desk.bar.show_song(Song(True, 128.0, 1.0, 0.0, 0.01))
    desk.bar.resize(width, desk.bar.height())
    assert desk.bar.width() == width
    shown = [each for each in desk.bar.findChildren(QWidget) if each.parent() is desk.bar and each.isVisible()]
    right = max(widget.geometry().right() for widget in shown)
    assert right <= width
    assert desk.bar.more.isVisible()
    edges = sorted((widget.geometry().left(), widget.geometry().right()) for widget in shown)
    assert all(before[1] < after[0] for before, after in pairwise(edges))
    for id in ("transport.play", "transport.record", "transport.loop", "transport.metronome"):
        assert desk.bar.buttons[id].isVisible()
    menu = desk.bar.more.menu()
    assert menu is not None
    menu.aboutToShow.emit()
    listed = [action.text() for action in menu.actions()]
    hidden = [desk.bar.buttons[id].accessibleName() for id in desk.bar.buttons if not desk.bar.buttons[id].isVisible()]
    assert set(hidden) <= set(listed)
    assert "Tempo from notes" in listed
    next(action for action in menu.actions() if action.text() == "Tempo from notes").trigger()
    assert desk.done == ["tempo.from_notes"]
    assert bool(hidden) == (width < 1200)


def test_every_control_has_a_name_and_the_keyboard_reaches_it(desk: Desk) -> None:
    for button in desk.bar.buttons.values():
        assert button.accessibleName()
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    for widget in (desk.bar.clock, desk.bar.tempo, desk.bar.meter, desk.bar.sync, desk.bar.tap, desk.bar.more):
        assert widget.accessibleName()
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_both_themes_and_other_keys_can_be_worn(desk: Desk) -> None:
    desk.bar.set_palette(LIGHT)
    desk.bar._commands.remap({"transport.loop": "Shift+L"})
    desk.bar.show_keys()
    assert "Shift+L" in desk.bar.buttons["transport.loop"].toolTip()
    desk.bar.show_state(True, False, True, True)
    assert [desk.bar.buttons[f"transport.{id}"].isChecked() for id in ("play", "record", "loop", "punch")] == [
        True,
        False,
        True,
        True,
    ]
