"""Let any controller turn any control: what MIDI-learn writes, and how it is kept.

What flows in: a kernel's state, a controller's number, a control's name. What flows out: a place of one byte in the
state, which the hand looks at when a controller moves; and for a settings file, a dict {control: controller}. A
control is turned by one controller, a controller turns one control. [main]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt

from realtime.dsp.strings.controls import CONTROLS, NAMES, NO_CONTROL, SOFT, SOSTENUTO, SUSTAIN, cc_map
from score.errors import SettingsError, UsageError

PEDALS = (SUSTAIN, SOSTENUTO, SOFT)
_RESERVED = (0, 6, 32, 38, 96, 97, 98, 99, 100, 101)
"""Banks and registered parameters: they come in sentences, not as a knob that is turned."""

_FIRST_MODE_MESSAGE = 120


def learn_controller(state: npt.NDArray[Any], cc: int, control: str) -> None:
    """From now on a controller turns a control, and nothing else does; it may have turned another before. [main]"""
    _refuse_unless_free(cc)
    if control not in NAMES:
        raise UsageError(f"The cello has no control '{control}'.", f"It has: {', '.join(NAMES)}.")
    turned, number = _turned(state), NAMES.index(control)
    turned[turned == number] = NO_CONTROL
    turned[cc] = number


def forget_controllers(state: npt.NDArray[Any]) -> None:
    """Every controller turns again what the table says. [main]"""
    _turned(state)[:] = cc_map()


def learned(state: npt.NDArray[Any]) -> dict[str, int]:
    """Which controller turns each control, for a settings file; a control that none turns is missing. [main]"""
    return {NAMES[number]: cc for cc, number in enumerate(_turned(state)) if number != NO_CONTROL}


def recall(state: npt.NDArray[Any], kept: Mapping[str, int]) -> None:
    """Put back what `learned` gave; a SettingsError, and nothing changed, if it cannot be meant. [main]"""
    for control, cc in kept.items():
        if control not in NAMES:
            raise SettingsError(f"The cello has no control '{control}'.", f"It has: {', '.join(NAMES)}.")
        if isinstance(cc, bool) or not isinstance(cc, int) or not _is_free(cc):
            raise SettingsError(f"'{control}' cannot be turned by controller {cc!r}.", _FREE)
    if len(set(kept.values())) < len(kept):
        raise SettingsError("One controller cannot turn two controls.", "Give each control a number of its own.")
    turned = _turned(state)
    turned[:] = NO_CONTROL
    for control, cc in kept.items():
        turned[cc] = NAMES.index(control)


_FREE = f"Choose 1 to {_FIRST_MODE_MESSAGE - 1}, without pedals ({', '.join(map(str, PEDALS))}) and 6, 32, 38, 96-101."


def _is_free(cc: int) -> bool:
    return 0 <= cc < _FIRST_MODE_MESSAGE and cc not in PEDALS and cc not in _RESERVED


def _refuse_unless_free(cc: int) -> None:
    if not _is_free(cc):
        raise UsageError(f"Controller {cc} cannot turn a control.", _FREE)


def _turned(state: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The map inside the state, not a copy of it."""
    assert len(CONTROLS) == len(NAMES)
    place: npt.NDArray[Any] = state["hand"]["turned_by"].reshape(128)
    return place
