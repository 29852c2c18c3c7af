"""What is drawn for a lesson: the same singing at another tempo and elsewhere, with onsets as old as they sound."""

from __future__ import annotations

import numpy as np
import pytest

from ml.frames import HOP_S
from ml.learned.features import MEMORY, WIDTH
from ml.learned.spectrum import BANDS
from ml.training.ears.disguise import FASTEST, SLOWEST, longest, stretch
from ml.training.ears.targets import COLUMNS, NO_ONSET

HOPS, LENGTH, ONSET = 200, 600, 300
HOP_MS = 1e3 * HOP_S
TIME = BANDS  # a column that no disguise touches: here it says which row it was
AGE = 0


@pytest.fixture(scope="module")
def drawn() -> list[tuple[np.ndarray, np.ndarray]]:
    rows = np.zeros((LENGTH, WIDTH), np.float16)
    rows[:, TIME] = np.arange(LENGTH)
    right = np.zeros((LENGTH, len(COLUMNS)), np.float32)
    right[:, AGE] = HOP_MS * (np.arange(LENGTH) - ONSET)
    right[:20, AGE] = right[-20:, AGE] = NO_ONSET
    return [stretch(rows, right, 150, HOPS, np.random.default_rng(seed)) for seed in range(60)]


def test_an_onset_is_as_old_as_it_sounds_at_every_tempo(drawn):
    tempos = []
    for rows, right in drawn:
        tempo = float(np.polyfit(np.arange(HOPS), rows[:, TIME], 1)[0])
        tempos.append(tempo)
        aged = HOP_MS * (rows[:, TIME] - ONSET) / tempo
        assert right[:, AGE] == pytest.approx(aged, abs=2.0)  # as finely as half a number of 16 bits tells the row
    assert SLOWEST - 0.01 <= min(tempos) < 0.9
    assert 1.1 < max(tempos) <= FASTEST + 0.01
    assert sum(abs(tempo - 1.0) < 1e-3 for tempo in tempos) > 10  # many are sung as they were


def test_where_no_onset_is_near_none_comes_near():
    rows, right = np.zeros((LENGTH, WIDTH), np.float16), np.zeros((LENGTH, len(COLUMNS)), np.float32)
    right[:, AGE] = NO_ONSET
    for seed in range(20):
        assert (stretch(rows, right, 100, HOPS, np.random.default_rng(seed))[1][:, AGE] == NO_ONSET).all()


def test_the_longest_stretch_is_never_longer_than_promised(drawn):
    assert max(rows[-1, TIME] for rows, _ in drawn) <= 150 + longest(HOPS)


def test_only_bands_and_memory_are_coloured():
    rows = np.random.default_rng(0).normal(size=(LENGTH, WIDTH)).astype(np.float16)
    right = np.zeros((LENGTH, len(COLUMNS)), np.float32)
    for seed in range(30):
        seen, _ = stretch(rows, right, 0, HOPS, np.random.default_rng(seed))
        assert np.isfinite(seen).all()
        untouched = seen[:, BANDS : WIDTH - MEMORY]
        assert np.abs(untouched).max() <= np.abs(rows[:, BANDS : WIDTH - MEMORY].astype(np.float32)).max()
        assert not np.allclose(seen[:, :BANDS], rows[:HOPS, :BANDS].astype(np.float32))


def test_a_noisy_room_raises_what_is_faint_and_leaves_what_is_loud():
    rows = np.full((LENGTH, WIDTH), -8.0, np.float16)
    rows[:, : BANDS // 2] = 0.0
    right = np.zeros((LENGTH, len(COLUMNS)), np.float32)
    seen = [stretch(rows, right, 0, HOPS, np.random.default_rng(seed))[0] for seed in range(60)]
    faint = [float(np.median(each[:, BANDS // 2 + 6 : BANDS])) for each in seen]
    loud = [float(np.median(each[:, : BANDS // 2 - 6])) for each in seen]
    assert max(faint) > -5.0 and min(faint) < -7.0
    assert all(abs(each) < 2.0 for each in loud)
