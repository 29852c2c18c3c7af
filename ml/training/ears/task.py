"""The ears' lesson, as the trainer takes it: which pieces of sound a batch holds, and how right the network was.

What flows in: the files of `prepare.py`. What flows out: batches that depend on their number alone, losses, and the
figure a run is judged by. [main]
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ml.learned.features import LONG_CLARITY_COLUMN, WIDTH
from ml.training.checkpoint import read_weights
from ml.training.ears.disguise import longest, stretch
from ml.training.ears.network import Ears, Hindsight
from ml.training.ears.targets import COLUMNS, loss_of, targets

SHARES = {
    "solfege_sung": 0.38,
    "pjs_sung": 0.2,
    "made_sung": 0.2,
    "pjs_spoken": 0.06,
    "made_spoken": 0.08,
    "quiet": 0.08,
}
_DISGUISES = "2"  # which generation of ml/training/ears/disguise.py: a run goes on only with the one it began with
_WARMING_HOPS = 60  # at the start of a piece, when the network knows nothing yet


class Piece(NamedTuple):
    """One prepared file. [any]"""

    name: str
    rows: npt.NDArray[np.float16]
    right: npt.NDArray[np.float32]
    told: npt.NDArray[np.float32]  # pitch, clarity and level, and the clarity of the long windows
    notes: npt.NDArray[np.float64]
    now_s: float  # when the first row is known


class Batch(NamedTuple):
    """Pieces of equal length. [any]"""

    rows: Tensor
    right: Tensor


def group_of(name: str) -> str:
    """The share of the lesson that a file belongs to. [any]"""
    corpus, kind = name.split("_")[:2]
    return "quiet" if kind == "quiet" else f"{corpus}_{kind}"


def load(
    folder: Path, *, without: frozenset[str] = frozenset(), judged: frozenset[str] = frozenset()
) -> tuple[list[Piece], list[Piece]]:
    """All files to learn from and all to be judged by: `judged` names takes, `without` whole corpora. [main]"""
    learned: list[Piece] = []
    kept: list[Piece] = []
    for path in sorted(folder.glob("*.npz")):
        name = path.stem
        take, version = name.rsplit("_v", 1)
        corpus, kind = name.split("_")[:2]
        if corpus in without:
            continue
        is_judged = take in judged
        if is_judged and version != "0":
            continue
        with np.load(path) as file:
            rows, notes, now_s = file["rows"], file["notes"], float(file["now_s"])
            trackers = file["pitch"], file["clarity"], file["level_db"]
            right = targets(notes, file["beaten"], *trackers, now_s, is_music=kind == "sung")
            told = np.column_stack([*trackers, rows[:, LONG_CLARITY_COLUMN]]).astype(np.float32)
            piece = Piece(name, rows, right, told, notes, now_s)
        (kept if is_judged else learned).append(piece)
    return learned, kept


@dataclass
class Lesson:
    """Teaches `Ears` (live) or `Hindsight` (a finished take). [main]"""

    learned: list[Piece]
    kept: list[Piece]
    hindsight: bool = False
    begin: Path | None = None  # weights of an earlier run to go on from, on other sounds
    hops: int = 640
    pieces: int = 24
    shares: dict[str, float] = field(default_factory=lambda: dict(SHARES))

    def __post_init__(self) -> None:
        self.name = "hindsight" if self.hindsight else "ears"
        self._groups: dict[str, tuple[list[Piece], npt.NDArray[np.float64]]] = {}
        for group in self.shares:
            ours = [piece for piece in self.learned if group_of(piece.name) == group]
            pieces = [piece for piece in ours if len(piece.rows) > longest(self.hops)]
            if pieces:
                lengths = np.array([len(piece.rows) for piece in pieces], np.float64)
                self._groups[group] = pieces, lengths / lengths.sum()
        total = sum(self.shares[group] for group in self._groups)
        self._chances = [self.shares[group] / total for group in self._groups]

    def fingerprint(self) -> str:
        """Of what is learned and how. [main]"""
        said = [f"{piece.name}:{len(piece.rows)}" for piece in self.learned]
        if self.begin is not None:
            said.append(hashlib.sha256(self.begin.read_bytes()).hexdigest())
        said += [self.name, str(self.hops), str(self.pieces), str(sorted(self.shares.items())), _DISGUISES]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()

    def model(self) -> nn.Module:
        """A network that has learned nothing but how rows are spread. [main]"""
        network = Hindsight() if self.hindsight else Ears()
        if self.begin is not None:
            network.load_state_dict(read_weights(self.begin))
            return network
        sample = np.concatenate([piece.rows[::29].astype(np.float32) for piece in self.learned])
        network.mean.copy_(torch.from_numpy(sample.mean(axis=0)))
        network.spread.copy_(torch.from_numpy(sample.std(axis=0) + 0.05))
        return network

    def batches(self, seed: int, step: int, rank: int, world: int) -> Batch:
        """Batch number `step`. [main]"""
        chance = np.random.default_rng((seed, step, rank))
        groups = list(self._groups.values())
        rows = np.empty((self.pieces, self.hops, WIDTH), np.float32)
        right = np.empty((self.pieces, self.hops, len(COLUMNS)), np.float32)
        for i in range(self.pieces):
            pieces, lengths = groups[int(chance.choice(len(groups), p=self._chances))]
            piece = pieces[int(chance.choice(len(pieces), p=lengths))]
            at = int(chance.integers(len(piece.rows) - longest(self.hops)))
            rows[i], right[i] = stretch(piece.rows, piece.right, at, self.hops, chance)
        return Batch(torch.from_numpy(rows), torch.from_numpy(right))

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """How wrong the network is on a batch. [main]"""
        if self.hindsight:
            return loss_of(model(batch.rows), batch.right)
        said = model(batch.rows, *silence(model, len(batch.rows)))[0]
        return loss_of(said[:, _WARMING_HOPS:], batch.right[:, _WARMING_HOPS:])

    def validate(self, model: nn.Module) -> dict[str, float]:
        """On what was kept out: each part, and their sum as the figure. [main]"""
        sums: dict[str, list[float]] = {}
        with torch.no_grad():
            for piece in self.kept:
                rows = torch.from_numpy(piece.rows.astype(np.float32))[None]
                said = model(rows) if self.hindsight else model(rows, *silence(model, 1))[0]
                total, parts = loss_of(said, torch.from_numpy(piece.right)[None])
                for name, value in {"figure": float(total), **parts}.items():
                    sums.setdefault(name, []).append(value)
        return {name: float(np.mean(values)) for name, values in sums.items()}


def silence(model: nn.Module, batch: int) -> tuple[Tensor, ...]:
    """The network's memory before the first hop. [main]"""
    assert isinstance(model, Ears)
    return model.silence(batch)
