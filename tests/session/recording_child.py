"""A process that records a take from an engine of its own until it is killed.

`python -m tests.session.recording_child FOLDER HOME TAPE`. Each line it says, in JSON, is how far the engine was when
it had told what was played until then; each second somebody plays a note.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from gui.recording import Recorder
from gui.session.document import Document
from gui.session.takes import Takes
from realtime.client import Engine
from realtime.device.sound_file import write_sound
from tests.session.taping import VOICE, notes

RATE = 48_000


def main() -> None:
    """Record, and say how far."""
    folder, home, tape = (Path(each) for each in sys.argv[1:])
    voice = home / "voice.wav"
    write_sound(voice, (np.arange(RATE) / RATE - 0.5).astype(np.float32), RATE)
    with Engine.apart("tests.realtime.machine.deaf_engine") as engine, Document.open(folder, home) as document:
        engine.record_to(tape)
        stream = engine.start(f"null:{voice}")["tape"]["stream"]
        recorder = Recorder(Takes(document), RATE)
        recorder.stream(RATE, stream)
        while int(engine.meters()["frame"]) < RATE // 2:
            time.sleep(0.01)
        from_frame = int(engine.meters()["frame"])
        recorder.begin(from_frame, 0, VOICE)
        for second in range(10_000):
            begins_s = from_frame / RATE + 0.25 + second
            recorder.hear(notes((begins_s, begins_s + 0.5, 60), rate=RATE))
            while (frame := int(engine.meters()["frame"])) < from_frame + second * RATE:
                time.sleep(0.01)
            said = {"frame": frame, "from_frame": from_frame, "rate": RATE, "engine": engine.pid}
            print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
