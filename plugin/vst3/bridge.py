"""The callback's end of a plugin: collects packets, hands them over without waiting, plays what came back.

What flows in: samples, events, knobs. What flows out: the plugin's sound, exactly one packet and the plugin's own
latency later. An answer that is not there when its first frame is due is not waited for: an effect is bypassed for
that packet, as late as its own sound would have been, so that a chain beside it stays in step; an instrument is
silent. Where one source takes over from the other, the jump between them is kept and let go over FADE frames: one
hears that something is missing, and no click. [audio]

A packet's length is the card's block. Blocks may be shorter, cut at events; one that reaches over the end of a packet
asks for an answer in the moment in which the question is put, and is bypassed for it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from plugin.vst3.packet import EVENTS, EVENTS_AT, HEADER, PARAMETERS_AT_MOST, SLOT, SLOTS, SLOTS_AT, offset_of
from plugin.vst3.semaphore import HAS_SEMAPHORES
from realtime.atomics import BYTES, load_acquire, pointer, store_release
from realtime.events import EVENT
from realtime.kernel import kernel

FADE = 192
LONGEST_LATENCY = 1 << 18
"""Five seconds at 48 kHz. The line is as long as this and only touched as far as a plugin is late."""

BRIDGE = np.dtype(
    [
        ("link", "u8"),  # where the shared block stands
        ("packet_frames", "i8"),
        ("parameters", "i8"),
        ("sound_at", "i8"),
        ("channel_bytes", "i8"),
        ("slot_bytes", "i8"),
        ("latency", "i8"),  # packet and plugin together
        ("begun", "i8"),
        ("next_frame", "i8"),
        ("number", "i8"),  # of the packet that was published last
        ("fill", "i8"),  # frames of the next that are there
        ("due", "i8"),  # whether an answer is to be expected
        ("answered", "i8"),  # 1 while what plays is the plugin's, 0 while it is what stands for it, -1 before both
        ("heard", "i8"),  # frames in the line, since it was last interrupted
        ("pen", "i8"),
        ("events_written", "i8"),
        ("events_lost", "i8"),
        ("fading", "i8"),  # frames left
        ("last", "f8", (2,)),
        ("jump", "f8", (2,)),
        ("values", "f8", (PARAMETERS_AT_MOST,)),
        ("line", "f4", (2, LONGEST_LATENCY)),
    ],
    align=True,
)

_PUBLISHED_AT, _TAKEN_AT, _SEMAPHORE_AT = (
    np.uint64(offset_of(HEADER, name)) for name in ("published", "events_taken", "semaphore")
)
_SLOT_BYTES, _ANSWER_AT = SLOT.itemsize, np.uint64(offset_of(SLOT, "answer"))


@intrinsic
def wake(_typing: Any, semaphore: Any) -> Any:
    """Post a semaphore where the system has one; never waits. [audio]"""

    def emit(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        if HAS_SEMAPHORES:
            signature = ir.FunctionType(ir.IntType(32), [BYTES])
            function = cgutils.get_or_insert_function(builder.module, signature, "sem_post")
            builder.call(function, [builder.inttoptr(args[0], BYTES)])
        return context.get_dummy_value()

    return types.void(types.uint64), emit


@kernel(BRIDGE, wakes=True)
def vst3_effect(s: Any, xl: Any, xr: Any, yl: Any, yr: Any, events: Any, frame: int, frames: int) -> None:
    """An effect that runs elsewhere: its sound replaces what it was given. [audio]"""
    begin(s, frame)
    note_down(s, events, frame)
    done = 0
    while done < frames:
        piece = min(frames - done, s.packet_frames - s.fill)
        if s.fill == 0:
            look_for_answer(s)
        slot = slot_address(s, s.number + 1)
        exchange_side(s, 0, slot, xl, yl, done, piece, False)
        exchange_side(s, 1, slot, xr, yr, done, piece, False)
        step_on(s, piece)
        done += piece
        if s.fill == s.packet_frames:
            publish(s, slot, frame + done)
    s.next_frame = frame + frames


@kernel(BRIDGE, wakes=True)
def vst3_instrument(s: Any, yl: Any, yr: Any, events: Any, frame: int, frames: int) -> None:
    """An instrument that runs elsewhere: its sound is added to what the bus carries. [audio]"""
    begin(s, frame)
    note_down(s, events, frame)
    done = 0
    while done < frames:
        piece = min(frames - done, s.packet_frames - s.fill)
        if s.fill == 0:
            look_for_answer(s)
        slot = slot_address(s, s.number + 1)
        exchange_side(s, 0, slot, yl, yl, done, piece, True)
        exchange_side(s, 1, slot, yr, yr, done, piece, True)
        step_on(s, piece)
        done += piece
        if s.fill == s.packet_frames:
            publish(s, slot, frame + done)
    s.next_frame = frame + frames


@njit(error_model="numpy")
def begin(s: Any, frame: int) -> None:
    """Start the first packet, or start anew behind a hole in time. [audio]"""
    if s.begun == 0:
        s.begun = 1
        s.number = load_acquire(s.link + _PUBLISHED_AT)  # packets of an earlier state of the same part
        newest = carray(pointer(slot_address(s, s.number)), (1,), SLOT)[0]
        s.events_written, s.events_lost = newest.events_written, newest.events_lost
    elif frame == s.next_frame:
        return
    s.next_frame, s.fill, s.heard, s.pen = frame, 0, 0, 0
    s.due, s.answered = 0, -1
    s.fading, s.last[0], s.last[1] = 0, 0.0, 0.0


@njit(error_model="numpy")
def note_down(s: Any, events: Any, frame: int) -> None:
    """Put events where the plugin finds them; those that find no room are counted, and end every note. [audio]"""
    room = EVENTS - (s.events_written - load_acquire(s.link + _TAKEN_AT))
    ring = carray(pointer(s.link + np.uint64(EVENTS_AT)), (EVENTS,), EVENT)
    for e in range(len(events)):
        if e >= room:
            s.events_lost += len(events) - e
            break
        ring[s.events_written & (EVENTS - 1)] = events[e]
        ring[s.events_written & (EVENTS - 1)].frame = frame
        s.events_written += 1


@njit(error_model="numpy")
def look_for_answer(s: Any) -> None:
    """Choose what the next packet's time is filled with, and whether that is a jump. [audio]"""
    if s.due == 0:
        return
    before = s.answered
    s.answered = 1 if load_acquire(slot_address(s, s.number) + _ANSWER_AT) == s.number else 0
    if s.answered == 0:
        carray(pointer(s.link), (1,), HEADER)[0].late += 1
    if before >= 0 and s.answered != before:
        s.fading = -FADE  # the jump is not known before the first sample


@njit(error_model="numpy")
def exchange_side(s: Any, side: int, slot: int, x: Any, y: Any, done: int, frames: int, adds: bool) -> None:
    """One channel of a piece: the input into the packet, and out what came back, or what stands for it. [audio]"""
    question = channel(s, slot, side)
    answer = channel(s, slot_address(s, s.number), 2 + side)
    fading, jump, last, pen, heard = s.fading, s.jump[side], s.last[side], s.pen, s.heard
    broken = 0
    for n in range(frames):
        now = 0.0
        if not adds:
            sample = x[done + n]
            if not np.isfinite(sample):
                sample = np.float32(0.0)
            question[s.fill + n] = sample
            if heard >= s.latency:
                now = np.float64(s.line[side, pen])
            s.line[side, pen] = sample
            pen = pen + 1 if pen + 1 < s.latency else 0
            heard += 1
        if s.answered == 1:
            now = np.float64(answer[s.fill + n])
            if not np.isfinite(now):  # it would stay in the next effect's filters for ever
                now = 0.0
                broken += 1
        if fading < 0:
            jump, fading = last - now, FADE
        if fading > 0:
            part = (fading - 0.5) / FADE
            now += jump * part * part * (3.0 - 2.0 * part)
            fading -= 1
        last = now
        if adds:
            y[done + n] += now
        else:
            y[done + n] = now
    s.jump[side], s.last[side] = jump, last
    if broken > 0:
        carray(pointer(s.link), (1,), HEADER)[0].broken += broken


@njit(error_model="numpy")
def step_on(s: Any, frames: int) -> None:
    """What both sides have in common goes on by a piece. [audio]"""
    s.fading = max((FADE if s.fading < 0 else s.fading) - frames, 0)
    s.pen = (s.pen + frames) % s.latency
    s.heard += frames
    s.fill += frames


@njit(error_model="numpy")
def publish(s: Any, slot: int, end: int) -> None:
    """Hand the packet over: its parameters as they are at its last frame, then its number, then a wake. [audio]"""
    packet = carray(pointer(slot), (1,), SLOT)[0]
    packet.frame = end - s.packet_frames
    packet.events_written, packet.events_lost = s.events_written, s.events_lost
    values = carray(pointer(slot + np.uint64(_SLOT_BYTES)), (s.parameters,), np.float64)
    for p in range(s.parameters):
        values[p] = s.values[p]
    s.number += 1
    s.fill, s.due = 0, 1
    store_release(s.link + _PUBLISHED_AT, s.number)
    wake(s.link + _SEMAPHORE_AT)


@njit(inline="always", error_model="numpy")
def slot_address(s: Any, number: int) -> int:
    """Where a packet stands. [audio]"""
    return s.link + np.uint64(SLOTS_AT) + np.uint64((number & (SLOTS - 1)) * s.slot_bytes)


@njit(inline="always", error_model="numpy")
def channel(s: Any, slot: int, number: int) -> Any:
    """A channel of a packet: two in, two out. [audio]"""
    at = slot + np.uint64(s.sound_at + number * s.channel_bytes)
    return carray(pointer(at), (s.packet_frames,), np.float32)
