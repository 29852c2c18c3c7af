"""Another program at the far end of a MIDI cable, for tests: it listens or plays in a process of its own.

`listen PORT SECONDS` prints READY, then a line of hex for each message; `play NAME` opens a virtual port and
plays the lines of hex that it reads; `flood NAME COUNT PER_SECOND` waits for a line, then sends so many.
"""

from __future__ import annotations

import sys
import time

import rtmidi


def listen(part: str, seconds: float) -> None:
    port = rtmidi.MidiIn(rtapi=rtmidi.API_UNIX_JACK, name="listener", queue_size_limit=65536)
    port.ignore_types(sysex=False, timing=False, active_sense=False)
    ends = time.monotonic() + seconds
    while not (names := [name for name in port.get_ports() if part in name]):
        if time.monotonic() > ends:
            raise SystemExit(f"no port named {part}")
        time.sleep(0.02)
    port.open_port(port.get_ports().index(names[0]))
    print("READY", names[0], flush=True)
    while time.monotonic() < ends:
        heard = port.get_message()
        if heard is None:
            time.sleep(0.001)
        else:
            print(bytes(heard[0]).hex(), flush=True)


def play(name: str) -> None:
    port = rtmidi.MidiOut(rtapi=rtmidi.API_UNIX_JACK, name=name)
    port.open_virtual_port("out")
    print("READY", flush=True)
    for line in sys.stdin:
        port.send_message(bytes.fromhex(line))
        print("SENT", flush=True)
    port.close_port()
    port.delete()


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


if __name__ == "__main__":
    verb, *words = sys.argv[1:]
    if verb == "listen":
        listen(words[0], float(words[1]))
    elif verb == "play":
        play(words[0])
    elif verb == "flood":
        flood(words[0], int(words[1]), int(words[2]))
