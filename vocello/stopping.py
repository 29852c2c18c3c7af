"""Ctrl-C and a polite kill, as a wish to end: so that notes are let go before the process is. [main]"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def until_stopped() -> Iterator[list[bool]]:
    """A list that fills when somebody asks to end; who asks twice is obeyed at once. [main]"""
    stopped: list[bool] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def stop(_number: int, _frame: object) -> None:
        if stopped:
            sys.exit(130)
        stopped.append(True)

    for number in before:
        signal.signal(number, stop)
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
