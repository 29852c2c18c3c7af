"""`vocello latency`: how long a key takes to sound, and a voice to become a note, measured and not declared.

First in software, with a device that hears what it plays; then through the card, where a cable or a JACK patch
leads from its output to its input. Notes go by the same stamps and rings as a keyboard's; each is found again in what
the microphone brings. [main]
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.device.jack import jack_witness
from realtime.device.wish import Wish
from realtime.dsp.catalogue import find_kernel
from realtime.events import EVENT, FROM_KEYS, NOTE_OFF, NOTE_ON, event
from realtime.kernel import IO
from realtime.machine import Machine
from realtime.midi.arrival import frame_of
from score.errors import DeviceError
from vocello.loopback import Distribution, Recorder, find
from vocello.screen import Step, print_json, print_table, progress, say
from vocello.wiring import machine, make_machine

_KEY = 57
_NOTE_S, _PAUSE_S = 0.25, 0.25
_REFERENCE_S = 0.05
_SEARCH_S = 0.4
_RACK: list[dict[str, Any]] = [{"name": "tone", "kernel": "tone"}]


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
        sent = _play_notes(engine, repeats, step)
        if witness is not None:
            witness.close()
        return _look(engine, recorders[-1], sent)
    finally:
        engine.close()


def _play_notes(engine: Machine, repeats: int, step: Step) -> list[tuple[int, int]]:
    """Press a key again and again; of each, the frame at which it went down and the one it was stamped for."""
    host = engine.stage.host
    assert host is not None
    chance = np.random.default_rng(7)
    sent = []
    _tick_for(engine, 0.5)
    for n in range(repeats):
        clock = host.clock.read()
        now_ns = time.perf_counter_ns()
        frame = frame_of(now_ns, clock)
        sent.append((frame - int(clock["block_frames"]), frame))
        host.send(FROM_KEYS, event(NOTE_ON, frame=frame, number=_KEY, value=0.8))
        _tick_for(engine, _NOTE_S)
        host.send(FROM_KEYS, event(NOTE_OFF, number=_KEY))
        _tick_for(engine, _PAUSE_S + float(chance.uniform(0.0, 0.01)))
        step((n + 1) / repeats)
    return sent


def _tick_for(engine: Machine, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        engine.tick()
        time.sleep(0.005)


def _look(engine: Machine, recorder: Recorder, sent: list[tuple[int, int]]) -> Measured:
    device = engine.stage.device
    assert device is not None
    to_ms = 1e3 / device.rate
    declared_ms = (device.input_latency_s + device.output_latency_s) * 1e3
    reference = _note_alone(device.rate)
    events = np.concatenate(recorder.events) if recorder.events else np.zeros(0, EVENT)
    ons = events[events["kind"] == NOTE_ON]["frame"]
    key_ms, loop_ms, ear_ms = [], [], []
    for pressed, stamped in sent:
        sound = recorder.between(stamped, stamped + round(_SEARCH_S * device.rate))
        place = find(sound, reference)
        if place is None:
            continue
        loop_ms.append(place * to_ms)
        key_ms.append((stamped - pressed) * to_ms + device.output_latency_s * 1e3)
        heard_from = stamped + place
        heard = ons[(ons >= heard_from) & (ons < heard_from + _NOTE_S * device.rate)]
        if len(heard):
            emitted = -(-int(heard[0]) // device.block_frames) * device.block_frames
            ear_ms.append((emitted - heard_from) * to_ms)
    return Measured(
        device=device.name,
        rate=device.rate,
        frames=device.block_frames,
        sent=len(sent),
        found=len(loop_ms),
        key_to_sound=Distribution.of(key_ms),
        out_to_in=Distribution.of(loop_ms),
        declared_out_to_in_ms=declared_ms,
        sound_to_note=Distribution.of(ear_ms),
    )


def _note_alone(rate: float) -> npt.NDArray[np.float32]:
    """The first moments of the note as the synthesiser plays it: what is looked for."""
    tone = find_kernel("tone")
    state, io = tone.new_state(rate), np.zeros(1, IO)
    sides = np.zeros((2, round(_REFERENCE_S * rate)), np.float32)
    pressed = event(NOTE_ON, number=_KEY, value=0.8)
    io["rate"], io["events"], io["events_used"] = rate, pressed.ctypes.data, 1
    io["outputs"][0, :2] = [side.ctypes.data for side in sides]
    tone.run(state, io, sides.shape[1])
    return np.ascontiguousarray(sides.mean(axis=0), np.float32)


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
