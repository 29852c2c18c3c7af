"""Lines of JSON over a socket between a plugin's process and its owner, some of them with a descriptor.

What flows in and out: dictionaries. The owner never waits for the other side: what does not fit waits here. [any]
"""

from __future__ import annotations

import json
import socket
from collections import deque
from typing import Any

LONGEST = 128 << 20
"""Whoever sends more without an end of line is not one to listen to."""


class Lines:
    """One end of the line. [any]"""

    def __init__(self, line: socket.socket) -> None:
        self._socket = line
        self._unread = bytearray()
        self._descriptors: deque[int] = deque()
        self._unsent: deque[tuple[bytes, list[int]]] = deque()

    def fileno(self) -> int:
        """For `select`. [any]"""
        return self._socket.fileno()

    def send(self, message: dict[str, Any], descriptor: int | None = None) -> None:
        """Queue a message and send as much as goes; a broken line is noticed where it is read. [any]"""
        # The descriptor goes with the first byte of its message, and messages that bring one say so.
        if descriptor is not None:
            message = {**message, "brings": 1}
        self._unsent.append((json.dumps(message).encode() + b"\n", [] if descriptor is None else [descriptor]))
        self.flush()

    def flush(self) -> bool:
        """Send what waits; whether all is gone. [any]"""
        try:
            while self._unsent:
                data, descriptors = self._unsent[0]
                sent = socket.send_fds(self._socket, [data], descriptors)
                self._unsent.popleft()
                if sent < len(data):
                    self._unsent.appendleft((data[sent:], []))
        except BlockingIOError:
            return False
        except OSError:
            self._unsent.clear()
        return True

    def read(self) -> bool:
        """Take in what has come; False when the other end has closed. [any]"""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._socket, 1 << 16, 4)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._descriptors.extend(descriptors)
        self._unread += data
        return bool(data) and len(self._unread) <= LONGEST

    def received(self) -> list[tuple[dict[str, Any], int | None]]:
        """The whole messages that have come, each with its descriptor. [any]"""
        *lines, rest = self._unread.split(b"\n")
        self._unread = bytearray(rest)
        found = []
        for line in lines:
            message = json.loads(line)
            brings = isinstance(message, dict) and message.pop("brings", 0)
            found.append((message, self._descriptors.popleft() if brings and self._descriptors else None))
        return found

    def close(self) -> None:
        """Hang up. [any]"""
        self._socket.close()
