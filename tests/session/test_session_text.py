"""The file of a session: what it says comes back, what it does not know it keeps, and garbage is refused in words."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.session import text
from gui.session.setup import Change, Key, Loop, Setup, Take, TrackSetup, understood, written
from gui.session.text import Contained, Saved, State, from_bytes, to_bytes
from score.errors import FileError, SessionError
from score.note import Note
from score.score import Score
from tests.score.made_up import NAMES, described, scores

FULL = Setup(
    "Evening",
    {
        "1": TrackSetup("rack", "racks/warm.json", "", 3, -6.5, 0.25, True, False, True, "#4477aa", {"hall": -12.0}),
        "7": TrackSetup(instrument="midi", port="Synth", others={"freeze": {"since": 3}}),
    },
    Key(9, "minor", {"mode": "aeolian"}),
    Loop(960, 3840, True),
    (Take("takes/voice 1.flac", 1, 480, others={"gain_db": 2}),),
    True,
    {"zoom": 1.5, "lanes": ["velocity"]},
    {"lyrics_font": "Serif"},
)
LEVELS = st.floats(-120, 24, allow_nan=False)
TRACKS = st.builds(TrackSetup, instrument=NAMES, channel=st.integers(0, 15), level_db=LEVELS, muted=st.booleans())
SETUPS = st.builds(
    Setup,
    name=NAMES,
    tracks=st.dictionaries(st.integers(0, 99).map(str), TRACKS, max_size=3),
    key=st.none() | st.builds(Key, st.integers(0, 11), NAMES),
    metronome=st.booleans(),
    view=st.dictionaries(NAMES, st.integers() | NAMES, max_size=2),
)


@settings(max_examples=60, deadline=None)
@given(SETUPS, scores(2, 6))
def test_a_session_comes_back(setup: Setup, score: Score):
    saved = Saved(State(setup, score), Contained("ab", 3), ("01 x.mid",))
    again = from_bytes(to_bytes(saved))
    assert again == saved
    assert described(again.state.score) == described(score) and again.state.score.next_id == score.next_id


def test_everything_that_a_setup_can_say_comes_back_and_so_does_what_only_later_versions_know():
    data = to_bytes(Saved(State(FULL, Score())))
    said = json.loads(data)
    assert said["lyrics_font"] == "Serif" and said["tracks"]["7"]["freeze"] == {"since": 3}
    assert said["takes"][0]["gain_db"] == 2 and said["key"]["mode"] == "aeolian"
    assert from_bytes(data).state.setup == FULL


def test_words_of_a_later_version_survive_an_edit_and_a_save():
    setup, _ = Change("Level", ("tracks", "7", "level_db"), -3.0).apply(FULL)
    again = from_bytes(to_bytes(Saved(State(setup, Score())))).state.setup
    assert again.tracks["7"].level_db == -3.0
    assert again.tracks["7"].others == {"freeze": {"since": 3}} and again.others == {"lyrics_font": "Serif"}


def test_a_name_of_half_a_character_does_not_stop_a_save():
    setup = Setup(name="\ud800")
    assert from_bytes(to_bytes(Saved(State(setup, Score())))).state.setup == setup


def test_a_copy_that_a_file_claims_elsewhere_is_not_ours_to_replace():
    saved = Saved(State(Setup(), Score()), clips=("01 x.mid", "../song.mid", "a\\b.mid", "notes.txt"))
    assert from_bytes(to_bytes(saved)).clips == ("01 x.mid",)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("name",), "Other"),
        (("tracks", "1", "level_db"), -3),
        (("tracks", "9", "muted"), True),
        (("tracks", "1", "sends", "hall"), None),
        (("tracks", "1"), None),
        (("key",), None),
        (("key",), Key(2, "dorian")),
        (("loop", "on"), False),
        (("takes",), (Take("takes/b.wav", 2),)),
        (("view", "zoom"), 3),
    ],
)
def test_a_change_gives_the_change_that_takes_it_back(place: tuple[str, ...], value: object):
    after, back = Change("Change", place, value).apply(FULL)
    assert after != FULL
    before, forth = back.apply(after)
    assert before == FULL
    assert forth.apply(before)[0] == after


@pytest.mark.parametrize(
    ("place", "value", "word"),
    [
        ((), 1, "what changes"),
        (("colour",), 1, "knows no 'colour'"),
        (("tracks", "1", "colr"), "red", "colr"),
        (("tracks", "one", "pan"), 0.5, "ids of tracks"),
        (("tracks", "1", "pan"), 2, "pan cannot be 2"),
        (("tracks", "1", "level_db"), "loud", "finite number"),
        (("tracks", "1", "level_db"), float("nan"), "finite number"),
        (("tracks", "1", "channel"), 16, "channel"),
        (("tracks", "1", "muted"), 1, "true or false"),
        (("name", "first"), "x", "nothing that could change"),
        (("loop", "end_ticks"), 1, "No loop"),
        (("loop", "speed"), 1, "speed"),
        (("takes",), (1,), "object"),
        (("takes",), [{"file": "../../x.wav", "track_id": 1}], "not inside"),
        (("takes",), [{"file": "C:\\x.wav", "track_id": 1}], "not inside"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(place: tuple[str, ...], value: object, word: str):
    with pytest.raises(SessionError, match=word):
        Change("Change", place, value).apply(FULL)


def test_a_track_that_nobody_set_up_is_as_a_new_one():
    assert FULL.track(55) == TrackSetup() and FULL.track(1).channel == 3
    assert written(Setup()) == {} and understood({}) == Setup()


def test_files_of_earlier_versions_are_brought_up_one_version_at_a_time(monkeypatch: pytest.MonkeyPatch):
    data = to_bytes(Saved(State(Setup(name="Old"), Score().adding("One", [Note(0, 1, 60)]))))
    steps = []

    def first(said):
        steps.append(said["version"])
        return {**{name: each for name, each in said.items() if name != "name"}, "version": 2, "title": said["name"]}

    def second(said):
        steps.append(said["version"])
        return {**{name: each for name, each in said.items() if name != "title"}, "version": 3, "name": said["title"]}

    monkeypatch.setattr(text, "VERSION", 3)
    monkeypatch.setattr(text, "MIGRATIONS", {1: first, 2: second})
    assert from_bytes(data).state.setup == Setup(name="Old")
    assert steps == [1, 2]


def test_each_version_but_the_newest_has_a_migration():
    assert sorted(text.MIGRATIONS) == list(range(1, text.VERSION))


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe\x00", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no session"),
        (b'{"kind": "vocello rack"}', "no session"),
        (b'{"kind": "vocello session"}', "of which version"),
        (b'{"kind": "vocello session", "version": true}', "of which version"),
        (b'{"kind": "vocello session", "version": 99}', "Update Vocello"),
        (b'{"kind": "vocello session", "version": 1}', "must be an object"),
        (b'{"kind": "vocello session", "version": 1, "tracks": []}', "session.tracks"),
        (b'{"kind": "vocello session", "version": 1, "contains": {"line": "x"}}', "session.contains"),
    ],
)
def test_garbage_is_no_session(data: bytes, word: str):
    with pytest.raises(FileError, match=word):
        from_bytes(data)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_file_with_any_bytes_changed_is_read_or_refused_and_nothing_else(data: st.DataObject):
    score = Score().adding("One", [Note(0, 10, 60, bend_st=((0, 0.5),)), Note(5, 10, 61)])
    spoiled = bytearray(to_bytes(Saved(State(replace(FULL, view={}), score))))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(spoiled) - 1))
        spoiled[place : place + data.draw(st.integers(1, 4))] = data.draw(st.binary(max_size=4))
    try:
        from_bytes(bytes(spoiled))
    except FileError as refused:
        assert refused.what
