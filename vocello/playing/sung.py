"""A recording of a voice as a line for one bow: how high and how loud, 250 times a second.

What flows in: mono sound, in pieces of any size. What flows out: hertz and loudness a frame, and the events that turn
`realtime.dsp.strings.follower`. The pitch is what the ears' own tracker hears, put back to when it was sung; short
gaps are bridged, single octave errors taken out. The loudness is A-weighted, as the instrument learned it, and moved
as a whole, so that the median of what is sung becomes a mezzo-forte: dynamics stay as they are, dB for dB, only the
topmost are pressed together. Where nobody sings, the bow leaves the string. [main]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml import pitch
from ml.frames import HOP_S, RATE_HZ, Frames
from realtime.dsp.strings.follower import RESTS_DB, follower
from realtime.dsp.strings.sizes import FRAMES_A_SECOND, LOW_C_HZ, hop_frames
from realtime.events import EVENT, FROM_APP, KNOB
from vocello.playing.loudness import Loudness

MEZZO_FORTE_DB = -33.0
"""What a key of velocity 75 asks of the bow."""

_PRESSED_FROM_DB, _LOUDEST_DB = -22.0, -14.0  # above the first two dB become one, and none is above the second
CLEAR, STILL_CLEAR = 0.75, 0.65  # clarity with which singing begins, and without which it ends
_UNDER_LOUDEST_DB, _FAINTEST_DB = 35.0, -70.0
_SHORTEST_S, _BRIDGED_S = 0.04, 0.05
_FAR_ST, _TRUSTED = 6.0, 0.8
_MEDIAN_HOPS = 5
_CENTRE_S, _SMOOTH_S = 0.36, 0.10  # two waves of a vibrato, over which its middle is sought
LEAVES_DB_A_S = 600.0

Line = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sung:
    """A voice, frame by frame; frame t speaks of the moment t / FRAMES_A_SECOND. [any]"""

    hertz: Line  # also where nobody sings: then the nearest
    loudness_db: Line
    is_sung: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.hertz)

    @property
    def sung_s(self) -> float:
        """How long somebody sings. [any]"""
        return float(self.is_sung.sum()) / FRAMES_A_SECOND


class Listener:
    """Hears a recording, piece by piece. [main]"""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._frames = Frames(round(rate))
        self._tracker = np.zeros(1, pitch.STATE)
        self._found = np.zeros(pitch.FOUND)
        self._pitches: list[tuple[float, float, float, float]] = []  # when, hertz, clarity, level
        self._loudness = Loudness(rate)
        self._levels: list[Line] = []
        self._heard = 0

    def hear(self, samples: npt.NDArray[np.float32]) -> None:
        """Some more of it. [main]"""
        clean = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        self._heard += len(clean)
        self._levels.append(self._loudness.hear(clean))
        for hop in self._frames.hear(clean):
            self._take(hop.frame, hop.samples)

    def finish(self) -> Sung:
        """The whole line. [main]"""
        rest = np.zeros(self._frames.delay_frames + round(HOP_S * self._rate), np.float32)
        for hop in self._frames.hear(rest):
            self._take(hop.frame, hop.samples)
        levels = np.concatenate([*self._levels, self._loudness.finish()])
        levels = levels[: max(1, int(np.ceil(self._heard / self._rate * FRAMES_A_SECOND)))]
        at_s, hertz, clarity, level_db = (np.array(each) for each in zip(*self._pitches, strict=True))
        is_sung = _singing(clarity, level_db)
        line, sounds = _framed(at_s, _repaired(hertz, is_sung), is_sung, len(levels))
        return Sung(line, levels, sounds)

    def _take(self, frame: int, samples: npt.NDArray[np.float32]) -> None:
        pitch.track(self._tracker, samples, self._found)
        hertz, clarity, level_db, long_hertz, long_clarity = (float(each) for each in self._found)
        both = min(hertz, long_hertz) > 0.0 and long_clarity > _TRUSTED
        if both and abs(12.0 * np.log2(hertz / long_hertz)) > _FAR_ST:
            hertz = long_hertz
        heard_s = (frame - self._frames.delay_frames) / self._rate
        self._pitches.append((heard_s - age_s(hertz), hertz, clarity, level_db))


def age_s(hertz: float) -> float:
    """How old, in the middle, the sound is that a pitch was read from: a window, and as much again a period before.
    [any]"""
    if hertz <= 0.0:
        return HOP_S
    period = RATE_HZ / hertz
    return (max(128.0, period) + period) / 2.0 / RATE_HZ


def _singing(clarity: Line, level_db: Line) -> npt.NDArray[np.bool_]:
    """From where it is clear to where it is no longer, without what is too short; short gaps do not count."""
    floor_db = max(float(level_db.max(initial=_FAINTEST_DB)) - _UNDER_LOUDEST_DB, _FAINTEST_DB)
    maybe = (clarity > STILL_CLEAR) & (level_db > floor_db)
    _turn_runs(~maybe, round(_BRIDGED_S / HOP_S), maybe, to=True)
    for begin, end in _runs(maybe):
        if end - begin < round(_SHORTEST_S / HOP_S) or clarity[begin:end].max() < CLEAR:
            maybe[begin:end] = False
    return maybe


def _runs(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(begin), int(end)) for begin, end in zip(edges[::2], edges[1::2], strict=True)]


def _turn_runs(mask: npt.NDArray[np.bool_], shorter_than: int, target: npt.NDArray[np.bool_], *, to: bool) -> None:
    """Short runs between others are what their neighbours are."""
    for begin, end in _runs(mask):
        if end - begin < shorter_than and begin > 0 and end < len(mask):
            target[begin:end] = to


def _repaired(hertz: Line, is_sung: npt.NDArray[np.bool_]) -> Line:
    """Semitones above the low C, the middle of each five; where no pitch was found, that of the nearest."""
    known = is_sung & (hertz > 0.0)
    if not known.any():
        return np.zeros(len(hertz))
    at = np.arange(len(hertz))
    semitones = np.interp(at, at[known], 12.0 * np.log2(hertz[known] / LOW_C_HZ))
    return _median(semitones, _MEDIAN_HOPS)


def _framed(
    at_s: Line, semitones: Line, is_sung: npt.NDArray[np.bool_], count: int
) -> tuple[Line, npt.NDArray[np.bool_]]:
    """From the ears' hops to the instrument's frames."""
    order = np.argsort(at_s, kind="stable")
    when = np.arange(count) / FRAMES_A_SECOND
    hertz = LOW_C_HZ * 2.0 ** (np.interp(when, at_s[order], semitones[order]) / 12.0)
    return hertz, np.interp(when, at_s[order], is_sung[order].astype(float), left=0.0, right=0.0) > 0.5


def bowed(sung: Sung, *, transpose_st: float = 0.0, vibrato: float = 1.0) -> tuple[Line, Line]:
    """Hertz and loudness as the bow is to play them. [any]"""
    hertz = sung.hertz * 2.0 ** (transpose_st / 12.0)
    if vibrato != 1.0:
        hertz = _steadied(hertz, sung.is_sung, vibrato)
    if not sung.is_sung.any():
        return hertz, np.full(len(sung), RESTS_DB)
    loudness = sung.loudness_db + (MEZZO_FORTE_DB - float(np.median(sung.loudness_db[sung.is_sung])))
    loudness = pressed(loudness)
    return hertz, np.where(_ceiling(sung.is_sung) + loudness <= RESTS_DB, RESTS_DB, _ceiling(sung.is_sung) + loudness)


def pressed(loudness_db: Line) -> Line:
    """The topmost of what a voice can do, pressed together into what a bow can. [any]"""
    over = np.maximum(loudness_db - _PRESSED_FROM_DB, 0.0)
    return np.minimum(loudness_db - 0.5 * over, _LOUDEST_DB)


def _ceiling(is_sung: npt.NDArray[np.bool_]) -> Line:
    """0 dB where somebody sings, and falling to both sides: the bow comes and goes, but fast."""
    at = np.arange(len(is_sung))
    away = np.full(len(is_sung), len(is_sung))
    sung_at = at[is_sung]
    if len(sung_at):
        after = np.minimum(np.searchsorted(sung_at, at), len(sung_at) - 1)
        before = np.maximum(after - 1, 0)
        away = np.minimum(np.abs(sung_at[after] - at), np.abs(at - sung_at[before]))
    return -LEAVES_DB_A_S / FRAMES_A_SECOND * away


def _steadied(hertz: Line, is_sung: npt.NDArray[np.bool_], amount: float) -> Line:
    """With so much of what swings around the middle of each note; a median finds it, which leaves steps steep."""
    semitones = 12.0 * np.log2(hertz)
    made = semitones.copy()
    for begin, end in _runs(is_sung):
        own = semitones[begin:end]
        middle = _median(own, 2 * round(_CENTRE_S * FRAMES_A_SECOND / 2.0) + 1)
        window = np.hanning(round(_SMOOTH_S * FRAMES_A_SECOND) + 2)[1:-1]
        padded = np.pad(middle, (len(window) // 2, (len(window) - 1) // 2), mode="edge")
        middle = np.convolve(padded, window / window.sum(), "valid")
        made[begin:end] = middle + amount * (own - middle)
    return np.asarray(2.0 ** (made / 12.0))


def _median(values: Line, size: int) -> Line:
    padded = np.pad(values, size // 2, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, size), axis=1))[: len(values)]


def events_of(hertz: Line, loudness_db: Line, rate: float, slot: int, first_frame: int = 0) -> npt.NDArray[np.void]:
    """What turns the follower's knobs: at each of its hops what it is to have become at the hop's end; after the last
    the bow leaves the string. [any]"""
    hop = hop_frames(rate)
    count = int(np.ceil(len(hertz) / FRAMES_A_SECOND * rate / hop))
    told = np.minimum(np.arange(1, count + 1) * hop / rate * FRAMES_A_SECOND, len(hertz) - 1.0)
    at = np.arange(len(hertz))
    levels = np.append(np.interp(told, at, loudness_db), RESTS_DB)
    pitches = np.exp(np.interp(told, at, np.log(hertz)))
    made = np.zeros((count + 1, 2), EVENT)
    for place, (name, values) in enumerate((("hertz", np.append(pitches, pitches[-1:])), ("loudness_db", levels))):
        knob = follower.knobs[name]
        each = made[:, place]
        each["frame"] = first_frame + np.arange(count + 1) * hop
        each["kind"], each["source"], each["slot"] = KNOB, FROM_APP, slot
        each["offset"], each["value"] = follower.knob_offset(name), np.clip(values, knob.low, knob.high)
    return made.reshape(-1)
