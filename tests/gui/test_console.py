"""What ties the mixer, the editor of chains and the engine to the window; its engine is never begun."""

from __future__ import annotations

from typing import Any

import pytest

from gui.engine_link import EngineLink, Wishes
from gui.mixing.console import CHAIN, Console
from gui.session.setup import Change, Setup, SlotSetup, TrackSetup
from gui.theme.palette import DARK, LIGHT
from realtime.client import Engine
from score.note import Note
from score.score import Score

SCORE = Score().adding("Voice", ()).adding("Bass", ())
FIRST, SECOND = (track.id for track in SCORE.tracks)


class Heard:
    """A console and all that it said."""

    def __init__(self, qtbot: Any, folder: Any) -> None:
        self.console = Console(EngineLink(lambda gone: Engine.apart(on_lost=gone), Wishes()), DARK, lambda: folder)
        for view in (self.console.mixer, self.console.editor):
            qtbot.addWidget(view)
        self.said: list[Any] = []
        self.console.changed.connect(lambda change, goes_on: self.said.append(change))
        self.console.chosen.connect(self.said.append)
        self.console.page_wanted.connect(self.said.append)
        self.console.said.connect(lambda words, trouble: self.said.append((words, trouble)))
        self.console.show(SCORE, Setup(), FIRST)


@pytest.fixture
def heard(qtbot, qapp, tmp_path):
    made = Heard(qtbot, tmp_path)
    yield made
    made.console.close()


def test_the_chain_that_is_seen_is_the_chosen_track_s_until_another_is_asked_for(heard):
    editor = heard.console.editor
    assert (editor.place, editor.title.text()) == (("tracks", str(FIRST)), "Voice")
    heard.console.mixer.strips["master",].chain.click()
    assert heard.said == [CHAIN]
    assert editor.title.text() == "Master"
    heard.console.show(SCORE, Setup(name="other"), FIRST)
    assert editor.title.text() == "Master"
    heard.console.show(SCORE, Setup(), SECOND)
    assert editor.title.text() == "Bass"
    heard.console.mixer.strips["tracks", str(FIRST)].chain.click()
    assert heard.said[1:] == [FIRST, CHAIN]
    assert editor.title.text() == "Voice"


def test_other_notes_alone_are_no_work(heard, monkeypatch):
    told: list[Any] = []
    monkeypatch.setattr(heard.console.mixing, "follow", lambda *words: told.append(words))
    more = SCORE.with_track(SCORE.tracks[0].with_notes((), (Note(0, 960, 60, id=99),)))
    heard.console.show(more, Setup(), FIRST)
    assert told == []
    heard.console.show(more, Setup(), SECOND)
    heard.console.show(more, Setup(name="x"), SECOND)
    assert len(told) == 2


def test_a_save_does_not_wait_for_an_engine_that_is_not_there(heard, qtbot, monkeypatch):
    done: list[str] = []
    heard.console.keep(lambda: done.append("at once"))
    assert done == ["at once"]
    takers: list[Any] = []
    monkeypatch.setattr(heard.console.mixing, "collect", takers.append)
    heard.console.keep(lambda: done.append("late"))
    qtbot.waitUntil(lambda: done[-1] == "late", timeout=20_000)
    takers[0]((Change("late", ("name",), "too late"),))
    assert heard.said == []
    heard.console.keep(lambda: done.append("in time"))
    takers[1]((Change("kept", ("name",), "in time"),))
    assert (done[-1], heard.said[0].name) == ("in time", "kept")


def test_chains_are_written_beside_the_session_and_what_cannot_be_is_said(heard, tmp_path):
    mine = Setup(tracks={str(FIRST): TrackSetup(slots=(SlotSetup("echo", "delay"),))})
    heard.console.show(SCORE, mine, FIRST)
    heard.console.write_files(tmp_path)
    assert sorted(path.name for path in (tmp_path / "racks").iterdir()) == ["01 Voice.rack", "02 Bass.rack"]
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "racks").write_text("in the way")
    heard.console.write_files(blocked)
    words, trouble = heard.said[-1]
    assert "racks" in words and trouble


def test_another_theme_is_worn_by_both(heard):
    heard.console.set_palette(LIGHT)
    assert LIGHT.window in heard.console.mixer.styleSheet()
    assert LIGHT.surface in heard.console.editor.styleSheet()
