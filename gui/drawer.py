"""The drawer below the roll: one page at a time, or none; the mixer, the takes, a rack. [gui]

What flows in: pages, and a wish to see one. What flows out: which is open, for the window to remember.
"""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.theme import metrics
from gui.theme.palette import Palette

_LEAST_PART, _LARGEST_PART = 0.22, 0.4
"""Of the height that it shares with what is above: a fader is not to be short where there is room, nor the roll."""


class Drawer(QFrame):
    """Pages with a row of tabs above; closed, only the tabs are there. [gui]"""

    turned = pyqtSignal(str)
    """The name of the page that is open now, "" for none."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pages: dict[str, QWidget] = {}
        self.tabs: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        self._stack = QStackedWidget()
        self._stack.hide()
        self._row = QHBoxLayout()
        self._row.setContentsMargins(metrics.MARGIN_PX, metrics.UNIT_PX, metrics.MARGIN_PX, metrics.UNIT_PX)
        self._row.setSpacing(metrics.UNIT_PX)
        self._row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._row)
        column.addWidget(self._stack, 1)
        self.set_palette(palette)

    def set_palette(self, palette: Palette) -> None:
        """Another theme; pages are told by themselves. [gui]"""
        self.setStyleSheet(f"Drawer {{ background: {palette.surface}; border-top: 1px solid {palette.border}; }}")

    def add(self, name: str, title: str, page: QWidget) -> None:
        """One more page, closed. [gui]"""
        tab = QToolButton()
        tab.setText(title)
        tab.setCheckable(True)
        tab.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        tab.setAccessibleName(title)
        tab.clicked.connect(lambda: self.toggle(name))
        self._pages[name], self.tabs[name] = page, tab
        self._group.addButton(tab)
        self._row.insertWidget(len(self.tabs) - 1, tab)
        self._stack.addWidget(page)

    @property
    def open_page(self) -> str:
        """The page that is open; "" for none. [gui]"""
        return next((name for name, tab in self.tabs.items() if tab.isChecked()), "")

    @property
    def liked_px(self) -> int:
        """How high it likes to be: the same for each page, so that what is above stays where it is. [gui]"""
        pages = max(page.sizeHint().height() for page in self._pages.values()) if self.open_page else 0
        edges = self.contentsMargins()
        return edges.top() + self._row.sizeHint().height() + pages + edges.bottom()

    def toggle(self, name: str) -> None:
        """Open a page, or close it where it is open. [gui]"""
        is_open = not self._stack.isHidden() and self._stack.currentWidget() is self._pages[name]
        self.show_page("" if is_open else name)

    def show_page(self, name: str) -> None:
        """Open this page; "" closes the drawer. [gui]"""
        name = name if name in self._pages else ""
        for each, tab in self.tabs.items():
            tab.setChecked(each == name)
        if name:
            self._stack.setCurrentWidget(self._pages[name])
        self._stack.setVisible(bool(name))
        self.turned.emit(name)


class OverDrawer(QSplitter):
    """Something, and the drawer below it: as high as its pages like, or as a hand last drew it. [gui]"""

    def __init__(self, above: QWidget, drawer: Drawer) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self._drawer, self._drawn_px = drawer, 0
        self.addWidget(above)
        self.addWidget(drawer)
        self.setStretchFactor(0, 1)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self.splitterMoved.connect(self._remember)
        drawer.turned.connect(self._make_room)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """A higher window gives the drawer more, unless a hand has said how much it is to have. [gui]"""
        super().resizeEvent(event)
        if not self._drawn_px:
            self._make_room()

    def _remember(self) -> None:
        if self._drawer.open_page:
            self._drawn_px = self._drawer.height()

    def _make_room(self) -> None:
        whole, wanted = sum(self.sizes()), self._drawer.liked_px
        if self._drawer.open_page:
            wanted = min(max(wanted, round(_LEAST_PART * whole)), round(_LARGEST_PART * whole))
            wanted = self._drawn_px or wanted
        self.setSizes([max(whole - wanted, 0), wanted])
