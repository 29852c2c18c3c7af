"""Places and meters as one types them: "5", "5.3", "5.3.120", "1:23.4", "+2", "6/8". Text in, values out, no Qt."""

from __future__ import annotations

import re

from score.note import LAST_TICK
from score.tempo import Position, TempoMap

_PLACE = re.compile(r"(?P<bar>\d{1,6})(?:[.\s,]+(?P<beat>\d{1,3})(?:[.\s,]+(?P<ticks>\d{1,5}))?)?")
_TIME = re.compile(r"(?:(?P<hours>\d{1,3}):)?(?P<minutes>\d{1,4}):(?P<seconds>\d{1,2}(?:[.,]\d{1,6})?)")
_FROM_HERE = re.compile(r"(?P<sign>[+-])\s*(?P<bars>\d{1,5})")
_METER = re.compile(r"\s*(\d{1,3})\s*/\s*(\d{1,3})\s*")
_LONGEST_NUMERATOR, _SHORTEST_BEAT = 64, 64


def place_of(text: str, tempo: TempoMap, now_ticks: int = 0) -> int | None:
    """The tick that is meant: a bar, a beat in it, ticks behind that; a time; bars from here; None if none is. [any]"""
    text = text.strip()
    if found := _TIME.fullmatch(text):
        seconds = float(found["seconds"].replace(",", "."))
        ticks = round(tempo.ticks_at(3600 * int(found["hours"] or 0) + 60 * int(found["minutes"]) + seconds))
    elif found := _FROM_HERE.fullmatch(text):
        here = tempo.position(now_ticks)
        bars = int(found["bars"]) * (1 if found["sign"] == "+" else -1)
        ticks = tempo.ticks_of(max(here.bar + bars, 1), here.beat, here.ticks)
    elif found := _PLACE.fullmatch(text):
        bar, beat = int(found["bar"]), int(found["beat"] or 1)
        if bar < 1 or not 1 <= beat <= tempo.meter_at(tempo.ticks_of(bar)).numerator:
            return None
        ticks = tempo.ticks_of(bar, beat, int(found["ticks"] or 0))
    else:
        return None
    return ticks if 0 <= ticks <= LAST_TICK else None


def meter_of(text: str) -> tuple[int, int] | None:
    """The meter that is meant, "6/8"; None where none is. [any]"""
    found = _METER.fullmatch(text)
    if found is None:
        return None
    numerator, denominator = int(found[1]), int(found[2])
    is_beat = 1 <= denominator <= _SHORTEST_BEAT and denominator & (denominator - 1) == 0
    return (numerator, denominator) if is_beat and 1 <= numerator <= _LONGEST_NUMERATOR else None


def shown_place(place: Position) -> str:
    """A place as the clock shows it. [any]"""
    return f"{place.bar}.{place.beat}.{place.ticks:03d}"


def shown_time(seconds: float) -> str:
    """Minutes and seconds. [any]"""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"
