"""The piano roll alone in a window, or on a picture: `python -m gui.roll.show FILE.mid --screenshot x.png`.

For those who draw it. A MIDI file in; a window, or a PNG file out. [gui]
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace

from PyQt6.QtWidgets import QApplication

from gui.roll.scale import DEGREES, SHARPS, Key
from gui.roll.view import PianoRoll
from gui.theme import dress, theme
from score import midifile
from score.history import History
from score.score import Score


def editing(roll: PianoRoll, history: History) -> None:
    """Let a roll write into a history: what every owner of one does. [gui]"""
    roll.edited.connect(lambda edit: roll.set_score(history.do(edit)))
    roll.set_score(history.score)


def key_of(words: str) -> Key:
    """ "D minor" as a Key. [any]"""
    tonic, _, scale = words.partition(" ")
    names = [name.replace("♯", "#") for name in SHARPS]
    return Key(names.index(tonic), DEGREES[scale or "major"])


def main(words: Sequence[str] | None = None) -> int:
    """Show it. [gui]"""
    parser = argparse.ArgumentParser(prog="python -m gui.roll.show", description=__doc__)
    parser.add_argument("file", nargs="?", help="a MIDI file; without one an empty track is shown")
    parser.add_argument("--theme", default="system", choices=["dark", "light", "system"])
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--key", help="such as 'D minor'")
    parser.add_argument("--fold", action="store_true", help="only rows of the key")
    parser.add_argument("--quarter", type=float, default=0.0, help="pixels a quarter; everything fits when not given")
    parser.add_argument("--screenshot", help="write a PNG file and leave")
    given = parser.parse_args(words)
    if given.screenshot:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    palette = theme(given.theme)
    dress(app, palette)
    roll = PianoRoll()
    roll.set_theme(palette)
    roll.resize(*(int(side) for side in given.size.split("x")))
    score = midifile.read(given.file).score if given.file else Score().adding("Voice")
    history = History(score)
    editing(roll, history)
    fullest = max(score.tracks, key=lambda track: len(track.notes), default=None)
    if fullest is not None:
        roll.set_score(score, fullest.id)
    if given.key:
        roll.set_key(key_of(given.key), given.fold)
    roll.fit()
    if given.quarter:
        zoomed = given.quarter / score.tempo.ticks_per_quarter / roll.grid.px_per_tick
        roll.set_grid(replace(roll.grid.zoomed(zoomed), left_px=0.0))
    if given.screenshot:
        return 0 if roll.grab().save(given.screenshot) else 1
    roll.setWindowTitle(score.name or "Vocello")
    roll.show()
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
