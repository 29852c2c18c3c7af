"""How the keys are tuned: the concert pitch, and a scale by name, from Scala's files, or as a keyboard said by MIDI.

What flows in: words of the command line, and the TUNE events that a MIDI port brought. What flows out: the knob `a4_hz`
and the events that give a rack its tuning, anew for each host, since a card may come back at another rate. [main]
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from realtime.dsp.cello import cello
from realtime.dsp.strings.scales import (
    KEYS,
    MIDDLE_C,
    PRESETS,
    KeyMap,
    preset,
    read_kbm,
    read_scl,
    tuning,
    tuning_events,
)
from realtime.events import FROM_APP, TUNE
from realtime.host import Host
from score.errors import UsageError

_NOTES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ALTERED = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}


@dataclass(frozen=True)
class Intonation:
    """What was asked for; as it stands, what a piano has. [any]"""

    a4_hz: float = 440.0
    semitones: tuple[float, ...] = ()  # of each of the 128 keys, 69 being a4_hz; none: the key's own number

    def enter(self, host: Host) -> None:
        """Tune a host that has just been made. [main]"""
        if self.semitones:
            host.send(FROM_APP, tuning_events(self.semitones))


AS_A_PIANO = Intonation()


def find_intonation(a4_hz: float = 440.0, scale: str = "", tonic: str = "", keymap: Path | None = None) -> Intonation:
    """What the words of the command line mean: a scale is a name or a .scl file. [main]"""
    knob = cello.knobs["a4_hz"]
    if not knob.low <= a4_hz <= knob.high:
        raise UsageError(f"a' cannot be {a4_hz:g} Hz.", f"It goes from {knob.low:g} to {knob.high:g}: --a4 440")
    if not scale:
        for given, option in ((tonic, "--tonic"), (keymap, "--keymap")):
            if given:
                raise UsageError(f"'{option}' is of a tuning, and there is none.", "Give one: --tuning just")
        return Intonation(a4_hz)
    middle = MIDDLE_C + _degree(tonic)
    if Path(scale).suffix.lower() != ".scl":
        if keymap is not None:
            raise UsageError("a keyboard map goes with a .scl file.", "Give one: --tuning FILE.scl --keymap FILE.kbm")
        if scale not in PRESETS:
            raise UsageError(f"there is no tuning '{scale}'.", f"There are: {', '.join(PRESETS)}, or a FILE.scl.")
        return Intonation(a4_hz, tuple(preset(scale, middle).tolist()))
    if keymap is not None and tonic:
        raise UsageError("a keyboard map has its own tonic.", "Leave --tonic out.")
    keys = read_kbm(keymap) if keymap is not None else KeyMap(middle=middle)
    return Intonation(a4_hz, tuple(tuning(read_scl(Path(scale)), keys).tolist()))


def _degree(tonic: str) -> int:
    """Semitones above C."""
    if not tonic:
        return 0
    letter, sign = tonic[0].upper(), tonic[1:]
    if letter not in _NOTES or sign not in _ALTERED:
        raise UsageError(f"'{tonic}' is no tonic.", "Write it as C, F# or Bb: --tonic D")
    return (_NOTES[letter] + _ALTERED[sign]) % 12


class Retuned:
    """The tuning as it is now, whatever keyboards have said since; so that another host gets the same. [main]"""

    def __init__(self, begun: Intonation = AS_A_PIANO) -> None:
        self._semitones = np.array(begun.semitones or range(KEYS), np.float64)
        self._differs = bool(begun.semitones)

    def hear(self, event: Any) -> bool:
        """One event that was played; whether it was about tuning. [main]"""
        if event["kind"] != TUNE or event["number"] >= KEYS or not np.isfinite(event["value"]):
            return False
        self._semitones[event["number"]] = event["value"]
        self._differs = True
        return True

    def enter(self, host: Host) -> None:
        """Tune a host that has just been made. [main]"""
        if self._differs:
            host.send(FROM_APP, tuning_events(self._semitones))
