"""A finished take heard again, from both ends: the notes as one would write them down afterwards.

What flows in: a whole recording. What flows out: its notes. It may know what a live ear may not: what comes next. Runs
anywhere but on the audio thread; a minute of sound takes about a second.

Every hop has an opinion on when the newest note began; here all of them vote, and the onsets are the peaks of what they
agree on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ml.frames import HOP_S, Frames
from ml.learned.features import CLARITY, LEVEL_DB, LONG_CLARITY, PITCH_MIDI, Features
from ml.learned.heads import AGE, PITCH, SINGS, SOUNDS, SPAN_AGES_MS
from ml.learned.understood import meant_in_all
from ml.session import Network
from models.cards import Card, card
from score.errors import ModelError

NAME = "hindsight"
_PIECE_HOPS, _BESIDE_HOPS = 12_000, 1_000  # a minute at a time, with five seconds either side to hear it in
_SKIPPED_AT_START, _SKIPPED_AT_END = 0.2, 0.15
Curve = npt.NDArray[np.float64]


class Refined(NamedTuple):
    """A note as it was meant. [any]"""

    onset_s: float
    offset_s: float
    pitch_midi: float
    velocity: float


@dataclass(frozen=True)
class Tuning:
    """What is taken for what; found on recordings that were kept out of training. [any]"""

    likely: float = 0.18  # of the votes that an onset could have
    apart_ms: float = 60.0
    smooth_hops: float = 1.5
    sounds: float = 0.4
    sings: float = 0.4  # of the note, in the mean
    clear: float = 0.5
    hold_ms: float = 60.0  # a gap no longer than this ends no note
    shortest_ms: float = 50.0
    moved_ms: float = 0.0


def refined(
    samples: npt.NDArray[np.float32], rate: float, step: Callable[[float], None] | None = None
) -> list[Refined]:
    """The notes of a recording; `step` is told the share that is done. [main]"""
    described = card(NAME)
    network = Network(described.path, sha256=described.sha256)
    hops = list(Frames(round(rate)).hear(np.ascontiguousarray(samples, np.float32)))
    if not hops:
        return []
    shown = Features().hear_all(np.array([hop.samples for hop in hops]))
    chances = np.concatenate(list(_pieces(network, shown.row, step)))
    return notes_of(chances, shown.told, hops[0].frame / rate, tuning_of(described))


def tuning_of(described: Card) -> Tuning:
    """What these ears take for what, by their card. [any]"""
    said = described.part("tuning")
    if set(said) - {each.name for each in fields(Tuning)}:
        raise ModelError(f"the card of '{described.path.name}' names unknown settings.", "Install Vocello again.")
    return Tuning(**said)


def _pieces(
    network: Network, rows: npt.NDArray[np.float32], step: Callable[[float], None] | None
) -> Iterator[npt.NDArray[np.float32]]:
    for first in range(0, len(rows), _PIECE_HOPS):
        before = max(0, first - _BESIDE_HOPS)
        part = rows[before : first + _PIECE_HOPS + _BESIDE_HOPS]
        said = network.run(rows=part[None])["chances"][0]
        yield said[first - before : first - before + _PIECE_HOPS].copy()
        if step is not None:
            step(min(1.0, (first + _PIECE_HOPS) / len(rows)))


def notes_of(chances: npt.NDArray[np.float32], told: Curve, now_s: float, tuning: Tuning) -> list[Refined]:
    """(hops, OUTPUTS) and what the trackers told → notes. [any]"""
    t = tuning
    onsets = _peaks(votes(chances, t.smooth_hops), t.likely, max(1, round(1e-3 * t.apart_ms / HOP_S)))
    sounds = chances[:, SOUNDS] >= t.sounds
    sings = chances[:, SINGS]
    pitch, clear = _pitches(chances, told), np.maximum(told[:, CLARITY], told[:, LONG_CLARITY]) >= t.clear
    hold = max(1, round(1e-3 * t.hold_ms / HOP_S))
    loudest = float(told[:, LEVEL_DB].max())
    notes = []
    for place, onset in enumerate(onsets):
        stop = onsets[place + 1] if place + 1 < len(onsets) else len(chances)
        first = int(np.floor(onset))
        last = _last_sounding(sounds, first, int(stop), hold)
        heard = np.flatnonzero(clear[first:last] & np.isfinite(pitch[first:last])) + first
        if 1e3 * HOP_S * (last - onset) < t.shortest_ms or len(heard) < 4 or sings[first:last].mean() < t.sings:
            continue
        kept = heard[int(_SKIPPED_AT_START * len(heard)) : len(heard) - int(_SKIPPED_AT_END * len(heard))]
        level_db = float(told[first : min(last, first + 20), LEVEL_DB].max())
        notes.append(
            Refined(
                max(0.0, now_s + HOP_S * onset + 1e-3 * t.moved_ms),
                now_s + HOP_S * last,
                float(np.median(pitch[kept if len(kept) else heard])),
                float(np.clip(1.0 - (loudest - level_db) / 40.0, 0.1, 1.0)),
            )
        )
    return notes


def votes(chances: npt.NDArray[np.float32], smooth_hops: float) -> Curve:
    """(hops,): for every moment, how many hops hold that a note began there, as a share of those that could. [any]"""
    ages = chances[:, AGE][:, :-1]
    total = np.zeros(len(chances) + 80)
    for span, age_ms in enumerate(SPAN_AGES_MS):
        back = round(age_ms / 1e3 / HOP_S)
        total[40 - back : 40 - back + len(chances)] += ages[:, span]
    width = np.arange(-4, 5)
    shape = np.exp(-0.5 * (width / smooth_hops) ** 2)
    smooth = np.convolve(total, shape / shape.sum(), "same")[40 : 40 + len(chances)]
    return smooth / (0.5 * len(SPAN_AGES_MS))  # a span is two hops wide: half of them can be right at once


def _peaks(curve: Curve, least: float, apart: int) -> list[float]:
    """Where it is highest, between hops; the higher of two that are too near."""
    inner = (curve[1:-1] >= curve[:-2]) & (curve[1:-1] > curve[2:]) & (curve[1:-1] >= least)
    found: list[int] = []
    for place in sorted(np.flatnonzero(inner) + 1, key=lambda at: -curve[at]):
        if all(abs(place - other) >= apart for other in found):
            found.append(int(place))
    places = []
    for at in sorted(found):
        before, here, after = curve[at - 1], curve[at], curve[at + 1]
        bend = before - 2.0 * here + after
        places.append(at + (0.5 * (before - after) / bend if bend < -1e-9 else 0.0))
    return places


def _last_sounding(sounds: npt.NDArray[np.bool_], first: int, stop: int, hold: int) -> int:
    """The end of what sounds from `first` on, over gaps shorter than `hold`."""
    last, gap, begun = first + 1, 0, False
    for at in range(first, stop):
        if sounds[at]:
            last, gap, begun = at + 1, 0, True
        else:
            gap += 1
            if begun and gap >= hold:
                break
    return last


def _pitches(chances: npt.NDArray[np.float32], told: Curve) -> Curve:
    """The pitch that was meant in each hop."""
    meant = np.zeros(len(told))
    meant_in_all(np.ascontiguousarray(chances[:, PITCH]), told[:, PITCH_MIDI], meant)
    return meant
