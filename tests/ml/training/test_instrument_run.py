"""One command from recordings to an instrument: it may be stopped, and what it ships is what it learned."""

from __future__ import annotations

import hashlib
import json
import signal

import numpy as np
import pytest
import torch

from ml.training.checkpoint import read_weights
from ml.training.instrument import task
from ml.training.instrument.export import arrays, origin, weights_in, weights_of
from ml.training.instrument.network import Strings
from ml.training.instrument.parting import parted
from ml.training.instrument.run import Course, run
from ml.training.instrument.ship import STRAYS_AT_MOST, strays
from ml.training.progress import Progress, read
from realtime.dsp.strings.sizes import HALL_S, RATE_HZ
from score.errors import ModelError, UsageError
from tests.ml.training import bowed_tones as made

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]  # the bank and the brain are compiled first

SHORT = Course(first_steps=16, second_steps=6, first_lr=0.02, second_lr=0.01, validate_every=2)
NAMES = ("g3", "a3", "c4")  # the last is kept out, as the lottery says


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("oboe")
    for name, hertz in zip(NAMES, (196.0, 220.0, 261.63), strict=True):
        made.write(folder, f"{name}.wav", made.bowed(hertz, 0.6))
    return folder


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch):
    monkeypatch.setattr(task, "FRAMES_TOGETHER", 2)
    monkeypatch.setattr(task, "SOUNDS_TOGETHER", 1)


def train(recordings, folder, told=None, **options):
    course = options.pop("course", SHORT)
    report = told.append if isinstance(told, list) else told or (lambda progress: None)
    return run(recordings, folder, report, device="cpu", name="oboe", course=course, **options)


@pytest.fixture(scope="module")
def trained(recordings, tmp_path_factory):
    """A run that nobody stopped, and all it reported."""
    folder, told = tmp_path_factory.mktemp("run"), list[Progress]()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(task, "FRAMES_TOGETHER", 2)
        patched.setattr(task, "SOUNDS_TOGETHER", 1)
        result = train(recordings, folder, told)
    return folder, told, result


def test_the_figures_get_better_and_one_sees_what_is_going_on(trained):
    folder, told, result = trained
    assert result.ended == "steps" and result.steps == 6
    drawn, heard = (
        [each.validation["figure"] for each in read(folder / lesson) if each.validation]
        for lesson in ("first", "second")
    )
    assert len(drawn) == 8 and len(heard) == 3
    assert min(drawn[1:]) < drawn[0]
    assert result.figures["figure"] == min(heard)
    notes = [progress.note for progress in told if progress.note]
    assert f"'{notes[-4].split(chr(39))[1]}' teaches 2 recordings" in notes[-4]
    assert "1 are kept out" in notes[-4]
    assert notes[-3:] == [
        "Learning what to draw",
        "Learning by ear",
        "Judging it by the recordings that were kept out",
    ]


def test_what_ships_is_what_was_learned_with_a_card_that_proves_it(trained):
    folder, _, result = trained
    card = json.loads((folder / "models" / "oboe.json").read_text(encoding="utf-8"))
    weights = (folder / "models" / card["weights"]).read_bytes()
    assert card["sha256"] == hashlib.sha256(weights).hexdigest()
    assert card["kept_out"] == ["c4"]
    assert card["trained_by"].startswith("vocello train instrument FOLDER RUN --name oboe (seed 0")
    assert card["licence"] == "as its recordings"
    assert set(card["score"]["notes"]) == {"network", "frames played back", "physics alone"}
    played_back = card["score"]["notes"]["frames played back"]
    assert played_back["envelope_db"] < card["score"]["notes"]["physics alone"]["envelope_db"]
    assert played_back["loudness_db"] < 1.0 and played_back["top_octave_off_db"] < 3.0
    network = Strings()
    network.load_state_dict(read_weights(result.best_weights_path))
    assert strays(network.eval()) <= STRAYS_AT_MOST
    with np.load(folder / "models" / "oboe.npz") as file:
        assert all(np.array_equal(file[name], array) for name, array in arrays(parted(network)).items())


def test_a_run_that_was_stopped_in_both_lessons_ends_with_the_same_instrument(trained, recordings, tmp_path):
    stops = {"first": 4, "second": 2}

    def stopping(progress):
        for lesson, step in list(stops.items()):
            if progress.validation and progress.step == step and progress.steps == (16 if lesson == "first" else 6):
                del stops[lesson]
                signal.raise_signal(signal.SIGINT)

    ended = [train(recordings, tmp_path, stopping).ended for _ in range(3)]
    assert ended == ["interrupted", "interrupted", "steps"]
    folder = trained[0]
    for name in ("oboe.npz", "oboe.json"):
        assert (tmp_path / "models" / name).read_bytes() == (folder / "models" / name).read_bytes()


def test_a_finished_run_is_found_finished(trained, recordings):
    folder, _, result = trained
    before = (folder / "models" / "oboe.npz").read_bytes()
    assert train(recordings, folder).figures == result.figures
    assert (folder / "models" / "oboe.npz").read_bytes() == before


def test_an_instrument_may_begin_with_another(trained, recordings, tmp_path):
    course = Course(first_steps=1, second_steps=1, first_lr=1e-9, second_lr=1e-9, validate_every=1)
    result = train(recordings, tmp_path, begin=str(trained[0]), course=course)
    with np.load(origin(str(trained[0]))) as file:
        before = {name: file[name] for name in file.files}
    now = Strings()
    now.load_state_dict(read_weights(result.best_weights_path))
    for name, array in arrays(now).items():
        assert np.allclose(array, before[name], atol=1e-5), name
    card = json.loads((tmp_path / "models" / "oboe.json").read_text(encoding="utf-8"))
    assert f"--from {trained[0]}" in card["trained_by"]


def test_a_training_stops_when_it_gets_no_better(recordings, tmp_path):
    course = Course(first_steps=50, second_steps=1, first_lr=1e-12, validate_every=1, patience=3)
    train(recordings, tmp_path, course=course)
    assert read(tmp_path / "first")[-1].step < 20


def test_weights_are_the_same_after_a_journey_through_plain_arrays():
    torch.manual_seed(0)
    network = Strings(2)
    with torch.no_grad():
        network.body.normal_()
        network.hall.normal_()
    back = Strings(1)
    back.load_state_dict(weights_of(arrays(network, source=1)))
    again = arrays(back)
    for name, array in arrays(network, source=1).items():
        assert np.allclose(again[name], array, rtol=1e-5, atol=1e-7), name


def test_the_shipped_cello_can_be_begun_with():
    network = Strings(1)
    network.load_state_dict(weights_in(origin("cello")))
    assert strays(network.eval()) <= STRAYS_AT_MOST
    assert network.answers().shape == (1, int(HALL_S * RATE_HZ))


def test_what_is_no_instrument_is_refused_in_words(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "letter.npz").write_text("no instrument")
    np.savez(tmp_path / "half.npz", in_weight=np.zeros((11, 192), np.float32))
    told = arrays(Strings())
    del told["hall"]
    np.savez(tmp_path / "roomless.npz", **told)  # type: ignore[arg-type]
    for begin, error, words in (
        (tmp_path / "run", UsageError, "no finished instruments"),
        ("kazoo", UsageError, "no instrument 'kazoo' to begin with.*--from cello"),
    ):
        with pytest.raises(error, match=words):
            origin(str(begin))
    for name, words in (("letter", "holds no instrument"), ("half", "no array 'in_bias'"), ("roomless", "hall has 0")):
        with pytest.raises(ModelError, match=words):
            weights_in(tmp_path / f"{name}.npz")


@pytest.mark.parametrize("name", ["", "../oboe", "Oboe", "o b", "-o", "o" * 41])
def test_a_name_that_could_not_be_a_files_is_refused_before_anything_is_read(tmp_path, name):
    with pytest.raises(UsageError, match="--name oboe"):
        run(tmp_path, tmp_path / "run", lambda progress: None, name=name)
    assert list(tmp_path.iterdir()) == []
