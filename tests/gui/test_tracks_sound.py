"""The session's tracks in the engine: each on its own instrument, mixed by hand while they play.

The first part plays the very rack and the very events through the callback in this process, where every sample can be
looked at; the second goes through the window's link to an engine in another process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from gui.engine_link import EngineLink, Wishes
from gui.mixing.arranged import arranged, track_chain
from gui.mixing.mixing import Mixing, describe
from gui.mixing.orders import turns_between
from gui.mixing.routes import MASTER_LINE, lines_of_score, slot_of
from gui.playback import Player
from gui.session.setup import Change, LearnedSetup, Setup, SlotSetup, TrackSetup
from plugin.rack_file import from_plain
from plugin.workbench import Workbench
from realtime.client import ALL_CHANNELS, CONTROL, EVENT, FROM_APP, FROM_KEYS, NOTE_ON, NOW, Engine, event
from realtime.host import Host
from score.note import Note
from score.score import Score
from score.zone import Zone
from tests.realtime.driving import RATE, Card

pytestmark = pytest.mark.timeout(400)  # whoever comes first may have to compile

BLOCK, SECOND = 128, int(RATE)
LONG = 960 * 60
SEAM = 0.001
"""Twice what the corner of a glide bends a sine of these tracks by; a click bends it twenty times as far."""


def piece(*tracks: tuple[Note, ...]) -> Score:
    score = Score()
    for n, notes in enumerate(tracks, 1):
        score = score.adding(f"Track {n}", notes, zones=(Zone(),))
    return score


def setup_of(score: Score, **of_all: Any) -> Setup:
    sine = {"instrument": "tone", "turned": {"instrument": {"shape": 0.0}}}
    return Setup(tracks={str(track.id): TrackSetup(**{**sine, **of_all}) for track in score.tracks})


def with_track(setup: Setup, track_id: int, **changed: Any) -> Setup:
    mine = replace(setup.track(track_id), **changed)
    return replace(setup, tracks={**setup.tracks, str(track_id): mine})


class Room:
    """A rack, a callback, and a player that tells it a score."""

    def __init__(self, score: Score, setup: Setup, chosen: int | None = None) -> None:
        self.score, self.chosen = score, chosen
        self.bench, self.host = Workbench(), Host(RATE)
        self.told = arranged(score, setup, chosen)
        self.bench.load(from_plain(self.told))
        self.bench.begin(self.host, BLOCK)
        self.card = Card(self.host)
        self.player = Player(self._send)
        self.player.send_to_port = lambda events: None
        lines = lines_of_score(score)
        mixing = Mixing.__new__(Mixing)
        mixing._setup, mixing._lines = setup, lines
        self.player.seats.route = lambda track: Mixing.route(mixing, track)

    def _send(self, events: Any) -> None:
        assert self.host.send(FROM_APP, events)

    def become(self, setup: Setup) -> bool:
        """Whether knobs were enough."""
        wanted = arranged(self.score, setup, self.chosen)
        turns = turns_between(self.told, wanted)
        for each in turns or ():
            self.bench.turn(each.slot, each.knob, each.value)
        if turns is None:
            self.bench.load(from_plain(wanted))
        self.told = wanted
        return turns is not None

    def hear(self, seconds: float) -> npt.NDArray[np.float32]:
        out = []
        for _ in range(round(seconds * RATE / BLOCK)):
            if self.player.playing:
                self.player.tell(self.score, self.host.frame)
            out.append(self.card.block(BLOCK, np.zeros(BLOCK, np.float32)).copy())
            self.bench.tick(self.host.played.pop_all())
        return np.concatenate(out)

    def level(self, track_id: int) -> float:
        line = lines_of_score(self.score)[track_id]
        levels = self.bench.levels()
        assert levels is not None
        return float(levels["peak"][levels["line"] == line].max())


def partials(sound: npt.NDArray[np.float32]) -> list[float]:
    """The pitches that are heard, in semitones: peaks of a spectrum of fundamentals."""
    mono = sound.mean(1) * np.blackman(len(sound))
    spectrum = np.abs(np.fft.rfft(mono, 8 * len(mono)))
    spectrum[: round(60 * 8 * len(mono) / RATE)] = 0.0
    found = []
    for n in np.flatnonzero((spectrum[1:-1] > spectrum[:-2]) & (spectrum[1:-1] >= spectrum[2:])) + 1:
        if spectrum[n] > 0.3 * spectrum.max():
            found.append(69.0 + 12.0 * float(np.log2(n * RATE / (8 * len(mono)) / 440.0)))
    return found


def jump(sound: npt.NDArray[np.float32]) -> float:
    return float(np.abs(np.diff(sound, 2, axis=0)).max())


def test_notes_that_bend_beside_each_other_bend_alone_on_every_track():
    def pair(low: int, first_st: float, second_st: float) -> tuple[Note, ...]:
        return Note(0, LONG, low, bend_st=((0, first_st),)), Note(10, LONG, low + 7, bend_st=((0, second_st),))

    score = piece(pair(48, 0.5, -0.4), pair(60, -0.3, 0.25), pair(72, 0.1, 0.45))
    room = Room(score, setup_of(score))
    room.player.begin(score, 0, 0, RATE)
    heard = partials(room.hear(2.0)[SECOND:])
    assert heard == pytest.approx([48.5, 54.6, 59.7, 67.25, 72.1, 79.45], abs=0.03)


def test_each_track_plays_its_own_instrument_and_none_another_s():
    score = piece((Note(0, LONG, 60),), (Note(0, LONG, 67),))
    first, second = (track.id for track in score.tracks)
    room = Room(score, setup_of(score), chosen=first)
    room.player.begin(score, 0, 0, RATE)
    room.hear(0.5)
    assert room.level(first) > 0.01 and room.level(second) > 0.01
    players = [room.host.rack.state(f"{each}.instrument")["players"][0] for each in (first, second)]
    assert [sorted(set(one["voice"]["key"][one["voice"]["stage"] > 0].tolist())) for one in players] == [[60], [67]]


def test_hands_on_the_mixer_turn_knobs_and_what_sounds_goes_on():
    score = piece((Note(0, LONG, 60),), (Note(0, LONG, 67),))
    first, second = (track.id for track in score.tracks)
    setup = setup_of(score)
    room = Room(score, setup)
    room.player.begin(score, 0, 0, RATE)
    assert jump(room.hear(1.0)[SECOND // 2 :]) < SEAM
    for changed in (
        {"level_db": -20.0},
        {"pan": -1.0},
        {"muted": True},
        {"muted": False, "level_db": 0.0, "pan": 0.0},
        {"solo": True},
    ):
        setup = with_track(setup, first, **changed)
        assert room.become(setup)
        assert jump(room.hear(0.3)) < SEAM
    assert room.level(first) > 0.01
    room.hear(3.0)
    assert room.level(second) < 1e-3


def test_a_send_an_effect_and_a_track_come_while_all_others_play_on_without_a_seam():
    score = piece((Note(0, LONG, 60),), (Note(0, LONG, 67),))
    first, second = (track.id for track in score.tracks)
    setup = setup_of(score)
    room = Room(score, setup)
    room.player.begin(score, 0, 0, RATE)
    room.hear(1.0)
    state = room.host.rack.state(f"{first}.instrument")
    setup = with_track(setup, second, slots=(SlotSetup("warm", "filter"),), sends={"hall": -12.0})
    assert not room.become(setup)
    assert jump(room.hear(0.5)) < SEAM
    room.score = room.score.adding("Third", ())
    assert not room.become(setup)
    assert jump(room.hear(0.5)) < SEAM
    assert room.host.rack.state(f"{first}.instrument") is state
    assert room.level(first) > 0.01 and room.level(second) > 0.01


def test_the_chosen_track_is_played_by_hand_and_arming_takes_it_elsewhere():
    score = piece((), ())
    first, second = (track.id for track in score.tracks)
    setup = setup_of(score)
    room = Room(score, setup, chosen=first)
    room.host.send(FROM_KEYS, event(NOTE_ON, number=60, value=1.0))
    room.hear(0.2)
    assert room.level(first) > 0.01 and room.level(second) == 0.0
    room.become(with_track(setup, second, armed=True))
    room.hear(0.3)
    room.host.send(FROM_KEYS, event(NOTE_ON, number=64, value=1.0))
    room.hear(3.0)
    assert room.level(first) < 1e-3 and room.level(second) > 0.01


def test_a_track_at_a_port_has_no_place_in_the_rack_and_its_channel_at_the_port():
    score = piece((Note(0, 960, 60),), (Note(0, 960, 67, bend_st=((0, 0.5),)), Note(5, 960, 70, bend_st=((0, 0.1),))))
    first, second = (track.id for track in score.tracks)
    setup = with_track(setup_of(score), second, port="Vocello", channel=4)
    assert track_chain(second) not in [chain["name"] for chain in arranged(score, setup)["chains"]]
    room = Room(score, setup)
    sent: list[npt.NDArray[Any]] = []
    room.player.send_to_port = sent.append
    room.player.begin(score, 0, 0, RATE)
    room.hear(0.2)
    port = np.concatenate(sent)
    on = port[port["kind"] == NOTE_ON]
    assert list(zip(on["number"].tolist(), on["channel"].tolist(), strict=True)) == [(67, 4), (70, 0)]
    played = room.host.rack.state(f"{first}.instrument")["players"][0]["voice"]
    assert set(played["key"][played["stage"] > 0].tolist()) == {60}


def test_a_whole_rack_is_an_instrument_and_its_parts_keep_their_ranges():
    low = {
        "name": "low",
        "slots": [{"name": "bass", "processor": "tone"}],
        "reach": {"highest": 59, "transpose_st": -12},
    }
    high = {"name": "high", "slots": [{"name": "lead", "processor": "tone"}], "reach": {"lowest": 60}}
    brought = {"chains": [low, high, {"name": "main", "slots": [{"name": "soft", "processor": "filter"}]}]}
    score = piece((Note(0, LONG, 48), Note(0, LONG, 72)))
    track_id = score.tracks[0].id
    setup = setup_of(score, rack="mine.rack", rack_plan=brought, slots=(SlotSetup("echo", "delay"),))
    setup = with_track(setup, track_id, turned={"bass": {"shape": 0.0}, "lead": {"shape": 0.0}})
    plan = from_plain(arranged(score, setup))
    names = [f"{track_id}.{name}" for name in ("bass", "lead", "soft", "echo")]
    assert [slot.name for slot in plan.slots()][:4] == names
    room = Room(score, setup)
    room.player.begin(score, 0, 0, RATE)
    assert partials(room.hear(1.0)[SECOND // 2 :]) == pytest.approx([36.0, 72.0], abs=0.2)


def test_what_was_learned_and_lanes_find_their_slot():
    score = piece(())
    learned = (LearnedSetup("instrument", "shape", 74),)
    said = arranged(score, setup_of(score, learned=learned))
    assert from_plain(said).learned[0].slot == f"{score.tracks[0].id}.instrument"


# Through the link, to another process


@pytest.fixture
def studio(qtbot: Any, tmp_path: Path) -> Iterator[Studio]:
    made = Studio(qtbot, tmp_path)
    yield made
    made.link.close()


def _play(events: Any, engine: Engine) -> None:
    engine.play(events)


class Studio:
    """A session's tracks and an engine that plays them, in another process."""

    def __init__(self, qtbot: Any, folder: Path) -> None:
        self.qtbot = qtbot
        self.score = piece((Note(0, LONG, 60),), (Note(0, LONG, 67),))
        self.setup = setup_of(self.score)
        self.first, self.second = (track.id for track in self.score.tracks)
        self.link = EngineLink(lambda gone: Engine.apart(on_lost=gone), Wishes("null", port="", keys="none"))
        self.mixing = Mixing(self.link, lambda: folder)
        self.loads = 0
        self.levels: dict[int, Any] = {}
        self.trouble: list[str] = []
        self.mixing.loaded.connect(self._count)
        self.mixing.levelled.connect(lambda levels: self.levels.update(levels))
        self.mixing.troubled.connect(self.trouble.append)
        self.follow()
        self.link.begin()
        qtbot.waitUntil(lambda: self.loads == 1, timeout=120_000)

    def _count(self) -> None:
        self.loads += 1

    def follow(self) -> None:
        self.mixing.follow(self.score, self.setup, self.first)

    def play(self) -> None:
        for track in self.score.tracks:
            events = np.zeros(1, EVENT)
            events[0] = (NOW, 0.8, NOTE_ON, 1, next(iter(track.notes)).pitch, 0, self.mixing.slot_of(track.id), 0)
            self.link.ask(partial(_play, events))

    def level(self, track_id: int) -> float:
        return max(self.levels.get(lines_of_score(self.score)[track_id], (0.0, 0.0)))

    def until(self, true: Any) -> None:
        self.qtbot.waitUntil(true, timeout=60_000)

    def change(self, track_id: int, field: str, value: Any) -> None:
        self.setup, _ = Change("", ("tracks", str(track_id), field), value).apply(self.setup)
        self.follow()


def test_levels_come_back_and_a_mute_is_a_turn_of_a_knob(studio: Studio) -> None:
    studio.play()
    studio.until(lambda: studio.level(studio.first) > 0.01 and studio.level(studio.second) > 0.01)
    studio.until(lambda: max(studio.levels[MASTER_LINE]) > 0.01)
    studio.change(studio.first, "muted", True)
    studio.until(lambda: studio.level(studio.first) < 1e-4)
    assert studio.level(studio.second) > 0.01
    assert studio.loads == 1
    studio.change(studio.first, "muted", None)
    studio.until(lambda: studio.level(studio.first) > 0.01)  # its note was held all the while
    assert studio.loads == 1


def test_an_instrument_that_is_not_here_is_kept_and_others_play(studio: Studio) -> None:
    studio.change(studio.first, "instrument", "vst3:Nobody Has This")
    studio.until(lambda: studio.loads == 2)
    studio.play()
    studio.until(lambda: studio.level(studio.second) > 0.01)
    described: list[Any] = []

    def is_told() -> bool:
        describe(studio.link, described.extend)
        return any("Nobody Has This" in each["trouble"] for each in described)

    studio.until(is_told)
    assert not studio.trouble


def test_a_rack_that_cannot_be_leaves_what_plays(studio: Studio) -> None:
    studio.play()
    studio.change(studio.first, "rack_plan", {"chains": [{"name": "a", "to": "b"}, {"name": "b", "to": "a"}]})
    studio.until(lambda: bool(studio.trouble))
    assert "circle" in studio.trouble[0]
    studio.until(lambda: studio.level(studio.second) > 0.01)
    studio.change(studio.first, "rack_plan", None)
    studio.until(lambda: studio.loads == 2)


def test_an_engine_that_was_killed_comes_back_with_the_mix(studio: Studio) -> None:
    studio.change(studio.first, "level_db", -80.0)
    assert studio.link.engine is not None
    with studio.qtbot.waitSignal(studio.link.back, timeout=120_000):
        os.kill(studio.link.engine.pid, 9)
    studio.until(lambda: studio.loads == 2)
    studio.levels.clear()
    studio.play()
    studio.until(lambda: studio.level(studio.second) > 0.01)
    assert studio.level(studio.first) < 1e-4


def test_what_only_the_engine_knows_comes_back_into_the_session(studio: Studio) -> None:
    studio.change(studio.first, "learned", (LearnedSetup("instrument", "shape", 21),))
    studio.until(lambda: studio.loads == 2)
    studio.link.ask(lambda engine: engine.play(event(CONTROL, number=21, channel=ALL_CHANNELS, value=1.0)))
    changes: list[Change] = []

    def asked() -> bool:
        studio.mixing.collect(changes.extend)
        return any(each.value[str(studio.first)].turned["instrument"]["shape"] == 1.0 for each in changes)

    studio.until(asked)
    studio.setup, _ = changes[-1].apply(studio.setup)
    studio.follow()
    told: list[tuple[Change, ...]] = []
    studio.mixing.collect(told.append)
    studio.until(lambda: bool(told))
    assert told == [()]


def test_a_line_is_a_track_s_own_whatever_happens_beside_it() -> None:
    score = piece((), (), ())
    lines = lines_of_score(score)
    assert len(set(lines.values())) == 3
    fewer = replace(score, tracks=(score.tracks[2], score.tracks[0]))
    assert lines_of_score(fewer) == {track.id: lines[track.id] for track in fewer.tracks}
    assert slot_of(0) > 0x7FFF
