"""`vocello live`: the microphone in, notes out by MIDI and by the synthesiser, until Ctrl-C.

A screen that is watched shows levels, the note of the moment and how far the voice is from it, the key and the tempo;
a pipe gets a line a note. When the card goes away this says so, and says again when it is back. [main]
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from math import log2
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.live import Live
from rich.text import Text

from ml.listener import Listener
from realtime.device.wish import Wish
from realtime.events import FROM_KEYS, NOTE_OFF, NOTE_ON
from realtime.machine import Machine
from realtime.rack import Slot
from score.errors import PortError, UsageError
from vocello.choices import MPE_BEND_ST, PLAIN_BEND_ST, Choices
from vocello.commands.recording import Recording
from vocello.overheard import Overheard
from vocello.playing.followed import Followed
from vocello.playing.intonation import AS_A_PIANO, Intonation, Retuned
from vocello.playing.rack import Instrument, cello_slots, find_instrument, following_slots
from vocello.playing.warm import warm_up
from vocello.screen import aside, console, decibels, meter, name_of, print_json, say, say_trouble
from vocello.stopping import until_stopped
from vocello.wiring import machine

if TYPE_CHECKING:
    from ml.wish import Hearing

_FRAME_S = 1.0 / 30.0
_FIRST_BLOCK_WITHIN_S = 2.0
_SILENT_RACK: list[dict[str, Any]] = []
_SURE_OF_TEMPO = 0.4
_A4_MIDI, _A4_HZ, _OCTAVE_CENTS = 69.0, 440.0, 1200.0
_CENTS_SHOWN, _CENTS_A_STEP = 50.0, 5.0
_AS_SUNG = Choices()
TONE = "tone"


@dataclass(frozen=True)
class Ports:
    """Which MIDI is wanted: inputs, an output, and how it speaks. [any]"""

    keys: str
    port: str
    mpe: bool
    clock_bpm: float | None


def live(
    wish: Wish,
    ports: Ports,
    sound: bool,
    seconds: float | None,
    as_json: bool,
    choices: Choices = _AS_SUNG,
    record: Path | None = None,
    instrument: str = "cello",
    intonation: Intonation = AS_A_PIANO,
) -> None:
    """Play until stopped, by an instrument's name or by the plain synthesiser, `TONE`. [main]"""
    began = time.monotonic()
    player = find_instrument(instrument) if sound and instrument != TONE else None
    slots = _slots(player, choices, intonation)
    warm_up(slots, shown=not as_json)
    hearing = choices.hearing(MPE_BEND_ST if ports.mpe else PLAIN_BEND_ST)
    with (
        machine(not as_json, hearing) as engine,
        until_stopped() as stopped,
        _recorded(engine, record, hearing, wish.block_frames, quiet=as_json) as recording,
    ):
        if choices.follow:
            _follow(engine, choices)
        if not sound:
            engine.set_rack(_SILENT_RACK)
        elif player is not None:
            engine.stage.arrange(slots)
        notes_go = _open_ports(engine, ports)
        started = engine.start(wish)
        taught = _Taught(engine, player, intonation)
        first_block_s = _wait_for_first_block(engine, began)
        if not as_json:
            card = started["device"]
            say(f"Listening on '{card['name']}' at {card['rate']:g} Hz, {card['block_frames']} frames a block.")
            say(notes_go)
            if player is not None:
                say(player.told())
            if choices.follow:
                say("It follows your pitch and your loudness; keyboards play beside you.")
            say_trouble(engine.listener)
            say("Sing. Ctrl-C ends it.")
        _watch(engine, stopped, seconds, recording, taught, quiet=as_json)
        counters = engine.stage.host.counters() if engine.stage.host else None
        engine.quiet_down()
    if as_json and counters is not None:
        print_json(
            {
                "first_block_s": round(first_block_s, 3),
                "blocks": int(counters["blocks"]),
                "missed_deadlines": int(counters["missed"]),
                "late_events": int(counters["late_events"]),
                "load": round(float(counters["load"]), 5),
                "losses": engine.stage.losses,
                "recorded": [str(take.path) for take in recording.takes] if recording is not None else [],
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


@contextlib.contextmanager
def _recorded(
    engine: Machine, folder: Path | None, hearing: Hearing, block_frames: int, *, quiet: bool
) -> Iterator[Recording | None]:
    """Everything from here on is kept in a folder, if one was named."""
    if folder is None:
        yield None
        return
    recording = Recording(folder, hearing, block_frames)
    if recording.rescued and not quiet:
        say(f"Cut off the last time, and whole now: {', '.join(f'{each.name!r}' for each in recording.rescued)}.")
    inner: Any = engine.make_listener
    engine.make_listener = recording.listening(inner)
    try:
        yield recording
    finally:
        kept = recording.close()
        if kept and not quiet:
            say(f"Recorded in {', '.join(f'{str(each)!r}' for each in kept)}.")


def _slots(player: Instrument | None, choices: Choices, intonation: Intonation) -> tuple[Slot, ...]:
    """What plays; the plain synthesiser and silence are racks of another kind."""
    if player is None:
        if choices.follow:
            raise UsageError("a string follows the voice, and there is none.", "Choose one: --instrument cello")
        return ()
    if choices.follow:
        return following_slots(player, choices.transpose_st, a4_hz=intonation.a4_hz)
    return cello_slots(player, a4_hz=intonation.a4_hz)


def _follow(engine: Machine, choices: Choices) -> None:
    """Let a bow follow whatever is heard from here on."""
    inner: Any = engine.make_listener
    vibrato = 1.0 if choices.vibrato is None else choices.vibrato
    engine.make_listener = lambda rate: Followed(inner(rate), rate, lambda: engine.stage.host, vibrato)


class _Taught:
    """An instrument of one's own, and a tuning, have to be taught to each host anew: a card may come back at another
    rate."""

    def __init__(self, engine: Machine, player: Instrument | None, intonation: Intonation) -> None:
        self._engine, self._player = engine, player
        self.tuning = Retuned(intonation)
        self._met: object = None
        self.look()

    def look(self) -> None:
        host = self._engine.stage.host
        if self._player is not None and host is not None and host is not self._met:
            self._met = host
            self._player.enter(host)
            self.tuning.enter(host)


def _watch(
    engine: Machine,
    stopped: list[bool],
    seconds: float | None,
    recording: Recording | None,
    taught: _Taught,
    *,
    quiet: bool,
) -> None:
    """Tick, and show what happens."""
    until = time.monotonic() + seconds if seconds is not None else float("inf")
    watched = console.is_terminal and not quiet
    line = Live(console=console, refresh_per_second=30, transient=True) if watched else contextlib.nullcontext()
    notes: list[str] = []
    cursor = engine.window.reader()
    with line as shown:
        while not stopped and time.monotonic() < until and engine.stage.status != "finished":
            engine.tick()
            taught.look()
            for news in engine.news():
                aside.print(news["text"], soft_wrap=True, markup=False)
            if recording is not None and (trouble := recording.trouble()) is not None:
                aside.print(f"Not recorded: {trouble}", style="yellow", soft_wrap=True, markup=False)
            keys_tuned = 0
            for event in cursor.new_events():
                keys_tuned += taught.tuning.hear(event)
                if event["kind"] == NOTE_ON:
                    source = "key" if event["source"] == FROM_KEYS else "voice"
                    notes = [*notes[-11:], name_of(float(event["number"]))]
                    if not watched and not quiet:
                        say(f"{source} {name_of(float(event['number']))} on, {event['value'] * 127:.0f}")
                elif event["kind"] == NOTE_OFF and not watched and not quiet:
                    say(f"      {name_of(float(event['number']))} off")
            if keys_tuned and not quiet:
                say(f"Tuned anew: {keys_tuned} of 128 keys.")
            if shown is not None:
                shown.update(_picture(cursor.meters(), notes, engine.listener))
            time.sleep(_FRAME_S)


def _picture(meters: Any, notes: list[str], listener: object) -> Text:
    """Two levels, the pitch against its note, the newest notes, key and tempo, the load."""
    level, played = float(meters["peak_in"].max()), float(meters["peak_out"].max())
    text = Text()
    text.append(f"in  {meter(level)} {decibels(level):6.1f} dB\n", style="bold red" if level > 0.98 else "")
    text.append(f"out {meter(played)} {decibels(played):6.1f} dB\n")
    if isinstance(listener, (Listener, Overheard, Followed)):
        text.append(f"{intonation(listener.live.f0_hz, listener.live.note)}\n")
        text.append(f"{' '.join(notes) or '…'}\n", style="bold")
        text.append(f"{in_key_and_time(listener)}\n")
    missed = int(meters["missed"])
    text.append(
        f"load {float(meters['load']) * 100:.1f} %, {missed} of {int(meters['blocks'])} blocks missed", style="dim"
    )
    return text


def intonation(f0_hz: float, note: int | None) -> str:
    """Where the voice is against the note that sounds, as a pointer on a scale of a semitone, and in cents. [any]"""
    half = round(_CENTS_SHOWN / _CENTS_A_STEP)
    scale = ["·"] * (2 * half + 1)
    scale[half] = "┼"
    if note is None or f0_hz <= 0.0:
        return f"    {''.join(scale)}"
    cents = _OCTAVE_CENTS * log2(f0_hz / _A4_HZ) - 100.0 * (note - _A4_MIDI)
    scale[half + round(max(-_CENTS_SHOWN, min(_CENTS_SHOWN, cents)) / _CENTS_A_STEP)] = "█"
    return f"{name_of(note):3} {''.join(scale)} {cents:+4.0f} cents"


def in_key_and_time(listener: Listener | Overheard | Followed) -> str:
    """The key, once it is known, and the tempo, once it is sure. [any]"""
    beat = listener.beat
    tempo = f"{beat.bpm:.0f} a minute" if beat is not None and beat.confidence >= _SURE_OF_TEMPO else ""
    return ", ".join(each for each in (listener.key_name, tempo) if each) or "…"
