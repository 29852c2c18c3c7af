"""Archives from strangers write nothing outside their folder, and do not fill the disk."""

from __future__ import annotations

import io
import shutil
import stat
import zipfile
from pathlib import Path

import pytest

from ml.training.data import unpack as unpacking
from ml.training.data.unpack import unpack
from score.errors import FileError
from tests.ml.training.data_archives import zipped


def everything(name: str) -> bool:
    return True


def archive_of(folder: Path, data: bytes) -> Path:
    path = folder / "a.zip"
    path.write_bytes(data)
    return path


def why_not(archive: Path, to: Path) -> str:
    with pytest.raises(FileError) as caught:
        unpack(archive, to, everything)
    return str(caught.value)


def test_only_what_is_wanted_is_unpacked(tmp_path: Path):
    archive = archive_of(tmp_path, zipped({"one/a.wav": b"A", "one/b.txt": b"B", "../c.exe": b"C"}))
    found = unpack(archive, tmp_path / "to", lambda name: name.endswith(".wav"))
    assert found == [tmp_path / "to/one/a.wav"] and found[0].read_bytes() == b"A"
    assert [path.name for path in (tmp_path / "to").rglob("*") if path.is_file()] == ["a.wav"]


@pytest.mark.parametrize("name", ["../a", "one/../../a", "/etc/a", "C:/a", "one\\..\\a", "a\nb"])
def test_a_name_that_leads_elsewhere_stops_it_all(tmp_path: Path, name: str):
    archive = archive_of(tmp_path, zipped({"good.wav": b"A", name: b"B"}))
    assert "is not unpacked" in why_not(archive, tmp_path / "to")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.zip"]


def test_a_link_stops_it_all(tmp_path: Path):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as opened:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        opened.writestr(link, "/etc/passwd")
    assert "a link" in why_not(archive_of(tmp_path, data.getvalue()), tmp_path / "to")


def test_a_bomb_is_left_folded(tmp_path: Path):
    archive = archive_of(tmp_path, zipped({"zeros.wav": bytes(50_000_000)}))
    assert "unfold into 50 MB" in why_not(archive, tmp_path / "to")
    assert not (tmp_path / "to").exists()


def test_a_member_that_is_longer_than_it_says_is_cut_off(tmp_path: Path):
    data = bytearray(zipped({"a.wav": b"A" * 1_000}))
    at = data.rindex(b"PK\x01\x02")  # the directory at the end tells the size
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    assert "damaged" in why_not(archive_of(tmp_path, bytes(data)), tmp_path / "to")


def test_too_many_members_are_not_even_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(unpacking, "MOST_MEMBERS", 3)
    archive = archive_of(tmp_path, zipped({str(k): b"" for k in range(4)}))
    assert "holds 4 files" in why_not(archive, tmp_path / "to")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_there_twice_is_strange(tmp_path: Path):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as opened:
        opened.writestr("a", b"one")
        opened.writestr("a", b"two")
    assert "twice" in why_not(archive_of(tmp_path, data.getvalue()), tmp_path / "to")


@pytest.mark.parametrize("damage", [b"", b"PK", b"not an archive at all"])
def test_what_is_no_archive_is_an_error(tmp_path: Path, damage: bytes):
    assert "no ZIP archive" in why_not(archive_of(tmp_path, damage), tmp_path / "to")


def test_a_flipped_bit_is_an_error(tmp_path: Path):
    data = bytearray(zipped({"a.wav": bytes(range(256)) * 20}))
    data[60] ^= 0x10
    assert "damaged" in why_not(archive_of(tmp_path, bytes(data)), tmp_path / "to")


def test_a_disk_without_room_is_said_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    full = type("Usage", (), {"free": 1_000})()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    assert "MB free" in why_not(archive_of(tmp_path, zipped({"a.wav": b"A"})), tmp_path / "to")
    assert not (tmp_path / "to").exists()
