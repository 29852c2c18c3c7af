"""`from vocello import DDSPProcessor`: pitch and loudness in, a string out, block by block.

The names are those of the ddsp_core bindings, for scripts that were written against them. What flows in: hertz and
A-weighted dB, one number a block or a row of numbers spread over it. What flows out: float32 mono. It is the same
compiled code that follows a voice live: 250 frames a second whatever the block, in straight lines between them. Any
one thread at a time. [main]
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from realtime.dsp.strings.follower import RESTS_DB, follower
from realtime.dsp.strings.sizes import FRAMES_A_SECOND, LOW_C_HZ, hop_frames
from realtime.events import EVENT, FROM_APP, KNOB
from score.errors import UsageError
from vocello.playing.cello import check_sizes
from vocello.playing.offline import Offline
from vocello.playing.rack import FOLLOWER, NEURAL, Instrument, find_instrument, follower_slots
from vocello.playing.sung import events_of

Values = float | Sequence[float] | npt.NDArray[np.floating]


class DDSPProcessor:
    """One string that follows what it is told. [main]

    `model_path` is None or the name of a shipped instrument ("cello"), or the path of a NAME.npz with its card
    NAME.json beside it. `hall=False` leaves out the room the instrument was recorded in.
    """

    def __init__(
        self,
        model_path: str | Path | None = None,
        sample_rate: float = 48_000.0,
        block_size: int = 480,
        *,
        hall: bool = True,
        model: str = NEURAL,
    ) -> None:
        check_sizes(sample_rate, block_size)
        self.instrument: Instrument = find_instrument(str(model_path or "cello"), model)
        self.sample_rate, self.block_size = float(sample_rate), int(block_size)
        self._offline = Offline(self.sample_rate, follower_slots(self.instrument, dry=not hall, level_db=0.0))
        self.instrument.enter(self._offline.host)
        self._offline.remember()
        self._slot = self._offline.host.rack.number(FOLLOWER)
        self._turned: dict[str, float] = {}
        self._told: dict[str, npt.NDArray[np.float64]] = {}
        self._last_hz = LOW_C_HZ

    @property
    def trouble(self) -> str:
        """Why physics plays alone although the network was asked for; empty if it does not. [main]"""
        return self.instrument.trouble

    def reset(self) -> None:
        """Forget pitch, loudness and whatever still sounds; shift and gains stay as they were set. [main]"""
        self._offline.go_back()
        self._told.clear()
        self._last_hz = LOW_C_HZ
        for name, value in self._turned.items():
            self._turn(name, value)

    def set_f0(self, hz: Values) -> None:
        """How high the next blocks are; of 0, or what is no frequency, the pitch before stays. [main]"""
        self._told["hertz"] = self._pitches(hz)

    def set_loudness(self, db: Values) -> None:
        """How loud the next blocks are, A-weighted dB of full scale; RESTS_DB and below is silence. [main]"""
        self._told["loudness_db"] = _levels(db)

    def set_pitch_shift(self, semitones: float) -> None:
        """Play so much higher than told. [main]"""
        self._turn("shift_st", semitones)

    def set_harmonic_gain(self, gain: float) -> None:
        """A factor for the tone, 1 as learned. [main]"""
        self._turn("harmonic_gain", gain)

    def set_noise_gain(self, gain: float) -> None:
        """A factor for the bow's hiss, 1 as learned. [main]"""
        self._turn("noise_gain", gain)

    def get_next_block(self) -> npt.NDArray[np.float32]:
        """(block_size,): what is heard next; what was set holds until it is set anew. [main]"""
        for name, values in self._told.items():
            self._offline.send(self._events(name, values))
        self._told.clear()
        return _mono(self._offline.play(self.block_size))

    def resynthesise(
        self, f0_hz: Values, loudness_db: Values, frame_rate: float = float(FRAMES_A_SECOND)
    ) -> npt.NDArray[np.float32]:
        """A whole sound from its own pitch and loudness: frame t speaks of the moment t / frame_rate, and there it is
        heard. As long as all frames together; what rings on comes in the blocks that follow, unless `reset`. [main]"""
        hertz, levels = np.broadcast_arrays(self._pitches(f0_hz), _levels(loudness_db))
        if frame_rate <= 0.0:
            raise UsageError(f"{frame_rate} frames a second are none.", "Give the rate of the rows: 250")
        seconds = len(hertz) / frame_rate
        at_s = np.arange(max(2, int(np.ceil(seconds * FRAMES_A_SECOND)))) / FRAMES_A_SECOND
        told_s = np.arange(len(hertz)) / frame_rate
        hertz, levels = np.exp(np.interp(at_s, told_s, np.log(hertz))), np.interp(at_s, told_s, levels)
        hop = hop_frames(self.sample_rate)
        begin = self._offline.frame
        self._offline.send(self._events("hertz", hertz[:1]))  # the frame before the first sample, which is not kept
        self._offline.send(self._events("loudness_db", levels[:1]))
        self._offline.play(hop)
        frames = round(seconds * self.sample_rate)
        events = events_of(hertz, levels, self.sample_rate, self._slot, begin + hop)
        self._offline.send(events[events["frame"] < begin + hop + frames])
        return _mono(self._offline.play(frames))

    def _pitches(self, hz: Values) -> npt.NDArray[np.float64]:
        given = _row(hz, "pitch")
        there = np.isfinite(given) & (given > 0.0)
        if there.any():
            at = np.arange(len(given))
            nearest = np.maximum(np.searchsorted(at[there], at, side="right") - 1, 0)
            given = given[there][nearest]
        else:
            given = np.full(len(given), self._last_hz)
        knob = follower.knobs["hertz"]
        given = np.clip(given, knob.low, knob.high)
        self._last_hz = float(given[-1])
        return given

    def _events(self, name: str, values: npt.NDArray[np.float64]) -> npt.NDArray[np.void]:
        made = np.zeros(len(values), EVENT)
        made["frame"] = self._offline.frame + np.arange(len(values)) * self.block_size // len(values)
        made["kind"], made["source"], made["slot"] = KNOB, FROM_APP, self._slot
        made["offset"], made["value"] = follower.knob_offset(name), values
        return made

    def _turn(self, name: str, value: float) -> None:
        if not np.isfinite(value):
            raise UsageError(f"'{name}' cannot be {value}.", "Give a number.")
        self._turned[name] = follower.knobs[name].clip(float(value))
        self._offline.send(self._events(name, np.array([self._turned[name]])))


def _row(values: Values, what: str) -> npt.NDArray[np.float64]:
    given = np.atleast_1d(np.asarray(values, np.float64))
    if given.ndim != 1 or not len(given):
        raise UsageError(f"a {what} of shape {given.shape} is no row.", "Give a number, or a row of numbers.")
    return given


def _levels(db: Values) -> npt.NDArray[np.float64]:
    given = _row(db, "loudness")
    return np.clip(np.where(np.isnan(given), RESTS_DB, given), RESTS_DB, 0.0)


def _mono(heard: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The mean of both sides: what was recorded in one channel."""
    return np.ascontiguousarray(heard.mean(axis=1, dtype=np.float32))
