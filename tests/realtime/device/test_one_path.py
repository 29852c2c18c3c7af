"""One path: a file gives the samples that a card gave, bit for bit."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from realtime.device.file import FileDevice
from realtime.device.sound_file import SoundReader, write_sound
from realtime.dsp.catalogue import find_kernel
from realtime.events import BEND, CONTROL, FROM_APP, NOTE_OFF, NOTE_ON, event
from realtime.host import Host
from realtime.rack import MONITOR, Slot
from tests.house.jack_server import JackServer

SECONDS = 2.0

# A second process plays the rack on JACK, its left output patched to both inputs: so what went out is in what came in,
# one round trip later, and nothing but the capture ring is needed to know both. The server waits for whom it plays to:
# a machine that stands still for a moment costs no sample.
ON_JACK = """
import sys, time
import numpy as np
from realtime.jack import jack_witness
from realtime.device.wish import Wish, open_device
from realtime.events import FROM_APP
from realtime.host import Host
from test_one_path import SECONDS, events, slots

device = open_device(Wish("jack", block_frames=128))
host = Host(device.rate, slots())
host.open_gate()
for each in events():
    host.send(FROM_APP, each)
heard = []
device.start(host)
witness = jack_witness()
assert all([witness.connect("Vocello audio:out_0", f"Vocello audio:in_{n}") for n in (0, 1)])
while host.frame < SECONDS * device.rate:
    frame, samples = host.capture.read()
    heard.append(samples)
    time.sleep(0.005)
device.stop()
witness.close()
while len(samples := host.capture.read()[1]):
    heard.append(samples)
heard = np.concatenate(heard)
np.save(sys.argv[1], heard)
print(int(host.counters()["capture_lost"]))
"""


def slots() -> tuple[Slot, ...]:
    return (
        Slot("monitor", find_kernel("lowpass"), {"cutoff_hz": 900.0}, MONITOR),
        Slot("less", find_kernel("gain"), {"gain_db": -12.0}),
        Slot("tone", find_kernel("tone")),
    )


def events() -> list[np.ndarray]:
    """Notes, bends and controls on odd frames, the first after the patch has surely been made."""
    chance = np.random.default_rng(5)
    made = []
    for n, frame in enumerate(range(24_000, 80_000, 3_331)):
        key = int(chance.integers(45, 75))
        made.append(event(NOTE_ON, frame=frame, number=key, value=float(chance.uniform(0.2, 1.0))))
        made.append(event(BEND, frame=frame + 777, value=float(chance.uniform(-2.0, 2.0))))
        made.append(event(CONTROL, frame=frame + 1001, number=11, value=float(chance.uniform(0.3, 1.0))))
        made.append(event(NOTE_OFF, frame=frame + 2_500 + n, number=key))
    return made


def heard_on_jack(path: Path, server: JackServer) -> np.ndarray:
    """What JACK brought."""
    here = Path(__file__).resolve()
    done = subprocess.run(
        [sys.executable, "-c", ON_JACK, str(path)],
        capture_output=True,
        text=True,
        timeout=100,
        env={
            **os.environ,
            **server.environment,
            "PYTHONPATH": os.pathsep.join((str(here.parents[3]), str(here.parent))),
        },
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["0"], "samples that the capture ring lost"
    return np.load(path)


def test_a_file_gives_the_samples_that_jack_gave_bit_for_bit(
    start_jack_server: Callable[..., JackServer], tmp_path: Path
) -> None:
    heard = heard_on_jack(tmp_path / "heard.npy", start_jack_server(waits=True))
    write_sound(tmp_path / "heard.wav", heard, 48_000)
    device = FileDevice(tmp_path / "heard.wav", tmp_path / "played.wav", block_frames=128)
    host = Host(device.rate, slots())
    host.open_gate()
    for each in events():
        host.send(FROM_APP, each)
    device.start(host)
    assert device.wait(60.0)
    reader = SoundReader(tmp_path / "played.wav")
    played = reader.read(len(heard))[:, 0]

    sounding = np.flatnonzero(heard)
    round_trip = int(sounding[0]) - int(np.flatnonzero(played)[0])
    assert 0 < round_trip <= 1024
    compared = len(heard) - round_trip
    np.testing.assert_array_equal(heard[round_trip:], played[:compared])
    assert np.abs(played[:compared]).max() > 0.05
