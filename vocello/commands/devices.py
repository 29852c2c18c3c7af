"""`vocello devices`: the sound cards, and those two that need no card."""

from __future__ import annotations

from realtime.device.card import rates_of
from realtime.device.portaudio import cards
from vocello.screen import print_json, print_table, progress, say


def devices(as_json: bool) -> None:
    """Print every card. [main]"""
    found = []
    with progress("Asking the cards", shown=not as_json) as step:
        for n, card in enumerate(known := cards()):
            step(n / len(known), card.name)
            found.append((card, rates_of(card)))
    if as_json:
        print_json({"devices": [{**vars(card), "rates": rates} for card, rates in found]})
        return
    if found:
        rows = [
            (
                card.index,
                card.name,
                card.system,
                f"{card.inputs} in, {card.outputs} out",
                ", ".join(f"{rate / 1000:g}" for rate in rates),
                f"{card.latency_s * 1e3:.1f} ms",
                _defaults(card.is_default_input, card.is_default_output),
            )
            for card, rates in found
        ]
        print_table("Sound cards", ("", "name", "system", "channels", "kHz", "latency", "default"), rows)
    else:
        say("This system shows no sound card. Plug one in or start JACK; then: vocello devices")
    say("Without a card: --device null (a clock, no sound) and --device 'file:in.wav→out.wav'")


def _defaults(is_input: bool, is_output: bool) -> str:
    return " and ".join(word for word, true in (("input", is_input), ("output", is_output)) if true)
