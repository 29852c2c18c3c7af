"""Everything a hand can do, with settings at random, for the properties that must hold for all of it.

hypothesis in, functions from a score and ids to an edit out.
"""

from __future__ import annotations

from hypothesis import strategies as st

from score.harmony.scales import SCALES, Scale
from score.note import Note
from score.operations import cutting, drawing, feel, intonation, lanes, loudness, moving, pitches, quantising
from score.operations.grid import Grid
from score.score import Score

SCALE = st.builds(Scale, st.integers(0, 11), st.sampled_from(sorted(SCALES)))
GRID = st.builds(
    Grid,
    st.sampled_from([1, 2, 4, 8, 16, 32, 64, 5]),
    st.sampled_from(["straight", "triplet", "dotted", "bar"]),
    st.sampled_from([50.0, 58.0, 66.7, 75.0]),
)
SHARE = st.sampled_from([0.0, 0.3, 0.5, 1.0])
FAR = st.one_of(st.integers(-30, 30), st.integers(-60_000, 60_000))
MS = st.sampled_from([0.0, 5.0, 40.0, 300.0])
GROOVE = st.builds(
    quantising.Groove,
    GRID,
    st.lists(st.floats(-0.49, 0.49), max_size=5).map(tuple),
    st.lists(st.integers(0, 127), max_size=5).map(tuple),
)
STROKE = st.builds(
    drawing.Stroke,
    st.lists(st.tuples(st.integers(0, 60_000), st.floats(-20, 140)), min_size=1, max_size=6).map(tuple),
    st.sampled_from(["pencil", "line", "curve", "steps"]),
    st.sampled_from([-1.0, 0.0, 0.4]),
)
LANE = st.one_of(
    st.builds(lanes.Lane, st.just("control"), st.integers(0, 15), st.sampled_from([1, 7, 11, 64, 10])),
    st.builds(lanes.Lane, st.sampled_from(["bend", "pressure"]), st.integers(0, 15)),
)

OPERATIONS = st.one_of(
    st.builds(moving.Move, FAR, st.integers(-130, 130)),
    st.builds(moving.Duplicate, st.none() | st.integers(0, 90_000), GRID, st.integers(-12, 12)),
    st.builds(moving.ResizeEnd, FAR),
    st.builds(moving.ResizeStart, FAR),
    st.builds(moving.Stretch, st.sampled_from([0.01, 0.5, 1.0, 1.7, 3.0])),
    st.builds(moving.Stretch, to_ticks=st.integers(1, 60_000)),
    st.builds(moving.Reverse, st.booleans()),
    st.builds(moving.Mute, st.none() | st.booleans()),
    st.builds(pitches.Transpose, st.integers(-20, 20), st.integers(-2, 2)),
    st.builds(pitches.TransposeInScale, st.integers(-9, 9), SCALE),
    st.builds(pitches.SnapToScale, SCALE, st.sampled_from(["nearest", "up", "down"])),
    st.builds(pitches.Invert, st.none() | st.integers(40, 80), st.none() | SCALE),
    st.builds(
        pitches.ToChord,
        SCALE,
        st.sampled_from(["triad", "seventh", "ninth", "power", "octave"]),
        st.integers(0, 3),
    ),
    st.builds(cutting.Split, st.integers(0, 60_000)),
    st.builds(cutting.Glue, st.booleans()),
    st.builds(cutting.RemoveOverlaps, st.booleans()),
    st.builds(cutting.RemoveShort, st.sampled_from([0.0, 20.0, 1000.0])),
    st.builds(quantising.Quantise, GRID, st.booleans(), st.booleans(), SHARE, SHARE, st.none() | GROOVE, SHARE),
    st.builds(feel.Strum, st.sampled_from(["up", "down"]), MS, st.sampled_from([0.5, 1.0, 2.0]), MS),
    st.builds(feel.Strum, lands_on_beat=st.just("last")),
    st.builds(feel.Humanise, MS, st.integers(0, 40), st.sampled_from([0.0, 30.0]), st.booleans(), st.integers(0, 9)),
    st.builds(feel.Legato, st.sampled_from([-30.0, 0.0, 30.0]), st.booleans()),
    st.builds(loudness.SetVelocity, st.integers(1, 127)),
    st.builds(loudness.ChangeVelocity, st.floats(0, 3), st.integers(-50, 50)),
    st.builds(loudness.CompressVelocity, st.floats(-1, 1), st.none() | st.integers(1, 127)),
    st.builds(loudness.RampVelocity, st.floats(0, 130), st.floats(0, 130), st.booleans()),
    st.builds(intonation.Drift, SHARE),
    st.builds(intonation.Vibrato, st.sampled_from([0.0, 0.5, 2.0])),
    st.builds(intonation.Straighten, SHARE, st.booleans()),
    st.builds(intonation.CentrePitch, SHARE),
    st.builds(intonation.Detune, st.floats(-300, 300)),
    st.builds(intonation.JoinPitch, MS, st.sampled_from([0.5, 20.0])),
    st.builds(intonation.Portamento, MS, MS),
    st.builds(drawing.Redraw, STROKE, st.sampled_from(["bend_st", "pressure", "timbre"])),
    st.builds(drawing.DrawVelocity, STROKE),
)

LANE_OPERATIONS = st.one_of(
    st.builds(lanes.DrawLane, LANE, STROKE, last_value_holds=st.booleans()),
    st.builds(lanes.ScaleLane, LANE, st.just(0), st.integers(1, 90_000), st.floats(0, 2), st.floats(0, 2)),
    st.builds(lanes.ThinOut, LANE, percent=st.floats(0, 50)),
    st.builds(lanes.ClearLane, LANE),
)


@st.composite
def picks(draw, score):
    """Some of the notes of a score."""
    ids = [note.id for _, note in score]
    return draw(st.lists(st.sampled_from(ids), max_size=8, unique=True)) if ids else []


def done(score, edit):
    """The score after an edit, or as it was where there is none."""
    return edit.apply(score)[0] if edit is not None else score


def ids_of(score):
    """Every note."""
    return [note.id for _, note in score]


def piece(*notes, tempo=None):
    """A score of one track, with its notes in this order."""
    return (Score() if tempo is None else Score(tempo)).adding("", notes)


def notes_of(score):
    """The notes of a score of one track, in order."""
    return list(score.tracks[0].notes)


def row(*pitches, length=480):
    """Notes one after the other."""
    return [Note(length * n, length, pitch) for n, pitch in enumerate(pitches)]
