"""`vocello teach`: three times a sound of the mouth, and the drums know it.

What flows in: a microphone or a recording. What flows out: the user's kit, with the sound, its key and its examples. A
recording takes the path of a microphone, so what is taught by the one is heard by the other. [main]
"""

from __future__ import annotations

import time
from pathlib import Path

from ml.drums.example import cut_hits
from ml.drums.kit import Kit
from ml.drums.kit_file import kit_path
from ml.drums.sounds import EXAMPLES_AT_LEAST, EXAMPLES_AT_MOST, Sound
from ml.drums.take import Take
from realtime.device.file import FileDevice
from realtime.device.wish import Wish
from realtime.machine import Machine
from score.errors import UsageError
from vocello.screen import aside, meter, print_json, print_table, say
from vocello.wiring import machine

_PATIENCE_S = 30.0
_RINGS_OUT_S = 0.6
_LOOK_EVERY_S = 0.02


def teach(
    name: str, key: int | None, source: Path | None, device: str, forget: str, listing: bool, as_json: bool
) -> None:
    """Show what is known, forget a sound, or learn one. [main]"""
    asked = sum((bool(name), bool(forget), listing))
    if asked != 1:
        wanted = "a sound's name, --list or --forget NAME"
        raise UsageError(f"{'nothing was' if not asked else 'several things were'} asked.", f"Give {wanted}.")
    path = kit_path()
    kit = Kit.load(path)
    if listing:
        _show(kit, path, as_json)
        return
    if forget:
        kit.forget(forget).save(path)
        _tell(as_json, f"'{forget}' is forgotten.", forgotten=forget, kit=str(path))
        return
    take = _listen(f"file:{source}" if source is not None else device, name, shown=not as_json)
    examples = cut_hits(take.samples)[:EXAMPLES_AT_MOST]
    kit = kit.teach(name, key, examples)
    kit.save(path)
    made = kit.sounds[-1]
    _tell(
        as_json,
        f"'{made.name}' is known from {len(made.examples)} examples, and plays key {made.key}.",
        name=made.name,
        key=made.key,
        examples=len(made.examples),
        kit=str(path),
    )


def _listen(device: str, name: str, *, shown: bool) -> Take:
    """Keep what a microphone brings until three hits were made, or all of a file."""
    with machine(shown) as engine:
        engine.make_listener = Take
        engine.set_rack([])
        engine.start(Wish(device))
        take = engine.listener
        assert isinstance(take, Take)
        if isinstance(engine.stage.device, FileDevice):
            while not engine.stage.device.wait(0.1):
                engine.tick()
        else:
            if shown:
                say(f"Make the sound '{name}' three times, with a pause between.")
            _wait_for_hits(engine, take, shown=shown)
        engine.stop()
    return take


def _wait_for_hits(engine: Machine, take: Take, *, shown: bool) -> None:
    """Show each hit as it lands; the last one may ring out."""
    until, told = time.monotonic() + _PATIENCE_S, 0
    while time.monotonic() < until:
        engine.tick()
        for news in engine.news():
            aside.print(news["text"])
        strikes = take.strikes[told:]
        for strike in strikes:
            told += 1
            if shown:
                say(f"{told}  {meter(10.0 ** (strike.level_db / 20.0))} {strike.level_db:6.1f} dB")
        if strikes and len(cut_hits(take.samples)) >= EXAMPLES_AT_LEAST:
            until = min(until, time.monotonic() + _RINGS_OUT_S)
        time.sleep(_LOOK_EVERY_S)


def _show(kit: Kit, path: Path, as_json: bool) -> None:
    if as_json:
        listed = [{"name": each.name, "key": each.key, "examples": len(each.examples)} for each in kit.sounds]
        print_json({"kit": str(path), "sounds": listed})
        return
    print_table("Drums", ("sound", "key", "known from"), [(s.name, s.key, _known_from(s)) for s in kit.sounds])


def _known_from(sound: Sound) -> str:
    return f"{len(sound.examples)} examples" if sound.examples else "the factory"


def _tell(as_json: bool, text: str, **values: object) -> None:
    if as_json:
        print_json(values)
    else:
        say(text)
