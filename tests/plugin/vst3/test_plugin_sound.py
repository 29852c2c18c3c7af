"""A plugin in a process of its own sounds as it does at home: later by what was declared, and not by a frame more."""

from __future__ import annotations

import numpy as np
import pytest

from plugin.vst3.packet import PARAMETERS_AT_MOST
from realtime.events import BEND, CONTROL, NOTE_OFF, NOTE_ON, NOTES_OFF, PRESSURE, event
from score.errors import KernelError
from tests.plugin.vst3.building import zam
from tests.plugin.vst3.playing_plugins import Playing, hosted, noise, wait_until
from tests.realtime.driving import cut, cut_anyhow

LATENCY = 37


def cut_within(block: int, blocks: int, seed: int) -> list[int]:
    """Blocks by chance, none of which reaches over the end of a packet."""
    return [size for n in range(blocks) for size in cut_anyhow(block, seed + n, block)]


@pytest.mark.parametrize("block", [32, 128, 441])
def test_an_effect_is_late_by_one_block_and_what_it_declares_to_the_sample(through, tmp_path, block):
    with hosted(through, tmp_path) as plugin:
        playing = Playing(plugin, block=block, inputs=2)
        mic = noise(20 * block, sides=2)
        out = playing.play(cut(len(mic), block), mic)
        late = block + LATENCY
        assert plugin.latency_frames == late == playing.parts[0].latency_frames
        assert not out[:late].any()
        np.testing.assert_array_equal(out[late:], mic[:-late])
        assert plugin.late_packets == 0


def test_however_blocks_are_cut_the_sound_is_the_same(through, tmp_path):
    mic = noise(128 * 24, sides=2)
    with hosted(through, tmp_path) as plugin:
        once = Playing(plugin, inputs=2).play(cut(len(mic), 128), mic)
    with hosted(through, tmp_path) as plugin:
        pieces = Playing(plugin, inputs=2).play(cut_within(128, 24, seed=5), mic)
    np.testing.assert_array_equal(once, pieces)


def test_two_plugins_in_a_row_are_late_twice(through, tmp_path):
    with hosted(through, tmp_path) as first, hosted(through, tmp_path) as second:
        playing = Playing(first, second, inputs=2)
        mic = noise(128 * 12, sides=2)
        out = playing.play(cut(len(mic), 128), mic)
        late = 2 * (128 + LATENCY)
        np.testing.assert_array_equal(out[late:], mic[:-late])


def test_zamaximx2_is_as_late_as_it_says(tmp_path):
    with hosted(zam("ZaMaximX2"), tmp_path) as plugin:
        playing = Playing(plugin)
        mic = np.zeros((128 * 20, 1), np.float32)
        mic[300] = 0.25
        out = playing.play(cut(len(mic), 128), mic)
        assert plugin.latency_frames == 128 + 480
        assert np.abs(out[:, 0]).argmax() == 300 + 128 + 480


def test_a_mono_effect_keeps_stereo(tmp_path):
    with hosted(zam("ZamEQ2"), tmp_path) as plugin:
        assert plugin.about["channels"] == 1
        playing = Playing(plugin, inputs=2)
        mic = noise(128 * 12, sides=2)
        mic[:, 1] = 0.0
        out = playing.play(cut(len(mic), 128), mic)
        assert np.abs(out[:, 0]).max() > 0.3 and not out[:, 1].any()


def test_a_knob_turns_the_parameter_in_its_own_unit(through, tmp_path):
    with hosted(through, tmp_path) as plugin:
        left = plugin.parameters["left"]
        assert (left.low, left.high, left.default) == (0.0, 4.0, 1.0)
        playing = Playing(plugin, inputs=2, knobs={"left": 0.5})
        mic = np.full((128 * 12, 2), 0.25, np.float32)
        out = playing.play(cut(len(mic), 128), mic, before=lambda n: playing.turn("right", 3.0) if n == 6 else None)
        assert out[128 * 5, 0] == pytest.approx(0.125) and out[128 * 5, 1] == pytest.approx(0.25)
        changed = 1 + np.flatnonzero(np.diff(out[:, 1]) > 0.1)
        assert list(changed) == [128 + LATENCY, 128 * 7]  # sound begins; the packet of block 6 is heard in block 7
        assert out[-1, 1] == pytest.approx(0.75)


def test_parameters_have_names_units_and_choices(through, tmp_path):
    with hosted(through, tmp_path) as plugin:
        shown = plugin.parameters
        assert list(shown) == ["spare", "left", "right", "tone", "mode", "crash", "hang", "slow", "break"]
        assert (shown["tone"].low, shown["tone"].high, shown["tone"].unit) == (20.0, 20_000.0, "Hz")
        assert shown["tone"].default == pytest.approx(1000.0, rel=1e-4)
        assert shown["mode"].choices == ("Soft", "Hard", "Strange")
        assert shown["slow"].unit == "ms"
        with pytest.raises(KernelError, match="has no knob 'volume'"):
            plugin.prepare(48_000.0, 128).knob_offset("volume")
        assert plugin.prepare(48_000.0, 128).knob_offset("break") + 8 * PARAMETERS_AT_MOST < 1 << 16


def test_what_is_no_number_ends_at_the_bridge(through, tmp_path):
    with hosted(through, tmp_path) as plugin:
        playing = Playing(plugin, inputs=2, knobs={"break": 1.0})
        out = playing.play(cut(128 * 8, 128), noise(128 * 8, sides=2))
        assert not out[128:].any()
        assert playing.parts[0].words["broken"] == 2 * 7 * 128
        assert playing.host.record["meters"]["broken_samples"][0] == 0


@pytest.mark.parametrize("rate", [44_100.0, 48_000.0, 96_000.0])
def test_a_note_begins_on_its_frame_wherever_in_a_block_that_is(sine, tmp_path, rate):
    block = 64
    with hosted(sine, tmp_path) as plugin:
        playing = Playing(plugin, rate=rate, block=block)
        for offset in range(block):
            start = playing.host.record["frame"][0]
            on = event(NOTE_ON, number=69, value=1.0, frame=start + offset)
            off = event(NOTE_OFF, number=69, frame=start + offset + 2)
            playing.send(on, off)
            out = playing.play([block] * 3)
            assert list(np.flatnonzero(out[:, 0])) == [block + offset, block + offset + 1]


def test_an_instrument_adds_to_what_is_there(sine, tmp_path):
    with hosted(sine, tmp_path) as first, hosted(sine, tmp_path) as second:
        playing = Playing(first, second)
        playing.send(event(NOTE_ON, number=69, value=1.0))
        out = playing.play([128] * 4)
        assert out[128, 0] == pytest.approx(1.0)  # a half of each


def turns_a_second(sound, rate=48_000.0):
    rising = np.flatnonzero((sound[:-1] < 0.0) & (sound[1:] >= 0.0))
    exact = rising - sound[rising] / (sound[rising + 1] - sound[rising])
    return rate * (len(exact) - 1) / (exact[-1] - exact[0])


def test_bends_pressure_and_controls_arrive(sine, tmp_path):
    with hosted(sine, tmp_path) as plugin:
        playing = Playing(plugin)
        playing.send(event(NOTE_ON, number=69, value=1.0))
        straight = playing.play([128] * 40)[256:]
        playing.send(event(BEND, value=1.0))
        bent = playing.play([128] * 40)[256:]
        playing.send(event(BEND, value=0.0), event(PRESSURE, value=1.0), event(CONTROL, number=10, value=1.0))
        pressed = playing.play([128] * 40)[256:]
        assert turns_a_second(straight[:, 0]) == pytest.approx(440.0, rel=1e-4)
        assert turns_a_second(bent[:, 0]) == pytest.approx(440.0 * 2 ** (1 / 12), rel=1e-4)
        assert np.abs(pressed[:, 0]).max() == pytest.approx(2 * np.abs(straight[:, 0]).max(), rel=0.01)
        assert not pressed[:, 1].any()


def test_every_note_ends_when_all_are_told_to(sine, tmp_path):
    with hosted(sine, tmp_path) as plugin:
        playing = Playing(plugin)
        playing.send(*(event(NOTE_ON, number=key, value=0.5, channel=2) for key in (60, 64, 67)))
        assert playing.play([128] * 3)[-1].any()
        playing.send(event(NOTES_OFF, channel=255))
        assert not playing.play([128] * 3)[-128:].any()


def test_it_can_be_prepared_anew_for_another_card(through, tmp_path):
    with hosted(through, tmp_path) as plugin:
        for rate, block in ((48_000.0, 128), (96_000.0, 64), (44_100.0, 1024)):
            playing = Playing(plugin, rate=rate, block=block, inputs=2)
            mic = noise(8 * block, sides=2)
            out = playing.play(cut(len(mic), block), mic)
            np.testing.assert_array_equal(out[block + LATENCY :], mic[: -block - LATENCY])


def test_one_that_is_later_at_another_rate_is_met_at_that_rate(tmp_path):
    with hosted(zam("ZaMaximX2"), tmp_path) as plugin:
        for rate in (96_000.0, 44_100.0, 48_000.0):
            playing = Playing(plugin, rate=rate)
            mic = np.zeros((128 * 30, 1), np.float32)
            mic[300] = 0.25
            out = playing.play(cut(len(mic), 128), mic)
            assert np.abs(out[:, 0]).argmax() == 300 + plugin.latency_frames


def test_presets_are_programs(tmp_path):
    with hosted(zam("ZamEQ2"), tmp_path) as plugin:
        assert [each.name for each in plugin.programs] == ["Zero", "CarvedBass", "CarvedGuitar", "CarvedVox"]
        assert [each.values for each in plugin.programs][2] == {"current_program": 2.0}


def test_without_a_display_a_window_is_refused_in_words(through, tmp_path, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    with hosted(through, tmp_path) as plugin:
        plugin.show_editor()
        said: list[str] = []

        def is_refused() -> bool:
            said.extend(plugin.tick())
            return bool(said)

        wait_until(is_refused, "the window is refused")
        assert said[0].startswith("'TestThrough' did not open its window: ")
        playing = Playing(plugin)
        assert playing.play([128] * 4, np.full((512, 1), 0.5, np.float32))[-1, 0] == 0.5
