"""What is no voice, given to `vocello listen`: a clear error or silence, and memory that does not grow.

    python bench/ears/garbage.py [--hours 2]

Each case is a file made here. It passes if the command ends with 0, and few enough notes, all of them numbers; or with
2 and an error of one line; where a melody was played, it must have been heard to the end. A traceback, a hang, or a
note that is not a number fails. A hang is told from a busy machine by the processor time: too much of it, or none for a
minute. Memory is watched during the long take: what it takes at the end is compared with what it took after the first
tenth. Ends with 1 if a case failed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from bench.ears import report, tables

RATE = 48_000
BLOCK_S = 10.0
MAY_GROW_BYTES = 24 * 2**20  # over hours: the notes themselves and what the allocator keeps
MELODY_A_MINUTE = 100.0  # of its 120 notes
LIMIT_S = 300.0  # of processor time
IDLE_S = 60.0
LOOK_EVERY_S = 0.25
Sound = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Case:
    """A file that nobody sang. [any]"""

    name: str
    make: Callable[[Path], None]
    is_error: bool | None  # what the command must say; None where either will do
    notes_a_minute: float = 0.0  # at most
    least_a_minute: float = 0.0
    suffix: str = ".wav"
    is_long: bool = False  # so that what the program takes at its start is not counted as growing


@dataclass
class Outcome:
    """What the command did with it. [any]"""

    code: int
    words: str
    busy_s: float  # processor seconds
    notes: npt.NDArray[np.float64] | None = None
    memory: list[int] = field(default_factory=list)  # bytes resident, every LOOK_EVERY_S

    @property
    def grew_bytes(self) -> int | None:
        """How much more memory it held at the end than after a tenth of its time. [any]"""
        steady = self.memory[len(self.memory) // 10 :]
        return max(steady[-(len(steady) // 10 or 1) :]) - steady[0] if len(steady) > 20 else None

    @property
    def tenths(self) -> list[int]:
        """The memory it held after each tenth of its time. [any]"""
        return [self.memory[(len(self.memory) - 1) * tenth // 10] for tenth in range(1, 11)] if self.memory else []


def seconds(length_s: float, rate: int = RATE) -> npt.NDArray[np.float64]:
    """The times of the samples. [any]"""
    return np.arange(round(length_s * rate)) / rate


def sound_of(samples: npt.NDArray[np.float64], rate: int = RATE, subtype: str = "FLOAT") -> Callable[[Path], None]:
    """Writes these samples. [any]"""
    return lambda path: soundfile.write(path, samples.astype(np.float32), rate, subtype=subtype)


def bytes_of(content: bytes) -> Callable[[Path], None]:
    """Writes these bytes. [any]"""

    def make(path: Path) -> None:
        path.write_bytes(content)

    return make


def melody(length_s: float, rate: int = RATE) -> npt.NDArray[np.float64]:
    """Half-second notes with overtones and rests between: something to hear for as long as it lasts. [any]"""
    t = seconds(length_s, rate)
    step = (t / 0.5).astype(int)
    f0_hz = 220.0 * 2.0 ** (np.array([0, 2, 4, 5, 7, 5, 4, 2])[step % 8] / 12.0)
    phase = 2.0 * np.pi * f0_hz * (t % 0.5)
    shape = np.clip(np.minimum(t % 0.5, 0.4 - t % 0.5) / 0.02, 0.0, 1.0)
    return np.asarray(0.2 * shape * sum(np.sin(n * phase) / n for n in range(1, 6)))


def long_take(hours: float) -> Callable[[Path], None]:
    """Writes the melody for hours, in pieces, since two hours do not belong into memory at once. [any]"""

    def make(path: Path) -> None:
        piece = melody(BLOCK_S).astype(np.float32)
        with soundfile.SoundFile(path, "w", RATE, 1, "PCM_16") as file:
            for _ in range(max(1, round(hours * 3600.0 / BLOCK_S))):
                file.write(piece)

    return make


def cases() -> list[Case]:
    """All but the long one. [any]"""
    t = seconds(5.0)
    holes = melody(5.0)
    holes[::1000], holes[500::1000] = np.nan, np.inf
    square = np.sign(np.sin(2.0 * np.pi * 100.0 * t))
    return [
        Case("nothing but NaN", sound_of(np.full_like(t, np.nan)), None),
        Case("NaN and infinity here and there", sound_of(holes), None, notes_a_minute=1e9),
        Case("far beyond full scale", sound_of(1e30 * melody(5.0)), None, notes_a_minute=1e9),
        Case("DC", sound_of(np.full_like(t, 0.9)), None, notes_a_minute=12.0),  # its two edges are clicks
        Case("full-scale square", sound_of(square), None, notes_a_minute=1e9),  # a tone: one long note is right
        Case("full-scale noise", sound_of(np.random.default_rng(1).uniform(-1, 1, len(t))), None, notes_a_minute=5.0),
        Case("silence", sound_of(np.zeros_like(t)), False),
        Case("a melody at 8 kHz", sound_of(melody(5.0, 8_000), 8_000), False, 150.0, MELODY_A_MINUTE),
        Case("a melody at 192 kHz", sound_of(melody(5.0, 192_000), 192_000), False, 150.0, MELODY_A_MINUTE),
        Case("a sound of no samples", sound_of(np.zeros(0)), None),
        Case("a sound of one sample", sound_of(np.ones(1)), None),
        Case("0 bytes", bytes_of(b""), True),
        Case("not audio", bytes_of(b"Once upon a time there was a text that called itself a sound.\n" * 50), True),
        Case("a header and no more", bytes_of(b"RIFF\x24\x00\x00\x00WAVEfmt "), True),
        Case("no file at all", lambda path: None, True),
    ]


def listen(source: Path, limit_s: float = LIMIT_S) -> Outcome:
    """Run the command on a file, and watch its memory. [main]"""
    events = source.with_suffix(".events.csv")
    command = [sys.executable, "-m", "vocello", "listen", str(source), "--no-profile", "--events", str(events)]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as words:
        process = subprocess.Popen(
            [*command, "-o", str(source.with_suffix(".mid"))], stdout=words, stderr=subprocess.STDOUT
        )
        memory: list[int] = []
        busy_s, stirred_s = 0.0, time.monotonic()
        try:
            while process.poll() is None and busy_s < limit_s:
                if time.monotonic() - stirred_s > (IDLE_S if busy_s else limit_s):
                    break
                now_s, resident = spent(process.pid)
                memory += [resident] if resident else []
                if now_s > busy_s:
                    busy_s, stirred_s = now_s, time.monotonic()
                time.sleep(LOOK_EVERY_S)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
        words.seek(0)
        outcome = Outcome(process.returncode, words.read(), busy_s, memory=memory)
    if outcome.code == 0 and events.exists():
        outcome.notes = tables.heard_notes(events)
    return outcome


def spent(pid: int) -> tuple[float, int]:
    """The processor seconds of a process, and the bytes it holds; 0 and 0 where no Linux tells. [main]"""
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0, 0
    user, system, pages = int(told[11]), int(told[12]), int(told[21])
    return (user + system) / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE")


def objection(case: Case, outcome: Outcome, minutes: float) -> str | None:
    """What was wrong with it, or None. [any]"""
    if "Traceback" in outcome.words:
        return f"a traceback: {outcome.words.strip().splitlines()[-1]}"
    if outcome.code not in (0, 2):
        return f"ended with {outcome.code} after {outcome.busy_s:.0f} s"
    if case.is_error is not None and case.is_error != (outcome.code == 2):
        return "an error was due" if case.is_error else f"an error: {outcome.words.strip()[:120]}"
    if outcome.code == 2:
        lines = [line for line in outcome.words.splitlines() if line.strip()]
        return None if len(lines) == 1 else f"an error of {len(lines)} lines"
    if outcome.notes is None:
        return "no table of notes"
    if not np.isfinite(outcome.notes[:, [0, 1, 2, 3, 4]]).all():
        return "notes that are not numbers"
    if len(outcome.notes) > case.notes_a_minute * minutes:
        return f"{len(outcome.notes)} notes"
    if len(outcome.notes) < case.least_a_minute * minutes:
        return f"no more than {len(outcome.notes)} notes"
    if case.is_long and outcome.grew_bytes is not None and outcome.grew_bytes > MAY_GROW_BYTES:
        return f"memory grew by {outcome.grew_bytes / 2**20:.0f} MB"
    return None


def row(case: Case, outcome: Outcome, wrong: str | None) -> list[str]:
    """As the table shows it. [any]"""
    said = "error" if outcome.code else f"{0 if outcome.notes is None else len(outcome.notes)} notes"
    most = f"{max(outcome.memory) / 2**20:.0f}" if outcome.memory else report.UNKNOWN
    grew = report.UNKNOWN if outcome.grew_bytes is None or not case.is_long else f"{outcome.grew_bytes / 2**20:+.1f}"
    return [case.name, said, f"{outcome.busy_s:.1f}", most, grew, wrong or "well"]


def checked(some: Sequence[tuple[Case, float, float]], folder: Path) -> Iterator[tuple[Case, Outcome, str | None]]:
    """What the command did with each (case, minutes of sound, limit in s), and what was wrong with it. [main]"""
    for number, (case, minutes, limit_s) in enumerate(some):
        path = folder / f"{number}{case.suffix}"
        case.make(path)
        outcome = listen(path, limit_s)
        path.unlink(missing_ok=True)
        yield case, outcome, objection(case, outcome, minutes)


def main() -> None:
    """Give every case to the command. [main]"""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--hours", type=float, default=2.0, help="of the long take; 0 leaves it out")
    wanted = parser.parse_args()
    some = [(case, 5.0 / 60.0, LIMIT_S) for case in cases()]
    if wanted.hours:
        name = f"{wanted.hours:g} h of melody"
        long = Case(name, long_take(wanted.hours), False, 150.0, MELODY_A_MINUTE, is_long=True)
        some.append((long, 60.0 * wanted.hours, max(LIMIT_S, 3600.0 * wanted.hours)))
    rows, well, tenths = [], True, []
    with tempfile.TemporaryDirectory() as folder:
        for case, outcome, wrong in checked(some, Path(folder)):
            rows.append(row(case, outcome, wrong))
            print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
            well &= wrong is None
            tenths = outcome.tenths
    print(report.table(["", "said", "CPU s", "most MB", "grew MB", "so"], rows))
    if tenths and wanted.hours:
        print("\nMB in memory after each tenth of the long take: " + " ".join(f"{each / 2**20:.0f}" for each in tenths))
    sys.exit(int(not well))


if __name__ == "__main__":
    main()
