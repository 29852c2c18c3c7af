"""Rooms, microphones, neighbours and networks: what lies between a mouth and a recording.

What flows in: clean sound at 24 kHz. What flows out: the same as a phone in a kitchen, a cheap headset or a stream
would have it. Nothing here moves a note by more than a millisecond or two. [main]
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.training.ears.world import RATE_HZ

Sound = npt.NDArray[np.float32]
_WRITTEN_AT_ONCE = 4_096  # the Vorbis encoder keeps what it is given on its stack, and a whole song overflows it


def recorded(sound: Sound, chance: np.random.Generator, neighbours: list[Sound]) -> Sound:
    """A voice as some device in some room would have recorded it. [main]"""
    from scipy.signal import fftconvolve

    if chance.random() < 0.6:
        sound = fftconvolve(sound, room(chance)).astype(np.float32)[: len(sound)]
    sound = microphone(sound, chance)
    sound = sound / (float(np.percentile(np.abs(sound), 99.5)) + 1e-6)
    if chance.random() < 0.2:
        sound = _levelled(sound, chance)
    if chance.random() < 0.8:
        sound = sound + _noise(len(sound), chance, neighbours) * 0.25 * 10 ** (-chance.uniform(10, 55) / 20)
    if chance.random() < 0.12:
        sound = sound + accompaniment(len(sound), chance) * 10 ** (-chance.uniform(16, 36) / 20)
    if chance.random() < 0.08:
        sound = np.clip(sound, -1, 1) * chance.uniform(1.0, 1.6)
        sound = np.clip(sound, -chance.uniform(0.4, 0.9), 0.9)
    sound = sound * 0.6 * 10 ** (-chance.uniform(0, 26) / 20)
    if chance.random() < 0.25:
        sound = sent(sound, chance)
    return np.asarray(sound, np.float32)


def room(chance: np.random.Generator) -> Sound:
    """What a clap sounds like there: the direct sound, a few early walls, a tail that loses its brightness. [main]"""
    from scipy.signal import lfilter

    lasts_s = float(np.exp(chance.uniform(np.log(0.08), np.log(0.9))))
    length = int(lasts_s * RATE_HZ)
    tail = chance.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    tail = lfilter([1.0], [1.0, -chance.uniform(0.0, 0.7)], tail)
    tail[: int(0.002 * RATE_HZ)] = 0.0
    tail *= 10 ** (-chance.uniform(2, 22) / 20) / np.sqrt((tail**2).sum() + 1e-9)
    for _ in range(int(chance.integers(0, 6))):
        tail[min(int(chance.uniform(0.001, 0.03) * RATE_HZ), length - 1)] += chance.normal(0, 0.25)
    tail[0] = 1.0
    return tail.astype(np.float32)


def microphone(sound: Sound, chance: np.random.Generator) -> Sound:
    """Its own colour: a slope, a few bumps, and now and then a telephone's narrow band. [main]"""
    from scipy.signal import butter, lfilter, sosfilt

    if chance.random() < 0.6:
        slope = chance.uniform(-0.6, 0.5)
        sound = lfilter([1.0, -slope], [1.0], sound)
    for _ in range(int(chance.integers(0, 4))):
        centre = 2 * np.pi * 10 ** chance.uniform(2.0, 3.9) / RATE_HZ
        height, width = 10 ** (chance.uniform(-10, 10) / 40), np.sin(centre) / (2 * chance.uniform(0.5, 4))
        up = [1 + width * height, -2 * np.cos(centre), 1 - width * height]
        down = [1 + width / height, -2 * np.cos(centre), 1 - width / height]
        sound = lfilter(up, down, sound)
    if chance.random() < 0.2:
        sound = sosfilt(butter(2, chance.uniform(80, 320), "high", fs=RATE_HZ, output="sos"), sound)
    if chance.random() < 0.2:
        sound = sosfilt(butter(4, chance.uniform(3000, 9000), "low", fs=RATE_HZ, output="sos"), sound)
    return np.asarray(sound, np.float32)


def sent(sound: Sound, chance: np.random.Generator) -> Sound:
    """Through a lossy codec and back, lined up again. [main]"""
    import soundfile
    from scipy.signal import correlate

    peak = max(1.0, float(np.abs(sound).max()) * 1.1)
    kind, coding = (("MP3", "MPEG_LAYER_III"), ("OGG", "OPUS"), ("OGG", "VORBIS"))[int(chance.integers(3))]
    kept = io.BytesIO()
    try:
        with soundfile.SoundFile(
            kept, "w", RATE_HZ, 1, coding, format=kind, compression_level=float(chance.uniform(0.3, 0.95))
        ) as file:
            for first in range(0, len(sound), _WRITTEN_AT_ONCE):
                file.write(sound[first : first + _WRITTEN_AT_ONCE] / peak)
        kept.seek(0)
        heard, _ = soundfile.read(kept, dtype="float32")
    except soundfile.LibsndfileError:
        return sound
    heard = np.resize(np.append(heard, np.zeros(4_000, np.float32)), len(sound) + 4_000)
    loudest = int(np.argmax(np.abs(sound[: 20 * RATE_HZ])))
    part = sound[max(0, loudest - 8_000) : loudest + 8_000]
    first = max(0, loudest - 8_000)
    seen = heard[max(0, first - 3_000) : first + len(part) + 3_000]
    away = int(np.argmax(correlate(seen, part, "valid"))) - (first - max(0, first - 3_000))
    return np.asarray(np.roll(heard, -away)[: len(sound)] * peak, np.float32)


def _levelled(sound: Sound, chance: np.random.Generator) -> Sound:
    """A phone's automatic gain: quiet is brought up, over a tenth of a second or so."""
    from scipy.signal import lfilter

    slow = float(np.exp(-1 / (chance.uniform(0.03, 0.3) * RATE_HZ)))
    level = np.sqrt(lfilter([1 - slow], [1, -slow], sound**2) + 1e-5)
    return np.asarray(sound * (level.mean() / level) ** chance.uniform(0.2, 0.6), np.float32)


def coloured(samples: int, chance: np.random.Generator, slope: float | None = None) -> Sound:
    """Noise with more or less bass, at a power of one. [main]"""
    spectrum = np.fft.rfft(chance.standard_normal(samples))
    hz = np.maximum(np.fft.rfftfreq(samples, 1 / RATE_HZ), 20)
    noise = np.fft.irfft(spectrum * hz ** -(chance.uniform(0, 1.1) if slope is None else slope), samples)
    return np.asarray(noise / (noise.std() + 1e-9), np.float32)


def _noise(samples: int, chance: np.random.Generator, neighbours: list[Sound]) -> Sound:
    kind = chance.random()
    if kind < 0.45:
        return coloured(samples, chance)
    if kind < 0.6:
        return fan(samples, chance)
    if kind < 0.7:
        return clicks(samples, chance)
    if kind < 0.75 or not neighbours:
        return hum(samples, chance)
    near = neighbours[int(chance.integers(len(neighbours)))]
    start = int(chance.integers(len(near)))
    part = np.resize(np.roll(near, -start), samples)
    return np.asarray(part / (part.std() + 1e-9), np.float32)


def fan(samples: int, chance: np.random.Generator) -> Sound:
    """A laptop's: hiss, and a whine at the blades' rate. [main]"""
    seconds = np.arange(samples) / RATE_HZ
    rate_hz = chance.uniform(90, 600) * (1 + 0.01 * np.sin(2 * np.pi * chance.uniform(0.05, 0.3) * seconds))
    turns = 2 * np.pi * np.cumsum(rate_hz) / RATE_HZ
    whine = sum(chance.uniform(0, 0.5) / (k + 1) * np.sin((k + 1) * turns) for k in range(5))
    return np.asarray(coloured(samples, chance) + whine, np.float32)


def hum(samples: int, chance: np.random.Generator) -> Sound:
    """The mains, with its overtones. [main]"""
    seconds = np.arange(samples) / RATE_HZ
    mains_hz = chance.choice([50.0, 60.0])
    tones = sum(chance.uniform(0, 1) / k * np.sin(2 * np.pi * mains_hz * k * seconds + k) for k in range(1, 12))
    return np.asarray(tones, np.float32)


def clicks(samples: int, chance: np.random.Generator) -> Sound:
    """A keyboard, a mouse, a cup put down. [main]"""
    sound = np.zeros(samples, np.float32)
    for _ in range(int(samples / RATE_HZ * chance.uniform(0.5, 7))):
        length = int(chance.uniform(0.004, 0.05) * RATE_HZ)
        at = int(chance.integers(max(1, samples - length)))
        shape = np.exp(-np.linspace(0, chance.uniform(4, 9), length))
        tone = np.sin(2 * np.pi * chance.uniform(300, 4000) * np.arange(length) / RATE_HZ)
        click = (chance.standard_normal(length) + tone * chance.uniform(0, 1.5)) * shape
        sound[at : at + length] += (click * chance.uniform(1, 6))[: samples - at]
    return sound


def breaths(samples: int, chance: np.random.Generator) -> Sound:
    """In and out, through a mouth whose shape changes. [main]"""
    from scipy.signal import lfilter

    sound = np.zeros(samples, np.float32)
    at = 0
    while at < samples:
        length = int(chance.uniform(0.2, 1.4) * RATE_HZ)
        shape = np.sin(np.pi * np.linspace(0, 1, length)) ** chance.uniform(0.5, 2)
        breath = chance.standard_normal(length)
        for low_hz, high_hz in ((500, 1200), (1300, 2600), (2600, 4200)):
            centre = 2 * np.pi * chance.uniform(low_hz, high_hz) / RATE_HZ
            close = chance.uniform(0.9, 0.985)
            breath = breath * 0.4 + lfilter([1 - close], [1, -2 * close * np.cos(centre), close**2], breath) * 4
        stop = min(samples, at + length)
        sound[at:stop] += (breath * shape * chance.uniform(0.2, 1.0))[: stop - at]
        at += length + int(chance.uniform(0.05, 1.5) * RATE_HZ)
    return sound / (float(np.abs(sound).max()) + 1e-9)


def kettle(samples: int, chance: np.random.Generator) -> Sound:
    """A whistle that rises and wavers, out of rushing steam. [main]"""
    seconds = np.arange(samples) / RATE_HZ
    rise = 1.0 - np.exp(-seconds / chance.uniform(0.5, 6))
    hz = (
        chance.uniform(1100, 3500)
        * (0.6 + 0.4 * rise)
        * (1 + 0.01 * np.sin(2 * np.pi * chance.uniform(4, 12) * seconds))
    )
    whistle = np.sin(2 * np.pi * np.cumsum(hz) / RATE_HZ) * rise
    return np.asarray(
        whistle * chance.uniform(0.2, 1) + coloured(samples, chance, 0.0) * chance.uniform(0.05, 0.5), np.float32
    )


def mouth_drums(samples: int, chance: np.random.Generator) -> tuple[Sound, Any]:
    """Beats of a mouth: thumps, bursts and hisses that are no notes; and when they begin, in seconds. [main]"""
    from scipy.signal import butter, sosfilt

    sound = np.zeros(samples + RATE_HZ, np.float32)
    times = []
    at_s, beat_s = chance.uniform(0.2, 1), chance.uniform(0.11, 0.45)
    while at_s < samples / RATE_HZ - 0.3:
        length = int(chance.choice([0.03, 0.06, 0.1, 0.2]) * chance.uniform(0.7, 1.4) * RATE_HZ)
        seconds = np.arange(length) / RATE_HZ
        low_hz = float(chance.choice([60, 400, 1500, 3500]) * chance.uniform(0.8, 1.3))
        high_hz = min(low_hz * chance.uniform(2, 6), 0.47 * RATE_HZ)
        burst = sosfilt(butter(2, (low_hz, high_hz), "band", fs=RATE_HZ, output="sos"), chance.standard_normal(length))
        burst = burst / (burst.std() + 1e-9) * np.exp(-seconds * chance.uniform(15, 80))
        if low_hz < 120:
            burst += (
                2
                * np.sin(2 * np.pi * 90 * np.exp(-seconds * chance.uniform(2, 12)) * seconds * chance.uniform(0.8, 1.6))
                * np.exp(-seconds * 25)
            )
        at = int(at_s * RATE_HZ)
        sound[at : at + length] += (burst * chance.uniform(0.15, 1.0)).astype(np.float32)
        times.append(at_s)
        at_s += beat_s * chance.choice([0.5, 1, 1, 1, 2])
    return sound[:samples] / (float(np.abs(sound).max()) + 1e-9), np.array(times)


def accompaniment(samples: int, chance: np.random.Generator) -> Sound:
    """Chords from another room's speaker: it has notes, but nobody here sings them. [main]"""
    sound = np.zeros(samples + 3 * RATE_HZ, np.float32)
    at_s, bar_s, root = 0.0, chance.uniform(0.4, 1.6), chance.uniform(40, 60)
    bright = chance.uniform(0.8, 2.5)
    while at_s < samples / RATE_HZ:
        length = int(bar_s * 1.5 * RATE_HZ)
        seconds = np.arange(length) / RATE_HZ
        base = root + chance.choice([0, 5, 7, 9, 2])
        for key in (base, base + 12, base + 12 + chance.choice([3, 4]), base + 19):
            hz = 440 * 2 ** ((key - 69) / 12)
            for k in range(1, 7):
                sound[int(at_s * RATE_HZ) : int(at_s * RATE_HZ) + length] += (
                    np.sin(2 * np.pi * hz * k * seconds + k) / k**bright * np.exp(-seconds * chance.uniform(0.5, 4))
                ).astype(np.float32)
        at_s += bar_s
    sound = sound[:samples]
    return sound / (float(np.percentile(np.abs(sound), 99.5)) + 1e-9)
