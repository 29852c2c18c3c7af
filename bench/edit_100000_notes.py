"""What one edit of one note costs among 100 000, beside the plainest way to keep the score before it: copying a list.

    python bench/edit_100000_notes.py

Prints p50, p95 and the longest in µs, as a part of the 5 ms that a hand does not notice, and against the copy of the
same run. The longest shows garbage collections too; nothing is switched off for it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

import numpy as np

from score.edits import AddNotes, ChangeNotes, Edit, RemoveNotes
from score.history import History
from score.note import Note
from score.score import Score

NOTES, EDITS, BUDGET_US = 100_000, 2_000, 5_000.0


def cost_us(act: Callable[[], object], times: int = EDITS) -> tuple[float, float, float]:
    """p50, p95 and the longest. [main]"""
    took_ns = np.empty(times, np.int64)
    for n in range(times):
        began = time.perf_counter_ns()
        act()
        took_ns[n] = time.perf_counter_ns() - began
    p50, p95, longest = np.percentile(took_ns / 1e3, [50, 95, 100])
    return float(p50), float(p95), float(longest)


def main() -> None:
    """Measures and prints. [main]"""
    chance = random.Random(1)
    made = [Note(240 * n, 300, chance.randrange(36, 97)) for n in range(NOTES)]
    score = Score().adding("Many", made)
    track = score.tracks[0]
    listed = list(track.notes)
    history = History(score)

    def any_note() -> Note:
        note = None
        while note is None:
            note = history.score.tracks[0].notes.get(chance.randrange(2, NOTES + 2))
        return note

    def done(edit: Callable[[], Edit]) -> Callable[[], object]:
        return lambda: history.do(edit())

    def look() -> list[Note]:
        start = chance.randrange(240 * NOTES)
        return list(history.score.tracks[0].notes.between(start, start + 960 * 16))

    def neighbours(count: int) -> list[Note]:
        start = chance.randrange(200 * NOTES)
        some = islice(history.score.tracks[0].notes.between(start, 2**28), count)
        return [replace(note, start_ticks=note.start_ticks + 1) for note in some]

    rows = [
        ("list copied", cost_us(listed.copy)),
        ("transpose", cost_us(done(lambda: ChangeNotes((replace(n := any_note(), pitch=(n.pitch + 1) % 128),))))),
        (
            "move anywhere",
            cost_us(done(lambda: ChangeNotes((replace(any_note(), start_ticks=chance.randrange(2**24)),)))),
        ),
        ("add", cost_us(done(lambda: AddNotes(track.id, (Note(chance.randrange(2**24), 100, 60),))))),
        ("remove", cost_us(done(lambda: RemoveNotes((any_note().id,))))),
        ("undo", cost_us(history.undo)),
        ("redo", cost_us(history.redo)),
        ("look at 16 quarters", cost_us(look)),
        ("drag 2 000 at once", cost_us(done(lambda: ChangeNotes(tuple(neighbours(2_000)))), 100)),
    ]
    reference_us = rows[0][1][0]
    print(f"{NOTES} notes, {EDITS} edits of each kind; a hand does not notice {BUDGET_US / 1000:g} ms")
    print(f"{'':20} {'p50 µs':>9} {'p95':>9} {'longest':>9} {'p95 of budget':>14} {'p50 × list copied':>18}")
    for name, (p50, p95, longest) in rows:
        print(f"{name:20} {p50:9.1f} {p95:9.1f} {longest:9.1f} {p95 / BUDGET_US:14.1%} {p50 / reference_us:18.2f}")


if __name__ == "__main__":
    main()
