"""`vocello process IN.wav RACK -o OUT.wav`: a recording through a rack, as live playing would sound. [main]"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from plugin.offline import process_file
from plugin.rack_file import load_rack
from vocello.screen import aside, decibels, print_json, progress, say


def process(source: Path, rack: Path, target: Path, frames: int, bits: int | None, as_json: bool) -> None:
    """Play a file through a rack into another, and tell. [main]"""
    plan = load_rack(rack)
    with progress(f"Processing {source.name}", not as_json) as step:
        done = process_file(
            source, target, plan, folder=rack.resolve().parent, block_frames=frames, bits=bits, step=step
        )
    if as_json:
        print_json({"out": str(target), **asdict(done)})
        return
    for text in done.troubles:
        aside.print(text, style="yellow", soft_wrap=True, markup=False)
    speed = done.seconds / done.took_s if done.took_s else 0.0
    say(
        f"'{target}': {done.seconds:.1f} s and {done.tail_s:.1f} s that ring on, "
        f"peak {decibels(done.peak):.1f} dB, {speed:.0f} times as fast as it plays."
    )
    if done.latency_frames:
        say(f"The rack is {done.latency_frames} frames late when it is played live; here that is made up for.")
