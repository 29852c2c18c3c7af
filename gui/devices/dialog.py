"""Sound and MIDI: which card plays, which microphone is heard, which keyboards play along, and where notes go.

What flows in: what this machine has, looked up by a process of its own, and what runs now. What flows out: wishes for
the engine, which takes them at once. [gui]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from gui.devices.choices import BLOCKS, Choice, cards, in_words, ports
from gui.engine_link import Wishes
from gui.errands import Errand
from gui.theme import metrics

_ALL, _NONE = "all", "none"


class SoundDialog(QDialog):
    """Five choices, and a line on what runs. [gui]"""

    wished = pyqtSignal(object)
    """Wishes, as they shall be."""

    def __init__(self, wishes: Wishes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wishes = wishes
        self.setWindowTitle(self.tr("Sound and MIDI"))
        self.setMinimumWidth(120 * metrics.UNIT_PX)
        self.card, self.microphone, self.block, self.keys = QComboBox(), QComboBox(), QComboBox(), QComboBox()
        self.port = QLineEdit(wishes.port)
        self.port.setPlaceholderText(self.tr("No port: notes stay here"))
        self.runs = QLabel(self.tr("Looking what there is …"))
        self.runs.setWordWrap(True)
        self._lay_out()
        self._fill([], [])
        self._errands = [Errand(["devices", "--json"], self), Errand(["ports", "--json"], self)]
        self._cards: list[dict[str, Any]] = []
        self._ports: list[dict[str, Any]] = []
        self._errands[0].done.connect(lambda told: self._told(told.get("devices", []), None))
        self._errands[1].done.connect(lambda told: self._told(None, told.get("ports", [])))
        for errand in self._errands:
            errand.failed.connect(self.runs.setText)
            errand.begin()

    def show_running(self, description: dict[str, Any]) -> None:
        """What the engine plays on now. [gui]"""
        self.runs.setText(in_words(description.get("device", {})))

    def show_refusal(self, _about: str, words: str) -> None:
        """Why it cannot. [gui]"""
        self.runs.setText(words)

    def wishes(self) -> Wishes:
        """What is chosen. [gui]"""
        return replace(
            self._wishes,
            device=str(self.card.currentData()),
            microphone=str(self.microphone.currentData()),
            block_frames=int(self.block.currentData()),
            keys=str(self.keys.currentData()),
            port=self.port.text().strip(),
        )

    def done(self, result: int) -> None:
        """Closed: nobody looks any longer. [gui]"""
        for errand in self._errands:
            if not errand.is_over:
                errand.give_up()
        super().done(result)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setSpacing(metrics.GAP_PX)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for words, field in (
            (self.tr("Sound &card"), self.card),
            (self.tr("&Microphone"), self.microphone),
            (self.tr("&Block size"), self.block),
            (self.tr("&Keyboards"), self.keys),
            (self.tr("Our MIDI &port"), self.port),
        ):
            form.addRow(words, field)
            field.setAccessibleName(words.replace("&", ""))
        buttons = QDialogButtonBox()
        use = buttons.addButton(self.tr("Use these"), QDialogButtonBox.ButtonRole.AcceptRole)
        close = buttons.addButton(QDialogButtonBox.StandardButton.Close)
        assert use is not None and close is not None
        self.use = use
        use.setDefault(True)
        use.clicked.connect(self._use)
        close.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[metrics.MARGIN_PX] * 4)
        column.setSpacing(metrics.MARGIN_PX)
        column.addLayout(form)
        column.addWidget(self.runs)
        column.addStretch(1)
        column.addWidget(buttons)

    def _told(self, told_cards: list[dict[str, Any]] | None, told_ports: list[dict[str, Any]] | None) -> None:
        chosen = self.wishes()
        self._cards = self._cards if told_cards is None else told_cards
        self._ports = self._ports if told_ports is None else told_ports
        self._wishes = chosen
        self._fill(self._cards, self._ports)
        if told_cards is not None:
            none = self.tr("This machine shows no sound card. Plug one in, or start JACK, and open this again.")
            self.runs.setText("" if told_cards else none)

    def _fill(self, told_cards: Sequence[dict[str, Any]], told_ports: Sequence[dict[str, Any]]) -> None:
        wishes = self._wishes
        usual = Choice(self.tr("The system's own"), "")
        demo = Choice(self.tr("None: a recorded voice sings"), f"null:{wishes.demo}" if wishes.demo else "null")
        _offer(self.card, [usual, *cards(told_cards, inputs=False), demo], wishes.device)
        same = Choice(self.tr("Of the same card"), "")
        _offer(self.microphone, [same, *cards(told_cards, inputs=True)], wishes.microphone)
        sizes = [Choice(self.tr("{frames} frames").format(frames=each), str(each)) for each in BLOCKS]
        _offer(self.block, sizes, str(wishes.block_frames))
        everybody, nobody = Choice(self.tr("All that are plugged in"), _ALL), Choice(self.tr("None"), _NONE)
        _offer(self.keys, [everybody, nobody, *ports(told_ports, "input")], wishes.keys)

    def _use(self) -> None:
        self.runs.setText(self.tr("One moment …"))
        self.wished.emit(self.wishes())


def _offer(box: QComboBox, choices: Sequence[Choice], chosen: str) -> None:
    """Fill a list; what is chosen stays in it, also where the machine does not show it now."""
    box.clear()
    for each in choices:
        box.addItem(each.text, each.word)
    if box.findData(chosen) < 0:
        box.addItem(chosen, chosen)
    box.setCurrentIndex(box.findData(chosen))
