"""Each set comes out of its authors' layout with its labels at the right moment, the right pitch and the right name."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from ml.training.data.converters import philharmonia, pjs, solfege, vocadito, vsco2
from ml.training.data.musicxml import read_notes
from ml.training.data.sound import keep
from ml.training.data.tables import Phoneme, Row, read_phonemes, read_text, write_table
from realtime.device.sound_file import SoundReader, write_sound
from score.errors import FileError
from tests.ml.training import data_archives as made


def quiet(share: float) -> None:
    assert 0.0 <= share <= 1.0


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8") as file:
        head, *found = list(csv.reader(file))
    assert head == ["onset_s", "offset_s", "pitch_midi"]
    return found


def heard(path: Path) -> tuple[np.ndarray, float]:
    reader = SoundReader(path)
    try:
        return reader.read(reader.frames), reader.rate
    finally:
        reader.close()


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    (tmp_path / "raw").mkdir()
    return tmp_path / "raw"


def test_solfege_is_brought_to_one_rate_and_down_to_what_is_sung(raw: Path, tmp_path: Path):
    (raw / "train&valid").mkdir()
    (raw / "train&valid/1150.flac").write_bytes(made.wav(tmp_path, 2.0, 44_100, 2, ".flac"))
    (raw / "train&valid/1150.txt").write_text("0.8800\t1.3300\t59.79\n1.4000\t1.6300\t60.49\n")
    assert solfege.convert(raw, tmp_path / "work", tmp_path / "to", quiet) == ()
    folder = tmp_path / "to/singing/solfege"
    assert rows(folder / "1150.csv") == [["0.8800", "1.3300", "59.54"], ["1.4000", "1.6300", "60.24"]]
    sound, rate = heard(folder / "1150.flac")
    assert sound.shape == (48_000, 1) and rate == 24_000


def test_a_change_of_rate_moves_nothing(tmp_path: Path):
    click = np.zeros((44_100, 1), np.float32)
    click[22_050] = 0.9
    write_sound(tmp_path / "in.wav", click, 44_100)
    keep(tmp_path / "in.wav", tmp_path / "out.flac", 24_000)
    assert abs(int(np.abs(heard(tmp_path / "out.flac")[0]).argmax()) - 12_000) <= 1


def test_two_channels_become_one_and_the_rate_stays_if_none_is_asked_for(tmp_path: Path):
    write_sound(tmp_path / "in.wav", np.full((100, 2), (0.5, 0.0), np.float32), 44_100)
    keep(tmp_path / "in.wav", tmp_path / "out.flac")
    sound, rate = heard(tmp_path / "out.flac")
    assert rate == 44_100 and np.allclose(sound, 0.25, atol=1e-4) and sound.shape == (100, 1)


def test_a_songs_notes_come_from_its_score(raw: Path, tmp_path: Path):
    (raw / "PJS_corpus_ver1.1.zip").write_bytes(made.pjs(tmp_path / "x", (2, 3)))
    assert pjs.convert(raw, tmp_path / "work", tmp_path / "to", quiet) == ()
    assert files(tmp_path / "to") == [
        "singing/pjs-speech/pjs002.flac",
        *(f"singing/pjs/pjs00{k}.{end}" for k in (2, 3) for end in ("csv", "flac", "lab")),
        "singing/room_noise.flac",
    ]
    assert rows(tmp_path / "to/singing/pjs/pjs002.csv") == [
        ["2.0000", "2.5000", "60"],
        ["3.5000", "4.5000", "62"],
        ["4.5000", "5.0000", "63"],
    ]
    assert read_phonemes(tmp_path / "to/singing/pjs/pjs002.lab")[2] == Phoneme(2.0, 2.4, "a")
    assert heard(tmp_path / "to/singing/pjs/pjs002.flac")[1] == 24_000
    noise, rate = heard(tmp_path / "to/singing/room_noise.flac")
    assert len(noise) / rate == pytest.approx(0.4)


def test_songs_for_judging_stay_apart(raw: Path, tmp_path: Path):
    (raw / "PJS_corpus_ver1.1.zip").write_bytes(made.pjs(tmp_path / "x", (1, 22, 4)))
    pjs.convert(raw, tmp_path / "work", tmp_path / "to", quiet)
    assert [name for name in files(tmp_path / "to") if name.endswith(".csv")] == [
        "evaluation/pjs/pjs001.csv",
        "evaluation/pjs/pjs022.csv",
        "singing/pjs/pjs004.csv",
    ]
    assert sum(pjs.is_kept_apart(number) for number in range(1, 101)) == 22
    assert sum(pjs.is_spoken_kept(number) for number in range(1, 101)) == 18


def test_a_song_that_was_sung_late_is_followed(raw: Path, tmp_path: Path):
    (raw / "PJS_corpus_ver1.1.zip").write_bytes(made.pjs(tmp_path / "x", (4,), {4: made.sung(late_s=0.4)}))
    pjs.convert(raw, tmp_path / "work", tmp_path / "to", quiet)
    onsets = [float(row[0]) for row in rows(tmp_path / "to/singing/pjs/pjs004.csv")]
    assert onsets == pytest.approx([onset + 0.4 for onset in made.SCORE_ONSETS_S], abs=0.002)


def test_a_few_late_vowels_leave_the_score_on_its_beat():
    notes = [Row(float(k), k + 0.5, 60) for k in range(10)]
    late = (0.0, 0.01, 0.02, 0.0, 0.12, 0.01, 0.0, 0.02, 0.0, 0.01)
    phonemes = [Phoneme(k + late[k], k + 0.4, "o") for k in range(10)]
    assert pjs.laid_along(notes, phonemes) == notes


def test_a_song_that_fits_nowhere_is_left_out_and_said_so(raw: Path, tmp_path: Path):
    other = made.sung(onsets_s=(0.5, 1.17, 2.9))
    (raw / "PJS_corpus_ver1.1.zip").write_bytes(made.pjs(tmp_path / "x", (4, 5, 7), {4: other, 5: b"1 pau\n"}))
    left_out = pjs.convert(raw, tmp_path / "work", tmp_path / "to", quiet)
    assert [line.split(":")[0] for line in left_out] == ["pjs004", "pjs005"]
    assert "does not fit" in left_out[0] and "no label" in left_out[1]
    assert [name for name in files(tmp_path / "to/singing/pjs") if name.endswith(".flac")] == ["pjs007.flac"]


def test_a_score_is_read_at_its_tempo_with_ties_and_changes(tmp_path: Path):
    path = tmp_path / "score.musicxml"
    path.write_text(made.SCORE.replace('<measure number="3">', '<measure number="3"><sound tempo="60"/>'))
    assert [(note.onset_s, note.offset_s, note.pitch_midi) for note in read_notes(path)] == [
        (2.0, 2.5, 60),
        (3.5, 5.0, 62),
        (5.0, 6.0, 63),
    ]


def test_a_metronome_mark_is_a_tempo_too(tmp_path: Path):
    path = tmp_path / "score.musicxml"
    path.write_text(made.SCORE.replace('<sound tempo="120"/>', ""))
    assert read_notes(path)[0].onset_s == 4.0


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("<duration>8</duration>", '<barline><repeat direction="backward"/></barline>', "repeats"),
        ("<!DOCTYPE", '<!DOCTYPE a [<!ENTITY b "c">]><!--', "words of its own"),
        ("</score-partwise>", "", "no score"),
        ('tempo="120"', 'tempo="0"', "tempo of 0"),
        ("<step>C</step>", "<step>H</step>", "no score"),
        ("<divisions>2</divisions>", "<divisions>0</divisions>", "no score"),
    ],
)
def test_a_score_that_cannot_be_followed_is_an_error(tmp_path: Path, old: str, new: str, word: str):
    path = tmp_path / "score.musicxml"
    path.write_text(made.SCORE.replace(old, new))
    with pytest.raises(FileError, match=word):
        read_notes(path)


def test_vocadito_keeps_both_of_its_annotators(raw: Path, tmp_path: Path):
    (raw / "vocadito.zip").write_bytes(made.vocadito(tmp_path / "x"))
    assert vocadito.convert(raw, tmp_path / "work", tmp_path / "to", quiet) == ("vocadito_2: its notes are missing",)
    folder = tmp_path / "to/evaluation/vocadito"
    assert files(folder) == ["second/vocadito_1.csv", "vocadito_1.csv", "vocadito_1.flac"]
    assert rows(folder / "vocadito_1.csv") == [["0.1000", "0.3500", "69.00"], ["0.4000", "0.4500", "57.00"]]
    assert heard(folder / "vocadito_1.flac")[1] == 44_100


def test_the_cello_comes_out_of_its_archive_in_an_archive(raw: Path, tmp_path: Path):
    (raw / "all-samples.zip").write_bytes(made.philharmonia(tmp_path))
    left_out = philharmonia.convert(raw, tmp_path / "work", tmp_path / "to", quiet)
    assert left_out == ("cello_empty.mp3: it is empty",)
    assert files(tmp_path / "to") == [
        "strings/philharmonia-cello/cello_A2_025_forte_arco-normal.mp3",
        "strings/philharmonia-cello/cello_As2_15_piano_arco-normal.mp3",
    ]


def test_an_archive_without_a_cello_is_an_error(raw: Path, tmp_path: Path):
    (raw / "all-samples.zip").write_bytes(made.zipped({"all-samples/violin.zip": b"PK"}))
    with pytest.raises(FileError, match="no recordings of a cello"):
        philharmonia.convert(raw, tmp_path / "work", tmp_path / "to", quiet)


def test_strings_are_named_by_the_pitch_that_sounds(raw: Path, tmp_path: Path):
    for name in (
        "Strings/Cello Section/susvib/susvib_G1_v3_1.wav",
        "Strings/Solo Violin/Arco Vib/LLVln_ArcoVib_A3_f.wav",
        "Strings/Solo Contrabass/SusVib/BKCtbss_SusVib_C#2_v3_rr1.wav",
    ):
        (raw / name).parent.mkdir(parents=True)
        (raw / name).write_bytes(made.wav(tmp_path, 0.1, 44_100, 2))
    assert vsco2.convert(raw, tmp_path / "work", tmp_path / "to", quiet) == ()
    assert files(tmp_path / "to/strings") == [
        "vsco2-cello/g2.flac",
        "vsco2-contrabass/csharp3.flac",
        "vsco2-violin/a3.flac",
    ]
    assert heard(tmp_path / "to/strings/vsco2-cello/g2.flac")[0].shape == (4_410, 1)


def test_a_label_file_may_begin_with_a_line_of_words_and_holds_numbers_after_it(tmp_path: Path):
    path = tmp_path / "1.txt"
    path.write_text("onset\toffset\tpitch\n0.5\t0.7\t60.25\n\n")
    assert solfege.rows_of(path) == [Row(0.5, 0.7, 60.0)]
    path.write_text("0.5\t0.7\t60.25\n0.8\tlong\t61\n")
    with pytest.raises(FileError, match="line 2"):
        solfege.rows_of(path)


def test_texts_written_on_windows_in_japan_are_read(tmp_path: Path):
    (tmp_path / "a.lab").write_bytes("音".encode("cp932"))
    assert read_text(tmp_path / "a.lab") == "音"


def test_whole_pitches_of_a_score_stay_whole(tmp_path: Path):
    write_table(tmp_path / "a.csv", [Row(0.0, 1.0, 60), Row(1.0, 2.0, 60.0)])
    assert [row[2] for row in rows(tmp_path / "a.csv")] == ["60", "60.00"]
