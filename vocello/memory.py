"""How much memory this program holds, and how much of a sound server's it merely looks at. [any]"""

from __future__ import annotations

import resource
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Memory:
    """Megabytes resident: our own, and those shared with others, of which JACK's server alone maps a hundred. [any]"""

    own_mb: float
    shared_mb: float


def memory(pid: int | str = "self") -> Memory:
    """What a process holds now; where the system does not tell it apart, the most that this one ever held. [any]"""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return Memory(peak / 1e6 if sys.platform == "darwin" else peak / 1e3, 0.0)
    kb = {name: int(rest.split()[0]) for name, rest in (line.split(":", 1) for line in lines) if name.startswith("Rss")}
    return Memory((kb["RssAnon"] + kb["RssFile"]) * 1.024e-3, kb["RssShmem"] * 1.024e-3)
