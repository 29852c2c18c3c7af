"""Plosives and fricatives cut from a synthesiser of speech: a second opinion on what mouths sound like.

What flows in: a source of chance, and the program `espeak-ng`, which only whoever makes the factory's kit needs. What
flows out: the same kinds of sounds as `ml/drums/mouth.py`, from another source altogether. Languages and variants of
the voice make the mouths; speed, pitch and size of the mouth make the strikes. Runs on the main thread, by hand.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import wave
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ml.drums.mouth import MOUTH_RATE_HZ, Mouth, Sound, faded, new_microphone
from score.errors import ModelError

# In espeak's own alphabet. What follows a plosive is cut off where a beatboxer would have shut the mouth.
SPOKEN = {
    "kick": ("p", "p@", "pu"),
    "snare": ("k", "pf", "kS", "pS", "tS"),
    "closed hat": ("t", "ts", "t"),
    "open hat": ("ts:", "tss", "ss"),
    "no drum": ("a:", "i:", "u:", "ma", "la", "na", "wa", "ja", "o:"),
}
_VOICES = ("en", "en-us", "de", "fr-fr", "it", "es", "ru", "hi", "nl", "sv", "pl", "cs", "tr", "pt", "fi", "hu")
_VARIANTS = ("", "+m1", "+m3", "+m5", "+m7", "+f1", "+f2", "+f3", "+f4", "+f5", "+croak", "+whisper")
_LONGEST_S = {"kick": 0.06, "snare": 0.12, "closed hat": 0.045, "open hat": 0.4, "no drum": 0.35}
_FADE_S = 0.015


def spoken_mouth(kind: str, chance: np.random.Generator) -> Mouth:
    """A synthetic speaker who strikes by speaking. [any]"""
    if shutil.which("espeak-ng") is None:
        raise ModelError("espeak-ng is not installed, and speaks half of the examples.", "apt install espeak-ng")
    word = str(chance.choice(SPOKEN[kind]))
    variants = _VARIANTS[:-1] if kind == "no drum" else _VARIANTS  # a whispered vowel is friction, as a snare is
    voice = str(chance.choice(_VOICES)) + str(chance.choice(variants))
    size, level_db, microphone = chance.uniform(0.85, 1.2), chance.uniform(-32.0, -8.0), new_microphone(chance)
    pitch, speed = int(chance.integers(20, 80)), int(chance.integers(130, 190))

    def strike(again: np.random.Generator) -> Sound:
        rate_hz, said = _speak(voice, word, pitch + int(again.choice((-4, 4))), speed)
        began = int(np.argmax(np.abs(said) > 0.02 * np.abs(said).max()))
        grown = size * rate_hz * float(np.exp(again.normal(0.0, 0.02)))
        length = round(min(_LONGEST_S[kind] * grown, len(said) - began))
        sound = faded(_resampled(said[began : began + length], grown), _FADE_S)
        sound = faded(microphone(sound))
        return sound * 10.0 ** ((level_db + again.normal(0.0, 2.0)) / 20.0) / (np.abs(sound).max() + 1e-12)

    return Mouth(kind, strike)


def _resampled(sound: Sound, rate_hz: float) -> Sound:
    """At the mouths' rate, with all that was in it and nothing above."""
    return np.fft.irfft(np.fft.rfft(sound), round(len(sound) * MOUTH_RATE_HZ / rate_hz))


@lru_cache(maxsize=4096)
def _speak(voice: str, word: str, pitch: int, speed: int) -> tuple[float, npt.NDArray[np.float64]]:
    """The sound and its rate. espeak is asked once for each."""
    command = ["espeak-ng", "-v", voice, "-p", str(pitch), "-s", str(speed), "--stdout", f"[[{word}]]"]
    done = subprocess.run(command, capture_output=True, check=False)
    # On a pipe espeak cannot go back to write the length, and writes the longest there is: read what came.
    if done.returncode or len(done.stdout) <= 44:
        raise ModelError(f"espeak-ng says nothing as '{voice}'.", f"Try: espeak-ng -v {voice} '[[{word}]]'")
    with wave.open(io.BytesIO(done.stdout)) as header:
        rate_hz = float(header.getframerate())
    samples = np.frombuffer(done.stdout[44 : 44 + (len(done.stdout) - 44) // 2 * 2], "<i2")
    return rate_hz, samples / 32_768.0
