"""`vocello play`: MIDI keyboards in, the cello out, until Ctrl-C.

No microphone, no ears: keys, wheels and pedals of every port that is chosen, also of those that are plugged in later.
A screen that is watched shows the level, the keys that are down and the load; a pipe gets a line a note. [main]
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from rich.live import Live
from rich.text import Text

from realtime.device.wish import Wish
from realtime.events import NOTE_OFF, NOTE_ON, NOTES_OFF, SILENCE
from realtime.host import Host
from realtime.machine import Machine
from realtime.midi.ports import list_ports
from realtime.rights import lock_memory
from vocello.playing.intonation import AS_A_PIANO, Intonation, Retuned
from vocello.playing.rack import Instrument, cello_slots, find_instrument
from vocello.playing.warm import warm_up
from vocello.screen import aside, console, decibels, meter, name_of, print_json, say
from vocello.stopping import until_stopped

_FRAME_S = 1.0 / 30.0
_FIRST_BLOCK_WITHIN_S = 2.0


def play(
    wish: Wish,
    keys: str,
    name: str,
    model: str,
    mode: str,
    dry: bool,
    seconds: float | None,
    as_json: bool,
    intonation: Intonation = AS_A_PIANO,
) -> None:
    """Play until stopped. [main]"""
    began = time.monotonic()
    instrument = find_instrument(name, model)
    slots = cello_slots(instrument, mode, dry=dry, a4_hz=intonation.a4_hz)
    warm_up(slots, shown=not as_json)
    with _machine() as engine, until_stopped() as stopped:
        engine.stage.arrange(slots)
        engine.open_keys(keys)
        started = engine.start(wish)
        retuned = Retuned(intonation)
        instrument.enter(_host(engine))
        retuned.enter(_host(engine))
        first_block_s = _wait_for_first_block(engine, began)
        if not as_json:
            card = started["device"]
            say(f"Playing on '{card['name']}' at {card['rate']:g} Hz, {card['block_frames']} frames a block.")
            say(instrument.told())
            say(_ports(keys))
            say("Play. Ctrl-C ends it.")
        _watch(engine, instrument, retuned, stopped, seconds, quiet=as_json)
        counters = engine.stage.host.counters() if engine.stage.host else None
        heard_from = engine.describe()["keys"]
        engine.quiet_down()
    if as_json and counters is not None:
        print_json(
            {
                "instrument": instrument.name,
                "model": instrument.plays,
                "trouble": instrument.trouble,
                "keys": heard_from,
                "first_block_s": round(first_block_s, 3),
                "blocks": int(counters["blocks"]),
                "missed_deadlines": int(counters["missed"]),
                "load": round(float(counters["load"]), 5),
                "losses": engine.stage.losses,
            }
        )


@contextlib.contextmanager
def _machine() -> Iterator[Machine]:
    """An engine without ears."""
    made = Machine()
    lock_memory()
    try:
        yield made
    finally:
        made.close()


def _host(engine: Machine) -> Host:
    assert engine.stage.host is not None
    return engine.stage.host


def _wait_for_first_block(engine: Machine, began: float) -> float:
    """Seconds since `began` when the card asked for its first block; a card that never does is told by `tick`."""
    until = time.monotonic() + _FIRST_BLOCK_WITHIN_S
    while not _host(engine).blocks and time.monotonic() < until:
        time.sleep(0.001)
    return time.monotonic() - began


def _ports(keys: str) -> str:
    """Which MIDI inputs there are, and what is done about them."""
    there = [port.name for port in list_ports() if port.direction == "input" and not port.is_ours]
    listed = ", ".join(f"'{name}'" for name in there) or "none"
    if keys == "none":
        return f"MIDI inputs: {listed}; none is listened to, as you asked."
    if keys == "all":
        return f"MIDI inputs: {listed}. Whatever is plugged in later plays as well."
    if not any(keys.casefold() in name.casefold() for name in there):
        return f"MIDI inputs: {listed}. None is called '{keys}' yet; it plays as soon as it is there."
    return f"MIDI inputs: {listed}. Those play that are called '{keys}'."


def _watch(
    engine: Machine,
    instrument: Instrument,
    retuned: Retuned,
    stopped: list[bool],
    seconds: float | None,
    *,
    quiet: bool,
) -> None:
    """Tick, and show what happens."""
    until = time.monotonic() + seconds if seconds is not None else float("inf")
    watched = console.is_terminal and not quiet
    line = Live(console=console, refresh_per_second=30, transient=True) if watched else contextlib.nullcontext()
    down: dict[tuple[int, int], None] = {}  # in the order in which they were pressed
    met = engine.stage.host
    cursor = engine.window.reader()
    with line as shown:
        while not stopped and time.monotonic() < until and engine.stage.status != "finished":
            engine.tick()
            if engine.stage.host is not None and engine.stage.host is not met:  # a card that came back otherwise
                met = engine.stage.host
                instrument.enter(met)
                retuned.enter(met)
                down.clear()
            for news in engine.news():
                aside.print(news["text"], soft_wrap=True, markup=False)
            keys_tuned = 0
            for event in cursor.new_events():
                keys_tuned += retuned.hear(event)
                _follow(event, down)
                if not watched and not quiet and event["kind"] in (NOTE_ON, NOTE_OFF):
                    pressed = f" on, {event['value'] * 127:.0f}" if event["kind"] == NOTE_ON else " off"
                    say(f"key {name_of(float(event['number']))}{pressed}")
            if keys_tuned and not quiet:
                say(f"Tuned anew: {keys_tuned} of 128 keys.")
            if shown is not None:
                shown.update(_picture(cursor.meters(), [key for _, key in down]))
            time.sleep(_FRAME_S)


def _follow(event: Any, down: dict[tuple[int, int], None]) -> None:
    """Which keys are down."""
    key = int(event["channel"]), int(event["number"])
    if event["kind"] == NOTE_ON:
        down[key] = None
    elif event["kind"] == NOTE_OFF:
        down.pop(key, None)
    elif event["kind"] in (NOTES_OFF, SILENCE):
        down.clear()


def _picture(meters: Any, keys: list[int]) -> Text:
    """The level, the keys, the load."""
    played = float(meters["peak_out"].max())
    text = Text()
    text.append(f"{meter(played)} {decibels(played):6.1f} dB\n")
    text.append(f"{' '.join(name_of(float(key)) for key in keys[-12:]) or '…'}\n", style="bold")
    missed = int(meters["missed"])
    text.append(
        f"load {float(meters['load']) * 100:.1f} %, {missed} of {int(meters['blocks'])} blocks missed", style="dim"
    )
    return text
