"""`vocello live`: the microphone in, notes out by MIDI and by the synthesiser, until Ctrl-C.

A screen that is watched shows levels, the pitch and the note of the moment; a pipe gets a line a note. When the card
goes away this says so, and says again when it is back. [main]
"""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.live import Live
from rich.text import Text

from realtime.device.wish import Wish
from realtime.events import FROM_KEYS, NOTE_OFF, NOTE_ON
from realtime.machine import Machine
from score.errors import PortError
from vocello.screen import aside, console, decibels, meter, name_of, print_json, say
from vocello.wiring import machine

_FRAME_S = 1.0 / 30.0
_FIRST_BLOCK_WITHIN_S = 2.0
_SILENT_RACK: list[dict[str, Any]] = []


@dataclass(frozen=True)
class Ports:
    """Which MIDI is wanted: inputs, an output, and how it speaks. [any]"""

    keys: str
    port: str
    mpe: bool
    clock_bpm: float | None


def live(wish: Wish, ports: Ports, sound: bool, seconds: float | None, as_json: bool) -> None:
    """Play until stopped. [main]"""
    began = time.monotonic()
    with machine(shown=not as_json) as engine, _until_stopped() as stopped:
        if not sound:
            engine.set_rack(_SILENT_RACK)
        notes_go = _open_ports(engine, ports)
        started = engine.start(wish)
        first_block_s = _wait_for_first_block(engine, began)
        if not as_json:
            card = started["device"]
            say(f"Listening on '{card['name']}' at {card['rate']:g} Hz, {card['block_frames']} frames a block.")
            say(notes_go)
            say("Sing. Ctrl-C ends it.")
        _watch(engine, stopped, seconds, quiet=as_json)
        counters = engine.stage.host.counters() if engine.stage.host else None
        engine.quiet_down()
    if as_json and counters is not None:
        print_json(
            {
                "first_block_s": round(first_block_s, 3),
                "blocks": int(counters["blocks"]),
                "missed_deadlines": int(counters["missed"]),
                "load": round(float(counters["load"]), 5),
                "losses": engine.stage.losses,
            }
        )


def _wait_for_first_block(engine: Machine, began: float) -> float:
    """Seconds since `began` when the card asked for its first block; a card that never does is told by `tick`."""
    until = time.monotonic() + _FIRST_BLOCK_WITHIN_S
    while engine.stage.host is not None and not engine.stage.host.blocks and time.monotonic() < until:
        time.sleep(0.001)
    return time.monotonic() - began


def _open_ports(engine: Machine, ports: Ports) -> str:
    """Open what MIDI there is; a system without MIDI still makes sound, and the user is told."""
    told = []
    if ports.port != "none":
        try:
            engine.open_port({"port": ports.port or None, "mpe": ports.mpe})
            engine.send_clock(ports.clock_bpm)
            told.append(f"Notes leave by '{engine.describe()['port']}'.")
        except PortError as error:
            told.append(f"No MIDI output: {error}")
    try:
        engine.open_keys(ports.keys)
    except PortError as error:
        told.append(f"No MIDI input: {error}")
    return " ".join(told)


def _watch(engine: Machine, stopped: list[bool], seconds: float | None, *, quiet: bool) -> None:
    """Tick, and show what happens."""
    until = time.monotonic() + seconds if seconds is not None else float("inf")
    watched = console.is_terminal and not quiet
    line = Live(console=console, refresh_per_second=30, transient=True) if watched else contextlib.nullcontext()
    notes: list[str] = []
    cursor = engine.window.reader()
    with line as shown:
        while not stopped and time.monotonic() < until and engine.stage.status != "finished":
            engine.tick()
            for news in engine.news():
                aside.print(news["text"])
            for event in cursor.new_events():
                if event["kind"] == NOTE_ON:
                    source = "key" if event["source"] == FROM_KEYS else "voice"
                    notes = [*notes[-11:], name_of(float(event["number"]))]
                    if not watched and not quiet:
                        say(f"{source} {name_of(float(event['number']))} on, {event['value'] * 127:.0f}")
                elif event["kind"] == NOTE_OFF and not watched and not quiet:
                    say(f"      {name_of(float(event['number']))} off")
            if shown is not None:
                shown.update(_picture(cursor.meters(), notes))
            time.sleep(_FRAME_S)


def _picture(meters: Any, notes: list[str]) -> Text:
    """Two levels, the load, and the newest notes."""
    level, played = float(meters["peak_in"].max()), float(meters["peak_out"].max())
    text = Text()
    text.append(f"in  {meter(level)} {decibels(level):6.1f} dB\n", style="bold red" if level > 0.98 else "")
    text.append(f"out {meter(played)} {decibels(played):6.1f} dB\n")
    text.append(f"{' '.join(notes) or '…'}\n", style="bold")
    missed = int(meters["missed"])
    text.append(
        f"load {float(meters['load']) * 100:.1f} %, {missed} of {int(meters['blocks'])} blocks missed", style="dim"
    )
    return text


@contextlib.contextmanager
def _until_stopped() -> Iterator[list[bool]]:
    """A list that fills when Ctrl-C or a polite kill asks to end; so that notes are ended before the process is."""
    stopped: list[bool] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def stop(_number: int, _frame: object) -> None:
        if stopped:
            sys.exit(130)  # asked twice: end now
        stopped.append(True)

    for number in before:
        signal.signal(number, stop)
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
