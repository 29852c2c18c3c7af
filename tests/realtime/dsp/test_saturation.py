"""The valve: its overtones, and what it must not make."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.dsp.saturation import LATENCY_FRAMES, REFERENCE, saturation
from tests.realtime.dsp.playing import RATE, play
from tests.realtime.dsp.responses import lines, tone


def spectrum(hz, level, **knobs):
    heard = play(saturation, tone(hz, 72_000, level), state=saturation.new_state(RATE, **knobs))
    return lines(heard[0, 24_000:])


def db(ratio):
    return 20 * np.log10(max(ratio, 1e-12))


def test_without_drive_every_bit_passes():
    sound = np.random.default_rng(1).normal(0, 0.3, (2, 5_000)).astype(np.float32)
    np.testing.assert_array_equal(play(saturation, sound)[:, LATENCY_FRAMES:], sound[:, :-LATENCY_FRAMES])


@pytest.mark.parametrize(("drive", "level", "within"), [(0.3, 0.9, -110), (0.5, 0.9, -80), (0.8, 0.25, -90)])
def test_a_tone_of_five_kilohertz_makes_no_tone_that_is_none_of_its_own(drive, level, within):
    heard = spectrum(5_001, level, drive=drive)
    own = np.arange(1, 5) * 5_001
    alien = np.delete(heard, np.concatenate([[0], own[own < len(heard)]]))
    assert db(alien.max() / heard[5_001]) < within


def test_the_overtones_are_even_and_odd_as_the_knob_says():
    leaning, upright = (spectrum(500, 0.3, drive=0.3, even=even) for even in (1.0, 0.0))
    assert db(upright[1_000] / upright[500]) < -120.0
    assert -40.0 < db(upright[1_500] / upright[500]) < -15.0
    assert db(leaning[1_000] / leaning[500]) > -25.0


def test_overtones_grow_with_drive_and_with_loudness():
    by_drive = [spectrum(500, 0.3, drive=drive)[1_500] for drive in (0.05, 0.1, 0.2, 0.4)]
    by_level = [spectrum(500, level, drive=0.2)[1_500] / level for level in (0.05, 0.1, 0.2, 0.4)]
    assert np.all(np.diff(by_drive) > 0) and np.all(np.diff(by_level) > 0)


@pytest.mark.parametrize(("drive", "within"), [(0.05, 0.02), (0.3, 0.12), (1.0, 0.25)])  # an edge rings, as edges do
def test_what_peaks_at_the_reference_leaves_as_high(drive, within):
    heard = play(saturation, tone(200, 48_000, REFERENCE), state=saturation.new_state(RATE, drive=drive))[0, 24_000:]
    assert np.ptp(heard) / 2 == pytest.approx(REFERENCE, rel=within)


def test_even_overtones_bring_no_offset():
    for hz in (61.0, 997.0):
        heard = play(saturation, tone(hz, 96_000, 0.5), state=saturation.new_state(RATE, drive=0.5, even=1.0))
        assert abs(heard[0, 48_000:].mean()) < 1e-5
