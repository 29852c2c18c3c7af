"""A sound card through PortAudio: ALSA, JACK, CoreAudio, WASAPI or ASIO, whichever the system has.

What flows in: a wish and a host. What flows out: the host's machine code, called by PortAudio's thread; PortAudio is
given its address, and Python is not asked again until the stream is to stop. [main]
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from realtime.device import portaudio
from realtime.device.portaudio import CardInfo, sounddevice
from realtime.device.wish import CHANNELS_WANTED, Wish
from realtime.host import Host
from score.errors import DeviceError

_COMMON_RATES = (44_100, 48_000, 88_200, 96_000, 176_400, 192_000)
_PROBE_AT_MOST_S = 10.0


class Card:
    """A card that has agreed to a rate and channels. [main]"""

    in_step = False

    def __init__(self, wish: Wish) -> None:
        self._ear, self._mouth = choose_cards(wish, portaudio.cards())
        self.inputs = min(self._ear.inputs, CHANNELS_WANTED) if self._ear else 0
        self.outputs = min(self._mouth.outputs, CHANNELS_WANTED) if self._mouth else 0
        names = [card.name for card in (self._ear, self._mouth) if card is not None]
        self.name = " → ".join(dict.fromkeys(names))
        self.rate = float(wish.rate or (self._mouth or self._ear).rate)  # type: ignore[union-attr]
        self.block_frames = wish.block_frames
        self.input_latency_s = self.output_latency_s = 0.0
        self._stream: Any = None
        self._host: Host | None = None
        self._refuse_wrong_rates()

    def start(self, host: Host, after_block: Callable[[], None] | None = None) -> None:
        """Hand the callback to PortAudio. [main]"""
        sd = sounddevice()
        host.adopt_channels(self.inputs, self.outputs)
        self._host = host
        both = self._ear is not None and self._mouth is not None
        kind = "duplex" if both else "output" if self._mouth is not None else "input"
        ear, mouth = (card.index if card else None for card in (self._ear, self._mouth))
        try:
            self._stream = sd._StreamBase(
                kind=kind,
                samplerate=self.rate,
                blocksize=self.block_frames,
                device=(ear, mouth) if both else mouth if ear is None else ear,
                channels=(self.inputs, self.outputs) if both else self.inputs or self.outputs,
                dtype="float32",
                latency="low",
                callback=sd._ffi.cast("PaStreamCallback*", host.callback_address),
                userdata=sd._ffi.cast("void*", host.address),
            )
            self._stream.start()
        except sd.PortAudioError as error:
            if self._stream is not None:
                self._stream.close()
                self._stream = None
            raise DeviceError(f"'{self.name}' does not start: {_reason(error)}.", _CHOOSE) from error
        latency = self._stream.latency
        self.input_latency_s, self.output_latency_s = latency if both else (latency, latency)

    def alive(self) -> bool:
        """Whether PortAudio still runs the callback. [main]"""
        return self._stream is not None and bool(self._stream.active)

    def stop(self) -> None:
        """Return when the callback runs no more. [main]"""
        stream, self._stream = self._stream, None
        if stream is None:
            return
        if not stream.active:  # it ended by itself: of a dead server closing would wait ten minutes
            portaudio.abandon(stream, self._host)
            return
        try:
            stream.stop()
            stream.close()
        except sounddevice().PortAudioError:
            portaudio.abandon(stream, self._host)

    def let_go(self) -> None:
        """Turn away from a driver that hangs: to stop it would hang too, or abort when its server dies. [main]"""
        if self._stream is not None:
            portaudio.abandon(self._stream, self._host)
            self._stream = None

    def _refuse_wrong_rates(self) -> None:
        if self._takes(self.rate):
            return
        others = ", ".join(f"{rate}" for rate in _COMMON_RATES if self._takes(rate))
        fix = f"It takes {others}: --rate {others.split(',')[0]}" if others else _CHOOSE
        raise DeviceError(f"'{self.name}' refuses {self.rate:g} Hz.", fix)

    def _takes(self, rate: float) -> bool:
        return all(takes_rate(card, rate, card is self._ear) for card in (self._ear, self._mouth) if card is not None)


_CHOOSE = "Choose another with: vocello devices"


def choose_cards(wish: Wish, cards: Sequence[CardInfo]) -> tuple[CardInfo | None, CardInfo | None]:
    """The card to hear with and the card to sound on; either may be None where a card has but one side. [any]"""
    if not cards:
        raise DeviceError(
            "this system shows no sound card.",
            "Plug one in or start JACK; without one: --device null, or --device 'file:in.wav→out.wav'",
        )
    if not wish.device:
        ear = next((card for card in cards if card.is_default_input), None)
        mouth = next((card for card in cards if card.is_default_output), None)
    else:
        matches = _matches(wish.device, cards)
        mouth = next((card for card in matches if card.outputs), None)
        ear = mouth if mouth and mouth.inputs else next((card for card in matches if card.inputs), None)
    if wish.microphone:
        ear = next((card for card in _matches(wish.microphone, cards) if card.inputs), None)
        if ear is None:
            raise DeviceError(f"'{wish.microphone}' has no inputs.", _CHOOSE)
    if ear and mouth and ear.system != mouth.system:
        if wish.microphone:
            raise DeviceError(
                f"'{ear.name}' ({ear.system}) and '{mouth.name}' ({mouth.system}) cannot run in one stream.",
                "Choose two of one system: vocello devices",
            )
        ear = None
    if ear is None and mouth is None:
        raise DeviceError("no card here has an input or an output.", _CHOOSE)
    return ear, mouth


def _matches(name: str, cards: Sequence[CardInfo]) -> list[CardInfo]:
    """By number, else by whole name, else by a part of the name or of the system's."""
    wanted = name.casefold().strip()
    found = [card for card in cards if wanted in (str(card.index), card.name.casefold())]
    found = found or [card for card in cards if wanted in f"{card.name} {card.system}".casefold()]
    if not found:
        here = ", ".join(f"'{card.name}'" for card in cards)
        raise DeviceError(f"no sound card here is called '{name}'; there are {here}.", _CHOOSE)
    return found


def takes_rate(card: CardInfo, rate: float, as_input: bool) -> bool:
    """Whether a card runs at a rate; it must not be playing meanwhile. [main]"""
    sd = sounddevice()
    check = sd.check_input_settings if as_input else sd.check_output_settings
    channels = min(card.inputs if as_input else card.outputs, CHANNELS_WANTED)
    try:
        check(card.index, channels, dtype="float32", samplerate=rate)
    except sd.PortAudioError:
        return False
    return True


def rates_of(card: CardInfo) -> list[int]:
    """The usual rates that a card takes. [main]"""
    return [rate for rate in _COMMON_RATES if takes_rate(card, rate, as_input=not card.outputs)]


def is_there(wish: Wish) -> bool:
    """Whether a card that went away is back, or another that the wish allows.

    Another process looks: PortAudio would have to be loaded anew for each look, and each time would leave a client
    behind in a JACK server. [worker]
    """
    try:
        choose_cards(wish, _cards_seen_by_another_process())
    except DeviceError:
        return False
    return True


def _cards_seen_by_another_process() -> list[CardInfo]:
    look = "import json; from realtime.device.portaudio import cards; print(json.dumps([vars(c) for c in cards()]))"
    try:
        seen = subprocess.run(
            [sys.executable, "-c", look],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PROBE_AT_MOST_S,
            check=True,
        )
    except subprocess.SubprocessError as error:
        raise DeviceError("the sound system does not answer.", _CHOOSE) from error
    return [CardInfo(**card) for card in json.loads(seen.stdout)]


def _reason(error: Exception) -> str:
    """PortAudio's own words, on one line."""
    return " ".join(str(error.args[0]).split()).rstrip(".") if error.args else "PortAudio gives no reason"
