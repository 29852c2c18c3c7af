"""Find a value by its number, in a map that never changes: a changed map is a new one that shares all but a path.

Pure values, safe on any thread. A tree with 32 branches at each fork, the number's bits say the way: 100 000 notes are
four forks deep, and a changed note costs four small tuples whatever the size of the score. The structure is that of
P. Bagwell, "Ideal Hash Trees" (EPFL, 2001), without the hashing, since the keys are small numbers already.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

BITS = 5
FORK = 1 << BITS
_NOTHING: tuple[None, ...] = (None,) * FORK

Value = TypeVar("Value")


class ById(Generic[Value]):
    """An immutable map from numbers (0 and up) to values. [any]"""

    __slots__ = ("_depth", "_root")

    def __init__(self, root: tuple[Any, ...] | None = None, depth: int = 1) -> None:
        self._root, self._depth = root, depth

    def get(self, number: int) -> Value | None:
        """The value with this number, or None. [any]"""
        if number < 0 or number >> (BITS * self._depth):
            return None
        node: Any = self._root
        for shift in range(BITS * (self._depth - 1), -1, -BITS):
            if node is None:
                return None
            node = node[(number >> shift) & (FORK - 1)]
        found: Value | None = node
        return found

    def changed(self, values: Mapping[int, Value | None]) -> ById[Value]:
        """The map with these values in place of those that had their numbers; None takes one out. [any]"""
        if not values:
            return self
        root, depth, highest = self._root, self._depth, max(values)
        while highest >> (BITS * depth):
            root = None if root is None else (root, *_NOTHING[1:])
            depth += 1
        return ById(_changed(root, depth - 1, values), depth)


def _changed(node: tuple[Any, ...] | None, level: int, values: Mapping[int, Any]) -> tuple[Any, ...] | None:
    branches: list[Any] = list(node or _NOTHING)
    if level == 0:
        for number, value in values.items():
            branches[number & (FORK - 1)] = value
    else:
        below: dict[int, dict[int, Any]] = {}
        for number, value in values.items():
            below.setdefault((number >> (BITS * level)) & (FORK - 1), {})[number] = value
        for branch, group in below.items():
            branches[branch] = _changed(branches[branch], level - 1, group)
    return tuple(branches) if any(branch is not None for branch in branches) else None
