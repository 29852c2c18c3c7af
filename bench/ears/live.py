"""Our own ears at a recording, heard block by block as a card would give it.

What flows in: a voice at 48 kHz, and something that makes a listener. What flows out: `Heard`. A note counts as sent
at the end of the block during which its note-on came out, whatever the listener claims, and f0 as told at the end of
the block after which it stood. Nothing here looks at a later sample: the listener is given one block at a time, and
`differences` proves it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import soundfile
from pedalboard.io import StreamResampler

from bench.ears import tables
from bench.ears.metrics import Heard, NotHeardError
from ml.listener import Listener, Live
from ml.said import Sung
from ml.wish import Hearing
from realtime.events import NOTE_ON

RATE = 48_000
BLOCK_FRAMES = 128
SETTLED_S = 0.5  # a note that ended so long ago is not touched again
CUT_AFTER_S = 0.01
Sound = npt.NDArray[np.float32]
Table = npt.NDArray[np.float64]


class Ears(Protocol):
    """What a listener has to do to be scored. [ears]"""

    @property
    def live(self) -> Live:
        """What is heard now. [any]"""

    @property
    def sung(self) -> Sequence[Sung]:
        """The notes that have ended, oldest first. [any]"""

    def hear(self, frame: int, samples: Sound) -> npt.NDArray[Any]:
        """Events that these samples bring about. [ears]"""

    def finish(self) -> npt.NDArray[Any]:
        """Events that end what still sounds. [ears]"""


def learned(hearing: Hearing | None = None) -> Listener:
    """The ears that learned; where they are missing, those of rules do not answer in their name. [main]"""
    listener = Listener(RATE, hearing or Hearing())
    if listener.trouble is not None:
        raise NotHeardError(" ".join(str(listener.trouble).split()))
    return listener


# Makes a fresh listener at RATE: a system of one's own is a line here.
LISTENERS: dict[str, Callable[[], Ears]] = {
    "vocello": learned,
    "vocello-fallback": lambda: Listener(RATE, Hearing(rules=True)),
}


def voice_of(path: Path) -> Sound:
    """A recording at 48 kHz, in one channel. [main]"""
    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return resampled(sound.mean(axis=1), rate, RATE)


def resampled(sound: Sound, rate: float, to_rate: float) -> Sound:
    """A sound in one channel at another rate, no later and no sooner. [any]"""
    if rate == to_rate:
        return sound
    resampler = StreamResampler(float(rate), float(to_rate), 1)
    given = np.ascontiguousarray(sound, np.float32)[None]
    return np.concatenate([resampler.process(given), resampler.process(None)], axis=1)[0]


def warm(make: Callable[[], Ears]) -> None:
    """Hear a tenth of a second, so that nothing is compiled while it is timed. [main]"""
    make().hear(0, np.zeros(RATE // 10, np.float32))


def hear(voice: Sound, ears: Ears, block_frames: int = BLOCK_FRAMES, *, with_f0: bool = False) -> Heard:
    """What fresh ears make of a voice. [main]"""
    f0: list[tuple[float, float]] = []
    sent_s: dict[int, float] = {}  # by the frame of a note-on
    note_ons = 0
    began_s = time.process_time()
    for frame in range(0, len(voice), block_frames):
        events = ears.hear(frame, voice[frame : frame + block_frames])
        now_s = (frame + block_frames) / RATE
        for event in events[events["kind"] == NOTE_ON]:
            sent_s[int(event["frame"])] = now_s
            note_ons += 1
        if with_f0:
            f0.append((now_s, ears.live.f0_hz))
    ears.finish()
    busy_s = time.process_time() - began_s
    notes = table_of(ears.sung, sent_s)
    curve = np.array(f0).reshape(-1, 2) if with_f0 else None
    return Heard(notes, len(voice) / RATE, busy_s, curve, note_ons)


def table_of(sung: Sequence[Sung], sent_s: Mapping[int, float]) -> Table:
    """(notes, 6), as `tables.EVENTS` has them; a note that was never sent is a fault of the listener. [any]"""
    rows = [
        (
            sent_s[each.emitted_frame],
            max(each.onset_frame, 0) / RATE,
            each.offset_frame / RATE,
            each.pitch_midi,
            each.velocity,
            each.sent_pitch_midi,
        )
        for each in sung
    ]
    return np.array(rows, np.float64).reshape(-1, len(tables.EVENTS))


def cuts_s(notes: Table, wanted: int) -> Table:
    """Moments shortly after some of the notes were sent, spread evenly over them. [any]"""
    sent_s = np.sort(notes[:, 0])
    if len(sent_s) > wanted:
        sent_s = sent_s[np.linspace(0, len(sent_s) - 1, wanted).astype(int)]
    return sent_s + CUT_AFTER_S


def differences(whole: Table, cut: Table, cut_s: float) -> Iterator[str]:
    """What ears that heard no more than `cut_s` should have known, and said otherwise. [any]

    Every note that was sent before the cut must have been sent at the same moment, dated to the same onset, with the
    same pitch and velocity, and no others; one that ended well before the cut must be the same in all.
    """
    before, after = (each[each[:, 0] <= cut_s + 1e-9] for each in (whole, cut))
    before, after = before[np.argsort(before[:, 0])], after[np.argsort(after[:, 0])]
    if len(before) != len(after):
        yield f"{len(before)} notes were sent before {cut_s:.3f} s, but {len(after)} when the rest was cut off"
        return
    at_once, later = [0, 1, 4, 5], [2, 3]
    for one, other in zip(before, after, strict=True):
        columns = at_once + (later if one[2] + SETTLED_S < cut_s else [])
        wrong = [
            tables.EVENTS[place]
            for place in columns
            if not np.isclose(one[place], other[place], atol=2e-6, equal_nan=True)
        ]
        if wrong:
            yield f"the note sent at {one[0]:.3f} s has another {', '.join(wrong)} when cut at {cut_s:.3f} s"
