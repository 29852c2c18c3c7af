"""From the card's rate to the ears': hops of 5 ms at 16 kHz, each stamped with the card's clock.

What flows in: mono float32 at any rate a card has, in pieces of any size. What flows out: hops, bit for bit the same
however the input was cut up, clean of DC, rumble and numbers that are not numbers. Runs on the ears thread.

The rate is changed by a windowed sinc (Kaiser 1974) read between the rows of a table, so any ratio works. It is kept
short on purpose: the ears need nothing above 6 kHz, and every zero crossing of the sinc would delay each note.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ml.compiled import compiled
from score.errors import ModelError

RATE_HZ = 16_000
HOP = 80
HOP_S = HOP / RATE_HZ
SLOWEST_HZ, FASTEST_HZ = 4_000, 768_000

_LOUDEST = 4.0  # 12 dB over full scale: what a card never sends, and squares that stay far from overflow
_RUMBLE_HZ = 60.0  # below the lowest voice; steep, since handling noise and mains hum are often louder than a singer
_DAMPING = (0.5411961, 1.3065630)  # the two resonances of a fourth-order Butterworth
_STOP_DB = 72.0
_TRANSITION = 5.0 / 16.0  # of the rate: aliases fall above 5.5 kHz, where nothing is heard that a note needs
_PHASES = 256
_SLICE = 1024

STATE = np.dtype(
    [
        ("frames", "i8"),  # of the card, heard since the stream began
        ("until", "i8"),  # frames still to come before the next sample of ours
        ("phase", "i8"),  # that sample's place between two frames, in 1/RATE_HZ
        ("filled", "i8"),
        ("rumble", "f8", (2, 5)),
        ("memory", "f8", (2, 2)),
    ],
    align=True,
)


class Hop(NamedTuple):
    """5 ms of voice; `frame` is how many frames of the card had arrived when its newest sample was known. [any]"""

    frame: int
    samples: npt.NDArray[np.float32]


class Frames:
    """A stream at the card's rate, cut into hops at the ears' rate. [ears]"""

    def __init__(self, rate: int, frame: int = 0) -> None:
        if not SLOWEST_HZ <= rate <= FASTEST_HZ:
            raise ModelError(
                f"the ears were given {rate} Hz; they hear {SLOWEST_HZ} to {FASTEST_HZ} Hz.",
                "Choose another rate for the card: vocello devices",
            )
        self.rate = int(rate)
        self._half = _half_length(self.rate)
        self._table = _sinc_table(self.rate, self._half)
        self._history = np.zeros(2 * self._half + _SLICE, np.float32)
        self._hop = np.zeros(HOP, np.float32)
        self._state = np.zeros(1, STATE)
        self.reset(frame)

    @property
    def delay_frames(self) -> int:
        """How long a sound takes through the filter: a hop's newest sample is this much older than its frame. [any]"""
        return self._half

    def reset(self, frame: int = 0) -> None:
        """Forget all sound; the next sample is number `frame` of the stream. [ears]"""
        self._state[0] = np.zeros(1, STATE)[0]
        self._state["frames"] = frame
        self._state["rumble"] = _high_pass()
        self._history[:] = 0.0
        self._hop[:] = 0.0

    def hear(self, samples: npt.NDArray[np.float32]) -> Iterator[Hop]:
        """Every hop that these samples complete, oldest first. [ears]"""
        state: Any = self._state
        voice = np.ascontiguousarray(samples, np.float32).reshape(-1)
        at = 0
        while at < len(voice):
            used, complete = _next_hop(state, voice[at : at + _SLICE], self._table, self._history, self._hop, self.rate)
            at += used
            if complete:
                yield Hop(int(state["frames"][0]), self._hop.copy())


def _half_length(rate: int) -> int:
    """Half the filter, in frames: Kaiser's estimate of what the stop band asks for."""
    lower = min(rate, RATE_HZ)
    width = 2.0 * np.pi * _TRANSITION * lower / rate
    return max(2, round((_STOP_DB - 8.0) / (2.285 * width) / 2.0))


def _sinc_table(rate: int, half: int) -> npt.NDArray[np.float32]:
    """(phases + 1, taps): the filter as seen from each place between two frames, newest frame first."""
    cutoff = min(rate, RATE_HZ) / rate  # of the card's Nyquist
    beta = 0.1102 * (_STOP_DB - 8.7)
    between = np.arange(_PHASES + 1)[:, None] / _PHASES
    away = between - half + np.arange(2 * half)[None, :]
    window = np.i0(beta * np.sqrt(np.maximum(0.0, 1.0 - (away / half) ** 2))) / np.i0(beta)
    table = cutoff * np.sinc(cutoff * away) * window
    return np.ascontiguousarray(table / table.sum(axis=1, keepdims=True), dtype=np.float32)


def _high_pass() -> npt.NDArray[np.float64]:
    """(2, 5): b0 b1 b2 a1 a2 of two second-order sections (Bristow-Johnson's cookbook)."""
    sections = np.zeros((2, 5))
    turn = 2.0 * np.pi * _RUMBLE_HZ / RATE_HZ
    for section, quality in zip(sections, _DAMPING, strict=True):
        alpha, cosine = np.sin(turn) / (2.0 * quality), np.cos(turn)
        section[:] = np.array([(1 + cosine) / 2, -(1 + cosine), (1 + cosine) / 2, -2 * cosine, 1 - alpha]) / (1 + alpha)
    return sections


@compiled
def _next_hop(states: Any, voice: Any, table: Any, history: Any, hop: Any, rate: int) -> tuple[int, bool]:
    """Take samples until a hop is full or they are used up; returns how many were taken, and which it was. [ears]"""
    s = states[0]
    taps = table.shape[1]
    used = 0
    full = False
    while used < len(voice) and not full:
        value = voice[used]
        if not np.isfinite(value):
            value = np.float32(0.0)
        history[taps + used] = min(max(value, np.float32(-_LOUDEST)), np.float32(_LOUDEST))
        used += 1
        while s.until == 0 and not full:
            hop[s.filled] = _without_rumble(s, _between(table, history, used, s.phase))
            s.filled += 1
            s.phase += rate
            s.until = s.phase // RATE_HZ
            s.phase -= s.until * RATE_HZ
            full = s.filled == HOP
        if s.until > 0:
            s.until -= 1
    s.frames += used
    for i in range(taps):
        history[i] = history[used + i]
    if full:
        s.filled = 0
    return used, full


@compiled
def _between(table: Any, history: Any, used: int, phase: int) -> float:
    """The band-limited signal `phase` after the frame before the newest one. [ears]"""
    taps = table.shape[1]
    place = phase * (_PHASES / RATE_HZ)
    row = int(place)
    share = np.float32(place - row)
    newest = taps + used - 1
    total = np.float32(0.0)
    for tap in range(taps):
        weight = table[row, tap] + share * (table[row + 1, tap] - table[row, tap])
        total += weight * history[newest - tap]
    return total


@compiled
def _without_rumble(s: Any, value: float) -> float:
    """One sample through the high-pass. [ears]"""
    for section in range(2):
        c = s.rumble[section]
        m = s.memory[section]
        after = c[0] * value + m[0]
        m[0] = c[1] * value - c[3] * after + m[1]
        m[1] = c[2] * value - c[4] * after
        value = after
    return value
