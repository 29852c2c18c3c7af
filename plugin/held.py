"""Keys that are held and notes that are sung: who lets go of them when an instrument stops listening to their player.

What flows in: all events that were played. What flows out: for an instrument that hears some of the players no longer,
the ends of what they hold on it. So another instrument can be taken under the hand while the first plays on: what the
score plays on it sounds to its end. [main]
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.dsp.voices import SUSTAIN
from realtime.events import (
    ALL_CHANNELS,
    CONTROL,
    EVENT,
    FROM_APP,
    FROM_VOICE,
    NOTE_OFF,
    NOTE_ON,
    NOTES_OFF,
    NOW,
    SILENCE,
)
from realtime.host import all_notes_off
from realtime.reach import EVERYBODY, Reach

SOSTENUTO = 66
_KEPT_FRAMES = 48_000
"""For so long may a key be told of that went down before an instrument stopped listening."""
_Key = tuple[int, int, int]


class Held:
    """What the hands and the voice hold now. [main]"""

    def __init__(self) -> None:
        self._keys: set[_Key] = set()
        self._pedals: set[_Key] = set()
        self._left: list[tuple[int, int, int]] = []
        """Instruments that stopped listening of late: their slot, to whom, and at which frame."""

    def follow(self, played: npt.NDArray[Any], frame: int) -> npt.NDArray[Any]:
        """Take what was played; what is to be sent to instruments that stopped listening just before. [main]"""
        ends: list[_Key] = []
        late: list[tuple[int, _Key]] = []
        for row in played[played["source"] != FROM_APP]:
            source, channel, number, kind = (int(row[name]) for name in ("source", "channel", "number", "kind"))
            key = source, channel, number
            if kind == NOTE_ON:
                self._keys.add(key)
                late += [(slot, key) for slot, lost, at in self._left if lost >> source & 1 and int(row["frame"]) < at]
            elif kind == NOTE_OFF:
                self._keys.discard(key)
            elif kind == CONTROL and number in (SUSTAIN, SOSTENUTO):
                (self._pedals.add if row["value"] >= 0.5 else self._pedals.discard)(key)
            elif kind in (NOTES_OFF, SILENCE):
                ends += [each for each in self._keys if each[0] == source and channel in (each[1], ALL_CHANNELS)]
        self._keys.difference_update(ends)
        self._left = [each for each in self._left if frame - each[2] < _KEPT_FRAMES]
        return _joined([_end(slot, key) for slot, key in late])

    def ends(self, before: Reach, after: Reach, slot: int, frame: int) -> npt.NDArray[Any]:
        """What ends on an instrument that hears less than before, from this frame on. [main]"""
        lost = before.sources & ~after.sources
        if lost >> FROM_APP & 1 or not replace(after, sources=EVERYBODY).includes(before):
            return all_notes_off(before, after, slot)  # another part of the keyboard: nobody can say what it holds
        self._left.append((slot, lost, frame))
        keys = [_end(slot, key) for key in sorted(self._keys) if lost >> key[0] & 1]
        pedals = [_row(slot, CONTROL, each[1], each[2]) for each in sorted(self._pedals) if lost >> each[0] & 1]
        return _joined(keys + pedals)


def _end(slot: int, key: _Key) -> npt.NDArray[Any]:
    """The end of a note, on whatever channel it sounds where it was sung: a singer's channels are not a keyboard's."""
    source, channel, number = key
    return _row(slot, NOTE_OFF, ALL_CHANNELS if source == FROM_VOICE else channel, number)


def _row(slot: int, kind: int, channel: int, number: int) -> npt.NDArray[Any]:
    made = np.zeros(1, EVENT)
    made["frame"], made["kind"], made["channel"], made["number"], made["slot"] = NOW, kind, channel, number, slot
    return made


def _joined(rows: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    return np.concatenate(rows) if rows else np.zeros(0, EVENT)
