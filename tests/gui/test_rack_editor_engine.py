"""The chain of a track beside an engine that plays: what is added, learned, written wrong and put right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gui.engine_link import EngineLink, Wishes
from gui.mixing.chain import setup_at
from gui.mixing.chooser import Shelf
from gui.mixing.mixing import Mixing
from gui.mixing.rack_editor import RackEditor
from gui.session.setup import Setup, TrackSetup
from gui.theme.palette import DARK
from realtime.client import CONTROL, Engine, event
from score.score import Score
from tests.gui.mixing_desk import LEFT, QTest, texts

pytestmark = pytest.mark.timeout(400)  # whoever comes first may have to compile


@pytest.fixture
def studio(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    made = Studio(qtbot, tmp_path)
    yield made
    made.link.close()


class Studio:
    """One track, its editor, and an engine in another process."""

    def __init__(self, qtbot: Any, folder: Path) -> None:
        self.qtbot = qtbot
        self.dsp = folder / "data" / "vocello" / "dsp"
        self.dsp.mkdir(parents=True)
        self.score = Score().adding("Voice", ())
        self.place = ("tracks", str(self.score.tracks[0].id))
        self.setup = Setup(tracks={self.place[1]: TrackSetup("tone")})
        self.link = EngineLink(lambda gone: Engine.apart(on_lost=gone), Wishes("null", port="", keys="none"))
        self.mixing, self.editor = Mixing(self.link, lambda: folder), RackEditor(DARK)
        qtbot.addWidget(self.editor)
        self.editor.changed.connect(self.change)
        self.editor.learn_wanted.connect(self.mixing.learn)
        self.editor.engine_wanted.connect(self.mixing.do)
        self.editor.shelf_wanted.connect(self.mixing.ask_shelf)
        self.mixing.wished.connect(self.change)
        self.mixing.shelved.connect(self.editor.show_shelf)
        self.mixing.described.connect(self.editor.show_described)
        self.shelves: list[Shelf] = []
        self.mixing.shelved.connect(self.shelves.append)
        self.news: list[str] = []
        self.link.told.connect(lambda kind, text: self.news.append(text))
        self.follow()
        self.editor.show()
        with qtbot.waitSignal(self.mixing.loaded, timeout=120_000):
            self.link.begin()

    def change(self, change: Any, goes_on: bool = False) -> None:
        self.setup, _ = change.apply(self.setup)
        self.follow()

    def follow(self) -> None:
        self.mixing.follow(self.score, self.setup, int(self.place[1]))
        self.editor.show_chain(self.place, "Voice", setup_at(self.setup, self.place))

    def until(self, true: Any) -> None:
        def looked() -> bool:
            self.mixing.ask_slots()
            return bool(true())

        self.qtbot.waitUntil(looked, timeout=120_000)


def test_an_effect_of_the_engine_s_shelf_is_added_turned_and_learns(studio: Studio) -> None:
    studio.mixing.ask_shelf()
    studio.until(lambda: studio.shelves)
    assert {"reverb", "delay"} <= {each["name"] for each in studio.shelves[0].of_kind("builtin", False)}
    texts(studio.editor.effect_menu())["delay"].trigger()
    studio.until(lambda: "feedback" in studio.editor.page.controls)
    control = studio.editor.page.controls["feedback"]
    control.learn_wanted.emit("feedback")
    studio.qtbot.wait(50)
    studio.link.ask(lambda engine: engine.play(event(CONTROL, number=33, value=0.25)))
    studio.until(lambda: setup_at(studio.setup, studio.place).learned)
    assert setup_at(studio.setup, studio.place).learned[0].controller == 33
    studio.link.ask(lambda engine: engine.play(event(CONTROL, number=33, value=1.0)))
    studio.until(lambda: control.value == control.scale.high)
    studio.editor.page.forget_wanted.emit("delay", "feedback")
    assert setup_at(studio.setup, studio.place).learned == ()


GOOD = """
import numpy as np
from vocello.dsp import GLIDE, Knob, glide, kernel, tame

STATE = np.dtype([("depth", GLIDE)], align=True)


@kernel(STATE, Knob("depth", 0.0, 1.0, 0.5))
def wobble(s, x, y, frames):
    for n in range(frames):
        y[n] = tame(x[n]) * glide(s.depth)
"""


def test_a_file_that_is_saved_wrong_says_its_line_and_plays_on_and_when_put_right_plays_anew(studio: Studio) -> None:
    file = studio.dsp / "wobble.py"
    file.write_text(GOOD)
    studio.editor.add_effect("python:wobble.py")
    studio.until(lambda: "depth" in studio.editor.page.controls)
    opened: list[str] = []
    studio.editor.page.file_wanted.disconnect()
    studio.editor.page.file_wanted.connect(opened.append)
    QTest.mouseClick(studio.editor.page.file, LEFT)
    assert opened == [str(file)]
    file.write_text(GOOD.replace("glide(s.depth)", "glyde(s.depth)"))
    studio.until(lambda: "wobble.py:11:" in studio.editor.page.words.text())
    assert studio.editor.page.words.text().endswith("The version before plays on.")
    assert "depth" in studio.editor.page.controls
    file.write_text(GOOD.replace('"depth"', '"width"').replace("s.depth", "s.width"))
    studio.until(lambda: "width" in studio.editor.page.controls)
    assert "wobble.py:" not in studio.editor.page.words.text()


def test_a_rack_file_is_read_by_the_engine_and_one_that_is_none_is_refused(studio: Studio, tmp_path: Path) -> None:
    read: list[Any] = []
    refused: list[str] = []
    studio.mixing.read.connect(lambda *words: read.append(words))
    studio.mixing.troubled.connect(refused.append)
    good, bad = tmp_path / "good.rack", tmp_path / "bad.rack"
    good.write_text(json.dumps({"kind": "vocello rack", "version": 2, "chains": [{"name": "a", "slots": []}]}))
    bad.write_text("[]")
    for path in (bad, good):
        studio.mixing.read_rack(studio.place, str(path))
    studio.until(lambda: read)
    assert "no vocello rack" in refused[0]
    place, name, plan = read[0]
    assert (place, name) == (studio.place, str(good))
    assert [each["name"] for each in plan["chains"]] == ["a", "main"]


def test_an_effect_that_is_yet_to_be_written_begins_as_one_that_sounds(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []

    def open_it(path: Path) -> bool:
        opened.append(path)
        return True

    monkeypatch.setattr("gui.mixing.rack_editor.open_in_editor", open_it)
    studio.editor.file_wanted.connect(studio.mixing.begin_file)
    studio.mixing.begun.connect(studio.editor.take_file)
    for _ in range(2):
        texts(studio.editor.effect_menu())["Written in Python/Write a new one …"].trigger()
    studio.until(lambda: len(opened) == 2)
    assert opened == [studio.dsp / "effect_1.py", studio.dsp / "effect_2.py"]
    slots = setup_at(studio.setup, studio.place).slots
    assert [slot.processor for slot in slots] == ["python:effect_1.py", "python:effect_2.py"]
    studio.until(lambda: studio.editor.page.controls)
