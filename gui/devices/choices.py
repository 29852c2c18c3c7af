"""What can be chosen of sound and MIDI on this machine, as `vocello devices` and `vocello ports` tell it. No Qt.

What flows in: their JSON. What flows out: choices, each a line for the eye and the word that the engine takes. [any]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

BLOCKS = (32, 64, 128, 256, 512, 1024)
_OURS = "Vocello"


@dataclass(frozen=True)
class Choice:
    """One line of a list. [any]"""

    text: str
    word: str


def cards(told: Iterable[Mapping[str, Any]], *, inputs: bool) -> list[Choice]:
    """The cards that can play, or those that can hear. [any]"""
    found: list[Choice] = []
    for each in told:
        count = int(each.get("inputs" if inputs else "outputs", 0))
        name = str(each.get("name", ""))
        if count and name and all(name != one.word for one in found):
            found.append(Choice(f"{name}  ·  {each.get('system', '')}", name))
    return found


def ports(told: Iterable[Mapping[str, Any]], direction: str) -> list[Choice]:
    """The MIDI ports of others, in one direction. [any]"""
    names = [str(each.get("name", "")) for each in told if each.get("direction") == direction]
    return [Choice(name, name) for name in dict.fromkeys(names) if name and not name.startswith(_OURS)]


def in_words(device: Mapping[str, Any]) -> str:
    """What runs, in a line: the card, its rate, and how late it is. [any]"""
    rate, frames = float(device.get("rate", 0.0)), int(device.get("block_frames", 0))
    if not rate:
        return ""
    block = f"{device.get('name', '')}: {rate / 1000:g} kHz, {frames} frames a block ({1e3 * frames / rate:.1f} ms)"
    late = 1e3 * (float(device.get("input_latency_s", 0.0)) + float(device.get("output_latency_s", 0.0)))
    return f"{block}, {late:.0f} ms from microphone to speaker" if late >= 0.5 else block
