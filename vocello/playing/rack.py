"""Which instrument is meant, what plays it, and the rack that it stands in, live and offline alike.

What flows in: a name, as a user typed it. What flows out: an `Instrument`, and slots for the rack: the cello or what
follows a voice, and a limiter, which leaves as it is whatever is not too loud. [main]
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from realtime.dsp.cello import cello
from realtime.dsp.limiter import limiter
from realtime.dsp.strings.follower import follower
from realtime.dsp.strings.hall import learn_hall
from realtime.dsp.strings.instrument import INSTRUMENTS, OWN, Arrays, adopt, at_rate, in_stereo, missing, read
from realtime.host import Host
from realtime.rack import Slot
from score.errors import ModelError, UsageError

NEURAL, ADDITIVE = "neural", "additive"
MODELS = (NEURAL, ADDITIVE)
MODES = ("solo", "poly", "mpe")
LIMITER = "limiter"
FOLLOWER = "follower"
_LEVEL_DB = 6.0


@dataclass(frozen=True)
class Instrument:
    """What plays: one of those that are shipped, or one of the user's own. [any]"""

    name: str
    number: int  # as the kernels' knob counts them
    model: str  # NEURAL or ADDITIVE
    arrays: Arrays | None = None  # of one's own
    trouble: str = ""  # why physics plays alone although the network was asked for

    @property
    def plays(self) -> str:
        """The model that is heard. [any]"""
        return ADDITIVE if self.trouble else self.model

    def told(self) -> str:
        """Who plays, for people; if it is physics alone, why. [any]"""
        if self.trouble:
            return f"The {self.name} plays on physics alone: {self.trouble}"
        if self.model == ADDITIVE:
            return f"The {self.name} plays on physics alone, as you asked."
        return f"The {self.name} plays by its network."

    def knobs(self) -> dict[str, float]:
        """What both kernels have to be told. [any]"""
        return {"instrument": float(self.number), "model": 1.0 if self.model == NEURAL else 0.0, "level_db": _LEVEL_DB}

    def enter(self, host: Host) -> None:
        """Teach one's own instrument to a host whose rack has just been made; the shipped ones are there. [main]"""
        if self.arrays is None:
            return
        for slot in host.rack.slots:
            if slot.kernel in (cello, follower):
                state = host.rack.state(slot.name)[0]
                adopt(state, OWN, self.arrays)
                if "hall" in self.arrays:
                    learn_hall(state["room"], *in_stereo(at_rate(self.arrays["hall"], host.rate), host.rate))


def find_instrument(name: str = "cello", model: str = NEURAL) -> Instrument:
    """The instrument of a name, or of a file NAME.npz with its card NAME.json beside it. [main]"""
    if model not in MODELS:
        raise UsageError(f"there is no model '{model}'.", f"There are: {', '.join(MODELS)}.")
    if name in INSTRUMENTS[:OWN]:
        trouble = missing().get(name, "") if model == NEURAL else ""
        return Instrument(name, INSTRUMENTS.index(name), model, trouble=trouble)
    path = Path(name)
    if path.suffix not in (".npz", ".json"):
        raise UsageError(
            f"there is no instrument '{name}'.",
            f"There are: {', '.join(INSTRUMENTS[:OWN])}; or give a file NAME.npz, its card NAME.json beside it.",
        )
    for each in (path.with_suffix(".npz"), path.with_suffix(".json")):
        if not each.is_file():
            raise ModelError(f"there is no file '{each}'.", "An instrument is two files: NAME.npz and NAME.json.")
    return Instrument(path.stem, OWN, model, read(path.stem, path.parent))


def player_name(number: int) -> str:
    """What the slot of the nth cello is called. [any]"""
    return "cello" if number == 0 else f"cello {number + 1}"


def cello_slots(
    instrument: Instrument, mode: str = "solo", *, dry: bool = False, count: int = 1, a4_hz: float = 440.0
) -> tuple[Slot, ...]:
    """So many cellos of 16 players each, and the limiter. [main]"""
    if mode not in MODES:
        raise UsageError(f"there is no mode '{mode}'.", f"There are: {', '.join(MODES)}.")
    knobs = {**instrument.knobs(), "mode": float(MODES.index(mode)), "hall": 0.0 if dry else 1.0, "a4_hz": a4_hz}
    players = tuple(Slot(player_name(n), cello, knobs) for n in range(count))
    return (*players, Slot(LIMITER, limiter))


def follower_slots(instrument: Instrument, *, dry: bool = False, level_db: float = _LEVEL_DB) -> tuple[Slot, ...]:
    """What follows a voice, and the limiter. [main]"""
    knobs = {**instrument.knobs(), "hall": 0.0 if dry else 1.0, "level_db": level_db}
    return Slot(FOLLOWER, follower, knobs), Slot(LIMITER, limiter)


def following_slots(instrument: Instrument, transpose_st: float, *, a4_hz: float = 440.0) -> tuple[Slot, ...]:
    """What follows a voice while it sings, so much higher, and a cello for the keyboards beside it. [main]"""
    voice, last = follower_slots(instrument)
    moved = replace(voice, knobs={**voice.knobs, "shift_st": float(transpose_st)})
    return moved, *cello_slots(instrument, a4_hz=a4_hz)[:-1], last
