"""The deck: playing, recording, looping, and the moment that is being sung; the window's hands on time. [gui]

What flows in: commands, the engine's frames, what is sung and played. What flows out: events for the engine, edits for
the document, and what the roll and the bar are to show.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from math import ceil, inf
from typing import Any

import numpy as np
import numpy.typing as npt
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from gui.clock import Clock
from gui.engine_link import EngineLink
from gui.live import Live
from gui.playback import Loop as PlayedLoop
from gui.playback import Player
from gui.recording import Recorder
from gui.roll.overlay import LiveNote, Trace
from gui.session.document import Document
from gui.session.setup import Change, Loop
from gui.settings.settings import TimeSettings
from gui.transport.following import Begin, Follower, Song, Stand, Steer, Stop
from gui.transport.leading import Leader, Points
from gui.transport.metronome import Metronome
from gui.transport.passes import OVERDUB
from gui.transport.recording import Recording, Taken
from gui.transport.tap import TapTempo
from gui.transport.timeline import Stretch
from realtime.client import ALL_SLOTS, EVENT, NOTE_OFF, NOTE_ON, NOW
from score.score import Track

_AUDITION_VELOCITY = 0.7
_LOOP_BARS = 2
_SOON_S = 0.08
"""Music begins so much later than the key that asked for it: its first note is on time then, as all others are."""
_TAPS_ARE_OVER_AFTER_BEATS = 1.5
_ASKS_AGAIN_AFTER_S = 1.0


class Deck(QObject):
    """One playhead, and what is kept of what happens. [gui]"""

    moved = pyqtSignal(int)
    """The playhead is at this tick now, because the music plays."""
    rewound = pyqtSignal()
    turned = pyqtSignal()
    """It plays or does not, records or does not."""
    made = pyqtSignal(object)
    """An Edit: what was recorded."""
    wished = pyqtSignal(object)
    """A Change of the setup."""
    said = pyqtSignal(str)
    sung = pyqtSignal(object, object)
    """LiveNotes and a Trace, for the roll."""
    taken = pyqtSignal(object)
    """A Taken: a take that is whole, after `keep` was given it."""
    synced = pyqtSignal(object)
    """A Song: what is heard of whom we follow."""
    counting = pyqtSignal(int)
    """So many beats until it begins; 0 when it has begun."""
    tapped = pyqtSignal(float)
    """The tempo of the taps so far, to be shown."""
    tempo_wished = pyqtSignal(float)
    """The tempo that was tapped, to be had."""

    def __init__(self, document: Document, link: EngineLink) -> None:
        super().__init__()
        self.document, self._link = document, link
        self.clock, self.live, self.recorder = Clock(), Live(), Recorder()
        self.player = Player(self._send)
        self.player.is_heard, self.player.is_told = self._is_heard, self._is_told
        self.player.passed = self._passed
        self.metronome, self.leader, self.follower = Metronome(self._knock), Leader(self._lead), Follower()
        self.keep: Callable[[Taken], None] = self._keep_notes
        """What becomes of a take; whoever keeps sound as well puts another here."""
        self.count_in_bars, self.record_mode, self.follows = 0, OVERDUB, False
        self.recall: Callable[[int, int, int], bool] = lambda frame, place, track_id: False
        """Keeps what was just sung, up to a frame, at a place of a track; whether there was anything."""
        self.late_s = 0.0
        """From a beat that is played to the voice that sings to it: out of the card, and in again."""
        self.recording: Recording | None = None
        self.track_id: Callable[[], int] = lambda: 0
        self.playhead: Callable[[], int] = lambda: 0
        self.seen: Callable[[], tuple[float, float]] = lambda: (0.0, inf)
        """The part of the piece that is in view."""
        self.slot_of: Callable[[int], int] = lambda track_id: ALL_SLOTS
        """Where a key that is clicked sounds: at the track's own instrument."""
        self._drew_live = False
        self._taps, self._tapped_bpm = TapTempo(), 0.0
        self._taps_end = QTimer(self)
        self._taps_end.setSingleShot(True)
        self._taps_end.timeout.connect(lambda: self.tempo_wished.emit(self._tapped_bpm))
        self._asked_s, self._count, self._now = 0.0, 0, 0

    # Hands

    def toggle_play(self) -> None:
        """Play from the playhead, or stop there. [gui]"""
        if self.player.playing:
            self.stop()
        else:
            self._begin(self.playhead(), self._soon())

    def stop(self) -> None:
        """Stop; what was recorded becomes notes. [gui]"""
        self._end_recording()
        self._halt()
        self.turned.emit()

    def go_back(self) -> None:
        """To the beginning. [gui]"""
        self.rewound.emit()
        self.go_on_from()

    def go_on_from(self) -> None:
        """The playhead was put elsewhere: if it plays, it plays from there; what was recorded is kept. [gui]"""
        if not self.player.playing:
            return
        records = self.recorder.is_on
        self._end_recording()
        self._halt()
        self.toggle_play()
        if records:
            self._record_from(self.player.began_frame)

    def toggle_record(self) -> None:
        """Record what is sung and played into the track, from the playhead on, after a count if one is set. [gui]"""
        if self.recorder.is_on:
            self.stop()
            return
        self.live.clear()
        if self.player.playing:
            self._record_from(self.clock.frame)
            return
        place, begins, bars = self.playhead(), self._soon(), 0 if self.follows else self.count_in_bars
        if bars:
            begins = self.metronome.count_in(self.document.score.tempo, place, bars, begins, self.clock.rate)
        self._record_from(begins, place, counted=bars > 0)
        self._begin(place, begins)

    @property
    def beats_to_come(self) -> int:
        """How many beats of a count-in are left, while the playhead waits; 0 where there is none. [gui]"""
        if not self.player.playing or self.recording is None or not self.recording.counted:
            return 0
        left_s = (self.recording.from_frame - self.clock.frame) / self.clock.rate - _SOON_S
        tempo, place = self.document.score.tempo, self.player.legs[0].ticks
        beat_s = tempo.tempo_at(place).us_per_quarter / 1e6 * 4 / tempo.meter_at(place).denominator
        return max(ceil(left_s / beat_s), 0)

    def toggle_punch(self) -> None:
        """Record only in a part of the piece, or anywhere: the part of the loop, or the one of the last time. [gui]"""
        setup = self.document.setup
        punch = setup.loop if setup.loop.end_ticks > setup.loop.start_ticks and not setup.punch.on else setup.punch
        if punch.end_ticks <= punch.start_ticks:
            punch = Loop(0, self.document.score.tempo.ticks_of(1 + _LOOP_BARS))
        self.wished.emit(
            Change(self.tr("Punch"), ("punch",), Loop(punch.start_ticks, punch.end_ticks, not setup.punch.on))
        )

    def tap(self) -> None:
        """A beat of the tempo that is meant; it is had when the hand has rested for a beat. [gui]"""
        bpm = self._taps.tap(time.monotonic())
        if bpm is not None:
            self._tapped_bpm = round(bpm, 1)
            self.tapped.emit(self._tapped_bpm)
            self._taps_end.start(round(_TAPS_ARE_OVER_AFTER_BEATS * 60_000 / bpm))

    def set_time(self, time: TimeSettings) -> None:
        """Metronome, count-in, how is recorded, and whose time it is, as the user prefers. [gui]"""
        self.metronome.when, self.metronome.level_db = time.clicks, time.click_level_db
        self.count_in_bars, self.record_mode = time.count_in_bars, time.record_mode
        self.leader.is_on = time.sends_clock and not time.follows_clock  # a clock that is sent back goes in circles
        if time.follows_clock != self.follows:
            self.follow(time.follows_clock)

    def follow(self, on: bool) -> None:
        """Let another program's MIDI clock lead, or nobody. [gui]"""
        self.follows = on
        self.follower.let_go()
        self.follow_setup()
        self.synced.emit(Song())

    def toggle_loop(self) -> None:
        """Play the loop over and over, or on. [gui]"""
        loop = self.document.setup.loop
        if loop.end_ticks <= loop.start_ticks:
            loop = Loop(0, self.document.score.tempo.ticks_of(1 + _LOOP_BARS), loop.on)
        self.wished.emit(Change(self.tr("Loop"), ("loop",), Loop(loop.start_ticks, loop.end_ticks, not loop.on)))

    def capture(self) -> None:
        """What was just sung or played becomes notes at the playhead, though nobody pressed record. [gui]"""
        if not self.recall(self.clock.frame, self.playhead(), self.track_id()):
            self.said.emit(self.tr("Nothing was sung or played of late."))
        self.live.clear()

    def audition(self, pitch: int, on: bool) -> None:
        """Let a pitch be heard, or no longer. [gui]"""
        events = np.zeros(1, EVENT)
        events[0] = (
            NOW,
            _AUDITION_VELOCITY,
            NOTE_ON if on else NOTE_OFF,
            0,
            pitch,
            0,
            self.slot_of(self.track_id()),
            0,
        )
        self._link.ask(lambda engine: engine.play(events, True, False))

    def follow_setup(self) -> None:
        """The loop as the session has it now. [gui]"""
        loop = self.document.setup.loop
        loops = loop.on and not self.follows  # who leads says where we are
        self.player.loop = PlayedLoop(loop.start_ticks, loop.end_ticks) if loops else None

    # The engine

    def look(self, meters: npt.NDArray[Any]) -> None:
        """How far the sound has come. [gui]"""
        self.clock.look(meters)
        self.live.rate = self.clock.rate

    def stream(self, rate: float) -> None:
        """The engine plays, from its first frame on. [gui]"""
        self.interrupt()
        self.recorder.stream(rate)
        self.live.clear()

    def interrupt(self) -> None:
        """The engine's frames count no more, or count from elsewhere: what was recorded until now is kept. [gui]"""
        if self.player.playing:
            self._end_recording(self._now)
            self._halt()
            self.turned.emit()

    def hear(self, events: npt.NDArray[Any]) -> None:
        """What was sung and played. [gui]"""
        self.recorder.hear(events)
        self.live.play(events)

    def frame(self) -> None:
        """Sixty times a second: the playhead, and what is being sung. [gui]"""
        self._now = now = self.clock.frame
        if self.follows:
            self._ask_for_the_song()
        if self.player.playing:
            self.moved.emit(self.player.tell(self.document.score, now))
            self._take(now)
        if self.beats_to_come != self._count:
            self._count = self.beats_to_come
            self.counting.emit(self._count)
        if not self.live.is_empty or self._drew_live:
            notes, trace = self._sung(now)
            self.sung.emit(notes, trace)
            self._drew_live = not self.live.is_empty

    def keep_on(self, frame: int) -> None:
        """Tell the engine what is due, however busy the window is. [worker]"""
        self.player.tell(self.document.score, frame)

    # Inside

    def _sung(self, now: int) -> tuple[list[LiveNote], Trace]:
        """The phrase where it falls: under the playhead while that moves, else from the playhead on."""
        score, rate = self.document.score, self.clock.rate
        self.live.parts_phrases = self.recording is None
        if self.player.playing:
            self.live.forget_before(self.player.began_frame)
            late = round(self.late_s * rate)
            by: Hashable = (self.player.began_frame, late)
            return self.live.seen(by, lambda frame: self.player.place(frame - late), now, *self.seen())
        begins, from_s = self.live.begins or 0, score.tempo.seconds_at(self.playhead())

        def tick_of(frame: int) -> float:
            return score.tempo.ticks_at(max(from_s + (frame - begins) / rate, 0.0))

        return self.live.seen((begins, from_s, score.tempo), tick_of, now, *self.seen())

    # Recording

    def _record_from(self, frame: int, place: int | None = None, counted: bool = False) -> None:
        punch = self.document.setup.punch
        self.recording = Recording(
            self.track_id(),
            frame,
            self.clock.rate,
            self.record_mode,
            PlayedLoop(punch.start_ticks, punch.end_ticks) if punch.on else None,
            self.late_s,
            counted,
            self.tr("Record"),
        )
        begins = round(self.player.place(frame)) if place is None else place
        self.recorder.begin(frame + round(self.recording.late_frames), begins, self.recording.track_id)
        self.turned.emit()

    def _take(self, now: int, ends: bool = False) -> None:
        """What is whole by now becomes notes, while one sings on."""
        if self.recording is None:
            self.player.forget_before(now)
            return
        legs, score = self.player.legs, self.document.score
        for taken in self.recording.take(legs, self.recorder.capture, score, now, ends):
            self.keep(taken)
            self.taken.emit(taken)
        if not ends and self.recording.is_spent(legs, now, self.player.loop is not None):
            self._end_recording()
            self.turned.emit()

    def _end_recording(self, now: int | None = None) -> None:
        if self.recording is not None:
            self._take(self.clock.frame if now is None else now, ends=True)
            self.recording, self.recorder.is_on = None, False
            self.live.clear()

    def _keep_notes(self, taken: Taken) -> None:
        if taken.edit is not None:
            self.made.emit(taken.edit)

    # Time

    def _soon(self) -> int:
        return self.clock.frame + round(_SOON_S * self.clock.rate)

    def _begin(self, place: int, frame: int) -> None:
        self.player.begin(self.document.score, place, frame, self.clock.rate)
        self.player.tell(self.document.score, self.clock.frame)
        self.turned.emit()

    def _passed(self, stretches: list[Stretch]) -> None:
        self.metronome.pass_by(stretches, self.recorder.is_on)
        self.leader.pass_by(stretches)

    def _halt(self) -> None:
        self.player.end()
        self.leader.stop()
        self.follower.let_go()

    def _ask_for_the_song(self) -> None:
        now_s = time.monotonic()
        if now_s - self._asked_s > _ASKS_AGAIN_AFTER_S:
            self._asked_s = now_s
            self._link.ask(lambda engine: engine.ask("song"), self._hear_the_song)

    def _hear_the_song(self, told: dict[str, Any]) -> None:
        self._asked_s = 0.0
        if not self.follows:
            return
        song, score, now, rate = Song.of(told), self.document.score, self.clock.frame, self.clock.rate
        place = self.player.place(now) if self.player.playing else 0.0
        match self.follower.hear(song, score.tempo, place, now, rate):
            case Begin(ticks, frame, speed):
                self.player.end()
                self.player.begin(score, ticks, round(frame), rate, speed)
                self.turned.emit()
            case Steer(speed):
                self.player.steer(speed)
            case Stop(ticks):
                self.stop()
                self.moved.emit(ticks)  # the word of it took a moment, in which we went on
            case Stand(ticks) if not self.player.playing:
                self.moved.emit(ticks)
        self.synced.emit(song)

    # The engine's hand

    def _knock(self, events: npt.NDArray[Any]) -> None:
        self._link.ask(lambda engine: engine.play(events, True, False))

    def _lead(self, points: Points, goes_on: bool) -> None:
        self._link.ask(lambda engine: engine.lead(points, goes_on))

    def _send(self, events: npt.NDArray[Any]) -> None:
        self._link.ask(lambda engine: engine.play(events, True, False))

    def send_to_port(self, events: npt.NDArray[Any]) -> None:
        """What goes to the MIDI port alone. [gui]"""
        self._link.ask(lambda engine: engine.play(events, False, True))

    def _is_told(self, track: Track) -> bool:
        recording = self.recording  # it may end meanwhile: two threads ask
        return recording is None or not recording.silences(track.id, self.player.told_to)

    def _is_heard(self, track: Track) -> bool:
        """Of what has no fader in the rack."""
        setup = self.document.setup
        soloed = any(setup.track(each.id).solo for each in self.document.score.tracks)
        mine = setup.track(track.id)
        return not mine.muted and (mine.solo or not soloed)
