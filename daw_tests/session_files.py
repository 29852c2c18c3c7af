"""What a DAW has on disk: Ardour's session file, the MIDI and the sound it recorded, without asking Ardour.

What flows in: a session's folder. What flows out: for each track its regions, with messages and samples at the frames
of the session's timeline. MIDI is read by mido and sound by soundfile, so that nothing of ours judges itself. [main]

Ardour keeps two kinds of time (libs/temporal): `a` counts superclocks, 282 240 000 a second; `b` counts ticks, 1920 a
quarter. A length is written `length@position`.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import mido
import numpy as np
import numpy.typing as npt
import soundfile

from daw_tests.streams import Message

SUPERCLOCKS_A_SECOND = 282_240_000
TICKS_A_QUARTER = 1920
FRAMES_A_TICK_AT_120 = 12.5
_LENGTH = re.compile(r"([ab])(-?\d+)@([ab])(-?\d+)")


@dataclass(frozen=True)
class Region:
    """A part of a source on a track's timeline, in frames. [any]"""

    track: str
    sources: tuple[Path, ...]
    at_frame: float
    length_frames: float
    start_frame: float
    rate: int
    quarter_frames: float

    def messages(self) -> list[Message]:
        """The channel messages of a MIDI source, in their order, at frames of the timeline. [main]"""
        file = mido.MidiFile(self.sources[0])
        found, tick = [], 0
        for each in mido.merge_tracks(file.tracks):
            tick += each.time
            if not each.is_meta:
                frame = tick / file.ticks_per_beat * self.quarter_frames
                found.append(Message(self.at_frame + frame - self.start_frame, bytes(each.bytes())))
        return found

    def samples(self) -> npt.NDArray[np.float32]:
        """The sound, a row a channel, each from a file of its own, from where the region starts. [main]"""
        channels = [soundfile.read(source, dtype="float32")[0] for source in self.sources]
        return np.stack(channels)[:, round(self.start_frame) :]


class Session:
    """A session that was saved. [main]"""

    def __init__(self, folder: Path) -> None:
        (self.file,) = folder.glob("*.ardour")
        self._root = ElementTree.parse(self.file).getroot()
        self._files = {path.name: path for path in folder.glob("interchange/*/*files/*")}
        self.rate = int(self._attribute(self._root, "sample-rate"))
        (tempo,) = self._root.findall("./TempoMap/Tempos/Tempo")
        self.bpm = float(self._attribute(tempo, "npm"))

    def regions(self, track: str) -> list[Region]:
        """A track's regions in the order of time. [main]"""
        names = {each.get("id"): each.get("name") for each in self._root.findall("./Sources/Source")}
        found = []
        for playlist in self._root.findall("./Playlists/Playlist"):
            if playlist.get("name") == track:
                found += [self._region(track, each, names) for each in playlist.findall("Region")]
        return sorted(found, key=lambda region: region.at_frame)

    def region(self, track: str) -> Region:
        """The one region of a track on which something was recorded once. [main]"""
        regions = self.regions(track)
        assert len(regions) == 1, f"'{track}' holds {len(regions)} regions: {self.file}"
        return regions[0]

    def put(self, track: str, file: Path, quarters: float) -> None:
        """Let a MIDI file of type 0 lie at the beginning of an empty track: what an import leaves on disk. [main]"""
        (folder,) = (path for path in self.file.parent.glob("interchange/*/midifiles"))
        shutil.copy(file, folder / file.name)
        sources, regions = self._root.find("./Sources"), self._root.find("./Regions")
        (playlist,) = (p for p in self._root.findall("./Playlists/Playlist") if p.get("name") == track)
        assert sources is not None and regions is not None
        number = int(self._attribute(self._root, "id-counter"))
        self._root.set("id-counter", str(number + 10))
        told = {"name": file.name, "type": "midi", "flags": "", "natural-position": "a0", "origin": str(file)}
        ElementTree.SubElement(sources, "Source", {**told, "id": str(number), "captured-for": ""})
        length = f"b{round(quarters * TICKS_A_QUARTER)}@b0"
        region = {"type": "midi", "start": "b0", "length": length, "sync-position": "b0", "source-0": str(number)}
        region.update({"name": file.stem, "master-source-0": str(number), "first-edit": "nothing", "opaque": "1"})
        region.update({"ancestral-start": "b0", "ancestral-length": "b0@b0", "stretch": "1", "shift": "1"})
        ElementTree.SubElement(regions, "Region", {**region, "id": str(number + 1), "whole-file": "1"})
        ElementTree.SubElement(playlist, "Region", {**region, "id": str(number + 2), "whole-file": "0"})
        ElementTree.ElementTree(self._root).write(self.file, encoding="UTF-8", xml_declaration=True)

    def _region(self, track: str, said: ElementTree.Element, names: dict[str | None, str | None]) -> Region:
        length = _LENGTH.fullmatch(self._attribute(said, "length"))
        assert length is not None, said.attrib
        ids = [said.get(f"source-{n}") for n in range(int(said.get("channels", "1")))]
        return Region(
            track=track,
            sources=tuple(self._files[str(names[each])] for each in ids),
            at_frame=self._frames(length[3], int(length[4])),
            length_frames=self._frames(length[1], int(length[2])),
            start_frame=self._frames_of(self._attribute(said, "start")),
            rate=self.rate,
            quarter_frames=self.rate * 60.0 / self.bpm,
        )

    def _frames_of(self, said: str) -> float:
        return self._frames(said[0], int(said[1:]))

    def _frames(self, domain: str, count: int) -> float:
        if domain == "a":
            return count / SUPERCLOCKS_A_SECOND * self.rate
        return count / TICKS_A_QUARTER * self.rate * 60.0 / self.bpm

    def _attribute(self, element: Any, name: str) -> str:
        value = element.get(name)
        assert value is not None, f"'{self.file}' says no '{name}' of a {element.tag}"
        return str(value)
