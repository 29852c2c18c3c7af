"""A finished take heard again: the votes, the peaks among them and the ends of notes, on chances made by hand."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import ml.refine as refine
from ml.frames import HOP_S
from ml.learned.features import CLARITY, LEVEL_DB, LONG_CLARITY, PITCH_MIDI, TOLD, WIDTH
from ml.learned.heads import AGE, OUTPUTS, PITCH, PITCHES, SINGS, SOUNDS, SPAN_AGES_MS, SPANS
from ml.refine import Tuning, notes_of, refined, votes
from models.cards import card
from score.errors import ModelError
from tests.ml.voices import RATE, in_a_room, silence, sung

HOPS = 400


def quiet(hops: int = HOPS) -> tuple[np.ndarray, np.ndarray]:
    """Chances and trackers where nobody sings."""
    chances = np.zeros((hops, OUTPUTS), np.float32)
    chances[:, AGE.stop - 1] = 1.0
    told = np.zeros((hops, TOLD))
    told[:, PITCH_MIDI], told[:, LEVEL_DB] = np.nan, -80.0
    return chances, told


def sing(
    made: tuple[np.ndarray, np.ndarray], first: int, last: int, midi: float, *, level_db: float = -20.0, onset=1.0
) -> None:
    """A note from hop `first` to `last`; every hop near its onset knows how long ago that was."""
    chances, told = made
    for at in range(max(0, first - 6), min(first + 20, len(chances))):
        age_ms = 1e3 * HOP_S * (at - first) + 2.5
        chances[at, AGE] = 0.0
        chances[at, AGE.start + int(np.argmin(abs(SPAN_AGES_MS - age_ms)))] = onset
        chances[at, AGE.stop - 1] = 1.0 - onset
    chances[first:last, [SOUNDS, SINGS]] = 0.95
    chances[first:last, PITCH] = 0.0
    chances[first:last, PITCH.start + PITCHES // 2] = 1.0
    told[first:last, PITCH_MIDI], told[first:last, LEVEL_DB] = midi, level_db
    told[first:last, CLARITY] = told[first:last, LONG_CLARITY] = 0.95


def test_every_hop_that_could_have_heard_an_onset_votes_for_it():
    made = quiet()
    sing(made, 100, 200, 60)
    curve = votes(made[0], 1.5)
    assert abs(int(np.argmax(curve)) - 100) <= 1
    assert curve.max() == pytest.approx(1.0, abs=0.1)
    assert curve[:90].max() == curve[110:].max() == 0.0


def test_half_as_sure_hops_give_half_the_votes():
    full, half = quiet(), quiet()
    sing(full, 100, 200, 60)
    sing(half, 100, 200, 60, onset=0.5)
    assert votes(half[0], 1.5) == pytest.approx(0.5 * votes(full[0], 1.5))


def test_more_smoothing_spreads_the_votes_and_loses_none():
    made = quiet()
    sing(made, 100, 200, 60)
    sharp, soft = votes(made[0], 1.0), votes(made[0], 2.5)
    assert soft.max() < sharp.max()
    assert soft.sum() == pytest.approx(sharp.sum(), rel=1e-6)


def test_notes_are_where_they_were_sung():
    made = quiet()
    sing(made, 50, 120, 60.2)
    sing(made, 150, 220, 64.0)
    notes = notes_of(*made, 0.1, Tuning())
    assert [note.pitch_midi for note in notes] == pytest.approx([60.2, 64.0])
    for note, (first, last) in zip(notes, ((50, 120), (150, 220)), strict=True):
        assert note.onset_s == pytest.approx(0.1 + HOP_S * first, abs=1.5 * HOP_S)
        assert note.offset_s == pytest.approx(0.1 + HOP_S * last, abs=1e-9)


def test_a_pitch_struck_again_without_a_gap_is_two_notes_that_meet():
    made = quiet()
    sing(made, 50, 100, 60)
    sing(made, 100, 150, 60)
    first, second = notes_of(*made, 0.0, Tuning())
    assert first.offset_s <= second.onset_s + 1e-9
    assert second.onset_s == pytest.approx(100 * HOP_S, abs=1.5 * HOP_S)


def test_of_two_onsets_too_near_the_likelier_one_stays():
    made = quiet()
    sing(made, 50, 120, 60, onset=0.5)
    sing(made, 58, 120, 60)
    (note,) = notes_of(*made, 0.0, Tuning(apart_ms=60.0))
    assert note.onset_s == pytest.approx(58 * HOP_S, abs=2 * HOP_S)
    assert len(notes_of(*made, 0.0, Tuning(likely=0.08, apart_ms=20.0, shortest_ms=20.0))) == 2


def test_an_onset_that_too_few_vote_for_is_none():
    made = quiet()
    sing(made, 50, 120, 60, onset=0.2)
    assert notes_of(*made, 0.0, Tuning(likely=0.35)) == []
    assert len(notes_of(*made, 0.0, Tuning(likely=0.15))) == 1


def test_a_short_gap_ends_no_note_and_a_long_one_does():
    for gap, ends in ((8, 200), (20, 120)):
        made = quiet()
        sing(made, 50, 200, 60)
        made[0][120 : 120 + gap, SOUNDS] = 0.0
        (note,) = notes_of(*made, 0.0, Tuning(hold_ms=60.0))
        assert note.offset_s == pytest.approx(HOP_S * ends)


def test_what_is_too_short_too_unclear_or_spoken_is_no_note():
    made = quiet()
    sing(made, 50, 57, 60)
    assert notes_of(*made, 0.0, Tuning(shortest_ms=50.0)) == []
    assert len(notes_of(*made, 0.0, Tuning(shortest_ms=20.0))) == 1
    made = quiet()
    sing(made, 50, 120, 60)
    made[1][:, [CLARITY, LONG_CLARITY]] = 0.3
    assert notes_of(*made, 0.0, Tuning()) == []
    made = quiet()
    sing(made, 50, 120, 60)
    made[0][:, SINGS] = 0.2
    assert notes_of(*made, 0.0, Tuning()) == []


def test_a_scoop_and_a_fall_do_not_move_the_pitch():
    made = quiet()
    sing(made, 50, 150, 60)
    made[1][50:68, PITCH_MIDI] = np.linspace(57, 60, 18)
    made[1][138:150, PITCH_MIDI] = np.linspace(60, 56, 12)
    (note,) = notes_of(*made, 0.0, Tuning())
    assert note.pitch_midi == 60.0


@pytest.mark.parametrize(("column", "meant"), [(PITCHES, 48.0), (PITCHES + 1, 72.0), (PITCHES + 2, 60.0)])
def test_an_octave_that_was_misheard_is_put_right(column, meant):
    made = quiet()
    sing(made, 50, 150, 60)
    made[0][50:150, PITCH] = 0.0
    made[0][50:150, PITCH.start + column] = 0.9
    (note,) = notes_of(*made, 0.0, Tuning())
    assert note.pitch_midi == meant


def test_a_louder_note_has_more_velocity():
    made = quiet()
    sing(made, 50, 120, 60, level_db=-40.0)
    sing(made, 150, 220, 60, level_db=-20.0)
    soft, loud = notes_of(*made, 0.0, Tuning())
    assert loud.velocity == 1.0
    assert soft.velocity == pytest.approx(0.5)


def test_onsets_are_moved_as_the_card_says_and_never_before_the_beginning():
    made = quiet()
    sing(made, 50, 120, 60)
    plain, moved = (notes_of(*made, 0.0, Tuning(moved_ms=ms))[0].onset_s for ms in (0.0, 10.0))
    assert moved - plain == pytest.approx(0.01)
    made = quiet()
    sing(made, 1, 80, 60)
    assert notes_of(*made, 0.0, Tuning(moved_ms=-50.0))[0].onset_s == 0.0


@pytest.mark.parametrize("hops", [1, 2, 3, 40])
def test_a_take_of_hardly_any_length_has_no_notes(hops):
    assert notes_of(*quiet(hops), 0.0, Tuning()) == []


def a_model(folder, tuning: dict[str, float]) -> None:
    """A network that hears nobody sing, whatever its rows hold."""
    still = np.zeros((1, 1, OUTPUTS), np.float32)
    still[..., AGE.stop - 1] = 1.0
    nodes = [
        helper.make_node("MatMul", ["rows", "nothing"], ["zeros"]),
        helper.make_node("Add", ["zeros", "still"], ["chances"]),
    ]
    graph = helper.make_graph(
        nodes,
        "hindsight",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, (1, "hops", WIDTH))],
        [helper.make_tensor_value_info("chances", TensorProto.FLOAT, (1, "hops", OUTPUTS))],
        [
            numpy_helper.from_array(np.zeros((WIDTH, OUTPUTS), np.float32), "nothing"),
            numpy_helper.from_array(still, "still"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(folder / "hindsight.onnx"))
    digest = hashlib.sha256((folder / "hindsight.onnx").read_bytes()).hexdigest()
    said = {"weights": "hindsight.onnx", "sha256": digest, "tuning": tuning}
    (folder / "hindsight.json").write_text(json.dumps(said))


def test_a_recording_goes_through_the_network_that_its_card_names(tmp_path, monkeypatch):
    a_model(tmp_path, {"likely": 0.3})
    monkeypatch.setattr(refine, "card", lambda name: card(name, tmp_path))
    done: list[float] = []
    assert refined(in_a_room(silence(), sung(60, 0.5)), RATE, done.append) == []
    assert done == [1.0]
    assert refined(np.zeros(0, np.float32), RATE) == []


def test_a_long_recording_is_heard_in_pieces_that_leave_nothing_out(tmp_path, monkeypatch):
    a_model(tmp_path, {})
    monkeypatch.setattr(refine, "card", lambda name: card(name, tmp_path))
    monkeypatch.setattr(refine, "_PIECE_HOPS", 50)
    monkeypatch.setattr(refine, "_BESIDE_HOPS", 7)
    lengths: list[int] = []

    def measure(chances: np.ndarray, told: np.ndarray, *_: object) -> list[refine.Refined]:
        lengths.append(len(chances) - len(told))
        return []

    monkeypatch.setattr(refine, "notes_of", measure)
    done: list[float] = []
    assert refined(in_a_room(silence(1.03)), RATE, done.append) == []
    assert lengths == [0]
    assert done == sorted(done)
    assert len(done) == 5
    assert done[-1] == 1.0


def test_a_card_with_settings_that_nobody_knows_is_refused(tmp_path, monkeypatch):
    a_model(tmp_path, {"likely": 0.3, "bravery": 1.0})
    monkeypatch.setattr(refine, "card", lambda name: card(name, tmp_path))
    with pytest.raises(ModelError, match="unknown settings"):
        refined(in_a_room(silence()), RATE)


def test_the_spans_reach_from_what_is_to_come_to_what_is_past():
    assert SPAN_AGES_MS[0] < 0.0 < SPAN_AGES_MS[-1]
    assert len(SPAN_AGES_MS) == SPANS
