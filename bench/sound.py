"""How the learned instrument sounds beside recordings it never learned from: figures, and pictures one can look at.

    python bench/sound.py FOLDER [--name cello] [--model FILE.npz] [--frames FOLDER] [--into docs]

FOLDER holds recordings as `vocello train instrument` takes them; only those that it keeps out of training are read.
Each is played once more from its own pitch and loudness: by the network, by the frames that were read from it (nothing
can come nearer), by the string of physics alone, and by a General MIDI soundfont where FluidSynth and one are
installed. With `--into`, the page `sound.md` and its pictures are written there. `--frames` keeps what was read from
the recordings for the next time. What each figure means stands in `ml/training/instrument/judge.py`.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench import soundfont
from bench.spectrograms import drawn
from ml.training.instrument.analysis import Array, Take
from ml.training.instrument.corpus import Corpus, Sounds, analyse, corpora, is_judged, load, seconds
from ml.training.instrument.export import origin, weights_in
from ml.training.instrument.judge import Figures, Maker, judged, kind_of, makers
from ml.training.instrument.network import Strings
from realtime.dsp.strings.sizes import RATE_HZ
from score.errors import FileError, VocelloError

PAGE, PICTURES = "sound.md", "sound"
NETWORK, SOUNDFONT = "network", "GM soundfont"
COLUMNS = {
    "envelope_db": "envelope, dB",
    "spectral": "spectral distance",
    "loudness_db": "loudness off, dB",
    "top_octave_db": "8–16 kHz, dB",
    "top_octave_off_db": "the same, off by",
}
SHOWN = {
    "recording": "recording",
    NETWORK: "network",
    "physics alone": "physics alone",
    SOUNDFONT: "GM soundfont",
}


class Scene(NamedTuple):
    """What is drawn: the first recording of the kind, by pitch, whose name has the words. [any]"""

    title: str
    kind: str
    words: str
    highest: bool = False


SCENES = (
    Scene("A low note, forte", "notes", r"(?<!mezzo-)forte|fortissimo|^[a-g]"),
    Scene("A high note, piano", "notes", r"piano|pianissimo|^[a-g]", highest=True),
    Scene("A phrase, legato", "phrases", "legato|arco-normal|vibrato"),
    Scene("A phrase, staccato", "phrases", "staccato|spiccato"),
)
_DRAWN_S = 6.0  # of a phrase: more would be a blur
_LONG_S = 1.5  # with the silence around it: a note long enough to be looked at


def kept_out(folder: Path, name: str, frames: Path, workers: int) -> Sounds:
    """The recordings of an instrument that no training learns, analysed. [main]"""
    every = corpora(folder, name)
    some = tuple(Corpus(each.name, tuple(path for path in each.paths if is_judged(path.stem))) for each in every)
    some = tuple(each for each in some if each.paths)
    if not some:
        raise FileError(
            f"of the recordings in '{folder}' none is kept out of training.", "Give the folder that it learned from."
        )
    for share in analyse(some, frames, workers):
        print(f"\rreading the recordings: {100 * share:3.0f} %", end="", file=sys.stderr, flush=True)
    return load(some, frames)


def contestants(model: Path, name: str, font: Path | None) -> dict[str, Maker]:
    """Who plays. [main]"""
    network = Strings(1)
    network.load_state_dict(weights_in(model))
    found = makers(network.eval())
    plays = found[NETWORK]
    found[NETWORK] = lambda take, source: plays(take, 0)  # what ships knows one room
    if font is not None:
        program = soundfont.PROGRAMS.get(name, soundfont.PROGRAMS["cello"])
        found[SOUNDFONT] = lambda take, source: soundfont.played(take, font, program)
    return found


def table(figures: Mapping[str, Mapping[str, float]]) -> str:
    """One kind's figures in Markdown. [any]"""
    lines = [f"| | {' | '.join(COLUMNS.values())} |", "|---" * (len(COLUMNS) + 1) + "|"]
    for maker, values in figures.items():
        lines.append(f"| {maker} | {' | '.join(_number(name, values[name]) for name in COLUMNS)} |")
    return "\n".join(lines)


def _number(name: str, value: float) -> str:
    return f"{value:+.2f}" if name == "top_octave_db" else f"{value:.2f}"


def choose(kept: Sequence[tuple[int, Take]]) -> dict[str, tuple[int, Take]]:
    """A take for each scene that the recordings can play. [any]"""
    chosen: dict[str, tuple[int, Take]] = {}
    for scene in SCENES:
        fitting = [
            (source, take)
            for source, take in kept
            if kind_of(take) == scene.kind and re.search(scene.words, take.name, re.IGNORECASE)
        ]
        fitting = [each for each in fitting if seconds((each,)) >= _LONG_S] or fitting
        fitting.sort(key=lambda each: float(np.median(each[1].hertz)), reverse=scene.highest)
        if fitting:
            chosen[scene.title] = fitting[0]
    return chosen


def draw(chosen: Mapping[str, tuple[int, Take]], some: Mapping[str, Maker], folder: Path) -> dict[str, Path]:
    """A picture of each scene. [main]"""
    pictures = {}
    for title, (source, take) in chosen.items():
        sounds: dict[str, Array] = {SHOWN["recording"]: take.sound}
        sounds |= {SHOWN[maker]: make(take, source) for maker, make in some.items() if maker in SHOWN}
        sounds = {name: each[: round(_DRAWN_S * RATE_HZ)] for name, each in sounds.items()}
        path = folder / f"{re.sub('[^a-z]+', '-', title.lower())}.png"
        drawn(f"{title}: {take.name}", sounds, path)
        pictures[title] = path
    return pictures


def page(name: str, figures: Figures, counts: Mapping[str, int], pictures: Mapping[str, Path], has_font: bool) -> str:
    """The whole of sound.md. [any]"""
    parts = [
        "# How it sounds",
        f"Recordings of a {name} that were kept out of training, each played again from its own pitch and loudness, "
        "and nothing else. This page and its pictures are made by one command: "
        f"`python bench/sound.py FOLDER --name {name} --into docs`.",
    ]
    for kind, told in figures.items():
        parts += [f"## {kind.capitalize()}", f"The mean over {counts[kind]} recordings.", table(told)]
    parts.append(
        "- **network**: what plays when you play.\n"
        "- **frames played back**: the harmonics and the noise that were read from the recording itself. No network "
        "that draws such frames can come nearer.\n"
        "- **physics alone**: the string without a network, which plays where there are no weights.\n"
        + (
            "- **GM soundfont**: FluidSynth and the largest General MIDI soundfont that is installed; the same notes, "
            "bent as the recording is, and made as loud at each moment.\n"
            if has_font
            else ""
        )
        + "\n**envelope**: 40 bands from 40 Hz to 20 kHz, smoothed over 30 ms; how far they are from the "
        "recording's in the mean. **spectral distance**: spectra of six window lengths, linear and logarithmic. "
        "**loudness off**: A-weighted, while it sounds. **8–16 kHz**: how much louder (+) or softer (−) the top octave "
        "is; beside it the mean without the sign. The formulas stand in "
        "[judge.py](../ml/training/instrument/judge.py) and [distance.py](../ml/training/instrument/distance.py)."
    )
    if pictures:
        parts.append("## To be looked at\n\nAbove up to 22 kHz, below up to 5 kHz; 85 dB from black to white.")
        parts += [f"### {title}\n\n![{title}]({PICTURES}/{path.name})" for title, path in pictures.items()]
    return "\n\n".join(parts) + "\n"


def arguments() -> argparse.ArgumentParser:
    """What can be asked for. [main]"""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the recordings it was trained on")
    parser.add_argument("--name", default="cello", help="of the instrument")
    parser.add_argument("--model", default="", metavar="FILE.npz", help="or a run's folder; else the shipped one")
    parser.add_argument("--frames", type=Path, metavar="FOLDER", help="keep there what is read from the recordings")
    parser.add_argument("--soundfont", type=Path, metavar="FILE.sf2", help="else the largest that is installed")
    parser.add_argument("--into", type=Path, metavar="FOLDER", help=f"write {PAGE} and its pictures there")
    return parser


def main() -> None:
    """Judge, and draw. [main]"""
    wanted = arguments().parse_args()
    try:
        compare(wanted)
    except VocelloError as error:
        sys.exit(str(error))


def compare(wanted: argparse.Namespace) -> None:
    """All that was asked for. [main]"""
    model = origin(wanted.model or wanted.name)
    font = wanted.soundfont or soundfont.font()
    some = contestants(model, wanted.name, font)
    with tempfile.TemporaryDirectory() as scratch:
        kept = kept_out(wanted.folder, wanted.name, wanted.frames or Path(scratch), os.cpu_count() or 1).kept
    counts = {kind: sum(kind_of(take) == kind for _, take in kept) for kind in ("notes", "phrases")}
    figures = judged(some, kept)
    for kind, told in figures.items():
        print(f"\n{kind}: {counts[kind]} recordings\n\n{table(told)}", flush=True)
    if font is None:
        print("\nNo soundfont plays along: FluidSynth and a General MIDI soundfont are not installed.", file=sys.stderr)
    if wanted.into is not None:
        pictures = draw(choose(kept), some, wanted.into / PICTURES)
        text = page(wanted.name, figures, counts, pictures, font is not None)
        (wanted.into / PAGE).write_text(text, encoding="utf-8")
        print(f"\n'{wanted.into / PAGE}', with {len(pictures)} pictures.", file=sys.stderr)


if __name__ == "__main__":
    main()
