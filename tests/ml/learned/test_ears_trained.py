"""The ear that learned, on voices made by arithmetic: what any network that may be shipped must do.

Nothing here depends on how good these weights are to the last note: a better network passes as well.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import ml.learned.ear as learned
from ml.beat.grid import Beat
from ml.fallback.ear import RuleEar
from ml.frames import Frames, Hop
from ml.learned.ear import NAME, Trained, TrainedEar, tuning_of
from ml.listener import Listener
from ml.notes import Notes
from ml.pitch import Pitch
from ml.profile import Profile
from ml.said import Live, Said, Sung
from ml.shaping.scale import Scale
from ml.shaping.shape import Mode, Shape
from ml.wish import Hearing, Quantise
from models.cards import FOLDER, card
from realtime.events import BEND, CONTROL, EVENT, FROM_VOICE, NOTE_OFF, NOTE_ON, PRESSURE
from score.errors import ModelError
from tests.ml.drums.mouths import beat, mouth
from tests.ml.learned.sung_hops import assert_each_note_ends_once
from tests.ml.voices import RATE, breath, gliding, in_a_room, noise, silence, sung, with_vibrato

BLOCK = 128
HOP_FRAMES = RATE * 0.005


@pytest.fixture(scope="module")
def trained() -> Trained:
    return Trained()


@pytest.fixture
def ear() -> TrainedEar:
    """Hears by what ships."""
    return TrainedEar(2.0, HOP_FRAMES)


def listen(sound: np.ndarray, listener: Listener, first: int = 0, block: int = BLOCK) -> np.ndarray:
    events = [listener.hear(first + at, sound[at : at + block]) for at in range(0, len(sound), block)]
    return np.concatenate([*events, listener.finish()])


def ons(events: np.ndarray, channel: int = 0) -> list[int]:
    return events["number"][(events["kind"] == NOTE_ON) & (events["channel"] == channel)].tolist()


def assert_ended(events: np.ndarray, channel: int = 0) -> None:
    down: list[int] = []
    for event in events[events["channel"] == channel]:
        if event["kind"] == NOTE_ON:
            down.append(int(event["number"]))
        elif event["kind"] == NOTE_OFF:
            down.remove(int(event["number"]))
    assert not down


@pytest.fixture(scope="module")
def song() -> np.ndarray:
    parts = [sung(gliding([57, 60, 62]), 1.2), silence(0.2), sung(65, 0.4), breath(), sung(with_vibrato(62, 0.8), 0.8)]
    return in_a_room(silence(), *parts, silence())


def a_folder(to: Path) -> Path:
    """The shipped ears, copied, so that they can be harmed."""
    for kind in (".json", ".onnx"):
        shutil.copy(FOLDER / f"{NAME}{kind}", to)
    return to


def test_the_shipped_ears_are_used_and_give_no_trouble():
    listener = Listener(RATE)
    assert listener.trouble is None
    assert isinstance(listener._ear, TrainedEar)


def test_chances_are_chances(trained, song):
    trained.reset()
    for hop in Frames(RATE).hear(song):
        now = trained.hear(hop)
        assert now.frame == hop.frame
        assert (now.ages >= 0.0).all()
        assert float(now.ages.sum()) <= 1.0 + 1e-3
        assert all(0.0 <= chance <= 1.0 for chance in (now.sounds, now.sings, now.drums, now.sure))


def test_after_a_reset_the_network_has_forgotten_everything(trained, song):
    hops = list(Frames(RATE).hear(song))[:150]
    trained.reset()
    once = [trained.hear(hop) for hop in hops]
    trained.reset()
    for before, hop in zip(once, hops, strict=True):
        again = trained.hear(hop)
        assert np.array_equal(before.ages, again.ages)
        assert before[2:5] == again[2:5]


def test_plainly_sung_notes_are_heard_at_their_pitches():
    midis = [60, 64, 62, 57]
    parts = [part for midi in midis for part in (sung(midi, 0.5), silence(0.25))]
    listener = Listener(RATE)
    events = listen(in_a_room(silence(0.5), *parts), listener)
    assert_ended(events)
    near = [any(abs(note.pitch_midi - midi) < 0.5 for note in listener.sung) for midi in midis]
    assert sum(near) >= 3
    assert len(listener.sung) <= 8


def test_what_is_no_voice_plays_no_melody():
    for sound in (silence(2.0), noise(2.0, -55.0)):
        assert len(ons(listen(in_a_room(sound), Listener(RATE)))) <= 1


def test_any_cut_of_the_stream_gives_the_same_bits(song):
    whole = Listener(RATE)
    expected = np.concatenate([whole.hear(0, song), whole.finish()])
    assert len(ons(expected)) >= 1
    random = np.random.default_rng(5)
    for pieces in (9, 400):
        cut, at, events = Listener(RATE), 0, []
        for piece in np.split(song, np.sort(random.integers(0, len(song), pieces))):
            events.append(cut.hear(at, piece))
            at += len(piece)
        assert np.array_equal(np.concatenate([*events, cut.finish()]), expected)
        assert cut.sung == whole.sung


def test_reset_repeats_everything(song):
    listener = Listener(RATE)
    once = listen(song, listener)
    notes = list(listener.sung)
    listener.reset(0)
    assert listener.sung == []
    assert listener.live.note is None
    assert np.array_equal(listen(song, listener), once)
    assert listener.sung == notes


def test_events_bear_the_frame_the_channel_and_the_source(song):
    listener = Listener(RATE, Hearing(channel=5))
    for at in range(0, len(song), BLOCK):
        events = listener.hear(at, song[at : at + BLOCK])
        assert events.dtype == EVENT
        assert ((events["frame"] > at) & (events["frame"] <= at + BLOCK)).all()
        assert (events["channel"] == 5).all()
        assert (events["source"] == FROM_VOICE).all()


def sounding(listener: Listener, sound: np.ndarray) -> tuple[list[np.ndarray], int]:
    """Listen until a note sounds."""
    events, at = [], 0
    while listener.live.note is None:
        assert at < len(sound)
        events.append(listener.hear(at, sound[at : at + BLOCK]))
        at += BLOCK
    return events, at


def test_missing_samples_end_what_sounds_and_leave_nothing_behind(song):
    listener = Listener(RATE)
    events, heard = sounding(listener, song)
    jump = 10 * RATE
    gap = listener.hear(jump, song[:BLOCK])
    assert NOTE_OFF in gap["kind"].tolist()
    assert set(gap["frame"].tolist()) == {jump}
    assert listener.sung[0].offset_frame <= heard
    fresh = Listener(RATE)
    alone = listen(song, fresh, jump)
    rest = listen(song[BLOCK:], listener, jump + BLOCK)
    assert_ended(np.concatenate([*events, gap, rest]))
    assert ons(rest) == ons(alone)  # heard as if nothing had been before
    assert [note.pitch_midi for note in listener.sung[1:]] == [note.pitch_midi for note in fresh.sung]


def test_the_meters_show_the_voice(ear):
    for hop in Frames(RATE).hear(in_a_room(silence(), sung(57, 0.5))[: int(0.7 * RATE)]):
        ear.hear(hop)
    assert ear.live.f0_hz == pytest.approx(220.0, rel=0.01)
    assert ear.live.confidence > 0.8
    assert ear.live.level_db == pytest.approx(-18.0, abs=4.0)
    ear.reset()
    assert ear.live.f0_hz == 0.0
    assert ear.live.note is None


class Opinion:
    """A tracker that is told what to say."""

    def __init__(self, f0_hz: float, clarity: float) -> None:
        self.says, self.resets = Pitch(f0_hz, clarity, -20.0), 0

    def reset(self) -> None:
        self.resets += 1

    def hear(self, hop: np.ndarray) -> Pitch:
        return self.says


@pytest.mark.parametrize(("clarity", "f0_hz"), [(0.95, 440.0), (0.5, 220.0)])
def test_a_second_opinion_says_the_pitch_only_where_it_is_sure(clarity, f0_hz):
    opinion = Opinion(440.0, clarity)
    ear = TrainedEar(2.0, HOP_FRAMES, opinion=opinion)
    for hop in Frames(RATE).hear(in_a_room(silence(), sung(57, 0.5))[: int(0.7 * RATE)]):
        ear.hear(hop)
    assert ear.live.f0_hz == pytest.approx(f0_hz, rel=0.01)
    ear.reset()
    ear.interrupt(0)
    assert opinion.resets == 2


def test_the_profile_reaches_the_ear():
    deaf = Listener(RATE, Hearing(profile=Profile(gate_db=-10.0)))
    assert len(listen(in_a_room(silence(), sung(60, 0.5), silence()), deaf)) == 0


@pytest.mark.parametrize("harm", ["another file", "cut off", "gone", "no card", "half a card", "a setting"])
def test_harmed_weights_leave_the_ears_of_rules_and_say_why(tmp_path, monkeypatch, harm):
    folder = a_folder(tmp_path)
    weights, said = folder / f"{NAME}.onnx", folder / f"{NAME}.json"
    if harm == "another file":
        weights.write_bytes(weights.read_bytes()[:-1] + b"\x00\x01")
    elif harm == "cut off":
        weights.write_bytes(weights.read_bytes()[:1_000])
    elif harm == "gone":
        weights.unlink()
    elif harm == "no card":
        said.unlink()
    elif harm == "half a card":
        said.write_text(said.read_text(encoding="utf-8")[:200], encoding="utf-8")
    else:
        told = json.loads(said.read_text(encoding="utf-8"))
        told["tuning"]["bravery"] = 1.0
        said.write_text(json.dumps(told), encoding="utf-8")
    monkeypatch.setattr(learned, "card", partial(card, folder=folder))
    listener = Listener(RATE)
    assert isinstance(listener.trouble, ModelError)
    assert isinstance(listener._ear, RuleEar)
    assert ons(listen(in_a_room(silence(), sung(60, 0.5), silence()), listener)) == [60]


def test_a_file_that_is_cut_off_and_vouched_for_is_still_refused(tmp_path):
    folder = a_folder(tmp_path)
    (folder / f"{NAME}.onnx").write_bytes((folder / f"{NAME}.onnx").read_bytes()[:5_000])
    described = card(NAME, folder)
    with pytest.raises(ModelError):
        Trained(replace(described, sha256=hashlib.sha256(described.path.read_bytes()).hexdigest()))


def test_whoever_asks_for_the_rules_gets_them_without_any_trouble():
    listener = Listener(RATE, Hearing(rules=True))
    assert listener.trouble is None
    assert isinstance(listener._ear, RuleEar)


def test_a_card_says_how_bold_the_ears_are(ear):
    told = card(NAME)
    assert tuning_of(told).likely == told.part("tuning")["likely"]
    assert isinstance(ear._notes, Notes)


class Sings:
    """An ear that is told what to say in which hop, so that what follows it can be seen alone."""

    def __init__(self, said: dict[int, list[Said]]) -> None:
        self._said, self._hop = said, 0
        self.sung: list[Sung] = []
        self.live = Live()

    def hear(self, hop: Hop) -> list[Said]:
        self._hop += 1
        return self._said.get(self._hop, [])

    def interrupt(self, frame: int) -> list[Said]:
        return []

    def finish(self, frame: int) -> list[Said]:
        return []

    def reset(self) -> None:
        self._hop = 0


def a_tune(*keys: int, every_hops: int = 40) -> dict[int, list[Said]]:
    tune: dict[int, list[Said]] = {}
    for place, key in enumerate(keys):
        first = 10 + place * every_hops
        tune[first] = [Said(BEND, 0, 0.2), Said(NOTE_ON, key, 0.7)]
        tune[first + every_hops - 5] = [Said(NOTE_OFF, key, 0.5)]
    return tune


def test_the_shape_turns_what_is_sung_into_what_is_played():
    sound = np.zeros(2 * RATE, np.float32)
    plain = listen(sound, Listener(RATE, ear=Sings(a_tune(60, 61, 63))))
    assert ons(plain) == [60, 61, 63]
    wanted = Shape(mode=Mode.SCALE, scale=Scale.parse("C major"), octave=1)
    shaped = Listener(RATE, Hearing(shape=wanted), ear=Sings(a_tune(60, 61, 63)))
    events = listen(sound, shaped)
    assert_ended(events)
    assert len(ons(events)) == 3
    assert {key % 12 for key in ons(events)} <= {0, 2, 4, 5, 7, 9, 11}
    assert ons(events)[0] == 72
    assert shaped.key_name is not None


def test_notes_are_put_onto_the_lines_of_a_tempo_and_all_ended():
    sound = np.zeros(3 * RATE, np.float32)
    hearing = Hearing(quantise=Quantise(division="1/8", bpm=120.0))
    listener = Listener(RATE, hearing, ear=Sings(a_tune(60, 62, 64, 65, every_hops=52)))
    events = listen(sound, listener)
    assert_ended(events)
    assert ons(events) == [60, 62, 64, 65]
    at_s = events["frame"][events["kind"] == NOTE_ON] / RATE
    sung_s = 0.005 * (10 + 52 * np.arange(4))
    assert (at_s >= sung_s - 0.01).all()  # what is already past can only be sent at once
    assert isinstance(listener.beat, Beat)


def test_without_a_shape_and_a_tempo_there_is_neither_key_nor_beat():
    listener = Listener(RATE, ear=Sings({}))
    assert listener.key_name is None
    assert listener.beat is None


def test_a_mouth_that_drums_plays_on_a_channel_of_its_own_beside_the_melody():
    thump = mouth("kick", 1)
    chance = np.random.default_rng(4)
    sound = beat(*(thump.strike(chance) for _ in range(3)))
    listener = Listener(RATE, Hearing(drums=True, channel=2), ear=Sings(a_tune(60, 62)))
    events = listen(sound, listener)
    assert ons(events, 2) == [60, 62]
    assert len(ons(events, 9)) >= 2
    assert set(events["channel"].tolist()) <= {2, 9}
    assert_ended(events, 9)
    assert len(ons(listen(sound, Listener(RATE, Hearing(channel=2), ear=Sings(a_tune(60)))), 9)) == 0


def test_the_ear_says_bends_pressures_colours_and_notes_only(ear, song):
    said = [each for hop in Frames(RATE).hear(song) for each in ear.hear(hop)] + ear.finish(len(song))
    assert {each.kind for each in said} <= {BEND, PRESSURE, CONTROL, NOTE_ON, NOTE_OFF}
    assert_each_note_ends_once(said)
    assert all(0.0 <= each.value <= 1.0 for each in said if each.kind in (CONTROL, NOTE_ON))
