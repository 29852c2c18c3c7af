"""Two processes learn one model: the same weights in both, near those of one process with their batches together.

Run as a program, this is one of the two; the environment tells which, as `torchrun` would.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from ml.training.checkpoint import read_weights
from ml.training.progress import Progress, read
from ml.training.trainer import train
from score.errors import UsageError
from tests.house.tree import ROOT
from tests.ml.training.toy import SHORT, Toy, state_in, unlike

PLAN = replace(SHORT, steps=16, validate_every=8)

pytestmark = pytest.mark.timeout(300)  # two processes that wait for each other crawl on a busy machine


@dataclass
class Watched(Toy):
    """A toy whose model can be looked at afterwards, and which may ask to be stopped. [main]"""

    stop_at: int = -1
    made: list[nn.Module] = field(default_factory=list)

    def model(self) -> nn.Module:
        self.made.append(super().model())
        return self.made[-1]

    def batches(self, seed: int, step: int, rank: int, world: int) -> dict[str, Any]:
        if step == self.stop_at and rank == 1:
            self.stop_at = -1
            signal.raise_signal(signal.SIGTERM)
        return super().batches(seed, step, rank, world)


def plain() -> Watched:
    """Nothing in it depends on which examples stand together. [main]"""
    return Watched(dropout=0.0, norm=False, draws=False)


def learn_together(folder: Path, rank: int) -> None:
    """What each of the two processes does. [main]"""
    told: list[Progress] = []
    task = plain()
    train(task, PLAN, folder / "plain", told.append)
    torch.save({"weights": task.made[0].state_dict(), "told": len(told)}, folder / f"rank{rank}.pt")
    train(Toy(), PLAN, folder / "whole")
    stopping = Watched(stop_at=9)
    assert train(stopping, PLAN, folder / "stopped").ended == "interrupted"
    assert train(stopping, PLAN, folder / "stopped").ended == "steps"


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where two processes have learned."""
    folder = tmp_path_factory.mktemp("together")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {**os.environ, "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    command = [sys.executable, "-m", "tests.ml.training.test_trainer_ranks", str(folder)]
    processes = [
        subprocess.Popen(
            command, cwd=ROOT, env={**shared, "RANK": rank, "LOCAL_RANK": rank}, stderr=subprocess.PIPE, text=True
        )
        for rank in "01"
    ]
    try:
        said = [process.communicate(timeout=250)[1] for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert [process.returncode for process in processes] == [0, 0], said
    return folder


def test_both_processes_have_the_same_weights(together: Path):
    one, other = (torch.load(together / f"rank{rank}.pt", weights_only=True) for rank in (0, 1))
    assert unlike(one["weights"], other["weights"]) == []


def test_two_processes_learn_what_one_learns_from_their_batches_together(together: Path, tmp_path: Path):
    alone = plain()
    result = train(alone, PLAN, tmp_path)
    weights = torch.load(together / "rank0.pt", weights_only=True)["weights"]
    for name, weight in alone.made[0].state_dict().items():
        torch.testing.assert_close(weights[name], weight, rtol=1e-3, atol=1e-4)
    losses = [[each.losses["loss"] for each in read(folder)] for folder in (together / "plain", tmp_path)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    best = read_weights(together / "plain" / "best.pt")
    torch.testing.assert_close(best, read_weights(result.best_weights_path), rtol=1e-3, atol=1e-4)


def test_only_the_first_process_tells(together: Path):
    told = [torch.load(together / f"rank{rank}.pt", weights_only=True)["told"] for rank in (0, 1)]
    assert told == [len(read(together / "plain")), 0]


def test_each_process_draws_its_own_numbers(together: Path):
    one, other = (rank["randomness"] for rank in state_in(together / "whole")["ranks"])
    assert unlike(one, other) != []


def test_one_process_asked_to_stop_stops_both_and_both_go_on_as_if_not(together: Path):
    assert unlike(state_in(together / "stopped"), state_in(together / "whole")) == []


def test_a_run_of_two_processes_is_not_gone_on_with_by_one(together: Path):
    with pytest.raises(UsageError, match="processes was 2 and is 1"):
        train(Toy(), PLAN, together / "whole")


if __name__ == "__main__":
    learn_together(Path(sys.argv[1]), int(os.environ["RANK"]))
