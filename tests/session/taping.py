"""A tape without an engine: what a microphone heard, at the frames of an engine, on the disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gui.session.document import Document
from gui.session.setup import Setup
from gui.session.text import State
from realtime.device.sound_file import SoundReader
from realtime.events import ALL_SLOTS, EVENT, FROM_VOICE, NOTE_OFF, NOTE_ON
from realtime.tape import SAMPLE, begin_stream, segment_path
from score.score import Score
from score.zone import Zone

RATE = 8000
VOICE = 1


def sung(seconds: float, seed: int = 3) -> np.ndarray:
    """Noise that swells: each part of it is like no other."""
    frames = round(seconds * RATE)
    return (np.random.default_rng(seed).uniform(-0.9, 0.9, frames) * np.linspace(0.1, 1.0, frames)).astype(np.float32)


def taped(folder: Path, samples: np.ndarray, first: int = 0, rate: float = RATE) -> Path:
    """A stream that holds these samples from a frame on."""
    stream = begin_stream(folder, rate)
    more(stream, samples, first)
    return stream


def more(stream: Path, samples: np.ndarray, first: int) -> None:
    with segment_path(stream, first).open("ab") as file:
        file.write(samples.astype(SAMPLE).tobytes())


def notes(*rows: tuple[float, float, int], rate: float = RATE) -> np.ndarray:
    """EVENTs of notes that the voice sang: (begins_s, ends_s, key), in the order of their frames."""
    made = np.zeros(2 * len(rows), EVENT)
    for n, (begins_s, ends_s, key) in enumerate(rows):
        made[2 * n] = (round(begins_s * rate), 0.8, NOTE_ON, 0, key, FROM_VOICE, ALL_SLOTS, 0)
        made[2 * n + 1] = (round(ends_s * rate), 0.5, NOTE_OFF, 0, key, FROM_VOICE, ALL_SLOTS, 0)
    return made[np.argsort(made["frame"], kind="stable")]


def a_piece(home: Path) -> Document:
    """A session with one track, for the voice."""
    return Document.new(home, State(Setup(), Score().adding("Voice", (), zones=(Zone(),))))


def sound_of(path: Path) -> np.ndarray:
    """All samples of a file of one channel."""
    reader = SoundReader(path)
    try:
        return reader.read(reader.frames)[:, 0]
    finally:
        reader.close()


def beside(document: Document) -> list[str]:
    """What lies in the folder of the takes."""
    return sorted(path.name for path in (document.path / "takes").iterdir())


def the_notes(document: Document) -> list[tuple[int, int, int]]:
    """Start, end and pitch of all notes of the voice."""
    return [(note.start_ticks, note.end_ticks, note.pitch) for note in document.score.track(VOICE).notes]
