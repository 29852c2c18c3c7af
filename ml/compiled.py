"""How the ears' inner loops are compiled: no interpreter, and the same result for the same samples.

What flows in: a plain function over numpy arrays and one state record. What flows out: machine code, kept between
runs. Sums may be reordered so that they fill the processor's lanes; NaN and infinity keep their meaning, since a
broken sound card sends both.

Python's lock is kept: a hop takes some 50 µs, and whoever gives the lock away in between waits to get it back, ten
times a hop, as long as other threads please. Ears that did so fell ever further behind a busy program.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

_F = TypeVar("_F", bound=Callable[..., Any])


def compiled(function: _F) -> _F:
    """Compile a function of the ears on its first call. [main]"""
    machine_code: _F = njit(
        cache=True,
        error_model="numpy",
        fastmath={"reassoc", "contract", "arcp", "nsz"},
    )(function)
    return machine_code
