"""The peers, each in a process of an environment that is none of the program's.

    python bench/ears/peers.py --install FOLDER      makes that environment (about 1 GB, most of it PyTorch)
    python bench/ears/peers.py --check FOLDER        says which peers work in it, and why others do not

What flows in: recordings. What flows out: what a peer heard in each, or `NotHeardError` with the reason: a peer that
cannot be installed, fails or takes too long is listed as such and never guessed. The environment is found by the
option `--peers FOLDER` or the variable VOCELLO_PEERS.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from bench.ears import tables
from bench.ears.metrics import Heard, NotHeardError

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PEERS = ("pyin", "crepe", "pesto", "swiftf0", "basic-pitch", "aubio")
VARIABLE = "VOCELLO_PEERS"
LIMIT_S = 900.0
ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def python_of(folder: Path | None) -> Path:
    """The interpreter of the peers' environment. [main]"""
    folder = folder or (Path(os.environ[VARIABLE]) if VARIABLE in os.environ else None)
    if folder is None:
        raise NotHeardError(
            "no environment of the peers: python bench/ears/peers.py --install FOLDER, then --peers FOLDER"
        )
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        raise NotHeardError(f"no Python in '{folder}': python bench/ears/peers.py --install {folder}")
    return python


def hear_all(
    system: str,
    voices: Mapping[str, npt.NDArray[np.float32]],
    rate: int,
    python: Path,
    limit_s: float = LIMIT_S,
) -> dict[str, Heard]:
    """What a peer hears in each of some recordings, by their names. [main]"""
    with tempfile.TemporaryDirectory() as scratch:
        said = Path(scratch, "said")
        said.mkdir()
        paths = list(_written(voices, rate, Path(scratch)))
        command = [str(python), "-W", "ignore", "-m", "bench.ears.peer_worker", system, str(said), *map(str, paths)]
        _run(command, limit_s)
        return {name: _read(said, name, path) for name, path in zip(voices, paths, strict=True)}


def _written(voices: Mapping[str, npt.NDArray[np.float32]], rate: int, folder: Path) -> Iterator[Path]:
    """The voices as files with names that no two of them share."""
    for number, voice in enumerate(voices.values()):
        path = folder / f"{number}.wav"
        soundfile.write(path, voice, rate, subtype="FLOAT")
        yield path


def _run(command: list[str], limit_s: float) -> None:
    environment = {**os.environ, **ONE_CORE, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, timeout=limit_s, capture_output=True, text=True, errors="replace"
        )
    except subprocess.TimeoutExpired:
        raise NotHeardError(f"not done within {limit_s:.0f} s; --limit gives it longer") from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise NotHeardError(lines[-1][:200] if lines else f"ended with {done.returncode}")


def _read(folder: Path, name: str, path: Path) -> Heard:
    notes, f0, busy = (folder / f"{path.stem}{kind}.csv" for kind in ("", ".f0", ".busy"))
    if not busy.exists():
        raise NotHeardError(f"said nothing of '{name}'")
    return Heard(
        tables.heard_notes(notes),
        soundfile.info(path).duration,
        float(tables.read(busy, ("busy_s",))[0, 0]),
        tables.read(f0, tables.F0) if f0.exists() else None,
    )


def install(folder: Path) -> list[str]:
    """Make the environment; what could not be installed is left out, and its last words are returned. [main]"""
    venv.create(folder, with_pip=True)
    python = str(python_of(folder))
    refused = []
    wanted = [(line, False) for line in _pins(HERE / "peers.txt")]
    wanted += [(line, True) for line in _pins(HERE / "peers_alone.txt")]
    for pin, is_alone in wanted:
        command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", pin]
        done = subprocess.run([*command, *(["--no-deps"] if is_alone else [])], capture_output=True, text=True)
        print(f"{pin}: {'there' if not done.returncode else 'refused'}", flush=True)
        if done.returncode:
            refused.append(f"{pin}: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")
    return refused


def _pins(path: Path) -> Iterable[str]:
    lines = (line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def check(folder: Path) -> dict[str, str]:
    """For each peer "works", or the reason why not. [main]"""
    rate = 48_000
    tone = 0.1 * np.sin(2.0 * np.pi * 220.0 * np.arange(rate) / rate).astype(np.float32)
    found = {}
    for system in PEERS:
        try:
            hear_all(system, {"tone": tone}, rate, python_of(folder), 120.0)
            found[system] = "works"
        except NotHeardError as reason:
            found[system] = str(reason)
    return found


def main() -> None:
    """Install or check. [main]"""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--install", type=Path, metavar="FOLDER")
    what.add_argument("--check", type=Path, metavar="FOLDER")
    wanted = parser.parse_args()
    if wanted.install:
        for line in install(wanted.install):
            print(f"refused: {line}", file=sys.stderr)
    for system, state in check(wanted.install or wanted.check).items():
        print(f"{system:12s} {state}")


if __name__ == "__main__":
    main()
