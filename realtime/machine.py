"""The engine itself: device, rack, ears, MIDI ports, and one hand that moves them all.

What flows in: verbs, from the door of another process or from the same one, and a tick some fifty times a second.
What flows out: sound, notes at the port, news, and a window of shared memory that shows meters, pitch and notes. What
listens is given from above, since the rooms above know what a voice is. [main]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from time import monotonic, sleep
from typing import Any

import numpy.typing as npt

from realtime.device.wish import Device, Wish
from realtime.door.window import Window
from realtime.dsp.click import click
from realtime.events import ALL_CHANNELS, FROM_APP, FROM_KEYS, METRONOME_LINE, NOTES_OFF, SILENCE, event
from realtime.hearing import Hearing, Listener
from realtime.host import Host
from realtime.layout import OUT_LEFT, OUT_RIGHT
from realtime.leaving import Leaving
from realtime.measuring import Measure, Measuring
from realtime.midi.clock import checked_bpm
from realtime.midi.echo import Sent
from realtime.midi.follow import ClockIn
from realtime.midi.input import MidiInput
from realtime.midi.output import MidiOutput
from realtime.midi.song import Course
from realtime.rack import Slot
from realtime.racks import RACK_STATE, Racks, Workbench
from realtime.reach import Reach
from realtime.stage import News, Stage
from realtime.taping import Taping
from realtime.wanted import DEFAULT_RACK, Wanted
from score.errors import EngineError, PortError

_LOOK_AT_PORTS_EVERY_S = 1.0
_PORT_WORDS = {
    "opened": "plays.",
    "vanished": "has gone; its notes were ended.",
    "refused": "cannot be opened:",
    "echoes": "gives back what leaves by our port; that is not played again.",
}
_QUIET_FOR_S = 0.05
_QUIET_AFTER_S = 2.0

METRONOME = Slot("metronome:", click, wires=((), (OUT_LEFT, OUT_RIGHT)), reach=Reach(line=METRONOME_LINE))
"""Behind whatever rack is played: no fader, no ceiling and no file of a rack has to do with it, and what is rendered
has none."""


class Machine:
    """One engine. [main]"""

    def __init__(
        self,
        make_listener: Callable[[float], Listener] | None = None,
        make_workbench: Callable[[], Workbench] | None = None,
        make_measure: Callable[[float], Measure] | None = None,
    ) -> None:
        self.window = Window.create()
        self.listener: Listener | None = None
        self.hearing: Hearing | None = None
        self.stage = Stage(self.window.meters_block, self._get_ready, always=(METRONOME,))
        self.wanted = Wanted()
        self.make_listener = make_listener
        self._measuring = Measuring(make_measure, self._listen_with)
        self.racks = Racks(self.stage, make_workbench)
        self.taping = Taping()
        self._keys: MidiInput | None = None
        self._port: MidiOutput | None = None
        self._sent = Sent()
        self._met: Host | None = None
        self._leaving = Leaving(lambda: self._port)
        self._followed = ClockIn()
        self._news: list[News] = []
        self._next_look_s = 0.0
        self._port_told = ""
        self.set_rack(DEFAULT_RACK)

    # Sound

    def start(self, wish: Wish) -> dict[str, Any]:
        """Play on the device wished for; what ran before stops first. [main]"""
        self.stop()
        self.wanted.wish, self.wanted.playing = wish, True
        try:
            self.stage.start(wish)
        except BaseException:
            self.wanted.playing = False
            self._end_hearing()
            raise
        self._begin_clock()
        return self.describe()

    def stop(self) -> None:
        """End every note, fade out, let the device go. [main]"""
        self.wanted.playing = False
        self._leaving.end()
        if self._in_step():  # the file's own thread is the ears' as well: it ends first
            self.stage.stop()
        self._end_hearing()
        self._release_all()
        self.stage.stop()

    def hear(self, on: bool) -> None:
        """Let the ears listen, or not. [main]"""
        if self._in_step():
            raise EngineError("a file is heard as it was begun, to its end.", "Stop it first.")
        self.wanted.hearing = on
        self._end_hearing()
        if self.stage.host is not None and self.stage.device is not None:
            self._begin_to_hear(self.stage.host, self.stage.device)

    def measure(self, what: str) -> dict[str, Any]:
        """Get to know a voice: begin, look, skip, keep, leave; the ears listen again afterwards. [main]"""
        if self._in_step():
            raise EngineError("a file is heard as it was begun, to its end.", "Stop it first.")
        return self._measuring.do(what, self._host().rate)

    # Rack

    def set_rack(self, slots: Sequence[Mapping[str, Any]]) -> None:
        """Play these slots from the next block on; those whose names stay keep sounding. [main]"""
        self.racks.set_flat(slots)

    def turn(self, slot: str, knob: str, value: float) -> None:
        """Turn a knob; the sound follows within some milliseconds, without zipper noise. [main]"""
        self.racks.turn(slot, knob, value)

    # Notes

    def play(self, events: npt.NDArray[Any], to_rack: bool = True, to_port: bool = False) -> None:
        """Send events of the app's own: a key clicked, a clip played. [main]"""
        if to_port and self._port is not None:
            self._leaving.send(events)
        if to_rack and not self._host().send(FROM_APP, events):
            raise EngineError(f"{len(events)} events are more than the engine can take now.", "Send fewer at a time.")

    def panic(self) -> None:
        """Silence, here and at the port, at once. [main]"""
        if self.stage.host is not None:
            self.stage.host.send(FROM_APP, event(SILENCE, channel=ALL_CHANNELS))
        if self._port is not None:
            self._port.panic()

    # Ports

    def open_keys(self, choice: str) -> None:
        """Take notes from MIDI inputs: "all", "none", or part of a port's name. [main]"""
        self.wanted.keys = choice
        self._leaving.end()
        self._close_keys()
        if self.stage.host is not None:
            self._open_keys(self.stage.host)
        if self.stage.status == "playing":
            self._begin_clock()

    def open_port(self, port: Mapping[str, Any] | None, receivers: Sequence[str] = ()) -> None:
        """Send notes to a new virtual port, to one that exists, or to none; find those again who received. [main]"""
        if self._port is not None:
            self._port.close()
            self._port = None
        self.wanted.port = None
        if port is not None:
            self._port = MidiOutput(**port, sent=self._sent, receivers=receivers)
            self.wanted.port = dict(port)

    def send_clock(self, bpm: float | None) -> None:
        """Send MIDI clock by the port while sound runs: start now, stop with the device; None ends it. [main]"""
        if bpm is not None:
            checked_bpm(bpm)  # what cannot be sent is refused before anything changes
        self.wanted.bpm = bpm
        self._leaving.end()
        if self.stage.status == "playing":
            self._begin_clock()

    def record_to(self, folder: str) -> dict[str, Any]:
        """Keep the sound of the last ten minutes in a folder, "" for nowhere; says where it goes. [main]"""
        self.taping.record_to(folder)
        self.wanted.tape = folder
        return self.taping.describe()

    def lead(self, points: Sequence[tuple[float, float]], goes_on: bool = False) -> None:
        """Let others follow a song whose pulses fall on these frames; no points stop it. See `Course`. [main]"""
        self._leaving.lead(Course(tuple(points), goes_on) if points else None)

    def song(self) -> dict[str, Any]:
        """Where the song stands whose clock is heard: beats at a frame, tempo, and how long ago it was heard. [main]"""
        return self._followed.told(self._keys.clock if self._keys is not None else None)

    # Time

    def tick(self) -> None:
        """Whatever the engine does by itself. [main]"""
        before = self.stage.status
        self._news += self.stage.tick()
        if before == "waiting" and self.stage.status == "playing":
            self._begin_clock()
        if before == "playing" and self.stage.status == "waiting":
            self._leaving.end()
            self._end_hearing()
            self._release_all()
        elif self.stage.status == "finished" and before == "playing":
            self._end_hearing()
        if self.hearing is not None and self.hearing.trouble:
            self._news.append(News("ears", f"The ears stumbled, and listen on: {self.hearing.trouble}"))
            self.hearing.trouble = ""
        played = self.stage.host.played.pop_all() if self.stage.host is not None else None
        if played is not None:
            self.window.push_events(played)
        self._news += self.racks.tick(played) + self.taping.tick()
        levels = self.racks.levels()
        if levels is not None:
            self.window.push_levels(levels)
        if self._port is not None:
            self._port.greet()
            self._port.end_again()
        if monotonic() >= self._next_look_s:
            self._next_look_s = monotonic() + _LOOK_AT_PORTS_EVERY_S
            self._look_at_ports()

    def news(self) -> list[dict[str, Any]]:
        """What happened by itself since last asked. [main]"""
        told, self._news = self._news, []
        return [asdict(each) for each in told]

    def describe(self) -> dict[str, Any]:
        """What runs where, for people and programs. [main]"""
        device, host = self.stage.device, self.stage.host
        found: dict[str, Any] = {"status": self.stage.status, "losses": self.stage.losses}
        if device is not None:
            found["device"] = {
                "name": device.name,
                "rate": device.rate,
                "block_frames": device.block_frames,
                "inputs": device.inputs,
                "outputs": device.outputs,
                "input_latency_s": device.input_latency_s,
                "output_latency_s": device.output_latency_s,
            }
        if host is not None:
            found["rack"] = self.racks.describe()
        place = self._followed.place
        found["followed"] = {"running": place.running, "bpm": place.bpm, "beats": place.beats}
        found["keys"] = [port.name for port in self._keys.ports] if self._keys is not None else []
        found["keys_lost"] = self._keys.lost if self._keys is not None else 0
        found["port"] = self._port.port.name if self._port is not None else None
        found["tape"] = self.taping.describe()
        return found

    # The same state again

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as JSON. [main]"""
        return {**asdict(self.wanted), **self.racks.state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Be as another engine was. [main]"""
        try:
            rest = {name: state[name] for name in state if name not in RACK_STATE}
            wanted = Wanted(**{**rest, "wish": Wish(**state["wish"])})
        except (TypeError, KeyError) as error:
            raise EngineError("this state is none of an engine's.", "Start afresh.") from error
        self.stop()
        self.wanted = replace(wanted, playing=False)
        self.racks.restore(state)
        self.open_port(wanted.port, wanted.receivers)
        self.send_clock(wanted.bpm)
        self.open_keys(wanted.keys)
        self.taping.record_to(wanted.tape)
        if wanted.playing:
            self.start(wanted.wish)

    # The end

    def quiet_down(self) -> None:
        """Release every note and let it ring out, for some seconds at most. [main]"""
        if self._in_step():
            self.stop()
            return
        self._end_hearing()
        self._release_all()
        host, until = self.stage.host, monotonic() + _QUIET_AFTER_S
        while host is not None and self.stage.status == "playing" and monotonic() < until:
            sleep(0.02)
            if host.counters()["quiet_frames"] > _QUIET_FOR_S * host.rate:
                break

    def close(self) -> None:
        """Let go of everything. [main]"""
        self.stop()
        self._close_keys()
        self.open_port(None)
        self.taping.close()
        self.racks.close()

    def _host(self) -> Host:
        if self.stage.host is None:
            raise EngineError("nothing plays yet.", "Start a device first.")
        return self.stage.host

    def _get_ready(self, host: Host, device: Device) -> Callable[[], None] | None:
        """Before the first block of a device; a new host has a rate and rings of its own."""
        if host is not self._met:
            self._met = host
            self._measuring.forget()
            self.listener = self.make_listener(host.rate) if self.make_listener is not None else None
            self._close_keys()
            self._open_keys(host)
        self.racks.begin(host, device.block_frames)
        self._begin_to_hear(host, device)
        self.taping.follow(None if device.in_step else host)  # a file is a recording already
        return self._step if device.in_step else None

    def _listen_with(self, listener: Listener | None) -> None:
        """Listen with another from now on; with None, with ears that are made anew."""
        host, device = self._host(), self.stage.device
        self._end_hearing()
        self.listener = listener or (self.make_listener(host.rate) if self.make_listener is not None else None)
        if device is not None:
            self._begin_to_hear(host, device)

    def _begin_to_hear(self, host: Host, device: Device) -> None:
        self._end_hearing()  # of a card that refused to start: a ring has one pair of ears
        host.listen_with(self.wanted.hearing and self.listener is not None)
        if not self.wanted.hearing or self.listener is None:
            return
        notes_out = [self._port.send] if self._port is not None else []
        self.hearing = Hearing(host, self.listener, notes_out, self.window.push_pitches)
        if not device.in_step:
            self.hearing.start()

    def _end_hearing(self) -> None:
        if self.hearing is not None:
            self.hearing.stop()
            self.hearing = None

    def _in_step(self) -> bool:
        """Whether a file plays, whose thread calls the ears between its blocks."""
        device = self.stage.device
        return device is not None and device.in_step and device.alive()

    def _step(self) -> None:
        """Between two blocks of a file."""
        if self.hearing is not None:
            self.hearing.step()
        self.racks.step()

    def _release_all(self) -> None:
        if self.stage.host is not None:
            self.stage.host.send(FROM_APP, event(NOTES_OFF, channel=ALL_CHANNELS))
        if self._port is not None:
            self._port.all_notes_off()

    def _begin_clock(self) -> None:
        """Time at the port as this host counts it; another host's is another."""
        self._leaving.begin(self.stage.host, self.stage.device, self._keys, self.wanted.bpm)

    def _open_keys(self, host: Host) -> None:
        if self.wanted.keys != "none":
            keys = self.wanted.keys
            self._keys = MidiInput(
                host.events[FROM_KEYS], host.clock, choose=keys, transport=self._followed, sent=self._sent
            )
            self._look_at_ports()

    def _close_keys(self) -> None:
        if self._keys is not None:
            self._keys.close()
            self._keys = None

    def _look_at_ports(self) -> None:
        if self._keys is not None:
            for news in self._keys.look_again():
                text = f"MIDI input '{news.port.name}' {_PORT_WORDS[news.what]} {news.why}"
                self._news.append(News(f"keys-{news.what}", text.rstrip()))
        if self._port is None:
            return
        trouble = self._port.trouble()
        if trouble is None:
            self._port_told, self.wanted.receivers = "", self._port.receivers
            return
        try:
            self._port.reopen()
            self._news.append(News("port-back", f"The MIDI output '{self._port.port.name}' is open again."))
        except PortError as error:
            if str(error) != self._port_told:  # told once, and not each second
                self._port_told = str(error)
                self._news.append(News("port-lost", f"No notes leave by MIDI: {error}"))
