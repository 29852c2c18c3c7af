"""The page on latency, measured: docs/latency.md.

    python bench/latency_page.py [--frames 64,128,256,512] [--repeats 40] [-o docs/latency.md]

For each buffer size `vocello live` runs as its user starts it, on a JACK server of its own, between two other ports of
one more program; see bench/latency.py. What is measured stands in a table, and beside it how often the machine itself
stood still meanwhile, since nobody's software is quicker than that. How right the notes are for that time comes from
docs/latency-accuracy.md, which bench/ears/curve.py writes.
"""

from __future__ import annotations

import argparse
import platform
from pathlib import Path

import numpy as np

from bench.jack_server import RATE
from bench.latency import Measured, measure
from score.atomic import write_whole
from score.errors import FileError

_PAGE = """# Latency

How long it takes from a key to its sound, and from the first moment of a sung note to the note-on at the virtual port:
measured between programs, through a real JACK server, at {rate} Hz, on {machine}. Milliseconds; "blocks" are of the
buffer size in the first column.

## A key → its sound

Another program sends a note on an exact frame and looks for the frame on which sound comes back.

{keys}

## A sung onset → its note-on

Another program sings the demo voice's first syllable; the frame on which its note begins is known.

{notes}

In a run that was looked at note by note the longest was the very first, before the ears had heard anything of the
voice.

The ears need to hear a little of a note before they can say which it is: that is most of this time, and larger
buffers add little. `vocello live --patience` trades it for accuracy:

![Live F-measures against latency](latency-accuracy.svg)

[Every point of these curves](latency-accuracy.md), with p95, repeats, and eight other systems.

## What limits these figures

{limits}

## On your machine

```
.venv/bin/python bench/latency_page.py --frames 64,128,256,512 -o my-latency.md
vocello latency
vocello latency --device DEVICE
```

The first measures this page anew. The second is in software alone; the third goes through your card, with a cable
from its output to its input. A card adds its own two buffers, and what its converters take, once a way.
"""

_LIMITS = """A key comes with its frame ([decision 21](decisions/0021-midi-in-a-graph-has-frames.md)) and is held back
by one block on purpose, so that every key is late by the same time
([decision 8](decisions/0008-one-block-of-latency-for-keys.md)). The program that measures stands before us in the graph
and hears us one block later still; a DAW that records us does not. The dummy driver has no card behind it. What did not
come back within 0.6 s was lost on the way, in blocks that the server gave up. During these runs a realtime thread that
does nothing but wake up was late by more than a block {stalls} times in all: on this machine the tails are the
machine's."""


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", default="64,128,256,512")
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/latency.md"))
    asked = parser.parse_args()
    measured = []
    for frames in (int(each) for each in asked.frames.split(",")):
        measured.append(measure(frames, asked.repeats))
        print(f"{frames} frames: done", flush=True)
    write_whole(asked.output, page(measured).encode(), FileError)
    print(f"Written: {asked.output}")


def page(several: list[Measured]) -> str:
    """The page, of what was measured. [any]"""
    cores = f"{_cores()} cores of {platform.system()} on {platform.machine()}"
    return _PAGE.format(
        rate=RATE,
        machine=cores,
        keys=_table(several, [each.key_to_sound for each in several]),
        notes=_table(several, [each.onset_to_note for each in several]),
        limits=_LIMITS.format(stalls=sum(each.stalls for each in several)),
    )


def _table(several: list[Measured], values: list[list[int]]) -> str:
    rows = ["| frames | a block | p50 ms | p95 ms | max ms | p50 blocks | sd ms | came back |", "|" + "---:|" * 8]
    for measured, frames in zip(several, values, strict=True):
        block = measured.block_frames
        came = f"{len(frames)} of {measured.asked}"
        if not frames:
            rows.append(f"| {block} | {1e3 * block / RATE:.2f} | – | – | – | – | – | {came} |")
            continue
        p50, p95, worst = (1e3 * float(each) / RATE for each in np.percentile(frames, [50, 95, 100]))
        spread = 1e3 * float(np.std(frames)) / RATE
        blocks = float(np.median(frames)) / block
        row = (block, f"{1e3 * block / RATE:.2f}", f"{p50:.1f}", f"{p95:.1f}", f"{worst:.1f}", f"{blocks:.2f}")
        rows.append(f"| {' | '.join(map(str, row))} | {spread:.2f} | {came} |")
    return "\n".join(rows)


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    main()
