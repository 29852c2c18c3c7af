"""The engine as a process of its own: `python -m vocello.engine_process`, started by `Engine.apart`.

What flows in: messages of the app that started it. What flows out: sound. When that app dies, notes ring out and this
process ends, unless it was told to stay. [main]
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from realtime.door.doorway import run_engine
from realtime.machine import Machine
from score.errors import VocelloError
from vocello.wiring import awake, make_machine

if TYPE_CHECKING:
    from ml.profile import Profile
    from realtime.hearing import Listener
    from realtime.measuring import Measure


def main() -> int:
    """Serve until nobody needs it. [main]"""
    return run_engine(machine_for_this_voice, sys.argv[1:])


def machine_for_this_voice() -> Machine:
    """An engine that knows the voice which was calibrated, if one was; without it, it hears any. [main]"""
    machine = make_machine(make_measure=measure)
    machine.make_listener = listen
    return machine


def listen(rate: float) -> Listener:
    """Ears for the voice as it is known at this moment. [main]"""
    from ml.listener import Listener
    from ml.profile import Profile
    from ml.wish import Hearing

    return awake(Listener(rate, Hearing(profile=_voice() or Profile())))


def measure(rate: float) -> Measure:
    """What gets to know a voice, beginning from what is known of it. [main]"""
    from vocello.voice_check import VoiceCheck

    return VoiceCheck(rate, _voice())


def _voice() -> Profile | None:
    from ml.profile import load_profile

    try:
        return load_profile()
    except VocelloError as trouble:
        print(f"vocello: {trouble}", file=sys.stderr)
        return None


if __name__ == "__main__":
    sys.exit(main())
