"""The line of words in the strip: what it says, how long, and what a click on it leads to."""

from __future__ import annotations

from typing import Any

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest as _QTest

from gui.engine_link import EngineLink, Wishes
from gui.strip.view import Strip
from gui.strip.words import StripWords
from gui.theme.palette import DARK
from realtime.client import Engine

QTest: Any = _QTest  # its stubs take its functions for methods
CARD = {"device": {"name": "Scarlett", "rate": 48_000.0}}


class Line:
    """A strip, its words, an engine that is never begun, and what clicks led to."""

    def __init__(self, qtbot: Any, voice_is_known: bool = True) -> None:
        self.link = EngineLink(lambda gone: Engine.apart(on_lost=gone), Wishes(voice_is_known=voice_is_known))
        self.strip = Strip(DARK)
        qtbot.addWidget(self.strip)
        self.strip.resize(1200, self.strip.height())
        self.strip.show()
        self.words = StripWords(self.strip, self.link)
        self.led_to: list[str] = []
        self.words.followed.connect(self.led_to.append)

    def click(self) -> None:
        QTest.mouseClick(self.strip, Qt.MouseButton.LeftButton, pos=QPoint(700, self.strip.height() // 2))

    @property
    def says(self) -> str:
        return self.strip.words


@pytest.fixture
def line(qtbot: Any) -> Line:
    return Line(qtbot)


def test_a_card_that_fails_says_so_and_a_click_leads_to_the_cards(line: Line) -> None:
    line.click()
    assert line.led_to == []
    line.link.trouble.emit("card", "There is no card. Plug one in.")
    line.click()
    assert line.says == "There is no card. Plug one in." and line.led_to == ["sound.devices"]


def test_without_a_card_a_voice_sings_and_a_click_leads_to_the_cards(line: Line) -> None:
    line.link.ready.emit({"device": {"name": "null:voice.wav", "rate": 48_000.0}})
    line.click()
    assert "recorded voice" in line.says and line.led_to == ["sound.devices"]


def test_a_voice_that_is_not_known_is_offered_to_be_measured_until_it_is(qtbot: Any) -> None:
    line = Line(qtbot, voice_is_known=False)
    line.link.ready.emit(CARD)
    assert "get to know your voice" in line.says
    line.click()
    assert line.led_to == ["voice.measure"]
    line.words.know_voice("It goes from C3 to C5.")
    assert line.says == "It goes from C3 to C5." and line.link.wishes.voice_is_known
    line.link.ready.emit(CARD)
    line.click()
    assert line.says == "Listening to Scarlett at 48000 Hz. Sing." and line.led_to == ["voice.measure"]


def test_news_pass_and_what_was_there_comes_back(line: Line, qtbot: Any) -> None:
    line.link.ready.emit(CARD)
    line.words._goes.setInterval(20)
    line.words.say("Saved.")
    assert line.says == "Saved."
    qtbot.waitUntil(lambda: line.says.startswith("Listening to"))
    line.words.say("This cannot be.", trouble=True)
    QTest.qWait(60)
    assert line.says == "This cannot be."
