"""DAW-6: what is drawn in the piano roll and exported is the same notes in a DAW, which plays and exports it again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mido

from daw_tests.figures import Figures
from daw_tests.session_files import Session
from daw_tests.stage import RATE, Stage
from daw_tests.streams import Message, note_messages, notes_of, on_channels
from score.midifile import read, write
from score.note import Note
from tests.gui.desk import QUARTER, Desk

CASE = "DAW-6"
PIECE = "Piece"
BPM = 120.0
PHRASE = ((60, 0.0), (64, 1.0), (67, 2.0), (72, 2.0), (71, 3.0), (67, 3.5), (59, 4.0), (55, 4.25))
LOUDER = ((60, 110), (67, 40))
Sketch = list[tuple[int, int, int, int]]


def sketch(notes: list[Note]) -> Sketch:
    """Start, length, key, velocity of each, in ticks of 960 a quarter."""
    return sorted((n.start_ticks, n.duration_ticks, n.pitch, n.velocity) for n in notes)


def sketch_of_file(path: Path) -> Sketch:
    """The same of a MIDI file, by somebody else's reader."""
    file = mido.MidiFile(path)
    ticks, messages = 0, []
    for each in mido.merge_tracks(file.tracks):
        ticks += each.time
        if not each.is_meta:
            messages.append(Message(ticks * QUARTER / file.ticks_per_beat, bytes(each.bytes())))
    notes = notes_of(messages)
    assert all(note.off is not None for note in notes)
    return sorted((round(n.on), round((n.off or 0.0) - n.on), n.key, n.velocity) for n in notes)


def drawn(qtbot: Any) -> Desk:
    """A phrase by a hand with a mouse: notes set, one made longer, two made louder and softer, one taken away."""
    desk = Desk(qtbot, ())
    for pitch, quarter in PHRASE:
        desk.double_click(desk.at(round(quarter * QUARTER) + 5, pitch))
    first = desk.notes[0]
    grabbed = desk.at(first.start_ticks + first.duration_ticks - 15, first.pitch)
    desk.drag(grabbed, desk.at(first.start_ticks + 2 * QUARTER - 15, first.pitch))
    for pitch, velocity in LOUDER:
        note = next(each for each in desk.notes if each.pitch == pitch)
        desk.click(desk.at(note.start_ticks + note.duration_ticks // 2, pitch))
        place = desk.in_lane(note.start_ticks, note.velocity)
        desk.drag(place, desk.in_lane(note.start_ticks, velocity))
    return desk


def test_what_is_drawn_is_the_same_notes_in_a_daw_and_out_of_it_again(
    stage: Stage, qtbot: Any, tmp_path: Path, figures: Figures
) -> None:
    desk = drawn(qtbot)
    meant = sketch(desk.notes)
    assert [(start, pitch) for start, _, pitch, _ in meant] == sorted(
        (round(quarter * QUARTER), pitch) for pitch, quarter in PHRASE
    )
    assert len({length for _, length, _, _ in meant}) > 1 and len({velocity for *_, velocity in meant}) > 1
    score = desk.history.score
    write(score, tmp_path / "drawn.mid", type=0)
    write(score, tmp_path / "drawn-1.mid")
    assert sketch_of_file(tmp_path / "drawn.mid") == sketch_of_file(tmp_path / "drawn-1.mid") == meant

    daw = stage.ardour()
    daw.do("midi_track", PIECE)
    folder = daw.leave()
    Session(folder).put(PIECE, tmp_path / "drawn.mid", quarters=12.0)
    daw = stage.ardour("ardour-again", session=folder)
    port = daw.do("send", PIECE)[0]
    stage.watch(f"ardour:{port}")
    daw.do("export", PIECE, tmp_path / "again.mid")
    stage.performer.ask("listen", sound=False)
    daw.do("roll")
    end = max(start + length for start, length, _, _ in meant)
    stage.performer.wait_a_while(round(end / QUARTER * 60.0 / BPM * RATE) + RATE)
    played = notes_of(note_messages(on_channels(stage.heard())))
    daw.do("stop")
    daw.leave()

    assert sketch_of_file(tmp_path / "again.mid") == meant  # as another program reads it
    ours = read(tmp_path / "again.mid").score
    assert sketch([note for track in ours.tracks for note in track.notes]) == [
        tuple(value * ours.tempo.ticks_per_quarter // QUARTER for value in each[:2]) + each[2:] for each in meant
    ]  # and as we do
    assert sorted((n.key, n.velocity) for n in played) == sorted((key, velocity) for _, _, key, velocity in meant)
    frames = 60.0 / BPM * RATE / QUARTER
    began = played[0].on
    wanted = [(start * frames, key) for start, _, key, _ in meant]
    late = [n.on - began - at for n, (at, _) in zip(sorted(played, key=lambda n: (n.on, n.key)), wanted, strict=True)]
    assert max(map(abs, late)) <= 1.0
    figures.tell(
        CASE, "notes drawn / played by Ardour / exported by it", f"{len(meant)} / {len(played)} / {len(meant)}"
    )
    figures.spread(CASE, "drawn place → played place", late, RATE)
