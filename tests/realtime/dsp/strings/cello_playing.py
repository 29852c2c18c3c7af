"""Play the cello from a score in seconds, and measure what is heard: pitch, level, brightness, clicks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import linalg, ndimage, signal

from realtime.dsp.cello import cello
from realtime.dsp.strings.controls import CONTROLS
from realtime.dsp.strings.plain import ear
from realtime.events import BEND, CONTROL, FROM_KEYS, FROM_VOICE, NOTE_OFF, NOTE_ON, PRESSURE, event
from tests.realtime.dsp.playing import RATE, play

Array = npt.NDArray[Any]
Sound = npt.NDArray[np.float64]

STILL: dict[str, Any] = {"vibrato": 0.0, "human": 0.0, "accent": 0.0, "hall": 0.0, "width": 0.0}
"""Nothing but the string: what one hears is what one measures."""

PLAIN: dict[str, Any] = {"model": 0.0, **STILL}
"""And no network: the same whatever has been learned."""

CC_OF = {control.name: control.cc for control in CONTROLS}


class Told(NamedTuple):
    """An event at a time."""

    at_s: float
    kind: int
    number: int = 0
    value: float = 0.0
    channel: int = 0
    source: int = FROM_KEYS


def on(at_s: float, key: int, velocity: float = 0.7, channel: int = 0) -> Told:
    return Told(at_s, NOTE_ON, key, velocity, channel)


def off(at_s: float, key: int, channel: int = 0) -> Told:
    return Told(at_s, NOTE_OFF, key, 0.0, channel)


def note(at_s: float, until_s: float, key: int, velocity: float = 0.7, channel: int = 0) -> list[Told]:
    return [on(at_s, key, velocity, channel), off(until_s, key, channel)]


def cc(at_s: float, number: int, value: float, channel: int = 0) -> Told:
    return Told(at_s, CONTROL, number, value, channel)


def bend(at_s: float, semitones: float, channel: int = 0) -> Told:
    return Told(at_s, BEND, 0, semitones, channel)


def sung(told: Told) -> Told:
    """The same, by who sings."""
    return told._replace(source=FROM_VOICE)


def press(at_s: float, value: float, channel: int = 0) -> Told:
    return Told(at_s, PRESSURE, 0, value, channel)


@lru_cache(maxsize=4)
def _untouched(rate: float) -> Array:
    return cello.new_state(rate)


def fresh(rate: float = RATE, **knobs: float) -> Array:
    """A new cello; its tables are made once a rate."""
    state = _untouched(rate).copy()
    for name, value in knobs.items():
        place, value = state[name], cello.knobs[name].clip(value)
        if place.dtype.names:
            place["target"] = place["aim"] = place["value"] = value
        else:
            place[0] = value
    return state


def events(score: Iterable[Told], rate: float = RATE) -> list[Array]:
    """The score as the callback gets it."""
    told = []
    for each in score:
        frame = round(each.at_s * rate)
        made = event(each.kind, frame=frame, number=each.number, value=each.value, channel=each.channel)
        made["source"] = each.source
        told.append(made)
    return told


def heard(
    score: Iterable[Told],
    seconds: float,
    cuts: Sequence[int] | range = (),
    *,
    rate: float = RATE,
    state: Array | None = None,
    **knobs: float,
) -> Sound:
    """(2, frames) of a score."""
    state = fresh(rate, **knobs) if state is None else state
    return play(cello, round(seconds * rate), events(score, rate), cuts, state=state, rate=rate).astype(np.float64)


def part(sound: Sound, start_s: float, stop_s: float, rate: float = RATE) -> Sound:
    return sound[..., round(start_s * rate) : round(stop_s * rate)]


def level_db(sound: Sound) -> float:
    """Of its rms."""
    return float(10.0 * np.log10(np.mean(sound**2) + 1e-20))


def spectrum(sound: Sound, rate: float = RATE) -> tuple[Array, Array]:
    """Hertz, and power, of one channel."""
    wave = sound[0] if sound.ndim == 2 else sound
    return np.fft.rfftfreq(len(wave), 1.0 / rate), np.abs(np.fft.rfft(wave * np.hanning(len(wave)))) ** 2


def loudness_db(sound: Sound, rate: float = RATE) -> float:
    """Of its rms as the ear weighs it."""
    hertz, power = spectrum(sound, rate)
    weighed = power[1:] * ear.py_func(hertz[1:])
    return float(10.0 * np.log10(weighed.sum() / (0.1875 * (2 * len(hertz) - 2) ** 2) + 1e-20))


def brightness_hz(sound: Sound, rate: float = RATE) -> float:
    """Where the middle of the spectrum's amplitudes lies."""
    hertz, power = spectrum(sound, rate)
    amplitude = np.sqrt(power)
    return float((hertz * amplitude).sum() / amplitude.sum())


def key_hz(key: float, a4_hz: float = 440.0) -> float:
    return float(a4_hz * 2.0 ** ((key - 69.0) / 12.0))


def cents_off(sound: Sound, hertz: float, rate: float = RATE) -> float:
    """How far a steady note is from a pitch, by how fast the phase of its strongest low harmonic runs away."""
    wave = sound[0] if sound.ndim == 2 else sound
    half = len(wave) // 2
    window = np.hanning(half)
    t = np.arange(half) / rate
    best, cents = -1.0, 0.0
    for harmonic in range(1, 7):
        wheel = window * np.exp(-2j * np.pi * harmonic * hertz * t)
        first, last = (wave[:half] * wheel).sum(), (wave[half : 2 * half] * wheel).sum()
        if abs(first) > best and harmonic * hertz < 0.4 * rate:
            best = abs(first)
            turned = np.angle(last * np.conj(first) * np.exp(-2j * np.pi * harmonic * hertz * half / rate))
            cents = 1200.0 * np.log2(1.0 + turned * rate / (2.0 * np.pi * half * harmonic * hertz))
    return float(cents)


def pitch_st(sound: Sound, near_hz: float, rate: float = RATE, step_s: float = 0.005) -> Sound:
    """(times, 2): seconds, and the pitch in semitones above `near_hz`, from the first harmonics by autocorrelation."""
    wave = sound[0] if sound.ndim == 2 else sound
    low = signal.sosfiltfilt(signal.butter(4, min(6.0 * near_hz, 0.4 * rate), fs=rate, output="sos"), wave)
    length = round(3.2 * rate / near_hz)
    found = []
    shortest, longest = int(rate / near_hz / 1.6), int(rate / near_hz * 1.6)
    for start in range(0, len(low) - length - longest - 2, round(step_s * rate)):
        here = low[start : start + length]
        lags = np.arange(shortest, longest + 2)
        there = np.lib.stride_tricks.sliding_window_view(low[start + shortest : start + longest + 1 + length], length)
        apart = ((there - here) ** 2).sum(axis=1) / (1e-20 + (there**2).sum(axis=1) + (here**2).sum())
        best = int(np.argmin(apart[1:-1])) + 1
        a, b, c = apart[best - 1 : best + 2]
        lag = lags[best] + 0.5 * (a - c) / max(a - 2.0 * b + c, 1e-20)
        found.append((start / rate + 0.5 * (length + lag) / rate, 12.0 * np.log2(rate / lag / near_hz)))
    return np.array(found)


def clicks(sound: Sound) -> float:
    """How much the most surprising instant stands out among those of the 40 ms on its either side; 1: not at all.

    What a sound is as a rule can be foretold from its last samples, by linear prediction (J. Makhoul, "Linear
    prediction: a tutorial review", 1975); what is left over is even. A click is what nothing foretold, and is over
    within a millisecond. What lies 80 dB under the loudest moment nobody hears as one.
    """
    wave = np.atleast_2d(sound).sum(axis=0)
    power = np.abs(np.fft.rfft(wave, 2 * len(wave))) ** 2
    alike = np.fft.irfft(power)[: _FORETOLD_BY + 1]
    alike[0] *= 1.0 + 1e-7
    foretells = linalg.solve_toeplitz(alike[:-1], alike[1:])
    surprise = np.abs(signal.lfilter(np.r_[1.0, -foretells], [1.0], wave))
    peaks = surprise[: len(surprise) // _INSTANT * _INSTANT].reshape(-1, _INSTANT).max(axis=1)
    span = _AROUND - _BESIDE
    most = ndimage.maximum_filter1d(peaks, span, mode="constant")
    away = _BESIDE + span // 2 + 1
    around = np.maximum(np.r_[np.zeros(away), most[:-away]], np.r_[most[away:], np.zeros(away)])
    return float((peaks / np.maximum(around, 1e-4 * np.abs(wave).max())).max())


_FORETOLD_BY, _INSTANT, _AROUND, _BESIDE = 48, 24, 80, 4
