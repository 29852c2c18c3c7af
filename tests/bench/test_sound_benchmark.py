"""The benchmark of the sound: who is judged, what the soundfont is given to play, what stands on the page."""

from __future__ import annotations

import io
import subprocess
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest
from PIL import Image

from bench import sound, soundfont
from bench.spectrograms import BYTES_AT_MOST, drawn, level_db
from ml.training.instrument.analysis import HOP, loudness_db
from realtime.dsp.strings.sizes import RATE_HZ
from score.errors import FileError
from tests.ml.training import bowed_tones as made

FIGURES = {name: -0.5 if name == "top_octave_db" else 1.25 for name in sound.COLUMNS}


def melody(pitches_st, frames_each=100, vibrato_st=0.0):
    """A take of keys counted from A3, without a pause between them."""
    t = np.arange(frames_each * len(pitches_st))
    keys = np.repeat(pitches_st, frames_each) + vibrato_st * np.sin(2.0 * np.pi * t / 44.0)
    return replace(made.take("phrase", len(t)), hertz=(220.0 * 2.0 ** (keys / 12.0)).astype(np.float32))


def test_a_vibrato_is_one_key_and_a_melody_is_several():
    assert soundfont.keys(melody([0.4], vibrato_st=0.35)) == [soundfont.Key(57, 0, 100)]
    assert soundfont.keys(melody([0, 2, -3])) == [
        soundfont.Key(57, 0, 100),
        soundfont.Key(59, 100, 200),
        soundfont.Key(54, 200, 300),
    ]


def test_the_same_key_after_silence_is_struck_again():
    take = melody([0, 0, 0])
    silent = np.arange(300) // 100 == 1
    take = replace(take, is_voiced=~silent, loudness_db=np.where(silent, -90.0, take.loudness_db).astype(np.float32))
    assert [(key.pitch, key.begin, key.end) for key in soundfont.keys(take)] == [(57, 0, 100), (57, 200, 300)]


def test_a_sound_is_made_as_loud_as_the_recording_at_each_moment():
    right = made.bowed(196.0, 1.5, level=0.1).astype(np.float32)
    right = right[: len(right) // HOP * HOP]
    flat = made.tone(196.0, 1.5, level=0.01)[0].astype(np.float32)[: len(right)]
    wanted = loudness_db(right)
    found = loudness_db(soundfont.as_loud(flat, wanted))
    middle = slice(40, -40)
    assert np.abs(found - wanted)[middle].max() < 1.0
    assert np.abs(loudness_db(flat) - wanted)[middle].max() > 10.0


def test_the_soundfont_is_given_notes_bends_and_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    given = {}

    def fluidsynth(command, **options):
        given["messages"] = list(mido.MidiFile(command[-1]))
        made.write(tmp_path, "out.wav", np.stack([made.tone(220.0, 2.0)[0]] * 2, 1))
        Path(command[command.index("-F") + 1]).write_bytes((tmp_path / "out.wav").read_bytes())
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", fluidsynth)
    take = melody([0.25, 2.25])
    heard = soundfont.played(take, Path("font.sf2"), 42)
    assert heard.shape == take.sound.shape and np.abs(heard).max() > 0.0
    messages = given["messages"]
    assert [each.program for each in messages if each.type == "program_change"] == [42]
    notes = [(each.type, each.note) for each in messages if each.type.startswith("note")]
    assert notes == [("note_on", 57), ("note_off", 57), ("note_on", 59), ("note_off", 59)]
    assert sum(each.time for each in messages) == pytest.approx(200 / 250, abs=0.01)
    bends = {each.pitch for each in messages if each.type == "pitchwheel"}
    assert bends == {round(8_191 * 0.25 / 12.0 - 0.5)} or bends == {int(8_191 * 0.25 / 12.0)}


def test_only_recordings_that_no_training_learns_are_judged(tmp_path: Path):
    for name in ("c4", "a3"):  # the first is kept out, as the lottery says
        made.write(tmp_path / "cello", f"{name}.wav", made.bowed(261.63, 0.4))
    kept = sound.kept_out(tmp_path, "cello", tmp_path / "frames", 1).kept
    assert [take.name for _, take in kept] == ["c4"]
    (tmp_path / "cello" / "c4.wav").unlink()
    with pytest.raises(FileError, match="none is kept out"):
        sound.kept_out(tmp_path, "cello", tmp_path / "frames", 1)


def test_the_scenes_are_the_lowest_loud_note_the_highest_soft_one_and_two_phrases():
    names = {
        "cello_A2_1_forte_arco-normal": 110.0,
        "cello_C2_1_fortissimo_arco-normal": 65.4,
        "cello_A5_1_pianissimo_arco-normal": 880.0,
        "cello_A3_1_piano_arco-normal": 220.0,
        "cello_A3_phrase_mezzo-forte_arco-legato": 220.0,
        "cello_A3_phrase_mezzo-forte_arco-staccato": 220.0,
    }
    kept = [(0, made.take(name, 500, hertz)) for name, hertz in names.items()]
    chosen = sound.choose(kept)
    assert [take.name.split("cello_")[1][:2] for _, take in chosen.values()] == ["C2", "A5", "A3", "A3"]
    assert [title for title in chosen] == [scene.title for scene in sound.SCENES]
    assert sound.choose([(0, made.take("a4", 500))]).keys() == {sound.SCENES[0].title, sound.SCENES[1].title}


def test_the_page_holds_the_tables_and_the_pictures():
    figures = {"notes": {"network": FIGURES, "GM soundfont": FIGURES}}
    pictures = {"A low note, forte": Path("somewhere/a-low-note-forte.png")}
    text = sound.page("cello", figures, {"notes": 7}, pictures, has_font=True)
    assert "| network | 1.25 | 1.25 | 1.25 | -0.50 | 1.25 |" in text
    assert "The mean over 7 recordings." in text
    assert "![A low note, forte](sound/a-low-note-forte.png)" in text
    assert "**GM soundfont**" not in sound.page("cello", {"notes": {"network": FIGURES}}, {"notes": 7}, {}, False)


def test_a_picture_is_small_and_shows_where_the_sound_is(tmp_path: Path):
    noise = 0.1 * np.random.default_rng(0).standard_normal(4 * RATE_HZ).astype(np.float32)
    drawn("noise", {"one": noise, "two": noise, "three": noise, "four": noise}, tmp_path / "pictures" / "noise.png")
    data = (tmp_path / "pictures" / "noise.png").read_bytes()
    assert len(data) <= BYTES_AT_MOST
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.width > 400 and picture.height > 150
    tone = made.tone(1_000.0, 1.0, density=0.0)[0].astype(np.float32)
    levels = level_db(tone, 2_048)[:, 20:-20].mean(1)
    assert abs(int(levels.argmax()) * RATE_HZ / 2_048 - 1_000.0) < RATE_HZ / 2_048
    assert levels.max() == pytest.approx(-20.0, abs=1.0)
