"""One visit of the voice card: its words go to the engine, and ten times a second it is told how it stands. [gui]"""

from __future__ import annotations

from PyQt6.QtCore import QObject, QTimer

from gui.engine_link import EngineLink
from gui.voice.card import VoiceCard

_LOOKS_EVERY_MS = 100


class VoiceVisit(QObject):
    """Between the card and the engine. [gui]"""

    def __init__(self, card: VoiceCard, link: EngineLink) -> None:
        super().__init__(card)
        self._card, self._link = card, link
        self._looks = QTimer(self)
        self._looks.setInterval(_LOOKS_EVERY_MS)
        self._looks.timeout.connect(lambda: self._say("look"))
        card.asked.connect(self._say)

    def _say(self, word: str) -> None:
        if word == "begin":
            self._looks.start()
        elif word in ("keep", "leave"):
            self._looks.stop()
        self._link.ask(lambda engine: engine.measure(word), self._card.show_state)
