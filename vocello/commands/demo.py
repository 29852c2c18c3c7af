"""`vocello demo`: the whole live chain without a card or a microphone.

A voice is synthesised, sung into the file device, heard, sent on as notes and played by the synthesiser. What is
left: `voice.wav`, `notes.mid`, `notes.csv`, `played.wav`, and `report.md`, which holds what was sung beside what was
heard. [main]
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from realtime.device.sound_file import write_sound
from score.atomic import write_whole
from score.errors import FileError
from vocello.commands.listen import hear_file, summary
from vocello.heard import Heard, Note, score, write_notes
from vocello.screen import name_of, print_json, progress, say
from vocello.singer import sing
from vocello.wiring import machine

_RATE = 48_000
_ONSET_WITHIN_S = 0.050
_PITCH_WITHIN_ST = 0.5

Label = tuple[float, float, float]  # onset_s, offset_s, pitch_midi


def demo(folder: Path, frames: int, as_json: bool) -> None:
    """Sing, listen, and leave the results in a folder. [main]"""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"'{folder}' cannot be made: {error.strerror}.", "Name another: vocello demo FOLDER") from error
    voice, played = folder / "voice.wav", folder / "played.wav"
    with progress("Singing", shown=not as_json):
        samples, labels = sing(_RATE)
        write_sound(voice, samples, _RATE)
    with machine(shown=not as_json) as engine:
        heard = hear_file(engine, voice, played, frames, shown=not as_json)
    write_notes(heard.notes, score(heard.notes), folder / "notes.mid", folder / "notes.csv")
    found = match(labels, heard.notes)
    write_whole(folder / "report.md", report(labels, heard, found, frames).encode(), FileError)
    figures = summary(heard, voice) | judge(labels, heard, found)
    if as_json:
        print_json(figures)
        return
    say(
        f"A voice sang {len(labels)} notes; {figures['notes_found']} were heard where they were sung, "
        f"sent {figures['sent_after_ms_median']:.0f} ms after their onset (median)."
    )
    say(f"Listen to '{voice}' and '{played}', open '{folder / 'notes.mid'}', read '{folder / 'report.md'}'.")


def match(labels: Sequence[Label], notes: Sequence[Note]) -> list[Note | None]:
    """For each note sung, the one heard in its place: onset within 50 ms, pitch within half a semitone. [any]"""
    left = list(notes)
    found: list[Note | None] = []
    for onset_s, _, pitch in labels:
        near = [
            note
            for note in left
            if abs(note.onset_s - onset_s) <= _ONSET_WITHIN_S and abs(note.pitch_midi - pitch) <= _PITCH_WITHIN_ST
        ]
        best = min(near, key=lambda note: abs(note.onset_s - onset_s), default=None)
        if best is not None:
            left.remove(best)
        found.append(best)
    return found


def judge(labels: Sequence[Label], heard: Heard, found: Sequence[Note | None]) -> dict[str, Any]:
    """How well it was heard, in figures. [any]"""
    after_ms = [
        (note.emitted_s - label[0]) * 1e3 for label, note in zip(labels, found, strict=True) if note is not None
    ]
    return {
        "notes_sung": len(labels),
        "notes_found": len(after_ms),
        "notes_too_many": len(heard.notes) - len(after_ms),
        "sent_after_ms_median": round(median(after_ms), 1) if after_ms else float("nan"),
        "sent_after_ms_max": round(max(after_ms), 1) if after_ms else float("nan"),
    }


def report(labels: Sequence[Label], heard: Heard, found: Sequence[Note | None], frames: int) -> str:
    """A page on what was sung and what was heard. [any]"""
    figures = judge(labels, heard, found)
    lines = [
        "# What was sung, and what was heard",
        "",
        f"{figures['notes_found']} of {figures['notes_sung']} notes were found (onset within 50 ms, pitch within half "
        f"a semitone), and {figures['notes_too_many']} more were heard that nobody sang. Their note-ons left "
        f"{figures['sent_after_ms_median']:.0f} ms after the onset in the median, "
        f"{figures['sent_after_ms_max']:.0f} ms at most, with {frames} frames a block at {heard.rate:g} Hz.",
        "",
        "| sung | at s | heard | at s | sent at s | cents off |",
        "|---|---|---|---|---|---|",
    ]
    for (onset_s, _, pitch), note in zip(labels, found, strict=True):
        if note is None:
            lines.append(f"| {name_of(pitch)} | {onset_s:.3f} | – | | | |")
        else:
            cents = (note.pitch_midi - pitch) * 100.0
            lines.append(
                f"| {name_of(pitch)} | {onset_s:.3f} | {name_of(note.pitch_midi)} | {note.onset_s:.3f} "
                f"| {note.emitted_s:.3f} | {cents:+.0f} |"
            )
    return "\n".join(lines) + "\n"
