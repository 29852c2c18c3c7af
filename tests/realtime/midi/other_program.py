"""Another program at the far end of a MIDI cable, for tests: it listens or plays in a process of its own.

`listen PORT` prints READY, then a line of hex for each message, and ends when its input was closed and nothing more
comes; `play NAME` opens a virtual port and plays the lines of hex that it reads; `mirror NAME PORT` does so too, and
plays all that it hears at PORT; `flood NAME COUNT PER_SECOND` waits for a line, then sends so many.
"""

from __future__ import annotations

import select
import sys
import time

import rtmidi

QUIET_S = 0.5


def listen(part: str) -> None:
    port = rtmidi.MidiIn(rtapi=rtmidi.API_UNIX_JACK, name="listener", queue_size_limit=65536)
    port.ignore_types(sysex=False, timing=False, active_sense=False)
    while not (names := [name for name in port.get_ports() if part in name]):
        if let_go(0.02):
            raise SystemExit(f"no port named {part}")
    port.open_port(port.get_ports().index(names[0]))
    print("READY", names[0], flush=True)
    alone, last = False, 0.0
    while not alone or time.monotonic() < last + QUIET_S:
        if heard := port.get_message():
            print(bytes(heard[0]).hex(), flush=True)
            last = time.monotonic()
        elif alone:
            time.sleep(0.001)
        elif alone := let_go(0.001):
            last = time.monotonic()
    close(port)


def let_go(within: float) -> bool:
    """Whether who started this program has closed its input, asked for so many seconds at most."""
    readable, _, _ = select.select([sys.stdin], [], [], within)
    return bool(readable) and not sys.stdin.read(1)


def close(port: rtmidi.MidiIn | rtmidi.MidiOut) -> None:
    port.close_port()
    port.delete()


def play(name: str) -> None:
    port = rtmidi.MidiOut(rtapi=rtmidi.API_UNIX_JACK, name=name)
    port.open_virtual_port("out")
    print("READY", flush=True)
    for line in sys.stdin:
        port.send_message(bytes.fromhex(line))
        print("SENT", flush=True)
    close(port)


def mirror(name: str, part: str) -> None:
    out = rtmidi.MidiOut(rtapi=rtmidi.API_UNIX_JACK, name=name)
    out.open_virtual_port("out")
    hears = rtmidi.MidiIn(rtapi=rtmidi.API_UNIX_JACK, name=f"{name} ear")
    while not (names := [each for each in hears.get_ports() if part in each]):
        time.sleep(0.02)
    hears.set_callback(lambda heard, _: out.send_message(heard[0]))
    hears.open_port(hears.get_ports().index(names[0]))
    print("READY", f"{name}:out", flush=True)
    for line in sys.stdin:
        out.send_message(bytes.fromhex(line))
        print("SENT", flush=True)
    close(hears)
    close(out)


def flood(name: str, count: int, per_second: int) -> None:
    port = rtmidi.MidiOut(rtapi=rtmidi.API_UNIX_JACK, name=name)
    port.open_virtual_port("out")
    print("READY", flush=True)
    sys.stdin.readline()
    began = time.monotonic()
    for n in range(count):
        while time.monotonic() < began + n / per_second:
            time.sleep(0.001)
        # Controller values count up through fourteen bits, so that a message lost or out of order shows.
        port.send_message((0xE0, n & 0x7F, n >> 7 & 0x7F))
    print("SENT", flush=True)
    sys.stdin.readline()
    close(port)


if __name__ == "__main__":
    verb, *words = sys.argv[1:]
    if verb == "listen":
        listen(words[0])
    elif verb == "play":
        play(words[0])
    elif verb == "mirror":
        mirror(words[0], words[1])
    elif verb == "flood":
        flood(words[0], int(words[1]), int(words[2]))
