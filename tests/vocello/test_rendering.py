"""`vocello render`: MIDI and voices become sound files, the same that live playing gives; `vocello play` beside it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import mido
import numpy as np
import numpy.typing as npt
import pytest

from realtime.device.sound_file import SoundReader, write_sound
from realtime.dsp.strings.scales import preset
from realtime.dsp.strings.tuning_messages import bulk_dump, single_notes
from realtime.events import ALL_CHANNELS, CONTROL, FROM_APP, NOTE_OFF, NOTE_ON, TUNE, event
from realtime.host import Host
from score.errors import UsageError
from score.midifile import read
from tests.realtime.driving import Card, cut_anyhow
from vocello import command_line
from vocello.commands.render import MANIFEST, found
from vocello.playing.offline import Offline
from vocello.playing.players import performance
from vocello.playing.rack import cello_slots, find_instrument
from vocello.playing.rendering import Wanted
from vocello.playing.sound_out import SoundOut, checked
from vocello.playing.sung import MEZZO_FORTE_DB, Listener, bowed
from vocello.singer import sing

pytestmark = pytest.mark.timeout(400)  # whoever comes first may have to compile

RATE = 48_000


def midi(path: Path, tracks: list[list[mido.Message]]) -> Path:
    file = mido.MidiFile(type=1, ticks_per_beat=480)
    for messages in tracks:
        file.tracks.append(mido.MidiTrack(messages))
    file.save(path)
    return path


def note(key: int, ticks: int, channel: int = 0, velocity: int = 90) -> list[mido.Message]:
    return [
        mido.Message("note_on", note=key, velocity=velocity, channel=channel, time=0),
        mido.Message("note_off", note=key, velocity=64, channel=channel, time=ticks),
    ]


def sound_of(path: Path) -> tuple[npt.NDArray[np.float32], float]:
    reader = SoundReader(path)
    try:
        return reader.read(reader.frames), reader.rate
    finally:
        reader.close()


@pytest.fixture
def duet(tmp_path: Path) -> Path:
    bends = [mido.Message("pitchwheel", pitch=4_096, time=60), mido.Message("pitchwheel", pitch=0, time=60)]
    return midi(
        tmp_path / "duet.mid",
        [
            [*note(48, 240), *bends, mido.Message("control_change", control=1, value=90), *note(50, 240)],
            [*note(60, 480, channel=1), *note(55, 240, channel=1)],
        ],
    )


def test_a_file_is_bit_by_bit_what_a_card_gives_of_the_same_events(
    duet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "duet.wav"
    assert command_line.run(["render", str(duet), "-o", str(out), "--bits", "float", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    rendered, rate = sound_of(out)
    assert (told["notes"], told["players"], rate) == (4, 2, RATE)
    assert np.abs(rendered).max() > 0.01

    piece = performance(read(duet).score, RATE)
    host = Host(RATE, cello_slots(find_instrument()))
    card = Card(host)
    events = piece.events.copy()
    events["slot"] = host.rack.number("cello")
    assert host.send(FROM_APP, events)
    live = card.play(cut_anyhow(len(rendered), seed=5))
    assert np.array_equal(rendered, live)


def test_players_sit_side_by_side_and_drums_and_empty_tracks_do_not_play(tmp_path: Path) -> None:
    song = midi(
        tmp_path / "song.mid",
        [note(60, 480), [], note(64, 480, channel=1), note(36, 480, channel=9), note(67, 480, channel=2)],
    )
    piece = performance(read(song).score, RATE)
    pans = [float(each["value"]) for each in piece.events if each["kind"] == CONTROL and each["number"] == 10]
    ons = [each for each in piece.events if each["kind"] == NOTE_ON]
    assert (piece.players, piece.notes, piece.cellos) == (3, 3, 1)
    assert pans == [pytest.approx(0.15), pytest.approx(0.85)]  # the one in the middle stays there
    assert sorted(int(each["channel"]) for each in ons) == [0, 1, 2]
    assert len(piece.left_out) == 1 and "drums" in piece.left_out[0]


def test_more_than_sixteen_players_get_another_cello_and_too_many_are_refused(tmp_path: Path) -> None:
    tracks = [note(48 + n, 480, channel=n % 9) for n in range(20)]
    piece = performance(read(midi(tmp_path / "many.mid", tracks)).score, RATE)
    assert (piece.players, piece.cellos) == (20, 2)
    assert {int(each["slot"]) for each in piece.events} == {0, 1}
    with pytest.raises(UsageError, match="140 players"):
        performance(read(midi(tmp_path / "crowd.mid", [note(60, 480)] * 140)).score, RATE)


def test_each_finger_of_mpe_bends_alone(tmp_path: Path) -> None:
    zone = [
        mido.Message("control_change", control=number, value=value, channel=0, time=0)
        for number, value in ((101, 0), (100, 6), (6, 15))
    ]
    fingers = [
        mido.Message("pitchwheel", channel=1, pitch=2_048, time=0),
        mido.Message("note_on", channel=1, note=48, velocity=80, time=0),
        mido.Message("note_on", channel=2, note=52, velocity=80, time=0),
        mido.Message("note_off", channel=1, note=48, velocity=64, time=480),
        mido.Message("note_off", channel=2, note=52, velocity=64, time=0),
    ]
    piece = performance(read(midi(tmp_path / "mpe.mid", [[*zone, *fingers]])).score, RATE)
    ons = {int(each["number"]): int(each["channel"]) for each in piece.events if each["kind"] == NOTE_ON}
    bends = [(int(each["channel"]), round(float(each["value"]), 2)) for each in piece.events if each["kind"] == 3]
    assert len(set(ons.values())) == 2 and piece.players == 1
    assert (ons[48], 12.0) in bends
    assert all(bend == 0.0 for channel, bend in bends if channel == ons[52])


def test_what_is_never_let_go_ends_with_its_track(tmp_path: Path) -> None:
    hanging = [
        mido.Message("control_change", control=64, value=127, time=0),
        mido.Message("note_on", note=60, velocity=90, time=0),
        mido.Message("note_off", note=60, velocity=90, time=480),
    ]
    piece = performance(read(midi(tmp_path / "hanging.mid", [hanging])).score, RATE)
    assert [(int(each["kind"]), int(each["number"])) for each in piece.events][-2:] == [(NOTE_OFF, 60), (CONTROL, 64)]
    assert not any(int(each["channel"]) == ALL_CHANNELS for each in piece.events)


def test_ten_thousand_notes_at_once_are_played_as_well_as_can_be_and_harm_nobody() -> None:
    offline = Offline(RATE, cello_slots(find_instrument("cello", "additive"), "poly"))
    flood = np.repeat(event(NOTE_ON, frame=100, value=1.0), 10_000)
    flood["number"], flood["channel"] = np.arange(10_000) % 128, np.arange(10_000) // 128 % 16
    offline.send(flood)
    sound = offline.play(RATE // 2)
    assert np.isfinite(sound).all() and 0.1 < np.abs(sound).max() <= 1.0
    assert not sound[:100].any()


def tuned_by(message: bytes, path: Path) -> Path:
    return midi(path, [[mido.Message("sysex", data=message[1:-1], time=0), *note(52, 480)]])


def test_a_tuning_in_the_file_is_what_is_played_by_every_player(tmp_path: Path) -> None:
    just = preset("just")
    piece = performance(read(tuned_by(bulk_dump(just, "just"), tmp_path / "tuned.mid")).score, RATE)
    tuned = piece.events[piece.events["kind"] == TUNE]
    assert tuned["number"].tolist() == list(range(128)) and set(tuned["slot"].tolist()) == {0}
    assert tuned["value"] == pytest.approx(just, abs=1e-4)
    assert piece.notes == 1
    tracks = [note(48 + n, 480, channel=n % 9) for n in range(20)]
    single = single_notes(just, [52])
    tracks[3] = [mido.Message("sysex", data=single[1:-1], time=0), *tracks[3]]
    many = performance(read(midi(tmp_path / "many.mid", tracks)).score, RATE)
    assert sorted(many.events[many.events["kind"] == TUNE]["slot"].tolist()) == [0, 1]


def test_a_tuning_of_the_file_and_one_asked_for_are_the_same_sound(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = midi(tmp_path / "asked.mid", [note(52, 480)])
    inside = tuned_by(bulk_dump(preset("just"), "just"), tmp_path / "inside.mid")
    scale = tmp_path / "just.scl"
    just = ["16/15", "9/8", "6/5", "5/4", "4/3", "45/32", "3/2", "8/5", "5/3", "9/5", "15/8", "2/1"]
    scale.write_text("\n".join(["pure", "12", *just]) + "\n")
    made = {}
    for name, source, options in (
        ("equal", asked, []),
        ("inside", inside, []),
        ("named", asked, ["--tuning", "just"]),
        ("file", asked, ["--tuning", str(scale), "--tonic", "C"]),
        ("on G", asked, ["--tuning", "just", "--tonic", "G"]),
        ("low", asked, ["--a4", "415"]),
    ):
        out = tmp_path / f"{name}.wav"
        typed = ["render", str(source), "-o", str(out), "--model", "additive", "--dry", "--bits", "float", "--json"]
        assert command_line.run([*typed, *options]) == 0
        made[name] = sound_of(out)[0]
    capsys.readouterr()
    assert np.array_equal(made["named"], made["file"])
    frames = min(map(len, made.values()))
    near = np.abs(made["named"][:frames] - made["inside"][:frames]).max()  # whose steps are 0.006 cents
    far = np.abs(made["named"][:frames] - made["equal"][:frames]).max()
    assert near < 0.02 * far
    for other in ("on G", "low"):
        assert np.abs(made[other][:frames] - made["named"][:frames]).max() > 0.2 * far


@pytest.mark.parametrize(
    ("name", "rate", "bits"), [("a.wav", 44_100, "16"), ("a.flac", 48_000, "24"), ("a.wav", 96_000, "float")]
)
def test_every_rate_and_depth_is_what_was_asked_for(name: str, rate: int, bits: str, tmp_path: Path) -> None:
    song = midi(tmp_path / "short.mid", [note(57, 120)])
    out = tmp_path / name
    typed = ["render", str(song), "-o", str(out), "--rate", str(rate), "--bits", bits, "--model", "additive"]
    assert command_line.run([*typed, "--dry", "--json"]) == 0
    rendered, found_rate = sound_of(out)
    assert found_rate == rate and rendered.shape[1] == 2
    assert 0.01 < np.abs(rendered).max() <= 1.0
    if bits == "16":
        assert np.abs(rendered * 32_767.0 - np.round(rendered * 32_767.0)).max() < 1e-3


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["nowhere.mid", "-o", "a.wav"], "nowhere.mid"),
        (["SONG"], "-o OUT.wav"),
        (["SONG", "-o", "a.mp3"], ".wav or .flac"),
        (["SONG", "-o", "a.flac", "--bits", "float"], "--bits 24"),
        (["SONG", "-o", "a.wav", "--bits", "12"], "float"),
        (["SONG", "-o", "a.wav", "--rate", "22050"], "--rate 48000"),
        (["SONG", "-o", "a.wav", "--instrument", "kazoo"], "contrabass"),
        (["SONG", "-o", "a.wav", "--model", "sampled"], "additive"),
        (["SONG", "-o", "no/folder/a.wav"], "mkdir -p"),
        (["EMPTY", "-o", "a.wav"], "no notes"),
        (["SILENCE", "-o", "a.wav"], "nobody sings"),
    ],
)
def test_what_cannot_be_rendered_is_told_in_one_line(
    typed: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    midi(tmp_path / "song.mid", [note(57, 120)])
    midi(tmp_path / "empty.mid", [[]])
    write_sound(tmp_path / "silence.wav", np.zeros(RATE, np.float32), RATE)
    places = {"SONG": "song.mid", "EMPTY": "empty.mid", "SILENCE": "silence.wav"}
    assert command_line.run(["render", *(places.get(word, word) for word in typed), "--json"]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1 and said.startswith("vocello: ") and words in said
    assert not list(tmp_path.glob(".*")) and not (tmp_path / "a.wav").exists()


def test_a_folder_is_gone_on_with_where_it_was_broken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    songs, out = tmp_path / "songs", tmp_path / "out"
    (songs / "deeper").mkdir(parents=True)
    for name in ("one.mid", "two.mid", "deeper/three.mid"):
        midi(songs / name, [note(57, 60)])
    (songs / "bad.mid").write_bytes(b"MThd, and no more")
    typed = ["render", str(songs), "-o", str(out), "--model", "additive", "--dry", "--json"]
    real = SoundOut.write
    written: list[str] = []

    def cut_off(self: Any, samples: Any) -> None:
        written.append(self.path.name)
        if self.path.name == "two.wav":
            raise KeyboardInterrupt
        real(self, samples)

    with monkeypatch.context() as patch:
        patch.setattr(SoundOut, "write", cut_off)
        assert command_line.run(typed) == 130
    capsys.readouterr()
    assert sorted(each.name for each in out.rglob("*.wav")) == ["one.wav", "three.wav"]
    (out / ".two-12345678.wav").write_bytes(b"what a crash left")

    assert command_line.run(typed) == 2  # since one of them is bad
    told = json.loads(capsys.readouterr().out)
    assert [Path(each["output"]).name for each in told["rendered"]] == ["two.wav"]
    assert sorted(Path(each).name for each in told["were_done"]) == ["one.wav", "three.wav"]
    assert [Path(each).name for each in told["failed"]] == ["bad.mid"]
    assert [each.name for each in out.rglob(".*") if each.is_file()] == [MANIFEST]

    os.remove(out / "one.wav")
    (songs / "bad.mid").unlink()
    assert command_line.run([*typed, "--octave", "1"]) == 0  # another wish makes everything anew
    assert len(json.loads(capsys.readouterr().out)["rendered"]) == 3


def test_two_of_one_name_get_places_of_their_own(tmp_path: Path) -> None:
    midi(tmp_path / "one.mid", [note(57, 60)])
    write_sound(tmp_path / "one.wav", np.zeros(100, np.float32), RATE)
    shutil.copy(tmp_path / "one.mid", tmp_path / "two.MID")
    places = {source.name: str(place) for source, place in found([tmp_path])}
    assert places == {"one.mid": "one", "one.wav": "one-2", "two.MID": "two"}


def test_only_what_can_be_written_is_begun(tmp_path: Path) -> None:
    assert [checked(tmp_path / "a.wav", RATE, bits) for bits in ("16", "24", "float")] == [16, 24, 32]


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("voice") / "voice.wav"
    samples, _ = sing(RATE)
    write_sound(path, samples[: 6 * RATE], RATE)
    return path


def swung(rate_hz: float = 5.5, cents: float = 60.0, rate: int = RATE) -> npt.NDArray[np.float32]:
    """Two seconds of a voice-like tone with vibrato, a rest, and a second higher and softer."""
    made = []
    for hertz, seconds, level in ((196.0, 2.0, 0.3), (0.0, 0.5, 0.0), (294.0, 1.0, 0.1)):
        t = np.arange(round(seconds * rate)) / rate
        f0 = hertz * 2.0 ** (cents / 1_200.0 * np.sin(2 * np.pi * rate_hz * t))
        phase = 2 * np.pi * np.cumsum(f0) / rate
        made.append(
            level * sum(np.sin(k * phase) / k for k in range(1, 9)) * np.minimum(1.0, 50.0 * np.minimum(t, seconds - t))
        )
    return np.concatenate(made).astype(np.float32)


@pytest.mark.parametrize("pieces", [1, 7])
def test_a_voice_is_followed_in_pitch_and_loudness_and_silent_where_it_rests(pieces: int) -> None:
    listener = Listener(RATE)
    for part in np.array_split(swung(), pieces):
        listener.hear(part)
    sung = listener.finish()
    assert len(sung) == 875
    hertz, loudness = bowed(sung)
    t = np.arange(50, 450) / 250.0
    right = 196.0 * 2.0 ** (60.0 / 1_200.0 * np.sin(2 * np.pi * 5.5 * t))
    assert np.abs(1_200.0 * np.log2(hertz[50:450] / right)).max() < 15.0
    assert np.abs(1_200.0 * np.log2(hertz[680:820] / 294.0)).max() < 80.0
    assert (loudness[530:600] <= -120.0).all()
    assert abs(float(np.median(loudness[50:450])) - MEZZO_FORTE_DB) < 1.0
    first, second = float(np.median(loudness[50:450])), float(np.median(loudness[680:820]))
    as_sung = float(np.median(sung.loudness_db[50:450]) - np.median(sung.loudness_db[680:820]))
    assert abs((first - second) - as_sung) < 0.1


def test_its_vibrato_is_kept_halved_or_taken_out_and_its_steps_stay_steep() -> None:
    listener = Listener(RATE)
    listener.hear(swung())
    sung = listener.finish()

    def swing(amount: float) -> float:
        hertz, _ = bowed(sung, vibrato=amount)
        cents = 1_200.0 * np.log2(hertz[100:400] / 196.0)
        return float(cents.std() * np.sqrt(2.0))

    assert abs(swing(1.0) - 60.0) < 6.0
    assert abs(swing(0.5) - 30.0) < 6.0
    assert swing(0.0) < 8.0
    high, _ = bowed(sung, transpose_st=12.0)
    assert abs(float(np.median(high[50:450])) - 392.0) < 4.0


def test_a_voice_becomes_a_file_as_long_as_it_sings(
    voice: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "sung.flac"
    assert command_line.run(["render", str(voice), "-o", str(out), "--octave", "-1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    rendered, rate = sound_of(out)
    assert rate == RATE and told["sung_s"] > 2.0
    assert 6.0 <= len(rendered) / rate < 8.0
    assert np.abs(rendered).max() > 0.01
    assert not rendered[: RATE // 20].any()  # nobody has sung yet


def test_wishes_are_compared_by_what_they_ask() -> None:
    assert Wanted() == Wanted(instrument="cello") != Wanted(dry=True)


def test_play_says_which_model_plays_and_ends_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    typed = ["play", "--device", "null", "--keys", "none", "--seconds", "0.3"]
    assert command_line.run([*typed, "--model", "additive"]) == 0
    said = capsys.readouterr().out
    assert "Playing on 'null'" in said and "physics alone, as you asked" in said and "none is listened to" in said
    assert command_line.run([*typed, "--mode", "poly", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["blocks"] > 10 and told["losses"] == 0 and told["keys"] == []
    assert told["model"] in ("neural", "additive") and (told["model"] == "neural") == (told["trouble"] == "")


@pytest.mark.parametrize(
    ("typed", "words"),
    [(["--instrument", "kazoo"], "contrabass"), (["--mode", "duo"], "poly"), (["--model", "x"], "neural")],
)
def test_play_refuses_what_there_is_not(typed: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.run(["play", "--device", "null", "--seconds", "0.1", *typed]) == 2
    assert words in capsys.readouterr().err
