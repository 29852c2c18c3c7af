"""What the DAW tests have at hand: a stage a test, the melody, the figures, and loud failures that name their logs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from _pytest.runner import runtestprotocol

from daw_tests import ardour
from daw_tests.figures import Figures
from daw_tests.stage import RATE, Stage
from tests.house.jack_server import JackServer
from tests.house.xserver import screen_of_its_own
from vocello.singer import Label, sing

if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

PACKAGES = "jackd2 ardour fluidsynth timgm6mb-soundfont xvfb"
NEEDED = ("jackd", "jack_lsp", "jack_midi_dump", "fluidsynth", "Xvfb")
SOUNDFONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
BROKEN = ("Driver is not running", "engine may now behave abnormally", "Unknown request", "JACK HALTED")
"""What jackd 1.9 or Ardour says when one has lost the other: threads that missed each other, or that spoke at once."""
_FIGURES = pytest.StashKey[Figures]()
_FOLDER = pytest.StashKey[Path]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Ten minutes where the default is half of one."""
    parser.addoption("--long", action="store_true", help="DAW-4 and DAW-5 for ten minutes each")


def pytest_configure(config: pytest.Config) -> None:
    """One table for the whole run."""
    config.stash[_FIGURES] = Figures()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Programs start, songs are sung: what hangs is ended, after what a busy machine needs."""
    for item in items:
        if Path(__file__).parent in item.path.parents and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(1800 if item.config.getoption("--long") else 600))


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Whoever asks for these tests wants them run: what is missing is a failure, and no reason to skip."""
    missing = [each for each in NEEDED if shutil.which(each) is None]
    if ardour.installed() is None:
        missing.append("ardour")
    if not SOUNDFONT.exists():
        missing.append(SOUNDFONT.name)
    if missing:
        pytest.fail(f"missing: {' '.join(missing)}. Type: apt-get install --no-install-recommends {PACKAGES}")


@pytest.fixture(scope="session")
def melody() -> tuple[npt.NDArray[np.float32], list[Label]]:
    """A voice that nobody has to sing, and the notes that are meant."""
    return sing(RATE)


@pytest.fixture(scope="session", autouse=True)
def compiled(installed: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What a machine compiles once is compiled before: a first start is judged elsewhere."""
    command = [str(Path(sys.executable).with_name("vocello")), "demo"]
    done = subprocess.run(command, cwd=tmp_path_factory.mktemp("compiled"), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A server that waits, the performer at it, and a folder for what is left."""
    yield from _stage(request, tmp_path, waits=True)


@pytest.fixture
def hasty_stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A server that waits for nobody: one that waits would stand still for every client that is killed. Its blocks are
    long instead, since who is not ready in time is not heard."""
    yield from _stage(request, tmp_path, waits=False, frames=512)


@pytest.fixture
def roomy_stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A server that waits, in blocks twice as long: who follows a clock goes by the one on the wall, and a graph that
    is full must keep up with it."""
    yield from _stage(request, tmp_path, waits=True, frames=256)


def _stage(request: pytest.FixtureRequest, folder: Path, waits: bool, frames: int = 128) -> Iterator[Stage]:
    request.node.stash[_FOLDER] = folder
    server = JackServer(frames=frames, waits=waits)
    server.start()
    try:
        stage = Stage(server, folder)
        try:
            yield stage
        finally:
            stage.close()
    finally:
        server.stop()


@pytest.fixture
def screen() -> Iterator[dict[str, str]]:
    """A screen of the test's own, and what a program has to know to be on it."""
    with screen_of_its_own() as known:
        yield known


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Where a test tells what it measured."""
    return request.config.stash[_FIGURES]


@pytest.fixture
def long(request: pytest.FixtureRequest) -> bool:
    """Whether time is no object."""
    return bool(request.config.getoption("--long"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """A test whose JACK server broke down, or was lost by Ardour, has judged nothing.

    It is begun anew, once, and the table says so.
    """
    if Path(__file__).parent not in item.path.parents:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    why = _why_the_server_broke(item) if any(report.failed for report in reports) else ""
    if why:
        item.config.stash[_FIGURES].tell("JACK", f"the server broke down in {item.name}, which was begun anew", why)
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _why_the_server_broke(item: pytest.Item) -> str:
    folder = item.stash.get(_FOLDER, None)
    logs = sorted(folder.glob("*.log")) if folder is not None else []
    said = [(log, log.read_text(errors="replace")) for log in logs if log.name.startswith(("jackd", "ardour"))]
    return next((f"{log.name}: {words}" for words in BROKEN for log, text in said if words in text), "")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """A failure says where everybody's log lies."""
    report = yield
    folder = item.stash.get(_FOLDER, None)
    if report.failed and folder is not None:
        report.sections.append(("Logs and session", str(folder)))
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The table."""
    figures = config.stash[_FIGURES]
    if not figures.rows:
        return
    terminalreporter.section("figures")
    for line in figures.table():
        terminalreporter.write_line(line)
    factory = getattr(config, "_tmp_path_factory", None)
    if factory is not None:
        path = factory.getbasetemp() / "figures.json"
        figures.write(path)
        terminalreporter.write_line(f"Kept in {path}")
