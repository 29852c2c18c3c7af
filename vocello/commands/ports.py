"""`vocello ports`: the MIDI ports, and how a DAW finds ours."""

from __future__ import annotations

from dataclasses import asdict

from realtime.midi.ports import list_ports
from vocello.screen import print_json, print_table, say


def ports(as_json: bool) -> None:
    """Print every MIDI port. [main]"""
    found = list_ports()
    if as_json:
        print_json({"ports": [asdict(port) for port in found]})
        return
    if found:
        print_table("MIDI ports", ("direction", "name", "system"), [(p.direction, p.name, p.api) for p in found])
    else:
        say("There is no MIDI port here. Plug in a keyboard, or start JACK; then: vocello ports")
    say("While 'vocello live' runs, a DAW finds its notes at the input port 'Vocello'.")
