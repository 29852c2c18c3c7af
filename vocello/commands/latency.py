"""`vocello latency`: how long a key takes to sound, and a voice to become a note, measured and not declared.

First in software, with a device that hears what it plays; then through the card, where a cable or a JACK patch
leads from its output to its input. Notes go by the same stamps and rings as a keyboard's. Bursts of noise
are found again in what the microphone brings, to the sample; tones are what the ears make notes of. [main]
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.device.wish import Wish
from realtime.dsp.catalogue import find_kernel
from realtime.dsp.ping import PING_FRAMES
from realtime.events import EVENT, FROM_KEYS, NOTE_OFF, NOTE_ON, event
from realtime.jack import jack_witness
from realtime.kernel_source import IO
from realtime.machine import Machine
from realtime.midi.arrival import frame_of
from score.errors import DeviceError
from vocello.loopback import Distribution, Recorder, find
from vocello.screen import Step, print_json, print_table, progress, say
from vocello.wiring import machine, make_machine

_KEY = 57
_NOTE_S, _PAUSE_S = 0.25, 0.25
_SEARCH_S = 0.3
_RACK: list[dict[str, Any]] = [{"name": "ping", "kernel": "ping"}, {"name": "tone", "kernel": "tone"}]


@dataclass
class Measured:
    """One device's figures; times in milliseconds. [any]"""

    device: str
    rate: float
    frames: int
    sent: int
    found: int
    key_to_sound: Distribution
    out_to_in: Distribution
    declared_out_to_in_ms: float
    sound_to_note: Distribution
    note: str = field(default="")


def latency(device: str, rate: float | None, frames: int, repeats: int, as_json: bool) -> None:
    """Measure, and print both. [main]"""
    with machine(shown=not as_json), progress("Measuring in software", shown=not as_json) as step:
        results = [_measure(Wish("null:loop", rate=rate, block_frames=frames), repeats, step)]
    if device not in ("null", "null:loop"):
        try:
            with progress("Measuring through the card", shown=not as_json) as step:
                results.append(_measure(Wish(device, rate=rate, block_frames=frames), repeats, step))
        except DeviceError as error:
            if device:
                raise
            results[0].note = f"Not through a card: {error}"
    if as_json:
        print_json({"measured": [asdict(each) for each in results]})
        return
    for each in results:
        _show(each)


def _measure(wish: Wish, repeats: int, step: Step) -> Measured:
    engine = make_machine()
    recorders: list[Recorder] = []
    inner = engine.make_listener
    assert inner is not None

    def recording(rate: float) -> Recorder:
        recorders.append(Recorder(inner(rate)))
        return recorders[-1]

    engine.make_listener = recording
    engine.set_rack(_RACK)
    try:
        engine.start(wish)
        witness = jack_witness()
        if witness is not None:
            for side in (0, 1):
                witness.connect(f"Vocello audio:out_{side}", f"Vocello audio:in_{side}")
        _tick_for(engine, 0.5)
        pinged = _play(engine, "ping", repeats, step)
        sung = _play(engine, "tone", repeats, step)
        if witness is not None:
            witness.close()
        return _look(engine, recorders[-1], pinged, sung)
    finally:
        engine.close()


def _play(engine: Machine, slot: str, repeats: int, step: Step) -> list[tuple[int, int]]:
    """Press a key again and again; of each, the frame at which it went down and the one it was stamped for."""
    host = engine.stage.host
    assert host is not None
    chance = np.random.default_rng(7)
    number = host.rack.number(slot)
    sent = []
    for n in range(repeats):
        clock = host.clock.read()
        frame = frame_of(time.perf_counter_ns(), clock)
        sent.append((frame - int(clock["block_frames"]), frame))
        host.send(FROM_KEYS, event(NOTE_ON, frame=frame, number=_KEY, value=0.8, slot=number))
        _tick_for(engine, _NOTE_S)
        host.send(FROM_KEYS, event(NOTE_OFF, number=_KEY, slot=number))
        _tick_for(engine, _PAUSE_S + float(chance.uniform(0.0, 0.01)))
        step((n + 1) / repeats, f"Measuring with '{slot}'")
    return sent


def _tick_for(engine: Machine, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        engine.tick()
        time.sleep(0.005)


def _look(engine: Machine, recorder: Recorder, pinged: list[tuple[int, int]], sung: list[tuple[int, int]]) -> Measured:
    device = engine.stage.device
    assert device is not None
    to_ms = 1e3 / device.rate
    burst = _burst(device.rate)
    key_ms, loop = [], []
    for pressed, stamped in pinged:
        place = find(recorder.between(stamped, stamped + round(_SEARCH_S * device.rate)), burst)
        if place is not None:
            loop.append(place)
            key_ms.append((stamped + place - pressed) * to_ms - device.input_latency_s * 1e3)
    events = np.concatenate(recorder.events) if recorder.events else np.zeros(0, EVENT)
    ons = events[events["kind"] == NOTE_ON]["frame"]
    ear_ms = []
    for _, stamped in sung if loop else ():
        arrived = stamped + int(np.median(loop))
        heard = ons[(ons >= arrived) & (ons < arrived + _NOTE_S * device.rate)]
        if len(heard):
            emitted = -(-int(heard[0]) // device.block_frames) * device.block_frames
            ear_ms.append((emitted - arrived) * to_ms)
    return Measured(
        device=device.name,
        rate=device.rate,
        frames=device.block_frames,
        sent=len(pinged),
        found=len(loop),
        key_to_sound=Distribution.of(key_ms),
        out_to_in=Distribution.of([place * to_ms for place in loop]),
        declared_out_to_in_ms=(device.input_latency_s + device.output_latency_s) * 1e3,
        sound_to_note=Distribution.of(ear_ms),
    )


def _burst(rate: float) -> npt.NDArray[np.float32]:
    """The burst as it is played: what is looked for."""
    ping = find_kernel("ping")
    state, io = ping.new_state(rate), np.zeros(1, IO)
    sides = np.zeros((2, PING_FRAMES), np.float32)
    pressed = event(NOTE_ON, number=_KEY, value=0.8)
    io["rate"], io["events"], io["events_used"] = rate, pressed.ctypes.data, 1
    io["outputs"][0, :2] = [side.ctypes.data for side in sides]
    ping.run(state, io, PING_FRAMES)
    return sides[0]


def _show(each: Measured) -> None:
    blocks = 1e3 * each.frames / each.rate
    rows = [
        (name, d.count, f"{d.p50_ms:.2f}", f"{d.p95_ms:.2f}", f"{d.max_ms:.2f}", f"{d.p50_ms / blocks:.2f}")
        for name, d in (
            ("key → sound", each.key_to_sound),
            ("out → in", each.out_to_in),
            ("sound → note-on", each.sound_to_note),
        )
    ]
    title = f"{each.device}, {each.frames} frames at {each.rate:g} Hz (a block lasts {blocks:.2f} ms)"
    print_table(title, ("", "count", "p50 ms", "p95 ms", "max ms", "p50 blocks"), rows)
    if not each.found:
        say("Nothing came back. Put a cable from output to input, or patch them in JACK, and try again.")
    elif each.declared_out_to_in_ms:
        say(f"The card declares {each.declared_out_to_in_ms:.2f} ms from output to input.")
    if each.note:
        say(each.note)
