"""From samples to notes: voices made by arithmetic, and everything else a microphone may send."""

from __future__ import annotations

import numpy as np
import pytest

from ml.listener import Listener
from ml.wish import Hearing
from realtime.events import BEND, EVENT, FROM_VOICE, NOTE_OFF, NOTE_ON
from tests.ml.voices import (
    RATE,
    breath,
    gliding,
    in_a_room,
    ma_ma,
    noise,
    silence,
    spoken,
    sung,
    with_vibrato,
)

BLOCK = 128


def listen(sound: np.ndarray, listener: Listener | None = None, first: int = 0) -> tuple[np.ndarray, Listener]:
    listener = listener or Listener(RATE)
    events = [listener.hear(first + at, sound[at : at + BLOCK]) for at in range(0, len(sound), BLOCK)]
    return np.concatenate([*events, listener.finish()]), listener


def by_rules() -> Listener:
    """These voices are sums of sines without a consonant, which is what the rules were made for; the network learned
    from mouths, and takes up to a fifth of a second to believe in them."""
    return Listener(RATE, Hearing(rules=True))


def ons(events: np.ndarray) -> list[int]:
    return events["number"][events["kind"] == NOTE_ON].tolist()


def pitches(listener: Listener) -> list[int]:
    return [round(note.pitch_midi) for note in listener.sung]


def assert_all_ended(events: np.ndarray) -> None:
    down: list[int] = []
    for event in events:
        if event["kind"] == NOTE_ON:
            assert not down
            down.append(int(event["number"]))
        elif event["kind"] == NOTE_OFF:
            assert down.pop() == event["number"]
    assert not down


@pytest.mark.parametrize("midi", [43, 50, 57, 62, 69, 76, 81])
def test_a_sung_note_is_one_note_at_its_pitch(midi):
    events, listener = listen(in_a_room(silence(), sung(midi, 0.6), silence()))
    assert_all_ended(events)
    assert pitches(listener) == [midi]
    note = listener.sung[0]
    assert abs(note.onset_frame / RATE - 0.3) < 0.03
    assert abs(note.offset_frame / RATE - 0.9) < 0.06


SCALE = [48, 50, 52, 53, 55, 57, 59, 60, 67, 72]


def a_scale() -> np.ndarray:
    return in_a_room(silence(), *(part for midi in SCALE for part in (sung(midi, 0.3), silence(0.15))))


def test_a_scale_on_a_vowel_that_no_mouth_makes_is_heard_and_in_tune():
    events, listener = listen(a_scale())
    assert pitches(listener) == SCALE == ons(events)
    assert max(abs(note.pitch_midi - midi) for note, midi in zip(listener.sung, SCALE, strict=True)) < 0.2


def test_rules_send_a_scale_within_25_ms_a_note_and_in_tune():
    scale = SCALE
    events, listener = listen(a_scale(), by_rules())
    assert pitches(listener) == scale == ons(events)
    began = 0.3 + 0.45 * np.arange(len(scale))
    late_s = np.array([note.emitted_frame for note in listener.sung]) / RATE - began
    assert np.median(late_s) <= 0.025
    assert late_s.max() <= 0.05
    assert max(abs(note.pitch_midi - midi) for note, midi in zip(listener.sung, scale, strict=True)) < 0.1


@pytest.mark.parametrize("depth_st", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("midi", [50, 62, 74])
def test_vibrato_stays_one_note(midi, depth_st):
    events, listener = listen(in_a_room(silence(), sung(with_vibrato(midi, 1.5, depth_st), 1.5), silence()))
    assert pitches(listener) == [midi]
    bends = events["value"][events["kind"] == BEND]
    assert bends.max() > 0.7 * depth_st
    assert bends.min() < -0.7 * depth_st


@pytest.mark.parametrize("steps", [[57, 59, 60, 57], [64, 65, 64, 63], [50, 57, 50, 62]])
def test_slurred_notes_are_told_apart_without_any_gap(steps):
    events, listener = listen(in_a_room(silence(), sung(gliding(steps), 0.4 * len(steps)), silence()), by_rules())
    assert_all_ended(events)
    assert pitches(listener) == steps


@pytest.mark.parametrize("midi", [48, 60, 72])
def test_ma_ma_ma_on_one_key_is_three_notes(midi):
    events, listener = listen(in_a_room(silence(), ma_ma(midi, 3), silence()), by_rules())
    assert_all_ended(events)
    assert pitches(listener) == [midi] * 3


def test_a_slow_swell_is_one_note():
    swell = sung(60, 2.0) * np.linspace(0.05, 1.0, 2 * RATE)
    _, listener = listen(in_a_room(silence(), swell, silence()))
    assert pitches(listener) == [60]


@pytest.mark.parametrize(
    "sound",
    [
        silence(3.0),
        noise(3.0, -20.0),
        noise(3.0, -60.0),
        np.concatenate([silence(0.5), *(breath(seed=seed) for seed in range(6))]),
        np.concatenate([noise(0.5, -60.0), noise(0.5, -20.0), noise(0.5, -50.0), noise(0.5, -10.0)]),
        np.cumsum(noise(3.0, -60.0)) % 1.0 - 0.5,
    ],
    ids=["silence", "hiss", "faint hiss", "breath", "gusts", "brown noise"],
)
def test_what_is_no_voice_sends_nothing(sound):
    events, _ = listen(in_a_room(sound))
    assert len(events) == 0


def test_speech_falls_silent_after_its_first_syllables():
    _, listener = listen(in_a_room(spoken(10.0)))
    assert len(listener.sung) <= 8
    assert sum(note.emitted_frame > 3 * RATE for note in listener.sung) <= 3


def test_a_loud_room_is_learned_and_a_voice_above_it_still_heard():
    melody = np.concatenate([silence(2.0), sung(57, 0.5, level_db=-14.0), silence(0.3), sung(60, 0.5, level_db=-14.0)])
    _, listener = listen(in_a_room(melody, silence(0.3), level_db=-45.0))
    assert pitches(listener) == [57, 60]


@pytest.mark.parametrize("level_db", [-6.0, -20.0, -40.0])
def test_a_far_singer_and_a_near_one_are_heard_alike(level_db):
    parts = [part for midi in (60, 64, 67) for part in (sung(midi, 0.4, level_db=level_db), silence(0.2))]
    _, listener = listen(in_a_room(silence(), *parts, level_db=level_db - 50.0))
    assert pitches(listener) == [60, 64, 67]


def test_any_cut_of_the_stream_gives_the_same_events():
    sound = in_a_room(
        silence(), sung(gliding([57, 60, 62]), 1.2), breath(), sung(with_vibrato(65, 0.8), 0.8), silence()
    )
    whole = Listener(RATE)
    expected = np.concatenate([whole.hear(0, sound), whole.finish()])
    assert len(expected) > 20
    random = np.random.default_rng(5)
    for pieces in (7, 500):
        cut = Listener(RATE)
        at, events = 0, []
        for piece in np.split(sound, np.sort(random.integers(0, len(sound), pieces))):
            events.append(cut.hear(at, piece))
            at += len(piece)
        assert np.array_equal(np.concatenate([*events, cut.finish()]), expected)
        assert cut.sung == whole.sung


@pytest.mark.parametrize("rate", [44_100.0, 96_000.0])
def test_another_rate_hears_the_same_notes(rate):
    sound = in_a_room(silence(), sung(57, 0.4), silence(), sung(64, 0.4), silence())
    at = np.arange(int(len(sound) * rate / RATE)) * RATE / rate
    _, listener = listen(np.interp(at, np.arange(len(sound)), sound).astype(np.float32), Listener(rate))
    assert pitches(listener) == [57, 64]
    assert abs(listener.sung[0].onset_frame / rate - 0.3) < 0.03


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30])
def test_a_burst_of_what_is_no_sound_does_no_harm(bad):
    sound = in_a_room(silence(), sung(60, 0.8), silence(), sung(64, 0.5), silence())
    sound[RATE // 2 : RATE // 2 + 300] = bad
    events, listener = listen(sound)
    assert_all_ended(events)
    assert np.isfinite(events["value"]).all()
    assert pitches(listener)[-1] == 64
    assert set(pitches(listener)) == {60, 64}


def test_clipping_and_dc_change_neither_notes_nor_octaves():
    sound = in_a_room(silence(), sung(50, 0.5, level_db=3.0), silence(), sung(62, 0.5, level_db=3.0), silence())
    _, listener = listen(np.clip(sound + 0.2, -1.0, 1.0).astype(np.float32))
    assert pitches(listener) == [50, 62]


def test_missing_samples_end_the_note_that_sounds_and_the_next_is_heard_where_it_is():
    listener = Listener(RATE)
    voice = in_a_room(silence(), sung(60, 0.5))
    first = [listener.hear(at, voice[at : at + BLOCK]) for at in range(0, 24_000, BLOCK)]
    assert listener.live.note == 60
    last_heard = 24_000 // BLOCK * BLOCK + (BLOCK if 24_000 % BLOCK else 0)
    jump = 10 * RATE
    at_gap = listener.hear(jump, voice[:BLOCK])
    assert at_gap["kind"].tolist() == [NOTE_OFF]
    assert at_gap["frame"].tolist() == [jump]
    assert listener.sung[0].offset_frame <= last_heard
    rest, _ = listen(voice[BLOCK:], listener, jump + BLOCK)
    assert_all_ended(np.concatenate([*first, at_gap, rest]))
    assert abs(listener.sung[1].onset_frame - jump - 0.3 * RATE) < 0.03 * RATE


def test_an_event_says_when_it_was_decided_and_that_it_comes_from_the_voice():
    listener = Listener(RATE, Hearing(channel=3))
    sound = in_a_room(silence(), sung(60, 0.3))
    for at in range(0, len(sound), BLOCK):
        events = listener.hear(at, sound[at : at + BLOCK])
        assert events.dtype == EVENT
        assert ((events["frame"] > at) & (events["frame"] <= at + BLOCK)).all()
        assert (events["channel"] == 3).all()
        assert (events["source"] == FROM_VOICE).all()


def test_reset_repeats_everything():
    sound = in_a_room(silence(), sung(60, 0.4), silence(), sung(64, 0.4))
    once, listener = listen(sound)
    notes = list(listener.sung)
    listener.reset(0)
    assert listener.sung == []
    again, _ = listen(sound, listener)
    assert np.array_equal(once, again)
    assert listener.sung == notes


def test_the_meters_show_what_is_sung_now():
    listener = Listener(RATE)
    listener.hear(0, in_a_room(silence(), sung(57, 0.4))[: int(0.6 * RATE)])
    assert listener.live.note == 57
    assert listener.live.f0_hz == pytest.approx(220.0, rel=0.01)
    assert listener.live.confidence > 0.9
    assert listener.live.level_db == pytest.approx(-18.0, abs=3.0)
    listener.finish()
    assert listener.live.note is None
