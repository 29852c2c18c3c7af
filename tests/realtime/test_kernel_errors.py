"""What is no kernel: refused in plain words, at the line where it stands, before it can be heard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realtime.dsp.glide import GLIDE
from realtime.kernel import Kernel, Knob, kernel
from score.errors import KernelError
from tests.realtime.driving import run

STATE = np.dtype([("gain", "f8"), ("calls", "i8"), ("glide", GLIDE)], align=True)


def ramp(frames: int = 16) -> np.ndarray:
    return np.arange(frames, dtype=np.float32)


def define(function: Callable[..., None], *knobs: Knob, state: Any = STATE) -> Kernel:
    return kernel(state, *knobs)(function)


def no_frames(s: Any, x: Any, y: Any) -> None:
    s.calls = 1


def frames_first(s: Any, frames: int, x: Any) -> None:
    s.calls = 1


def only_frames(frames: int) -> None:
    pass


def unknown_argument(s: Any, x: Any, volume: Any, frames: int) -> None:
    s.calls = 1


def five_inputs(s: Any, x1: Any, x2: Any, x3: Any, x4: Any, x5: Any, frames: int) -> None:
    s.calls = 1


def five_outputs(s: Any, y1: Any, y2: Any, y3: Any, y4: Any, y5: Any, frames: int) -> None:
    s.calls = 1


def only_words(s: Any, x: Any, y: Any, frames: int) -> None:
    """Says what it would do."""


def fine(s: Any, x: Any, y: Any, frames: int) -> None:
    s.calls = frames


async def later(s: Any, x: Any, y: Any, frames: int) -> None:
    s.calls = frames


def keyword_only(s: Any, x: Any, y: Any, *, frames: int) -> None:
    s.calls = frames


def position_only(s: Any, x: Any, y: Any, /, frames: int) -> None:
    s.calls = frames


def starred(s: Any, *x: Any, frames: int) -> None:
    s.calls = frames


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (no_frames, r"'no_frames' takes \(s, x, y\). Write it as \(s, x, y, frames\)"),
        (frames_first, r"takes \(s, frames, x\). Write it as"),
        (only_frames, "Write it as"),
        (unknown_argument, "takes 'volume', which is none of"),
        (five_inputs, "more than 4 channels"),
        (five_outputs, "more than 4 channels"),
        (only_words, "'only_words' has no body"),
        (later, "later"),
        (starred, "starred"),
        (lambda s, x, y, frames: None, "lambda"),
    ],
)
def test_what_is_no_kernel_is_refused_in_plain_words(function: Callable[..., None], words: str) -> None:
    with pytest.raises(KernelError, match=words):
        define(function)


@pytest.mark.parametrize("function", [keyword_only, position_only])
def test_a_signature_with_a_star_or_a_slash_works_or_is_refused_in_plain_words(function: Callable[..., None]) -> None:
    try:
        made = define(function)
    except KernelError as error:
        assert function.__name__ in str(error)
        return
    state = made.new_state(1.0)
    run(made, state, [ramp()])
    assert state["calls"][0] == 16


def test_a_closure_is_refused() -> None:
    level = 0.5

    def closes_over(s: Any, x: Any, y: Any, frames: int) -> None:
        for n in range(frames):
            y[n] = x[n] * level

    with pytest.raises(KernelError, match=r"'closes_over' uses variables of the function around it. Define it in a"):
        define(closes_over)


def test_a_function_without_a_source_is_refused() -> None:
    room: dict[str, Any] = {}
    exec("def typed_in(s, x, y, frames):\n    s.calls = 1\n", room)
    with pytest.raises(KernelError, match="typed_in"):
        define(room["typed_in"])


def test_a_knob_without_a_field_is_refused() -> None:
    with pytest.raises(KernelError, match="'fine' has a knob 'volume' that its state lacks"):
        define(fine, Knob("volume", 0.0, 1.0, 0.5))


@pytest.mark.parametrize("field", ["f4", "i8", "u1", ("f8", (2,)), [("a", "f8"), ("b", "f8")]])
def test_a_knob_that_an_event_cannot_turn_is_refused(field: Any) -> None:
    """An event writes eight bytes, a float: into anything else it would write rubbish, and into its neighbour too."""
    state = np.dtype([("level", field), ("neighbour", "f8")], align=True)
    with pytest.raises(KernelError, match="level"):
        define(fine, Knob("level", 0.0, 1.0, 0.5), state=state)


def test_a_knob_out_of_an_events_reach_is_refused_where_it_is_made_and_not_where_it_is_turned() -> None:
    state = np.dtype([("table", "f8", (8192,)), ("level", "f8")])
    with pytest.raises(KernelError, match="level"):
        define(fine, Knob("level", 0.0, 1.0, 0.5), state=state)


# Errors point at what was written


@kernel(STATE)
def mistaken(s: Any, x: Any, y: Any, frames: int) -> None:
    """Fails on the line that says so."""
    for n in range(frames):
        y[n] = x[n]
        y[n] = x[n] + "a word"  # this line


def misspelt(s: Any, x: Any, y: Any, frames: int) -> None:
    for n in range(frames):
        y[n] = x[n] * s.gian  # that line


def misspelt_in_a_glide(s: Any, x: Any, y: Any, frames: int) -> None:
    for n in range(frames):
        y[n] = x[n] * s.glide.trget


def line_with(words: str) -> int:
    return next(n for n, line in enumerate(Path(__file__).read_text().splitlines(), 1) if line.endswith(f"  {words}"))


def test_a_compile_error_names_the_kernel_the_file_and_the_line() -> None:
    with pytest.raises(KernelError) as caught:
        mistaken.compiled  # noqa: B018
    text = str(caught.value)
    assert "kernel 'mistaken' does not compile" in text
    assert Path(__file__).name in text
    assert f"line {line_with('# this line')}" in text
    assert 'y[n] = x[n] + "a word"' in text  # the line itself is shown


def test_a_misspelt_field_is_named_with_its_line_and_with_the_fields_that_there_are() -> None:
    with pytest.raises(KernelError) as caught:
        define(misspelt).compiled  # noqa: B018
    text = str(caught.value)
    assert "'misspelt'" in text
    assert "s.gian" in text
    assert str(line_with("# that line")) in text
    assert "gain, calls, glide" in text


def test_a_misspelt_field_of_a_glide_is_an_error_that_names_the_kernel() -> None:
    with pytest.raises(KernelError, match=r"misspelt_in_a_glide.*trget"):
        define(misspelt_in_a_glide).compiled  # noqa: B018


def test_a_kernel_that_failed_may_be_asked_again_and_fails_again() -> None:
    for _ in range(2):
        with pytest.raises(KernelError, match="mistaken"):
            mistaken.compiled  # noqa: B018


def test_the_rewritten_function_stands_where_the_original_stood() -> None:
    written = mistaken._function.__code__
    assert Path(written.co_filename) == Path(__file__)
    lines = Path(__file__).read_text().splitlines()
    assert lines[written.co_firstlineno - 1].startswith("def mistaken(")
