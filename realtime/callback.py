"""The audio callback: machine code without Python, that interprets a rack which is data.

What flows in: the card's samples, and the events of three rings. What flows out: the card's samples, the microphone
into the capture ring, meters, and the clock that MIDI stamps are made from. It runs on PortAudio's thread and under
the file device alike; it never allocates, locks, waits, logs or enters the interpreter.

A block is cut at the frames of its events: a note that falls on frame 37 begins on frame 37, at 64 frames a block
and at 1024. Between two cuts each step of the rack runs once.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numba import carray, cfunc, njit, types

from realtime.atomics import (
    address_of,
    call_kernel,
    clock_ns,
    flush_denormals,
    load_acquire,
    pointer,
    restore_denormals,
    store_release,
)
from realtime.dsp.glide import glide
from realtime.events import (
    ALL_CHANNELS,
    ALL_SLOTS,
    CONTROL,
    EVENT,
    FIRST_LINE,
    FORGET,
    KEY_PRESSURE,
    KNOB,
    NOTE_OFF,
    NOTE_ON,
    NOTES_OFF,
    SILENCE,
    SOURCES,
)
from realtime.kernel_source import CHANNELS_AT_MOST
from realtime.latest import offer, slot_to_write
from realtime.layout import (
    BLOCK_AT_MOST,
    CLOCK,
    HOST,
    IN_LEFT,
    IN_RIGHT,
    OUT_LEFT,
    OUT_RIGHT,
    PENDING_EVENTS,
    PROGRAM,
    SLICE_EVENTS,
    field_offset,
)
from realtime.measure import measure_block, measure_levels
from realtime.pickup import hand_over
from realtime.reach import KEYS
from realtime.ring import oldest, pop, push

PA_CALLBACK = types.int32(types.voidptr, types.voidptr, types.uint64, types.voidptr, types.uint64, types.voidptr)
_PROGRAM_AT, _RUNNING_AT = field_offset(HOST, "program"), field_offset(HOST, "running")
_PENDING_AT, _SLICE_EVENTS_AT = field_offset(HOST, "pending"), field_offset(HOST, "slice_events")
_SORTING_AT = field_offset(HOST, "sorting")
_IO_AT = field_offset(HOST, "io")
_EVENT_RINGS_AT, _PLAYED_AT = field_offset(HOST, "event_rings"), field_offset(HOST, "played")
_CAPTURE_AT, _EARS_TAP_AT = field_offset(HOST, "capture"), field_offset(HOST, "ears_tap")
_TAPE_AT, _TAPE_TAP_AT = field_offset(HOST, "tape"), field_offset(HOST, "tape_tap")
_CLOCK_AT = field_offset(HOST, "clock")
_WIRE_BYTES = BLOCK_AT_MOST * 4
_ROOM_FOR_NOW = 256  # places that events of the future leave to those that are due
_EVENT_BYTES = EVENT.itemsize

compiled = njit(nogil=True, cache=True, error_model="numpy")


def callback(mic: Any, speaker: Any, frames: int, _when: Any, flags: int, user: Any) -> int:
    """PortAudio's callback. [audio]"""
    if frames & np.uint64(0xFFFFFFFF) == 0:
        return 0
    mode = flush_denormals()
    began_ns = clock_ns()
    me = address_of(user)
    host = carray(user, (1,), HOST)[0]
    frames_now: Any = np.int64(frames & np.uint64(0xFFFFFFFF))  # Windows leaves rubbish above an unsigned long
    program = np.uint64(load_acquire(me + np.uint64(_PROGRAM_AT)))
    store_release(me + np.uint64(_RUNNING_AT), carray(pointer(program), (1,), PROGRAM)[0].serial)
    begin(program)
    done = 0
    while done < frames_now:
        piece = min(frames_now - done, BLOCK_AT_MOST)
        listen(me, mic, done, piece)
        gather_events(me)
        play(me, program, piece)
        speak(me, speaker, done, piece)
        host.frame += piece
        done += piece
    measure_block(me, began_ns, frames_now, np.int64(flags))
    tell_the_time(me, began_ns, frames_now)
    restore_denormals(mode)
    return 0


@compiled
def begin(program: int) -> None:
    """Before the first block of a rack: what lives on of states whose code was exchanged. [audio]"""
    rack = carray(pointer(program), (1,), PROGRAM)[0]
    if rack.has_begun:
        return
    for k in range(rack.copies_used):
        copy = rack.copies[k]
        source = carray(pointer(copy.source), (copy.size,), np.uint8)
        target = carray(pointer(copy.target), (copy.size,), np.uint8)
        for n in range(copy.size):
            target[n] = source[n]
    rack.has_begun = 1


@compiled
def listen(me: int, mic: Any, done: int, frames: int) -> None:
    """Bring the card's input onto the two input wires, and their mean to the ears and to the tape. [audio]"""
    host = carray(pointer(me), (1,), HOST)[0]
    left, right = wire(me, IN_LEFT), wire(me, IN_RIGHT)
    mono = wire(me, OUT_LEFT)  # free until the rack runs
    channels = host.input_channels
    if channels == 0:
        for n in range(frames):
            left[n], right[n], mono[n] = 0.0, 0.0, 0.0
    else:
        card = carray(mic, (done + frames, channels), np.float32)
        second = 1 if channels > 1 else 0
        for n in range(frames):
            left[n], right[n] = card[done + n, 0], card[done + n, second]
            if not (np.isfinite(left[n]) and np.isfinite(right[n])):  # one of these would stay in a filter for ever
                host.meters.broken_inputs += 1
                left[n], right[n] = 0.0, 0.0
            mono[n] = np.float32(0.5) * (left[n] + right[n])
    samples = host.wires + np.uint64(OUT_LEFT * _WIRE_BYTES)
    host.meters.capture_lost += hand_over(samples, frames, me + np.uint64(_CAPTURE_AT), me + np.uint64(_EARS_TAP_AT))
    hand_over(samples, frames, me + np.uint64(_TAPE_AT), me + np.uint64(_TAPE_TAP_AT))


@compiled
def gather_events(me: int) -> None:
    """Take what waits in the rings and keep it sorted by frame, first come first. [audio]"""
    host = carray(pointer(me), (1,), HOST)[0]
    pending = carray(pointer(me + np.uint64(_PENDING_AT)), (PENDING_EVENTS,), EVENT)
    disordered = False
    played = np.uint64(load_acquire(me + np.uint64(_PLAYED_AT)))
    for source in range(SOURCES):
        ring = np.uint64(load_acquire(me + np.uint64(_EVENT_RINGS_AT + 8 * source)))
        if ring == 0:
            continue
        while host.pending_used < PENDING_EVENTS:  # what finds no room waits in its ring, whose producer counts
            last = host.pending_used
            if last >= PENDING_EVENTS - _ROOM_FOR_NOW:
                waits = oldest(ring)
                if waits != 0 and carray(pointer(waits), (1,), EVENT)[0].frame > host.frame:
                    break
            if not pop(ring, me + np.uint64(_PENDING_AT + last * _EVENT_BYTES), 1):
                break
            if pending[last].frame < host.frame:
                if pending[last].frame >= 0:
                    host.meters.late_events += 1
                pending[last].frame = host.frame
            pending[last].source = source
            if pending[last].kind == FORGET:
                forget(me, source, last)
                continue
            if played != 0:
                push(played, me + np.uint64(_PENDING_AT + last * _EVENT_BYTES), 1)
            host.pending_used += 1
            disordered = disordered or (last > 0 and pending[last - 1].frame > pending[last].frame)
    if disordered:
        sort_events(me, host.pending_used)


@compiled
def forget(me: int, source: int, used: int) -> None:
    """Take back what a source has sent for frames to come; what is due in this very block is heard. [audio]"""
    host = carray(pointer(me), (1,), HOST)[0]
    pending = carray(pointer(me + np.uint64(_PENDING_AT)), (PENDING_EVENTS,), EVENT)
    kept = 0
    for n in range(used):
        if pending[n].source != source or pending[n].frame <= host.frame:
            pending[kept] = pending[n]
            kept += 1
    host.pending_used = kept


@compiled
def sort_events(me: int, used: int) -> None:
    """Merge pending events into the order of their frames, those of one frame as they came: a clip of many tracks
    comes track by track, and moving each event to its place singly would take longer than a block lasts. [audio]"""
    pending = carray(pointer(me + np.uint64(_PENDING_AT)), (PENDING_EVENTS,), EVENT)
    spare = carray(pointer(me + np.uint64(_SORTING_AT)), (PENDING_EVENTS,), EVENT)
    width = 1
    while width < used:
        for left in range(0, used - width, 2 * width):
            middle, right = left + width, min(left + 2 * width, used)
            if pending[middle - 1].frame <= pending[middle].frame:
                continue
            for n in range(width):
                spare[n] = pending[left + n]
            early, late, to = 0, middle, left
            while early < width:
                if late < right and pending[late].frame < spare[early].frame:
                    pending[to] = pending[late]
                    late += 1
                else:
                    pending[to] = spare[early]
                    early += 1
                to += 1
        width *= 2


@compiled
def play(me: int, program: int, frames: int) -> None:
    """Run the rack over a block, cut at the frames of its events. [audio]"""
    host = carray(pointer(me), (1,), HOST)[0]
    pending = carray(pointer(me + np.uint64(_PENDING_AT)), (PENDING_EVENTS,), EVENT)
    out_left, out_right = wire(me, OUT_LEFT), wire(me, OUT_RIGHT)
    for n in range(frames):
        out_left[n], out_right[n] = 0.0, 0.0
    start, used = 0, 0
    while start < frames:
        first = used
        at = host.frame + start
        while used < host.pending_used and used - first < SLICE_EVENTS and pending[used].frame <= at:
            used += 1
        stop = frames
        if used < host.pending_used and pending[used].frame < host.frame + frames:
            stop = max(pending[used].frame - host.frame, start)  # equal only when a slice has more than fit
        play_slice(me, program, first, used, start, stop - start)
        start = stop
    for n in range(used, host.pending_used):
        pending[n - used] = pending[n]
    host.pending_used -= used


@compiled
def play_slice(me: int, program: int, first: int, used: int, start: int, frames: int) -> None:
    """Give each step its events and its samples, and run it. [audio]"""
    host = carray(pointer(me), (1,), HOST)[0]
    rack = carray(pointer(program), (1,), PROGRAM)[0]
    io = host.io
    io.frame, io.rate = host.frame + start, host.rate
    io.events = me + np.uint64(_SLICE_EVENTS_AT)
    for k in range(rack.steps_used):
        step = rack.steps[k]
        io.events_used = hand_out_events(me, rack, first, used, step)
        for c in range(CHANNELS_AT_MOST):
            io.inputs[c] = wire_address(host, step.inputs[c], start)
            io.outputs[c] = wire_address(host, step.outputs[c], start)
        began_ns = clock_ns()
        call_kernel(step.kernel, step.state, me + np.uint64(_IO_AT), frames)
        took_ns = clock_ns() - began_ns
        step.total_ns += took_ns
        step.worst_ns = max(step.worst_ns, took_ns)


@compiled
def hand_out_events(me: int, rack: Any, first: int, used: int, step: Any) -> int:
    """Turn the step's knobs, and copy the other events that are for it to where it reads them. [audio]"""
    pending = carray(pointer(me + np.uint64(_PENDING_AT)), (PENDING_EVENTS,), EVENT)
    mine = carray(pointer(me + np.uint64(_SLICE_EVENTS_AT)), (SLICE_EVENTS,), EVENT)
    count = 0
    for e in range(first, used):
        if pending[e].kind == KNOB:
            if pending[e].slot == step.slot:
                turn(step, pending[e].offset, pending[e].value)
            continue
        to = np.int64(pending[e].slot)
        for_it = to == ALL_SLOTS or to == step.slot or (to >= FIRST_LINE and to - FIRST_LINE == step.reach.line)
        if pending[e].kind == CONTROL and for_it:
            turn_what_learned(rack, step, pending[e])
        if step.hears_events and for_it and reaches(step, pending[e]):
            mine[count] = pending[e]
            if is_of_a_key(pending[e].kind):
                mine[count].number = pending[e].number + step.reach.transpose_st
            count += 1
    return count


@compiled
def turn(step: Any, offset: int, value: float) -> None:
    """Write a knob's eight bytes; what is no number, or would not fit, turns nothing. [audio]"""
    if offset + 8 <= step.state_bytes and np.isfinite(value):
        knob = carray(pointer(step.state + np.uint64(offset)), (1,), np.float64)
        knob[0] = value


@compiled
def turn_what_learned(rack: Any, step: Any, event: Any) -> None:
    """Turn the knobs of this step that have learned a controller. [audio]"""
    for k in range(rack.learned_used):
        learned = rack.learned[k]
        mine = learned.slot == step.slot and learned.controller == event.number
        if mine and (learned.channel < 0 or learned.channel == event.channel or event.channel == ALL_CHANNELS):
            if learned.is_log:
                turn(step, learned.offset, learned.low * (learned.high / learned.low) ** event.value)
            else:
                turn(step, learned.offset, learned.low + event.value * (learned.high - learned.low))


@compiled
def reaches(step: Any, event: Any) -> bool:
    """Whether an event comes from whom, on the channel and of the key that this step hears; an end of all notes
    reaches everyone. [audio]"""
    if event.kind in (NOTES_OFF, SILENCE):
        return True
    reach = step.reach
    if not reach.sources >> event.source & 1:
        return False
    if event.channel != ALL_CHANNELS and not reach.channels >> event.channel & 1:
        return False
    if not is_of_a_key(event.kind):
        return True
    here = reach.lowest <= event.number <= reach.highest
    return here and 0 <= event.number + reach.transpose_st < KEYS


@compiled
def is_of_a_key(kind: int) -> bool:
    """Whether an event names a key. [audio]"""
    return kind in (NOTE_ON, NOTE_OFF, KEY_PRESSURE)


@compiled
def speak(me: int, speaker: Any, done: int, frames: int) -> None:
    """Bring the rack's output to the card; what is not a number is silence there, and counted. [audio]"""
    host = carray(pointer(me), (1,), HOST)[0]
    left, right = wire(me, OUT_LEFT), wire(me, OUT_RIGHT)
    for n in range(frames):
        level = np.float32(glide(host.gate))
        if not (np.isfinite(left[n]) and np.isfinite(right[n])):
            host.meters.broken_samples += 1
            left[n], right[n] = 0.0, 0.0
        left[n], right[n] = left[n] * level, right[n] * level
    measure_levels(me, wire(me, IN_LEFT), wire(me, IN_RIGHT), left, right, frames)
    channels = host.output_channels
    if channels == 0:
        return
    card = carray(speaker, (done + frames, channels), np.float32)
    for n in range(frames):
        if channels == 1:
            card[done + n, 0] = np.float32(0.5) * (left[n] + right[n])
        else:
            card[done + n, 0], card[done + n, 1] = left[n], right[n]
            for c in range(2, channels):
                card[done + n, c] = 0.0


@compiled
def tell_the_time(me: int, began_ns: int, frames: int) -> None:
    """Publish which frame began when, so that MIDI may be stamped with frames on its own thread. [audio]"""
    host = carray(pointer(me), (1,), HOST)[0]
    latest = np.uint64(load_acquire(me + np.uint64(_CLOCK_AT)))
    if latest == 0:
        return
    clock = carray(pointer(slot_to_write(latest)), (1,), CLOCK)[0]
    clock.frame, clock.began_ns = host.frame - frames, began_ns
    clock.block_frames, clock.rate = frames, host.rate
    offer(latest)


@compiled
def wire(me: int, number: int) -> Any:
    """The samples of a wire. [audio]"""
    host = carray(pointer(me), (1,), HOST)[0]
    return carray(pointer(host.wires + np.uint64(number * _WIRE_BYTES)), (BLOCK_AT_MOST,), np.float32)


@compiled
def wire_address(host: Any, number: int, start: int) -> Any:
    """Where a wire's samples of a slice stand; 0 for none. [audio]"""
    return host.wires + np.uint64(number * _WIRE_BYTES + start * 4) if number >= 0 else np.uint64(0)


@functools.cache
def callback_address() -> int:
    """Where the callback's machine code stands; the first call compiles it, or loads it from the cache. [main]"""
    return int(cfunc(PA_CALLBACK, cache=True, error_model="numpy")(callback).address)
