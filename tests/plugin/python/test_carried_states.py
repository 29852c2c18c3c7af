"""What a new version of a file takes over from the one that sounds: what has kept name and type, to the byte."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from realtime.carry import carried_fields
from realtime.dsp.glide import GLIDE

NAMES = st.sampled_from(["gain", "last", "line", "voice"])
PLAIN = st.sampled_from(["f8", "f4", "i8", "u8", "c16", GLIDE])


def records(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    sub = st.one_of(inner, st.tuples(inner, st.sampled_from([(2,), (3,), (2, 2)])).map(lambda each: np.dtype(each)))
    fields = st.lists(st.tuples(NAMES, sub), min_size=1, max_size=4, unique_by=lambda each: each[0])
    return fields.map(lambda each: np.dtype(each, align=True))


DTYPES = records(st.one_of(PLAIN, records(PLAIN)))


def carry(old: np.ndarray, new: np.dtype[Any]) -> np.ndarray:
    state = np.zeros(1, new)
    for at, to, size in carried_fields(old.dtype, new):
        assert 0 <= at <= at + size <= old.dtype.itemsize
        assert 0 <= to <= to + size <= new.itemsize
        state.view(np.uint8)[to : to + size] = old.view(np.uint8)[at : at + size]
    return state


def filled(dtype: np.dtype[Any]) -> np.ndarray:
    state = np.zeros(1, dtype)
    state.view(np.uint8)[:] = np.arange(1, dtype.itemsize + 1) % 120 + 1
    return state


@given(DTYPES)
def test_a_state_of_the_same_shape_is_carried_whole(dtype: np.dtype[Any]) -> None:
    old = filled(dtype)
    assert carry(old, dtype).tobytes() == old.tobytes()


@given(DTYPES, DTYPES)
def test_a_field_of_the_same_name_and_type_keeps_its_value_and_all_others_begin_anew(
    before: np.dtype[Any], after: np.dtype[Any]
) -> None:
    old = filled(before)
    new = carry(old, after)
    for name in after.names or ():
        if before.fields and name in before.fields and before[name] == after[name]:
            assert new[name].tobytes() == old[name].tobytes()
        elif not before.fields or name not in before.fields or before[name].shape != after[name].shape:
            assert not new[name].tobytes().strip(b"\0")


@given(DTYPES, DTYPES)
def test_no_byte_is_written_twice(before: np.dtype[Any], after: np.dtype[Any]) -> None:
    written = np.zeros(after.itemsize, int)
    for _, to, size in carried_fields(before, after):
        written[to : to + size] += 1
    assert written.max() <= 1


def test_a_line_that_has_become_longer_begins_anew_and_its_neighbours_do_not() -> None:
    before = np.dtype([("gain", GLIDE), ("line", "f4", (8,)), ("last", "f8")], align=True)
    after = np.dtype([("last", "f8"), ("line", "f4", (16,)), ("gain", GLIDE)], align=True)
    old = filled(before)
    new = carry(old, after)
    assert new["last"] == old["last"]
    assert new["gain"] == old["gain"]
    assert not new["line"].any()
