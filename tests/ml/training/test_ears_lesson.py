"""The lesson of the ears: batches that depend on their number alone, and networks that remember what they should."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ml.frames import HOP_S
from ml.learned.features import LONG_CLARITY_COLUMN, TOLD, WIDTH
from ml.learned.heads import OUTPUTS
from ml.training.ears.network import Ears, Hindsight, parameters_of
from ml.training.ears.targets import COLUMNS
from ml.training.ears.task import SHARES, Lesson, group_of, load
from tests.ml.training.ears_networks import piece, small_ears, small_hindsight
from tests.ml.training.toy import unlike

NAMES = [
    "solfege_sung_7_v0",
    "solfege_sung_8_v3",
    "pjs_sung_001_v2",
    "pjs_spoken_001_v0",
    "pjs_quiet_room_v1",
    "made_sung_0_v0",
    "made_quiet_4_v0",
]


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    learned = [piece(name, seed=place) for place, name in enumerate(NAMES)]
    return Lesson(learned, [piece("solfege_sung_30_v0", 300, seed=9)], hops=120, pieces=6)


def test_a_batch_depends_on_its_number_alone(lesson):
    first = lesson.batches(3, 7, 0, 1)
    lesson.batches(3, 8, 0, 1)
    assert unlike(first, lesson.batches(3, 7, 0, 1)) == []
    again = Lesson(lesson.learned, lesson.kept, hops=120, pieces=6)
    assert unlike(first, again.batches(3, 7, 0, 1)) == []


def test_other_numbers_seeds_and_ranks_give_other_batches(lesson):
    first = lesson.batches(3, 7, 0, 1)
    for other in (lesson.batches(3, 8, 0, 1), lesson.batches(4, 7, 0, 1), lesson.batches(3, 7, 1, 2)):
        assert not torch.equal(first.rows, other.rows)


def test_a_batch_has_the_shape_it_was_asked_for_and_leaves_the_pieces_as_they_were(lesson):
    before = [each.rows.copy() for each in lesson.learned]
    batch = lesson.batches(0, 0, 0, 1)
    assert batch.rows.shape == (6, 120, WIDTH)
    assert batch.right.shape == (6, 120, len(COLUMNS))
    assert batch.rows.dtype == batch.right.dtype == torch.float32
    assert torch.isfinite(batch.rows).all()
    assert all(np.array_equal(old, each.rows) for old, each in zip(before, lesson.learned, strict=True))


def test_each_group_is_drawn_as_often_as_its_share_says():
    marked = []
    for number, name in enumerate(NAMES):
        each = piece(name, 200)
        marked.append(each._replace(right=np.full_like(each.right, number)))
    lesson = Lesson(marked, [], hops=2, pieces=400)
    drawn = lesson.batches(0, 0, 0, 1).right[:, 0, -1].numpy().astype(int)
    wanted = {group: share for group, share in SHARES.items() if any(group_of(name) == group for name in NAMES)}
    for group, share in wanted.items():
        found = np.mean([group_of(NAMES[number]) == group for number in drawn])
        assert found == pytest.approx(share / sum(wanted.values()), abs=0.08)


def test_a_piece_too_short_for_a_batch_is_never_drawn():
    lesson = Lesson([piece("made_sung_0_v0", 300), piece("made_sung_1_v0", 100)], [], hops=120, pieces=50)
    assert lesson.batches(0, 0, 0, 1).rows.shape == (50, 120, WIDTH)


def test_the_fingerprint_is_of_what_is_learned(lesson):
    same = Lesson(lesson.learned, [], hops=120, pieces=6)
    assert same.fingerprint() == lesson.fingerprint()
    for other in (
        Lesson(lesson.learned[1:], [], hops=120, pieces=6),
        Lesson(lesson.learned, [], hops=121, pieces=6),
        Lesson(lesson.learned, [], hindsight=True, hops=120, pieces=6),
    ):
        assert other.fingerprint() != lesson.fingerprint()


@pytest.mark.parametrize("hindsight", [False, True])
def test_a_new_network_knows_how_rows_are_spread_and_loses_less_after_a_few_steps(lesson, hindsight):
    torch.manual_seed(0)
    lesson = Lesson(lesson.learned, lesson.kept, hindsight=hindsight, hops=120, pieces=6)
    network = lesson.model()
    rows = np.concatenate([each.rows[::29].astype(np.float32) for each in lesson.learned])
    assert network.mean.numpy() == pytest.approx(rows.mean(axis=0), abs=1e-5)
    batch = lesson.batches(0, 0, 0, 1)
    optimiser = torch.optim.Adam(network.parameters(), 3e-3)
    losses = []
    for _ in range(6):
        loss, parts = lesson.loss(network, batch)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]
    assert set(lesson.validate(network.eval())) == {"figure", *parts}


def test_the_ears_hear_the_same_hop_by_hop_and_all_at_once():
    network, rows = small_ears(), torch.randn(1, 60, WIDTH)
    with torch.no_grad():
        whole = network(rows, *network.silence(1))[0]
        state, said = network.silence(1), []
        for i in range(60):
            out, *state = network(rows[:, i : i + 1], *state)
            said.append(out)
    assert torch.allclose(torch.cat(said, 1), whole, atol=1e-5)


def test_the_ears_know_nothing_of_what_comes_later_and_hindsight_does():
    rows = torch.randn(1, 60, WIDTH)
    other = rows.clone()
    other[:, 40:] = 3.0
    live, hindsight = small_ears(), small_hindsight()
    with torch.no_grad():
        before, after = (live(each, *live.silence(1))[0] for each in (rows, other))
        assert torch.allclose(before[:, :40], after[:, :40], atol=1e-6)
        assert not torch.allclose(before[:, 40:], after[:, 40:], atol=1e-2)
        assert not torch.allclose(hindsight(rows)[:, :40], hindsight(other)[:, :40], atol=1e-4)


def test_the_networks_that_ship_are_small_enough_to_run_beside_a_daw():
    for network in (Ears(), Hindsight()):
        assert 50_000 < parameters_of(network) <= 300_000
    assert Ears()(torch.zeros(2, 3, WIDTH), *Ears().silence(2))[0].shape == (2, 3, OUTPUTS)
    assert Hindsight()(torch.zeros(2, 30, WIDTH)).shape == (2, 30, OUTPUTS)


def a_file(folder, name: str, hops: int = 150) -> None:
    chance = np.random.default_rng(1)
    np.savez(
        folder / f"{name}.npz",
        rows=chance.standard_normal((hops, WIDTH)).astype(np.float16),
        pitch=np.full(hops, 60, np.float32),
        clarity=np.full(hops, 0.9, np.float16),
        level_db=np.full(hops, -20, np.float16),
        notes=np.array([[0.1, 0.4, 61.0]]) if "sung" in name else np.zeros((0, 3)),
        beaten=np.zeros(0),
        now_s=0.006,
    )


def test_takes_to_judge_by_are_kept_out_of_the_lesson_in_every_version(tmp_path):
    for name in (
        "solfege_sung_30_v0",
        "solfege_sung_30_v1",
        "solfege_sung_3_v0",
        "solfege_sung_3_v2",
        "made_quiet_0_v0",
    ):
        a_file(tmp_path, name)
    learned, kept = load(tmp_path, judged=frozenset({"solfege_sung_30"}))
    assert [each.name for each in kept] == ["solfege_sung_30_v0"]
    assert [each.name for each in learned] == ["made_quiet_0_v0", "solfege_sung_3_v0", "solfege_sung_3_v2"]
    assert kept[0].told.shape == (150, 4)
    assert np.array_equal(kept[0].told[:, 3], kept[0].rows[:, LONG_CLARITY_COLUMN].astype(np.float32))
    assert kept[0].told.shape[1] <= TOLD


def test_a_corpus_that_is_kept_out_teaches_nothing_at_all(tmp_path):
    for name in ("pjs_sung_1_v0", "pjs_spoken_1_v0", "solfege_sung_3_v0"):
        a_file(tmp_path, name)
    learned, _ = load(tmp_path, without=frozenset({"pjs"}))
    assert [each.name for each in learned] == ["solfege_sung_3_v0"]


def test_what_was_prepared_comes_with_its_right_answers(tmp_path):
    a_file(tmp_path, "solfege_sung_3_v0")
    (only,), _ = load(tmp_path)
    right = dict(zip(COLUMNS, only.right.T, strict=True))
    at_s = only.now_s + HOP_S * np.arange(150)
    assert np.array_equal(right["sounds"] > 0, (at_s >= 0.1) & (at_s < 0.4))
    assert right["away_st"][right["sounds"] > 0] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("name", "group"), [("pjs_quiet_room_v0", "quiet"), ("made_quiet_1_v0", "quiet"), ("pjs_sung_1_v0", "pjs_sung")]
)
def test_all_quiet_is_one_group(name, group):
    assert group_of(name) == group
    assert group in SHARES
