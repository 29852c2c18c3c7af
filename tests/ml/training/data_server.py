"""A web server on this machine that behaves as badly as one is told to."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from ml.training.data.download import Patience


@dataclass
class Answer:
    """What lies under an address, and how it is given out."""

    data: bytes = b""
    has_ranges: bool = True
    has_length: bool = True
    validator: str = '"one"'
    kind: str = "application/octet-stream"
    leads_to: str = ""
    refusals: list[int] = field(default_factory=list)  # a status each, before the file is given
    cuts: list[int] = field(default_factory=list)  # bytes each, after which the line is cut
    stalls: list[int] = field(default_factory=list)  # bytes each, after which nothing more comes


@dataclass
class Server:
    """Its address, what lies there, and what was asked of it."""

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)  # path, Range
    closing: threading.Event = field(default_factory=threading.Event)

    def give(self, path: str, data: bytes = b"", **how: Any) -> str:
        """Put something under an address."""
        self.answers["/" + path] = Answer(data, **how)
        return f"{self.url}/{path}"

    @property
    def ranges(self) -> list[str]:
        return [asked for _, asked in self.asked]


class _Handler(BaseHTTPRequestHandler):
    server: Any

    def do_GET(self) -> None:
        behind: Server = self.server.behind
        path = unquote(urlsplit(self.path).path)
        asked = self.headers.get("Range", "")
        behind.asked.append((path, asked))
        answer = behind.answers.get(path)
        if answer is None:
            self.send_error(404)
        elif answer.refusals:
            self.send_response(answer.refusals.pop(0))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif answer.leads_to:
            self.send_response(302)
            self.send_header("Location", answer.leads_to)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._give(behind, answer, asked)

    def _give(self, behind: Server, answer: Answer, asked: str) -> None:
        first = 0
        match = re.fullmatch(r"bytes=(\d+)-", asked)
        if match and answer.has_ranges:
            first = int(match[1])
            if first >= len(answer.data):
                self.send_response(416)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{len(answer.data) - 1}/{len(answer.data)}")
        else:
            self.send_response(200)
        self.send_header("Content-Type", answer.kind)
        if answer.validator:
            self.send_header("ETag", answer.validator)
        if answer.has_length:
            self.send_header("Content-Length", str(len(answer.data) - first))
        self.send_header("Connection", "close")
        self.end_headers()
        if answer.stalls:
            self.wfile.write(answer.data[first : first + answer.stalls.pop(0)])
            self.wfile.flush()
            behind.closing.wait(60.0)
        elif answer.cuts:
            self.wfile.write(answer.data[first : first + answer.cuts.pop(0)])
        else:
            self.wfile.write(answer.data[first:])
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is what is being tested."""


@contextmanager
def serving() -> Iterator[Server]:
    """A server for the time of a test."""
    web = _Quiet(("127.0.0.1", 0), _Handler)
    server = Server(f"http://127.0.0.1:{web.server_address[1]}")
    web.behind = server  # type: ignore[attr-defined]
    thread = threading.Thread(target=web.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        web.shutdown()
        web.server_close()
        thread.join(10.0)


def hurried(waits: list[float] | None = None, tries: int = 3, silence_s: float = 20.0) -> Patience:
    """A patience that notes how long it would wait, and does not."""
    noted = waits if waits is not None else []
    return Patience(silence_s=silence_s, tries=tries, wait=noted.append)
