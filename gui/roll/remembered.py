"""What one chose in the roll, for the next time: plain values that JSON can hold, out of a roll and into one. [gui]

What cannot be understood is left as it is: a file that was written by another version opens all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from gui.roll.choices import RollChoices
from gui.roll.kinds import Kind, Of
from gui.roll.snap import Snap
from score.errors import VocelloError
from score.harmony.scales import scale_named
from score.operations.lanes import Lane


def look_of(roll: RollChoices) -> dict[str, Any]:
    """All that is chosen. [gui]"""
    snap = roll.snap
    return {
        "lanes": [[_written(kind), roll.height_of(kind)] for kind in roll.lanes],
        "shape": roll.shape,
        "only_selected": roll.shows_only_selected,
        "snap": [str(snap.part) if snap.part is not None else "", snap.triplets, snap.is_on, snap.dotted],
        "scale": str(roll.scale) if roll.scale is not None else "",
        "finds_key": roll.finds_key,
        "folded": roll.is_folded,
        "led": roll.is_led_to_scale,
        "ghosts": roll.shows_ghosts,
        "chords": roll.names_chords,
    }


def take_look(roll: RollChoices, look: Mapping[str, Any]) -> None:
    """As it was. [gui]"""
    takers: tuple[tuple[str, Callable[[Any], object]], ...] = (
        ("lanes", lambda lanes: _take_lanes(roll, lanes)),
        ("shape", lambda shape: roll.set_shape(shape) if shape in ("pencil", "line", "curve") else None),
        ("only_selected", lambda only: roll.set_only_selected(bool(only))),
        ("snap", lambda snap: roll.set_snap(_snap_of(*snap))),
        ("scale", lambda scale: roll.set_scale(scale_named(scale) if scale else None)),
        ("finds_key", lambda finds: roll.find_key() if finds else None),
        ("folded", lambda folded: roll.set_folded(bool(folded))),
        ("led", lambda led: roll.set_led_to_scale(bool(led))),
        ("ghosts", lambda shown: roll.set_ghosts(bool(shown))),
        ("chords", lambda named: roll.set_chords(bool(named))),
    )
    for name, take in takers:
        try:
            if name in look:
                take(look[name])
        except (TypeError, ValueError, ZeroDivisionError, VocelloError):
            continue


def _take_lanes(roll: RollChoices, lanes: list[list[Any]]) -> None:
    wanted = [(_kind_of(words), int(height)) for words, height in lanes]
    for kind in roll.lanes:
        roll.close_lane(kind)
    for kind, height in wanted:
        roll.open_lane(kind)
        roll.size_lane(kind, height)


def _snap_of(part: str, triplets: bool, is_on: bool, dotted: bool) -> Snap:
    return Snap(Fraction(part) if part else None, bool(triplets), bool(is_on), bool(dotted))


def _written(kind: Kind) -> list[Any]:
    return [kind.value] if isinstance(kind, Of) else [kind.kind, kind.channel, kind.number]


def _kind_of(words: list[Any]) -> Kind:
    if len(words) == 1:
        return Of(words[0])
    kind, channel, number = words
    return Lane(kind, int(channel), int(number))
