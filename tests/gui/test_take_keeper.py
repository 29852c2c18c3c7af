"""Takes from the deck to the lanes: what was recorded is there with its sound, in one step, and is heard again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gui.session.act import Act
from gui.session.setup import Setup, Span
from gui.takes.keeper import TakeKeeper
from gui.takes.second_look import SecondLook
from gui.theme import DARK, LIGHT
from score.edits import AddNotes, Edit
from score.note import Note
from tests.gui.test_take_refinement import Sent
from tests.session.crashing import closing
from tests.session.taping import RATE, VOICE, a_piece, notes, sung, taped

BEAT = 960


@dataclass(frozen=True)
class Passing:
    start_ticks: int
    is_over: bool = False


@dataclass(frozen=True)
class Passed:
    """A take as the transport hands it over."""

    track_id: int
    of: Passing
    notes: tuple[Note, ...]
    edit: Edit | None
    first_frame: int
    end_frame: int


class Desk:
    """A keeper with a document, and everything that it said."""

    def __init__(self, qtbot: Any, folder: Path) -> None:
        self.qtbot = qtbot
        self.document = a_piece(folder / "home")
        self.sent: list[Sent] = []
        self.keeper = TakeKeeper(self.document, DARK, SecondLook(lambda file: self.document.path / file, self._send))
        qtbot.addWidget(self.keeper.page)
        self.acts: list[str] = []
        self.said: list[tuple[str, bool]] = []
        self.behind: list[Any] = []
        self.proposed: list[Any] = []
        self.keeper.acted.connect(self._act)
        self.keeper.said.connect(lambda words, trouble: self.said.append((words, trouble)))
        self.keeper.behind.connect(self.behind.append)
        self.keeper.proposed.connect(lambda found, one: self.proposed.append((found, one)))
        self.tape = taped(folder / "tape", sung(10.0))
        self.keeper.recorder.stream(RATE, str(self.tape))
        self.keeper.page.resize(800, 300)
        self.keeper.page.show()
        self.keeper.show(VOICE)

    def _send(self, words: Any) -> Sent:
        self.sent.append(Sent(words))
        return self.sent[-1]

    def _act(self, act: Act) -> None:
        self.document.act(act)
        self.acts.append(act.name)
        self.keeper.show(VOICE)

    def record(self, *heard: Note, first: int = 0, end: int = 4 * RATE, replaces: bool = False) -> None:
        edit = AddNotes(VOICE, heard) if heard else None
        self.keeper.keep(Passed(VOICE, Passing(0), heard, edit, first, end), replaces)

    def settle(self) -> None:
        self.keeper.takes.wait()
        self.qtbot.wait(20)

    @property
    def notes(self) -> list[tuple[int, int]]:
        return [(note.start_ticks, note.pitch) for note in self.document.score.track(VOICE).notes]


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, tmp_path)
    with closing(made.document, lambda document: document.close()):
        yield made
        made.keeper.close()


def test_a_pass_is_notes_and_a_lane_in_one_step_and_its_sound_lies_behind_them(desk):
    desk.record(Note(0, BEAT, 60), Note(2 * BEAT, BEAT, 62))
    assert desk.notes == [(0, 60), (2 * BEAT, 62)] and desk.acts == ["Record"]
    assert [take.file for take in desk.keeper.lanes.lanes.takes] == ["takes/Voice 1.flac"]
    desk.settle()
    waveform = desk.behind[-1]
    assert waveform.start_seconds == 0.0 and len(waveform.low) == -(-4 * RATE // 256)
    desk.document.undo()
    desk.keeper.show(VOICE)
    assert desk.notes == [] and desk.keeper.lanes.lanes.takes == () and desk.behind[-1] is None


def test_a_second_pass_over_the_first_can_be_swapped_for_it_with_the_mouse_of_the_lanes(desk):
    desk.record(Note(0, BEAT, 60))
    desk.record(Note(0, BEAT, 70), replaces=True)
    desk.settle()
    desk.keeper.lanes.chosen.emit("takes/Voice 1.flac", Span(0, 4 * BEAT))
    assert (0, 60) in desk.notes and (0, 70) not in desk.notes
    assert desk.acts == ["Record", "Record", "Choose take"]


def test_a_pass_in_which_nothing_was_heard_keeps_its_sound_and_takes_nothing_away(desk):
    desk.record(Note(0, BEAT, 60))
    desk.record(replaces=True)
    assert desk.notes == [(0, 60)] and len(desk.document.setup.takes) == 2
    assert desk.keeper.lanes.lanes.take is not None  # the newest is looked at
    assert desk.keeper.lanes.lanes.take.file == "takes/Voice 2.flac"


def test_what_was_just_sung_is_recalled_and_of_nothing_nothing_happens(desk):
    assert not desk.keeper.recall(RATE, 0, VOICE)
    desk.keeper.recorder.hear(notes((1.0, 2.0, 60)))
    assert desk.keeper.recall(3 * RATE, 4 * BEAT, VOICE)
    assert desk.notes == [(4 * BEAT, 60)] and desk.acts == ["Keep what was sung"]


def test_a_recording_that_goes_round_leaves_a_marker_for_the_pass_that_goes_on(desk):
    desk.keeper.loop_start = lambda: 4 * BEAT
    desk.keeper.recorder.begin(0, 0, VOICE)
    desk.keeper.keep(Passed(VOICE, Passing(0, is_over=True), (), None, 0, 2 * RATE), False)
    [marker] = [json.loads(path.read_text()) for path in (desk.document.path / "takes").glob("Voice 2.making")]
    assert (marker["from_frame"], marker["start_ticks"], marker["to_frame"]) == (2 * RATE, 4 * BEAT, -1)
    assert [take.file for take in desk.document.setup.takes] == ["takes/Voice 1.flac"]
    desk.keeper.recorder.is_on = False
    assert not (desk.document.path / "takes" / "Voice 2.making").exists()


def test_after_a_take_somebody_listens_again_and_its_corrections_are_accepted_or_not(desk):
    desk.record(Note(0, BEAT, 60), Note(2 * BEAT, BEAT, 62))
    desk.settle()
    assert [each.words[0] for each in desk.sent] == ["listen"]
    told = [
        {"onset_s": 0.0, "offset_s": 0.5, "pitch_midi": 61.0, "velocity": 80},
        {"onset_s": 1.0, "offset_s": 1.5, "pitch_midi": 62.0, "velocity": 80},
        {"onset_s": 1.6, "offset_s": 1.9, "pitch_midi": 65.0, "velocity": 80},
    ]
    desk.sent[0].done.emit({"notes": told})
    assert desk.keeper.bar.summary.text() == "1 note corrected · 1 added" and desk.keeper.bar.isVisible()
    assert len(desk.proposed[-1][0]) == 2
    desk.keeper.bar.list.took.emit(0)
    assert desk.notes == [(0, 61), (2 * BEAT, 62)] and desk.keeper.bar.summary.text() == "1 added"
    desk.keeper.bar.reject_button.click()
    assert not desk.keeper.bar.isVisible() and desk.acts == ["Record", "Correct", "Keep as sung"]
    for _ in range(2):
        desk.document.undo()
    desk.keeper.show(VOICE)
    desk.qtbot.waitUntil(lambda: desk.keeper.bar.summary.text() == "1 note corrected · 1 added")


def test_trouble_is_said(desk):
    desk.record(Note(0, BEAT, 60), first=50 * RATE, end=52 * RATE)  # the tape has nothing of it
    desk.settle()
    assert len(desk.said) == 1 and desk.said[0][1] and "is not kept" in desk.said[0][0]
    desk.record(Note(0, BEAT, 60), first=9 * RATE, end=11 * RATE)
    desk.settle()
    assert desk.said[-1] == ("1.00 s of the take 'Voice 2' were lost, and are silent.", False)
    desk.sent[0].failed.emit("no")
    assert desk.said[-1] == ("The take was not listened to again: no", True)


def test_another_track_has_lanes_of_its_own(desk):
    desk.record(Note(0, BEAT, 60))
    desk.keeper.show(99)
    assert desk.keeper.lanes.lanes.takes == () and desk.behind[-1] is None
    desk.keeper.set_palette(LIGHT)
    assert isinstance(desk.document.setup, Setup) and np.isfinite(desk.keeper.page.width())
