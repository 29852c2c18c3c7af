"""The deck over real engines: it counts in on their frames, and comes to the beat of another that leads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PyQt6.QtCore import QTimer

from gui.app import beginning
from gui.deck import Deck
from gui.engine_link import EngineLink, Wishes
from gui.session.document import Document
from gui.transport.leading import points
from gui.transport.timeline import Leg
from realtime.client import CLICK, Engine, PortWish
from score.tempo import Tempo, TempoMap

pytestmark = pytest.mark.timeout(400)  # whoever comes first may have to compile

QUARTER_FRAMES = 24_000


class Studio:
    """A deck, the engine that it plays by, and what that has played."""

    def __init__(self, home: Path, wishes: Wishes) -> None:
        self.document = Document.new(home, beginning())
        self.link = EngineLink(lambda gone: Engine.apart(on_lost=gone), wishes)
        self.deck = Deck(self.document, self.link)
        self.deck.track_id = lambda: self.document.score.tracks[0].id
        self.played: list[Any] = []
        self.ready: list[dict[str, Any]] = []
        self.troubles: list[str] = []
        self.link.ready.connect(self.ready.append)
        self.link.metered.connect(self.deck.look)
        self.link.played.connect(self.played.append)
        self.link.trouble.connect(lambda about, text: self.troubles.append(text))
        self.timer = QTimer()
        self.timer.setInterval(16)
        self.timer.timeout.connect(self.deck.frame)
        self.timer.start()
        self.link.begin()

    @property
    def clicks(self) -> list[int]:
        if not self.played:
            return []
        events = np.concatenate(self.played)
        return sorted(events["frame"][events["kind"] == CLICK].tolist())

    def close(self) -> None:
        self.timer.stop()
        self.deck.stop()
        self.link.close()
        self.document.close()


@pytest.fixture
def studio(qtbot: Any, qapp: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Studio]:
    made = Studio(tmp_path, Wishes("null", port="", keys=getattr(request, "param", "none")))
    qtbot.waitUntil(lambda: bool(made.ready) and made.deck.clock.frame > 0, timeout=120_000)
    yield made
    made.close()


def test_a_count_and_the_bars_behind_it_are_played_on_the_engines_frames(studio: Studio, qtbot: Any) -> None:
    studio.deck.count_in_bars = 1
    studio.deck.toggle_record()
    begins = studio.deck.player.began_frame
    qtbot.waitUntil(lambda: len(studio.clicks) >= 8, timeout=60_000)
    assert studio.clicks[1:8] == [begins + n * QUARTER_FRAMES for n in range(-3, 4)]
    assert begins - 4 * QUARTER_FRAMES <= studio.clicks[0] < begins - 3 * QUARTER_FRAMES  # a busy machine is told late
    studio.deck.stop()
    told = len(studio.clicks)
    frame = studio.deck.clock.frame
    qtbot.waitUntil(lambda: studio.deck.clock.frame > frame + 2 * QUARTER_FRAMES, timeout=60_000)
    assert len(studio.clicks) <= told + 1  # one may have been told in the last moment
    assert studio.troubles == []


@pytest.mark.parametrize("studio", ["Lead:out"], indirect=True)
def test_the_beat_of_another_engine_is_come_to_and_its_stop_stops(
    patient_jack_server: object, studio: Studio, qtbot: Any
) -> None:
    tempo = TempoMap(960, (Tempo(0, 60_000_000 // 96),))
    with Engine.here(_machine()) as leads:
        leads.open_output(PortWish("Lead"))
        leads.start("null")
        heard: list[dict[str, Any]] = []
        while not heard or not heard[-1]["keys"]:
            studio.link.ask(lambda engine: engine.ask(), heard.append)
            qtbot.wait(100)
        studio.deck.follow(True)
        leads.lead(points(Leg(float(leads.meters()["frame"]) + 12_000, 0, tempo, 48_000.0), 0))
        qtbot.waitUntil(lambda: studio.deck.player.playing, timeout=30_000)
        qtbot.waitUntil(lambda: studio.deck.follower.song.beats > 8.0, timeout=60_000)
        deck = studio.deck

        def is_in_time() -> bool:
            song = deck.follower.song
            place = deck.player.place(song.frame) / 960
            return song.bpm is not None and abs(song.bpm - 96.0) < 2.0 and abs(place - song.beats) < 0.1

        qtbot.waitUntil(is_in_time, timeout=60_000)  # it comes to the beat, however the machine stumbles on the way
        leads.lead(())
        qtbot.waitUntil(lambda: not studio.deck.player.playing, timeout=30_000)


def _machine() -> Any:
    from realtime.machine import Machine

    return Machine
