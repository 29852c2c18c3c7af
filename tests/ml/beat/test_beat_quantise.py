"""The live quantiser: nothing hangs, nothing overtakes, and who is early waits."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.beat.division import DIVISIONS, following, lines, nearest
from ml.beat.grid import Beat, Metronome
from ml.beat.quantise import Quantiser
from ml.said import Said
from realtime.events import BEND, CONTROL, KEY_PRESSURE, NOTE_OFF, NOTE_ON, NOTES_OFF, PRESSURE
from score.errors import SettingsError

RATE = 48000.0
HOP = 240
AT_120 = Metronome(120.0)

Hops = list[list[Said]]
Told = list[tuple[int, Said]]


def on(key: int, velocity: float = 0.7) -> Said:
    return Said(NOTE_ON, key, velocity)


def off(key: int) -> Said:
    return Said(NOTE_OFF, key, 0.5)


def bend(semitones: float) -> Said:
    return Said(BEND, 0, semitones)


def press(pressure: float) -> Said:
    return Said(PRESSURE, 0, pressure)


def play(quantiser: Quantiser, hops: Hops, tail: int = 200) -> Told:
    """All that is told, hop by hop, with silence after it; then the stream ends."""
    told = []
    for n, said in enumerate([*hops, *[[] for _ in range(tail)]]):
        out = quantiser.shape(n * HOP, said)
        assert all(frame == n * HOP for frame, _ in out), "told now, and not before or later"
        told += out
    return told + quantiser.finish()


def hops_of(timed: dict[float, list[Said]], length_s: float = 4.0) -> Hops:
    hops: Hops = [[] for _ in range(round(length_s * RATE / HOP))]
    for t_s, said in timed.items():
        hops[round(t_s * RATE / HOP)] += said
    return hops


def seconds(told: Told, kind: int) -> list[float]:
    return [frame / RATE for frame, said in told if said.kind == kind]


@st.composite
def voices(draw: st.DrawFn) -> Hops:
    """One voice as the ears tell it: slurs and rests, notes of one hop, bends at any time; each note ends."""
    hops: Hops = []
    sounding: int | None = None
    for _ in range(draw(st.integers(1, 40))):
        hops += [[] for _ in range(draw(st.sampled_from((0, 1, 2, 7, 20, 60))))]
        hop: list[Said] = []
        for what in draw(st.lists(st.sampled_from("nnebpck"), max_size=4)):
            if what in "ne" and sounding is not None:
                hop.append(off(sounding))
                sounding = None
            if what == "n":
                hop += [bend(draw(st.sampled_from((-0.2, 0.0, 0.3))))] if draw(st.booleans()) else []
                sounding = draw(st.integers(60, 63))
                hop.append(on(sounding))
            elif what == "b":
                hop.append(bend(draw(st.floats(-2.0, 2.0))))
            elif what == "p":
                hop.append(press(draw(st.floats(0.0, 1.0))))
            elif what == "c":
                hop.append(Said(CONTROL, draw(st.sampled_from((11, 74))), draw(st.floats(0.0, 1.0))))
            elif what == "k" and sounding is not None:
                hop.append(Said(KEY_PRESSURE, sounding, 0.5))
        hops.append(hop)
    if sounding is not None:
        hops.append([off(sounding)])
    return hops


@st.composite
def chords(draw: st.DrawFn) -> Hops:
    """Several keys at once, begun and ended in any order."""
    hops: Hops = []
    sounding: list[int] = []
    for _ in range(draw(st.integers(1, 30))):
        hops += [[] for _ in range(draw(st.sampled_from((0, 1, 5, 30))))]
        hop: list[Said] = []
        for key in draw(st.lists(st.integers(60, 66), max_size=4)):
            if key in sounding:
                sounding.remove(key)
                hop.append(off(key))
            else:
                sounding.append(key)
                hop.append(on(key))
        hops.append(hop)
    return [*hops, [off(key) for key in sounding]]


grids = st.builds(
    Quantiser,
    st.builds(Metronome, st.floats(40.0, 240.0), st.floats(0.0, 1.0)),
    st.sampled_from(list(DIVISIONS)),
    st.floats(0.0, 1.0),
    st.floats(0.5, 0.75),
    st.just(RATE),
    strict=st.booleans(),
    longest_wait_s=st.sampled_from((0.0, 0.1, 0.5, 2.0)),
)


def notes_of(hops_or_told: list[Said]) -> dict[int, list[Said]]:
    """Ons and offs, key by key."""
    keys: dict[int, list[Said]] = defaultdict(list)
    for said in hops_or_told:
        if said.kind in (NOTE_ON, NOTE_OFF):
            keys[said.number].append(said)
    return keys


@settings(max_examples=80, deadline=None)
@given(grids, voices() | chords())
def test_each_note_is_begun_and_ended_once_and_none_overtakes_another(quantiser: Quantiser, hops: Hops):
    told = play(quantiser, hops)
    sung = [said for hop in hops for said in hop]
    assert notes_of([said for _, said in told]) == notes_of(sung)
    ons = [said for said in sung if said.kind == NOTE_ON]
    assert [said for _, said in told if said.kind == NOTE_ON] == ons
    assert [frame for frame, _ in told] == sorted(frame for frame, _ in told)


@settings(max_examples=80, deadline=None)
@given(grids, voices())
def test_one_voice_stays_one_voice(quantiser: Quantiser, hops: Hops):
    sounding = None
    for _, said in play(quantiser, hops):
        if said.kind == NOTE_ON:
            assert sounding is None, "a note began while another sounded"
            sounding = said.number
        elif said.kind == NOTE_OFF:
            assert sounding == said.number
            sounding = None
    assert sounding is None


@settings(max_examples=50, deadline=None)
@given(grids, voices())
def test_no_note_comes_early_nor_later_than_it_may(quantiser: Quantiser, hops: Hops):
    sung = [n * HOP for n, hop in enumerate(hops) for said in hop if said.kind == NOTE_ON]
    told = [frame for frame, said in play(quantiser, hops, 420) if said.kind == NOTE_ON]
    for before, frame in zip(sung, told, strict=True):
        assert frame >= before
    # Two seconds and what short notes before it need to be heard.
    assert all(frame - before <= 2.0 * RATE + 0.03 * RATE * len(sung) for before, frame in zip(sung, told, strict=True))


@settings(max_examples=50, deadline=None)
@given(grids, voices())
def test_a_note_starts_with_the_bend_and_pressure_it_has(quantiser: Quantiser, hops: Hops):
    """What the synth was told last is what the ears said last, whenever nothing waits."""
    told = play(quantiser, hops)
    for kind, number in ((BEND, 0), (PRESSURE, 0), (CONTROL, 11), (CONTROL, 74)):
        sung = [said for hop in hops for said in hop if (said.kind, said.number) == (kind, number)]
        heard = [said for _, said in told if (said.kind, said.number) == (kind, number)]
        assert heard[-1:] == sung[-1:]
        remaining = iter(sung)
        assert all(each in remaining for each in heard), "moves are told in their order, or not at all"


@settings(max_examples=50, deadline=None)
@given(voices() | chords())
def test_without_strength_all_goes_through_unchanged(hops: Hops):
    quantiser = Quantiser(AT_120, "1/8", 0.0, rate=RATE)
    assert [quantiser.shape(n * HOP, hop) for n, hop in enumerate(hops)] == [
        [(n * HOP, said) for said in hop] for n, hop in enumerate(hops)
    ]


class Unsure:
    """A tempo nobody would bet on."""

    def at(self, t_s: float) -> Beat:
        return Beat(120.0, 0.9, 0.1, t_s + 0.05)


@settings(max_examples=30, deadline=None)
@given(voices())
def test_without_a_sure_tempo_all_goes_through_unchanged(hops: Hops):
    quantiser = Quantiser(Unsure(), "1/8", 1.0, rate=RATE)
    for n, hop in enumerate(hops):
        assert quantiser.shape(n * HOP, hop) == [(n * HOP, said) for said in hop]


def test_who_is_early_waits_for_the_line_and_keeps_the_length_of_the_note():
    told = play(Quantiser(AT_120, "1/8", rate=RATE), hops_of({0.95: [on(60)], 1.35: [off(60)]}))
    assert seconds(told, NOTE_ON) == [1.0]
    assert seconds(told, NOTE_OFF) == [1.4]


def test_who_is_late_goes_at_once_unless_it_is_strict():
    hops = hops_of({1.05: [on(60)], 1.2: [off(60)]})
    assert seconds(play(Quantiser(AT_120, "1/8", rate=RATE), hops), NOTE_ON) == [1.05]
    told = play(Quantiser(AT_120, "1/8", rate=RATE, strict=True), hops)
    assert (seconds(told, NOTE_ON), seconds(told, NOTE_OFF)) == ([1.25], [1.4])


def test_the_strict_take_a_hair_late_for_in_time():
    told = play(Quantiser(AT_120, "1/8", rate=RATE, strict=True), hops_of({1.02: [on(60)], 1.2: [off(60)]}))
    assert seconds(told, NOTE_ON) == [1.02]


def test_half_the_strength_goes_half_the_way():
    told = play(Quantiser(AT_120, "1/8", 0.5, rate=RATE), hops_of({0.9: [on(60)], 1.2: [off(60)]}))
    assert seconds(told, NOTE_ON) == [0.95]


def test_who_would_wait_too_long_is_not_held_back():
    told = play(Quantiser(AT_120, "1/4", rate=RATE, longest_wait_s=0.1), hops_of({0.8: [on(60)], 1.2: [off(60)]}))
    assert seconds(told, NOTE_ON) == [0.8]


def test_a_swung_eighth_falls_late():
    told = play(Quantiser(AT_120, "1/8", 1.0, 2 / 3, RATE), hops_of({1.26: [on(60)], 1.5: [off(60)]}))
    assert seconds(told, NOTE_ON) == [pytest.approx(1.335)]  # the hop nearest to 4/3


def test_a_slur_stays_a_slur():
    hops = hops_of({1.0: [on(60)], 1.45: [off(60), bend(0.1), press(0.4), on(62)], 1.8: [off(62)]})
    told = play(Quantiser(AT_120, "1/8", rate=RATE), hops)
    assert [said for frame, said in told if frame == 1.5 * RATE] == [off(60), bend(0.1), press(0.4), on(62)]


def test_a_delayed_note_ends_when_the_next_one_begins():
    hops = hops_of({0.9: [on(60)], 1.26: [off(60)], 1.28: [on(62)], 1.6: [off(62)]})
    told = play(Quantiser(AT_120, "1/8", rate=RATE), hops)
    assert seconds(told, NOTE_ON) == [1.0, 1.28]
    assert seconds(told, NOTE_OFF) == [1.28, 1.6]


def test_a_note_that_ended_before_its_line_is_still_heard():
    told = play(Quantiser(AT_120, "1/4", rate=RATE), hops_of({0.8: [on(60)], 0.805: [off(60)]}))
    (begin,), (end,) = seconds(told, NOTE_ON), seconds(told, NOTE_OFF)
    assert begin == 1.0 and end == pytest.approx(1.03)


def test_of_two_notes_with_one_line_the_first_is_not_pressed_into_the_second():
    hops = hops_of({0.8: [on(60)], 0.9: [off(60), on(62)], 1.3: [off(62)]})
    told = play(Quantiser(AT_120, "1/4", rate=RATE), hops)
    assert seconds(told, NOTE_ON) == [0.9, 1.0]
    assert seconds(told, NOTE_OFF)[0] == 1.0


def test_bends_that_come_while_a_note_waits_become_its_first_one():
    hops = hops_of({0.9: [bend(0.5), on(60)], 0.92: [bend(0.3), press(0.2)], 0.97: [bend(0.1)], 1.4: [off(60)]})
    told = play(Quantiser(AT_120, "1/4", rate=RATE), hops)
    assert told[:3] == [(48000, press(0.2)), (48000, bend(0.1)), (48000, on(60))]


def test_a_bend_while_only_an_end_waits_sounds_now():
    hops = hops_of({0.9: [on(60)], 1.3: [off(60)], 1.32: [bend(0.0)]})
    told = play(Quantiser(AT_120, "1/4", rate=RATE), hops)
    assert [said for _, said in told] == [on(60), bend(0.0), off(60)]


def test_a_chord_stays_together():
    keys = (60, 64, 67)
    hops = hops_of({0.9: [on(key) for key in keys], 1.4: [off(key) for key in keys]})
    told = play(Quantiser(AT_120, "1/4", rate=RATE), hops)
    assert told[:3] == [(48000, on(key)) for key in keys]
    assert {frame for frame, said in told if said.kind == NOTE_OFF} == {72000}


def test_a_stop_lets_nothing_begin_after_it():
    stop = Said(NOTES_OFF, 0, 0.0)
    told = play(Quantiser(AT_120, "1/4", rate=RATE), hops_of({0.9: [on(60)], 0.92: [stop], 0.95: [off(60)]}))
    assert [said for _, said in told] == [stop]


def test_a_stop_ends_what_sounds_first():
    stop = Said(NOTES_OFF, 0, 0.0)
    told = play(Quantiser(AT_120, "1/4", rate=RATE), hops_of({0.9: [on(60)], 1.3: [off(60)], 1.32: [stop]}))
    assert [said for _, said in told] == [on(60), off(60), stop]


def test_the_end_of_the_stream_leaves_nothing_sounding_and_nothing_waiting():
    quantiser = Quantiser(AT_120, "1/4", rate=RATE)
    quantiser.shape(0, [on(50)])
    assert quantiser.finish() == [(0, off(50))]
    quantiser.shape(43200, [on(60), off(60)])
    assert quantiser.finish() == [(43200, on(60)), (43200 + 1440, off(60))]
    quantiser.shape(43200, [on(60)])
    assert quantiser.finish() == []
    assert quantiser.shape(96000, []) == []


def test_a_stream_that_begins_anew_does_not_keep_a_note_waiting_for_the_old_one():
    quantiser = Quantiser(AT_120, "1/4", rate=RATE)
    quantiser.shape(round(100.9 * RATE), [on(60)])
    told = [each for n in range(100) for each in quantiser.shape(n * HOP, [])]
    assert [said for _, said in told] == [on(60)] and told[0][0] == pytest.approx(4800, abs=HOP)


def test_another_grid_holds_for_the_notes_to_come():
    quantiser = Quantiser(AT_120, "1/4", rate=RATE)
    quantiser.set("1/8", 0.0)
    assert quantiser.shape(43200, [on(60)]) == [(43200, on(60))]


def test_lines_are_where_musicians_have_them():
    assert lines("1/4") == (0.0, 1.0)
    assert lines("1/16") == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert lines("1/8T") == pytest.approx((0.0, 1 / 3, 2 / 3, 1.0))
    assert lines("1/8", 2 / 3) == pytest.approx((0.0, 2 / 3, 1.0))
    assert lines("1/16", 0.75) == pytest.approx((0.0, 0.375, 0.5, 0.875, 1.0))
    assert lines("1/8T", 0.7) == lines("1/8T")
    assert len(lines("1/16T")) == 7


def test_the_nearest_and_the_following_line():
    eighths = lines("1/8")
    assert [nearest(eighths, phase) for phase in (0.0, 0.2, 0.3, 0.74, 0.76, 0.999)] == [0.0, 0.0, 0.5, 0.5, 1.0, 1.0]
    assert [following(eighths, phase) for phase in (0.0, 0.2, 0.5, 0.999)] == [0.5, 0.5, 1.0, 1.0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"division": "1/5"},
        {"swing": 0.4},
        {"swing": 0.8},
        {"strength": -0.1},
        {"strength": 1.1},
        {"strength": float("nan")},
        {"rate": 0.0},
        {"longest_wait_s": -1.0},
    ],
)
def test_a_grid_that_cannot_be_meant_is_refused(wrong: dict[str, object]):
    with pytest.raises(SettingsError):
        Quantiser(AT_120, **wrong)  # type: ignore[arg-type]
