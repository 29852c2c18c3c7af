"""The metronome and the clock of the app through a real engine: clicks to the sample, one engine led by another."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gui.transport.beats import beats
from gui.transport.leading import points
from gui.transport.metronome import Metronome
from gui.transport.timeline import Timeline
from plugin.plan import ChainPlan, RackPlan, SlotPlan
from plugin.workbench import Workbench
from realtime.client import Engine, PortWish, event
from realtime.device.sound_file import SoundReader, write_sound
from realtime.events import FORGET, NOTE_ON
from realtime.machine import Machine
from score.checked import brief
from score.tempo import Meter, Tempo, TempoMap

pytestmark = pytest.mark.timeout(400)  # whoever comes first may have to compile

RATE = 48_000
SILENT = RackPlan("shut", (ChainPlan("main", slots=(SlotPlan("t", "tone"),), level_db=-80.0, mute=True),))
CHANGING = TempoMap(
    960, (Tempo(0, 500_000), Tempo(2880, 333_333), Tempo(5000, 700_001)), (Meter(0, 3, 4), Meter(2880, 6, 8))
)


def until(true: Callable[[], Any], seconds: float = 30.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "this did not happen"
        time.sleep(0.02)
    return found


def test_clicks_fall_on_the_samples_of_their_beats_and_into_nothing_but_the_card(tmp_path: Path) -> None:
    machines: list[Machine] = []

    def make() -> Machine:
        machines.append(Machine(make_workbench=Workbench))
        return machines[0]

    source, target = tmp_path / "in.wav", tmp_path / "out.wav"
    write_sound(source, np.zeros((6 * RATE, 1), np.float32), RATE)
    with Engine.here(make) as engine:
        engine.load_rack(brief(SILENT))
        engine.start("null", rate=float(RATE))
        until(lambda: engine.meters()["frame"] > 0)
        engine.stop()  # the host stays, and counts on with the next device
        host = machines[0].stage.host
        assert host is not None
        begins = host.frame + 4800
        metronome = Metronome(lambda events: engine.play(events, True, False))
        metronome.when, time_line = "always", Timeline()
        time_line.begin(CHANGING, 0, begins, RATE)
        metronome.pass_by(time_line.pass_to(CHANGING, begins + 5 * RATE), False)
        engine.play(event(NOTE_ON, frame=begins + 100, number=60, value=1.0))
        first = host.frame
        engine.start(f"file:{source}→{target}", rate=float(RATE))
        until(lambda: engine.ask()["status"] == "finished")
        rack = engine.ask("rack")
    reader = SoundReader(target)
    heard = reader.read(reader.frames)[:, 0]
    reader.close()
    loud = np.abs(heard) > 1e-4
    found = [int(n) for n in np.flatnonzero(loud) if not loud[max(n - 1500, 0) : n].any()]
    frames = [round(time_line.legs[0].frame_of(beat.ticks)) - first for beat in beats(CHANGING, 0, 50_000)]
    assert found == [frame for frame in frames if frame < begins - first + 5 * RATE]
    assert len(found) > 8
    assert "metronome" not in str(rack)


def test_what_was_told_ahead_is_taken_back_from_a_running_engine() -> None:
    with Engine.here(Machine) as engine:
        engine.start("null")
        frame = int(until(lambda: engine.meters()["frame"]))
        engine.play(event(NOTE_ON, frame=frame + RATE // 2, number=60, value=1.0))
        engine.play(event(FORGET))
        until(lambda: engine.meters()["frame"] > frame + RATE)
        assert engine.meters()["peak_out"].max() == 0.0


def song_of(engine: Engine) -> dict[str, Any]:
    return engine.ask("song")


def test_one_engine_leads_another_through_tempos_and_stops_it(patient_jack_server: object) -> None:
    tempo = TempoMap(960, (Tempo(0, 60_000_000 // 97), Tempo(960 * 20, 60_000_000 // 140)))
    with Engine.here(Machine) as leads, Engine.here(Machine) as follows:
        leads.open_output(PortWish("Lead"))
        leads.start("null")
        follows.open_input("Lead:out")
        follows.start("null")
        until(lambda: follows.ask()["keys"])
        assert song_of(follows)["running"] is False
        line = Timeline()
        line.begin(tempo, 0, int(leads.meters()["frame"]) + RATE // 4, RATE)
        (stretch, *_) = line.pass_to(tempo, line.legs[0].frame + RATE)
        leads.lead(points(stretch.leg, 0))
        until(lambda: song_of(follows)["running"])

        told: list[tuple[float, float]] = []

        def is_past(beats: float) -> bool:
            song = song_of(follows)
            if song["bpm"] is not None:
                told.append((song["beats"], float(leads.meters()["frame"])))
            return bool(song["beats"] > beats)

        until(lambda: is_past(40.0), 120.0)
        for bpm, after, before in ((97.0, 4.0, 19.0), (140.0, 24.0, 40.0)):
            heard, frames = np.array([each for each in told if after < each[0] < before]).T
            beats_per_frame = np.polyfit(frames, heard, 1)[0]  # of the leader, who stumbles where the machine does
            assert beats_per_frame * RATE * 60 == pytest.approx(bpm, rel=0.15)
        leads.lead(())
        until(lambda: song_of(follows)["running"] is False)
        stood = song_of(follows)["beats"]
        leads.lead(points(line.legs[0], 960 * 56))
        song = until(lambda: song_of(follows)["running"] and song_of(follows))
        assert stood < 56.0 <= song["beats"]
