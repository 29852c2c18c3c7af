"""The player: notes told ahead, on their frames, through loops and edits; without a window and without an engine."""

from __future__ import annotations

import numpy as np

from gui.clock import Clock
from gui.live import Live
from gui.mixing.routes import Route
from gui.playback import AHEAD_S, MOST_AHEAD_S, Loop, Player
from gui.strip.tuner import Tuner
from realtime.client import (
    ALL_CHANNELS,
    ALL_SLOTS,
    BEND,
    CONTROL,
    EVENT,
    FROM_APP,
    FROM_VOICE,
    NOTE_OFF,
    NOTE_ON,
    NOTES_OFF,
)
from realtime.door.window import PITCH
from score.events import Control
from score.note import Note
from score.score import Score

RATE = 48_000
BEAT, BEAT_FRAMES = 960, 24_000


def piece(*notes: Note) -> Score:
    return Score().adding("Voice", notes)


class Told:
    """What a player sends, and a clock that is moved by hand."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, int, int, float]] = []
        self.player = Player(self._take)

    def _take(self, events) -> None:
        for each in events:
            self.rows.append(
                (int(each["frame"]), int(each["kind"]), int(each["channel"]), int(each["number"]), float(each["value"]))
            )

    def play(self, score: Score, to_frame: int, from_frame: int = 1000, ticks: int = 0, step: int = 800) -> list[int]:
        self.player.begin(score, ticks, from_frame, RATE)
        return [self.player.tell(score, frame) for frame in range(from_frame, to_frame, step)]

    def of(self, kind: int) -> list[tuple[int, int]]:
        return [(frame, number) for frame, each, _, number, _ in self.rows if each == kind]


def test_each_note_begins_and_ends_on_its_frame_and_is_told_before():
    told = Told()
    score = piece(Note(0, BEAT, 60), Note(BEAT, BEAT // 2, 62), Note(2 * BEAT, BEAT, 64))
    told.play(score, 1000 + 4 * BEAT_FRAMES)
    assert told.of(NOTE_ON) == [(1000, 60), (1000 + BEAT_FRAMES, 62), (1000 + 2 * BEAT_FRAMES, 64)]
    assert told.of(NOTE_OFF) == [
        (1000 + BEAT_FRAMES, 60),
        (1000 + BEAT_FRAMES * 3 // 2, 62),
        (1000 + 3 * BEAT_FRAMES, 64),
    ]
    frames = [row[0] for row in told.rows]
    assert frames == sorted(frames)


def test_a_note_is_told_no_earlier_than_it_must_so_that_it_can_be_edited_until_then():
    told = Told()
    score = piece(Note(2 * BEAT, BEAT, 64))
    told.play(score, 1000 + 2 * BEAT_FRAMES - int(AHEAD_S * RATE) - 800)
    assert told.of(NOTE_ON) == []


def test_from_the_middle_only_what_begins_later_is_told():
    told = Told()
    score = piece(Note(0, 4 * BEAT, 60), Note(BEAT, BEAT, 62))
    told.play(score, 1000 + BEAT_FRAMES, ticks=BEAT // 2)
    assert told.of(NOTE_ON) == [(1000 + BEAT_FRAMES // 2, 62)]


def test_muted_notes_and_tracks_are_silent():
    told = Told()
    score = piece(Note(0, BEAT, 60, muted=True)).adding("Other", (Note(0, BEAT, 67),))
    told.player.is_heard = lambda track: track.name != "Other"
    told.play(score, 1000 + BEAT_FRAMES)
    assert told.rows == []


def test_a_note_is_bent_before_it_begins_and_beside_another_on_a_channel_of_its_own():
    told = Told()
    first = Note(0, 2 * BEAT, 60, bend_st=((0, 0.5), (BEAT, -0.5)))
    second = Note(BEAT // 2, BEAT, 64, bend_st=((0, 0.25),))
    told.play(piece(first, second), 1000 + 3 * BEAT_FRAMES)
    bends = [(channel, value) for _, kind, channel, _, value in told.rows if kind == BEND]
    assert sorted(bends) == [(0, -0.5), (0, 0.5), (1, 0.25)]
    channels = {number: channel for _, kind, channel, number, _ in told.rows if kind == NOTE_ON}
    assert channels == {60: 0, 64: 1}
    order = [kind for frame, kind, channel, _, _ in told.rows if frame == 1000 and channel == 0]
    assert order == [BEND, NOTE_ON]


def test_a_loop_comes_round_without_a_gap():
    told = Told()
    told.player.loop = Loop(0, 2 * BEAT)
    score = piece(Note(0, BEAT // 2, 60), Note(BEAT, BEAT // 2, 62))
    places = told.play(score, 1000 + 7 * BEAT_FRAMES)
    assert [frame for frame, _ in told.of(NOTE_ON)][:8] == [1000 + n * BEAT_FRAMES for n in range(8)]
    assert max(places) < 2 * BEAT
    assert min(places) >= 0


def test_what_is_edited_while_it_plays_is_heard_as_it_is_then():
    told = Told()
    score = piece(Note(0, BEAT, 60))
    told.play(score, 1000 + BEAT_FRAMES // 2)
    edited = piece(Note(0, BEAT, 60), Note(BEAT, BEAT, 72))
    told.player.tell(edited, 1000 + BEAT_FRAMES)
    assert told.of(NOTE_ON) == [(1000, 60), (1000 + BEAT_FRAMES, 72)]


def test_an_end_lets_go_of_everything():
    told = Told()
    told.play(piece(Note(0, 4 * BEAT, 60)), 3000)
    told.player.end()
    assert told.rows[-1][1] == NOTES_OFF
    told.player.end()
    assert [row[1] for row in told.rows].count(NOTES_OFF) == 1


# Where notes go


class Sorted(Told):
    """A player whose tracks go where a table says; rows are (slot, kind, channel, number), for rack and port."""

    def __init__(self, **routes: Route) -> None:
        super().__init__()
        self.rack: list[tuple[int, ...]] = []
        self.port: list[tuple[int, ...]] = []
        self.player = Player(lambda events: self._sort(events, self.rack))
        self.player.send_to_port = lambda events: self._sort(events, self.port)
        self.player.seats.route = lambda track: routes[track.name]

    @staticmethod
    def _sort(events, rows) -> None:
        rows += [tuple(int(each[name]) for name in ("slot", "kind", "channel", "number")) for each in events]

    @staticmethod
    def ons(rows) -> list[tuple[int, ...]]:
        return [(slot, channel, number) for slot, kind, channel, number in rows if kind == NOTE_ON]


def chord(low: int) -> tuple[Note, ...]:
    return tuple(Note(n, 4 * BEAT, low + 4 * n, bend_st=((0, 0.1 * n),)) for n in range(3))


def test_every_track_with_a_line_has_all_channels_but_the_first_for_its_bends():
    told = Sorted(A=Route(1, is_alone=True, to_port=False), B=Route(2, is_alone=True, to_port=False))
    score = Score().adding("A", chord(50)).adding("B", chord(60))
    told.play(score, 3000)
    assert told.ons(told.rack) == [(1, 1, 50), (2, 1, 60), (1, 2, 54), (2, 2, 64), (1, 3, 58), (2, 3, 68)]
    assert told.port == []


def test_a_controller_of_such_a_track_is_for_all_its_channels_and_for_no_other_track():
    told = Sorted(A=Route(1, is_alone=True, to_port=False))
    told.play(Score().adding("A", (), (Control(0, 3, 64, 127),)), 3000)
    assert told.rack == [(1, CONTROL, ALL_CHANNELS, 64)]


def test_tracks_at_a_port_keep_their_channel_and_bend_on_what_nobody_calls_his_own():
    told = Sorted(
        A=Route(to_rack=False, channel=0), B=Route(to_rack=False, channel=2), C=Route(7, is_alone=True, to_port=False)
    )
    score = Score().adding("A", chord(50)).adding("B", chord(60)).adding("C", (Note(0, BEAT, 90),))
    told.play(score, 3000)
    assert told.ons(told.port) == [
        (ALL_SLOTS, 0, 50),
        (ALL_SLOTS, 2, 60),
        (ALL_SLOTS, 1, 54),
        (ALL_SLOTS, 4, 64),
        (ALL_SLOTS, 3, 58),
        (ALL_SLOTS, 5, 68),
    ]
    assert told.ons(told.rack) == [(7, 1, 90)]


def test_an_end_is_told_to_rack_and_port():
    told = Sorted(A=Route(1, is_alone=True, to_port=False))
    told.play(Score().adding("A", (Note(0, 4 * BEAT, 60),)), 3000)
    told.player.end()
    assert NOTES_OFF in [row[1] for row in told.rack]
    assert NOTES_OFF in [row[1] for row in told.port]


# What is sung now


def sung(*rows: tuple[int, int, int], source: int = FROM_VOICE):
    made = np.zeros(len(rows), EVENT)
    for n, (frame, kind, number) in enumerate(rows):
        made[n] = (frame, 0.8, kind, 0, number, source, 0xFFFF, 0)
    return made


def test_notes_grow_while_they_are_sung_and_a_long_silence_begins_a_phrase():
    live = Live(RATE)
    live.play(sung((1000, NOTE_ON, 60), (25_000, NOTE_OFF, 60), (25_000, NOTE_ON, 62)))
    drawn = live.seen(None, lambda frame: frame / 25.0, 30_000)[0]
    assert [(note.start_ticks, note.end_ticks, note.pitch, note.is_on) for note in drawn] == [
        (40, 1000, 60, False),
        (1000, 1200, 62, True),
    ]
    live.play(sung((40_000, NOTE_OFF, 62), (400_000, NOTE_ON, 65)))
    assert [note.pitch for note in live.notes] == [65]


def test_an_hour_is_laid_point_by_point_and_once_each():
    live = Live(RATE)
    live.play(sung((0, NOTE_ON, 60)))
    asked: list[int] = []

    def tick_of(frame: int) -> float:
        asked.append(frame)
        return frame / 25.0

    for start in range(0, 300_000, 10_000):
        several = np.zeros(10_000, PITCH)
        several["frame"], several["f0_hz"], several["confidence"] = np.arange(start, start + 10_000), 220.0, 1.0
        live.hear(several)
        _, line = live.seen("steady", tick_of, start + 10_000)
        assert line[0][0] <= line[-1][0] and 0 < len(line) <= 4000
    assert len(asked) <= 300_000 + 3 * 30  # each point once, and the note that sounds each time
    assert len(live._frames) == len(live._pitches) == len(live._laid.line) <= 121_000


def test_what_the_app_plays_itself_is_not_sung():
    live = Live(RATE)
    assert not live.play(sung((0, NOTE_ON, 60), source=FROM_APP))
    assert not live.notes


def pitches(*hertz: float):
    made = np.zeros(len(hertz), PITCH)
    made["f0_hz"], made["confidence"] = hertz, 0.9
    return made


def test_the_tuner_names_a_note_and_is_calm_about_it():
    tuner = Tuner()
    reading = tuner.hear(pitches(*[442.0] * 50))
    assert reading.name == "A4"
    assert 7.0 < reading.cents < 8.5
    assert tuner.hear(pitches(*[440.0 * 2 ** (0.55 / 12)] * 50)).name == "A4"
    assert tuner.hear(pitches(*[466.16] * 50)).name == "A♯4"
    assert tuner.hear(pitches(*[0.0] * 10)).name == "A♯4"
    assert tuner.hear(pitches(*[0.0] * 30)).says == "silence"


def test_the_clock_counts_on_between_two_looks_and_stands_when_nobody_is_there(monkeypatch):
    from realtime.layout import METERS

    meters = np.zeros(1, METERS)
    meters["frame"], meters["rate"], meters["began_ns"] = 1000, RATE, 5_000_000_000
    clock = Clock()
    clock.look(meters[0])
    for now_s, frame in ((5.0, 1000), (5.1, 5800), (4.0, 1000), (60.0, 25_000)):
        monkeypatch.setattr("time.monotonic_ns", lambda now_s=now_s: int(now_s * 1e9))
        assert clock.frame == frame


def test_who_was_kept_from_looking_looks_further_ahead_for_a_while():
    told = Told()
    score = piece(*(Note(n * 96, 48, 60) for n in range(600)))
    told.player.begin(score, 0, 0, RATE)

    def furthest(frame: int) -> float:
        told.player.tell(score, frame)
        return (max(told.of(NOTE_ON))[0] - frame) / RATE

    note_s = 96 / BEAT * BEAT_FRAMES / RATE
    assert AHEAD_S - note_s <= furthest(800) <= AHEAD_S
    assert MOST_AHEAD_S - note_s <= furthest(800 + RATE) <= MOST_AHEAD_S
    assert furthest(800 + RATE + 800) > MOST_AHEAD_S - 2 * note_s
    frames = range(800 + RATE + 1600, 800 + 10 * RATE, 800)
    assert AHEAD_S - note_s <= [furthest(frame) for frame in frames][-1] <= AHEAD_S
    assert [frame for frame, _ in told.of(NOTE_ON)] == sorted({frame for frame, _ in told.of(NOTE_ON)})
