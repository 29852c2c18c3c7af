"""Spoken syllables in many languages and voices, with the moment each sound begins: espeak-ng through its library.

What flows in: words. What flows out: samples and the phonemes' times. [main]
"""

from __future__ import annotations

import ctypes
import ctypes.util
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from score.errors import ModelError

LANGUAGES = [
    "en-us",
    "en-gb",
    "de",
    "fr-fr",
    "es",
    "it",
    "pl",
    "pt-br",
    "sv",
    "fi",
    "tr",
    "nl",
    "hu",
    "cs",
    "vi",
    "sw",
    "da",
    "id",
    "ro",
    "ja",
    "ru",
    "el",
    "ko",
    "hi",
]
VARIANTS = ["", *(f"+m{n}" for n in range(1, 8)), *(f"+f{n}" for n in range(1, 6)), "+croak", "+whisper"]
VOWELS = set("aeiouyæɑɒɔəɛɜɪʊʌɐøœɨʉɯɤɵɘɞɶɚɝᵻ")

_SYNCHRONOUS, _PHONEME_EVENTS_IPA, _UTF8 = 2, 3, 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_ENDS, _PHONEME = 0, 7
_AT_CHARACTER = 1


class Phoneme(NamedTuple):
    """A sound of speech. [any]"""

    name: str
    begins_s: float
    ends_s: float

    @property
    def is_vowel(self) -> bool:
        """Whether a note can be sung on it. [any]"""
        return any(letter in VOWELS for letter in self.name)


class Speech(NamedTuple):
    """Something said. [any]"""

    samples: npt.NDArray[np.float32]
    rate: int
    phonemes: list[Phoneme]


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


class _Espeak(NamedTuple):
    library: Any
    rate: int
    said: list[npt.NDArray[np.int16]]  # it fills both while it speaks
    heard: list[tuple[str, float]]
    listener: Any  # kept, or ctypes would free it


_Listener = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


def say(text: str, language: str, variant: str = "", words_a_minute: int = 140, pitch: int = 50) -> Speech:
    """Have a text said. [main]"""
    library, rate, said, heard, _ = _espeak()
    said.clear()
    heard.clear()
    library.espeak_SetVoiceByName((language + variant).encode())
    library.espeak_SetParameter(_RATE, words_a_minute, 0)
    library.espeak_SetParameter(_PITCH, pitch, 0)
    library.espeak_SetParameter(_RANGE, 50, 0)
    words = text.encode()
    library.espeak_Synth(words, len(words) + 1, 0, _AT_CHARACTER, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    samples = np.concatenate([np.zeros(0, np.int16), *said]).astype(np.float32) / 32768.0
    named = [each for each in heard if each[0]]
    ends = [begins_s for _, begins_s in heard[1:]] + [len(samples) / rate]
    spans = dict(zip([id(each) for each in heard], ends, strict=False))
    return Speech(samples, rate, [Phoneme(name, at, spans[id(each)]) for each in named for name, at in [each]])


@lru_cache(maxsize=1)
def _espeak() -> _Espeak:
    """The library, set up."""
    name = ctypes.util.find_library("espeak-ng")
    if name is None:
        raise ModelError("the voices to learn from need espeak-ng.", "Install it: sudo apt install espeak-ng")
    library = ctypes.CDLL(name)
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONEME_EVENTS_IPA)
    said: list[npt.NDArray[np.int16]] = []
    heard: list[tuple[str, float]] = []

    @_Listener
    def listen(samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            said.append(np.ctypeslib.as_array(samples, (count,)).copy())
        place = 0
        while events[place].type != _ENDS:
            if events[place].type == _PHONEME:
                heard.append((events[place].id.string.decode(errors="ignore"), events[place].sample / rate))
            place += 1
        return 0

    library.espeak_SetSynthCallback(listen)
    return _Espeak(library, rate, said, heard, listen)


_ONSETS = [
    "l",
    "m",
    "n",
    "d",
    "t",
    "r",
    "s",
    "f",
    "k",
    "b",
    "g",
    "p",
    "v",
    "z",
    "h",
    "j",
    "w",
    "sh",
    "ch",
    "tr",
    "st",
    "kl",
    "br",
    "",
]
_NUCLEI = ["a", "e", "i", "o", "u", "a", "o", "ai", "au"]
_CODAS = ["", "", "", "", "n", "m", "s", "t", "l", "r", "k"]
_OTHER_SCRIPTS = {
    "ja": "らりるれろまみむめもなにぬねのたてとかきくけこさしすせそだでどやゆよわ",
    "ru": [a + b for a in "лмндтрсфкбгпвзжхшч" for b in "аеиоуы"],
    "el": [a + b for a in "λμνδτρσφκβγπζχθ" for b in "αειου"],
    "ko": [chr(0xAC00 + a * 588 + b * 28) for a in range(19) for b in (0, 4, 8, 13, 18, 20)],
    "hi": [a + b for a in "लमनदतरसकबगपवजहश" for b in ("ा", "े", "ी", "ो", "ू")],
}


def nonsense(chance: np.random.Generator, language: str, syllables: int) -> str:
    """Words that no language has, in letters that this one reads. [any]"""
    words: list[str] = []
    while syllables > 0:
        length = min(int(chance.integers(1, 4)), syllables)
        words.append("".join(_syllable(chance, language) for _ in range(length)))
        syllables -= length
    return " ".join(words)


def _syllable(chance: np.random.Generator, language: str) -> str:
    if language in _OTHER_SCRIPTS:
        return str(chance.choice(list(_OTHER_SCRIPTS[language])))
    return str(chance.choice(_ONSETS) + chance.choice(_NUCLEI) + chance.choice(_CODAS))
