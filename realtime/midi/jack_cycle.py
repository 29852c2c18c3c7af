"""What happens to MIDI within a cycle of JACK: messages leave at their frame, and are heard with theirs.

What flows in: pieces of messages through a ring, or what stands in the port's buffer; and which frame the cycle begins
with. What flows out: the other of the two. Compiled; it runs on JACK's own thread, which every program of the graph
waits for. [audio]

An order is kept that receivers rely on. What is said of notes leaves as it was given: a message for now takes those
along that wait for later, since it may end what they begin. The clock and its starts have frames instead of an order,
and a stop means that what waits of them for later is not meant any more.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray, cfunc, njit

from realtime.atomics import call_c, clock_ns, load_acquire, pointer, store_release
from realtime.events import NOW
from realtime.latest import offer, slot_to_write
from realtime.layout import CLOCK
from realtime.ring import pop, push

PIECE_BYTES = 16
PIECE = np.dtype([("frame", "i8"), ("size", "i4"), ("at", "i4"), ("low", "u8"), ("high", "u8")], align=True)
"""Sixteen bytes of a message, from `at` on; `size` is that of the whole."""

MOST_WAITING = 512
"""Messages that may wait for their frame, beyond those in the ring."""

LONGEST = 1024
"""Bytes of a message that are kept; of a longer one only the beginning is told."""
_PIECES = LONGEST // PIECE_BYTES

PORT = np.dtype(
    [
        ("client", "u8"),
        ("port", "u8"),
        ("ring", "u8"),
        ("cycles", "u8"),  # a triple buffer of CLOCKs: which frame of JACK's the newest cycle began with, and when
        ("room", "u8"),  # MOST_WAITING pieces that wait, or the pieces of one message
        ("rate", "f8"),
        ("began", "i8"),  # the first frame of the cycle; JACK's own counter has 32 bits, this one goes on
        ("waits", "i8"),
        ("lost", "i8"),
        ("turns", "i8"),  # how many cycles there were
        ("frames", "i8"),  # in the newest
        ("last_frame_time", "u8"),
        ("get_buffer", "u8"),
        ("clear_buffer", "u8"),
        ("write", "u8"),
        ("count", "u8"),
        ("get", "u8"),
        ("heard_time", "u8"),  # these three are a jack_midi_event_t
        ("heard_size", "u8"),
        ("heard_bytes", "u8"),
    ],
    align=True,
)
PROCESS = "intc(uint32, uintp)"

_ITEM = PIECE.itemsize
_BYTES_AT, _TURNS_AT, _HEARD_AT = 16, 72, 136
assert PIECE.fields and PORT.fields and PIECE.fields["low"][1] == _BYTES_AT
assert PORT.fields["turns"][1] == _TURNS_AT and PORT.fields["heard_time"][1] == _HEARD_AT
_SYSTEM = 0xF0
_ACTIVE_SENSING = 0xFE
_STOP = np.uint64(0xFC)
_WORD = 0xFFFFFFFF
_NONE = np.uint64(0)


@njit(cache=True, error_model="numpy")
def _begin(where: int, frames: int) -> int:
    """Note down which frame the cycle begins with, and when that was."""
    port = carray(pointer(where), (1,), PORT)[0]
    told = np.int64(call_c(port.last_frame_time, port.client, _NONE, _NONE, _NONE) & np.uint64(_WORD))
    step = (told - port.began) & _WORD
    port.began += step if step < 1 << 31 else step - (1 << 32)
    cycle = carray(pointer(slot_to_write(port.cycles)), (1,), CLOCK)[0]
    cycle.frame, cycle.began_ns, cycle.block_frames, cycle.rate = port.began, clock_ns(), frames, port.rate
    offer(port.cycles)
    port.frames = frames
    store_release(where + np.uint64(_TURNS_AT), port.turns + 1)
    return np.int64(port.began)


@njit(cache=True, error_model="numpy")
def _is_system(low: int) -> bool:
    return np.int64(low & np.uint64(0xFF)) >= _SYSTEM


@njit(cache=True, error_model="numpy")
def _put(room: Any, count: int, frame: int, size: int, low: int, high: int) -> None:
    """Among what waits: behind everything that is due before it, and as early."""
    at = count
    while at > 0 and room[at - 1].frame > frame:
        room[at] = room[at - 1]
        at -= 1
    piece = room[at]
    piece.frame, piece.size, piece.at, piece.low, piece.high = frame, size, 0, low, high


@njit(cache=True, error_model="numpy")
def _forget_song(room: Any, count: int, frame: int) -> int:
    """What waits of the song for a later frame is not meant any more; says how much is left."""
    kept = 0
    for n in range(count):
        if room[n].frame <= frame or not _is_system(room[n].low):
            room[kept] = room[n]
            kept += 1
    return kept


@njit(cache=True, error_model="numpy")
def _hurry_notes(room: Any, count: int, frame: int) -> None:
    """What waits of notes is due now, in its order."""
    for n in range(count):
        piece = room[n]
        if not _is_system(piece.low):
            _put(room, n, frame, piece.size, piece.low, piece.high)


@njit(cache=True, error_model="numpy")
def _after_its_kind(room: Any, count: int, frame: int) -> int:
    """The frame for a note that is wanted at this one: no earlier than those that were given before."""
    for n in range(count):
        if not _is_system(room[n].low):
            frame = max(np.int64(room[n].frame), frame)
    return frame


@njit(cache=True, error_model="numpy")
def _take_in(port: Any, room: Any, begins: int) -> None:
    """What was given since the last cycle waits for its frame, or is due."""
    while port.waits < MOST_WAITING and pop(port.ring, port.room + np.uint64(port.waits * _ITEM), 1):
        given = room[port.waits]
        wanted, size, low, high = np.int64(given.frame), given.size, given.low, given.high
        frame = max(wanted, begins)
        if _is_system(low):
            if low & np.uint64(0xFF) == _STOP:
                port.waits = _forget_song(room, port.waits, frame)
        elif wanted == NOW:
            _hurry_notes(room, port.waits, begins)
        else:
            frame = _after_its_kind(room, port.waits, frame)
        _put(room, port.waits, frame, size, low, high)
        port.waits += 1


@njit(cache=True, error_model="numpy")
def _send(where: int, frames: int) -> None:
    begins = _begin(where, frames)
    port = carray(pointer(where), (1,), PORT)[0]
    buffer = call_c(port.get_buffer, port.port, np.uint64(frames), _NONE, _NONE)
    call_c(port.clear_buffer, buffer, _NONE, _NONE, _NONE)
    room = carray(pointer(port.room), (MOST_WAITING,), PIECE)
    _take_in(port, room, begins)
    done = 0
    while done < port.waits and room[done].frame < begins + frames:
        offset = np.uint64(max(np.int64(room[done].frame) - begins, 0))
        piece_bytes = port.room + np.uint64(done * _ITEM + _BYTES_AT)
        refused = call_c(port.write, buffer, offset, piece_bytes, np.uint64(room[done].size)) & np.uint64(_WORD)
        if refused != _NONE:
            break  # the cycle's buffer is full: the rest goes with the next
        done += 1
    for n in range(done, port.waits):
        room[n - done] = room[n]
    port.waits -= done


@njit(cache=True, error_model="numpy")
def _hear(where: int, frames: int) -> None:
    begins = _begin(where, frames)
    port = carray(pointer(where), (1,), PORT)[0]
    buffer = call_c(port.get_buffer, port.port, np.uint64(frames), _NONE, _NONE)
    pieces = carray(pointer(port.room), (_PIECES,), PIECE)
    heard_at = where + np.uint64(_HEARD_AT)
    count = np.int64(call_c(port.count, buffer, _NONE, _NONE, _NONE) & np.uint64(_WORD))
    for n in range(count):
        call_c(port.get, heard_at, buffer, np.uint64(n), _NONE)
        size, frame = np.int64(port.heard_size), begins + np.int64(port.heard_time & np.uint64(_WORD))
        data = carray(pointer(port.heard_bytes), (size,), np.uint8)
        if size == 0 or data[0] == _ACTIVE_SENSING:
            continue
        told = size if size <= LONGEST else 1
        many = (told + PIECE_BYTES - 1) // PIECE_BYTES
        for k in range(many):
            piece = pieces[k]
            piece.frame, piece.size, piece.at = frame, size, k * PIECE_BYTES
            low = high = _NONE
            for byte in range(min(PIECE_BYTES, told - k * PIECE_BYTES)):
                value = np.uint64(data[k * PIECE_BYTES + byte])
                if byte < 8:
                    low |= value << np.uint64(8 * byte)
                else:
                    high |= value << np.uint64(8 * (byte - 8))
            piece.low, piece.high = low, high
        if not push(port.ring, port.room, many):
            port.lost += 1


@cfunc(PROCESS, cache=True)
def send_cycle(frames: int, where: int) -> int:
    """The process callback of a port that sends. [audio]"""
    _send(where, np.int64(frames))
    return 0


@cfunc(PROCESS, cache=True)
def hear_cycle(frames: int, where: int) -> int:
    """The process callback of a port that hears. [audio]"""
    _hear(where, np.int64(frames))
    return 0


@cfunc("void(uint32, uint32, intc, uintp)", cache=True)
def count_patch(_from: int, _to: int, _is_new: int, count: int) -> None:
    """The callback for patches that were made or taken away, anywhere in the graph. [any]"""
    store_release(count, load_acquire(count) + 1)
