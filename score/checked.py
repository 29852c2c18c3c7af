"""Frozen dataclasses as JSON and back, every field checked: what comes off a socket or out of a file is nobody's word.

What flows in: a dataclass whose fields are numbers, texts, tuples, dicts and other such classes, and an object as JSON
gives it. What flows out: the value, or an error that says which word is wrong and what it must be. [any]
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from score.errors import VocelloError

_LARGEST = 1e300
_WORDS: dict[Any, str] = {bool: "true or false", int: "a whole number", float: "a finite number", str: "a text"}
_SHOWN_AT_MOST = 40


def plain(value: Any) -> Any:
    """A value, or a part of one, as JSON knows it. [any]"""
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    return value


def brief(value: Any) -> Any:
    """The same without the fields that are as they come, for people to read. [any]"""
    if is_dataclass(value):
        return {
            each.name: brief(getattr(value, each.name))
            for each in fields(value)
            if each.default is MISSING or getattr(value, each.name) != each.default
            if each.default_factory is MISSING or getattr(value, each.name) != each.default_factory()
        }
    if isinstance(value, tuple):
        return [brief(each) for each in value]
    if isinstance(value, Mapping):
        return {name: brief(each) for name, each in value.items()}
    return value


def read(kind: Any, value: Any, where: str, error: type[VocelloError]) -> Any:
    """`value` as a `kind`, or an error that says where it is not one. [any]"""
    origin, parts = get_origin(kind), get_args(kind)
    if kind is Any:
        return value
    if origin in (Union, types.UnionType):
        return None if value is None else read(parts[0], value, where, error)
    if is_dataclass(kind) and isinstance(value, dict):
        return _read_fields(kind, value, where, error)
    if origin is tuple and isinstance(value, list):
        return tuple(read(parts[0], each, f"{where}[{n}]", error) for n, each in enumerate(value))
    if origin in (dict, Mapping, _ABSTRACT_MAPPING) and isinstance(value, dict):
        return {name: read(parts[1], each, f"{where}.{name}", error) for name, each in value.items()}
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST:
        return float(value)  # not infinite, and not NaN either, which no comparison lets through
    if kind in (bool, int, str) and type(value) is kind:
        return value
    wanted = "a list" if origin is tuple else _WORDS.get(kind, "an object")
    raise error(f"{where} is {shown(value)} and must be {wanted}.")


def shown(value: Any) -> str:
    """A value as an error quotes it, however long it is. [any]"""
    text = repr(value)
    return text if len(text) <= _SHOWN_AT_MOST else f"{text[:_SHOWN_AT_MOST]}…"


_ABSTRACT_MAPPING = get_origin(Mapping[str, Any])


@cache
def _fields_of(kind: Any) -> dict[str, tuple[Any, bool]]:
    """Of each field: what it must be, and whether it must be there."""
    hints = get_type_hints(kind)
    return {
        each.name: (hints[each.name], each.default is MISSING and each.default_factory is MISSING)
        for each in fields(kind)
    }


def _read_fields(kind: Any, value: Mapping[str, Any], where: str, error: type[VocelloError]) -> Any:
    known = _fields_of(kind)
    for name in value:
        if name not in known:
            raise error(f"{where} knows no {shown(name)}.", _known(known))
    for name, (_, needed) in known.items():
        if needed and name not in value:
            raise error(f"{where} needs '{name}'.", _known(known))
    return kind(**{name: read(known[name][0], each, f"{where}.{name}", error) for name, each in value.items()})


def _known(names: Sequence[str] | Mapping[str, Any]) -> str:
    return f"It takes: {', '.join(names)}." if names else "It takes nothing."
