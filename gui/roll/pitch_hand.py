"""What a press of the pitch tool begins: a handle pulled, a pitch redrawn, or a box around notes. No Qt."""

from __future__ import annotations

from collections.abc import Iterator

from gui.roll.drags import Drag
from gui.roll.hit import Hit
from gui.roll.pitching import DrawPitch, PullHandle, TuneNotes, handle_at, is_near
from gui.roll.scene import At, Outcome, Scene
from gui.roll.sweeps import SelectInBox
from score.note import Note
from score.operations.intonation import CentrePitch


class PitchHand:
    """Remembers over which note the handles stand, between the note and the hand on its way to them. [any]"""

    def __init__(self) -> None:
        self._held: int | None = None

    def press(self, scene: Scene, at: At, found: Hit | None) -> Drag:
        """The button went down here, over this note. [any]"""
        note = self.in_hand(scene, at, found)
        handle = handle_at(scene, note, at) if note is not None else None
        if note is not None and handle is not None:
            ids = scene.picked if note.id in scene.picked else frozenset((note.id,))
            return PullHandle(ids, note, handle, at)
        if found is None:
            before = scene.picked if at.shift else frozenset()
            return SelectInBox(at, [(scene.ticks(at), scene.row(at))], before, is_lasso=at.ctrl)
        self._held = found.note.id
        one = frozenset((found.note.id,))
        if at.ctrl or at.alt:
            return TuneNotes(scene.picked if found.note.id in scene.picked else one, at)
        return DrawPitch(found.note, at, scene.picked ^ one if at.shift else one)

    def is_pulling(self, scene: Scene, at: At) -> bool:
        """Whether a handle is under the hand. [any]"""
        note = scene.notes.get(self._held) if self._held is not None else None
        return note is not None and handle_at(scene, note, at) is not None

    def tuned(self, scene: Scene, found: Hit | None) -> Iterator[Outcome]:
        """A double click brings a note onto its key, and leaves it all its movement. [any]"""
        if found is not None:
            ids = scene.picked if found.note.id in scene.picked else frozenset((found.note.id,))
            edit = CentrePitch().edit(scene.score, [note.id for note in scene.having(ids)])
            if edit is not None:
                yield edit

    def in_hand(self, scene: Scene, at: At, found: Hit | None) -> Note | None:
        """The note whose handles are shown: the one under the hand, or the last one while the hand is near it. [any]"""
        before = scene.notes.get(self._held) if self._held is not None else None
        if before is not None and handle_at(scene, before, at) is not None:
            return before
        if found is not None:
            self._held = found.note.id
            return found.note
        return before if before is not None and (at.by_touch or is_near(scene, before, at)) else None
