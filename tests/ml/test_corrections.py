"""What the second hearing would change of the first."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ml.corrections import Correction, corrections
from ml.refine import Refined

FIRST = Refined(1.0, 1.4, 60.1, 0.7)
SECOND = Refined(1.5, 2.0, 62.0, 0.6)


def test_two_hearings_that_agree_have_nothing_to_correct():
    assert corrections([FIRST, SECOND], [FIRST._replace(onset_s=1.01), SECOND._replace(pitch_midi=62.2)]) == []


def test_a_note_that_was_missed_is_added():
    assert corrections([FIRST], [FIRST, SECOND]) == [Correction(None, SECOND)]


def test_a_note_that_nobody_sang_goes():
    assert corrections([FIRST, SECOND], [SECOND]) == [Correction(FIRST, None)]


def test_a_note_is_moved_and_says_by_how_much():
    (moved,) = corrections([FIRST], [FIRST._replace(onset_s=1.06, pitch_midi=60.5)])
    assert moved.says == "60 ms later, 40 cents higher"


def test_an_octave_is_another_note():
    assert corrections([FIRST], [FIRST._replace(pitch_midi=72.1)]) == [
        Correction(FIRST, None),
        Correction(None, FIRST._replace(pitch_midi=72.1)),
    ]


def takes() -> st.SearchStrategy[list[Refined]]:
    note = st.builds(
        lambda onset, length, pitch: Refined(onset, onset + length, pitch, 0.5),
        st.floats(0, 5),
        st.floats(0.05, 1),
        st.floats(50, 70),
    )
    return st.lists(note, max_size=12).map(sorted)


@settings(max_examples=60, deadline=None)
@given(takes(), takes())
def test_all_corrections_together_lead_from_one_to_the_other(live: list[Refined], refined: list[Refined]):
    found = corrections(live, refined)
    left = list(live)
    for each in found:
        if each.before is not None:
            left.remove(each.before)
        if each.after is not None:
            left.append(each.after)
    assert len(left) == len(refined)
    for mine, right in zip(sorted(left), sorted(refined), strict=True):
        assert abs(mine.onset_s - right.onset_s) < 0.13
