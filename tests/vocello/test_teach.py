"""`vocello teach`: a recording of three hits becomes a sound of the kit."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ml.drums.kit import Kit
from realtime.device.sound_file import write_sound
from score.errors import ModelError, UsageError, VocelloError
from tests.ml.drums.mouths import RATE, beat, tongue_pop
from vocello.commands import teach as command
from vocello.commands.teach import teach


@pytest.fixture
def kit_file(tmp_path, monkeypatch):
    path = tmp_path / "kit" / "drums.json"
    monkeypatch.setattr(command, "kit_path", lambda: path)
    return path


@pytest.fixture
def pops(tmp_path):
    chance = np.random.default_rng(4)
    path = tmp_path / "pops.wav"
    sound = beat(*(tongue_pop(chance) for _ in range(4)))
    write_sound(path, sound, float(RATE))
    return path


def test_a_recording_teaches_a_sound_that_is_listed_and_forgotten(kit_file, pops, capsys):
    teach("Pop", 40, pops, "", "", False, True)
    said = json.loads(capsys.readouterr().out)
    assert said == {"name": "pop", "key": 40, "examples": 4, "kit": str(kit_file)}
    assert (pop := Kit.load(kit_file).find("pop")) is not None and pop.key == 40
    teach("", None, None, "", "", True, True)
    listed = json.loads(capsys.readouterr().out)["sounds"]
    assert {"name": "pop", "key": 40, "examples": 4} in listed and len(listed) == 5
    teach("", None, None, "", "pop", False, False)
    assert "forgotten" in capsys.readouterr().out
    assert Kit.load(kit_file).taught == ()


def test_a_file_as_a_device_teaches_the_same(kit_file, pops):
    teach("pop", None, pops, "", "", False, True)
    by_source = Kit.load(kit_file).sounds
    teach("pop", None, None, f"file:{pops}", "", False, True)
    assert Kit.load(kit_file).sounds == by_source


def test_a_recording_of_nothing_teaches_nothing_and_leaves_the_kit_alone(kit_file, tmp_path):
    path = tmp_path / "silence.wav"
    write_sound(path, np.zeros(RATE, np.float32), float(RATE))
    with pytest.raises(ModelError, match="0 examples"):
        teach("pop", None, path, "", "", False, True)
    assert not kit_file.exists()


def test_a_file_that_is_not_there_is_named(kit_file, tmp_path):
    with pytest.raises(VocelloError, match=r"none\.wav"):
        teach("pop", None, tmp_path / "none.wav", "", "", False, True)


@pytest.mark.parametrize(("name", "forget", "listing"), [("", "", False), ("pop", "pop", False), ("pop", "", True)])
def test_one_thing_is_asked_at_a_time(kit_file, name, forget, listing):
    with pytest.raises(UsageError, match="--list"):
        teach(name, None, None, "", forget, listing, False)
