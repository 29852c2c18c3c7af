"""PortAudio's library, kept usable when the sound server under it dies.

What flows in: nothing. What flows out: the list of cards, and sounddevice with a library that is alive. PortAudio
looks at the cards once, when it is initialised; and of a JACK server that was killed it never lets go: closing its
stream waits ten minutes, terminating aborts the process. So a library whose server died is left standing as it is,
with its streams, and a fresh copy of it is loaded beside it, which sees the world as it is now. [main]
"""

from __future__ import annotations

import atexit
import ctypes
import ctypes.util
import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from score.errors import DeviceError

CLIENT_NAME = b"Vocello audio"
_abandoned: list[Any] = []  # libraries and streams of dead servers: unloading them would take the process along
_witnesses: list[Any] = []  # of the JACK server that the library in use is a client of


@dataclass(frozen=True)
class CardInfo:
    """A sound card as PortAudio sees it. [any]"""

    index: int
    name: str
    system: str  # ALSA, JACK Audio Connection Kit, Core Audio, Windows WASAPI, …
    inputs: int
    outputs: int
    rate: float
    latency_s: float
    is_default_input: bool
    is_default_output: bool


@cache
def sounddevice() -> Any:
    """The sounddevice module; the first call loads PortAudio, and takes its exit in hand. [main]"""
    os.environ.setdefault("JACK_NO_START_SERVER", "1")  # asking for devices must not start a server
    _name_client(ctypes.util.find_library("portaudio"))
    try:
        import sounddevice as sd
    except OSError as error:
        raise DeviceError(
            "PortAudio, through which sound cards are played, is not installed.",
            "Type: sudo apt-get install libportaudio2",
        ) from error
    if sys.platform == "linux":
        atexit.unregister(sd._exit_handler)
        atexit.register(_terminate)
        _send_witness(sd)
    return sd


def look_again() -> None:
    """Make PortAudio see the cards that are there now; only while no stream is open that is alive. [main]"""
    sd = sounddevice()
    if any(witness.gone for witness in _witnesses):
        _witnesses.clear()
        _abandoned.append(sd._lib)
        path = _fresh_copy()
        _name_client(path)
        sd._lib = sd._ffi.dlopen(path)
        sd._initialized = 0
    else:
        _terminate()
    sd._initialize()
    _send_witness(sd)


def _send_witness(sd: Any) -> None:
    if sys.platform == "linux" and any("JACK" in system["name"] for system in sd.query_hostapis()):
        from realtime.jack import jack_witness

        witness = jack_witness()
        if witness is not None:
            _witnesses.append(witness)


def _terminate() -> None:
    """Take leave of the sound system: a JACK server waits long for a client that went without a word. But of a
    server that has died there is no leave to be taken: PortAudio would abort the process."""
    sd = sounddevice()
    if any(witness.gone for witness in _witnesses):
        return
    for witness in _witnesses:
        witness.close()
    _witnesses.clear()
    while sd._initialized:
        sd._terminate()


def abandon(stream: Any, host: object) -> None:
    """Keep a stream whose server died from ever being closed, and what its callback might still reach. [main]"""
    _abandoned.append((stream, host))


def cards() -> list[CardInfo]:
    """Every card there is now. [main]"""
    sd = sounddevice()
    systems = sd.query_hostapis()
    default_in, default_out = sd.default.device
    found = []
    for index, card in enumerate(sd.query_devices()):
        system = systems[card["hostapi"]]
        is_in = index == (default_in if default_in >= 0 else _of_first_system(systems, "default_input_device"))
        is_out = index == (default_out if default_out >= 0 else _of_first_system(systems, "default_output_device"))
        found.append(
            CardInfo(
                index,
                card["name"],
                system["name"],
                card["max_input_channels"],
                card["max_output_channels"],
                float(card["default_samplerate"]),
                float(card["default_low_output_latency"] or card["default_low_input_latency"]),
                is_in,
                is_out,
            )
        )
    return found


def _of_first_system(systems: Any, which: str) -> int:
    """The default card of the first system that has one: an ALSA without cards stands before a JACK with one."""
    return next((system[which] for system in systems if system[which] >= 0), -1)


def _name_client(path: str | None) -> None:
    """Show up under our name in a JACK graph; PortAudio asks for it before it is initialised."""
    if path is None:
        return
    try:
        set_name = ctypes.CDLL(path).PaJack_SetClientName
    except (OSError, AttributeError):
        return  # a PortAudio without JACK
    set_name.argtypes, set_name.restype = [ctypes.c_char_p], ctypes.c_int
    set_name(CLIENT_NAME)


def _fresh_copy() -> str:
    """A path to the library's bytes that the loader has not seen: the same name would give the same, dead library."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        path = line.split()[-1]
        if "libportaudio" in path and path.startswith("/"):
            descriptor = os.memfd_create("portaudio")
            os.write(descriptor, Path(path).read_bytes())
            return f"/proc/self/fd/{descriptor}"
    raise DeviceError("PortAudio's library is not to be found again.", "Start the program anew.")
