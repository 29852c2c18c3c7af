"""What the engine alone knows of the session's rack, brought back into the session.

What flows in: the rack as the engine says it is, and the session. What flows out: changes of the setup: states of
plugins, and parameters that a controller, a lane or a plugin's own window has turned. [any]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gui.mixing.arranged import MASTER, effect_chain, effects_of, slot_name
from gui.session.setup import Change, Setup, TrackSetup
from score.score import Score

_NAME = "Keep plugins as they are"


def changes_from(said: Mapping[str, Any], score: Score, setup: Setup) -> tuple[Change, ...]:
    """The changes after which the session says what the engine says: as few as can be. [any]"""
    slots = {str(slot["name"]): slot for chain in said.get("chains", ()) for slot in chain.get("slots", ())}
    becomes = setup
    for place, owner, mine in _owners(score, setup):
        for change in _of(place, owner, mine, slots):
            becomes, _ = change.apply(becomes)
    return tuple(
        Change(_NAME, (name,), getattr(becomes, name))
        for name in ("tracks", "effects", "master")
        if getattr(becomes, name) != getattr(setup, name)
    )


def _owners(score: Score, setup: Setup) -> Iterator[tuple[tuple[str, ...], str, TrackSetup]]:
    for track in score.tracks:
        yield ("tracks", str(track.id)), str(track.id), setup.track(track.id)
    for name, mine in effects_of(setup).items():
        yield ("effects", name), effect_chain(name), mine
    yield ("master",), MASTER, setup.master


def _of(
    place: tuple[str, ...], owner: str, mine: TrackSetup, slots: Mapping[str, Mapping[str, Any]]
) -> Iterator[Change]:
    prefix = slot_name(owner, "")
    for name, slot in slots.items():
        if not name.startswith(prefix):
            continue
        own = name.removeprefix(prefix)
        state = slot.get("state", {})
        if state and state != mine.kept.get(own, {}):
            yield Change(_NAME, (*place, "kept", own), dict(state))
        elsewhere = {each.parameter for each in mine.learned if each.slot == own}
        if ":" in str(slot.get("processor", "")):
            elsewhere |= set(slot.get("values", {}))
        turned = mine.turned.get(own, {})
        for parameter in sorted(elsewhere):
            value = slot.get("values", {}).get(parameter)
            if value is not None and value != turned.get(parameter):
                yield Change(_NAME, (*place, "turned", own, parameter), value)
