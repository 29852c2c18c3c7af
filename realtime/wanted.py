"""What an engine was asked for: all that must be known to be in the same state again. [main]"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from realtime.device.wish import Wish

DEFAULT_RACK: tuple[dict[str, Any], ...] = (
    {"name": "tone", "kernel": "tone", "knobs": {}},
    {"name": "limiter", "kernel": "limiter", "knobs": {}},
)


@dataclass
class Wanted:
    """All that must be known to be in the same state again. [main]"""

    wish: Wish = field(default_factory=Wish)
    playing: bool = False
    hearing: bool = True
    keys: str = "none"
    port: dict[str, Any] | None = None
    receivers: list[str] = field(default_factory=list)
    """Who was connected with the port."""
    bpm: float | None = None
    tape: str = ""
