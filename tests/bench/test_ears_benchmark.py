"""The benchmark of the ears: its segmenter, its tables, its causality check and its report."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile

from bench.ears import (
    causal,
    curve,
    exact,
    live,
    metrics,
    peers,
    picture,
    report,
    rooms,
    run,
    segment,
    systems,
    tables,
)
from bench.ears.metrics import Figure, FileScore, summarise
from bench.ears.peer_worker import one_voice
from bench.ears.recordings import load
from ml.listener import Live
from ml.said import Sung
from ml.training.ears.world import RATE_HZ
from realtime.events import EVENT, NOTE_ON
from tests.ml import voices

RULES = segment.Rules(confidence=0.5)
EVENTS = ",".join(tables.EVENTS)


def frames(*parts) -> tuple[segment.Array, segment.Array, segment.Array]:
    """(pitch in MIDI or None, seconds, level in dB) after one another, as the segmenter takes them."""
    f0, confidence, level = [], [], []
    for pitch, length_s, level_db in parts:
        count = round(length_s / segment.HOP_S)
        f0 += [0.0 if pitch is None else 440.0 * 2.0 ** ((pitch - 69) / 12)] * count
        confidence += [0.1 if pitch is None else 0.9] * count
        level += [level_db] * count
    return np.array(f0), np.array(confidence), np.array(level)


def test_a_voice_that_pauses_or_steps_gives_a_note_each():
    found = segment.notes(
        *frames((None, 0.2, -80), (60, 0.3, -20), (62, 0.3, -20), (None, 0.2, -80), (62, 0.3, -20)), RULES
    )
    assert found[:, 2] == pytest.approx([60, 62, 62])
    assert found[:, 0] == pytest.approx([0.2, 0.5, 1.0], abs=0.011)
    assert found[:, 1] == pytest.approx([0.5, 0.8, 1.3], abs=0.011)


def test_a_dip_in_level_is_a_repeat_and_a_hole_of_two_frames_is_none():
    dipped = frames((60, 0.3, -20), (60, 0.04, -30), (60, 0.3, -20))
    holed = frames((60, 0.3, -20), (None, 0.02, -20), (60, 0.3, -20))
    assert len(segment.notes(*dipped, RULES)) == 2
    assert len(segment.notes(*holed, RULES)) == 1


def test_a_vibrato_is_one_note_and_a_click_is_none():
    t = np.arange(0.0, 1.0, segment.HOP_S)
    shaken = 440.0 * 2.0 ** (0.8 * np.sin(2 * np.pi * 5.5 * t) / 12)
    assert len(segment.notes(shaken, np.ones(100), np.full(100, -20.0), RULES)) == 1
    assert len(segment.notes(*frames((None, 0.5, -60), (60, 0.05, -20), (None, 0.5, -60)), RULES)) == 0
    assert segment.notes(np.zeros(0), np.zeros(0), np.zeros(0), RULES).shape == (0, 3)


def test_levels_are_those_of_the_sound():
    sound = np.concatenate([np.zeros(4_800), 0.5 * np.sin(np.arange(4_800))]).astype(np.float32)
    level_db = segment.levels_db(sound, 48_000, 20)
    assert level_db[3] == pytest.approx(-100.0)
    assert level_db[15] == pytest.approx(20 * math.log10(0.5 / math.sqrt(2)), abs=0.1)


def test_of_notes_that_sound_at_once_the_louder_stays():
    notes = np.array([[0.0, 1.0, 60, 0.8], [0.1, 0.9, 72, 0.3], [0.9, 2.0, 62, 0.7]])
    assert one_voice(notes).tolist() == [[0.0, 0.9, 60], [0.9, 2.0, 62]]
    assert one_voice(np.zeros((0, 4))).shape == (0, 3)


def test_a_table_is_read_by_the_names_of_its_columns(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("pitch_midi,singer,onset_s,offset_s\n60.5,7,1,2\n", encoding="utf-8")
    assert tables.read(path, tables.WRITTEN).tolist() == [[1, 2, 60.5]]
    assert np.isnan(tables.heard_notes(path)[0, [0, 4, 5]]).all()


def test_a_table_that_says_what_was_read_is_read_back(tmp_path: Path):
    rows = np.array([[1.0, 0.5, 2.0, 60.25, 0.5, np.nan]])
    tables.write(tmp_path / "a.csv", tables.EVENTS, rows)
    np.testing.assert_array_equal(tables.heard_notes(tmp_path / "a.csv"), rows)


@pytest.mark.parametrize("text", ["onset_s,offset_s\n1,2\n", "onset_s,offset_s,pitch_midi\n1,2,C4\n", ""])
def test_a_table_that_lacks_something_is_refused_by_name(tmp_path: Path, text: str):
    path = tmp_path / "broken.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(tables.TableError, match=r"broken\.csv"):
        tables.read(path, tables.WRITTEN)


def melody():
    parts = [p for midi in (60, 62, 64) for p in (voices.sung(midi, 0.4), voices.silence(0.2))]
    return voices.in_a_room(voices.silence(0.3), *parts)


def by_our_ears(some):
    return [live.hear(each, live.learned()).notes for each in some]


def test_our_ears_know_nothing_of_what_comes():
    times, wrong = causal.objections(melody(), by_our_ears, 3)
    assert times == 3
    assert wrong == []


def test_ears_that_look_ahead_are_found_out():
    def peeking(some):  # the pitch sent is that of the last note it will ever hear
        heard = by_our_ears(some)
        for notes in heard:
            notes[:, 5] = notes[-1, 3] if len(notes) else 0.0
        return heard

    _, wrong = causal.objections(melody(), peeking, 3)
    assert wrong
    assert all("sent_pitch_midi" in line for line in wrong)


def test_a_note_that_is_only_sent_when_more_follows_is_found_out():
    whole = np.array([[1.0, 0.98, 1.4, 60.0, 0.5, 60.0]])
    assert list(live.differences(whole, whole[:0], 1.01)) == [
        "1 notes were sent before 1.010 s, but 0 when the rest was cut off"
    ]
    still_sounding = whole + np.array([[0, 0, -0.39, 0.2, 0, 0]])
    assert list(live.differences(whole, still_sounding, 1.01)) == []


@pytest.fixture
def a_set(tmp_path: Path) -> Path:
    folder = tmp_path / "melodies"
    folder.mkdir()
    soundfile.write(folder / "one.wav", melody(), voices.RATE)
    rows = [(0.3 + 0.6 * n, 0.7 + 0.6 * n, midi) for n, midi in enumerate((60, 62, 64))]
    tables.write(folder / "one.csv", tables.WRITTEN, rows)
    times_s = np.arange(0, 2.1, 0.01)
    sung = np.zeros(len(times_s))
    for onset_s, offset_s, midi in rows:
        sung[(times_s > onset_s + 0.02) & (times_s < offset_s - 0.02)] = voices.hz(midi)
    tables.write(folder / "one.f0.csv", tables.F0, np.column_stack([times_s, sung]))
    soundfile.write(folder / "silence.wav", np.zeros(voices.RATE), voices.RATE)
    return folder


def test_our_ears_are_scored_on_a_folder(a_set: Path):
    some = load(a_set)
    results = run.evaluate(some, ["vocello"], systems.Conditions())
    figures = results.figures["vocello"]
    assert figures["COnP"].value == 1.0
    assert figures["f0"].value > 0.9
    assert figures["notes/min"].value == 0.0
    assert figures["CPU"].value > 0.0
    text = report.of_set(results.figures, {"aubio": "not installed"})
    assert "| vocello |" in text
    assert "not heard: aubio: not installed" in text


def test_tables_of_another_program_are_scored_beside_ours(a_set: Path, tmp_path: Path):
    told = tmp_path / "told"
    told.mkdir()
    (told / "one.csv").write_text(f"{EVENTS}\n0.32,0.3,0.7,60,90,60\n0.92,0.9,1.3,62,90,74\n", encoding="utf-8")
    (told / "silence.csv").write_text(f"{EVENTS}\n", encoding="utf-8")
    some = load(a_set)
    results = run.Results()
    results.add("told", run.from_events(some, told), some.written)
    assert results.figures["told"]["COnP"].value == pytest.approx(2 * 2 / 5)
    assert results.figures["told"]["COnP as sent"].value == pytest.approx(2 * 1 / 5)
    assert results.figures["told"]["latency p50"].value == pytest.approx(20.0)


def test_a_peer_that_is_not_here_is_named_with_the_reason(a_set: Path, tmp_path: Path, monkeypatch):
    monkeypatch.delenv(peers.VARIABLE, raising=False)
    results = run.evaluate(load(a_set), ["pyin", "nobody"], systems.Conditions())
    assert results.figures == {}
    assert "--install" in results.absent["pyin"]
    assert "nobody knows it" in results.absent["nobody"]
    with pytest.raises(metrics.NotHeardError, match="no Python"):
        peers.python_of(tmp_path)


def test_a_peer_that_fails_says_why_and_one_that_is_slow_is_stopped(tmp_path: Path):
    tone = {"tone": np.zeros(4_800, np.float32)}
    with pytest.raises(metrics.NotHeardError, match="ModuleNotFoundError"):  # this environment has no aubio
        peers.hear_all("aubio", tone, 48_000, Path(sys.executable))
    with pytest.raises(metrics.NotHeardError, match="not done within"):
        peers.hear_all("aubio", tone, 48_000, Path(sys.executable), limit_s=0.001)


def test_unknown_figures_are_dashes_and_null():
    unknown = Figure(math.nan, math.nan, math.nan)
    assert report.cell("COn", unknown) == report.UNKNOWN
    assert report.cell("COn", Figure(0.81234, 0.7, 0.9), intervals=True) == "0.812 (0.700…0.900)"
    assert json.loads(json.dumps(report.plain({"COn": unknown, "f0": Figure(1.0, math.nan, math.nan)}))) == {
        "COn": None,
        "f0": [1.0, None, None],
    }


def test_every_metric_is_shown():
    assert set(report.SHOWN) == set(summarise([FileScore()], draws=1))


def test_the_command_prints_a_table_and_writes_json_and_rows(a_set: Path, tmp_path: Path):
    out, rows = tmp_path / "out.json", tmp_path / "rows.csv"
    command = [
        sys.executable,
        "bench/ears/run.py",
        str(a_set),
        "--causal",
        "2",
        "--json",
        str(out),
        "--rows",
        str(rows),
    ]
    done = subprocess.run(command, cwd=peers.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "vocello looks ahead: no" in done.stdout
    assert json.loads(out.read_text())["melodies"]["systems"]["vocello"]["COnP"][0] == 1.0
    assert len(rows.read_text().splitlines()) == 3


class Scripted:
    """Ears that send a note in the middle of a block, and claim one that they never sent."""

    live = Live()
    claimed_frame = 4_810

    @property
    def sung(self):
        return (Sung(self.claimed_frame, 4_500, 48_000, 60.0, 0.5, 58.2),)

    def hear(self, frame, samples):
        return np.array([(4_810, 0.5, NOTE_ON, 0, 60, 0, 0, 0)][: frame <= 4_810 < frame + len(samples)], EVENT)

    def finish(self):
        return np.zeros(0, EVENT)


def test_a_note_counts_as_sent_when_its_block_is_over_and_one_that_never_left_is_a_fault():
    ears = Scripted()
    assert live.hear(np.zeros(60_000, np.float32), ears, 128).notes[0, 0] == pytest.approx(38 * 128 / 48_000)
    ears.claimed_frame = 4_000
    with pytest.raises(KeyError):
        live.hear(np.zeros(60_000, np.float32), ears, 128)


def test_ears_of_rules_never_answer_in_the_name_of_those_that_learned(a_set: Path, monkeypatch):
    monkeypatch.setattr("ml.learned.ear.NAME", "nowhere")
    results = run.evaluate(load(a_set), ["vocello", "vocello-fallback"], systems.Conditions())
    assert list(results.figures) == ["vocello-fallback"]
    assert "nowhere" in results.absent["vocello"]


def test_the_curve_has_a_point_for_each_patience_and_a_picture_that_is_xml(a_set: Path):
    some = load(a_set)
    mine = curve.ours(some, [0.0, 3.0], 128)
    assert mine[1].latency_ms > mine[0].latency_ms
    others, absent = curve.theirs(some, ["nobody"], systems.Conditions())
    assert (others, list(absent)) == ([], ["nobody"])
    offline = curve.Point("a < b", summarise([FileScore(means={"COn": 0.8, "COnP": 0.7})], draws=1))
    root = ElementTree.fromstring(picture.draw([curve.panels("melodies", mine, [offline])]))
    words = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert words.count("a < b") == 2
    assert "melodies: onsets and pitch" in words
    assert len(list(root.iter("{http://www.w3.org/2000/svg}polyline"))) == 4
    assert "patience 3" in curve.as_table(mine)


def test_what_a_run_wrote_down_is_not_heard_again(a_set: Path):
    some = load(a_set)
    results = run.evaluate(some, ["vocello-fallback"], systems.Conditions())
    told = json.loads(run.as_json({some.name: results}))
    (point,), left = curve.heard_before(some, ["vocello-fallback", "aubio"], told)
    assert left == ["aubio"]
    for name, figure in results.figures["vocello-fallback"].items():
        assert tuple(point.figures[name]) == pytest.approx(tuple(figure), nan_ok=True)
    one_less = replace(some, paths=some.paths[1:])
    assert curve.heard_before(one_less, ["vocello-fallback"], told) == ([], ["vocello-fallback"])


def test_scales_hold_every_point():
    panel = picture.Panel("", [picture.Curve("", [(-4.0, 0.91), (130.0, 0.37)])], [picture.Dot("", math.nan, 1.0)])
    x, y = picture.axes(panel)
    assert x.low <= -4.0 < 130.0 < x.high
    assert y.low <= 0.37 < 1.0 <= y.high
    assert all(x.low <= tick <= x.high for tick in x.ticks())


def test_names_that_would_cover_each_other_are_moved_apart_and_no_further():
    assert picture.apart([10.0, 50.0], 12.0, 0.0, 100.0) == [10.0, 50.0]
    assert picture.apart([50.0, 50.0, 52.0], 12.0, 0.0, 100.0) == pytest.approx([38.67, 50.67, 62.67], abs=0.01)
    assert picture.apart([99.0, 99.0], 12.0, 0.0, 100.0) == [88.0, 100.0]
    assert picture.apart([1.0, 2.0], 12.0, 0.0, 100.0) == [0.0, 12.0]
    assert picture.apart([], 12.0, 0.0, 100.0) == []


def test_a_pitch_is_asked_for_where_a_voice_is_settled():
    raw = np.concatenate([np.zeros(10), np.full(5, 300.0), np.zeros(10), np.full(20, 200.0), np.zeros(5)])
    curve_hz = exact.smooth(raw)
    assert not curve_hz[:25].any()
    assert curve_hz[25:45] == pytest.approx(200.0)
    assert np.flatnonzero(exact.asked_for(curve_hz)).tolist() == list(range(28, 42))


def test_a_voice_sung_anew_is_where_its_curve_says():
    rate = RATE_HZ
    hz = 220.0 * 2.0 ** (0.5 * np.sin(2.0 * np.pi * np.arange(rate) / rate))
    phase = 2.0 * np.pi * np.cumsum(hz) / rate
    voice = 0.1 * sum(np.sin(n * phase) / n for n in range(1, 12))
    made, f0 = exact.sung_anew(np.asarray(voice, np.float32), shift_st=2.0)
    sung = f0[f0[:, 1] > 0.0]
    assert len(sung) > 150
    assert sung[:, 1] == pytest.approx(
        2.0 ** (2.0 / 12.0) * np.interp(sung[:, 0], np.arange(rate) / rate, hz), rel=0.02
    )
    heard = live.hear(live.resampled(made, rate, live.RATE), live.learned(), with_f0=True)
    assert heard.f0 is not None
    right, voiced = metrics.f0_agreement(f0, heard.f0)
    assert right.max() / voiced > 0.95


def level_db(sound) -> float:
    return float(20.0 * np.log10(np.sqrt(np.mean(np.square(sound, dtype=float))) + 1e-12))


@pytest.mark.parametrize("wanted_db", [-6.0, -24.0])
def test_what_sounds_beside_a_voice_is_as_loud_as_was_asked(wanted_db):
    voice, other = 0.3 * np.sin(0.03 * np.arange(48_000)), 0.01 * np.sin(0.05 * np.arange(20_000))
    added = rooms.beside(voice.astype(np.float32), other.astype(np.float32), wanted_db) - voice
    assert level_db(added) - level_db(voice) == pytest.approx(wanted_db, abs=0.1)


def test_a_clap_in_the_room_arrives_first_and_dies_away_in_a_third_of_a_second():
    clap = rooms.walls()
    left = np.cumsum(np.square(clap, dtype=float)[::-1])[::-1]
    fell_db = 10.0 * np.log10(left[1:] / left[0])
    assert clap[0] == pytest.approx(1.0)
    assert np.abs(clap[1:48]).max() == 0.0  # no wall is nearer than 30 cm
    lasts_s = 3.0 * (np.argmax(fell_db < -25.0) - np.argmax(fell_db < -5.0)) / live.RATE
    assert lasts_s == pytest.approx(0.36, abs=0.02)


def test_every_condition_keeps_the_length_and_is_the_same_each_time(a_set: Path, tmp_path: Path):
    soundfile.write(tmp_path / "a3.wav", 0.2 * np.sin(0.03 * np.arange(30_000)), voices.RATE)
    sounds = {"one": melody().astype(np.float32), "two": voices.in_a_room(voices.sung(65, 1.0)).astype(np.float32)}
    made = rooms.conditions([tmp_path / "a3.wav"])
    assert len(made) == 1 + len(rooms.NOISES_DB) + len(rooms.SINGERS_DB) + len(rooms.STRINGS_DB)
    for condition in made.values():
        once, again = condition(sounds), condition(sounds)
        for name, sound in sounds.items():
            assert once[name].shape == sound.shape
            np.testing.assert_array_equal(once[name], again[name])


def test_strings_that_do_not_sound_are_refused(tmp_path: Path):
    soundfile.write(tmp_path / "a3.wav", np.zeros(4_800), voices.RATE)
    with pytest.raises(tables.TableError, match="holds no sound"):
        rooms.played([tmp_path / "a3.wav"], 48_000, rooms.chance_of("one"))
