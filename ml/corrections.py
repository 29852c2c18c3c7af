"""What the second hearing would change of the first: one correction a note, each to be taken or left by itself.

What flows in: the notes as they were sent while they were sung, and as a finished take has them. What flows out:
corrections in order of time; all taken together they make the one of the other. Plain values on any thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ml.refine import Refined

_SAME_ONSET_S = 0.12  # further apart, they are two notes
_SAME_PITCH_ST = 1.5
_MOVED_S, _REPITCHED_ST, _RESIZED_S = 0.02, 0.3, 0.06  # less is not worth a word
_PITCH_COSTS_S = 0.03  # a semitone counts as so much time, when it is asked which note is meant


@dataclass(frozen=True)
class Correction:
    """One note before and after; without a before it is new, without an after it goes. [any]"""

    before: Refined | None
    after: Refined | None

    @property
    def at_s(self) -> float:
        """Where in the take. [any]"""
        note = self.before or self.after
        assert note is not None
        return note.onset_s

    @property
    def says(self) -> str:
        """What it does, in words. [any]"""
        if self.before is None:
            return "a note that was missed"
        if self.after is None:
            return "no note was sung here"
        changes = []
        if abs(moved_s := self.after.onset_s - self.before.onset_s) >= _MOVED_S:
            changes.append(f"{1e3 * abs(moved_s):.0f} ms {'later' if moved_s > 0 else 'earlier'}")
        if abs(up_st := self.after.pitch_midi - self.before.pitch_midi) >= _REPITCHED_ST:
            changes.append(f"{100 * abs(up_st):.0f} cents {'higher' if up_st > 0 else 'lower'}")
        longer_s = self.after.offset_s - self.before.offset_s
        if abs(longer_s) >= _RESIZED_S:
            changes.append(f"ends {1e3 * abs(longer_s):.0f} ms {'later' if longer_s > 0 else 'earlier'}")
        return ", ".join(changes)


def corrections(live: Sequence[Refined], refined: Sequence[Refined]) -> list[Correction]:
    """What leads from one to the other. [any]"""
    pairs = _pairs(live, refined)
    taken = set(pairs.values())
    found = [Correction(note, refined[pairs[i]] if i in pairs else None) for i, note in enumerate(live)]
    found += [Correction(None, note) for j, note in enumerate(refined) if j not in taken]
    return sorted((each for each in found if each.says), key=lambda each: each.at_s)


def _pairs(live: Sequence[Refined], refined: Sequence[Refined]) -> dict[int, int]:
    """Which note is which, the nearest first."""
    near = []
    first = 0
    for i, note in enumerate(live):
        while first < len(refined) and refined[first].onset_s < note.onset_s - _SAME_ONSET_S:
            first += 1
        for j in range(first, len(refined)):
            away_s, away_st = refined[j].onset_s - note.onset_s, abs(refined[j].pitch_midi - note.pitch_midi)
            if away_s > _SAME_ONSET_S:
                break
            if away_st <= _SAME_PITCH_ST:
                near.append((abs(away_s) + _PITCH_COSTS_S * away_st, i, j))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in sorted(near):
        if i not in pairs and j not in taken:
            pairs[i] = j
            taken.add(j)
    return pairs
