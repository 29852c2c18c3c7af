"""`vocello calibrate`: a minute in which the ears get to know a voice, a microphone and a room.

What flows in: a microphone, or a recording of the steps one after the other. What flows out: what each step heard, and
`voice.json`, which `live` and `listen` read by themselves. A step may be skipped, and repeated alone. [main]
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from math import log2

from ml.calibration import PROMPTS, STEPS, Calibration, Remark
from ml.profile import Profile, load_profile, profile_path, save_profile
from realtime.device.file import FileDevice
from realtime.device.wish import Wish
from realtime.machine import Machine
from score.errors import SettingsError, UsageError
from vocello.screen import aside, console, meter, name_of, print_json, say
from vocello.voice_check import in_words
from vocello.wiring import machine

_LOOK_EVERY_S = 0.02
_SKIP_OR_STOP = "Enter skips a step; Ctrl-C leaves everything as it was."


def calibrate(steps: Sequence[str], wish: Wish, seconds: float, as_json: bool) -> None:
    """Measure, save, and tell; a step that came to nothing is an error that says how to repeat it. [main]"""
    wanted = tuple(steps) or STEPS
    before = _known()
    Calibration(48_000.0, before, wanted, seconds)  # refused before a card is opened
    with machine(shown=not as_json) as engine:
        engine.make_listener = lambda rate: Calibration(rate, before, wanted, seconds)
        engine.set_rack([])
        engine.start(wish)
        measured = engine.listener
        assert isinstance(measured, Calibration)
        is_file = isinstance(engine.stage.device, FileDevice)
        try:
            _follow(engine, measured, shown=not as_json)
        finally:
            engine.stop()
        if is_file and not as_json:
            _show(measured.remarks)
    profile, path = measured.profile(), profile_path()
    if measured.measured:
        save_profile(profile, path)
    if as_json:
        print_json(
            {
                "profile": str(path),
                "measured": measured.measured,
                "missed": measured.missed,
                "remarks": [each._asdict() for each in measured.remarks],
                "voice": profile.to_json(),
            }
        )
    elif measured.measured:
        say(f"{in_words(profile)} Kept in '{path}'; live and listen use it from now on.")
    if measured.missed:
        raise UsageError(
            f"not measured: {', '.join(measured.missed)}.", f"Repeat: vocello calibrate {' '.join(measured.missed)}"
        )


def _known() -> Profile | None:
    """What is known already; a file that cannot be read is about to be replaced."""
    try:
        return load_profile()
    except SettingsError as error:
        aside.print(f"{error.what} It is measured anew.", style="yellow", soft_wrap=True, markup=False)
        return None


def _follow(engine: Machine, measured: Calibration, *, shown: bool) -> None:
    """Say each step as it begins, and what it heard, until all are done or the sound ends."""
    device = engine.stage.device
    if isinstance(device, FileDevice):
        while measured.step is not None and not device.wait(_LOOK_EVERY_S):
            pass
        return
    if shown:
        say(_SKIP_OR_STOP)
    told, asked = 0, ""
    while (step := measured.step) is not None:
        if shown and len(measured.remarks) > told:
            _show(measured.remarks[told:])
            told = len(measured.remarks)
        if shown and step != asked:
            asked = step
            say(f"\n{PROMPTS[step]}")
        if shown and console.is_terminal:
            _draw(measured)
        if _enter_was_typed():
            measured.skip()
        engine.tick()
        for news in engine.news():
            aside.print(news["text"], soft_wrap=True, markup=False)
        time.sleep(_LOOK_EVERY_S)
    if shown:
        _show(measured.remarks[told:])


def _draw(measured: Calibration) -> None:
    """The level and the pitch of the moment, on a line that is written over."""
    live = measured.live
    sung = name_of(69.0 + 12.0 * log2(live.f0_hz / 440.0)) if live.f0_hz > 0.0 and live.confidence > 0.8 else "…"
    console.print(f"{meter(10.0 ** (live.level_db / 20.0))} {live.level_db:6.1f} dB  {sung:4}", end="\r")


def _show(remarks: Sequence[Remark]) -> None:
    for each in remarks:
        console.print(f"{'✓' if each.good else '•'} {each.step}: {each.text}", soft_wrap=True, markup=False)


def _enter_was_typed() -> bool:
    """Without waiting for it; never where nobody types."""
    if not sys.stdin.isatty():
        return False
    if sys.platform == "win32":
        import msvcrt

        typed = ""
        while msvcrt.kbhit():
            typed += msvcrt.getwch()
        return "\r" in typed
    from select import select

    descriptor = sys.stdin.fileno()
    return bool(select([descriptor], [], [], 0)[0]) and b"\n" in os.read(descriptor, 1024)
