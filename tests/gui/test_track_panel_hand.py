"""The list of tracks under real hands, meters, and the scales that knobs go over."""

from __future__ import annotations

import math

import pytest
from PyQt6.QtCore import QPoint, Qt

from gui.mixing.meter import HOLDS_S, LevelMeter
from gui.mixing.routes import MASTER_LINE, lines_of_score
from gui.mixing.scales import LEVEL, PAN, Scale, meter_part
from gui.theme.palette import DARK
from gui.theme.sheet import dress
from tests.gui.mixing_desk import CTRL, LEFT, PLAIN, Desk, QTest, drag, texts


@pytest.fixture
def desk(qtbot, qapp, tmp_path):
    dress(qapp, DARK)
    made = Desk(qtbot, tmp_path)
    yield made
    made.document.close()


# Meters


def test_levels_reach_their_strips_and_a_light_stays_until_it_is_put_out(desk):
    lines = lines_of_score(desk.document.score)
    desk.mixer.show_levels({lines[desk.ids[1]]: (0.5, 1.2), MASTER_LINE: (0.25, 0.25)})
    desk.mixer.show_levels({lines[desk.ids[1]]: (0.1, 0.1)})
    meter = desk.strip(1).meter
    assert meter.parts == [meter_part(0.1), meter_part(0.1)]
    assert meter.held == [meter_part(0.5), meter_part(1.2)]
    assert meter.has_clipped
    assert desk.strip(0).meter.held == [0.0, 0.0]
    assert not desk.mixer.strips["master",].meter.has_clipped
    QTest.mouseClick(meter, LEFT)
    assert not meter.has_clipped


def test_the_highest_of_late_is_held_and_then_falls(qtbot):
    now = [0.0]
    meter = LevelMeter(DARK, lambda: now[0])
    qtbot.addWidget(meter)
    meter.show_peaks(0.5, 0.5)
    now[0] = HOLDS_S - 0.1
    meter.show_peaks(0.0, 0.0)
    assert meter.held[0] == meter_part(0.5)
    now[0] = HOLDS_S + 0.1
    meter.show_peaks(0.0, 0.0)
    assert 0.0 < meter.held[0] < meter_part(0.5)
    for _ in range(100):
        meter.show_peaks(0.0, 0.0)
    assert meter.held[0] == 0.0


# The list of tracks


def test_a_track_is_renamed_where_its_name_stands_in_both_views(desk):
    for field, name in ((desk.panel.rows[desk.ids[0]].name, "Solo voice"), (desk.strip(1).name, "Alto")):
        QTest.mouseDClick(field, LEFT, PLAIN, field.rect().center())
        field.field.selectAll()
        QTest.keyClicks(field.field, name)
        QTest.keyClick(field.field, Qt.Key.Key_Return)
    assert desk.names == ["Solo voice", "Alto", "Bass"]
    assert desk.strip(0).name.name == "Solo voice"
    row = desk.panel.rows[desk.ids[2]]
    row.setFocus()
    QTest.keyClick(row, Qt.Key.Key_F2)
    QTest.keyClicks(row.name.field, "never")
    QTest.keyClick(row.name.field, Qt.Key.Key_Escape)
    assert desk.names[2] == "Bass"
    desk.undo()
    desk.undo()
    assert desk.names == ["Voice", "Second", "Bass"]


def test_tracks_are_drawn_to_another_place_and_go_there_by_keys(desk):
    first, last = desk.panel.rows[desk.ids[0]], desk.panel.rows[desk.ids[2]]
    drag(first, QPoint(0, last.geometry().bottom() - first.geometry().center().y()))
    assert desk.names == ["Second", "Bass", "Voice"]
    row = desk.panel.rows[desk.ids[0]]
    row.setFocus()
    QTest.keyClick(row, Qt.Key.Key_Up, CTRL)
    assert desk.names == ["Second", "Voice", "Bass"]
    assert row.hasFocus()
    QTest.keyClick(row, Qt.Key.Key_Up)
    assert desk.chosen == desk.ids[1]
    desk.undo()
    desk.undo()
    assert desk.names == ["Voice", "Second", "Bass"]
    assert list(desk.panel.rows) == desk.ids


def test_a_track_is_deleted_with_its_setup_coming_back_by_undo_and_the_last_one_stays(desk):
    drag(desk.strip(0).fader, QPoint(0, 30))
    level = desk.setup().level_db
    row = desk.panel.rows[desk.ids[0]]
    row.setFocus()
    QTest.keyClick(row, Qt.Key.Key_Delete)
    assert desk.names == ["Second", "Bass"]
    assert desk.chosen == desk.ids[1]
    assert ("tracks", str(desk.ids[0])) not in desk.mixer.strips
    desk.undo()
    assert desk.names == ["Voice", "Second", "Bass"]
    assert desk.strip(0).fader.value == level
    for track_id in desk.ids[:2]:
        desk.panel.delete_track(track_id)
    desk.panel.delete_track(desk.ids[2])
    assert desk.names == ["Bass"]


def test_a_track_is_armed_and_coloured_and_says_what_it_sounds_by(desk):
    row = desk.panel.rows[desk.ids[1]]
    QTest.mouseClick(row.arm, LEFT)
    assert desk.setup(1).armed
    texts(desk.panel.menu_of(desk.ids[1]))["Colour/rose"].trigger()
    assert desk.setup(1).colour == "rose"
    assert row.about.text() == "Cello · 1 notes"
    desk.undo()
    assert desk.setup(1).colour == ""


# Scales


@pytest.mark.parametrize(
    "scale",
    [
        LEVEL,
        PAN,
        Scale(20.0, 20_000.0, 440.0, "Hz", "log"),
        Scale(0.0, 1.0, 0.5),
        Scale(0, 2, 0, choices=("a", "b", "c")),
    ],
)
def test_a_scale_leads_there_and_back(scale):
    for n in range(101):
        value = scale.at(n / 100.0)
        assert scale.low <= value <= scale.high
        assert scale.at(scale.part(value)) == pytest.approx(value, abs=1e-9)
        typed = scale.value(scale.text(value))
        assert typed is not None
        assert math.isclose(scale.part(typed), scale.part(value), abs_tol=0.01)
        assert scale.low <= scale.stepped(value, 1.0) <= scale.high
    assert scale.value("nonsense") is None
    assert scale.clip(float("nan")) == scale.usual
