"""Sounds side by side as pictures: all that is heard, and the lowest 5 kHz, where single harmonics can be told apart.

What flows in: sounds of one gesture, by name. What flows out: a PNG of modest size. [main]
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from realtime.dsp.strings.sizes import RATE_HZ

BYTES_AT_MOST = 120_000
ROWS = ((22_000.0, 2_048), (5_000.0, 8_192))  # up to so many Hz, by a window of so many samples
_HOP = 256
_RANGE_DB = 85.0
_COLOURS, _DPI = 40, (110, 100, 90, 80, 70, 60, 50)
_MAP = "magma"

Sound = npt.NDArray[np.float32]


def drawn(title: str, sounds: Mapping[str, Sound], path: Path) -> None:
    """A column for each sound; the same colours for the same level, counted from the first sound's loudest. [main]"""
    figure = Figure(figsize=(2.6 * len(sounds) + 0.6, 4.6), layout="constrained")
    figure.suptitle(title, fontsize=9)
    axes = figure.subplots(len(ROWS), len(sounds), squeeze=False, sharey="row", sharex=True)
    for row, (highest_hz, size) in enumerate(ROWS):
        loudest = max(float(level_db(next(iter(sounds.values())), size).max()), -100.0)
        for column, (name, sound) in enumerate(sounds.items()):
            levels = level_db(sound, size)
            shown = levels[: round(highest_hz / RATE_HZ * size) + 1]
            each = axes[row, column]
            each.imshow(
                shown,
                origin="lower",
                aspect="auto",
                extent=(0.0, len(sound) / RATE_HZ, 0.0, highest_hz / 1e3),
                vmin=loudest - _RANGE_DB,
                vmax=loudest,
                cmap=_MAP,
            )
            each.tick_params(labelsize=6)
            if row == 0:
                each.set_title(name, fontsize=8)
            if row == len(ROWS) - 1:
                each.set_xlabel("s", fontsize=7)
            if column == 0:
                each.set_ylabel("kHz", fontsize=7)
    _save(figure, path)


def level_db(sound: Sound, size: int) -> npt.NDArray[np.float32]:
    """(bins, frames): the level of each bin of a Hann window. [any]"""
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    padded = np.pad(sound, (size // 2, size // 2))
    windows = np.lib.stride_tricks.sliding_window_view(padded, size)[::_HOP]
    spectrum = np.abs(np.fft.rfft(windows * window, axis=1)) * (2.0 / window.sum())
    return (20.0 * np.log10(spectrum + 1e-9)).astype(np.float32).T


def _save(figure: Figure, path: Path) -> None:
    """As large as the limit allows: noise is what no compression makes small."""
    canvas: Any = FigureCanvasAgg(figure)
    for dpi in _DPI:
        figure.set_dpi(dpi)
        canvas.draw()
        pixels = (
            Image.fromarray(np.asarray(canvas.buffer_rgba()))
            .convert("RGB")
            .quantize(_COLOURS, dither=Image.Dither.NONE)
        )
        packed = io.BytesIO()
        pixels.quantize(_COLOURS, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
        if packed.tell() <= BYTES_AT_MOST:
            break
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(packed.getvalue())
