"""A device and the host it plays, kept together: started, watched, and brought back when the card went away.

What flows in: a wish, and a tick some fifty times a second. What flows out: sound, or news that says why there is
none and what is being done about it. A card that comes back at another rate gets a host at that rate. [main]
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic

from realtime.block import Block
from realtime.device.wish import NULL_DEVICES, Device, Wish, open_device
from realtime.events import FROM_APP
from realtime.host import Host
from realtime.rack import Slot
from score.errors import DeviceError, RackError, VocelloError

_STUCK_AFTER_S = 1.0
_LOOK_AGAIN_AFTER_S = (0.3, 0.3, 0.5, 0.5, 1.0, 1.0, 2.0, 5.0)

GetReady = Callable[[Host, Device], Callable[[], None] | None]
"""Called with both before the first block; what it returns is called between the blocks of a file."""

_left_behind: list[Host] = []
STOPPED, PLAYING, WAITING, FINISHED = "stopped", "playing", "waiting", "finished"


@dataclass(frozen=True)
class News:
    """Something that happened by itself, told to whoever holds the engine. [any]"""

    kind: str
    text: str


class Stage:
    """One device, one host. [main]"""

    def __init__(
        self,
        meters: Block | None = None,
        get_ready: GetReady = lambda host, device: None,
        always: tuple[Slot, ...] = (),
    ) -> None:
        self.device: Device | None = None
        self.host: Host | None = None
        self.wish = Wish()
        self.status = STOPPED
        self.losses = 0
        self._meters, self._get_ready, self._always = meters, get_ready, always
        self.slots: tuple[Slot, ...] = ()
        """The rack that is wanted, its knobs as they were last turned."""
        self._blocks_seen, self._moved_at = -1, 0.0
        self._search: _Search | None = None

    def arrange(self, slots: tuple[Slot, ...]) -> None:
        """Play these slots, now or as soon as there is a host. [main]"""
        if self.host is not None:
            self.host.play(slots)
        self.slots = slots

    def turn(self, slot: str, knob: str, value: float) -> None:
        """Turn a knob, now and of every host to come. [main]"""
        place = next((n for n, each in enumerate(self.slots) if each.name == slot), None)
        if place is None:
            here = ", ".join(each.name for each in self.slots) or "nothing"
            raise RackError(f"the rack has no slot '{slot}'.", f"It holds: {here}.")
        turned = self.slots[place]
        turned.kernel.knob_offset(knob)
        turned = replace(turned, knobs={**turned.knobs, knob: value})
        self.slots = (*self.slots[:place], turned, *self.slots[place + 1 :])
        if self.host is not None:
            self.host.send(FROM_APP, self.host.rack.turn(slot, knob, value))

    def start(self, wish: Wish) -> None:
        """Open the device wished for and play; DeviceError, and silence, when it refuses. [main]"""
        self.stop()
        self.wish = wish
        self._play_on(open_device(wish))

    def stop(self) -> None:
        """Fade out and let the device go; a search for a lost one ends too. [main]"""
        self._search = None
        if self.device is not None and self.host is not None:
            if self.device.alive() and not self.device.in_step:
                self.host.close_gate()
            self.device.stop()
            self.host.reclaim(device_runs=False)
        self.device, self.status = None, STOPPED

    def tick(self) -> list[News]:
        """Free what the callback has left, and look whether the device still lives. [main]"""
        if self.host is not None:
            self.host.reclaim()
        if self.status == PLAYING:
            return self._watch()
        if self.status == WAITING:
            return self._wait()
        return []

    def _play_on(self, device: Device) -> None:
        if self.host is None or self.host.rate != device.rate:
            self.host = Host(device.rate, self.slots, meters=self._meters, always=self._always)
        self._blocks_seen, self._moved_at = -1, monotonic()
        self.host.open_gate()
        device.start(self.host, self._get_ready(self.host, device))
        self.device, self.status = device, PLAYING

    def _watch(self) -> list[News]:
        assert self.device is not None and self.host is not None
        if self.device.alive() and not self._stuck():
            return []
        if self.device.in_step:
            self.status = FINISHED
            error: VocelloError | None = getattr(self.device, "error", None)
            return [News("finished", str(error) if error else f"'{self.device.name}' was played to its end.")]
        name = self.device.name
        if self.device.alive():  # it hangs; should it wake up, it must find a host that nobody else plays
            self.device.let_go()
            self.host.mute()
            _left_behind.append(self.host)
            self.host = None
        else:
            self.device.stop()
        self.device, self.status = None, WAITING
        self.losses += 1
        self._search = _Search(self.wish)
        return [News("lost", f"'{name}' went away. It is looked for; sound comes back with it.")]

    def _stuck(self) -> bool:
        """A driver that calls itself active and asks for nothing, as under a frozen sound server."""
        assert self.host is not None
        if self.host.blocks != self._blocks_seen:
            self._blocks_seen, self._moved_at = self.host.blocks, monotonic()
        return monotonic() - self._moved_at > _STUCK_AFTER_S

    def _wait(self) -> list[News]:
        assert self._search is not None
        if not self._search.found():
            return []
        try:
            self._play_on(_open_again(self.wish))
        except DeviceError as error:
            if self.wish.rate is not None:  # a server restarted at another rate is better than silence
                self.wish = replace(self.wish, rate=None)
            self._search = _Search(self.wish, tries=self._search.tries)
            return [News("refused", str(error))]
        self._search = None
        assert self.device is not None
        return [News("back", f"'{self.device.name}' is back at {self.device.rate:g} Hz.")]


def _open_again(wish: Wish) -> Device:
    if wish.device in NULL_DEVICES:
        return open_device(wish)
    from realtime.device import portaudio

    portaudio.look_again()
    return open_device(wish)


class _Search:
    """Looks for a device on a thread of its own, since a sound system may take its time to say no."""

    def __init__(self, wish: Wish, tries: int = 0) -> None:
        self.tries = tries
        self._wish = wish
        self._seen = False
        self._thread: threading.Thread | None = None
        self._next_look_at = monotonic() + self._pause_s()

    def found(self) -> bool:
        """Whether the device was seen; begins the next look when it is time. [main]"""
        if self._thread is not None and not self._thread.is_alive():
            self._thread = None
            self._next_look_at = monotonic() + self._pause_s()
        if self._thread is None and not self._seen and monotonic() >= self._next_look_at:
            self.tries += 1
            self._thread = threading.Thread(target=self._look, name="looking for the card", daemon=True)
            self._thread.start()
        return self._seen

    def _pause_s(self) -> float:
        return _LOOK_AGAIN_AFTER_S[min(self.tries, len(_LOOK_AGAIN_AFTER_S) - 1)]

    def _look(self) -> None:
        if self._wish.device in NULL_DEVICES:
            self._seen = True
            return
        from realtime.device.card import is_there

        self._seen = is_there(self._wish)
