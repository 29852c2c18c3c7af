"""`from vocello import Cello`: the cello in a program of one's own, without a card.

What flows in: notes, bends, pressures and controls, at once or at a frame to come. What flows out: float32 (2, frames),
the same to the last bit as what the engine plays live of the same events. Any one thread at a time. [main]
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.dsp.cello import cello
from realtime.dsp.strings.controls import CONTROLS
from realtime.events import BEND, CONTROL, NOTE_OFF, NOTE_ON, NOTES_OFF, PRESSURE, event
from score.errors import UsageError
from vocello.playing.offline import Offline
from vocello.playing.rack import NEURAL, cello_slots, find_instrument, player_name

_CONTROLLERS = {each.name: each for each in CONTROLS}
_RATES_HZ = (8_000.0, 192_000.0)
_BLOCK_AT_MOST = 4_096


class Cello:
    """A cello of 16 channels, each a player. [main]

    `instrument` is "cello", "violin", "contrabass", or the path of a NAME.npz; `model` "neural" or "additive"; `mode`
    "solo", where a player slurs, "poly", where every key has a string of its own, or "mpe", where every finger has.
    """

    def __init__(
        self,
        rate: float = 48_000.0,
        block: int = 128,
        *,
        instrument: str = "cello",
        model: str = NEURAL,
        mode: str = "solo",
        dry: bool = False,
    ) -> None:
        check_sizes(rate, block)
        self.instrument = find_instrument(instrument, model)
        self._offline = Offline(float(rate), cello_slots(self.instrument, mode, dry=dry), block)
        self.instrument.enter(self._offline.host)
        self.rate, self.block = float(rate), block

    @property
    def frame(self) -> int:
        """The next frame that is rendered: what is told without a frame happens there. [main]"""
        return self._offline.frame

    @property
    def trouble(self) -> str:
        """Why physics plays alone although the network was asked for; empty if it does not. [main]"""
        return self.instrument.trouble

    def note_on(self, key: int, velocity: float = 0.7, channel: int = 0, *, frame: int | None = None) -> None:
        """Press a key; the velocity is 0..1, or an int as MIDI has it, 1..127. [main]"""
        self._send(NOTE_ON, channel, _key(key), _velocity(velocity), frame)

    def note_off(self, key: int, channel: int = 0, *, frame: int | None = None) -> None:
        """Let a key go. [main]"""
        self._send(NOTE_OFF, channel, _key(key), 0.5, frame)

    def bend(self, semitones: float, channel: int = 0, *, frame: int | None = None) -> None:
        """Bend what a channel plays, by semitones. [main]"""
        self._send(BEND, channel, 0, _number(semitones, "A bend"), frame)

    def pressure(self, value: float, channel: int = 0, *, frame: int | None = None) -> None:
        """Press the keys of a channel, 0..1. [main]"""
        self._send(PRESSURE, channel, 0, _share(value, "A pressure"), frame)

    def set(self, control: str | int, value: float, channel: int = 0, *, frame: int | None = None) -> None:
        """Turn a control: by its name and in its own unit, for every channel, or a MIDI controller 0..127 of one
        channel to 0..1. The other knobs of the instrument ("level_db", "a4_hz" …) have names as well. [main]"""
        if isinstance(control, str):
            if control not in cello.knobs:
                raise UsageError(f"a cello has no control '{control}'.", f"It has: {', '.join(cello.knobs)}.")
            turned = self._offline.host.rack.turn(player_name(0), control, _number(value, f"'{control}'"))
            turned["frame"] = self._at(frame)
            self._offline.send(turned)
            return
        if not 0 <= control <= 127:
            raise UsageError(f"there is no controller {control}.", "MIDI has 0 to 127.")
        self._send(CONTROL, channel, int(control), _share(value, "A controller"), frame)

    def all_notes_off(self) -> None:
        """Let every key go. [main]"""
        for channel in range(16):
            self._send(NOTES_OFF, channel, 0, 0.0, None)

    def render(self, frames: int) -> npt.NDArray[np.float32]:
        """(2, frames): what is heard next. [main]"""
        if frames < 0:
            raise UsageError(f"{frames} frames cannot be rendered.", "Ask for 0 or more.")
        return np.ascontiguousarray(self._offline.play(int(frames)).T)

    @staticmethod
    def controls() -> dict[str, str]:
        """What `set` can turn by name, and what more of it does. [main]"""
        return {
            name: _CONTROLLERS[name].heard if name in _CONTROLLERS else knob.unit for name, knob in cello.knobs.items()
        }

    def _send(self, kind: int, channel: int, number: int, value: float, frame: int | None) -> None:
        if not 0 <= channel < 16:
            raise UsageError(f"there is no channel {channel}.", "They are counted from 0 to 15.")
        self._offline.send(event(kind, frame=self._at(frame), channel=channel, number=number, value=value))

    def _at(self, frame: int | None) -> int:
        return self.frame if frame is None else max(int(frame), self.frame)


def check_sizes(rate: float, block: int) -> None:
    """Whether sound can be made at such a rate in such blocks. [any]"""
    if not _RATES_HZ[0] <= rate <= _RATES_HZ[1]:
        raise UsageError(f"a rate of {rate} Hz is not possible.", f"Take {_RATES_HZ[0]:g} to {_RATES_HZ[1]:g}.")
    if not 1 <= block <= _BLOCK_AT_MOST:
        raise UsageError(f"a block of {block} frames is not possible.", f"Take 1 to {_BLOCK_AT_MOST}.")


def _key(key: int) -> int:
    if not 0 <= key <= 127:
        raise UsageError(f"there is no key {key}.", "MIDI has 0 to 127; the middle C is 60.")
    return int(key)


def _velocity(velocity: Any) -> float:
    if isinstance(velocity, (int, np.integer)) and not isinstance(velocity, bool):
        velocity = velocity / 127.0
    return _share(velocity, "A velocity")


def _share(value: float, what: str) -> float:
    if not 0.0 <= value <= 1.0:
        raise UsageError(f"{what} of {value} is none.", "It goes from 0 to 1.")
    return float(value)


def _number(value: float, what: str) -> float:
    if not np.isfinite(value):
        raise UsageError(f"{what} cannot be {value}.", "Give a number.")
    return float(value)
