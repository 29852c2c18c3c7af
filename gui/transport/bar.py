"""The bar on top: back, play, stop, record, loop, punch, click; where one is; how fast; whose time it is. [gui]

What does not fit into a narrow window goes into the menu at its end, the least needed first.
"""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QKeySequence, QResizeEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QMenu, QSizePolicy, QToolButton, QWidget

from gui.commands.registry import Command, Commands
from gui.settings.settings import TimeSettings
from gui.theme import metrics
from gui.theme.palette import Palette
from gui.theme.signs import SIZE_PX, sign
from gui.transport.choices import ChoiceMenu, MetronomeMenu, RecordMenu, SyncMenu
from gui.transport.fields import ClockField, MeterField, NameLabel, TempoField
from gui.transport.following import Song
from gui.transport.places import shown_time
from score.operations.tempos import bpm_of
from score.tempo import TempoMap

_BUTTONS = (
    ("transport.back", "back", False),
    ("transport.play", "play", True),
    ("transport.stop", "stop", False),
    ("transport.record", "record", True),
    ("", "", False),
    ("transport.loop", "loop", True),
    ("transport.punch", "punch", True),
    ("transport.metronome", "click", True),
    ("transport.capture", "capture", False),
    ("", "", False),
    ("edit.undo", "undo", False),
    ("edit.redo", "redo", False),
)
_LEAVE_FIRST = ("edit.redo", "edit.undo", "transport.punch", "transport.capture", "transport.back", "transport.stop")
"""Of a bar that is too narrow; each has keys and a place in the menu."""
_PIECE_PX = 30 * metrics.UNIT_PX


class TransportBar(QFrame):
    """Buttons of commands, a clock, a tempo, a meter, and whose time it is. [gui]"""

    tempo_changed = pyqtSignal(float)
    meter_changed = pyqtSignal(int, int)
    place_wanted = pyqtSignal(int)
    time_wanted = pyqtSignal(dict)
    """Words of the settings of time, as they shall be."""

    def __init__(self, commands: Commands, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._commands = commands
        self._known = {command.id for command in commands}
        self._song, self._time = Song(), TimeSettings()
        self.setFixedHeight(metrics.CONTROL_PX + 2 * metrics.GAP_PX)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(metrics.MARGIN_PX, metrics.GAP_PX, metrics.MARGIN_PX, metrics.GAP_PX)
        self._row.setSpacing(metrics.UNIT_PX)
        self._row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # what does not fit leaves
        self.buttons: dict[str, QToolButton] = {}
        for id, _, stays in _BUTTONS:
            if not id:
                self._row.addSpacing(metrics.GAP_PX)
            elif id in self._known:
                self._row.addWidget(self._button(commands[id], stays))
        self._menus: list[ChoiceMenu] = []
        self._give_menu("transport.record", RecordMenu(self, self.time_wanted.emit))
        self._give_menu("transport.metronome", MetronomeMenu(self, self.time_wanted.emit))
        self._row.addSpacing(metrics.GAP_PX)
        self._add_fields()
        self._row.addStretch(1)
        self.piece = NameLabel()
        self.piece.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.piece.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._row.addWidget(self.piece, 100)
        self.more = self._plain_button("…", self.tr("More commands"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._left_out = QMenu(self)
        self._left_out.aboutToShow.connect(self._fill_more)
        self.more.setMenu(self._left_out)
        self._row.addWidget(self.more)
        self.set_palette(palette)
        self.show_time(self._time)
        self.show_song(self._song)

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self._palette = palette
        self.setStyleSheet(
            f"TransportBar {{ background: {palette.surface}; border-bottom: 1px solid {palette.border}; }}"
            f" QToolButton::menu-indicator {{ image: none; }}"
            f" QToolButton::menu-button {{ border: none; width: {3 * metrics.UNIT_PX}px; }}"
            f" MeterField::drop-down {{ border: none; width: {4 * metrics.UNIT_PX}px; }}"
            f" ClockField {{ background: transparent; border: 1px solid transparent; padding: 0 {metrics.UNIT_PX}px; }}"
            f" ClockField:hover {{ border-color: {palette.border}; }}"
            f" ClockField:focus {{ background: {palette.sunken}; border: 2px solid {palette.accent}; }}"
        )
        self.seconds.setStyleSheet(f"color: {palette.dim_text};")
        self.piece.setStyleSheet(f"color: {palette.dim_text};")
        for id, name, _ in _BUTTONS:
            if id in self.buttons:
                ink = palette.bad if name == "record" else palette.text
                self.buttons[id].setIcon(sign(name, ink, palette.on_accent, palette.faint_text))
        self._show_clicks()
        self._light()

    def show_place(self, tempo: TempoMap, ticks: int) -> None:
        """Where the playhead is, and the tempo and the meter that hold there. [gui]"""
        self.clock.show_place(tempo, ticks)
        self.seconds.setText(shown_time(tempo.seconds_at(ticks)))
        self.show_tempo(tempo, ticks)

    def show_tempo(self, tempo: TempoMap, ticks: int = 0) -> None:
        """The tempo and the meter that hold at a tick. [gui]"""
        self.tempo.show_tempo(bpm_of(tempo.tempo_at(ticks)))
        meter = tempo.meter_at(ticks)
        self.meter.show_meter(meter.numerator, meter.denominator)

    def show_state(self, playing: bool, recording: bool, looping: bool, punching: bool = False) -> None:
        """Which buttons are down, and which can be pressed. [gui]"""
        for id, down in (
            ("transport.play", playing),
            ("transport.record", recording),
            ("transport.loop", looping),
            ("transport.punch", punching),
        ):
            if id in self.buttons:
                self.buttons[id].setChecked(down)
        for id, button in self.buttons.items():
            button.setEnabled(self._commands[id].is_possible())

    def show_time(self, time: TimeSettings) -> None:
        """Metronome, count-in, how is recorded, and whose time it is. [gui]"""
        self._time = time
        for menu in self._menus:
            menu.show_time(time)
        self._show_clicks()
        self.show_song(self._song)

    def show_keys(self) -> None:
        """The keys of the commands are others. [gui]"""
        for id, button in self.buttons.items():
            button.setToolTip(self._named(self._commands[id]))
        if "transport.tap" in self._known:
            self.tap.setToolTip(self._named(self._commands["transport.tap"]))

    def show_song(self, song: Song) -> None:
        """What is heard of whom we follow. [gui]"""
        self._song = song
        if not self._time.follows_clock:
            said, told = self.tr("Own"), self.tr("The time is this piece's own.")
        elif song.is_heard and song.bpm is not None:
            said = self.tr("MIDI {bpm:.1f}").format(bpm=song.bpm)
            told = self.tr("A MIDI clock is followed, at {bpm:.1f} beats a minute.").format(bpm=song.bpm)
        else:
            said, told = self.tr("MIDI: none"), self.tr("No MIDI clock is heard. Start the one that shall lead.")
        if self.sync.text() != said:
            self.sync.setText(said)
            self._fit()
        self.sync.setToolTip(told)
        self.sync.setAccessibleName(told)
        self._light()

    def minimumSizeHint(self) -> QSize:
        """No window is as wide as it is because of this bar. [gui]"""
        return QSize(_PIECE_PX, self.height())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """What does not fit leaves. [gui]"""
        super().resizeEvent(event)
        self._fit()

    # Inside

    def _add_fields(self) -> None:
        self.clock = ClockField()
        self.clock.place_wanted.connect(self.place_wanted)
        self.seconds = QLabel("0:00.0")
        self.seconds.setMinimumWidth(13 * metrics.UNIT_PX)
        self.seconds.setAccessibleName(self.tr("Minutes and seconds"))
        self.tempo = TempoField()
        self.tempo.committed.connect(self.tempo_changed)
        self.meter = MeterField()
        self.meter.committed.connect(self.meter_changed)
        for field in (self.clock, self.tempo, self.meter):
            field.setFixedHeight(metrics.CONTROL_PX)
        for widget in (self.clock, self.seconds, self.tempo):
            self._row.addWidget(widget)
        if "transport.tap" in self._known:
            command = self._commands["transport.tap"]
            self.tap = self._plain_button(self.tr("Tap"), self._named(command))
            self.tap.clicked.connect(lambda: command.do())
            self._row.addWidget(self.tap)
        self._row.addWidget(self.meter)
        self.sync = self._plain_button("", "")
        self.sync.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.sync.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.sync.setMinimumWidth(24 * metrics.UNIT_PX)
        menu = SyncMenu(self, self.time_wanted.emit)
        self._menus.append(menu)
        self.sync.setMenu(menu)
        self._row.addWidget(self.sync)

    def _give_menu(self, id: str, menu: ChoiceMenu) -> None:
        self._menus.append(menu)
        if id in self.buttons:
            button = self.buttons[id]
            button.setMenu(menu)
            button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
            button.setFixedWidth(metrics.CONTROL_PX + 5 * metrics.UNIT_PX)

    def _fit(self) -> None:
        gone = [id for id in _LEAVE_FIRST if id in self.buttons]
        for id in gone:
            self.buttons[id].setVisible(True)
        for field in (self.seconds, self.piece):
            field.setVisible(True)
        room = self.width()
        for hidden in [self.buttons[id] for id in gone[:2]] + [self.seconds] + [self.buttons[id] for id in gone[2:]]:
            if self._needed_px() <= room:
                break
            hidden.setVisible(False)
        self._row.activate()

    def _needed_px(self) -> int:
        self._row.invalidate()
        return self._row.minimumSize().width() + _PIECE_PX

    def _fill_more(self) -> None:
        self._left_out.clear()
        for id, button in self.buttons.items():
            if not button.isVisible():
                self._add_to_more(self._commands[id])
        if self._left_out.actions():
            self._left_out.addSeparator()
        for command in self._commands:
            if command.id.startswith(("transport.", "tempo.")) and command.id not in self.buttons:
                self._add_to_more(command)

    def _add_to_more(self, command: Command) -> None:
        action = self._left_out.addAction(command.title)
        assert action is not None
        action.setEnabled(command.is_possible())
        action.triggered.connect(lambda: command.do())

    def _show_clicks(self) -> None:
        """Lit where it clicks whenever music plays, faint where it never does."""
        button = self.buttons.get("transport.metronome")
        if button is not None:
            button.setChecked(self._time.clicks == "always")
            ink = self._palette.faint_text if self._time.clicks == "never" else self._palette.text
            button.setIcon(sign("click", ink, self._palette.on_accent, self._palette.faint_text))

    def _light(self) -> None:
        follows, heard = self._time.follows_clock, self._song.is_heard
        colour = self._palette.faint_text if not follows else self._palette.good if heard else self._palette.warn
        name = "light" if not follows or not heard else "lit"
        self.sync.setIcon(sign(name, colour, colour, colour))

    def _button(self, command: Command, stays: bool) -> QToolButton:
        button = QToolButton(self)
        button.setIconSize(QSize(SIZE_PX, SIZE_PX))
        button.setFixedSize(metrics.CONTROL_PX + metrics.UNIT_PX, metrics.CONTROL_PX)
        button.setCheckable(stays)
        button.setToolTip(self._named(command))
        button.setAccessibleName(command.title)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: command.do())
        self.buttons[command.id] = button
        return button

    def _plain_button(self, text: str, told: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setFixedHeight(metrics.CONTROL_PX)
        button.setToolTip(told)
        button.setAccessibleName(told)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _named(self, command: Command) -> str:
        keys = QKeySequence(command.keys).toString(QKeySequence.SequenceFormat.NativeText)
        return f"{command.title}  ({keys})" if keys else command.title
