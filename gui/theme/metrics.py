"""Sizes, in pixels that do not depend on the screen's density, all on a grid of 4. Values, safe on any thread."""

from __future__ import annotations

UNIT_PX = 4

GAP_PX = 2 * UNIT_PX
"""Between things that belong together."""

MARGIN_PX = 4 * UNIT_PX
"""Between things that do not, and around a panel."""

RADIUS_PX = UNIT_PX
CONTROL_PX = 8 * UNIT_PX
"""The height of a button or a field."""

TOUCH_PX = 11 * UNIT_PX
"""What a finger hits without looking twice."""

SCROLL_BAR_PX = 3 * UNIT_PX
FOCUS_RING_PX = 2

SMALL_TEXT_PX, TEXT_PX, LARGE_TEXT_PX, TITLE_PX = 11, 13, 16, 24
"""Sizes of letters; the only sizes beside the grid, since letters have their own."""
