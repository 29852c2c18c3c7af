"""Tunings: by name, from Scala's files, and from MIDI's messages."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.dsp.strings.scales import (
    PRESETS,
    KeyMap,
    equal,
    parse_kbm,
    parse_scl,
    preset,
    read_kbm,
    read_scl,
    tuning,
    tuning_events,
)
from realtime.dsp.strings.tuning_messages import bulk_dump, retuned, single_notes
from realtime.events import TUNE
from score.errors import FileError, UsageError
from tests.realtime.dsp.strings.cello_playing import PLAIN, Told, cents_off, fresh, heard, key_hz, on, part

EQUAL = np.arange(128.0)


def interval_cents(pitches, low: int, high: int) -> float:
    return float(100.0 * (pitches[high] - pitches[low]))


def test_equal_temperament_is_what_a_keyboard_has_anyway():
    np.testing.assert_allclose(preset("equal"), EQUAL, atol=1e-9)
    np.testing.assert_allclose(tuning(equal(24))[69:72], [69.0, 69.5, 70.0], atol=1e-9)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("tonic", (60, 62, 9))
def test_every_scale_leaves_a4_alone_and_repeats_in_octaves(name, tonic):
    pitches = preset(name, tonic)
    assert pitches[69] == pytest.approx(69.0, abs=1e-9)
    np.testing.assert_allclose(pitches[12:] - pitches[:-12], 12.0, atol=1e-9)
    assert (np.diff(pitches) > 0.5).all() and np.abs(pitches - EQUAL).max() < 0.4


def test_pure_thirds_and_fifths_are_where_each_scale_has_them():
    just, fifths, meantone = preset("just"), preset("pythagorean"), preset("meantone")
    assert interval_cents(just, 60, 64) == pytest.approx(386.3137, abs=1e-3)
    assert interval_cents(just, 60, 67) == pytest.approx(701.9550, abs=1e-3)
    assert interval_cents(fifths, 50, 57) == pytest.approx(701.9550, abs=1e-3)
    assert interval_cents(fifths, 60, 64) == pytest.approx(407.8200, abs=1e-3)
    assert interval_cents(meantone, 60, 64) == pytest.approx(386.3137, abs=1e-3)
    assert interval_cents(meantone, 60, 67) == pytest.approx(696.5784, abs=1e-3)
    assert interval_cents(preset("just", 62), 62, 66) == pytest.approx(386.3137, abs=1e-3)


SCL = """! meanquar.scl
!
1/4-comma meantone scale. Pietro Aaron's temperament (1523)
 12
!
 76.04900 cents
 193.15686
 310.26471
 5/4
 503.42157
 579.47057
 696.57843
 25/16 a ratio, with a remark
 889.73529
 1006.84314
 1082.89214
 2/1
"""


def test_a_scala_file_is_read_with_its_comments_ratios_and_cents(tmp_path):
    path = tmp_path / "meanquar.scl"
    path.write_text(SCL, encoding="latin-1")
    scale = read_scl(path)
    assert scale.description.startswith("1/4-comma") and len(scale.cents) == 12
    ours, named = tuning(scale), preset("meantone")
    np.testing.assert_allclose(ours[60:73] - ours[60], named[60:73] - named[60], atol=0.5)
    assert interval_cents(tuning(scale), 60, 64) == pytest.approx(386.3137, abs=1e-3)


def test_a_scale_need_not_repeat_at_the_octave():
    bohlen_pierce = parse_scl("Bohlen-Pierce\n13\n" + "\n".join(f"{1901.955 * n / 13:.6f}" for n in range(1, 14)))
    assert interval_cents(tuning(bohlen_pierce), 60, 73) == pytest.approx(1901.955, abs=1e-3)


KBM = """! white keys only
12
0
127
60
69
432.0
7
0
x
1
x
2
3
x
4
x
5
x
6
"""


def test_a_keyboard_map_says_which_key_plays_what(tmp_path):
    path = tmp_path / "white.kbm"
    path.write_text(KBM, encoding="latin-1")
    diatonic = parse_scl("C major\n7\n9/8\n5/4\n4/3\n3/2\n5/3\n15/8\n2/1\n")
    pitches = tuning(diatonic, read_kbm(path))
    assert key_hz(pitches[69]) == pytest.approx(432.0)
    assert interval_cents(pitches, 60, 72) == pytest.approx(1200.0)
    assert interval_cents(pitches, 60, 67) == pytest.approx(701.955, abs=1e-3)
    assert pitches[61] == pitches[60]  # a key that is left out sounds as the one below


def test_a_map_without_degrees_takes_one_after_the_other():
    assert parse_kbm("0\n0\n127\n60\n69\n440.0\n0\n") == KeyMap()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "no scale"),
        ("name\n", "no scale"),
        ("name\nmany\n", "'many'"),
        ("name\n3\n9/8\n", "announces 3 notes and has 1"),
        ("name\n0\n", "0 notes"),
        ("name\n-4\n", "-4 notes"),
        ("name\n99999999\n", "99999999 notes"),
        ("name\n1\noctave\n", "'octave'"),
        ("name\n1\n1/0\n", "'1/0'"),
        ("name\n1\n-3/2\n", "'-3/2'"),
        ("name\n1\n0.0\n", "no higher than the first"),
        ("name\n1\n1e999.\n", "'1e999.'"),
        ("name\n1\n9e9.0\n", "9e9.0"),
    ],
)
def test_what_is_no_scala_file_is_answered_in_plain_words(text, word):
    with pytest.raises(FileError, match=word):
        parse_scl(text)


@pytest.mark.parametrize(
    ("text", "error", "word"),
    [
        ("12\n0\n", FileError, "has 2 values"),
        ("0\n0\n200\n60\n69\n440\n0\n", UsageError, "no key 200"),
        ("0\n0\n127\n60\n69\nnan\n0\n", FileError, "'nan' is no number"),
        ("0\n0\n127\n60\n69\n-440\n0\n", FileError, "-440 Hz"),
        ("1\n0\n127\n60\n69\n440\n0\nc\n", FileError, "'c' stands where a degree"),
        ("1\n0\n127\n60\n69\n440\n0\n-5\n", FileError, "degree that no scale"),
        ("-1\n0\n127\n60\n69\n440\n0\n", FileError, "larger than"),
    ],
)
def test_what_is_no_keyboard_map_is_answered_in_plain_words(text, error, word):
    with pytest.raises(error, match=word):
        parse_kbm(text)


def test_a_map_that_leaves_its_reference_or_everything_out_is_refused():
    with pytest.raises(FileError, match="plays nothing itself"):
        tuning(equal(), KeyMap(degrees=(0, None)))
    with pytest.raises(FileError, match="every key out"):
        tuning(equal(), KeyMap(first=100, last=90))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileError, match=r"'none\.scl' cannot be read"):
        read_scl(tmp_path / "none.scl")


def test_unknown_names_are_answered_with_those_there_are():
    with pytest.raises(UsageError, match=r"no scale 'blue'.*just"):
        preset("blue")
    with pytest.raises(UsageError, match="0 steps"):
        equal(0)


def retuning(at_s: float, name: str) -> list[Told]:
    return [Told(at_s, TUNE, int(each["number"]), float(each["value"])) for each in tuning_events(preset(name))]


def test_a_tuning_is_what_the_cello_plays():
    sound = part(heard([*retuning(0.0, "just"), on(0.0, 52)], 0.9, **PLAIN), 0.4, 0.9)
    assert abs(cents_off(sound, key_hz(preset("just")[52]))) < 0.5
    for wrong in ([1.0, 2.0], np.full(128, np.nan)):
        with pytest.raises(UsageError, match="128 numbers"):
            tuning_events(wrong)


def test_a_note_that_sounds_goes_to_its_new_pitch():
    sound = heard([on(0.0, 52), *retuning(0.5, "just")], 1.2, **PLAIN)
    assert abs(cents_off(part(sound, 0.2, 0.5), key_hz(52.0))) < 0.5
    assert abs(cents_off(part(sound, 0.7, 1.2), key_hz(preset("just")[52]))) < 0.5


def test_a_tuning_is_whole_on_its_frame_however_the_blocks_are_cut():
    state = fresh(**PLAIN)
    heard([*retuning(0.01, "meantone")], 0.02, cuts=range(0, 960, 7), state=state)
    np.testing.assert_array_equal(state["tuning"][0], preset("meantone"))


def test_a_pitch_that_is_none_or_beyond_hearing_changes_nothing():
    state = fresh(**PLAIN)
    wrong = [Told(0.0, TUNE, 60, value) for value in (np.nan, np.inf, 1e9, -1e9)] + [Told(0.0, TUNE, 200, 60.5)]
    heard(wrong, 0.01, state=state)
    np.testing.assert_array_equal(state["tuning"][0], EQUAL)


def test_a_whole_tuning_goes_through_midi_and_comes_out_within_a_hundredth_of_a_cent():
    just = preset("just")
    message = bulk_dump(just, "just")
    assert len(message) == 408 and message[:5] == bytes((0xF0, 0x7E, 0x7F, 0x08, 0x01)) and message[-1] == 0xF7
    np.testing.assert_allclose(retuned(EQUAL, message), just, atol=1e-4)


def test_single_notes_change_only_themselves():
    pitches = EQUAL.copy()
    pitches[[60, 61]] = 60.25, 61.5
    after = retuned(EQUAL, single_notes(pitches, [60, 61]))
    np.testing.assert_allclose(after, pitches, atol=1e-4)
    said = bytes((0xF0, 0x7F, 0x00, 0x08, 0x02, 0x00, 0x01, 60, 61, 0x40, 0x00, 0xF7))  # as the standard writes it
    assert retuned(EQUAL, said)[60] == 61.5 and np.array_equal(
        np.delete(retuned(EQUAL, said), 60), np.delete(EQUAL, 60)
    )


def test_a_pitch_that_is_not_to_change_does_not():
    said = bytes((0xF0, 0x7F, 0x00, 0x08, 0x02, 0x00, 0x01, 60, 0x7F, 0x7F, 0x7F, 0xF7))
    np.testing.assert_array_equal(retuned(preset("just"), said), preset("just"))


def test_the_twelve_notes_are_tuned_in_every_octave():
    coarse = bytes((0xF0, 0x7E, 0x7F, 0x08, 0x08, 0x03, 0x7F, 0x7F, *([0x40] * 11), 0x40 - 14, 0xF7))
    after = retuned(EQUAL, coarse)
    assert after[59] == pytest.approx(58.86) and after[71] == pytest.approx(70.86) and after[60] == 60.0
    fine = bytes((0xF0, 0x7F, 0x7F, 0x08, 0x09, 0x03, 0x7F, 0x7F, *([0x40, 0x00] * 11), 0x60, 0x00, 0xF7))
    assert retuned(EQUAL, fine)[71] == pytest.approx(71.5)


def test_damaged_and_foreign_messages_change_nothing():
    whole = bulk_dump(preset("just"), "just")
    random = np.random.default_rng(1)
    broken = [whole[:at] + bytes([whole[at] ^ 0x01]) + whole[at + 1 :] for at in random.integers(30, 400, 20)]
    broken += [whole[:length] for length in (0, 1, 4, 6, 7, 100, 407)]
    broken += [bytes((0xF0, 0x41, 0x10, 0x42, 0x12, 0xF7)), bytes((0xF0, 0x7F, 0, 8, 2, 0, 9, 60, 61, 0, 0, 0xF7))]
    broken += [bytes(random.integers(0, 256, int(n), dtype=np.uint8)) for n in random.integers(1, 420, 200)]
    for message in broken:
        np.testing.assert_array_equal(retuned(EQUAL, message), EQUAL)
