"""The cello of a General MIDI soundfont, played by FluidSynth along a recording: what everybody has had for decades.

What flows in: a take, that is pitch and loudness of a recording. What flows out: the sound of a sampled instrument that
plays its notes, bent as the recording's pitch is, and made as loud at every moment. [main]
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import mido
import numpy as np
import soundfile

from ml.training.instrument.analysis import HOP, Array, Take, loudness_db
from realtime.dsp.strings.sizes import FRAMES_A_SECOND, RATE_HZ

FOLDERS = ("sounds/sf2", "soundfonts")  # in `share`, beside where FluidSynth is installed
PROGRAMS = {"cello": 42, "violin": 40, "viola": 41, "contrabass": 43}  # of General MIDI, from 0

_SOUNDS_DB = 35.0  # under the loudest, where notes are
_SHORTEST = 12  # frames that a note lasts
_AWAY_ST = 0.8  # from a key, and it is another note: a vibrato is not
_BEND_ST = 12.0
_TICKS = 1_000  # a second
_MOST_DB, _SMOOTH = 24.0, 9  # the gain's, and over how many frames it is smoothed
_AT_MOST_S = 120.0


class Key(NamedTuple):
    """A note to be played, in frames. [any]"""

    pitch: int
    begin: int
    end: int


def font() -> Path | None:
    """A General MIDI soundfont, if FluidSynth and one are installed; the largest is the best. [main]"""
    program = shutil.which("fluidsynth")
    if program is None:
        return None
    share = Path(program).parent.parent / "share"
    found = [path for folder in FOLDERS for path in (share / folder).glob("*.sf2")]
    return max(found, key=lambda path: path.stat().st_size, default=None)


def keys(take: Take) -> list[Key]:
    """The notes of a take: where it sounds, and its pitch stays near one key. [any]"""
    loud = take.is_voiced & (take.loudness_db > take.loudness_db.max() - _SOUNDS_DB)
    pitches = 69.0 + 12.0 * np.log2(take.hertz / 440.0)
    found: list[Key] = []
    for t in np.flatnonzero(loud).tolist():
        touches = bool(found) and found[-1].end == t
        if touches and abs(pitches[t] - found[-1].pitch) <= _AWAY_ST:
            found[-1] = found[-1]._replace(end=t + 1)
        elif touches and found[-1].end - found[-1].begin < _SHORTEST:  # a slide into this one
            found[-1] = Key(round(pitches[t]), found[-1].begin, t + 1)
        else:
            found.append(Key(round(pitches[t]), t, t + 1))
    return [key for key in found if key.end - key.begin >= _SHORTEST]


def played(take: Take, soundfont: Path, program: int) -> Array:
    """The take as the soundfont plays it. [main]"""
    with tempfile.TemporaryDirectory() as folder:
        score, sound = Path(folder) / "score.mid", Path(folder) / "sound.wav"
        _write(score, take, program)
        subprocess.run(
            ["fluidsynth", "-niq", "-C", "0", "-r", str(RATE_HZ), "-F", str(sound), str(soundfont), str(score)],
            check=True,
            capture_output=True,
            timeout=_AT_MOST_S,
        )
        heard, _ = soundfile.read(sound, dtype="float32", always_2d=True)
    made = np.zeros_like(take.sound)
    mono = heard.mean(1)[: len(made)]
    made[: len(mono)] = mono
    return as_loud(made, take.loudness_db)


def as_loud(made: Array, wanted_db: Array) -> Array:
    """A sound with its level moved to what is wanted, frame by frame. [any]"""
    frames = min(len(made) // HOP, len(wanted_db))
    level_db = loudness_db(made[: frames * HOP])
    around = np.ones(_SMOOTH) / _SMOOTH
    quiet = level_db <= -80.0  # where nothing sounds, nothing can be made louder
    apart_db = np.where(quiet, 0.0, np.clip(wanted_db[:frames] - level_db, -_MOST_DB, _MOST_DB))
    gain_db = np.convolve(np.pad(apart_db, _SMOOTH // 2, "edge"), around, "valid")
    gain = 10.0 ** (np.interp(np.arange(len(made)), np.arange(frames) * HOP, gain_db) / 20.0)
    return (made * gain).astype(np.float32)


def _write(path: Path, take: Take, program: int) -> None:
    """A MIDI file: notes, and the pitch between them as bends."""
    events: list[tuple[int, int, mido.Message]] = []
    for key in keys(take):
        velocity = int(np.clip(127.0 + 1.5 * take.loudness_db[key.begin : key.end].max(), 20, 127))
        events.append((key.begin, 2, mido.Message("note_on", note=key.pitch, velocity=velocity)))
        events.append((key.end, 0, mido.Message("note_off", note=key.pitch)))
        for frame in range(key.begin, key.end, 3):
            bend_st = 69.0 + 12.0 * float(np.log2(take.hertz[frame] / 440.0)) - key.pitch
            value = int(np.clip(8_191 * bend_st / _BEND_ST, -8_192, 8_191))
            events.append((frame, 1, mido.Message("pitchwheel", pitch=value)))
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=1_000_000)])
    track.append(mido.Message("program_change", program=program))
    for control, value in ((101, 0), (100, 0), (6, int(_BEND_ST)), (38, 0)):
        track.append(mido.Message("control_change", control=control, value=value))
    now = 0
    for frame, _, message in sorted(events, key=lambda each: each[:2]):
        tick = round(frame * _TICKS / FRAMES_A_SECOND)
        track.append(message.copy(time=tick - now))
        now = tick
    mido.MidiFile(ticks_per_beat=_TICKS, tracks=[track]).save(path)
