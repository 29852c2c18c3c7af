"""The colours of both themes, each by what it is for. Values, safe on any thread.

Dark and light share three hues: slate for all that is still, blue for notes, and amber, the accent, for what the hand
or the voice holds at this moment. Blue and amber are the pair that every kind of colour blindness keeps apart; besides,
selected notes have a rim, muted ones are hatched, and ghosts are hollow, so that colour never speaks alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from gui.theme.colour import mixed, oklch

SLATE, BLUE, AMBER = 262.0, 248.0, 62.0
GREEN, RED = 155.0, 25.0
"""Only for what is well and what is wrong: a meter's lower part, a clipped peak."""

SHADES = 16
"""Steps of velocity that the eye can still tell apart."""


@dataclass(frozen=True, slots=True)
class Palette:
    """One theme. [any]"""

    name: str
    window: str
    """Behind all panels."""
    surface: str
    """A panel."""
    raised: str
    """A button, a field, the white keys' panel: what lies on a panel."""
    hovered: str
    sunken: str
    """A well: the slot of a scroll bar, a meter that is silent."""
    border: str
    text: str
    dim_text: str
    faint_text: str
    accent: str
    on_accent: str
    """Text and signs on the accent."""
    good: str
    warn: str
    bad: str
    # The piano roll
    row: str
    """A row of a white key, or of the scale."""
    dark_row: str
    tonic_row: str
    row_line: str
    bar_line: str
    beat_line: str
    step_line: str
    white_key: str
    black_key: str
    on_white_key: str
    quiet_note: str
    loud_note: str
    on_note: str
    on_quiet_note: str
    ghost: str
    curve: str
    """The pitch that was sung, over its note."""
    on_accent_curve: str
    behind: str
    """The take's waveform behind the notes."""
    heard: str
    """Raw pitch behind the notes."""
    playhead: str

    def shades(self) -> tuple[str, ...]:
        """Notes from the softest to the loudest. [any]"""
        return tuple(mixed(self.quiet_note, self.loud_note, n / (SHADES - 1)) for n in range(SHADES))


DARK = Palette(
    name="dark",
    window=oklch(0.185, 0.012, SLATE),
    surface=oklch(0.222, 0.013, SLATE),
    raised=oklch(0.285, 0.015, SLATE),
    hovered=oklch(0.335, 0.017, SLATE),
    sunken=oklch(0.155, 0.010, SLATE),
    border=oklch(0.345, 0.015, SLATE),
    text=oklch(0.945, 0.006, SLATE),
    dim_text=oklch(0.755, 0.012, SLATE),
    faint_text=oklch(0.625, 0.014, SLATE),
    accent=oklch(0.795, 0.155, AMBER),
    on_accent=oklch(0.195, 0.030, AMBER),
    good=oklch(0.760, 0.130, GREEN),
    warn=oklch(0.830, 0.140, 90.0),
    bad=oklch(0.680, 0.190, RED),
    row=oklch(0.243, 0.014, SLATE),
    dark_row=oklch(0.206, 0.013, SLATE),
    tonic_row=oklch(0.268, 0.028, BLUE),
    row_line=oklch(0.190, 0.012, SLATE),
    bar_line=oklch(0.440, 0.016, SLATE),
    beat_line=oklch(0.320, 0.014, SLATE),
    step_line=oklch(0.268, 0.013, SLATE),
    white_key=oklch(0.885, 0.006, SLATE),
    black_key=oklch(0.250, 0.012, SLATE),
    on_white_key=oklch(0.400, 0.014, SLATE),
    quiet_note=oklch(0.430, 0.062, BLUE),
    loud_note=oklch(0.790, 0.118, BLUE),
    on_note=oklch(0.170, 0.030, BLUE),
    on_quiet_note=oklch(0.960, 0.010, BLUE),
    ghost=oklch(0.375, 0.018, SLATE),
    curve=oklch(0.980, 0.012, BLUE),
    on_accent_curve=oklch(0.270, 0.060, AMBER),
    behind=oklch(0.320, 0.030, BLUE),
    heard=oklch(0.620, 0.050, BLUE),
    playhead=oklch(0.985, 0.004, SLATE),
)

LIGHT = Palette(
    name="light",
    window=oklch(0.935, 0.006, SLATE),
    surface=oklch(0.970, 0.004, SLATE),
    raised=oklch(0.996, 0.001, SLATE),
    hovered=oklch(0.915, 0.010, SLATE),
    sunken=oklch(0.905, 0.008, SLATE),
    border=oklch(0.835, 0.010, SLATE),
    text=oklch(0.235, 0.014, SLATE),
    dim_text=oklch(0.425, 0.014, SLATE),
    faint_text=oklch(0.535, 0.014, SLATE),
    accent=oklch(0.640, 0.165, 52.0),
    on_accent=oklch(0.170, 0.030, AMBER),
    good=oklch(0.560, 0.130, GREEN),
    warn=oklch(0.640, 0.130, 80.0),
    bad=oklch(0.555, 0.200, RED),
    row=oklch(0.992, 0.002, SLATE),
    dark_row=oklch(0.962, 0.005, SLATE),
    tonic_row=oklch(0.938, 0.024, BLUE),
    row_line=oklch(0.940, 0.005, SLATE),
    bar_line=oklch(0.735, 0.012, SLATE),
    beat_line=oklch(0.865, 0.008, SLATE),
    step_line=oklch(0.925, 0.006, SLATE),
    white_key=oklch(0.996, 0.001, SLATE),
    black_key=oklch(0.330, 0.012, SLATE),
    on_white_key=oklch(0.450, 0.014, SLATE),
    quiet_note=oklch(0.830, 0.055, BLUE),
    loud_note=oklch(0.600, 0.140, BLUE),
    on_note=oklch(0.170, 0.030, BLUE),
    on_quiet_note=oklch(0.220, 0.040, BLUE),
    ghost=oklch(0.850, 0.012, SLATE),
    curve=oklch(0.225, 0.060, BLUE),
    on_accent_curve=oklch(0.205, 0.060, AMBER),
    behind=oklch(0.890, 0.028, BLUE),
    heard=oklch(0.590, 0.070, BLUE),
    playhead=oklch(0.205, 0.014, SLATE),
)

PALETTES = {palette.name: palette for palette in (DARK, LIGHT)}
