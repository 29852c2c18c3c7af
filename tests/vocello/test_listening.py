"""`vocello listen` on many recordings, good and bad, shaped and refined."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pytest

from ml import refine
from ml.refine import Refined
from ml.shaping.scale import Scale
from realtime.device.sound_file import SoundReader, write_sound
from score.errors import FileError, SettingsError, UsageError
from vocello import command_line
from vocello.choices import Choices
from vocello.commands import listen as command
from vocello.commands.listen import Outputs, found, listen
from vocello.heard import COLUMNS, Note, Played, Sent, score, table
from vocello.singer import sing

RATE = 48_000
NONE = Outputs(None, None, None)
PLAIN = Choices(rules=True, profile=False)


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two songs, one of them deeper in, and a file of each kind of trouble."""
    folder = tmp_path_factory.mktemp("songs")
    voice, _ = sing(RATE)
    (folder / "more").mkdir()
    write_sound(folder / "one.wav", voice[: 4 * RATE], RATE)
    write_sound(folder / "more" / "two.flac", voice[3 * RATE : 6 * RATE], RATE)
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.mp3").write_text("la la la")
    write_sound(folder / "not-numbers.wav", np.full(RATE, np.nan, np.float32), RATE)
    (folder / "notes.txt").write_text("not a recording, and not taken for one")
    return folder


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


def keys_in(midi: Path) -> list[int]:
    return [each.note for each in mido.MidiFile(midi) if each.type == "note_on" and each.velocity]


def test_bad_recordings_do_not_keep_the_others_waiting(
    songs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    code = command_line.run(["listen", str(songs), "nowhere.wav", "-o", str(out), "--rules", "--no-profile", "--json"])
    assert code == 2
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert {Path(each["source"]).name for each in told["recordings"]} == {"one.wav", "two.flac", "not-numbers.wav"}
    assert {Path(each).name for each in told["failed"]} == {"empty.wav", "text.mp3", "nowhere.wav"}
    assert len(said.err.splitlines()) == 4 and "3 of 6" in said.err
    assert sorted(str(each.relative_to(out)) for each in out.rglob("*.*")) == [
        str(Path(each))
        for each in ("more/two.csv", "more/two.mid", "not-numbers.csv", "not-numbers.mid", "one.csv", "one.mid")
    ]
    assert len(rows_of(out / "one.csv")) >= 3 and len(keys_in(out / "one.mid")) == len(rows_of(out / "one.csv"))
    assert rows_of(out / "not-numbers.csv") == []


def test_one_of_many_is_heard_as_if_it_were_alone(songs: Path, tmp_path: Path) -> None:
    both = [songs / "more" / "two.flac", songs / "one.wav"]
    listen(both, Outputs(tmp_path / "many", None, None), PLAIN, False, 128, True)
    listen([both[1]], Outputs(None, tmp_path / "alone.csv", None), PLAIN, False, 128, True)
    assert (tmp_path / "many" / "one.csv").read_bytes() == (tmp_path / "alone.csv").read_bytes()


def test_results_of_one_name_do_not_replace_each_other(tmp_path: Path) -> None:
    for name in ("a/take.wav", "b/take.wav", "b/take.flac"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    places = [str(place) for _, place in found([tmp_path / "a", tmp_path / "b", tmp_path / "a" / "take.wav"])]
    assert places == ["take", "take-2", "take-3"]


def test_a_folder_without_recordings_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no recording"):
        listen([tmp_path], NONE, PLAIN, False, 128, True)


def test_midi_of_a_scale_holds_only_its_keys_and_the_table_what_was_sung(songs: Path, tmp_path: Path) -> None:
    outputs = Outputs(tmp_path / "a.mid", tmp_path / "a.csv", None)
    listen(
        [songs / "one.wav"], outputs, Choices(rules=True, profile=False, scale="Ab major", octave=1), False, 128, True
    )
    keys = keys_in(tmp_path / "a.mid")
    assert len(keys) >= 3 and all(key in Scale.parse("Ab major") for key in keys)
    sung = [float(row["pitch_midi"]) for row in rows_of(tmp_path / "a.csv")]
    assert min(keys) > max(sung)


def test_a_chord_is_played_for_every_note(songs: Path, tmp_path: Path) -> None:
    choices = Choices(rules=True, profile=False, chord="0 7 12")
    listen([songs / "one.wav"], Outputs(tmp_path / "a.mid", tmp_path / "a.csv", None), choices, False, 128, True)
    keys, sung = keys_in(tmp_path / "a.mid"), len(rows_of(tmp_path / "a.csv"))
    assert 2 * sung < len(keys) <= 3 * sung  # a key that two chords share rings on
    assert {keys[0] + 7, keys[0] + 12} <= set(keys)


def test_a_refined_recording_is_sent_when_it_is_over(
    songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refined(samples: Any, rate: float, step: Any = None) -> list[Refined]:
        step(1.0)
        return [Refined(0.5, 1.0, 60.2, 0.5), Refined(1.0, 2.0, 62.0, 1.0)]

    monkeypatch.setattr(refine, "refined", refined)
    listen([songs / "one.wav"], Outputs(None, tmp_path / "a.csv", None), PLAIN, True, 128, True)
    rows = rows_of(tmp_path / "a.csv")
    assert [float(row["emitted_s"]) for row in rows] == [4.0, 4.0]
    assert [(row["pitch_midi"], row["sent_pitch_midi"]) for row in rows] == [("60.200",) * 2, ("62.000",) * 2]
    assert [row["velocity"] for row in rows] == ["64", "127"]


def test_a_long_recording_is_refined_in_pieces_that_lose_and_double_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clicks stand for notes: each must be found once, where it is, however the sound is cut up."""
    rate, at = 8_000, np.array([0, 7_999, 8_000, 12_345, 15_999, 16_000, 23_999, 24_000, 26_500])
    samples = np.zeros(27_000, np.float32)
    samples[at] = 0.5
    write_sound(tmp_path / "clicks.wav", samples, rate)
    longest = 0

    def refined(piece: Any, rate: float, step: Any = None) -> list[Refined]:
        nonlocal longest
        longest = max(longest, len(piece))
        return [Refined(k / rate, (k + 10) / rate, 60.0, 0.5) for k in np.flatnonzero(piece)]

    monkeypatch.setattr(refine, "refined", refined)
    monkeypatch.setattr(command, "_PIECE_S", 1.0)
    monkeypatch.setattr(command, "_BESIDE_S", 0.25)
    heard = command.hear_again(tmp_path / "clicks.wav", lambda share, text="": None)
    assert [round(note.onset_s * rate) for note in heard.notes] == at.tolist()
    assert longest <= 1.75 * rate


def test_patience_buys_surer_pitches_with_time_and_rules_have_none(songs: Path, tmp_path: Path) -> None:
    def waited_s_and_wrong_st(patience: float) -> tuple[float, float]:
        out = Outputs(None, tmp_path / f"{patience}.csv", None)
        listen([songs / "one.wav"], out, Choices(profile=False, patience=patience), False, 128, True)
        rows = rows_of(tmp_path / f"{patience}.csv")
        waited = [float(row["emitted_s"]) - float(row["onset_s"]) for row in rows]
        wrong = [abs(float(row["sent_pitch_midi"]) - float(row["pitch_midi"])) for row in rows]
        return float(np.mean(waited)), float(np.mean(wrong))

    (at_once_s, guessed_st), (waited_s, sure_st) = waited_s_and_wrong_st(0.0), waited_s_and_wrong_st(2.0)
    assert at_once_s < waited_s
    assert sure_st < guessed_st
    with pytest.raises(UsageError, match="rules wait for nobody"):
        Choices(rules=True, profile=False, patience=2.0).hearing()
    with pytest.raises(SettingsError, match="patience"):
        Choices(profile=False, patience=7.0).hearing()


def test_every_row_can_be_read_back() -> None:
    notes = [Note(0.51, 0.5, 1.0, 60.25, 64, 59.5), Note(0.2, 0.1, 0.4, 72.0, 127, 72.0)]
    rows = list(csv.reader(table(notes).splitlines()))
    assert tuple(rows[0]) == COLUMNS
    assert [Note.of_row(row) for row in rows[1:]] == notes[::-1]
    assert all(re.fullmatch(r"[0-9.]+", cell) for row in rows[1:] for cell in row)


def test_a_key_struck_twice_is_two_notes_and_one_that_never_goes_up_ends_with_the_sound() -> None:
    sent = Sent(1_000.0)
    sent.turn(True, 0.1, 0, 60, 80)
    sent.turn(True, 0.2, 0, 60, 90)
    sent.turn(True, 0.3, 9, 36, 100)
    assert sent.down() == [(0, 60, 0.2, 90), (9, 36, 0.3, 100)]
    assert sent.finish(1.0) == (Played(0.1, 0.2, 60, 80), Played(0.2, 1.0, 60, 90), Played(0.3, 1.0, 36, 100, 9))


def test_drums_have_a_track_of_their_own_on_channel_10() -> None:
    made = score([Note(0.1, 0.1, 0.5, 60.4, 64, 60.4)], [Played(0.2, 0.3, 36, 100, 9), Played(0.1, 0.5, 60, 64)])
    voice, drums = made.tracks
    assert [note.pitch for note in voice.notes] == [60]
    assert [(note.pitch, note.channel, note.bend_st) for note in drums.notes] == [(36, 9, ())]


def test_the_sound_of_many_goes_where_it_was_wanted(songs: Path, tmp_path: Path) -> None:
    both = [songs / "more" / "two.flac", songs / "one.wav"]
    listen(both, Outputs(None, None, tmp_path / "played"), PLAIN, False, 512, True)
    assert sorted(each.name for each in (tmp_path / "played").iterdir()) == ["one.wav", "two.wav"]
    reader = SoundReader(tmp_path / "played" / "one.wav")
    assert np.abs(reader.read(reader.frames)).max() > 0.01
    reader.close()
