"""What a face may ask of a rack by name, beyond turning and loading. [main]"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugin.shelf import PYTHON
from plugin.showcase import read_rack
from score.errors import RackError

if TYPE_CHECKING:
    from plugin.workbench import Workbench

_OF_A_PROCESSOR = ("show_editor", "try_again")


def obey(bench: Workbench, what: str, words: Mapping[str, Any]) -> dict[str, Any]:
    """Do what a word says, with the words that go with it, and answer; RackError where that cannot be. [main]"""
    hands: dict[str, Callable[..., dict[str, Any] | None]] = {
        "learn": bench.learn,
        "forget": bench.forget,
        "keep_scene": lambda name: _no_answer(bench.keep_scene(name)),
        "recall": bench.recall,
        "wait_until_ready": bench.wait_until_ready,
        "shelf": lambda folder="": bench.showcase.show(Path(folder) if folder else None),
        "begin_file": _begun,
        "read": lambda path: {"plan": read_rack(path)},
        **{each: _asking(bench, each) for each in _OF_A_PROCESSOR},
    }
    if what not in hands:
        raise RackError(f"a rack cannot '{what}'.", f"It can: {', '.join(hands)}.")
    try:
        return hands[what](**words) or {}
    except TypeError as error:
        raise RackError(f"'{what}' was told {dict(words)}: {error}.") from error


def _asking(bench: Workbench, what: str) -> Callable[[str], None]:
    def ask(slot: str) -> None:
        bench.plan.slot(slot)
        hand = getattr(bench.processors.get(slot), what, None)
        if hand is None:
            raise RackError(f"'{slot}' cannot '{what}'.")
        hand()

    return ask


def _begun(kind: str) -> dict[str, Any]:
    """A file of the user's own to write in, and how a slot names it."""
    from plugin.python.beginning import begin_next_file

    path = begin_next_file(kind)
    return {"id": f"{PYTHON}:{path.name}", "path": str(path)}


def _no_answer(_: object) -> None:
    """What a hand gives back is seen in the plan."""
