"""What a user's file needs and no built-in effect does by that name. [main]"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """A helper that kernels may call: machine code in which a division by zero gives infinity, and never an exception,
    which would have to wait for the interpreter. [main]"""
    made: _Function = njit(error_model="numpy")(function)
    return made
