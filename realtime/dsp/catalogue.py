"""The kernels by name, as a rack that was saved, a command line or the app calls them.

What flows in: a name. What flows out: the kernel; its file is imported then and not before, so that a rack of two
effects compiles two. [main]
"""

from __future__ import annotations

import importlib
from typing import cast

from realtime.kernel import Kernel
from score.errors import RackError

_NAMES = (
    "tone",
    "cello",
    "ping",
    "gain",
    "balance",
    "filter",
    "lowpass",
    "dc_block",
    "equaliser",
    "compressor",
    "saturation",
    "chorus",
    "delay",
    "reverb",
    "true_peak",
    "limiter",
)
"""Instruments first, then in the order in which a rack tends to use them; each stands in a file of its name."""


def kernel_names() -> tuple[str, ...]:
    """Every kernel that `find_kernel` knows. [any]"""
    return _NAMES


def find_kernel(name: str) -> Kernel:
    """The kernel of that name. [main]"""
    if name not in _NAMES:
        raise RackError(f"there is no kernel '{name}'.", f"There are: {', '.join(_NAMES)}.")
    return cast(Kernel, getattr(importlib.import_module(f"realtime.dsp.{name}"), name))
