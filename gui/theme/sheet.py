"""Clothes for Qt's ordinary widgets in one of the themes: colours in; a palette and a style sheet out. [gui]"""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QGuiApplication, QPalette
from PyQt6.QtWidgets import QApplication

from gui.theme import metrics
from gui.theme.fonts import font
from gui.theme.palette import DARK, PALETTES, Palette


def theme(name: str) -> Palette:
    """The theme of this name; "system" is whichever of both the desktop is in. [gui]"""
    return PALETTES[system_name() if name == "system" else name]


def system_name() -> str:
    """ "light" where the desktop says so, else "dark". [gui]"""
    hints = QGuiApplication.styleHints()
    is_light = hints is not None and hints.colorScheme() == Qt.ColorScheme.Light
    return "light" if is_light else DARK.name


def dress(app: QApplication, palette: Palette) -> None:
    """All windows of the app in this theme, now and from now on. [gui]"""
    app.setStyle("Fusion")
    app.setPalette(qt_palette(palette))
    app.setFont(font())
    app.setStyleSheet(style_sheet(palette))


def qt_palette(palette: Palette) -> QPalette:
    """The theme as Qt's own widgets ask for it. [gui]"""
    role, made = QPalette.ColorRole, QPalette()
    for which, colour in (
        (role.Window, palette.surface),
        (role.WindowText, palette.text),
        (role.Base, palette.sunken if palette is DARK else palette.raised),
        (role.AlternateBase, palette.surface),
        (role.Text, palette.text),
        (role.PlaceholderText, palette.faint_text),
        (role.Button, palette.raised),
        (role.ButtonText, palette.text),
        (role.ToolTipBase, palette.raised),
        (role.ToolTipText, palette.text),
        (role.Highlight, palette.accent),
        (role.HighlightedText, palette.on_accent),
        (role.Link, palette.accent),
        (role.Accent, palette.accent),
    ):
        made.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(palette.faint_text))
    return made


def style_sheet(palette: Palette) -> str:
    """What Fusion would draw otherwise: flat, on the grid, with a ring where the keyboard is. [gui]"""
    unit, bar = metrics.UNIT_PX, metrics.SCROLL_BAR_PX
    return f"""
QMainWindow, QDialog {{ background: {palette.window}; }}
QToolTip {{ background: {palette.raised}; color: {palette.text}; border: 1px solid {palette.border};
    padding: {unit}px {2 * unit}px; }}
QPushButton, QToolButton, QComboBox, QSpinBox, QDoubleSpinBox, QLineEdit {{ min-height: {6 * unit}px;
    padding: 0 {3 * unit}px; border: 1px solid {palette.border}; border-radius: {metrics.RADIUS_PX}px;
    background: {palette.raised}; color: {palette.text}; }}
QToolButton {{ padding: 0 {2 * unit}px; }}
QPushButton:hover, QToolButton:hover, QComboBox:hover {{ background: {palette.hovered}; }}
QPushButton:checked, QToolButton:checked, QPushButton:default {{ background: {palette.accent};
    color: {palette.on_accent}; border-color: {palette.accent}; }}
QPushButton:focus, QToolButton:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus, QLineEdit:focus {{
    border: {metrics.FOCUS_RING_PX}px solid {palette.accent}; }}
QPushButton:disabled, QToolButton:disabled, QComboBox:disabled, QLineEdit:disabled {{
    background: {palette.surface}; color: {palette.faint_text}; }}
QMenu {{ background: {palette.raised}; border: 1px solid {palette.border}; padding: {unit}px; }}
QMenu::item {{ padding: {unit}px {6 * unit}px {unit}px {4 * unit}px; border-radius: {metrics.RADIUS_PX}px; }}
QMenu::item:selected {{ background: {palette.accent}; color: {palette.on_accent}; }}
QMenu::item:disabled {{ color: {palette.faint_text}; }}
QMenu::separator {{ height: 1px; background: {palette.border}; margin: {unit}px {2 * unit}px; }}
QScrollBar {{ background: {palette.surface}; border: none; }}
QScrollBar:horizontal {{ height: {bar}px; }}
QScrollBar:vertical {{ width: {bar}px; }}
QScrollBar::handle {{ background: {palette.border}; border-radius: {unit}px; margin: 2px; }}
QScrollBar::handle:hover {{ background: {palette.faint_text}; }}
QScrollBar::handle:horizontal {{ min-width: {8 * unit}px; }}
QScrollBar::handle:vertical {{ min-height: {8 * unit}px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: none; }}
"""
