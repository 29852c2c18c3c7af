"""Mouths made by arithmetic, for the factory's kit and for the tests: who strikes how, again and again.

What flows in: a source of chance. What flows out: a mouth, that is one person with one microphone, and its sounds at
48 kHz, each a little different from the last as nobody strikes the same twice. No recording is in it: thumps of a
closed cavity, bursts and friction as shaped noise, and for all that is no drum, vowels of a glottal source under
formants. Runs on the main thread, by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float64]
MOUTH_RATE_HZ = 48_000


@dataclass(frozen=True)
class Mouth:
    """One person's way with one sound, into one microphone; `strike(chance)` is one time of it. [any]"""

    kind: str
    strike: Callable[[np.random.Generator], Sound]


def new_mouth(kind: str, chance: np.random.Generator) -> Mouth:
    """A person, whose `kind` is one of KINDS. [any]"""
    make = KINDS[kind](chance)
    microphone = new_microphone(chance)
    level_db = chance.uniform(-32.0, -6.0)

    def strike(again: np.random.Generator) -> Sound:
        sound = faded(microphone(make(again)))
        peak_db = level_db + again.normal(0.0, 2.0)
        return sound * 10.0 ** (peak_db / 20.0) / (np.abs(sound).max() + 1e-12)

    return Mouth(kind, strike)


def new_microphone(chance: np.random.Generator) -> Callable[[Sound], Sound]:
    """A tilt, a resonance, an end below and one above, and a room's first echoes.

    From lips on a stage microphone to a phone at arm's length: a kit that had learned through few of them would take
    the microphone for the drum. [any]
    """
    tilt_db, bump_db = chance.uniform(-2.5, 2.5), chance.uniform(-6.0, 6.0)
    bump_hz, low_hz, high_hz = (
        _between(chance, *ends) for ends in ((400.0, 6_000.0), (20.0, 200.0), (6_500.0, 25_000.0))
    )
    echoes = [
        (round(s * MOUTH_RATE_HZ), chance.uniform(-0.3, 0.3) * np.exp(-s / 0.02)) for s in chance.uniform(2e-3, 4e-2, 6)
    ]

    def through(sound: Sound) -> Sound:
        padded = np.concatenate([sound, np.zeros(2_400)])
        spectrum = np.fft.rfft(padded)
        at_hz = np.maximum(np.fft.rfftfreq(len(padded), 1.0 / MOUTH_RATE_HZ), 1.0)
        gain_db = tilt_db * np.log2(np.maximum(at_hz, 50.0) / 1_000.0) + bump_db * _hump(bump_hz, 0.6)(at_hz)
        slopes = 1.0 / (1.0 - 1j * low_hz / at_hz) / (1.0 + 1j * at_hz / high_hz)
        # The slopes ring after the sound, never before it; the gains are broad enough to do neither.
        heard = np.fft.irfft(spectrum * slopes * 10.0 ** (gain_db / 20.0), len(padded))
        for later, share in echoes:
            heard[later:] += share * heard[: len(heard) - later]
        return heard

    return through


def faded(sound: Sound, last_s: float = 0.03) -> Sound:
    """The same with its end faded out: a sound that is cut off clicks, and the click would be a strike. [any]"""
    last = min(len(sound), round(last_s * MOUTH_RATE_HZ))
    shape = np.ones(len(sound))
    shape[len(sound) - last :] = 0.5 + 0.5 * np.cos(np.pi * (np.arange(last) + 1.0) / last)
    return sound * shape


def _jitter(again: np.random.Generator, value: float, share: float = 0.08) -> float:
    """The same, as nearly as a person does it."""
    return value * float(np.exp(again.normal(0.0, share)))


def _time(length_s: float) -> Sound:
    return np.arange(max(1, round(length_s * MOUTH_RATE_HZ))) / MOUTH_RATE_HZ


def _struck(t: Sound, attack_s: float, decay_s: float) -> Sound:
    return np.minimum(t / attack_s, 1.0) * np.exp(-np.maximum(t - attack_s, 0.0) / decay_s)


def _shaped(noise: Sound, gain: Callable[[Sound], Sound]) -> Sound:
    """Noise, or anything, with its spectrum weighed; as loud as before on the whole."""
    spectrum = np.fft.rfft(noise)
    at_hz = np.fft.rfftfreq(len(noise), 1.0 / MOUTH_RATE_HZ)
    shaped = np.fft.irfft(spectrum * gain(np.maximum(at_hz, 1.0)), len(noise))
    return shaped / (np.sqrt(np.mean(shaped**2)) + 1e-12)


def _hump(middle_hz: float, octaves: float) -> Callable[[Sound], Sound]:
    return lambda at_hz: np.exp(-0.5 * (np.log2(at_hz / middle_hz) / octaves) ** 2)


def _between(chance: np.random.Generator, low: float, high: float) -> float:
    """As likely in each octave: how frequencies and times differ from one person to the next."""
    return float(np.exp(chance.uniform(np.log(low), np.log(high))))


def _kick(chance: np.random.Generator) -> Callable[[np.random.Generator], Sound]:
    """Lips that burst open into a closed hand or a microphone: a thump that falls, a click, and a puff."""
    thump_hz, falls = chance.uniform(65.0, 160.0), chance.uniform(0.5, 1.0)
    thump_s, attack_s = chance.uniform(0.015, 0.07), chance.uniform(0.0005, 0.004)
    click_hz, click_s, click = _between(chance, 300.0, 1_600.0), chance.uniform(0.002, 0.02), chance.uniform(0.05, 0.9)
    puff_hz, puff = _between(chance, 90.0, 600.0), chance.uniform(0.0, 0.9)
    body = 1.0 if chance.random() < 0.6 else chance.uniform(0.1, 0.6)  # some only part their lips

    def strike(again: np.random.Generator) -> Sound:
        t = _time(0.16)
        pitch_hz = _jitter(again, thump_hz) * (falls + (1.0 - falls) * np.exp(-t / 0.02))
        thump = np.sin(2.0 * np.pi * np.cumsum(pitch_hz) / MOUTH_RATE_HZ + again.uniform(-0.5, 0.5))
        sound = body * thump * _struck(t, attack_s, _jitter(again, thump_s, 0.15))
        burst = _shaped(again.standard_normal(len(t)), _hump(_jitter(again, click_hz), 1.0))
        sound += _jitter(again, click, 0.25) * 0.5 * burst * _struck(t, 0.0005, _jitter(again, click_s, 0.15))
        blown = _shaped(again.standard_normal(len(t)), _hump(puff_hz, 0.7))
        return sound + _jitter(again, puff, 0.3) * 0.5 * blown * _struck(t, 0.003, 0.035)

    return strike


def _snare(chance: np.random.Generator) -> Callable[[np.random.Generator], Sound]:
    """pf, psh, k, ksh: a burst, friction between lip and tongue, and of some a body below."""
    velar = chance.random() < 0.45
    middle_hz = chance.uniform(1_000.0, 2_600.0) if velar else chance.uniform(1_200.0, 3_400.0)
    octaves = chance.uniform(0.4, 0.9) if velar else chance.uniform(0.7, 1.3)
    second_hz, second = chance.uniform(2_600.0, 4_800.0), chance.uniform(0.1, 0.7)
    attack_s, decay_s = chance.uniform(0.0008, 0.007), chance.uniform(0.018, 0.11)
    body_hz, body = chance.uniform(150.0, 330.0), chance.uniform(0.0, 0.6)
    click, puff = chance.uniform(0.1, 0.9), _puff(chance)

    def strike(again: np.random.Generator) -> Sound:
        t = _time(0.25)
        friction = _shaped(again.standard_normal(len(t)), _hump(_jitter(again, middle_hz), octaves))
        friction += second * _shaped(again.standard_normal(len(t)), _hump(_jitter(again, second_hz), 0.5))
        sound = friction * _struck(t, _jitter(again, attack_s, 0.2), _jitter(again, decay_s, 0.15))
        burst = _shaped(again.standard_normal(len(t)), _hump(_jitter(again, 0.7 * middle_hz), 1.2))
        sound += _jitter(again, click, 0.25) * burst * _struck(t, 0.0004, 0.004)
        lips = np.sin(2.0 * np.pi * _jitter(again, body_hz) * t) * _struck(t, 0.001, 0.025)
        return sound + 1.4 * _jitter(again, body, 0.25) * lips + puff(again, t)

    return strike


def _hat(chance: np.random.Generator, decay_s: float, held_s: float) -> Callable[[np.random.Generator], Sound]:
    """t, ts: a tongue behind the teeth, high and thin; `held_s` of hiss before it falls."""
    middle_hz, octaves = chance.uniform(4_200.0, 8_500.0), chance.uniform(0.5, 1.0)
    lowest_hz, order = middle_hz * chance.uniform(0.5, 0.7), chance.uniform(2.0, 6.0)
    attack_s = _between(chance, 0.0004, 0.012)
    tip_hz, tip_octaves, tip_s = (
        middle_hz * chance.uniform(0.3, 0.8),
        chance.uniform(0.8, 1.6),
        chance.uniform(2e-3, 8e-3),
    )
    click, puff = chance.uniform(0.0, 1.3), _puff(chance)

    def strike(again: np.random.Generator) -> Sound:
        held = _jitter(again, held_s, 0.15)
        t = _time(held + 6.0 * decay_s)
        low, middle = _jitter(again, lowest_hz, 0.05), _jitter(again, middle_hz, 0.05)
        hiss = _shaped(
            again.standard_normal(len(t)),
            lambda at_hz: _hump(middle, octaves)(at_hz) / (1.0 + (low / at_hz) ** order),
        )
        rise = np.minimum(t / _jitter(again, attack_s, 0.2), 1.0)
        sound = hiss * rise * np.exp(-np.maximum(t - held, 0.0) / _jitter(again, decay_s, 0.15))
        tip = _shaped(again.standard_normal(len(t)), _hump(_jitter(again, tip_hz), tip_octaves))
        return sound + _jitter(again, click, 0.25) * tip * _struck(t, 0.0003, tip_s) + puff(again, t)

    return strike


def _puff(chance: np.random.Generator) -> Callable[[np.random.Generator, Sound], Sound]:
    """The wind that comes with friction and falls on the microphone: much of it up close, none from aside."""
    middle_hz, octaves = _between(chance, 100.0, 900.0), chance.uniform(0.6, 1.6)
    strength = 1.2 * chance.uniform(0.0, 1.0) ** 2
    attack_s, decay_s = chance.uniform(0.001, 0.006), chance.uniform(0.006, 0.05)

    def blow(again: np.random.Generator, t: Sound) -> Sound:
        wind = _shaped(again.standard_normal(len(t)), _hump(_jitter(again, middle_hz, 0.15), octaves))
        return _jitter(again, strength, 0.35) * wind * _struck(t, attack_s, decay_s)

    return blow


def _closed(chance: np.random.Generator) -> Callable[[np.random.Generator], Sound]:
    return _hat(chance, chance.uniform(0.006, 0.018), chance.uniform(0.0, 0.02))


def _open(chance: np.random.Generator) -> Callable[[np.random.Generator], Sound]:
    return _hat(chance, chance.uniform(0.03, 0.09), chance.uniform(0.12, 0.35))


_VOWELS = ((700, 1_150, 2_600), (300, 2_250, 3_000), (320, 800, 2_300), (500, 1_800, 2_500), (480, 900, 2_500))


def _voice(chance: np.random.Generator) -> Callable[[np.random.Generator], Sound]:
    """What is no drum: a vowel or a murmur that begins, hard or soft, or a breath."""
    if chance.random() < 0.2:
        return _breath(chance)
    f0_hz = _between(chance, 85.0, 650.0)
    formants_hz = np.array(_VOWELS[chance.integers(len(_VOWELS))]) * chance.uniform(0.9, 1.25)
    attack_s, slope = _between(chance, 0.0015, 0.07), chance.uniform(0.6, 1.6)
    breathy, nasal = chance.uniform(0.0, 0.15), chance.random() < 0.25

    def strike(again: np.random.Generator) -> Sound:
        t = _time(0.3)
        pitch_hz = _jitter(again, f0_hz, 0.06) * (1.0 + 0.01 * np.sin(2.0 * np.pi * 5.5 * t + again.uniform(0, 6)))
        phase = 2.0 * np.pi * np.cumsum(pitch_hz) / MOUTH_RATE_HZ
        sound = np.zeros(len(t))
        for harmonic in range(1, int(min(60.0, 7_000.0 / f0_hz)) + 1):
            at_hz = harmonic * f0_hz
            gain = sum(1.0 / (1.0 + ((at_hz - each) / (0.12 * each + 40.0)) ** 2) for each in formants_hz)
            if nasal:
                gain = 1.0 / (1.0 + (at_hz / 300.0) ** 2) + 0.02
            sound += (gain + 0.03) / harmonic**slope * np.sin(harmonic * phase + 0.7 * harmonic**2)
        sound /= np.sqrt(np.mean(sound**2))
        sound += breathy * _shaped(again.standard_normal(len(t)), _hump(formants_hz[1], 1.2))
        return sound * np.minimum(t / _jitter(again, attack_s, 0.2), 1.0) ** 2

    return strike


def _breath(chance: np.random.Generator) -> Callable[[np.random.Generator], Sound]:
    middle_hz, octaves = chance.uniform(500.0, 3_500.0), chance.uniform(0.8, 1.6)
    swell_s = chance.uniform(0.03, 0.2)

    def strike(again: np.random.Generator) -> Sound:
        t = _time(0.4)
        return _shaped(again.standard_normal(len(t)), _hump(middle_hz, octaves)) * np.minimum(t / swell_s, 1.0) ** 1.5

    return strike


KINDS: dict[str, Callable[[np.random.Generator], Callable[[np.random.Generator], Sound]]] = {
    "kick": _kick,
    "snare": _snare,
    "closed hat": _closed,
    "open hat": _open,
    "no drum": _voice,
}
