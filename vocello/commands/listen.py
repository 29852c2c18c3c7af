"""`vocello listen`: recordings become notes by the path that a live voice takes, block by block.

What flows in: sound files, or folders of them. What flows out: for each its notes as MIDI, as a table with the moment
each was sent, and as sound. Every recording gets an engine of its own, so that none hears what another left behind;
one that cannot be heard does not keep the others waiting. [main]
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from realtime.device.file import FileDevice
from realtime.device.sound_file import SoundReader
from realtime.device.wish import Wish
from realtime.machine import Machine
from score.errors import FileError, UsageError, VocelloError
from vocello.choices import Choices, is_as_sung
from vocello.heard import COLUMNS, Heard, Note, Sent, score, velocity_of, write_notes
from vocello.overheard import Overheard
from vocello.screen import Step, aside, print_json, print_table, progress, say, say_trouble
from vocello.wiring import machine

if TYPE_CHECKING:
    from ml.wish import Hearing

SOUNDS = (".wav", ".flac", ".ogg", ".aif", ".aiff", ".mp3")
_PIECE_S, _BESIDE_S = 600.0, 15.0  # of a recording that is heard from both ends: memory stays flat for hours of it


@dataclass(frozen=True)
class Outputs:
    """Where results go: a file each for one recording, a folder each for several. [any]"""

    midi: Path | None
    events: Path | None
    sound: Path | None

    def all(self) -> list[Path]:
        """Those that were asked for. [any]"""
        return [path for path in (self.midi, self.events, self.sound) if path is not None]


def listen(
    sources: Sequence[Path], outputs: Outputs, choices: Choices, refine: bool, frames: int, as_json: bool
) -> None:
    """Listen to recordings, write what was asked for, and tell. [main]"""
    hearing = choices.hearing()
    if refine and not is_as_sung(hearing):
        raise UsageError("'--refine' writes down what was sung, and shapes nothing.", "Leave one of the two out.")
    several = len(sources) > 1 or any(source.is_dir() for source in sources)
    if not several:
        told = _listen_to(sources[0], _checked(outputs), hearing, refine, frames, shown=not as_json)
        if as_json:
            print_json(told.figures | {"notes": [vars(note) for note in told.heard.notes]})
        else:
            _tell(told, outputs)
        return
    _listen_to_several(sources, outputs, hearing, refine, frames, as_json)


def hear_file(engine: Machine, source: Path, sound: Path | None, frames: int, *, shown: bool, text: str = "") -> Heard:
    """Play a file through an engine, and collect what its ears heard. [main]"""
    began = time.monotonic()
    sent = _listen_in(engine)
    spec = f"file:{source}" + (f"→{sound}" if sound else "")
    engine.start(Wish(spec, block_frames=frames))
    device = engine.stage.device
    assert isinstance(device, FileDevice)
    with progress(text or f"Listening to {source.name}", shown) as step:
        while not device.wait(0.1):
            step(min(1.0, device.frames_done / max(device.frames, 1)))
    engine.stop()
    heard = engine.listener
    assert isinstance(heard, Overheard)
    seconds = device.frames / device.rate
    notes = tuple(Note.of(sung, device.rate, frames) for sung in heard.sung)
    return Heard(notes, device.rate, seconds, time.monotonic() - began, sent[0].finish(seconds))


def hear_again(source: Path, step: Step) -> Heard:
    """A finished recording from both ends: what comes after a note says what it was. [main]"""
    from ml.refine import refined

    began = time.monotonic()
    reader = SoundReader(source)
    try:
        seconds = reader.frames / reader.rate
        notes: list[Note] = []
        for piece in _pieces(reader):

            def share(done: float, from_s: float = piece.from_s, to_s: float = min(piece.to_s, seconds)) -> None:
                step((from_s + done * (to_s - from_s)) / max(seconds, 1e-9))

            for each in refined(piece.samples, reader.rate, share):
                onset_s = each.onset_s + piece.begins_s
                if piece.from_s <= onset_s < piece.to_s:
                    velocity = velocity_of(each.velocity)
                    offset_s = min(each.offset_s + piece.begins_s, seconds)
                    notes.append(
                        Note(seconds, onset_s, max(onset_s, offset_s), each.pitch_midi, velocity, each.pitch_midi)
                    )
        return Heard(tuple(notes), reader.rate, seconds, time.monotonic() - began)
    finally:
        reader.close()


def summary(heard: Heard, source: Path) -> dict[str, Any]:
    """The figures of a recording. [any]"""
    return {
        "source": str(source),
        "rate": heard.rate,
        "seconds": round(heard.seconds, 3),
        "took_s": round(heard.took_s, 3),
        "note_count": len(heard.notes),
    }


def found(sources: Sequence[Path]) -> list[tuple[Path, Path]]:
    """Every recording named or in a folder that is named, and the place of its results, without an ending. [any]"""
    places: dict[Path, Path] = {}
    taken: set[Path] = set()
    for source in sources:
        inside = sorted(each for each in source.rglob("*") if _is_sound(each)) if source.is_dir() else [source]
        if not inside:
            raise FileError(f"there is no recording in '{source}'.", f"Sound files end in {', '.join(SOUNDS)}.")
        for each in inside:
            if each in places:
                continue
            place = (each.relative_to(source) if source.is_dir() else Path(each.name)).with_suffix("")
            number = 1
            while place in taken:  # one.wav and one.flac, or two of one name from two folders
                number += 1
                place = place.with_name(f"{each.stem}-{number}")
            taken.add(place)
            places[each] = place
    return list(places.items())


@dataclass(frozen=True)
class _Told:
    source: Path
    heard: Heard
    figures: dict[str, Any]


def _listen_to(
    source: Path, outputs: Outputs, hearing: Hearing, refine: bool, frames: int, *, shown: bool, text: str = ""
) -> _Told:
    if not refine or outputs.sound is not None:
        with machine(shown, hearing) as engine:
            heard = hear_file(engine, source, outputs.sound, frames, shown=shown, text=text)
            if shown:
                say_trouble(engine.listener)
    if refine:
        with progress(text or f"Listening to {source.name}", shown) as step:
            heard = hear_again(source, step)
    made = score(heard.notes, heard.played, as_sung=refine or is_as_sung(hearing))
    write_notes(heard.notes, made, outputs.midi, outputs.events)
    return _Told(source, heard, summary(heard, source))


def _listen_to_several(
    sources: Sequence[Path], outputs: Outputs, hearing: Hearing, refine: bool, frames: int, as_json: bool
) -> None:
    recordings = found(sources)
    for folder in outputs.all():
        _make_folder(folder)
    told: list[_Told] = []
    failed: dict[str, str] = {}
    for number, (source, place) in enumerate(recordings, 1):
        text = f"{number} of {len(recordings)}: {source.name}"
        try:
            its = _outputs_of(outputs, place)
            one = _listen_to(source, its, hearing, refine, frames, shown=not as_json, text=text)
        except VocelloError as error:
            failed[str(source)] = str(error)
            aside.print(f"vocello: {error}", soft_wrap=True, markup=False)
            continue
        told.append(one)
        if not as_json:
            say(f"{source}: {len(one.heard.notes)} notes in {one.heard.seconds:.1f} s")
    if as_json:
        print_json({"recordings": [each.figures for each in told], "failed": failed})
    elif told:
        notes, seconds = sum(len(each.heard.notes) for each in told), sum(each.heard.seconds for each in told)
        took_s = sum(each.heard.took_s for each in told)
        written = ", ".join(f"'{folder}'" for folder in outputs.all())
        say(
            f"{notes} notes in {len(told)} recordings of {seconds / 60.0:.1f} min"
            + (f", written to {written}" if written else "")
            + f"; {seconds / max(took_s, 1e-9):.0f} times as fast as live."
        )
    if failed:
        raise FileError(f"{len(failed)} of {len(recordings)} recordings could not be heard.", "Each is named above.")


def _listen_in(engine: Machine) -> list[Sent]:
    """Keep what is sent, from the first block on; the list is filled when the engine starts."""
    make = engine.make_listener
    assert make is not None
    kept: list[Sent] = []

    def made(rate: float) -> Overheard:
        sent = Sent(rate)
        kept.append(sent)
        listener: Any = make(rate)
        return Overheard(listener, lambda _frame, _samples, events, _sung: sent.take(events))

    engine.make_listener = made
    return kept


@dataclass(frozen=True)
class _Piece:
    """A part of a recording that is answered for, `from_s` to `to_s`, with some sound on either side."""

    samples: npt.NDArray[np.float32]
    begins_s: float
    from_s: float
    to_s: float


def _pieces(reader: SoundReader) -> Iterator[_Piece]:
    beside, length = round(_BESIDE_S * reader.rate), round(_PIECE_S * reader.rate)
    kept = np.zeros(0, np.float32)
    begins = first = 0
    while first < reader.frames:
        until = min(first + length, reader.frames)
        until = reader.frames if reader.frames - until <= beside else until
        kept = _more(kept, reader, until + beside - (begins + len(kept)))
        rate = reader.rate
        yield _Piece(kept, begins / rate, first / rate, until / rate if until < reader.frames else float("inf"))
        keep_from = max(0, until - beside)
        kept = kept[keep_from - begins :].copy()
        begins, first = keep_from, until


def _more(kept: npt.NDArray[np.float32], reader: SoundReader, frames: int) -> npt.NDArray[np.float32]:
    """As the callback mixes: the mean of the first two channels."""
    if frames <= 0:
        return kept
    fresh = reader.read(frames)[:, :2].mean(axis=1, dtype=np.float32)
    return np.concatenate([kept, fresh])


def _checked(outputs: Outputs) -> Outputs:
    """Whether the files can be made, before anything is heard."""
    for path in outputs.all():
        if path.is_dir():
            raise FileError(f"'{path}' is a folder.", f"Name a file in it: {path / 'notes'}")
        if not path.parent.is_dir():
            raise FileError(f"there is no folder '{path.parent}'.", f"Make it: mkdir -p '{path.parent}'")
    return outputs


def _outputs_of(outputs: Outputs, place: Path) -> Outputs:
    """The files of one recording of several; with no folder of its own, the table lies beside the MIDI."""

    def within(folder: Path | None, ending: str) -> Path | None:
        if folder is None:
            return None
        path = folder / place.with_name(place.name + ending)
        _make_folder(path.parent)
        return path

    events = outputs.events if outputs.events is not None else outputs.midi
    return Outputs(within(outputs.midi, ".mid"), within(events, ".csv"), within(outputs.sound, ".wav"))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            f"'{folder}' is not a folder, and several recordings need one: {error.strerror}.", "Name a folder."
        ) from error


def _is_sound(path: Path) -> bool:
    return path.suffix.lower() in SOUNDS and not path.name.startswith(".") and path.is_file()


def _tell(told: _Told, outputs: Outputs) -> None:
    heard = told.heard
    if not outputs.all():
        print_table("Notes", [name.replace("_", " ") for name in COLUMNS], [note.row() for note in heard.notes])
    written = ", ".join(f"'{path}'" for path in outputs.all())
    say(
        f"{len(heard.notes)} notes in {heard.seconds:.1f} s of '{told.source.name}'"
        + (f", written to {written}" if written else "")
        + f"; {heard.seconds / max(heard.took_s, 1e-9):.0f} times as fast as live."
    )
