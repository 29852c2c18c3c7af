"""One strip of the mixer: what a track sounds by, what it sends, where it stands, how loud it is, and how loud it was.

What flows in: a setup and peaks. What flows out: changes of the session, edits of the score, and wishes: to be chosen,
to have its chain opened. [gui]
"""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QMouseEvent
from PyQt6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from gui.mixing.chooser import Shelf, instrument_menu, source_name
from gui.mixing.colours import track_colour
from gui.mixing.fader import Dial, Fader
from gui.mixing.meter import LevelMeter
from gui.mixing.name import NameField
from gui.mixing.scales import LEVEL, PAN, SEND, SILENT_DB
from gui.own_keys import OwnKeys
from gui.session.setup import Change, TrackSetup
from gui.theme import metrics
from gui.theme.fonts import font
from gui.theme.palette import Palette

WIDTH_PX = 29 * metrics.UNIT_PX
_DIALS_IN_A_COLUMN = 2
_CHAIN_PX = 9 * metrics.UNIT_PX
Place = tuple[str, ...]
_SWITCHES = (("muted", "M", "Mute", Qt.Key.Key_M), ("solo", "S", "Solo", Qt.Key.Key_S))


class Strip(OwnKeys):
    """A track, a shared effect, or the master. [gui]"""

    chosen = pyqtSignal(object)
    """Its place."""
    changed = pyqtSignal(object, bool)
    renamed = pyqtSignal(object, str)
    chain_wanted = pyqtSignal(object)
    rack_file_wanted = pyqtSignal(object)
    shelf_wanted = pyqtSignal()
    neighbour_wanted = pyqtSignal(object, int)

    def __init__(self, place: Place, shared: tuple[str, ...], palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.place, self.shared = place, shared
        self.setup = TrackSetup()
        self.shelf = Shelf()
        self._palette, self._is_chosen = palette, False
        self.is_track = place[0] == "tracks"
        self.setFixedWidth(WIDTH_PX + metrics.TOUCH_PX * (len(shared) // _DIALS_IN_A_COLUMN) * (place[0] == "tracks"))
        self.name = NameField(self)
        self.name.renamed.connect(lambda name: self.renamed.emit(self.place, name))
        self.name.is_writable = self.is_track
        self.chain = self._button(self.tr("fx"), self.tr("Effects: open the chain"))
        self.chain.clicked.connect(lambda: self.chain_wanted.emit(self.place))
        self.source = self._button("", self.tr("Instrument or MIDI port"))
        self.source.clicked.connect(self.choose_source)
        self.pan = Dial(PAN, self.tr("Pan"), palette, self.tr("Pan"))
        self.pan.turned.connect(lambda value, goes_on: self._turn(self.tr("Pan"), value, goes_on, "pan"))
        self.sends: dict[str, Dial] = {}
        for effect in shared if self.is_track else ():
            dial = Dial(SEND, self.tr("Send to {effect}").format(effect=effect), palette, effect.capitalize())
            dial.turned.connect(lambda value, goes_on, effect=effect: self._send(effect, value, goes_on))
            self.sends[effect] = dial
        self.switches: dict[str, QToolButton] = {}
        for field, sign, name, _ in (*_SWITCHES, ("armed", "●", "Arm: keys and voice play it", Qt.Key.Key_R)):
            button = self._button(sign, self.tr(name))
            button.setCheckable(True)
            button.clicked.connect(lambda on, field=field, name=name: self._switch(self.tr(name), field, on))
            self.switches[field] = button
        self.fader = Fader(self.tr("Level"), palette)
        self.fader.turned.connect(lambda value, goes_on: self._turn(self.tr("Level"), value, goes_on, "level_db"))
        self.meter = LevelMeter(palette)
        self.readout = QLineEdit()
        self.readout.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.readout.setFont(font(metrics.SMALL_TEXT_PX))
        self.readout.setAccessibleName(self.tr("Level in dB"))
        self.readout.editingFinished.connect(self._typed)
        self._lay_out()
        self.set_palette(palette)

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self._palette = palette
        for each in (self.pan, self.fader, *self.sends.values()):
            each.set_palette(palette)
        self.meter.set_palette(palette)
        ground = palette.raised if self._is_chosen else palette.surface
        ring = palette.accent if self._is_chosen else palette.border
        stripe = track_colour(self.setup.colour, palette)
        self.setStyleSheet(
            f"Strip {{ background: {ground}; border: 1px solid {ring}; border-radius: {metrics.RADIUS_PX}px; }}"
            f" Strip > QFrame#stripe {{ background: {stripe}; border-radius: 1px; }}"
            f" Strip QLineEdit {{ min-height: {5 * metrics.UNIT_PX}px; padding: 0 {metrics.UNIT_PX}px;"
            f" background: {palette.sunken}; }}"
            f" Strip QToolButton {{ padding: 0 {metrics.UNIT_PX}px; min-height: {6 * metrics.UNIT_PX}px; }}"
        )

    def set_compact(self, on: bool) -> None:
        """With smaller dials, where the window is low. [gui]"""
        for dial in (self.pan, *self.sends.values()):
            dial.set_compact(on)

    def show_strip(self, name: str, setup: TrackSetup, chosen: bool) -> None:
        """The track as it is now. [gui]"""
        is_other = setup.colour != self.setup.colour or chosen != self._is_chosen
        self.setup, self._is_chosen = setup, chosen
        self.setAccessibleName(name)
        self.name.show_name(name)
        self.source.setText(self._elided(source_name(setup)))
        self.source.setToolTip(self.tr("Sounds by: {name}").format(name=source_name(setup)))
        count = len(setup.slots)
        self.chain.setText(self.tr("fx {count}").format(count=count) if count else self.tr("fx"))
        self.pan.show_value(setup.pan)
        self.fader.show_value(max(setup.level_db, SILENT_DB))
        for effect, dial in self.sends.items():
            dial.show_value(setup.sends.get(effect, SILENT_DB))
        for field, button in self.switches.items():
            button.setChecked(bool(getattr(setup, field)))
        if not self.readout.hasFocus():
            self.readout.setText(f"{LEVEL.text(setup.level_db)} dB")
        in_rack = not setup.port
        for each in (self.pan, self.fader, self.readout, self.chain, *self.sends.values()):
            each.setEnabled(in_rack)
        if is_other:
            self.set_palette(self._palette)

    # What the hand does

    def choose_source(self) -> None:
        """Ask what it shall sound by. [gui]"""
        if self.is_track:
            self.shelf_wanted.emit()
            wants = lambda: self.rack_file_wanted.emit(self.place)  # noqa: E731 - it has no name of its own
            menu = instrument_menu(self, self.setup, self.shelf, self._choose, wants)
            menu.popup(self.source.mapToGlobal(self.source.rect().bottomLeft()))

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """A click chooses it. [gui]"""
        self.chosen.emit(self.place)

    def _do_key(self, event: QKeyEvent, really: bool) -> bool:
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        key = event.key()
        clicks = {each[3]: self.switches[each[0]] for each in _SWITCHES} | {
            Qt.Key.Key_R: self.switches["armed"],
            Qt.Key.Key_I: self.source,
            Qt.Key.Key_E: self.chain,
        }
        if key in clicks and clicks[Qt.Key(key)].isVisible():
            if really:
                clicks[Qt.Key(key)].click()
            return True
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            if really:
                self.neighbour_wanted.emit(self.focusWidget(), -1 if key == Qt.Key.Key_Left else 1)
            return True
        if key == Qt.Key.Key_F2 and self.is_track:
            if really:
                self.name.edit()
            return True
        return False

    # Inside

    def _choose(self, wanted: TrackSetup) -> None:
        self.changed.emit(Change(self.tr("Instrument"), self.place, wanted), False)

    def _turn(self, name: str, value: float, goes_on: bool, field: str) -> None:
        self.changed.emit(Change(name, (*self.place, field), value), goes_on)

    def _send(self, effect: str, value: float, goes_on: bool) -> None:
        wanted = value if value > SILENT_DB else None
        self.changed.emit(Change(self.tr("Send"), (*self.place, "sends", effect), wanted), goes_on)

    def _switch(self, name: str, field: str, on: bool) -> None:
        self.switches[field].setChecked(bool(getattr(self.setup, field)))  # it shows what is, not what is wished
        self.changed.emit(Change(name, (*self.place, field), on or None), False)

    def _typed(self) -> None:
        value = LEVEL.value(self.readout.text())
        if value is not None and abs(value - self.setup.level_db) > 0.049:
            self._turn(self.tr("Level"), value, False, "level_db")
        self.readout.setText(f"{LEVEL.text(self.setup.level_db)} dB")

    def _button(self, text: str, name: str) -> QToolButton:
        button = _Button()
        button.setText(text)
        button.setToolTip(name)
        button.setAccessibleName(name)
        return button

    def _elided(self, text: str) -> str:
        room = WIDTH_PX - 2 * metrics.GAP_PX - 3 * metrics.UNIT_PX - _CHAIN_PX
        return self.source.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)

    def _lay_out(self) -> None:
        stripe = QFrame()
        stripe.setObjectName("stripe")
        stripe.setFixedHeight(metrics.UNIT_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(metrics.GAP_PX, metrics.UNIT_PX, metrics.GAP_PX, metrics.UNIT_PX)
        column.setSpacing(metrics.UNIT_PX)
        column.addWidget(stripe)
        column.addWidget(self.name)
        sound = QHBoxLayout()
        sound.setSpacing(metrics.UNIT_PX // 2)
        for button in (self.source, self.chain):
            button.setFont(font(metrics.SMALL_TEXT_PX + 1))
            sound.addWidget(button)
        self.source.setSizePolicy(self.name.sizePolicy())
        self.chain.setFixedWidth(_CHAIN_PX)
        column.addLayout(sound)
        _keep_room(self.source)
        self.source.setVisible(self.is_track)
        dials = QGridLayout()
        dials.setSpacing(0)
        for n, dial in enumerate((self.pan, *self.sends.values())):
            dials.addWidget(dial, n % _DIALS_IN_A_COLUMN, n // _DIALS_IN_A_COLUMN)
        dials.setRowStretch(_DIALS_IN_A_COLUMN, 1)
        level = QHBoxLayout()
        level.setSpacing(metrics.UNIT_PX // 2)
        level.addLayout(dials)
        level.addWidget(self.fader)
        level.addWidget(self.meter)
        column.addLayout(level, 1)
        switches = QHBoxLayout()
        switches.setSpacing(metrics.UNIT_PX // 2)
        column.addLayout(switches)
        for field, button in self.switches.items():
            _keep_room(button)
            switches.addWidget(button)
            button.setVisible(self.is_track or (field != "armed" and self.place[0] != "master"))
        column.addWidget(self.readout)


class _Button(QToolButton):
    """A button whose arrows are left to the mixer: they lead to the strip beside. [gui]"""

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """All keys but those. [gui]"""
        if event is not None and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()
        else:
            super().keyPressEvent(event)


def _keep_room(widget: QWidget) -> None:
    """What stands beside it stays in line with the other strips, though it is not shown."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    widget.setSizePolicy(policy)
