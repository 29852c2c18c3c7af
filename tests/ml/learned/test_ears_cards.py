"""Weights and their cards: what ships is whole, and what is missing or damaged is refused in words."""

from __future__ import annotations

import hashlib
import json

import pytest

from models.cards import FOLDER, card
from score.errors import ModelError

SAID = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}
CARDS = [name for name, said in SAID.items() if str(said.get("weights", "")).endswith(".onnx")]
PROVED = (
    "licence",
    "sha256",
    "rate_hz",
    "hop_frames",
    "parameters",
    "precision",
    "inputs",
    "outputs",
    "data",
    "tuning",
)


def test_the_ears_ship_with_the_program():
    assert "ears" in CARDS


@pytest.mark.parametrize("name", CARDS)
def test_a_shipped_card_fits_its_weights_and_says_what_they_are_made_of(name):
    described = card(name)
    assert described.path.parent == FOLDER
    assert hashlib.sha256(described.path.read_bytes()).hexdigest() == described.sha256
    assert set(described.said) >= set(PROVED)
    assert described.said["name"] == name
    assert described.said["parameters"] <= 300_000
    assert all(each["name"] and each["licence"] and each["fetch"] for each in described.said["data"])
    assert described.part("parity")["float32"]["strays"] <= 1e-4


@pytest.mark.parametrize("name", CARDS)
def test_the_weights_that_ship_are_as_many_bytes_as_their_card_says(name):
    described = card(name)
    assert described.path.stat().st_size == described.part("parity")[described.said["precision"]]["bytes"]


def test_a_card_is_read_from_any_folder(tmp_path):
    (tmp_path / "toy.json").write_text(json.dumps({"weights": "toy.onnx", "sha256": "ab", "tuning": {"likely": 0.5}}))
    described = card("toy", tmp_path)
    assert described.path == tmp_path / "toy.onnx"
    assert described.sha256 == "ab"
    assert described.part("tuning") == {"likely": 0.5}
    assert described.part("weights") == described.part("elsewhere") == {}


def test_a_model_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(ModelError, match="there is no model 'ears'") as error:
        card("ears", tmp_path)
    assert "Install" in str(error.value)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", '{"weights": "a.onnx"}', '{"sha256": "00"}', "null", '"ears"', "\ud800"],
    ids=["empty", "cut off", "a list", "a number", "no hash", "no weights", "null", "a word", "no text"],
)
def test_a_damaged_card_is_refused_in_words(tmp_path, text):
    (tmp_path / "ears.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ModelError, match="cannot be read"):
        card("ears", tmp_path)


def test_a_folder_in_the_place_of_a_card_is_refused_in_words(tmp_path):
    (tmp_path / "ears.json").mkdir()
    with pytest.raises(ModelError, match="cannot be read"):
        card("ears", tmp_path)
