"""Curves and dots as SVG, written by hand: panels side by side, a row a set; no plotting library is needed.

What flows in: numbers. What flows out: text. Curves are ours; dots are others; a dot without a latency stands in the
band at the right edge, which is not on the scale. Names that would cover each other are moved apart, and a thin line
leads from each to its dot.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 520.0, 320.0  # of a panel
LEFT, RIGHT, TOP, BOTTOM = 64.0, 118.0, 40.0, 44.0
BLUE, ORANGE, INK, FAINT = "#1f5fa8", "#c2541b", "#222222", "#dddddd"
LABEL_PX, LETTER_PX = 13.0, 6.5
HALO = 'stroke="white" stroke-width="3" paint-order="stroke"'  # so that no grid line strikes a name through
Place = tuple[float, float]  # in pixels


class Curve(NamedTuple):
    """Points joined in their order. [any]"""

    label: str
    points: list[tuple[float, float]]
    dashed: bool = False
    marks: Mapping[int, str] = {}  # words over some of the points, by their place


class Dot(NamedTuple):
    """One point with a name; `x` is nan if it has no place on the scale. [any]"""

    label: str
    x: float
    y: float


class Panel(NamedTuple):
    """One pair of axes. [any]"""

    title: str
    curves: list[Curve]
    dots: list[Dot]


class Axis(NamedTuple):
    """From values to pixels. [any]"""

    low: float
    high: float
    start_px: float
    end_px: float
    step: float

    def px(self, value: float) -> float:
        """Where a value stands. [any]"""
        share = (value - self.low) / (self.high - self.low)
        return self.start_px + share * (self.end_px - self.start_px)

    def ticks(self) -> Iterator[float]:
        """Round values along the axis. [any]"""
        for n in range(math.ceil(self.low / self.step - 1e-9), math.floor(self.high / self.step + 1e-9) + 1):
            yield n * self.step


def draw(rows: Sequence[Sequence[Panel]]) -> str:
    """The whole picture. [any]"""
    width = WIDTH * max(len(row) for row in rows)
    height = HEIGHT * len(rows)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" font-family="sans-serif" font-size="11" fill="{INK}">',
        f'<rect width="{width:g}" height="{height:g}" fill="white"/>',
    ]
    for row, some in enumerate(rows):
        for column, panel in enumerate(some):
            lines.append(f'<g transform="translate({column * WIDTH:g} {row * HEIGHT:g})">')
            lines += _panel(panel)
            lines.append("</g>")
    return "\n".join([*lines, "</svg>", ""])


def axes(panel: Panel) -> tuple[Axis, Axis]:
    """Scales that hold every known point, with a margin. [any]"""
    everything = [*(point for curve in panel.curves for point in curve.points), *((dot.x, dot.y) for dot in panel.dots)]
    xs = [x for x, _ in everything if not math.isnan(x)] or [0.0]
    ys = [y for _, y in everything if not math.isnan(y)] or [0.0]
    low, high = min(0.0, *xs, 0.0), max(xs) + 5.0
    x_step = next(step for step in (5.0, 10.0, 20.0, 50.0, 100.0, 1e9) if (high - low) / step <= 10)
    bottom = math.floor(10.0 * min(ys) - 0.2) / 10.0
    top = min(1.0, math.ceil(10.0 * max(ys) + 0.2) / 10.0)
    return (
        Axis(low, high, LEFT, WIDTH - RIGHT, x_step),
        Axis(max(bottom, 0.0), max(top, bottom + 0.1), HEIGHT - BOTTOM, TOP, 0.05 if top - bottom < 0.5 else 0.1),
    )


def _panel(panel: Panel) -> Iterator[str]:
    x, y = axes(panel)
    yield _text(LEFT, 20, panel.title, 'font-weight="bold" font-size="13"')
    for value in y.ticks():
        yield _line(x.start_px, y.px(value), WIDTH - 6, y.px(value), FAINT)
        yield _text(LEFT - 6, y.px(value) + 4, f"{value:.2f}", 'text-anchor="end"')
    for value in x.ticks():
        yield _line(x.px(value), y.start_px, x.px(value), y.start_px + 4, INK)
        yield _text(x.px(value), y.start_px + 17, f"{value:g}", 'text-anchor="middle"')
    yield _line(x.start_px, y.start_px, x.end_px, y.start_px, INK)
    yield _text(0.5 * (x.start_px + x.end_px), HEIGHT - 10, "median latency, ms", 'text-anchor="middle"')
    middle_px = 0.5 * (y.start_px + y.end_px)
    yield _text(15, middle_px, "F-measure", f'text-anchor="middle" transform="rotate(-90 15 {middle_px:.1f})"')
    yield _text(x.end_px + 10, y.start_px + 17, "whole recording")
    yield _line(x.end_px + 3, TOP, x.end_px + 3, y.start_px, FAINT)
    ink = _ink(panel, x, y)
    for number, curve in enumerate(panel.curves):
        yield from _curve(curve, x, y, TOP - 6.0 + 13.0 * number - 13.0 * (len(panel.curves) - 1))
    for curve in panel.curves:
        for place, words in curve.marks.items():
            at = x.px(curve.points[place][0]), y.px(curve.points[place][1])
            if not math.isnan(sum(at)):
                yield _text(*_free(at, words, ink, x, y), words, f'fill="{BLUE}" {HALO}')
    yield from _dots(panel.dots, x, y, ink)


def _curve(curve: Curve, x: Axis, y: Axis, key_px: float) -> Iterator[str]:
    known = _known(curve, x, y)
    dash = ' stroke-dasharray="5 4"' if curve.dashed else ""
    path = " ".join(f"{a:.1f},{b:.1f}" for a, b in known)
    yield f'<polyline points="{path}" fill="none" stroke="{BLUE}" stroke-width="1.8"{dash}/>'
    for a, b in known:
        yield f'<circle cx="{a:.1f}" cy="{b:.1f}" r="2.6" fill="{BLUE}"/>'
    yield f'<path d="M{WIDTH - 196:g} {key_px - 4:.1f}h22" stroke="{BLUE}" stroke-width="1.8"{dash}/>'
    yield _text(WIDTH - 168, key_px, curve.label)


def _dots(dots: Sequence[Dot], x: Axis, y: Axis, ink: list[Place]) -> Iterator[str]:
    """Each at its place, its name beside it; in the band at the right edge the names stand apart."""
    known = sorted((each for each in dots if not math.isnan(each.y)), key=lambda each: -each.y)
    late = [each for each in known if math.isnan(each.x)]
    places = apart([y.px(each.y) for each in late], LABEL_PX, y.end_px, y.start_px)
    for dot, label_px in zip(late, places, strict=True):
        yield _line(x.end_px + 12, y.px(dot.y), x.end_px + 26, label_px, ORANGE)
        yield from _dot(x.end_px + 12, y.px(dot.y))
        yield _text(x.end_px + 29, label_px + 4, dot.label, HALO)
    for dot in known:
        if not math.isnan(dot.x):
            at = x.px(dot.x), y.px(dot.y)
            yield from _dot(*at)
            yield _text(*_free(at, dot.label, ink, x, y), dot.label, HALO)


def _known(curve: Curve, x: Axis, y: Axis) -> list[Place]:
    return [(x.px(a), y.px(b)) for a, b in curve.points if not (math.isnan(a) or math.isnan(b))]


def _ink(panel: Panel, x: Axis, y: Axis) -> list[Place]:
    """Places that are drawn on: along every curve, and around every dot that has a latency."""
    drawn = [(x.px(dot.x), y.px(dot.y)) for dot in panel.dots if not math.isnan(dot.x + dot.y)]
    for curve in panel.curves:
        known = _known(curve, x, y)
        for (a, b), (c, d) in pairwise(known):
            steps = max(1, round(math.hypot(c - a, d - b) / 3.0))
            drawn += [(a + (c - a) * n / steps, b + (d - b) * n / steps) for n in range(steps + 1)]
    return drawn


def _free(at: Place, words: str, ink: list[Place], x: Axis, y: Axis) -> Place:
    """Where words beside a point begin so that they cover the least; what they cover is drawn on from then on."""
    wide = LETTER_PX * len(words)
    beside = [(at[0] + 8.0, at[1] + 4.0), (at[0] - 8.0 - wide, at[1] + 4.0)]
    over_and_under = [(at[0] - share * wide, at[1] + down) for down in (-8.0, 16.0) for share in (0.5, 0.2, 0.8)]
    further = [(at[0] - share * wide, at[1] + down) for down in (-22.0, 30.0) for share in (0.5, 0.0, 1.0)]
    places = [*beside, *over_and_under, *further]

    def covers(place: Place) -> float:
        left, base = place
        inside = sum(left - 3 < a < left + wide + 3 and base - 11 < b < base + 4 for a, b in ink)
        fits = x.start_px < left and left + wide < x.end_px and y.end_px < base - 10 and base + 3 < y.start_px
        return inside + (0.0 if fits else 1e3) + 0.1 * places.index(place)

    left, base = min(places, key=covers)
    ink += [(left + wide * n / 8.0, base - 4.0) for n in range(9)]
    return left, base


def _dot(x_px: float, y_px: float) -> Iterator[str]:
    yield f'<path d="M{x_px:.1f} {y_px - 4:.1f}l4 4l-4 4l-4 -4z" fill="{ORANGE}"/>'


def apart(wanted: Sequence[float], gap: float, lowest: float, highest: float) -> list[float]:
    """Rising places, each as near to where it was wanted as a gap between all of them allows. [any]"""
    groups: list[list[float]] = []  # what touches moves together, by the mean of what its members want
    for place, want in enumerate(wanted):
        groups.append([want - gap * place])
        while len(groups) > 1 and _mean(groups[-2]) > _mean(groups[-1]):
            last = groups.pop()
            groups[-1] += last
    places = [_mean(group) for group in groups for _ in group]
    room = highest - gap * max(len(wanted) - 1, 0)
    return [min(max(each, lowest), max(room, lowest)) + gap * n for n, each in enumerate(places)]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _text(x: float, y: float, words: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}"{" " + more if more else ""}>{escape(words)}</text>'
