"""Where the rooms are joined: an engine that can hear.

What flows in: nothing. What flows out: a Machine whose listener comes from the ears' room; every command and the
engine's process make theirs here, so that they cannot differ. [main]
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from realtime.machine import Machine
from vocello.screen import progress

_TICK_S = 0.02


def make_machine() -> Machine:
    """An engine with the ears that this installation has. [main]"""
    from ml.listener import Listener

    return Machine(Listener)


@contextmanager
def machine(shown: bool = True) -> Iterator[Machine]:
    """An engine in this process, closed at the end; the very first one says what it compiles meanwhile. [main]"""
    from realtime.code_cache import is_warm
    from realtime.rights import lock_memory

    made = make_machine() if is_warm() else _compile_with_progress(shown)
    lock_memory()
    try:
        yield made
    finally:
        made.close()


def _compile_with_progress(shown: bool) -> Machine:
    """Compiling takes half a minute once; the bar moves by the clock, since numba tells nothing in between."""
    made: list[Machine] = []
    failed: list[BaseException] = []

    def compile_all() -> None:
        try:
            made.append(make_machine())
            warm_up(made[0])
        except BaseException as error:
            failed.append(error)

    worker = threading.Thread(target=compile_all, name="compiling", daemon=True)
    with progress("Compiling for this machine, once", shown) as step:
        worker.start()
        waited_s = 0.0
        while worker.is_alive():
            worker.join(0.1)
            waited_s += 0.1
            step(1.0 - 0.5 ** (waited_s / 10.0))
    if failed:
        raise failed[0]
    return made[0]


def warm_up(machine: Machine) -> None:
    """Compile, or load, whatever the first second of sound would need. [main]"""
    import numpy as np

    from realtime.callback import callback_address

    callback_address()
    if machine.make_listener is not None:
        listener = machine.make_listener(48_000.0)
        listener.hear(0, np.zeros(4_800, np.float32))
        listener.finish()
