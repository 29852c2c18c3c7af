"""What holds for every shape and whatever is sung."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ml.said import Said
from ml.shaping import AUTO, CHORDS, MODES, Chord, Mode, Outside, Scale, Shape, Shaper
from realtime.events import BEND, CONTROL, NOTE_OFF, NOTE_ON, PRESSURE
from tests.ml.shaping.tunes import Hops, told

KEYS = st.integers(0, 127)
BENDS = st.floats(-2, 2).map(lambda bend_st: Said(BEND, 0, bend_st))
EXPRESSION = st.one_of(
    st.floats(0, 1).map(lambda value: Said(PRESSURE, 0, value)),
    st.floats(0, 1).map(lambda value: Said(CONTROL, 74, value)),
)


@st.composite
def melodies(draw: st.DrawFn) -> Hops:
    """Anything that monophonic ears may say: rests, slurs, notes of one hop, and bends that rest or run."""
    hops: Hops = [[]]
    sounding: int | None = None
    for _ in range(draw(st.integers(0, 8))):
        if draw(st.booleans()):
            hops.append([])
        if sounding is not None:
            hops[-1].append(Said(NOTE_OFF, sounding, 0.5))
            if draw(st.booleans()):
                hops += [draw(st.lists(EXPRESSION, max_size=2)), *([] for _ in range(draw(st.integers(0, 20))))]
        sounding = draw(KEYS)
        velocity = draw(st.floats(0.1, 1))
        hops[-1] += [draw(BENDS), *draw(st.lists(EXPRESSION, max_size=2)), Said(NOTE_ON, sounding, velocity)]
        start, end = draw(st.floats(-2, 2)), draw(st.floats(-2, 2))
        moving = draw(st.integers(0, 40))
        hops += [[Said(BEND, 0, start + (end - start) * n / moving)] for n in range(moving)]
        hops += [[] for _ in range(draw(st.integers(0, 60)))]
    if sounding is not None and draw(st.booleans()):
        hops.append([Said(NOTE_OFF, sounding, 0.5)])
    return hops


def is_possible(shape: dict[str, Any]) -> bool:
    scale, chord = shape["scale"], shape["chord"]
    is_diatonic = isinstance(chord, Chord) and chord.thirds > 0
    return not (isinstance(scale, Scale) and scale.mode == "chromatic" and is_diatonic)


def shape_of(fields: dict[str, Any]) -> Shape:
    return Shape(**fields)


SCALES = st.builds(Scale.of, st.integers(0, 11), st.sampled_from(sorted(MODES)))
SHAPES = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(list(Mode)),
        "scale": st.one_of(st.just(AUTO), SCALES),
        "chord": st.sampled_from([*CHORDS.values(), Chord.parse("-12 0 4 7")]),
        "octave": st.integers(-5, 5),
        "transpose_st": st.integers(-48, 48),
        "lowest": st.integers(0, 80),
        "highest": st.integers(80, 127),
        "outside": st.sampled_from(list(Outside)),
        "hold": st.booleans(),
        "portamento": st.booleans(),
        "vibrato": st.one_of(st.none(), st.floats(0, 1)),
        "follow_tuning": st.booleans(),
        "bend_range_st": st.floats(0, 48),
    }
)
POSSIBLE = SHAPES.filter(is_possible).map(shape_of)


def hanging(said: list[Said]) -> set[int]:
    """The keys still down, after checking that none goes down twice and none comes up that was not down."""
    down: set[int] = set()
    for each in said:
        if each.kind == NOTE_ON:
            assert each.number not in down
            down.add(each.number)
        elif each.kind == NOTE_OFF:
            down.remove(each.number)
    return down


@settings(deadline=None, max_examples=25)
@given(POSSIBLE, melodies())
def test_every_key_that_goes_down_comes_up_once(shape: Shape, hops: Hops):
    said = [each for _, each in told(shape, hops)]
    assert hanging(said) == set()
    assert all(shape.lowest <= each.number <= shape.highest for each in said if each.kind in (NOTE_ON, NOTE_OFF))


@settings(deadline=None, max_examples=25)
@given(POSSIBLE, melodies())
def test_every_bend_is_within_what_the_shape_allows(shape: Shape, hops: Hops):
    bends = [each.value for _, each in told(shape, hops) if each.kind == BEND]
    room_st = 0.5 if shape.mode is Mode.FREE and not shape.portamento else 1.0 if shape.mode is not Mode.FREE else 48.0
    assert all(math.isfinite(bend) and abs(bend) <= min(room_st, shape.bend_range_st) for bend in bends)


@settings(deadline=None, max_examples=25)
@given(melodies())
def test_free_pitch_changes_nothing_bit_for_bit(hops: Hops):
    shaper = Shaper(Shape())
    assert [shaper.shape(list(hop)) for hop in hops] == hops


@settings(deadline=None, max_examples=25)
@given(SCALES, st.booleans(), melodies())
def test_what_is_played_in_a_scale_is_of_the_scale(scale: Scale, tuned: bool, hops: Hops):
    said = told(Shape(mode=Mode.SCALE, scale=scale, follow_tuning=tuned), hops)
    assert all(each.number in scale for _, each in said if each.kind == NOTE_ON)


@settings(deadline=None, max_examples=25)
@given(st.sampled_from([Mode.FREE, Mode.SEMITONE, Mode.SCALE, Mode.CHORD]), melodies())
def test_no_sung_note_is_lost_or_late(mode: Mode, hops: Hops):
    said = told(Shape(mode=mode, octave=0, transpose_st=1), hops)
    struck = {n for n, each in said if each.kind == NOTE_ON}
    assert {n for n, hop in enumerate(hops) if any(each.kind == NOTE_ON for each in hop)} <= struck


@settings(deadline=None, max_examples=25)
@given(st.lists(POSSIBLE, min_size=2, max_size=4), melodies())
def test_a_shape_changed_in_mid_melody_leaves_nothing_hanging(shapes: list[Shape], hops: Hops):
    shaper = Shaper(shapes[0])
    said: list[Said] = []
    for n, hop in enumerate(hops):
        if n % 7 == 6:
            said += shaper.change([*shapes, Shape()][n // 7 % (len(shapes) + 1)])
        said += shaper.shape(hop)
    assert hanging(said + shaper.finish()) == set()


@settings(deadline=None, max_examples=25)
@given(POSSIBLE, melodies())
def test_a_reset_repeats(shape: Shape, hops: Hops):
    shaper = Shaper(shape)
    first = told(shaper, hops)
    shaper.reset()
    assert told(shaper, hops) == first
