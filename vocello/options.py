"""The words that several commands take, each told once: what it is called, and what its help says.

What flows in: nothing. What flows out: types for typer; loading this loads typer and nothing heavier. [main]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_EARS, _NOTES, _TIME = "Ears", "Shape of the notes", "Time"

Device = Annotated[
    str, typer.Option("--device", "-d", help="Part of a card's name or system, [b]null[/b], or file:in.wav→out.wav")
]
Microphone = Annotated[str, typer.Option("--microphone", help="Another card for the input")]
Rate = Annotated[float | None, typer.Option("--rate", "-r", help="Hz; the card's own if left out")]
Frames = Annotated[int, typer.Option("--frames", "-f", help="Frames a block: 64 and 128 are quick, 512 is easy")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object, for programs")]
Keys = Annotated[str, typer.Option("--keys", "-k", help="MIDI input: [b]all[/b], [b]none[/b], or part of a name")]
Port = Annotated[
    str,
    typer.Option(
        "--midi-out", "--port", "-p", help="MIDI output: a new port 'Vocello', [b]none[/b], or part of a name"
    ),
]
Mpe = Annotated[bool, typer.Option("--mpe", help="A channel for each note, with its own bend and pressure")]
Seconds = Annotated[float | None, typer.Option(help="Stop by itself after so long")]
DataFolder = Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Where the recordings are kept")]

Rules = Annotated[bool, typer.Option("--rules", help="Ears without a network", rich_help_panel=_EARS)]
Pitch = Annotated[
    str, typer.Option("--pitch", help="[b]trained[/b], or [b]crepe[/b] as second opinion", rich_help_panel=_EARS)
]
UseProfile = Annotated[
    bool,
    typer.Option("--profile/--no-profile", help="Use the voice that was calibrated", rich_help_panel=_EARS),
]
Patience = Annotated[
    float | None,
    typer.Option(
        "--patience",
        help="Quick or sure: 0 sends a note at once, 1 as trained, 2 waits twice as long for its pitch",
        rich_help_panel=_EARS,
    ),
]
Drums = Annotated[
    bool, typer.Option("--drums", help="Beatboxing plays drums, on MIDI channel 10", rich_help_panel=_EARS)
]

ModeName = Annotated[
    str,
    typer.Option("--mode", help="[b]free[/b], [b]semitone[/b], [b]scale[/b] or [b]chord[/b]", rich_help_panel=_NOTES),
]
ScaleName = Annotated[
    str,
    typer.Option("--scale", help="'D dorian', 'Bb' …, or [b]auto[/b] to find the key", rich_help_panel=_NOTES),
]
ChordName = Annotated[
    str,
    typer.Option("--chord", help="A note plays a chord: triad, seventh, power … or '0 7 12'", rich_help_panel=_NOTES),
]
Octave = Annotated[int, typer.Option("--octave", help="So many octaves higher than sung", rich_help_panel=_NOTES)]
Transpose = Annotated[int, typer.Option("--transpose", help="And so many semitones", rich_help_panel=_NOTES)]
Lowest = Annotated[str, typer.Option("--lowest", help="Lowest key that is played, such as C3", rich_help_panel=_NOTES)]
Highest = Annotated[str, typer.Option("--highest", help="Highest key that is played", rich_help_panel=_NOTES)]
Outside = Annotated[
    str,
    typer.Option(
        "--outside", help="Notes beyond these: [b]fold[/b] into them, or [b]leave-out[/b]", rich_help_panel=_NOTES
    ),
]
Hold = Annotated[bool, typer.Option("--hold", help="A note rings on until the next", rich_help_panel=_NOTES)]
Portamento = Annotated[
    bool,
    typer.Option("--portamento/--no-portamento", help="Glide as sung, or step", rich_help_panel=_NOTES),
]
Vibrato = Annotated[
    float | None,
    typer.Option(
        "--vibrato", help="How much of it is kept, 0 to 1; of a string that follows, to 2", rich_help_panel=_NOTES
    ),
]

Quantise = Annotated[
    str, typer.Option("--quantise", help="Onto a grid: 1/4, 1/8, 1/8T, 1/16, 1/16T", rich_help_panel=_TIME)
]
Strength = Annotated[float | None, typer.Option("--strength", help="How far onto it, 0 to 1", rich_help_panel=_TIME)]
Swing = Annotated[
    float | None, typer.Option("--swing", help="0.5 is straight, 0.67 a triplet's", rich_help_panel=_TIME)
]
Bpm = Annotated[
    float | None, typer.Option("--bpm", help="The tempo; found from what is sung if left out", rich_help_panel=_TIME)
]
Record = Annotated[
    Path | None, typer.Option("--record", metavar="FOLDER", help="Keep voice, notes and MIDI in a new folder there")
]
Clock = Annotated[float | None, typer.Option("--clock", metavar="BPM", help="Send MIDI clock at a tempo")]
Follow = Annotated[
    bool,
    typer.Option("--follow/--notes", help="The string follows pitch and loudness as sung, or plays the notes"),
]
PlayHere = Annotated[bool, typer.Option("--cello/--no-cello", "--sound/--no-sound", help="Play them here too, or not")]
