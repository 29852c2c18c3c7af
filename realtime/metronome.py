"""A thread that does nothing but wake up on time, to tell a program that is late from a machine that stood still.

What flows in: nothing. What flows out: how often, and for how long, even a realtime thread without any work was not
woken when it was due. A virtual machine whose host is busy stops as a whole now and then; no program on it can play
through that, and a soak that counts missed blocks must be able to say so. [worker]
"""

from __future__ import annotations

import threading
from types import TracebackType

import numpy as np
from numba import carray, njit

from realtime.atomics import clock_ns, load_acquire, pointer, sleep_ns
from realtime.block import Block
from realtime.rights import ask_for_realtime

_BEAT_NS = 1_000_000
_ABOVE_EVERYBODY = 95


class Metronome:
    """Beats a thousand times a second while its `with` block runs. [main]"""

    def __init__(self, late_after_s: float) -> None:
        self._late_after_ns = round(late_after_s * 1e9)
        self._words = Block(24)
        self._thread = threading.Thread(target=self._run, name="metronome", daemon=True)

    @property
    def stalls(self) -> int:
        """Beats that came later than that. [any]"""
        return int(self._words.view(np.int64, 8)[0])

    @property
    def worst_s(self) -> float:
        """How late the latest beat was. [any]"""
        return int(self._words.view(np.int64, 16)[0]) / 1e9

    def __enter__(self) -> Metronome:
        _beat.compile("void(uint64, int64)")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._words.view(np.int64)[0] = 1
        self._thread.join()

    def _run(self) -> None:
        ask_for_realtime(_ABOVE_EVERYBODY)
        _beat(np.uint64(self._words.address), np.int64(self._late_after_ns))


@njit(nogil=True, cache=True, error_model="numpy")
def _beat(words: int, late_after_ns: int) -> None:
    """Sleep, look how late it is, remember; until the first word is set. [worker]"""
    kept = carray(pointer(words), (3,), np.int64)
    while load_acquire(words) == 0:
        due_ns = clock_ns() + _BEAT_NS
        sleep_ns(_BEAT_NS)
        late_ns = clock_ns() - due_ns
        if late_ns > late_after_ns:
            kept[1] += 1
        kept[2] = max(kept[2], late_ns)
