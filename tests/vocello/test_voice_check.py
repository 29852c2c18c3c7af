"""Getting to know a voice while the engine plays: through the door, as the window does it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ml.calibration import STEPS
from ml.profile import load_profile, profile_path
from realtime.client import Engine
from realtime.device.sound_file import write_sound
from score.errors import EngineError
from tests.ml.voices import RATE
from tests.vocello.test_calibrate import HIGHEST, LOWEST, in_the_room, silence, whole_session

pytestmark = pytest.mark.timeout(400)  # whoever comes first may have to compile


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "singer.wav"
    write_sound(path, in_the_room(silence(1.0), whole_session().astype(float), silence(2.0)), RATE)
    with Engine.apart(module="vocello.engine_process") as made:
        made.start(f"null:{path}")
        yield made


def until(engine: Engine, true: Any) -> dict[str, Any]:
    end = time.monotonic() + 120.0
    while True:
        told = engine.measure()
        if true(told):
            return told
        assert time.monotonic() < end, f"this did not happen; it stands so: {told}"
        time.sleep(0.05)


def test_a_voice_is_measured_kept_and_known_from_then_on(engine: Engine) -> None:
    assert not profile_path().exists()
    told = engine.measure("begin")
    assert told["step"] == "silence" and "silent" in told["prompt"]
    told = until(engine, lambda told: told["step"] is None)
    assert told["measured"] == list(STEPS), told["remarks"]
    kept = engine.measure("keep")
    assert not kept["measuring"] and "goes from about" in kept["words"]
    profile = load_profile()
    assert profile is not None and profile.lowest_midi < LOWEST < HIGHEST < profile.highest_midi
    engine.new_events()
    end = time.monotonic() + 60.0
    while not len(engine.new_events()):  # the ears listen again, and the singer goes on
        assert time.monotonic() < end
        time.sleep(0.05)


def test_who_skips_or_leaves_changes_nothing(engine: Engine) -> None:
    engine.measure("begin")
    engine.measure("skip")
    told = until(engine, lambda told: told["step"] != "silence")
    assert told["step"] == "low" and told["remarks"][0]["text"].startswith("Skipped")
    assert engine.measure("leave") == {"measuring": False, "words": ""}
    assert engine.measure() == {"measuring": False}
    assert not profile_path().exists()
    with pytest.raises(EngineError, match="begin, look, skip"):
        engine.measure("guess")
