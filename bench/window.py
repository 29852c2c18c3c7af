"""What a window costs the sound: notes at the port and missed blocks, with no window, and while one is hammered.

    python bench/window.py [--frames 128] [--repeats 40] [--turns 2]

One run, in turns: the engine alone; the same beside a program that does nothing but compute, in one thread and at the
same priority as a window; and the same engine under an app whose roll of 100 000 notes is scrolled, zoomed
and edited without a pause while it plays. Another process sings syllables into JACK and reads on which frame each
note-on arrives; JACK alone, and the stalls of the machine in which no thread at all was woken, are told beside.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.jack_server import RATE, jack_server
from bench.latency import GAP_S, Peer, connect, show

NOTES = 100_000
_WAYS = ("engine alone", "beside a program that computes", "window hammered")
_BUSY = "x = 0\nwhile True:\n    x = (x * 31 + 7) % 1000003"


@dataclass
class Told:
    """What came of one way of running, over all its turns."""

    late_frames: list[int] = field(default_factory=list)
    missed: int = 0
    callbacks: int = 0
    stalls: int = 0
    strokes: int = 0


def alone() -> None:
    """An engine as the app has it, and nobody who looks at it. [main]"""
    from realtime.client import Engine, PortWish
    from vocello.commands.app import _default_rack

    with Engine.apart() as engine:
        engine.load_rack(_default_rack())
        engine.open_output(PortWish("Vocello"))
        engine.start("jack")

        def rest() -> int:
            time.sleep(0.05)
            return 0

        _serve(engine, rest)


def hammered() -> None:
    """The app with a long piece, and a hand that never rests. [gui]"""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PyQt6.QtCore import QPoint, QPointF, Qt
    from PyQt6.QtGui import QWheelEvent
    from PyQt6.QtWidgets import QApplication

    from bench.roll import piece
    from gui.engine_link import EngineLink, Wishes
    from gui.session.document import Document
    from gui.session.setup import Setup, TrackSetup
    from gui.session.text import State
    from gui.theme.palette import DARK
    from gui.theme.sheet import dress
    from gui.window import MainWindow
    from realtime.client import Engine
    from score.edits import ChangeNotes
    from vocello.commands.app import _default_rack

    ctrl, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    no_key, no_button = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.NoButton
    app = QApplication(sys.argv[:1])
    dress(app, DARK)
    score = piece(NOTES)
    silent = {str(each.id): TrackSetup(muted=True) for each in score.tracks}  # the port is for what is sung
    document = Document.new(Path(tempfile.mkdtemp()), State(Setup(tracks=silent), score))
    link = EngineLink(lambda gone: Engine.apart(on_lost=gone), Wishes("jack", keys="none", rack=_default_rack()))
    ready: list[Any] = []
    link.ready.connect(ready.append)
    window = MainWindow(document, link, DARK)
    window.resize(1600, 900)
    window.show()
    link.begin()
    while not ready:
        app.processEvents()
        time.sleep(0.01)
    chance, roll = random.Random(2), window.roll
    track = document.score.track(roll.track_id)
    notes = list(track.notes)
    window.deck.toggle_play()

    def stroke() -> int:
        held = chance.choice((no_key, no_key, ctrl, shift))
        place = QPointF(chance.uniform(200.0, roll.width() - 50.0), chance.uniform(100.0, roll.height() - 200.0))
        turned = QPoint(chance.choice((-120, 120)), chance.choice((-120, 120)))
        phase = Qt.ScrollPhase.NoScrollPhase
        wheel = QWheelEvent(place, roll.mapToGlobal(place), QPoint(), turned, no_button, held, phase, False)
        app.sendEvent(roll, wheel)
        if chance.random() < 0.2:
            n = chance.randrange(len(notes))
            moved = replace(notes[n], pitch=min(notes[n].pitch + chance.choice((-1, 1)), 127))
            window.do(ChangeNotes((moved,)))
            notes[n] = moved
        app.processEvents()
        return 1

    _serve(link.engine, stroke)
    window.close()


def _serve(engine: Any, stroke: Any) -> None:
    """Work until told to stop, and tell what the engine counted since the first word."""
    os.set_blocking(sys.stdin.fileno(), False)
    print(json.dumps({"pid": engine.pid}), flush=True)
    first: dict[str, int] | None = None
    strokes = 0
    while True:
        strokes += stroke()
        word = sys.stdin.readline().strip()
        if word == "begin":
            first, strokes = _counted(engine), 0
        elif word == "end" and first is not None:
            last = _counted(engine)
            told = {name: last[name] - first[name] for name in last}
            print(json.dumps(told | {"strokes": strokes}), flush=True)
            return


def _counted(engine: Any) -> dict[str, int]:
    meters = engine.meters()
    return {"missed": int(meters["missed"]), "callbacks": int(meters["blocks"])}


def turn(way: str, peer: Peer, told: Told) -> None:
    """One pass of all syllables. [main]"""
    word = "hammered" if way == _WAYS[2] else "alone"
    busy = subprocess.Popen([sys.executable, "-c", _BUSY]) if way == _WAYS[1] else None
    command = [sys.executable, "-m", "bench.window", word]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None and child.stdout is not None
    try:
        child.stdout.readline()
        for target in ("Vocello audio:in_0", "Vocello audio:in_1"):
            connect(peer.client, "peer:voice", target)
        connect(peer.client, "Vocello:out", "peer:notes")
        time.sleep(2.0)
        child.stdin.write("begin\n")
        child.stdin.flush()
        peer.run(pressing=False)
        child.stdin.write("end\n")
        child.stdin.flush()
        counted = json.loads(child.stdout.readline())
    finally:
        if busy is not None:
            busy.kill()
            busy.wait()
        child.terminate()
        child.wait(30.0)
    within = int(GAP_S / 2 * RATE)
    for start in peer.starts:
        after = [note - start for note in peer.notes if 0 <= note - start < within]
        told.late_frames += after[:1]
    told.missed += counted["missed"]
    told.callbacks += counted["callbacks"]
    told.strokes += counted["strokes"]


def main() -> None:
    """Both ways, in turns."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("child", nargs="?", choices=("alone", "hammered"))
    parser.add_argument("--frames", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--turns", type=int, default=2)
    asked = parser.parse_args()
    if asked.child:
        {"alone": alone, "hammered": hammered}[asked.child]()
        return
    from realtime.metronome import Metronome

    told = {way: Told() for way in _WAYS}
    with jack_server(asked.frames):
        peer = Peer(asked.repeats)
        peer.done.set()
        peer.client.activate()
        connect(peer.client, "peer:voice", "peer:echo")
        for _ in range(asked.turns):
            for way, its in told.items():
                with Metronome(asked.frames / RATE) as beat:
                    turn(way, peer, its)
                its.stalls += beat.stalls
        peer.client.deactivate()
        peer.client.close()
    print(f"JACK dummy driver, {RATE} Hz, {asked.frames} frames a block; sung onset → note-on: p50, p95, max")
    asked_for = asked.repeats * asked.turns
    for way, its in told.items():
        show(way, its.late_frames, asked_for, asked.frames)
        print(
            f"{'':34}missed {its.missed} of {its.callbacks} blocks; the machine stood still {its.stalls} times"
            + (f"; {its.strokes} strokes of the hand" if way == _WAYS[2] else "")
        )
    medians = [float(np.median(its.late_frames)) for its in told.values()]
    for way, median in list(zip(_WAYS, medians, strict=True))[1:]:
        print(f"{way}: the median moves by {1e3 * (median - medians[0]) / RATE:+.2f} ms")


if __name__ == "__main__":
    main()
