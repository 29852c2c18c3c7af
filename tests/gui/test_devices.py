"""Sound and MIDI, chosen by hand: what there is, what was chosen, and what the engine is told."""

from __future__ import annotations

from typing import Any

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest as _QTest

from gui.devices import dialog as module
from gui.devices.choices import in_words
from gui.devices.dialog import SoundDialog
from gui.engine_link import EngineLink, Wishes
from score.errors import DeviceError

QTest: Any = _QTest  # its stubs take its functions for methods
CARDS = [
    {"name": "Scarlett", "system": "ALSA", "inputs": 2, "outputs": 2},
    {"name": "Lamp", "system": "ALSA", "inputs": 0, "outputs": 2},
    {"name": "Webcam", "system": "ALSA", "inputs": 1, "outputs": 0},
]
PORTS = [
    {"name": "Keystation", "direction": "input"},
    {"name": "Vocello:out", "direction": "input"},
    {"name": "Synth", "direction": "output"},
]


class Looked:
    """What a process that looked for cards and ports would tell, without one."""

    def __init__(self, words: list[str], parent: Any) -> None:
        self._told = {"devices": CARDS} if words[0] == "devices" else {"ports": PORTS}
        self.done = self.failed = self
        self._then: list[Any] = []
        self.is_over = True

    def connect(self, then: Any) -> None:
        self._then.append(then)

    def begin(self) -> None:
        self._then[0](self._told)


@pytest.fixture
def shown(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> SoundDialog:
    monkeypatch.setattr(module, "Errand", Looked)
    made = SoundDialog(Wishes(demo="voice.wav", block_frames=64))
    qtbot.addWidget(made)
    made.show()
    return made


def texts(box: Any) -> list[str]:
    return [box.itemText(n) for n in range(box.count())]


def test_what_can_play_can_hear_and_can_be_played_is_offered_where_it_belongs(shown: SoundDialog) -> None:
    assert texts(shown.card)[1:-1] == ["Scarlett  ·  ALSA", "Lamp  ·  ALSA"]
    assert texts(shown.microphone)[1:] == ["Scarlett  ·  ALSA", "Webcam  ·  ALSA"]
    assert texts(shown.keys)[2:] == ["Keystation"]  # not our own, which would be a loop
    assert shown.block.currentText() == "64 frames"


def test_what_is_chosen_with_the_keyboard_is_what_the_engine_is_told(shown: SoundDialog) -> None:
    wishes: list[Wishes] = []
    shown.wished.connect(wishes.append)
    QTest.keyClick(shown.card, Qt.Key.Key_Down)
    QTest.keyClick(shown.block, Qt.Key.Key_Down)
    QTest.keyClick(shown.keys, Qt.Key.Key_End)
    shown.port.selectAll()
    QTest.keyClicks(shown.port, "Humming")
    QTest.mouseClick(shown.use, Qt.MouseButton.LeftButton)
    (wish,) = wishes
    told = wish.device, wish.microphone, wish.block_frames, wish.keys, wish.port
    assert told == ("Scarlett", "", 128, "Keystation", "Humming")


def test_a_card_that_is_not_there_now_stays_chosen(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Errand", Looked)
    made = SoundDialog(Wishes(device="Unplugged"))
    qtbot.addWidget(made)
    assert made.wishes().device == "Unplugged"


def test_what_runs_is_told_in_a_line() -> None:
    device = {"name": "Scarlett", "rate": 48_000.0, "block_frames": 128}
    assert in_words(device) == "Scarlett: 48 kHz, 128 frames a block (2.7 ms)"
    late = device | {"input_latency_s": 0.004, "output_latency_s": 0.004}
    assert in_words(late).endswith("8 ms from microphone to speaker") and in_words({}) == ""


class Deaf:
    """An engine that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def start(self, *words: Any) -> dict[str, Any]:
        self.told.append(("start", *words))
        if words[0] == "Broken":
            raise DeviceError("'Broken' does not play.", "Choose another.")
        return {"device": {}}

    def open_output(self, port: Any) -> None:
        self.told.append(("port", port and port.name))

    def open_input(self, keys: str) -> None:
        self.told.append(("keys", keys))

    def meters(self) -> Any:
        raise AssertionError("nobody looks here")

    def close(self) -> None:
        pass


def test_only_what_is_different_is_touched_and_a_refusal_is_told(qtbot: Any) -> None:
    engine: Any = Deaf()
    link = EngineLink(lambda gone: engine, Wishes(demo="voice.wav"))
    troubles: list[str] = []
    link.trouble.connect(lambda about, text: troubles.append(text))
    link.begin()
    link._timer.stop()
    link.use(Wishes(demo="voice.wav", port="Humming"))
    link.use(Wishes(demo="voice.wav", port="Humming", device="Broken"))
    qtbot.waitUntil(lambda: len(engine.told) >= 6)
    assert engine.told == [
        ("port", "Vocello"),
        ("keys", "all"),
        ("start", "", "", None, 128),
        ("port", "Humming"),
        ("start", "Broken", "", None, 128),
        ("start", "null:voice.wav", "", None, 128),
    ]
    qtbot.waitUntil(lambda: bool(troubles))
    assert "Broken" in troubles[0]
    link.close()
