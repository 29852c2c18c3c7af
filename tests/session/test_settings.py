"""What is remembered of a user: read as it was left, whatever else is in the file, and never in the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gui.settings.settings import Settings, TimeSettings, WindowPlace
from gui.settings.store import Store, settings_path
from score.errors import SessionError

ALL = Settings(
    theme="light",
    window=WindowPlace(10, 20, 1280, 800, True),
    device="USB",
    microphone="Mic",
    port="",
    keys="Keystation",
    last_session="songs/mine",
    time=TimeSettings("always", -6.5, 2, "replace", True, True),
    shortcuts={"notes.quantise": "Ctrl+Q", "transport.play": ""},
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "app.json"


def test_without_a_file_all_is_as_it_comes_and_none_is_made(path: Path) -> None:
    store = Store(path)
    assert store.settings == Settings()
    assert not path.exists()
    assert store.trouble == ""


def test_what_was_left_is_there_again(path: Path) -> None:
    words = {name: getattr(ALL, name) for name in ("theme", "window", "device", "microphone", "port", "keys")}
    store = Store(path)
    store.change(**words)
    store.change(last_session=ALL.last_session, shortcuts=ALL.shortcuts)
    store.change_time(clicks="always", click_level_db=-6.5, count_in_bars=2, record_mode="replace")
    store.change_time(follows_clock=True, sends_clock=True)
    assert Store(path).settings == ALL == store.settings


def test_the_file_is_one_that_people_read_and_says_only_what_is_not_as_it_comes(path: Path) -> None:
    Store(path).change(theme="dark", device="Höhle")
    assert path.read_text("utf-8") == '{\n  "version": 1,\n  "theme": "dark",\n  "device": "Höhle"\n}\n'


def test_words_of_a_later_version_are_kept_however_deep_they_lie(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"version": 9, "theme": "dark", "aura": [1, 2], "time": {"groove": {"a": 1}}}))
    store = Store(path)
    assert store.trouble == ""
    store.change_time(count_in_bars=1)
    said = json.loads(path.read_text())
    assert said == {"version": 9, "theme": "dark", "aura": [1, 2], "time": {"groove": {"a": 1}, "count_in_bars": 1}}


@pytest.mark.parametrize(
    "wrong", [{"theme": 5}, {"theme": "pink"}, {"time": {"count_in_bars": 99}}, {"window": "big"}, {"shortcuts": [1]}]
)
def test_one_wrong_word_costs_that_word_and_no_other(path: Path, wrong: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"device": "USB", "later": 1, **wrong}))
    store = Store(path)
    assert store.settings.device == "USB"
    assert next(iter(wrong)) in store.trouble
    store.change(port="Other")
    assert json.loads(path.read_text())["later"] == 1
    assert Store(path).trouble == ""


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[1]", b"\xff\xfe", b"nul", b"[" * 100_000])
def test_a_file_that_is_none_is_put_aside_and_not_written_over(path: Path, rubbish: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(rubbish)
    store = Store(path)
    assert store.settings == Settings()
    assert "app.json.broken" in store.trouble
    store.change(theme="dark")
    assert path.with_name("app.json.broken").read_bytes() == rubbish


def test_a_place_that_cannot_be_written_is_told_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "app.json")
    store.change(theme="light")
    assert store.settings.theme == "light"
    assert store.trouble


def test_what_changes_nothing_writes_nothing(path: Path) -> None:
    store = Store(path)
    store.change(theme="system")
    assert not path.exists()


def test_settings_that_cannot_be_are_refused() -> None:
    for words in ({"clicks": "often"}, {"record_mode": "erase"}, {"count_in_bars": -1}, {"click_level_db": 3.0}):
        with pytest.raises(SessionError):
            TimeSettings(**words)


def test_they_lie_in_the_users_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert settings_path().name == "app.json"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["version", "theme", "window", "time", "shortcuts", "port", "strange"]), _JSON))
def test_whatever_is_in_the_file_the_program_starts(tmp_path: Path, said: dict[str, Any]) -> None:
    path = tmp_path / "any.json"
    path.write_text(json.dumps(said))
    store = Store(path)
    store.change(device="USB")
    assert Store(path).settings.device == "USB"
