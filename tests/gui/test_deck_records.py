"""The deck: clicking, counting in, recording, punching and looping, on frames that are known."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from gui.app import beginning
from gui.session.document import Document
from gui.session.setup import Loop
from gui.transport.beats import BAR, BEAT
from gui.transport.passes import REPLACE
from realtime.client import CLICK, FIRST_LINE, METRONOME_LINE, NOTE_ON, NOTES_OFF
from score.edits import AddNotes, RemoveTrack, SetTempo
from score.note import Note
from score.tempo import Tempo
from tests.gui.deck_stage import BAR_FRAMES, QUARTER, QUARTER_FRAMES, STEP, Stage


@pytest.fixture
def stage(qapp: Any, tmp_path: Any) -> Iterator[Stage]:
    with Document.new(tmp_path, beginning()) as document:
        yield Stage(document)


# The metronome


def test_while_it_records_each_beat_clicks_and_the_bar_is_louder(stage: Stage) -> None:
    stage.deck.toggle_record()
    began = stage.deck.player.began_frame
    stage.pass_frames(2 * BAR_FRAMES - 8000)
    assert stage.engine.of(CLICK) == [(began + n * QUARTER_FRAMES, BEAT if n % 4 else BAR) for n in range(8)]
    by_strength = {number: value for _, kind, number, value, _ in stage.engine.told if kind == CLICK}
    assert by_strength[BAR] > by_strength[BEAT] > 0.0
    assert {slot for _, kind, _, _, slot in stage.engine.told if kind == CLICK} == {FIRST_LINE + METRONOME_LINE}
    assert CLICK not in stage.engine.to_port


@pytest.mark.parametrize(("when", "playing", "recording"), [("never", 0, 0), ("recording", 0, 5), ("always", 4, 5)])
def test_it_clicks_when_it_is_wanted(stage: Stage, when: str, playing: int, recording: int) -> None:
    stage.deck.metronome.when = when
    stage.deck.toggle_play()
    stage.pass_frames(BAR_FRAMES)
    stage.deck.stop()
    assert len(stage.engine.of(CLICK)) == playing
    stage.engine.told.clear()
    stage.playhead = 0
    stage.deck.toggle_record()
    stage.pass_frames(BAR_FRAMES)
    assert len(stage.engine.of(CLICK)) == recording


def test_it_is_as_loud_as_it_is_set_and_follows_the_tempo_while_it_changes(stage: Stage) -> None:
    stage.deck.metronome.when, stage.deck.metronome.level_db = "always", -20.0
    stage.deck.toggle_play()
    began = stage.deck.player.began_frame
    stage.pass_frames(QUARTER_FRAMES)
    stage.document.do(SetTempo(stage.document.score.tempo.with_tempo(Tempo(0, 1_000_000))))
    stage.pass_frames(2 * BAR_FRAMES)
    frames = [frame for frame, _ in stage.engine.of(CLICK)]
    assert frames[:2] == [began, began + QUARTER_FRAMES]
    apart = [after - before for before, after in pairwise(frames[2:])]
    assert len(apart) > 2
    assert set(apart) == {2 * QUARTER_FRAMES}
    assert max(value for _, kind, _, value, _ in stage.engine.told if kind == CLICK) == pytest.approx(0.1)


def test_a_stop_takes_back_what_was_told_ahead(stage: Stage) -> None:
    stage.document.do(AddNotes(stage.document.score.tracks[0].id, tuple(Note(n * 480, 480, 60) for n in range(16))))
    stage.deck.metronome.when = "always"
    stage.deck.toggle_play()
    stage.pass_frames(QUARTER_FRAMES - 2000)
    stage.deck.stop()
    kinds = [kind for frame, kind, *_ in stage.engine.told if frame > stage.clock.at]
    assert NOTE_ON not in kinds
    assert CLICK not in kinds
    assert stage.engine.told[-1][1] == NOTES_OFF


# Counting in


@pytest.mark.parametrize("bars", [1, 2])
def test_the_playhead_waits_while_it_counts_and_the_bar_begins_exactly_then(stage: Stage, bars: int) -> None:
    stage.document.do(AddNotes(stage.document.score.tracks[0].id, (Note(3840, 960, 72),)))
    stage.playhead, stage.deck.count_in_bars = 3840, bars
    stage.deck.toggle_record()
    begins = stage.deck.player.began_frame
    counted: list[int] = []
    stage.deck.counting.connect(counted.append)
    stage.pass_frames(begins - stage.clock.at - STEP)
    assert stage.playhead == 3840
    assert stage.engine.of(CLICK)[: 4 * bars] == [
        (begins - (4 * bars - n) * QUARTER_FRAMES, BEAT if n % 4 else BAR) for n in range(4 * bars)
    ]
    stage.pass_frames(STEP + QUARTER_FRAMES)
    assert counted == list(range(4 * bars, -1, -1))
    assert stage.playhead == 3840 + QUARTER
    assert stage.engine.of(NOTE_ON) == [(begins, 72)]
    assert (begins, BAR) in stage.engine.of(CLICK)


def test_the_first_note_is_not_lost_though_it_was_early(stage: Stage) -> None:
    stage.deck.count_in_bars = 1
    stage.deck.toggle_record()
    begins = stage.deck.player.began_frame
    stage.sing(55, begins - 90_000, begins - 70_000)  # hummed to the count
    stage.sing(60, begins - 3000, begins + QUARTER_FRAMES)
    stage.sing(62, begins + QUARTER_FRAMES, begins + 2 * QUARTER_FRAMES)
    stage.deck.stop()
    assert stage.notes == [(60, 0, 960), (62, 960, 1920)]
    assert stage.document.undo_name == "Record"
    stage.document.undo()
    assert stage.notes == []


def test_a_stop_while_it_counts_records_nothing_and_is_silent(stage: Stage) -> None:
    stage.deck.count_in_bars = 2
    stage.deck.toggle_record()
    stage.pass_frames(QUARTER_FRAMES)
    stage.deck.toggle_record()
    assert stage.notes == []
    assert all(frame <= stage.clock.at for frame, _ in stage.engine.of(CLICK))
    assert stage.states[-1] == (False, False)
    assert stage.deck.beats_to_come == 0


# Recording


def test_what_is_sung_to_what_is_heard_lies_on_the_beat_by_what_the_card_is_late(stage: Stage) -> None:
    stage.deck.late_s = 0.05
    stage.deck.toggle_record()
    began = stage.deck.player.began_frame
    stage.sing(60, began + QUARTER_FRAMES + 2400, began + 2 * QUARTER_FRAMES + 2400)
    stage.pass_frames(QUARTER_FRAMES)
    stage.deck.stop()
    assert stage.notes == [(60, 960, 1920)]


def test_the_first_note_ever_lies_where_it_was_sung_and_not_where_it_was_begun_to_record(stage: Stage) -> None:
    stage.deck.toggle_record()
    began = stage.deck.player.began_frame
    stage.sing(60, began + 5 * QUARTER_FRAMES, began + 6 * QUARTER_FRAMES)
    stage.deck.stop()
    assert stage.notes == [(60, 4800, 5760)]


def test_one_may_draw_while_it_records_and_each_is_a_step_of_its_own(stage: Stage) -> None:
    track = stage.document.score.tracks[0].id
    stage.deck.toggle_record()
    began = stage.deck.player.began_frame
    stage.sing(60, began + QUARTER_FRAMES, began + 2 * QUARTER_FRAMES)
    stage.document.do(AddNotes(track, (Note(9600, 960, 80),)))
    stage.pass_frames(QUARTER_FRAMES)
    stage.deck.stop()
    assert stage.notes == [(60, 960, 1920), (80, 9600, 10_560)]
    stage.document.undo()
    assert stage.notes == [(80, 9600, 10_560)]


def test_the_playhead_may_be_put_elsewhere_while_it_records(stage: Stage) -> None:
    stage.deck.toggle_record()
    began = stage.deck.player.began_frame
    stage.sing(60, began + QUARTER_FRAMES, began + 2 * QUARTER_FRAMES)
    stage.playhead = 7680
    stage.deck.go_on_from()
    again = stage.deck.player.began_frame
    assert stage.deck.recorder.is_on
    stage.sing(62, again + QUARTER_FRAMES, again + 2 * QUARTER_FRAMES)
    stage.deck.stop()
    assert stage.notes == [(60, 960, 1920), (62, 8640, 9600)]


def test_replacing_silences_the_track_and_makes_room(stage: Stage) -> None:
    track = stage.document.score.tracks[0].id
    stage.document.do(AddNotes(track, (Note(960, 960, 50), Note(9600, 960, 51))))
    stage.deck.record_mode = REPLACE
    stage.deck.toggle_record()
    began = stage.deck.player.began_frame
    stage.sing(60, began + 2 * QUARTER_FRAMES, began + 3 * QUARTER_FRAMES)
    stage.deck.stop()
    assert stage.engine.of(NOTE_ON) == []
    assert stage.notes == [(60, 1920, 2880), (51, 9600, 10_560)]
    stage.document.undo()
    assert stage.notes == [(50, 960, 1920), (51, 9600, 10_560)]


def test_recording_over_and_singing_nothing_takes_nothing_away(stage: Stage) -> None:
    stage.document.do(AddNotes(stage.document.score.tracks[0].id, (Note(960, 960, 50),)))
    stage.deck.record_mode = REPLACE
    stage.deck.toggle_record()
    stage.pass_frames(BAR_FRAMES)
    stage.deck.stop()
    assert stage.notes == [(50, 960, 1920)]


def test_each_round_of_a_loop_is_a_take_that_is_heard_in_the_next(stage: Stage) -> None:
    taken: list[Any] = []
    stage.deck.taken.connect(taken.append)
    stage.loop(0, 3840)
    stage.deck.toggle_record()
    began = stage.deck.player.began_frame
    stage.sing(60, began + QUARTER_FRAMES, began + 2 * QUARTER_FRAMES)
    stage.sing(62, began + 3 * QUARTER_FRAMES, began + BAR_FRAMES + 6000)  # over the end
    stage.pass_frames(BAR_FRAMES // 2)
    assert stage.notes == [(60, 960, 1920), (62, 2880, 3840)]
    stage.sing(64, began + BAR_FRAMES + 2 * QUARTER_FRAMES, began + BAR_FRAMES + 3 * QUARTER_FRAMES)
    stage.pass_frames(BAR_FRAMES)
    stage.deck.stop()
    assert sorted(stage.notes) == [(60, 960, 1920), (62, 2880, 3840), (64, 1920, 2880)]
    assert [(each.first_frame - began, each.end_frame - began) for each in taken[:2]] == [
        (0, BAR_FRAMES),
        (BAR_FRAMES, 2 * BAR_FRAMES),
    ]
    assert (began + BAR_FRAMES + QUARTER_FRAMES * 3, 62) in stage.engine.of(NOTE_ON)
    stage.document.undo()
    assert stage.notes == [(60, 960, 1920), (62, 2880, 3840)]


def test_a_punch_records_its_part_and_no_more_while_the_music_goes_on(stage: Stage) -> None:
    stage.punch(3840, 7680)
    stage.deck.toggle_record()
    began = stage.deck.player.began_frame
    stage.sing(60, began + QUARTER_FRAMES, began + 2 * QUARTER_FRAMES)
    stage.sing(62, began + 5 * QUARTER_FRAMES, began + 6 * QUARTER_FRAMES)
    stage.sing(64, began + 7 * QUARTER_FRAMES, began + 9 * QUARTER_FRAMES)
    stage.sing(65, began + 10 * QUARTER_FRAMES, began + 11 * QUARTER_FRAMES)
    assert stage.states[-1] == (True, False)
    assert stage.notes == [(62, 4800, 5760), (64, 6720, 7680)]


def test_a_punch_is_a_part_of_the_session_and_a_step_to_undo(stage: Stage) -> None:
    stage.loop(960, 1920)
    stage.deck.toggle_punch()
    assert stage.document.setup.punch == Loop(960, 1920, True)
    stage.document.undo()
    assert not stage.document.setup.punch.on


def test_an_engine_that_goes_away_takes_no_note_with_it(stage: Stage) -> None:
    stage.deck.toggle_record()
    began = stage.deck.player.began_frame
    stage.sing(60, began + QUARTER_FRAMES, began + 2 * QUARTER_FRAMES)
    stage.pass_frames(QUARTER_FRAMES)
    stage.clock.at = 0  # another one counts
    stage.deck.stream(48_000.0)
    assert stage.states[-1] == (False, False)
    assert stage.notes == [(60, 960, 1920)]


def test_a_track_that_is_deleted_while_it_is_recorded_takes_no_note_with_it(stage: Stage) -> None:
    track = stage.document.score.tracks[0].id
    stage.deck.toggle_record()
    began = stage.deck.player.began_frame
    stage.sing(60, began + QUARTER_FRAMES, began + 2 * QUARTER_FRAMES)
    stage.deck.track_id = lambda: 0
    stage.document.do(RemoveTrack(track))
    stage.pass_frames(QUARTER_FRAMES)
    stage.deck.stop()
    assert stage.notes == [(60, 960, 1920)]
    assert stage.document.score.tracks[0].zones
    stage.document.undo()
    stage.document.undo()
    assert [each.id for each in stage.document.score.tracks] == [track]
