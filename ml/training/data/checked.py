"""A file of a set, whole and the right one: fetched if it is not here, compared with every checksum that is known.

What flows in: a file of the catalogue and the lock. What flows out: the file in its place among the downloads, and
its pin. What does not match never gets there: it is fetched once more from the beginning if a part of it was old, and
is an error after that. [main]
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from ml.training.data.catalogue import RemoteFile
from ml.training.data.download import Patience, Told, disk_fault, download
from ml.training.data.lock import Lock, digests
from score.errors import FileError


def fetch_checked(
    file: RemoteFile, set_name: str, raw: Path, lock: Lock, told: Told, base_url: str, patience: Patience
) -> None:
    """Have a file in its place, the right one as far as anybody can tell. [main]"""
    path, key = raw / file.path, f"{set_name}/{file.path}"
    is_known = bool(file.sha256 or file.md5 or key in lock.files)
    if path.is_file():
        sha256, md5 = digests(path)
        if not fault_of(file, key, sha256, md5, lock):
            if key not in lock.files:
                # Stopped between taking its place and being pinned, or put there by hand.
                lock.pin(key, sha256, path.stat().st_size, "found in its place")
            return
    urls = (f"{base_url.rstrip('/')}/{set_name}/{quote(file.path)}",) if base_url else file.urls
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        url = _fetch(file, key, urls, path, lock, told, patience, is_known)
    except FileNotFoundError as error:
        raise FileError(f"'{path}' went away while it was fetched.", "Is another program busy there?") from error
    except OSError as error:
        raise disk_fault(path, error) from error
    sha256, _ = digests(path)
    lock.pin(key, sha256, path.stat().st_size, url)


def fault_of(file: RemoteFile, key: str, sha256: str, md5: str, lock: Lock) -> str:
    """What a file was expected to be, if it is something else. [any]"""
    if file.sha256 and sha256 != file.sha256:
        return f"its sha256 is {sha256[:16]}… and should be {file.sha256[:16]}… ({file.checked_by})"
    if file.md5 and md5 != file.md5:
        return f"its md5 is {md5} and should be {file.md5} ({file.checked_by})"
    pin = lock.files.get(key)
    if pin and sha256 != pin.sha256:
        return f"its sha256 is {sha256[:16]}… and was {pin.sha256[:16]}… on {pin.on}"
    return ""


def _fetch(
    file: RemoteFile,
    key: str,
    urls: tuple[str, ...],
    path: Path,
    lock: Lock,
    told: Told,
    patience: Patience,
    is_known: bool,
) -> str:
    """Fetch a file into its place; the address it came from."""
    fault = ""
    for _ in range(2):
        arrived = download(urls, path, told, patience, file.size_bytes, is_known)
        fault = fault_of(file, key, *digests(arrived.part), lock)
        if not fault:
            os.replace(arrived.part, path)
            path.with_name(path.name + ".part.json").unlink(missing_ok=True)
            return arrived.url
        arrived.part.unlink(missing_ok=True)
        if not arrived.is_continued:
            break
    raise FileError(
        f"'{path.name}' is not the file it should be: {fault}.",
        "It was not kept. If its authors have changed it, what was trained before cannot be repeated; to take the new "
        f"one as it is, remove its entry from '{lock.path}'."
        if key in lock.files and not (file.sha256 or file.md5)
        else "It was not kept. Fetch it later, or from elsewhere: --from URL",
    )
