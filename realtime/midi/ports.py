"""Which MIDI ports there are, and which one was meant.

What flows in: a part of a port's name. What flows out: ports as values, or a PortError that says what to
type. Everything here asks the system anew and keeps nothing open. Runs on the main thread.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from realtime.midi.client import ALSA, COREMIDI, JACK, WINMM, compiled_apis, make_client
from score.errors import PortError

Direction = Literal["input", "output"]

OUR_NAME = "Vocello"
PROBE_NAME = "Vocello looks"

_LOOPBACK_HINT = (
    "Install loopMIDI (tobias-erichsen.de), make a port in it, and choose it by name;"
    " Windows MIDI Services brings such a port with it."
)
_ECHOES = ("Midi Through",)  # gives back what is sent to it: playing from it would double our own notes


@dataclass(frozen=True)
class Port:
    """A port of another program or device: an input is what we can hear, an output what we can send to."""

    name: str
    api: str
    direction: Direction

    @property
    def is_ours(self) -> bool:
        """A port of Vocello's own, or one that only echoes; playing from it would be a loop. [any]"""
        return self.name.startswith(OUR_NAME) or self.name.startswith(_ECHOES)


@dataclass(frozen=True)
class Api:
    """A way to MIDI on this system: whether it works now, why not, and whether we can be a port in it."""

    name: str
    trouble: PortError | None
    virtual: bool

    @property
    def works(self) -> bool:
        """Ports can be listed and opened. [any]"""
        return self.trouble is None


def apis() -> list[Api]:
    """Every API that there may be on this system, the usual one first. [main]"""
    found = []
    for name in compiled_apis():
        trouble = None
        try:
            make_client(name, output=False, name=PROBE_NAME).close()
        except PortError as error:
            trouble = error
        found.append(Api(name, trouble, can_be_virtual(name)))
    return found


def can_be_virtual(api: str) -> bool:
    """Whether a program may be a port in this API; Windows knows only its drivers' ports. [any]"""
    return api in (ALSA, JACK, COREMIDI)


def working_api() -> str:
    """The first API that works, or a PortError with the reason of each. [main]"""
    known = apis()
    for api in known:
        if api.works:
            return api.name
    reasons = [f"{api.name}: {api.trouble}" for api in known]
    raise PortError("there is no MIDI on this system.", " ".join(reasons) or "Reinstall python-rtmidi.")


def api_for_virtual() -> str:
    """The first working API in which we can be a port; else a PortError that knows the way around. [main]"""
    api = working_api()
    if not can_be_virtual(api):
        raise PortError(f"{api} has no virtual MIDI ports.", _LOOPBACK_HINT)
    return api


def list_ports(direction: Direction | None = None, api: str | None = None) -> list[Port]:
    """The ports of every working API, or of one; of both directions, or of one. [main]"""
    found = []
    for name in compiled_apis() if api is None else (api,):
        for side in ("input", "output") if direction is None else (direction,):
            try:
                client = make_client(name, output=side == "output", name=PROBE_NAME)
            except PortError:
                if api is not None:
                    raise
                break
            try:
                found += [Port(port, name, side) for port in client.port_names()]
            finally:
                client.close()
    return found


def choose(part: str, ports: Iterable[Port]) -> Port:
    """The port whose name is this, or else begins with it, or contains it, whatever the case. [any]"""
    ports = list(ports)
    wanted = part.casefold().strip()
    for fits in (str.__eq__, str.startswith, str.__contains__):
        fitting = [port for port in ports if fits(port.name.casefold(), wanted)]
        if len({port.name for port in fitting}) == 1:
            return fitting[0]
        if fitting:
            names = ", ".join(f"'{port.name}'" for port in fitting)
            raise PortError(f"'{part}' fits more than one MIDI port: {names}.", "Type more of the name.")
    there_are = ", ".join(f"'{port.name}'" for port in ports) or "none"
    fix = _LOOPBACK_HINT if ports and ports[0].api == WINMM else "See them with: vocello ports"
    raise PortError(f"no MIDI port is called '{part}'; there are: {there_are}.", fix)
