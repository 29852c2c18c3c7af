"""A sound file through a rack, as fast as the machine allows: the callback and the plugins of live playing.

What flows in: a recording and a plan. What flows out: the same recording as the rack plays it, in its place in time:
what the rack is late by is cut off in front, and what rings on is waited for. [main]
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from plugin.plan import RackPlan
from plugin.workbench import Workbench
from realtime.device.file import CALLBACK
from realtime.device.sound_file import SoundReader, SoundWriter
from realtime.host import Host
from score.errors import AudioFileError

_SILENT = 10.0 ** (-90.0 / 20.0)
_SILENT_FOR_S, _TAIL_AT_MOST_S = 0.25, 30.0
_READY_WITHIN_S = 30.0

Samples = npt.NDArray[np.float32]


@dataclass
class Processed:
    """How it went. [any]"""

    seconds: float = 0.0
    tail_s: float = 0.0
    took_s: float = 0.0
    latency_frames: int = 0
    peak: float = 0.0
    troubles: list[str] = field(default_factory=list)


def process_file(
    source: Path,
    target: Path,
    plan: RackPlan,
    *,
    folder: Path | None = None,
    block_frames: int = 128,
    bits: int | None = None,
    step: Callable[[float], None] = lambda share: None,
) -> Processed:
    """Play a file through a rack into another. [main]"""
    if target.exists() and source.exists() and target.samefile(source):
        raise AudioFileError(f"'{target}' would be written over while it is read.", "Name another output.")
    reader = SoundReader(source)
    bench = Workbench()
    try:
        bench.load(plan, folder)
        writer = SoundWriter(target, reader.rate, 2, bits)
        blocks = _blocks(reader, block_frames)
        try:
            figures = play(
                bench, reader.rate, blocks, reader.frames, writer.write, block_frames=block_frames, step=step
            )
        except BaseException:
            writer.abandon()
            raise
        writer.close()
    finally:
        bench.close()
        reader.close()
    return figures


def play(
    bench: Workbench,
    rate: float,
    blocks: Iterator[Samples],
    frames: int,
    write: Callable[[Samples], object],
    *,
    block_frames: int = 128,
    before: Callable[[Host, int], object] = lambda host, frame: None,
    step: Callable[[float], None] = lambda share: None,
) -> Processed:
    """Play blocks through the rack that stands on a bench, so many frames and what rings on behind them; before each
    block events may be sent, for the frame with which it begins. [main]"""
    began, figures = time.perf_counter(), Processed(seconds=frames / rate)
    first = next(blocks)
    host = Host(rate, input_channels=first.shape[1], output_channels=2)
    host.listen_with(False)
    gate = host.record["gate"]  # a card that plays on has faded in long ago
    gate["target"][0] = gate["aim"][0] = gate["value"][0] = 1.0
    bench.wait_until_ready(_READY_WITHIN_S)
    bench.begin(host, block_frames, in_time=False)
    callback = CALLBACK(host.callback_address)
    heard = np.zeros((block_frames, 2), np.float32)
    late = figures.latency_frames = bench.latency_frames
    written, silent_frames, at_most = 0, 0, frames + int(_TAIL_AT_MOST_S * rate)
    for block in chain((first,), blocks):
        before(host, host.frame)
        callback(block.ctypes.data, heard.ctypes.data, block_frames, None, 0, host.address)
        bench.settle()
        figures.troubles += [news.text for news in bench.tick(None)]
        kept = heard[min(late, block_frames) :]
        late -= block_frames - len(kept)
        write(kept)
        written += len(kept)
        figures.peak = max(figures.peak, float(np.abs(kept).max(initial=0.0)))
        step(min(written / max(frames, 1), 1.0))
        if written >= frames:
            silent_frames = silent_frames + len(kept) if np.abs(kept).max(initial=0.0) < _SILENT else 0
            if silent_frames >= _SILENT_FOR_S * rate or written >= at_most:
                break
    figures.tail_s = (written - frames) / rate
    figures.took_s = time.perf_counter() - began
    return figures


def _blocks(reader: SoundReader, frames: int) -> Iterator[Samples]:
    """(frames, channels), and silence for ever behind the end."""
    channels = min(reader.channels, 2)
    while True:
        block = np.zeros((frames, channels), np.float32)
        samples = reader.read(frames)[:, :channels]
        block[: len(samples)] = samples
        yield block
