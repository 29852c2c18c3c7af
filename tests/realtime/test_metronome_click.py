"""The click: heard on the frame of its beat behind any rack, deaf to music; and what was sent ahead, taken back."""

from __future__ import annotations

import numpy as np
import pytest

from realtime import kernel_check
from realtime.dsp.click import BAR, BEAT, GROUP, click
from realtime.events import (
    CLICK,
    FIRST_LINE,
    FORGET,
    FROM_APP,
    FROM_KEYS,
    METRONOME_LINE,
    NOTE_ON,
    NOTES_OFF,
    SILENCE,
    event,
)
from realtime.host import Host
from realtime.machine import METRONOME
from realtime.rack import Slot
from tests.realtime.driving import LOGGED, RATE, Card, cut, notes, plucked, scale

TO_THE_METRONOME = FIRST_LINE + METRONOME_LINE


def beat(frame: int, number: int = BEAT, level: float = 0.5) -> np.ndarray:
    return event(CLICK, frame=frame, number=number, value=level, slot=TO_THE_METRONOME)


def heard(host: Host, sizes: list[int]) -> np.ndarray:
    return Card(host).play(sizes)[:, 0]


@pytest.mark.parametrize("size", [32, 128, 1000])
def test_a_click_sounds_from_its_own_frame_on_however_blocks_are_cut(size: int) -> None:
    host = Host(RATE, always=(METRONOME,))
    for frame in (37, 24_037, 47_999):
        host.send(FROM_APP, beat(frame))
    out = heard(host, cut(50_000, size))
    sounding = np.abs(out) > 1e-4
    begins = [
        int(n) for n in np.flatnonzero(sounding & ~np.roll(sounding, 1)) if not sounding[max(n - 200, 0) : n].any()
    ]
    assert begins == [37, 24_037, 47_999]
    assert 0.25 < np.abs(out).max() < 0.5


def pitch_of(number: int) -> float:
    host = Host(RATE, always=(METRONOME,))
    host.send(FROM_APP, beat(0, number))
    spectrum = np.abs(np.fft.rfft(heard(host, [4096]), 48_000))
    return float(np.argmax(spectrum))


def test_the_bar_knocks_higher_than_a_group_and_a_group_higher_than_a_beat() -> None:
    assert pitch_of(BEAT) + 100 < pitch_of(GROUP) < pitch_of(BAR) - 100


def test_no_note_knocks_and_no_beat_is_played_by_an_instrument() -> None:
    host = Host(RATE, (LOGGED,), always=(METRONOME,))
    host.send(FROM_APP, beat(100))
    host.send(FROM_KEYS, event(NOTE_ON, frame=5000, number=60, value=1.0))
    out = heard(host, cut(8000, 128))
    assert host.rack.state("log")[0]["kind"][:1].tolist() == [NOTE_ON]
    assert host.rack.state("log")[0]["used"] == 1
    assert np.abs(out[4900:]).max() < 1e-3


def test_it_goes_on_behind_every_rack_that_is_played_and_no_fader_reaches_it() -> None:
    host = Host(RATE, (Slot("instrument", plucked),), always=(METRONOME,))
    host.play((Slot("shut", scale, {"gain": 0.0}),))
    host.send(FROM_APP, beat(200))
    host.play((Slot("shut", scale, {"gain": 0.0}), Slot("another", scale, {"gain": 0.0})))
    assert np.abs(heard(host, [4096])).max() > 0.2


def test_an_end_of_all_notes_leaves_it_and_silence_does_not() -> None:
    host = Host(RATE, always=(METRONOME,))
    card = Card(host)
    host.send(FROM_APP, beat(0))
    host.send(FROM_APP, event(NOTES_OFF, frame=64))
    assert np.abs(card.play([128])[70:]).max() > 0.1
    host.send(FROM_APP, event(SILENCE))
    assert np.abs(card.play([128])).max() == 0.0


def test_what_was_told_ahead_is_taken_back_and_what_others_play_stays() -> None:
    host = Host(RATE, (LOGGED,))
    card = Card(host)
    host.send(FROM_APP, notes([10, 200, 5000]))
    host.send(FROM_KEYS, event(NOTE_ON, frame=300, value=9.0))
    card.block(128)
    host.send(FROM_APP, event(FORGET))
    host.send(FROM_APP, event(NOTE_ON, frame=400, value=7.0))
    card.play(cut(8000, 128))
    state = host.rack.state("log")[0]
    used = int(state["used"])
    assert list(zip(state["at"][:used].tolist(), state["value"][:used].tolist(), strict=True)) == [
        (10, 0.0),
        (300, 9.0),
        (400, 7.0),
    ]


def test_forgetting_with_nothing_to_forget_changes_nothing() -> None:
    host = Host(RATE, (LOGGED,))
    host.send(FROM_APP, event(FORGET))
    Card(host).play([64, 64])
    assert host.rack.state("log")[0]["used"] == 0


def test_its_machine_code_allocates_nothing_and_reaches_nothing_outside() -> None:
    kernel_check.check(click)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1.0, 1e30])
def test_no_level_makes_anything_but_a_click_or_silence(value: float) -> None:
    host = Host(RATE, always=(METRONOME,))
    host.send(FROM_APP, beat(0, level=value))
    out = heard(host, [4096])
    assert np.isfinite(out).all()
    assert np.abs(out).max() <= 1.0
