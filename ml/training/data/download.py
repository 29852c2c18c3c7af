"""One file over HTTP: continued where it stopped, tried again where that helps, never shorter than it should be.

What flows in: addresses, the best one first. What flows out: the bytes, in a file `name.part` beside where they
belong, and `name.part.json`, which says what they are the beginning of. Both outlive a crash, so that a later run
goes on from there. Whether the bytes are the right ones is for the caller to say: a server's word is taken for their
number alone. [main]
"""

from __future__ import annotations

import errno
import http.client
import json
import os
import shutil
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn
from urllib.parse import urlsplit

from score.errors import FileError

PIECE_BYTES = 1 << 18
SPARE_BYTES = 64 << 20  # left free on the disk, so that other programs do not fail because of this one
HELPED_BYTES = 1 << 20  # a try that brought as much was worth it, and the count of tries starts again

# How files of these kinds begin: a page that says "sign in" or "too many downloads" does not.
MAGIC = {".zip": b"PK", ".flac": b"fLaC", ".wav": b"RIFF"}
_LATER = {408, 425, 429, 500, 502, 503, 504}

Told = Callable[[int, "int | None"], None]  # bytes that are here, bytes in all if known


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server, and how often to ask it again. [any]"""

    silence_s: float = 30.0
    tries: int = 6
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    wait: Callable[[float], None] = time.sleep

    def before(self, attempt: int, asked_s: float = 0.0) -> float:
        """Seconds until a further try: twice as long each time, or what the server asks for. [any]"""
        return min(self.longest_wait_s, max(asked_s, self.first_wait_s * 2.0 ** (attempt - 1)))


@dataclass(frozen=True)
class Arrived:
    """All bytes of a file, not yet checked. [any]"""

    part: Path
    url: str
    is_continued: bool  # some of them came in an earlier run


class _Passing(Exception):
    """Later it may work."""

    def __init__(self, why: str, wait_s: float = 0.0) -> None:
        super().__init__(why)
        self.wait_s = wait_s


class _Final(Exception):
    """At this address it will not work."""


class _NoWayBack(urllib.request.HTTPRedirectHandler):
    """Redirects are followed, but never from an encrypted address to an open one."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if urlsplit(req.full_url).scheme == "https" and urlsplit(newurl).scheme != "https":
            raise _Final(f"it leads to an address without encryption, {newurl}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def download(
    urls: tuple[str, ...], to: Path, told: Told, patience: Patience, size_bytes: int | None, can_be_checked: bool
) -> Arrived:
    """Fetch a file from the first address that gives it; `can_be_checked` if a checksum is known. [main]"""
    whys = []
    for url in urls:
        attempt = 0
        while True:
            part = _Part(to, url, can_be_checked)
            began = part.bytes_here
            try:
                continued = _fetch(part, told, patience, size_bytes)
                return Arrived(part.path, url, continued)
            except _Final as fault:
                whys.append(f"{_host(url)}: {fault}")
                break
            except _Passing as fault:
                attempt = 1 if part.bytes_here - began >= HELPED_BYTES else attempt + 1
                if attempt >= patience.tries:
                    whys.append(f"{_host(url)}: {fault}, {attempt} times in a row")
                    break
                patience.wait(patience.before(attempt, fault.wait_s))
    raise FileError(f"'{to.name}' could not be fetched ({'; '.join(whys)}).")


class _Part:
    """The beginning of a file, and what it is the beginning of."""

    def __init__(self, to: Path, url: str, can_be_checked: bool) -> None:
        self.path = to.with_name(to.name + ".part")
        self.about = to.with_name(to.name + ".part.json")
        self.name = to.name
        self.kind = to.suffix.lower()
        self.url = url
        self.validator, self.total = "", 0
        self.bytes_here = 0
        try:
            known = json.loads(self.about.read_text(encoding="utf-8"))
            same = known["url"] == url and (can_be_checked or known["validator"])
            validator, total = str(known["validator"]), int(known["total"])
            here = self.path.stat().st_size
        except (OSError, ValueError, KeyError, TypeError):
            return
        if same and 0 < here <= total:
            self.validator, self.total, self.bytes_here = validator, total, here

    def begin(self, validator: str, total: int) -> IO[bytes]:
        """Start anew: what was here belonged to something else."""
        self.validator, self.total, self.bytes_here = validator, total, 0
        try:
            self.path.write_bytes(b"")
            known = {"url": self.url, "validator": validator, "total": total}
            self.about.write_text(json.dumps(known), encoding="utf-8")
        except OSError as error:
            raise disk_fault(self.path, error) from error
        return self.go_on()

    def go_on(self) -> IO[bytes]:
        """Write behind what is here."""
        try:
            file = self.path.open("r+b", buffering=0)
            file.seek(self.bytes_here)
            return file
        except OSError as error:
            raise disk_fault(self.path, error) from error

    def add(self, file: IO[bytes], piece: bytes) -> None:
        """Put a piece on the disk; once all are there, wait until they really are."""
        try:
            file.write(piece)
            self.bytes_here += len(piece)
            if self.bytes_here == self.total:
                os.fsync(file.fileno())
        except OSError as error:
            raise disk_fault(self.path, error) from error

    def forget(self) -> None:
        """What is here is of no use."""
        self.path.unlink(missing_ok=True)
        self.about.unlink(missing_ok=True)


def _fetch(part: _Part, told: Told, patience: Patience, size_bytes: int | None) -> bool:
    """Ask once, and take what comes; True if it was added to what an earlier try had brought."""
    if part.total and part.bytes_here == part.total:
        return True
    headers = {"User-Agent": "vocello", "Accept-Encoding": "identity"}
    if part.bytes_here:
        headers["Range"] = f"bytes={part.bytes_here}-"
    # Built for each request: proxies are taken from the environment as it is now.
    opener = urllib.request.build_opener(_NoWayBack)
    request = urllib.request.Request(part.url, headers=headers)
    try:
        with opener.open(request, timeout=patience.silence_s) as answer:
            return _take(part, answer, told, size_bytes)
    except urllib.error.HTTPError as error:
        with error:
            _refused(part, error)
    except ssl.SSLError as error:
        raise _Passing(f"the encrypted line broke ({error.reason})") from error
    except urllib.error.URLError as error:
        _unreachable(part, error.reason)
    except http.client.InvalidURL as error:
        raise _Final("that is no address") from error
    except TimeoutError as error:
        raise _Passing(f"nothing came for {patience.silence_s:g} s") from error
    except (ConnectionError, http.client.HTTPException, OSError) as error:
        raise _Passing(f"the line broke ({type(error).__name__})") from error


def _take(part: _Part, answer: Any, told: Told, size_bytes: int | None) -> bool:
    """Write what a server sends."""
    if "html" in answer.headers.get("Content-Type", "").lower():
        raise _Final("it answers with a web page, not with the file (a sign-in, a limit on downloads, or it has moved)")
    validator = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
    continued = answer.status == http.client.PARTIAL_CONTENT
    if continued:
        first, total = _range_of(answer.headers.get("Content-Range", ""))
        if (first, total, validator) != (part.bytes_here, part.total, part.validator):
            # Another file now lies there: its end does not belong to our beginning.
            part.forget()
            raise _Passing("the file there has changed meanwhile")
    else:
        length = answer.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) == 0:
            raise _Final("it does not say how long the file is, so nobody could tell whether it is whole")
        total = int(length)
    if size_bytes is not None and total != size_bytes:
        raise _Final(f"it has {total} bytes there, and should have {size_bytes}")
    _room_for(part.path, total - (part.bytes_here if continued else 0))
    with part.go_on() if continued else part.begin(validator, total) as file:
        while part.bytes_here < total:
            piece = answer.read1(min(PIECE_BYTES, total - part.bytes_here))
            if not piece:
                raise _Passing(f"it ended after {part.bytes_here} of {total} bytes")
            if part.bytes_here == 0 and not piece.startswith(MAGIC.get(part.kind, b"")[: len(piece)]):
                part.forget()
                raise _Final(f"what it sends is no {part.kind[1:].upper()} file")
            part.add(file, piece)
            told(part.bytes_here, total)
    return continued


def _refused(part: _Part, error: urllib.error.HTTPError) -> NoReturn:
    if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and part.bytes_here:
        part.forget()
        raise _Passing("the file there has become shorter") from error
    what = f"{error.code} {error.reason}".strip()
    if error.code in _LATER:
        asked = error.headers.get("Retry-After", "")
        raise _Passing(f"it answers {what}", float(asked) if asked.isdecimal() else 0.0) from error
    raise _Final(f"it answers {what}") from error


def _unreachable(part: _Part, reason: object) -> NoReturn:
    if isinstance(reason, ssl.SSLCertVerificationError):
        raise _Final(f"its certificate is not trusted ({reason.verify_message})")
    if isinstance(reason, TimeoutError):
        raise _Passing("no answer")
    # A name that is not found, or a line that is not there, will not come back within seconds; once bytes have
    # flowed it may.
    lost = isinstance(reason, socket.gaierror) or getattr(reason, "errno", None) in (
        errno.ENETUNREACH,
        errno.EHOSTUNREACH,
        errno.ECONNREFUSED,
    )
    why = str(getattr(reason, "strerror", None) or reason)
    if lost and not part.bytes_here:
        raise _Final(f"not to be reached, {why}; is there a network?")
    raise _Passing(f"not to be reached, {why}")


def _range_of(text: str) -> tuple[int, int]:
    """`bytes 100-999/1000` → 100, 1000; (-1, -1) if it says nothing of use."""
    try:
        unit, _, rest = text.partition(" ")
        span, _, total = rest.partition("/")
        return (int(span.partition("-")[0]), int(total)) if unit == "bytes" else (-1, -1)
    except ValueError:
        return -1, -1


def _room_for(path: Path, bytes_more: int) -> None:
    free = shutil.disk_usage(path.parent).free
    if free < bytes_more + SPARE_BYTES:
        raise FileError(
            f"'{path.parent}' has {free / 1e6:.0f} MB free; '{path.name.removesuffix('.part')}' needs "
            f"{(bytes_more + SPARE_BYTES) / 1e6:.0f} MB.",
            "Make room, or name a folder on another disk: --to FOLDER",
        )


def disk_fault(path: Path, error: OSError) -> FileError:
    """What a disk said, as an error a user can act on. [any]"""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FileError(
            f"the disk is full: '{path}' could not be written to its end.", "Make room, and type it again."
        )
    return FileError(f"'{path}' cannot be written: {error.strerror}.", "Name a folder you may write to: --to FOLDER")


def _host(url: str) -> str:
    return urlsplit(url).netloc or url
