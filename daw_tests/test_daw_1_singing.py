"""DAW-1: what is sung arrives on a DAW's MIDI track as it was sent, and nothing hangs, however our program ends."""

from __future__ import annotations

import csv
import signal
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from daw_tests.figures import Figures
from daw_tests.session_files import FRAMES_A_TICK_AT_120, Session
from daw_tests.stage import (
    MARKS,
    OUR_NOTES,
    RATE,
    VOICE,
    Stage,
    ended_politely,
    marks,
    nothing_hangs,
    offset_by_marks,
    offset_by_voice,
)
from daw_tests.streams import (
    Message,
    arrived_as_sent,
    distances,
    hanging,
    lines,
    note_messages,
    notes_of,
    on_channels,
)
from vocello.singer import Label

Melody = tuple[npt.NDArray[np.float32], list[Label]]

CASE = "DAW-1"
NOTES = "Notes"
NEAR_S = 0.25  # of a sung onset: further away it is another note's
ENDS_WITHIN_S = 20.0
HELD_FROM_S, HELD_S, HELD_KEY = 4.5, 3.2, 74  # a phrase that ends in a long note, left in the middle of it


def our_record(takes: Path) -> list[tuple[bool, int, int, int]]:
    """What our program says it sent: on or off, channel, key, velocity."""
    (table,) = takes.glob("*/sent.csv")
    with table.open() as rows:
        return [
            (row["what"] == "on", int(row["channel"]), int(row["key"]), int(row["velocity"]))
            for row in csv.DictReader(rows)
        ]


def said(messages: list[Message]) -> list[tuple[bool, int, int, int]]:
    return [(each.begins, each.channel, each.data[1], each.data[2]) for each in note_messages(messages)]


def test_what_is_sung_is_on_the_midi_track_as_it_was_sent(stage: Stage, melody: Melody, figures: Figures) -> None:
    voice, labels = melody
    live = stage.live("--no-sound")
    daw = stage.ardour()
    with stage.greeting():
        daw.do("midi_track", NOTES, OUR_NOTES)
    daw.do("midi_track", MARKS, "performer:keys")
    daw.do("audio_track", VOICE, "performer:voice")
    daw.do("arm", NOTES, MARKS, VOICE)
    daw.do("roll")
    stage.performer.ask("listen", sound=False)
    began = stage.performer.begin(stage.save_voice(voice), marks())
    stage.performer.ask("wait_until", frame=len(voice) + RATE // 2)
    daw.do("stop", NOTES, MARKS, VOICE)
    sent = on_channels(stage.heard())
    session = Session(daw.leave())
    ended_politely(live)

    recorded = session.region(NOTES).messages()
    arrived_as_sent(sent, recorded)
    assert said(recorded) == our_record(stage.folder / "vocello-takes")
    nothing_hangs(recorded, "on the track")

    late = offset_by_marks(session, began)
    by_note = [far - late for far in distances(note_messages(sent), note_messages(recorded))]
    by_line = [
        far - late
        for line, drawn in lines(sent).items()
        for far in distances(drawn, lines(recorded)[line])
    ]  # fmt: skip
    # a tick of the DAW's own is as exactly as it writes, and the mark was written so too
    assert max(map(abs, by_note + by_line)) <= 2 * FRAMES_A_TICK_AT_120

    sung = [round(pitch) for _, _, pitch in labels]
    notes = notes_of(recorded)
    assert [note.key for note in notes] == sung
    voice_at = began + offset_by_voice(session, voice, began)
    figures.tell(CASE, "notes sung / on the track", f"{len(sung)} / {len(notes)}", sung=len(sung), arrived=len(notes))
    moved = sum(map(len, lines(sent).values()))
    figures.tell(CASE, "bends, pressures, controllers on the track", moved, messages=moved)
    figures.spread(CASE, "wire → track, each message", by_note + by_line, RATE)
    onsets = [voice_at + onset_s * RATE for onset_s, _, _ in labels]
    figures.spread(CASE, "sung onset → note on the track", [n.on - o for n, o in zip(notes, onsets, strict=True)], RATE)
    shift = late - (voice_at - began)
    figures.tell(CASE, "Ardour's MIDI against its own sound", f"{shift:+.0f} frames", frames=shift)
    figures.tell(CASE, "cycles that the machine made late", stage.performer.ask("now")["xruns"])


def test_stopped_within_a_note_it_ends_the_note(stage: Stage, melody: Melody) -> None:
    live = stage.live("--no-sound")
    daw = stage.ardour()
    with stage.greeting():
        daw.do("midi_track", NOTES, OUR_NOTES)
    daw.do("arm", NOTES)
    daw.do("roll")
    sing_up_to_a_held_note(stage, melody)
    ended_politely(live)
    stage.performer.wait_a_while(RATE // 4)
    daw.do("stop", NOTES)
    sent = on_channels(stage.heard())
    recorded = Session(daw.leave()).region(NOTES).messages()
    nothing_hangs(sent, "on the wire")
    nothing_hangs(recorded, "on the track")
    arrived_as_sent(sent, recorded)
    assert notes_of(recorded)[-1].key == HELD_KEY


def test_killed_within_a_note_and_started_again_it_plays_on(
    hasty_stage: Stage, melody: Melody, figures: Figures
) -> None:
    stage = hasty_stage
    first = stage.live("--no-sound")
    daw = stage.ardour()
    with stage.greeting():
        daw.do("midi_track", NOTES, OUR_NOTES)
    daw.do("arm", NOTES)
    daw.do("roll")
    sing_up_to_a_held_note(stage, melody)
    killed = stage.performer.ask("now")["frame"]
    first.end(signal.SIGKILL)
    ended = once_nothing_hangs(stage)
    last = notes_of(ended)[-1]  # of what key is not asked: where the server drops blocks, the ears hear gaps
    assert last.off is not None and last.on < killed < last.off
    figures.tell(
        CASE, "kill -9 within a note → its end on the wire", f"{(ended[-1].frame - killed) / RATE * 1e3:.0f} ms"
    )
    again = stage.live("--no-sound", name="vocello-again")
    daw.do("patch", NOTES, OUR_NOTES)
    sing_up_to_a_held_note(stage, melody)
    ended_politely(again)
    stage.performer.wait_a_while(RATE // 4)
    daw.do("stop", NOTES)
    nothing_hangs(on_channels(stage.heard()), "on the wire, the second time")
    recorded = Session(daw.leave()).region(NOTES).messages()
    nothing_hangs(recorded, "on the track")
    assert len(notes_of(recorded)) > len(notes_of(ended))


def once_nothing_hangs(stage: Stage) -> list[Message]:
    """What was on the wire, as soon as every note of it has ended."""
    until = time.monotonic() + ENDS_WITHIN_S
    while hanging(sent := on_channels(stage.heard())):
        if time.monotonic() > until:
            nothing_hangs(sent, "on the wire, long after the end of the program")
        time.sleep(0.1)
    return sent


def test_a_daw_that_leaves_and_comes_back_hears_it_all(stage: Stage, melody: Melody) -> None:
    live = stage.live("--no-sound")
    takes = []
    for name in ("ardour", "ardour-again"):
        daw = stage.ardour(name)
        with stage.greeting():
            daw.do("midi_track", NOTES, OUR_NOTES)
        daw.do("arm", NOTES)
        daw.do("roll")
        sing_up_to_a_held_note(stage, melody)
        stage.performer.ask("wait_until", frame=round(HELD_S * RATE) + RATE)  # the voice has stopped: so does the note
        daw.do("stop", NOTES)
        takes.append((on_channels(stage.heard()), Session(daw.leave()).region(NOTES).messages()))
    ended_politely(live)
    for sent, recorded in takes:
        arrived_as_sent(sent, recorded)
        nothing_hangs(recorded, "on the track")
    first, second = ([note.key for note in notes_of(recorded)] for _, recorded in takes)
    assert first == second and first[-1] == HELD_KEY


def sing_up_to_a_held_note(stage: Stage, melody: Melody) -> None:
    """Sing the phrase, and come back while its last note sounds; what is heard from here on is taken down."""
    part = melody[0][round(HELD_FROM_S * RATE) : round((HELD_FROM_S + HELD_S) * RATE)]
    voice = stage.save_voice(part, f"voice-{HELD_KEY}")
    stage.performer.ask("listen", sound=False)
    stage.performer.begin(voice)
    stage.performer.ask("wait_until", frame=len(part) - RATE // 8)
