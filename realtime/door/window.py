"""What an app sees of the engine without asking: levels, pitch and notes, in shared memory.

What flows in: the callback's meters, the notes it took [main], the pitch that the ears follow [ears]. What flows out:
the same, to any number of watchers in any process, each at its own pace. A watcher writes nothing here, so that one
that hangs or crashes delays nobody: it looks, looks whether it was overtaken meanwhile, and counts what it missed.
"""

from __future__ import annotations

import os
import threading
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from realtime.atomics import exchange, load_acquire, store_release
from realtime.block import Block
from realtime.events import EVENT
from realtime.latest import LATEST, LATEST_BYTES, latest, latest_bytes
from realtime.layout import METERS, field_offset
from score.errors import EngineError, ProtocolError

PITCH = np.dtype([("frame", "i8"), ("f0_hz", "f8"), ("confidence", "f4"), ("level", "f4")], align=True)
"""What the ears hear of the voice, 200 times a second; 0 Hz where nobody sings."""

LEVELS_AT_MOST = 64
LEVEL = np.dtype([("line", "i8"), ("peak", "f4", (2,))], align=True)
LEVELS = np.dtype([("used", "i8"), ("of", LEVEL, (LEVELS_AT_MOST,))], align=True)
"""How loud each chain of the rack is that has a line, left and right; peaks that fall slowly."""

EVENTS_KEPT = 4096
PITCHES_KEPT = 2048  # ten seconds: a face that was frozen for less draws an unbroken line
LEVELS_KEPT = 8

LOG = np.dtype(
    {
        "names": ["capacity", "item_bytes", "claimed", "written"],
        "formats": ["i8"] * 4,
        "offsets": [0, 8, 64, 128],
        "itemsize": 192,
    }
)
HEADER = np.dtype(
    [(name, "i8") for name in ("magic", "version", "bytes", "meters", "event", "pitch", "level", "layout")]
)

_MAGIC = int.from_bytes(b"vocello\0", "little")
_VERSION = 2
_LAYOUT = zlib.crc32(
    repr((METERS.descr, EVENT.descr, PITCH.descr, LEVEL.descr, EVENTS_KEPT, PITCHES_KEPT, LEVELS_KEPT)).encode()
)
_METERS_AT = 256
_EVENTS_AT = -(-(_METERS_AT + latest_bytes(METERS)) // 64) * 64
_PITCHES_AT = -(-(_EVENTS_AT + LOG.itemsize + EVENTS_KEPT * EVENT.itemsize) // 64) * 64
_LEVELS_AT = -(-(_PITCHES_AT + LOG.itemsize + PITCHES_KEPT * PITCH.itemsize) // 64) * 64
WINDOW_BYTES = _LEVELS_AT + LOG.itemsize + LEVELS_KEPT * LEVELS.itemsize

_CLAIMED, _WRITTEN = field_offset(LOG, "claimed"), field_offset(LOG, "written")
_OFFERED = np.uint64(field_offset(LATEST, "offered"))
_LOOKS = 1000
_OTHER_VERSION = "Close both, the engine and the app, and start them from the same version of Vocello."


@njit(cache=True, error_model="numpy")
def _load(word: Any) -> Any:
    return load_acquire(word)


@njit(cache=True, error_model="numpy")
def _store(word: Any, value: int) -> None:
    store_release(word, value)


@njit(cache=True, error_model="numpy")
def _swap(word: Any, value: int) -> Any:
    return exchange(word, value)


class Log:
    """The writing end of a stream that many may read and nobody can hold up; it belongs to one thread. [any]"""

    def __init__(self, block: Block, dtype: npt.DTypeLike, capacity: int) -> None:
        self._items = block.view(dtype, LOG.itemsize, capacity)
        self._capacity, self._written = capacity, 0
        self._claimed_word, self._written_word = _words(block)
        state = block.view(LOG)
        state["capacity"], state["item_bytes"] = capacity, self._items.itemsize
        _swap(self._claimed_word, 0)  # compiled here, and not when the first note is sung
        _store(self._written_word, 0)

    def append(self, items: npt.NDArray[Any]) -> None:
        """Add items, over the oldest ones where there is no more room. [any]"""
        if not len(items):
            return
        after = self._written + len(items)
        # The claim goes out before the first item is overwritten; the swap keeps later stores from overtaking it.
        _swap(self._claimed_word, after)
        kept = items[-self._capacity :]
        self._items[np.arange(after - len(kept), after) % self._capacity] = kept
        _store(self._written_word, after)
        self._written = after


class Cursor:
    """A reading end with a place of its own in the stream; it begins with what comes next. [any]"""

    def __init__(self, block: Block, dtype: npt.DTypeLike, capacity: int) -> None:
        self._items = block.view(dtype, LOG.itemsize, capacity)
        self._capacity = capacity
        self._claimed_word, self._written_word = _words(block)
        self._fence = Block(8)
        self._next = int(_load(self._written_word))
        self.missed = 0
        """Items that were written over before they were read."""

    def new(self) -> npt.NDArray[Any]:
        """What was added since last asked, oldest first; what is gone by now is counted in `missed`. [any]"""
        written = int(_load(self._written_word))
        first = max(self._next, written - self._capacity)
        items = self._items[np.arange(first, written) % self._capacity]
        # Whatever the writer has claimed by now may have changed under the copy.
        _swap(np.uint64(self._fence.address), 0)
        whole = min(max(first, int(_load(self._claimed_word)) - self._capacity), written)
        self.missed += whole - self._next
        self._next = written
        return items[whole - first :]


class WindowReader:
    """One watcher's eyes: meters as they are now, notes and pitch since last asked. May be shared by threads. [any]"""

    def __init__(self, block: Block) -> None:
        self._lock = threading.Lock()
        self._meters = _meters_part(block)
        self._offered_word = np.uint64(self._meters.address) + _OFFERED
        self._slot_bytes = int(self._meters.view(LATEST)["slot_bytes"][0])
        self._fence = Block(8)
        self._seen = np.zeros((), METERS)[()]
        self._events = Cursor(_events_part(block), EVENT, EVENTS_KEPT)
        self._pitches = Cursor(_pitches_part(block), PITCH, PITCHES_KEPT)
        self._levels = Cursor(_levels_part(block), LEVELS, LEVELS_KEPT)
        self._levels_seen = np.zeros(0, LEVEL)

    @classmethod
    def mapped(cls, descriptor: int) -> WindowReader:
        """Eyes on the window of another process, given its descriptor, which is closed here. [any]"""
        try:
            size = os.fstat(descriptor).st_size
            if size < HEADER.itemsize:
                raise ProtocolError(f"{size} bytes are no window of an engine.", _OTHER_VERSION)
            block = Block.mapped(os.dup(descriptor))
        finally:
            os.close(descriptor)
        block.close()  # the mapping holds a descriptor of its own
        block.bytes.flags.writeable = False
        found = block.view(HEADER)[0]
        for name, wanted, seen in zip(HEADER.names or (), _header(), found.tolist(), strict=True):
            if wanted != seen:
                raise ProtocolError(
                    f"the engine's window has '{name}' {seen}, and {wanted} is understood.", _OTHER_VERSION
                )
        return cls(block)

    def meters(self) -> npt.NDArray[Any]:
        """The newest METERS of the callback; zeros before its first block. [any]"""
        # The slot on offer is looked at and left where it is, which any number of watchers may do. The callback comes
        # back to that slot two blocks later: two looks that are equal, byte for byte, saw one value and no mixture.
        with self._lock:
            for _ in range(_LOOKS):
                offered = int(_load(self._offered_word))
                offset = LATEST_BYTES + (offered & 3) * self._slot_bytes
                first = self._meters.view(METERS, offset)[0].copy()
                _swap(np.uint64(self._fence.address), 0)
                again = self._meters.view(METERS, offset)[0].copy()
                _swap(np.uint64(self._fence.address), 0)
                if first.tobytes() == again.tobytes() and int(_load(self._offered_word)) == offered:
                    self._seen = first
                    break
            seen: npt.NDArray[Any] = self._seen.copy()
            return seen

    def new_events(self) -> npt.NDArray[Any]:
        """The EVENTs that the callback took since last asked. [any]"""
        with self._lock:
            return self._events.new()

    def new_pitches(self) -> npt.NDArray[Any]:
        """The PITCHes that the ears heard since last asked. [any]"""
        with self._lock:
            return self._pitches.new()

    def levels(self) -> npt.NDArray[Any]:
        """The newest LEVELs of the rack's chains; none before there is a rack with lines. [any]"""
        with self._lock:
            new = self._levels.new()
            if len(new):
                self._levels_seen = new[-1]["of"][: int(new[-1]["used"])].copy()
            return self._levels_seen

    @property
    def missed_events(self) -> int:
        """Events that were gone before they were asked for. [any]"""
        return self._events.missed

    @property
    def missed_pitches(self) -> int:
        """Pitches that were gone before they were asked for. [any]"""
        return self._pitches.missed


class Window:
    """The engine's side of the shared memory: what it writes, and the way for others to look. [main]"""

    def __init__(self, block: Block) -> None:
        self._block = block
        self.meters_block = _meters_part(block)
        """The triple buffer that the callback offers METERS in; nobody may take from it, watchers only look."""
        latest(METERS, self.meters_block)
        self._events = Log(_events_part(block), EVENT, EVENTS_KEPT)
        self._pitches = Log(_pitches_part(block), PITCH, PITCHES_KEPT)
        self._levels = Log(_levels_part(block), LEVELS, LEVELS_KEPT)
        block.view(HEADER)[0] = _header()

    @classmethod
    def create(cls) -> Window:
        """A new window in shared memory, ready to be written and handed to others. [main]"""
        return cls(Block.shared(WINDOW_BYTES))

    @property
    def descriptor(self) -> int:
        """What another process needs to map this window; it stays ours. [main]"""
        if self._block.descriptor is None:
            raise EngineError("this engine is closed.", "Start another.")
        return self._block.descriptor

    def push_events(self, events: npt.NDArray[Any]) -> None:
        """Show the EVENTs that the callback has taken. [main]"""
        self._events.append(events)

    def push_pitches(self, pitches: npt.NDArray[Any]) -> None:
        """Show the PITCHes of the newest hops. [ears]"""
        self._pitches.append(pitches)

    def push_levels(self, levels: npt.NDArray[Any]) -> None:
        """Show how loud the rack's chains are: LEVELs. [main]"""
        shown = np.zeros(1, LEVELS)
        used = min(len(levels), LEVELS_AT_MOST)
        shown[0]["used"], shown[0]["of"][:used] = used, levels[:used]
        self._levels.append(shown)

    def reader(self) -> WindowReader:
        """Eyes for somebody in this process. [any]"""
        return WindowReader(self._block)

    def close(self) -> None:
        """Give the descriptor back; the memory goes with the last one who looks at it. [main]"""
        self._block.close()


def _header() -> tuple[int, ...]:
    return (_MAGIC, _VERSION, WINDOW_BYTES, METERS.itemsize, EVENT.itemsize, PITCH.itemsize, LEVEL.itemsize, _LAYOUT)


def _words(block: Block) -> tuple[np.uint64, np.uint64]:
    return np.uint64(block.address + _CLAIMED), np.uint64(block.address + _WRITTEN)


def _meters_part(block: Block) -> Block:
    return block.part(_METERS_AT, latest_bytes(METERS))


def _events_part(block: Block) -> Block:
    return block.part(_EVENTS_AT, LOG.itemsize + EVENTS_KEPT * EVENT.itemsize)


def _pitches_part(block: Block) -> Block:
    return block.part(_PITCHES_AT, LOG.itemsize + PITCHES_KEPT * PITCH.itemsize)


def _levels_part(block: Block) -> Block:
    return block.part(_LEVELS_AT, LOG.itemsize + LEVELS_KEPT * LEVELS.itemsize)
