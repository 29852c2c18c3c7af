"""Scores that nobody would write, for the properties that must hold for all of them.

hypothesis in, values of the score out. Bends of notes in a zone lie on the steps of its wheel: MIDI has no others.
"""

from __future__ import annotations

from hypothesis import strategies as st

from score.events import END, METER, SEQUENCER, TEMPO, Bend, Control, KeyPressure, Meta, Pressure, ProgramChange, Sysex
from score.note import Note
from score.score import Score
from score.tempo import Meter, Tempo, TempoMap
from score.zone import LOWER, UPPER, Zone

SEVEN_BITS = st.integers(0, 127)
TICKS = st.one_of(st.integers(0, 20), st.integers(0, 100_000))
CHANNELS = st.integers(0, 15)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)

PARAMETER_CONTROLS = {6, 38, 98, 99, 100, 101}
"""Left out at random, since some of them would make a zone; they have tests of their own."""

METAS = st.one_of(
    st.builds(
        Meta, TICKS, st.integers(0, 127).filter(lambda kind: kind not in (END, TEMPO, METER)), st.binary(max_size=9)
    ),
    st.builds(Meta, TICKS, st.just(SEQUENCER), st.binary(max_size=200)),
    st.builds(Meta, TICKS, st.sampled_from([TEMPO, METER]), st.binary(max_size=2)),  # broken, and kept
)
SYSEX = st.builds(Sysex, TICKS, st.binary(max_size=200), st.booleans())


@st.composite
def curves(draw, duration_ticks, values):
    """A few points within a note."""
    offsets = draw(st.lists(st.integers(0, duration_ticks), max_size=4, unique=True))
    return tuple((offset, draw(values)) for offset in sorted(offsets))


@st.composite
def notes(draw, zones=()):
    """One note: on a plain channel, or in one of the zones."""
    members = {member for zone in zones for member in zone.members}
    channel = draw(CHANNELS.filter(lambda number: number not in members))
    zone = next((zone for zone in zones if zone.master == channel), None)
    # Few keys and short times, so that notes meet, overlap and lie within each other.
    duration_ticks = draw(st.one_of(st.integers(1, 12), st.integers(1, 50_000)))
    bends = st.floats(-96, 96) if zone is None else st.integers(-8192, 8191).map(zone.bend_st)
    return Note(
        draw(TICKS),
        duration_ticks,
        draw(st.one_of(st.integers(60, 61), SEVEN_BITS)),
        draw(st.integers(1, 127)),
        channel,
        draw(SEVEN_BITS),
        draw(curves(duration_ticks, bends)),
        draw(curves(duration_ticks, SEVEN_BITS)),
        draw(curves(duration_ticks, SEVEN_BITS)),
        draw(st.integers(0, 9)) == 0,
    )


@st.composite
def zones_of_a_track(draw):
    """No zone, one, or two that share no channel."""
    ranges = st.sampled_from([48.0, 24.0, 2.0, 12.5, 0.07, 96.0])
    lower = draw(st.integers(0, 15))
    upper = draw(st.integers(0, max(0, 14 - lower)))
    return tuple(Zone(master, members, draw(ranges)) for master, members in ((LOWER, lower), (UPPER, upper)) if members)


@st.composite
def events(draw, zones=()):
    """Anything but a note; on members of a zone nothing that would move a note."""
    members = {member for zone in zones for member in zone.members}
    free = CHANNELS.filter(lambda number: number not in members)
    quiet = PARAMETER_CONTROLS | {74}
    return draw(
        st.one_of(
            METAS,
            SYSEX,
            st.builds(Control, TICKS, free, SEVEN_BITS.filter(lambda n: n not in PARAMETER_CONTROLS), SEVEN_BITS),
            st.builds(Control, TICKS, CHANNELS, SEVEN_BITS.filter(lambda n: n not in quiet), SEVEN_BITS),
            st.builds(Bend, TICKS, free, st.integers(-8192, 8191)),
            st.builds(Pressure, TICKS, free, SEVEN_BITS),
            st.builds(KeyPressure, TICKS, CHANNELS, SEVEN_BITS, SEVEN_BITS),
            st.builds(ProgramChange, TICKS, CHANNELS, SEVEN_BITS),
        )
    )


@st.composite
def tempo_maps(draw):
    """Any resolution, some changes."""
    tempos = st.builds(Tempo, TICKS, st.integers(1, 0xFFFFFF))
    below = st.sampled_from([1, 2, 4, 8, 16, 32, 64, 128])
    byte = st.integers(0, 255)
    meters = st.builds(Meter, TICKS, st.integers(1, 255), below, byte, byte)
    return TempoMap(
        draw(st.one_of(st.sampled_from([96, 480, 960]), st.integers(1, 0x7FFF))),
        tuple(draw(st.lists(tempos, max_size=4))),
        tuple(draw(st.lists(meters, max_size=4))),
    )


@st.composite
def scores(draw, most_tracks=3, most_notes=14):
    """A whole piece."""
    score = Score(draw(tempo_maps()), (), draw(NAMES), tuple(draw(st.lists(st.one_of(METAS, SYSEX), max_size=3))))
    for _ in range(draw(st.integers(0, most_tracks))):
        zones = draw(zones_of_a_track())
        made = sorted(
            draw(st.lists(notes(zones), max_size=most_notes)), key=lambda note: (note.start_ticks, note.pitch)
        )
        happens = draw(st.lists(events(zones), max_size=4))
        score = score.adding(draw(NAMES), made, happens, zones, draw(TICKS))
    return score


def described(score):
    """All of a score, with the ids, which do not count when scores are compared."""
    return score, [(track.id, [(note.id, note) for note in track.notes]) for track in score.tracks]
