"""The words that commands about instruments take: what they are called, and what their help says.

What flows in: nothing. What flows out: types for typer; loading this loads typer and nothing heavier. [main]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_TUNING = "Tuning"

Instrument = Annotated[
    str, typer.Option("--instrument", "-i", help="[b]cello[/b], [b]violin[/b], [b]contrabass[/b], or a file NAME.npz")
]
Player = Annotated[
    str,
    typer.Option(
        "--instrument", "-i", help="What plays: [b]cello[/b], [b]violin[/b], [b]contrabass[/b], [b]tone[/b], a file"
    ),
]
Model = Annotated[str, typer.Option("--model", help="[b]neural[/b], or [b]additive[/b]: physics alone")]
StringMode = Annotated[
    str,
    typer.Option(
        "--mode", help="[b]solo[/b] slurs, [b]poly[/b] has a string for every key, [b]mpe[/b] for every finger"
    ),
]
A4 = Annotated[float, typer.Option("--a4", metavar="HZ", help="How high a' is, 415 to 466", rich_help_panel=_TUNING)]
Tuning = Annotated[
    str,
    typer.Option(
        "--tuning",
        metavar="NAME",
        help="[b]equal[/b], [b]just[/b], [b]pythagorean[/b], [b]meantone[/b], or a Scala file NAME.scl",
        rich_help_panel=_TUNING,
    ),
]
Tonic = Annotated[str, typer.Option("--tonic", help="On which note it is pure: C, F#, Bb …", rich_help_panel=_TUNING)]
Keymap = Annotated[
    Path | None,
    typer.Option("--keymap", metavar="FILE.kbm", help="Which key plays which of its notes", rich_help_panel=_TUNING),
]
SoundRate = Annotated[int, typer.Option("--rate", "-r", help="Hz, 44100 to 96000")]
Bits = Annotated[str, typer.Option("--bits", help="[b]16[/b], [b]24[/b] or [b]float[/b]")]
Dry = Annotated[bool, typer.Option("--dry", help="Without the hall")]
Name = Annotated[str, typer.Option("--name", help="What an instrument is called: [b]oboe[/b]")]
Begin = Annotated[
    str, typer.Option("--from", metavar="INSTRUMENT", help="Begin with [b]cello[/b], a run's folder or a NAME.npz")
]
