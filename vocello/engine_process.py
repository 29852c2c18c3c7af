"""The engine as a process of its own: `python -m vocello.engine_process`, started by `Engine.apart`.

What flows in: messages of the app that started it. What flows out: sound. When that app dies, notes ring out and this
process ends, unless it was told to stay. [main]
"""

from __future__ import annotations

import sys

from realtime.door.doorway import run_engine
from vocello.wiring import make_machine


def main() -> int:
    """Serve until nobody needs it. [main]"""
    return run_engine(make_machine, sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
