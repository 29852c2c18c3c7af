"""The question before recordings go for good: how many they are, and what room they take. [gui]"""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QMessageBox, QWidget

from gui.language import translate
from gui.session.unused import Unused

_MEGABYTE = 1_000_000


class CleaningQuestion(QMessageBox):
    """Whether these recordings shall go; whoever just presses Enter or Escape keeps them. [gui]"""

    agreed = pyqtSignal(object)
    """All of them, a tuple of Unused: they may go."""

    def __init__(self, unused: Sequence[Unused], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.unused = tuple(unused)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle(self.tr("Remove sound files"))
        one = self.tr("One sound file in this session's folder ({size}) is used by no take.")
        several = self.tr("{count} sound files in this session's folder ({size}) are used by no take.")
        words = one if len(self.unused) == 1 else several
        size = in_megabytes(sum(each.size_bytes for each in self.unused))
        self.setText(words.format(count=len(self.unused), size=size))
        self.setInformativeText(
            self.tr("Nothing that undo or redo can bring back is among them. Once removed, they are gone for good.")
        )
        self.setDetailedText("\n".join(each.stem for each in self.unused))
        remove, keep = self.tr("Remove for good"), self.tr("Keep them")
        self.remove_button = self.addButton(remove, QMessageBox.ButtonRole.DestructiveRole)
        self.keep_button = self.addButton(keep, QMessageBox.ButtonRole.RejectRole)
        self.setDefaultButton(self.keep_button)
        self.setEscapeButton(self.keep_button)
        assert self.remove_button is not None
        self.remove_button.clicked.connect(lambda: self.agreed.emit(self.unused))


def in_megabytes(size_bytes: int) -> str:
    """Room on a disk as one says it. [any]"""
    return translate("sizes", "{megabytes:.1f} MB").format(megabytes=size_bytes / _MEGABYTE)
