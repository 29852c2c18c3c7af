"""What is written is read back equal, and means the same to a reader that is not ours."""

from __future__ import annotations

import io
from collections import defaultdict
from itertools import pairwise

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from score.errors import MidiFileError
from score.events import Bend, Control, text
from score.midifile import from_bytes, read, to_bytes, write
from score.note import Note
from score.score import Score
from score.tempo import Tempo, TempoMap
from score.zone import UPPER, Zone
from tests.score.made_up import notes, scores


def mido_sounding(data):
    """What another reader hears: start, end, channel and key of every note, each end given to the oldest note."""
    heard = []
    waiting = defaultdict[tuple[int, int], list[int]](list)
    for track in mido.MidiFile(file=io.BytesIO(data)).tracks:
        now = 0
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                waiting[message.channel, message.note].append(now)
            elif message.type in ("note_on", "note_off"):
                key = message.channel, message.note
                heard.append((waiting[key].pop(0), now, *key))
    assert not any(waiting.values())
    return sorted(heard)


@settings(max_examples=150, deadline=None)
@given(scores())
def test_a_score_comes_back_from_its_file_as_it_was(score):
    opened = from_bytes(to_bytes(score))
    assert opened.score == score
    assert opened.warnings == ()


@settings(max_examples=60, deadline=None)
@given(scores(most_tracks=1))
def test_a_score_of_one_track_comes_back_from_type_0_with_its_events_in_the_track(score):
    opened = from_bytes(to_bytes(score, type=0))
    assert (opened.score.tempo, opened.score.name) == (score.tempo, score.name)
    track, was = opened.score.tracks[0], (score.tracks or Score().adding().tracks)[0]
    assert (track.name, track.notes, track.zones) == (was.name, was.notes, was.zones)
    assert sorted(map(repr, track.events)) == sorted(map(repr, (*score.events, *was.events)))


@settings(max_examples=60, deadline=None)
@given(scores())
def test_a_file_that_is_read_and_written_again_has_the_same_bytes(score):
    data = to_bytes(score)
    assert to_bytes(from_bytes(data).score) == data


@settings(max_examples=80, deadline=None)
@given(st.lists(notes(), max_size=12))
def test_another_reader_hears_every_note_that_is_not_muted(made):
    # One after the other in each key, so that there is no doubt whose end an end is.
    apart = [note for n, note in enumerate(made) if all(other.pitch != note.pitch for other in made[:n])]
    score = Score().adding("", apart)
    ours = sorted((n.start_ticks, n.end_ticks, n.channel, n.pitch) for n in apart if not n.muted)
    assert mido_sounding(to_bytes(score)) == ours


@given(st.floats(-48, 47.99))
def test_a_bend_between_two_steps_of_the_wheel_goes_to_the_nearer(bend_st):
    zone = Zone()
    score = Score().adding("", [Note(0, 10, 60, bend_st=((0, bend_st),))], zones=[zone])
    (_, note), *_ = from_bytes(to_bytes(score)).score
    read_st = note.bend_st[0][1] if note.bend_st else 0.0
    assert abs(read_st - bend_st) <= 48 / 8192 / 2
    assert read_st == zone.nearest_bend_st(bend_st)


def test_a_note_within_another_of_its_key_keeps_its_own_end():
    long, short = Note(0, 100, 60), Note(10, 5, 60, release_velocity=3)
    score = Score().adding("", [long, short])
    assert [note for _, note in from_bytes(to_bytes(score)).score] == [long, short]


def test_sixteen_notes_at_once_in_a_zone_of_two_keep_each_its_own_bend():
    zone = Zone(member_count=2)
    chord = [Note(0, 960, 40 + n, bend_st=((0, zone.bend_st(n)), (480, zone.bend_st(-n)))) for n in range(16)]
    score = Score().adding("", chord, zones=[zone])
    assert from_bytes(to_bytes(score)).score == score


def test_notes_of_a_zone_sound_on_its_members_and_never_two_on_one_while_there_is_room():
    zone = Zone(UPPER, 4)
    score = Score().adding("", [Note(240 * n, 900, 60, channel=UPPER) for n in range(40)], zones=[zone])
    heard = mido_sounding(to_bytes(score))
    assert {channel for _, _, channel, _ in heard} == set(zone.members)
    for member in zone.members:
        times = [(start, end) for start, end, channel, _ in heard if channel == member]
        assert all(end <= start for (_, end), (start, _) in pairwise(times))


def test_a_channel_rests_as_long_as_it_can_before_another_note_bends_it():
    score = Score().adding("", [Note(1000 * n, 100, 60) for n in range(15)], zones=[Zone()])
    assert len({channel for _, _, channel, _ in mido_sounding(to_bytes(score))}) == 15


def test_settings_that_make_no_zone_stay_events():
    bend_range = [Control(0, 3, n, v) for n, v in ((101, 0), (100, 0), (6, 2), (38, 0), (101, 127), (100, 127))]
    unknown = [Control(5, 0, n, v) for n, v in ((99, 1), (98, 6), (6, 7), (100, 6), (6, 5), (100, 127))]
    turned_away = [Control(7, 0, n, v) for n, v in ((101, 0), (100, 6), (98, 3), (6, 5), (101, 127), (100, 127))]
    score = Score().adding("", [Note(10, 5, 60)], [*bend_range, *unknown, *turned_away, Bend(12, 3, 100)])
    assert from_bytes(to_bytes(score)).score == score


def test_type_0_refuses_a_second_track():
    score = Score().adding("one").adding("two")
    with pytest.raises(MidiFileError, match=r"holds one track; this score has 2\. Write it as type 1"):
        to_bytes(score, type=0)
    with pytest.raises(MidiFileError, match="type 2"):
        to_bytes(score, type=2)


def test_a_small_file_has_these_bytes():
    score = Score(TempoMap(96, (Tempo(0, 600_000),)), (), "P", (text(96, 6, "Go"),))
    score = score.adding("V", [Note(0, 96, 69, 100), Note(96, 48, 71, 90, release_velocity=0)])
    assert to_bytes(score).hex(" ") == (
        "4d 54 68 64 00 00 00 06 00 01 00 02 00 60 "
        "4d 54 72 6b 00 00 00 1e 00 ff 03 01 50 00 ff 51 03 09 27 c0 00 ff 58 04 04 02 18 08 "
        "60 ff 06 02 47 6f 00 ff 2f 00 "
        "4d 54 72 6b 00 00 00 19 00 ff 03 01 56 00 90 45 64 60 80 45 40 00 90 47 5a 30 80 47 00 00 ff 2f 00"
    )


def test_a_file_is_replaced_whole_and_keeps_its_rights(tmp_path):
    path = tmp_path / "take.mid"
    write(Score(name="first"), path)
    path.chmod(0o640)
    write(Score(name="second"), path)
    assert read(path).score.name == "second"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [entry.name for entry in tmp_path.iterdir()] == ["take.mid"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "takes").mkdir()
    link = tmp_path / "last.mid"
    link.symlink_to(tmp_path / "takes" / "7.mid")
    write(Score(name="seven"), link)
    assert link.is_symlink()
    assert read(tmp_path / "takes" / "7.mid").score.name == "seven"


def test_a_disk_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "take.mid"
    write(Score(name="first"), path)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(MidiFileError, match=r"take\.mid' cannot be written: No space left on device"):
        write(Score(name="second"), path)
    assert read(path).score.name == "first"
    assert [entry.name for entry in tmp_path.iterdir()] == ["take.mid"]


@pytest.mark.parametrize("place", ["missing/take.mid", "", "x" * 300 + ".mid", "nul\0.mid"])
def test_a_place_where_nothing_can_be_written_is_named(tmp_path, place):
    with pytest.raises(MidiFileError):
        write(Score(), tmp_path / place)
