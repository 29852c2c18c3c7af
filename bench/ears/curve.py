"""What a little more patience buys: live F-measures against the milliseconds until a note is sent.

    python bench/ears/curve.py FOLDER... [--patience 0,1,2] [--systems aubio,pyin] [--peers FOLDER | --heard RUN.json]

Our ears hear each set once for each patience that a singer can ask for (`Profile.patience`: 0 is hasty, 1 as trained).
A point stands at the median latency that was measured. A peer that runs live is a point of its own; one that needs the
whole recording stands at the right edge. Systems that `run.py --json RUN.json` heard in the same folders are not asked
again. Leaves OUT.md, the table, and OUT.svg, the picture.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bench.ears import live, metrics, report, systems, tables
from bench.ears.metrics import Figure, NotHeardError
from bench.ears.peers import LIMIT_S
from bench.ears.picture import Curve, Dot, Panel, draw
from bench.ears.recordings import SetOfRecordings, load
from ml.profile import Profile
from ml.wish import Hearing

PATIENCES = (0.0, 0.5, 1.0, 2.0, 3.0)
SHOWN = ("latency p50", "latency p95", "COn", "COnP", "COnP as sent", "COn as sent", "repeats", "count")


class Point(NamedTuple):
    """One way of listening, and what came of it on one set. [any]"""

    name: str
    figures: dict[str, Figure]

    @property
    def latency_ms(self) -> float:
        """The median; nan if it needs the whole recording. [any]"""
        return self.figures["latency p50"].value


def ours(some: SetOfRecordings, patiences: Sequence[float], block_frames: int) -> list[Point]:
    """A point for each patience. [main]"""
    points = []
    for patience in patiences:
        hearing = Hearing(profile=Profile(patience=patience))
        scores = [
            metrics.score(some.written[name], live.hear(voice, live.learned(hearing), block_frames))
            for name, voice in some.voices.items()
        ]
        points.append(Point(f"vocello, patience {patience:g}", metrics.summarise(scores)))
    return points


def theirs(
    some: SetOfRecordings, wanted: Sequence[str], conditions: systems.Conditions
) -> tuple[list[Point], dict[str, str]]:
    """A point for each other system; and those that could not be heard, with the reason. [main]"""
    points, absent = [], {}
    for system in wanted:
        try:
            heard = systems.hear(system, some.voices, conditions)
        except NotHeardError as reason:
            absent[system] = str(reason)
            continue
        scores = [metrics.score(some.written[name], each) for name, each in heard.items()]
        points.append(Point(system, metrics.summarise(scores)))
    return points, absent


def heard_before(
    some: SetOfRecordings, wanted: Sequence[str], told: Mapping[str, Any]
) -> tuple[list[Point], list[str]]:
    """The points that the JSON of a run has of these recordings; and the systems that are still to be heard. [any]"""
    known = told.get(some.name, {}).get("systems", {})
    ready = [each for each in wanted if each in known and known[each]["recordings"] == len(some.paths)]
    points = [Point(each, {name: report.figure(known[each][name]) for name in report.SHOWN}) for each in ready]
    return points, [each for each in wanted if each not in ready]


def as_table(points: Sequence[Point]) -> str:
    """The points of one set. [any]"""
    headings = ["", *(report.SHOWN[name][0] for name in SHOWN)]
    return report.table(
        headings, [[point.name, *(report.cell(name, point.figures[name]) for name in SHOWN)] for point in points]
    )


def panels(name: str, mine: Sequence[Point], others: Sequence[Point]) -> list[Panel]:
    """Two panels for a set: when notes begin, and which they are. [any]"""

    marks = {place: mine[place].name.rpartition(", ")[2] for place in {0, len(mine) - 1}}

    def curve(label: str, metric: str, *, dashed: bool = False) -> Curve:
        points = [(point.latency_ms, point.figures[metric].value) for point in mine]
        return Curve(label, points, dashed, {} if dashed else marks)

    def dots(metric: str) -> list[Dot]:
        return [Dot(point.name, point.latency_ms, point.figures[metric].value) for point in others]

    return [
        Panel(
            f"{name}: onsets",
            [curve("COn", "COn"), curve("COn of the moment sent", "COn as sent", dashed=True)],
            dots("COn"),
        ),
        Panel(
            f"{name}: onsets and pitch",
            [curve("COnP, pitch repaired", "COnP"), curve("COnP, pitch as sent", "COnP as sent", dashed=True)],
            dots("COnP"),
        ),
    ]


TEXT = """# Latency and accuracy

![Live F-measures against latency](PICTURE)

How right the notes are, against the median time from the written onset to the note-on. Each blue point waits for a
doubtful note a little longer than the one before, as `--patience` asks for; 1 is what one
gets without it. A note's onset is dated back, so that COn forgives waiting; COn of the moment sent, the dashed line on
the left, does not. The dashed line on the right is the pitch that left with the note-on, before any bend. A peer that
needs the whole recording has no latency and stands at the right edge. What each figure means stands in
[bench/ears/metrics.py](../bench/ears/metrics.py), how each peer is set up in
[bench/ears/peer_worker.py](../bench/ears/peer_worker.py).

To draw it for your recordings: `.venv/bin/python bench/ears/curve.py FOLDER...OTHERS`
"""


def opening(picture: str, others: str) -> str:
    """What stands over the tables; the command in it draws the same again. [any]"""
    asked = f" --systems {others} --peers PEERS" if others else ""
    return TEXT.replace("PICTURE", picture).replace("OTHERS", asked)


def main() -> None:
    """Draw the curve of every folder that was named. [main]"""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--patience", default=",".join(f"{each:g}" for each in PATIENCES), metavar="P,P,...")
    parser.add_argument("--systems", default="", help=f"also, as points: of {','.join(systems.ALL)}")
    parser.add_argument("--heard", type=Path, metavar="RUN.json", help="what run.py wrote of the same folders")
    parser.add_argument("--frames", type=int, default=live.BLOCK_FRAMES, help="of a block, at 48 kHz")
    parser.add_argument("--files", type=int, metavar="N", help="at most so many of each folder, spread evenly")
    parser.add_argument("--half", choices=("all", "even", "odd"), default="all")
    parser.add_argument("--peers", type=Path, metavar="FOLDER", help="their environment; or the variable VOCELLO_PEERS")
    parser.add_argument("--limit", type=float, default=LIMIT_S, metavar="S", help="for a peer to hear one folder")
    parser.add_argument("--out", type=Path, default=Path("docs/latency-accuracy"), help="without .md and .svg")
    wanted = parser.parse_args()
    conditions = systems.Conditions(wanted.frames, wanted.peers, wanted.limit)
    told_before = json.loads(wanted.heard.read_text(encoding="utf-8")) if wanted.heard else {}
    patiences = [float(each) for each in wanted.patience.split(",")]
    rows: list[list[Panel]] = []
    text = [opening(f"{wanted.out.name}.svg", wanted.systems)]
    for folder in wanted.folders:
        try:
            some = load(folder, wanted.files, wanted.half)
            mine = ours(some, patiences, wanted.frames)
        except (tables.TableError, NotHeardError) as error:
            sys.exit(str(error))
        before, asked = heard_before(some, [each for each in wanted.systems.split(",") if each], told_before)
        others, absent = theirs(some, asked, conditions)
        others = [*before, *others]
        if all(math.isnan(point.latency_ms) for point in mine):
            sys.exit(f"In '{folder}' no note was heard that somebody wrote down: there is no latency to draw.")
        rows.append(panels(some.name, mine, others))
        told = [
            f"## {some.name}: {len(some.paths)} recordings, {some.minutes:.1f} min\n",
            as_table([*mine, *others]) + "\n",
        ]
        told += [f"Not heard: {system}: {reason}\n" for system, reason in absent.items()]
        print("\n".join(told), flush=True)
        text += told
    wanted.out.parent.mkdir(parents=True, exist_ok=True)
    wanted.out.with_suffix(".md").write_text("\n".join(text), encoding="utf-8")
    wanted.out.with_suffix(".svg").write_text(draw(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
