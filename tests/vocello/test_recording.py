"""`vocello live --record`: what was sung is on disk while it is sung, whatever ends the program."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pytest

from ml.said import Sung
from ml.wish import Hearing
from realtime.device.sound_file import SoundReader, write_sound
from realtime.events import EVENT, NOTE_OFF, NOTE_ON
from score.errors import AudioFileError, FileError
from vocello import growing_wav
from vocello.commands import recording
from vocello.commands.recording import Recording, Take, rescue
from vocello.growing_wav import GrowingWav
from vocello.heard import COLUMNS
from vocello.lock import Lock
from vocello.singer import sing

ROOT = Path(__file__).resolve().parents[2]
RATE = 48_000
NOTHING = np.zeros(0, EVENT)


def samples_of(path: Path) -> np.ndarray:
    reader = SoundReader(path)
    samples = reader.read(reader.frames)[:, 0]
    reader.close()
    return samples


def events(*made: tuple[int, int, int]) -> np.ndarray:
    found = np.zeros(len(made), EVENT)
    for place, (frame, kind, key) in enumerate(made):
        found[place] = (frame, 0.5, kind, 0, key, 1, 0, 0)
    return found


def noise(frames: int) -> np.ndarray:
    return np.random.default_rng(3).uniform(-0.9, 0.9, frames).astype(np.float32)


def keys_in(midi: Path) -> list[int]:
    return [each.note for each in mido.MidiFile(midi) if each.type == "note_on" and each.velocity]


def test_a_recording_is_whole_after_every_flush_to_24_bits(tmp_path: Path) -> None:
    sound = noise(1001)
    growing = GrowingWav(tmp_path / "a.wav", RATE)
    for end in (1, 400, 1001):
        growing.write(sound[growing.frames : end])
        growing.flush()
        assert np.abs(samples_of(tmp_path / "a.wav") - sound[:end]).max() <= 2.0**-23
    growing.close()
    growing.close()
    assert np.abs(samples_of(tmp_path / "a.wav") - sound).max() <= 2.0**-23


def test_a_recording_that_was_never_flushed_again_has_what_it_had(tmp_path: Path) -> None:
    growing = GrowingWav(tmp_path / "a.wav", RATE)
    growing.write(noise(500))
    growing.flush()
    growing.write(noise(300))  # and then the plug is pulled
    assert len(samples_of(tmp_path / "a.wav")) == 500
    growing.close()


def test_past_four_gigabytes_it_is_still_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing_wav, "_MOST_BYTES", 3 * 100)
    growing = GrowingWav(tmp_path / "a.wav", RATE)
    sound = noise(250)
    growing.write(sound[:100])
    growing.flush()
    assert (tmp_path / "a.wav").read_bytes()[:4] == b"RIFF"
    growing.write(sound[100:])
    growing.close()
    assert (tmp_path / "a.wav").read_bytes()[:4] == b"RF64"
    assert np.abs(samples_of(tmp_path / "a.wav") - sound).max() <= 2.0**-23


def test_what_is_no_number_or_too_loud_is_written_as_silence_or_full_scale(tmp_path: Path) -> None:
    growing = GrowingWav(tmp_path / "a.wav", RATE)
    growing.write(np.array([np.nan, np.inf, -np.inf, 7.0], np.float32))
    growing.close()
    assert samples_of(tmp_path / "a.wav") == pytest.approx([0.0, 1.0, -1.0, 1.0], abs=1e-6)


def test_no_recording_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("mine")
    with pytest.raises(AudioFileError):
        GrowingWav(tmp_path / "a.wav", RATE)


def test_a_take_holds_the_sound_the_notes_and_the_midi(tmp_path: Path) -> None:
    take = Take(tmp_path, RATE, 128, as_sung=True)
    sound = noise(4_800)
    begins = 128_000  # a stream that has run for a while
    take.tell(begins, sound[:2_400], events((begins + 240, NOTE_ON, 60)), ())
    ended = Sung(begins + 240, begins + 100, begins + 3_000, 60.25, 0.5, 60.0)
    take.tell(begins + 2_400, sound[2_400:], events((begins + 3_000, NOTE_OFF, 60)), [ended])
    assert take.close()
    assert np.abs(samples_of(take.path / "voice.wav") - sound).max() <= 2.0**-23
    rows = list(csv.DictReader((take.path / "notes.csv").read_text().splitlines()))
    assert tuple(rows[0]) == COLUMNS
    assert float(rows[0]["emitted_s"]) == pytest.approx(256 / RATE, abs=1e-6)
    assert float(rows[0]["onset_s"]) == pytest.approx(100 / RATE, abs=1e-6)
    assert keys_in(take.path / "notes.mid") == [60]
    assert not (take.path / ".recording").exists()


def test_missing_samples_are_silence_so_that_the_notes_stay_where_they_were(tmp_path: Path) -> None:
    take = Take(tmp_path, RATE, 128, as_sung=True)
    take.tell(0, noise(480), NOTHING, ())
    take.tell(960, noise(480), NOTHING, ())
    take.close()
    heard = samples_of(take.path / "voice.wav")
    assert len(heard) == 1_440 and not heard[480:960].any() and heard[960:].any()


def test_a_take_without_a_sample_leaves_nothing_behind(tmp_path: Path) -> None:
    assert not Take(tmp_path, RATE, 128, as_sung=True).close()
    assert list(tmp_path.iterdir()) == []


def test_where_something_is_made_of_the_notes_the_midi_has_what_was_made(tmp_path: Path) -> None:
    take = Take(tmp_path, RATE, 128, as_sung=False)
    chord = (60, 64, 67)
    take.tell(0, noise(480), events(*((0, NOTE_ON, key) for key in chord)), ())
    take.tell(480, noise(480), events(*((480, NOTE_OFF, key) for key in chord)), [Sung(0, 0, 480, 60.1, 0.5, 60.1)])
    take.close()
    assert sorted(keys_in(take.path / "notes.mid")) == list(chord)


def test_a_disk_that_fails_ends_the_recording_and_not_the_singing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: GrowingWav, samples: np.ndarray) -> None:
        raise AudioFileError("'voice.wav' cannot be written: no space left.", "Is the disk full?")

    monkeypatch.setattr(GrowingWav, "write", full)
    take = Take(tmp_path, RATE, 128, as_sung=True)
    take.tell(0, noise(480), NOTHING, ())
    end = time.monotonic() + 60.0
    while (trouble := take.trouble_once()) is None:
        assert time.monotonic() < end, "nobody was told"
        time.sleep(0.02)
    assert "disk full" in str(trouble)
    take.tell(480, noise(480), NOTHING, ())
    assert take.trouble_once() is None
    take.close()


def test_a_disk_that_hangs_costs_sound_and_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "_KEPT_S", 0.01)
    monkeypatch.setattr(recording, "_EVERY_S", 3_600.0)
    take = Take(tmp_path, RATE, 128, as_sung=True)
    for frame in range(0, 4_800, 480):
        take.tell(frame, noise(480), NOTHING, ())
    assert "too slow" in str(take.trouble_once())
    take.close()
    assert len(samples_of(take.path / "voice.wav")) == 960


def cut_off(tmp_path: Path) -> Path:
    """A take as a crash leaves it: half a row, a note that never ended, no MIDI."""
    take = Take(tmp_path, RATE, 128, as_sung=True)
    sung = Sung(480, 480, 1_920, 62.0, 0.5, 62.0)
    take.tell(0, noise(RATE), events((480, NOTE_ON, 62), (1_920, NOTE_OFF, 62), (9_600, NOTE_ON, 65)), [sung])
    take.close()
    (take.path / "notes.mid").unlink()
    with (take.path / "notes.csv").open("a") as table:
        table.write("0.5,0.4")
    return take.path


def test_a_take_that_was_cut_off_gets_its_midi_with_the_note_that_was_held(tmp_path: Path) -> None:
    path = cut_off(tmp_path)
    assert rescue(tmp_path) == [path]
    assert keys_in(path / "notes.mid") == [62, 65]
    assert mido.MidiFile(path / "notes.mid").length == pytest.approx(1.0, abs=0.01)
    assert rescue(tmp_path) == []


def test_a_take_that_is_being_recorded_is_left_alone(tmp_path: Path) -> None:
    path = cut_off(tmp_path)
    lock = Lock(path / ".recording")
    assert rescue(tmp_path) == []
    lock.close()
    assert rescue(tmp_path) == [path]


def test_a_take_that_makes_no_sense_keeps_nobody_from_recording(tmp_path: Path) -> None:
    path = cut_off(tmp_path)
    (path / "take.json").write_text("{}")
    made = Recording(tmp_path, Hearing(), 128)
    assert made.rescued == [] and made.close() == []


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="--record"):
        Recording(tmp_path / "file" / "takes", Hearing(), 128)


def live(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "vocello", "live", "--port", "none", "--keys", "none", "--no-profile", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "JACK_NO_START_SERVER": "1"},
    )


def test_a_recording_survives_a_kill_and_is_finished_by_the_next_start(tmp_path: Path) -> None:
    voice, _ = sing(RATE)
    write_sound(tmp_path / "long.wav", np.tile(voice, 40), RATE)
    write_sound(tmp_path / "short.wav", voice[: 2 * RATE], RATE)
    killed = live(tmp_path, "--device", "file:long.wav", "--record", "takes", "--rules")
    end = time.monotonic() + 100.0
    notes: list[Any] = []
    while len(notes) < 4:
        assert time.monotonic() < end and killed.poll() is None, "nothing was recorded"
        time.sleep(0.05)
        notes = [line for path in tmp_path.glob("takes/*/notes.csv") for line in path.read_text().splitlines()]
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    (cut,) = (tmp_path / "takes").iterdir()
    assert not (cut / "notes.mid").exists()
    kept = samples_of(cut / "voice.wav")
    assert len(kept) > RATE // 2
    looped = np.tile(voice, 40)[: len(kept)]
    assert np.abs(kept - looped).max() <= 2.0**-22
    again = live(tmp_path, "--device", "file:short.wav", "--record", "takes", "--rules")
    told, trouble = again.communicate(timeout=100)
    assert again.returncode == 0, trouble
    assert "whole now" in told and "Recorded in" in told
    assert len(keys_in(cut / "notes.mid")) >= 3
    assert len(list((tmp_path / "takes").iterdir())) == 2


def test_a_finished_recording_says_where_it_is(tmp_path: Path) -> None:
    voice, _ = sing(RATE)
    write_sound(tmp_path / "voice.wav", voice[: 4 * RATE], RATE)
    done = live(tmp_path, "--device", "file:voice.wav", "--record", "takes", "--rules", "--json")
    told, trouble = done.communicate(timeout=100)
    assert done.returncode == 0, trouble
    (take,) = json.loads(told)["recorded"]
    assert sorted(each.name for each in (tmp_path / take).iterdir()) == [
        "notes.csv",
        "notes.mid",
        "sent.csv",
        "take.json",
        "voice.wav",
    ]
    rows = list(csv.DictReader((tmp_path / take / "notes.csv").read_text().splitlines()))
    assert len(rows) == len(keys_in(tmp_path / take / "notes.mid")) > 2
