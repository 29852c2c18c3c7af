"""What was learned, put into a state; and what plays where nothing was."""

from __future__ import annotations

import hashlib
import json
import shutil
from itertools import pairwise

import numpy as np
import pytest

import realtime.dsp.cello
from models.cards import FOLDER
from realtime.dsp.cello import cello
from realtime.dsp.strings.instrument import INSTRUMENTS, OWN, at_rate, furnish, in_stereo, missing, plain_hall, read
from score.errors import ModelError
from tests.realtime.dsp.strings.cello_playing import fresh, heard, note

SCORE = [*note(0.05, 0.4, 48), *note(0.3, 0.6, 50)]


def test_a_folder_without_models_is_named_as_missing_all(tmp_path):
    told = missing(tmp_path)
    assert set(told) == set(INSTRUMENTS[:OWN])
    assert all(name in why for name, why in told.items())


def test_without_weights_the_plain_string_plays_and_the_reason_is_told(tmp_path, monkeypatch):
    told: dict[str, str] = {}
    monkeypatch.setattr(realtime.dsp.cello, "furnish", lambda s, rate: told.update(furnish(s, rate, tmp_path)))
    state = cello.new_state(48_000.0)
    assert set(told) == set(INSTRUMENTS[:OWN]) and not state["minds"]["learned"].any()
    neural, plain = heard(SCORE, 1.0, state=state.copy()), state.copy()
    plain["model"] = 0.0
    np.testing.assert_array_equal(neural, heard(SCORE, 1.0, state=plain))
    assert np.abs(neural).max() > 0.01


@pytest.mark.parametrize("name", INSTRUMENTS[:OWN])
def test_what_ships_fits_its_card_and_the_card_says_what_it_is_made_of(name):
    said = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert said["weights"] == f"{name}.npz" and said["name"] == name
    assert set(read(name)) > {"in_weight", "out_bias", "body", "hall"}
    assert all(each["name"] and each["licence"] and each["fetch"] for each in said["data"])
    assert said["licence"] and said["trained_by"] and said["score"]["notes"]["network"]["envelope_db"] > 0.0
    assert max(said["parity"].values()) <= 1e-4


@pytest.mark.parametrize("harm", ("cut short", "changed", "empty", "no archive", "other arrays"))
def test_damaged_weights_are_refused_in_plain_words_and_harm_nothing(tmp_path, harm):
    if "cello" in missing():
        np.savez(tmp_path / "cello.npz", hall=np.zeros(10, np.float32))
    else:
        shutil.copy(FOLDER / "cello.npz", tmp_path)
    whole = (tmp_path / "cello.npz").read_bytes()
    broken = {
        "cut short": whole[: len(whole) // 2],
        "changed": whole[:100] + bytes([whole[100] ^ 1]) + whole[101:],
        "empty": b"",
        "no archive": b"RIFF" * 100,
    }.get(harm, b"")
    if harm == "other arrays":
        np.savez(tmp_path / "cello.npz", hall=np.zeros(10, np.float32), in_weight=np.zeros((3, 3), np.float32))
        broken = (tmp_path / "cello.npz").read_bytes()
    (tmp_path / "cello.npz").write_bytes(broken)
    write_card(tmp_path, honest=harm != "changed")
    state = fresh()
    state["minds"]["learned"] = 0
    told = furnish(state[0], 48_000.0, tmp_path)
    assert "cello" in told and len(told["cello"]) > 20
    assert not state["minds"]["learned"].any()
    assert np.isfinite(heard(SCORE, 0.7, state=state)).all()


def write_card(folder, *, honest: bool) -> None:
    """A card for what lies there: with its own hash, or with that of another file."""
    data = (folder / "cello.npz").read_bytes()
    told = {"name": "cello", "version": "1", "task": "a string", "weights": "cello.npz", "licence": "CC0-1.0"}
    if (FOLDER / "cello.json").exists():
        told = json.loads((FOLDER / "cello.json").read_text(encoding="utf-8"))
    told["sha256"] = hashlib.sha256(data if honest else b"other").hexdigest()
    (folder / "cello.json").write_text(json.dumps(told), encoding="utf-8")


def test_an_instrument_that_is_not_there_is_an_error_to_whoever_asks_for_it(tmp_path):
    with pytest.raises(ModelError):
        read("cello", tmp_path)


def test_a_hall_keeps_its_spectrum_at_every_rate():
    random = np.random.default_rng(3)
    taps = random.normal(size=4_800) * np.exp(-np.arange(4_800) / 900.0)
    assert np.array_equal(at_rate(taps, 48_000.0), taps)
    for rate in (44_100.0, 96_000.0):
        fitted = at_rate(taps, rate)
        assert len(fitted) == round(4_800 * rate / 48_000)
        for hertz in (100.0, 1_000.0, 9_000.0):
            before = np.abs(np.sum(taps * np.exp(-2j * np.pi * hertz * np.arange(len(taps)) / 48_000.0)))
            after = np.abs(np.sum(fitted * np.exp(-2j * np.pi * hertz * np.arange(len(fitted)) / rate)))
            assert after == pytest.approx(before, rel=0.1)


@pytest.mark.parametrize("rate", (44_100.0, 48_000.0, 96_000.0))
def test_a_hall_that_nobody_recorded_is_softer_than_the_string_and_dies_away(rate):
    taps = plain_hall(rate)
    power = taps**2
    assert 0.01 < power.sum() < 0.3
    quarters = [part.sum() for part in np.array_split(power, 4)]
    assert all(before > 4.0 * later > 0.0 for before, later in pairwise(quarters))
    assert taps[0] == 0.0 and abs(taps[-1]) < 1e-6


def test_left_and_right_of_a_hall_mean_what_was_recorded_and_share_their_beginning():
    random = np.random.default_rng(3)
    taps = random.normal(size=9_600) * np.exp(-np.arange(9_600) / 2_000.0)
    left, right = in_stereo(taps, 48_000.0)
    np.testing.assert_allclose(0.5 * (left + right), taps, atol=1e-12)
    np.testing.assert_array_equal(left[:576], right[:576])
    assert np.abs(np.corrcoef(left[1_000:], right[1_000:])[0, 1]) < 0.8
