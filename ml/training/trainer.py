"""The trainer every model of Vocello learns with: it can be killed at any moment, and goes on as if nothing had been.

What flows in: a task (a model, its batches, its loss, its figure), a plan and a folder. What flows out: the best
weights in `FOLDER/best.pt`, how it went in `FOLDER/progress.jsonl`, and states to resume from in `FOLDER/checkpoints`.
Calling `train` again with the same arguments resumes; a run that was killed and resumed has, bit by bit, the weights of
one that never was. Under `torchrun` each process takes its share of the batches, and only the first writes. [main]
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import nn

from ml.training.average import Average
from ml.training.batches import Ahead, examples_in, on_device, pinned
from ml.training.board import board
from ml.training.checkpoint import Checkpoints, State, claimed, write_weights
from ml.training.plan import Plan, Result, Task
from ml.training.progress import Journal, Progress
from ml.training.randomness import make_repeatable, restore, seed_everything, states, untouched
from ml.training.ranks import Ranks, join
from ml.training.schedule import learning_rate, seconds_left
from ml.training.tally import Tally, examples_a_second, means
from score.errors import ModelError

BEST = "best.pt"
Report = Callable[[Progress], None]

# Now and then a gradient is no number, or half precision is feeling for its scale; so many in a row are a fault.
_REFUSED_AT_MOST = 50
_HALF = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def train(task: Task, plan: Plan, folder: Path, report: Report = lambda progress: None) -> Result:
    """Learn until the plan is fulfilled, or go on where this folder's run was left.

    Ctrl-C (or SIGTERM) ends after the step under way, with a checkpoint, and `Result.ended` is then "interrupted"; a
    second Ctrl-C ends at once. `report` is called in the first process alone. [main]
    """
    with ExitStack() as stack:
        ranks = join(plan.device)
        ranks.from_first(lambda: stack.enter_context(claimed(folder)))
        run = _Run(task, plan, folder, ranks)
        words = run.resume()
        if ranks.first:
            run.sinks = [stack.enter_context(Journal(folder, run.done)), stack.enter_context(board(folder, run.done))]
            run.sinks.append(report)
        for word in words:
            run.tell(Progress(run.done, plan.steps, note=word))
        return run.go(stack.enter_context(_interruptible(at_once_if_repeated=ranks.world == 1)))


class _Run:
    """One training: its whole state, and the steps that move it on."""

    def __init__(self, task: Task, plan: Plan, folder: Path, ranks: Ranks) -> None:
        self.task, self.plan, self.folder, self.ranks = task, plan, folder, ranks
        self.checkpoints = Checkpoints(folder, _identity(task, plan, ranks))
        self.sinks: list[Report] = []

        make_repeatable(ranks.device)
        seed_everything(plan.seed)
        self.model = task.model().to(ranks.device).train()
        ranks.start_alike(self.model)
        seed_everything(plan.seed + 1_000_003 * ranks.rank)  # each process drops out other neurons
        self.average = Average(self.model, plan.ema)
        self.optimiser = _optimiser(self.model, plan)
        self.scaler = torch.amp.GradScaler(ranks.device.type, enabled=plan.precision == "float16")

        self.done = 0  # steps
        self.elapsed_s = 0.0
        self.best: State | None = None  # its step, figures and weights
        self.stale = 0  # validations since the best one
        self.refused = 0  # steps in a row whose gradient was no number
        self.ended = ""
        self.tally = Tally()
        self._resumed_at_s = 0.0

    def go(self, asked_to_stop: Callable[[], bool]) -> Result:
        """Step after step, until one budget is spent, patience is, or somebody asks."""
        plan, interrupted = self.plan, False
        self._resumed_at_s = time.monotonic() - self.elapsed_s
        with Ahead(self._prepare, self.done, plan.steps, plan.loader_threads) as batches:
            while not (self.ended or interrupted):
                self._step(batches)
                self.elapsed_s = self.ranks.highest(self._clock_s())
                if self.done >= plan.steps:
                    self.ended = "steps"
                elif plan.minutes is not None and self.elapsed_s >= plan.minutes * 60.0:
                    self.ended = "minutes"
                due = self.done % plan.validate_every == 0
                validation = self._validate() if due or self.ended else {}
                if validation or self.done % plan.report_every == 0:
                    self._report(validation)
                interrupted = self.ranks.highest(float(asked_to_stop())) > 0.0
                if self.ended or interrupted or self.done % plan.checkpoint_every == 0:
                    self._save()
        return self._result()

    def _prepare(self, step: int) -> Any:
        batch = self.task.batches(self.plan.seed, step, self.ranks.rank, self.ranks.world)
        return pinned(batch) if self.ranks.device.type == "cuda" else batch

    def _step(self, batches: Ahead) -> None:
        plan, device, began_s = self.plan, self.ranks.device, time.monotonic()
        batch = on_device(batches.take(), device)
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(plan, self.done, self.elapsed_s)
        half = _HALF.get(plan.precision)
        with torch.autocast(device.type, half, enabled=half is not None):
            loss, named = self.task.loss(self.model, batch)
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(self.scaler.scale(loss))
        self.ranks.mean_gradients(self.model)
        self.scaler.unscale_(self.optimiser)
        norm = float(nn.utils.clip_grad_norm_(self.model.parameters(), plan.clip or math.inf))
        if self.scaler.is_enabled() or math.isfinite(norm):
            self.scaler.step(self.optimiser)  # which itself refuses a gradient that is no number
        self.scaler.update()
        self.average.update(self.model)
        self.done += 1
        self._count_refused(not math.isfinite(norm))
        named = {"loss": float(loss.detach()), **named, "gradient_norm": norm}
        self.tally.add(named, examples_in(batch), time.monotonic() - began_s)

    def _count_refused(self, refused: bool) -> None:
        self.refused = self.refused + 1 if refused else 0
        if self.refused >= _REFUSED_AT_MOST:
            raise ModelError(
                f"the last {self.refused} gradients of '{self.task.name}' were no numbers (step {self.done}).",
                "Lower lr, or train with precision='float32'.",
            )

    def _validate(self) -> dict[str, float]:
        figures = self.ranks.from_first(self._figures)
        if math.isfinite(figures["figure"]) and (
            self.best is None or figures["figure"] < self.best["figures"]["figure"]
        ):
            weights = {name: each.detach().cpu().clone() for name, each in self.average.model.state_dict().items()}
            self.best, self.stale = {"step": self.done, "figures": figures, "weights": weights}, 0
            self._write_best()
        else:
            self.stale += 1
        if self.plan.patience is not None and self.stale >= self.plan.patience and not self.ended:
            self.ended = "patience"
        return figures

    def _figures(self) -> dict[str, float]:
        with untouched(), torch.no_grad():
            figures = {name: float(value) for name, value in self.task.validate(self.average.model.eval()).items()}
        if "figure" not in figures:
            raise ModelError(f"'{self.task.name}' validates without a 'figure'.", "validate() must return one.")
        return figures

    def _report(self, validation: dict[str, float]) -> None:
        tallies = self.ranks.gather(self.tally)
        losses = means(tallies)
        steps_s = self.tally.steps / max(self.tally.seconds, 1e-9)
        plan, best = self.plan, self.best
        self.tell(
            Progress(
                step=self.done,
                steps=plan.steps,
                gradient_norm=losses.pop("gradient_norm"),
                losses=losses,
                validation=validation,
                lr=self.optimiser.param_groups[0]["lr"],
                examples_s=examples_a_second(tallies),
                elapsed_s=self.elapsed_s,
                left_s=seconds_left(plan, self.done, self.elapsed_s, steps_s),
                epoch=self.done / plan.epoch_steps if plan.epoch_steps else None,
                best=best["figures"]["figure"] if best else None,
                best_step=best["step"] if best else None,
            )
        )
        self.tally = Tally()

    def tell(self, progress: Progress) -> None:
        """To everybody who listens; only the first process has listeners."""
        for sink in self.sinks:
            sink(progress)

    def _save(self) -> None:
        self.elapsed_s = self.ranks.highest(self._clock_s())
        each_rank = self.ranks.gather({"randomness": states(), "tally": asdict(self.tally)})
        if not self.ranks.first:
            return
        state = {
            "done": self.done,
            "elapsed_s": self.elapsed_s,
            "ended": self.ended,
            "stale": self.stale,
            "refused": self.refused,
            "best": self.best,
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "scaler": self.scaler.state_dict(),
            "ranks": each_rank,
        }
        self.checkpoints.save(self.done, state)

    def resume(self) -> list[str]:
        """Take up the newest state in the folder, if there is one; returns words for people."""
        state, words = self.ranks.from_first(self.checkpoints.newest)
        if state is None:
            return words
        for name in ("done", "elapsed_s", "ended", "stale", "refused", "best"):
            setattr(self, name, state[name])
        if self.ended == "patience" and (self.plan.patience is None or self.plan.patience > self.stale):
            self.ended = ""  # somebody has found more of it
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.scaler.load_state_dict(state["scaler"])
        mine = state["ranks"][self.ranks.rank]
        self.tally = Tally(**mine["tally"])
        restore(mine["randomness"])
        if self.best is not None:
            self._write_best()  # those on the disk may be of a step that is yet to be done again
        return [*words, f"'{self.folder}' goes on after step {self.done}."]

    def _write_best(self) -> None:
        if self.ranks.first and self.best is not None:
            about = {"step": self.best["step"], "figures": self.best["figures"], "identity": self.checkpoints.identity}
            write_weights(self.folder / BEST, self.best["weights"], about)

    def _clock_s(self) -> float:
        """Seconds of training, over every resumption."""
        return time.monotonic() - self._resumed_at_s

    def _result(self) -> Result:
        ended = self.ended or "interrupted"
        if self.best is None and self.ended:
            raise ModelError(
                f"no validation of '{self.task.name}' gave a figure that is a number.",
                "Lower lr, or look at what validate() returns.",
            )
        best = self.best or {"step": 0, "figures": {}}
        return Result(self.folder / BEST, best["figures"], best["step"], self.done, self.elapsed_s, ended)


def _identity(task: Task, plan: Plan, ranks: Ranks) -> str:
    """What must be the same for a state to be gone on with, and is named when it is not."""
    return f"task: {task.name}\nprocesses: {ranks.world}\n{plan.identity()}\n{task.fingerprint()}"


def _optimiser(model: nn.Module, plan: Plan) -> torch.optim.Optimizer:
    """AdamW (Loshchilov and Hutter 2019); matrices decay, biases and the gains of norms do not."""
    weights = [each for each in model.parameters() if each.requires_grad]
    groups = [
        {"params": [each for each in weights if each.dim() >= 2], "weight_decay": plan.weight_decay},
        {"params": [each for each in weights if each.dim() < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=plan.lr)


@contextmanager
def _interruptible(at_once_if_repeated: bool) -> Iterator[Callable[[], bool]]:
    """Whether somebody asked to stop.

    Asked a second time, Python's own way of stopping is back in its place, unless it is `torchrun` that repeats to each
    process what the terminal has already told them all.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = {number: signal.getsignal(number) or signal.SIG_DFL for number in (signal.SIGINT, signal.SIGTERM)}

    def put_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def ask(number: int, frame: FrameType | None) -> None:
        asked.set()
        if at_once_if_repeated:
            put_back()

    for number in before:
        signal.signal(number, ask)
    try:
        yield asked.is_set
    finally:
        put_back()
