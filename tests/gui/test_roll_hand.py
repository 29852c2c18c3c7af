"""A hand without a mouse: any sequence of gestures, however mad, leaves a score that undo brings back to the byte."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gui.roll.drags import MoveNotes
from gui.roll.gestures import Hand
from gui.roll.grid import Grid, Rows
from gui.roll.layout import Layout
from gui.roll.scale import DEGREES, Key
from gui.roll.scene import (
    At,
    Audition,
    Button,
    LaneMenu,
    Menu,
    Pick,
    PickNew,
    Place,
    Scene,
    Scroll,
    SetRanges,
    SizeLane,
    TakeProposal,
    Tool,
)
from gui.roll.shaping import split, trimmed
from gui.roll.snap import Snap
from score import midifile
from score.edits import AddNotes, RemoveNotes
from score.history import History
from score.note import LAST_TICK, Note, value_at
from score.score import Score

LAYOUT = Layout(700, 400)

notes = st.builds(
    Note,
    st.integers(0, 6000),
    st.integers(1, 2000),
    st.integers(0, 127),
    st.integers(1, 127),
    bend_st=st.sampled_from([(), ((0, 0.5),), ((0, -1.0), (1, 0.25))]),
)
at_edges = st.just(Note(LAST_TICK - 5, 5, 127)) | st.just(Note(0, 1, 0))
scores = st.lists(notes | at_edges, max_size=12).map(
    lambda some: Score().adding("Voice", some).adding("Other", some[:2])
)
places = st.builds(
    At,
    st.floats(-50, 750),
    st.floats(-50, 450),
    st.sampled_from(Button),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.just(False),
    st.booleans(),
)
names = st.sampled_from(
    ["left", "right", "up", "down", "delete", "backspace", "escape", "home", "end", "enter", "a", "q"]
)
doings = st.lists(
    st.one_of(
        st.tuples(st.just("press"), places),
        st.tuples(st.just("move"), places),
        st.tuples(st.just("release"), places),
        st.tuples(st.just("double"), places),
        st.tuples(st.just("key"), st.tuples(names, places)),
        st.tuples(st.just("rest"), st.none()),
        st.tuples(st.just("tool"), st.sampled_from(Tool)),
        st.tuples(st.just("sung"), notes),
        st.tuples(st.just("lost"), st.integers(0, 100)),
    ),
    max_size=40,
)
grids = st.builds(
    lambda zoom, row, top, rows: Grid(616.0, 260.0, zoom, row, 0.0, top, rows, 20_000).within(),
    st.sampled_from([0.02, 0.1, 0.7]),
    st.sampled_from([3.0, 16.0, 30.0]),
    st.floats(0, 2000),
    st.sampled_from([Rows(), Rows.folded(Key(0, DEGREES["major"]), range(0, 128, 7))]),
)
snaps = st.builds(Snap, st.none(), st.booleans(), st.booleans())


class World:
    """What the window is to the hand: it does what comes out, and remembers what sounds."""

    def __init__(self, score: Score, grid: Grid, snap: Snap) -> None:
        self.history, self.hand = History(score), Hand()
        self.scene = Scene(score, score.tracks[0].id, grid, LAYOUT, snap)
        self.sounding: set[int] = set()
        self.edits = 0

    def be(self, outcomes) -> None:
        before = self.edits
        for outcome in outcomes or ():
            if isinstance(outcome, Pick):
                self.scene = replace(self.scene, picked=outcome.ids)
            elif isinstance(outcome, Audition):
                assert outcome.is_on is (outcome.pitch not in self.sounding), "on and off take turns"
                self.sounding ^= {outcome.pitch}
            elif isinstance(outcome, Place):
                assert outcome.ticks >= 0
                self.scene = replace(self.scene, playhead_ticks=outcome.ticks)
            elif isinstance(outcome, SetRanges):
                self.scene = replace(self.scene, ranges=outcome.ranges)
            elif isinstance(outcome, Scroll):
                self.scene = replace(self.scene, grid=self.scene.grid.scrolled(*outcome))
            elif isinstance(outcome, SizeLane):
                assert outcome.height_px > 0
            elif not isinstance(outcome, Menu | LaneMenu | PickNew | TakeProposal):
                self.do(outcome)
                self.edits += 1
        assert self.edits - before <= 1 or self.hand.drag is not None

    def do(self, edit) -> None:
        self.scene = replace(self.scene, score=self.history.do(edit))

    def act(self, what: str, with_what) -> None:
        if what == "tool":
            self.hand.tool = with_what
        elif what == "sung":
            self.do(AddNotes(self.scene.track_id, (with_what,)))
        elif what == "lost":
            some = list(self.scene.notes)
            if some:
                self.do(RemoveNotes((some[with_what % len(some)].id,)))
        elif what == "key":
            self.be(self.hand.key(self.scene, *with_what))
        elif what == "rest":
            self.be(self.hand.rest(self.scene))
        else:
            self.be(getattr(self.hand, what)(self.scene, with_what))
        self.hand.preview(self.scene)
        if with_what is not None and isinstance(with_what, At):
            self.hand.pull(self.scene, with_what)
            self.hand.cursor(self.scene, with_what)


@settings(deadline=None, max_examples=200)
@given(scores, grids, snaps, doings)
def test_undo_of_any_gestures_restores_the_score_to_the_byte(score, grid, snap, doings):
    world = World(score, grid, snap)
    before = midifile.to_bytes(score)
    for what, with_what in doings:
        world.act(what, with_what)
    world.be(world.hand.cancel(world.scene))
    assert world.sounding == set(), "nothing goes on sounding when the hand is away"
    after = world.history.score
    while world.history.undo_name:
        world.history.undo()
    assert world.history.score == score
    assert midifile.to_bytes(world.history.score) == before
    while world.history.redo_name:
        world.history.redo()
    assert world.history.score == after


@settings(deadline=None)
@given(scores, grids, snaps, places, st.lists(places, max_size=8))
def test_a_cancelled_gesture_changes_nothing(score, grid, snap, start, moves):
    world = World(score, grid, snap)
    world.be(world.hand.press(world.scene, start))
    world.edits = 0 if world.hand.drag is None else world.edits
    edits_at_press = world.edits
    ranges = world.scene.ranges
    for place in moves if world.hand.drag is not None else ():
        world.be(world.hand.move(world.scene, place))
    world.be(world.hand.cancel(world.scene))
    assert world.edits == edits_at_press and world.sounding == set()
    assert world.scene.ranges == ranges
    assert world.hand.preview(world.scene).is_empty


@settings(deadline=None)
@given(scores, grids, snaps, st.lists(places, min_size=1, max_size=8))
def test_the_preview_of_a_move_is_what_it_comes_to(score, grid, snap, moves):
    world = World(score, grid, snap)
    some = list(world.scene.notes)
    if not some:
        return
    world.scene = replace(world.scene, picked=frozenset(note.id for note in some))
    began = At(300.0, 200.0)
    world.hand.drag = MoveNotes(world.scene.picked, some[0], began, world.scene.ticks(began), world.scene.pitch(began))
    for place in moves:
        world.be(world.hand.move(world.scene, place))
    shown = {note.id: note for note in world.hand.preview(world.scene).notes}
    world.be(world.hand.release(world.scene, moves[-1]))
    for note in world.scene.notes:
        assert shown.get(note.id, note) == note


@given(notes, st.integers(-5000, 5000), st.integers(1, 9000))
def test_a_trimmed_note_sounds_at_every_moment_what_it_sounded(note, later, duration):
    start = max(0, note.start_ticks + later)
    cut = trimmed(note, start, start + duration)
    assert (cut.start_ticks, cut.duration_ticks, cut.id) == (start, duration, note.id)
    for at in {start, note.start_ticks + 1, start + duration - 1}:
        if note.start_ticks <= at < note.end_ticks and start <= at < start + duration:
            assert value_at(cut.bend_st, at - start, 0.0) == value_at(note.bend_st, at - note.start_ticks, 0.0)


@given(notes, st.data())
def test_halves_of_a_split_note_are_the_whole(note, data):
    if note.duration_ticks < 2:
        return
    at = data.draw(st.integers(note.start_ticks + 1, note.end_ticks - 1))
    first, second = split(replace(note, id=7), at)
    assert (first.id, second.id) == (7, 0)
    assert (first.start_ticks, first.end_ticks, second.start_ticks, second.end_ticks) == (
        note.start_ticks,
        at,
        at,
        note.end_ticks,
    )
    assert value_at(second.bend_st, 0, 0.0) == value_at(note.bend_st, at - note.start_ticks, 0.0)


def test_a_finger_may_tremble_twice_as_far_as_a_mouse():
    for by_touch, is_moved in ((False, True), (True, False)):
        score = Score().adding("Voice", [Note(0, 960, 120)])
        world = World(score, Grid(616.0, 260.0, 0.1, 16.0, end_ticks=9999), Snap(is_on=False))
        y = LAYOUT.notes.y + world.scene.grid.middle_of(120)
        world.be(world.hand.press(world.scene, At(LAYOUT.notes.x + 48.0, y, by_touch=by_touch)))
        world.be(world.hand.release(world.scene, At(LAYOUT.notes.x + 48.0, y, by_touch=by_touch)))
        world.be(world.hand.press(world.scene, At(LAYOUT.notes.x + 48.0, y, by_touch=by_touch)))
        world.be(world.hand.move(world.scene, At(LAYOUT.notes.x + 54.0, y, by_touch=by_touch)))
        world.be(world.hand.release(world.scene, At(LAYOUT.notes.x + 54.0, y, by_touch=by_touch)))
        assert (world.edits == 1) is is_moved
