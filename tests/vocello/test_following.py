"""A string that follows the singer while she sings: in tune, as loud, in time, and silent where she is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ml.listener import Listener
from ml.said import Live
from realtime.device.sound_file import SoundReader, write_sound
from realtime.dsp.strings.follower import RESTS_DB, follower
from realtime.dsp.strings.sizes import FRAMES_A_SECOND, hop_frames
from realtime.events import KNOB, NOTE_OFF, NOTE_ON, NOW, event
from realtime.hearing import Hearing
from realtime.host import Host
from tests.realtime.driving import Card
from tests.realtime.dsp.strings.cello_playing import clicks
from vocello import command_line
from vocello.choices import Choices
from vocello.playing import sung
from vocello.playing.followed import Followed
from vocello.playing.following import Bow, Centre, Dynamics, Told
from vocello.playing.loudness import Loudness
from vocello.playing.rack import FOLLOWER, find_instrument, following_slots
from vocello.singer import sing

pytestmark = pytest.mark.timeout(400)  # whoever comes first may have to compile

RATE = 48_000
SMOOTH = 2.2
"""So far no instant of the cello's own notes stands out from those around it."""

HOP = hop_frames(RATE)
Sound = npt.NDArray[np.float32]


@cache
def voice() -> Sound:
    return sing(RATE)[0][: 7 * RATE]


def followed(samples: Sound, block: int = 128, rate: int = RATE) -> list[Told]:
    """Block by block, as a card brings them, in the pieces in which the ears take them."""
    ears, bow = Listener(rate), Bow(rate)
    ears.reset(0)
    told: list[Told] = []
    for start in range(0, len(samples), block):
        for at in range(start, min(start + block, len(samples)), 240):
            piece = samples[at : min(at + 240, start + block)]
            ears.hear(at, piece)
            told += bow.hear(piece, ears.live)
    return told


def recorded(samples: Sound) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The line of the same voice, by whoever knows it from beginning to end."""
    listener = sung.Listener(RATE)
    listener.hear(samples)
    return sung.bowed(listener.finish())


def test_live_is_the_recording_but_for_what_nobody_can_know_yet() -> None:
    live = np.array(followed(voice()))
    hertz, loudness_db = recorded(voice())
    at = np.arange(len(hertz))

    def cents_apart(late_s: float) -> npt.NDArray[np.float64]:
        then = (live[:, 0] / RATE - late_s) * FRAMES_A_SECOND
        both = (live[:, 2] > -60.0) & (np.interp(then, at, loudness_db) > -60.0)
        apart = 1_200.0 * (np.log2(live[:, 1]) - np.interp(then, at, np.log2(hertz)))
        return np.asarray(np.abs(apart[both]))

    late_s = min(np.arange(0.0, 0.03, 0.001), key=lambda each: float(np.percentile(cents_apart(each), 90)))
    assert late_s <= 0.016
    assert np.median(cents_apart(late_s)) < 1.0
    assert np.percentile(cents_apart(late_s), 90) < 8.0
    then = (live[:, 0] / RATE - 0.016) * FRAMES_A_SECOND
    louder_db = live[:, 2] - np.interp(then, at, loudness_db)
    steady = (live[:, 0] > 2 * RATE) & (np.interp(then, at, loudness_db) > -60.0) & (live[:, 2] > -60.0)
    assert np.percentile(np.abs(louder_db[steady] - np.median(louder_db[steady])), 80) < 3.0


@pytest.mark.parametrize("block", (64, 441, 1_024))
def test_how_the_card_cuts_its_blocks_is_not_heard(block: int) -> None:
    assert followed(voice()[: 2 * RATE], block) == followed(voice()[: 2 * RATE])


def test_noise_is_not_bowed() -> None:
    noise = np.random.default_rng(3).normal(0.0, 0.1, 2 * RATE).astype(np.float32)
    noise[RATE:] *= np.linspace(1.0, 0.0, RATE, dtype=np.float32)
    assert followed(noise) == []


def test_the_bow_comes_within_three_frames_and_leaves_for_good() -> None:
    told = followed(np.concatenate([voice()[: 4 * RATE], np.zeros(RATE, np.float32)]))
    frames = np.array([each.frame for each in told])
    loud = np.array([each.loudness_db for each in told])
    begins = np.flatnonzero(np.diff(frames, prepend=-RATE) > HOP)
    assert len(begins) >= 1
    for begin in begins:
        assert RESTS_DB < loud[begin] < loud[begin + 2]
    assert loud[-1] == RESTS_DB and frames[-1] < 4.6 * RATE
    assert np.abs(np.diff(loud[loud > RESTS_DB + 40.0])).max() < 15.0


def swinging(cents: float, seconds: float = 3.0, hertz: float = 5.6) -> npt.NDArray[np.float64]:
    t = np.arange(round(seconds * 200)) / 200.0
    return 24.0 + cents / 100.0 * np.sin(2 * np.pi * hertz * t)


@pytest.mark.parametrize("amount", (0.0, 0.5, 1.0, 2.0))
@pytest.mark.parametrize("hertz", (4.8, 5.6, 6.8))
def test_as_much_vibrato_is_kept_as_was_asked_for(amount: float, hertz: float) -> None:
    centre = Centre(amount)
    kept = np.array([centre.steadied(each) for each in swinging(50.0, hertz=hertz)])[200:]
    assert kept.std() * np.sqrt(2.0) * 100.0 == pytest.approx(50.0 * amount, abs=7.0)
    assert abs(kept.mean() - 24.0) < 0.05


@pytest.mark.parametrize("amount", (0.0, 2.0))
def test_a_leap_goes_through_as_it_is_sung_whatever_becomes_of_the_vibrato(amount: float) -> None:
    centre = Centre(amount)
    line = [24.0] * 100 + [28.0] * 100
    made = np.array([centre.steadied(each) for each in line])
    np.testing.assert_allclose(made, line, atol=1e-9)


def test_a_soft_singer_and_a_loud_one_are_bowed_alike_and_dynamics_stay() -> None:
    random = np.random.default_rng(2)
    levels = -30.0 + 4.0 * np.sin(np.arange(3_000) / 90.0) + random.normal(0.0, 0.5, 3_000)
    soft, loud = Dynamics(), Dynamics()
    made = np.array([(soft.sung(each - 15.0), loud.sung(each + 3.0)) for each in levels])
    np.testing.assert_allclose(made[:, 0], made[:, 1], atol=1e-9)
    assert abs(np.median(made[1_000:, 0]) - sung.MEZZO_FORTE_DB) < 2.0
    assert np.ptp(made[2_000:, 0]) == pytest.approx(np.ptp(levels[2_000:]), abs=1.5)


def test_a_level_is_the_same_whichever_way_the_window_looks() -> None:
    t = np.arange(RATE) / RATE
    tone = (0.2 * np.sin(2 * np.pi * 1_000.0 * t)).astype(np.float32)
    both, behind = Loudness(RATE), Loudness(RATE, 0.010)
    seen, heard = both.hear(tone), behind.hear(tone)
    assert behind.ahead_frames < both.ahead_frames / 2
    expected = 20.0 * np.log10(0.2 / np.sqrt(2.0))
    assert seen[100] == pytest.approx(expected, abs=0.05) and heard[100] == pytest.approx(expected, abs=0.05)
    broken = tone.copy()
    broken[RATE // 2] = np.nan
    assert np.isfinite(Loudness(RATE).hear(broken)).all()


class Singing:
    """Ears that hear what they are told to: a note of 220 Hz from here to there."""

    def __init__(self, begins: int, ends: int) -> None:
        self.begins, self.ends, self.now = begins, ends, 0
        self.sung: list[object] = []
        self.trouble = self.key_name = self.beat = None

    @property
    def live(self) -> Live:
        known = self.now // 240 * 240
        note = 57 if self.begins <= known < self.ends else None
        return Live(220.0 if note else 0.0, 1.0 if note else 0.0, -20.0, note, known)

    def reset(self, frame: int = 0) -> None:
        self.now = frame

    def hear(self, frame: int, samples: Sound) -> npt.NDArray[np.void]:
        before, self.now = self.now, frame + len(samples)
        told = [(self.begins, NOTE_ON), (self.ends, NOTE_OFF)]
        made = [event(kind, frame=at, number=57, value=0.5) for at, kind in told if before < at <= self.now]
        return np.concatenate(made) if made else event(NOTE_ON)[:0]

    def finish(self) -> npt.NDArray[np.void]:
        return self.hear(self.now, np.zeros(0, np.float32))


@pytest.mark.parametrize("block", (64, 128, 512))
def test_the_string_sounds_by_the_frame_it_is_told_and_nothing_comes_too_late(block: int) -> None:
    begins, ends = RATE // 2 // 240 * 240, RATE
    host = Host(RATE, following_slots(find_instrument("cello", "additive"), 0.0))
    card = Card(host)
    t = np.arange(2 * RATE // block * block) / RATE
    mic = np.where((t > 0.4) & (t < 1.0), 0.2 * np.sin(2 * np.pi * 220.0 * t), 0.0).astype(np.float32)
    out: list[npt.NDArray[np.void]] = []
    host.listen_with(True)
    card.block(block, np.zeros((block, 1), np.float32))
    ears = Followed(Singing(begins, ends), RATE, lambda: host)  # type: ignore[arg-type]
    hearing = Hearing(host, ears, [lambda events: out.append(events.copy())])
    played = []
    for start in range(0, len(mic), block):
        played.append(card.block(block, mic[start : start + block, None]))
        hearing.step()
    hearing.stop()
    heard = np.concatenate(played)[:, 0]
    first = int(np.argmax(np.abs(heard) > 1e-4))
    assert begins < first <= begins + HOP + 2 * block + RATE * 0.004 + 240
    assert not np.abs(heard[int(1.8 * RATE) :]).max() > 10.0 ** (-60.0 / 20.0)
    assert int(host.counters()["late_events"]) == 0
    sent = np.concatenate(out)
    assert sent["kind"].tolist() == [NOTE_ON, NOTE_OFF]
    events = host.played.pop_all()
    knobs = events[events["kind"] == KNOB]
    assert (np.diff(knobs["frame"][::2]) == HOP).all() and (knobs["frame"][::2] == knobs["frame"][1::2]).all()
    assert set(knobs["offset"].tolist()) == {follower.knob_offset("hertz"), follower.knob_offset("loudness_db")}
    notes = events[np.isin(events["kind"], (NOTE_ON, NOTE_OFF))]
    assert len(notes) == 2 and set(notes["slot"].tolist()) == {host.rack.number(FOLLOWER)}  # and the cello is still
    assert host.rack.state("cello")["hand"]["strings"]["stage"].sum() == 0


def test_where_samples_are_missing_the_bow_leaves_and_comes_back() -> None:
    ears = Followed(Singing(0, 10 * RATE), RATE, lambda: None)  # type: ignore[arg-type]
    ears.reset(0)
    mic = (0.2 * np.sin(2 * np.pi * 220.0 * np.arange(RATE) / RATE)).astype(np.float32)
    assert len(ears.hear(0, mic[: RATE // 2]))
    behind = ears.hear(RATE, mic[: RATE // 4])
    assert behind[0]["frame"] == NOW and behind[0]["value"] == RESTS_DB
    again = behind[behind["frame"] > RATE]
    assert len(again) > 20 and float(again["value"][-1]) > -60.0
    assert ears.finish()["value"].tolist() == [RESTS_DB]
    assert len(ears.finish()) == 0


@cache
def live(*options: str) -> tuple[Sound, list[str]]:
    """What `vocello live` makes of the voice, and what it says."""
    folder = Path(tempfile.mkdtemp())
    write_sound(folder / "voice.wav", voice(), RATE)
    device = f"file:{folder / 'voice.wav'}→{folder / 'out.wav'}"
    typed = ["vocello", "live", "--device", device, "--no-profile", "--keys", "none", "--midi-out", "none", *options]
    root = Path(command_line.__file__).resolve().parents[1]
    done = subprocess.run(
        [sys.executable, "-m", *typed],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.returncode == 0, done.stderr
    reader = SoundReader(folder / "out.wav")
    try:
        return reader.read(reader.frames).mean(axis=1), done.stdout.splitlines()
    finally:
        reader.close()


def cents_off(sound: Sound, octaves: int = 0) -> npt.NDArray[np.float64]:
    """How far the string is from the voice, frame by frame, at the delay at which it is least."""
    listeners = sung.Listener(RATE), sung.Listener(RATE)
    for listener, samples in zip(listeners, (voice(), sound), strict=True):
        listener.hear(np.ascontiguousarray(samples))
    sang, played = (each.finish() for each in listeners)
    found = []
    for late in range(15):
        frames = min(len(sang), len(played) - late)
        both = sang.is_sung[:frames] & played.is_sung[late : late + frames]
        apart = 1_200.0 * (np.log2(played.hertz[late : late + frames] / sang.hertz[:frames]) - octaves)
        found.append(apart[both])
    return min(found, key=lambda each: float(np.percentile(np.abs(each), 75)))


def test_live_the_string_sings_along_in_tune_and_the_notes_leave_as_ever() -> None:
    sound, said = live("--follow")
    assert np.isfinite(sound).all() and 0.03 < np.abs(sound).max() <= 1.0
    assert not np.abs(sound[: RATE // 3]).max() > 0.0  # nobody has sung yet
    assert clicks(np.asarray(sound, np.float64)) < SMOOTH
    off = cents_off(sound)
    assert len(off) > 2.5 * FRAMES_A_SECOND
    assert np.median(np.abs(off)) < 2.0 and abs(np.median(off)) < 1.0
    _, as_notes = live()
    assert [line for line in said if line.startswith("voice")] == [
        line for line in as_notes if line.startswith("voice")
    ]
    assert any("follows your pitch" in line for line in said)


def test_live_it_sounds_an_octave_lower_when_asked() -> None:
    sound, _ = live("--follow", "--octave", "-1")
    assert np.median(np.abs(cents_off(sound, -1))) < 5.0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--follow", "--no-cello"], "--instrument cello"),
        (["--follow", "--instrument", "tone"], "--instrument cello"),
        (["--follow", "--vibrato", "3"], "2 twice that"),
        (["--vibrato", "2"], "0"),
        (["--tuning", "blue"], "meantone"),
        (["--tuning", "none.scl"], "none.scl"),
        (["--tonic", "D"], "--tuning just"),
        (["--tuning", "just", "--tonic", "H"], "--tonic D"),
        (["--tuning", "just", "--keymap", "a.kbm"], "--keymap FILE.kbm"),
        (["--a4", "500"], "415 to 466"),
    ],
)
def test_what_cannot_be_followed_or_tuned_is_told_in_one_line(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.run(["live", "--device", "null", "--seconds", "0.1", "--json", *options]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1 and words in said


def test_the_notes_keep_all_of_a_vibrato_at_most() -> None:
    assert Choices(follow=True, vibrato=2.0, profile=False).hearing().shape.vibrato == 1.0
    assert Choices(follow=True, profile=False).hearing().shape.vibrato is None
    assert json.dumps(Choices(octave=-1, transpose=2).transpose_st) == "-10"


def test_a_take_is_recorded_as_ever_while_the_string_follows(tmp_path: Path) -> None:
    live("--follow", "--record", str(tmp_path))
    (take,) = (each for each in tmp_path.iterdir() if each.is_dir())
    assert len((take / "notes.csv").read_text().splitlines()) > 8
    assert (take / "notes.mid").is_file() and (take / "voice.wav").is_file()
