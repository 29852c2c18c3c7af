"""What is to be turned in one slot: its controls; of a file in Python the file and what is wrong on which line; of a
plugin its own window. [gui]

What flows in: the slot as the engine describes it, and as the session has it. What flows out: wishes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from gui.mixing.chain import Link, learned_by
from gui.mixing.controls import WIDTH_PX, Control
from gui.mixing.flow import Flow
from gui.session.setup import TrackSetup
from gui.theme import metrics
from gui.theme.palette import Palette

_PLUGINS = ("vst3:", "au:")
_PROBLEMS_SHOWN = 6
_DESCRIPTIONS_LATE = 2
"""One that was asked for before a hand turned something comes after it."""


class SlotPage(QFrame):
    """The slot that is picked. [gui]"""

    turned = pyqtSignal(str, str, float, bool)
    """Slot, parameter, value, and whether the hand goes on."""
    learn_wanted = pyqtSignal(str, str)
    forget_wanted = pyqtSignal(str, str)
    file_wanted = pyqtSignal(str)
    window_wanted = pyqtSignal(str)
    again_wanted = pyqtSignal(str)

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._slot, self._file = "", ""
        self._made_of: tuple[Any, ...] = ()
        self._wanted: dict[str, tuple[float, int]] = {}
        """What a hand has just turned to, and for how many descriptions more it is believed before the engine's."""
        self.controls: dict[str, Control] = {}
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.file = QPushButton(self.tr("Open in the editor"))
        self.file.clicked.connect(lambda: self.file_wanted.emit(self._file))
        self.window_button = QPushButton(self.tr("Open its window"))
        self.window_button.clicked.connect(lambda: self.window_wanted.emit(self._slot))
        self.again = QPushButton(self.tr("Try again"))
        self.again.clicked.connect(lambda: self.again_wanted.emit(self._slot))
        above = QHBoxLayout()
        above.setSpacing(metrics.GAP_PX)
        above.addWidget(self.words, 1)
        for button in (self.file, self.window_button, self.again):
            above.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        inside = QWidget()
        self._flow = Flow(inside, metrics.UNIT_PX)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(metrics.MARGIN_PX, metrics.GAP_PX, metrics.GAP_PX, metrics.GAP_PX)
        column.setSpacing(metrics.GAP_PX)
        column.addLayout(above)
        column.addWidget(self._scroll, 1)
        self.setMinimumWidth(2 * WIDTH_PX)
        self.set_palette(palette)

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self._palette = palette
        self.setStyleSheet(
            f"SlotPage, SlotPage QScrollArea, SlotPage QScrollArea > QWidget > QWidget {{"
            f" background: {palette.window}; }}"
        )
        for control in self.controls.values():
            control.set_palette(palette)

    def show_slot(self, link: Link | None, setup: TrackSetup, told: Mapping[str, Any] | None, learning: str) -> None:
        """The slot as it is now; `told` is None until the engine has described it. [gui]"""
        parameters = list(told.get("parameters", ())) if told is not None else []
        name = link.name if link is not None else ""
        shape = (name, link.processor if link else "", tuple(_shape_of(each) for each in parameters))
        if shape != self._made_of:
            self._build(name, parameters)
            self._made_of = shape
        self._slot = name
        for each in parameters:
            control = self.controls[str(each["id"])]
            controller = learned_by(setup, name, control.id)
            known = setup.turned.get(name, {}).get(control.id)
            moves_by_itself = controller is not None or (link is not None and ":" in link.processor)
            value = float(each["value"]) if known is None or moves_by_itself else known
            value = self._wanted.get(control.id, (value, 0))[0]
            control.show_value(value, controller, learning == control.id)
        self._say(link, told)

    def settle(self) -> None:
        """The engine has described its slots anew: what it says soon holds again. [gui]"""
        self._wanted = {
            id: (value, left if self.controls[id].is_held else left - 1)
            for id, (value, left) in self._wanted.items()
            if left > 1 or self.controls[id].is_held
        }

    def _turn(self, parameter: str, value: float, goes_on: bool) -> None:
        self._wanted[parameter] = value, _DESCRIPTIONS_LATE
        self.turned.emit(self._slot, parameter, value, goes_on)

    def _say(self, link: Link | None, told: Mapping[str, Any] | None) -> None:
        words, is_bad = self._words(link, told)
        self._file = str(told.get("file", "")) if told is not None else ""
        self.words.setText(words)
        self.words.setStyleSheet(f"color: {self._palette.warn if is_bad else self._palette.dim_text};")
        is_plugin = link is not None and link.processor.startswith(_PLUGINS)
        self.file.setVisible(bool(self._file))
        self.window_button.setVisible(is_plugin and not is_bad)
        self.again.setVisible(is_plugin and is_bad)

    def _words(self, link: Link | None, told: Mapping[str, Any] | None) -> tuple[str, bool]:
        """What there is to say of it, and whether something is wrong."""
        if link is None:
            return self.tr("Nothing here yet. Add an effect, and its controls are here."), False
        if told is None:
            return self.tr("{name} is on its way …").format(name=link.title), False
        if told.get("is_refused"):
            lines = [_problem(each, str(told.get("file", ""))) for each in told.get("problems", ())][:_PROBLEMS_SHOWN]
            after = (
                self.tr("The version before plays on.") if told.get("plays") else self.tr("Until then sound passes.")
            )
            return "\n".join((*lines, after)), True
        if told.get("trouble"):
            return str(told["trouble"]), True
        if not told.get("parameters"):
            return self.tr("{name} has nothing to turn.").format(name=link.title), False
        return self.tr("{name}. A double click leads back, L learns a controller.").format(name=link.title), False

    def _build(self, slot: str, parameters: list[Mapping[str, Any]]) -> None:
        for control in self.controls.values():
            control.setParent(None)
            control.deleteLater()
        self.controls, self._wanted = {}, {}
        for each in parameters:
            control = Control(each, self._palette)
            control.turned.connect(self._turn)
            control.learn_wanted.connect(lambda parameter: self.learn_wanted.emit(self._slot, parameter))
            control.forget_wanted.connect(lambda parameter: self.forget_wanted.emit(self._slot, parameter))
            self.controls[control.id] = control
            self._flow.addWidget(control)
            control.show()


def _shape_of(told: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(str(told.get(each)) for each in ("id", "name", "low", "high", "default", "unit", "curve", "choices"))


def _problem(said: Mapping[str, Any], file: str) -> str:
    """`wobble.py:12: what is wrong. What to do.`"""
    name = str(said.get("file") or file).replace("\\", "/").rsplit("/", 1)[-1]
    line = int(said.get("line", 0))
    return f"{name}:{line}: {said.get('what', '')} {said.get('fix', '')}".strip() if line else str(said.get("what", ""))
