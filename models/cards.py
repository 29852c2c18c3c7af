"""Weights and their cards: found by name, and refused unless both are there and agree.

What flows in: a model's name. What flows out: what its card says and where its weights lie. [any]
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from score.errors import ModelError

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Card:
    """What a model says of itself. [any]"""

    path: Path  # of the weights
    sha256: str
    said: dict[str, Any]

    def part(self, name: str) -> dict[str, Any]:
        """A part of the card that is itself a table; empty if it has none. [any]"""
        part = self.said.get(name, {})
        return part if isinstance(part, dict) else {}


def card(name: str, folder: Path = FOLDER) -> Card:
    """The card of a model, its weights beside it. [any]"""
    path = folder / f"{name}.json"
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        weights = folder / str(said["weights"])
        return Card(weights, str(said["sha256"]), said)
    except FileNotFoundError:
        raise ModelError(f"there is no model '{name}'.", "Install Vocello again: its wheel holds it.") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"the card of model '{name}' cannot be read.", "Install Vocello again.") from error
