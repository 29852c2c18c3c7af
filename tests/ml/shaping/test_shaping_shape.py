"""What can be wanted, and what makes no sense."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.shaping import AUTO, Chord, Mode, Outside, Scale, Shape
from score.errors import UsageError


def test_words_of_a_command_line_make_a_shape():
    shape = Shape.parse(mode="scale", scale="D dorian", octave=-1, lowest="C2", highest="c5", outside="leave-out")
    assert shape == Shape(
        mode=Mode.SCALE, scale=Scale.of(2, "dorian"), octave=-1, lowest=36, highest=72, outside=Outside.LEAVE_OUT
    )


def test_no_words_change_nothing():
    assert Shape.parse() == Shape()


def test_a_scale_or_a_chord_alone_names_the_mode():
    assert Shape.parse(scale="auto") == Shape(mode=Mode.SCALE, scale=AUTO)
    assert Shape.parse(chord="power", scale="C") == Shape(
        mode=Mode.CHORD, scale=Scale.of(0, "major"), chord=Chord.parse("power")
    )


@pytest.mark.parametrize(
    ("words", "fix"),
    [
        ({"mode": "sclae"}, "free, semitone, scale, chord"),
        ({"mode": "free", "scale": "C"}, "leave the scale out"),
        ({"mode": "scale", "chord": "triad"}, "leave the chord out"),
        ({"scale": "C happy"}, "dorian"),
        ({"chord": "triangle"}, "seventh"),
        ({"chord": "triad", "scale": "chromatic"}, "octave"),
        ({"chord": "seventh", "scale": "C 0 7"}, "octave"),
        ({"octave": 9}, "-5 to 5"),
        ({"transpose_st": 99}, "-48 to 48"),
        ({"vibrato": 1.5}, "0 to 1"),
        ({"vibrato": float("nan")}, "0 to 1"),
        ({"bend_range_st": -1.0}, "0 to 96"),
        ({"lowest": "C5", "highest": "C4"}, "Exchange"),
        ({"lowest": "low"}, "C-1 to G9"),
        ({"outside": "cry"}, "fold, leave out"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_is_possible(words: dict[str, Any], fix: str):
    with pytest.raises(UsageError) as error:
        Shape.parse(**words)
    assert fix in error.value.fix


@settings(deadline=None)
@given(st.integers(0, 127), st.integers(-5, 5), st.integers(-48, 48), st.integers(0, 100), st.integers(0, 40))
def test_a_folded_key_is_in_range_and_of_the_same_name(key: int, octave: int, st_up: int, lowest: int, width: int):
    highest = min(lowest + width, 127)
    played = Shape(octave=octave, transpose_st=st_up, lowest=lowest, highest=highest).played(key)
    possible = [each for each in range(lowest, highest + 1) if (each - key - st_up) % 12 == 0]
    moved = key + 12 * octave + st_up
    assert played == min(possible, key=lambda each: abs(each - moved), default=None)


def test_a_key_outside_the_range_is_left_out_when_asked():
    shape = Shape(lowest=60, highest=71, outside=Outside.LEAVE_OUT)
    assert [shape.played(key) for key in (59, 60, 71, 72)] == [None, 60, 71, None]
