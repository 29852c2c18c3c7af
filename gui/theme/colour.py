"""Colours by how they look, not by how a screen makes them: OKLCH in, "#rrggbb" out; how well two can be told apart.

OKLCH (Björn Ottosson, "A perceptual color space for image processing", 2020) has lightness, chroma and hue as one sees
them: two colours of one lightness are equally bright, whatever their hue. So a dark and a light theme can share their
hues and differ in lightness alone. Pure functions, safe on any thread.
"""

from __future__ import annotations

import math

Rgb = tuple[float, float, float]

# Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009),
# for a full deficiency, on linear light.
COLOUR_BLIND: dict[str, tuple[Rgb, Rgb, Rgb]] = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def oklch(lightness: float, chroma: float, hue_degrees: float) -> str:
    """The colour as "#rrggbb"; a chroma that no screen can show is lowered until one can. [any]"""
    linear = _linear(lightness, chroma, hue_degrees)
    while chroma > 0 and not all(-1e-4 <= channel <= 1 + 1e-4 for channel in linear):
        chroma -= 0.002
        linear = _linear(lightness, max(chroma, 0.0), hue_degrees)
    return "#" + "".join(f"{round(255 * _encoded(channel)):02x}" for channel in linear)


def mixed(one: str, other: str, part: float) -> str:
    """So much of the other colour over the one, as a screen would lay it. [any]"""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def contrast(one: str, other: str) -> float:
    """From 1 to 21, as WCAG 2 has it: 4.5 is asked of text, 3 of what one must find. [any]"""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def seen_with(colour: str, deficiency: str) -> str:
    """The colour as somebody with one of `COLOUR_BLIND` sees it. [any]"""
    light = [_decoded(channel / 255) for channel in _channels(colour)]
    seen = [sum(part * channel for part, channel in zip(row, light, strict=True)) for row in COLOUR_BLIND[deficiency]]
    return "#" + "".join(f"{round(255 * _encoded(channel)):02x}" for channel in seen)


def distance(one: str, other: str) -> float:
    """How far apart two colours look, in OKLab: 0.02 is just to be seen, 0.1 is plain. [any]"""
    return math.dist(_oklab(one), _oklab(other))


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_decoded(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(lightness: float, chroma: float, hue_degrees: float) -> Rgb:
    a, b = chroma * math.cos(math.radians(hue_degrees)), chroma * math.sin(math.radians(hue_degrees))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _oklab(colour: str) -> Rgb:
    red, green, blue = (_decoded(channel / 255) for channel in _channels(colour))
    long = _root(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = _root(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = _root(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _root(value: float) -> float:
    return max(0.0, value) ** (1 / 3)


def _encoded(channel: float) -> float:
    """Linear light as sRGB has it."""
    channel = min(max(channel, 0.0), 1.0)
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


def _decoded(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
