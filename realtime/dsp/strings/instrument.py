"""The instruments that were learned: from their files into a kernel's state, checked, or the reason why not.

What flows in: a model's card and weights, read without PyTorch. What flows out: a mind that has learned, and the hall
it was recorded in. An instrument whose file is missing or damaged plays on physics alone, and `missing` says so. [main]
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.cards import FOLDER, card
from realtime.dsp.strings import brain
from realtime.dsp.strings.hall import learn_hall
from realtime.dsp.strings.sizes import HALL_S, RATE_HZ
from score.errors import ModelError

INSTRUMENTS = ("cello", "violin", "contrabass", "own")
LOWEST_KEYS = (36, 55, 28, 36)
MINDS = 1 + len(INSTRUMENTS)
"""The first never learns anything: it is the string of physics."""

OWN = INSTRUMENTS.index("own")
_WALLS = ((0.0031, 0.06), (0.0067, 0.05), (0.0113, -0.05), (0.0171, 0.04), (0.0236, -0.04))
_DIES, _AIR = 10.0, 1.6
_SIDES_FROM_S, _SIDES = 0.012, 0.7
"""What left and right do not share: the hall from when its walls answer, but not the wood before."""

Arrays = Mapping[str, npt.NDArray[np.float32]]


def read(name: str, folder: Path = FOLDER) -> Arrays:
    """The weights of an instrument; a ModelError unless they are those that its card was written for. [main]"""
    told = card(name, folder)
    try:
        data = told.path.read_bytes()
    except OSError as error:
        raise ModelError(f"the instrument '{name}' cannot be read: {error}", "Install Vocello again.") from error
    if hashlib.sha256(data).hexdigest() != told.sha256:
        raise ModelError(f"'{told.path.name}' is not the file that its card was written for.", "Install Vocello again.")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            return {each: file[each].astype(np.float32) for each in file.files}
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise ModelError(f"'{told.path.name}' is damaged: {error}", "Install Vocello again.") from error


def furnish(s: Any, rate: float, folder: Path = FOLDER) -> dict[str, str]:
    """Put what was learned into a fresh state; returns which instruments are missing, and why. [main]"""
    missing: dict[str, str] = {}
    for number, name in enumerate(INSTRUMENTS[:OWN]):
        try:
            arrays = read(name, folder)
            if number == 0:
                learn_hall(s["room"], *in_stereo(at_rate(_hall(name, arrays), rate), rate))
            adopt(s, number, arrays)
        except ModelError as error:
            missing[name] = str(error)
    return missing


def _hall(name: str, arrays: Arrays) -> npt.NDArray[np.float32]:
    if "hall" not in arrays or arrays["hall"].ndim != 1 or arrays["hall"].size == 0:
        raise ModelError(f"the instrument '{name}' was trained without its hall.", "Train it anew.")
    return arrays["hall"]


def missing(folder: Path = FOLDER) -> dict[str, str]:
    """Which instruments have no network here, and why. [main]"""
    why: dict[str, str] = {}
    for name in INSTRUMENTS[:OWN]:
        try:
            read(name, folder)
        except ModelError as error:
            why[name] = str(error)
    return why


def adopt(s: Any, number: int, arrays: Arrays) -> None:
    """Let one of a state's minds learn; also while another one plays. [main]"""
    mind = s["minds"][number + 1]
    mind["learned"] = 0
    brain.learn(mind, {name: values for name, values in arrays.items() if name != "hall"})


def at_rate(taps: npt.NDArray[Any], rate: float) -> npt.NDArray[np.float64]:
    """An impulse response at a card's rate: the same spectrum, as far as the rate carries it. [main]"""
    if rate == RATE_HZ:
        return np.asarray(taps, np.float64)
    count = round(len(taps) * rate / RATE_HZ)
    spectrum = np.fft.rfft(np.asarray(taps, np.float64))
    fitted = np.zeros(count // 2 + 1, complex)
    shared = min(len(spectrum), len(fitted))
    fitted[:shared] = spectrum[:shared]
    return np.fft.irfft(fitted, count)


def plain_hall(rate: float) -> npt.NDArray[np.float64]:
    """A small hall that nobody recorded, for an instrument that came without one: floor, walls, then the air.

    What is reflected often has lost its brilliance: the tail's upper half dies twice as fast. [main]
    """
    draw = np.random.RandomState(11)
    taps = np.zeros(round(HALL_S * rate))
    for at_s, gain in _WALLS:
        taps[round(at_s * rate)] = gain
    t = np.arange(len(taps)) / rate
    noise = draw.normal(size=len(taps)) / np.sqrt(rate)
    spectrum = np.fft.rfft(noise)
    hertz = np.fft.rfftfreq(len(taps), 1.0 / rate)
    dark = np.fft.irfft(spectrum / (1.0 + (hertz / 1_500.0) ** 2), len(taps))
    air = dark * np.exp(-_DIES * t) + (noise - dark) * np.exp(-2.0 * _DIES * t)
    taps += _AIR * air * np.clip((t - 0.008) / 0.02, 0.0, 1.0) * np.clip((HALL_S - t) / 0.05, 0.0, 1.0)
    return taps


def in_stereo(taps: npt.NDArray[np.float64], rate: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Left and right of a hall that was recorded in one channel: their mean is what was recorded. [main]"""
    begins = round(_SIDES_FROM_S * rate)
    late = np.where(np.arange(len(taps)) >= begins, taps, 0.0)
    spectrum = np.fft.rfft(late, 2 * len(late))
    turned = np.exp(2j * np.pi * np.random.RandomState(7).random_sample(len(spectrum)))
    # Phases drawn bin by bin would spread the answer over the whole time: a smooth walk keeps it where it was.
    walk = np.cumsum(np.angle(turned)) * 0.5
    sides = np.fft.irfft(spectrum * np.exp(1j * walk), 2 * len(late))[: len(late)]
    sides[:begins] = 0.0
    return taps + _SIDES * sides, taps - _SIDES * sides
