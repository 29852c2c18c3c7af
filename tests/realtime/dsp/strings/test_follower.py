"""The string that follows a voice: as high and as loud as it is told, from the frame on which it is told so."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from realtime import kernel_check
from realtime.dsp.strings.follower import RESTS_DB, follower
from realtime.dsp.strings.plain import ear
from realtime.events import ALL_CHANNELS, NOTES_OFF, event
from tests.realtime.dsp.playing import RATE, play, random_cuts, turn

pytestmark = pytest.mark.timeout(400)  # whoever comes first may have to compile

HOP = 192
FRAMES = 24_000
PHYSICS = {"model": 0.0, "hall": 0.0}
"""The same whatever has been learned."""

Sound = npt.NDArray[np.float32]


def told(hertz: Any, loudness_db: Any, count: int = FRAMES // HOP) -> list[npt.NDArray[Any]]:
    """A pitch and a loudness at every hop."""
    rows = np.broadcast_to(hertz, count), np.broadcast_to(loudness_db, count)
    return [
        each
        for n, (f0, db) in enumerate(zip(*rows, strict=True))
        for each in turn(follower, n * HOP, hertz=float(f0), loudness_db=float(db))
    ]


def heard(events: list[npt.NDArray[Any]], frames: int = FRAMES, **knobs: float) -> Sound:
    state = follower.new_state(RATE, **{**PHYSICS, **knobs})
    return play(follower, frames, events, state=state)[0]


def pitch_of(sound: Sound) -> float:
    """The first harmonic, from the phase it gains between two windows."""
    size, step = 8_192, 1_024
    window = np.blackman(size)
    early, late = (np.fft.rfft(sound[at : at + size] * window) for at in (len(sound) - size - step, len(sound) - size))
    low, high = int(100 * size / RATE), int(1_000 * size / RATE)
    peak = low + int(np.abs(late[low:high]).argmax())
    expected = peak * step / size
    turned = np.angle(late[peak] / early[peak]) / (2 * np.pi)
    return (expected + (turned - expected + 0.5) % 1.0 - 0.5) * RATE / step


def loudness_of(sound: Sound) -> float:
    spectrum = np.abs(np.fft.rfft(sound)) ** 2
    weights = np.array([ear.py_func(each) for each in np.fft.rfftfreq(len(sound), 1.0 / RATE)])
    return float(10.0 * np.log10((spectrum * weights).sum() * 2.0 / len(sound) ** 2))


@pytest.fixture(scope="module")
def gesture() -> list[npt.NDArray[Any]]:
    t = np.arange(FRAMES // HOP)
    loudness = -30.0 + 12.0 * np.sin(t / 9.0)
    loudness[50:70] = RESTS_DB
    return told(220.0 * 2.0 ** (np.sin(t / 5.0) / 12.0), loudness)


def test_its_machine_code_may_run_on_the_audio_thread() -> None:
    kernel_check.check(follower)


@pytest.mark.parametrize("seed", range(3))
def test_however_the_blocks_are_cut_it_is_the_same_to_the_bit(gesture: list[Any], seed: int) -> None:
    whole = play(follower, FRAMES, gesture)
    assert np.abs(whole).max() > 0.01
    assert np.array_equal(play(follower, FRAMES, gesture, random_cuts(FRAMES, 300, seed)), whole)


@pytest.mark.parametrize("hertz", [65.4, 220.0, 523.25])
def test_it_plays_the_pitch_that_it_is_told_and_shifts_it(hertz: float) -> None:
    sound = heard(told(hertz, -25.0))
    shifted = heard(told(hertz, -25.0), shift_st=7.0)
    for made, right in ((sound, hertz), (shifted, hertz * 2.0 ** (7.0 / 12.0))):
        of_which = pitch_of(made) / right
        assert abs(1_200.0 * np.log2(of_which / round(of_which))) < 2.0


@pytest.mark.parametrize("loudness_db", [-55.0, -35.0, -20.0])
def test_it_is_as_loud_as_it_is_told(loudness_db: float) -> None:
    assert abs(loudness_of(heard(told(196.0, loudness_db))[4_800:]) - loudness_db) < 1.5


def test_it_rests_in_silence_and_comes_back_on_its_very_frame() -> None:
    at = 10_007
    events = [*told(220.0, RESTS_DB, 1), *turn(follower, at, loudness_db=-20.0)]
    sound = heard(events)
    assert not sound[: at + 1].any()
    assert np.flatnonzero(sound)[0] == at + 1  # a rise begins at nought
    quiet = heard([*told(220.0, -20.0, 20), *turn(follower, 20 * HOP, loudness_db=RESTS_DB)])
    assert np.abs(quiet[20 * HOP : 21 * HOP]).max() > 0.0
    assert not quiet[21 * HOP :].any()


def test_the_hall_answers_what_was_and_dies_away() -> None:
    events = [*told(220.0, -20.0, 30), *turn(follower, 30 * HOP, loudness_db=RESTS_DB)]
    state = follower.new_state(RATE, model=0.0)
    left, right = play(follower, 60 * 1_600, events, state=state)
    assert not left[-4_800:].any() and not right[-4_800:].any()


def test_what_silences_notes_silences_it_until_it_is_told_another_loudness() -> None:
    stop = event(NOTES_OFF, frame=30 * HOP, channel=ALL_CHANNELS)
    again = turn(follower, 60 * HOP, loudness_db=-30.0)
    sound = heard([*told(220.0, -20.0, 20), stop, *again])
    assert np.abs(sound[20 * HOP : 30 * HOP]).max() > 0.01
    assert not sound[31 * HOP : 60 * HOP].any()
    assert np.abs(sound[61 * HOP :]).max() > 0.001


def test_tone_and_hiss_have_gains_of_their_own() -> None:
    events = told(220.0, -30.0)
    both, tone, hiss = (
        heard(events, harmonic_gain=harmonic, noise_gain=noise)[4_800:]
        for harmonic, noise in ((1.0, 1.0), (1.0, 0.0), (0.0, 1.0))
    )
    np.testing.assert_allclose(tone + hiss, both, atol=1e-6)
    assert (
        np.abs(np.fft.rfft(tone * np.hanning(len(tone)))).max()
        > 20.0 * np.abs(np.fft.rfft(hiss * np.hanning(len(hiss)))).max()
    )


@pytest.mark.parametrize("hertz", [0.0, -5.0, 1e9, np.nan, np.inf, 1e-300])
@pytest.mark.parametrize("loudness_db", [0.0, 1e9, np.nan, -np.inf])
def test_whatever_it_is_told_no_sample_is_other_than_a_number(hertz: float, loudness_db: float) -> None:
    for model in (0.0, 1.0):
        state = follower.new_state(RATE, model=model)
        state["hertz"], state["loudness_db"] = hertz, loudness_db
        state["shift_st"] = 1e3 if hertz == 1e9 else 0.0
        sound = play(follower, 3_000, state=state)
        assert np.isfinite(sound).all()
