"""Does a note that was sent depend on what was sung afterwards?

    python bench/ears/causal.py RECORDING... [--cuts 8]

`vocello listen` hears the whole recording, then the recording cut off 10 ms after each of some note-ons it claims.
Every note sent before the cut must come again, at the same moment, with the same pitch and velocity: a program that
looks ahead by more than that is found out. Ends with 1 if one differs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import soundfile

from bench.ears import tables
from bench.ears.live import RATE, Sound, Table, cuts_s, differences, learned, voice_of
from bench.ears.metrics import NotHeardError

# From voices to the notes that were heard in each.
Notes = Callable[[Sequence[Sound]], list[Table]]


def objections(voice: Sound, notes: Notes, cuts: int) -> tuple[int, list[str]]:
    """How often a voice was cut, and what was different then. [main]"""
    (whole,) = notes([voice])
    moments_s = [float(each) for each in cuts_s(whole, cuts)]
    again = notes([voice[: round(each * RATE)] for each in moments_s])
    found = [line for each, cut in zip(moments_s, again, strict=True) for line in differences(whole, cut, each)]
    return len(moments_s), found


def by_command(voices: Sequence[Sound]) -> list[Table]:
    """The notes that `vocello listen` finds in each voice, as it would for anybody. [main]"""
    if not voices:
        return []
    with tempfile.TemporaryDirectory() as folder:
        sounds, told = Path(folder, "sounds"), Path(folder, "told")
        sounds.mkdir()
        for number, voice in enumerate(voices):
            soundfile.write(sounds / f"{number}.wav", voice, RATE, subtype="FLOAT")
        command = [sys.executable, "-m", "vocello", "listen", str(sounds), "--no-profile", "--events", str(told)]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"})
        if done.returncode:
            raise NotHeardError(f"vocello listen: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")
        return [tables.heard_notes(told / f"{number}.csv") for number in range(len(voices))]


def main() -> None:
    """Check every recording that was named. [main]"""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("recordings", nargs="+", type=Path, metavar="RECORDING")
    parser.add_argument("--cuts", type=int, default=8, help="note-ons to cut after, in each")
    wanted = parser.parse_args()
    failed = False
    try:
        learned()  # the command would go on with the ears of rules, and these were not asked about
        for path in wanted.recordings:
            times, found = objections(voice_of(path), by_command, wanted.cuts)
            print(
                f"{path.name}: cut {times} times, {'the same each time' if not found else 'not the same'}", flush=True
            )
            for line in found:
                print(f"  {line}")
            failed |= bool(found)
    except NotHeardError as reason:
        sys.exit(str(reason))
    sys.exit(int(failed))


if __name__ == "__main__":
    main()
