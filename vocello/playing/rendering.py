"""A MIDI file or a recording of a voice becomes a sound file, by the rack and the callback that play live.

What flows in: a path, and what is wanted. What flows out: the file under its name when it is whole, and figures. [main]
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realtime.device.sound_file import SoundReader
from realtime.dsp.strings.sizes import FRAMES_A_SECOND
from score.errors import FileError
from score.midifile import read
from vocello.playing.intonation import AS_A_PIANO, Intonation
from vocello.playing.offline import Offline
from vocello.playing.players import performance
from vocello.playing.rack import FOLLOWER, NEURAL, Instrument, cello_slots, follower_slots, player_name
from vocello.playing.sound_out import SoundOut
from vocello.playing.sung import Listener, bowed, events_of

MIDI = (".mid", ".midi")
VOICES = (".wav", ".flac", ".ogg", ".aif", ".aiff", ".mp3")
_HEARD = 0.4  # of the time that a voice takes goes into listening to it

Step = Callable[[float], None]


@dataclass(frozen=True)
class Wanted:
    """How everything is to be rendered. [any]"""

    instrument: str = "cello"
    model: str = NEURAL
    mode: str = "solo"
    dry: bool = False
    rate: int = 48_000
    bits: str = "24"
    transpose_st: int = 0
    vibrato: float = 1.0
    intonation: Intonation = AS_A_PIANO


def render_file(
    source: Path, target: Path, wanted: Wanted, instrument: Instrument, bits: int, step: Step
) -> dict[str, Any]:
    """Render one; returns its figures. [main]"""
    began = time.monotonic()
    if source.suffix.lower() not in MIDI + VOICES:
        raise FileError(
            f"'{source}' is neither MIDI nor sound.", f"Give a file that ends in {', '.join(MIDI + VOICES)}."
        )
    if target.exists() and target.resolve() == source.resolve():
        raise FileError(f"'{target}' would be written over while it is read.", "Name another output: -o OUT.wav")
    play = _play_midi if source.suffix.lower() in MIDI else _play_voice
    offline, frames, told = play(source, wanted, instrument, step)
    out = SoundOut(target, wanted.rate, bits)
    share = _HEARD if "sung_s" in told else 0.0
    try:
        played = offline.play_out(frames, out.write, lambda done: step(share + (1.0 - share) * done))
        out.close()
    except BaseException:
        out.abandon()
        raise
    took_s, seconds = time.monotonic() - began, played / wanted.rate
    return {
        "source": str(source),
        "output": str(target),
        "instrument": instrument.name,
        "model": instrument.plays,
        **told,
        "seconds": round(seconds, 3),
        "took_s": round(took_s, 3),
        "times_live": round(seconds / max(took_s, 1e-9), 1),
    }


def _play_midi(source: Path, wanted: Wanted, instrument: Instrument, step: Step) -> tuple[Offline, int, dict[str, Any]]:
    if not source.is_file():
        raise FileError(f"there is no file '{source}'.", "Check the path.")
    opened = read(source)
    piece = performance(opened.score, wanted.rate, wanted.transpose_st)
    if not piece.notes:
        raise FileError(f"'{source}' has no notes for a cello.", " ".join(piece.left_out) or "Is it the right file?")
    a4_hz = wanted.intonation.a4_hz
    slots = cello_slots(instrument, wanted.mode, dry=wanted.dry, count=piece.cellos, a4_hz=a4_hz)
    offline = Offline(wanted.rate, slots)
    instrument.enter(offline.host)
    wanted.intonation.enter(offline.host)
    events = piece.events.copy()
    numbers = [offline.host.rack.number(player_name(n)) for n in range(piece.cellos)]
    for number, slot in enumerate(numbers):
        events["slot"][piece.events["slot"] == number] = slot
    offline.send(events)
    told = {"notes": piece.notes, "players": piece.players, "warnings": [*opened.warnings, *piece.left_out]}
    return offline, max(piece.frames, 1), told


def _play_voice(
    source: Path, wanted: Wanted, instrument: Instrument, step: Step
) -> tuple[Offline, int, dict[str, Any]]:
    reader = SoundReader(source)
    try:
        if not reader.frames:
            raise FileError(f"'{source}' is empty.", "Give a recording of a voice.")
        listener = Listener(reader.rate)
        heard = 0
        while heard < reader.frames and len(piece := reader.read(round(reader.rate))):
            listener.hear(piece[:, :2].mean(axis=1))
            heard += len(piece)
            step(_HEARD * heard / reader.frames)
    finally:
        reader.close()
    sung = listener.finish()
    if not sung.is_sung.any():
        raise FileError(f"nobody sings in '{source}'.", "A pitch is needed, from C2 up: hum, sing or whistle low.")
    hertz, loudness = bowed(sung, transpose_st=wanted.transpose_st, vibrato=wanted.vibrato)
    offline = Offline(wanted.rate, follower_slots(instrument, dry=wanted.dry))
    instrument.enter(offline.host)
    offline.send(events_of(hertz, loudness, wanted.rate, offline.host.rack.number(FOLLOWER)))
    frames = round(len(sung) / FRAMES_A_SECOND * wanted.rate)
    return offline, frames, {"sung_s": round(sung.sung_s, 3), "warnings": []}
