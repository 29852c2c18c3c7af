"""MIDI clock out: drum machines and sequencers follow the frames that the callback plays.

What flows in: the callback's clock, a tempo, and when to start, stop and continue. What flows out: 24
pulses a beat at the frames where they belong, by way of a MIDI output. The pulses are values; a thread of
their own sends them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy.typing as npt

from realtime.midi.arrival import elapsed_frames
from realtime.midi.poll import fine_timer
from score.errors import EngineError, UsageError

PULSES_PER_BEAT = 24
PULSES_PER_SIXTEENTH = 6
SLOWEST_BPM, FASTEST_BPM = 10.0, 1000.0
LAST_SIXTEENTH = 0x3FFF
LONGEST_WAIT_S = 0.1  # then the callback's clock is asked again

TIMING, START, CONTINUE, STOP = b"\xf8", b"\xfa", b"\xfb", b"\xfc"


def song_position(sixteenths: int) -> bytes:
    """The message that says where `CONTINUE` continues; beyond its 14 bits the last place is said. [any]"""
    held = min(max(sixteenths, 0), LAST_SIXTEENTH)
    return bytes((0xF2, held & 0x7F, held >> 7))


class Pulses:
    """The frames of the pulses: fractions, so that the millionth is where the first ones promised. [any]"""

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
    """Sends the clock while it runs, paced by the frames that the callback has played.

    `clock` gives a CLOCK record, such as `lambda: midi_input.clock`. `late_frames` moves every pulse: given
    the card's output latency, the drum machine and our own sound are heard together.
    """

    def __init__(
        self,
        send: Callable[[bytes], object],
        clock: Callable[[], npt.NDArray[Any]],
        bpm: float = 120.0,
        late_frames: int = 0,
    ) -> None:
        Pulses(1.0, bpm)  # a tempo that cannot be sent is refused here, and not on the thread
        self._send, self._clock, self._bpm, self._late_frames = send, clock, bpm, late_frames
        self._lock = threading.Lock()
        self._pulses: Pulses | None = None
        self._sent = 0  # pulses since the song last began to move
        self._place = 0  # the pulse of the song at which it did
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="midi clock", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """The song moves. [any]"""
        return self._pulses is not None

    @property
    def pulse(self) -> int:
        """The pulse of the song that is sent next, or that it stopped before. [any]"""
        with self._lock:
            return self._place + self._sent

    def start(self, frame: int = 0) -> None:
        """Begin the song at this frame, or now if it has passed. [main]"""
        self._begin(START, frame, 0)

    def resume(self, frame: int = 0, sixteenths: int | None = None) -> None:
        """Continue at this frame: at the sixteenth where it stopped, or at the one given. [main]"""
        if sixteenths is None:
            sixteenths = -(-self.pulse // PULSES_PER_SIXTEENTH)
        self._begin(CONTINUE, frame, min(max(sixteenths, 0), LAST_SIXTEENTH) * PULSES_PER_SIXTEENTH)

    def stop(self) -> None:
        """Stop the song; it keeps its place. [main]"""
        with self._lock:
            running, self._pulses = self._pulses is not None, None
            self._place, self._sent = self._place + self._sent, 0
            if running:
                self._send(STOP)

    def set_tempo(self, bpm: float) -> None:
        """Another tempo, from the next pulse on. [main]"""
        Pulses(1.0, bpm)
        with self._lock:
            self._bpm = bpm
            if self._pulses is not None:
                self._pulses.set_tempo(bpm, self._sent)
        self._wake.set()

    def close(self) -> None:
        """Stop, and end the thread. [main]"""
        self.stop()
        self._closing = True
        self._wake.set()
        self._thread.join()

    def _begin(self, message: bytes, frame: int, pulse: int) -> None:
        now, rate = self._now()
        if rate <= 0.0:
            raise EngineError("no sound runs, so there is no clock to send.", "Start a device first.")
        with self._lock:
            if self._pulses is not None:
                self._send(STOP)  # a place is only taken by who stands still
            if message == CONTINUE:
                self._send(song_position(pulse // PULSES_PER_SIXTEENTH))
            self._pulses = Pulses(rate, self._bpm, max(frame, round(now)))
            self._sent, self._place = 0, pulse
            self._send(message)
        self._wake.set()

    def _now(self) -> tuple[float, float]:
        clock = self._clock()
        return elapsed_frames(time.perf_counter_ns(), clock) - self._late_frames, float(clock["rate"])

    def _run(self) -> None:
        with fine_timer():
            while not self._closing:
                self._wake.wait(self._send_due())
                self._wake.clear()

    def _send_due(self) -> float | None:
        """Send what is due, late or not, since every pulse counts; seconds to the next, or None."""
        with self._lock:
            if self._pulses is None:
                return None
            now, rate = self._now()
            while (ahead_frames := self._pulses.frame_of(self._sent) - now) <= 0.0:
                self._send(TIMING)
                self._sent += 1
            return min(ahead_frames / rate, LONGEST_WAIT_S)
