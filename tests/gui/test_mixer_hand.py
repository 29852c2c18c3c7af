"""The mixer under real hands: every one is one step, and undo leads back."""

from __future__ import annotations

from typing import Any

import pytest
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QApplication

from gui.mixing.chooser import instrument_menu, with_instrument, with_rack
from gui.mixing.scales import LEVEL, SILENT_DB
from gui.session.document import Document
from gui.session.setup import Change, LearnedSetup, SlotSetup, TrackSetup
from gui.theme.palette import DARK, LIGHT
from gui.theme.sheet import dress
from tests.gui.mixing_desk import LEFT, PLAIN, SHELF, SHIFT, Desk, QTest, drag, texts, wheel


@pytest.fixture
def desk(qtbot, qapp, tmp_path):
    dress(qapp, DARK)
    made = Desk(qtbot, tmp_path)
    yield made
    made.document.close()


# Faders and dials


def test_a_drag_of_a_fader_is_one_step_and_a_second_drag_another(desk):
    fader = desk.strip().fader
    drag(fader, QPoint(0, 40))
    first = desk.setup().level_db
    assert -40.0 < first < -3.0
    assert fader.value == first
    drag(fader, QPoint(0, 20))
    assert desk.setup().level_db < first
    desk.undo()
    assert desk.setup().level_db == first
    desk.undo()
    assert desk.setup().level_db == 0.0
    assert desk.document.undo_name is None
    assert fader.value == 0.0


def test_with_shift_a_fader_goes_a_tenth_of_the_way(desk):
    drag(desk.strip(0).fader, QPoint(0, 30))
    drag(desk.strip(1).fader, QPoint(0, 30), SHIFT)
    whole, fine = (LEVEL.part(0.0) - LEVEL.part(desk.setup(n).level_db) for n in (0, 1))
    assert fine == pytest.approx(whole / 10.0, rel=1e-6)


def test_a_hand_that_goes_beyond_the_end_must_come_back_first(desk):
    fader = desk.strip().fader
    QTest.mousePress(fader, LEFT, PLAIN, fader.rect().center())
    for y, value in ((-500, 12.0), (-400, 12.0)):
        here = QPointF(fader.rect().center() + QPoint(0, y))
        event = QMouseEvent(QEvent.Type.MouseMove, here, fader.mapToGlobal(here), Qt.MouseButton.NoButton, LEFT, PLAIN)
        QApplication.sendEvent(fader, event)
        assert desk.setup().level_db == value
    QTest.mouseRelease(fader, LEFT)


def test_a_double_click_leads_back_to_where_it_comes_from(desk):
    for control in (desk.strip().fader, desk.strip().pan, desk.strip().sends["hall"]):
        drag(control, QPoint(0, -25))
        QTest.mouseDClick(control, LEFT, PLAIN, control.rect().center())
    mine = desk.setup()
    assert (mine.level_db, mine.pan, dict(mine.sends)) == (0.0, 0.0, {})


def test_keys_turn_a_fader_by_half_a_decibel_and_reach_its_ends(desk):
    fader = desk.strip().fader
    fader.setFocus()
    for key, held, expected in (
        (Qt.Key.Key_Down, PLAIN, -0.5),
        (Qt.Key.Key_Down, SHIFT, -0.55),
        (Qt.Key.Key_PageDown, PLAIN, -3.5),
        (Qt.Key.Key_End, PLAIN, SILENT_DB),
        (Qt.Key.Key_Home, PLAIN, 12.0),
        (Qt.Key.Key_0, PLAIN, 0.0),
    ):
        QTest.keyClick(fader, key, held)
        assert desk.setup().level_db == pytest.approx(expected)
    assert desk.strip().readout.text() == "0.0 dB"


def test_a_wheel_turns_what_has_the_keyboard_and_nothing_that_is_scrolled_past(desk):
    fader = desk.strip().fader
    desk.strip(1).fader.setFocus()
    wheel(fader, 1)
    assert desk.setup().level_db == 0.0
    fader.setFocus()
    wheel(fader, 1)
    wheel(fader, 1)
    assert desk.setup().level_db == 1.0
    desk.undo()
    assert desk.setup().level_db == 0.0


def test_a_level_can_be_typed_and_nonsense_changes_nothing(desk):
    field = desk.strip().readout
    for text, expected in (("-6,5 dB", -6.5), ("off", SILENT_DB), ("loud", SILENT_DB), ("99", 12.0)):
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert desk.setup().level_db == expected
    assert field.text() == "+12.0 dB"


def test_a_send_is_made_by_its_dial_and_gone_at_its_foot(desk):
    dial = desk.strip().sends["hall"]
    dial.setFocus()
    QTest.keyClick(dial, Qt.Key.Key_Home)
    assert dict(desk.setup().sends) == {"hall": 12.0}
    QTest.keyClick(dial, Qt.Key.Key_End)
    assert dict(desk.setup().sends) == {}


# Switches and keys


def test_letters_switch_and_arrows_go_to_the_strip_beside(desk):
    strip = desk.strip()
    strip.fader.setFocus()
    for key in (Qt.Key.Key_M, Qt.Key.Key_S, Qt.Key.Key_R):
        QTest.keyClick(strip.fader, key)
    mine = desk.setup()
    assert (mine.muted, mine.solo, mine.armed) == (True, True, True)
    QTest.keyClick(strip.fader, Qt.Key.Key_M)
    assert not desk.setup().muted
    QTest.keyClick(strip.fader, Qt.Key.Key_Right)
    assert desk.strip(1).fader.hasFocus()
    QTest.keyClick(desk.strip(1).fader, Qt.Key.Key_Left)
    assert strip.fader.hasFocus()
    strip.switches["muted"].setFocus()
    QTest.keyClick(strip.switches["muted"], Qt.Key.Key_Right)
    assert desk.strip(1).switches["muted"].hasFocus()


def test_master_and_hall_have_faders_of_their_own(desk):
    drag(desk.mixer.strips["master",].fader, QPoint(0, 30))
    drag(desk.mixer.strips["effects", "hall"].fader, QPoint(0, 30))
    setup = desk.document.setup
    assert setup.master.level_db < -3.0
    assert setup.effects["hall"].level_db < -3.0
    desk.undo()
    desk.undo()
    assert desk.document.setup.effects == {}
    assert desk.document.setup.master == TrackSetup()


def test_a_click_on_a_strip_chooses_its_track(desk):
    QTest.mouseClick(desk.strip(2), LEFT, PLAIN, QPoint(4, 4))
    assert desk.chosen == desk.ids[2]


def test_what_a_strip_wants_is_told(desk):
    wanted: list[Any] = []
    desk.mixer.chain_wanted.connect(wanted.append)
    QTest.mouseClick(desk.strip(1).chain, LEFT)
    QTest.mouseClick(desk.mixer.strips["master",].chain, LEFT)
    assert wanted == [("tracks", str(desk.ids[1])), ("master",)]


# What a track sounds by


def test_voices_racks_plugins_and_channels_can_be_chosen(desk):
    desk.mixer.show_shelf(SHELF)
    strip = desk.strip()

    def choose(name: str) -> None:
        menu = instrument_menu(strip, strip.setup, strip.shelf, strip._choose, lambda: None)
        texts(menu)[name].trigger()
        desk.show()

    menu = texts(instrument_menu(strip, strip.setup, strip.shelf, strip._choose, lambda: None))
    assert menu["Cello"].isChecked()
    assert not any("Room" in name or "Broken" in name for name in menu)
    choose("Plain tone")
    assert desk.setup().instrument == "tone"
    choose("Plugins/Synth")
    assert (desk.setup().instrument, strip.source.text()) == ("vst3:Synth", "Synth")
    choose("Racks/two")
    mine = desk.setup()
    assert mine.rack_plan["chains"][0]["name"] == "a"
    assert mine.learned == (LearnedSetup("x", "shape", 3),)
    assert strip.source.text() == "two"
    choose("MIDI port/Channel 5")
    assert (desk.setup().port, desk.setup().channel, desk.setup().rack_plan) == ("Vocello", 4, mine.rack_plan)
    assert not strip.fader.isEnabled()
    choose("Cello")
    assert desk.setup() == TrackSetup()
    for _ in range(5):
        desk.undo()
    assert desk.setup() == TrackSetup()


def test_another_instrument_keeps_the_effects_and_forgets_what_was_its_own():
    before = TrackSetup(
        slots=(SlotSetup("echo", "delay"),),
        turned={"instrument": {"mode": 1.0}, "echo": {"time_s": 0.2}},
        kept={"instrument": {"a": 1}},
        learned=(LearnedSetup("instrument", "mode", 1), LearnedSetup("echo", "time_s", 2)),
        level_db=-3.0,
    )
    after = with_instrument(before, "tone")
    assert after.turned == {"echo": {"time_s": 0.2}}
    assert after.kept == {}
    assert after.learned == (LearnedSetup("echo", "time_s", 2),)
    assert (after.slots, after.level_db) == (before.slots, -3.0)


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=lambda palette: palette.name)
def test_both_themes_are_worn(desk, qapp, palette):
    dress(qapp, palette)
    desk.mixer.set_palette(palette)
    desk.panel.set_palette(palette)
    assert desk.mixer.grab().toImage().pixelColor(2, 200).name() == palette.window
    assert desk.panel.grab().toImage().pixelColor(2, 2).name() == palette.surface


def test_a_mix_that_was_never_saved_is_there_again(qtbot, qapp, tmp_path):
    dress(qapp, DARK)
    desk = Desk(qtbot, tmp_path)
    drag(desk.strip(0).fader, QPoint(0, 30))
    desk.strip(1)._choose(with_rack(desk.setup(1), SHELF.entries[3]))
    slots = (SlotSetup("echo", "delay", mix=0.5), SlotSetup("hall", "reverb", on=False))
    for place, value in (
        (("slots",), slots),
        (("turned", "echo", "time_s"), 0.25),
        (("kept", "echo"), {"state": "abc"}),
        (("learned",), (LearnedSetup("echo", "time_s", 7, 2),)),
        (("sends", "hall"), -12.0),
    ):
        desk._change(Change("", ("tracks", str(desk.ids[2]), *place), value), False)
    before = desk.document.setup
    path = desk.document.path
    desk.document.close()
    with Document.open(path, tmp_path) as again:
        assert again.setup == before
        assert again.setup.track(desk.ids[2]).slots == slots
        while again.undo_name is not None:
            again.undo()
        assert again.setup.track(desk.ids[2]) == TrackSetup()
