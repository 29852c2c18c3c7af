"""Play one voice's bank and noise as an instrument would, in a kernel of its own."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.dsp.strings.bank import BANK, VOICE, begin_sounding, harmonics, is_hop_over, turn
from realtime.dsp.strings.noise import NOISE, begin_noise, noise, scatter
from realtime.dsp.strings.sizes import AMPLITUDES, hop_frames
from realtime.kernel import Kernel, kernel
from realtime.kernel_source import IO

RATE = 48_000.0
HOPS = 2_600
Array = npt.NDArray[Any]

STRING = np.dtype(
    [
        ("voice", VOICE),
        ("bank", BANK),
        ("noise", NOISE),
        ("hop", "i8"),
        ("hisses", "i8"),
        ("next", "i8"),
        ("hertz", "f8", (HOPS,)),
        ("goals", "f4", (HOPS, AMPLITUDES)),
    ],
    align=True,
)


@kernel(STRING)
def string(s: Any, y: Any, rate: float, frames: int) -> None:
    """A voice whose amplitudes are written down beforehand."""
    voice = s.voice
    for n in range(frames):
        if voice.taken == voice.made:
            if is_hop_over(voice, s.hop):
                turn(voice, s.hertz[s.next], rate)
                for i in range(AMPLITUDES):
                    voice.goal[i] = s.goals[s.next, i]
                s.next += 1
            harmonics(voice, s.bank, s.hop)
            if s.hisses:
                noise(voice, s.noise, s.hop)
        y[n] = voice.piece[voice.taken]
        voice.taken += 1


@kernel(STRING)
def silence(s: Any, y: Any, frames: int) -> None:
    """The voice begins anew."""
    begin_sounding(s.voice)


def new_string(
    hertz: Sequence[float] | Array, goals: Array, rate: float = RATE, *, hisses: bool = False, voice: int = 0
) -> Array:
    """A voice, and what it will be told at each hop."""
    state = string.new_state(rate)
    state["hop"], state["hisses"] = hop_frames(rate), hisses
    state["hertz"][0, : len(hertz)] = hertz
    state["goals"][0, : len(goals)] = goals
    if hisses:
        state["noise"] = loops(rate)
    scatter(state["voice"][0], voice)
    run(silence, state, np.zeros(0, np.float32), rate)
    return state


@functools.cache
def loops(rate: float) -> Array:
    """The noise's tables, drawn once for all tests of a rate."""
    made = np.zeros(1, NOISE)
    begin_noise(made[0], rate)
    return made


def run(played: Kernel, state: Array, sound: Array, rate: float = RATE) -> None:
    """One slice of one channel."""
    io = np.zeros(1, IO)
    io["rate"], io["outputs"][0, 0] = rate, sound.ctypes.data
    played.run(state, io, len(sound))


def heard(state: Array, frames: int, cuts: Iterable[int] = (), rate: float = RATE) -> npt.NDArray[np.float32]:
    """So many frames of it, block by block as long as there are `cuts`, and in one go from there."""
    return in_blocks(lambda part: run(string, state, part, rate), frames, cuts)


def in_blocks(play: Callable[[Array], None], frames: int, cuts: Iterable[int] = ()) -> npt.NDArray[np.float32]:
    """A sound that is played in blocks of such lengths, and the rest of it in one."""
    sound = np.zeros(frames, np.float32)
    at = 0
    for length in cuts:
        play(sound[at : at + length])
        at = min(at + length, frames)
    play(sound[at:])
    return sound
