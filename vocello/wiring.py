"""Where the rooms are joined: an engine that can hear.

What flows in: what is asked of the ears. What flows out: a Machine whose listener comes from the ears' room; every
command and the engine's process make theirs here, so that they cannot differ. [main]
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from realtime.machine import Machine
from vocello.screen import progress

_A_MOMENT = 4_800

if TYPE_CHECKING:
    from ml.listener import Listener
    from ml.wish import Hearing
    from plugin.workbench import Workbench
    from realtime.measuring import Measure


def make_machine(hearing: Hearing | None = None, make_measure: Callable[[float], Measure] | None = None) -> Machine:
    """An engine with ears that do what is asked; if nothing is, as well as this installation can. [main]"""
    from ml.listener import Listener
    from ml.wish import Hearing

    wanted = hearing or Hearing()
    return Machine(lambda rate: awake(Listener(rate, wanted)), _make_workbench, make_measure)


def awake(listener: Listener) -> Listener:
    """Ears that have heard a moment of silence: what they compile and load is there before anybody sings. [main]"""
    import numpy as np

    listener.hear(0, np.zeros(_A_MOMENT, np.float32))
    listener.finish()
    listener.reset()
    return listener


def _make_workbench() -> Workbench:
    """A rack's room is opened when a rack is loaded, and not before."""
    from plugin.workbench import Workbench

    return Workbench()


@contextmanager
def machine(shown: bool = True, hearing: Hearing | None = None) -> Iterator[Machine]:
    """An engine in this process, closed at the end; the very first one says what it compiles meanwhile. [main]"""
    from realtime.code_cache import is_warm
    from realtime.rights import lock_memory

    made = make_machine(hearing) if is_warm() else _compile_with_progress(shown, hearing)
    lock_memory()
    try:
        yield made
    finally:
        made.close()


def _compile_with_progress(shown: bool, hearing: Hearing | None) -> Machine:
    """Compiling takes half a minute once; the bar moves by the clock, since numba tells nothing in between."""
    made: list[Machine] = []
    failed: list[BaseException] = []

    def compile_all() -> None:
        try:
            made.append(make_machine(hearing))
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
    from realtime.callback import callback_address

    callback_address()
    if machine.make_listener is not None:
        machine.make_listener(48_000.0)
