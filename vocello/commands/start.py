"""`vocello start`, which is what `./run` types: whatever this machine can show of Vocello. [main]"""

from __future__ import annotations

from pathlib import Path

from realtime.device.portaudio import cards
from score.errors import DeviceError
from vocello.screen import say


def start() -> None:
    """The window where there is a screen; else live where there is a card, a demonstration where there is none.
    [main]"""
    from vocello.commands.app import app, can_open_a_window

    if can_open_a_window():
        app(None, "system", "", None, "", "", 128, "Vocello", None)
        return
    if _has_card():
        from realtime.device.wish import Wish
        from vocello.commands.live import Ports, live

        live(Wish(), Ports("all", "", False, None), True, None, False)
        return
    from vocello.commands.demo import demo

    say("There is no sound card here, so Vocello sings to itself. With one: vocello live")
    demo(Path("demo"), 128, False)


def _has_card() -> bool:
    try:
        return any(card.outputs for card in cards())
    except DeviceError:
        return False
