"""From a corpus to files to learn from: which takes there are, and that each file is made once, whole."""

from __future__ import annotations

import ctypes.util
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ml.learned.features import WIDTH
from ml.training.ears import corpus, prepare
from ml.training.ears.corpus import QUIET, SPOKEN, SUNG, takes
from ml.training.ears.prepare import jobs
from ml.training.ears.task import load
from ml.training.ears.world import RATE_HZ
from score.errors import FileError
from tests.house import skips
from tests.ml.voices import RATE, in_a_room, silence, spoken, sung

NOTES = "onset,offset,pitch\n0.3,0.8,57\n1.0,1.5,60\n"


def write(path: Path, *parts: np.ndarray, notes: str | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, in_a_room(*parts), RATE)
    if notes is not None:
        path.with_suffix(".csv").write_text(notes)


@pytest.fixture(scope="module")
def singing(tmp_path_factory) -> Path:
    """A small corpus, laid out as the real one is when it has been fetched."""
    folder = tmp_path_factory.mktemp("singing")
    song = silence(0.3), sung(57, 0.5), silence(0.2), sung(60, 0.5), silence(0.3)
    write(folder / "solfege" / "1.flac", *song, notes=NOTES)
    write(folder / "pjs" / "pjs001.flac", *song, notes=NOTES.replace("57", "58"))
    write(folder / "pjs" / "pjs003.flac", *song, notes=NOTES)
    write(folder / "pjs-speech" / "pjs001.flac", spoken(1.5))
    write(folder / "room_noise.flac", silence(1.0))
    return folder


@pytest.fixture(scope="module")
def made(singing, tmp_path_factory) -> Path:
    """All files of two versions, made in this process."""
    out = tmp_path_factory.mktemp("sounds")
    for job in jobs(singing, out, 2, 0.0):
        prepare._do(job)
    return out


def test_every_take_is_found_with_its_kind_and_its_part_in_the_work(singing):
    found = list(takes(singing))
    assert [(take.corpus, take.kind, take.path.stem, take.is_judged) for take in found] == [
        ("solfege", SUNG, "1", False),
        ("pjs", SUNG, "pjs001", False),
        ("pjs", SUNG, "pjs003", True),
        ("pjs", SPOKEN, "pjs001", False),
        ("pjs", QUIET, "room_noise", False),
    ]
    assert [take.is_score for take in found] == [False, True, True, False, False]


def test_neighbours_in_number_are_judged_together(tmp_path):
    for number in range(40):
        (tmp_path / "solfege").mkdir(exist_ok=True)
        (tmp_path / "solfege" / f"{number}.flac").touch()
    judged = [take.path.stem for take in takes(tmp_path) if take.is_judged]
    assert judged == [str(number) for number in corpus._JUDGED_OF_SOLFEGE]


def test_a_folder_without_recordings_says_how_to_get_them(tmp_path):
    with pytest.raises(FileError, match="vocello data fetch"):
        list(takes(tmp_path))


def test_a_take_is_mono_at_the_rate_of_the_ears_lesson_with_its_notes(singing):
    take = next(takes(singing))
    assert len(take.sound()) == pytest.approx(1.8 * RATE_HZ, abs=2)
    assert take.notes().tolist() == [[0.3, 0.8, 57.0], [1.0, 1.5, 60.0]]
    assert [each.notes().shape for each in takes(singing) if each.kind == QUIET] == [(0, 3)]


def test_a_take_to_judge_by_is_made_as_it_was_recorded_and_no_other_way(made):
    names = sorted(path.stem for path in made.glob("*"))
    assert names == [
        "pjs_quiet_room_noise_v0",
        "pjs_quiet_room_noise_v1",
        "pjs_quiet_room_noise_v2",
        "pjs_spoken_pjs001_v0",
        "pjs_spoken_pjs001_v1",
        "pjs_spoken_pjs001_v2",
        "pjs_sung_pjs001_v0",
        "pjs_sung_pjs001_v1",
        "pjs_sung_pjs001_v2",
        "pjs_sung_pjs003_v0",
        "solfege_sung_1_v0",
        "solfege_sung_1_v1",
        "solfege_sung_1_v2",
    ]


def test_a_file_holds_rows_trackers_and_notes_of_one_length(made):
    learned, _ = load(made)
    assert len(learned) == 13
    for piece in learned:
        assert piece.rows.shape[1] == WIDTH
        assert np.isfinite(piece.rows).all()
        assert len(piece.right) == len(piece.told) == len(piece.rows) > 100
        assert 0.0 < piece.now_s < 0.02
        assert len(piece.notes) == (2 if "sung" in piece.name else 0)


def test_in_every_version_the_notes_are_at_the_pitch_that_is_heard_there(made):
    for piece in load(made)[0]:
        for onset_s, offset_s, midi in piece.notes:
            first, last = (round((at_s - piece.now_s) / 0.005) for at_s in (onset_s + 0.08, offset_s - 0.05))
            heard = piece.told[first:last, 0][piece.told[first:last, 1] > 0.8]
            assert len(heard) < 8 or abs(float(np.median(heard)) - midi) < 0.5
            assert len(heard) >= 8 or not piece.name.endswith("v0")


def test_a_score_gives_way_to_what_was_sung(made):
    by_name = {piece.name: piece for piece in load(made)[0]}
    assert by_name["pjs_sung_pjs001_v0"].notes[0, 2] == pytest.approx(57.0, abs=0.1)  # where 58 was written


def test_versions_differ_in_speed_and_room(made):
    by_name = {piece.name: piece for piece in load(made)[0]}
    plain, faster = by_name["solfege_sung_1_v0"], by_name["solfege_sung_1_v1"]
    ratio = len(plain.rows) / len(faster.rows)
    assert plain.notes[1, 0] / faster.notes[1, 0] == pytest.approx(ratio, rel=0.02)
    assert faster.notes[0, 2] - plain.notes[0, 2] == pytest.approx(12.0 * np.log2(ratio), abs=0.3)


def test_what_is_there_is_not_made_again_and_what_is_missing_is(singing, made, monkeypatch):
    before = {path.name: path.read_bytes() for path in made.glob("*.npz")}
    gone = made / "solfege_sung_1_v1.npz"
    gone.unlink()
    written: list[str] = []
    write_one = prepare._write

    def counted(path: Path, *rest) -> None:
        written.append(path.name)
        write_one(path, *rest)

    monkeypatch.setattr(prepare, "_write", counted)
    for job in jobs(singing, made, 2, 0.0):
        prepare._do(job)
    assert written == [gone.name]
    with np.load(made / gone.name) as again:
        assert again["rows"].shape[1] == WIDTH
    assert {path.name: path.read_bytes() for path in made.glob("*.npz")} == before  # chance hangs on the name alone


def test_processes_share_the_work_and_tell_how_much_is_done(singing, made):
    done = list(prepare.prepare(singing, made, 2, 0.0, 1))
    assert done == sorted(done)
    assert done[-1] == 1.0
    assert not list(made.glob("*.part"))


def test_made_sounds_come_in_all_kinds_and_plain_recordings_first(singing, tmp_path):
    todo = jobs(singing, tmp_path, 4, 40.0)
    names = [job.name for job in todo]
    assert {name.split("_")[1] for name in names if name.startswith("made")} == {"sung", "spoken", "quiet"}
    first = [job for job in todo if job.take is not None][:5]
    assert all(0 in job.versions for job in first)
    files = [f"{job.name}_v{version}" for job in todo for version in job.versions]
    assert len(files) == len(set(files))
    beside = {path.stem for job in todo for path in job.neighbours}
    assert beside == {"pjs001", "room_noise"}


@pytest.mark.parametrize("kind", ["sung", "spoken", "quiet"])
def test_made_sound_is_prepared_like_any_other(singing, tmp_path, monkeypatch, kind):
    if kind != "quiet" and ctypes.util.find_library("espeak-ng") is None:
        pytest.skip(skips.NO_ESPEAK.why)
    monkeypatch.setattr(prepare, "_PIECE_S", 2.0)
    job = prepare.Job(f"made_{kind}_0", None, (0,), tmp_path, jobs(singing, tmp_path, 0, 0.0)[0].neighbours)
    prepare._do(job)
    (piece,) = load(tmp_path)[0]
    assert len(piece.rows) >= 390
    assert (len(piece.notes) > 0) == (kind == "sung")
    assert np.isfinite(piece.rows).all()
