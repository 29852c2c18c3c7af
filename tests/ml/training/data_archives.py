"""Made-up sets, a second or two long, laid out as the authors of the real ones lay out theirs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from realtime.device.sound_file import write_sound

# Quarter notes at 120 a minute after a bar of rest: C4, D4 tied over the bar line, E4.
SCORE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 3.0 Partwise//EN" "partwise.dtd">
<score-partwise version="3.0"><part-list><score-part id="P1"><part-name>Voice</part-name></score-part></part-list>
<part id="P1">
<measure number="1">
 <attributes><divisions>2</divisions></attributes>
 <direction><direction-type><metronome><beat-unit>quarter</beat-unit><per-minute>60</per-minute></metronome>
 </direction-type><sound tempo="120"/></direction>
 <note><rest/><duration>8</duration></note>
</measure>
<measure number="2">
 <note><pitch><step>C</step><octave>4</octave></pitch><duration>2</duration></note>
 <note><rest/><duration>4</duration></note>
 <note><pitch><step>D</step><octave>4</octave></pitch><duration>2</duration><tie type="start"/></note>
</measure>
<measure number="3">
 <note><pitch><step>D</step><octave>4</octave></pitch><duration>2</duration><tie type="stop"/></note>
 <note><pitch><step>E</step><alter>-1</alter><octave>4</octave></pitch><duration>2</duration></note>
</measure>
</part></score-partwise>
"""
SCORE_ONSETS_S = (2.0, 3.5, 4.5)


def sine(seconds: float, rate: int = 48_000, hz: float = 220.0, channels: int = 1) -> np.ndarray:
    wave = 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)
    return np.repeat(wave.astype(np.float32)[:, None], channels, axis=1)


def wav(folder: Path, seconds: float, rate: int = 48_000, channels: int = 1, kind: str = ".wav") -> bytes:
    path = folder / f"made{kind}"
    folder.mkdir(parents=True, exist_ok=True)
    write_sound(path, sine(seconds, rate, channels=channels), rate)
    data = path.read_bytes()
    path.unlink()
    return data


def zipped(members: Mapping[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def sung(late_s: float = 0.0, onsets_s: tuple[float, ...] = SCORE_ONSETS_S) -> bytes:
    """Phonemes: a consonant before each note, its vowel on it, late by so much."""
    marks, at = [], 0.0
    for onset in onsets_s:
        begin = onset + late_s - 0.1
        marks.append((at, begin, "pau"))
        marks.append((begin, begin + 0.1, "k"))
        marks.append((begin + 0.1, begin + 0.5, "a"))
        at = begin + 0.5
    return "".join(f"{round(a * 1e7)} {round(b * 1e7)} {name}\n" for a, b, name in marks).encode()


def pjs(folder: Path, numbers: tuple[int, ...], labels: Mapping[int, bytes] = {}) -> bytes:
    song, speech, root = wav(folder, 6.0), wav(folder, 0.5), "PJS_corpus_ver1.1"
    members = {
        f"{root}/README.md": b"PJS",
        f"{root}/background_noise/short.wav": wav(folder, 0.2),
        f"{root}/background_noise/long.wav": wav(folder, 0.4),
        f"__MACOSX/{root}/pjs{numbers[0]:03}/pjs{numbers[0]:03}_song.wav": b"not a sound",
    }
    for number in numbers:
        name = f"pjs{number:03}"
        members[f"{root}/{name}/{name}_song.wav"] = song
        members[f"{root}/{name}/{name}_speech.wav"] = speech
        members[f"{root}/{name}/{name}.lab"] = labels.get(number, sung())
        members[f"{root}/{name}/{name}.musicxml"] = SCORE.encode()
        members[f"{root}/{name}/{name}.mid"] = b"MThd"
    return zipped(members)


def vocadito(folder: Path) -> bytes:
    return zipped(
        {
            "Audio/vocadito_1.wav": wav(folder, 0.5, 44_100),
            "Audio/vocadito_2.wav": wav(folder, 0.5, 44_100),
            "Annotations/Notes/vocadito_1_notesA1.csv": b"0.100,440.0,0.250\n0.4,220.0,0.05\n",
            "Annotations/Notes/vocadito_1_notesA2.csv": b"0.110,440.0,0.250\n",
            "Annotations/F0/vocadito_1_f0.csv": b"0.0,0.0\n",
        }
    )


def philharmonia(folder: Path) -> bytes:
    names = ("cello_A2_025_forte_arco-normal.mp3", "cello_As2_15_piano_arco-normal.mp3")
    cello = zipped(
        {f"cello/{name}": b"ID3 made up " + name.encode() for name in names} | {"cello/cello_empty.mp3": b""}
    )
    return zipped({"all-samples/cello.zip": cello, "all-samples/violin.zip": b"PK of no interest"})
