"""A card that gets to know a voice in four short steps: what to do now, what was heard, and a way out at any moment.

What flows in: how the measuring stands, as the engine tells it ten times a second. What flows out: words for the
engine: begin, skip, keep, leave. It lies above the roll and hides nothing that sounds. [gui]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.theme import metrics
from gui.theme.fonts import font
from gui.theme.palette import Palette

STEPS = ("silence", "low", "high", "steady")


class VoiceCard(QFrame):
    """Asks for silence, a low, a high and a steady note. [gui]"""

    asked = pyqtSignal(str)
    """begin, skip, keep or leave."""
    known = pyqtSignal(str)
    """It is done; what is known of the voice now, in words."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._step: str | None = STEPS[0]
        self._measured: tuple[str, ...] = ()
        self.setAccessibleName(self.tr("Get to know my voice"))
        self.prompt, self.remark = QLabel(), QLabel()
        self.prompt.setFont(font(metrics.LARGE_TEXT_PX, bold=True))
        for label in (self.prompt, self.remark):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        names = (self.tr("Silence"), self.tr("Low note"), self.tr("High note"), self.tr("Steady note"))
        self.steps = {step: QLabel(name) for step, name in zip(STEPS, names, strict=True)}
        self.skip = QPushButton(self.tr("Skip this step"))
        self.skip.clicked.connect(lambda: self.asked.emit("skip"))
        self.leave = QPushButton(self.tr("Not now"))
        self.leave.clicked.connect(self.give_up)
        self._lay_out()
        self.set_palette(palette)
        self.hide()

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self._palette = palette
        self.setStyleSheet(
            f"VoiceCard {{ background: {palette.raised}; border-bottom: 1px solid {palette.border}; }}"
            " VoiceCard QLabel { background: transparent; }"
        )
        self.remark.setStyleSheet(f"color: {palette.dim_text};")
        self._show_steps()

    def begin(self) -> None:
        """Come up, and ask for the first step. [gui]"""
        self._step, self._measured = STEPS[0], ()
        self.prompt.setText(self.tr("Be silent for three seconds …"))
        self.remark.setText(self.tr("This takes half a minute, and every step can be skipped."))
        self._show_steps()
        self.show()
        self.skip.setFocus()
        self.asked.emit("begin")

    def give_up(self) -> None:
        """Go away; everything stays as it was. [gui]"""
        if self.isVisible():
            self.hide()
            self.asked.emit("leave")

    def show_state(self, told: Mapping[str, Any]) -> None:
        """How it stands, as the engine tells it. [gui]"""
        if not self.isVisible():
            return
        if not told.get("measuring"):
            self.hide()
            if told.get("words"):
                self.known.emit(str(told["words"]))
            return
        self._step, self._measured = told["step"], tuple(told["measured"])
        if told["prompt"]:
            self.prompt.setText(told["prompt"])
            self.setAccessibleDescription(told["prompt"])
        if told["remarks"]:
            self.remark.setText(str(told["remarks"][-1]["text"]))
        self._show_steps()
        if self._step is None:
            self.asked.emit("keep" if self._measured else "leave")
            if not self._measured:
                self.hide()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Escape leaves. [gui]"""
        if event is not None and event.key() == Qt.Key.Key_Escape:
            self.give_up()
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(*[metrics.MARGIN_PX, metrics.GAP_PX] * 2)
        row.setSpacing(metrics.GAP_PX)
        words, dots = QVBoxLayout(), QHBoxLayout()
        words.setSpacing(metrics.UNIT_PX)
        words.addWidget(self.prompt)
        words.addWidget(self.remark)
        dots.setSpacing(metrics.MARGIN_PX)
        for label in self.steps.values():
            dots.addWidget(label)
        dots.addStretch(1)
        words.addLayout(dots)
        row.addLayout(words, 1)
        for button in (self.skip, self.leave):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)

    def _show_steps(self) -> None:
        palette = self._palette
        for step, label in self.steps.items():
            done, now = step in self._measured, step == self._step
            sign = "✓ " if done else "● " if now else "○ "
            label.setText(sign + label.text().lstrip("✓●○ "))
            label.setFont(font(bold=now))
            colour = palette.good if done else palette.accent if now else palette.faint_text
            label.setStyleSheet(f"color: {colour};")
