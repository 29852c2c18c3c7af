"""What was learned as one response, told apart: the same sound, its colour in the wood and its time in the room."""

from __future__ import annotations

import numpy as np
import torch

from ml.training.instrument.network import Strings
from ml.training.instrument.parting import parted
from realtime.dsp.strings.sizes import BODY_LOW_HZ, BODY_PER_OCTAVE, BODY_POINTS, HARMONICS, RATE_HZ

POINTS_HZ = BODY_LOW_HZ * 2.0 ** (np.arange(BODY_POINTS) / BODY_PER_OCTAVE)


def learned_of(answer: np.ndarray) -> Strings:
    network = Strings()
    whole = np.zeros(network.hall.shape[1])
    whole[: len(answer)] = answer
    with torch.no_grad():
        network.hall[0] = torch.from_numpy(whole / network.dies.numpy())
    return network


def response_db(network: Strings) -> tuple[np.ndarray, np.ndarray]:
    """Of wood and hall together, and of the hall alone, smoothed over a third of an octave."""
    click = network.answers().detach().numpy()[0].astype(float)
    click[0] += 1.0
    power = np.abs(np.fft.rfft(click, 1 << 16)) ** 2
    hertz = np.arange(len(power)) * RATE_HZ / (1 << 16)
    some = POINTS_HZ[(POINTS_HZ > 80.0) & (POINTS_HZ < 15_000.0)]
    near = [power[(hertz > each / 1.12) & (hertz < each * 1.12)].mean() for each in some]
    hall_db = 10.0 * np.log10(near)
    body_db = np.interp(np.log(some), np.log(POINTS_HZ), network.body.detach().numpy()[0]) * 20.0 / np.log(10.0)
    return hall_db + body_db, hall_db


def a_box_in_a_room() -> np.ndarray:
    """A click that comes back as a low hum of the wood, and later from the walls."""
    t = np.arange(12_000) / RATE_HZ
    walls = np.random.default_rng(3).normal(0.0, 0.01, len(t)) * np.exp(-t / 0.08) * (t > 0.015)
    return 0.3 * np.exp(-t / 0.0008) * np.cos(2.0 * np.pi * 250.0 * t) + walls


def test_the_sound_stays_and_the_hall_has_no_colour_left():
    network = learned_of(a_box_in_a_room())
    made = parted(network)
    before, hall_before = response_db(network)
    after, hall_after = response_db(made)
    assert np.abs(after - before).max() < 1.0
    assert np.ptp(hall_before) > 6.0
    assert np.abs(hall_after).max() < 1.0


def test_the_walls_are_still_heard_when_they_were():
    network = learned_of(a_box_in_a_room())
    late = slice(round(0.02 * RATE_HZ), 12_000)
    walls = [np.sum(each.answers().detach().numpy()[0][late].astype(float) ** 2) for each in (network, parted(network))]
    assert 0.2 < walls[1] / walls[0] < 2.0


def test_a_hall_that_adds_nothing_changes_nothing():
    network = Strings()
    made = parted(network)
    with torch.no_grad():
        assert float(made.answers().abs().max()) < 1e-6
        assert float((made.body - network.body).abs().max()) < 1e-6
        assert float((made.out.bias - network.out.bias)[HARMONICS:].abs().max()) < 1e-6
