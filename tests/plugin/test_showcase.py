"""What a face is shown to choose from: all that is here, nothing that runs by being shown."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from plugin.showcase import Showcase, racks_folder
from plugin.vst3.scan import Failed, Found, Scanned
from plugin.workbench import Workbench
from score.errors import RackError, RackFileError

SYNTH = Found("a/Synth.vst3", "Synth", "Maker", "1", "Instrument", True, 2, 0, 5, 0.1)
EFFECT = "from vocello.dsp import kernel\nraise SystemExit\n@kernel(S)\ndef wobble(s, x, y, frames): ...\n"
SOUND = "import vocello.dsp as d\n@d.kernel(S)\ndef sound(s, yl, yr, events, frames): ...\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("plugin.showcase.user_data_path", lambda name: tmp_path / "data")
    monkeypatch.setattr("plugin.showcase.own_folder", lambda: tmp_path / "data" / "dsp")
    (tmp_path / "data" / "dsp").mkdir(parents=True)
    return tmp_path


def entries(shown: dict[str, Any], kind: str) -> dict[str, Any]:
    return {each["name"]: each for each in shown["entries"] if each["kind"] == kind}


def settled(showcase: Showcase, folder: Path | None = None) -> dict[str, Any]:
    showcase.show(folder)
    assert showcase._thread is not None
    showcase._thread.join(20.0)
    return showcase.show(folder)


def test_what_ships_is_shown_as_instruments_and_effects(home: Path) -> None:
    shown = entries(settled(Showcase(Scanned)), "builtin")
    assert shown["cello"]["is_instrument"] and not shown["reverb"].get("is_instrument")
    assert "ping" not in shown


def test_files_are_known_by_their_text_and_never_run(home: Path) -> None:
    dsp = home / "data" / "dsp"
    (dsp / "wobble.py").write_text(EFFECT)
    (dsp / "sound.py").write_text(SOUND)
    (dsp / "notes.py").write_text("x = 1\n")
    (dsp / "broken.py").write_text("def (")
    shown = entries(settled(Showcase(Scanned), home), "python")
    assert shown["wobble"]["id"] == "python:wobble.py" and not shown["wobble"].get("is_instrument")
    assert shown["sound"]["is_instrument"]
    assert "wavefolder" in shown
    assert not {"notes", "broken"} & set(shown)


def test_racks_are_read_and_one_that_is_none_says_why(home: Path) -> None:
    racks_folder().mkdir()
    (racks_folder() / "good.rack").write_text(
        json.dumps({"kind": "vocello rack", "version": 2, "chains": [{"name": "a"}]})
    )
    (home / "bad.rack").write_text("{}")
    shown = entries(settled(Showcase(Scanned), home), "rack")
    assert shown["good"]["plan"]["chains"][0] == {"name": "a"}
    assert "no vocello rack" in shown["bad"]["trouble"]


def test_plugins_come_when_they_have_been_looked_into_and_nobody_waits(home: Path) -> None:
    may_go_on = threading.Event()

    def look() -> Scanned:
        may_go_on.wait(20.0)
        return Scanned((SYNTH,), (Failed("b/Broken.vst3", "it crashed"),))

    showcase = Showcase(look)
    first = showcase.show()
    assert first["scanning"] and entries(first, "plugin") == {}
    may_go_on.set()
    shown = settled(showcase)
    assert not shown["scanning"]
    plugins = entries(shown, "plugin")
    assert (plugins["Synth"]["id"], plugins["Synth"]["maker"]) == ("vst3:Synth", "Maker")
    assert plugins["Broken"]["trouble"] == "it crashed"


def test_a_face_asks_a_rack_for_both(home: Path) -> None:
    bench = Workbench()
    bench.showcase = Showcase(Scanned)
    assert entries(bench.do("shelf", {"folder": str(home)}), "builtin")
    file = home / "one.rack"
    file.write_text(json.dumps({"kind": "vocello rack", "version": 1, "slots": [{"name": "g", "kernel": "gain"}]}))
    plan = bench.do("read", {"path": str(file)})["plan"]
    assert plan["chains"][0]["slots"] == [{"name": "g", "processor": "gain"}]
    with pytest.raises(RackFileError):
        bench.do("read", {"path": str(home / "nowhere.rack")})
    with pytest.raises(RackError, match="told"):
        bench.do("read", {})
