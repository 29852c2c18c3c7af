"""The doorway among its guests: wrong words, slow ears, bugs, two at a time; the engine goes on through all of it."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime.door import messages
from realtime.door.doorway import Doorway
from realtime.door.messages import Inbox, Message
from realtime.door.whereabouts import connect, folder, listen, sweep
from score.errors import EngineError, PortError, ProtocolError, RackError
from tests.realtime.door.conftest import Eventually
from tests.realtime.door.small_engine import SmallMachine


class Guest:
    """A guest that says what it likes, in bytes, and listens when it likes."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        connection.settimeout(20.0)
        self.pushed: list[dict[str, Any]] = []
        self.descriptors: list[int] = []
        self._inbox = Inbox()

    def send(self, sent: bytes) -> None:
        self.connection.sendall(sent)

    def hear(self) -> dict[str, Any]:
        """The next thing that the engine says."""
        while (said := self._inbox.take()) is None:
            arrived, descriptors, _, _ = socket.recv_fds(self.connection, 1 << 16, 4)
            self.descriptors += descriptors
            if not arrived:
                raise EOFError
            self._inbox.put(arrived)
        return said

    def answer(self) -> dict[str, Any]:
        """The next answer; what is pushed before it is kept."""
        while "ok" not in (said := self.hear()):
            self.pushed.append(said)
        return said

    def say(self, message: Message, number: int = 1) -> dict[str, Any]:
        self.send(messages.encode(message, number))
        return messages.result_of(self.answer())

    def close(self) -> None:
        self.connection.close()
        for descriptor in self.descriptors:
            os.close(descriptor)


class House:
    """A doorway that serves a small machine on a thread."""

    def __init__(self) -> None:
        self.machine = SmallMachine()
        self.listener, self.path = listen()
        ours, its = socket.socketpair()
        self.doorway = Doorway(self.machine, self.listener, its)
        self.thread = threading.Thread(target=self.doorway.serve)
        self.thread.start()
        self.guests: list[Guest] = []
        self.owner = self._let_in(ours)
        self.owner.say(messages.Hello())

    def guest(self, greets: bool = True) -> Guest:
        guest = self._let_in(connect(self.path))
        if greets:
            guest.say(messages.Hello())
        return guest

    def _let_in(self, connection: socket.socket) -> Guest:
        guest = Guest(connection)
        self.guests.append(guest)
        return guest

    def close(self) -> None:
        self.doorway.end()
        self.thread.join()
        for guest in self.guests:
            guest.close()
        self.doorway.close()
        self.listener.close()
        self.machine.window.close()
        self.path.unlink()


@contextmanager
def _opened() -> Iterator[House]:
    opened = House()
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def house(sockets: Path) -> Iterator[House]:
    with _opened() as opened:
        yield opened


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
_NAMES = st.sampled_from(
    ["device", "slot", "slots", "knob", "value", "events", "on", "port", "choice", "what", "state"]
)
_BODIES = (
    st.binary(max_size=60)
    | _JSON.map(lambda said: json.dumps(said).encode())
    | st.fixed_dictionaries(
        {"verb": st.sampled_from([verb for verb in messages.VERBS if verb not in ("bye", "stay_alive")])},
        optional={"id": _JSON, "version": _JSON, "rate": _JSON},
    ).flatmap(
        lambda said: st.dictionaries(_NAMES, _JSON, max_size=3).map(lambda more: json.dumps({**more, **said}).encode())
    )
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=st.lists(_BODIES, min_size=1, max_size=5))
def test_every_message_however_bad_is_answered_and_the_connection_lives_on(house: House, bodies: list[bytes]) -> None:
    guest = house.guest(greets=len(bodies) % 2 == 0)
    try:
        guest.send(b"".join(len(body).to_bytes(4, "big") + body for body in bodies))
        for _ in bodies:
            said = guest.answer()
            if not said["ok"]:
                assert said["what"] and said["error"].endswith(("Error", "Lost"))
        assert guest.say(messages.Hello())["version"] == messages.VERSION
        assert "status" in guest.say(messages.Ask())
    finally:
        house.guests.remove(guest)
        guest.close()
    assert house.thread.is_alive()


def test_a_message_that_is_too_long_gets_an_answer_and_the_next_is_obeyed(house: House) -> None:
    guest = house.guest()
    length = messages.LONGEST_BYTES + 5
    guest.send(length.to_bytes(4, "big") + bytes(length) + messages.encode(messages.Ask(), 9))
    assert "too long" in guest.answer()["what"]
    assert guest.answer()["id"] == 9


def test_who_has_not_said_hello_is_not_obeyed(house: House) -> None:
    guest = house.guest(greets=False)
    with pytest.raises(ProtocolError, match="hello"):
        guest.say(messages.Panic())
    assert guest.descriptors == []
    assert house.machine.news() == []


def test_a_guest_of_another_version_is_told_and_may_try_again(house: House) -> None:
    guest = house.guest(greets=False)
    with pytest.raises(ProtocolError, match="version 1"):
        guest.say(messages.Hello(version=2))
    assert guest.descriptors == []
    assert guest.say(messages.Hello())["pid"] == os.getpid()
    assert len(guest.descriptors) == 1


def test_a_message_without_a_number_is_refused(house: House) -> None:
    guest = house.guest()
    for number in (None, "seven", True, 1.5):
        guest.send(messages.frame({"verb": "panic", "id": number}))
        answered = guest.answer()
        assert (answered["id"], answered["error"]) == (None, "ProtocolError")


def test_two_guests_are_answered_each_and_both_learn_the_state(house: House) -> None:
    one, other = house.guest(), house.guest()
    one.say(messages.SetRack((messages.SlotWish("a", "tone"),)))
    other.say(messages.Turn("a", "level", 0.25))
    with pytest.raises(RackError, match="no slot 'b'"):
        one.say(messages.Turn("b", "level", 0.5))
    for guest in (one, other, house.owner):
        guest.say(messages.Ask("state"))
        told = [said["state"] for said in guest.pushed if "state" in said]
        assert told[-1]["slots"] == [{"name": "a", "kernel": "tone", "knobs": {"level": 0.25}}]


def test_who_has_the_answer_has_been_told_the_state_that_it_led_to(house: House) -> None:
    guest = house.guest()
    for number in range(20):
        guest.say(messages.OpenInput(f"port {number}"))
        assert guest.pushed[-1]["state"]["keys"] == f"port {number}"


def test_news_reach_everybody_who_has_said_hello(house: House) -> None:
    one, silent = house.guest(), house.guest(greets=False)
    house.owner.say(messages.Panic())
    for guest in (one, house.owner):
        while "news" not in (said := guest.hear()):
            pass
        assert said["news"] == [{"kind": "panic", "text": "All is silent."}]
    silent.say(messages.Hello())
    assert not any("news" in said for said in silent.pushed)


def test_who_asks_without_listening_is_shown_out_and_nobody_waits_for_it(house: House, eventually: Eventually) -> None:
    stuck, other = house.guest(), house.guest()
    stuck.connection.setblocking(False)
    question = messages.encode(messages.Ask("state"), 1) * 100

    def shown_out() -> bool:
        try:
            stuck.connection.send(question)
        except BlockingIOError:
            pass
        except OSError:
            return True
        assert other.say(messages.Ask())["status"] == "stopped"
        return False

    eventually(shown_out)
    ticks = house.machine.ticks
    eventually(lambda: house.machine.ticks > ticks + 2)
    assert house.thread.is_alive()


def test_who_only_watches_and_sleeps_misses_news_and_costs_nothing(house: House) -> None:
    sleeper, busy = house.guest(), house.guest()
    text = "x" * 100_000
    for number in range(200):
        busy.say(messages.OpenInput(f"{number}{text}"))
    kept = next(guest for guest in house.doorway._guests if guest.greeted and guest.unread)
    assert kept.unread < 2 * len(text)
    last = {}
    sleeper.send(messages.encode(messages.Ask("state"), 5))
    while "ok" not in (said := sleeper.hear()):
        last = said
    assert last["state"]["keys"] == f"199{text}"


def test_a_bug_in_a_verb_is_an_answer_and_the_engine_goes_on(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    guest = house.guest()
    with pytest.raises(EngineError, match="ZeroDivisionError: a bug"):
        guest.say(messages.OpenOutput(messages.PortWish(port="bug")))
    with pytest.raises(PortError, match="taken"):
        guest.say(messages.OpenOutput(messages.PortWish(port="taken")))
    assert guest.say(messages.Ask())["status"] == "stopped"
    assert "Traceback" in capfd.readouterr().err


def test_a_bug_in_the_tick_is_told_once(
    house: House, eventually: Eventually, capfd: pytest.CaptureFixture[str]
) -> None:
    house.machine.break_tick = "worn out"
    ticks = house.machine.ticks
    eventually(lambda: house.machine.ticks > ticks + 10)
    house.owner.say(messages.Ask())
    news = [each for said in house.owner.pushed for each in said.get("news", [])]
    assert news == [{"kind": "trouble", "text": "RuntimeError: worn out"}]
    assert capfd.readouterr().err.count("Traceback") == 1


def test_a_flood_of_messages_is_answered_in_order_and_the_tick_goes_on(house: House) -> None:
    guest, count = house.guest(), 3000
    flood = b"".join(messages.encode(messages.Turn("none", "level", n), n) for n in range(count))
    sender = threading.Thread(target=guest.send, args=(flood,))
    ticks = house.machine.ticks
    sender.start()
    assert [guest.answer()["id"] for _ in range(count)] == list(range(count))
    sender.join()
    assert house.machine.ticks > ticks


def test_the_engine_is_over_when_its_owner_goes_and_not_when_another_does(house: House, eventually: Eventually) -> None:
    watcher = house.guest()
    assert watcher.say(messages.Bye()) == {"stays": True}
    with pytest.raises(EOFError):
        watcher.hear()
    ticks = house.machine.ticks
    eventually(lambda: house.machine.ticks > ticks + 3)
    assert house.owner.say(messages.Bye()) == {"stays": False}
    house.thread.join(20.0)
    assert not house.thread.is_alive()


def test_an_engine_told_to_stay_outlives_its_owner_and_belongs_to_who_comes_next(
    house: House, eventually: Eventually
) -> None:
    house.owner.say(messages.StayAlive(True))
    house.owner.connection.shutdown(socket.SHUT_RDWR)
    eventually(lambda: house.doorway._owner is None)
    heir = house.guest(greets=False)
    assert heir.say(messages.Hello())["owner"]
    heir.say(messages.StayAlive(False))
    assert house.thread.is_alive()
    heir.connection.shutdown(socket.SHUT_RDWR)
    house.thread.join(20.0)
    assert not house.thread.is_alive()


def test_more_guests_than_a_house_can_hold_are_turned_away(house: House) -> None:
    crowd = [house.guest(greets=False) for _ in range(80)]
    answered = 0
    for guest in crowd:
        try:
            guest.say(messages.Hello())
            answered += 1
        except (EOFError, OSError):
            continue
    assert answered == 63  # and the owner
    assert house.owner.say(messages.Ask())["status"] == "stopped"


def test_the_socket_of_a_killed_engine_is_swept_away_and_a_living_one_stays(house: House, sockets: Path) -> None:
    dead = sockets / "engine-1.sock"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(dead))
    assert dead.exists()
    sweep()
    assert not dead.exists()
    assert house.path.exists()
    assert sockets.stat().st_mode & 0o777 == 0o700


def test_where_no_engine_runs_one_is_told_how_to_start_one(sockets: Path) -> None:
    with pytest.raises(EngineError, match="vocello live"):
        connect()
    with pytest.raises(EngineError, match="no engine runs at"):
        connect(sockets / "engine-1.sock")


def test_a_folder_of_sockets_that_is_not_ours_is_not_used(sockets: Path, tmp_path: Path) -> None:
    sockets.symlink_to(tmp_path)
    with pytest.raises(EngineError, match="not a folder of yours"):
        listen()


def test_a_folder_that_others_could_enter_is_closed_to_them(sockets: Path) -> None:
    sockets.mkdir(mode=0o755)
    assert folder().stat().st_mode & 0o777 == 0o700


def test_where_no_folder_can_be_made_one_is_told_what_to_set(sockets: Path) -> None:
    sockets.write_text("a file stands in the way")
    with pytest.raises(EngineError, match="XDG_RUNTIME_DIR"):
        folder()
