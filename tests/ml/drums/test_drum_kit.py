"""A kit learns a sound from three examples, keeps it, and says why when it cannot."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ml.drums.example import cut_hits
from ml.drums.kit import Kit
from ml.drums.kit_file import FACTORY_PATH, kit_path, read_factory
from ml.drums.mouth import Mouth
from score.errors import ModelError, UsageError
from tests.ml.drums.mouths import RATE, at_16_khz, beat, examples, mouth, struck, tongue_pop

POP = Mouth("pop", tongue_pop)


@pytest.fixture(scope="module")
def taught() -> Kit:
    return Kit.factory().teach("Pop", None, examples(POP))


def test_three_examples_teach_a_sound_and_the_next_free_key(taught):
    chance = np.random.default_rng(21)
    assert taught.find("pop").key == 39
    heard = struck(beat(*(POP.strike(chance) for _ in range(10))), taught)
    assert heard.count(39) >= 9


def test_what_the_factory_knew_is_known_as_before(taught):
    chance = np.random.default_rng(22)
    for kind in ("kick", "snare", "closed hat"):
        for seed in range(6):
            sound = beat(*(mouth(kind, seed).strike(chance) for _ in range(2)))
            assert struck(sound, taught) == struck(sound)


def test_a_kit_never_changes_by_itself(taught):
    assert Kit.factory().find("pop") is None
    again = taught.teach("pop", 50, examples(POP, seed=9))
    assert (again.find("pop").key, taught.find("pop").key) == (50, 39)
    assert len(again.sounds) == len(taught.sounds)


def test_ones_own_way_with_a_drum_of_the_factory_counts_for_more():
    mine = Kit.factory().teach("kick", None, examples(mouth("kick", 31)))
    assert (kick := mine.find("kick")) is not None and kick.key == 36
    chance = np.random.default_rng(23)
    assert struck(beat(*(mouth("kick", 31).strike(chance) for _ in range(6))), mine) == [36] * 6


def test_what_was_taught_is_kept(taught, tmp_path):
    path = tmp_path / "new folder" / "drums.json"
    taught.save(path)
    loaded = Kit.load(path)
    assert loaded.sounds == taught.sounds
    sound = beat(*(POP.strike(np.random.default_rng(24)) for _ in range(3)))
    assert struck(sound, loaded) == struck(sound, taught)


def test_where_nothing_was_taught_there_is_the_factory(tmp_path):
    assert Kit.load(tmp_path / "none.json").sounds == Kit.factory().sounds
    assert kit_path().name == "drums.json"


def test_forgetting_brings_back_what_was_before(taught):
    assert taught.forget("pop").find("pop") is None
    mine = Kit.factory().teach("kick", 35, examples(mouth("kick", 31)))
    assert mine.forget("kick").find("kick") == Kit.factory().find("kick")
    for name in ("rim", "kick"):
        with pytest.raises(UsageError, match="'pop'"):
            taught.forget(name)


def test_an_example_without_a_hit_is_named():
    heard = examples(POP)
    heard[1] = np.zeros(8_000, np.float32)
    with pytest.raises(ModelError, match="example 2 of 'pop' holds no hit"):
        Kit.factory().teach("pop", None, heard)


def test_an_example_unlike_the_others_is_named():
    heard = [*examples(POP, 3), *examples(mouth("closed hat", 3), 1)]
    with pytest.raises(ModelError, match="example 4 of 'pop' sounds unlike"):
        Kit.factory().teach("pop", None, heard)


def test_a_sound_too_like_another_is_refused_by_name(taught):
    with pytest.raises(ModelError, match="too much like 'pop'"):
        taught.teach("plop", None, examples(POP, seed=5))


def test_too_few_examples_are_refused():
    with pytest.raises(ModelError, match="2 examples"):
        Kit.factory().teach("pop", None, examples(POP, 2))


def test_an_open_hat_must_be_held():
    with pytest.raises(ModelError, match="Hold the hiss longer"):
        Kit.factory().teach("open hat", None, examples(mouth("closed hat", 3)))
    mine = Kit.factory().teach("open hat", None, examples(mouth("open hat", 3)))
    assert (hat := mine.find("open hat")) is not None and hat.key == 46


@pytest.mark.parametrize(("name", "key"), [("", 39), ("no drum", 39), ("x" * 41, 39), ("pop", 128), ("pop", -1)])
def test_names_and_keys_that_cannot_be_are_refused(name, key):
    with pytest.raises(UsageError):
        Kit.factory().teach(name, key, examples(POP))


def test_the_keys_of_a_kit_come_to_an_end_with_an_error(taught):
    pops = taught.find("pop").examples
    full = taught
    for number in range(15):
        free = full._free_key()
        full = Kit(full.known, (*full.sounds, type(full.sounds[0])(f"sound {number}", free, pops)))
    with pytest.raises(ModelError, match="--key"):
        full._free_key()


def test_a_recording_is_cut_into_its_hits():
    chance = np.random.default_rng(25)
    recording = at_16_khz(beat(*(POP.strike(chance) for _ in range(5))))
    pieces = cut_hits(recording)
    assert len(pieces) == 5
    assert Kit.factory().teach("pop", None, pieces).find("pop") is not None
    assert cut_hits(np.zeros(RATE, np.float32)) == []


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"[" * 100_000,
        b'{"version": 1, "shape": 1}',
        b'{"version": 1, "shape": 1, "sounds": [{"name": "pop", "key": 39, "examples": [[1, 2]]}]}',
        b'{"version": 1, "shape": 1, "sounds": [{"name": "pop", "key": 390, "examples": []}]}',
        b'{"version": 1, "shape": 1, "sounds": [{"name": 7}]}',
        b'{"version": 99, "shape": 1, "sounds": []}',
    ],
)
def test_a_damaged_kit_says_what_to_type(damage, tmp_path):
    path = tmp_path / "drums.json"
    path.write_bytes(damage)
    with pytest.raises(ModelError, match="mv"):
        Kit.load(path)


def test_numbers_out_of_reach_in_a_kit_are_refused(taught, tmp_path):
    path = tmp_path / "drums.json"
    taught.save(path)
    for bad in ("NaN", "Infinity", "1e9"):
        raw = json.loads(path.read_text())
        raw["sounds"][0]["examples"][0][0] = float(bad)
        (tmp_path / "bad.json").write_text(json.dumps(raw))
        with pytest.raises(ModelError, match="damaged"):
            Kit.load(tmp_path / "bad.json")


def test_a_factory_file_that_was_touched_is_refused(tmp_path):
    path = tmp_path / "factory.json"
    text = FACTORY_PATH.read_text()
    for changed in (text.replace('"farthest": ', '"farthest": 1'), text[: len(text) // 2], "{}"):
        path.write_text(changed)
        with pytest.raises(ModelError, match=r"ml\.drums\.factory"):
            read_factory(path)
    path.write_text(text)
    assert read_factory(path).farthest > 0.0
