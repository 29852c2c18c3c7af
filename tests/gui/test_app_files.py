"""What comes into a window and goes out of it: dropped files, recordings, other sessions, a voice that gets known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QDrag, QDragEnterEvent, QDropEvent, QMouseEvent
from PyQt6.QtTest import QTest as _QTest
from PyQt6.QtWidgets import QApplication

from gui.app import Desk, beginning
from gui.engine_link import EngineLink, Wishes
from gui.session.document import Document
from gui.theme.palette import DARK, LIGHT
from gui.theme.sheet import dress
from gui.voice.card import VoiceCard
from gui.window import MainWindow
from realtime.client import Engine
from realtime.device.sound_file import write_sound
from score import midifile
from score.edits import AddNotes
from score.note import Note
from score.score import Score
from score.tempo import Tempo, TempoMap

QTest: Any = _QTest  # its stubs take its functions for methods
LEFT = Qt.MouseButton.LeftButton
MELODY = (Note(0, 480, 60), Note(960, 480, 64), Note(1920, 480, 67))


@pytest.fixture
def desk(qtbot, qapp, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    dress(qapp, DARK)
    made = Desk(EngineLink(lambda gone: Engine.apart(on_lost=gone), Wishes()), DARK)
    made.show(Document.new(tmp_path / "data", beginning()), (1280, 800))
    yield made
    assert made.window is not None
    made.window.keeps_engine = False
    made.window.close()


def drop(window: MainWindow, *paths: Path) -> bool:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    held = LEFT, Qt.KeyboardModifier.NoModifier
    enters = QDragEnterEvent(window.rect().center(), Qt.DropAction.CopyAction, mime, *held)
    QApplication.sendEvent(window, enters)
    if enters.isAccepted():
        place = QPointF(window.rect().center())
        QApplication.sendEvent(window, QDropEvent(place, Qt.DropAction.CopyAction, mime, *held))
    return enters.isAccepted()


def notes(window: MainWindow) -> list[tuple[int, int]]:
    return [(note.start_ticks, note.pitch) for _, note in window.document.score]


def test_a_midi_file_that_is_dropped_becomes_tracks_with_its_tempo_and_one_undo_takes_it_back(desk, tmp_path):
    window = desk.window
    score = Score(tempo=TempoMap(960, (Tempo(0, 750_000),))).adding("Flute", MELODY)
    midifile.write(score, tmp_path / "flute.mid")
    assert drop(window, tmp_path / "flute.mid")
    assert [track.name for track in window.document.score.tracks] == ["Voice", "Flute"]
    assert notes(window) == [(0, 60), (960, 64), (1920, 67)]
    assert window.document.score.tempo.tempo_at(0).us_per_quarter == 750_000
    assert "3 notes" in window.strip.words
    window.undo()
    assert notes(window) == [] and window.document.score.tempo.tempo_at(0).us_per_quarter == 500_000


def test_into_a_piece_it_comes_at_the_playhead_and_the_tempo_stays(desk, tmp_path):
    window = desk.window
    window.do(AddNotes(window.roll.track_id, MELODY))
    midifile.write(Score(tempo=TempoMap(960, (Tempo(0, 750_000),))).adding("Flute", MELODY), tmp_path / "flute.mid")
    window.roll.set_playhead(3840)
    window.files.bring_in([tmp_path / "flute.mid"])
    assert notes(window)[3:] == [(3840, 60), (4800, 64), (5760, 67)]
    assert window.document.score.tempo.tempo_at(0).us_per_quarter == 500_000


def test_a_recording_that_is_dropped_is_listened_to_and_lies_where_it_was_sung(desk, tmp_path, qtbot):
    from vocello.singer import sing

    window = desk.window
    window.transport.tempo.setValue(90.0)
    voice, sung = sing(48_000)
    write_sound(tmp_path / "voice.wav", voice, 48_000)
    window.roll.set_playhead(960)
    assert drop(window, tmp_path / "voice.wav")
    qtbot.waitUntil(
        lambda: window.document.score.note_count > 0 or "Listening" not in window.strip.words, timeout=90_000
    )
    assert abs(len(notes(window)) - len(sung)) <= 2
    begins = window.document.score.tempo.seconds_at(notes(window)[0][0])
    assert begins == pytest.approx(sung[0][0] + 60.0 / 90.0, abs=0.08)
    assert len(window.document.score.tracks) == 2


def test_what_is_neither_is_refused_in_a_line(desk, tmp_path):
    (tmp_path / "letter.txt").write_text("hello")
    (tmp_path / "broken.mid").write_bytes(b"MThd")
    desk.window.files.bring_in([tmp_path / "letter.txt"])
    assert "letter.txt" in desk.window.strip.words and ".flac" in desk.window.strip.words
    desk.window.files.bring_in([tmp_path / "broken.mid"])
    assert "letter" not in desk.window.strip.words and notes(desk.window) == []


def test_another_session_takes_the_place_of_this_one_and_nothing_is_lost(desk, tmp_path):
    first = desk.window
    first.do(AddNotes(first.roll.track_id, MELODY))
    kept = first.document.path
    other = Document.new(tmp_path / "data", beginning())
    other.save_as(tmp_path / "Other")
    other.close()
    first.toggle_theme()
    assert drop(first, tmp_path / "Other")
    assert desk.window is not first and desk.window.document.path == tmp_path / "Other"
    assert desk.window.colours is LIGHT and not first.isVisible()
    desk.window.files.bring_in([kept])
    assert notes(desk.window) == [(0, 60), (960, 64), (1920, 67)]
    assert "Other" in [action.text() for action in _recent(desk.window)]


def test_a_mistake_of_ours_is_told_and_the_window_goes_on(desk, capsys):
    fault = ValueError("seven is not four")
    desk.survive(ValueError, fault, None)
    assert "seven is not four" in desk.window.strip.words and "kept" in desk.window.strip.words
    assert "ValueError: seven is not four" in capsys.readouterr().err
    desk.window.do(AddNotes(desk.window.roll.track_id, MELODY))
    assert len(notes(desk.window)) == 3


def test_a_folder_that_is_no_session_leaves_this_one_open(desk, tmp_path):
    window = desk.window
    window.files.bring_in([tmp_path])
    assert desk.window is window and "no session" in window.strip.words


def test_a_clip_for_another_program_holds_one_track(desk, tmp_path):
    window = desk.window
    window.do(AddNotes(window.roll.track_id, MELODY))
    path = window.files.clip_of((window.roll.track_id,))
    assert path is not None and path.name == "Voice.mid"
    assert [(note.start_ticks, note.pitch) for _, note in midifile.read(path).score] == notes(window)


def test_a_track_that_is_drawn_out_of_the_panel_is_a_file_in_the_hand(desk, monkeypatch):
    window = desk.window
    window.do(AddNotes(window.roll.track_id, MELODY))
    carried: list[Any] = []
    monkeypatch.setattr(QDrag, "exec", lambda drag, action: carried.append((drag.mimeData().urls(), action)))
    row = window.tracks.rows[window.roll.track_id]
    start, out = QPoint(20, 10), QPoint(row.width() + 80, 14)
    QTest.mousePress(row, LEFT, pos=start)
    for place in (start + QPoint(6, 2), (start + out) / 2, out):
        here = QPointF(place)
        moved = QMouseEvent(
            QEvent.Type.MouseMove,
            here,
            row.mapToGlobal(here),
            Qt.MouseButton.NoButton,
            LEFT,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(row, moved)
    QTest.mouseRelease(row, LEFT, pos=out)
    ((urls, action),) = carried
    assert action == Qt.DropAction.CopyAction
    opened = midifile.read(Path(urls[0].toLocalFile()))
    assert [(note.start_ticks, note.pitch) for _, note in opened.score] == notes(window)


def test_the_mix_is_written_by_another_process_with_what_was_never_saved(desk, tmp_path, qtbot):
    window = desk.window
    window.do(AddNotes(window.roll.track_id, MELODY))
    window.files.export_sound(tmp_path / "mix.flac", stems=False)
    qtbot.waitUntil(lambda: "Written" in window.strip.words, timeout=90_000)
    assert (tmp_path / "mix.flac").stat().st_size > 10_000


def test_an_export_that_cannot_be_says_why(desk, tmp_path, qtbot):
    desk.window.files.export_sound(tmp_path / "mix.flac", stems=False)
    qtbot.waitUntil(lambda: "no notes yet" in desk.window.strip.words, timeout=90_000)
    assert not (tmp_path / "mix.flac").exists()


def test_every_command_of_a_menu_is_in_the_menu_bar(desk):
    bar: Any = desk.window.menuBar()
    titles = [action.text().split("\t")[0] for menu in bar.actions() for action in menu.menu().actions()]
    wanted = [command.title for command in desk.window.commands if command.menu]
    assert wanted and set(wanted) <= set(titles)


def _recent(window: MainWindow) -> list[Any]:
    bar: Any = window.menuBar()
    inner = [action.menu() for action in bar.actions()[0].menu().actions() if action.menu()]
    inner[0].aboutToShow.emit()
    return inner[0].actions()


# A voice gets known


def told(step: str | None, *measured: str, words: str = "") -> dict[str, Any]:
    return {"measuring": True, "step": step, "prompt": "Sing.", "remarks": [], "measured": list(measured)}


@pytest.fixture
def asked(qtbot):
    made = VoiceCard(DARK)
    qtbot.addWidget(made)
    words: list[str] = []
    made.asked.connect(words.append)
    made.begin()
    return made, words


def test_the_card_goes_through_the_steps_and_keeps_what_was_measured(asked):
    card, words = asked
    known: list[str] = []
    card.known.connect(known.append)
    card.show_state(told("low", "silence"))
    assert card.prompt.text() == "Sing." and card.steps["silence"].text().startswith("✓")
    card.show_state(told(None, "silence", "low", "high", "steady"))
    assert words == ["begin", "keep"]
    card.show_state({"measuring": False, "words": "This voice goes from C3 to C5."})
    assert known == ["This voice goes from C3 to C5."] and not card.isVisible()


def test_a_step_is_skipped_and_escape_leaves_all_as_it_was(asked):
    card, words = asked
    QTest.mouseClick(card.skip, LEFT)
    QTest.keyClick(card, Qt.Key.Key_Escape)
    assert words == ["begin", "skip", "leave"] and not card.isVisible()


def test_who_skips_everything_has_changed_nothing(asked):
    card, words = asked
    card.show_state(told(None))
    assert words == ["begin", "leave"] and not card.isVisible()
