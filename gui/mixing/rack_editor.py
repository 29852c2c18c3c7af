"""The chain of a track: its instrument and effects in a row, and what is to be turned in the one that is picked. [gui]

What flows in: a place in the session, its setup, what the engine says of its slots. What flows out: changes of the
session, and wishes for the engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QPoint, Qt, pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QScrollArea, QVBoxLayout, QWidget

from gui.drawn_row import DropLine
from gui.mixing import chain
from gui.mixing.chain import Link, Place, links_of, rack_name
from gui.mixing.chooser import Shelf
from gui.mixing.opening import open_in_editor
from gui.mixing.slot_page import SlotPage
from gui.mixing.slot_row import SlotRow
from gui.session.setup import Change, TrackSetup
from gui.theme import metrics
from gui.theme.fonts import font
from gui.theme.palette import Palette

LIST_PX = 64 * metrics.UNIT_PX


class RackEditor(QFrame):
    """One chain. [gui]"""

    changed = pyqtSignal(object, bool)
    shelf_wanted = pyqtSignal()
    engine_wanted = pyqtSignal(str, dict)
    """Something that a rack can do by itself, and the words that go with it: `Engine.rack_do`."""
    learn_wanted = pyqtSignal(object, str, str)
    """A place, its slot and the parameter that the next controller shall turn."""
    file_wanted = pyqtSignal(object)
    """A place whose chain shall have an effect that is yet to be written: the engine begins its file."""
    said = pyqtSignal(str)

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self.place: Place = ("master",)
        self.setup = TrackSetup()
        self.picked = ""
        self._learning: tuple[str, str] | None = None
        self._shelf = Shelf()
        self._described: dict[str, Mapping[str, Any]] = {}
        self.rows: dict[str, SlotRow] = {}
        self.title = QLabel()
        self.title.setFont(font(metrics.LARGE_TEXT_PX, bold=True))
        self.add_button = QPushButton(self.tr("Add an effect"))
        self.add_button.clicked.connect(self.ask_effect)
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, metrics.UNIT_PX, 0)
        self._column.setSpacing(metrics.UNIT_PX)
        self._column.addStretch(1)
        self._line = DropLine(inside)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(inside)
        side = QVBoxLayout()
        side.setContentsMargins(metrics.GAP_PX, metrics.GAP_PX, metrics.UNIT_PX, metrics.GAP_PX)
        side.setSpacing(metrics.UNIT_PX)
        side.addWidget(self.title)
        side.addWidget(self._scroll, 1)
        side.addWidget(self.add_button)
        left = QWidget()
        left.setFixedWidth(LIST_PX)
        left.setLayout(side)
        self._left = left
        self.page = SlotPage(palette)
        self.page.turned.connect(self._turn)
        self.page.learn_wanted.connect(self._learn)
        self.page.forget_wanted.connect(self._forget)
        self.page.file_wanted.connect(self._open)
        self.page.window_wanted.connect(lambda slot: self._ask_engine("show_editor", slot))
        self.page.again_wanted.connect(lambda slot: self._ask_engine("try_again", slot))
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(left)
        outer.addWidget(self.page, 1)
        self.setAccessibleName(self.tr("Effects of a track"))
        self.set_palette(palette)

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self._palette = palette
        self.setStyleSheet(
            f"RackEditor, RackEditor > QWidget {{ background: {palette.surface}; }}"
            f" RackEditor QScrollArea, RackEditor QScrollArea > QWidget > QWidget {{ background: {palette.surface}; }}"
        )
        self._line.set_palette(palette)
        self.page.set_palette(palette)
        for row in self.rows.values():
            row.set_palette(palette)

    def show_chain(self, place: Place, name: str, setup: TrackSetup) -> None:
        """The chain of a place in the session, as it is now. [gui]"""
        if place != self.place:
            self.picked, self._learning = "", None
        self.place, self.setup = place, setup
        self.title.setText(name)
        links = links_of(place, setup)
        names = [link.name for link in links]
        if self.picked not in names:
            self.picked = names[-1] if names else ""
        if [(row.link.name, row.link.is_effect) for row in self.rows.values()] != [
            (e.name, e.is_effect) for e in links
        ]:
            self._build(links)
        for link in links:
            told = self._told(link.name)
            trouble = str(told.get("trouble", "")) if told is not None else ""
            if told is not None and told.get("is_refused"):
                trouble = self.tr("It cannot play as it was saved")
            self.rows[link.name].show_link(link, link.name == self.picked, trouble)
        learning = self._learning[1] if self._learning is not None and self._learning[0] == self.picked else ""
        shown = next((each for each in links if each.name == self.picked), None)
        told = self._told(self.picked)
        if shown is not None and told is not None and told.get("processor") != shown.processor:
            told = None  # the engine speaks of who stood there before
        self.page.show_slot(shown, setup, told, learning)
        self.add_button.setEnabled(not setup.port)

    def show_described(self, described: Sequence[Mapping[str, Any]]) -> None:
        """What the engine says of all slots; asked some times a second while this is open. [gui]"""
        self._described = {str(each.get("slot")): each for each in described}
        self.page.settle()
        self.show_chain(self.place, self.title.text(), self.setup)

    def show_shelf(self, shelf: Shelf) -> None:
        """What there is to be added. [gui]"""
        self._shelf = shelf

    def learned(self) -> None:
        """What was to learn has learned. [gui]"""
        self._learning = None
        self.show_chain(self.place, self.title.text(), self.setup)

    def effect_menu(self) -> QMenu:
        """All effects there are. [gui]"""
        menu = QMenu(self)
        for entry in self._shelf.of_kind("builtin", False):
            self._offer(menu, entry)
        menu.addSeparator()
        for title, kind in ((self.tr("Plugins"), "plugin"), (self.tr("Written in Python"), "python")):
            inside = menu.addMenu(title)
            assert inside is not None
            entries = self._shelf.of_kind(kind, False)
            for entry in entries:
                self._offer(inside, entry)
            if kind == "python":
                new = inside.addAction(self.tr("Write a new one …"))
                assert new is not None
                new.triggered.connect(lambda: self.file_wanted.emit(self.place))
            elif not entries:
                looks = self._shelf.scanning and kind == "plugin"
                none = inside.addAction(self.tr("Looking for plugins …") if looks else self.tr("None found"))
                assert none is not None
                none.setEnabled(False)
        return menu

    def ask_effect(self) -> None:
        """Choose one more effect. [gui]"""
        self.shelf_wanted.emit()
        self.effect_menu().popup(self.add_button.mapToGlobal(QPoint(0, 0)))

    def add_effect(self, processor: str) -> None:
        """One more, behind the others; it is picked. [gui]"""
        change = chain.add(self.place, self.setup, processor, self.tr("Add an effect"))
        self.picked = change.value[-1].name
        self.changed.emit(change, False)

    def take_file(self, place: Place, processor: str, file: str) -> None:
        """A file was begun: it stands behind the others, and is open to be written in. [gui]"""
        if place == self.place:
            self.add_effect(processor)
        self._open(file)

    # Inside

    def _told(self, slot: str) -> Mapping[str, Any] | None:
        return self._described.get(rack_name(self.place, slot))

    def _offer(self, menu: QMenu, entry: Mapping[str, Any]) -> None:
        maker = f" · {entry['maker']}" if entry.get("maker") else ""
        action = menu.addAction(f"{entry['name']}{maker}")
        assert action is not None
        action.triggered.connect(lambda: self.add_effect(str(entry["id"])))

    def _build(self, links: Sequence[Link]) -> None:
        focused = next((name for name, row in self.rows.items() if row.hasFocus()), "")
        for row in self.rows.values():
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {}
        for n, link in enumerate(links):
            row = SlotRow(link, self._palette)
            row.picked.connect(self._pick)
            row.switched.connect(lambda name, on: self._change_slot(name, self.tr("Bypass"), False, on=on))
            row.mixed.connect(
                lambda name, mix, goes_on: self._change_slot(name, self.tr("Dry to wet"), goes_on, mix=mix)
            )
            row.moved.connect(self._move)
            row.removed.connect(self._remove)
            row.neighbour_wanted.connect(self._go)
            row.drawn.connect(lambda y: self._line.follow(y, self._effects()))
            row.let_go.connect(partial(self._drop, link.name))
            self.rows[link.name] = row
            self._column.insertWidget(n, row)
        if focused in self.rows:
            self.rows[focused].setFocus()

    def _pick(self, name: str) -> None:
        self.picked = name
        self.show_chain(self.place, self.title.text(), self.setup)

    def _go(self, name: str, by: int) -> None:
        names = list(self.rows)
        at = names.index(name) + by
        if 0 <= at < len(names):
            self.rows[names[at]].setFocus()
            self._pick(names[at])

    def _change_slot(self, name: str, said: str, goes_on: bool, **changed: Any) -> None:
        self.changed.emit(chain.with_slot(self.place, self.setup, name, said, **changed), goes_on)

    def _move(self, name: str, by: int) -> None:
        at = [each.name for each in self.setup.slots].index(name) if self.rows[name].link.is_effect else -1
        change = chain.move(self.place, self.setup, name, at + by, self.tr("Move an effect")) if at >= 0 else None
        if change is not None:
            self.changed.emit(change, False)
            self.rows[name].setFocus()

    def _remove(self, name: str) -> None:
        self.changed.emit(chain.remove(self.place, self.setup, name, self.tr("Take out an effect")), False)

    def _turn(self, slot: str, parameter: str, value: float, goes_on: bool) -> None:
        self.changed.emit(Change(self.tr("Turn a knob"), (*self.place, "turned", slot, parameter), value), goes_on)

    def _learn(self, slot: str, parameter: str) -> None:
        self._learning = slot, parameter
        self.learn_wanted.emit(self.place, slot, parameter)
        self.said.emit(self.tr("Turn a controller: it will turn this."))
        self.show_chain(self.place, self.title.text(), self.setup)

    def _forget(self, slot: str, parameter: str) -> None:
        if self._learning == (slot, parameter):
            self._learning = None
            self._ask_engine("forget", slot, parameter=parameter)
            self.show_chain(self.place, self.title.text(), self.setup)
        if chain.learned_by(self.setup, slot, parameter) is not None:
            said = self.tr("Forget a controller")
            self.changed.emit(chain.learn(self.place, self.setup, slot, parameter, None, said), False)

    def _open(self, file: str) -> None:
        if not open_in_editor(Path(file)):
            self.said.emit(self.tr("No editor opens '{file}'. Set VISUAL to the one you like.").format(file=file))

    def _ask_engine(self, what: str, slot: str, **words: Any) -> None:
        self.engine_wanted.emit(what, {"slot": rack_name(self.place, slot), **words})

    def _drop(self, name: str, y: int) -> None:
        self._move(name, self._line.end(y, self.rows[name], self._effects()))

    def _effects(self) -> list[SlotRow]:
        return [row for row in self.rows.values() if row.link.is_effect]
