"""What the benchmark of garbage lets pass, and what it fails."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.ears import garbage

CASE = garbage.Case("made up", lambda path: None, None, notes_a_minute=1.0, is_long=True)
ROW = np.array([[1.0, 1.0, 2.0, 60.0, 0.5, 60.0]])


def outcome(code: int = 0, words: str = "", notes=ROW[:0], memory=()):
    return garbage.Outcome(code, words, 1.0, notes, list(memory))


@pytest.mark.parametrize(
    ("made", "wrong"),
    [
        (outcome(), None),
        (outcome(2, "vocello: no sound in it. Choose another.\n", None), None),
        (outcome(2, "one\ntwo\n", None), "an error of 2 lines"),
        (outcome(1, "Traceback (most recent call last):\nValueError: no\n", None), "a traceback: ValueError: no"),
        (outcome(-9), "ended with -9 after 1 s"),
        (outcome(notes=None), "no table of notes"),
        (outcome(notes=ROW * np.nan), "notes that are not numbers"),
        (outcome(notes=np.repeat(ROW, 2, axis=0)), "2 notes"),
        (outcome(memory=[2**20 * n for n in range(100)]), "memory grew by 89 MB"),
        (outcome(memory=[2**20] * 100), None),
    ],
)
def test_garbage_passes_in_silence_or_with_one_line_and_fails_otherwise(made, wrong):
    assert garbage.objection(CASE, made, 1.0) == wrong


def test_a_melody_that_was_not_heard_to_the_end_is_found_out():
    sung = garbage.Case("2 h", lambda path: None, False, notes_a_minute=150.0, least_a_minute=100.0)
    assert garbage.objection(sung, outcome(notes=np.repeat(ROW, 4, axis=0)), 120.0) == "no more than 4 notes"
    assert garbage.objection(sung, outcome(notes=np.repeat(ROW, 120, axis=0)), 1.0) is None


def test_an_error_that_is_due_has_to_come():
    due = garbage.Case("0 bytes", lambda path: None, True)
    assert garbage.objection(due, outcome(), 1.0) == "an error was due"


@pytest.mark.parametrize("case", garbage.cases(), ids=lambda case: case.name)
def test_every_case_of_garbage_can_be_made(case, tmp_path: Path):
    case.make(tmp_path / "x.wav")
    assert (tmp_path / "x.wav").exists() == (case.name != "no file at all")
