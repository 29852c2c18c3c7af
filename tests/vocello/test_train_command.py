"""`vocello train`: what it is asked, what it says afterwards, and that what it tells to type is the same training."""

from __future__ import annotations

import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ml.training.plan import Result
from score.errors import UsageError
from vocello.commands import train as command


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A training that is over at once, and what it was asked for."""
    held: dict[str, Any] = {"ended": "steps"}

    def run(data: Path, folder: Path, report: Any, **options: Any) -> Result:
        held.update(options)
        return Result(folder / "second" / "best.pt", {"figure": 0.5}, 3, 4, 65.0, held["ended"])

    monkeypatch.setattr(command, "import_module", lambda name: SimpleNamespace(run=run))
    return held


def train(what: str, folder: Path, **options: Any) -> None:
    command.train(what, folder, folder / "my run", options.pop("minutes", None), "auto", False, **options)


def test_an_instrument_gets_its_name_and_the_one_it_begins_with(asked, tmp_path, capsys):
    train("instrument", tmp_path, name="oboe", begin="cello", minutes=7.5)
    assert asked == {"ended": "steps", "minutes": 7.5, "device": "auto", "name": "oboe", "begin": "cello"}
    said = " ".join(capsys.readouterr().out.split())
    assert "All its steps are done, after 4 steps in 1 min 05 s." in said
    assert "Play it: vocello play --instrument" in said and "models/oboe.npz" in said


def test_the_ears_are_asked_for_as_ever(asked, tmp_path, capsys):
    train("ears", tmp_path)
    assert asked == {"ended": "steps", "minutes": None, "device": "auto"}
    assert "vocello play" not in capsys.readouterr().out


def test_what_is_to_be_typed_after_a_stop_is_the_same_training(asked, tmp_path, capsys):
    asked["ended"] = "interrupted"
    with pytest.raises(KeyboardInterrupt):
        train("instrument", tmp_path, name="oboe", begin="cello", minutes=7.5)
    said = " ".join(capsys.readouterr().out.split())
    typed = shlex.split(said[said.index("vocello train") :])
    options = ["--name", "oboe", "--from", "cello", "--minutes", "7.5"]
    assert typed == ["vocello", "train", "instrument", str(tmp_path), str(tmp_path / "my run"), *options]


def test_mistakes_are_told_with_what_to_type(asked, tmp_path, monkeypatch):
    for what, options, words in (
        ("kazoo", {}, "ears, instrument"),
        ("instrument", {}, "an instrument needs a name.*--name oboe"),
        ("ears", {"name": "oboe"}, "no --name and no --from"),
        ("ears", {"begin": "cello"}, "no --name and no --from"),
    ):
        with pytest.raises(UsageError, match=words):
            train(what, tmp_path, **options)
    with pytest.raises(UsageError, match="to learn from"):
        command.train("instrument", tmp_path / "nowhere", tmp_path, None, "auto", False, "oboe")
    monkeypatch.setattr(command, "find_spec", lambda name: None if name == "parselmouth" else object())
    with pytest.raises(UsageError, match=r"praat-parselmouth.*pip install 'vocello\[train\]'"):
        train("instrument", tmp_path, name="oboe")
    train("ears", tmp_path)  # which need none of it


def test_of_several_processes_one_speaks(asked, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    train("instrument", tmp_path, name="oboe")
    assert asked["name"] == "oboe"
    said = capsys.readouterr()
    assert said.out == said.err == ""
