"""DAW-4: one tempo for both, in the window: it follows a DAW wherever that goes, a take lies on the DAW's grid, and it
leads."""

from __future__ import annotations

import re
from itertools import cycle, islice
from math import ceil
from pathlib import Path
from typing import Any

import mido
import numpy as np

from daw_tests.ardour import Ardour
from daw_tests.figures import Figures
from daw_tests.programs import Window
from daw_tests.session_files import Session
from daw_tests.stage import OUR_NOTES, RATE, Stage, heard_sound
from daw_tests.streams import Message, notes_of, on_channels
from daw_tests.test_daw_4_sync import (
    CLOCK_IN,
    CLOCK_OUT,
    CONTINUE,
    FOLLOWS_CLOCK,
    PULSE,
    PULSES_A_BEAT,
    SENDS_CLOCK,
    START,
    STOP,
    transport,
)
from gui.transport.beats import BAR, BEAT

CASE = "DAW-4"
BPM = 96
BEAT_FRAMES = RATE * 60 // BPM
EIGHTH_FRAMES = BEAT_FRAMES // 2
TICKS_AN_EIGHTH = 480
PLACE, SYSTEM = b"\xf2", 0xF0
SAME_TEMPO = 0.05
FOLLOW, LEAD = "Follow a MIDI clock, or keep our own time", "Send MIDI clock while it plays, or do not"
PLAY, CLOCK, TEMPO, ROLL = "Play or stop", "Bar, beat and tick", "Tempo, quarters a minute", "Piano roll"
IN_TIME_BEATS, IN_TIME_BPM, JUMPS_FROM_BEATS = 0.1, 2.0, 1.0
A_TICK, AUDIBLE = 1 / 960, 0.01
PUT_ON = (32, 12)
NOTES, IMPORTED = "Notes", "Imported"

TAKE = (
    *((0, 60, 90, 0.10), (1, 62, 70, -0.12), (2, 64, 110, 0.15), (4, 65, 50, -0.08), (5, 67, 80, 0.05)),
    *((7, 69, 100, -0.15), (8, 71, 60, 0.12), (9, 72, 95, -0.05), (11, 67, 75, 0.08), (12, 60, 120, -0.10)),
)
"""What is played: the eighth, key and velocity that are meant, and by what part of an eighth the hand is late."""
HELD = 0.6
MOST, A_MILLISECOND = 0.7, RATE / 1000


def following(stage: Stage, screen: dict[str, str], bpm: float = BPM) -> tuple[Window, Ardour]:
    """The window, told by its user to follow, and a DAW that sends its clock at a tempo that is not the window's."""
    window, daw = stage.window(screen, keys=CLOCK_OUT), stage.ardour(config=SENDS_CLOCK)
    window.until(lambda told: told["keys"] == [CLOCK_OUT], "that it hears the clock")
    daw.do("tempo", bpm)
    stage.watch(CLOCK_OUT)
    window.command(FOLLOW)
    stage.performer.ask("listen", sound=False)
    return window, daw


def is_in_time(window: Window, told: dict[str, Any], after_beats: float) -> bool:
    """Whether the place is the DAW's, and the tempo that is shown is."""
    shown = re.fullmatch(r"MIDI ([\d.]+)", told["clock"])
    if shown is None or not window.song:
        return False
    _, theirs, ours = window.song[-1]
    return theirs > after_beats and abs(ours - theirs) < IN_TIME_BEATS and abs(float(shown[1]) - BPM) < IN_TIME_BPM


def come_in_time(window: Window, after_beats: float) -> None:
    """However the machine stumbles on the way, it comes to the beat."""
    window.until(lambda told: told["plays"], "that it plays")
    window.until(lambda told: is_in_time(window, told, after_beats), "that it is in time")


def stopped(stage: Stage, window: Window, daw: Ardour, *tracks: str) -> tuple[dict[str, Any], list[Message]]:
    """Let the DAW stop: what the window shows then, and what stood on the wire since the song went on."""
    daw.do("stop", *tracks)
    stage.performer.wait_a_while(RATE // 10)
    wire = stage.heard()
    went_on = max(n for n, each in enumerate(wire) if each.data in (START, CONTINUE))
    assert wire[-1].data == STOP
    return window.until(lambda told: not told["plays"], "that it has stopped"), wire[went_on:]


def pulses_of(wire: list[Message]) -> np.ndarray[Any, Any]:
    return np.array([each.frame for each in wire if each.data == PULSE])


def places_of(wire: list[Message]) -> list[int]:
    """The sixteenths that song positions say."""
    return [each.data[1] | each.data[2] << 7 for each in wire if each.data[:1] == PLACE]


def test_the_window_follows_a_daw_to_the_beat_through_stop_locate_and_continue(
    roomy_stage: Stage, screen: dict[str, str], figures: Figures
) -> None:
    stage = roomy_stage
    window, daw = following(stage, screen)
    window.press("K")
    stage.listen_to_it()
    stage.performer.ask("listen", sound=True)
    daw.do("roll")
    come_in_time(window, after_beats=4.0)
    stage.performer.wait_a_while(6 * RATE)
    come_in_time(window, after_beats=8.0)
    told, wire = stopped(stage, window, daw)
    assert [each.data for each in transport(wire)] == [START, STOP]
    assert abs(told["beats"] - len(pulses_of(wire)) / PULSES_A_BEAT) < A_TICK  # where its next pulse would have been
    strengths = [strength for _, strength in window.clicks]
    beats = list(islice(cycle([BAR, BEAT, BEAT, BEAT]), len(strengths) + 1))
    assert strengths in (beats[:-1], beats[1:])  # who was told of the start too late leaves out the first
    assert abs(len(strengths) - ceil(len(pulses_of(wire)) / PULSES_A_BEAT)) <= 1
    figures.spread(CASE, "the window's place behind Ardour's, by what it knows", behind(window), RATE)
    figures.spread(
        CASE, "the window's clicks as they are heard, behind Ardour's beats", clicks_behind(stage, wire), RATE
    )

    stage.performer.ask("listen", sound=False)
    window.song = []
    daw.do("locate", PUT_ON[0] * BEAT_FRAMES)
    daw.do("roll")
    window.until(lambda told: told["plays"], "that it plays")
    stage.performer.wait_a_while(2 * RATE)
    daw.do("locate", PUT_ON[1] * BEAT_FRAMES)  # while it rolls
    stage.performer.wait_a_while(2 * RATE)
    told, wire = stopped(stage, window, daw)
    whole = stage.heard()
    assert [each.data for each in transport(whole)] == [CONTINUE, STOP] * len(PUT_ON)
    places = places_of(whole)
    # The standard counts places in sixteenths. Ardour 7.3 counts pulses: one goes where it says, six times too far.
    assert places in ([4 * beat for beat in PUT_ON], [PULSES_A_BEAT * beat for beat in PUT_ON])
    parts = parted(window.song)
    for part, place in zip(parts, places, strict=True):
        assert 0.0 <= part[0][0] - place / 4 < JUMPS_FROM_BEATS
        assert all(abs(ours - theirs) < JUMPS_FROM_BEATS + IN_TIME_BEATS for theirs, ours in part)
    assert abs(told["beats"] - places[-1] / 4 - len(pulses_of(wire)) / PULSES_A_BEAT) < A_TICK
    said = ", ".join(f"{place / 4:g}" for place in places)
    figures.tell(CASE, "beats that Ardour was put on / that it says", f"{PUT_ON[0]}, {PUT_ON[1]} / {said}")


def parted(song: list[tuple[float, float, float]]) -> list[list[tuple[float, float]]]:
    """The DAW's beats and the window's, a list for each time that the DAW has begun elsewhere."""
    parts: list[list[tuple[float, float]]] = []
    for _, theirs, ours in song:
        if not parts or abs(theirs - parts[-1][-1][0]) > JUMPS_FROM_BEATS:
            parts.append([])
        parts[-1].append((theirs, ours))
    return parts


def behind(window: Window) -> list[float]:
    """How far behind the DAW's place the window's was, again and again, in frames."""
    return [(theirs - ours) * BEAT_FRAMES for _, theirs, ours in window.song if theirs > 4.0]


def clicks_behind(stage: Stage, wire: list[Message]) -> list[float]:
    """From a beat on the DAW's wire to the click that came to the performer's ears, in frames."""
    first, ears = heard_sound(stage)
    loud = np.flatnonzero(np.abs(ears).max(axis=0) > AUDIBLE)
    clicks = first + loud[np.diff(loud, prepend=loud[0] - BEAT_FRAMES) > BEAT_FRAMES / 4]
    beats = pulses_of(wire)[::PULSES_A_BEAT]
    return [float(min(click - beats, key=abs)) for click in clicks]


def test_a_take_that_is_quantised_lies_on_the_daws_own_grid(
    roomy_stage: Stage, screen: dict[str, str], figures: Figures
) -> None:
    stage = roomy_stage
    window, daw = following(stage, screen)
    daw.do("midi_track", NOTES, OUR_NOTES)
    daw.do("midi_track", IMPORTED)
    stage.play_keys_into(CLOCK_OUT)
    daw.do("roll")
    come_in_time(window, after_beats=2.0)
    window.press("R")
    window.until(lambda told: told["records"], "that it records")
    first = play_the_take(stage)
    stopped(stage, window, daw)
    told = window.until(lambda told: bool(told["notes"]), "what was played")
    meant = [(first + eighth, key, velocity) for eighth, key, velocity, _ in TAKE]
    assert [(key, velocity) for key, _, _, velocity in told["notes"]] == [each[1:] for each in meant]
    late = [
        (start / TICKS_AN_EIGHTH - first - eighth - share) * EIGHTH_FRAMES
        for (_, start, _, _), (eighth, _, _, share) in zip(told["notes"], TAKE, strict=True)
    ]
    figures.spread(CASE, "keys as the window took them down, from where Ardour was", late, RATE)

    window.click(ROLL)
    window.press("Ctrl+A")
    window.press("Shift+Q")
    on_the_grid = [[key, eighth * TICKS_AN_EIGHTH, velocity] for eighth, key, velocity in meant]
    window.until(lambda told: [[n[0], n[1], n[3]] for n in told["notes"]] == on_the_grid, f"{on_the_grid}")
    file = stage.folder / "take.mid"
    window.press("Ctrl+E")
    window.until(lambda told: told["asks"], "a dialog for the file's name")
    window.ask("name_file", path=str(file))
    window.until(lambda told: str(file) in told["words"], "that the file is written")

    window.command("Play to the MIDI port as well, or only here")
    daw.do("locate", 0)
    daw.do("arm", NOTES)
    daw.do("roll")
    end = (first + TAKE[-1][0] + 2) * EIGHTH_FRAMES
    window.until(lambda told: int(daw.do("place")[0]) > end, "the end of the take")
    stopped(stage, window, daw, NOTES)
    folder = daw.leave()
    session = Session(folder)
    assert session.bpm == BPM
    played = notes_of(on_channels(session.region(NOTES).messages()))
    places = [note.on / EIGHTH_FRAMES for note in played]
    assert [(n.key, n.velocity) for n in played] == [each[1:] for each in meant]
    away = [at - eighth for at, (eighth, *_) in zip(places, meant, strict=True)]
    # Where a machine stands still, Ardour or the graph loses cycles, and notes near that are off.
    assert float(np.quantile(np.abs(away), MOST)) * EIGHTH_FRAMES < A_MILLISECOND
    figures.spread(
        CASE,
        "notes played back, on Ardour's track, from its eighths",
        [each * EIGHTH_FRAMES for each in away],
        RATE,
    )

    put(session, file, quarters=end / BEAT_FRAMES)
    daw = stage.ardour("ardour-again", session=folder)
    daw.do("export", IMPORTED, stage.folder / "again.mid")
    daw.leave()
    assert grid_of(stage.folder / "again.mid") == [(float(eighth), *rest) for eighth, *rest in meant]


def play_the_take(stage: Stage) -> int:
    """Play keys on frames that are known, by the DAW's own beat; the eighth of it from which they count."""
    zero = pulses_of(stage.heard())[0]
    soon = stage.performer.ask("now")["frame"] + RATE - zero
    first = int(soon // BEAT_FRAMES + 1) * 2
    keys = []
    for eighth, key, velocity, late in TAKE:
        begins = round((1.0 + eighth + late) * EIGHTH_FRAMES)
        keys += [(begins, bytes((0x90, key, velocity)))]
        keys += [(begins + round(HELD * EIGHTH_FRAMES), bytes((0x80, key, 64)))]
    began = stage.performer.begin(keys=sorted(keys), at=round(zero + (first - 1) * EIGHTH_FRAMES))
    stage.performer.ask("wait_until", frame=(TAKE[-1][0] + 3) * EIGHTH_FRAMES)
    assert began == zero + (first - 1) * EIGHTH_FRAMES
    return first


def put(session: Session, file: Path, quarters: float) -> None:
    """What an import leaves on disk: a file of one track."""
    read = mido.MidiFile(file)
    joined = mido.MidiFile(type=0, ticks_per_beat=read.ticks_per_beat, tracks=[mido.merge_tracks(read.tracks)])
    joined.save(file.with_stem("take-0"))
    session.put(IMPORTED, file.with_stem("take-0"), quarters=quarters)


def grid_of(file: Path) -> list[tuple[float, int, int]]:
    """Eighth, key and velocity of each note, by somebody else's reader."""
    read, ticks, messages = mido.MidiFile(file), 0, []
    for each in mido.merge_tracks(read.tracks):
        ticks += each.time
        if not each.is_meta:
            messages.append(Message(2.0 * ticks / read.ticks_per_beat, bytes(each.bytes())))
    return [(note.on, note.key, note.velocity) for note in notes_of(messages)]


def test_the_window_leads_from_its_start_through_a_jump_and_another_tempo_to_its_stop(
    roomy_stage: Stage, screen: dict[str, str], figures: Figures
) -> None:
    """Ardour hears all of it, and is not told to go with it: in synchronous mode it held up the whole graph then, for
    forty seconds, as soon as its own pace ran away.
    """
    stage = roomy_stage
    window, daw = stage.window(screen), stage.ardour(config=FOLLOWS_CLOCK)
    daw.do("follow", "no")
    stage.watch(OUR_NOTES)
    stage.performer.ask("connect", source=OUR_NOTES, target=CLOCK_IN)
    window.command(LEAD)
    stage.performer.ask("listen", sound=False)
    window.click(PLAY)
    stage.performer.wait_a_while(4 * RATE)
    window.fill(CLOCK, "9")
    stage.performer.wait_a_while(3 * RATE)
    changed = stage.performer.ask("now")["frame"]
    window.fill(TEMPO, "90")
    stage.performer.wait_a_while(4 * RATE)
    window.click(PLAY)
    jumped_to = window.until(lambda told: not told["plays"], "that it has stopped")["beats"]
    window.fill(CLOCK, "3")
    window.click(PLAY)
    stage.performer.wait_a_while(2 * RATE)
    window.click(PLAY)
    ended = window.until(lambda told: not told["plays"], "that it has stopped")["beats"]
    stage.performer.wait_a_while(RATE // 10)
    wire = [each for each in stage.heard() if each.data[0] >= SYSTEM]

    # Bar 9 is the 128th sixteenth, bar 3 the 32nd. Another tempo is neither a stop nor a place.
    said = [each.data for each in wire if each.data != PULSE]
    assert said == [START, STOP, b"\xf2\x00\x01", CONTINUE, STOP, b"\xf2\x20\x00", CONTINUE, STOP]
    first, second, third = runs_of(wire)
    assert is_even(first, 120.0) and is_even(third, 90.0)
    before, after = (pulses_of(second)[part] for part in (slice(0, PULSES_A_BEAT), slice(-2 * PULSES_A_BEAT, None)))
    assert before[-1] < changed and after[0] > changed
    for pulses, bpm in ((before, 120.0), (after, 90.0)):
        assert abs(60 * RATE / PULSES_A_BEAT / np.median(np.diff(pulses)) / bpm - 1.0) < SAME_TEMPO
    for run, from_beat, to_beat in ((second, 32, jumped_to), (third, 8, ended)):
        assert abs(from_beat + len(pulses_of(run)) / PULSES_A_BEAT - to_beat) < 1.0
    counts = " + ".join(str(len(pulses_of(run))) for run in (first, second, third))
    figures.tell(CASE, "pulses of the window: from the start, after a jump, after a stop", counts)


def runs_of(wire: list[Message]) -> list[list[Message]]:
    """What stood on the wire from each start or continue to its stop."""
    begins = [n for n, each in enumerate(wire) if each.data in (START, CONTINUE)]
    ends = [n for n, each in enumerate(wire) if each.data == STOP]
    return [wire[begin : end + 1] for begin, end in zip(begins, ends, strict=True)]


def is_even(run: list[Message], bpm: float) -> bool:
    """Whether there are as many pulses as belong between a start and its stop."""
    pulses, apart = pulses_of(run), 60 * RATE / bpm / PULSES_A_BEAT
    errors = pulses - pulses[0] - apart * np.arange(len(pulses))
    return bool(abs(len(pulses) - (run[-1].frame - pulses[0]) / apart) <= 1.0 + np.ptp(errors) / apart)
