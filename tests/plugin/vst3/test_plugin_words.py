"""What a plugin's process is told and tells: numbers in their own units, MIDI bytes, lines of JSON."""

from __future__ import annotations

import json
import os
import socket
from types import SimpleNamespace

import numpy as np
import pytest

from plugin.vst3 import semaphore
from plugin.vst3.bridge import BRIDGE, vst3_effect, vst3_instrument, wake
from plugin.vst3.lines import Lines
from plugin.vst3.midi_bytes import Controls, bend_range, messages
from plugin.vst3.packet import LINE, Layout
from plugin.vst3.scale import ids_of, scale_of
from realtime.events import (
    ALL_CHANNELS,
    BEND,
    CONTROL,
    KEY_PRESSURE,
    KNOB,
    NOTE_OFF,
    NOTE_ON,
    NOTES_OFF,
    PRESSURE,
    SILENCE,
    event,
)
from realtime.kernel import kernel
from realtime.kernel_check import check
from score.errors import KernelError

WAKING = np.dtype([("semaphore", "u8")], align=True)


def quietly_waking(s, x, y, frames):
    y[0] = x[0]
    wake(s.semaphore)


def test_the_bridge_is_fit_for_the_audio_thread():
    check(vst3_effect)
    check(vst3_instrument)


@pytest.mark.skipif(not semaphore.HAS_SEMAPHORES, reason="only Linux has this")
def test_a_kernel_wakes_nobody_without_saying_so():
    with pytest.raises(KernelError, match="calls 'sem_post'"):
        check(kernel(WAKING)(quietly_waking))
    check(kernel(WAKING, wakes=True)(quietly_waking))


def test_what_two_sides_write_stands_on_lines_of_its_own():
    for frames in (1, 64, 441, 4096):
        layout = Layout(frames, 5)
        assert layout.sound_at % LINE == layout.channel_bytes % LINE == layout.slot_bytes % LINE == 0
        assert layout.size > 4 * 4 * 4 * frames
    assert BRIDGE.fields is not None and BRIDGE.fields["values"][1] < 1024


@pytest.mark.parametrize(
    ("made", "bytes_"),
    [
        (event(NOTE_ON, channel=3, number=60, value=1.0), [bytes((0x93, 60, 127))]),
        (event(NOTE_ON, number=60, value=0.0), [bytes((0x90, 60, 1))]),
        (event(NOTE_OFF, channel=15, number=60), [bytes((0x8F, 60, 64))]),
        (event(BEND, value=0.0), [bytes((0xE0, 0, 64))]),
        (event(BEND, value=2.0), [bytes((0xE0, 127, 127))]),
        (event(BEND, value=-2.0), [bytes((0xE0, 0, 0))]),
        (event(BEND, value=-99.0), [bytes((0xE0, 0, 0))]),
        (event(BEND, value=1.0), [bytes((0xE0, 0, 96))]),
        (event(PRESSURE, channel=1, value=0.5), [bytes((0xD1, 64))]),
        (event(KEY_PRESSURE, number=61, value=1.0), [bytes((0xA0, 61, 127))]),
        (event(CONTROL, number=64, value=1.0), [bytes((0xB0, 64, 127))]),
        (event(CONTROL, number=64, value=float("nan")), [bytes((0xB0, 64, 0))]),
        (event(KNOB, value=1.0), []),
        (event(NOTES_OFF, channel=2), [bytes((0xB2, 123, 0))]),
        (event(SILENCE, channel=ALL_CHANNELS), [bytes((0xB0 | channel, 120, 0)) for channel in range(16)]),
    ],
)
def test_events_become_midi(made, bytes_):
    assert messages(made[0]) == bytes_


def test_a_wider_bend_is_agreed_on_and_kept_to():
    assert messages(event(BEND, value=24.0)[0], 48.0) == [bytes((0xE0, 0, 96))]
    assert bend_range(48.0)[:4] == [
        bytes((0xB0, number, value)) for number, value in ((101, 0), (100, 0), (6, 48), (38, 0))
    ]


def test_controls_are_remembered_by_channel_until_they_are_reset():
    controls = Controls()
    for each in (b"\xb0\x40\x7f", b"\xb0\x40\x10", b"\xb1\x01\x05", b"\xe0\x00\x60", b"\x90\x3c\x40", b"\xb0\x7b\x00"):
        controls.heard(each)
    assert controls.messages() == [b"\xb0\x40\x10", b"\xb1\x01\x05", b"\xe0\x00\x60"]
    controls.heard(b"\xb0\x79\x00")
    assert controls.messages() == [b"\xb1\x01\x05"]


def parameter(text, name="Some", label="", num_steps=0x7FFFFFFF):
    return SimpleNamespace(name=name, label=label, num_steps=num_steps, get_text_for_raw_value=text)


@pytest.mark.parametrize(
    ("shown", "low", "high", "unit", "curve"),
    [
        (parameter(lambda raw: f"{-60 + 66 * raw:.1f}", label="dB"), -60.0, 6.0, "dB", "linear"),
        (parameter(lambda raw: f"{-60 + 66 * raw:.1f} dB"), -60.0, 6.0, "dB", "linear"),
        (parameter(lambda raw: f"{20 * 1000**raw:.2f} Hz"), 20.0, 20_000.0, "Hz", "log"),
        (parameter(lambda raw: "1.00 kHz" if raw == 1 else f"{1000 * raw:.0f} Hz"), 0.0, 1000.0, "Hz", "linear"),
        (parameter(lambda raw: f"{100 * raw**3:.2f}", label="%"), 0.0, 1.0, "", "linear"),  # on neither curve
        (parameter(lambda raw: f"{6 - 12 * raw}"), 0.0, 1.0, "", "linear"),  # upside down
        (parameter(lambda raw: "-inf" if raw == 0 else f"{raw:.2f}"), 0.0, 1.0, "", "linear"),
        (parameter(lambda raw: ""), 0.0, 1.0, "", "linear"),
        (parameter(lambda raw: f"{1 + 4 * round(4 * raw) / 4:.0f}", num_steps=5), 1.0, 5.0, "", "linear"),
    ],
)
def test_a_scale_is_what_the_plugin_writes(shown, low, high, unit, curve):
    scale = scale_of("some", shown)
    assert (scale.low, scale.high, scale.unit, scale.curve, scale.choices) == (low, high, unit, curve, ())
    for raw in (0.0, 0.25, 0.5, 1.0):
        assert scale.raw(scale.value(raw)) == pytest.approx(raw)


def test_choices_are_read_off_too():
    words = ("Sine", "Saw", "Noise")
    told = scale_of("shape", parameter(lambda raw: words[round(2 * raw)], num_steps=3))
    untold = scale_of("shape", parameter(lambda raw: words[round(2 * raw)]))
    assert told.choices == untold.choices == words
    assert [told.raw(n) for n in range(3)] == [0.0, 0.5, 1.0] and told.value(0.5) == 1.0
    assert scale_of("on", parameter(lambda raw: "On" if raw > 0.5 else "Off", num_steps=2)).choices == ("off", "on")
    assert scale_of("on", parameter(lambda raw: str(int(raw)), num_steps=2)).choices == ("off", "on")


def test_every_parameter_has_a_name_of_its_own():
    assert ids_of(["Boost/Cut 1", "boost cut 1", "Ω", "", "Boost Cut 1 2"]) == [
        "boost_cut_1",
        "boost_cut_1_2",
        "parameter_3",
        "parameter_4",
        "boost_cut_1_2_2",
    ]


def test_lines_arrive_whole_with_their_descriptors():
    ours, its = socket.socketpair()
    ours.setblocking(False)
    here, there = Lines(ours), Lines(its)
    reading, writing = os.pipe()
    long = "x" * (1 << 20)
    here.send({"first": 1})
    here.send({"brought": 2}, writing)
    here.send({"long": long})
    os.close(writing)
    got: list[tuple[dict[str, object], int | None]] = []
    while len(got) < 3:
        assert there.read()
        got += there.received()
        here.flush()
    assert [message for message, _ in got] == [{"first": 1}, {"brought": 2}, {"long": long}]
    descriptor = got[1][1]
    assert descriptor is not None and got[0][1] is None
    os.write(descriptor, b"here")
    assert os.read(reading, 4) == b"here"
    os.close(descriptor)
    os.close(reading)
    here.close()
    assert not there.read()
    there.close()


def test_what_is_no_json_is_an_error_of_the_other_side():
    ours, its = socket.socketpair()
    its.send(b'{"fine": 1}\nrubbish\n')
    line = Lines(ours)
    assert line.read()
    with pytest.raises(json.JSONDecodeError):
        line.received()
    line.close()
    its.close()
