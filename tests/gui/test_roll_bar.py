"""The bar over the roll: it makes choices, and shows those that were made elsewhere."""

from __future__ import annotations

from fractions import Fraction

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QImage, QPainter
from PyQt6.QtWidgets import QToolButton

from gui.roll.kinds import Of
from gui.roll.roll_bar import HEIGHT_PX, RollBar
from gui.roll.scene import Tool
from gui.roll.snap import Snap
from gui.theme import DARK, LIGHT
from score.harmony.scales import Scale
from score.note import Note
from tests.gui.desk import QTest
from tests.gui.test_roll_picture import pixels

MELODY = [62, 65, 69, 67, 65, 64, 62, 62, 69, 70, 69, 67, 65, 64, 62]


@pytest.fixture
def desk(roll_desk, qtbot):
    desk = roll_desk(*(Note(n * 960, 900, pitch) for n, pitch in enumerate(MELODY)))
    desk.bar = RollBar(desk.roll, DARK)
    qtbot.addWidget(desk.bar)
    desk.bar.show()
    return desk


def press(button: QToolButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def choose(menu, *names: str) -> None:
    """Open a menu and take what begins with a name, then in the menu under it."""
    menu.aboutToShow.emit()
    action = next(each for each in menu.actions() if each.text().startswith(names[0]))
    if len(names) > 1:
        choose(action.menu(), *names[1:])
    else:
        action.trigger()


def test_a_tool_is_taken_by_its_button_and_shown_when_a_key_took_it(desk):
    for tool, button in desk.bar.tools.items():
        press(button)
        assert desk.roll.hand.tool is tool
        assert [each for each, other in desk.bar.tools.items() if other.isChecked()] == [tool]
    press(desk.bar.tools[Tool.PITCH])
    assert desk.bar.tools[Tool.PITCH].isChecked()
    desk.roll.setFocus()
    desk.key(Qt.Key.Key_B)
    assert desk.bar.tools[Tool.DRAW].isChecked() and not desk.bar.tools[Tool.PITCH].isChecked()


def test_the_grid_is_chosen_with_triplets_and_dots(desk):
    for words, snap in (
        ("1/8 triplets", Snap(Fraction(1, 8), triplets=True)),
        ("No grid", Snap(is_on=False)),
        ("Adaptive", Snap()),
    ):
        choose(desk.bar.snap_menu, words)
        assert desk.roll.snap == snap and desk.bar.snap.text() == words
    choose(desk.bar.snap_menu, "1/4 dotted")
    assert desk.roll.snap.dotted and desk.bar.snap.text() == "1/4 dotted"


def test_the_key_is_guessed_found_or_chosen(desk):
    desk.qtbot.waitUntil(lambda: desk.roll.found is not None)
    assert desk.bar.key.text() == "D minor?"
    choose(desk.bar.key_menu, "Find it by itself: D minor")
    assert desk.roll.finds_key and desk.bar.key.text() == "found: D minor"
    choose(desk.bar.key_menu, "A♯ / B♭", "dorian")
    assert desk.roll.scale == Scale(10, "dorian") and desk.bar.key.text() == "B♭ dorian"
    choose(desk.bar.key_menu, "No key")
    assert desk.roll.scale is None


def test_switches_turn_what_they_say_and_show_what_commands_turned(desk):
    roll, bar = desk.roll, desk.bar
    for switch, is_on in (
        (bar.fold, lambda: roll.is_folded),
        (bar.lead, lambda: roll.is_led_to_scale),
        (bar.chords, lambda: roll.names_chords),
        (bar.steps, lambda: roll.is_stepping),
        (bar.ghosts, lambda: roll.shows_ghosts),
    ):
        before = is_on()
        press(switch)
        assert is_on() is not before and switch.isChecked() is is_on()
    roll.set_chords(False)
    assert not bar.chords.isChecked()
    roll.set_stepping(False)
    assert not bar.steps.isChecked()


def test_lanes_are_opened_from_the_bar(desk):
    choose(desk.bar.lanes_menu, "Note pressure")
    choose(desk.bar.lanes_menu, "Velocity")
    assert desk.roll.lanes == (Of.PRESSURE,)


def test_everything_on_it_has_a_name_a_hint_and_a_place_for_the_keyboard(desk):
    assert desk.bar.height() == HEIGHT_PX == 40
    for button in desk.bar.findChildren(QToolButton):
        assert button.accessibleName() and button.focusPolicy() == Qt.FocusPolicy.TabFocus
        assert button.height() >= 32


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("density", [1.0, 2.0])
def test_it_is_drawn_in_both_themes_and_at_any_density(desk, palette, density):
    desk.bar.set_palette(palette)
    desk.bar.resize(900, HEIGHT_PX)
    image = QImage(round(900 * density), round(HEIGHT_PX * density), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(density)
    image.fill(0xFFFF00FF)
    painter = QPainter(image)
    desk.bar.render(painter, QPoint())
    painter.end()
    assert not (pixels(image) == 0xFFFF00FF).any()


def test_a_narrow_window_is_not_held_open_by_it(desk):
    assert desk.bar.minimumSizeHint().width() == 0
