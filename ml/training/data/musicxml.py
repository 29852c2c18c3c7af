"""The notes of a score in MusicXML, in seconds.

What flows in: a file in the format "score-partwise", https://www.w3.org/2021/06/musicxml40/. What flows out: the
notes of its first part that has any, tied notes made one, in the sounding pitch, at the tempo that stands in the
score. A score with repeats is an error: the order of its bars is not the order in which they are sung. [main]
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

from ml.training.data.tables import Row
from score.errors import FileError

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_BEATS = {"whole": 4.0, "half": 2.0, "quarter": 1.0, "eighth": 0.5, "16th": 0.25}
_TEMPO_BPM = 120.0  # of a score that names none, as in MIDI
_MOST_BYTES = 16_000_000


@dataclass
class _Part:
    """Where reading has come to, in quarter notes since the beginning."""

    at: Fraction = Fraction(0)
    divisions: int = 1
    transposed_st: int = 0
    tempos: list[tuple[Fraction, float]] = field(default_factory=list)  # from there on, quarters a minute
    notes: list[list[Fraction | int]] = field(default_factory=list)  # begin, end, pitch
    tied: dict[int, int] = field(default_factory=dict)  # pitch → the note that goes on


def read_notes(path: Path) -> list[Row]:
    """The notes of a score, in the order they are sung. [main]"""
    data = path.read_bytes()[: _MOST_BYTES + 1]
    if len(data) > _MOST_BYTES or b"<!ENTITY" in data:
        raise FileError(f"'{path}' is no score that can be read: it is too large, or defines words of its own.")
    try:
        root = ElementTree.fromstring(data)
        if next(root.iter("repeat"), None) is not None:
            raise FileError(f"'{path}' has repeats, which cannot be laid along a recording.")
        for each in root.iter("part"):
            part = _read_part(each)
            if part.notes:
                return _in_seconds(part)
    except (ElementTree.ParseError, ValueError, KeyError, ZeroDivisionError) as error:
        raise FileError(f"'{path}' is no score that can be read: {error}.") from error
    return []


def _read_part(element: ElementTree.Element) -> _Part:
    part = _Part()
    for measure in element.iter("measure"):
        begin = furthest = part.at
        for each in measure:
            _read_step(part, each)
            furthest = max(furthest, part.at)
        part.at = max(furthest, begin)
    return part


def _read_step(part: _Part, element: ElementTree.Element) -> None:
    length = Fraction(element.findtext("duration", "0")) / part.divisions
    if element.tag == "attributes":
        part.divisions = int(element.findtext("divisions", str(part.divisions)))
        transpose = element.find("transpose")
        if transpose is not None:
            octaves = int(transpose.findtext("octave-change", "0"))
            part.transposed_st = int(transpose.findtext("chromatic", "0")) + 12 * octaves
    elif element.tag in ("direction", "sound"):
        _read_tempo(part, element)
    elif element.tag == "backup":
        part.at -= length
    elif element.tag == "forward":
        part.at += length
    elif element.tag == "note" and element.find("grace") is None and element.find("chord") is None:
        _read_note(part, element, length)
        part.at += length


def _read_note(part: _Part, element: ElementTree.Element, length: Fraction) -> None:
    pitch = element.find("pitch")
    if pitch is None:
        return
    key = 12 * (int(pitch.findtext("octave", "")) + 1) + _STEPS[pitch.findtext("step", "")]
    key += int(Fraction(pitch.findtext("alter", "0"))) + part.transposed_st
    ties = {tie.get("type") for tie in element.findall("tie")}
    index = part.tied.pop(key, None) if "stop" in ties else None
    if index is None:
        index = len(part.notes)
        part.notes.append([part.at, part.at, key])
    part.notes[index][1] = part.at + length
    if "start" in ties:
        part.tied[key] = index


def _read_tempo(part: _Part, element: ElementTree.Element) -> None:
    for sound in element.iter("sound"):
        if "tempo" in sound.attrib:
            part.tempos.append((part.at, _tempo(sound.attrib["tempo"])))
            return
    for mark in element.iter("metronome"):
        if unit := _BEATS.get(mark.findtext("beat-unit", "")):
            dotted = 1.5 if mark.find("beat-unit-dot") is not None else 1.0
            part.tempos.append((part.at, _tempo(mark.findtext("per-minute", "")) * unit * dotted))
            return


def _tempo(text: str) -> float:
    tempo = float(text)
    if not 5.0 <= tempo <= 1_000.0:
        raise ValueError(f"a tempo of {text}")
    return tempo


def _in_seconds(part: _Part) -> list[Row]:
    tempos = sorted(part.tempos, key=lambda each: each[0])
    if not tempos or tempos[0][0] > 0:
        # What stands before the first mark is sung as the mark says.
        tempos.insert(0, (Fraction(0), tempos[0][1] if tempos else _TEMPO_BPM))
    begins_s = [0.0]
    for (at, tempo), (next_at, _) in pairwise(tempos):
        begins_s.append(begins_s[-1] + float(next_at - at) * 60.0 / tempo)

    def seconds(at: Fraction | int) -> float:
        k = max(k for k, (from_there, _) in enumerate(tempos) if from_there <= at)
        return begins_s[k] + float(at - tempos[k][0]) * 60.0 / tempos[k][1]

    rows = [Row(seconds(begin), seconds(end), int(pitch)) for begin, end, pitch in part.notes]
    return sorted(rows, key=lambda row: row.onset_s)
