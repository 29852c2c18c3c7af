"""A download goes on where it stopped, tries again where that helps, and never passes off one file for another."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml.training.data import download as downloading
from ml.training.data.download import Arrived, Patience, download
from score.errors import FileError
from tests.ml.training.data_server import Server, hurried, serving

BODY = b"PK" + bytes(range(256)) * 4_000  # about a megabyte, begins like an archive


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    with serving() as running:
        yield running


def fetch(url: str, to: Path, *, patience: Patience | None = None, can_be_checked: bool = False) -> Arrived:
    return download((url,), to, lambda here, total: None, patience or hurried(), None, can_be_checked)


def why_not(url: str, to: Path, patience: Patience | None = None) -> str:
    with pytest.raises(FileError) as caught:
        fetch(url, to, patience=patience)
    return str(caught.value)


def test_a_whole_file_arrives_and_says_how_far_it_is(server: Server, tmp_path: Path):
    told: list[tuple[int, int | None]] = []
    arrived = download(
        (server.give("a.zip", BODY),), tmp_path / "a.zip", lambda *far: told.append(far), hurried(), len(BODY), False
    )
    assert arrived.part.read_bytes() == BODY and not arrived.is_continued
    assert told[-1] == (len(BODY), len(BODY)) and told == sorted(told)


def test_a_line_that_is_cut_is_taken_up_where_it_broke(server: Server, tmp_path: Path):
    url = server.give("a.zip", BODY, cuts=[300_000, 200_000])
    arrived = fetch(url, tmp_path / "a.zip")
    assert arrived.part.read_bytes() == BODY
    assert server.ranges == ["", "bytes=300000-", "bytes=500000-"]


def test_a_server_without_ranges_is_asked_for_all_of_it_again(server: Server, tmp_path: Path):
    url = server.give("a.zip", BODY, cuts=[300_000], has_ranges=False)
    assert fetch(url, tmp_path / "a.zip").part.read_bytes() == BODY
    assert server.ranges == ["", "bytes=300000-"]


def test_a_file_that_changed_meanwhile_is_not_joined_to_its_old_beginning(server: Server, tmp_path: Path):
    url = server.give("a.zip", BODY, cuts=[300_000])
    why_not(url, tmp_path / "a.zip", patience=hurried(tries=1))
    changed = b"PK" + b"other" * (len(BODY) // 5)
    server.give("a.zip", changed, validator='"two"')
    assert fetch(url, tmp_path / "a.zip").part.read_bytes() == changed


def test_a_file_that_became_shorter_is_fetched_from_its_beginning(server: Server, tmp_path: Path):
    url = server.give("a.zip", BODY, cuts=[300_000])
    why_not(url, tmp_path / "a.zip", patience=hurried(tries=1))
    server.give("a.zip", BODY[:1_000])
    assert fetch(url, tmp_path / "a.zip").part.read_bytes() == BODY[:1_000]


@pytest.mark.parametrize(("can_be_checked", "ranges"), [(False, ["", ""]), (True, ["", "bytes=300000-"])])
def test_without_a_mark_of_its_version_only_a_file_with_a_checksum_is_continued(
    server: Server, tmp_path: Path, can_be_checked: bool, ranges: list[str]
):
    url = server.give("a.zip", BODY, cuts=[300_000], validator="")
    assert fetch(url, tmp_path / "a.zip", can_be_checked=can_be_checked).part.read_bytes() == BODY
    assert server.ranges == ranges


def test_a_killed_download_goes_on_where_it_was(server: Server, tmp_path: Path):
    url = server.give("a.zip", BODY, stalls=[400_000])
    code = (
        "import sys; from pathlib import Path; from ml.training.data.download import Patience, download;"
        "download((sys.argv[1],), Path(sys.argv[2]), lambda *far: None, Patience(), None, False)"
    )
    child = subprocess.Popen([sys.executable, "-c", code, url, str(tmp_path / "a.zip")])
    part = tmp_path / "a.zip.part"
    try:
        for _ in range(6_000):
            if part.exists() and part.stat().st_size == 400_000:
                break
            time.sleep(0.01)
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    assert part.stat().st_size == 400_000
    arrived = fetch(url, tmp_path / "a.zip")
    assert arrived.part.read_bytes() == BODY and arrived.is_continued
    assert server.ranges == ["", "bytes=400000-"]


def test_a_server_that_falls_silent_is_asked_again(server: Server, tmp_path: Path):
    url = server.give("a.zip", BODY, stalls=[100_000])
    assert fetch(url, tmp_path / "a.zip", patience=hurried(silence_s=0.3)).part.read_bytes() == BODY
    assert server.ranges == ["", "bytes=100000-"]


def test_it_waits_longer_each_time_and_gives_up(server: Server, tmp_path: Path):
    waits: list[float] = []
    url = server.give("a.zip", BODY, refusals=[503] * 9)
    assert "503" in why_not(url, tmp_path / "a.zip", patience=hurried(waits, tries=4))
    assert waits == [1.0, 2.0, 4.0]
    assert len(server.asked) == 4


def test_a_server_that_never_gets_further_is_given_up(server: Server, tmp_path: Path):
    url = server.give("a.zip", BODY, cuts=[10] * 50)
    assert "ended after" in why_not(url, tmp_path / "a.zip", patience=hurried(tries=5))
    assert len(server.asked) == 5


def test_a_slow_line_that_keeps_bringing_something_is_not_given_up(server: Server, tmp_path: Path):
    body = b"PK" + bytes(12 << 20)
    url = server.give("a.zip", body, cuts=[2 << 20] * 5)
    assert fetch(url, tmp_path / "a.zip", patience=hurried(tries=2)).part.stat().st_size == len(body)


def test_what_is_not_there_is_not_asked_for_again(server: Server, tmp_path: Path):
    assert "404" in why_not(f"{server.url}/a.zip", tmp_path / "a.zip")
    assert len(server.asked) == 1


def test_the_next_address_is_tried_if_the_first_has_nothing(server: Server, tmp_path: Path):
    good = server.give("b.zip", BODY)
    arrived = download((f"{server.url}/gone", good), tmp_path / "a.zip", lambda *far: None, hurried(), None, False)
    assert arrived.url == good and arrived.part.read_bytes() == BODY


def test_it_goes_where_it_is_sent(server: Server, tmp_path: Path):
    url = server.give("old.zip", leads_to=server.give("new.zip", BODY))
    assert fetch(url, tmp_path / "a.zip").part.read_bytes() == BODY


def test_it_does_not_run_in_circles(server: Server, tmp_path: Path):
    url = server.give("a.zip", leads_to=f"{server.url}/a.zip")
    assert "302" in why_not(url, tmp_path / "a.zip")


def test_it_is_not_led_away_from_an_encrypted_address():
    handler = downloading._NoWayBack()
    request = urllib.request.Request("https://example.org/a.zip")
    with pytest.raises(downloading._Final, match="without encryption"):
        handler.redirect_request(request, None, 302, "Found", {}, "http://example.org/a.zip")


def test_a_web_page_is_not_taken_for_an_archive(server: Server, tmp_path: Path):
    page = server.give("a.zip", b"<html>Sign in</html>", kind="text/html; charset=utf-8")
    assert "a web page" in why_not(page, tmp_path / "a.zip")
    hidden = server.give("b.zip", b"<!DOCTYPE html><title>Too many downloads</title>")
    assert "no ZIP file" in why_not(hidden, tmp_path / "b.zip")
    assert not (tmp_path / "b.zip.part").exists()


def test_a_file_of_unknown_length_is_not_believed_to_be_whole(server: Server, tmp_path: Path):
    assert "how long" in why_not(server.give("a.zip", BODY, has_length=False), tmp_path / "a.zip")


def test_a_file_of_another_size_is_not_fetched_at_all(server: Server, tmp_path: Path):
    url = server.give("a.zip", BODY)
    with pytest.raises(FileError, match="should have 5"):
        download((url,), tmp_path / "a.zip", lambda *far: None, hurried(), 5, False)
    assert not (tmp_path / "a.zip.part").exists()


def test_no_network_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("no_proxy", "*")
    with serving() as gone:
        pass
    waits: list[float] = []
    said = why_not(f"{gone.url}/a.zip", tmp_path / "a.zip", patience=hurried(waits))
    assert "is there a network?" in said and "\n" not in said and waits == []


def test_a_name_nobody_knows_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def unknown(*where: object, **how: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "Name or service not known" in why_not("https://example.org/a.zip", tmp_path / "a.zip")


def test_a_disk_without_room_is_said_before_anything_is_written(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    full = type("Usage", (), {"free": 1_000})()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    assert "MB free" in why_not(server.give("a.zip", BODY), tmp_path / "a.zip")
    assert not (tmp_path / "a.zip.part").exists()


def test_a_disk_that_fills_up_is_an_error_and_not_a_broken_line(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "the disk is full" in why_not(server.give("a.zip", BODY), tmp_path / "a.zip")
    assert len(server.asked) == 1


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"url": 1}', "\x00"])
def test_a_note_about_a_part_that_cannot_be_read_only_costs_a_fresh_start(server: Server, tmp_path: Path, damage: str):
    (tmp_path / "a.zip.part").write_bytes(b"something else")
    (tmp_path / "a.zip.part.json").write_text(damage)
    assert fetch(server.give("a.zip", BODY), tmp_path / "a.zip").part.read_bytes() == BODY
    assert server.ranges == [""]


def test_nothing_is_asked_for_when_all_of_it_is_here(server: Server, tmp_path: Path):
    url = server.give("a.zip", BODY)
    fetch(url, tmp_path / "a.zip")
    again = fetch(url, tmp_path / "a.zip")
    assert hashlib.sha256(again.part.read_bytes()).digest() == hashlib.sha256(BODY).digest()
    assert len(server.asked) == 1
