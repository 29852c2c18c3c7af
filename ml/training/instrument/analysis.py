"""What a recording of one voice was made of: pitch, loudness, harmonics and noise, 250 times a second.

What flows in: a sound file. What flows out: a `Take`, whose frame t speaks of the sound around sample t * HOP. The
pitch is Praat's (Boersma 1993), searched near the note that the file is named after, or in two passes where no note is
named. The harmonics are read from windows of whole periods, with time stretched until the pitch stands still, so that
a vibrato does not smear the high ones; the noise from the gaps between them. [worker]
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import parselmouth
import soundfile
import soxr
from numba import njit

from realtime.dsp.strings.sizes import BAND_CENTRES_HZ, BANDS, FRAMES_A_SECOND, HARMONICS, LOWEST_DB, RATE_HZ
from score.errors import AudioFileError

HOP = RATE_HZ // FRAMES_A_SECOND
Array = npt.NDArray[np.float32]

_SILENCE_S = 0.3  # put before and after: a network has to learn how notes begin and where they end
_NAMES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_ACCIDENTALS = {"": 0, "s": 1, "#": 1, "sharp": 1, "b": -1, "flat": -1}
_NOTE = re.compile(r"(?:^|[_ -])([a-g])(sharp|flat|s|#|b)?(-?\d)(?=[_ .-]|$)", re.IGNORECASE)
_PERIODS, _LEAST_POINTS = 4, 2_048  # of a window, at least; and to how many points it is resampled
_FINER = 2  # the sound is laid so much denser first: between samples, four points tell little of the top octave
_LOUDNESS_WINDOW = 2_048
MANY_NOTES = re.compile("phrase|gliss|scale|melody", re.IGNORECASE)
"""In a name: the note that is named is not the only one."""


@dataclass(frozen=True)
class Take:
    """A recording and what was read from it. [any]"""

    name: str
    sound: Array  # (frames * HOP,)
    hertz: Array  # (frames,), also where nothing sounds: then the nearest
    is_voiced: npt.NDArray[np.bool_]
    loudness_db: Array  # A-weighted
    harmonics: Array  # (frames, HARMONICS) peak amplitudes
    noise: Array  # (frames, BANDS) rms of a band of 1 Hz

    def __len__(self) -> int:
        return len(self.hertz)


def read(path: Path) -> Array:
    """A sound file as one channel at RATE_HZ, between silences. [worker]"""
    try:
        sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, ValueError, soundfile.SoundFileError) as error:
        why = str(error).rstrip(".")
        raise AudioFileError(f"'{path}' cannot be read: {why}.", "Give WAV, FLAC, OGG or MP3 files.") from error
    mono = sound.mean(axis=1)
    if rate != RATE_HZ:
        mono = soxr.resample(mono, rate, RATE_HZ, "VHQ")
    silence = np.zeros(round(_SILENCE_S * RATE_HZ), np.float32)
    mono = np.concatenate([silence, np.nan_to_num(mono).astype(np.float32), silence])
    return np.ascontiguousarray(mono[: len(mono) // HOP * HOP])


def named_hz(name: str) -> float | None:
    """The pitch of the note that a file is named after: 'cello_As2_…', 'a3', 'asharp1', 'oboe Bb4'. [any]"""
    found = _NOTE.search(name)
    if found is None:
        return None
    key = _NAMES[found[1].lower()] + _ACCIDENTALS[(found[2] or "").lower()] + 12 * (int(found[3]) + 1)
    return float(440.0 * 2.0 ** ((key - 69) / 12.0))


def a_weight(hertz: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """How much louder or softer than 1 kHz the ear finds a frequency, as a factor (IEC 61672). [any]"""
    f2 = np.square(np.asarray(hertz, np.float64))
    low, high = 20.6**2, 12_194.0**2
    return np.asarray(1.2589 * high * f2**2 / ((f2 + low) * np.sqrt((f2 + 107.7**2) * (f2 + 737.9**2)) * (f2 + high)))


def loudness_db(sound: Array) -> Array:
    """A-weighted level, a frame every HOP samples, around its sample. [worker]"""
    size = _LOUDNESS_WINDOW
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    weights = np.square(a_weight(np.fft.rfftfreq(size, 1.0 / RATE_HZ))).astype(np.float32)
    padded = np.pad(sound, (size // 2, size // 2))
    windows = np.lib.stride_tricks.sliding_window_view(padded, size)[::HOP][: len(sound) // HOP]
    power = np.empty(len(windows), np.float32)
    for at in range(0, len(windows), 2_000):
        spectra = np.abs(np.fft.rfft(windows[at : at + 2_000] * window, axis=1)) ** 2
        power[at : at + 2_000] = spectra @ weights * 2.0 / (size * np.square(window).sum())
    return np.clip(10.0 * np.log10(power + 1e-12), LOWEST_DB, 0.0).astype(np.float32)


def analysed(path: Path) -> Take | None:
    """What a file holds; None where no pitch is found in it; an AudioFileError if it is no sound. [worker]"""
    sound = read(path)
    hertz, voiced = _pitch(sound, None if MANY_NOTES.search(path.stem) else named_hz(path.stem))
    if not voiced.any():
        return None
    harmonics, noise = partials(sound, hertz)
    return Take(path.stem, sound, hertz.astype(np.float32), voiced, loudness_db(sound), harmonics, noise)


def _pitch(sound: Array, named: float | None) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Hertz and whether it is heard, for each frame; where it is not, the nearest."""
    count = len(sound) // HOP
    low, high = (30.0, 2_500.0) if named is None else (named * 2 ** (-2.5 / 12), named * 2 ** (3.5 / 12))
    spoken = parselmouth.Sound(sound.astype(np.float64), RATE_HZ)
    for again in (True, False) if named is None else (False,):
        found = spoken.to_pitch_ac(
            time_step=HOP / RATE_HZ,
            pitch_floor=low,
            pitch_ceiling=high,
            silence_threshold=0.01,
            voicing_threshold=0.3,
            octave_cost=0.02,
            octave_jump_cost=0.6,
        )
        times_s, hertz = found.xs(), found.selected_array["frequency"]
        heard = hertz > 0.0
        if heard.sum() < 3:
            return np.zeros(count), np.zeros(count, bool)
        if again:
            low, high = np.percentile(hertz[heard], 2) * 0.88, np.percentile(hertz[heard], 98) * 1.13
    at_s = np.arange(count) * HOP / RATE_HZ
    told_s, told = times_s[heard], hertz[heard]
    nearest = np.searchsorted((told_s[1:] + told_s[:-1]) / 2.0, at_s)
    inside = np.interp(at_s, times_s, heard.astype(float), left=0.0, right=0.0)
    return np.where(inside > 0.99, np.exp(np.interp(at_s, told_s, np.log(told))), told[nearest]), inside > 0.5


def partials(sound: Array, hertz: npt.NDArray[np.float64]) -> tuple[Array, Array]:
    """(frames, HARMONICS) amplitudes and (frames, BANDS) noise. [worker]"""
    count, margin = len(hertz), int(_PERIODS * RATE_HZ / hertz.min() / 2) // HOP + 2
    around = np.concatenate([np.full(margin, hertz[0]), hertz, np.full(margin, hertz[-1])])
    finer = soxr.resample(np.pad(sound, (margin * HOP,) * 2).astype(np.float64), RATE_HZ, _FINER * RATE_HZ, "VHQ")
    at = np.arange(len(finer)) / _FINER
    cycles = np.cumsum(np.interp(at, np.arange(len(around)) * HOP, around)) / (_FINER * RATE_HZ)
    centres = (np.arange(count) + margin) * HOP * _FINER
    periods = np.maximum(_PERIODS, 2 * np.ceil(1_024 * hertz / RATE_HZ / 2.0)).astype(np.int64)
    longest = float((periods * RATE_HZ / hertz).max())  # fewer points than samples would fold the top octave down
    points = max(_LEAST_POINTS, 1 << (int(longest) - 1).bit_length())
    window = np.hanning(points + 1)[:-1]
    harmonics, noise = np.zeros((count, HARMONICS), np.float32), np.zeros((count, BANDS), np.float32)
    windows = np.empty((500, points))
    for begin in range(0, count, 500):
        some = slice(begin, min(begin + 500, count))
        held = windows[: some.stop - begin]
        _straighten(finer, cycles, centres[some], periods[some], held)
        for t, spectrum in enumerate(np.abs(np.fft.rfft(held * window, axis=1)), begin):
            harmonics[t], noise[t] = _told_apart(spectrum, hertz[t], int(periods[t]), window)
    return harmonics, noise


_NUMBERS = np.arange(1, HARMONICS + 1)
_EDGES_HZ = np.concatenate([[0.0], (BAND_CENTRES_HZ[1:] + BAND_CENTRES_HZ[:-1]) / 2.0, [RATE_HZ / 2.0]])


def _told_apart(
    spectrum: npt.NDArray[np.float64], hertz: float, periods: int, window: npt.NDArray[np.float64]
) -> tuple[Array, Array]:
    """Of one straightened window: harmonic n stands in bin n * periods, and noise between them."""
    points = len(window)
    top = min(points // 2 - 1, int(periods * RATE_HZ / 2.0 / hertz) - 1)
    bins = _NUMBERS * periods
    there = bins < top
    lines, gaps = spectrum[np.minimum(bins, top)], spectrum[np.minimum(bins - periods // 2, top)]
    scale = 2.0 / window.sum()
    amplitudes = np.zeros(HARMONICS, np.float32)
    both = np.square(scale * lines)
    amplitudes[there] = np.sqrt(np.maximum(both - np.square(scale * gaps), 0.01 * both))[there]

    density = np.sqrt(2.0 * periods / hertz / np.mean(window**2)) / points  # of a window's bin, in 1 Hz
    places, heights = (bins - periods // 2)[there] * hertz / periods, gaps[there]
    if bins[-1] < top:
        rest = np.arange(bins[-1] + 1, top)
        places = np.concatenate([places, rest * hertz / periods])
        heights = np.concatenate([heights, spectrum[rest]])
    if not len(places):
        return amplitudes, np.zeros(BANDS, np.float32)
    band = np.searchsorted(_EDGES_HZ, places) - 1
    power = np.bincount(band, np.square(density * heights), BANDS)[:BANDS]
    many = np.bincount(band, minlength=BANDS)[:BANDS]
    told = many > 0
    return amplitudes, np.sqrt(np.interp(BAND_CENTRES_HZ, BAND_CENTRES_HZ[told], power[told] / many[told])).astype(
        np.float32
    )


@njit(cache=True, fastmath=True)
def _straighten(x, cycles, centres, periods, out):  # type: ignore[no-untyped-def]
    """Points evenly spaced in phase, `periods` periods around each centre (four-point Lagrange)."""
    points = out.shape[1]
    for t in range(len(centres)):
        first = cycles[centres[t]] - periods[t] * 0.5
        at = centres[t]
        while at > 0 and cycles[at] > first:
            at -= 1
        step = periods[t] / points
        for i in range(points):
            place = first + i * step
            while at < len(cycles) - 2 and cycles[at + 1] <= place:
                at += 1
            if at < 1 or at > len(x) - 3 or place < cycles[at]:
                out[t, i] = 0.0
                continue
            a = (place - cycles[at]) / (cycles[at + 1] - cycles[at])
            out[t, i] = (
                -a * (a - 1.0) * (a - 2.0) / 6.0 * x[at - 1]
                + (a + 1.0) * (a - 1.0) * (a - 2.0) / 2.0 * x[at]
                - (a + 1.0) * a * (a - 2.0) / 2.0 * x[at + 1]
                + (a + 1.0) * a * (a - 1.0) / 6.0 * x[at + 2]
            )
