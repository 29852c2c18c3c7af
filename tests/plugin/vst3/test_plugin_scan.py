"""Plugins are found without being trusted: each is looked into by a process of its own, and what is none is not run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from plugin.vst3.bundle import accepted
from plugin.vst3.scan import Found, Scanned, bundles, find_plugin, scan
from plugin.vst3.troubled import TroubleList
from plugin.vst3.vst3 import Vst3
from score.errors import RackError


@pytest.fixture
def folder(through, sine, tmp_path):
    """A folder with two plugins that work and several things that do not."""
    home = tmp_path / "plugins"
    (home / "deep" / "deeper").mkdir(parents=True)
    (home / "TestThrough.vst3").symlink_to(through)
    (home / "deep" / "deeper" / "TestSine.vst3").symlink_to(sine)
    (home / "deep" / "circle").symlink_to(home)
    (home / "Empty.vst3").mkdir()
    (home / "Text.vst3").write_text("#!/bin/sh\ntouch /dev/null\n")
    binary = home / "Hollow.vst3" / "Contents" / "x86_64-linux" / "Hollow.so"
    binary.parent.mkdir(parents=True)
    binary.write_bytes(b"\x7fELF" + bytes(200))
    return home


def scanned(folder, tmp_path, **options):
    return scan([folder], cache=tmp_path / "cache.json", troubled=TroubleList(tmp_path / "troubled.json"), **options)


def test_every_bundle_is_met_once_and_circles_end(folder):
    names = sorted(path.name for path in bundles([folder, folder, folder / "deep"]))
    assert names == ["Empty.vst3", "Hollow.vst3", "TestSine.vst3", "TestThrough.vst3", "Text.vst3"]


def test_a_scan_says_what_there_is_and_what_failed_and_why(folder, tmp_path):
    steps: list[tuple[int, int, str]] = []
    result = scanned(folder, tmp_path, progress=lambda *step: steps.append(step))
    assert [(each.id, each.is_instrument, each.channels, each.latency_frames) for each in result.found] == [
        ("vst3:TestSine", True, 2, 0),
        ("vst3:TestThrough", False, 2, 37),
    ]
    assert [each.parameters for each in result.found] == [4, 9]
    why = {Path(each.path).name: each.why for each in result.failed}
    assert set(why) == {"Empty.vst3", "Hollow.vst3", "Text.vst3"}
    assert "holds no plugin for this system" in why["Empty.vst3"] and "holds no plugin" in why["Text.vst3"]
    assert why["Hollow.vst3"]
    assert [step[:2] for step in steps] == [(n, 5) for n in range(6)]


def test_what_has_not_changed_is_not_looked_into_again(folder, tmp_path, monkeypatch):
    first = scanned(folder, tmp_path)
    looked: list[Path] = []

    def look_into(path: Path, _: float) -> Scanned:
        looked.append(path)
        return first

    monkeypatch.setattr("plugin.vst3.scan.look_into", look_into)
    assert scanned(folder, tmp_path).found == first.found
    assert looked == []
    binary = folder / "Hollow.vst3" / "Contents" / "x86_64-linux" / "Hollow.so"
    os.utime(binary, (1, 1))
    scanned(folder, tmp_path)
    assert looked == [folder / "Hollow.vst3"]


def test_a_damaged_cache_is_no_obstacle(folder, tmp_path):
    (tmp_path / "cache.json").write_text('{"version": 1, "files": {"a": 3}}' * 2)
    assert len(scanned(folder, tmp_path).found) == 2


def test_a_plugin_that_takes_too_long_costs_its_limit_and_no_more(folder, tmp_path):
    result = scanned(folder, tmp_path, loads_within_s=0.0)
    assert result.found == ()
    assert sum("did not load within 0 s" in each.why for each in result.failed) == 3


def test_one_on_the_list_of_the_troubled_is_not_looked_into(folder, through, tmp_path):
    troubled = TroubleList(tmp_path / "troubled.json")
    troubled.add(accepted(through), "TestThrough", "it hung, 6 times within 60 s")
    result = scanned(folder, tmp_path)
    assert [each.name for each in result.found] == ["TestSine"]
    assert any("it hung, 6 times" in each.why and "vocello plugins forget" in each.why for each in result.failed)
    assert [each.name for each in troubled.forget("testthrough")] == ["TestThrough"]
    assert len(scanned(folder, tmp_path).found) == 2


def test_a_list_of_the_troubled_that_cannot_be_read_is_empty(tmp_path):
    for text in ("", "{", "[1]", '{"plugins": [{"path": 1}]}', '{"plugins": 3}'):
        (tmp_path / "troubled.json").write_text(text)
        troubled = TroubleList(tmp_path / "troubled.json")
        assert troubled.entries() == []
    troubled.add(tmp_path / "x.vst3", "X", "it crashed")
    assert troubled.find(tmp_path / "x.vst3", "X") is not None


def found(name: str, path: str) -> Found:
    return Found(path, name, "", "", "", False, 2, 0, 0, 0.0)


def test_a_plugin_is_found_by_name_id_or_path(through):
    known = [found("Alpha", "a.vst3"), found("Beta", "b.vst3"), found("Beta", "c.vst3")]
    assert find_plugin("alpha", known) is known[0]
    assert find_plugin("vst3:Alpha", known) is known[0]
    assert find_plugin(str(through), known).name == "TestThrough"
    with pytest.raises(RackError, match=r"more than one 'Beta': b\.vst3, c\.vst3"):
        find_plugin("Beta", known)
    with pytest.raises(RackError, match=r"no plugin 'Alpa'\. Did you mean Alpha\?"):
        find_plugin("Alpa", known)


def hostile_paths(home: Path) -> dict[str, Path]:
    """What a rack file of somebody's might name instead of a plugin."""
    script = home / "script.vst3"
    script.write_text("#!/bin/sh\ntouch executed\n")
    script.chmod(0o755)
    loop = home / "loop.vst3"
    loop.symlink_to(loop)
    pipe = home / "pipe.vst3"
    os.mkfifo(pipe)
    inside = home / "escape.vst3" / "Contents" / "x86_64-linux"
    inside.mkdir(parents=True)
    (inside / "escape.so").symlink_to("/bin/sh")
    huge = home / "huge.vst3"
    with huge.open("wb") as file:
        file.truncate(1 << 40)
    (home / "folder.vst3").mkdir()
    (home / "disguise.vst3").symlink_to("/etc/passwd")
    names = ("script", "loop", "pipe", "escape", "huge", "folder", "disguise", "missing")
    return {name: home / f"{name}.vst3" for name in names} | {"passwd": Path("/etc/passwd"), "nul": Path("a\0b.vst3")}


def test_a_path_that_is_no_plugin_is_refused_before_anything_is_started(tmp_path, monkeypatch):
    def never(*_: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr("plugin.vst3.process.WorkerProcess.__init__", never)
    for name, path in hostile_paths(tmp_path).items():
        with pytest.raises(RackError) as caught:
            Vst3(path, troubled=TroubleList(tmp_path / "troubled.json"))
        assert "Name a .vst3 bundle" in str(caught.value), name
    assert not (tmp_path / "executed").exists()


def test_one_that_cannot_be_loaded_says_so(folder, tmp_path):
    with pytest.raises(RackError, match=r"'Hollow.vst3' cannot be loaded"):
        Vst3(folder / "Hollow.vst3", troubled=TroubleList(tmp_path / "troubled.json"))
