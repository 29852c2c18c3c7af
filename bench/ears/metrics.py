"""What "how well did it hear" means: every figure that the benchmark of the ears prints, defined.

What flows in: the notes that were sung, as someone wrote them down (`Written`: onset_s, offset_s, pitch_midi), and the
notes that a program heard (`Heard`: the columns of `vocello listen --events`). What flows out: a `FileScore` for each
recording, and over the recordings of a set a `Figure` for each metric: the value, and the 95 % interval of 1000
bootstrap draws of whole recordings (Efron 1979). Called by nobody who makes sound.

Means over recordings, as mir_eval defines them (Raffel et al., ISMIR 2014; onset within 50 ms):

- `COn`: F-measure of notes whose onset is right.
- `COnP`: ... and whose final pitch, `pitch_midi`, is within 50 cents.
- `COnPOff`: ... and whose offset is within 50 ms or a fifth of the note's length, whichever is longer.
- `COnP as sent`: COnP of the pitch that left with the note-on, `sent_pitch_midi`.
- `COn as sent`: COn of the moments at which the note-ons left, `emitted_s`, in place of the onsets they were dated to.

Shares of all notes of a set, so that a recording with two repeats does not weigh as much as one with fifty:

- `repeats`: of the written notes that repeat the note before (it ended less than 0.1 s earlier, or overlaps, and lies
  within half a semitone), how many onsets were found; the pairs are those of COn.
- `slurs`: the same for notes that follow as closely at another pitch.
- `firsts`: the same for all others: the first note, and every note after a rest of 0.1 s or more.
- `octave errors`: of the notes whose onset is right, how many are off by one or more octaves, give or take a semitone.
- `count`: notes heard for a note written.
- `retracted`: of the note-ons that left, how many are in no list of notes afterwards, because the ears thought better
  of them: a listener of the MIDI port heard them, and no other metric sees them.
- `false/min`: notes a minute whose onset is none that somebody sang.
- `notes/min`: notes for a minute of a recording nobody wrote notes for: speech, noise, silence.
- `f0`: of the voiced frames of an f0 reference, how many were heard within 50 cents. A constant delay is latency and
  not a wrong pitch: of the delays from 0 to 60 ms, in steps of 5, the best for the whole set is taken.
- `CPU`: processor seconds for a second of sound, of all threads together.

Over all notes of a set that pair up within 150 ms and 50 cents:

- `latency p50`, `latency p95`: `emitted_s` less the written onset, in ms. Programs that cannot run live have none.

Over all notes of a set whose onset is right:

- `bias`: the median of the heard onset less the written one, in ms; positive is late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import mir_eval
import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.float64]

ONSET_WITHIN_S, PITCH_WITHIN_CENTS, OFFSET_WITHIN_S, OFFSET_WITHIN_SHARE = 0.05, 50.0, 0.05, 0.2
LATENCY_WITHIN_S = 0.15
BOUND_WITHIN_S, SAME_WITHIN_ST = 0.1, 0.5
SHORTEST_S = 0.005  # mir_eval refuses notes without a length
F0_LAGS_S = np.arange(0.0, 0.0601, 0.005)
DRAWS = 1000


class Figure(NamedTuple):
    """A metric over a set: its value and the ends of its 95 % interval; nan where nothing was to be measured. [any]"""

    value: float
    low: float
    high: float


class NotHeardError(Exception):
    """A system that cannot be heard here, and why. [any]"""


@dataclass(frozen=True)
class Heard:
    """What a program made of one recording. [any]"""

    notes: Table  # (notes, 6): tables.EVENTS; emitted_s is nan where the program cannot run live
    seconds: float
    busy_s: float = np.nan
    f0: Table | None = None  # (frames, 2): seconds, Hz
    note_ons: int | None = None  # that left, if known


@dataclass(frozen=True)
class Written:
    """What is known of one recording. [any]"""

    notes: Table | None = None  # (notes, 3): onset_s, offset_s, pitch_midi
    f0: Table | None = None  # (frames, 2): seconds, Hz; 0 where nobody sings


@dataclass(frozen=True)
class FileScore:
    """What the metrics are made of, for one recording. [any]"""

    means: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # so many of so many
    spreads: Mapping[str, Table] = field(default_factory=dict)  # a value for each note
    f0_right: Table | None = None  # (lags,): frames
    f0_voiced: int = 0


MEANS = ("COn", "COnP", "COnPOff", "COnP as sent", "COn as sent")
SHARES = ("repeats", "slurs", "firsts", "octave errors", "count", "retracted", "false/min", "notes/min", "CPU")
PERCENTILES = {"latency p50": ("latency_ms", 50.0), "latency p95": ("latency_ms", 95.0), "bias": ("error_ms", 50.0)}


def score(written: Written, heard: Heard) -> FileScore:
    """The metrics' ingredients for one recording. [any]"""
    means: dict[str, float] = {}
    shares: dict[str, tuple[float, float]] = {"CPU": (heard.busy_s, heard.seconds)}
    spreads: dict[str, Table] = {}
    if heard.note_ons:
        shares["retracted"] = (float(max(heard.note_ons - len(heard.notes), 0)), float(heard.note_ons))
    if written.notes is None:
        shares["notes/min"] = (float(len(heard.notes)), heard.seconds / 60.0)
    else:
        means = f_measures(written.notes, heard.notes)
        pairs = matches(written.notes, heard.notes[:, 1:4], ONSET_WITHIN_S)
        shares |= found_by_kind(written.notes, pairs)
        shares["octave errors"] = octave_errors(written.notes, heard.notes, pairs)
        shares["count"] = (float(len(heard.notes)), float(len(written.notes)))
        shares["false/min"] = (float(len(heard.notes) - len(pairs)), heard.seconds / 60.0)
        spreads["error_ms"] = 1e3 * np.array([heard.notes[mine, 1] - written.notes[right, 0] for right, mine in pairs])
        spreads["latency_ms"] = 1e3 * latencies_s(written.notes, heard.notes)
    if written.f0 is None or heard.f0 is None:
        return FileScore(means, shares, spreads)
    right, voiced = f0_agreement(written.f0, heard.f0)
    return FileScore(means, shares, spreads, right, voiced)


def f_measures(written: Table, heard: Table) -> dict[str, float]:
    """The five means of one recording; both tables empty is a perfect answer. [any]"""
    is_live, tells_sent = (not np.isnan(heard[:, column]).any() for column in (0, 5))
    final = heard[:, 1:4]
    sent_pitch = np.column_stack([heard[:, 1:3], heard[:, 5]])
    sent = np.column_stack([heard[:, 0], heard[:, 2:4]])
    return {
        "COn": f_measure(written, final, pitched=False),
        "COnP": f_measure(written, final),
        "COnPOff": f_measure(written, final, offsets=True),
        "COnP as sent": f_measure(written, sent_pitch) if tells_sent else np.nan,
        "COn as sent": f_measure(written, sent, pitched=False) if is_live else np.nan,
    }


def f_measure(written: Table, heard: Table, *, pitched: bool = True, offsets: bool = False) -> float:
    """mir_eval's F-measure of (notes, 3) tables: onset_s, offset_s, pitch_midi. [any]"""
    if not len(written) or not len(heard):
        return float(len(written) == len(heard))
    if not pitched:
        return 2.0 * len(matches(written, heard, ONSET_WITHIN_S)) / (len(written) + len(heard))
    found = matches(written, heard, ONSET_WITHIN_S, pitched=True, offsets=offsets)
    return 2.0 * len(found) / (len(written) + len(heard))


def matches(
    written: Table, heard: Table, within_s: float, *, pitched: bool = False, offsets: bool = False
) -> list[tuple[int, int]]:
    """mir_eval's largest set of pairs (written, heard) that are near enough, each note in one pair at most. [any]"""
    if not len(written) or not len(heard):
        return []
    right, mine = spans(written), spans(heard)
    if not pitched:
        pairs = mir_eval.transcription.match_note_onsets(right, mine, onset_tolerance=within_s)
    else:
        pairs = mir_eval.transcription.match_notes(
            right,
            mir_eval.util.midi_to_hz(written[:, 2]),
            mine,
            mir_eval.util.midi_to_hz(heard[:, 2]),
            onset_tolerance=within_s,
            pitch_tolerance=PITCH_WITHIN_CENTS,
            offset_ratio=OFFSET_WITHIN_SHARE if offsets else None,
            offset_min_tolerance=OFFSET_WITHIN_S,
        )
    return [(int(theirs), int(ours)) for theirs, ours in pairs]


def spans(notes: Table) -> Table:
    """(notes, 2): onset and offset, each note at least a little long. [any]"""
    onset_s = np.maximum(notes[:, 0], 0.0)
    return np.column_stack([onset_s, np.maximum(notes[:, 1], onset_s + SHORTEST_S)])


def found_by_kind(written: Table, pairs: Sequence[tuple[int, int]]) -> dict[str, tuple[float, float]]:
    """How many repeats, slurs and first notes there are, and how many of their onsets were found. [any]"""
    in_order = np.argsort(written[:, 0], kind="stable")
    found = np.zeros(len(written), bool)
    found[[theirs for theirs, _ in pairs]] = True
    bound, same = np.zeros(len(written), bool), np.zeros(len(written), bool)
    before, after = in_order[:-1], in_order[1:]
    bound[after] = written[after, 0] - written[before, 1] < BOUND_WITHIN_S - 1e-9
    same[after] = np.abs(written[after, 2] - written[before, 2]) <= SAME_WITHIN_ST + 1e-9
    kinds = {"repeats": bound & same, "slurs": bound & ~same, "firsts": ~bound}
    return {name: (float((found & these).sum()), float(these.sum())) for name, these in kinds.items()}


def octave_errors(written: Table, heard: Table, pairs: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """How many pairs are octaves apart, of how many. [any]"""
    off_st = np.array([abs(heard[mine, 3] - written[theirs, 2]) for theirs, mine in pairs])
    octaves = np.round(off_st / 12.0)
    return float(((octaves >= 1) & (np.abs(off_st - 12.0 * octaves) <= 1.0)).sum()), float(len(pairs))


def latencies_s(written: Table, heard: Table) -> Table:
    """When each note that was right left, less when it was sung. [any]"""
    pairs = matches(written, heard[:, 1:4], LATENCY_WITHIN_S, pitched=True)
    late = np.array([heard[mine, 0] - written[theirs, 0] for theirs, mine in pairs])
    return late[~np.isnan(late)]


def f0_agreement(written: Table, heard: Table) -> tuple[Table, int]:
    """The voiced frames heard within 50 cents, for each of F0_LAGS_S; and the voiced frames. [any]"""
    voiced = written[written[:, 1] > 0.0]
    if not len(voiced) or not len(heard):
        return np.zeros(len(F0_LAGS_S)), len(voiced)
    right = []
    for lag_s in F0_LAGS_S:
        told = heard[nearest(heard[:, 0], voiced[:, 0] + lag_s), 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            off_cents = 1200.0 * np.abs(np.log2(np.maximum(told, 0.0) / voiced[:, 1]))
        right.append(float((off_cents <= PITCH_WITHIN_CENTS).sum()))  # what is nan or infinite is wrong
    return np.array(right), len(voiced)


def nearest(times_s: Table, wanted_s: Table) -> npt.NDArray[np.intp]:
    """For each wanted time, the place of the nearest of some rising times. [any]"""
    after = np.clip(np.searchsorted(times_s, wanted_s), 1, max(len(times_s) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(times_s) - 1)
    return np.where(wanted_s - times_s[before] <= times_s[after] - wanted_s, before, after)


def summarise(files: Sequence[FileScore], draws: int = DRAWS, seed: int = 1) -> dict[str, Figure]:
    """Every metric over the recordings of one set, in the order they are printed. [any]"""
    chosen = np.random.default_rng(seed).integers(0, len(files), (draws, len(files)))
    figures = {name: _mean([each.means.get(name, np.nan) for each in files], chosen) for name in MEANS}
    for name in SHARES:
        figures[name] = _share([each.shares.get(name, (0.0, 0.0)) for each in files], chosen)
    for name, (spread, percent) in PERCENTILES.items():
        figures[name] = _percentile([each.spreads.get(spread, np.zeros(0)) for each in files], percent, chosen)
    with_f0 = [each for each in files if each.f0_right is not None]
    figures["f0"] = Figure(np.nan, np.nan, np.nan)
    if with_f0:
        lag = f0_lag(with_f0)
        pairs = [(0.0, 0.0) if each.f0_right is None else (each.f0_right[lag], each.f0_voiced) for each in files]
        figures["f0"] = _share(pairs, chosen)
    return figures


def f0_lag(files: Sequence[FileScore]) -> int:
    """Which of F0_LAGS_S suits a set best. [any]"""
    return int(np.argmax(np.sum([each.f0_right for each in files if each.f0_right is not None], axis=0)))


def _mean(values: Sequence[float], chosen: npt.NDArray[np.int64]) -> Figure:
    each = np.array(values)
    known = ~np.isnan(each)
    return _share(list(zip(np.where(known, each, 0.0), known.astype(float), strict=True)), chosen)


def _share(pairs: Sequence[tuple[float, float]], chosen: npt.NDArray[np.int64]) -> Figure:
    part, whole = np.array(pairs, float).T
    with np.errstate(divide="ignore", invalid="ignore"):
        return _figure(part.sum() / whole.sum(), part[chosen].sum(axis=1) / whole[chosen].sum(axis=1))


def _percentile(spreads: Sequence[Table], percent: float, chosen: npt.NDArray[np.int64]) -> Figure:
    if not sum(map(len, spreads)):
        return Figure(np.nan, np.nan, np.nan)
    drawn = [np.concatenate([spreads[place] for place in places]) for places in chosen]
    values = [np.percentile(each, percent) if len(each) else np.nan for each in drawn]
    return _figure(float(np.percentile(np.concatenate(spreads), percent)), np.array(values))


def _figure(value: float, drawn: Table) -> Figure:
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn) or not np.isfinite(value):
        return Figure(np.nan, np.nan, np.nan)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Figure(float(value), float(low), float(high))
