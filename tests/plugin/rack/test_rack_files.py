"""Racks and presets as files: what is written is read back, what is wrong is named, nothing is run by reading."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.plan import (
    MICROPHONE,
    ChainPlan,
    LanePlan,
    LearnedPlan,
    RackPlan,
    ScenePlan,
    SendPlan,
    SlotPlan,
)
from plugin.rack_file import VERSION, from_text, load_preset, load_rack, save_preset, save_rack, to_text
from realtime.reach import Reach
from score.errors import RackError, RackFileError, VocelloError

names = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF, blacklist_characters="/:"), min_size=1, max_size=9)
names = names.filter(lambda name: name.isprintable() and name.strip() != "" and name != "main")
values = st.dictionaries(names, st.floats(-1e9, 1e9), max_size=3)


@st.composite
def plans(draw) -> RackPlan:
    chain_names = draw(st.lists(names, unique=True, max_size=4))
    slot_names = iter(draw(st.lists(names, unique=True, min_size=12, max_size=12)))
    chains = []
    for n, name in enumerate(chain_names):
        later = ["main", *chain_names[n + 1 :]]
        slots = tuple(
            SlotPlan(
                next(slot_names),
                draw(names),
                draw(st.booleans()),
                draw(st.floats(0, 1)),
                draw(values),
                {"raw": "AA=="} if draw(st.booleans()) else {},
            )
            for _ in range(draw(st.integers(0, 3)))
        )
        sends = tuple(
            SendPlan(draw(st.sampled_from(later)), draw(st.floats(-80, 12))) for _ in range(draw(st.integers(0, 2)))
        )
        reach = Reach(draw(st.integers(1, 65535)), draw(st.integers(1, 7)), draw(st.integers(0, 60)), 100)
        chains.append(
            ChainPlan(
                name,
                draw(st.sampled_from([MICROPHONE, "nothing"])),
                slots,
                draw(st.sampled_from(later)),
                sends,
                draw(st.floats(-80, 12)),
                draw(st.floats(-1, 1)),
                draw(st.booleans()),
                reach=reach,
            )
        )
    learned = tuple(
        LearnedPlan("x", "y", n, draw(st.none() | st.integers(0, 15))) for n in range(draw(st.integers(0, 2)))
    )
    lanes = (LanePlan("x", "y", ((0.0, 1.0), (2.5, draw(st.floats(-5, 5))))),) if draw(st.booleans()) else ()
    scenes = (ScenePlan("loud", {"x": draw(values)}),) if draw(st.booleans()) else ()
    return RackPlan(draw(names), tuple(chains), learned, lanes, scenes, draw(st.booleans()))


@settings(max_examples=60, deadline=None)
@given(plans())
def test_what_is_written_is_read_back(plan):
    assert from_text(to_text(plan)) == plan


def test_a_rack_is_saved_whole_and_a_preset_too(tmp_path: Path):
    plan = RackPlan("mine", (ChainPlan("voice", MICROPHONE, (SlotPlan("r", "reverb", mix=0.3),)),))
    save_rack(plan, tmp_path / "a.rack")
    assert load_rack(tmp_path / "a.rack") == plan
    save_preset(plan.slot("r"), tmp_path / "a.preset")
    assert load_preset(tmp_path / "a.preset") == plan.slot("r")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.preset", "a.rack"]
    written = json.loads((tmp_path / "a.rack").read_text())
    assert written["chains"][0]["slots"] == [{"name": "r", "processor": "reverb", "mix": 0.3}]  # and nothing else


def test_a_flat_rack_of_version_1_is_brought_up_to_now():
    old = {"kind": "vocello rack", "version": 1, "slots": [{"name": "c", "kernel": "cello", "knobs": {"mode": 1.0}}]}
    assert from_text(json.dumps(old)) == RackPlan(
        "rack", (ChainPlan("main", slots=(SlotPlan("c", "cello", values={"mode": 1.0}),)),)
    )


def said(**more) -> str:
    return json.dumps({"kind": "vocello rack", "version": VERSION, **more})


SLOT = {"name": "a", "processor": "gain"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no JSON"),
        ("[]", "no vocello rack"),
        ('{"kind": "vocello rack"}', "which version"),
        ('{"kind": "vocello rack", "version": true}', "which version"),
        ('{"kind": "vocello rack", "version": 99}', "version 99"),
        ("[" * 100_000, "no JSON"),
        (said(name=7), "rack.name is 7"),
        (said(colour="red"), "knows no 'colour'"),
        (said(chains={}), "rack.chains"),
        (said(chains=[{"hears": "microphone"}]), "needs 'name'"),
        (said(chains=[{"name": "a", "slots": [{"name": "x"}]}]), "needs 'processor'"),
        (said(chains=[{"name": "a", "slots": [{**SLOT, "mix": "loud"}]}]), "slots[0].mix is 'loud'"),
        (said(chains=[{"name": "a", "slots": [{**SLOT, "mix": 2.0}]}]), "mixed in by 2"),
        (said(chains=[{"name": "a", "slots": [{**SLOT, "values": {"x": 1e999}}]}]), "values.x"),
        (said(chains=[{"name": "a", "slots": [SLOT, SLOT]}]), "two slots"),
        (said(chains=[{"name": "a"}, {"name": "a"}]), "two chains"),
        (said(chains=[{"name": "a", "to": "b"}]), "goes to 'b'"),
        (said(chains=[{"name": "a", "hears": "/etc/passwd"}]), "hears '/etc/passwd'"),
        (said(chains=[{"name": "a\n\x1b[31m"}]), "is called"),
        (said(chains=[{"name": "a", "level_db": 500.0}]), "500 dB"),
        (said(chains=[{"name": "a", "reach": {"lowest": -1}}]), "keys from -1"),
        (said(chains=[{"name": f"{n}"} for n in range(500)]), "chains is too large"),
        (said(lanes=[{"slot": "a", "parameter": "b", "points": [[1.0, 2.0], [0.5, 1.0]]}]), "back in time"),
        (said(lanes=[{"slot": "a", "parameter": "b", "points": [[1.0]]}]), "no pair"),
        ('{"kind":"vocello rack","version":2,"name":' + "[" * 900 + "]" * 900 + "}", "nested"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(text, words):
    with pytest.raises((RackFileError, RackError)) as error:
        from_text(text)
    assert words in str(error.value)
    assert len(str(error.value)) < 500


def test_a_path_that_is_no_rack_is_refused(tmp_path: Path):
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path, tmp_path / "binary", tmp_path / "loop", tmp_path / "none", Path("/dev/zero")):
        with pytest.raises(RackFileError) as error:
            load_rack(path)
        assert path.name in str(error.value)


@settings(max_examples=60, deadline=None)
@given(plans(), st.data())
def test_a_damaged_file_is_read_or_refused_and_never_crashes(plan, data):
    text = to_text(plan)
    at = data.draw(st.integers(0, len(text) - 1))
    damaged = text[:at] + data.draw(st.sampled_from(["", "\0", '"', "{", "9e99", "null"])) + text[at + 1 :]
    try:
        from_text(damaged)
    except VocelloError:
        return
