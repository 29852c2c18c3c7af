"""A set is fetched, checked, converted and put in its places with its licence, however often it was interrupted."""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ml.training.data import CATALOGUE, Dataset, Fetched, Lock, dataset_named, fetch_dataset
from ml.training.data import fetch as fetching
from ml.training.data.catalogue import RemoteFile
from score.errors import FileError, UsageError
from tests.ml.training import data_archives as made
from tests.ml.training.data_server import Server, hurried, serving


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    with serving() as running:
        yield running


def small(name: str, server: Server, files: dict[str, bytes], **known: Any) -> Dataset:
    """A set of the catalogue with other files, which the server has."""
    remote = tuple(RemoteFile(path, (server.give(path, data),), **known) for path, data in files.items())
    return dataclasses.replace(dataset_named(name), files=remote, needs_bytes=0)


def vocadito(server: Server, folder: Path, **known: Any) -> Dataset:
    return small("vocadito", server, {"vocadito.zip": made.vocadito(folder / "x")}, **known)


def fetch(dataset: Dataset, to: Path, base_url: str = "") -> Fetched:
    return fetch_dataset(dataset, to, lambda share, text: None, base_url=base_url, patience=hurried())


def why_not(dataset: Dataset, to: Path) -> str:
    with pytest.raises(FileError) as caught:
        fetch(dataset, to)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_set_takes_its_places_with_its_licence(server: Server, tmp_path: Path):
    to = tmp_path / "data"
    fetched = fetch(vocadito(server, tmp_path), to)
    assert (fetched.recordings, fetched.was_there, fetched.pinned) == (1, False, ("vocadito.zip",))
    assert fetched.left_out == ("vocadito_2: its notes are missing",)
    licence = (to / "evaluation/vocadito/LICENCE.txt").read_text(encoding="utf-8")
    for word in ("CC BY 4.0", "Bittner", "zenodo.org", "Changed:", "For judging only"):
        assert word in licence
    assert sorted(path.name for path in to.iterdir()) == [".fetching", "downloads", "evaluation", "fetched.json"]


def test_a_set_that_is_there_is_not_fetched_again(server: Server, tmp_path: Path):
    dataset = vocadito(server, tmp_path)
    first = fetch(dataset, tmp_path / "data")
    again = fetch(dataset, tmp_path / "data")
    assert again == Fetched("vocadito", 1, True, (), first.left_out)
    assert len(server.asked) == 1


def test_a_set_that_lost_a_recording_is_made_again_from_its_download(server: Server, tmp_path: Path):
    dataset = vocadito(server, tmp_path)
    fetch(dataset, tmp_path / "data")
    (tmp_path / "data/evaluation/vocadito/vocadito_1.flac").unlink()
    assert fetch(dataset, tmp_path / "data").recordings == 1
    assert len(server.asked) == 1


def test_newer_rules_make_it_again_and_leave_nothing_of_the_old(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    dataset = vocadito(server, tmp_path)
    fetch(dataset, tmp_path / "data")
    stray = tmp_path / "data/evaluation/vocadito/vocadito_99.csv"
    stray.write_text("of an older version")
    monkeypatch.setattr(fetching, "RECIPE", 2)
    assert not fetch(dataset, tmp_path / "data").was_there
    assert not stray.exists() and len(server.asked) == 1


def test_a_conversion_that_fails_leaves_what_was_there(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fails(raw: Path, work: Path, to: Path, step: Callable[[float], None]) -> tuple[str, ...]:
        (to / "evaluation/vocadito").mkdir(parents=True)
        raise FileError("the pen broke.")

    dataset = vocadito(server, tmp_path)
    fetch(dataset, tmp_path / "data")
    monkeypatch.setattr(fetching, "RECIPE", 2)
    monkeypatch.setitem(fetching.CONVERTERS, "vocadito", fails)
    assert "the pen broke" in why_not(dataset, tmp_path / "data")
    assert (tmp_path / "data/evaluation/vocadito/vocadito_1.flac").exists()
    assert not (tmp_path / "data/.vocadito.unfinished").exists()


def test_the_published_checksum_decides(server: Server, tmp_path: Path):
    data = made.vocadito(tmp_path / "x")
    good = hashlib.md5(data, usedforsecurity=False).hexdigest()
    dataset = small("vocadito", server, {"vocadito.zip": data}, md5=good, checked_by="Zenodo")
    assert fetch(dataset, tmp_path / "data").pinned == ()
    for known in ({"md5": "0" * 32}, {"sha256": "0" * 64}):
        wrong = small("vocadito", server, {"vocadito.zip": data}, checked_by="Zenodo", **known)
        assert "not the file it should be" in why_not(wrong, tmp_path / "other")
        assert not (tmp_path / "other/downloads/vocadito/vocadito.zip").exists()


def test_what_nobody_vouches_for_is_pinned_as_it_first_came(server: Server, tmp_path: Path):
    dataset = vocadito(server, tmp_path)
    fetch(dataset, tmp_path / "data")
    lock = json.loads((tmp_path / "data/fetched.json").read_text())
    pin = lock["files"]["vocadito/vocadito.zip"]
    data = server.answers["/vocadito.zip"].data
    assert (pin["sha256"], pin["bytes"]) == (hashlib.sha256(data).hexdigest(), len(data))
    assert pin["source"] == f"{server.url}/vocadito.zip"
    # The same lock in another place holds another's fetch to the same bytes.
    (tmp_path / "other").mkdir()
    (tmp_path / "other/fetched.json").write_text(json.dumps(lock | {"sets": {}}))
    server.give("vocadito.zip", data + b"changed")
    said = why_not(dataset, tmp_path / "other")
    assert "not the file it should be" in said and "fetched.json" in said


def test_a_beginning_of_something_else_is_dropped_once_and_fetched_whole(server: Server, tmp_path: Path):
    data = made.vocadito(tmp_path / "x")
    sha256 = hashlib.sha256(data).hexdigest()
    dataset = small("vocadito", server, {"vocadito.zip": data}, sha256=sha256, checked_by="Zenodo")
    raw = tmp_path / "data/downloads/vocadito"
    raw.mkdir(parents=True)
    (raw / "vocadito.zip.part").write_bytes(b"PK but of something else")
    about = {"url": dataset.files[0].urls[0], "validator": '"one"', "total": len(data)}
    (raw / "vocadito.zip.part.json").write_text(json.dumps(about))
    assert fetch(dataset, tmp_path / "data").recordings == 1
    assert server.ranges == ["bytes=24-", ""]


def test_a_download_that_was_damaged_on_disk_is_fetched_again(server: Server, tmp_path: Path):
    dataset = vocadito(server, tmp_path)
    fetch(dataset, tmp_path / "data")
    (tmp_path / "data/downloads/vocadito/vocadito.zip").write_bytes(b"damaged")
    (tmp_path / "data/evaluation/vocadito/vocadito_1.flac").unlink()
    assert fetch(dataset, tmp_path / "data").recordings == 1
    assert len(server.asked) == 2


def test_a_file_put_there_by_hand_is_taken_if_it_is_the_right_one(server: Server, tmp_path: Path):
    data = made.vocadito(tmp_path / "x")
    sha256 = hashlib.sha256(data).hexdigest()
    dataset = small("vocadito", server, {"vocadito.zip": data}, sha256=sha256, checked_by="Zenodo")
    raw = tmp_path / "data/downloads/vocadito"
    raw.mkdir(parents=True)
    (raw / "vocadito.zip").write_bytes(data)
    assert fetch(dataset, tmp_path / "data").recordings == 1
    assert server.asked == []


def test_several_files_are_fetched_once_each_and_a_stop_between_them_costs_nothing(server: Server, tmp_path: Path):
    flac = made.wav(tmp_path / "x", 0.2, 24_000, kind=".flac")
    files = {"LICENSE": b"MIT License\n\nCopyright (c) 2019"}
    for name in ("1", "2"):
        files |= {f"train&valid/{name}.flac": flac, f"train&valid/{name}.txt": b"0.1\t0.2\t60\n"}
    dataset = small("solfege", server, files)
    server.answers["/train&valid/2.flac"].refusals = [404]
    assert "404" in why_not(dataset, tmp_path / "data")
    assert fetch(dataset, tmp_path / "data").recordings == 2
    assert [path for path, _ in server.asked].count("/train&valid/1.flac") == 1
    assert "Copyright (c) 2019" in (tmp_path / "data/singing/solfege/LICENCE.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(("instrument", "recordings"), [("cello", 13), ("violin", 15), ("contrabass", 13)])
def test_a_mirror_is_asked_instead_of_the_authors(server: Server, tmp_path: Path, instrument: str, recordings: int):
    dataset = dataclasses.replace(dataset_named(f"vsco2-{instrument}"), needs_bytes=0)
    sound = made.wav(tmp_path / "x", 0.05, 44_100, 2)
    for file in dataset.files:
        server.give(f"mirror/{dataset.name}/{file.path}", sound)
    assert fetch(dataset, tmp_path / "data", f"{server.url}/mirror/").recordings == recordings
    folder = tmp_path / "data" / "strings" / f"vsco2-{instrument}"
    assert len(list(folder.glob("*.flac"))) == recordings
    assert "CC0" in (folder / "LICENCE.txt").read_text(encoding="utf-8")
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_the_philharmonias_cello_comes_out_of_an_archive_of_all_instruments(server: Server, tmp_path: Path):
    dataset = small("philharmonia-cello", server, {"all-samples.zip": made.philharmonia(tmp_path / "x")})
    fetched = fetch(dataset, tmp_path / "data")
    assert fetched.recordings == 2 and fetched.pinned == ("all-samples.zip",)
    names = {path.name for path in (tmp_path / "data/strings/philharmonia-cello").iterdir()}
    assert names == {
        "cello_A2_025_forte_arco-normal.mp3",
        "cello_As2_15_piano_arco-normal.mp3",
        "LICENCE.txt",
    }


def test_the_cellos_own_archive_saved_by_hand_is_taken_without_asking_anybody(server: Server, tmp_path: Path):
    dataset = small("philharmonia-cello", server, {"all-samples.zip": b"PK of no use"})
    raw = tmp_path / "data/downloads/philharmonia-cello"
    raw.mkdir(parents=True)
    cello = made.zipped({"cello/cello_A2_1_forte_arco-normal.mp3": b"ID3 made up"})
    (raw / "all-samples.zip").write_bytes(cello)
    assert fetch(dataset, tmp_path / "data").recordings == 1
    assert server.asked == []


def test_an_archive_without_a_cello_says_where_to_put_one(server: Server, tmp_path: Path):
    dataset = small("philharmonia-cello", server, {"all-samples.zip": made.zipped({"tuba.zip": b"PK"})})
    said = why_not(dataset, tmp_path / "data")
    assert "no recordings of a cello" in said
    assert f"save it as '{tmp_path / 'data/downloads/philharmonia-cello/all-samples.zip'}'" in said


def test_a_place_that_is_a_single_file_has_its_licence_beside_it(server: Server, tmp_path: Path):
    dataset = small("pjs", server, {"PJS_corpus_ver1.1.zip": made.pjs(tmp_path / "x", (1, 2))})
    assert fetch(dataset, tmp_path / "data").recordings == 4
    for place in ("room_noise.LICENCE.txt", "pjs/LICENCE.txt", "pjs-speech/LICENCE.txt"):
        assert "Koguchi" in (tmp_path / "data/singing" / place).read_text(encoding="utf-8")
    assert fetch(dataset, tmp_path / "data").was_there


def test_an_archive_of_another_layout_is_an_error_and_not_an_empty_set(server: Server, tmp_path: Path):
    dataset = small("vocadito", server, {"vocadito.zip": made.zipped({"readme.txt": b"moved"})})
    assert "its layout is another" in why_not(dataset, tmp_path / "data")
    assert Lock(tmp_path / "data").sets == {}


def test_a_disk_without_room_is_said_before_anything_is_asked_for(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    full = type("Usage", (), {"free": 1_000})()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    assert "MB free" in why_not(vocadito(server, tmp_path), tmp_path / "data")
    assert server.asked == []


def test_two_do_not_fetch_into_one_folder(server: Server, tmp_path: Path):
    (tmp_path / "data").mkdir()
    with (tmp_path / "data/.fetching").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert "something else is fetching" in why_not(vocadito(server, tmp_path), tmp_path / "data")


def test_a_folder_that_cannot_be_made_is_an_error(server: Server, tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    assert "--to FOLDER" in why_not(vocadito(server, tmp_path), tmp_path / "file/data")


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"format": 99}', '{"format": 1, "files": {"a": 1}, "sets": {}}'])
def test_a_damaged_lock_is_said_and_not_written_over(server: Server, tmp_path: Path, damage: str):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/fetched.json").write_text(damage)
    assert "is damaged" in why_not(vocadito(server, tmp_path), tmp_path / "data")
    assert (tmp_path / "data/fetched.json").read_text() == damage


def test_progress_only_grows_and_ends_at_the_whole(server: Server, tmp_path: Path):
    shares: list[float] = []
    dataset = vocadito(server, tmp_path)
    fetch_dataset(dataset, tmp_path / "data", lambda share, text: shares.append(share), patience=hurried())
    assert shares == sorted(shares) and 0.8 in shares and 0.8 < shares[-1] <= 1.0


def test_every_set_of_the_catalogue_can_be_fetched_converted_and_credited():
    assert {dataset.name for dataset in CATALOGUE} == set(fetching.CONVERTERS)
    for dataset in CATALOGUE:
        assert dataset.credit and dataset.licence and dataset.homepage.startswith("https://")
        assert dataset.files and dataset.places and dataset.recordings > 0
        paths = [file.path for file in dataset.files]
        assert len(set(paths)) == len(paths)
        for file in dataset.files:
            assert all(urlsplit(url).scheme == "https" for url in file.urls)
            assert bool(file.sha256 or file.md5) == bool(file.checked_by)
            assert ".." not in file.path and not file.path.startswith("/")


def test_nothing_that_judges_lies_where_training_reads():
    for dataset in CATALOGUE:
        apart = [place.startswith("evaluation/") for place in dataset.places]
        assert all(apart) == dataset.only_judges


def test_an_unknown_name_is_answered_with_those_there_are():
    assert dataset_named(" PJS ").name == "pjs"
    with pytest.raises(UsageError, match=r"solfege.*vsco2-violin"):
        dataset_named("nightingale")
