"""DAW-5: both ways at once, with the window open: what is sung goes to a DAW, what the DAW plays is our cello."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import mido
import numpy as np
import numpy.typing as npt
import pytest

from daw_tests.figures import Figures
from daw_tests.programs import start_vocello
from daw_tests.relay import Relay
from daw_tests.session_files import Session
from daw_tests.stage import OUR_MOUTH, OUR_NOTES, RATE, VOICE, Stage, heard_sound, made_up_for, offset_by_voice
from daw_tests.streams import arrived_as_sent, notes_of, on_channels
from realtime.client import Engine
from realtime.events import FROM_KEYS, FROM_VOICE, NOTE_OFF, NOTE_ON
from vocello.singer import Label

Melody = tuple[npt.NDArray[np.float32], list[Label]]

CASE = "DAW-5"
CELLO, KEYS = "Cello", "Keys"
SHORT_S, LONG_S = 26, 600
SCALE = (48, 50, 52, 53, 55, 57, 59, 60)
TICKS, HELD_TICKS = 960, 700
BEAT_S = 0.5


def clip(path: Path, beats: int) -> None:
    """A note a beat, up and down a scale: what the DAW plays."""
    track = mido.MidiTrack()
    for n in range(beats):
        key = SCALE[n % len(SCALE)]
        wait = 0 if n == 0 else TICKS - HELD_TICKS
        track.append(mido.Message("note_on", note=key, velocity=70 + n % 40, time=wait))
        track.append(mido.Message("note_off", note=key, velocity=64, time=HELD_TICKS))
    mido.MidiFile(type=0, ticks_per_beat=TICKS, tracks=[track]).save(path)


class Watch:
    """What the engine says it has played, asked often enough that nothing is overwritten."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.played: list[tuple[int, int, int]] = []
        engine.new_events()

    def look(self) -> None:
        for each in self.engine.new_events():
            self.played.append((int(each["source"]), int(each["kind"]), int(each["number"])))

    def of(self, source: int, *kinds: int) -> list[tuple[int, int]]:
        return [(kind, number) for whose, kind, number in self.played if whose == source and kind in kinds]


def session_with_a_clip(stage: Stage, seconds: int) -> Path:
    """A DAW's session in which one track has something to play."""
    beats = round((seconds - 2) / BEAT_S)
    clip(stage.folder / "keys.mid", beats)
    daw = stage.ardour("ardour-before")
    daw.do("midi_track", KEYS)
    folder = daw.leave()
    Session(folder).put(KEYS, stage.folder / "keys.mid", quarters=beats + 1.0)
    return folder


def until(true: Any, what: str, seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def test_both_ways(
    stage: Stage,
    melody: Melody,
    figures: Figures,
    long: bool,
    screen: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = LONG_S if long else SHORT_S
    voice = np.resize(melody[0], (seconds - 2) * RATE)
    sockets = stage.folder / "run"
    sockets.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(sockets))
    homes = {f"XDG_{kind}_HOME": str(stage.folder / kind.lower()) for kind in ("DATA", "CONFIG")}
    app = stage.keep(start_vocello(stage.server, stage.folder, "app", "--device", "jack", **screen, **homes))
    folder = session_with_a_clip(stage, seconds)
    stage.performer.wait_for_port(OUR_NOTES)
    stage.sing_into_it()
    stage.listen_to_it()
    stage.watch(OUR_NOTES)
    daw = stage.ardour(session=folder)
    port = f"ardour:{daw.do('send', KEYS)[0]}"
    stage.watch(port, "other")
    relay = Relay(stage, daw, OUR_NOTES, seconds)
    daw.do("audio_track", CELLO, *(OUR_MOUTH.format(side) for side in (0, 1)))
    daw.do("audio_track", VOICE, "performer:voice")
    with Engine.attach() as engine:
        until(lambda: engine.ask()["status"] == "playing", "the app's engine does not play")
        engine.open_input(port)
        until(lambda: engine.ask()["keys"] == [port], f"the app does not hear '{port}'")
        daw.do("arm", *relay.tracks, CELLO, VOICE)
        watch, before = Watch(engine), engine.meters().copy()
        stage.performer.ask("listen", sound=True)
        late_before = stage.performer.ask("now")["xruns"]
        daw.do("roll")
        began = stage.performer.begin(stage.save_voice(voice))
        while (passed := stage.performer.ask("now")["frame"] - began) < len(voice) + RATE:
            watch.look()
            relay.look(passed)
            time.sleep(0.02)
        sent, played = on_channels(stage.heard()), on_channels(stage.heard("other"))
        late = stage.performer.ask("now")["xruns"] - late_before
        declared = stage.declared(OUR_MOUTH.format(0))
        daw.do("stop", *relay.tracks, CELLO, VOICE)
        watch.look()
        after, lost_keys, overwritten = engine.meters().copy(), engine.ask()["keys_lost"], engine.missed_events
    session = Session(daw.leave())
    assert app.process.poll() is None, "the window has closed"

    # From us to the DAW: every note, bend and pressure; every sample of the cello, on its frame.
    shift = offset_by_voice(session, voice, began)
    arrived_as_sent(sent, relay.recorded(session, sent, began, shift))
    first, ears = heard_sound(stage)
    at = first + shift
    made_up_for(ears, session.region(CELLO).samples(), at, declared["capture"])
    # From the DAW to us: every key that went down and up.
    assert overwritten == 0 and lost_keys == 0
    keys = [(NOTE_ON if each.begins else NOTE_OFF, each.data[1]) for each in played if each.begins or each.ends]
    assert watch.of(FROM_KEYS, NOTE_ON, NOTE_OFF) == keys
    assert len(notes_of(played)) == round((seconds - 2) / BEAT_S)
    # And what was sung was both sent and played here.
    sung = [each.data[1] for each in sent if each.begins]
    assert [number for _, number in watch.of(FROM_VOICE, NOTE_ON)] == sung

    count = {name: int(after[name]) - int(before[name]) for name in ("blocks", "missed", "late_starts", "late_events")}
    figures.tell(
        CASE, f"events lost in {seconds} s, of sung messages / of keys", f"0 of {len(sent)} / 0 of {len(keys)}"
    )
    figures.tell(CASE, "blocks of ours / that took too long", f"{count['blocks']} / {count['missed']}", **count)
    figures.tell(CASE, "cycles that began late, by the server / by us", f"{late} / {count['late_starts']}", late=late)
