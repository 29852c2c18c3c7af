"""What of a state lives on when its code is exchanged: the fields that still mean the same.

What flows in: two records. What flows out: places to copy, which the callback does itself, before the first block of
the new code, since only it knows a moment at which the old state stands still. [main]
"""

from __future__ import annotations

from typing import Any

import numpy as np

Copy = tuple[int, int, int]
"""Offset in the old state, offset in the new one, bytes."""


def carried_fields(old: np.dtype[Any], new: np.dtype[Any]) -> list[Copy]:
    """Fields of the same name and type, nested records field by field; neighbours are copied as one. [any]"""
    copies: list[Copy] = []
    for source, target, size in sorted(_carried(old, new, 0, 0), key=lambda copy: copy[1]):
        if copies:
            last_source, last_target, last_size = copies[-1]
            if (last_source + last_size, last_target + last_size) == (source, target):
                copies[-1] = (last_source, last_target, last_size + size)
                continue
        copies.append((source, target, size))
    return copies


def _carried(old: np.dtype[Any], new: np.dtype[Any], source: int, target: int) -> list[Copy]:
    if old == new:
        return [(source, target, new.itemsize)]
    if old.shape != new.shape:
        return []
    if old.shape:
        count = int(np.prod(old.shape))
        return [
            copy
            for k in range(count)
            for copy in _carried(old.base, new.base, source + k * old.base.itemsize, target + k * new.base.itemsize)
        ]
    if old.fields is None or new.fields is None:
        return []
    found = []
    for name in new.names or ():
        if name in old.fields:
            (old_kind, old_at), (new_kind, new_at) = old.fields[name][:2], new.fields[name][:2]
            found += _carried(old_kind, new_kind, source + old_at, target + new_at)
    return found
