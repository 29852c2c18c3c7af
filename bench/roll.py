"""What the piano roll costs to draw: frames while it scrolls, zooms and plays, and edits, for 1 000 to 100 000 notes.

    python bench/roll.py [--size 1600x900] [--frames 300]

Draws without a screen, sixty frames a second, in one thread. A frame has 16 ms, and a hand does not notice an edit of
5 ms. Prints p50, p99 and the longest in ms from when a frame was due, and beside them p99 of the processor's time in
it, which another program on the machine does not change. Half of the notes have a curve of their own, as sung notes
have, three other tracks lie behind as ghosts, and a wheel moves all the time.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PyQt6.QtCore import QEvent, QPointF, Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QApplication

from gui.roll import PianoRoll
from gui.roll.kinds import Kind, Of
from gui.roll.overlay import LiveNote
from gui.theme import DARK, dress
from score.edits import ChangeNotes
from score.events import Control
from score.history import History
from score.note import Note
from score.operations.lanes import Lane
from score.score import Score

FRAME_MS, EDIT_MS = 16.0, 5.0
PX_PER_QUARTER = 60.0
LANES: tuple[Kind, ...] = (Of.PRESSURE, Lane("control", 0, 1), Lane("bend"))
"""Beside that of velocities."""


def piece(count: int) -> Score:
    """A track of so many notes, three at a time and half of them sung, over three tracks a tenth as full. [main]"""
    chance = random.Random(1)

    def note(n: int) -> Note:
        duration = chance.choice((240, 480, 900))
        curve = tuple((at, round(0.3 * np.sin(at / 40), 3)) for at in range(0, duration, 12)) if n % 2 else ()
        return Note(160 * n, duration, chance.randrange(40, 88), chance.randrange(20, 127), bend_st=curve)

    end = 160 * count
    wheel = [Control(at, 0, 1, round(64 + 60 * np.sin(at / 3000))) for at in range(0, end, max(60, end // 20_000))]
    score = Score().adding("Voice", [note(n) for n in range(count)], wheel)
    for _ in range(3):
        score = score.adding("Other", [Note(1600 * n, 1500, chance.randrange(30, 60)) for n in range(count // 10)])
    return score


TICK_NS = 16_666_667


class Times(NamedTuple):
    """Frames in ms: from when they were due, and what the processor did for the slowest hundredth. [main]"""

    p50: float
    p99: float
    longest: float
    busy_p99: float


class Stage:
    """A roll of a size over a piece, in which one frame at a time is drawn. [main]"""

    def __init__(self, count: int, width: int, height: int) -> None:
        self.history = History(piece(count))
        # As an app does once a piece is open: its notes stay, and no collection has to look at each of them again.
        gc.collect()
        gc.freeze()
        self.roll = PianoRoll()
        self.roll.resize(width, height)
        self.roll.edited.connect(lambda edit: self.roll.set_score(self.history.do(edit)))
        self.roll.set_score(self.history.score)
        self.roll.show()
        self.near()
        self.draw()

    def near(self) -> None:
        """The zoom at which notes are edited: some hundreds of them in the window. [main]"""
        roll, grid = self.roll, self.roll.grid
        roll.set_grid(replace(grid, px_per_tick=PX_PER_QUARTER / 960, row_px=16.0, left_px=0.0).showing(0, 80))
        self.calm()

    def far(self) -> None:
        """The whole piece in the window. [main]"""
        self.roll.fit()
        self.calm()

    def calm(self) -> None:
        """Until everything is drawn well. [main]"""
        self.roll.settle()
        self.draw()

    def draw(self) -> None:
        """What is no longer true is painted now. [main]"""
        QApplication.processEvents()

    def mouse(self, kind: QEvent.Type, at: QPointF) -> None:
        """The left button, at a place of the widget. [main]"""
        button = Qt.MouseButton.LeftButton
        which = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else button
        held = Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(self.roll, QMouseEvent(kind, at, self.roll.mapToGlobal(at), which, button, held))


def times_ms(act: Callable[[int], None], stage: Stage, frames: int) -> Times:
    """So many frames, sixty a second; between them the roll draws ahead, as it does in the app. [main]"""
    took, busy = np.empty(frames), np.empty(frames)
    tick = time.perf_counter_ns()
    for n in range(frames):
        while time.perf_counter_ns() < tick:
            stage.draw()
            time.sleep(0.0005)
        busy_before = time.thread_time_ns()
        act(n)
        stage.draw()
        now = time.perf_counter_ns()
        # From when the frame was due: what was drawn ahead for too long makes it late.
        took[n], busy[n] = (now - tick) / 1e6, (time.thread_time_ns() - busy_before) / 1e6
        tick = max(tick + TICK_NS, now)
    p50, p99, longest = np.percentile(took, [50, 99, 100])
    return Times(float(p50), float(p99), float(longest), float(np.percentile(busy, 99)))


def drag_one(stage: Stage, frames: int) -> Times:
    """One note under the mouse, over the field and back. [main]"""
    stage.near()
    roll = stage.roll
    note = next(each for each in stage.history.score.tracks[0].notes.between(4000, 8000) if each.duration_ticks > 400)
    field, grid = roll.layout_of_parts.notes, roll.grid.showing(note.start_ticks, note.pitch)
    roll.set_grid(grid)
    stage.draw()
    middle = grid.x_of(note.start_ticks + note.duration_ticks / 2)
    start = QPointF(field.x + middle, field.y + grid.middle_of(note.pitch))
    stage.mouse(QEvent.Type.MouseButtonPress, start)
    taken = times_ms(
        lambda n: stage.mouse(QEvent.Type.MouseMove, start + QPointF(200 * np.sin(n / 20), 120 * np.sin(n / 13))),
        stage,
        frames,
    )
    stage.mouse(QEvent.Type.MouseButtonRelease, start + QPointF(60, 30))
    stage.draw()
    return taken


def edit_one(stage: Stage, frames: int) -> Times:
    """A note changed in the score: the edit, what follows from it, and the frame that shows it. [main]"""
    stage.near()
    stage.draw()
    notes = list(stage.history.score.tracks[0].notes.between(0, 12_000))

    def act(n: int) -> None:
        note = stage.history.score.tracks[0].notes.get(notes[n % len(notes)].id)
        assert note is not None
        stage.roll.edited.emit(ChangeNotes((replace(note, pitch=note.pitch ^ 1),)))

    return times_ms(act, stage, frames)


def measured(stage: Stage, frames: int) -> list[tuple[str, float, Times]]:
    """Everything that moves, with what it may take. [main]"""
    roll, rows = stage.roll, []
    stage.near()
    rows.append(
        ("scroll", FRAME_MS, times_ms(lambda n: roll.set_grid(roll.grid.scrolled(24, 2 - n % 5)), stage, frames))
    )
    stage.far()
    rows.append(("scroll, far", FRAME_MS, times_ms(lambda n: roll.set_grid(roll.grid.scrolled(3, 1)), stage, frames)))
    for lane in LANES:
        roll.open_lane(lane)
    stage.near()
    rows.append(
        ("scroll, four lanes", FRAME_MS, times_ms(lambda n: roll.set_grid(roll.grid.scrolled(24)), stage, frames))
    )
    rows.append(("edit, four lanes", EDIT_MS, edit_one(stage, frames)))
    for lane in LANES:
        roll.close_lane(lane)
    stage.near()
    wide = roll.layout_of_parts.notes
    about = QPointF(wide.x + wide.width / 2, wide.y + wide.height / 2)
    steps = frames // 2
    span = roll.grid.fitted(0, roll.grid.end_ticks, 30, 90).px_per_tick / roll.grid.px_per_tick
    out = float(min(span, 0.9) ** (1 / steps))
    rows.append(
        (
            "zoom out and in",
            FRAME_MS,
            times_ms(lambda n: roll.zoom(about, out if n < steps else 1 / out), stage, frames),
        )
    )
    stage.near()
    rows.append(("play", FRAME_MS, times_ms(lambda n: roll.set_playhead(n * 20.0), stage, frames)))
    rows.append(
        ("play, follow", FRAME_MS, times_ms(lambda n: roll.set_playhead(n * 160.0, follow=True), stage, frames))
    )
    trace = [(at * 10.0, 60 + np.sin(at / 5)) for at in range(frames)]
    rows.append(
        (
            "sing",
            FRAME_MS,
            times_ms(lambda n: roll.set_live([LiveNote(0, 10 * n + 10, 60)], trace[: n + 1]), stage, frames),
        )
    )
    roll.set_live(())
    rows.append(("drag a note", FRAME_MS, drag_one(stage, frames)))
    roll.pick(note.id for note in stage.history.score.tracks[0].notes)
    rows.append(("drag all notes", FRAME_MS, drag_one(stage, frames // 4)))
    roll.pick(())
    rows.append(("edit a note", EDIT_MS, edit_one(stage, frames)))
    return rows


def main() -> None:
    """Measures and prints. [main]"""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="1600x900")
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--notes", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    given = parser.parse_args()
    width, height = (int(side) for side in given.size.split("x"))
    app = QApplication.instance() or QApplication(["roll"])
    assert isinstance(app, QApplication)
    dress(app, DARK)
    print(f"{given.size}, {given.frames} frames each, drawn by the processor; ms")
    print(f"{'':28} {'p50':>8} {'p99':>8} {'longest':>8} {'busy p99':>9} {'of budget':>10}")
    for count in given.notes:
        began = time.perf_counter()
        stage = Stage(count, width, height)
        print(f"{count} notes, made and drawn in {time.perf_counter() - began:.2f} s")
        for name, budget, took in measured(stage, given.frames):
            times = f"{took.p50:8.2f} {took.p99:8.2f} {took.longest:8.2f} {took.busy_p99:9.2f}"
            print(f"    {name:24} {times} {took.busy_p99 / budget:10.0%}", flush=True)
        stage.roll.close()


if __name__ == "__main__":
    main()
