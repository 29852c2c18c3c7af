"""Files that are damaged, hostile or odd: a clear error or a warning, and what is whole is not lost."""

from __future__ import annotations

import os
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from score import midi_bytes, midifile
from score.errors import MidiFileError
from score.events import Bend, Control, Meta, Sysex, text
from score.midifile import Opened, from_bytes, read, to_bytes, write
from score.note import LAST_TICK, Note, counted
from score.score import Score, Track
from score.tempo import Meter, Tempo
from score.zone import Zone
from tests.score.made_up import scores

ON, OFF, END = b"\x00\x90\x3c\x40", b"\x60\x80\x3c\x40", b"\x00\xff\x2f\x00"


def chunk(*events, name=b"MTrk", length=None):
    body = b"".join(events)
    return name + struct.pack(">L", len(body) if length is None else length) + body


def header(type=1, tracks=1, division=96):
    return b"MThd" + struct.pack(">LHHh", 6, type, tracks, division)


def notes_of(opened):
    return [(note.start_ticks, note.end_ticks, note.pitch) for _, note in opened.score]


def pieces():
    """A file of two tracks with one of everything."""
    zone = Zone(member_count=3)
    score = Score(name="Piece", events=(text(0, 6, "Begin"),))
    score = score.adding(
        "Zone",
        [Note(n * 100, 150, 60 + n, bend_st=((0, zone.bend_st(5)), (9, 0.0)), muted=n == 2) for n in range(4)],
        [Control(7, 0, 1, 64), Sysex(9, b"\x7e\x7f\x09\x01\xf7")],
        [zone],
    )
    return score.adding("Plain", [Note(0, 96, 72), Note(300, 96, 74)], [Bend(50, 4, 77), Meta(60, 0x60, b"?")])


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.booleans(), st.booleans())
def test_random_bytes_are_read_or_refused_and_nothing_else(junk, with_header, rescue):
    data = header(tracks=1) + chunk(junk) if with_header else junk
    try:
        opened = from_bytes(data, "'junk.mid'", rescue)
    except MidiFileError as error:
        assert "'junk.mid'" in str(error)
    else:
        assert from_bytes(to_bytes(opened.score)).score == opened.score


@settings(max_examples=200, deadline=None)
@given(scores(most_tracks=2, most_notes=5), st.data())
def test_a_file_with_bytes_changed_is_read_or_refused_and_nothing_else(score, data):
    damaged = bytearray(to_bytes(score))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        opened = from_bytes(bytes(damaged), "'changed.mid'", rescue=data.draw(st.booleans()))
    except MidiFileError as error:
        assert "'changed.mid'" in str(error)
    else:
        assert from_bytes(to_bytes(opened.score)).score == opened.score


def test_an_end_of_no_note_before_all_others_hides_no_zone():
    zones = (Zone(0, 1, 48.0), Zone(15, 5, 48.0))
    data = bytearray(to_bytes(Score(tracks=(Track("Zones", zones=zones, id=1),), next_id=2)))
    data[data.index(bytes.fromhex("b0650000"))] = 0x80  # a key goes up that never went down
    score = from_bytes(bytes(data)).score
    assert score.tracks[0].zones == zones[1:]
    assert from_bytes(to_bytes(score)).score == score


def test_a_file_cut_at_any_byte_is_refused_and_all_that_is_whole_is_rescued():
    data = to_bytes(pieces())
    whole = from_bytes(data).score
    had = 0
    for length in range(len(data)):
        with pytest.raises(MidiFileError, match=r"'cut\.mid'") as refusal:
            from_bytes(data[:length], "'cut.mid'")
        if length < 14:
            continue  # not even a header
        rescued, warnings = from_bytes(data[:length], "'cut.mid'", rescue=True)
        assert warnings
        assert f"{counted(rescued.note_count, 'note')} in {counted(len(rescued.tracks), 'track')} can be saved" in str(
            refusal.value
        )
        assert rescued.note_count >= had
        had = rescued.note_count
        for was, track in zip(whole.tracks[:-1], rescued.tracks[:-1], strict=False):
            assert track == was
    assert had == whole.note_count


def test_an_end_that_was_cut_off_costs_one_note_its_length_and_nothing_else():
    data = header() + chunk(ON, b"\x10\x90\x40\x40", b"\x10\x80\x3c\x40", b"\x50\x80", length=99)
    opened = from_bytes(data, rescue=True)
    assert notes_of(opened) == [(0, 32, 60), (16, 112, 64)]  # when it ended is known, for its delta is whole
    assert "breaks off within the event at byte 34" in opened.warnings[0]
    assert opened.warnings[1] == "In track 1: 1 × a note had no end and was given one."


def test_a_fault_in_one_track_leaves_the_others_whole():
    data = header(tracks=2) + chunk(ON, b"\x00\x90\x3c\x80") + chunk(ON, OFF, END)
    with pytest.raises(MidiFileError, match=r"in track 1 the message at byte 28 \(0x90\) has data of 128 or more"):
        from_bytes(data)
    assert notes_of(from_bytes(data, rescue=True)) == [(0, 1, 60), (0, 96, 60)]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b"RIFF\x00\x00\x00\x00", "is no MIDI file: it begins with b'RIFF'"),
        (b"MThd\x00\x00", "ends within its header, after 6 bytes"),
        (b"MThd" + struct.pack(">LHHh", 4, 1, 1, 96), "a header of 4 bytes"),
        (header(type=2) + chunk(END), "type 2: its tracks are not played together"),
        (header(type=7) + chunk(END), "says it is of type 7"),
        (header(division=0) + chunk(END), "does not say what a tick is"),
        (header(division=-1 * 256 + 10) + chunk(END), "does not say what a tick is"),
        (header(tracks=3) + chunk(END), "holds 1 of 3 tracks"),
        (header(), "holds 0 of 1 track."),
        (header() + chunk(END, name=b"What", length=2**32 - 1), "b'What' at byte 14 is longer than the file"),
        (header() + chunk(ON, length=2**32 - 1), "track 1 breaks off at the end of the file"),
        (header() + chunk(b"\x00\x3c\x40"), "there is no message at byte 23, only data"),
        (header() + chunk(b"\xff\xff\xff\xff\x00"), "the number at byte 22 does not end"),
        (header() + chunk(b"\x00\xf0\xff\xff\xff\x7f\x00", END), "breaks off within the event at byte 22"),
        (header() + chunk(b"\xff\xff\xff\x7f\x90\x3c\x40" * 2), f"beyond {LAST_TICK}"),
    ],
)
def test_what_is_wrong_is_said(data, why):
    with pytest.raises(MidiFileError, match=r"^'odd\.mid' ") as refusal:
        from_bytes(data, "'odd.mid'")
    assert why in str(refusal.value)
    assert refusal.value.fix


def test_more_messages_than_fit_into_memory_are_refused_before_they_fill_it(monkeypatch):
    monkeypatch.setattr(midifile, "MOST_MESSAGES", 100)
    monkeypatch.setattr(midi_bytes, "MOST_MESSAGES", 100)
    data = header(tracks=2) + chunk(ON, b"\x00\x3c\x00\x00\x3c\x40" * 45, END) + chunk(ON, b"\x00\x3c\x00" * 45, END)
    with pytest.raises(MidiFileError, match="more than 100 messages"):
        from_bytes(data)
    assert from_bytes(data, rescue=True).score.note_count >= 46


def test_more_tracks_than_a_header_can_count_are_refused(monkeypatch):
    monkeypatch.setattr(midifile, "MOST_TRACKS", 20)
    for name in (b"MTrk", b"What"):
        data = header(tracks=1) + chunk(ON, OFF, END) + chunk(name=name) * 50
        with pytest.raises(MidiFileError, match="more than 20 chunks"):
            from_bytes(data)
        opened = from_bytes(data, rescue=True)
        assert notes_of(opened) == [(0, 96, 60)]
        assert len(opened.warnings) <= 40


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / "large.mid"
    write(Score(), path)
    monkeypatch.setattr(midifile, "LARGEST_BYTES", 10)
    with pytest.raises(MidiFileError, match="more than 10 are not read"):
        read(path)


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for place, why in (("pipe", "is no file"), ("", "is no file"), ("missing.mid", "No such file"), ("a\0b", "null")):
        with pytest.raises(MidiFileError, match=why):
            read(tmp_path / place)


def test_an_unknown_meta_event_keeps_its_time_and_what_follows_keeps_its_own():
    opened = from_bytes(header() + chunk(b"\x20\xff\x60\x02hi", ON, OFF, END))
    assert opened.score.tracks[0].events == (Meta(32, 0x60, b"hi"),)
    assert notes_of(opened) == [(32, 128, 60)]


def test_a_start_of_velocity_0_is_an_end_and_the_status_may_be_left_out():
    assert notes_of(from_bytes(header() + chunk(ON, b"\x30\x3c\x00", b"\x00\x40\x50\x30\x40\x00", END))) == [
        (0, 48, 60),
        (48, 96, 64),
    ]


def test_of_two_notes_of_one_key_the_first_to_start_is_the_first_to_end():
    data = chunk(b"\x00\x90\x3c\x10", b"\x10\x3c\x20", b"\x10\x3c\x00", b"\x10\x3c\x00", END)
    opened = from_bytes(header() + data)
    assert [(n.start_ticks, n.end_ticks, n.velocity) for _, n in opened.score] == [(0, 32, 16), (16, 48, 32)]


def test_a_note_without_an_end_sounds_until_its_key_is_struck_again_or_the_track_ends():
    opened = from_bytes(header() + chunk(ON, b"\x00\x80\x3c\x40", ON, b"\x20\x90\x3c\x40", b"\x40\xff\x2f\x00"))
    assert notes_of(opened) == [(0, 1, 60), (0, 32, 60), (32, 96, 60)]
    assert opened.warnings == (
        "In track 1: 2 × a note had no end and was given one.",
        "In track 1: 1 × a note had no length and was given one tick.",
    )


def test_ends_without_a_start_and_messages_that_belong_on_wires_are_left_out_and_counted():
    opened = from_bytes(header() + chunk(OFF, b"\x00\xf8", b"\x00\xf3\x05", END))
    assert opened.warnings == (
        "In track 1: 2 × a message that has no place in a file was left out.",
        "In track 1: 1 × an end belonged to no note and was left out.",
    )


def test_lengths_and_counts_that_are_wrong_do_no_harm():
    data = header(tracks=1) + chunk(b"\x00\xff\x2f", b"\x00") + chunk(ON, OFF, END, b"junk", length=0xFFFF)
    opened = from_bytes(data)
    assert notes_of(opened) == [(0, 96, 60)]
    assert "It holds 2 tracks and speaks of 1; all were read." in opened.warnings
    assert "Track 2 is shorter than it says." in opened.warnings
    strange = from_bytes(header() + chunk(b"abc", name=b"XFIH") + chunk(ON, OFF) + b"\x00\x00")
    assert strange.warnings == (
        "A chunk b'XFIH' of 3 bytes, which is no track, left out.",
        "Track 1 does not say where it ends; it ends with its last event.",
        "After the last track 2 bytes left out.",
    )


def test_tempo_and_meter_are_found_in_every_track_and_broken_ones_are_kept():
    first = chunk(
        b"\x00\xff\x51\x03\x07\xa1\x20", b"\x60\xff\x58\x04\x03\x03\x18\x08", b"\x00\xff\x51\x03\x00\x00\x00", END
    )
    second = chunk(b"\x30\xff\x51\x03\x09\x27\xc0", b"\x00\xff\x58\x04\x00\x02\x18\x08", ON, OFF, END)
    score = from_bytes(header(tracks=2) + first + second).score
    assert score.tempo.tempos == (Tempo(0, 500_000), Tempo(48, 600_000))
    assert score.tempo.meters == (Meter(0, 4, 4), Meter(96, 3, 8))
    assert score.events == (Meta(96, 0x51, b"\0\0\0"),)
    assert score.tracks[0].events == (Meta(48, 0x58, b"\x00\x02\x18\x08"),)


@pytest.mark.parametrize(
    ("frames", "parts", "ticks", "seconds"),
    [(24, 4, 96, 1.0), (25, 40, 500, 0.5), (29, 80, 2400, 1.001), (30, 1, 15, 0.5)],
)
def test_a_file_in_film_frames_keeps_its_seconds(frames, parts, ticks, seconds):
    slower = b"\x00\xff\x51\x03\x0f\x00\x00"
    opened = from_bytes(
        header(division=struct.unpack(">h", bytes([256 - frames, parts]))[0]) + chunk(slower, ON, OFF, END)
    )
    assert opened.score.tempo.seconds_at(ticks) == seconds
    assert opened.warnings == ("1 tempo left out: the file counts film frames, not quarters.",)


def test_names_and_texts_of_old_files_are_understood():
    opened = from_bytes(header() + chunk(b"\x00\xff\x03\x05C\xe9sar", ON, OFF, END))
    assert opened.score.tracks[0].name == "César"
    assert from_bytes(to_bytes(opened.score)).score.tracks[0].name == "César"


def test_a_zone_told_by_another_program_gives_each_note_its_own_bend():
    told = b"\x00\xb0\x64\x06\x00\x65\x00\x00\x06\x02" + b"\x00\xb1\x65\x00\x00\x64\x00\x00\x06\x18"  # 2 members, ±24
    plays = (
        b"\x00\xe1\x00\x50\x00\xd1\x20\x00\x91\x3c\x40",  # bent up by a quarter of 24
        b"\x00\xe2\x00\x40\x00\x92\x40\x50",
        b"\x10\xb1\x4a\x60",
        b"\x10\xe1\x00\x40\x00\x81\x3c\x30",
        b"\x00\x82\x40\x40",
        b"\x05\xe1\x00\x00\x00\xe0\x00\x60",  # after the end; and the master's own wheel
    )
    score, warnings = from_bytes(header() + chunk(told, *plays, END))
    assert warnings == ("In track 1: 1 × a bend, pressure or timbre came when its note had ended and was left out.",)
    track = score.tracks[0]
    assert track.zones == (Zone(0, 2, 24.0),)
    assert list(track.notes) == [
        Note(0, 32, 60, 64, 0, 48, ((0, 6.0), (32, 0.0)), ((0, 32),), ((0, 64), (16, 96))),
        Note(0, 32, 64, 80, 0, 64),
    ]
    assert track.events == (Bend(37, 0, 4096),)
    assert from_bytes(to_bytes(score)).score == score


def test_of_two_bends_at_one_tick_of_a_note_the_last_holds():
    zone = b"\x00\xb0\x65\x00\x00\x64\x06\x00\x06\x01"
    bends = b"\x00\xe1\x00\x50\x00\xe1\x00\x48" + b"\x10\xe1\x00\x50\x00\xe1\x00\x40"
    score = from_bytes(header() + chunk(zone, b"\x00\x91\x3c\x40", bends, b"\x10\x81\x3c\x40", END)).score
    assert [note.bend_st for _, note in score] == [((0, 6.0), (16, 0.0))]


def test_a_zone_told_to_the_piece_holds_in_its_tracks():
    told = chunk(b"\x00\xb0\x65\x00\x00\x64\x06\x00\x06\x0f", END)
    score = from_bytes(header(tracks=2) + told + chunk(b"\x00\x93\x3c\x40\x60\x83\x3c\x40", END)).score
    assert [track.zones for track in score.tracks] == [(Zone(),)]
    assert [note.channel for _, note in score] == [0]


def test_a_second_zone_takes_channels_from_the_first_and_none_ends_it():
    first, second = b"\x00\xb0\x65\x00\x00\x64\x06\x00\x06\x0f", b"\x00\xbf\x65\x00\x00\x64\x06\x00\x06\x05"
    both = from_bytes(header() + chunk(first, second, b"\x00\x91\x3c\x40\x60\x81\x3c\x40", END)).score
    assert both.tracks[0].zones == (Zone(0, 9), Zone(15, 5))
    none = from_bytes(header() + chunk(first, b"\x00\xb0\x06\x00", b"\x00\x91\x3c\x40\x60\x81\x3c\x40", END)).score
    assert none.tracks[0].zones == ()
    assert [note.channel for _, note in none] == [1]


@pytest.mark.parametrize(
    "said",
    [b"", b"{", b"[" * 5000, b'{"pitch":1e999}', b"9" * 5000, b'{"duration_ticks":5,"pitch":60,"velocity":1}', b"\xff"],
)
def test_private_words_that_were_tampered_with_stay_what_they_are(said):
    data = b"\x7dVocello " + said
    length = bytes([0x80 | len(data) >> 7, len(data) & 0x7F])
    opened = from_bytes(header() + chunk(b"\x00\xff\x7f" + length + data, ON, OFF, END))
    assert opened.score.tracks[0].events == (Meta(0, 0x7F, data),)
    assert notes_of(opened) == [(0, 96, 60)]


def test_a_note_that_another_program_moved_away_from_our_words_is_read_as_it_plays():
    nested = Score().adding("", [Note(0, 100, 60), Note(10, 5, 60)])
    moved = to_bytes(nested).replace(b"\x00\x90\x3c\x50", b"\x01\x90\x3c\x50", 1)
    opened = from_bytes(moved)
    assert isinstance(opened, Opened)
    assert opened.score.note_count == 2
    assert "does not know what Vocello said of it" in opened.warnings[0]
