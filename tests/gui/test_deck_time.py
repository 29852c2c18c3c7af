"""The deck: others are led, others are followed, and tempos are tapped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gui.app import beginning
from gui.session.document import Document
from realtime.client import NOTE_ON
from score.edits import AddNotes
from score.note import Note
from tests.gui.deck_stage import BAR_FRAMES, QUARTER, QUARTER_FRAMES, RATE, STEP, Stage


@pytest.fixture
def stage(qapp: Any, tmp_path: Any) -> Iterator[Stage]:
    with Document.new(tmp_path, beginning()) as document:
        yield Stage(document)


# Others' time


def test_others_are_led_while_we_play_and_no_longer(stage: Stage) -> None:
    stage.deck.leader.is_on = True
    stage.deck.toggle_play()
    began = stage.deck.player.began_frame
    stage.pass_frames(BAR_FRAMES)
    stage.deck.stop()
    (course, goes_on), end = stage.engine.led
    assert course[0] == (0.0, float(began))
    assert course[1] == (24.0, float(began + QUARTER_FRAMES))
    assert not goes_on
    assert end == ((), False)


def song(stage: Stage, bpm: float, began: int, running: bool = True, beats: float | None = None) -> None:
    beats = (stage.clock.at - began) / RATE * bpm / 60 if beats is None else beats
    stage.engine.heard_song = {"running": running, "bpm": bpm, "beats": beats, "frame": stage.clock.at, "age_s": 0.01}


def test_another_song_is_followed_from_its_start_to_its_stop(stage: Stage) -> None:
    stage.document.do(AddNotes(stage.document.score.tracks[0].id, (Note(960, 960, 60), Note(3840, 960, 62))))
    seen: list[Any] = []
    stage.deck.synced.connect(seen.append)
    stage.deck.follow(True)
    stage.pass_frames(8000)
    assert not stage.deck.player.playing
    began = stage.clock.at
    while stage.clock.at < began + 4 * BAR_FRAMES:
        song(stage, 90.0, began)
        stage.pass_frames(STEP)
    assert stage.deck.player.playing
    assert [
        abs(frame - began - quarters * 32_000) < 48
        for (frame, _), quarters in zip(stage.engine.of(NOTE_ON), (1, 4), strict=True)
    ] == [True, True]
    assert seen[-1].is_heard and seen[-1].bpm == 90.0
    stands_at = (stage.clock.at - began) / 32_000
    song(stage, 90.0, began, running=False, beats=stands_at)
    stage.pass_frames(2 * STEP)
    assert not stage.deck.player.playing
    assert stage.playhead == round(stands_at * QUARTER)  # and not where we were when we heard of it
    song(stage, 90.0, began, running=False, beats=32.0)
    stage.pass_frames(2 * STEP)
    assert (stage.deck.player.playing, stage.playhead) == (False, 32 * QUARTER)


def test_taps_show_a_tempo_at_once_and_have_it_when_the_hand_rests(stage: Stage, qtbot: Any, monkeypatch: Any) -> None:
    shown: list[float] = []
    stage.deck.tapped.connect(shown.append)
    with qtbot.waitSignal(stage.deck.tempo_wished) as wished:
        for n in range(5):
            monkeypatch.setattr("gui.deck.time.monotonic", lambda n=n: 100.0 + n * 0.4)
            stage.deck.tap()
    assert shown == [150.0] * 4
    assert wished.args == [150.0]
