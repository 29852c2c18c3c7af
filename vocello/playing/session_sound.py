"""A session becomes sound: the mix, or each track for itself, by the rack and the callback that play it live.

What flows in: a session's state, and what is wanted. What flows out: files, each under its name when it is whole, and
figures. A stem goes through its own fader, sends and the master, so that all stems together are the mix, but for what
the master's limiter did to it. [main]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gui.mixing.arranged import arranged
from gui.mixing.routes import Route, lines_of_score, route_of
from gui.playback import Player
from gui.session.setup import Setup
from gui.session.text import State
from plugin.offline import Processed, play
from plugin.rack_file import from_plain
from plugin.workbench import Workbench
from realtime.events import FROM_APP
from realtime.host import Host
from score.errors import EngineError, UsageError
from score.score import Score, Track
from vocello.playing.sound_out import SoundOut

BLOCK_FRAMES = 128
_STEREO_SILENCE = np.zeros((BLOCK_FRAMES, 2), np.float32)

Step = Callable[[float], None]


@dataclass(frozen=True)
class Job:
    """One file: its name, and the setup that it is played with. [any]"""

    target: Path
    setup: Setup
    name: str = ""


def jobs(state: State, target: Path, stems: bool, kind: str) -> list[Job]:
    """What is to be written. [any]"""
    score, setup = state.score, state.setup
    if not any(len(track.notes) for track in score.tracks):
        raise UsageError("this session has no notes yet.", "Sing something first.")
    if not stems:
        return [Job(target, setup)]
    heard = [track for track in score.tracks if len(track.notes) and is_heard(track, score, setup)]
    if not heard:
        raise UsageError("every track is muted.", "Let one of them be heard.")
    return [
        Job(target / f"{number:02d} {_file_name(track.name)}.{kind}", _alone(setup, score, track), track.name)
        for number, track in enumerate(heard, 1)
    ]


def is_heard(track: Track, score: Score, setup: Setup) -> bool:
    """Whether a track sounds, among those that are muted and solo. [any]"""
    soloed = any(setup.track(each.id).solo for each in score.tracks)
    mine = setup.track(track.id)
    return not mine.muted and not mine.port and (mine.solo or not soloed)


def write_job(job: Job, score: Score, folder: Path, rate: int, bits: int, step: Step) -> Processed:
    """Play a session once, into a file. [main]"""
    bench = Workbench()
    try:
        bench.load(from_plain(arranged(score, job.setup)), folder)
        job.target.parent.mkdir(parents=True, exist_ok=True)
        out = SoundOut(job.target, rate, bits)
        try:
            ends_s = score.tempo.seconds_at(max(track.end_ticks for track in score.tracks))
            frames = max(ceil(ends_s * rate), 1)
            teller = _Teller(score, job.setup, rate)
            figures = play(
                bench, rate, _silence(), frames, out.write, block_frames=BLOCK_FRAMES, before=teller.tell, step=step
            )
        except BaseException:
            out.abandon()
            raise
        out.close()
    finally:
        bench.close()
    return figures


class _Teller:
    """The same hand that plays it live, with a host that waits for it. [main]"""

    def __init__(self, score: Score, setup: Setup, rate: float) -> None:
        self._score, self._rate = score, rate
        self._host: Host | None = None
        self._player = Player(self._send)
        self._player.send_to_port = lambda events: None
        self._player.is_heard = lambda track: is_heard(track, score, setup)
        lines = lines_of_score(score)

        def route(track: Track) -> Route:
            mine = setup.track(track.id)
            return route_of(track.id, mine.port, mine.channel, lines)

        self._player.seats.route = route

    def tell(self, host: Host, frame: int) -> None:
        """Before the block that begins with this frame. [main]"""
        self._host = host
        if not self._player.playing:
            self._player.begin(self._score, 0, frame, self._rate)
        self._player.tell(self._score, frame)

    def _send(self, events: npt.NDArray[Any]) -> None:
        assert self._host is not None
        if not self._host.send(FROM_APP, events):
            raise EngineError(f"{len(events)} events at once are more than the engine takes.", "Thin out the bends.")


def _alone(setup: Setup, score: Score, track: Track) -> Setup:
    tracks = {
        str(each.id): replace(setup.track(each.id), solo=False, muted=each.id != track.id) for each in score.tracks
    }
    return replace(setup, tracks=tracks)


def _silence() -> Iterator[npt.NDArray[np.float32]]:
    while True:
        yield _STEREO_SILENCE


def _file_name(name: str) -> str:
    kept = "".join(sign if sign.isalnum() or sign in " -_" else "-" for sign in name).strip(" -")
    return kept[:60] or "track"
