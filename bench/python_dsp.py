"""What an effect written in Python costs, beside the same one in C++ and in numpy: one run, ratios.

    python bench/python_dsp.py

Three effects of which pedalboard has a twin: a gain, a second-order high-shelf, a compressor. Each is written as a user
would write it, proved, and played in blocks of 128 frames at 48 kHz, two channels. pedalboard is called as its users
call it live, a block at a time with its state kept, and once with ten seconds at a time, which leaves the way into C++
out. numpy has vectors where a vector will do, scipy's lfilter for the
filter, and Python's own loop where each frame needs the one before. Prints µs a block and how many times as much as
the kernel.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pedalboard
from scipy.signal import lfilter

from plugin.python.cost import BLOCK_FRAMES, RATE, block_ns
from plugin.python.proof import Proof
from plugin.python.proved import ProvedKernel
from plugin.python.source import read_source

CHANNELS, BLOCKS = 2, 2_000
Block = npt.NDArray[Any]

HEAD = """\
import numpy as np
from vocello.dsp import GLIDE, Knob, factor, glide, kernel, settle, tame
"""
GAIN = """
STATE = np.dtype([("gain_db", GLIDE)], align=True)
@kernel(STATE, Knob("gain_db", -60.0, 24.0, -6.0, unit="dB"))
def gain(s, x, y, frames):
    db, by = np.nan, 1.0
    for n in range(frames):
        now = glide(s.gain_db)
        if now != db:
            db, by = now, factor(now)
        y[n] = tame(x[n]) * by
"""
SHELF = """
STATE = np.dtype([("gain_db", "f8"), ("b", "f8", (3,)), ("a", "f8", (2,)), ("one", "f8"), ("two", "f8")], align=True)
@kernel(STATE)
def shelf(s, x, y, frames):
    one, two = s.one, s.two
    b0, b1, b2, a1, a2 = s.b[0], s.b[1], s.b[2], s.a[0], s.a[1]
    for n in range(frames):
        now = tame(x[n])
        out = b0 * now + one
        one = settle(b1 * now - a1 * out + two)
        two = settle(b2 * now - a2 * out)
        y[n] = out
    s.one, s.two = one, two

@shelf.prepare
def fill(s, rate):
    a, w = 10.0 ** (6.0 / 40.0), 2.0 * np.pi * 3_000.0 / rate
    alpha = np.sin(w) / 2.0 * np.sqrt(2.0)
    edge = 2.0 * np.sqrt(a) * alpha
    over = (a + 1) - (a - 1) * np.cos(w) + edge
    s["b"] = np.array(
        [a * ((a + 1) + (a - 1) * np.cos(w) + edge), -2 * a * ((a - 1) + (a + 1) * np.cos(w)),
         a * ((a + 1) + (a - 1) * np.cos(w) - edge)]) / over
    s["a"] = np.array([2 * ((a - 1) - (a + 1) * np.cos(w)), (a + 1) - (a - 1) * np.cos(w) - edge]) / over
"""
COMPRESSOR = """
STATE = np.dtype([("threshold_db", GLIDE), ("ratio", GLIDE), ("level", "f8")], align=True)
@kernel(STATE, Knob("threshold_db", -60.0, 0.0, -20.0, unit="dB"), Knob("ratio", 1.0, 20.0, 4.0))
def squeeze(s, x, y, rate, frames):
    rises, falls = np.exp(-1.0 / (0.001 * rate)), np.exp(-1.0 / (0.1 * rate))
    for n in range(frames):
        now = tame(x[n])
        loud = abs(now)
        s.level = settle(loud + (rises if loud > s.level else falls) * (s.level - loud))
        over, ratio = s.level / factor(glide(s.threshold_db)), glide(s.ratio)
        y[n] = now * (over ** (1.0 / ratio - 1.0) if over > 1.0 else 1.0)
"""


def numpy_gain(block: Block) -> Block:
    """In one go. [main]"""
    return block * np.float32(10.0 ** (-6.0 / 20.0))


class LfilterShelf:
    """scipy's, which is C. [main]"""

    def __init__(self, b: Block, a: Block) -> None:
        self.b, self.a, self.state = b, np.concatenate([[1.0], a]), np.zeros((CHANNELS, 2))

    def __call__(self, block: Block) -> Block:
        out, self.state = lfilter(self.b, self.a, block, zi=self.state)
        return out


class LoopCompressor:
    """The detector frame by frame, both channels at once; the gain in one go. [main]"""

    def __init__(self) -> None:
        self.level = np.zeros(CHANNELS)

    def __call__(self, block: Block) -> Block:
        rises, falls = np.exp(-1.0 / (0.001 * RATE)), np.exp(-1.0 / (0.1 * RATE))
        levels, level = np.empty_like(block), self.level
        for n, loud in enumerate(np.abs(block).T):
            level = loud + np.where(loud > level, rises, falls) * (level - loud)
            levels[:, n] = level
        self.level = level
        return block * np.maximum(levels / 0.1, 1.0) ** (1.0 / 4.0 - 1.0)


def kernel_us(text: str) -> tuple[float, ProvedKernel]:
    """Of both channels: a kernel of one stands in the rack twice. [main]"""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "effect.py"
        path.write_text(HEAD + text)
        source = read_source(path)
        report = Proof(source).wait()
        if not report.passed:
            raise SystemExit("\n".join(map(str, report.problems)))
        part = ProvedKernel(source, report)
    took: Any = block_ns(part.address, part)
    return float(np.median(took)) / 1e3 * CHANNELS / part.outputs, part


def called_us(function: Callable[[Block], Any]) -> float:
    """The median of a block, called from Python. [main]"""
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (16, CHANNELS, BLOCK_FRAMES)).astype(np.float32)
    took = np.empty(BLOCKS)
    for k in range(BLOCKS):
        began = time.perf_counter_ns()
        function(noise[k % 16])
        took[k] = time.perf_counter_ns() - began
    return float(np.median(took[50:])) / 1e3


def long_us(board: Any) -> float:
    """A block's share of ten seconds that C++ works on in one call, block by block: without the way there. [main]"""
    sound = np.random.default_rng(1).uniform(-0.5, 0.5, (CHANNELS, int(10 * RATE))).astype(np.float32)
    took = []
    for _ in range(5):
        began = time.perf_counter_ns()
        board.process(sound, RATE, BLOCK_FRAMES, reset=False)
        took.append(time.perf_counter_ns() - began)
    return min(took) / 1e3 * BLOCK_FRAMES / sound.shape[1]


def plain_shelf(part: ProvedKernel) -> LfilterShelf:
    """The same coefficients. [main]"""
    state = part.new_state(RATE)[0]
    return LfilterShelf(state["b"], state["a"])


def main() -> None:
    """Measure and print. [main]"""
    effects: tuple[tuple[str, str, Any, Callable[[ProvedKernel], Callable[[Block], Any]]], ...] = (
        ("gain", GAIN, pedalboard.Gain(gain_db=-6.0), lambda _: numpy_gain),
        ("high shelf", SHELF, pedalboard.HighShelfFilter(3_000.0, 6.0, 0.7071), plain_shelf),
        ("compressor", COMPRESSOR, pedalboard.Compressor(-20.0, 4.0, 1.0, 100.0), lambda _: LoopCompressor()),
    )
    print(f"{BLOCK_FRAMES} frames, {CHANNELS} channels, {RATE:g} Hz: µs a block, and × the kernel's")
    print(
        f"{'':12} {'kernel':>8} {'pedalboard':>11} {'×':>6} {'in one call':>12} {'×':>6} {'numpy/scipy':>12} {'×':>6}"
    )
    for name, text, board, plain in effects:
        ours, part = kernel_us(text)
        live: Callable[[Block], Any] = partial(board.process, sample_rate=RATE, buffer_size=BLOCK_FRAMES, reset=False)
        others = called_us(live), long_us(board), called_us(plain(part))
        row = "".join(f" {us:{width}.2f} {us / ours:6.1f}" for us, width in zip(others, (11, 12, 12), strict=True))
        print(f"{name:12} {ours:8.2f}{row}")


if __name__ == "__main__":
    main()
