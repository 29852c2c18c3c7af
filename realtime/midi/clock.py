"""MIDI clock: being followed by a drum machine, and following one.

What flows in: for the sender the callback's clock and a tempo, for the follower timing messages and the moments they
arrived. What flows out: 24 pulses a beat at the frames where they belong, start, stop, continue and position; and from
the follower a tempo and a place in the song that do not shake with the cable. The pulses are values; `ClockOut` puts
them on a thread of its own, `ClockIn` runs on the MIDI thread and is read from any.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from realtime.latest import Reader
from realtime.midi.client import fine_timer
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


class Pulses:
    """The frames of the pulses: exact fractions, so that the millionth pulse is where the first ones promised. [any]"""

    def __init__(self, rate: float, bpm: float, first_frame: int = 0) -> None:
        self._rate = Fraction(rate)
        self._anchor_frame, self._anchor_pulse = Fraction(first_frame), 0
        self._frames_per_pulse = self._spacing(bpm)

    def frame_of(self, pulse: int) -> int:
        """The frame nearest to this pulse, counted from the start. [any]"""
        return round(self._anchor_frame + (pulse - self._anchor_pulse) * self._frames_per_pulse)

    def set_tempo(self, bpm: float, from_pulse: int) -> None:
        """Another tempo, from this pulse on; the pulse itself stays where it is. [any]"""
        spacing = self._spacing(bpm)
        self._anchor_frame += (from_pulse - self._anchor_pulse) * self._frames_per_pulse
        self._anchor_pulse, self._frames_per_pulse = from_pulse, spacing

    def _spacing(self, bpm: float) -> Fraction:
        if not SLOWEST_BPM <= bpm <= FASTEST_BPM:
            raise UsageError(
                f"a tempo of {bpm:g} beats a minute cannot be sent.",
                f"Choose one between {SLOWEST_BPM:g} and {FASTEST_BPM:g}.",
            )
        return self._rate * 60 / (Fraction(bpm) * PULSES_PER_BEAT)


class ClockOut:
    """Sends the clock while it runs, paced by the frames that the callback has played. [main]"""

    def __init__(self, send: Callable[[bytes], object], clock: Reader, bpm: float = 120.0) -> None:
        Pulses(1.0, bpm)  # a tempo that cannot be sent is refused here and not on the thread
        self._send, self._clock, self._bpm = send, clock, bpm
        self._lock = threading.Lock()
        self._pulses: Pulses | None = None
        self._next = 0
        self._from_pulse = 0
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="midi clock", daemon=True)
        self._thread.start()

    def start(self, frame: int) -> None:
        """Begin the song at this frame. [main]"""
        self._begin(START, frame, 0)

    def resume(self, frame: int, sixteenths: int | None = None) -> None:
        """Continue at this frame: where it stopped, or at a place given in sixteenths of a whole note. [main]"""
        if sixteenths is None:
            sixteenths = -(-self.pulse // PULSES_PER_SIXTEENTH)
        sixteenths = min(max(sixteenths, 0), LAST_SIXTEENTH)
        self._send(song_position(sixteenths))
        self._begin(CONTINUE, frame, sixteenths * PULSES_PER_SIXTEENTH)

    def stop(self) -> None:
        """Stop the song; it keeps its place. [main]"""
        with self._lock:
            running, self._pulses = self._pulses is not None, None
            self._from_pulse += self._next
            self._next = 0
            if running:
                self._send(STOP)

    def set_tempo(self, bpm: float) -> None:
        """Another tempo, from the next pulse on. [main]"""
        with self._lock:
            if self._pulses is None:
                Pulses(1.0, bpm)
            else:
                self._pulses.set_tempo(bpm, self._next)
            self._bpm = bpm
        self._wake.set()

    @property
    def pulse(self) -> int:
        """Pulses from the beginning of the song to the next one that is sent. [any]"""
        with self._lock:
            return self._from_pulse + self._next

    def close(self) -> None:
        """Stop, and end the thread. [main]"""
        self.stop()
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def _begin(self, message: bytes, frame: int, pulse: int) -> None:
        with self._lock:
            rate = float(self._clock_now()[1])
            self._pulses = Pulses(rate, self._bpm, frame)
            self._next, self._from_pulse = 0, pulse
            self._send(message)
        self._wake.set()
