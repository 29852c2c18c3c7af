"""What every test has at hand: JACK servers of its own, and a watch over what is skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.house import skips
from tests.house.jack_server import JackServer, is_installed


@pytest.fixture(scope="module")
def jack_server() -> Iterator[JackServer]:
    """A server for all tests of a file; what they start meets it by itself, through the environment."""
    yield from _in_this_environment(JackServer())


@pytest.fixture
def patient_jack_server() -> Iterator[JackServer]:
    """A server that waits for its slowest client: a machine that stands still takes no event away."""
    yield from _in_this_environment(JackServer(waits=True))


@pytest.fixture(scope="module")
def midi_jack_server() -> Iterator[JackServer]:
    """A patient server for all tests of a file: the only MIDI there is where the kernel has no sequencer."""
    yield from _in_this_environment(JackServer(waits=True))


@pytest.fixture
def own_jack_server() -> Iterator[JackServer]:
    """A server for one test, which may kill it."""
    yield from _in_this_environment(JackServer())


@pytest.fixture
def start_jack_server() -> Iterator[Callable[..., JackServer]]:
    """Start servers of other rates and block sizes: `start_jack_server(rate=44100, frames=64)`."""
    _need_jack()
    servers: list[JackServer] = []

    def start(rate: int = 48000, frames: int = 128, waits: bool = False) -> JackServer:
        server = JackServer(rate, frames, waits)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.stop()


def _in_this_environment(server: JackServer) -> Iterator[JackServer]:
    _need_jack()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _need_jack() -> None:
    if not is_installed():
        pytest.skip(skips.NO_JACK.why)


_SERVERS = {"jack_server", "midi_jack_server", "own_jack_server", "patient_jack_server", "start_jack_server"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for a server bears the mark `jack`, so that `-m 'not jack'` leaves all of them out."""
    for item in items:
        if _SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.jack)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """A skip without a registered reason is a failure."""
    return _judge((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    """So is a whole file that is skipped without one."""
    return _judge((yield))


def _judge(report: Any) -> Any:
    if report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        words = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        objection = skips.objection(words, skips.on_ci())
        if objection is not None:
            report.outcome, report.longrepr = "failed", objection
    return report
