"""`vocello devices`: the sound cards, and those two that need no card."""

from __future__ import annotations

from realtime.device.portaudio import cards
from vocello.screen import print_json, print_table, say


def devices(as_json: bool) -> None:
    """Print every card. [main]"""
    found = cards()
    if as_json:
        print_json({"devices": [vars(card) for card in found]})
        return
    if found:
        rows = [
            (
                card.index,
                card.name,
                card.system,
                f"{card.inputs} in, {card.outputs} out",
                f"{card.rate:g} Hz",
                f"{card.latency_s * 1e3:.1f} ms",
                _defaults(card.is_default_input, card.is_default_output),
            )
            for card in found
        ]
        print_table("Sound cards", ("", "name", "system", "channels", "rate", "latency", "default"), rows)
    else:
        say("This system shows no sound card. Plug one in or start JACK; then: vocello devices")
    say("Without a card: --device null (a clock, no sound) and --device 'file:in.wav→out.wav'")


def _defaults(is_input: bool, is_output: bool) -> str:
    return " and ".join(word for word, true in (("input", is_input), ("output", is_output)) if true)
