"""`vocello data` as a user meets it: what it says, what it leaves behind, and how it fails."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml.training.data import Dataset, dataset_named
from ml.training.data.catalogue import RemoteFile
from score.errors import VocelloError
from tests.ml.training import data_archives as made
from tests.ml.training.data_server import Server, serving
from vocello.commands import data


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """Two sets: one that the server has, and one that it lost."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("COLUMNS", "200")
    with serving() as running:
        here = running.give("vocadito.zip", made.vocadito(tmp_path / "x"))
        sets = (small("pjs", f"{running.url}/gone.zip"), small("vocadito", here))
        monkeypatch.setattr(data, "CATALOGUE", sets)
        monkeypatch.setattr(data, "dataset_named", lambda name: {each.name: each for each in sets}[name])
        yield running


def small(name: str, url: str) -> Dataset:
    dataset = dataset_named(name)
    file = RemoteFile(dataset.files[0].path, (url,))
    return dataclasses.replace(dataset, files=(file,), needs_bytes=0)


def test_a_fetch_says_whose_it_is_and_what_could_not_be_checked(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    data.fetch(["vocadito"], tmp_path / "data", "", False)
    said = capsys.readouterr().out
    for word in ("CC BY 4.0", "Bittner", "1 recordings", "40 were expected", "Left out: vocadito_2", "No checksum"):
        assert word in said
    sha256 = json.loads((tmp_path / "data/fetched.json").read_text())["files"]["vocadito/vocadito.zip"]["sha256"]
    assert sha256 in said
    data.fetch(["vocadito"], tmp_path / "data", "", False)
    assert "Already there: 1 recordings" in capsys.readouterr().out


def test_one_set_that_fails_does_not_keep_the_others_away(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(VocelloError) as caught:
        data.fetch([], tmp_path / "data", "", True)
    told = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in told["sets"]] == ["vocadito"] and list(told["failed"]) == ["pjs"]
    line = str(caught.value)
    assert "\n" not in line and "404" in line
    assert f"vocello data fetch pjs --to '{tmp_path / 'data'}'" in line and dataset_named("pjs").homepage in line


def test_all_that_failed_is_in_one_line(server: Server, tmp_path: Path):
    server.answers.clear()
    with pytest.raises(VocelloError, match=r"pjs: .*Nor could vocadito.* vocello data fetch pjs vocadito") as caught:
        data.fetch([], tmp_path / "data", "", True)
    assert "\n" not in str(caught.value)


def test_another_address_is_asked_if_it_is_one(server: Server, tmp_path: Path):
    server.give("mirror/vocadito/vocadito.zip", made.vocadito(tmp_path / "x"))
    data.fetch(["vocadito"], tmp_path / "data", f"{server.url}/mirror", True)
    assert [path for path, _ in server.asked] == ["/mirror/vocadito/vocadito.zip"]
    for address in ("ftp://example.org", "example.org", "file:///etc", "https://"):
        with pytest.raises(VocelloError, match="no address"):
            data.fetch(["vocadito"], tmp_path / "data", address, True)


def test_a_file_is_no_folder(server: Server, tmp_path: Path):
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(VocelloError, match="is no folder"):
        data.fetch(["vocadito"], tmp_path / "data", "", True)


def test_the_list_says_what_there_is_and_what_is_here(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    data.fetch(["vocadito"], tmp_path / "data", "", True)
    capsys.readouterr()
    data.listing(tmp_path / "data", True)
    told = {each["name"]: each for each in json.loads(capsys.readouterr().out)["sets"]}
    assert told["vocadito"]["is_there"] and not told["pjs"]["is_there"]
    assert told["vocadito"]["only_judges"] and told["vocadito"]["checked_by"] == "the first fetch"
    data.listing(tmp_path / "data", False)
    said = capsys.readouterr().out
    for word in ("CC BY-SA 4.0", "the first fetch", "vocello data fetch NAME"):
        assert word in said


def test_the_list_of_the_real_sets_says_who_vouches_for_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    data.listing(tmp_path, True)
    told = {each["name"]: each["checked_by"] for each in json.loads(capsys.readouterr().out)["sets"]}
    assert told == {
        "solfege": "the first fetch",
        "pjs": "others who fetched it",
        "vocadito": "Zenodo",
        "philharmonia-cello": "the first fetch",
        "vsco2-cello": "the first fetch",
        "vsco2-violin": "the first fetch",
        "vsco2-contrabass": "the first fetch",
    }
