"""A process that edits a session in a loop until it is killed; each line it says is a step that it has done.

`python -m tests.session.editing_child FOLDER HOME`. What each step does follows from its number alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

from gui.session.document import Document
from gui.session.setup import Change
from score.edits import AddNotes, AddTrack, ChangeNotes, RemoveNotes
from score.note import Note
from score.score import Track


def step(document: Document, number: int) -> None:
    """The step of this number, which depends on nothing but the steps before."""
    if number == 0:
        document.do(AddTrack(Track("Voice")))
        return
    track = document.score.tracks[0]
    if number % 11 == 10:
        document.undo()
    elif number % 11 == 9:
        document.change(Change("Level", ("tracks", str(track.id), "level_db"), -0.01 * number), goes_on=number % 2 == 0)
    elif number % 11 == 8 and len(track.notes) > 4:
        document.do(RemoveNotes(tuple(note.id for note in list(track.notes)[:2])))
    elif number % 11 == 7:
        with document.begin("Drag") as drag:
            for _ in range(5):
                note = next(iter(document.score.tracks[0].notes))
                moved = Note(note.start_ticks + 7, 90, note.pitch, bend_st=((0, 0.25),), id=note.id)
                drag.do(ChangeNotes((moved,)))
    else:
        document.do(AddNotes(track.id, (Note(number * 10, 90, 40 + number % 40),)))


def main() -> None:
    """Edit, save now and then, and say what is done and what is on the disk."""
    with Document.open(Path(sys.argv[1]), Path(sys.argv[2])) as document:
        for number in range(100_000):
            step(document, number)
            if number % 37 == 36:
                document.save()
            if number % 10 == 0:
                document.sync()
                print(f"safe {number}", flush=True)
            else:
                print(f"done {number}", flush=True)


if __name__ == "__main__":
    main()
