"""How loud a stream is to the ear, 250 times a second: A-weighted, as the instrument learned it.

What flows in: mono sound, in pieces of any size. What flows out: a level for each 1/250 s, in dB of full scale, as soon
as it is known. Each is that of a window of 43 ms around its moment. How far the window reaches ahead of that moment is
how long one has to wait for the level: a recording is looked at from both sides, a voice that is followed live mostly
from behind. [main] [ears]
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from realtime.dsp.strings.plain import ear
from realtime.dsp.strings.sizes import FRAMES_A_SECOND, LOWEST_DB

WINDOW_S = 2_048 / 48_000  # as in what the instrument learned from

Line = npt.NDArray[np.float64]


class Loudness:
    """The level of a stream, around each of these moments. [main] [ears]"""

    def __init__(self, rate: float, ahead_s: float = WINDOW_S / 2.0) -> None:
        self._rate = rate
        self._size = 2 * round(WINDOW_S * rate / 2.0)
        self.ahead_frames = round(ahead_s * rate)
        """So many frames after its moment a level is known."""
        self._back = self._size - self.ahead_frames
        # Two halves of a Hann window, each as wide as there is room on its side.
        rise, fall = np.arange(self._back) / self._back, np.arange(self.ahead_frames) / self.ahead_frames
        halves = 0.5 - 0.5 * np.cos(np.pi * rise), 0.5 + 0.5 * np.cos(np.pi * fall)
        self._window = np.concatenate(halves).astype(np.float32)
        hertz = np.fft.rfftfreq(self._size, 1.0 / rate)
        self._weights = np.array([ear.py_func(each) for each in hertz])
        self._weights *= 2.0 / (self._size * float(np.square(self._window).sum()))
        self.reset()

    def reset(self) -> None:
        """Begin anew, in silence. [main] [ears]"""
        self.known = 0
        """How many levels there were so far; the next one's number."""
        self._kept = np.zeros(self._back, np.float32)
        self._begins = -self._back  # the frame of the first sample that is kept

    def frame_of(self, number: int) -> int:
        """The moment that a level speaks of, in frames since the beginning. [any]"""
        return round(number * self._rate / FRAMES_A_SECOND)

    def hear(self, samples: npt.NDArray[np.float32]) -> Line:
        """Some more of it, and the levels that are known now. [main] [ears]"""
        self._kept = np.concatenate([self._kept, samples])
        last = self._begins + len(self._kept) - self.ahead_frames
        levels = []
        while (centre := self.frame_of(self.known)) <= last:
            self.known += 1
            gone = centre - self._back - self._begins
            self._kept, self._begins = self._kept[gone:], self._begins + gone
            levels.append(self._look(self._kept[: self._size]))
        return np.array(levels)

    def finish(self) -> Line:
        """The levels of the end, after which there is silence. [main]"""
        return self.hear(np.zeros(self._size, np.float32))

    def _look(self, samples: npt.NDArray[np.float32]) -> float:
        """One by one: looked at together they come out the same but for the last bit."""
        spectrum = np.fft.rfft(samples * self._window)
        power = float((spectrum.real**2 + spectrum.imag**2) @ self._weights)
        if not math.isfinite(power):
            return LOWEST_DB
        return min(max(10.0 * math.log10(power + 1e-12), LOWEST_DB), 0.0)
