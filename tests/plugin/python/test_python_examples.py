"""The five examples and the two templates pass their trials, and do to a sound what they say."""

from __future__ import annotations

from ctypes import CFUNCTYPE, c_int64, c_void_p
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from plugin.python.audition import Take, play
from plugin.python.proved import ProvedKernel
from plugin.python.source import read_source
from plugin.python.trust import EXAMPLES
from realtime.events import KNOB, NOTE_OFF, NOTE_ON, event
from tests.plugin.python.written import tried

KERNEL = CFUNCTYPE(None, c_void_p, c_void_p, c_int64)
RATE = 48_000.0
TEMPLATES = EXAMPLES.parent / "templates"
FILES = sorted(path for folder in (EXAMPLES, TEMPLATES) for path in folder.glob("[a-z]*.py"))

Floats = npt.NDArray[Any]


@cache
def proved(path: Path) -> ProvedKernel:
    report = tried(path)
    assert report.passed, report.problems
    return ProvedKernel(read_source(path), report)


def effect(name: str, sound: Floats, *events: Any, **knobs: float) -> Floats:
    """What an example makes of a sound, the same on every channel."""
    kernel = proved(EXAMPLES / f"{name}.py")
    channels = np.tile(sound.astype(np.float32), (max(kernel.inputs, 1), 1))
    take = Take(name, RATE, channels, events, knobs, range(0, len(sound), 128))
    return play(KERNEL(kernel.address), kernel, take)[0].astype(np.float64)


def turn(name: str, knob: str, value: float, at_s: float) -> Any:
    offset = proved(EXAMPLES / f"{name}.py").knob_offset(knob)
    return event(KNOB, frame=int(at_s * RATE), value=value, offset=offset)


def sine(hz: float, seconds: float, level: float = 0.3) -> Floats:
    return level * np.sin(2.0 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE)


def level_db(sound: Floats, hz: float) -> float:
    """Of a partial, in dB of full scale."""
    window = np.blackman(len(sound))
    turns = np.exp(-2j * np.pi * hz * np.arange(len(sound)) / RATE)
    return float(20.0 * np.log10(abs(np.sum(sound * window * turns)) * 2.0 / np.sum(window) + 1e-12))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_ships_passes_its_trial_with_nothing_odd_about_it(path: Path) -> None:
    report = tried(path)
    assert report.passed, report.problems
    assert report.warnings == ()


def test_there_are_five_examples_and_two_templates() -> None:
    assert [path.stem for path in FILES] == [
        "freeze", "granular", "resonator", "ring_modulator", "wavefolder", "effect", "instrument",
    ]  # fmt: skip


def test_the_ring_modulator_parts_a_partial_into_two() -> None:
    heard = effect("ring_modulator", sine(1_000.0, 1.0), carrier_hz=180.0, mix=1.0)
    assert level_db(heard, 820.0) == pytest.approx(level_db(heard, 1_180.0), abs=0.01)
    assert level_db(heard, 820.0) == pytest.approx(20.0 * np.log10(0.15), abs=0.1)
    assert level_db(heard, 1_000.0) < -100.0


def aliases_db(sound: Floats, hz: float) -> float:
    """All that is no overtone, beside all that is, up to 16 kHz."""
    window = np.blackman(len(sound))
    power = np.abs(np.fft.rfft(sound * window)) ** 2
    at = np.fft.rfftfreq(len(sound), 1.0 / RATE)
    away = np.abs(at - np.round(at / hz) * hz)
    heard = (at > 100.0) & (at < 16_000.0)
    return float(10.0 * np.log10(power[heard & (away > 30.0)].sum() / power[heard & (away < 5.0)].sum()))


def test_the_wavefolder_has_no_aliases_where_it_sings_and_fewer_than_a_plain_one_where_it_screams() -> None:
    hz = 1_245.0
    sung = effect("wavefolder", sine(hz, 1.0, 0.5), level_db=0.0)[4_800:]
    assert level_db(sung, 3.0 * hz) > -20.0
    assert aliases_db(sung, hz) < -90.0
    scream = sine(hz, 1.0, 0.9)
    plain = aliases_db(np.sin(40.0 * scream + 0.3)[4_800:], hz)
    assert aliases_db(effect("wavefolder", scream, fold=40.0, level_db=0.0)[4_800:], hz) < plain - 10.0


def test_the_wavefolder_is_silent_in_silence_and_leaves_no_offset() -> None:
    assert not effect("wavefolder", np.zeros(4_800)).any()
    assert abs(np.mean(effect("wavefolder", sine(200.0, 2.0), lean=1.0)[-48_000:])) < 1e-3


def test_the_resonator_rings_at_its_chord_and_is_tuned_anew_by_a_key() -> None:
    knock = np.zeros(96_000)
    knock[0] = 1.0
    heard = effect("resonator", knock, mix=1.0, damp=0.2)
    part = heard[9_600:57_600]
    hz = 440.0 * 2.0 ** ((55 - 69) / 12.0)
    around = np.arange(hz - 8.0, hz + 8.0, 0.25)
    found = around[np.argmax([level_db(part, each) for each in around])]
    assert abs(1200.0 * np.log2(found / hz)) < 10.0
    noise = np.random.default_rng(1).normal(0.0, 0.05, 96_000)
    keys = [event(NOTE_ON, frame=0, number=61, value=0.5) for _ in range(4)]
    tuned = effect("resonator", noise, *keys, mix=1.0)[48_000:]
    assert level_db(tuned, 277.18) > level_db(effect("resonator", noise, mix=1.0)[48_000:], 277.18) + 12.0


def test_the_resonator_rings_as_long_as_it_is_told() -> None:
    knock = np.zeros(96_000)
    knock[0] = 1.0
    heard = effect("resonator", knock, mix=1.0, damp=0.0, ring_s=1.0)
    early, late = (np.sqrt(np.mean(heard[at : at + 4_800] ** 2)) for at in (4_800, 28_800))
    assert 20.0 * np.log10(late / early) == pytest.approx(-30.0, abs=4.0)  # half a second of one


def test_freeze_holds_the_pitches_and_the_loudness_of_its_moment() -> None:
    chord = np.sum([sine(hz, 3.0, 0.1) for hz in (220.0, 331.0, 1_777.0)], axis=0)
    chord[72_000:] = 0.0  # the singer stops, half a second after
    heard = effect("freeze", chord, turn("freeze", "freeze", 1.0, 1.0))
    for hz in (220.0, 331.0, 1_777.0):
        assert level_db(heard[96_000:], hz) == pytest.approx(-20.0, abs=0.1)
    np.testing.assert_array_equal(heard[:48_000], chord[:48_000].astype(np.float32))


def test_freeze_begins_where_the_voice_goes_on() -> None:
    """Held and heard are in step: while one becomes the other nothing cancels, and nothing clicks."""
    tone = sine(440.0, 2.0)
    heard = effect("freeze", tone, turn("freeze", "freeze", 1.0, 1.0))
    middle = heard[48_000:48_256]
    assert np.abs(middle).max() == pytest.approx(0.3, abs=0.03)
    assert np.abs(np.diff(heard, 2)).max() < 2.0 * np.abs(np.diff(tone, 2)).max()


def test_grains_keep_the_pitch_or_move_it_and_never_click() -> None:
    tone = sine(500.0, 3.0)
    for semitones, hz in ((0.0, 500.0), (12.0, 1_000.0), (-12.0, 250.0)):
        heard = effect("granular", tone, mix=1.0, pitch_st=semitones, spray_s=0.1)
        assert np.sqrt(np.mean(heard[48_000:] ** 2)) > 0.03
        band = [level_db(heard[48_000:], each) for each in np.arange(hz - 10.0, hz + 10.0, 1.0)]
        other = [level_db(heard[48_000:], each) for each in np.arange(1.5 * hz - 10.0, 1.5 * hz + 10.0, 1.0)]
        assert max(band) > max(other) + 30.0
        steepest = 2.0 * np.pi * hz / RATE * 0.3 * 8.0
        assert np.abs(np.diff(heard[24_000:])).max() < steepest


def test_the_instrument_plays_a_note_and_lets_it_go() -> None:
    kernel = proved(TEMPLATES / "instrument.py")
    notes = (event(NOTE_ON, frame=0, number=69, value=0.8), event(NOTE_OFF, frame=24_000, number=69))
    take = Take("a note", RATE, np.zeros((2, 96_000), np.float32), notes, cuts=range(0, 96_000, 128))
    heard = play(KERNEL(kernel.address), kernel, take).astype(np.float64)
    assert level_db(heard[0, 4_800:24_000], 440.0) > -30.0
    assert np.abs(heard[:, -4_800:]).max() < 1e-4
