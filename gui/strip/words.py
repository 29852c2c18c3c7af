"""The line of words in the strip: what the engine tells, what the window says, and what a click on it leads to.

What flows in: lines of the window, and of the engine. What flows out: one line at a time, and the command that it leads
to when it is clicked. News go after a while; trouble stays until something else is said. [gui]
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from gui.engine_link import EngineLink
from gui.strip.view import Strip

_STAYS_MS = 8000
_DEVICES, _MEASURE = "sound.devices", "voice.measure"
_OF_DEVICES = ("card", "port", "keys")


class StripWords(QObject):
    """Says one thing at a time. [gui]"""

    followed = pyqtSignal(str)
    """The id of the command that the line leads to: it was clicked."""

    def __init__(self, strip: Strip, link: EngineLink) -> None:
        super().__init__(strip)
        self._strip, self._link = strip, link
        self._usual, self._usually_leads_to = self.tr("Listening starts …"), ""
        self._leads_to = ""
        self._goes = QTimer(self)
        self._goes.setSingleShot(True)
        self._goes.setInterval(_STAYS_MS)
        self._goes.timeout.connect(self._say_the_usual)
        strip.pressed.connect(self._follow)
        link.told.connect(self._told)
        link.trouble.connect(self._troubled)
        link.ready.connect(self._ready)
        link.lost.connect(self._lost)
        link.back.connect(self._back)

    def say(self, words: str, trouble: bool = False, leads_to: str = "") -> None:
        """A line, and the command that a click on it does. [gui]"""
        self._leads_to = leads_to
        self._strip.say(words, trouble, bool(leads_to))
        self._goes.stop()
        if not trouble:
            self._goes.start()

    def know_voice(self, words: str) -> None:
        """The ears know the voice now; nobody offers it again. [gui]"""
        self._link.wishes = replace(self._link.wishes, voice_is_known=True)
        if self._usually_leads_to == _MEASURE:
            self._usual, self._usually_leads_to = self.tr("Listening. Sing."), ""
        self.say(words)

    def _say_the_usual(self) -> None:
        self._leads_to = self._usually_leads_to
        self._strip.say(self._usual, False, bool(self._leads_to))

    def _follow(self) -> None:
        if self._leads_to:
            self.followed.emit(self._leads_to)

    def _told(self, _kind: str, text: str) -> None:
        self.say(text)

    def _troubled(self, about: str, text: str) -> None:
        self.say(text, True, _DEVICES if about in _OF_DEVICES else "")

    def _lost(self) -> None:
        self.say(self.tr("The sound engine has gone; it is brought back."), True)

    def _back(self) -> None:
        self.say(self.tr("The sound engine is back, as it was."))

    def _ready(self, description: dict[str, Any]) -> None:
        device = description.get("device", {})
        name, rate = str(device.get("name", "")), float(device.get("rate", 0.0))
        self._usually_leads_to = ""
        if name.startswith("null"):
            self._usual = self.tr("No sound card: a recorded voice sings, so that you can try everything.")
            self._usually_leads_to = _DEVICES
        else:
            self._usual = self.tr("Listening to {name} at {rate:g} Hz. Sing.").format(name=name, rate=rate)
            if not self._link.wishes.voice_is_known:
                self._usual += " " + self.tr("Or let the ears get to know your voice first: half a minute.")
                self._usually_leads_to = _MEASURE
        self._goes.stop()
        self._say_the_usual()
