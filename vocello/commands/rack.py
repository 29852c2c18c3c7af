"""`vocello rack`: a rack of chains, plugins and own code, played live; and what a rack file holds.

A rack that is played is watched: a Python effect that is saved anew is exchanged while it sounds, a plugin that crashed
is brought back, and both are told. [main]
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.live import Live
from rich.text import Text

from plugin.plan import MICROPHONE, ChainPlan, RackPlan, SlotPlan
from plugin.rack_file import load_rack, save_rack
from plugin.shelf import find_processor
from plugin.workbench import Workbench
from realtime.device.wish import Wish
from realtime.machine import Machine
from realtime.rights import lock_memory
from score.checked import brief
from score.errors import RackFileError
from vocello.screen import aside, console, decibels, meter, print_json, print_table, progress, say
from vocello.stopping import until_stopped

_TICK_S = 0.02
_READY_WITHIN_S = 60.0


def run(path: Path, wish: Wish, keys: str, hears: bool, seconds: float | None, saves: bool, as_json: bool) -> None:
    """Play a rack until stopped. [main]"""
    plan = load_rack(path)
    with _engine(hears) as engine, until_stopped() as stopped:
        engine.racks.load(brief(plan), str(path.resolve().parent))
        with progress("Loading what the rack names", not as_json):
            engine.racks.do("wait_until_ready", {"patience_s": _READY_WITHIN_S})
        engine.open_keys(keys)
        started = engine.start(wish)
        card = started["device"]
        if not as_json:
            where = f"'{card['name']}' at {card['rate']:g} Hz, {card['block_frames']} frames a block"
            say(f"'{plan.name}' plays on {where}.")
            say("Ctrl-C ends it.")
        told = _watch(engine, stopped, seconds, quiet=as_json)
        counters = engine.stage.host.counters() if engine.stage.host else None
        described = engine.racks.describe()
        if saves:
            _save_back(engine, path)
        engine.quiet_down()
    if as_json and counters is not None:
        print_json(
            {
                "rack": plan.name,
                "blocks": int(counters["blocks"]),
                "missed_deadlines": int(counters["missed"]),
                "load": round(float(counters["load"]), 5),
                "slots": described,
                "news": told,
            }
        )


def show(path: Path, as_json: bool) -> None:
    """What a rack file holds, and what of it is here; nothing of it is run. [main]"""
    plan = load_rack(path)
    if as_json:
        print_json({"rack": brief(plan), "missing": _missing(plan, path.resolve().parent)})
        return
    missing = _missing(plan, path.resolve().parent)
    rows = [
        (
            chain.name,
            slot.name,
            slot.processor,
            "on" if slot.on else "off",
            f"{slot.mix:.0%}",
            missing.get(slot.name, ""),
        )
        for chain in plan.chains
        for slot in chain.slots
    ]
    print_table(plan.name, ("Chain", "Slot", "Processor", "", "Mix", ""), rows)
    for chain in plan.chains:
        ways = [f"to {chain.to}"] if chain.name != "main" else ["to the card"]
        ways += [f"{send.level_db:g} dB to {send.to}" for send in chain.sends]
        say(f"{chain.name}: hears {chain.hears}, {chain.level_db:g} dB, {', '.join(ways)}")


def new(path: Path, processors: list[str], force: bool) -> None:
    """Write a rack of one chain that hears the microphone, or keys where it begins with an instrument. [main]"""
    if path.exists() and not force:
        raise RackFileError(f"'{path}' is there already.", "Name another, or add --force.")
    slots: list[SlotPlan] = []
    instrument = False
    for processor in processors:
        found = find_processor(processor, path.resolve().parent)
        instrument = instrument or found.is_instrument
        found.close()
        name, number = processor.rpartition(":")[2].rpartition("/")[2] or processor, 1
        while any(slot.name == name for slot in slots):
            number += 1
            name = f"{name.removesuffix(f' {number - 1}')} {number}"
        slots.append(SlotPlan(name, processor))
    chain = ChainPlan("keys" if instrument else "voice", "nothing" if instrument else MICROPHONE, tuple(slots))
    limiter = ChainPlan("main", slots=(SlotPlan("limiter", "limiter"),))
    save_rack(RackPlan(path.stem, (chain, limiter)), path)
    say(f"'{path}' is a rack of {len(slots)} slots. Play it: vocello rack run {path}")


def _missing(plan: RackPlan, folder: Path) -> dict[str, str]:
    """Slots that nobody here can fill, and why; plugins are looked for and not started."""
    from plugin.shelf import objection

    return {slot.name: why for slot in plan.slots() if (why := objection(slot.processor, folder))}


@contextlib.contextmanager
def _engine(hears: bool) -> Iterator[Machine]:
    """With ears where notes of the voice are to play the rack's instruments."""
    if hears:
        from vocello.wiring import machine

        with machine() as made:
            yield made
        return
    made = Machine(make_workbench=Workbench)
    lock_memory()
    try:
        yield made
    finally:
        made.close()


def _save_back(engine: Machine, path: Path) -> None:
    from plugin.rack_file import from_plain

    save_rack(from_plain(engine.racks.plain()), path)
    aside.print(f"'{path}' is saved as it was played.", soft_wrap=True, markup=False)


def _watch(engine: Machine, stopped: list[bool], seconds: float | None, *, quiet: bool) -> list[dict[str, Any]]:
    """Tick, and show what happens; returns all that was told."""
    until = time.monotonic() + seconds if seconds is not None else float("inf")
    watched = console.is_terminal and not quiet
    line = Live(console=console, refresh_per_second=15, transient=True) if watched else contextlib.nullcontext()
    told: list[dict[str, Any]] = []
    cursor = engine.window.reader()
    with line as shown:
        while not stopped and time.monotonic() < until and engine.stage.status != "finished":
            engine.tick()
            for news in engine.news():
                told.append(news)
                aside.print(news["text"], soft_wrap=True, markup=False)
            if shown is not None:
                shown.update(_line(cursor.meters()))
            time.sleep(_TICK_S)
    return told


def _line(meters: Any) -> Text:
    peak = float(meters["peak_out"].max())
    load = f"{float(meters['load']):5.1%} of the time"
    return Text(f"{meter(peak)} {decibels(peak):6.1f} dB  {load}  missed {int(meters['missed'])}")
