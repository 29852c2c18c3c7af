"""From a network to what ships: the file says, hop by hop, what the network says; its card proves it."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
import torch

from ml.learned.ear import AFTER, STATES, Trained, tuning_of
from ml.learned.features import WIDTH
from ml.learned.heads import AGE, OUTPUTS, PITCH, SOUNDS
from ml.notes import Tuning
from ml.refine import Tuning as HindTuning
from ml.refine import tuning_of as hind_tuning_of
from ml.session import Network
from ml.training.ears.export import FLOAT16, FLOAT32, INT8, export, strays
from ml.training.ears.judge import chances_of
from ml.training.ears.network import Ears
from ml.training.ears.ship import ship
from models.cards import card
from tests.ml.training.ears_networks import small_ears, small_hindsight

FARTHEST = {FLOAT32: 1e-4, FLOAT16: 5e-3, INT8: 0.1}


@pytest.fixture(scope="module", params=[FLOAT32, FLOAT16, INT8])
def exported(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("ears") / f"{request.param}.onnx"
    network = small_ears()
    export(network, path, request.param)
    return network, path, request.param


def test_hop_by_hop_the_file_says_what_the_network_says(exported):
    network, path, precision = exported
    rows = torch.randn(1, 150, WIDTH, generator=torch.Generator().manual_seed(5)) * network.spread + network.mean
    with torch.no_grad():
        right = chances_of(network(rows, *network.silence(1))[0])
    opened = Network(path, states={name: name + AFTER for name in STATES})
    said = np.concatenate([opened.run(rows=rows[:, i : i + 1].numpy())["chances"] for i in range(150)], 1)
    assert np.abs(said - right).max() <= FARTHEST[precision]
    assert strays(network, path, hops=150) <= FARTHEST[precision]


def test_what_the_file_says_are_chances(exported):
    _, path, _ = exported
    opened = Network(path, states={name: name + AFTER for name in STATES})
    for row in np.random.default_rng(0).standard_normal((20, 1, 1, WIDTH)).astype(np.float32):
        said = opened.run(rows=row)["chances"][0, 0]
        assert said.shape == (OUTPUTS,)
        for head in (AGE, PITCH):
            assert float(said[head].sum()) == pytest.approx(1.0, abs=1e-4)
        assert ((said[SOUNDS:] >= 0.0) & (said[SOUNDS:] <= 1.0)).all()


def test_a_network_that_was_written_down_is_not_put_back_to_learning(exported):
    assert not any(part.training for part in exported[0].modules())


def test_a_reset_is_the_silence_before_the_first_hop(exported):
    _, path, _ = exported
    opened = Network(path, states={name: name + AFTER for name in STATES})
    row = np.ones((1, 1, WIDTH), np.float32)
    first = opened.run(rows=row)["chances"]
    assert not np.array_equal(opened.run(rows=row)["chances"], first)
    opened.reset()
    assert np.array_equal(opened.run(rows=row)["chances"], first)


def test_rounder_weights_make_smaller_files_and_stray_further(tmp_path):
    network = small_ears()
    sizes, away = [], []
    for precision in (FLOAT32, FLOAT16, INT8):
        path = tmp_path / f"{precision}.onnx"
        export(network, path, precision)
        sizes.append(path.stat().st_size)
        away.append(strays(network, path, hops=60))
    assert sizes == sorted(sizes, reverse=True)
    assert away == sorted(away)
    assert away[1] > 10 * away[0]


@pytest.mark.parametrize("precision", [FLOAT32, FLOAT16, INT8])
def test_hindsight_hears_takes_of_any_length(tmp_path, precision):
    network, path = small_hindsight(), tmp_path / "hindsight.onnx"
    export(network, path, precision)
    opened = Network(path)
    for hops in (1, 7, 130):
        rows = torch.randn(1, hops, WIDTH)
        with torch.no_grad():
            right = chances_of(network(rows))
        assert np.abs(opened.run(rows=rows.numpy())["chances"] - right).max() <= FARTHEST[precision]


def test_what_is_shipped_is_a_card_and_weights_that_the_ears_open(tmp_path):
    torch.manual_seed(2)
    network = Ears()
    path = ship(network, tmp_path, Tuning(likely=0.37), {"solfege_con": 0.5}, "a test")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["ears.json", "ears.onnx"]
    said = json.loads(path.read_text(encoding="utf-8"))
    assert said["sha256"] == hashlib.sha256((tmp_path / "ears.onnx").read_bytes()).hexdigest()
    assert said["precision"] == FLOAT16
    assert said["parity"][FLOAT32]["strays"] <= FARTHEST[FLOAT32]
    assert said["inputs"]["rows"]["shape"] == [1, 1, WIDTH]
    assert said["outputs"]["chances"]["shape"] == [1, 1, OUTPUTS]
    assert said["score"] == {"solfege_con": 0.5}
    described = card("ears", tmp_path)
    assert Trained(described).tuning == tuning_of(described) == Tuning(likely=0.37)


def test_hindsight_is_shipped_beside_the_ears(tmp_path):
    ship(small_hindsight(), tmp_path, HindTuning(apart_ms=70.0), {}, "a test", FLOAT32)
    described = card("hindsight", tmp_path)
    assert hind_tuning_of(described) == HindTuning(apart_ms=70.0)
    assert described.said["latency_frames"] is None  # it needs the whole take
    assert Network(described.path, sha256=described.sha256).inputs["rows"].shape == (1, None, WIDTH)
