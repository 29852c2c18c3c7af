"""Nobody's program runs by being opened: only the user's own, those that ship, and those that were agreed to."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin.python import trust as trusting
from plugin.python.trust import EXAMPLES, UntrustedError, adopt, is_trusted, own_folder, require_trust, trust


def test_what_the_user_put_into_the_own_folder_and_what_ships_is_trusted() -> None:
    assert is_trusted(own_folder() / "mine.py", b"1")
    assert is_trusted(EXAMPLES / "freeze.py", b"2")


def test_what_lies_elsewhere_is_asked_about(tmp_path: Path) -> None:
    with pytest.raises(UntrustedError, match=r"vocello dsp check --trust"):
        require_trust(tmp_path / "theirs.py", b"1")


def test_a_way_out_of_the_own_folder_leads_out_of_trust(tmp_path: Path) -> None:
    assert not is_trusted(own_folder() / ".." / ".." / "theirs.py", b"1")
    own_folder().mkdir(parents=True)
    (tmp_path / "theirs.py").write_bytes(b"1")
    (own_folder() / "link.py").symlink_to(tmp_path / "theirs.py")
    assert not is_trusted(own_folder() / "link.py", b"1")


def test_what_was_agreed_to_is_trusted_wherever_it_lies_until_a_byte_of_it_changes(tmp_path: Path) -> None:
    trust(tmp_path / "theirs.py", b"1")
    assert is_trusted(tmp_path / "theirs.py", b"1")
    assert is_trusted(tmp_path / "moved.py", b"1")
    assert not is_trusted(tmp_path / "theirs.py", b"2")


def test_what_the_user_writes_may_change(tmp_path: Path) -> None:
    adopt(tmp_path / "mine.py")
    assert is_trusted(tmp_path / "mine.py", b"1")
    assert is_trusted(tmp_path / "mine.py", b"2")
    assert not is_trusted(tmp_path / "other.py", b"1")


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"version": 9}', b'{"version": 1, "agreed": [], "written": 1}'])
def test_a_list_that_cannot_be_read_trusts_nobody_and_is_written_anew(damage: bytes, tmp_path: Path) -> None:
    trust(tmp_path / "a.py", b"1")
    trusting._file().write_bytes(damage)
    assert not is_trusted(tmp_path / "a.py", b"1")
    trust(tmp_path / "b.py", b"2")
    assert is_trusted(tmp_path / "b.py", b"2")
