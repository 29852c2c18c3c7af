"""An engine without ears, as a process of its own: `python -m tests.realtime.machine.deaf_engine`."""

from __future__ import annotations

import sys

from realtime.door.doorway import run_engine
from realtime.machine import Machine

if __name__ == "__main__":
    sys.exit(run_engine(Machine, sys.argv[1:]))
