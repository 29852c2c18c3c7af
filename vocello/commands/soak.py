"""`vocello soak`: play for minutes while everything that delays a Python program is done on purpose.

Two threads hold the interpreter's lock for 50 ms at a time, garbage is collected, the rack is swapped ten times a
second, and the ears listen to what is played, where a JACK server lets output be patched to input. A metronome beside
it, a realtime thread that does nothing, tells when the machine itself stood still. Afterwards, under the same load, the
same synthesiser runs in an ordinary Python callback. [main]
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from realtime.device.wish import Wish
from realtime.events import NOTE_OFF, NOTE_ON, event
from realtime.jack import JackClient, jack_witness
from realtime.layout import DEADLINE_BIN
from realtime.machine import Machine
from realtime.metronome import Metronome
from vocello.load import Load
from vocello.memory import memory
from vocello.python_callback import PythonCallback
from vocello.screen import Step, print_json, print_table, progress, say
from vocello.wiring import machine

SWAPS_A_S = 10.0
_SETTLE_S = 1.0
_REFERENCE_AT_MOST_S = 30.0

RACKS: tuple[list[dict[str, Any]], ...] = (
    [
        {"name": "tone", "kernel": "tone"},
        {"name": "edge", "kernel": "lowpass", "knobs": {"cutoff_hz": 5000.0}},
        {"name": "limiter", "kernel": "limiter"},
    ],
    [
        {"name": "tone", "kernel": "tone"},
        {"name": "limiter", "kernel": "limiter"},
        {"name": "level", "kernel": "gain"},
    ],
)


@dataclass
class Soaked:
    """What one phase of a soak did and met. [any]"""

    swaps: int = 0
    notes: int = 0
    jack_xruns: int | None = None


def soak(
    minutes: float, device: str, rate: float | None, frames: int, load: bool, compare: bool, as_json: bool
) -> None:
    """Run, and print the result. [main]"""
    seconds = minutes * 60.0
    with machine(shown=not as_json) as engine, progress("Soaking", shown=not as_json) as step:
        for rack in reversed(RACKS):  # compiled now: under the load it would take minutes
            engine.set_rack(rack)
        engine.start(Wish(device, rate=rate, block_frames=frames))
        result = _soak(engine, seconds, load, step)
        wish = engine.wanted.wish
        engine.stop()
        if compare:
            result |= _compare(wish, result["rate"], min(seconds, _REFERENCE_AT_MOST_S), load, step)
    if as_json:
        print_json(result)
    else:
        _show(result)


def _soak(engine: Machine, seconds: float, load: bool, step: Step) -> dict[str, Any]:
    witness = jack_witness()
    device, host = engine.stage.device, engine.stage.host
    assert device is not None and host is not None
    patched = witness is not None and _patch(witness)
    _wait(engine, _SETTLE_S)
    before, xruns_before = host.counters(), witness.xruns if witness else 0
    began = time.monotonic()
    with Metronome(late_after_s=device.block_frames / device.rate / 2.0) as metronome:
        if load:
            with Load() as busy:
                soaked = _exercise(engine, seconds, step)
        else:
            busy, soaked = None, _exercise(engine, seconds, step)
    took_s = time.monotonic() - began
    after = host.counters()
    bins = after["load_bins"] - before["load_bins"]
    result = {
        "device": device.name,
        "rate": device.rate,
        "frames": device.block_frames,
        "seconds": round(took_s, 3),
        "blocks": int(after["blocks"] - before["blocks"]),
        "blocks_due": int(took_s * device.rate / device.block_frames),
        "missed_deadlines": int(after["missed"] - before["missed"]),
        "flagged_by_driver": int(after["flagged"] - before["flagged"]),
        "late_starts": int(after["late_starts"] - before["late_starts"]),
        "jack_xruns": witness.xruns - xruns_before if witness else None,
        "machine_stalls": metronome.stalls,
        "machine_worst_stall_ms": round(metronome.worst_s * 1e3, 2),
        "load_p50": _quantile(bins, 0.50),
        "load_p999": _quantile(bins, 0.999),
        "load_max": _quantile(bins, 1.0),
        "rack_swaps": soaked.swaps,
        "notes_played": soaked.notes,
        "ears_patched_to_output": patched,
        "ears_events": engine.hearing.delivered.events if engine.hearing else 0,
        "capture_frames_lost": int(after["capture_lost"] - before["capture_lost"]),
        "broken_samples": int(after["broken_samples"] - before["broken_samples"]),
        "lock_holds": busy.holds if busy else 0,
        "longest_lock_hold_ms": round(busy.longest_hold_s * 1e3, 1) if busy else 0.0,
        "collections": busy.collections if busy else 0,
        "memory_mb": round(memory().own_mb, 1),
        "python_callback_blocks": None,
        "python_callback_missed": None,
    }
    if witness is not None:
        witness.close()
    return result


def _exercise(engine: Machine, seconds: float, step: Step) -> Soaked:
    """Swap the rack and play notes, ten times a second; what the load delays is made up for."""
    done = Soaked()
    chance = np.random.default_rng(1)
    began = time.monotonic()
    while (elapsed := time.monotonic() - began) < seconds:
        while done.swaps < elapsed * SWAPS_A_S:
            done.swaps += 1
            engine.set_rack(RACKS[done.swaps % 2])
            key = int(chance.integers(40, 80))
            engine.play(np.concatenate([event(NOTE_ON, number=key, value=0.7), event(NOTE_OFF, number=key - 1)]))
            if done.swaps % 5 == 0:
                engine.play(np.concatenate([event(NOTE_OFF, number=each) for each in range(40, 80)]))
            done.notes += 1
        engine.tick()
        step(elapsed / seconds, f"Soaking: {_so_far(engine)}")
        time.sleep(0.02)
    return done


def _so_far(engine: Machine) -> str:
    counters = engine.stage.host.counters() if engine.stage.host else None
    return f"{int(counters['blocks'])} blocks, {int(counters['missed'])} missed" if counters is not None else ""


def _compare(wish: Wish, rate: float, seconds: float, load: bool, step: Step) -> dict[str, Any]:
    """The same synthesiser in an ordinary Python callback, on the same card under the same load."""
    if wish.device.startswith(("null", "file:")):
        return {"python_callback_note": "A Python callback needs a card: it is compared on one, or on JACK."}
    ordinary = PythonCallback(wish, rate)
    with ordinary:
        _sleep_with(step, _SETTLE_S, 0.0)
        ordinary.begin()
        if load:
            with Load():
                _sleep_with(step, seconds, seconds)
        else:
            _sleep_with(step, seconds, seconds)
        ordinary.end()
    return {
        "python_callback_seconds": round(ordinary.seconds, 3),
        "python_callback_blocks": ordinary.blocks,
        "python_callback_missed": ordinary.missed,
    }


def _sleep_with(step: Step, seconds: float, whole: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        step(1.0 - left / whole if whole else 0.0, "The same in a Python callback")
        time.sleep(min(0.1, left))


def _wait(engine: Machine, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        engine.tick()
        time.sleep(0.02)


def _patch(witness: JackClient) -> bool:
    return all([witness.connect(f"Vocello audio:out_{side}", f"Vocello audio:in_{side}") for side in (0, 1)])


def _quantile(bins: Any, share: float) -> float:
    """The upper edge of the bin in which a share of all blocks lies, as a part of the deadline."""
    total = int(bins.sum())
    if total == 0:
        return 0.0
    place = int(np.searchsorted(np.cumsum(bins), share * total))
    return round(float(2.0 ** ((min(place, len(bins) - 1) + 1 - DEADLINE_BIN) / 4.0)), 4)


def _show(result: dict[str, Any]) -> None:
    rows = [(name.replace("_", " "), "-" if value is None else value) for name, value in result.items()]
    print_table("Soak", ("", ""), rows)
    missed, xruns = result["missed_deadlines"], result["jack_xruns"]
    verdict = "No block was missed." if not missed and not xruns else f"{missed} blocks were missed."
    if missed and result["machine_stalls"]:
        verdict += f" The machine itself stood still {result['machine_stalls']} times for more than half a block."
    if result.get("python_callback_missed") is not None:
        verdict += f" The same in a Python callback missed {result['python_callback_missed']}"
        verdict += f" in {result['python_callback_seconds']:.0f} s."
    say(verdict)
