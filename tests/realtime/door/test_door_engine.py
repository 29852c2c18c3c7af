"""One Engine, in this process or in another: the same verbs, and what is left when either of the two is killed."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from realtime.client import Engine
from realtime.door.messages import Ask, PortWish, SlotWish
from realtime.events import NOTE_OFF, NOTE_ON, event
from score.errors import DeviceError, EngineError, EngineLost, PortError, ProtocolError, RackError
from tests.realtime.door.conftest import Eventually, folder_of_sockets
from tests.realtime.door.small_engine import SmallMachine

SMALL = "tests.realtime.door.small_engine"
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def diary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "diary"
    path.touch()
    monkeypatch.setenv("VOCELLO_DIARY", str(path))
    return path


@pytest.fixture(scope="module", params=["here", "apart"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    make = {"here": lambda: Engine.here(SmallMachine), "apart": lambda: Engine.apart(SMALL)}[request.param]
    with pytest.MonkeyPatch.context() as patch, folder_of_sockets(patch), make() as made:
        yield made


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")  # an orphan that nobody reaps, as in some containers, has ended as well
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"


def _kill(engine: Engine) -> None:
    assert engine.pid != os.getpid()
    os.kill(engine.pid, signal.SIGKILL)


def test_the_same_verbs_do_the_same_wherever_the_engine_runs(engine: Engine, eventually: Eventually) -> None:
    assert engine.alive
    with pytest.raises(EngineError, match="Start a device first"):
        engine.play(event(NOTE_ON, number=60))
    with pytest.raises(DeviceError) as caught:
        engine.start("large")
    assert (caught.value.what, caught.value.fix) == ("there is no device 'large'.", "Choose small.")
    assert engine.start("small", block_frames=64) == {"status": "playing", "rate": 48_000.0}
    engine.rack([SlotWish("cello", "tone"), {"name": "end", "kernel": "limiter", "knobs": {"ceiling_db": -1}}])
    engine.turn("cello", "level", 0.5)
    engine.hear(False)
    engine.open_input("all")
    engine.open_output(PortWish(mpe=True))
    engine.send_clock(120.0)
    with pytest.raises(RackError):
        engine.rack([{"name": "a", "kernel": "trumpet"}])
    with pytest.raises(ProtocolError, match="slot needs 'kernel'"):
        engine.rack([{"name": "a"}])
    with pytest.raises(PortError):
        engine.open_output(PortWish(port="taken"))
    assert engine.ask("state") == engine.state
    assert engine.state["slots"] == [
        {"name": "cello", "kernel": "tone", "knobs": {"level": 0.5}},
        {"name": "end", "kernel": "limiter", "knobs": {"ceiling_db": -1.0}},
    ]
    assert engine.state["port"]["mpe"] is True
    assert engine.state["bpm"] == 120.0
    assert (engine.state["keys"], engine.state["hearing"]) == ("all", False)
    with pytest.raises(ProtocolError, match="colour"):
        engine.ask("colour")

    engine.play(np.concatenate([event(NOTE_ON, number=69, value=0.5), event(NOTE_OFF, number=69)]))
    seen: list[tuple[int, int]] = []

    def both_notes() -> bool:
        seen.extend((int(each["kind"]), int(each["number"])) for each in engine.new_events())
        return len(seen) == 2

    eventually(both_notes)
    assert seen == [(NOTE_ON, 69), (NOTE_OFF, 69)]
    assert engine.missed_events == 0
    eventually(lambda: int(engine.meters()["blocks"]) > 3)
    eventually(lambda: len(engine.new_pitches()))
    assert engine.missed_pitches == 0
    engine.panic()
    eventually(lambda: {"kind": "panic", "text": "All is silent."} in engine.news())
    engine.stop()
    assert engine.state["device"] is None


def test_any_thread_may_speak_and_each_gets_its_own_answer(engine: Engine) -> None:
    engine.rack([SlotWish(f"slot {n}", "tone") for n in range(4)])
    wrong: list[str] = []

    def speak(n: int) -> None:
        for value in range(50):
            engine.turn(f"slot {n}", "level", value)
            try:
                engine.turn(f"none {n}", "level", 0.0)
            except RackError as error:
                if f"'none {n}'" not in error.what:
                    wrong.append(error.what)

    threads = [threading.Thread(target=speak, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert [slot["knobs"] for slot in engine.ask("state")["slots"]] == [{"level": 49.0}] * 4


def test_an_engine_restarted_is_in_the_same_state() -> None:
    with Engine.here(SmallMachine) as engine:
        engine.start("small")
        engine.rack([SlotWish("cello", "tone", {"level": 0.25})])
        before = engine.state
        engine.restart()
        assert engine.ask("state") == engine.state == before


def test_an_engine_here_ticks_when_it_is_told_to() -> None:
    with Engine.here(SmallMachine, ticking=False) as engine:
        assert int(engine.meters()["blocks"]) == 0
        engine.tick()
        engine.tick()
        assert int(engine.meters()["blocks"]) == 2
        assert len(engine.new_pitches()) == 2


def test_the_notes_of_an_engine_here_ring_out_when_it_closes(diary: Path) -> None:
    with Engine.here(SmallMachine) as engine:
        assert diary.read_text() == ""
    assert diary.read_text() == "quiet\nclosed\n"
    _is_closed(engine)


def test_a_killed_engine_is_noticed_and_comes_back_as_it_was(sockets: Path, eventually: Eventually) -> None:
    told: list[EngineLost] = []
    heard = threading.Event()

    def lost(error: EngineLost) -> None:
        told.append(error)
        heard.set()

    with Engine.apart(SMALL, on_lost=lost) as engine:
        engine.start("small")
        engine.rack([SlotWish("cello", "tone")])
        engine.turn("cello", "level", 0.125)
        before, first = engine.state, engine.pid
        _kill(engine)
        with pytest.raises(EngineLost) as caught:
            for _ in range(1000):
                engine.ask()
        assert "signal 9" in caught.value.what
        assert "restart()" in caught.value.fix
        assert heard.wait(20.0)
        assert [str(error) for error in told] == [str(caught.value)]
        engine.meters()  # what was seen last may be looked at still
        engine.restart()
        assert engine.alive
        assert engine.pid != first
        assert engine.ask("state") == before
        eventually(lambda: int(engine.meters()["blocks"]) > 1)
        assert [path.name for path in sockets.iterdir()] == [f"engine-{engine.pid}.sock"]
    assert len(told) == 1
    assert list(sockets.iterdir()) == []
    _is_closed(engine)


def test_who_waits_for_an_answer_is_told_and_whoever_hears_of_the_loss_may_restart(sockets: Path) -> None:
    back = threading.Event()
    caught: list[EngineLost] = []

    def bring_back(_error: EngineLost) -> None:
        lost.restart()
        back.set()

    def ask() -> None:
        try:
            lost.ask()
        except EngineLost as error:
            caught.append(error)

    with Engine.apart(SMALL, on_lost=bring_back) as lost:
        lost.open_input("all")
        os.kill(lost.pid, signal.SIGSTOP)  # so that it takes the question and gives no answer
        waiting = [threading.Thread(target=ask) for _ in range(3)]
        for thread in waiting:
            thread.start()
        _kill(lost)
        for thread in waiting:
            thread.join(20.0)
        assert len({id(error) for error in caught}) == 3
        assert back.wait(60.0)
        assert lost.ask("state")["keys"] == "all"


def test_when_the_app_is_killed_notes_ring_out_and_nothing_is_left(
    sockets: Path, diary: Path, eventually: Eventually
) -> None:
    with _app() as app:
        pid = _engine_of(app)
        assert (sockets / f"engine-{pid}.sock").exists()
        if sys.platform == "linux":
            maps = Path(f"/proc/{pid}/maps").read_text()
            assert "/memfd:vocello" in maps
            assert "/dev/shm" not in maps
        app.kill()
        app.wait()
        eventually(lambda: _gone(pid))
    assert diary.read_text() == "quiet\nclosed\n"
    assert list(sockets.iterdir()) == []


def test_an_engine_told_to_stay_survives_its_app_and_ends_with_the_next(
    sockets: Path, diary: Path, eventually: Eventually
) -> None:
    with _app("--stay") as app:
        pid = _engine_of(app)
        app.kill()
        app.wait()
    with Engine.attach() as first, Engine.attach(sockets / f"engine-{pid}.sock") as second:
        assert first.pid == second.pid == pid
        assert first.ask("state") == second.state
        assert first.state["device"] == "small"
        blocks = int(second.meters()["blocks"])
        eventually(lambda: int(second.meters()["blocks"]) > blocks + 5)
        assert diary.read_text() == ""
        second.close()
        assert first.alive
        first.stay(False)
    eventually(lambda: _gone(pid))
    assert diary.read_text() == "quiet\nclosed\n"
    assert list(sockets.iterdir()) == []


def test_an_engine_told_to_stay_goes_on_when_its_app_closes_it_and_is_found_again(
    sockets: Path, diary: Path, eventually: Eventually
) -> None:
    with Engine.apart(SMALL) as engine:
        engine.stay(True)
    assert not _gone(engine.pid)
    with Engine.attach() as again:
        assert again.pid == engine.pid
        again.stay(False)
    eventually(lambda: _gone(engine.pid))
    assert diary.read_text() == "quiet\nclosed\n"


def test_a_frozen_engine_keeps_nobody_waiting_for_ever(sockets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.door.line._PARTS_WITHIN_S", 0.1)
    monkeypatch.setattr("realtime.door.line._ENDS_WITHIN_S", 0.1)
    with Engine.apart(SMALL) as engine:
        os.kill(engine.pid, signal.SIGSTOP)
        with pytest.raises(EngineError, match="has not answered"):
            engine._line.say(Ask(), 0.1)  # type: ignore[call-arg]
    assert _gone(engine.pid)
    assert list(sockets.iterdir()) == []


def test_an_engine_asked_to_end_by_a_signal_lets_its_notes_ring_out(
    sockets: Path, diary: Path, eventually: Eventually
) -> None:
    with Engine.apart(SMALL) as engine:
        os.kill(engine.pid, signal.SIGTERM)
        eventually(lambda: not engine.alive)
        with pytest.raises(EngineLost, match=r"exit code 0|closed its door"):
            engine.ask()
        assert engine.news()[-1]["kind"] == "ends"
    assert diary.read_text() == "quiet\nclosed\n"
    assert list(sockets.iterdir()) == []


def test_what_keeps_an_engine_from_starting_arrives_as_the_error_it_is(
    sockets: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)  # from where Vocello itself is not to be seen
    monkeypatch.setenv("VOCELLO_NO_CARD", "1")
    with pytest.raises(DeviceError) as caught:
        Engine.apart(SMALL)
    assert (caught.value.what, caught.value.fix) == ("the card is on fire.", "Type: extinguish")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ([sys.executable, "-c", "raise SystemExit('no strings')"], "exit code 1; its last words: no strings"),
        ([sys.executable, "-c", "import os; os.kill(os.getpid(), 11)"], "signal 11"),
        (["/nowhere/python"], "'/nowhere/python' cannot be started"),
    ],
)
def test_an_engine_that_cannot_start_says_why_in_its_own_words(command: list[str], words: str, sockets: Path) -> None:
    with pytest.raises(EngineError) as caught:
        Engine.apart(command=command)
    assert words in caught.value.what
    assert not isinstance(caught.value, EngineLost)


def test_an_engine_that_never_says_hello_is_given_up_and_ended(sockets: Path, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    code = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(3600)"
    with pytest.raises(EngineError, match="has not answered"):
        Engine.apart(command=[sys.executable, "-c", code], starts_within_s=1.0)
    assert not mark.exists() or _gone(int(mark.read_text()))


def test_opening_and_closing_engines_leaves_no_descriptor_behind(sockets: Path) -> None:
    def descriptors() -> int:
        gc.collect()
        return len(os.listdir("/dev/fd"))

    _use(Engine.here(SmallMachine))
    before = descriptors()
    _use(Engine.here(SmallMachine))
    _use(Engine.apart(SMALL))
    with pytest.raises(EngineError):
        Engine.apart(command=[sys.executable, "-c", "raise SystemExit(1)"])
    assert descriptors() == before


def _use(engine: Engine) -> None:
    with engine:
        engine.start("small")
        engine.meters()


def _is_closed(engine: Engine) -> None:
    engine.close()  # once more does no harm
    assert not engine.alive
    with pytest.raises(EngineError, match="closed") as caught:
        engine.panic()
    assert not isinstance(caught.value, EngineLost)


def _app(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.realtime.door.small_app", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def _engine_of(app: subprocess.Popen[str]) -> int:
    assert app.stdout is not None
    return int(app.stdout.readline())
