"""What can be done to notes, as commands; each is an operation of the score's, on what is selected. [gui]"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gui.commands.registry import Command
from gui.language import translate
from score.operations.cutting import Glue, RemoveOverlaps, SplitAtGrid
from score.operations.feel import Humanise, Legato, Strum
from score.operations.grid import EIGHTHS, SIXTEENTHS, Grid
from score.operations.intonation import CentrePitch, Detune, Drift, Straighten, Vibrato
from score.operations.loudness import CompressVelocity
from score.operations.moving import Duplicate, Mute, Reverse, Stretch
from score.operations.pitches import Invert, Transpose
from score.operations.quantising import Quantise

if TYPE_CHECKING:
    from gui.window import MainWindow


def note_commands(window: MainWindow) -> Iterator[Command]:
    """Every operation on notes. [gui]"""

    def on_notes(id: str, title: str, operation: Any, keys: str = "") -> Command:
        return Command(f"notes.{id}", title, lambda: window.perform(operation), keys, "notes", window.has_notes)

    yield from (
        on_notes("quantise", translate("commands", "Quantise to sixteenths"), Quantise(), "Q"),
        on_notes("quantise_8", translate("commands", "Quantise to eighths"), Quantise(EIGHTHS), "Shift+Q"),
        on_notes("quantise_half", translate("commands", "Quantise half way"), Quantise(strength=0.5), "Alt+Q"),
        on_notes("quantise_triplets", translate("commands", "Quantise to triplets"), Quantise(Grid(8, "triplet"))),
        on_notes("quantise_ends", translate("commands", "Quantise starts and ends"), Quantise(SIXTEENTHS, ends=True)),
        on_notes("humanise", translate("commands", "Humanise"), Humanise()),
        on_notes("legato", translate("commands", "Legato: each note until the next"), Legato()),
        on_notes("strum", translate("commands", "Strum chords"), Strum()),
        on_notes("glue", translate("commands", "Glue notes of one pitch"), Glue(), "G"),
        on_notes("split", translate("commands", "Split at the grid"), SplitAtGrid()),
        on_notes("overlaps", translate("commands", "Remove overlaps"), RemoveOverlaps()),
        on_notes("duplicate", translate("commands", "Duplicate"), Duplicate(), "Ctrl+D"),
        on_notes("mute", translate("commands", "Mute or sound"), Mute(), "M"),
        on_notes("octave_up", translate("commands", "An octave up"), Transpose(12), "Shift+Up"),
        on_notes("octave_down", translate("commands", "An octave down"), Transpose(-12), "Shift+Down"),
        on_notes("reverse", translate("commands", "Reverse"), Reverse()),
        on_notes("invert", translate("commands", "Turn upside down"), Invert()),
        on_notes("twice_as_long", translate("commands", "Twice as long"), Stretch(2)),
        on_notes("half_as_long", translate("commands", "Half as long"), Stretch(0.5)),
        on_notes("even", translate("commands", "More even loudness"), CompressVelocity()),
        on_notes("straighten", translate("commands", "Straighten the sung pitch"), Straighten()),
        on_notes("drift", translate("commands", "Flatten drift, keep vibrato"), Drift()),
        on_notes("centre", translate("commands", "Onto the key, vibrato kept"), CentrePitch()),
        on_notes("cents_up", translate("commands", "Five cents up"), Detune(5)),
        on_notes("cents_down", translate("commands", "Five cents down"), Detune(-5)),
        on_notes("less_vibrato", translate("commands", "Half the vibrato"), Vibrato(0.5)),
        on_notes("more_vibrato", translate("commands", "More vibrato"), Vibrato(1.5)),
    )
