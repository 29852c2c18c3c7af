"""The two lessons of an instrument: batches that depend on their number alone, and losses that fall."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ml.training.instrument import task
from ml.training.instrument.analysis import HOP
from ml.training.instrument.corpus import Sounds
from ml.training.instrument.export import arrays, weights_of
from ml.training.instrument.network import Strings
from ml.training.instrument.task import FRAMES, SOUND_FRAMES, Lesson, adopt
from realtime.dsp.strings.sizes import BANDS, HARMONICS
from tests.ml.training import bowed_tones as made
from tests.ml.training.toy import unlike

TAKES = (
    (0, made.take("long", 500, 196.0, 1)),
    (0, made.take("short", 170, 98.0, 2)),  # shorter than any batch's pieces
    (1, made.take("other room", 400, 330.0, 3)),
)
SOUNDS = Sounds(("hall", "room"), TAKES, ((0, made.take("kept", 200, 147.0, 4)),))


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch):
    monkeypatch.setattr(task, "FRAMES_TOGETHER", 4)
    monkeypatch.setattr(task, "SOUNDS_TOGETHER", 2)


@pytest.mark.parametrize("by_sound", [False, True])
def test_a_batch_depends_on_its_number_alone(by_sound):
    lesson = Lesson(SOUNDS, by_sound)
    first = lesson.batches(3, 7, 0, 1)
    lesson.batches(3, 8, 0, 1)
    assert unlike(tuple(first), tuple(lesson.batches(3, 7, 0, 1))) == []
    assert unlike(tuple(first), tuple(Lesson(SOUNDS, by_sound).batches(3, 7, 0, 1))) == []
    for other in (lesson.batches(3, 8, 0, 1), lesson.batches(4, 7, 0, 1), lesson.batches(3, 7, 1, 2)):
        assert not torch.equal(first.loudness_db, other.loudness_db)


def test_the_first_lesson_shows_frames_and_the_second_sound():
    frames = Lesson(SOUNDS, False).batches(0, 0, 0, 1)
    assert frames.hertz.shape == frames.loudness_db.shape == (4, FRAMES)
    assert frames.harmonics.shape == (4, FRAMES, HARMONICS) and frames.noise.shape == (4, FRAMES, BANDS)
    sound = Lesson(SOUNDS, True).batches(0, 0, 0, 1)
    assert sound.hertz.shape == (2, SOUND_FRAMES)
    assert sound.sound.shape == (2, (SOUND_FRAMES - 1) * HOP)
    assert sound.sound.dtype == frames.noise.dtype == frames.hertz.dtype == torch.float32


@pytest.mark.parametrize("by_sound", [False, True])
def test_a_take_shorter_than_a_batch_is_followed_by_silence(by_sound):
    short = Sounds(("hall",), (TAKES[1],), SOUNDS.kept)
    lesson = Lesson(short, by_sound)
    batch = lesson.batches(0, 0, 0, 1)
    assert (batch.loudness_db[:, 170:] == -90.0).all()
    assert (batch.loudness_db[:, :170] > -40.0).all()
    if by_sound:
        assert not batch.sound[:, 170 * HOP :].any() and batch.sound[:, : 169 * HOP].any()
    assert torch.isfinite(lesson.loss(lesson.model(), batch)[0])


def test_a_piece_is_as_loud_as_the_network_is_told_and_its_sines_stand_where_the_recordings_do():
    lesson = Lesson(Sounds(("hall",), (TAKES[0],), SOUNDS.kept), True)
    take = TAKES[0][1]
    for step in range(4):
        batch = lesson.batches(0, step, 0, 1)
        for piece in range(2):
            assert (batch.hertz[piece] == 196.0).all()
            told_db = batch.loudness_db[piece].numpy()
            places = [
                at
                for at in range(len(take) - SOUND_FRAMES + 1)
                if np.ptp(told_db - take.loudness_db[at : at + SOUND_FRAMES]) < 1e-4
            ]
            (at,) = places
            gain = 10.0 ** ((told_db[0] - take.loudness_db[at]) / 20.0)
            right = gain * take.sound[at * HOP :][: (SOUND_FRAMES - 1) * HOP]
            assert np.allclose(batch.sound[piece].numpy(), right, atol=1e-6)


def test_a_new_network_begins_with_the_mean_sound_of_the_recordings():
    lesson = Lesson(SOUNDS, False)
    network = lesson.model().eval()
    batch = lesson.batches(0, 0, 0, 1)
    blank = Strings(2).eval()
    with torch.no_grad():
        assert lesson.loss(network, batch)[0] < 0.7 * lesson.loss(blank, batch)[0]


@pytest.mark.parametrize(("by_sound", "steps"), [(False, 8), (True, 4)])
def test_a_few_steps_bring_it_nearer(by_sound, steps):
    torch.manual_seed(0)
    lesson = Lesson(SOUNDS, by_sound)
    network, batch = lesson.model(), lesson.batches(0, 0, 0, 1)
    before = lesson.validate(network.eval())
    optimiser = torch.optim.Adam(network.train().parameters(), 2e-3)
    losses = []
    for _ in range(steps):
        loss, parts = lesson.loss(network, batch)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]
    assert all(np.isfinite(value) for value in parts.values())
    after = lesson.validate(network.eval())
    assert after["figure"] < before["figure"]
    assert after.keys() == before.keys()


def test_the_second_lesson_teaches_the_hall_and_the_wood_too():
    lesson = Lesson(SOUNDS, True)
    network = lesson.model()
    lesson.loss(network, lesson.batches(0, 0, 0, 1))[0].backward()
    gradients = {name: each.grad for name, each in network.named_parameters()}
    assert all(each is not None and torch.isfinite(each).all() for each in gradients.values())
    assert all(np.asarray(gradients[name]).any() for name in ("hall", "body"))


def test_a_lesson_is_known_by_what_is_learned_how_and_from_where(tmp_path):
    lesson = Lesson(SOUNDS, False)
    assert lesson.fingerprint() == Lesson(SOUNDS, False).fingerprint()
    begin = tmp_path / "begin.npz"
    np.savez(begin, **arrays(Strings()))  # type: ignore[arg-type]
    fewer = Sounds(SOUNDS.corpora, TAKES[:2], SOUNDS.kept)
    others = [Lesson(SOUNDS, True), Lesson(fewer, False), Lesson(SOUNDS, False, begin)]
    assert len({each.fingerprint() for each in (lesson, *others)}) == 4


def test_an_instrument_begins_with_another_one_as_its_first_room_sounded():
    torch.manual_seed(1)
    cello = Strings(2)
    with torch.no_grad():
        cello.hall.normal_(std=0.01)
        cello.body.normal_()
    violin = Strings(3)
    adopt(violin, weights_of(arrays(cello)))
    hertz, loudness = torch.rand(1, 40) * 300.0 + 100.0, -40.0 * torch.rand(1, 40)
    dry = torch.randn(1, 2_000)
    with torch.no_grad():
        right = cello(hertz, loudness, torch.tensor([0]))
        wet = cello.in_hall(dry, torch.tensor([0]))
        for room in range(3):
            source = torch.tensor([room])
            for made_now, wanted in zip(violin(hertz, loudness, source), right, strict=True):
                assert torch.allclose(made_now, wanted, rtol=1e-4, atol=1e-6)
            assert torch.allclose(violin.in_hall(dry, source), wet, atol=1e-5)


def test_a_training_of_the_same_rooms_is_taken_over_room_by_room():
    torch.manual_seed(2)
    first, second = Strings(2), Strings(2)
    with torch.no_grad():
        first.body.normal_()
    adopt(second, first.state_dict())
    assert unlike(first.state_dict(), second.state_dict()) == []
