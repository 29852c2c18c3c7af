"""What the roll shows, in words, for somebody who hears the window instead of seeing it. Pure, safe on any thread."""

from __future__ import annotations

from collections.abc import Callable

from gui.roll.scale import pitch_name
from gui.roll.scene import Scene
from score.note import counted


def in_words(scene: Scene, prefers_flats: bool, tr: Callable[[str], str]) -> str:
    """How many notes there are and are selected, where the playhead is, and the selected note if it is one. [any]"""
    notes, tempo = scene.notes, scene.score.tempo
    at = tempo.position(scene.playhead_ticks)
    words = tr("{all}, {some} selected, playhead at bar {bar}, beat {beat}").format(
        all=counted(len(notes), "note"), some=len(scene.picked), bar=at.bar, beat=at.beat
    )
    note = notes.get(next(iter(scene.picked))) if len(scene.picked) == 1 else None
    if note is None:
        return words
    at = tempo.position(note.start_ticks)
    one = tr("{name} at bar {bar}, beat {beat}, velocity {loud}").format(
        name=pitch_name(note.pitch, prefers_flats), bar=at.bar, beat=at.beat, loud=note.velocity
    )
    return f"{words}; {one}"


def first_words(scene: Scene, tr: Callable[[str], str]) -> tuple[str, str]:
    """A title, and what to do, where there are no notes yet. [any]"""
    if not scene.score.tracks:
        return tr("No track yet"), tr("Open a MIDI file, or sing: the first note makes a track.")
    draw = tr("Sing, and your notes appear here. Or double-click to place a note, or press B and draw.")
    return tr("No notes yet"), draw
