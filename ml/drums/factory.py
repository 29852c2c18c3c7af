"""`python -m ml.drums.factory`: learn the factory's kit from mouths that are made, and say how well it was learned.

What flows in: a seed. What flows out: `models/drums-factory.json`, and two tables of what was mistaken for what: a kit
that learned from one source of mouths alone, asked about the other. There is no recording in it. Takes some minutes;
runs by hand, on the main thread.

Each kind becomes a few prototypes (Lloyd's k-means, 1982) under one covariance, shrunk towards a round one (Ledoit and
Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", 2004).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.drums.kit import Kit
from ml.drums.kit_file import FACTORY_PATH, FILE_VERSION, write_factory
from ml.drums.mixture import Gaussian
from ml.drums.mouth import KINDS, MOUTH_RATE_HZ, Mouth, new_mouth
from ml.drums.sounds import CLOSED_HAT, FACTORY_KEYS, KICK, NO_DRUM, OPEN_HAT, SNARE, Factory, Shapes, Sound
from ml.drums.spoken import spoken_mouth
from ml.drums.strike import SHAPE, SHAPE_VERSION, StrikeFinder
from ml.frames import Frames

MakeMouth = Callable[[str, np.random.Generator], Mouth]
SOURCES: dict[str, MakeMouth] = {"made": new_mouth, "spoken": spoken_mouth}
PROTOTYPES = {KICK: 16, SNARE: 20, CLOSED_HAT: 16, NO_DRUM: 30}
WITNESSES = 12

_MOUTHS, _TIMES = 360, 2
_FARTHEST_SHARE = 0.995  # of the strikes that were learned from lie nearer to a prototype
_STRANGERS = 2.0  # and mouths that were not learned from lie further off
_UNHEARD = 0.2  # 2 dB in each number: no few microphones are all microphones
_DIGITS = 4


@dataclass(frozen=True)
class Struck:
    """Many strikes. [any]"""

    shapes: Shapes
    kinds: npt.NDArray[Any]  # (n,), families
    mouths: npt.NDArray[np.int64]  # (n,), who struck


def strikes_of(make: MakeMouth, seed: int, mouths: int = _MOUTHS) -> Struck:
    """Let many mouths strike some times each, in rooms of many kinds. [main]"""
    shapes, kinds, who = [], [], []
    for number, kind in enumerate(KINDS):
        chance = np.random.default_rng([seed, number])
        for mouth_number in range(mouths):
            mouth = make(kind, chance)
            for _ in range(_TIMES):
                for shape in heard(mouth, chance):
                    shapes.append(shape)
                    kinds.append(CLOSED_HAT if kind == OPEN_HAT else kind)
                    who.append(number * mouths + mouth_number)
    return Struck(np.array(shapes), np.array(kinds), np.array(who))


def heard(mouth: Mouth, chance: np.random.Generator) -> Shapes:
    """What one strike is heard as: one shape, or, where nothing is struck, any number of false ones. [main]"""
    sound = mouth.strike(chance)
    before = round(chance.uniform(0.2, 0.21) * MOUTH_RATE_HZ)
    room_db = chance.uniform(-85.0, -55.0)
    samples = np.concatenate([np.zeros(before), sound, np.zeros(2_400)])
    samples += 10.0 ** (room_db / 20.0) * chance.standard_normal(len(samples))
    finder, shapes = StrikeFinder(), []
    for hop in Frames(MOUTH_RATE_HZ).hear(samples.astype(np.float32)):
        strike = finder.hear(hop.samples)
        if strike is not None:
            shapes.append(strike.shape)
    if mouth.kind != NO_DRUM:
        shapes = shapes[:1]
    return np.array(shapes).reshape(-1, SHAPE)


def learn(struck: Struck, seed: int) -> Factory:
    """Prototypes, covariances and witnesses; the last fifth of the mouths are witnesses and teach nothing. [main]"""
    known = struck.mouths % _MOUTHS < 0.8 * _MOUTHS
    chance = np.random.default_rng(seed)
    spread = struck.shapes[known].std(axis=0) + 0.05
    prototypes, witnesses, left = {}, {}, []
    for kind, count in PROTOTYPES.items():
        mine = struck.shapes[known & (struck.kinds == kind)]
        nearest, prototypes[kind] = _gathered(mine, spread, count, chance)
        left.append(mine - prototypes[kind][nearest])
        others = struck.shapes[~known & (struck.kinds == kind)]
        picked = chance.choice(len(others), min(WITNESSES, len(others)), replace=False)
        witnesses[kind] = others[np.sort(picked)]
    covariance = _shrunk(np.concatenate(left)) + _UNHEARD**2 * np.eye(SHAPE)
    again = [
        struck.shapes[mine] - struck.shapes[mine].mean(axis=0)
        for who in np.unique(struck.mouths[known & (struck.kinds != NO_DRUM)])
        if (mine := struck.mouths == who).sum() > 1
    ]
    repeating = _shrunk(np.concatenate(again)) * _TIMES / (_TIMES - 1)
    farthest = _STRANGERS * _quantile(struck, known, prototypes, covariance)
    return Factory(prototypes, witnesses, covariance, repeating, farthest)


def mistaken(kit: Kit, struck: Struck) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Kinds, and how many strikes of each (rows) were heard as each (columns). [main]"""
    kinds = list(PROTOTYPES)
    table = np.zeros((len(kinds), len(kinds)), np.int64)
    for shape, kind in zip(struck.shapes, struck.kinds, strict=True):
        found = kit.recognise(shape)
        table[kinds.index(kind), kinds.index(found.family if found else NO_DRUM)] += 1
    return kinds, table


def kit_of(known: Factory) -> Kit:
    """The factory's sounds over what was learned. [any]"""
    return Kit(known, tuple(Sound(name, key) for name, key in FACTORY_KEYS.items()))


def contents_of(known: Factory, seed: int) -> dict[str, Any]:
    """As the file has it. [any]"""

    def rounded(table: npt.NDArray[np.float64]) -> list[list[float]]:
        return np.round(table, _DIGITS).tolist()

    return {
        "version": FILE_VERSION,
        "shape": SHAPE_VERSION,
        "made_by": f"python -m ml.drums.factory --seed {seed}",
        "farthest": round(known.farthest, 2),
        "prototypes": {kind: rounded(each) for kind, each in known.prototypes.items()},
        "covariance": np.round(known.covariance, 7).tolist(),
        "repeating": np.round(known.repeating, 7).tolist(),
        "witnesses": {kind: rounded(each) for kind, each in known.witnesses.items()},
    }


def _gathered(
    shapes: Shapes, spread: npt.NDArray[np.float64], count: int, chance: np.random.Generator
) -> tuple[npt.NDArray[np.int64], Shapes]:
    """The prototype of each shape, and the prototypes; the best of several beginnings."""
    scaled, best, found = shapes / spread, np.inf, None
    for _ in range(8):
        centres = scaled[chance.choice(len(scaled), count, replace=False)]
        for _ in range(40):
            apart = ((scaled[:, None, :] - centres[None]) ** 2).sum(axis=2)
            nearest = apart.argmin(axis=1)
            centres = np.array(
                [scaled[nearest == n].mean(axis=0) if (nearest == n).any() else centres[n] for n in range(count)]
            )
        if (cost := float(apart.min(axis=1).sum())) < best:
            best, found = cost, (nearest, centres * spread)
    assert found is not None
    return found


def _shrunk(away: Shapes) -> npt.NDArray[np.float64]:
    """The covariance of rows whose mean is nought, as far round as the few rows make it doubtful."""
    scale = away.std(axis=0) + 1e-3
    rows = away / scale
    n, size = rows.shape
    sample = rows.T @ rows / n
    round_one = np.trace(sample) / size * np.eye(size)
    apart = ((sample - round_one) ** 2).sum()
    doubt = sum(((np.outer(row, row) - sample) ** 2).sum() for row in rows) / n**2
    share = max(0.02, min(1.0, doubt / apart))
    return (share * round_one + (1.0 - share) * sample) * np.outer(scale, scale)


def _quantile(
    struck: Struck, known: npt.NDArray[np.bool_], prototypes: dict[str, Shapes], covariance: npt.NDArray[np.float64]
) -> float:
    gaussians = {kind: [Gaussian.about(row, covariance, 1.0) for row in rows] for kind, rows in prototypes.items()}
    drums = known & (struck.kinds != NO_DRUM)
    distances = [
        min(each.distance(shape) for each in gaussians[str(kind)])
        for shape, kind in zip(struck.shapes[drums], struck.kinds[drums], strict=True)
    ]
    return float(np.quantile(distances, _FARTHEST_SHARE))


def _joined(one: Struck, other: Struck) -> Struck:
    """Both, the second's mouths numbered after the first's."""
    later = other.mouths + len(KINDS) * _MOUTHS
    return Struck(
        np.concatenate([one.shapes, other.shapes]),
        np.concatenate([one.kinds, other.kinds]),
        np.concatenate([one.mouths, later]),
    )


def _told(title: str, kinds: list[str], table: npt.NDArray[np.int64]) -> str:
    lines = [f"{title}: {np.trace(table) / table.sum():.3f} right", " " * 12 + "".join(f"{k:>12}" for k in kinds)]
    lines += [f"{kind:<12}" + "".join(f"{n:>12}" for n in row) for kind, row in zip(kinds, table, strict=True)]
    return "\n".join(lines)


def main() -> None:
    """Learn, ask, write. [main]"""
    parser = argparse.ArgumentParser(description="Learn the factory's drum kit.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--to", type=Path, default=FACTORY_PATH)
    asked = parser.parse_args()
    struck = {name: strikes_of(make, asked.seed) for name, make in SOURCES.items()}
    for name, other in (("made", "spoken"), ("spoken", "made")):
        kit = kit_of(learn(struck[name], asked.seed))
        print(_told(f"learned from {name}, asked about {other}", *mistaken(kit, struck[other])))
    known = learn(_joined(struck["made"], struck["spoken"]), asked.seed)
    for name, make in SOURCES.items():
        asked_about = strikes_of(make, asked.seed + 1_000, mouths=20)
        print(_told(f"learned from both, asked about new mouths, {name}", *mistaken(kit_of(known), asked_about)))
    write_factory(contents_of(known, asked.seed), asked.to)
    print(f"'{asked.to}' is written.")


if __name__ == "__main__":
    main()
