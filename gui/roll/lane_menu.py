"""The menu of lanes: which are open, what is drawn into them, and whose notes they show. [gui]"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtGui import QAction, QActionGroup
from PyQt6.QtWidgets import QMenu

from gui.roll.kinds import Kind, Of
from gui.roll.lane_names import USUAL, lane_name
from score.operations.drawing import Shape
from score.operations.lanes import Lane

if TYPE_CHECKING:
    from gui.roll.lane_choices import RollLanes

OF_NOTES: tuple[Kind, ...] = (Of.VELOCITY, Of.PRESSURE, Of.TIMBRE)


def fill_lane_menu(menu: QMenu, roll: RollLanes, kind: Kind | None = None) -> None:
    """What can be done with lanes, and with the one that was clicked. [gui]"""
    menu.clear()
    if kind is not None:
        close = QAction(roll.tr("Close the lane {name}").format(name=lane_name(kind, roll.tr)), menu)
        close.triggered.connect(lambda: roll.close_lane(kind))
        menu.addAction(close)
        menu.addSeparator()
    shapes: dict[Shape, str] = {
        "pencil": roll.tr("Draw freehand"),
        "line": roll.tr("Draw lines"),
        "curve": roll.tr("Draw curves"),
    }
    group = QActionGroup(menu)
    for shape, words in shapes.items():
        drawn = _checkable(menu, words, roll.shape == shape)
        drawn.triggered.connect(lambda _, shape=shape: roll.set_shape(shape))
        group.addAction(drawn)
    menu.addSeparator()
    channel = roll.channel
    usual: tuple[Kind, ...] = (
        Lane("bend", channel),
        Lane("pressure", channel),
        *(Lane("control", channel, number) for number in USUAL),
    )
    in_use = [lane for lane in roll.lanes_in_use() if lane not in usual]
    others = [lane for lane in roll.lanes if lane not in (*OF_NOTES, *usual, *in_use)]
    for lanes in (OF_NOTES, usual, [*in_use, *others]):
        for each in lanes:
            action = _checkable(menu, lane_name(each, roll.tr), each in roll.lanes)
            action.triggered.connect(lambda _, each=each: roll.toggle_lane(each))
        if lanes:
            menu.addSeparator()
    ask = QAction(roll.tr("Another controller …"), menu)
    ask.triggered.connect(roll.ask_controller)
    menu.addAction(ask)
    menu.addSeparator()
    only = _checkable(menu, roll.tr("Only selected notes"), roll.shows_only_selected)
    only.triggered.connect(roll.set_only_selected)


def _checkable(menu: QMenu, words: str, is_checked: bool) -> QAction:
    action = QAction(words, menu)
    action.setCheckable(True)
    action.setChecked(is_checked)
    menu.addAction(action)
    return action
