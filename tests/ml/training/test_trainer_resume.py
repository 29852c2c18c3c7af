"""A training that is killed, stopped or half lost goes on, and nobody can tell from its weights."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ml.training.checkpoint import Checkpoints, claimed, differences, read_weights
from ml.training.plan import Plan, Result
from ml.training.progress import Progress, read
from ml.training.trainer import train
from score.errors import FileError, UsageError
from tests.house.tree import ROOT
from tests.ml.training.toy import SHORT, Toy, state_in, unlike


def stopped_at(step: int, folder: Path, plan: Plan = SHORT, task: Toy | None = None) -> Result:
    """Train until Ctrl-C, typed when a step has been told of."""

    def ctrl_c(progress: Progress) -> None:
        if progress.step >= step and not progress.note:
            signal.raise_signal(signal.SIGINT)

    return train(task or Toy(), plan, folder, ctrl_c)


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def checkpoints_in(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "checkpoints").iterdir())


def test_a_run_that_was_killed_goes_on_as_if_it_never_had_been(tmp_path: Path):
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    command = [sys.executable, "-m", "tests.ml.training.toy", str(killed), "0.05"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while int(process.stdout.readline()) < 30:
            pass
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert "000000028.pt" in checkpoints_in(killed)

    resumed, straight = train(Toy(), SHORT, killed), train(Toy(), SHORT, whole)
    assert unlike(state_in(killed), state_in(whole)) == []
    assert unlike(read_weights(resumed.best_weights_path), read_weights(straight.best_weights_path)) == []
    assert (resumed.figures, resumed.best_step, resumed.steps) == (straight.figures, straight.best_step, 60)


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_a_run_stopped_after_every_step_is_the_run_that_never_stopped(tmp_path: Path, precision: str):
    plan = replace(SHORT, steps=12, validate_every=4, report_every=3, precision=precision, loader_threads=1)
    often = replace(plan, report_every=1)
    for step in range(1, 12):
        assert stopped_at(step, tmp_path / "often", often).ended == "interrupted"
    assert train(Toy(), often, tmp_path / "often").ended == "steps"
    train(Toy(), often, tmp_path / "once")
    assert unlike(state_in(tmp_path / "often"), state_in(tmp_path / "once")) == []


def test_means_between_two_reports_survive_a_stop(tmp_path: Path):
    slowly = replace(SHORT, report_every=10, validate_every=9)
    stopped_at(9, tmp_path / "stopped", slowly)
    train(Toy(), slowly, tmp_path / "stopped")
    train(Toy(), slowly, tmp_path / "whole")
    one, other = (
        [(each.step, each.losses, each.validation, each.lr, each.best) for each in read(tmp_path / name)]
        for name in ("stopped", "whole")
    )
    assert one == other


def test_ctrl_c_saves_where_one_is_and_the_same_call_goes_on(tmp_path: Path):
    before = signal.getsignal(signal.SIGINT)
    result = stopped_at(10, tmp_path)
    assert (result.ended, result.steps) == ("interrupted", 10)
    assert checkpoints_in(tmp_path)[-1] == "000000010.pt"
    assert signal.getsignal(signal.SIGINT) is before
    told: list[Progress] = []
    assert train(Toy(), SHORT, tmp_path, told.append).ended == "steps"
    assert told[0].note == f"'{tmp_path}' goes on after step 10."
    assert told[1].step == 15


def test_a_second_ctrl_c_does_not_wait(tmp_path: Path):
    def twice(progress: Progress) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(Toy(), SHORT, tmp_path, twice)
    assert train(Toy(), SHORT, tmp_path).ended == "steps"


def test_a_damaged_checkpoint_is_set_aside_with_a_word(tmp_path: Path):
    stopped_at(20, tmp_path / "damaged")
    damage(tmp_path / "damaged" / "checkpoints" / "000000020.pt")
    told: list[Progress] = []
    train(Toy(), SHORT, tmp_path / "damaged", told.append)
    assert [each.note for each in told if each.note] == [
        "The checkpoint '000000020.pt' is damaged and set aside; the one before it is taken.",
        f"'{tmp_path / 'damaged'}' goes on after step 14.",
    ]
    train(Toy(), SHORT, tmp_path / "whole")
    assert unlike(state_in(tmp_path / "damaged"), state_in(tmp_path / "whole")) == []
    assert [each.step for each in read(tmp_path / "damaged")] == list(range(5, 61, 5))


def test_where_no_checkpoint_is_whole_nothing_is_begun_in_its_place(tmp_path: Path):
    stopped_at(10, tmp_path)
    for path in (tmp_path / "checkpoints").iterdir():
        path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(FileError, match=r"none of the 2 checkpoints .* can be read. To begin anew, type: rm -r"):
        train(Toy(), SHORT, tmp_path)


def test_a_write_that_was_cut_off_is_no_checkpoint(tmp_path: Path):
    checkpoints = Checkpoints(tmp_path, "task: toy", keep=2)
    for step in (1, 2, 3):
        checkpoints.save(step, {"done": step, "weight": torch.ones(3)})
    (checkpoints.folder / "000000004.pt.unfinished").write_bytes(b"half")
    state, words = checkpoints.newest()
    assert state is not None and state["done"] == 3 and words == []
    assert checkpoints_in(tmp_path) == ["000000002.pt", "000000003.pt"]


def test_another_training_in_the_folder_is_told_by_what_differs(tmp_path: Path):
    stopped_at(10, tmp_path)
    with pytest.raises(UsageError) as raised:
        train(Toy(width=13), replace(SHORT, lr=0.1), tmp_path)
    assert raised.value.what == f"'{tmp_path}' holds another training: lr was 0.02 and is 0.1; width was 12 and is 13."
    assert raised.value.fix.endswith(f"begin anew: rm -r '{tmp_path}'")


def test_how_often_one_looks_may_change_between_two_sittings(tmp_path: Path):
    stopped_at(10, tmp_path / "changed")
    train(Toy(), replace(SHORT, checkpoint_every=11, loader_threads=0, report_every=7), tmp_path / "changed")
    train(Toy(), replace(SHORT, patience=50), tmp_path / "whole")
    assert unlike(state_in(tmp_path / "changed")["model"], state_in(tmp_path / "whole")["model"]) == []


def test_differences_are_named_line_by_line():
    assert differences("a: 1\nb: 2\nc: 3", "a: 1\nb: 4\nd: 5") == [
        "b was 2 and is 4",
        "c was 3 and is gone",
        "d is new, 5",
    ]
    assert differences("a: 1\n", "a: 1") == []
    assert differences("3f2a", "77c1") == ["fingerprint was 3f2a and is 77c1"]
    assert differences("seed: 1\nseed: 5", "seed: 2\nseed: 5") == ["seed was 1, 5 and is 2, 5"]
    assert differences("data: " + "a" * 64, "data: b") == [f"data was {'a' * 37}... and is b"]


def test_two_trainings_do_not_write_to_one_folder(tmp_path: Path):
    with claimed(tmp_path), pytest.raises(UsageError, match="another training writes to"):
        train(Toy(), SHORT, tmp_path)


def test_a_run_that_has_ended_gives_its_result_again(tmp_path: Path):
    first = train(Toy(), SHORT, tmp_path)
    told: list[Progress] = []
    assert train(Toy(), SHORT, tmp_path, told.append) == first
    assert [each.note != "" for each in told] == [True]


def test_best_weights_are_those_of_the_state_that_is_resumed(tmp_path: Path):
    stopped_at(45, tmp_path)
    best = read_weights(tmp_path / "best.pt")
    damage(tmp_path / "best.pt")
    stopped_at(50, tmp_path)
    assert unlike(read_weights(tmp_path / "best.pt"), best) == []


def test_weights_that_cannot_be_read_say_so(tmp_path: Path):
    with pytest.raises(FileError, match="there are no weights in"):
        read_weights(tmp_path / "best.pt")
    (tmp_path / "best.pt").write_bytes(b"no weights")
    with pytest.raises(FileError, match="cannot be read"):
        read_weights(tmp_path / "best.pt")
