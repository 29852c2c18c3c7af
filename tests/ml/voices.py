"""Voices made by arithmetic: harmonics under formants, gliding and shaking, with consonants, breath and rooms."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

RATE = 48_000
Sound = npt.NDArray[np.float64]

_AH = ((700.0, 130.0, 1.0), (1_150.0, 150.0, 0.6), (2_600.0, 200.0, 0.25))  # formants: Hz, width, strength
_MM = ((250.0, 120.0, 1.0), (2_200.0, 400.0, 0.02))


def hz(midi: float) -> float:
    return float(440.0 * 2.0 ** ((midi - 69.0) / 12.0))


def seconds(length_s: float) -> Sound:
    return np.arange(round(length_s * RATE)) / RATE


def sung(midi: float | Sound, length_s: float = 0.5, *, level_db: float = -18.0, formants=_AH) -> Sound:
    """A vowel; `midi` is a pitch, or one for every sample. It swells in 15 ms and fades in 30."""
    return faded(_voiced(midi, length_s, level_db, formants), 0.015, 0.03)


def ma_ma(midi: float, times: int, vowel_s: float = 0.3, shut_s: float = 0.07) -> Sound:
    """The voice goes on throughout; the mouth shuts for each m, and opens within 15 ms."""
    length_s = times * (vowel_s + shut_s)
    opened = ((seconds(length_s) % (vowel_s + shut_s)) > shut_s).astype(float)
    opened = np.convolve(opened, np.hanning(round(0.015 * RATE)) / np.hanning(round(0.015 * RATE)).sum(), "same")
    vowel, murmur = _voiced(midi, length_s, -18.0, _AH), _voiced(midi, length_s, -27.0, _MM)
    return faded(opened * vowel + (1.0 - opened) * murmur, 0.015, 0.03)


def _voiced(midi: float | Sound, length_s: float, level_db: float, formants) -> Sound:
    pitch = np.broadcast_to(np.asarray(midi, float), (round(length_s * RATE),))
    f0 = 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)
    phase = 2.0 * np.pi * np.cumsum(f0) / RATE
    voice = np.zeros(len(pitch))
    for harmonic in range(1, int(5_000.0 / f0.min()) + 1):
        at = harmonic * f0
        gain = 0.05 * formants[0][2] + sum(
            strength / (1.0 + ((at - middle) / width) ** 2) for middle, width, strength in formants
        )
        voice += np.where(at < 5_500.0, gain / harmonic**0.5, 0.0) * np.sin(harmonic * phase + harmonic**2)
    return voice * 10.0 ** (level_db / 20.0) / (np.sqrt(np.mean(voice**2)) + 1e-12)


def with_vibrato(midi: float, length_s: float, depth_st: float = 0.5, rate_hz: float = 5.5) -> Sound:
    """A pitch for every sample; the vibrato grows in during the first 0.3 s."""
    t = seconds(length_s)
    return midi + depth_st * np.minimum(t / 0.3, 1.0) * np.sin(2.0 * np.pi * rate_hz * t)


def gliding(midis: list[float], note_s: float = 0.4, glide_s: float = 0.06) -> Sound:
    """A pitch for every sample: the notes bound to each other, each reached by a short glide."""
    times, pitches = [0.0], [midis[0]]
    for place, midi in enumerate(midis):
        times += [place * note_s + (glide_s if place else 0.0), (place + 1) * note_s]
        pitches += [midi, midi]
    return np.interp(seconds(note_s * len(midis)), times, pitches)


def silence(length_s: float = 0.3) -> Sound:
    return np.zeros(round(length_s * RATE))


def noise(length_s: float, level_db: float = -30.0, seed: int = 1) -> Sound:
    return 10.0 ** (level_db / 20.0) * np.random.default_rng(seed).standard_normal(round(length_s * RATE))


def breath(length_s: float = 0.4, level_db: float = -34.0, seed: int = 2) -> Sound:
    """Noise through an open mouth: formants, and no pitch."""
    spectrum = np.fft.rfft(noise(length_s, 0.0, seed))
    at = np.fft.rfftfreq(round(length_s * RATE), 1.0 / RATE)
    spectrum *= sum(strength / (1.0 + ((at - middle) / (3.0 * width)) ** 2) for middle, width, strength in _AH)
    blown = np.fft.irfft(spectrum, round(length_s * RATE))
    return faded(blown * 10.0 ** (level_db / 20.0) / np.sqrt(np.mean(blown**2)), 0.1, 0.1)


def spoken(length_s: float, seed: int = 3) -> Sound:
    """Syllables whose pitch never stays, with noise between them."""
    random = np.random.default_rng(seed)
    said = [silence(0.2)]
    while sum(map(len, said)) < length_s * RATE:
        syllable_s = random.uniform(0.08, 0.2)
        start = random.uniform(46.0, 54.0)
        falls_st = random.choice([-1.0, 1.0]) * random.uniform(20.0, 40.0) * syllable_s
        said += [sung(np.linspace(start, start + falls_st, round(syllable_s * RATE)), syllable_s)]
        said += [breath(random.uniform(0.05, 0.12), seed=int(random.integers(99)))]
    return np.concatenate(said)[: round(length_s * RATE)]


def faded(sound: Sound, in_s: float, out_s: float) -> Sound:
    shape = np.ones(len(sound))
    rise, fall = min(round(in_s * RATE), len(sound) // 2), min(round(out_s * RATE), len(sound) // 2)
    shape[:rise] = np.sin(0.5 * np.pi * np.arange(rise) / rise) ** 2
    shape[len(sound) - fall :] *= np.cos(0.5 * np.pi * np.arange(fall) / fall) ** 2
    return sound * shape


def in_a_room(*parts: Sound, level_db: float = -70.0) -> npt.NDArray[np.float32]:
    """The parts one after another, over the hiss of a quiet room."""
    whole = np.concatenate(parts)
    return (whole + noise(len(whole) / RATE, level_db, seed=7)[: len(whole)]).astype(np.float32)
