"""Latency, measured on what comes back: a note goes out, and is looked for in what the microphone brings.

What flows in: an engine whose output reaches its input, in software, by a JACK patch or by a cable. What flows out:
for each note, the frames between its first sample leaving and arriving, and between arriving and the ears' note-on.
[main]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.hearing import Listener, Live


@dataclass(frozen=True)
class Distribution:
    """Median, tail and worst of what was measured, in milliseconds. [any]"""

    count: int
    p50_ms: float
    p95_ms: float
    max_ms: float

    @classmethod
    def of(cls, values_ms: Sequence[float]) -> Distribution:
        """Of any number of values; all NaN where there are none. [any]"""
        if not len(values_ms):
            return cls(0, float("nan"), float("nan"), float("nan"))
        p50, p95 = np.percentile(values_ms, [50, 95])
        return cls(len(values_ms), float(p50), float(p95), float(max(values_ms)))


@dataclass
class Recorder:
    """A listener that keeps what the real one hears, and when it said what. [ears]"""

    inner: Listener
    sound: list[tuple[int, npt.NDArray[np.float32]]] = field(default_factory=list)
    events: list[npt.NDArray[Any]] = field(default_factory=list)

    @property
    def live(self) -> Live:
        """As the real one has it. [any]"""
        return self.inner.live

    def hear(self, frame: int, samples: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        """Keep, and pass on. [ears]"""
        self.sound.append((frame, samples))
        events = self.inner.hear(frame, samples)
        if len(events):
            self.events.append(events)
        return events

    def finish(self) -> npt.NDArray[Any]:
        """Pass on. [ears]"""
        return self.inner.finish()

    def reset(self, frame: int = 0) -> None:
        """Pass on. [ears]"""
        self.inner.reset(frame)

    def between(self, first: int, last: int) -> npt.NDArray[np.float32]:
        """The sound of frames first … last - 1; zeros where none came. [main]"""
        heard = np.zeros(last - first, np.float32)
        for frame, samples in self.sound:
            start, stop = max(frame, first), min(frame + len(samples), last)
            if start < stop:
                heard[start - first : stop - first] = samples[start - frame : stop - frame]
        return heard


def find(sound: npt.NDArray[np.float32], reference: npt.NDArray[np.float32]) -> int | None:
    """Where the reference begins in the sound, by normalised correlation; None when it is not there. [any]"""
    if len(sound) < len(reference):
        return None
    wide, narrow = sound.astype(np.float64), reference.astype(np.float64)
    power = np.concatenate([[0.0], np.cumsum(wide**2)])
    energy = np.sqrt(np.maximum(power[len(narrow) :] - power[: -len(narrow)], 0.0) * float((narrow**2).sum()))
    likeness = np.abs(np.correlate(wide, narrow, "valid")) / np.maximum(energy, 1e-12)
    likeness[energy < 1e-9] = 0.0
    best = int(np.argmax(likeness))
    return best if likeness[best] > 0.9 else None
