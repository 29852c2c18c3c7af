"""An app that starts an engine, says who both are, and then does nothing until it is killed."""

from __future__ import annotations

import sys
import time

from realtime.client import Engine

if __name__ == "__main__":
    engine = Engine.apart("tests.realtime.door.small_engine")
    engine.start("small")
    engine.stay("--stay" in sys.argv)
    print(engine.pid, flush=True)
    time.sleep(3600.0)
