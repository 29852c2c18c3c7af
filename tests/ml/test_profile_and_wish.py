"""What is asked of the ears and what they know of a voice: plain values that survive a file and a pipe."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ml.profile import Profile, load_profile, save_profile
from ml.shaping.shape import Mode, Shape
from ml.wish import Hearing, Quantise
from score.errors import SettingsError, VocelloError

HEARINGS = [
    Hearing(),
    Hearing(rules=True, pitch="crepe", drums=True, channel=15, bend_range_st=12.0),
    Hearing(profile=Profile(gate_db=-48.5, lowest_midi=40.0, highest_midi=70.0, loudest_db=-9.0, patience=2.0)),
    Hearing(shape=Shape.parse(scale="Bb dorian", octave=-1, hold=True, lowest="C3", outside="leave out")),
    Hearing(shape=Shape.parse(scale="F# 0 1 4 6", vibrato=0.25)),
    Hearing(shape=Shape.parse(chord="0 7 12", transpose_st=5)),
    Hearing(shape=Shape.parse(chord="seventh", scale="auto", portamento=False)),
    Hearing(quantise=Quantise("1/16", 0.8, 0.66)),
    Hearing(quantise=Quantise("1/8T", bpm=96.0)),
]


@pytest.mark.parametrize("hearing", HEARINGS)
def test_what_is_asked_of_the_ears_survives_a_pipe(hearing: Hearing) -> None:
    assert Hearing.from_json(json.loads(json.dumps(hearing.to_json()))) == hearing


def test_what_is_not_told_is_as_it_stands() -> None:
    assert Hearing.from_json({}) == Hearing()
    assert Hearing.from_json({"shape": {"mode": "semitone"}}).shape == Shape(mode=Mode.SEMITONE)


@pytest.mark.parametrize(
    "told",
    [
        {"pitch": "guess"},
        {"channel": 16},
        {"bend_range_st": float("nan")},
        {"shape": {"mode": "loud"}},
        {"shape": {"colour": 1}},
        {"shape": 3},
        {"scale": "C"},
        {"quantise": {"division": "1/7"}},
        {"quantise": {"strength": 2.0}},
        {"quantise": {"bpm": 3000.0}},
        {"profile": {"gate_db": "low"}},
        {"profile": {"lowest_midi": 60.0, "highest_midi": 61.0}},
    ],
)
def test_what_ears_cannot_do_is_an_error_that_a_user_can_read(told: dict[str, object]) -> None:
    with pytest.raises(VocelloError):
        Hearing.from_json(told)


def test_a_voice_that_was_kept_is_the_same_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "voice.json"
    assert load_profile(path) is None
    profile = Profile(gate_db=-52.0, lowest_midi=45.0, highest_midi=76.0, loudest_db=-8.0, tuning_cents=-14.0)
    assert save_profile(profile, path) == path
    assert load_profile(path) == profile
    save_profile(Profile(), path)
    assert load_profile(path) == Profile()
    assert [each.name for each in path.parent.iterdir()] == ["voice.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"version": 2, "voice": {}}',
        '{"version": 1}',
        '{"version": 1, "voice": {"gate_db": 1e9}}',
        '{"version": 1, "voice": {"gate_db": NaN}}',
        '{"version": 1, "voice": {"gate_db": null}}',
        '{"version": 1, "voice": {"colour": "red"}}',
    ],
)
def test_a_damaged_file_says_how_to_go_on_without_it(text: str, tmp_path: Path) -> None:
    path = tmp_path / "voice.json"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"--no-profile|vocello calibrate"):
        load_profile(path)
