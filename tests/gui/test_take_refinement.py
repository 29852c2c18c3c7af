"""The bar of the second look, under a real mouse and real keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtTest import QTest as _QTest

from gui.session.refined import Correction, Kind
from gui.takes.refinement import RefinementBar
from gui.takes.second_look import SecondLook
from gui.theme import DARK, LIGHT
from score.note import Note
from score.tempo import TempoMap

QTest: Any = _QTest
LEFT = Qt.MouseButton.LeftButton
BEAT = 960
FOUND = (
    Correction(Kind.MOVED, Note(BEAT, BEAT, 60, id=2), Note(BEAT - 192, BEAT, 60, id=2)),
    Correction(Kind.REPITCHED, Note(4 * BEAT, BEAT, 61, id=3), Note(4 * BEAT, BEAT, 62, id=3)),
    Correction(Kind.MOVED, Note(5 * BEAT, BEAT, 60, id=4), Note(5 * BEAT, 2 * BEAT, 60, id=4)),
    Correction(Kind.ADDED, None, Note(6 * BEAT, BEAT, 64)),
    Correction(Kind.REMOVED, Note(8 * BEAT, 90, 80, id=5), None),
)


class Hand:
    def __init__(self, qtbot: Any) -> None:
        self.bar = RefinementBar(DARK)
        qtbot.addWidget(self.bar)
        self.accepted: list[Any] = []
        self.rejected: list[Any] = []
        self.looked: list[Any] = []
        self.bar.accepted.connect(self.accepted.append)
        self.bar.rejected.connect(self.rejected.append)
        self.bar.looked.connect(self.looked.append)
        self.bar.resize(800, 200)

    def click(self, button: Any) -> None:
        QTest.mouseClick(button, LEFT)


@pytest.fixture
def hand(qtbot):
    made = Hand(qtbot)
    made.bar.show_corrections(FOUND, TempoMap())
    qtbot.waitExposed(made.bar)
    return made


def test_it_says_how_much_would_be_corrected(hand):
    assert hand.bar.summary.text() == "3 notes corrected · 1 added · 1 removed"
    hand.bar.show_corrections(FOUND[:1], TempoMap())
    assert hand.bar.summary.text() == "1 note corrected"


def test_of_nothing_there_is_no_bar(hand):
    hand.bar.show_corrections((), TempoMap())
    assert not hand.bar.isVisible() and hand.looked[-1] is None


def test_all_are_accepted_or_kept_as_sung_by_one_press(hand):
    hand.click(hand.bar.accept_button)
    hand.click(hand.bar.reject_button)
    assert hand.accepted == [FOUND] and hand.rejected == [FOUND]


def test_each_is_said_in_words(hand):
    assert [hand.bar.list.item(n).text() for n in range(5)] == [
        "bar 1, beat 1  ·  C4 began 100 ms earlier",
        "bar 2, beat 1  ·  C♯4 was D4",
        "bar 2, beat 2  ·  C4 ended 500 ms later",
        "bar 2, beat 3  ·  E4 was missed",
        "bar 3, beat 1  ·  G♯5 was no note",
    ]


def test_one_by_one_with_the_keys(hand):
    assert not hand.bar.list.isVisible()
    hand.click(hand.bar.list_button)
    assert hand.bar.list.isVisible() and hand.bar.list.currentRow() == 0 and hand.looked[-1] == FOUND[0]
    QTest.keyClick(hand.bar.list, Qt.Key.Key_Down)
    assert hand.looked[-1] == FOUND[1]
    QTest.keyClick(hand.bar.list, Qt.Key.Key_Return)
    assert hand.accepted == [FOUND[1:2]]
    hand.bar.show_corrections((FOUND[0], *FOUND[2:]), TempoMap())
    assert hand.looked[-1] == FOUND[2]  # the next one is looked at
    QTest.keyClick(hand.bar.list, Qt.Key.Key_Delete)
    assert hand.rejected == [FOUND[2:3]]
    hand.click(hand.bar.list_button)
    assert hand.looked[-1] is None


def test_while_somebody_listens_it_says_so_and_nothing_can_be_pressed(hand):
    hand.bar.show_progress()
    assert "once more" in hand.bar.summary.text()
    hand.click(hand.bar.accept_button)
    assert hand.accepted == []


def test_later_leaves_everything_open(hand, qtbot):
    with qtbot.waitSignal(hand.bar.closed):
        hand.click(hand.bar.close_button)
    assert hand.accepted == hand.rejected == []


@pytest.mark.parametrize("palette", [DARK, LIGHT])
def test_in_both_themes_it_is_on_its_own_ground(hand, palette):
    hand.bar.set_palette(palette)
    assert hand.bar.grab().toImage().pixelColor(4, 20).name() == palette.surface


# Who listens again


class Sent(QObject):
    """An errand that comes back when a test says so."""

    done = pyqtSignal(dict)
    failed = pyqtSignal(str)

    def __init__(self, words: Any) -> None:
        super().__init__()
        self.words, self.went, self.gave_up = tuple(words), False, False

    def begin(self) -> None:
        self.went = True

    def give_up(self) -> None:
        self.gave_up = True


class Looking:
    def __init__(self, folder: Path) -> None:
        self.sent: list[Sent] = []
        (folder / "takes").mkdir()
        self.look = SecondLook(lambda file: folder / file, self._send)
        self.found: list[str] = []
        self.failed: list[tuple[str, str]] = []
        self.look.found.connect(self.found.append)
        self.look.failed.connect(lambda file, why: self.failed.append((file, why)))

    def _send(self, words: Any) -> Sent:
        self.sent.append(Sent(words))
        return self.sent[-1]


A, B = "takes/A 1.flac", "takes/B 1.flac"
TOLD = {"notes": [{"onset_s": 0.5, "offset_s": 1.0, "pitch_midi": 60.0, "velocity": 80}]}


@pytest.fixture
def looking(qtbot, tmp_path):
    made = Looking(tmp_path)
    yield made
    made.look.close()


def test_takes_are_listened_to_one_after_the_other_and_each_once(looking, tmp_path):
    for file in (A, B, A, B):
        looking.look.ask(file)
    assert [each.words for each in looking.sent] == [("listen", str(tmp_path / A), "--refine", "--json")]
    looking.sent[0].done.emit(TOLD)
    assert looking.found == [A] and len(looking.sent) == 2
    looking.sent[1].done.emit({"notes": []})
    assert looking.found == [A, B]
    looking.look.ask(A)  # what was meant is known
    assert looking.found == [A, B, A] and len(looking.sent) == 2


def test_one_that_fails_or_tells_nonsense_does_not_keep_the_next_waiting(looking):
    for file in (A, B):
        looking.look.ask(file)
    looking.sent[0].failed.emit("no")
    looking.sent[1].done.emit({})
    assert [file for file, _ in looking.failed] == [A, B] and looking.found == []
    looking.look.ask(A)
    assert len(looking.sent) == 3


def test_when_the_window_closes_nobody_listens_on(looking):
    looking.look.ask(A)
    looking.look.ask(B)
    looking.look.close()
    assert looking.sent[0].gave_up and looking.look.file == "" and len(looking.sent) == 1
