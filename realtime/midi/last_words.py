"""Ends the notes of a program that was killed: a process that waits beside it, and imports nothing until then.

What flows in: a descriptor of the table that the program keeps of what sounds; lines of JSON on standard input, each
the ports that hear it. What flows out: nothing, as long as the program lives, or says goodbye by a line that is empty.
If the input ends without that word, every note that still sounds is ended at every port that heard it.
"""

from __future__ import annotations

import json
import mmap
import sys
import time

KEYS, CHANNELS = 128, 16
RUNS_AT = KEYS * CHANNELS
"""Behind the notes: whether a song runs that others follow."""
TABLE_BYTES = RUNS_AT + 1

_NOTE_OFF, _CONTROL, _STOP = 0x80, 0xB0, 0xFC
_RELEASE, _SUSTAIN, _ALL_NOTES_OFF = 64, 64, 123
_LEAVES_WITHIN_S, _TRIES_AGAIN_S, _TRIES_FOR_S = 0.2, 0.2, 20.0


def main(descriptor: int) -> None:
    """Wait for the end of whoever started this, and say what it could not. [main]"""
    table = mmap.mmap(descriptor, TABLE_BYTES)
    ports: list[str] = []
    for line in sys.stdin:
        if not line.strip():
            return
        ports = json.loads(line)
    words = last_words(table[:TABLE_BYTES])
    if words and ports:
        _say(words, ports)


def last_words(table: bytes) -> list[bytes]:
    """The messages that end what sounds, by the table of it. [any]"""
    words = [bytes([_STOP])] if table[RUNS_AT] else []
    for channel in range(CHANNELS):
        keys = [key for key in range(KEYS) if table[channel * KEYS + key]]
        words += [bytes([_NOTE_OFF | channel, key, _RELEASE]) for key in keys]
        if keys:
            words += [bytes([_CONTROL | channel, number, 0]) for number in (_SUSTAIN, _ALL_NOTES_OFF)]
    return words


def _say(words: list[bytes], ports: list[str]) -> None:
    """Say it at every port; a server that has just lost a client may need a moment before it takes another."""
    until = time.monotonic() + _TRIES_FOR_S
    while ports and time.monotonic() < until:
        ports = [name for name in ports if not _said(words, name)]
        time.sleep(_TRIES_AGAIN_S)


def _said(words: list[bytes], name: str) -> bool:
    import rtmidi

    port = rtmidi.MidiOut(rtapi=rtmidi.API_UNIX_JACK, name="Vocello's last words")
    try:
        names = port.get_ports()
        if name not in names:
            return False
        port.open_port(names.index(name), "out")
        for _ in range(2):  # a graph that misses the cycle of the first hears the second
            for word in words:
                port.send_message(word)
            time.sleep(_LEAVES_WITHIN_S)
        port.close_port()
        return True
    except rtmidi.RtMidiError:
        return False
    finally:
        port.delete()


if __name__ == "__main__":
    main(int(sys.argv[-1]))
