"""How well the ears hear, beside the peers, in one run, on anybody's recordings.

    python bench/ears/run.py FOLDER... [--systems vocello,pyin,aubio] [--peers FOLDER] [--json OUT.json]

A folder is a set. It holds recordings (`name.flac` or `.wav`) and, where someone has listened to them, `name.csv` with
the columns onset_s, offset_s, pitch_midi; where the pitch is known exactly also `name.f0.csv` with time_s, f0_hz.
Recordings without a table are taken for speech, noise or silence: the notes a minute are counted. What each figure
means stands in `bench/ears/metrics.py`. Notes that another program wrote as `vocello listen --events` does are scored
with `--events FOLDER`, which holds a `name.csv` for each recording. Each recording is resampled to 48 kHz first; the
peers get the same samples.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.ears import causal, live, metrics, report, systems, tables
from bench.ears.metrics import F0_LAGS_S, Figure, FileScore, Heard, NotHeardError, Written
from bench.ears.peers import LIMIT_S
from bench.ears.recordings import HALVES, SetOfRecordings, load


@dataclass
class Results:
    """What came of a set. [any]"""

    scores: dict[str, dict[str, FileScore]] = field(default_factory=dict)  # by system, by recording
    figures: dict[str, dict[str, Figure]] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)

    def add(self, system: str, heard: Mapping[str, Heard], written: Mapping[str, Written]) -> None:
        """Score what a system heard. [main]"""
        self.scores[system] = {name: metrics.score(written[name], each) for name, each in heard.items()}
        self.figures[system] = metrics.summarise(list(self.scores[system].values()))

    def f0_lag_ms(self, system: str) -> float | None:
        """The constant delay of a system's pitch curve. [any]"""
        with_f0 = [each for each in self.scores[system].values() if each.f0_right is not None]
        return 1e3 * float(F0_LAGS_S[metrics.f0_lag(with_f0)]) if with_f0 else None


def evaluate(some: SetOfRecordings, wanted: Sequence[str], conditions: systems.Conditions) -> Results:
    """Let every system hear the set. [main]"""
    results = Results()
    for system in wanted:
        print(f"{some.name}: {system} listens", file=sys.stderr, flush=True)
        try:
            results.add(system, systems.hear(system, some.voices, conditions), some.written)
        except NotHeardError as reason:
            results.absent[system] = str(reason)
    return results


def from_events(some: SetOfRecordings, folder: Path) -> dict[str, Heard]:
    """What some program wrote down of the set, from its tables. [main]"""
    heard = {}
    for path in some.paths:
        events = folder / f"{path.stem}.csv"
        if not events.exists():
            raise NotHeardError(f"there is no '{events}'")
        heard[path.name] = Heard(tables.heard_notes(events), len(some.voices[path.name]) / live.RATE)
    return heard


def check_causality(some: SetOfRecordings, system: str, block_frames: int, cuts: int) -> list[str]:
    """What one of our systems says differently once the rest is cut off. [main]"""
    found = []
    for name, voice in some.voices.items():
        _, wrong = causal.objections(
            voice, lambda some: [live.hear(each, live.LISTENERS[system](), block_frames).notes for each in some], cuts
        )
        found += [f"{name}: {line}" for line in wrong]
    return found


def write_rows(path: Path, by_set: Mapping[str, Results]) -> None:
    """A row for each recording and system, for a spreadsheet. [main]"""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("set", "recording", "system", *report.SHOWN))
        for name, results in by_set.items():
            for system, scores in results.scores.items():
                for recording, each in scores.items():
                    values = metrics.summarise([each], draws=1)
                    cells = [report.cell(metric, values[metric]).replace(report.UNKNOWN, "") for metric in report.SHOWN]
                    out.writerow((name, recording, system, *cells))


def as_json(by_set: Mapping[str, Results]) -> str:
    """Every figure with its interval. [any]"""
    return json.dumps(
        {
            name: {
                "systems": {
                    system: report.plain(figures)
                    | {"recordings": len(results.scores[system]), "f0 lag ms": results.f0_lag_ms(system)}
                    for system, figures in results.figures.items()
                },
                "not heard": results.absent,
            }
            for name, results in by_set.items()
        },
        indent=2,
    )


def arguments() -> argparse.ArgumentParser:
    """What can be asked for. [main]"""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="or a single recording")
    parser.add_argument("--systems", default="vocello", help=f"of {','.join(systems.ALL)}; or 'all', or 'none'")
    parser.add_argument("--events", type=Path, action="append", default=[], metavar="FOLDER", help="score these tables")
    parser.add_argument("--frames", type=int, default=live.BLOCK_FRAMES, help="of a block, at 48 kHz")
    parser.add_argument("--files", type=int, metavar="N", help="at most so many of each folder, spread evenly")
    parser.add_argument(
        "--half", choices=HALVES, default="all", help="only every second file, from the first or second"
    )
    parser.add_argument(
        "--causal", type=int, metavar="N", help="also cut each recording after N emissions, and compare"
    )
    parser.add_argument("--intervals", action="store_true", help="show the 95 %% intervals")
    parser.add_argument("--json", type=Path, metavar="OUT.json", help="all figures, with intervals")
    parser.add_argument("--rows", type=Path, metavar="OUT.csv", help="a row for each recording")
    parser.add_argument("--peers", type=Path, metavar="FOLDER", help="their environment; or the variable VOCELLO_PEERS")
    parser.add_argument("--limit", type=float, default=LIMIT_S, metavar="S", help="for a peer to hear one folder")
    return parser


def main() -> None:
    """Score every folder that was named; ends with 1 if the ears were found to look ahead. [main]"""
    wanted = arguments().parse_args()
    names = {"all": list(systems.ALL), "none": []}.get(wanted.systems, wanted.systems.split(","))
    conditions = systems.Conditions(wanted.frames, wanted.peers, wanted.limit)
    by_set: dict[str, Results] = {}
    looks_ahead = False
    for folder in wanted.folders:
        try:
            some = load(folder, wanted.files, wanted.half)
            results = evaluate(some, names, conditions)
            for events in wanted.events:
                try:
                    results.add(str(events), from_events(some, events), some.written)
                except NotHeardError as reason:
                    results.absent[str(events)] = str(reason)
        except tables.TableError as error:
            sys.exit(str(error))
        by_set[some.name if some.name not in by_set else str(folder)] = results
        print(f"\n{folder.name}: {len(some.paths)} recordings, {some.minutes:.1f} min\n", flush=True)
        print(report.of_set(results.figures, results.absent, intervals=wanted.intervals), flush=True)
        for system in results.figures if wanted.causal else ():
            if system in live.LISTENERS:
                found = check_causality(some, system, wanted.frames, wanted.causal)
                print("\n".join([f"{system} looks ahead: {'no' if not found else 'yes'}", *found]), flush=True)
                looks_ahead |= bool(found)
    if wanted.json:
        wanted.json.write_text(as_json(by_set), encoding="utf-8")
    if wanted.rows:
        write_rows(wanted.rows, by_set)
    sys.exit(int(looks_ahead))


if __name__ == "__main__":
    main()
