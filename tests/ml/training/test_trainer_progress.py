"""What is told of a training: each step once, to files, to curves and to people."""

from __future__ import annotations

import io
import json
import math
import signal
import sys
import types
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from rich.console import Console

from ml.training.plan import Result
from ml.training.progress import Journal, Progress, progress_of, read
from ml.training.tally import Tally, examples_a_second, means
from ml.training.trainer import train as train_task
from score.errors import UsageError
from tests.ml.training.toy import SHORT, Toy
from vocello.commands import train as command
from vocello.commands.train import Panel, duration, shown_on_terminal, sparkline, summary

HALFWAY = Progress(
    step=50,
    steps=100,
    losses={"loss": 0.5},
    lr=0.001,
    examples_s=320.4,
    elapsed_s=61.0,
    left_s=61.0,
    best=0.25,
    best_step=40,
)


def test_lines_go_on_after_a_stop_and_no_step_comes_twice(tmp_path: Path):
    def stop(progress: Progress) -> None:
        if progress.step == 45:
            signal.raise_signal(signal.SIGINT)

    train_task(Toy(), replace(SHORT, checkpoint_every=40), tmp_path, stop)
    (tmp_path / "checkpoints" / "000000045.pt").unlink()
    with open(tmp_path / "progress.jsonl", "a") as file:
        file.write('{"step": 50, "st')  # where the power went
    train_task(Toy(), SHORT, tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "progress.jsonl").read_text().splitlines()]
    assert [each["step"] for each in lines] == list(range(5, 61, 5))
    assert [each["step"] for each in lines if each["validation"]] == [20, 40, 60]
    elapsed = [each["elapsed_s"] for each in lines]
    assert elapsed == sorted(elapsed)


def test_a_reader_sees_a_line_while_the_run_goes_on(tmp_path: Path):
    seen: list[int] = []
    train_task(Toy(), replace(SHORT, steps=10), tmp_path, lambda progress: seen.append(read(tmp_path)[-1].step))
    assert seen == [5, 10]


def test_a_record_comes_back_from_its_line():
    assert progress_of(HALFWAY.line()) == HALFWAY
    assert progress_of(HALFWAY.line()[:-3]) is None
    assert progress_of("[]") is None


def test_a_loss_that_is_no_number_still_makes_a_line_that_any_reader_knows():
    line = replace(HALFWAY, losses={"loss": math.nan}, gradient_norm=math.inf).line()
    held = json.loads(line, parse_constant=lambda word: pytest.fail(word))
    assert held["losses"] == {"loss": None}
    again = progress_of(line)
    assert again is not None and math.isnan(again.losses["loss"])


def test_a_word_for_people_is_not_written_down(tmp_path: Path):
    with Journal(tmp_path, 0) as journal:
        journal(Progress(0, 10, note="going on"))
        journal(Progress(5, 10))
    assert [each.step for each in read(tmp_path)] == [5]
    assert read(tmp_path / "elsewhere") == []


def test_means_are_over_the_steps_of_all_processes():
    one, other = Tally(), Tally()
    for loss in (1.0, 3.0):
        one.add({"loss": loss}, examples=8, seconds=0.5)
        other.add({"loss": loss + 2.0}, examples=8, seconds=1.0)
    assert means([one, other]) == {"loss": 3.0}
    assert examples_a_second([one, other]) == 16.0 + 8.0


def test_examples_and_epochs_are_counted(tmp_path: Path):
    told: list[Progress] = []
    train_task(Toy(), replace(SHORT, steps=10, epoch_steps=4), tmp_path, told.append)
    assert [each.epoch for each in told] == [1.25, 2.5]
    assert all(each.examples_s > 0.0 and each.left_s is not None for each in told)


class Writer:
    """Stands in for TensorBoard's, and keeps what it is given. [main]"""

    made: ClassVar[list[Writer]] = []

    def __init__(self, folder: str, purge_step: int) -> None:
        self.folder, self.purge_step, self.closed = folder, purge_step, False
        self.points: list[tuple[str, float, int]] = []
        Writer.made.append(self)

    def add_scalar(self, name: str, value: float, step: int) -> None:
        self.points.append((name, value, step))

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True


def test_curves_go_to_tensorboard_where_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", types.SimpleNamespace(SummaryWriter=Writer))
    told: list[Progress] = []
    train_task(Toy(), replace(SHORT, steps=20), tmp_path, told.append)
    train_task(Toy(), replace(SHORT, steps=20), tmp_path)
    first, second = Writer.made
    assert (first.folder, first.purge_step, second.purge_step) == (str(tmp_path / "tensorboard"), 1, 21)
    assert ("loss/loss", told[0].losses["loss"], 5) in first.points
    assert ("validation/figure", told[-1].validation["figure"], 20) in first.points
    assert first.closed and second.points == []


def test_nothing_is_missed_where_tensorboard_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    assert train_task(Toy(), replace(SHORT, steps=5), tmp_path).ended == "steps"
    assert not (tmp_path / "tensorboard").exists()


def test_a_curve_is_drawn_in_one_line():
    assert sparkline([0.0, 1.0, 2.0, 3.0]) == "▁▃▆█"
    assert sparkline([1.0, math.nan, 2.0]) == "▁ █"
    assert sparkline([5.0, 5.0]) == "▁▁"
    assert sparkline([]) == "" and sparkline([math.inf]) == " "
    assert len(sparkline([float(n) for n in range(1000)], width=40)) == 40


def test_time_is_told_as_one_says_it():
    assert [duration(seconds) for seconds in (7.2, 59.6, 200, 7500)] == [
        "7 s",
        "1 min 00 s",
        "3 min 20 s",
        "2 h 05 min",
    ]


def test_a_line_says_how_far_how_fast_how_long_and_how_good():
    assert summary(HALFWAY) == (
        "step 50 of 100 · 320 examples/s · lr 0.001 · 1 min 01 s done · 1 min 01 s left · best 0.25 at step 40"
    )


def test_the_panel_shows_losses_figures_and_words(monkeypatch: pytest.MonkeyPatch):
    panel = Panel("ears", [replace(HALFWAY, step=40, losses={"loss": 1.0})])
    for progress in (replace(HALFWAY, validation={"figure": 0.25}), Progress(50, 100, note="It goes on.")):
        panel.take(progress)
    paper = Console(file=io.StringIO(), width=120)
    paper.print(panel.drawn())
    shown = paper.file.getvalue()  # type: ignore[attr-defined]
    for part in ("ears", "loss", "0.5", "█▁", "✓ figure", "0.25", "step 50 of 100", "It goes on."):
        assert part in shown


def test_where_no_terminal_is_a_line_comes_with_each_validation(capsys: pytest.CaptureFixture[str]):
    with shown_on_terminal("ears") as report:
        for step in range(1, 101):
            validation = {"figure": 1.0 / step} if step % 50 == 0 else {}
            report(replace(HALFWAY, step=step, validation=validation))
        report(Progress(100, 100, note="A word."))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" ")[1] for line in lines[:3]] == ["1", "50", "100"]
    assert lines[2].endswith("loss 0.5  ✓ figure 0.01") and lines[3] == "A word."


def ears(ended: str) -> Callable[..., Result]:
    def run(data: Path, folder: Path, report: Callable[[Progress], None], **wishes: Any) -> Result:
        assert wishes == {"minutes": 5.0, "device": "auto"}
        report(HALFWAY)
        return Result(folder / "best.pt", {"figure": 0.25}, 40, 50, 61.0, ended)

    return run


def test_the_command_tells_what_came_of_a_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(command, "import_module", lambda name: types.SimpleNamespace(run=ears("patience")))
    command.train("ears", tmp_path, tmp_path / "run", 5.0, "auto", as_json=True)
    assert json.loads(capsys.readouterr().out)["figures"] == {"figure": 0.25}
    command.train("ears", tmp_path, tmp_path / "run", 5.0, "auto", as_json=False)
    told = capsys.readouterr().out
    assert "It has stopped getting better, after 50 steps in 1 min 01 s." in told
    assert f"'{tmp_path / 'run' / 'best.pt'}'" in told


def test_after_ctrl_c_the_command_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(command, "import_module", lambda name: types.SimpleNamespace(run=ears("interrupted")))
    with pytest.raises(KeyboardInterrupt):
        command.train("ears", tmp_path, tmp_path / "run", 5.0, "auto", as_json=False)
    assert f"To go on, type: vocello train ears {tmp_path} {tmp_path / 'run'}" in capsys.readouterr().out


def test_the_command_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(UsageError, match=r"there is no 'flute' to train\. What can learn: ears"):
        command.train("flute", tmp_path, tmp_path, None, "auto", as_json=False)
    with pytest.raises(UsageError, match="to learn from"):
        command.train("ears", tmp_path / "nowhere", tmp_path, None, "auto", as_json=False)
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"Type: pip install 'vocello\[train\]'"):
        command.train("ears", tmp_path, tmp_path, None, "auto", as_json=False)
