"""When a note begins: one hop in, how much the voice's bands have risen at once out.

What flows in: hops of `ml/frames.py`. What flows out: an onset's strength for each. Runs on the ears thread, compiled.

Each band is compared with what it and its neighbours were 30 ms ago (Böck and Widmer, "Maximum filter vibrato
suppression for onset detection", DAFx 2013): a harmonic that vibrato carries from one band to the next is no rise.
Energy is counted from a floor that hangs below the loudest sound of late, so that a whisper into a good microphone and
a shout across a room rise alike. A vowel after m, n or l, as loud as the consonant, still opens the bands above 500 Hz.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ml.compiled import compiled
from ml.frames import HOP, RATE_HZ

BANDS = 20
BACK_HOPS = 8

_LOWEST_HZ, _HIGHEST_HZ = 100.0, 3_500.0
_WINDOW = 256
_FALL = 48  # samples at the window's new end: short, since what has just begun is what counts
_LINE_HZ = RATE_HZ / _WINDOW
_LINES = int(_HIGHEST_HZ / _LINE_HZ) + 2
_DEPTH = 8.0  # natural logarithm of energy: how far below the loudest a band still counts
_FORGET = 0.01  # of that, each hop, the loudest sound is forgotten by
_MOST = 3.0  # one band alone, however much it rises, is no onset
_SILENCE = 1e-10

STATE = np.dtype(
    [
        ("history", "f4", (_WINDOW,)),  # oldest first
        ("energy", "f4", (_LINES,)),
        ("now", "f4", (BANDS,)),
        ("past", "f4", (BACK_HOPS, BANDS)),  # a ring of hops: energies as heard, in natural logarithm
        ("newest", "i8"),
        ("loudest", "f4"),
    ],
    align=True,
)


class OnsetDetector:
    """The onset strength of a stream of hops; it remembers 40 ms. [ears]"""

    def __init__(self) -> None:
        self._state = np.zeros(1, STATE)
        self._waves = _waves()
        self._bands = _bands()
        self.reset()

    def reset(self) -> None:
        """Forget all sound. [ears]"""
        self._state[0] = np.zeros(1, STATE)[0]
        self._state["past"] = self._state["loudest"] = np.log(_SILENCE)

    def hear(self, hop: npt.NDArray[np.float32]) -> float:
        """The mean rise of the bands over 40 ms, in natural logarithm: about 1 where a note begins. [ears]"""
        return float(_rise(self._state, hop, self._waves, self._bands))


def _waves() -> npt.NDArray[np.float32]:
    """(2, lines, window): cosines and sines under a window that leans towards now."""
    rise = _WINDOW - _FALL
    up = np.sin(0.5 * np.pi * (np.arange(rise) + 0.5) / rise) ** 2
    down = np.cos(0.5 * np.pi * (np.arange(_FALL) + 0.5) / _FALL) ** 2
    window = np.concatenate([up, down])
    window *= 2.0 / window.sum()
    angle = 2.0 * np.pi * np.outer(np.arange(_LINES), np.arange(_WINDOW)) / _WINDOW
    return np.stack([np.cos(angle) * window, np.sin(angle) * window]).astype(np.float32)


def _bands() -> npt.NDArray[np.float32]:
    """(bands, lines): triangles evenly spaced as the ear has it, none narrower than a line."""
    bark = np.linspace(np.log1p(_LOWEST_HZ / 700.0), np.log1p(_HIGHEST_HZ / 700.0), BANDS + 2)
    edges_hz = 700.0 * np.expm1(bark)
    lines_hz = np.arange(_LINES) * _LINE_HZ
    bands = np.zeros((BANDS, _LINES), np.float32)
    for band, low, middle, high in zip(bands, edges_hz, edges_hz[1:], edges_hz[2:], strict=False):
        up = (lines_hz - min(low, middle - _LINE_HZ)) / max(middle - low, _LINE_HZ)
        down = (max(high, middle + _LINE_HZ) - lines_hz) / max(high - middle, _LINE_HZ)
        band[:] = np.maximum(0.0, np.minimum(up, down))
    return bands


@compiled
def _rise(states: Any, hop: Any, waves: Any, bands: Any) -> float:
    """One hop in; how much its bands lie above the widest of BACK_HOPS ago. [ears]"""
    s = states[0]
    history, energy, now = s.history, s.energy, s.now
    for i in range(_WINDOW - HOP):
        history[i] = history[i + HOP]
    for i in range(HOP):
        history[_WINDOW - HOP + i] = hop[i]
    for line in range(_LINES):
        real, imaginary = np.float32(0.0), np.float32(0.0)
        for i in range(_WINDOW):
            real += history[i] * waves[0, line, i]
            imaginary += history[i] * waves[1, line, i]
        energy[line] = real * real + imaginary * imaginary
    oldest = (s.newest + 1) % BACK_HOPS
    past = s.past[oldest]
    s.loudest -= _FORGET
    for band in range(BANDS):
        total = np.float32(_SILENCE)
        for line in range(_LINES):
            total += bands[band, line] * energy[line]
        now[band] = np.log(total)
        s.loudest = max(s.loudest, now[band])
    floor = s.loudest - _DEPTH
    rise = 0.0
    for band in range(BANDS):
        before = max(past[band], past[max(band - 1, 0)], past[min(band + 1, BANDS - 1)], floor)
        rise += min(max(now[band] - before, 0.0), _MOST)
    past[:] = now
    s.newest = oldest
    return rise / BANDS
