"""What another program gives back is not played again; what a keyboard plays always is."""

from __future__ import annotations

import pytest

from realtime.events import BEND, NOTE_OFF, NOTE_ON
from realtime.midi import echo
from realtime.midi.echo import Echo, Sent
from tests.realtime.midi.far_end import program, until

ON, OFF, WHEEL, HARD = 0x90, 0x80, 0xE0, 100


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 0.0
        monkeypatch.setattr(echo, "monotonic", lambda: self.now_s)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_a_note_that_comes_back_is_ours_on_any_channel_with_its_end_however_it_is_written(clock: Clock) -> None:
    sent = Sent()
    port = Echo(sent)
    for channel, end in ((0, (OFF, 60, 64)), (5, (ON, 60, 0))):
        sent.note_down(bytes((ON, 60, HARD)))
        clock.now_s += 0.02
        assert port.is_ours((ON | channel, 60, HARD))
        assert port.is_ours((end[0] | channel, *end[1:]))
        assert not port.is_ours((end[0] | channel, *end[1:]))  # the second end is somebody else's
    assert port.count == 2


def test_other_keys_other_strength_and_later_are_a_players(clock: Clock) -> None:
    sent = Sent()
    port = Echo(sent)
    sent.note_down(bytes((ON, 60, HARD)))
    assert not port.is_ours((ON, 62, HARD)) and not port.is_ours((ON, 60, HARD + 1))
    clock.now_s += 1.0
    assert not port.is_ours((ON, 60, HARD)) and not port.is_ours((OFF, 60, 0))


def test_a_keyboards_wheel_is_heard_where_ours_rests_and_only_a_port_that_echoes_is_asked(clock: Clock) -> None:
    sent = Sent()
    keyboard, daw = Echo(sent), Echo(sent)
    sent.note_down(bytes((WHEEL, 0, 64)))
    sent.note_down(bytes((ON, 60, HARD)))
    assert daw.is_ours((ON, 60, HARD))
    assert daw.is_ours((WHEEL, 0, 64)) and not keyboard.is_ours((WHEEL, 0, 64))
    clock.now_s += 3.0
    sent.note_down(bytes((WHEEL, 0, 64)))
    assert not daw.is_ours((WHEEL, 0, 64))


def test_what_is_no_channels_or_half_a_message_is_nobodys(clock: Clock) -> None:
    sent = Sent()
    for message in (b"\xf8", b"\xf0\x7e\xf7", b"\x90", b"\x90\x3c", b""):
        sent.note_down(message)
        assert not Echo(sent).is_ours(tuple(message))


def test_so_much_is_sent_in_an_hour_and_so_little_is_kept(clock: Clock) -> None:
    sent = Sent()
    for n in range(100_000):
        sent.note_down(bytes((WHEEL | n % 16, n % 128, n // 128 % 128)))
    assert len(sent._at_s) <= 4096 and sent.has((WHEEL, 99_999 % 128, 99_999 // 128 % 128))


@pytest.mark.usefixtures("midi_jack_server")
def test_a_program_that_gives_back_all_it_hears_is_not_heard_twice() -> None:
    with program("vocello_midi.py") as vocello, program("other_program.py", "mirror", "Monitor", "Vocello:out") as daw:
        assert daw.line() == "READY Monitor:out"
        assert until(lambda: vocello.ask("look")) == [["Monitor:out", "opened"]]
        vocello.ask("send 5")
        assert until(lambda: vocello.ask("look")) == [["Monitor:out", "echoes"]]
        daw.say("903e40")  # what it plays itself is heard
        daw.line()
        heard = until(lambda: vocello.ask("hear"))
        assert [NOTE_ON, 62] in heard
        assert [NOTE_ON, 60] not in heard and [NOTE_OFF, 60] not in heard and BEND not in [kind for kind, _ in heard]
