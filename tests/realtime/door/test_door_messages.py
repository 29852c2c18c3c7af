"""The protocol: what goes through, what is refused, and that nothing else can happen."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.door import messages
from realtime.door.messages import Inbox, Message, PlayedEvent, PortWish, SlotWish
from realtime.events import BEND, EVENT, KNOB, NOTE_ON, event
from score import errors
from score.errors import ProtocolError, VocelloError

_FINITE = st.floats(-1e6, 1e6)
_SLOTS = st.builds(SlotWish, st.text(), st.text(), st.dictionaries(st.text(), _FINITE))
_EVENTS = st.builds(
    PlayedEvent,
    st.sampled_from([kind for kind in range(1, 10) if kind != KNOB]),
    st.integers(0, 255),
    st.integers(0, 127),
    _FINITE,
    st.integers(-1, 1 << 40),
    st.integers(0, 0xFFFF),
)
_PORTS = st.builds(PortWish, st.text(), st.booleans(), st.none() | _FINITE, st.none() | st.text())
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_MESSAGES: dict[str, st.SearchStrategy[Message]] = {
    "hello": st.builds(messages.Hello, st.integers()),
    "start": st.builds(messages.Start, st.text(), st.text(), st.none() | _FINITE, st.integers()),
    "stop": st.builds(messages.Stop),
    "hear": st.builds(messages.Hear, st.booleans()),
    "measure": st.builds(messages.Measure, st.text()),
    "set_rack": st.builds(messages.SetRack, st.lists(_SLOTS, max_size=3).map(tuple)),
    "load_rack": st.builds(messages.LoadRack, st.dictionaries(st.text(), st.integers() | st.text()), st.text()),
    "rack_do": st.builds(messages.RackDo, st.text(), st.dictionaries(st.text(), st.integers() | st.text())),
    "turn": st.builds(messages.Turn, st.text(), st.text(), _FINITE),
    "play": st.builds(messages.Play, st.lists(_EVENTS, max_size=3).map(tuple), st.booleans(), st.booleans()),
    "panic": st.builds(messages.Panic),
    "open_input": st.builds(messages.OpenInput, st.text()),
    "open_output": st.builds(messages.OpenOutput, st.none() | _PORTS),
    "send_clock": st.builds(messages.SendClock, st.none() | _FINITE),
    "lead": st.builds(messages.Lead, st.lists(st.tuples(_FINITE, _FINITE)).map(tuple), st.booleans()),
    "record_to": st.builds(messages.RecordTo, st.text()),
    "ask": st.builds(messages.Ask, st.text()),
    "stay_alive": st.builds(messages.StayAlive, st.booleans()),
    "restore_state": st.builds(messages.RestoreState, st.dictionaries(st.text(), st.integers() | st.text())),
    "bye": st.builds(messages.Bye),
}


def _through(sent: bytes) -> dict[str, Any]:
    inbox = Inbox()
    inbox.put(sent)
    taken = inbox.take()
    assert taken is not None
    return taken


@pytest.mark.parametrize("verb", messages.VERBS)
@settings(max_examples=30)
@given(data=st.data())
def test_every_message_arrives_as_it_was_sent(verb: str, data: st.DataObject) -> None:
    message = data.draw(_MESSAGES[verb])
    said = _through(messages.encode(message, 7))
    assert said["verb"] == verb
    assert messages.number_of(said) == 7
    assert messages.decode(said) == message


@given(verb=st.sampled_from([*messages.VERBS, "sing"]), rest=st.dictionaries(st.text(max_size=8), _JSON, max_size=3))
def test_what_is_no_message_is_a_protocol_error_and_nothing_else(verb: str, rest: dict[str, Any]) -> None:
    try:
        assert isinstance(messages.decode({**rest, "verb": verb, "id": 1}), Message)
    except ProtocolError as error:
        assert error.what


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"verb": "sing"}, "'sing' is no verb"),
        ({}, "None is no verb"),
        ({"verb": ["turn"]}, "is no verb"),
        ({"verb": "turn", "slot": "tone", "knob": "level"}, "turn needs 'value'"),
        ({"verb": "turn", "slot": "tone", "knob": "level", "value": "loud"}, "turn.value is 'loud'"),
        ({"verb": "turn", "slot": "tone", "knob": "level", "value": True}, "a finite number"),
        ({"verb": "turn", "slot": "tone", "knob": "level", "value": float("nan")}, "a finite number"),
        ({"verb": "turn", "slot": "tone", "knob": "level", "value": 10**400}, "a finite number"),
        ({"verb": "stop", "now": True}, "stop knows no 'now'. It takes nothing."),
        ({"verb": "hear", "on": 1}, "true or false"),
        ({"verb": "start", "block_frames": 128.0}, "a whole number"),
        ({"verb": "set_rack", "slots": {"name": "tone"}}, "must be a list"),
        ({"verb": "set_rack", "slots": [{"name": "tone"}]}, "set_rack.slots[0] needs 'kernel'"),
        ({"verb": "set_rack", "slots": [{"name": "a", "kernel": "b", "knobs": {"c": None}}]}, "slots[0].knobs.c"),
        ({"verb": "open_output", "port": {"colour": "red"}}, "open_output.port knows no 'colour'"),
        ({"verb": "play", "events": [{"kind": 0}]}, "0 is no kind of event"),
        ({"verb": "play", "events": [{"kind": KNOB}]}, "is no kind of event that can be played"),
        ({"verb": "play", "events": [{"kind": NOTE_ON, "number": 128}]}, "number 128"),
        ({"verb": "play", "events": [{"kind": NOTE_ON, "frame": 1 << 63}]}, "there is no frame"),
    ],
)
def test_a_wrong_word_is_named(said: dict[str, Any], words: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        messages.decode(said)
    assert words in str(caught.value)


def test_an_array_of_events_arrives_as_the_same_array() -> None:
    events = np.concatenate(
        [event(NOTE_ON, number=69, value=0.5), event(BEND, frame=1000, channel=3, value=-0.25, slot=2)]
    )
    there = messages.decode(_through(messages.encode(messages.Play.of(events), 1)))
    assert isinstance(there, messages.Play)
    assert there.array().dtype == EVENT
    assert there.array().tolist() == events.tolist()


@pytest.mark.parametrize(
    "kind", [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, VocelloError)]
)
def test_an_error_arrives_as_the_class_it_was_raised_as(kind: type[VocelloError]) -> None:
    with pytest.raises(VocelloError) as caught:
        messages.result_of(_through(messages.refusal(1, kind("what happened.", "what to type"))))
    assert type(caught.value) is kind
    assert (caught.value.what, caught.value.fix) == ("what happened.", "what to type")


def test_numbers_of_numpy_arrive_as_plain_ones() -> None:
    told = {"rate": np.float32(48_000.0), "blocks": np.int64(3), "levels": np.array([0.5, 0.25]), "on": np.bool_(True)}
    arrived = messages.result_of(_through(messages.answer(1, told)))
    assert arrived == {"rate": 48_000.0, "blocks": 3, "levels": [0.5, 0.25], "on": True}


@given(texts=st.lists(st.text(max_size=40), min_size=1, max_size=5), cuts=st.lists(st.integers(1, 30), min_size=1))
def test_messages_arrive_whole_however_the_socket_cuts_them(texts: list[str], cuts: list[int]) -> None:
    sent = b"".join(messages.encode(messages.OpenInput(text), n) for n, text in enumerate(texts))
    inbox, arrived, at = Inbox(), [], 0
    for n in range(len(sent)):
        cut = cuts[n % len(cuts)]
        inbox.put(sent[at : at + cut])
        at += cut
        while (said := inbox.take()) is not None:
            arrived.append(said["choice"])
    assert arrived == texts


@given(arrived=st.binary(max_size=200), step=st.integers(1, 50))
def test_any_bytes_are_messages_or_protocol_errors(arrived: bytes, step: int) -> None:
    inbox = Inbox()
    for at in range(0, len(arrived), step):
        inbox.put(arrived[at : at + step])
        for _ in range(step):
            try:
                if inbox.take() is None:
                    break
            except ProtocolError:
                continue


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"[]", b"7", b"null", b"[" * 100_000, b'{"id":' + b"9" * 9999])
def test_a_body_that_is_no_object_costs_itself_and_not_the_next(body: bytes) -> None:
    inbox = Inbox()
    inbox.put(len(body).to_bytes(4, "big") + body + messages.encode(messages.Stop(), 2))
    with pytest.raises(ProtocolError):
        inbox.take()
    assert inbox.take() == {"verb": "stop", "id": 2}


def test_a_message_that_is_too_long_is_skipped_without_being_kept() -> None:
    inbox = Inbox()
    length = messages.LONGEST_BYTES + 1
    inbox.put(length.to_bytes(4, "big"))
    with pytest.raises(ProtocolError, match="too long"):
        inbox.take()
    for _ in range(16):
        inbox.put(bytes(1 << 20))
        assert inbox.take() is None
    inbox.put(bytes(1) + messages.encode(messages.Panic(), 3))
    assert inbox.take() == {"verb": "panic", "id": 3}


def test_what_would_be_too_long_is_not_sent() -> None:
    with pytest.raises(ProtocolError, match="too long"):
        messages.encode(messages.OpenInput("x" * messages.LONGEST_BYTES), 1)


def test_an_error_that_quotes_a_long_message_still_fits_into_an_answer() -> None:
    said = _through(messages.refusal(1, ProtocolError("x" * messages.LONGEST_BYTES)))
    assert len(json.dumps(said)) < 10_000
