"""How well the ears hear: notes of recordings against notes written down by hand.

    python bench/listen_score.py FOLDER... [--frames 128] [--csv]

A folder holds recordings (`name.flac` or `.wav`) and, where someone has listened to them, `name.csv` with the columns
onset_s, offset_s, pitch_midi. Each recording is resampled to 48 kHz and heard block by block, as a card would give it;
a note counts as sent at the end of the block that brought it about.

- COn, COnP, COnPOff: mir_eval's F-measure of notes whose onset (50 ms), also pitch (50 cents), also offset (50 ms or
  a fifth of the note) is right; the mean over the files. "sent" is COn of the moments at which notes were sent.
- latency: sent less written onset, over the notes whose onset is right; median and 95th percentile.
- notes a minute, of recordings without a table: speech and noise should bring few.
- load: processor time the ears took for a second of sound.

Files in even places of the sorted order, from 0, were used to tune the ears; those in odd places were not.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import mir_eval
import numpy as np
import numpy.typing as npt
import soundfile
from pedalboard.io import StreamResampler

from ml.listener import Listener, Sung

RATE = 48_000
ONSET_WITHIN_S = 0.05
PITCH_WITHIN_CENTS = 50.0
SHORTEST_S = 0.005
SOUNDS = (".flac", ".wav")
SCORES = ("COn", "COnP", "COnPOff", "sent")
Table = npt.NDArray[np.float64]


@dataclass
class Result:
    """What came of one recording. [any]"""

    path: Path
    is_tuned_on: bool
    seconds: float
    busy_s: float
    notes: int
    written: int | None = None
    scores: dict[str, float] = field(default_factory=dict)
    latencies_s: Table = field(default_factory=lambda: np.zeros(0))


def main() -> None:
    """Score every folder that was named. [main]"""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="or a single recording")
    parser.add_argument("--frames", type=int, default=128, help="of a block, at 48 kHz")
    parser.add_argument("--csv", action="store_true", help="a row a file, for a spreadsheet")
    wanted = parser.parse_args()
    Listener(RATE).hear(0, np.zeros(RATE // 10, np.float32))  # compiled before anything is timed
    by_folder = {folder: list(results(folder, wanted.frames)) for folder in wanted.folders}
    if wanted.csv:
        print_rows([result for each in by_folder.values() for result in each])
        return
    for folder, heard in by_folder.items():
        print(f"{folder.name}: {len(heard)} recordings, {sum(each.seconds for each in heard) / 60:.1f} min")
        for name, some in (
            ("tuned on", [each for each in heard if each.is_tuned_on]),
            ("not tuned on", [each for each in heard if not each.is_tuned_on]),
            ("all", heard),
        ):
            if some and not (name != "all" and len(heard) == 1):
                print(f"  {name:13s}{summary(some)}")


def results(folder: Path, block_frames: int) -> Iterator[Result]:
    """Hear every recording of a folder. [main]"""
    paths = [folder] if folder.is_file() else sorted(path for path in folder.iterdir() if path.suffix in SOUNDS)
    if not paths:
        sys.exit(f"There is no recording in '{folder}'. Name a folder of .flac or .wav files.")
    for place, path in enumerate(paths):
        yield hear_file(path, block_frames, is_tuned_on=place % 2 == 0)


def hear_file(path: Path, block_frames: int, *, is_tuned_on: bool) -> Result:
    """Hear one recording, and score it if it has a table. [main]"""
    voice = voice_of(path)
    began = time.process_time()
    sung = hear(voice, block_frames)
    result = Result(path, is_tuned_on, len(voice) / RATE, time.process_time() - began, len(sung))
    table = path.with_suffix(".csv")
    if table.exists():
        written = np.loadtxt(table, delimiter=",", skiprows=1, ndmin=2)[:, :3]
        result.written = len(written)
        result.scores, result.latencies_s = score(written, heard_table(sung, block_frames))
    return result


def voice_of(path: Path) -> npt.NDArray[np.float32]:
    """The recording at 48 kHz, in one channel. [main]"""
    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = np.ascontiguousarray(sound.mean(axis=1)[None])
    if rate == RATE:
        return np.asarray(mono[0])
    resampler = StreamResampler(float(rate), float(RATE), 1)
    return np.concatenate([resampler.process(mono), resampler.process(None)], axis=1)[0]


def hear(voice: npt.NDArray[np.float32], block_frames: int) -> list[Sung]:
    """The notes of a voice, given in blocks. [main]"""
    listener = Listener(RATE)
    for frame in range(0, len(voice), block_frames):
        listener.hear(frame, voice[frame : frame + block_frames])
    listener.finish()
    return listener.sung


def heard_table(sung: Sequence[Sung], block_frames: int) -> Table:
    """(notes, 4): sent, onset, offset in seconds, pitch. [any]"""
    rows = [
        (
            math.ceil(each.emitted_frame / block_frames) * block_frames / RATE,
            max(each.onset_frame, 0) / RATE,
            each.offset_frame / RATE,
            each.pitch_midi,
        )
        for each in sung
    ]
    return np.array(rows, np.float64).reshape(-1, 4)


def score(written: Table, heard: Table) -> tuple[dict[str, float], Table]:
    """The F-measures, and the latency of each note that was heard. [any]"""
    if not len(heard) or not len(written):
        return dict.fromkeys(SCORES, float(len(heard) == len(written))), np.zeros(0)
    transcription = mir_eval.transcription
    sent_s, onset_s, offset_s, pitch = heard.T
    spans = np.column_stack([onset_s, np.maximum(offset_s, onset_s + SHORTEST_S)])
    sent_spans = np.column_stack([sent_s, np.maximum(offset_s, sent_s + SHORTEST_S)])
    right_spans, right_hz = written[:, :2], mir_eval.util.midi_to_hz(written[:, 2])
    hz = mir_eval.util.midi_to_hz(pitch)
    notes = {"onset_tolerance": ONSET_WITHIN_S, "pitch_tolerance": PITCH_WITHIN_CENTS}
    scores = {
        "COn": transcription.onset_precision_recall_f1(right_spans, spans, onset_tolerance=ONSET_WITHIN_S)[2],
        "COnP": transcription.precision_recall_f1_overlap(right_spans, right_hz, spans, hz, offset_ratio=None, **notes)[
            2
        ],
        "COnPOff": transcription.precision_recall_f1_overlap(right_spans, right_hz, spans, hz, **notes)[2],
        "sent": transcription.onset_precision_recall_f1(right_spans, sent_spans, onset_tolerance=ONSET_WITHIN_S)[2],
    }
    pairs = transcription.match_note_onsets(right_spans, spans, onset_tolerance=ONSET_WITHIN_S)
    return scores, np.array([sent_s[mine] - right_spans[theirs, 0] for theirs, mine in pairs])


def summary(heard: Sequence[Result]) -> str:
    """One line for some recordings. [any]"""
    said = []
    scored = [each for each in heard if each.written is not None]
    if scored:
        said += [f"{name} {np.mean([each.scores[name] for each in scored]):.3f}" for name in SCORES]
        latencies_ms = 1e3 * np.concatenate([each.latencies_s for each in scored])
        if len(latencies_ms):
            said.append("latency p50 {:.0f} p95 {:.0f} ms".format(*np.percentile(latencies_ms, [50, 95])))
    unscored = [each for each in heard if each.written is None]
    if unscored:
        minutes = sum(each.seconds for each in unscored) / 60
        said.append(f"{sum(each.notes for each in unscored) / minutes:.1f} notes a minute")
    load = sum(each.busy_s for each in heard) / sum(each.seconds for each in heard)
    return "  ".join([*said, f"load {100 * load:.1f} %"])


def print_rows(heard: Sequence[Result]) -> None:
    """A row a file. [main]"""
    out = csv.writer(sys.stdout, lineterminator="\n")
    columns = ("folder", "file", "tuned_on", "seconds", "written", "heard", *SCORES, "latency_p50_ms", "latency_p95_ms")
    out.writerow((*columns, "load"))
    for each in heard:
        late = np.percentile(1e3 * each.latencies_s, [50, 95]) if len(each.latencies_s) else ()
        out.writerow(
            (
                each.path.parent.name,
                each.path.name,
                int(each.is_tuned_on),
                f"{each.seconds:.2f}",
                "" if each.written is None else each.written,
                each.notes,
                *(f"{each.scores[name]:.4f}" if each.scores else "" for name in SCORES),
                *([f"{value:.1f}" for value in late] or ["", ""]),
                f"{each.busy_s / each.seconds:.4f}",
            )
        )


if __name__ == "__main__":
    main()
