"""The session as a rack: for each track a chain of its instrument and effects, shared effects, a master with a limiter.

What flows in: a score, a setup, and the track that is chosen. What flows out: the rack as the engine loads it, and as
its file would be written. All names follow from ids, so that the engine finds what stays and lets it sound on. [any]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gui.mixing.routes import MASTER_LINE, effect_lines, lines_of_score
from gui.session.setup import Setup, SlotSetup, TrackSetup
from realtime.client import FROM_APP, FROM_KEYS, FROM_VOICE
from score.score import Score

Rack = dict[str, Any]

INSTRUMENT, LIMITER, MASTER, MAIN = "instrument", "limiter", "master", "main"
MICROPHONE = "microphone"
"""In place of an instrument: the track is what the microphone hears."""

HALL = "hall"
USUAL_EFFECTS: Mapping[str, tuple[SlotSetup, ...]] = {HALL: (SlotSetup("reverb", "reverb"),)}
"""What is shared without a word."""

USUAL_VALUES: Mapping[str, Mapping[str, float]] = {"cello": {"level_db": 6.0}}
"""Where an instrument stands in a track that nothing was said of: as loud as the others."""

LOWEST_DB, HIGHEST_DB = -80.0, 12.0
_APP, _EVERYBODY = 1 << FROM_APP, 1 << FROM_APP | 1 << FROM_KEYS | 1 << FROM_VOICE


def arranged(score: Score, setup: Setup, chosen: int | None = None) -> Rack:
    """The rack of a session. [any]"""
    lines, live, shared = lines_of_score(score), live_tracks(score, setup, chosen), effects_of(setup)
    chains: list[Rack] = []
    learned: list[Rack] = []
    lanes: list[Rack] = []
    for track in score.tracks:
        mine = setup.track(track.id)
        if mine.port:
            continue
        hears = {"sources": _EVERYBODY if track.id in live else _APP, "line": lines[track.id]}
        chains += _track(str(track.id), mine, hears, shared)
        learned += _learned(str(track.id), mine)
        lanes += _lanes(str(track.id), mine)
    for name, line in effect_lines(shared).items():
        mine = shared[name]
        chains.append(_strip(effect_chain(name), mine, _slots(effect_chain(name), mine), MASTER, {"line": line}))
        learned += _learned(effect_chain(name), mine)
    slots = _slots(MASTER, setup.master)
    chains.append(_strip(MASTER, setup.master, slots, MAIN, {"line": MASTER_LINE}))
    chains.append({"name": MAIN, "slots": [{"name": LIMITER, "processor": "limiter"}]})
    learned += _learned(MASTER, setup.master)
    said: Rack = {"name": setup.name or "session", "chains": chains}
    return said | ({"learned": learned} if learned else {}) | ({"lanes": lanes} if lanes else {})


def live_tracks(score: Score, setup: Setup, chosen: int | None) -> frozenset[int]:
    """Whose instruments keys and voice play: those that are armed; where none is, the one that is chosen. [any]"""
    ids = [track.id for track in score.tracks]
    armed = frozenset(each for each in ids if setup.track(each).armed)
    return armed or frozenset(each for each in ids if each == chosen)


def effects_of(setup: Setup) -> dict[str, TrackSetup]:
    """The effects that are shared, the usual ones among them. [any]"""
    found: dict[str, TrackSetup] = {}
    for name in sorted({*USUAL_EFFECTS, *setup.effects}):
        said = setup.effects.get(name, TrackSetup())
        usual = USUAL_EFFECTS.get(name, ())
        found[name] = said if said.slots or not usual else replace(said, slots=usual)
    return found


def track_chain(track_id: int | str) -> str:
    """What a track's chain is called in the rack. [any]"""
    return f"track {track_id}"


def effect_chain(name: str) -> str:
    """What the chain of a shared effect is called in the rack. [any]"""
    return f"effect {name}"


def slot_name(owner: str, slot: str) -> str:
    """What a slot is called in the rack: its owner is a track's id, a shared effect's chain, or the master. [any]"""
    return f"{owner}.{slot}"


def owner_of(chain: str) -> str:
    """Whose slots stand in a chain. [any]"""
    return chain.removeprefix("track ")


def _track(owner: str, mine: TrackSetup, hears: Rack, shared: Mapping[str, TrackSetup]) -> list[Rack]:
    chain, effects = track_chain(owner), _slots(owner, mine)
    sends = [
        {"to": effect_chain(name), "level_db": _level(level_db)}
        for name, level_db in sorted(mine.sends.items())
        if name in shared
    ]
    if mine.rack_plan:
        brought = _brought(owner, mine, hears, chain)
        return [*brought, _strip(chain, mine, effects, MASTER, {"line": hears["line"]}, sends)]
    if mine.instrument == MICROPHONE:
        strip = _strip(chain, mine, effects, MASTER, {"line": hears["line"]}, sends)
        return [strip | {"hears": MICROPHONE}]
    instrument = _slot(owner, INSTRUMENT, mine.instrument, mine)
    return [_strip(chain, mine, [instrument, *effects], MASTER, hears, sends)]


def _strip(
    name: str, mine: TrackSetup, slots: list[Rack], to: str, reach: Rack, sends: list[Rack] | None = None
) -> Rack:
    return {
        "name": name,
        "slots": slots,
        "to": to,
        "level_db": _level(mine.level_db),
        "pan": mine.pan,
        "mute": mine.muted,
        "solo": mine.solo,
        "sends": sends or [],
        "reach": reach,
    }


def _slots(owner: str, mine: TrackSetup) -> list[Rack]:
    return [_slot(owner, each.name, each.processor, mine) | {"on": each.on, "mix": each.mix} for each in mine.slots]


def _slot(owner: str, name: str, processor: str, mine: TrackSetup) -> Rack:
    values = {**USUAL_VALUES.get(processor, {}), **mine.turned.get(name, {})}
    return {
        "name": slot_name(owner, name),
        "processor": processor,
        "values": values,
        "state": dict(mine.kept.get(name, {})),
    }


def _learned(owner: str, mine: TrackSetup) -> list[Rack]:
    return [
        {
            "slot": slot_name(owner, each.slot),
            "parameter": each.parameter,
            "controller": each.controller,
            "channel": each.channel,
        }
        for each in mine.learned
    ]


def _brought(owner: str, mine: TrackSetup, hears: Rack, to: str) -> list[Rack]:
    """The chains of a whole rack, in front of the track's own; its `main` leads there."""
    said = [each for each in mine.rack_plan.get("chains", ()) if isinstance(each, dict)]
    names = {str(each.get("name", "")) for each in said}

    def renamed(name: Any) -> str:
        return slot_name(owner, str(name)) if name in names else to

    made = []
    for each in said:
        reach = dict(each.get("reach", {}))
        sources = reach.get("sources", _EVERYBODY) & hears["sources"] | _APP
        slots = [_brought_slot(owner, slot, mine) for slot in each.get("slots", ()) if isinstance(slot, dict)]
        sends = [send | {"to": renamed(send.get("to"))} for send in each.get("sends", ()) if isinstance(send, dict)]
        made.append(
            each
            | {"name": renamed(each.get("name")), "slots": slots, "sends": sends}
            | {"to": to if each.get("name") == MAIN else renamed(each.get("to", MAIN))}
            | {"reach": reach | {"sources": sources, "line": hears["line"]}}
        )
    return made


def _brought_slot(owner: str, said: Rack, mine: TrackSetup) -> Rack:
    name = str(said.get("name", ""))
    values = {**said.get("values", {}), **mine.turned.get(name, {})}
    state = mine.kept.get(name) or said.get("state", {})
    return said | {"name": slot_name(owner, name), "values": values, "state": dict(state)}


def _lanes(owner: str, mine: TrackSetup) -> list[Rack]:
    said = mine.rack_plan.get("lanes", ())
    return [each | {"slot": slot_name(owner, str(each.get("slot")))} for each in said if isinstance(each, dict)]


def _level(level_db: float) -> float:
    return min(max(level_db, LOWEST_DB), HIGHEST_DB)
