"""Vocello: a voice becomes notes while it is still being sung.

What a program that builds on it needs, and nothing that is loaded before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_FACE = {
    "Cello": "vocello.playing.cello",
    "DDSPProcessor": "vocello.playing.ddsp",
    "Engine": "realtime.client",
    "Knob": "realtime.kernel",
    "kernel": "realtime.kernel",
    "Listener": "ml.listener",
    "Note": "score.note",
    "Score": "score.score",
    "VocelloError": "score.errors",
}


def __getattr__(name: str) -> Any:
    if name not in _FACE:
        raise AttributeError(f"vocello has no '{name}'")
    return getattr(import_module(_FACE[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *_FACE]
