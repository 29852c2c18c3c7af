"""The synthetic singer sings what it says it sings."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pytest

from vocello.singer import MELODY, VIBRATO_HZ, sing

RATE = 48_000
SUNG = [each for each in MELODY if each.pitch]


@functools.cache
def take(rate=RATE):
    samples, labels = sing(rate)
    return samples.astype(np.float64), labels


def pitches(sound, rate=RATE, hop_s=0.005, window_s=0.03):
    """Pitch by autocorrelation: where a window resembles itself most, between 150 and 900 Hz; a value a hop."""
    size, hop = int(window_s * rate), int(hop_s * rate)
    lags = np.arange(int(rate / 900), int(rate / 150))
    found = []
    for start in range(0, len(sound) - size - lags[-1] - 1, hop):
        here = sound[start : start + size]
        shifted = np.lib.stride_tricks.sliding_window_view(sound[start + lags[0] : start + lags[-1] + size], size)
        alike = 2 * shifted @ here / ((shifted**2).sum(axis=1) + (here**2).sum() + 1e-12)
        best = int(np.flatnonzero(alike > 0.985 * alike.max())[0])  # the shortest of the good ones is the period
        while best + 1 < len(alike) and alike[best + 1] > alike[best]:
            best += 1
        left, middle, right = alike[max(best - 1, 0)], alike[best], alike[min(best + 1, len(alike) - 1)]
        bow = left - 2 * middle + right
        period = lags[best] + (0.5 * (left - right) / bow if bow else 0.0)
        found.append(69 + 12 * np.log2(rate / period / 440))
    return np.array(found)


def part(onset_s, offset_s, rate=RATE):
    return take(rate)[0][int(onset_s * rate) : int(offset_s * rate)]


def level_db(sound):
    return 10 * np.log10(np.mean(sound**2) + 1e-12)


def long_notes():
    return [label for label, each in zip(take()[1], SUNG, strict=True) if each.beats >= 2.0]


def test_the_take_is_the_same_every_time():
    first, second = sing(16_000), sing(16_000)
    np.testing.assert_array_equal(first[0], second[0])
    assert first[1] == second[1]


@pytest.mark.parametrize("rate", (16_000, 44_100, 48_000, 96_000))
def test_it_lasts_twelve_seconds_at_any_rate_and_never_clips(rate):
    samples, labels = sing(rate)
    assert samples.dtype == np.float32 and np.isfinite(samples).all()
    assert len(samples) / rate == pytest.approx(12.0, abs=0.1)
    assert np.abs(samples).max() == pytest.approx(0.5)
    assert labels == take()[1]


def test_notes_follow_one_another_in_order_within_the_take():
    samples, labels = take()
    assert len(labels) == len(SUNG) >= 16
    assert [label[2] for label in labels] == [each.pitch for each in SUNG]
    edges = [edge for onset_s, offset_s, _ in labels for edge in (onset_s, offset_s)]
    assert edges == sorted(edges) and edges[0] > 0.2 and edges[-1] < len(samples) / RATE - 0.2
    assert all(offset_s - onset_s > 0.15 for onset_s, offset_s, _ in labels)


def test_the_melody_has_what_makes_singing_hard_to_hear():
    pairs = list(itertools.pairwise(MELODY))
    assert any(one.pitch == two.pitch and two.sung[0] in "lmn" for one, two in pairs), "a repeated note, softly"
    assert any(one.pitch == two.pitch and two.sung[0] == "d" for one, two in pairs), "a repeated note, stopped"
    assert any(one.pitch != two.pitch and len(two.sung) == 1 for one, two in pairs), "a slur"
    assert any(not each.pitch for each in MELODY), "a rest"
    assert {each.sung[-1] for each in SUNG} == set("aeiou")


@pytest.mark.parametrize("number", range(len(SUNG)))
def test_each_note_is_sung_at_its_pitch(number):
    onset_s, offset_s, pitch = take()[1][number]
    sung = pitches(part(onset_s + 0.06, offset_s))
    assert np.median(sung) == pytest.approx(pitch, abs=0.15)
    assert np.mean(np.abs(sung - pitch) < 0.6) > 0.95


@pytest.mark.parametrize("rate", (16_000, 44_100))
def test_the_pitch_does_not_depend_on_the_rate(rate):
    onset_s, offset_s, pitch = take()[1][7]
    assert np.median(pitches(part(onset_s + 0.06, offset_s, rate), rate)) == pytest.approx(pitch, abs=0.15)


def test_long_notes_vibrate_and_begin_straight():
    for onset_s, offset_s, pitch in long_notes():
        straight = pitches(part(onset_s + 0.06, onset_s + 0.35))
        assert np.ptp(straight) < 0.35
        waving = pitches(part(onset_s + 0.8, offset_s)) - pitch
        spectrum = np.abs(np.fft.rfft((waving - waving.mean()) * np.hanning(len(waving)), 4_096))
        assert np.argmax(spectrum) / 4_096 / 0.005 == pytest.approx(VIBRATO_HZ, abs=0.6)
        assert 0.4 < np.ptp(waving) < 1.1


def test_consonants_dim_the_voice_and_stops_silence_it():
    for (onset_s, _, _), each in zip(take()[1], SUNG, strict=True):
        vowel = level_db(part(onset_s + 0.02, onset_s + 0.07))
        before = level_db(part(onset_s - 0.040, onset_s - 0.015))
        if each.sung[0] == "d":
            assert before < vowel - 25
        elif len(each.sung) == 2:
            assert vowel - 40 < before < vowel - 6


def test_an_onset_is_heard_where_the_label_says():
    """The level rises half the way from consonant to vowel within 15 ms of it."""
    sound, labels = take()
    envelope = np.sqrt(np.convolve(sound**2, np.hanning(480) / 240, "same"))
    for (onset_s, _, _), each in zip(labels, SUNG, strict=True):
        if len(each.sung) == 2:
            at = int(onset_s * RATE)
            here = envelope[at - 2_400 : at + 2_400]
            half = 0.5 * (here[:1_200].mean() + here[-1_200:].mean())
            rise = 1_200 + np.flatnonzero(here[1_200:] > half)[0] - 2_400
            assert abs(rise) < 0.015 * RATE


def test_a_slur_slides_without_a_break():
    labels = take()[1]
    for number, each in enumerate(SUNG):
        if len(each.sung) == 1:
            onset_s, _, pitch = labels[number]
            before = labels[number - 1]
            assert before[1] == onset_s
            around = [level_db(part(onset_s + t, onset_s + t + 0.02)) for t in np.arange(-0.08, 0.08, 0.02)]
            assert np.ptp(around) < 6.0
            slide = pitches(part(onset_s - 0.1, onset_s + 0.15))
            assert slide[0] == pytest.approx(before[2], abs=0.5) and slide[-1] == pytest.approx(pitch, abs=0.5)
            assert np.abs(np.diff(slide)).max() < 0.75


def test_vowels_are_told_apart_by_their_formants():
    def share(vowel, low_hz, high_hz):
        shares = []
        for (onset_s, offset_s, _), each in zip(take()[1], SUNG, strict=True):
            if each.sung[-1] == vowel:
                sound = part(onset_s + 0.05, offset_s - 0.02)
                power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
                hz = np.fft.rfftfreq(len(sound), 1 / RATE)
                shares.append(power[(hz > low_hz) & (hz < high_hz)].sum() / power.sum())
        return np.mean(shares)

    assert share("a", 700, 1_500) > 2 * max(share(each, 700, 1_500) for each in "iu")
    assert share("i", 2_000, 3_500) > 5 * max(share(each, 2_000, 3_500) for each in "ou")
    assert share("e", 1_700, 3_200) > 5 * share("u", 1_700, 3_200)


def test_it_is_silent_before_and_after_and_breathes_in_between():
    sound, labels = take()
    assert level_db(sound[: int((labels[0][0] - 0.15) * RATE)]) < -80
    assert level_db(sound[int((labels[-1][1] + 0.25) * RATE) :]) < -80
    onset_s, offset_s, _ = long_notes()[0]
    here = part(onset_s + 0.1, offset_s)
    high = np.abs(np.fft.rfft(here * np.hanning(len(here)))) ** 2
    hz = np.fft.rfftfreq(len(here), 1 / RATE)
    noise = np.median(high[(hz > 2_000) & (hz < 4_000)]) / high.max()
    assert 1e-9 < noise < 1e-4
