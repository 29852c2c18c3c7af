"""Notes of a recording are laid into the piece while one sings on, and come out as if all were laid at its end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.session.capture import Capture
from gui.transport import recording as recordings
from gui.transport.laying import Laying
from gui.transport.recording import Recording, Taken
from gui.transport.timeline import Leg, Loop
from realtime.client import EVENT, FROM_KEYS, FROM_VOICE, NOTE_OFF, NOTE_ON
from score.note import Note
from score.score import Score
from score.tempo import Tempo, TempoMap

RATE, LOOK = 48_000, 800
BEND = 3
TEMPO = TempoMap(960, (Tempo(0, 500_000), Tempo(2500, 700_000)))
ONCE = (Leg(0.0, 0.0, TEMPO, RATE),)
ROUND = tuple(Leg(100_000.0 * lap, 960.0, TEMPO, RATE, lap) for lap in range(5))
"""A loop that comes round every two seconds."""
FASTER = (Leg(0.0, 0.0, TEMPO, RATE), Leg(130_000.0, 5000.0, TEMPO, 0.9 * RATE))
SCORE = Score().adding("Voice", ())

sung = st.lists(
    st.tuples(st.integers(0, 380_000), st.integers(300, 90_000), st.integers(40, 80), st.booleans(), st.booleans()),
    max_size=10,
)


def events_of(sung: list[tuple[int, int, int, bool, bool]]) -> np.ndarray:
    """Each note on, its bends if it moves, and off; one pitch of a source sounds once."""
    rows, free = [], dict[tuple[int, int], int]()
    for channel, (begins, lasts, pitch, by_voice, moves) in enumerate(sorted(sung)):
        source = FROM_VOICE if by_voice else FROM_KEYS
        if free.get((source, pitch), 0) > begins:
            continue
        free[source, pitch] = begins + lasts
        rows.append((begins, 0.8, NOTE_ON, channel, pitch, source, 0xFFFF, 0))
        rows += [
            (at, 0.1 * (n % 7), BEND, channel, 0, source, 0xFFFF, 0)
            for n, at in enumerate(range(begins + 100, begins + lasts - 100, 1111))
            if moves
        ]
        rows.append((begins + lasts, 0.5, NOTE_OFF, channel, pitch, source, 0xFFFF, 0))
    return np.array(sorted(rows, key=lambda row: row[0]), EVENT)


def recorded(events: np.ndarray, legs: tuple[Leg, ...], punch: Loop | None, late_s: float) -> list[Taken]:
    """What comes of it, look by look."""
    capture = Capture(RATE)
    capture.forgets = False
    recording = Recording(SCORE.tracks[0].id, 20_000, RATE, punch=punch, late_s=late_s)
    taken: list[Taken] = []
    for now in range(0, 400_000, LOOK):
        capture.add(events[(events["frame"] >= now - LOOK) & (events["frame"] < now)])
        if now >= recording.from_frame:
            taken += recording.take(legs, capture, SCORE, now)
    return taken + recording.take(legs, capture, SCORE, 400_000, ends=True)


@settings(max_examples=40, deadline=None)
@given(
    sung,
    st.sampled_from([ONCE, ROUND, FASTER]),
    st.sampled_from([None, Loop(1900, 2900)]),
    st.sampled_from([0.0, 0.05]),
)
def test_notes_laid_as_they_end_are_those_that_are_laid_at_the_end(sung, legs, punch, late_s):
    events = events_of(sung)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(recordings, "SLICE_S", 10.0)
        as_they_end = recorded(events, legs, punch, late_s)
        patched.setattr(Laying, "go_on", lambda *_words: None)
        at_the_end = recorded(events, legs, punch, late_s)
    assert as_they_end == at_the_end


def test_a_stop_finds_nearly_all_notes_laid_however_many_there_are(monkeypatch):
    laid: list[Any] = []
    lay = Laying._lay
    monkeypatch.setattr(recordings, "SLICE_S", 10.0)

    def count_and_lay(self: Laying, heard: Any, of: Any) -> None:
        laid.append(heard)
        lay(self, heard, of)

    monkeypatch.setattr(Laying, "_lay", count_and_lay)
    capture, recording = Capture(RATE), Recording(SCORE.tracks[0].id, 0, RATE)
    capture.forgets = False
    events = events_of([(n * 9_000, 8_000, 60 + n % 5, True, True) for n in range(40)])
    for now in range(LOOK, 400_000, LOOK):
        capture.add(events[(events["frame"] >= now - LOOK) & (events["frame"] < now)])
        assert recording.take(ONCE, capture, SCORE, now) == []
        assert len(capture.ended_after(float("-inf"))) < 15  # what is laid is let go
    assert len(laid) == 40
    (taken,) = recording.take(ONCE, capture, SCORE, 400_000, ends=True)
    assert len(taken.notes) == len(laid) == 40


def test_a_look_that_has_no_time_lays_nothing_and_nothing_is_lost(monkeypatch):
    monkeypatch.setattr(recordings, "SLICE_S", -1.0)
    (taken,) = recorded(events_of([(30_000, 9_000, 60, True, True), (50_000, 9_000, 62, True, False)]), ONCE, None, 0.0)
    assert [note.pitch for note in taken.notes] == [60, 62]


def test_keys_that_never_move_keep_their_channel_until_one_does(monkeypatch):
    monkeypatch.setattr(recordings, "SLICE_S", 10.0)
    still = [(30_000, 9_000, 60, False, False), (50_000, 9_000, 62, False, False)]
    (taken,) = recorded(events_of(still), ONCE, None, 0.0)
    assert [note.channel for note in taken.notes] == [0, 1]
    (taken,) = recorded(events_of([*still, (70_000, 9_000, 64, False, True)]), ONCE, None, 0.0)
    assert [note.channel for note in taken.notes] == [0, 0, 0]
    assert isinstance(taken.notes[2], Note) and taken.notes[2].bend_st
