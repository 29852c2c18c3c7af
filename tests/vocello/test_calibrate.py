"""`vocello calibrate`: a made-up singer in a made-up room, whose figures are known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ml.calibration import HIGH, LOW, SILENCE, STEADY, STEPS, TRIES, Calibration
from ml.profile import Profile, load_profile
from realtime.device.sound_file import write_sound
from realtime.device.wish import Wish
from score.errors import SettingsError, UsageError
from tests.ml.voices import RATE, Sound, sung
from vocello.commands import calibrate as command
from vocello.commands.calibrate import calibrate

ROOM_DB = -65.0
LOWEST, HIGHEST, MIDDLE = 48.0, 72.0, 60.12


def silence(length_s: float) -> Sound:
    return np.zeros(round(length_s * RATE))


def swelling(midi: float, length_s: float, from_db: float, to_db: float) -> Sound:
    note = sung(midi, length_s, level_db=0.0)
    return note * 10.0 ** (np.linspace(from_db, to_db, len(note)) / 20.0)


def in_the_room(*parts: Sound) -> np.ndarray:
    sound = np.concatenate(parts)
    return (sound + np.random.default_rng(5).normal(0.0, 10.0 ** (ROOM_DB / 20.0), len(sound))).astype(np.float32)


def whole_session() -> np.ndarray:
    return in_the_room(
        silence(3.0),
        sung(LOWEST, 1.2),
        silence(0.8),
        sung(HIGHEST, 1.2),
        silence(0.8),
        swelling(MIDDLE, 4.0, -40.0, -16.0),
        silence(0.5),
    )


def heard(sound: np.ndarray, *steps: str, before: Profile | None = None, step_s: float = 15.0) -> Calibration:
    calibration = Calibration(RATE, before, steps or STEPS, step_s)
    calibration.reset(0)
    for start in range(0, len(sound), 480):
        calibration.hear(start, sound[start : start + 480])
    calibration.finish()
    return calibration


def test_every_figure_is_that_of_the_singer_and_the_room() -> None:
    found = heard(whole_session())
    assert found.measured == list(STEPS) and found.missed == [] and found.step is None
    assert all(remark.good for remark in found.remarks)
    profile = found.profile()
    assert ROOM_DB < profile.gate_db < -50.0
    assert LOWEST - 12.0 < profile.lowest_midi < LOWEST
    assert HIGHEST < profile.highest_midi < HIGHEST + 12.0
    assert profile.tuning_cents == pytest.approx(12.0, abs=3.0)
    assert profile.loudest_db == pytest.approx(-17.0, abs=3.0)
    assert profile.dynamics_db == pytest.approx(21.0, abs=4.0)


def test_the_gate_stays_below_the_softest_note() -> None:
    profile = heard(whole_session()).profile()
    assert profile.loudest_db is not None
    assert profile.gate_db < profile.loudest_db - profile.dynamics_db


def test_how_the_sound_is_cut_up_changes_nothing() -> None:
    sound = whole_session()
    whole, pieces = Calibration(RATE), heard(sound)
    whole.reset(0)
    whole.hear(0, sound)
    whole.finish()
    assert whole.profile() == pieces.profile()
    assert whole.remarks == pieces.remarks


def test_a_high_note_that_is_not_higher_is_asked_for_again() -> None:
    found = heard(
        in_the_room(silence(3), sung(50, 1.2), silence(1), sung(51, 1.2), silence(1), sung(70, 1.2), silence(1))
    )
    assert [(remark.step, remark.good) for remark in found.remarks] == [
        (SILENCE, True),
        (LOW, True),
        (HIGH, False),
        (HIGH, True),
    ]
    assert "Sing higher" in found.remarks[2].text
    assert found.missed == [STEADY]


def test_a_step_that_hears_nothing_says_so_and_is_left_after_some_tries() -> None:
    found = heard(in_the_room(silence(2.5 + 5.0 * TRIES)), SILENCE, LOW, step_s=4.0)
    assert found.measured == [SILENCE]
    assert found.missed == [LOW]
    told = [remark for remark in found.remarks if remark.step == LOW]
    assert len(told) == TRIES and not any(remark.good for remark in told)
    assert "right microphone" in told[0].text


def test_noise_is_told_from_a_note() -> None:
    hiss = np.random.default_rng(1).normal(0.0, 0.1, round(5.0 * RATE))
    found = heard(in_the_room(silence(3.0), hiss), SILENCE, LOW, step_s=4.0)
    assert "no pitch" in found.remarks[1].text


def test_a_voice_is_no_silence() -> None:
    found = heard(in_the_room(sung(60, 5.0)), SILENCE, step_s=4.0)
    assert found.measured == [] and "Once more" in found.remarks[0].text


def test_an_overloaded_input_is_told() -> None:
    found = heard(np.clip(40.0 * in_the_room(sung(60, 1.5), silence(0.5)), -1.0, 1.0), LOW)
    assert not found.remarks[0].good and "overloaded" in found.remarks[0].text


def test_a_step_that_is_skipped_leaves_what_was_known() -> None:
    before = Profile(gate_db=-50.0, lowest_midi=41.0, highest_midi=77.0, tuning_cents=7.0)
    calibration = Calibration(RATE, before, (SILENCE, LOW))
    sound = in_the_room(silence(3.0), sung(LOWEST, 1.5), silence(1.0))
    calibration.skip()
    calibration.reset(0)
    calibration.hear(0, sound)
    assert calibration.measured == [LOW]
    profile = calibration.profile()
    assert (profile.gate_db, profile.highest_midi, profile.tuning_cents) == (-50.0, 77.0, 7.0)
    assert profile.lowest_midi < LOWEST


@pytest.fixture
def voice_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config" / "voice.json"
    monkeypatch.setattr(command, "profile_path", lambda: path)
    monkeypatch.setattr(command, "load_profile", lambda: load_profile(path))
    return path


def recorded(tmp_path: Path, sound: np.ndarray) -> Wish:
    path = tmp_path / "session.wav"
    write_sound(path, sound, float(RATE))
    return Wish(f"file:{path}")


def test_a_recording_of_the_steps_makes_the_file_that_the_ears_read(
    voice_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calibrate((), recorded(tmp_path, whole_session()), 15.0, True)
    told = json.loads(capsys.readouterr().out)
    profile = load_profile(voice_file)
    assert profile is not None and profile.to_json() == told["voice"]
    assert told["measured"] == list(STEPS)
    calibrate(("low",), recorded(tmp_path, in_the_room(silence(0.5), sung(52, 1.2), silence(1))), 15.0, False)
    assert "A low E3" in capsys.readouterr().out
    again = load_profile(voice_file)
    assert again is not None and again.lowest_midi > profile.lowest_midi
    assert again.highest_midi == profile.highest_midi and again.gate_db == profile.gate_db


def test_what_was_not_measured_is_an_error_that_says_how_to_repeat_it(voice_file: Path, tmp_path: Path) -> None:
    wish = recorded(tmp_path, in_the_room(silence(3.0), sung(LOWEST, 1.2), silence(0.5)))
    with pytest.raises(UsageError, match="vocello calibrate high steady"):
        calibrate((), wish, 15.0, True)
    profile = load_profile(voice_file)
    assert profile is not None and profile.lowest_midi > 0.0 and profile.loudest_db is None


def test_a_recording_of_nothing_leaves_the_voice_alone(voice_file: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not measured"):
        calibrate(("low",), recorded(tmp_path, in_the_room(silence(1.0))), 15.0, True)
    assert not voice_file.exists()


def test_a_damaged_voice_is_measured_anew(voice_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    voice_file.parent.mkdir()
    voice_file.write_text("{")
    calibrate(("silence",), recorded(tmp_path, in_the_room(silence(3.0))), 15.0, True)
    assert "measured anew" in capsys.readouterr().err
    assert load_profile(voice_file) is not None


def test_steps_and_times_that_make_no_sense_are_refused() -> None:
    with pytest.raises(SettingsError, match="silence, low, high, steady"):
        Calibration(RATE, None, ("loud",))
    with pytest.raises(SettingsError, match="4 to 600"):
        Calibration(RATE, None, STEPS, 0.0)
