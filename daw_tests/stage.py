"""One studio for one test: a JACK server, the performer, our program and a DAW, patched as a musician would.

What flows in: which tracks, and how our program is started. What flows out: a take in the DAW, what the performer saw
on the same wires meanwhile, and the two laid on one timeline. [main]

The server runs in JACK's synchronous mode: a cycle ends when every client has played its part of it. So a machine that
stands still makes the whole graph late together, and no sample and no message is lost to a missed deadline that is the
machine's fault; all times are frames of that graph.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from daw_tests.ardour import Ardour
from daw_tests.programs import PATIENCE_S, Failed, Performer, Program, Window, start_vocello
from daw_tests.session_files import FRAMES_A_TICK_AT_120, Session
from daw_tests.streams import Message, hanging, heard_by
from tests.house.jack_server import JackServer

RATE = 48_000
OUR_NAME, OUR_NOTES = "Vocello", "Vocello:out"
OUR_EAR, OUR_MOUTH = "Vocello audio:in_{}", "Vocello audio:out_{}"
MARKS, VOICE = "Marks", "Voice"

# What the performer plays into the DAW beside our notes: two short ones, by which the timelines are laid on each other.
MARK_KEY = 1
MARKS_AT = (0, RATE // 2)
_MARK_FRAMES = RATE // 20
_SAID_WITHIN_S = 0.2


class Stage:
    """Whoever plays in one test. [main]"""

    def __init__(self, server: JackServer, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.performer = Performer(server, folder)
        self._programs: list[Program] = [self.performer]

    def vocello(self, *words: object, name: str = "vocello", ready: str = "Ctrl-C ends it", **env: str) -> Program:
        """Our program, once it says that it is ready. [main]"""
        program = self.keep(start_vocello(self.server, self.folder, *words, name=name, **env))
        program.line_with(ready)
        return program

    def window(self, screen: dict[str, str], keys: str = "none") -> Window:
        """The app on a screen, once its engine plays and the keyboard is its own; MIDI ports that it hears. [main]"""
        window = Window(self.server, self.folder, keys, **screen)
        self.keep(window)
        window.until(lambda told: bool(told["is_ready"]), "that it plays")
        self.performer.wait_for_port(OUR_NOTES)
        return window

    def keep(self, program: Program) -> Program:
        """A program that is to end with this stage. [main]"""
        self._programs.append(program)
        return program

    def live(self, *words: object, name: str = "vocello", keys: str = "none") -> Program:
        """`vocello live` at this server, sung into by the performer, its port watched by it. [main]"""
        said = ["live", "--device", "jack", "--keys", keys, "--no-profile", "--record", self.folder / f"{name}-takes"]
        program = self.vocello(*said, *words, name=name)
        self.sing_into_it()
        self.watch(OUR_NOTES)
        return program

    def sing_into_it(self) -> None:
        """The performer's voice onto both of our inputs. [main]"""
        for side in (0, 1):
            ear = self.performer.wait_for_port(OUR_EAR.format(side))
            self.performer.ask("connect", source="performer:voice", target=ear)

    def listen_to_it(self) -> None:
        """Both of our outputs to the performer's ears. [main]"""
        for side, ear in enumerate(("left", "right")):
            mouth = self.performer.wait_for_port(OUR_MOUTH.format(side))
            self.performer.ask("connect", source=mouth, target=f"performer:{ear}")

    def play_keys_into(self, source: str) -> None:
        """The performer's keys to where our program hears this port: an input takes two cables. [main]"""
        (ear,) = (each for each in self.performer.ask("heard_by", source=source)["ports"] if each.startswith(OUR_NAME))
        self.performer.ask("connect", source="performer:keys", target=ear)

    def watch(self, port: str, tap: str = "notes") -> None:
        """A MIDI port, taken down by the performer. [main]"""
        self.performer.wait_for_port(port)
        self.performer.ask("connect", source=port, target=f"performer:{tap}")

    @contextmanager
    def greeting(self) -> Iterator[None]:
        """Around a patch to our port: wait until everybody there has been told what a receiver must know, which would
        else be in the take, or not. [main]"""
        self.performer.ask("listen", sound=False)
        yield
        until, told = time.monotonic() + PATIENCE_S, 0
        while told == 0 or len(self.heard()) > told:
            if time.monotonic() > until:
                raise Failed(f"nobody was told anything at {OUR_NOTES}: {self.folder}")
            told = len(self.heard())
            time.sleep(_SAID_WITHIN_S)

    def ardour(self, name: str = "ardour", config: str = "", session: Path | None = None) -> Ardour:
        """A DAW with a new, empty session, or with one that was left. [main]"""
        daw = Ardour(self.server, self.folder, name, config)
        self._programs.append(daw)
        if session is None:
            daw.open()
        else:
            daw.load(session)
        return daw

    def declared(self, port: str) -> dict[str, int]:
        """What a port declares to JACK: frames from a microphone to it, and from it to a loudspeaker. [main]"""
        said = subprocess.run(
            ["jack_lsp", "-s", self.server.name, "-l", port],
            env={**os.environ, **self.server.environment},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        found = re.findall(r"port (\w+) latency = \[ \d+ (\d+) \] frames", said)
        assert found, f"jack_lsp says nothing of '{port}':\n{said}"
        return {way: int(most) for way, most in found[:2]}

    def run(self, name: str, command: Sequence[object], farewell: signal.Signals | None, **env: str) -> Program:
        """Any other program at this server, and what ends it. [main]"""
        program = Program(name, command, self.server, self.folder, **env)
        program.farewell = farewell
        self._programs.append(program)
        return program

    def save_voice(self, samples: npt.NDArray[np.float32], name: str = "voice") -> Path:
        """A file that the performer sings from. [main]"""
        path = self.folder / f"{name}.npy"
        np.save(path, samples)
        return path

    def heard(self, tap: str = "notes") -> list[Message]:
        """What the performer took down, after it has saved. [main]"""
        self.performer.ask("save", folder=str(self.folder))
        return heard_by(self.folder, tap)

    def close(self) -> None:
        """Everybody leaves; the server's log stays in the folder. [main]"""
        for program in reversed(self._programs):
            program.close()
        (self.folder / "jackd.log").write_text(self.server.log)


def marks() -> list[tuple[int, bytes]]:
    """What the performer plays so that the timelines can be laid on each other. [any]"""
    return [
        each
        for at in MARKS_AT
        for each in ((at, bytes((0x9F, MARK_KEY, 64))), (at + _MARK_FRAMES, bytes((0x8F, MARK_KEY, 64))))
    ]


def offset_by_marks(session: Session, began: int, track: str = MARKS) -> float:
    """What to add to a frame of the server's clock to find it on the session's timeline, for MIDI. [main]"""
    seen = [each.frame for each in session.region(track).messages() if each.begins and each.channel == 15]
    assert len(seen) == len(MARKS_AT), f"the DAW has {len(seen)} of {len(MARKS_AT)} marks: {session.file}"
    apart = seen[-1] - seen[0] - (MARKS_AT[-1] - MARKS_AT[0])
    assert abs(apart) <= FRAMES_A_TICK_AT_120, f"the DAW's time runs differently: {apart:g} frames in half a second"
    return seen[0] - began


def offset_by_voice(session: Session, voice: npt.NDArray[np.float32], began: int, track: str = VOICE) -> int:
    """The same for sound; the DAW must hold every sample of the voice. [main]"""
    region = session.region(track)
    recorded = region.samples()[0]
    first, first_recorded = int(np.flatnonzero(voice)[0]), int(np.flatnonzero(recorded)[0])
    there = recorded[first_recorded : first_recorded + len(voice) - first]
    assert np.array_equal(there, voice[first : first + len(there)]), f"the DAW lacks samples: {region.sources[0]}"
    return round(region.at_frame) + first_recorded - first - began


def heard_sound(stage: Stage) -> tuple[int, npt.NDArray[np.float32]]:
    """What came to the performer's ears, a row an ear, and the frame of its first sample. [main]"""
    with np.load(stage.folder / "heard.npz") as kept:
        ears, first, last = kept["ears"], int(kept["first"]), int(kept["last"])
    assert ears.shape[1] == last - first + stage.server.frames, "the performer itself has missed a cycle"
    return first, ears


def made_up_for(
    heard: npt.NDArray[np.float32], recorded: npt.NDArray[np.float32], at: int, declared_frames: int
) -> int:
    """By how many frames a DAW has moved what it recorded: by none, or by what the port declares. [main]

    Every sample that was heard must be there, but for those before the recording began. When Ardour learns of a latency
    depends on which patch was made last, so both are right. `at` is where the first sample belongs.
    """
    for moved in (0, declared_frames):
        since = max(0, moved - at)
        there = recorded[:, at - moved + since : at - moved + heard.shape[1]]
        if there.shape[1] > 0.9 * heard.shape[1] and np.array_equal(heard[:, since : since + there.shape[1]], there):
            return moved
    raise AssertionError(f"the DAW has not every sample, neither at {at} nor {declared_frames} frames before")


def ended_politely(program: Program) -> str:
    """End our program as a user does, by Ctrl-C; what it said. [main]"""
    code = program.end(signal.SIGINT)
    if code != 0:
        raise program.failure(f"ended with {code}")
    return program.everything()


def nothing_hangs(messages: Sequence[Message], where: str) -> None:
    """Every note that began has ended. [any]"""
    left = hanging(messages)
    assert not left, f"{where}: {left} never ended"
