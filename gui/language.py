"""The window in the user's language, where somebody has translated it: `vocello_LANGUAGE.qm`, beside this file or among
the user's data, where a new one can be tried.

What flows in: the languages that the system prefers, best first. What flows out: words; English where nothing else is
there. `pylupdate6 --ts vocello_de.ts gui` begins or updates a translation, Qt's `lrelease` makes it a `.qm`. [gui]
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from platformdirs import user_data_path
from PyQt6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

_ENGLISH = "en"

translate = QCoreApplication.translate
"""A word outside of any widget, by its context; under this name the translators' tool finds it."""


def folders() -> tuple[Path, ...]:
    """Where translations lie; the user's own come first. [any]"""
    return user_data_path("vocello") / "translations", Path(__file__).parent / "translations"


def speak(app: QCoreApplication, languages: Iterable[str] = ()) -> str:
    """Install the best translation there is; returns its language. [gui]"""
    wanted = list(languages) or QLocale().uiLanguages()
    for language in wanted:
        name = language.replace("-", "_")
        if name.split("_")[0] == _ENGLISH:
            break
        for folder in folders():
            translator = QTranslator(app)
            if translator.load(f"vocello_{name}", str(folder)) and app.installTranslator(translator):
                _speak_qt(app, name)
                return name
    return _ENGLISH


def _speak_qt(app: QCoreApplication, name: str) -> None:
    """Qt's own words, of its dialogs."""
    translator = QTranslator(app)
    if translator.load(f"qtbase_{name}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(translator)
