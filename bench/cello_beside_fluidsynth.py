"""The cello as it is played, beside FluidSynth playing General MIDI's cello, in the same run.

    python bench/cello_beside_fluidsynth.py [--seconds 10] [--soundfont FILE]

Both hold 1, 16 and 32 notes in blocks of 128 frames at 48 kHz, in turns, on one thread. Prints the share of a core
(CPU time, median over tenths of the run), p50 and p99.9 of a block beside the deadline, and how long after the key the
first sound comes that is less than 60 dB under the note's loudest. The cello has its network, bow, fingers and hall;
FluidSynth its reverb and chorus.
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.dsp.cello import cello
from realtime.events import EVENT, NOTE_ON, event
from realtime.kernel_source import IO

RATE, FRAMES = 48_000, 128
NOTES = (1, 16, 32)
GM_CELLO, FORTE = 42, 0.7
LOWEST_KEY, KEYS = 36, 34
SOUNDFONTS = ("/usr/share/sounds/sf2/FluidR3_GM.sf2", "/usr/share/sounds/sf2/default-GM.sf2")

Block = Callable[[], npt.NDArray[np.float32]]


class Cello:
    """Our kernel, called as the callback calls it. [main]"""

    def __init__(self) -> None:
        self._state = cello.new_state(float(RATE), mode=1.0)
        self._io = np.zeros(1, IO)
        self._sound = np.zeros((2, FRAMES), np.float32)
        self._io["rate"], self._io["outputs"][0, :2] = RATE, [side.ctypes.data for side in self._sound]
        self._waiting: list[npt.NDArray[Any]] = []
        self._addresses = self._state.ctypes.data, self._io.ctypes.data
        self._call = cello.compiled.ctypes

    def press(self, key: int) -> None:
        """A key goes down. [main]"""
        self._waiting.append(event(NOTE_ON, number=key, value=FORTE))

    def block(self) -> npt.NDArray[np.float32]:
        """The next block. [main]"""
        notes = np.concatenate(self._waiting) if self._waiting else np.zeros(0, EVENT)
        self._waiting = []
        self._io["events"], self._io["events_used"] = notes.ctypes.data, len(notes)
        self._sound[:] = 0.0
        self._call(*self._addresses, FRAMES)
        self._io["frame"] += FRAMES
        return self._sound


class FluidSynth:
    """The library itself, without its audio driver. [main]"""

    def __init__(self, soundfont: Path) -> None:
        found = ctypes.util.find_library("fluidsynth")
        if found is None:
            raise SystemExit("FluidSynth is not installed: apt install fluidsynth fluid-soundfont-gm")
        library = ctypes.CDLL(found)
        library.new_fluid_settings.restype = library.new_fluid_synth.restype = ctypes.c_void_p
        self._library, settings = library, ctypes.c_void_p(library.new_fluid_settings())
        library.fluid_settings_setnum(settings, b"synth.sample-rate", ctypes.c_double(RATE))
        library.fluid_settings_setint(settings, b"synth.polyphony", 256)
        self._synth = ctypes.c_void_p(library.new_fluid_synth(settings))
        if library.fluid_synth_sfload(self._synth, str(soundfont).encode(), 1) < 0:
            raise SystemExit(f"'{soundfont}' is no soundfont that FluidSynth reads.")
        library.fluid_synth_program_change(self._synth, 0, GM_CELLO)
        self._sound = np.zeros((2, FRAMES), np.float32)
        self._sides = [ctypes.c_void_p(side.ctypes.data) for side in self._sound]

    def press(self, key: int) -> None:
        """A key goes down. [main]"""
        self._library.fluid_synth_noteon(self._synth, 0, key, round(FORTE * 127))

    def block(self) -> npt.NDArray[np.float32]:
        """The next block. [main]"""
        left, right = self._sides
        self._library.fluid_synth_write_float(self._synth, FRAMES, left, 0, 1, right, 0, 1)
        return self._sound


def first_sound_ms(synth: Cello | FluidSynth) -> float:
    """From a key to what is less than 60 dB under the loudest of the note's first half second. [main]"""
    for _ in range(200):
        synth.block()
    synth.press(57)
    heard = np.abs(np.concatenate([synth.block().copy() for _ in range(RATE // 2 // FRAMES)], 1)).max(0)
    return float(np.argmax(heard > 1e-3 * heard.max()) * 1e3 / RATE)


def cost(block: Block, blocks: int) -> tuple[float, npt.NDArray[np.float64]]:
    """The share of a core, and the blocks' times in µs. [main]"""
    took_ns = np.empty(blocks, np.int64)
    began_s = time.thread_time()
    for n in range(blocks):
        at = time.perf_counter_ns()
        block()
        took_ns[n] = time.perf_counter_ns() - at
    return (time.thread_time() - began_s) * RATE / (blocks * FRAMES), took_ns / 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--soundfont", type=Path)
    wanted = parser.parse_args()
    there = [Path(each) for each in SOUNDFONTS if Path(each).exists()]
    if wanted.soundfont is None and not there:
        raise SystemExit("No General MIDI soundfont is installed: apt install fluid-soundfont-gm, or give --soundfont.")
    soundfont = wanted.soundfont or there[0]
    makers: dict[str, Callable[[], Cello | FluidSynth]] = {"cello": Cello, "FluidSynth": lambda: FluidSynth(soundfont)}
    print(f"blocks of {FRAMES} frames at {RATE} Hz: {FRAMES / RATE * 1e6:.0f} µs each; soundfont '{soundfont.name}'")
    print(f"{'notes':>5}  {'':11}{'of a core':>10}{'p50 µs':>9}{'p99.9 µs':>10}")
    tenth = max(1, int(wanted.seconds * RATE / FRAMES / 10))
    for notes in NOTES:
        synths = {name: make() for name, make in makers.items()}
        for synth in synths.values():
            for n in range(notes):
                synth.press(LOWEST_KEY + n * KEYS // notes)
            cost(synth.block, 100)
        told: dict[str, list[tuple[float, npt.NDArray[np.float64]]]] = {name: [] for name in synths}
        for _ in range(10):  # in turns, so that what else the machine does befalls both
            for name, synth in synths.items():
                told[name].append(cost(synth.block, tenth))
        for name, runs in told.items():
            p50, p999 = np.percentile(np.concatenate([took for _, took in runs]), [50.0, 99.9])
            share = float(np.median([share for share, _ in runs]))
            print(f"{notes:5}  {name:11}{share:10.2%}{p50:9.1f}{p999:10.1f}", flush=True)
    for name, make in makers.items():
        print(f"key → sound within its block stream, {name}: {first_sound_ms(make()):.2f} ms")


if __name__ == "__main__":
    main()
