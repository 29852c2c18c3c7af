"""The themes can be read at arm's length, by every eye, and lie on one grid; light is dark with other lightnesses."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtGui import QColor, QFontInfo
from PyQt6.QtWidgets import QPushButton

from gui.theme import DARK, LIGHT, Palette, dress, font, metrics, theme
from gui.theme.colour import COLOUR_BLIND, contrast, distance, mixed, oklch, seen_with
from gui.theme.palette import SHADES
from gui.theme.sheet import qt_palette, style_sheet

both = pytest.mark.parametrize("palette", [DARK, LIGHT], ids=lambda palette: palette.name)


@both
@pytest.mark.parametrize("ground", ["window", "surface", "raised", "row", "dark_row", "tonic_row", "sunken"])
def test_text_can_be_read_on_every_ground(palette: Palette, ground: str):
    under = getattr(palette, ground)
    assert contrast(palette.text, under) >= 7
    assert contrast(palette.dim_text, under) >= 4.5
    if ground in ("window", "surface"):
        assert contrast(palette.faint_text, under) >= 3


@both
def test_signs_can_be_found_and_what_is_written_on_them_be_read(palette: Palette):
    assert contrast(palette.on_accent, palette.accent) >= 4.5
    for ground in (palette.window, palette.surface, palette.row, palette.dark_row):
        assert contrast(palette.accent, ground) >= 2.9
        assert contrast(palette.playhead, ground) >= 7
    assert contrast(palette.on_white_key, palette.white_key) >= 4.5


@both
def test_louder_notes_stand_out_more_step_by_step(palette: Palette):
    against_row = [contrast(shade, palette.row) for shade in palette.shades()]
    assert len(against_row) == SHADES and against_row == sorted(against_row)
    assert against_row[-1] >= 2.9


@both
@pytest.mark.parametrize("deficiency", [None, *COLOUR_BLIND])
def test_a_selected_note_differs_from_every_other_for_every_eye(palette: Palette, deficiency: str | None):
    def seen(colour: str) -> str:
        return seen_with(colour, deficiency) if deficiency else colour

    for shade in (*palette.shades(), palette.ghost):
        assert distance(seen(palette.accent), seen(shade)) >= 0.1


@both
def test_the_curve_is_seen_over_its_note(palette: Palette):
    for shade in palette.shades():
        assert max(contrast(palette.curve, shade), contrast(palette.curve, palette.row)) >= 3
    assert contrast(palette.curve, palette.row) >= 7


def test_both_themes_say_the_same_words():
    for field in fields(Palette):
        if field.name != "name":
            assert QColor(getattr(DARK, field.name)).isValid() and QColor(getattr(LIGHT, field.name)).isValid()
    assert theme("dark") is DARK and theme("light") is LIGHT and theme("system") in (DARK, LIGHT)


def test_all_sizes_but_those_of_letters_and_rings_lie_on_the_grid():
    letters = {"SMALL_TEXT_PX", "TEXT_PX", "LARGE_TEXT_PX", "TITLE_PX", "FOCUS_RING_PX"}
    sizes = {name: value for name, value in vars(metrics).items() if name.endswith("_PX") and name not in letters}
    assert len(sizes) >= 6
    assert {name: value for name, value in sizes.items() if value % metrics.UNIT_PX} == {}


@given(st.floats(0, 1), st.floats(0, 0.4), st.floats(0, 360))
def test_every_colour_that_is_asked_for_can_be_shown(lightness: float, chroma: float, hue: float):
    made = oklch(lightness, chroma, hue)
    assert len(made) == 7 and QColor(made).isValid()


def test_colours_are_what_the_definition_of_oklch_says():
    assert oklch(1, 0, 0) == "#ffffff" and oklch(0, 0, 0) == "#000000"
    assert distance(oklch(0.627955, 0.257683, 29.2339), "#ff0000") < 0.01
    assert mixed("#000000", "#ffffff", 0.5) in ("#7f7f7f", "#808080")
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_grey_stays_grey_for_every_eye():
    for deficiency in COLOUR_BLIND:
        assert distance(seen_with("#808080", deficiency), "#808080") < 0.01


@both
def test_ordinary_widgets_wear_the_theme(qtbot, qapp, palette: Palette):
    before, sheet, letters, style = qapp.palette(), qapp.styleSheet(), qapp.font(), qapp.style().objectName()
    try:
        dress(qapp, palette)
        button = QPushButton("Sing")
        qtbot.addWidget(button)
        button.resize(120, 40)
        image = button.grab().toImage()
        assert distance(image.pixelColor(60, 8).name(), palette.raised) < 0.02
        assert qt_palette(palette).highlight().color() == QColor(palette.accent)
        assert palette.accent in style_sheet(palette)
    finally:
        qapp.setStyle(style)
        qapp.setStyleSheet(sheet)
        qapp.setPalette(before)
        qapp.setFont(letters)


def test_letters_have_the_height_that_was_asked_for(qapp):
    assert QFontInfo(font(metrics.TEXT_PX)).pixelSize() == metrics.TEXT_PX
    assert font(16, bold=True).weight() > font(16).weight()
