"""An hour of recording in the window, at many times its speed: whether memory grows, and whether the hour is kept.

    python bench/hour.py [--minutes 60]

The engine is played by this program, with its own records: levels sixty times a second, a pitch 200 times a second, and
a voice that sings two bent notes a second, as `realtime.client` would bring them. Prints the memory of the process
every ten minutes of the piece, and how many of the notes that were sung are in the score when the recording is stopped.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import time
from math import sin
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PyQt6.QtWidgets import QApplication

from gui.app import beginning
from gui.engine_link import EngineLink, Wishes
from gui.session.document import Document
from gui.theme.palette import DARK
from gui.theme.sheet import dress
from gui.window import MainWindow
from realtime.client import BEND, EVENT, FROM_VOICE, NOTE_OFF, NOTE_ON, Engine
from realtime.door.window import PITCH
from realtime.layout import METERS

RATE = 48_000
LOOK = RATE // 60
NOTE_S, SOUNDS_S = 0.5, 0.4
BENDS_A_SECOND = 100


def main() -> None:
    """Sing for an hour."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    asked = parser.parse_args()
    app = QApplication(sys.argv[:1])
    dress(app, DARK)
    document = Document.new(Path(tempfile.mkdtemp()), beginning())
    window = MainWindow(document, EngineLink(lambda gone: Engine.apart(on_lost=gone), Wishes()), DARK)
    window.resize(1280, 800)
    window.show()
    window.link.ready.emit({"device": {"name": "played by hand", "rate": float(RATE)}})
    last = round(asked.minutes * 60 * 60)
    began = time.monotonic()
    look(window, 0)
    window.deck.toggle_record()
    first_mb = 0.0
    for n in range(1, last + 1):
        frame = n * LOOK
        look(window, frame)
        if n % 6 == 0:
            app.processEvents()
        if n % (60 * 60 * 10) == 0 or n == 60 * 60 or n == last:
            gc.collect()
            now_mb = resident_mb()
            first_mb = first_mb or now_mb
            print(
                f"{n / 3600:6.1f} min   {now_mb:7.1f} MB   {now_mb - first_mb:+6.1f} MB since the first minute",
                flush=True,
            )
    window.deck.stop()
    app.processEvents()
    sung = int((last * LOOK / RATE - SOUNDS_S) / NOTE_S)
    gc.collect()
    kept, took_s = document.score.note_count, time.monotonic() - began
    print(f"sung {sung} notes, in the score {kept}; with them {resident_mb():.1f} MB; took {took_s:.0f} s")
    window.close()


def look(window: MainWindow, frame: int) -> None:
    """What the window is told sixty times a second."""
    meters = np.zeros(1, METERS)
    meters["frame"], meters["rate"], meters["rms_in"], meters["peak_in"] = frame, RATE, 0.1, 0.2
    window.link.metered.emit(meters[0])
    before = max(frame - LOOK, 0)
    heard = np.arange(before, frame, RATE // 200)
    if len(heard):
        pitches = np.zeros(len(heard), PITCH)
        pitches["frame"], pitches["confidence"], pitches["level"] = heard, 0.9, 0.1
        pitches["f0_hz"] = 220.0 * 2.0 ** (np.sin(heard / RATE) / 2)
        window.link.heard.emit(pitches)
    played = sung(before, frame)
    if len(played):
        window.link.played.emit(played)
    window.deck.frame()


def sung(start: int, end: int) -> Any:
    """The events of a voice between two frames."""
    rows: list[tuple[Any, ...]] = []
    length, sounds = round(NOTE_S * RATE), round(SOUNDS_S * RATE)
    for number in range(start // length, end // length + 1):
        at, pitch = number * length, 55 + number * 7 % 12
        for kind, frame, value in ((NOTE_ON, at, 0.7), (NOTE_OFF, at + sounds, 0.5)):
            if start <= frame < end:
                rows.append((frame, value, kind, 0, pitch, FROM_VOICE, 0xFFFF, 0))
        step = RATE // BENDS_A_SECOND
        rows += [
            (frame, 0.3 * sin(frame / 5_000), BEND, 0, 0, FROM_VOICE, 0xFFFF, 0)
            for frame in range(at + step, at + sounds, step)
            if start <= frame < end
        ]
    return np.array(sorted(rows), EVENT)


def resident_mb() -> float:
    """What this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
