"""Standard MIDI Files: a score from one, and one from a score.

Paths and bytes in, scores out, and back; safe on any thread, but it waits for the disk. What is written here is read
back equal; of files from elsewhere everything is kept that a score can hold, and what is not is said in `warnings`.
Type 1 has a first track for what concerns the whole piece, then a track for each of the score's; type 0 has one.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import mido

from score.atomic import read_whole, write_whole
from score.errors import MidiFileError
from score.events import Event, Meta, Sysex
from score.midi_bytes import MOST_MESSAGES, Header, TrackBytes, read_header
from score.midi_to_track import Key, TrackRead, give_to_notes, sort_out
from score.note import counted
from score.score import Score, Track
from score.tempo import Tempo, TempoMap
from score.track_to_midi import conductor_messages, in_file_order, track_messages

LARGEST_BYTES = 32 * 2**20
MOST_TRACKS = 0x7FFF
"""As many as the header of a file can count; a hostile one could hold millions that are empty."""


class Opened(NamedTuple):
    """A score from a file, and what was odd about the file, a sentence each. [any]"""

    score: Score
    warnings: tuple[str, ...]


def read(path: Path | str, rescue: bool = False) -> Opened:
    """The score in a MIDI file of type 0 or 1. [any]

    A damaged file is refused, and the error says what could still be had of it; `rescue` gives just that.
    """
    return from_bytes(read_whole(Path(path), LARGEST_BYTES, MidiFileError), f"'{path}'", rescue)


def write(score: Score, path: Path | str, type: int = 1) -> None:
    """A score as a MIDI file; a file that is there is replaced whole, or left as it was. [any]"""
    write_whole(Path(path), to_bytes(score, type), MidiFileError)


def from_bytes(data: bytes, name: str = "The MIDI file", rescue: bool = False) -> Opened:
    """The score in the bytes of a MIDI file; `name` is what an error calls it. [any]"""
    header = read_header(data, name)
    if header.type == 2:
        raise MidiFileError(
            f"{name} is of type 2: its tracks are not played together, so they are no score.",
            "Export it as type 0 or 1 from the program that made it.",
        )
    body = _Body(data, header)
    body.read()
    opened = Opened(body.score(), tuple(body.warnings))
    if body.damage and not rescue:
        kept = f"{counted(opened.score.note_count, 'note')} in {counted(len(opened.score.tracks), 'track')}"
        raise MidiFileError(
            f"{name} is damaged: {'; '.join(body.damage)}.", f"{kept} can be saved: read it with rescue=True."
        )
    return Opened(opened.score, (*body.damage, *opened.warnings))


def to_bytes(score: Score, type: int = 1) -> bytes:
    """A score as the bytes of a MIDI file. [any]

    Type 0 holds one track; the piece's own events become the track's.
    """
    piece = list(conductor_messages(score.name, score.tempo, score.events))
    if type == 1:
        ends = max((event.ticks for event in score.events), default=0)
        tracks = [in_file_order(piece, ends)]
        tracks += [in_file_order(track_messages(track), track.end_ticks) for track in score.tracks]
    elif type == 0:
        if len(score.tracks) > 1:
            raise MidiFileError(
                f"A MIDI file of type 0 holds one track; this score has {len(score.tracks)}.", "Write it as type 1."
            )
        track = score.tracks[0] if score.tracks else Track()
        tracks = [in_file_order([*piece, *track_messages(track)], track.end_ticks)]
    else:
        raise MidiFileError(f"No score can be a MIDI file of type {type}.", "Write it as type 1, or 0.")
    if len(tracks) > MOST_TRACKS:
        raise MidiFileError(f"A MIDI file holds {MOST_TRACKS} tracks, not {len(tracks)}.", "Write fewer to a file.")
    file = mido.MidiFile(type=type, ticks_per_beat=score.tempo.ticks_per_quarter, tracks=tracks)
    written = io.BytesIO()
    file.save(file=written)
    return written.getvalue()


@dataclass
class _Chunk:
    """A track's place in the file, and what was found there."""

    number: int
    items: list[Event | Key]
    track: TrackRead


class _Body:
    """All that follows the header: tracks, and what is wrong with them."""

    def __init__(self, data: bytes, header: Header) -> None:
        self.data, self.header = data, header
        self.warnings: list[str] = []
        self.damage: list[str] = []
        self.chunks: list[_Chunk] = []

    def read(self) -> None:
        """Fills in the chunks, as far as the bytes go."""
        position, found = self.header.end, 0
        budget, chunks = MOST_MESSAGES, 0
        while position + 8 <= len(self.data) and budget > 0:
            name, length = (
                self.data[position : position + 4],
                int.from_bytes(self.data[position + 4 : position + 8], "big"),
            )
            chunks += 1
            if chunks > MOST_TRACKS:
                self.damage.append(f"it has more than {MOST_TRACKS} chunks")
                break
            begin, end = position + 8, position + 8 + length
            position = end
            if name != b"MTrk":
                self._pass_over(name, begin, end)
                continue
            found += 1
            messages = TrackBytes(self.data, begin, min(end, len(self.data)), budget)
            self._take(_Chunk(found, [], TrackRead()), messages, breaks_off=end > len(self.data))
            budget -= messages.count
            if end > len(self.data) and messages.ended:
                position = messages.position  # its length was wrong, its bytes are whole: the next may follow
        if found < self.header.track_count and not self.damage:
            self.damage.append(f"it holds {found} of {counted(self.header.track_count, 'track')}")
        elif found > self.header.track_count:
            self.warnings.append(
                f"It holds {counted(found, 'track')} and speaks of {self.header.track_count}; all were read."
            )
        elif position < len(self.data):
            self.warnings.append(f"After the last track {counted(len(self.data) - position, 'byte')} left out.")

    def score(self) -> Score:
        """The score that the chunks make."""
        name, tracks = "", self.chunks
        piece = TrackRead()
        for chunk in self.chunks:
            give_to_notes(chunk.items, chunk.track, piece.zones)
            if chunk is self.chunks[0]:
                name = chunk.track.names[0] if chunk.track.names else ""
                if self.header.type == 1 and chunk.track.is_for_the_piece:
                    piece, tracks = chunk.track, self.chunks[1:]
        events = tuple(event for event in piece.events if isinstance(event, Meta | Sysex))
        score = Score(self._tempo(), (), name, events)
        for chunk in tracks:
            track = chunk.track
            score = score.adding(_track_name(track), track.notes, track.events, track.zones, track.end_ticks)
        for chunk in self.chunks:
            self.warnings += [f"In track {chunk.number}: {n} × {what}." for what, n in sorted(chunk.track.odd.items())]
        return score

    def _take(self, chunk: _Chunk, messages: TrackBytes, breaks_off: bool) -> None:
        self.chunks.append(chunk)
        try:
            sort_out(messages, chunk.items, chunk.track, most_names=2 if self.header.type == 0 else 1)
        except MidiFileError as fault:
            self.damage.append(f"in track {chunk.number} {fault.what}")
        else:
            if not messages.ended and breaks_off:
                self.damage.append(f"track {chunk.number} breaks off at the end of the file, byte {len(self.data)}")
            elif not messages.ended:
                self.warnings.append(f"Track {chunk.number} does not say where it ends; it ends with its last event.")
            elif breaks_off:
                self.warnings.append(f"Track {chunk.number} is shorter than it says.")
        if messages.left_out:
            chunk.track.odd["a message that has no place in a file was left out"] = messages.left_out
        chunk.track.end_ticks = messages.ticks

    def _pass_over(self, name: bytes, begin: int, end: int) -> None:
        if end > len(self.data):
            self.damage.append(f"the chunk {name!r} at byte {begin - 8} is longer than the file")
        else:
            self.warnings.append(f"A chunk {name!r} of {counted(end - begin, 'byte')}, which is no track, left out.")

    def _tempo(self) -> TempoMap:
        division = self.header.division
        tempos = [tempo for chunk in self.chunks for tempo in chunk.track.tempos]
        meters = [meter for chunk in self.chunks for meter in chunk.track.meters]
        if division > 0:
            return TempoMap(division, tuple(tempos), tuple(meters))
        # Film frames: a tick is a part of a frame, whatever the tempo. With a frame for a quarter that stays exact.
        frames, parts = -(division >> 8), division & 0xFF
        if tempos:
            self.warnings.append(
                f"{counted(len(tempos), 'tempo')} left out: the file counts film frames, not quarters."
            )
        us_per_second = 1_001_000 if frames == 29 else 1_000_000
        frames = 30 if frames == 29 else frames
        return TempoMap(frames * parts, (Tempo(0, us_per_second),), tuple(meters))


def _track_name(track: TrackRead) -> str:
    return track.names[-1] if track.names else ""
