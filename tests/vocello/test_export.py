"""`vocello export`: a session as sound, while it is open elsewhere, and with what was never saved."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from gui.session.document import Document
from gui.session.setup import Change, Setup, TrackSetup
from gui.session.text import State
from realtime.device.sound_file import SoundReader
from score.edits import AddNotes
from score.errors import SessionError, UsageError
from score.note import Note
from score.score import Score
from vocello.commands.export import export

pytestmark = pytest.mark.timeout(400)  # whoever comes first may have to compile


@pytest.fixture
def document(tmp_path: Path) -> Document:
    score = Score().adding("High", (Note(0, 480, 60),)).adding("Low / left", (Note(960, 480, 40),))
    low = score.tracks[1].id
    setup = Setup(tracks={str(low): TrackSetup(pan=-1.0, sends={"hall": -6.0})})
    made = Document.new(tmp_path / "home", State(setup, score))
    made.save_as(tmp_path / "Song")
    return made


def heard(path: Path) -> npt.NDArray[np.float32]:
    reader = SoundReader(path)
    try:
        return reader.read(reader.frames)
    finally:
        reader.close()


def rms(sound: npt.NDArray[np.float32]) -> list[float]:
    return [float(each) for each in np.sqrt((sound**2).mean(axis=0))]


def test_all_stems_together_are_the_mix(document: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mix, folder = tmp_path / "mix.flac", tmp_path / "stems"
    export(document.path, mix, False, 48_000, "24", "flac", True)
    export(document.path, folder, True, 48_000, "24", "flac", True)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    names = ["01 High.flac", "02 Low - left.flac"]
    assert [Path(each["out"]).name for each in told[1]["files"]] == names
    stems, whole = [heard(folder / name) for name in names], heard(mix)
    for sound in stems:
        assert 0.01 < np.abs(sound).max() < 1.0
    length = min(len(whole), *map(len, stems))
    np.testing.assert_allclose(sum(sound[:length] for sound in stems), whole[:length], atol=2e-6)
    left, right = rms(stems[1][:, :2])
    assert left > 2.0 * right > 0.0  # to the left, but for the hall
    document.close()


def test_a_note_sounds_where_it_is_written(document: Document, tmp_path: Path) -> None:
    for rate in (44_100, 48_000):
        export(document.path, tmp_path / "stems", True, rate, "float", "wav", True)
        low = np.abs(heard(tmp_path / "stems" / "02 Low - left.wav")).max(axis=1)
        first = int(np.flatnonzero(low > 1e-4)[0]) / rate
        assert 0.5 <= first < 0.52
    document.close()


def test_what_is_muted_is_silent_and_what_was_not_saved_is_heard(document: Document, tmp_path: Path) -> None:
    high, low = (track.id for track in document.score.tracks)
    document.change(Change("Mute", ("tracks", str(high), "muted"), True))
    document.do(AddNotes(low, (Note(0, 300, 43),)))
    assert not document.is_saved
    export(document.path, tmp_path / "stems", True, 48_000, "16", "wav", True)
    assert [path.name for path in sorted((tmp_path / "stems").iterdir())] == ["01 Low - left.wav"]
    sound = np.abs(heard(tmp_path / "stems" / "01 Low - left.wav")).max(axis=1)
    assert sound[:9_600].max() > 0.01
    assert not document.is_saved  # it was only looked at
    document.close()


def test_what_cannot_be_exported_says_why(document: Document, tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="no session"):
        export(tmp_path, tmp_path / "mix.flac", False, 48_000, "24", "flac", True)
    with pytest.raises(UsageError, match="ending"):
        export(document.path, tmp_path / "mix.mp3", False, 48_000, "24", "flac", True)
    for track in document.score.tracks:
        document.change(Change("Mute", ("tracks", str(track.id), "muted"), True))
    with pytest.raises(UsageError, match="muted"):
        export(document.path, tmp_path / "stems", True, 48_000, "24", "flac", True)
    assert not list(tmp_path.glob("mix*")) and not (tmp_path / "stems").exists()
    document.close()
