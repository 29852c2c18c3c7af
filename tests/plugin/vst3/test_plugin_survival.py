"""A plugin that dies, hangs, is late or goes mad is bypassed within a block, and comes back as it was."""

from __future__ import annotations

import base64
import os
import re
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from plugin.vst3.packet import EVENTS
from plugin.vst3.troubled import TroubleList
from plugin.vst3.vst3 import Policy, Vst3
from realtime.events import CONTROL, NOTE_OFF, NOTE_ON, event
from realtime.host import Host
from realtime.rack import MONITOR, Slot
from score.errors import RackError
from tests.house.tree import ROOT
from tests.plugin.vst3.playing_plugins import FIRM, PATIENT, Playing, end, hosted, noise, runs, wait_until
from tests.realtime.driving import Card, cut, scale

LATE = 128 + 37
TELL_COUNT = 119


def keys_counted(playing: Playing) -> int:
    """How many keys the instrument says that it has been sent."""
    playing.play([128] * 2)
    playing.send(event(CONTROL, number=TELL_COUNT, value=1.0))
    return round(float(playing.play([128] * 3)[:, 0].max()) * 2 * 128)


def kill(plugin: Vst3) -> None:
    pid = plugin.pid
    end(pid)
    wait_until(lambda: not runs(pid), "the plugin's process ends")


def come_back(plugin: Vst3, before: int) -> None:
    def is_back() -> bool:
        plugin.tick()
        return plugin.restarts > before and plugin._worker is not None and plugin._worker.is_prepared

    wait_until(is_back, "the plugin is back")


def test_a_killed_effect_is_bypassed_at_once_in_step_and_comes_back_with_its_knobs(through, tmp_path):
    with hosted(through, tmp_path) as plugin:
        playing = Playing(plugin, inputs=2, knobs={"left": 0.5})
        mic = noise(128 * 40, sides=2)
        out = [playing.play([128] * 10, mic[:1280])]
        kill(plugin)
        out.append(playing.play([128] * 10, mic[1280:2560], waits=False))
        come_back(plugin, 0)
        out.append(playing.play([128] * 20, mic[2560:]))
        left = np.concatenate(out)[:, 0]
        heard = np.concatenate([np.zeros(LATE, np.float32), mic[:-LATE, 0]])
        fade = 192
        np.testing.assert_allclose(left[: 11 * 128], 0.5 * heard[: 11 * 128])  # the packet that was answered is heard
        np.testing.assert_allclose(left[11 * 128 + fade : 20 * 128], heard[11 * 128 + fade : 20 * 128])
        np.testing.assert_allclose(left[-10 * 128 :], 0.5 * heard[-10 * 128 :])
        assert plugin.late_packets == 9 + 2  # it is not heard before its own latency is filled
        assert plugin.restarts == 1


def test_where_it_falls_out_and_where_it_returns_nothing_clicks(through, tmp_path):
    with hosted(through, tmp_path) as plugin:
        playing = Playing(plugin, knobs={"left": 0.25})
        wave = 0.5 * np.sin(2 * np.pi * 110.0 / 48_000.0 * np.arange(128 * 60)).astype(np.float32)[:, None]
        out = [playing.play([128] * 20, wave[:2560])]
        kill(plugin)
        out.append(playing.play([128] * 20, wave[2560:5120], waits=False))
        come_back(plugin, 0)
        out.append(playing.play([128] * 20, wave[5120:]))
        sound = np.concatenate(out)[:, 0]
        steps = np.abs(np.diff(sound))
        assert steps.max() < 2.0 * np.abs(np.diff(wave[:, 0])).max()  # no steeper than the wave and the fade together


def test_a_dead_plugin_leaves_the_chain_beside_it_alone(through, tmp_path):
    with hosted(through, tmp_path) as plugin:
        part = plugin.prepare(48_000.0, 128)
        host = Host(
            48_000.0, (Slot("plugin", part, {}, (MONITOR[0], (4, 5))), Slot("beside", scale, {"gain": 2.0}, MONITOR))
        )
        card = Card(host, inputs=2)
        mic = noise(128 * 10, sides=2)
        for n in range(10):
            if n == 5:
                kill(plugin)
            out = card.block(128, mic[128 * n : 128 * n + 128])
            np.testing.assert_array_equal(out, 2.0 * mic[128 * n : 128 * n + 128])
        assert plugin.late_packets >= 4


@pytest.mark.parametrize("way", ["kill", "stop", "crash", "hang"])
def test_it_comes_back_whatever_becomes_of_it(through, tmp_path, way):
    with hosted(through, tmp_path, FIRM) as plugin:
        playing = Playing(plugin, knobs={"left": 0.5})

        def play(blocks: int, waits: bool) -> float:
            return float(playing.play([128] * blocks, np.full((128 * blocks, 1), 0.5, np.float32), waits=waits)[-1, 0])

        def is_noticed() -> bool:
            plugin.tick()
            return plugin.restarts > before

        for _ in range(2):
            before = plugin.restarts
            assert play(8, waits=True) == pytest.approx(0.25)
            if way in ("kill", "stop"):
                end(plugin.pid, signal.SIGKILL if way == "kill" else signal.SIGSTOP)
            else:
                playing.turn(way, 1.0)
            play(1, waits=False)  # the newest packet until it is noticed: a worker that comes late reads no other
            wait_until(is_noticed, "what became of it is noticed")
            if way in ("crash", "hang"):
                playing.turn(way, 0.0)
            play(1, waits=False)
            come_back(plugin, before)
            assert play(8, waits=True) == pytest.approx(0.25)


def test_offline_a_plugin_that_dies_is_waited_for(through, tmp_path):
    with hosted(through, tmp_path, FIRM) as plugin:
        playing = Playing(plugin, inputs=2, knobs={"left": 0.5})
        mic = noise(128 * 20, sides=2)
        out = playing.play(
            cut(len(mic), 128), mic, before=lambda n: end(plugin.pid, signal.SIGSTOP) if n in (7, 13) else None
        )
        assert plugin.restarts == 2 and plugin.late_packets == 2 * 2  # while it fills its own latency, each time
        wrong = np.flatnonzero(np.abs(out[LATE:, 0] - 0.5 * mic[:-LATE, 0]) > 1e-6)
        assert 0 < len(wrong) <= 2 * (2 * 128 + 192)


def test_the_plugins_own_state_survives_it(sine, tmp_path):
    with hosted(sine, tmp_path) as plugin:
        playing = Playing(plugin)
        before = keys_counted(playing)
        for key in range(60, 72):
            playing.send(event(NOTE_ON, number=key, value=1.0))
            playing.play([128])
            playing.send(event(NOTE_OFF, number=key))
            playing.play([128])
        assert plugin.state()["raw"]
        kill(plugin)
        come_back(plugin, 0)
        assert keys_counted(playing) == before + 12


def test_pedals_and_wheels_stand_where_they_stood(sine, tmp_path):
    with hosted(sine, tmp_path) as plugin:
        playing = Playing(plugin)
        playing.send(event(CONTROL, number=10, value=1.0))
        playing.play([128] * 3)
        plugin.state()
        kill(plugin)
        come_back(plugin, 0)
        playing.play([128] * 8)
        playing.send(event(NOTE_ON, number=69, value=1.0))
        out = playing.play([128] * 3)
        assert out[:, 0].any() and not out[:, 1].any()  # the pan that was set before


def test_state_goes_from_one_to_another(sine, tmp_path):
    with hosted(sine, tmp_path) as first, hosted(sine, tmp_path) as second:
        playing = Playing(first)
        for key in (60, 61, 62):
            playing.send(event(NOTE_ON, number=key, value=0.0), event(NOTE_OFF, number=key))
            playing.play([128])
        count = keys_counted(playing)
        second.restore(first.state())
        assert keys_counted(Playing(second)) == count


def test_a_state_that_is_rubbish_is_told_or_survived(sine, tmp_path):
    with hosted(sine, tmp_path, FIRM) as plugin:
        playing = Playing(plugin)
        for rubbish in ("not base 64 at all", 17, "ab"):
            with pytest.raises(RackError, match="cannot be read"):
                plugin.restore({"raw": rubbish})
        plugin.restore({"raw": base64.b64encode(bytes(range(256)) * 40).decode()})
        playing.send(event(NOTE_ON, number=69, value=1.0))
        assert playing.play([128] * 4).any()


def test_a_state_that_kills_is_given_up(sine, tmp_path):
    with hosted(sine, tmp_path, FIRM) as plugin:
        playing = Playing(plugin)
        playing.send(event(NOTE_ON, number=69, value=1.0))
        playing.play([128])
        raw = base64.b64decode(plugin.state()["raw"])
    deadly = deadly_state(raw)
    with hosted(sine, tmp_path, FIRM) as plugin:
        plugin.restore({"raw": base64.b64encode(deadly).decode()})
        playing = Playing(plugin)
        playing.play([128] * 8)
        playing.send(event(NOTE_ON, number=69, value=1.0))
        assert playing.play([128] * 8).any()
        assert any("its state was given up" in each for each in playing.said + plugin.tick())
        assert not plugin.trouble


_LETTERS = ".ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+"


def deadly_state(raw: bytes) -> bytes:
    """The instrument's state with a count of keys that it does not survive; the host writes its bytes in six bits."""
    parts = re.fullmatch(rb"(.*<IComponent>)(.*)(</IComponent>.*)\0", raw, re.DOTALL)
    assert parts is not None
    head, written, tail = parts.groups()
    size, text = written.decode().split(".", 1)
    bits = [_LETTERS.index(each) >> bit & 1 for each in text for bit in range(6)]
    inner = bytes(sum(bits[8 * n + bit] << bit for bit in range(8)) for n in range(int(size)))
    changed, found = re.subn(rb"keys\0\d+\0", b"keys\x00666\x00", inner)
    assert found == 1
    bits = [each >> bit & 1 for each in changed for bit in range(8)]
    bits += [0] * (-len(bits) % 6)
    text = "".join(_LETTERS[sum(bits[6 * n + bit] << bit for bit in range(6))] for n in range(len(bits) // 6))
    body = head[8:] + f"{len(changed)}.{text}".encode() + tail
    return raw[:4] + len(body).to_bytes(4, "little") + body + b"\0"


def test_notes_of_packets_that_were_left_out_still_end(sine, tmp_path):
    with hosted(sine, tmp_path, PATIENT) as plugin:
        playing = Playing(plugin)
        playing.send(event(NOTE_ON, number=69, value=1.0))
        assert playing.play([128] * 3)[-1, 0] != 0.0
        end(plugin.pid, signal.SIGSTOP)
        playing.send(event(NOTE_OFF, number=69))
        playing.play([128] * 9, waits=False)
        end(plugin.pid, signal.SIGCONT)
        playing.play([128])
        assert playing.parts[0].words["skipped"] >= 7
        assert not playing.play([128] * 5)[-128:].any()


def test_where_even_events_are_lost_no_note_hangs(sine, tmp_path):
    with hosted(sine, tmp_path, PATIENT) as plugin:
        playing = Playing(plugin)
        playing.send(event(NOTE_ON, number=69, value=1.0))
        playing.play([128] * 3)
        end(plugin.pid, signal.SIGSTOP)
        for _ in range(EVENTS // 128 + 2):
            playing.send(np.repeat(event(CONTROL, number=1, value=0.5), 128))
            playing.play([128], waits=False)
        playing.send(event(NOTE_OFF, number=69))
        playing.play([128], waits=False)
        end(plugin.pid, signal.SIGCONT)
        playing.play([128])
        assert not playing.play([128] * 5)[-128:].any()


def test_one_that_fails_all_the_time_stays_bypassed_and_is_listed(through, tmp_path):
    policy = Policy(hangs_after_s=20.0, failures_at_most=2)
    with hosted(through, tmp_path, policy) as plugin:
        playing = Playing(plugin)
        playing.turn("crash", 1.0)
        for _ in range(200):
            playing.play([128], noise(128), waits=False)
            plugin.settle(10.0)
            if plugin.trouble:
                break
        assert "SIGSEGV" in plugin.trouble and "3 times" in plugin.trouble
        assert any("stays bypassed" in each for each in playing.said + plugin.tick())
        assert plugin.pid == 0
        mic = np.full((128 * 8, 1), 0.5, np.float32)
        assert playing.play([128] * 8, mic, waits=False)[-1, 0] == 0.5
        listed = TroubleList(tmp_path / "troubled.json")
        assert [each.name for each in listed.entries()] == ["TestThrough"]
        with pytest.raises(RackError, match=r"is not started since .*SIGSEGV.*vocello plugins forget 'TestThrough'"):
            Vst3(through, troubled=listed)
        playing.turn("crash", 0.0)
        playing.play([128] * 4, mic[:512], waits=False)
        plugin.try_again()
        playing.play([128] * 8, mic)
        assert listed.entries() == []
        assert plugin.late_packets and playing.parts[0].words["answered"] == playing.parts[0].words["published"]


def test_one_that_loads_slowly_has_another_stand_by(through, tmp_path):
    with hosted(through, tmp_path, Policy(hangs_after_s=20.0, slow_load_s=0.0)) as plugin:
        playing = Playing(plugin, knobs={"left": 0.5})
        playing.play([128] * 2)

        def stands_by() -> bool:
            plugin.tick()
            return plugin._spare is not None and plugin._spare.about is not None

        wait_until(stands_by, "a second process stands by")
        assert plugin._spare is not None
        second = plugin._spare.pid
        kill(plugin)
        come_back(plugin, 0)
        assert plugin.pid == second
        assert playing.play([128] * 8, np.full((1024, 1), 0.5, np.float32))[-1, 0] == 0.25


def test_after_the_end_nothing_is_left(through, tmp_path):
    with hosted(through, tmp_path) as plugin:
        Playing(plugin).play([128] * 2)
        pid = plugin.pid
        assert runs(pid)
    assert not runs(pid)


@pytest.mark.parametrize("state", ["plays", "stopped", "hangs"])
def test_who_kills_the_engine_kills_its_plugins(through, tmp_path, state):
    before = set(os.listdir("/dev/shm"))
    engine = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(ENGINE), str(through), str(tmp_path), state],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert engine.stdout is not None
    pid = int(engine.stdout.readline())
    assert runs(pid)
    if state == "stopped":
        end(pid, signal.SIGSTOP)
    engine.kill()
    engine.wait()
    engine.stdout.close()
    wait_until(lambda: not runs(pid), "the plugin's process ends with its engine")
    assert {each for each in set(os.listdir("/dev/shm")) - before if "jack" not in each} == set()


ENGINE = """
    import sys, time
    from pathlib import Path
    from tests.plugin.vst3.playing_plugins import PATIENT, Playing, hosted, noise
    with hosted(Path(sys.argv[1]), Path(sys.argv[2]), PATIENT) as plugin:
        playing = Playing(plugin)
        playing.play([128] * 2)
        if sys.argv[3] == "hangs":
            playing.turn("hang", 1.0)
            playing.play([128] * 2, waits=False)
        print(plugin.pid, flush=True)
        time.sleep(60)
"""
