"""`from vocello import Cello, DDSPProcessor`: what a script can do, and how it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from realtime.dsp.strings.follower import RESTS_DB
from realtime.dsp.strings.plain import ear
from realtime.events import BEND, FROM_APP, NOTE_OFF, NOTE_ON, event
from realtime.host import Host
from score.errors import ModelError, UsageError
from tests.realtime.driving import Card, cut_anyhow
from vocello import Cello, DDSPProcessor
from vocello.playing.rack import cello_slots

pytestmark = pytest.mark.timeout(400)  # whoever comes first may have to compile

RATE = 48_000.0


def loudness_of(sound: npt.NDArray[np.float32], rate: float = RATE) -> float:
    spectrum = np.abs(np.fft.rfft(sound)) ** 2
    weights = np.array([ear.py_func(each) for each in np.fft.rfftfreq(len(sound), 1.0 / rate)])
    return float(10.0 * np.log10((spectrum * weights).sum() * 2.0 / len(sound) ** 2))


def pitch_of(sound: npt.NDArray[np.float32], near_hz: float, rate: float = RATE) -> float:
    """By the spacing of its harmonics, within a fourth of what it should be; half of it is no answer."""
    spectrum = np.fft.rfft(sound * np.hanning(len(sound)), 4 * len(sound))
    alike = np.fft.irfft(np.abs(spectrum))
    low, high = int(rate / near_hz * 0.75), int(rate / near_hz * 1.33)
    lag = low + int(alike[low:high].argmax())
    before, at, after = alike[lag - 1 : lag + 2]
    return rate / (lag + 0.5 * (before - after) / (before - 2.0 * at + after))


@pytest.fixture(scope="module")
def processor() -> DDSPProcessor:
    return DDSPProcessor(None, 48_000, 480, model="additive")


@pytest.fixture
def fresh(processor: DDSPProcessor) -> DDSPProcessor:
    for gain in (processor.set_harmonic_gain, processor.set_noise_gain):
        gain(1.0)
    processor.set_pitch_shift(0.0)
    processor.reset()
    return processor


def blocks(played: DDSPProcessor, count: int) -> npt.NDArray[np.float32]:
    return np.concatenate([played.get_next_block() for _ in range(count)])


def test_a_script_plays_what_a_card_would_have_played_of_the_same_events_to_the_bit() -> None:
    player = Cello(RATE, 128)
    played = [player.render(1_000)]
    player.note_on(48, 0.8)
    played.append(player.render(9_999))
    player.note_on(50, 0.6)
    player.bend(0.3)
    played.append(player.render(7))
    player.note_off(50)
    player.note_off(48)
    played.append(player.render(30_000))
    sound = np.concatenate(played, axis=1)

    host = Host(RATE, cello_slots(player.instrument))
    card = Card(host)
    live: list[tuple[int, int, dict[str, Any]]] = [
        (1_000, NOTE_ON, {"number": 48, "value": 0.8}),
        (10_999, NOTE_ON, {"number": 50, "value": 0.6}),
        (10_999, BEND, {"value": 0.3}),
        (11_006, NOTE_OFF, {"number": 50, "value": 0.5}),
        (11_006, NOTE_OFF, {"number": 48, "value": 0.5}),
    ]
    host.send(FROM_APP, np.concatenate([event(kind, frame=frame, **rest) for frame, kind, rest in live]))
    heard = card.play(cut_anyhow(sound.shape[1], seed=3))
    assert sound.dtype == np.float32 and np.abs(sound).max() > 0.01
    assert np.array_equal(sound, heard.T)


def test_a_key_sounds_from_its_own_frame_and_not_before() -> None:
    player = Cello(RATE, 64, model="additive", dry=True)
    player.note_on(57, 100, frame=300)
    sound = player.render(2_000)
    assert 300 <= np.flatnonzero(np.abs(sound).max(axis=0))[0] <= 302


def test_a_control_by_name_and_a_controller_by_number_turn_the_same() -> None:
    by_name, by_number = (Cello(RATE, model="additive") for _ in range(2))
    by_name.set("expression", 0.25)
    by_number.set(11, 0.25)
    for each in (by_name, by_number):
        each.note_on(50, 0.8)
    assert np.array_equal(by_name.render(9_600), by_number.render(9_600))
    assert "vibrato" in Cello.controls()


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: Cello(rate=1), "rate"),
        (lambda: Cello(block=0), "block"),
        (lambda: Cello(instrument="kazoo"), "kazoo"),
        (lambda: Cello(model="sampled"), "neural"),
        (lambda: Cello(mode="duo"), "poly"),
        (lambda: DDSPProcessor("nowhere.npz"), "nowhere.npz"),
        (lambda: DDSPProcessor(None, 48_000, 0), "block"),
    ],
)
def test_what_cannot_be_made_is_refused_with_what_can(ask: Any, words: str) -> None:
    with pytest.raises((UsageError, ModelError), match=words):
        ask()


def test_keys_controls_and_numbers_that_are_none_are_refused() -> None:
    player = Cello(model="additive")
    for ask in (
        lambda: player.note_on(128),
        lambda: player.note_on(60, 1.5),
        lambda: player.note_on(60, 0.5, channel=16),
        lambda: player.bend(float("nan")),
        lambda: player.pressure(2.0),
        lambda: player.set("loudness", 1.0),
        lambda: player.set(128, 1.0),
        lambda: player.render(-1),
    ):
        with pytest.raises(UsageError):
            ask()


def test_pitch_and_loudness_are_followed_block_by_block(fresh: DDSPProcessor) -> None:
    for hertz, db in ((110.0, -40.0), (330.0, -25.0), (196.0, -30.0)):
        fresh.set_f0(hertz)
        fresh.set_loudness(db)
        sound = blocks(fresh, 60)
        assert sound.shape == (60 * 480,) and sound.dtype == np.float32
        steady = sound[-9_600:]
        assert abs(1_200.0 * np.log2(pitch_of(steady, hertz) / hertz)) < 10.0
    fresh.set_pitch_shift(12.0)
    blocks(fresh, 60)
    spectrum = np.abs(np.fft.rfft(blocks(fresh, 100)))  # of a whole second: a bin a hertz
    assert spectrum[392] > 30.0 * spectrum[196]
    assert abs(1_200.0 * np.log2(pitch_of(blocks(fresh, 60)[-9_600:], 392.0) / 392.0)) < 10.0


def test_how_long_a_block_is_changes_no_bit() -> None:
    t = np.arange(250)
    hertz, db = 220.0 * 2.0 ** (np.sin(t / 8.0) / 24.0), -30.0 + 6.0 * np.sin(t / 20.0)
    long, short = (
        DDSPProcessor(None, 48_000, 1_920, model="additive"),
        DDSPProcessor(None, 48_000, 192, model="additive"),
    )
    made = []
    for at in range(0, 250, 10):
        long.set_f0(hertz[at : at + 10])
        long.set_loudness(db[at : at + 10])
        made.append(long.get_next_block())
    singly = []
    for f0, level in zip(hertz, db, strict=True):
        short.set_f0(f0)
        short.set_loudness(level)
        singly.append(short.get_next_block())
    assert np.array_equal(np.concatenate(made), np.concatenate(singly))


def test_what_is_no_pitch_keeps_the_one_before_and_what_is_no_loudness_is_silence(fresh: DDSPProcessor) -> None:
    fresh.set_f0(220.0)
    fresh.set_loudness(-30.0)
    blocks(fresh, 20)
    for nothing in (0.0, -100.0, float("nan"), float("inf")):
        fresh.set_f0(nothing)
        assert abs(1_200.0 * np.log2(pitch_of(blocks(fresh, 30)[-9_600:], 220.0) / 220.0)) < 10.0
    for extreme in (1e9, 1e-9):
        fresh.set_f0(extreme)
        assert np.isfinite(blocks(fresh, 5)).all()
    fresh.set_loudness(1e9)
    assert np.abs(blocks(fresh, 20)).max() <= 1.0
    fresh.set_loudness(float("nan"))
    assert np.abs(blocks(fresh, 200)[-480:]).max() == 0.0
    with pytest.raises(UsageError, match="row"):
        fresh.set_f0(np.zeros((2, 2)))


def test_reset_begins_anew_to_the_bit_and_keeps_the_gains(fresh: DDSPProcessor) -> None:
    fresh.set_noise_gain(0.5)

    def once() -> npt.NDArray[np.float32]:
        fresh.set_f0(147.0)
        fresh.set_loudness(-28.0)
        return blocks(fresh, 30)

    fresh.reset()
    first = once()
    fresh.reset()
    assert np.array_equal(once(), first)
    fresh.set_harmonic_gain(0.0)
    fresh.set_noise_gain(0.0)
    blocks(fresh, 200)
    assert np.abs(blocks(fresh, 10)).max() == 0.0


def test_a_whole_sound_is_as_loud_where_it_is_told(fresh: DDSPProcessor) -> None:
    levels = np.full(500, RESTS_DB)
    levels[100:300] = -24.0
    sound = fresh.resynthesise(np.full(500, 220.0), levels)
    assert len(sound) == 96_000
    assert not sound[: 99 * 192].any()
    assert abs(loudness_of(sound[110 * 192 : 290 * 192]) + 24.0) < 2.5  # with what the hall adds


def test_an_instrument_of_ones_own_is_read_from_its_two_files(tmp_path: Path) -> None:
    (tmp_path / "oboe.npz").write_bytes(b"nothing")
    with pytest.raises(ModelError, match=r"oboe\.json"):
        DDSPProcessor(tmp_path / "oboe.npz")
    (tmp_path / "oboe.json").write_text('{"weights": "oboe.npz", "sha256": "0"}')
    with pytest.raises(ModelError, match="not the file"):
        DDSPProcessor(tmp_path / "oboe.npz")
