"""DAW-7: whoever listens beside the DAW gets the same stream: a synthesiser that sounds, a program that prints."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import numpy as np
import numpy.typing as npt

from daw_tests.figures import Figures
from daw_tests.programs import Program
from daw_tests.session_files import Session
from daw_tests.sound import cents_off
from daw_tests.stage import OUR_NOTES, RATE, Stage, ended_politely, heard_sound, marks
from daw_tests.streams import Message, arrived_as_sent, distances, first_difference, on_channels
from realtime.midi.format import PlainFormat
from vocello.singer import Label

Melody = tuple[npt.NDArray[np.float32], list[Label]]

CASE = "DAW-7"
WORD = PlainFormat().announce()
NOTES = "Notes"
SOUNDFONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
VIOLIN = 40  # a sound that lasts, and whose pitch can be measured
LONG_S = 1.0
IN_TUNE_CENTS = 30.0  # a voice with vibrato, and a sampled violin with its own
_KINDS = {"noteon": 0x90, "noteoff": 0x80, "cc": 0xB0, "cpress": 0xD0, "pitch": 0xE0}
_EVENT = re.compile(r"^event_post_(\w+) (\d+) (\d+)(?: (\d+))?$", re.MULTILINE)
_PRINTED = re.compile(r"^ *(\d+):((?: [0-9a-f]{2})+)", re.MULTILINE)


def start_synthesiser(stage: Stage) -> tuple[Program, str]:
    """fluidsynth with a violin, its sound at the performer's ears; and its MIDI port."""
    settings = ["audio.jack.id=synth", "midi.jack.id=synth", "midi.autoconnect=0", "audio.jack.autoconnect=0"]
    settings += ["synth.reverb.active=0", "synth.chorus.active=0"]
    (stage.folder / "violin.txt").write_text(f"prog 0 {VIOLIN}\n")
    command = ["fluidsynth", "--audio-driver=jack", "--midi-driver=jack", f"--sample-rate={RATE}", "--dump"]
    command += [word for each in settings for word in ("-o", each)]
    command += ["-f", str(stage.folder / "violin.txt"), str(SOUNDFONT)]
    synthesiser = stage.run("fluidsynth", command, farewell=None)
    for ear in ("left", "right"):
        port = stage.performer.wait_for_port(f"synth:{ear}")
        stage.performer.ask("connect", source=port, target=f"performer:{ear}")
    return synthesiser, stage.performer.wait_for_port("synth:midi")


def end(stage: Stage, synthesiser: Program, printer: Program) -> None:
    """Let both end by themselves, and print what they still hold."""
    synthesiser.say("quit")
    synthesiser.end()
    stage.performer.ask("connect", source="performer:keys", target="midi-monitor:input")
    printer.process.send_signal(signal.SIGINT)  # it looks up at the next message
    stage.performer.begin(keys=marks())
    printer.end()


def heard_by_fluidsynth(log: str) -> list[bytes]:
    """Every message that reached its synthesiser."""
    found = []
    for what, channel, first, second in _EVENT.findall(log):
        rest = [int(each) for each in (first, second) if each]
        if what == "pitch":
            rest = [rest[0] & 0x7F, rest[0] >> 7]
        if what in _KINDS:
            found.append(bytes((_KINDS[what] | int(channel), *rest)))
    return found


def printed(log: str) -> list[Message]:
    """Every message of jack_midi_dump, and the frame it says."""
    return [Message(int(frame), bytes.fromhex(data)) for frame, data in _PRINTED.findall(log)]


def word_at_the_beginning(messages: list[bytes]) -> int:
    """How many messages say the bend range, once or several times, before anything else is said."""
    count = 0
    while messages[count : count + len(WORD)] == WORD:
        count += len(WORD)
    return count


def test_a_synthesiser_and_a_printer_get_what_the_daw_gets(stage: Stage, melody: Melody, figures: Figures) -> None:
    voice, labels = melody
    synthesiser, port = start_synthesiser(stage)
    live = stage.live("--no-sound")
    daw = stage.ardour()
    with stage.greeting():
        daw.do("midi_track", NOTES, OUR_NOTES)
    printer = stage.run("jack_midi_dump", ["stdbuf", "-oL", "jack_midi_dump", "-a"], farewell=signal.SIGINT)
    stage.performer.ask("connect", source=OUR_NOTES, target=stage.performer.wait_for_port("midi-monitor:input"))
    with stage.greeting():
        stage.performer.ask("connect", source=OUR_NOTES, target=port)
    daw.do("arm", NOTES)
    daw.do("roll")
    stage.performer.ask("listen", sound=True)
    began = stage.performer.begin(stage.save_voice(voice))
    stage.performer.ask("wait_until", frame=len(voice) + RATE // 2)
    sent = on_channels(stage.heard())
    daw.do("stop", NOTES)
    session = Session(daw.leave())
    ended_politely(live)
    end(stage, synthesiser, printer)

    arrived_as_sent(sent, session.region(NOTES).messages())
    # Who is patched to our port is told the bend range at once; behind the song comes our end.
    synthesised = heard_by_fluidsynth(synthesiser.everything())
    told = word_at_the_beginning(synthesised)
    assert told >= len(WORD)
    synthesised = synthesised[told : told + len(sent)]
    assert synthesised == [each.data for each in sent]
    shown = printed(printer.everything())
    told = word_at_the_beginning([each.data for each in shown])
    assert told >= len(WORD)
    shown = shown[told : told + len(sent)]
    assert not first_difference(sent, shown)
    assert len({far % 2**16 for far in distances(sent, shown)}) == 1, "not on the frames they were sent on"

    first, ears = heard_sound(stage)
    off = []
    for onset_s, offset_s, pitch in labels:
        if offset_s - onset_s >= LONG_S:
            since, until = (began - first + round(at_s * RATE) for at_s in (onset_s + 0.3, offset_s - 0.1))
            off.append(cents_off(ears[0, since:until], round(pitch), RATE))
    assert off and max(map(abs, off)) < IN_TUNE_CENTS, off
    counts = len(sent), len(synthesised), len(shown)
    figures.tell(CASE, "messages sent / in fluidsynth / in jack_midi_dump", " / ".join(map(str, counts)))
    figures.tell(CASE, "fluidsynth's violin against the voice", f"{max(map(abs, off)):.0f} cents off at most")
