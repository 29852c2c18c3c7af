"""`vocello rack` and `vocello process`, as their user types them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from plugin.rack_file import load_rack
from realtime.device.sound_file import SoundReader, write_sound
from tests.vocello.test_command_line import vocello

pytestmark = pytest.mark.timeout(400)  # whoever comes first may have to compile

RATE = 48_000
RACK = {"kind": "vocello rack", "version": 2}


def noise(path: Path, seconds: float = 1.0, channels: int = 1) -> np.ndarray:
    sound = np.random.default_rng(1).normal(0.0, 0.1, (int(seconds * RATE), channels)).astype(np.float32)
    write_sound(path, sound, RATE)
    return sound


def heard(path: Path) -> np.ndarray:
    reader = SoundReader(path)
    return reader.read(reader.frames)


def written(path: Path, **rack) -> Path:
    path.write_text(json.dumps({**RACK, **rack}))
    return path


def test_a_new_rack_is_shown_and_processes(tmp_path: Path) -> None:
    noise(tmp_path / "in.wav")
    assert vocello("rack", "new", "v.rack", "compressor", "delay", "delay", folder=tmp_path).returncode == 0
    assert [slot.name for slot in load_rack(tmp_path / "v.rack").slots()] == [
        "compressor",
        "delay",
        "delay 2",
        "limiter",
    ]
    shown = vocello("rack", "show", "v.rack", folder=tmp_path)
    assert "delay 2" in shown.stdout
    again = vocello("rack", "new", "v.rack", folder=tmp_path)
    assert (again.returncode, "--force" in again.stderr) == (2, True)
    done = vocello("process", "in.wav", "v.rack", "-o", "out.wav", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    out = heard(tmp_path / "out.wav")
    assert len(out) == round((told["seconds"] + told["tail_s"]) * RATE)
    assert told["peak"] == pytest.approx(float(np.abs(out).max()))
    assert told["troubles"] == []


def test_what_a_rack_is_late_by_is_cut_off_and_every_block_gives_the_same(tmp_path: Path) -> None:
    sound = noise(tmp_path / "in.wav", channels=2)
    slots = [{"name": "s", "processor": "saturation"}]  # late, and without drive every bit passes
    written(tmp_path / "s.rack", chains=[{"name": "v", "hears": "microphone", "slots": slots}])
    outs = []
    for frames in ("128", "500"):
        done = vocello("process", "in.wav", "s.rack", "-o", "o.wav", "-f", frames, "--json", folder=tmp_path)
        assert json.loads(done.stdout)["latency_frames"] == 39
        outs.append(heard(tmp_path / "o.wav")[: len(sound)])
    np.testing.assert_array_equal(outs[0], outs[1])
    np.testing.assert_array_equal(outs[0], sound)


def test_a_rack_that_runs_on_a_file_gives_what_process_gives(tmp_path: Path) -> None:
    noise(tmp_path / "in.wav")
    slots = [{"name": "r", "processor": "reverb", "mix": 0.5}]
    written(tmp_path / "r.rack", chains=[{"name": "v", "hears": "microphone", "slots": slots}])
    assert vocello("process", "in.wav", "r.rack", "-o", "one.wav", folder=tmp_path).returncode == 0
    run = vocello("rack", "run", "r.rack", "-d", "file:in.wav→two.wav", "--keys", "none", "--json", folder=tmp_path)
    assert run.returncode == 0, run.stderr
    one, two = heard(tmp_path / "one.wav"), heard(tmp_path / "two.wav")
    both = min(len(one), len(two))
    np.testing.assert_array_equal(one[512:both], two[512:both])  # a card fades in, a file does not


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no JSON"),
        ('{"kind": "vocello rack", "version": 2, "chains": [{"name": "a", "to": "b"}]}', "goes to 'b'"),
        ('{"kind": "vocello rack", "version": 7}', "version 7"),
    ],
)
def test_a_rack_that_is_none_is_told_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    noise(tmp_path / "in.wav", 0.1)
    (tmp_path / "bad.rack").write_text(text)
    for command in (
        ("rack", "run", "bad.rack"),
        ("rack", "show", "bad.rack"),
        ("process", "in.wav", "bad.rack", "-o", "o.wav"),
    ):
        done = vocello(*command, folder=tmp_path)
        assert done.returncode == 2
        assert words in done.stderr
        assert done.stderr.count("\n") == 1
        assert not (tmp_path / "o.wav").exists()


def test_a_hostile_rack_runs_nothing_that_its_user_did_not_name(tmp_path: Path) -> None:
    noise(tmp_path / "in.wav", 0.2)
    ran = tmp_path / "ran"
    (tmp_path / "evil.py").write_text(f"open({str(ran)!r}, 'w')\n")
    script = tmp_path / "evil.vst3"
    script.write_text(f"#!/bin/sh\ntouch {ran}\n")
    script.chmod(0o755)
    named = [
        "python:evil.py",
        f"python:{tmp_path}/evil.py",
        f"vst3:{script}",
        "vst3:/etc/passwd",
        "vst3:../evil.vst3",
        "vst3:" + "A" * 10_000,
        "python:/dev/zero",
        "os.system",
        "vst3:/proc/self/mem",
        "reverb\u0000",
    ]
    slots = [{"name": f"s{n}", "processor": each, "state": {"raw": "!!"}} for n, each in enumerate(named)]
    written(tmp_path / "evil.rack", chains=[{"name": "v", "hears": "microphone", "slots": slots}])
    done = vocello("process", "in.wav", "evil.rack", "-o", "o.wav", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert len(told["troubles"]) == len(named)
    assert not ran.exists()
    np.testing.assert_array_equal(heard(tmp_path / "o.wav")[:9600, :1], heard(tmp_path / "in.wav"))
    shown = vocello("rack", "show", "evil.rack", "--json", folder=tmp_path)
    assert len(json.loads(shown.stdout)["missing"]) == len(named)
    assert not ran.exists()
