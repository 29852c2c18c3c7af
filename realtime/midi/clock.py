"""The words of MIDI's clock: what is said of a song that others follow. [any]"""

from __future__ import annotations

from score.errors import UsageError

PULSES_PER_BEAT = 24
PULSES_PER_SIXTEENTH = 6
SLOWEST_BPM, FASTEST_BPM = 10.0, 1000.0
LAST_SIXTEENTH = 0x3FFF

TIMING, START, CONTINUE, STOP = b"\xf8", b"\xfa", b"\xfb", b"\xfc"


def song_position(sixteenths: int) -> bytes:
    """The message that says where `CONTINUE` continues; beyond its 14 bits the last place is said. [any]"""
    held = min(max(sixteenths, 0), LAST_SIXTEENTH)
    return bytes((0xF2, held & 0x7F, held >> 7))


def checked_bpm(bpm: float) -> float:
    """A tempo, if a clock can be sent at it. [any]"""
    if not SLOWEST_BPM <= bpm <= FASTEST_BPM:
        raise UsageError(
            f"a tempo of {bpm:g} beats a minute cannot be sent.",
            f"Choose one between {SLOWEST_BPM:g} and {FASTEST_BPM:g}.",
        )
    return bpm
