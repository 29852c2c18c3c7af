"""What a bowed string costs: its network, its harmonics, its noise, its hall.

    python bench/cello_cost.py [SECONDS]

Plays 1, 16 and 32 voices at three pitches in blocks of 128 frames, as the callback would, with weights drawn at random
(what a network has learned makes it neither faster nor slower), and hops that begin at different frames for each
voice. Prints for each part, alone, the part of one core that a voice takes (CPU time, median over a hundred blocks at
a time), and for all of it together p50 and p99.9 of a block in µs, beside the deadline.
"""

from __future__ import annotations

import math
import sys
import time
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.dsp.strings.bank import BANK, PIECE, VOICE, begin_sounding, harmonics, is_hop_over, turn
from realtime.dsp.strings.brain import BRAIN, MEMORY, SCRATCH, begin, forget, learn, think
from realtime.dsp.strings.hall import HALL, learn_hall, resound
from realtime.dsp.strings.noise import NOISE, begin_noise, noise, scatter
from realtime.dsp.strings.sizes import AMPLITUDES, BODY_POINTS, HALL_S, HIDDEN, INPUTS, hop_frames
from realtime.kernel import Kernel, kernel
from realtime.kernel_source import IO

RATE, FRAMES, VOICES = 48_000.0, 128, 32
PITCHES_HZ = {"C2": 65.4, "A3": 220.0, "A5": 880.0}
THINKS, SINGS, HISSES = 1, 2, 4
PARTS = {"network": THINKS, "harmonics": SINGS, "noise": HISSES, "all": THINKS | SINGS | HISSES}
BATCH = 100

ORCHESTRA = np.dtype(
    [
        ("brain", BRAIN),
        ("scratch", SCRATCH),
        ("bank", BANK),
        ("noise", NOISE),
        ("memory", MEMORY, (VOICES,)),
        ("voice", VOICE, (VOICES,)),
        ("voices", "i8"),
        ("parts", "i8"),
        ("hop", "i8"),
        ("hertz", "f8"),
        ("loudness_db", "f8"),
    ],
    align=True,
)
ROOM = np.dtype([("hall", HALL)], align=True)


@kernel(ORCHESTRA)
def orchestra(s: Any, y: Any, rate: float, frames: int) -> None:
    """So many voices of one pitch, or a part of what they do. [audio]"""
    for each in range(s.voices):
        voice = s.voice[each]
        done = 0
        while done < frames:
            if voice.taken == voice.made:
                if is_hop_over(voice, s.hop):
                    turn(voice, s.hertz, rate)
                    if s.parts & THINKS:
                        think(s.brain, s.memory[each], s.scratch, voice, s.hertz, s.loudness_db, rate)
                if s.parts & SINGS:
                    harmonics(voice, s.bank, s.hop)
                else:
                    voice.made, voice.taken = min(PIECE, s.hop - voice.at), 0
                    voice.at += voice.made
                if s.parts & HISSES:
                    noise(voice, s.noise, s.hop)
            run = min(frames - done, voice.made - voice.taken)
            for n in range(run):
                y[done + n] += voice.piece[voice.taken + n]
            voice.taken += run
            done += run


@kernel(ORCHESTRA)
def tuning(s: Any, y: Any, frames: int) -> None:
    """All voices begin anew. [audio]"""
    for each in range(VOICES):
        begin_sounding(s.voice[each])


@kernel(ROOM)
def room(s: Any, x: Any, yl: Any, yr: Any, frames: int) -> None:
    """The hall alone. [audio]"""
    resound(s.hall, x, yl, yr, frames)


def drawn_weights() -> dict[str, npt.NDArray[Any]]:
    """A network's shapes, filled with numbers of the size that training leaves. [main]"""
    draw = np.random.default_rng(1)
    shapes = {"in": (INPUTS, HIDDEN), "gru_in": (HIDDEN, 3 * HIDDEN), "gru": (HIDDEN, 3 * HIDDEN)}
    shapes |= {"mid": (2 * HIDDEN, HIDDEN), "out": (HIDDEN, AMPLITUDES)}
    weights: dict[str, npt.NDArray[Any]] = {"body": draw.normal(0.0, 0.3, BODY_POINTS)}
    for name, (inputs, outputs) in shapes.items():
        weights[f"{name}_weight"] = draw.normal(0.0, 1.0 / math.sqrt(inputs), (inputs, outputs))
        weights[f"{name}_bias"] = draw.normal(0.0, 0.3, outputs) - (4.0 if name == "out" else 0.0)
    return weights


def new_orchestra() -> npt.NDArray[Any]:
    """A state that everything has been learned into. [main]"""
    state = orchestra.new_state(RATE)
    begin(state["brain"][0], RATE)
    learn(state["brain"][0], drawn_weights())
    begin_noise(state["noise"][0], RATE)
    state["hop"], state["loudness_db"] = hop_frames(RATE), -20.0
    for number in range(VOICES):
        scatter(state["voice"][0][number], number)
        forget(state["memory"][0][number])
    return state


def tune(state: npt.NDArray[Any], voices: int, hertz: float) -> None:
    """Let so many voices sound at a pitch, their hops one after the other. [main]"""
    state["hertz"], state["voices"] = hertz, voices
    tuning.run(state, np.zeros(1, IO), 0)
    state["parts"] = PARTS["all"]
    play(orchestra, state, 20)
    hop = int(state["hop"][0])
    left = (np.arange(VOICES) * 37) % hop  # to hear of the hop: every voice's next begins at another frame
    state["voice"]["at"][0] = hop - left // PIECE * PIECE
    state["voice"]["made"][0] = left % PIECE
    state["voice"]["taken"][0] = 0


def play(played: Kernel, state: npt.NDArray[Any], blocks: int) -> tuple[npt.NDArray[Any], float]:
    """Each block's time in µs, and the CPU's share of one core over them all. [main]"""
    sounds = np.random.default_rng(2).normal(0.0, 0.1, (3, FRAMES)).astype(np.float32)
    io = np.zeros(1, IO)
    io["rate"], io["inputs"][0, 0] = RATE, sounds[0].ctypes.data
    io["outputs"][0, :2] = sounds[1].ctypes.data, sounds[2].ctypes.data
    call, of_state, of_io = played.compiled.ctypes, state.ctypes.data, io.ctypes.data
    took_ns = np.empty(blocks, np.int64)
    cpu_s = time.thread_time()
    for n in range(blocks):
        began = time.perf_counter_ns()
        call(of_state, of_io, FRAMES)
        took_ns[n] = time.perf_counter_ns() - began
    cpu_s = time.thread_time() - cpu_s
    return took_ns / 1e3, cpu_s / (blocks * FRAMES / RATE)


def measured(played: Kernel, state: npt.NDArray[Any], blocks: int) -> tuple[float, float, float]:
    """The median share of a core; p50 and p99.9 of a block in µs. [main]"""
    batches = [play(played, state, BATCH) for _ in range(max(blocks // BATCH, 5))]
    took_us = np.concatenate([took for took, _ in batches])
    p50, p999 = np.percentile(took_us, [50.0, 99.9])
    return float(np.median([share for _, share in batches])), float(p50), float(p999)


def main() -> None:
    blocks = int((float(sys.argv[1]) if len(sys.argv) > 1 else 10.0) * RATE / FRAMES)
    deadline_us = FRAMES / RATE * 1e6
    print(f"{FRAMES} frames at {RATE:g} Hz: a deadline of {deadline_us:.0f} µs; shares are of one core, a voice")
    print(f"{'':16}" + "".join(f"{part:>11}" for part in PARTS) + f"{'all voices':>12}{'p50 µs':>9}{'p99.9':>9}")
    state = new_orchestra()
    for voices in (1, 16, 32):
        for pitch, hertz in PITCHES_HZ.items():
            tune(state, voices, hertz)
            row = {}
            for part, flags in PARTS.items():
                state["parts"] = flags
                row[part] = measured(orchestra, state, blocks)
            share, p50, p999 = row["all"]
            shares = "".join(f"{row[part][0] / voices:11.2%}" for part in PARTS)
            print(f"{voices:3} voices at {pitch:3}{shares}{share:12.1%}{p50:9.1f}{p999:9.1f}", flush=True)
    hall = np.zeros(1, ROOM)
    taps = np.random.default_rng(3).normal(size=(2, int(HALL_S * RATE))) * 0.01
    learn_hall(hall["hall"][0], taps[0], taps[1])
    share, p50, p999 = measured(room, hall, blocks)
    print(f"{'hall, stereo':16}{'':44}{share:12.2%}{p50:9.1f}{p999:9.1f}")


if __name__ == "__main__":
    main()
