"""What the trainer does while a model learns: how fast, until when, and which weights are kept."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ml.training.average import Average
from ml.training.batches import Ahead, examples_in, on_device
from ml.training.checkpoint import read_weights
from ml.training.plan import Plan
from ml.training.progress import Progress
from ml.training.randomness import seed_everything, states, untouched
from ml.training.schedule import learning_rate, seconds_left
from ml.training.trainer import train
from score.errors import ModelError, UsageError
from tests.ml.training.toy import SHORT, Toy, state_in, unlike


@dataclass
class Told(Toy):
    """Validates as it is told to. [main]"""

    figures: Callable[[int], float] = lambda count: 1.0
    count: int = 0

    def validate(self, model: nn.Module) -> dict[str, float]:
        self.count += 1
        return {"figure": self.figures(self.count)}


def test_a_curve_is_learned(tmp_path: Path):
    result = train(Toy(dropout=0.0, draws=False), replace(SHORT, steps=200, checkpoint_every=100), tmp_path)
    assert result.figures["figure"] < 0.05
    assert result.figures["points"] == 64.0


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path: Path):
    plan = replace(SHORT, steps=10)
    for name, seed, threads in (("one", 1, 0), ("same", 1, 3), ("other", 2, 2)):
        train(Toy(), replace(plan, seed=seed, loader_threads=threads), tmp_path / name)
    one, same, other = (state_in(tmp_path / name) for name in ("one", "same", "other"))
    assert unlike(one, same) == []
    assert unlike(one["model"], other["model"]) != []


def test_looking_at_a_model_does_not_change_how_it_learns(tmp_path: Path):
    plan = replace(SHORT, steps=20)
    train(Toy(), replace(plan, validate_every=1), tmp_path / "often")
    train(Toy(), replace(plan, validate_every=20), tmp_path / "once")
    assert unlike(state_in(tmp_path / "often")["model"], state_in(tmp_path / "once")["model"]) == []


def test_patience_ends_a_run_that_gets_no_better_and_keeps_its_best_weights(tmp_path: Path):
    task = Told(figures=lambda count: [9.0, 5.0, 7.0, math.nan, 6.0][count - 1])
    told: list[Progress] = []
    result = train(task, replace(SHORT, validate_every=5, patience=3), tmp_path, told.append)
    assert (result.ended, result.steps, result.best_step, result.figures) == ("patience", 25, 10, {"figure": 5.0})
    assert [each.best for each in told if each.validation] == [9.0, 5.0, 5.0, 5.0, 5.0]
    kept = torch.load(result.best_weights_path, weights_only=True)
    assert (kept["step"], kept["figures"]) == (10, {"figure": 5.0})
    assert "lr: 0.02" in kept["identity"].splitlines()


def test_a_run_that_lost_patience_goes_on_when_given_more(tmp_path: Path):
    plan = replace(SHORT, steps=40, validate_every=5)
    assert train(Told(), replace(plan, patience=2), tmp_path / "sittings").steps == 15
    assert train(Told(), replace(plan, patience=None), tmp_path / "sittings").steps == 40
    train(Told(), plan, tmp_path / "whole")
    assert unlike(state_in(tmp_path / "sittings")["model"], state_in(tmp_path / "whole")["model"]) == []


def test_a_budget_of_time_ends_a_run_with_a_validation(tmp_path: Path):
    told: list[Progress] = []
    result = train(Toy(pause_s=0.002), replace(SHORT, steps=10**9, minutes=0.01), tmp_path, told.append)
    assert result.ended == "minutes"
    assert result.elapsed_s >= 0.6
    assert told[-1].step == result.steps and told[-1].validation
    rates = [each.lr for each in told if each.step >= SHORT.warmup]
    assert rates == sorted(rates, reverse=True) and rates[-1] < 0.2 * rates[0]


def test_the_best_weights_are_the_averaged_ones(tmp_path: Path):
    result = train(Toy(), replace(SHORT, steps=30, validate_every=30), tmp_path)
    state = state_in(tmp_path)
    assert unlike(read_weights(result.best_weights_path), state["average"]["weights"]) == []
    assert unlike(state["model"], state["average"]["weights"]) != []


def test_an_average_is_short_at_first_and_long_later():
    model = nn.Linear(1, 1, bias=False)
    average = Average(model, keep=0.9)
    expected = float(model.weight.detach())
    for update in range(1, 200):
        with torch.no_grad():
            model.weight.fill_(math.sin(update))
        average.update(model)
        keep = min(0.9, update / (9.0 + update))
        expected = keep * expected + (1.0 - keep) * math.sin(update)
    (mean,) = average.model.parameters()
    assert float(mean) == pytest.approx(expected, abs=1e-5)
    assert not mean.requires_grad


def test_no_averaging_keeps_the_weights_themselves():
    model = nn.Linear(2, 2)
    average = Average(model, keep=0.0)
    with torch.no_grad():
        model.weight.fill_(3.0)
    average.update(model)
    assert unlike(average.model.state_dict(), model.state_dict()) == []


def test_the_rate_warms_up_then_follows_half_a_cosine():
    plan = Plan(steps=110, lr=1.0, lr_floor=0.1, warmup=10)
    assert [learning_rate(plan, step) for step in (0, 4, 9)] == pytest.approx([0.1, 0.5, 1.0])
    assert [learning_rate(plan, step) for step in (10, 60, 110)] == pytest.approx([1.0, 0.55, 0.1])
    assert learning_rate(replace(plan, warmup=0), 0) == 1.0


def test_the_cosine_follows_the_time_where_time_runs_out_first():
    plan = Plan(steps=10**9, lr=1.0, lr_floor=0.0, warmup=0, minutes=1.0)
    assert [learning_rate(plan, 50, seconds) for seconds in (0.0, 30.0, 60.0, 90.0)] == pytest.approx([1, 0.5, 0, 0])
    assert seconds_left(plan, 50, 20.0, steps_a_second=5.0) == 40.0
    assert seconds_left(Plan(steps=100), 50, 20.0, steps_a_second=5.0) == 10.0
    assert seconds_left(Plan(steps=100), 50, 20.0, steps_a_second=0.0) is None


def test_a_gradient_is_clipped_and_told_as_it_was(tmp_path: Path):
    @dataclass
    class Steep(Toy):
        def loss(self, model: nn.Module, batch: dict[str, Tensor]) -> tuple[Tensor, dict[str, float]]:
            error, named = super().loss(model, batch)
            return 1e6 * error, named

        def fingerprint(self) -> str:
            return "steep"

    told: list[Progress] = []
    train(Steep(), replace(SHORT, steps=5), tmp_path, told.append)
    assert told[-1].gradient_norm > 1e3
    moments = state_in(tmp_path)["optimiser"]["state"].values()
    assert math.sqrt(sum(float(each["exp_avg"].pow(2).sum()) for each in moments)) <= 1.0


def test_biases_and_norms_do_not_decay(tmp_path: Path):
    train(Toy(), replace(SHORT, steps=1), tmp_path)
    groups = state_in(tmp_path)["optimiser"]["param_groups"]
    assert [(each["weight_decay"], len(each["params"])) for each in groups] == [(0.01, 2), (0.0, 4)]


def test_one_gradient_that_is_no_number_is_passed_over_and_many_end_the_run(tmp_path: Path):
    @dataclass
    class Broken(Toy):
        bad_from: int = 3
        bad_to: int = 4

        def batches(self, seed: int, step: int, rank: int, world: int) -> dict[str, object]:
            batch = super().batches(seed, step, rank, world)
            return {**batch, "y": batch["y"] * (np.nan if self.bad_from <= step < self.bad_to else 1.0)}

    train(Broken(), replace(SHORT, steps=10), tmp_path / "one")
    weights = read_weights(tmp_path / "one" / "best.pt").values()
    assert all(bool(each.isfinite().all()) for each in weights)
    with pytest.raises(ModelError, match=r"the last 50 gradients of 'toy' were no numbers \(step 53\)"):
        train(Broken(bad_to=1000), replace(SHORT, steps=100), tmp_path / "many")


def test_a_figure_that_never_is_a_number_is_an_error(tmp_path: Path):
    with pytest.raises(ModelError, match="no validation of 'toy' gave a figure that is a number"):
        train(Told(figures=lambda count: math.nan), replace(SHORT, steps=5), tmp_path)


def test_a_validation_without_a_figure_is_an_error(tmp_path: Path):
    class Silent(Toy):
        def validate(self, model: nn.Module) -> dict[str, float]:
            return {"f1": 0.9}

    with pytest.raises(ModelError, match="validates without a 'figure'"):
        train(Silent(), replace(SHORT, steps=1), tmp_path)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [({"steps": 0}, "steps"), ({"ema": 1.0}, "ema"), ({"precision": "int8"}, "float32, bfloat16, float16")],
)
def test_a_plan_that_cannot_be_meant_is_refused(wrong: dict[str, object], word: str):
    with pytest.raises(UsageError, match=word):
        replace(SHORT, **wrong)  # type: ignore[arg-type]


def test_a_device_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(UsageError, match="there is no device 'abacus'"):
        train(Toy(), replace(SHORT, device="abacus"), tmp_path)


def test_batches_come_in_order_whichever_thread_is_faster():
    second_is_made = threading.Event()

    def make(step: int) -> int:
        if step == 5:
            assert second_is_made.wait(10.0)
        if step == 6:
            second_is_made.set()
        return step

    with Ahead(make, 5, 12, threads=2) as batches:
        assert [batches.take() for _ in range(7)] == [5, 6, 7, 8, 9, 10, 11]


def test_only_a_few_batches_wait_ready():
    made: list[int] = []

    def make(step: int) -> int:
        made.append(step)
        return step

    with Ahead(make, 0, 100, threads=1) as batches:
        assert batches.take() == 0
    assert max(made) <= 2


@pytest.mark.parametrize("threads", [0, 2])
def test_what_goes_wrong_in_making_a_batch_is_raised_where_it_is_taken(threads: int):
    def make(step: int) -> int:
        raise ModelError(f"batch {step} cannot be read.")

    with Ahead(make, 3, 9, threads) as batches, pytest.raises(ModelError, match="batch 3"):
        batches.take()


class Pair(NamedTuple):
    sound: np.ndarray
    name: str


@dataclass
class Sung:
    sound: Tensor
    pair: Pair


def test_tensors_and_arrays_are_moved_wherever_they_lie_in_a_batch():
    batch = {"sung": [Sung(torch.ones(4, 2), Pair(np.zeros(3, np.float32), "a"))], "rate": 16000}
    moved = on_device(batch, torch.device("meta"))
    sung = moved["sung"][0]
    assert (sung.sound.device.type, sung.pair.sound.device.type) == ("meta", "meta")
    assert (sung.pair.name, moved["rate"], examples_in(batch)) == ("a", 16000, 4)
    assert examples_in({"rate": 16000}) == 1


def test_what_is_drawn_while_looking_is_given_back():
    seed_everything(7)
    before = states()
    with untouched():
        seed_everything(8)
        np.random.normal(size=3)
    assert unlike(states(), before) == []
