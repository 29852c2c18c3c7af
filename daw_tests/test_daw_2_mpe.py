"""DAW-2: as MPE each note has a channel on the DAW's track, and its bends and its pressure arrive there."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from daw_tests.figures import Figures
from daw_tests.session_files import Session
from daw_tests.stage import OUR_NOTES, RATE, Stage, ended_politely, nothing_hangs
from daw_tests.streams import (
    BEND,
    CONTROL,
    PRESSURE,
    Message,
    Note,
    arrived_as_sent,
    notes_of,
    on_channels,
)
from vocello.singer import Label

Melody = tuple[npt.NDArray[np.float32], list[Label]]

CASE = "DAW-2"
NOTES = "Notes"
MANAGER, TIMBRE, CENTRE, MPE_RANGE_ST = 0, 74, 8192, 48.0
IN_TUNE_ST = 0.35  # vibrato and slides within a note, and none of it a wrong channel's
TRIAD = (0, 4, 7)


def record(stage: Stage, melody: Melody, *words: str) -> tuple[list[Message], list[Message]]:
    """What was sent, and what is on the track, of a melody that was sung."""
    voice = melody[0]
    live = stage.live("--no-sound", "--mpe", *words)
    daw = stage.ardour()
    with stage.greeting():
        daw.do("midi_track", NOTES, OUR_NOTES)
    daw.do("arm", NOTES)
    daw.do("roll")
    stage.performer.ask("listen", sound=False)
    stage.performer.begin(stage.save_voice(voice))
    stage.performer.ask("wait_until", frame=len(voice) + RATE // 2)
    daw.do("stop", NOTES)
    sent = on_channels(stage.heard())
    recorded = Session(daw.leave()).region(NOTES).messages()
    ended_politely(live)
    return sent, recorded


def line(messages: list[Message], kind: int, channel: int) -> list[Message]:
    return [each for each in messages if each.kind == kind and each.channel == channel]


def bend_st(message: Message) -> float:
    return ((message.data[1] | message.data[2] << 7) - CENTRE) / CENTRE * MPE_RANGE_ST


def pitch_of(note: Note, bends: list[Message]) -> float:
    """The pitch of a note as a synthesiser plays it: its key, and the median of its own channel's bends."""
    assert note.off is not None
    before = [each for each in bends if each.frame <= note.on]
    within = [bend_st(each) for each in bends if note.on < each.frame < note.off]
    return note.key + float(np.median([*(bend_st(each) for each in before[-1:]), *within]))


def test_each_note_has_its_channel_and_its_own_bends_and_pressure(
    stage: Stage, melody: Melody, figures: Figures
) -> None:
    sent, recorded = record(stage, melody)
    arrived_as_sent(sent, recorded)
    nothing_hangs(recorded, "on the track")
    notes = notes_of(recorded)
    sung = [pitch for _, _, pitch in melody[1]]
    assert len(notes) == len(sung)
    assert all(note.channel != MANAGER for note in notes)
    assert all(one.channel != other.channel for one, other in pairwise(notes))
    spoken = {each.channel for each in recorded if each.kind in (BEND, PRESSURE)}
    assert spoken <= {note.channel for note in notes}
    off = [
        pitch_of(note, line(recorded, BEND, note.channel)) - pitch for note, pitch in zip(notes, sung, strict=True)
    ]  # fmt: skip
    assert max(map(abs, off)) < IN_TUNE_ST, off
    for note in notes:
        for kind in (BEND, PRESSURE):
            first = line(recorded, kind, note.channel)
            assert [each for each in first if each.frame <= note.on], f"{note} begins with another's bend or pressure"
    figures.tell(CASE, "notes / channels they came on", f"{len(notes)} / {len({note.channel for note in notes})}")
    figures.tell(
        CASE,
        "key and bend on the track against what was sung",
        f"{100 * np.mean(np.abs(off)):.0f} cents off on average, {100 * max(map(abs, off)):.0f} at most",
        mean_cents=float(100 * np.mean(np.abs(off))),
        most_cents=100 * max(map(abs, off)),
    )
    moves = {
        name: sum(each.kind == kind for each in recorded) for name, kind in (("bends", BEND), ("pressures", PRESSURE))
    }
    figures.tell(CASE, "on their channels", ", ".join(f"{count} {name}" for name, count in moves.items()))


def test_the_notes_of_a_chord_lie_side_by_side_on_channels_of_their_own(
    stage: Stage, melody: Melody, figures: Figures
) -> None:
    sent, recorded = record(stage, melody, "--mode", "chord", "--chord", "triad", "--scale", "G major")
    arrived_as_sent(sent, recorded)
    nothing_hangs(recorded, "on the track")
    notes = notes_of(recorded)
    together = 0
    for each in notes:
        beside = [
            other for other in notes if other is not each and other.on <= each.on < (other.off or 0.0)
        ]  # fmt: skip
        assert each.channel not in {other.channel for other in beside}
        together = max(together, 1 + len(beside))
    assert together == len(TRIAD)
    for note in notes:
        for kind in (BEND, PRESSURE):
            assert [each for each in line(recorded, kind, note.channel) if each.frame <= note.on]
    assert not [
        each for each in recorded if each.kind == CONTROL and each.channel == MANAGER and each.data[1] == TIMBRE
    ]
    figures.tell(CASE, "notes of chords / most at once", f"{len(notes)} / {together}")
