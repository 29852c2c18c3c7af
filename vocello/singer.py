"""A voice that nobody has to sing: twelve seconds of melody, synthesised, with what was meant beside what is heard.

What flows in: a rate. What flows out: samples, and for each note its onset, offset and pitch. The same every time,
so that a demo, a test and a benchmark can be held against the notes that were sung. [main]

Source and filter: the glottal pulse of D. and L. Klatt ("Analysis, synthesis and perception of voice quality
variations", JASA 87(2), 1990) with breath in its open phase, through five moving formants. Pitch slides between
notes, wavers and vibrates; m, n and l dim the voice before their vowel, d stops it, as singers do.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]

Label = tuple[float, float, float]
"""onset_s, offset_s, pitch_midi; the onset is where the vowel begins, in a slur the middle of the slide."""


class Syllable(NamedTuple):
    """What is sung: on which pitch, for how long, and on what sound. [any]"""

    pitch: int  # 0 for a rest
    beats: float
    sung: str = ""  # a consonant and a vowel, a vowel alone for a slur
    loudness: float = 0.8


MELODY = (
    Syllable(62, 0.5, "do", 0.6),
    Syllable(67, 1.0, "la", 0.8),
    Syllable(67, 0.5, "la", 0.7),
    Syllable(67, 0.5, "de", 0.75),
    Syllable(71, 1.0, "ma", 0.9),
    Syllable(69, 0.5, "a", 0.8),
    Syllable(67, 0.5, "no", 0.75),
    Syllable(64, 1.0, "mi", 0.65),
    Syllable(0, 0.5),
    Syllable(64, 0.5, "du", 0.6),
    Syllable(66, 0.5, "na", 0.7),
    Syllable(67, 0.5, "le", 0.75),
    Syllable(69, 1.0, "ma", 0.85),
    Syllable(69, 0.5, "da", 0.8),
    Syllable(71, 0.5, "li", 0.8),
    Syllable(74, 2.5, "na", 1.0),
    Syllable(72, 0.5, "a", 0.85),
    Syllable(71, 0.5, "mo", 0.8),
    Syllable(69, 0.75, "le", 0.7),
    Syllable(67, 2.0, "na", 0.8),
)
BEAT_S = 0.7
BEFORE_S, AFTER_S = 0.4, 0.6

FORMANTS_HZ = {
    "a": (850.0, 1220.0, 2810.0, 3800.0, 4900.0),
    "e": (530.0, 2150.0, 2900.0, 3900.0, 4900.0),
    "i": (360.0, 2650.0, 3200.0, 4000.0, 4950.0),
    "o": (520.0, 950.0, 2750.0, 3750.0, 4900.0),
    "u": (400.0, 820.0, 2700.0, 3700.0, 4900.0),
    "l": (380.0, 1300.0, 2700.0, 3700.0, 4900.0),
    "m": (280.0, 1050.0, 2200.0, 3500.0, 4900.0),
    "n": (280.0, 1500.0, 2400.0, 3500.0, 4900.0),
    "d": (300.0, 1700.0, 2600.0, 3700.0, 4900.0),
}
BANDWIDTHS_HZ = (80.0, 90.0, 120.0, 160.0, 220.0)

CONSONANT_S = {"l": 0.050, "m": 0.065, "n": 0.055, "d": 0.060}
CONSONANT_GAIN = {"l": 0.30, "m": 0.18, "n": 0.20, "d": 0.004}
BURST_S, BURST_GAIN = 0.008, 0.12
SLIDE_S = 0.080  # of a slur
RELEASE_S = 0.090
VIBRATO_HZ, VIBRATO_ST, VIBRATO_AFTER_S = 5.6, 0.35, 0.35
DRIFT_ST = 0.04
BREATH = 0.03
OPEN_PART = 0.6  # of each period the glottis is open
AIR = 0.006  # passes the throat untouched: above the fifth formant a voice is soft, not dead
EVENING = 0.6  # singers work against it that an a is by nature four times as loud as an i; not all the way
LOUDEST = 0.5

_CONTROL_HZ = 1_000  # what hands and throats do is slower than that
_SEED = 1797


def sing(rate: int) -> tuple[npt.NDArray[np.float32], list[Label]]:
    """The melody at a rate, and the notes that were meant. [main]"""
    starts_s = BEFORE_S + BEAT_S * np.cumsum([0.0, *(each.beats for each in MELODY)])
    labels = _labels(starts_s)
    frames = round((starts_s[-1] + AFTER_S) * rate)
    at_s = np.arange(0.0, frames / rate + 0.1, 1.0 / _CONTROL_HZ)
    random = np.random.default_rng(_SEED)
    f0_hz = 440.0 * 2.0 ** ((_pitch(at_s, starts_s, random) - 69.0) / 12.0)
    source = _source(frames, rate, at_s, f0_hz, _loudness(at_s, starts_s), random)
    source += _bursts(frames, rate, starts_s, random)
    voice = _through_formants(source, rate, f0_hz, _formants(at_s, starts_s, f0_hz))
    return (voice * (LOUDEST / np.abs(voice).max())).astype(np.float32), labels


def _labels(starts_s: Floats) -> list[Label]:
    labels: list[Label] = []
    for n, each in enumerate(MELODY):
        if each.pitch:
            following = MELODY[n + 1] if n + 1 < len(MELODY) else Syllable(0, 0.0)
            offset_s = starts_s[n + 1] - (CONSONANT_S.get(following.sung[:1], 0.0) if following.pitch else RELEASE_S)
            labels.append((float(starts_s[n]), float(offset_s), float(each.pitch)))
    return labels


def _smooth(track: Floats, width_s: float) -> Floats:
    """A control track without corners: a throat has mass."""
    window = np.hanning(max(round(width_s * _CONTROL_HZ), 1) + 2)[1:-1]
    padded = np.pad(track, len(window) // 2, mode="edge")
    return np.convolve(padded, window / window.sum(), "valid")[: len(track)]


def _pitch(at_s: Floats, starts_s: Floats, random: np.random.Generator) -> Floats:
    """Semitones over time: a slide during each consonant, a scoop into each phrase, drift, vibrato on long notes."""
    pitch = np.zeros_like(at_s)
    vibrato = np.zeros_like(at_s)
    before = 0
    for n, each in enumerate(MELODY):
        if each.pitch:
            slide_s = 0.6 * CONSONANT_S.get(each.sung[0], SLIDE_S) if before else 0.2
            here = at_s >= starts_s[n] - (0.5 * slide_s if len(each.sung) == 1 else slide_s)
            pitch[here] = each.pitch
            if not before:
                scooped = here & (at_s < starts_s[n] + 0.1)
                pitch[scooped] -= 0.5 * (1.0 - np.clip((at_s[scooped] - starts_s[n]) / 0.1, 0.0, 1.0))
            depth_st = VIBRATO_ST if each.beats >= 2.0 else 0.3 * VIBRATO_ST
            since_s = at_s - starts_s[n] - VIBRATO_AFTER_S
            within = (at_s >= starts_s[n]) & (at_s < starts_s[n + 1])
            vibrato[within] = depth_st * np.clip(since_s[within] / 0.4, 0.0, 1.0)
        before = each.pitch
    pitch[pitch == 0.0] = MELODY[0].pitch
    drift = _smooth(random.normal(0.0, 1.0, len(at_s)), 0.3)
    waver = _smooth(vibrato, 0.1) * np.sin(2.0 * np.pi * VIBRATO_HZ * at_s)
    return _smooth(pitch, 0.5 * SLIDE_S) + waver + drift * (DRIFT_ST / drift.std())


def _loudness(at_s: Floats, starts_s: Floats) -> Floats:
    """Gain over time: quick to come after a consonant, dim in it, slow to go, a swell on long notes."""
    gain = np.zeros_like(at_s)
    for n, each in enumerate(MELODY):
        if not each.pitch:
            continue
        within = (at_s >= starts_s[n]) & (at_s < starts_s[n + 1])
        part = (at_s[within] - starts_s[n]) / (starts_s[n + 1] - starts_s[n])
        swell = 0.75 + 0.25 * np.sin(np.pi * part) if each.beats >= 2.0 else 1.0 - 0.15 * part
        gain[within] = each.loudness * swell
        if n + 1 == len(MELODY) or not MELODY[n + 1].pitch:
            left = np.clip((starts_s[n + 1] - at_s[within]) / RELEASE_S, 0.0, 1.0)
            gain[within] *= left * left * (3.0 - 2.0 * left)
        if each.sung[0] in CONSONANT_S:
            dim = (at_s >= starts_s[n] - CONSONANT_S[each.sung[0]]) & (at_s < starts_s[n])
            gain[dim] = CONSONANT_GAIN[each.sung[0]] * each.loudness
    gain[at_s < starts_s[0]] = 0.0
    return _smooth(gain, 0.018)


def _formants(at_s: Floats, starts_s: Floats, f0_hz: Floats) -> Floats:
    """Formant frequencies over time, five columns: they glide between consonant and vowel."""
    tracks = np.tile(FORMANTS_HZ["a"], (len(at_s), 1))
    for n, each in enumerate(MELODY):
        if each.pitch:
            consonant_s = CONSONANT_S.get(each.sung[0], 0.0)
            tracks[at_s >= starts_s[n] - consonant_s] = FORMANTS_HZ[each.sung[0]]
            tracks[at_s >= starts_s[n]] = FORMANTS_HZ[each.sung[-1]]
    tracks = np.stack([_smooth(track, 0.04) for track in tracks.T], axis=1)
    tracks[:, 0] = np.maximum(tracks[:, 0], 1.05 * f0_hz)  # sopranos open the mouth as they rise: else it turns dull
    return tracks


def _source(frames: int, rate: int, at_s: Floats, f0_hz: Floats, gain: Floats, random: np.random.Generator) -> Floats:
    """The glottal flow's derivative, drawn at twice the rate so that little folds back, and breath."""
    fine_s = np.arange(2 * frames) / (2.0 * rate)
    phase = np.cumsum(np.interp(fine_s, at_s, f0_hz)) / (2.0 * rate)
    opened = np.minimum((phase - np.floor(phase)) / OPEN_PART, 1.0)
    pulse = np.where(opened < 1.0, opened * (2.0 - 3.0 * opened), 0.0)
    padded = -(-frames // 8192) * 8192  # a length that a Fourier transform likes
    pulse = np.fft.irfft(np.fft.rfft(pulse, 2 * padded)[: padded // 2 + 1], padded)[:frames] * 0.5
    breath = random.normal(0.0, BREATH, frames) * (0.3 + np.sin(np.pi * opened[::2]))
    return (pulse + breath) * np.interp(fine_s[::2], at_s, gain)


def _bursts(frames: int, rate: int, starts_s: Floats, random: np.random.Generator) -> Floats:
    """The little explosion with which a d lets go."""
    bursts = np.zeros(frames)
    length = round(BURST_S * rate)
    for n, each in enumerate(MELODY):
        if each.sung.startswith("d"):
            start = round(starts_s[n] * rate) - length
            bursts[start : start + length] += BURST_GAIN * random.normal(0.0, 1.0, length) * np.hanning(length)
    return bursts


def _through_formants(source: Floats, rate: int, f0_hz: Floats, formants_hz: Floats) -> Floats:
    """Filter overlapping frames of 20 ms, each by the formants of its middle, and lay them over one another."""
    hop = max(rate // 100, 1)
    window = np.hanning(2 * hop + 1)[:-1]
    size = 1 << int(np.ceil(np.log2(2 * hop + 0.03 * rate)))  # a formant rings for 30 ms
    hz = np.fft.rfftfreq(size, 1.0 / rate)
    count = len(source) // hop + 2
    padded = np.zeros((count + 1) * hop + size)
    padded[hop : hop + len(source)] = source
    voice = np.zeros_like(padded)
    for first in range(0, count, 128):  # some megabytes at a time
        starts = np.arange(first, min(first + 128, count)) * hop
        middles = np.minimum(np.round(starts / rate * _CONTROL_HZ).astype(int), len(f0_hz) - 1)
        spectra = np.fft.rfft(np.stack([padded[start : start + 2 * hop] * window for start in starts]), size)
        spectra *= _evening(f0_hz[middles], formants_hz[middles]) * (_throat(hz, formants_hz[middles]) + AIR)
        for start, frame in zip(starts, np.fft.irfft(spectra, size), strict=True):
            voice[start : start + size] += frame
    return voice[hop : hop + len(source)]


def _throat(hz: Floats, formants_hz: Floats) -> npt.NDArray[np.complex128]:
    """What each formant does to each frequency, multiplied: a row a frame."""
    passed = np.ones((len(formants_hz), hz.shape[-1]), np.complex128)
    for formant_hz, width_hz in zip(formants_hz.T, BANDWIDTHS_HZ, strict=True):
        square = formant_hz[:, None] ** 2
        passed *= square / (square - hz**2 + 1j * hz * width_hz)
    return passed


def _evening(f0_hz: Floats, formants_hz: Floats) -> Floats:
    """A gain for each frame, higher where its formants make little of its harmonics."""
    order = np.arange(1, 21)
    passed = np.abs(_throat(f0_hz[:, None] * order, formants_hz)) / order
    return np.sum(passed**2, axis=1, keepdims=True) ** (-0.5 * EVENING)
