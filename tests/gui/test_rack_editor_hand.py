"""The chain of a track under real hands, first beside an engine that only describes, then with one that plays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest as _QTest
from PyQt6.QtWidgets import QApplication

from gui.mixing import chain
from gui.mixing.chain import rack_name, setup_at
from gui.mixing.chooser import Shelf
from gui.mixing.opening import command_for
from gui.mixing.rack_editor import RackEditor
from gui.mixing.rack_files import rack_file_text, write_rack_files
from gui.session.document import Document
from gui.session.setup import LearnedSetup, Setup, SlotSetup, TrackSetup
from gui.session.text import State
from gui.theme.palette import DARK, LIGHT
from gui.theme.sheet import dress
from plugin.rack_file import from_text, load_rack
from score.note import Note
from score.score import Score
from tests.gui.mixing_desk import drag, texts

QTest: Any = _QTest  # its stubs take its functions for methods
LEFT = Qt.MouseButton.LeftButton
PLAIN, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier

DELAY = [
    {"id": "time_s", "name": "time", "low": 0.001, "high": 2.0, "default": 0.35, "unit": "s", "curve": "log"},
    {"id": "feedback", "name": "feedback", "low": 0.0, "high": 0.95, "default": 0.35, "unit": "", "curve": "linear"},
    {"id": "sync", "name": "sync", "low": 0.0, "high": 1.0, "default": 0.0, "choices": ["off", "on"]},
    {"id": "kind", "name": "kind", "low": 0.0, "high": 2.0, "default": 0.0, "choices": ["tape", "digital", "bucket"]},
]
SHELF = Shelf(
    (
        {"id": "reverb", "name": "reverb", "kind": "builtin"},
        {"id": "tone", "name": "tone", "kind": "builtin", "is_instrument": True},
        {"id": "vst3:ZamComp", "name": "ZamComp", "kind": "plugin", "maker": "Zam"},
        {"id": "python:wobble.py", "name": "wobble", "kind": "python"},
    )
)


class Desk:
    """A session of one track, its chain's editor, and an engine of cardboard."""

    def __init__(self, qtbot: Any, folder: Path, *slots: str) -> None:
        score = Score().adding("Voice", (Note(0, 960, 60),))
        self.track_id = score.tracks[0].id
        mine = TrackSetup(slots=tuple(SlotSetup(name, "delay") for name in slots))
        self.document = Document.new(folder, State(Setup(tracks={str(self.track_id): mine}), score))
        self.place = ("tracks", str(self.track_id))
        self.engine_describes = True
        self.editor = RackEditor(DARK)
        self.editor.changed.connect(self._change)
        self.editor.show_shelf(SHELF)
        qtbot.addWidget(self.editor)
        self.editor.resize(1000, 400)
        self.show()
        self.editor.show()
        qtbot.waitExposed(self.editor)
        self.editor.activateWindow()

    def _change(self, change: Any, goes_on: bool) -> None:
        self.document.change(change, goes_on)
        self.show()

    def show(self) -> None:
        setup = self.setup
        described = []
        for name, processor in (("instrument", setup.instrument), *((s.name, s.processor) for s in setup.slots)):
            values = setup.turned.get(name, {})
            parameters = [each | {"value": values.get(str(each["id"]), each["default"])} for each in DELAY]
            told = {"slot": rack_name(self.place, name), "processor": processor, "trouble": ""}
            described.append(told | {"parameters": parameters if processor == "delay" else []})
        self.editor.show_chain(self.place, "Voice", setup)
        if self.engine_describes:
            self.editor.show_described(described)
        QApplication.processEvents()

    def undo(self) -> None:
        self.document.undo()
        self.show()

    @property
    def setup(self) -> TrackSetup:
        return setup_at(self.document.setup, self.place)

    @property
    def names(self) -> list[str]:
        return [slot.name for slot in self.setup.slots]

    def pick(self, name: str) -> Any:
        row = self.editor.rows[name]
        QTest.mouseClick(row, LEFT, PLAIN, QPoint(60, 10))
        return self.editor.rows[name]


@pytest.fixture
def desk(qtbot, qapp, tmp_path):
    dress(qapp, DARK)
    desks: list[Desk] = []

    def lay(*slots: str) -> Desk:
        desks.append(Desk(qtbot, tmp_path / str(len(desks)), *slots))
        return desks[-1]

    yield lay
    for each in desks:
        each.document.close()


# Slots


def test_effects_are_added_behind_each_other_and_one_that_comes_twice_has_a_name_of_its_own(desk):
    here = desk()
    menu = texts(here.editor.effect_menu())
    assert list(menu) == [
        "reverb",
        "Plugins/ZamComp · Zam",
        "Written in Python/wobble",
        "Written in Python/Write a new one …",
    ]
    for name in list(menu)[:3]:
        texts(here.editor.effect_menu())[name].trigger()
    texts(here.editor.effect_menu())["reverb"].trigger()
    assert here.names == ["reverb", "ZamComp", "wobble", "reverb 2"]
    assert here.editor.picked == "reverb 2"
    assert list(here.editor.rows) == ["instrument", *here.names]
    for _ in range(4):
        here.undo()
    assert here.names == []


def test_effects_are_moved_by_hand_and_by_keys_but_never_the_instrument(desk):
    here = desk("a", "b", "c")
    rows = here.editor.rows
    drag(rows["a"], QPoint(0, rows["c"].geometry().bottom() - rows["a"].geometry().center().y()))
    assert here.names == ["b", "c", "a"]
    here.editor.rows["a"].setFocus()
    QTest.keyClick(here.editor.rows["a"], Qt.Key.Key_Up, CTRL)
    assert here.names == ["b", "a", "c"]
    assert here.editor.rows["a"].hasFocus()
    for _ in range(3):
        QTest.keyClick(here.editor.rows["a"], Qt.Key.Key_Up, CTRL)
    assert here.names == ["a", "b", "c"]
    instrument = here.editor.rows["instrument"]
    instrument.setFocus()
    QTest.keyClick(instrument, Qt.Key.Key_Down, CTRL)
    QTest.keyClick(instrument, Qt.Key.Key_Delete)
    assert here.names == ["a", "b", "c"]
    QTest.keyClick(instrument, Qt.Key.Key_Down)
    assert here.editor.picked == "a"


def test_an_effect_is_bypassed_mixed_and_taken_out_with_all_that_was_its_own(desk):
    here = desk("a", "b")
    row = here.pick("a")
    QTest.mouseClick(row.switch, LEFT)
    assert not here.setup.slots[0].on
    row.setFocus()
    QTest.keyClick(row, Qt.Key.Key_B)
    assert here.setup.slots[0].on
    drag(row.mix, QPoint(0, 40))
    assert 0.5 < here.setup.slots[0].mix < 1.0
    here.editor.page.controls["feedback"].hand.setFocus()
    QTest.keyClick(here.editor.page.controls["feedback"].hand, Qt.Key.Key_Home)
    assert here.setup.turned == {"a": {"feedback": 0.95}}
    QTest.mouseClick(here.editor.rows["a"].out, LEFT)
    assert (here.names, here.setup.turned) == (["b"], {})
    here.undo()
    assert (here.names, here.setup.turned) == (["a", "b"], {"a": {"feedback": 0.95}})
    for _ in range(4):
        here.undo()
    assert here.setup.slots[0] == SlotSetup("a", "delay")


# Controls


def test_controls_are_made_of_the_parameters_and_turn_them(desk):
    here = desk("a")
    here.pick("a")
    controls = here.editor.page.controls
    assert list(controls) == ["time_s", "feedback", "sync", "kind"]
    drag(controls["time_s"].hand, QPoint(0, -30))
    assert here.setup.turned["a"]["time_s"] > 0.35
    here.undo()
    assert here.setup.turned == {}
    QTest.mouseClick(controls["sync"].hand, LEFT)
    assert here.setup.turned["a"]["sync"] == 1.0
    assert controls["sync"].hand.text() == "on"
    controls["kind"].hand.setFocus()
    QTest.keyClicks(controls["kind"].hand, "b")
    controls["kind"].hand.activated.emit(2)
    assert here.setup.turned["a"]["kind"] == 2.0
    field = controls["time_s"].field
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "0.5 s")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert here.setup.turned["a"]["time_s"] == 0.5
    QTest.mouseDClick(controls["time_s"].hand, LEFT, PLAIN, controls["time_s"].hand.rect().center())
    assert here.setup.turned["a"]["time_s"] == 0.35
    assert field.text() == "0.35 s"


def test_a_knob_that_the_engine_moves_too_follows_the_hand_first_and_then_the_engine(desk):
    here = desk("a")
    mine = here.setup
    here._change(chain.learn(here.place, mine, "a", "feedback", {"controller": 21}, "Learn"), False)
    here.pick("a")
    control = here.editor.page.controls["feedback"]

    def describe(value: float) -> None:
        parameters = [each | {"value": value if each["id"] == "feedback" else each["default"]} for each in DELAY]
        told = {"slot": rack_name(here.place, "a"), "processor": "delay", "trouble": "", "parameters": parameters}
        here.editor.show_described([told])

    describe(0.1)
    assert control.value == 0.1
    here.engine_describes = False
    control.hand.turned.emit(0.8, False)
    assert here.setup.turned["a"]["feedback"] == 0.8
    assert control.value == 0.8
    describe(0.1)  # asked for before the hand was there
    assert control.value == 0.8
    for _ in range(2):
        describe(0.7)
    assert control.value == 0.7


def test_a_control_wishes_to_learn_by_its_key_and_forgets_by_another(desk):
    here = desk("a")
    here.pick("a")
    wished: list[Any] = []
    here.editor.learn_wanted.connect(lambda *words: wished.append(words))
    control = here.editor.page.controls["feedback"]
    control.hand.setFocus()
    QTest.keyClick(control.hand, Qt.Key.Key_L)
    assert wished == [(here.place, "a", "feedback")]
    assert control.is_learning
    here.editor.learned()
    assert not control.is_learning
    here._change(chain.learn(here.place, here.setup, "a", "feedback", {"controller": 21}, "Learn"), False)
    assert control.controller == 21
    assert control.label.text() == "feedback · 21"
    QTest.keyClick(control.hand, Qt.Key.Key_F)
    assert here.setup.learned == ()
    here.undo()
    assert here.setup.learned == (LearnedSetup("a", "feedback", 21),)


def test_a_file_that_cannot_play_says_where_and_that_the_one_before_plays_on(desk, qtbot):
    here = desk("a")
    opened: list[str] = []
    here.editor.page.file_wanted.connect(opened.append)
    told = {
        "slot": rack_name(here.place, "a"),
        "processor": "delay",
        "trouble": "",
        "file": "somewhere/wobble.py",
        "is_refused": True,
        "plays": True,
        "problems": [{"what": "'lenght' is not defined.", "fix": "Did you mean 'length'?", "line": 14, "file": ""}],
        "parameters": [],
    }
    here.pick("a")
    here.editor.show_described([told])
    page = here.editor.page
    lines = page.words.text().splitlines()
    assert lines == ["wobble.py:14: 'lenght' is not defined. Did you mean 'length'?", "The version before plays on."]
    assert "⚠" in here.editor.rows["a"].title.text()
    assert not page.file.isHidden() and page.window_button.isHidden()
    here.editor.show_described([told | {"plays": False}])
    assert page.words.text().endswith("Until then sound passes.")
    here.editor.show_described([told | {"is_refused": False, "problems": []}])
    assert "⚠" not in here.editor.rows["a"].title.text()


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=lambda palette: palette.name)
def test_both_themes_are_worn_by_every_part(desk, qapp, palette):
    here = desk("a")
    dress(qapp, palette)
    here.editor.set_palette(palette)
    here.pick("a")
    image = here.editor.grab().toImage()
    assert image.pixelColor(2, 200).name() == palette.surface
    assert image.pixelColor(900, 390).name() == palette.window


@pytest.mark.parametrize(
    ("visual", "words"),
    [
        ("code --wait", ["code", "--wait", "f.py"]),
        ("'my editor' -n", ["my editor", "-n", "f.py"]),
        ("vim", []),
        ("emacs -nw", []),
        ("", []),
        ("'broken", []),
    ],
)
def test_an_editor_that_needs_a_terminal_is_not_started_without_one(visual, words):
    assert command_for(Path("f.py"), visual) == words


# A file of its own


def test_a_track_s_chain_is_a_rack_file_that_the_engine_reads(tmp_path):
    score = Score().adding("Voice / one", ())
    track = score.tracks[0]
    mine = TrackSetup(
        "tone",
        slots=(SlotSetup("echo", "delay", mix=0.5),),
        turned={"echo": {"time_s": 0.2}, "instrument": {"shape": 1.0}},
        learned=(LearnedSetup("echo", "time_s", 5),),
        level_db=-3.0,
    )
    setup = Setup(tracks={str(track.id): mine})
    plan = from_text(rack_file_text(score, setup, track.id))
    assert [slot.name for slot in plan.slots()] == ["instrument", "echo", "limiter"]
    assert (plan.slot("echo").values, plan.slot("echo").mix) == ({"time_s": 0.2}, 0.5)
    assert plan.chains[0].level_db == -3.0
    assert plan.learned[0].slot == "echo"
    own = tmp_path / "racks" / "mine.rack"
    own.parent.mkdir()
    own.write_text("{}")
    written = write_rack_files(tmp_path, score, setup)
    assert load_rack(written[0]) == plan
    renamed = Score(tracks=(track.renamed("Alto"),))
    again = write_rack_files(tmp_path, renamed, setup)
    assert sorted(path.name for path in own.parent.iterdir()) == sorted([again[0].name, "mine.rack"])
