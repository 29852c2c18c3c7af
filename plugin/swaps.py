"""Changes that take their time: code that is faded over, chains that are dipped while their order changes; and faults.

What flows in: what is to change, and the frames that have passed. What flows out: when it has. Nothing here waits; the
tick asks again. [main]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from plugin.arrangement import BLEND, Cast, part_of, played_name
from plugin.plan import ChainPlan, RackPlan
from realtime.dsp.glide import GLIDE_FRAMES
from realtime.dsp.routing.joints import FADE_FRAMES
from realtime.host import Host
from realtime.reach import EVERYTHING

_TOO_SLOW = 0.9
"""Of a block, over LOOKED_AT_FRAMES: whoever needs more leaves nothing for the others."""
_LOOKED_AT_FRAMES, _LOOKS = 6_000, 4
"""As often in a row: a machine that stands still for a moment makes everybody look slow, once."""


@dataclass
class _Looked:
    """How much time a slot had taken when it was last looked at. [main]"""

    frame: int
    total_ns: int
    slow: int = 0
    """How often in a row it was too slow."""


class Swaps:
    """What is under way. [main]"""

    def __init__(self) -> None:
        self._fading: dict[str, int] = {}
        self._dipped: tuple[RackPlan, int] | None = None
        self._hushed: frozenset[str] = frozenset()
        self._hushed_until: int | None = None
        self._looked: dict[str, _Looked] = {}

    def forget(self) -> None:
        """Begin with a new host. [main]"""
        self._fading.clear()
        self._dipped, self._hushed = None, frozenset()
        self._looked.clear()

    # Code

    def begin_fade(self, slot: str, host: Host) -> None:
        """A slot has a new part from the next block on. [main]"""
        self._fading[slot] = host.frame + FADE_FRAMES + _blocks(host, 2)

    def is_fading(self, slot: str) -> bool:
        """Whether its old part is still heard. [main]"""
        return slot in self._fading

    def faded(self, host: Host) -> list[str]:
        """Slots whose old part is silent now. [main]"""
        done = [slot for slot, frame in self._fading.items() if host.frame >= frame]
        for slot in done:
            del self._fading[slot]
        return done

    # Order

    def change(self, host: Host, before: RackPlan, after: RackPlan, play: Callable[[], None]) -> None:
        """Play another plan: at once where no chain that sounds is rearranged, else when those are faded out. [main]"""
        old = self._dipped[0] if self._dipped is not None else before
        rearranged = set(_rearranged(old, after))
        names = {chain.name for chain in old.chains}
        self._hushed |= rearranged | {chain.name for chain in after.chains if chain.name not in names}
        if not rearranged or host.blocks == 0:
            self._dipped, self._hushed_until = None, host.frame
            play()
            return
        self.dip(host, old, rearranged, play)

    def dip(self, host: Host, before: RackPlan, chains: Iterable[str], play: Callable[[], None]) -> None:
        """Fade chains out, and play what is new when they are silent. [main]"""
        self._hushed |= frozenset(chains)
        self._dipped = before, host.frame + GLIDE_FRAMES + _blocks(host, 2)
        self._hushed_until = None
        play()

    def shown(self, plan: RackPlan) -> RackPlan:
        """What is to be played of a plan now: while chains fade out, still the one before. [main]"""
        return plan if self._dipped is None else self._dipped[0]

    def is_hushed(self, chain: str) -> bool:
        """Whether a chain is not to be heard yet, or no longer. [main]"""
        return chain in self._hushed

    @property
    def waits(self) -> bool:
        """Whether the plan before is still heard. [main]"""
        return self._dipped is not None

    def tick(self, host: Host, late: Callable[[], int], play: Callable[[], None]) -> None:
        """Play what waited for a fade; be heard again once what its effects still held is gone by. [main]"""
        if self._dipped is not None and host.frame >= self._dipped[1]:
            self._dipped = None
            play()
            self._hushed_until = host.frame + late() + _blocks(host, 2)
        elif self._hushed and self._hushed_until is not None and host.frame >= self._hushed_until:
            self._hushed = frozenset()
            play()

    # Faults

    def rest(self, slot: str) -> None:
        """A slot's part is taken out. [main]"""
        self._fading.pop(slot, None)

    def faults(self, host: Host, casts: Mapping[str, Cast], *, in_time: bool) -> Iterator[tuple[str, str]]:
        """Slots that send what is no number, or, where it plays in time, take that of all others; and how that reads.
        [main]"""
        times = {name: total for name, _, total in host.rack.program.times_ns()}
        present = {slot.name for slot in host.rack.slots}
        for name, cast in list(casts.items()):
            blend = part_of(name, BLEND)
            if blend not in present:
                continue
            if host.rack.state(blend)["is_broken"][0]:
                yield name, "it sent what is no number."
                continue
            played = played_name(name, cast.serial)
            looked = self._looked.get(played)
            total = times.get(played, 0)
            if looked is None or looked.total_ns > total:
                self._looked[played] = _Looked(host.frame, total)
            elif host.frame - looked.frame >= _LOOKED_AT_FRAMES:
                part = (total - looked.total_ns) * host.rate / (1e9 * (host.frame - looked.frame))
                slow = looked.slow + 1 if part > _TOO_SLOW else 0
                self._looked[played] = _Looked(host.frame, total, slow)
                if in_time and slow >= _LOOKS:
                    yield name, f"it takes {part:.0%} of the time there is."


def _rearranged(before: RackPlan, after: RackPlan) -> Iterator[str]:
    """Chains of both plans whose slots, or way, are not the same."""
    old = {chain.name: _shape(chain) for chain in before.chains}
    for chain in after.chains:
        if chain.name in old and old[chain.name] != _shape(chain):
            yield chain.name
    for chain in before.chains:
        if chain.name not in {each.name for each in after.chains}:
            yield chain.name


def _shape(chain: ChainPlan) -> ChainPlan:
    """A chain without all that can be turned while it sounds."""
    slots = tuple(replace(slot, on=True, mix=1.0, values={}, state={}) for slot in chain.slots)
    sends = tuple(replace(send, level_db=0.0) for send in chain.sends)
    still = replace(chain, level_db=0.0, pan=0.0, mute=False, solo=False, reach=EVERYTHING)
    return replace(still, slots=slots, sends=sends)


def _blocks(host: Host, count: int) -> int:
    return count * int(host.counters()["block_frames"])
