"""The roll alone, as `python -m gui.roll.show` shows it: a MIDI file in, a picture out."""

from __future__ import annotations

import pytest
from PyQt6.QtGui import QImage

from gui.roll.scale import DEGREES, Key
from gui.roll.show import key_of, main
from gui.theme import LIGHT
from score import midifile
from score.note import Note
from score.score import Score


@pytest.fixture
def dressed_back(qapp):
    """The app looks afterwards as it looked before."""
    before = qapp.palette(), qapp.styleSheet(), qapp.font(), qapp.style().objectName()
    yield
    qapp.setStyle(before[3])
    qapp.setStyleSheet(before[1])
    qapp.setPalette(before[0])
    qapp.setFont(before[2])


def test_a_picture_of_a_file_has_the_size_and_the_theme_that_were_asked_for(tmp_path, dressed_back):
    midi, png = tmp_path / "song.mid", tmp_path / "song.png"
    midifile.write(Score().adding("Voice", [Note(n * 480, 400, 60 + n) for n in range(8)]), midi)
    words = [str(midi), "--theme", "light", "--size", "640x400", "--key", "D minor", "--fold", "--quarter", "80"]
    assert main([*words, "--screenshot", str(png)]) == 0
    image = QImage(str(png))
    assert (image.width(), image.height()) == (640, 400)
    found = {image.pixelColor(x, y).name() for x in range(80, 600, 3) for y in range(40, 280, 3)}
    assert LIGHT.row in found and LIGHT.tonic_row in found
    assert found & set(LIGHT.shades())


def test_a_key_is_called_by_its_name():
    assert key_of("F# dorian") == Key(6, DEGREES["dorian"])
    assert key_of("C") == Key(0, DEGREES["major"])
