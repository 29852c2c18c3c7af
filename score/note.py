"""A note, with everything that its own string, breath or finger does to it while it sounds.

Pure values, safe on any thread. Time is whole ticks (see `score.tempo`), so that a MIDI file comes back as it was
written; a curve is a tuple of points, each `(ticks since the note began, value)`, and a value holds until the next.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from score.errors import EditError

LAST_TICK = 2**28 - 1
"""The longest time that one delta of a MIDI file can say: 38 hours at 960 ticks a quarter and 120 quarters a minute."""

BEND_LIMIT_ST = 96.0
NEUTRAL_BEND_ST, NEUTRAL_PRESSURE, NEUTRAL_TIMBRE = 0.0, 0, 64
"""What an empty curve means: in tune, no pressure, timbre in the middle (MPE centres CC 74 there)."""

Curve = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Note:
    """One note. Equal notes sound equal: `id`, by which a window remembers a note, does not count. [any]"""

    start_ticks: int
    duration_ticks: int
    pitch: int
    velocity: int = 80
    channel: int = 0
    release_velocity: int = 64
    bend_st: Curve = ()
    pressure: Curve = ()
    timbre: Curve = ()
    muted: bool = False
    id: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        start, duration = self.start_ticks, self.duration_ticks
        whole(start, 0, LAST_TICK, "a note's start, in ticks,")
        whole(duration, 1, LAST_TICK - start, "a note's duration, in ticks,")
        whole(self.pitch, 0, 127, "a note's pitch")
        whole(self.velocity, 1, 127, "a note's velocity")
        whole(self.channel, 0, 15, "a note's channel")
        whole(self.release_velocity, 0, 127, "a note's release velocity")
        if type(self.muted) is not bool:
            raise EditError(f"A note is muted or is not: {self.muted!r} is neither.", "Give True or False.")
        for name, neutral in (("bend_st", NEUTRAL_BEND_ST), ("pressure", NEUTRAL_PRESSURE), ("timbre", NEUTRAL_TIMBRE)):
            if getattr(self, name):
                object.__setattr__(self, name, _curve(name, getattr(self, name), neutral, duration))

    def numbered(self, number: int) -> Note:
        """The same note under another id; what was checked once is not checked again. [any]"""
        made = object.__new__(Note)
        for name in self.__slots__:
            object.__setattr__(made, name, getattr(self, name))
        object.__setattr__(made, "id", number)
        return made

    @property
    def end_ticks(self) -> int:
        """The first tick at which the note no longer sounds. [any]"""
        return self.start_ticks + self.duration_ticks

    @property
    def is_expressive(self) -> bool:
        """Whether it moves by itself, and so needs a channel of its own in MIDI. [any]"""
        return bool(self.bend_st or self.pressure or self.timbre)


def value_at(curve: Curve, offset_ticks: float, neutral: float) -> float:
    """What a curve says so many ticks after its note began. [any]"""
    value = neutral
    for ticks, then in curve:
        if ticks > offset_ticks:
            break
        value = then
    return value


def whole(value: int, low: int, high: int, what: str) -> None:
    """Refuse what is not a whole number from low to high. [any]"""
    if type(value) is not int:
        raise EditError(f"{what[0].upper()}{what[1:]} cannot be {value!r}.", "Give a whole number (an int).")
    if not low <= value <= high:
        raise EditError(f"{what[0].upper()}{what[1:]} cannot be {value}.", f"Give {low} to {high}.")


def counted(number: int, what: str) -> str:
    """A number of things, as one says it. [any]"""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _curve(name: str, points: Curve, neutral: float, duration_ticks: int) -> Curve:
    """The points as they are kept: from the note's start, in order, and none at all where nothing moves."""
    last = -1
    for ticks, value in points:
        whole(ticks, 0, duration_ticks, f"a point of {name}, in ticks since its note began,")
        if ticks <= last:
            raise EditError(f"The points of {name} stand at {last} and then at {ticks} ticks.", "Give them in order.")
        last = ticks
        if name != "bend_st":
            whole(value, 0, 127, name)  # type: ignore[arg-type]
        elif not -BEND_LIMIT_ST <= value <= BEND_LIMIT_ST:  # NaN is refused here as well
            raise EditError(f"A note cannot bend by {value} semitones.", "Give -96 to 96.")
    if points[0][0] > 0:
        points = ((0, neutral), *points)
    points = tuple((ticks, float(value) + 0.0 if name == "bend_st" else value) for ticks, value in points)
    return () if points == ((0, neutral),) else points
