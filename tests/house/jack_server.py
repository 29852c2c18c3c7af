"""A JACK server of a test's own: a dummy card of 48 kHz in blocks of 128 frames, in realtime where that is allowed.

What flows in: nothing. What flows out: a server that answers, under a name nobody else has, and afterwards a machine
as it was. PortAudio sees only servers that lived when it was initialised, and keeps what it saw: a test that plays
through a card starts a process of its own for it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from itertools import count
from pathlib import Path

_SETTINGS = "-P70 -t 2000 -d dummy -r {rate} -p {frames}"
_PATIENCE_S = 10
_LEFTOVERS = Path("/dev/shm")
_REGISTRY = _LEFTOVERS / "jack-shm-registry"
_FULL = "Too many servers already active"
_numbers = count(1)

# Asked from a process of its own: a libjack that has met a server is never quite rid of it.
_WAIT_UNTIL_IT_ANSWERS = """
import sys, time, jack
jack.set_error_function(lambda message: None)
jack.set_info_function(lambda message: None)
until = time.monotonic() + float(sys.argv[2])
while time.monotonic() < until:
    try:
        jack.Client("is anybody there", no_start_server=True, servername=sys.argv[1]).close()
        sys.exit(0)
    except jack.JackError:
        time.sleep(0.05)
sys.exit("no answer")
"""


def is_installed() -> bool:
    """Whether this machine has a JACK server. [any]"""
    return shutil.which("jackd") is not None


class JackServer:
    """A server that a test may also kill, and start again under the same name. [main]

    One that `waits` lets a cycle take as long as its slowest client: a machine that stands still makes it late, and no
    sample is lost.
    """

    def __init__(self, rate: int = 48000, frames: int = 128, waits: bool = False) -> None:
        self.name = f"vocello-test-{os.getpid()}-{next(_numbers)}"
        self.rate, self.frames, self.waits = rate, frames, waits
        self.process: subprocess.Popen[bytes] | None = None
        self._was_killed = False
        self._log = Path(tempfile.gettempdir()) / f"{self.name}.log"

    @property
    def environment(self) -> dict[str, str]:
        """What a process has to know to meet this server, and no other. [any]"""
        return {"JACK_DEFAULT_SERVER": self.name, "JACK_NO_START_SERVER": "1"}

    @property
    def pid(self) -> int:
        """The server's process. [any]"""
        assert self.process is not None, "the server does not run"
        return self.process.pid

    @property
    def is_realtime(self) -> bool:
        """Whether it got its priority: without, a busy machine loses blocks that are nobody's fault. [any]"""
        return "realtime mode" in self.log and "Cannot use real-time scheduling" not in self.log

    @property
    def log(self) -> str:
        """What the server said so far. [any]"""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def start(self) -> None:
        """Start it and wait until it answers: in realtime, once more, then without. [main]"""
        for realtime in ("-R", "-R", "-r"):
            settings = _SETTINGS.format(rate=self.rate, frames=self.frames).split()
            with self._log.open("wb") as log:
                self.process = subprocess.Popen(
                    ["jackd", realtime, *(["-S"] if self.waits else []), "-n", self.name, *settings],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            if _answers(self.name, _PATIENCE_S) and self.process.poll() is None:
                return
            said = self.log
            self.stop()
            if _FULL in said:
                forget_the_dead()
        raise RuntimeError(f"jackd does not start here; it said:\n{said}")

    def kill(self) -> None:
        """End it without a farewell to its clients. [main]"""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
            self._was_killed = True

    def stop(self) -> None:
        """End it, and take away what it left behind. [main]"""
        if self.process is None and self._was_killed:
            # JACK remembers eight servers' names, and forgets one only when it ends politely: else the ninth server
            # that was killed would keep every later one on this machine from starting.
            self._was_killed = False
            self.start()
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:  # it waits for a client that no longer moves
                self.process.kill()
                self.process.wait()
                _end_politely(self.name)
            self.process = None
        self._log.unlink(missing_ok=True)
        for pattern in (f"jack_{self.name}_*", f"jack_sem.*_{self.name}_*"):
            for path in _LEFTOVERS.glob(pattern):
                path.unlink(missing_ok=True)


def remembered() -> list[str]:
    """The servers JACK believes to be there, of this user. [any]"""
    names = re.findall(rb"jack-%d:([ -9;-~]+):\0" % os.getuid(), _REGISTRY.read_bytes()) if _REGISTRY.exists() else []
    return [name.decode() for name in names]


def forget_the_dead() -> None:
    """Make room for new servers: a run that was cut off leaves names behind, and JACK has room for eight. [main]"""
    for name in remembered():
        if not _answers(name, patience_s=0.2):
            _end_politely(name)


def _answers(name: str, patience_s: float) -> bool:
    asked = [sys.executable, "-c", _WAIT_UNTIL_IT_ANSWERS, name, str(patience_s)]
    return subprocess.run(asked, capture_output=True).returncode == 0


def _end_politely(name: str) -> None:
    """Start the dead one once more, since only a server that ends by itself takes its name off the list. [main]"""
    command = ["jackd", "-r", "-n", name, *_SETTINGS.format(rate=48000, frames=1024).split()]
    last = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _answers(name, _PATIENCE_S)
    last.terminate()
    try:
        last.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        last.kill()
        last.wait()
