"""The first time ever, machine code is made of the instrument, and that takes a while: it is told, with a bar.

What flows in: kernels. What flows out: their code, compiled or loaded from the cache. [main]
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from realtime.callback import callback_address
from realtime.kernel import Kernel
from realtime.rack import Slot
from vocello.screen import progress

_LOADED_WITHIN_S = 1.5


def warm_up(slots: Iterable[Slot], *, shown: bool) -> None:
    """Have the code of a rack ready before anything sounds. [main]"""
    kernels = [slot.kernel for slot in slots]
    failed: list[BaseException] = []
    worker = threading.Thread(target=_compile, args=(kernels, failed), name="compiling", daemon=True)
    worker.start()
    worker.join(_LOADED_WITHIN_S)
    if worker.is_alive():
        with progress("Compiling for this machine, once", shown) as step:
            waited_s = 0.0
            while worker.is_alive():
                worker.join(0.1)
                waited_s += 0.1
                step(1.0 - 0.5 ** (waited_s / 20.0))  # by the clock: a compiler tells nothing in between
    if failed:
        raise failed[0]


def _compile(kernels: list[Kernel], failed: list[BaseException]) -> None:
    try:
        callback_address()
        for each in kernels:
            _ = each.address
    except BaseException as error:
        failed.append(error)
