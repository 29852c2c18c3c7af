"""MIDI files come in as they are, wherever they are put, and go out as other programs want them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given, settings

from gui.session.document import Document
from gui.session.exchange import merging, read_midi, state_of, write_midi
from score import midifile
from score.errors import MidiFileError
from score.events import Control, text
from score.note import LAST_TICK, Note
from score.score import Score
from score.tempo import Tempo, TempoMap
from score.zone import Zone
from tests.score.made_up import described, scores

BEND = ((0, 0.0), (10, Zone().nearest_bend_st(0.5)))
SUNG = Score(TempoMap(tempos=(Tempo(0, 600_000),)), name="Sung", events=(text(0, 6, "Verse"),)).adding(
    "Voice", [Note(0, 480, 60, bend_st=BEND), Note(480, 480, 62)], [Control(0, 0, 64, 127)], (Zone(),)
)


@settings(max_examples=60, deadline=None)
@given(scores(2, 6))
def test_a_score_put_into_an_empty_one_with_its_tempo_is_that_score(score: Score):
    empty = Score(TempoMap(score.tempo.ticks_per_quarter), name=score.name)
    merged, back = merging(empty, score, takes_tempo=True).apply(empty)
    assert merged == score
    assert described(back.apply(merged)[0]) == described(empty)


@settings(max_examples=60, deadline=None)
@given(scores(2, 6), scores(2, 6))
def test_merging_leaves_what_was_there_and_gives_new_ids(score: Score, added: Score):
    stretched = added.end_ticks * score.tempo.ticks_per_quarter // added.tempo.ticks_per_quarter
    assume(stretched + 480 < LAST_TICK)  # what does not fit is refused, which another test looks at
    merged, back = merging(score, added, 480).apply(score)
    assert [track.notes for track in merged.tracks[: len(score.tracks)]] == [track.notes for track in score.tracks]
    assert len(merged.tracks) == len(score.tracks) + len(added.tracks)
    ids = [track.id for track in merged.tracks] + [note.id for _, note in merged]
    assert len(set(ids)) == len(ids) and merged.tempo == score.tempo
    assert described(back.apply(merged)[0]) == described(score)


@pytest.mark.parametrize(("ticks", "expected"), [(960, [(240, 480), (720, 480)]), (96, [(240, 48), (288, 48)])])
def test_notes_keep_their_place_among_the_beats(ticks: int, expected: list[tuple[int, int]]):
    into = Score(TempoMap(ticks))
    merged, _ = merging(into, SUNG, 240).apply(into)
    assert [(note.start_ticks, note.duration_ticks) for _, note in merged] == expected
    assert merged.events[0].ticks == 240 and merged.tracks[0].events[0].ticks == 240
    assert merged.tracks[0].zones == (Zone(),) and len(next(iter(merged.tracks[0].notes)).bend_st) == 2


def test_the_tempo_is_taken_only_into_an_empty_score_and_only_when_asked_for():
    assert merging(Score(), SUNG).apply(Score())[0].tempo == Score().tempo
    taken = merging(Score(TempoMap(480)), SUNG, takes_tempo=True).apply(Score(TempoMap(480)))[0]
    assert taken.tempo == TempoMap(480, (Tempo(0, 600_000),))
    blank = Score().adding("Voice")  # as a new session is
    assert merging(blank, SUNG, takes_tempo=True).apply(blank)[0].tempo.tempos == (Tempo(0, 600_000),)
    occupied = Score().adding("One", (Note(0, 480, 60),))
    assert merging(occupied, SUNG, takes_tempo=True).apply(occupied)[0].tempo == occupied.tempo


def test_an_import_is_one_step_of_a_session(tmp_path: Path):
    midifile.write(SUNG, tmp_path / "sung.mid")
    with Document.new(tmp_path / "home") as document:
        imported = read_midi(tmp_path / "sung.mid")
        document.do(merging(document.score, imported.score))
        assert document.undo_name == "Import MIDI" and document.score.note_count == 2
        document.undo()
        assert document.score == Score() and not imported.is_damaged and imported.told == ()


def test_a_file_can_be_a_session_of_its_own(tmp_path: Path):
    midifile.write(SUNG, tmp_path / "sung.mid", 0)
    state = state_of(read_midi(tmp_path / "sung.mid"), "sung")
    assert state.score.tracks[0].notes == SUNG.tracks[0].notes and state.setup.name
    with Document.new(tmp_path / "home", state) as document:
        assert document.score == state.score


def test_what_can_be_saved_of_a_damaged_file_is_and_it_is_told(tmp_path: Path):
    data = midifile.to_bytes(SUNG.adding("Second", [Note(0, 480, 50)]))
    (tmp_path / "torn.mid").write_bytes(data[:-6])
    imported = read_midi(tmp_path / "torn.mid")
    assert imported.is_damaged and "damaged" in imported.told[0] and len(imported.told) > 1
    assert imported.score.tracks[0].notes == SUNG.tracks[0].notes


@pytest.mark.parametrize("data", [b"", b"RIFF....", b"MThd"])
def test_what_is_no_midi_file_is_refused(tmp_path: Path, data: bytes):
    (tmp_path / "x.mid").write_bytes(data)
    with pytest.raises(MidiFileError):
        read_midi(tmp_path / "x.mid")
    with pytest.raises(MidiFileError):
        read_midi(tmp_path / "missing.mid")


def test_a_file_that_would_reach_beyond_every_score_is_refused():
    with pytest.raises(MidiFileError, match="longer than a score"):
        merging(Score(), SUNG, LAST_TICK - 100)


def test_some_tracks_can_be_written_and_all_of_them_into_one(tmp_path: Path):
    score = (
        Score(name="Piece").adding("One", [Note(0, 10, 60)]).adding("Two", [Note(5, 10, 64, 80, 1)], length_ticks=99)
    )
    path = tmp_path / "x.mid"
    write_midi(score, path)
    assert midifile.read(path).score == score
    write_midi(score, path, (score.tracks[1].id,))
    assert [track.name for track in midifile.read(path).score.tracks] == ["Two"]
    write_midi(score, path, one_track=True)
    (track,) = midifile.read(path).score.tracks
    assert [note.pitch for note in track.notes] == [60, 64] and track.length_ticks == 99
    mpe = score.adding("Three", zones=(Zone(),))
    with pytest.raises(MidiFileError, match="type 1"):
        write_midi(mpe, path, one_track=True)
