"""Where a training stands, kept so that a power cut costs at most the steps since the last one.

What flows in: the whole state of a run, as tensors and plain values. What flows out: the newest state that is whole and
belongs to this very run. A file is written beside its place, forced to the disk and then renamed: it is there whole or
not at all. Each bears its own digest, so that one damaged later is known as such, and the one before it is taken. No
file can make the reader run code. [main]
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from score.errors import FileError, UsageError

State = dict[str, Any]

_MAGIC = b"vocello training 1\n"
_DIGEST_BYTES = 32
_UNFINISHED = ".unfinished"


class Checkpoints:
    """The last few states of one run, newest last. [main]"""

    def __init__(self, folder: Path, identity: str, keep: int = 3) -> None:
        self.folder, self.identity, self.keep = folder / "checkpoints", identity, keep

    def save(self, step: int, state: State) -> Path:
        """Keep a state, and let go of the oldest. [main]"""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{step:09d}.pt"
        content = io.BytesIO()
        torch.save({"identity": self.identity, "state": state}, content)
        body = content.getvalue()
        write_whole(path, _MAGIC + hashlib.sha256(body).digest() + body)
        for old in self._paths()[: -self.keep]:
            old.unlink()
        return path

    def newest(self) -> tuple[State | None, list[str]]:
        """The newest state that is whole, if there is any, and a word on each that is not.

        A state of another run is an error, and so is it if none is whole: nobody wants to lose a week by a wrong
        folder. [main]
        """
        for leftover in self.folder.glob(f"*{_UNFINISHED}"):
            leftover.unlink()
        paths, words = self._paths(), list[str]()
        for path in reversed(paths):
            kept = _read(path)
            if kept is not None:
                self._must_be_ours(kept["identity"])
                state: State = kept["state"]
                return state, words
            path.rename(path.with_suffix(".damaged"))
            words.append(f"The checkpoint '{path.name}' is damaged and set aside; the one before it is taken.")
        if paths:
            raise FileError(
                f"none of the {len(paths)} checkpoints in '{self.folder}' can be read.",
                f"To begin anew, type: rm -r '{self.folder}'",
            )
        return None, words

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob("*.pt"))

    def _must_be_ours(self, identity: str) -> None:
        if found := differences(identity, self.identity):
            raise UsageError(
                f"'{self.folder.parent}' holds another training: {'; '.join(found)}.",
                f"Go on with what it began with, name another folder, or begin anew: rm -r '{self.folder.parent}'",
            )


def differences(before: str, now: str) -> list[str]:
    """What two identities, lines of `name: value`, disagree on, in words. [any]"""
    was, now_is = _by_name(before), _by_name(now)
    told = []
    for name in was | now_is:
        if name not in now_is:
            told.append(f"{name} was {_short(was[name])} and is gone")
        elif name not in was:
            told.append(f"{name} is new, {_short(now_is[name])}")
        elif was[name] != now_is[name]:
            told.append(f"{name} was {_short(was[name])} and is {_short(now_is[name])}")
    return told


def write_weights(path: Path, weights: dict[str, torch.Tensor], about: dict[str, Any]) -> None:
    """Weights to be validated, exported and shipped, and what they are. [main]"""
    content = io.BytesIO()
    torch.save({**about, "weights": weights}, content)
    write_whole(path, content.getvalue())


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """The weights of a training's best step, on the CPU, for `load_state_dict`. [main]"""
    try:
        weights: dict[str, torch.Tensor] = torch.load(path, map_location="cpu", weights_only=True)["weights"]
    except FileNotFoundError as error:
        raise FileError(
            f"there are no weights in '{path}'.", "A training writes them at its first validation."
        ) from error
    except Exception as error:  # PyTorch names no error for a damaged file
        raise FileError(
            f"the weights in '{path}' cannot be read.", "Resume the training: it writes them anew."
        ) from error
    return weights


def write_whole(path: Path, content: bytes) -> None:
    """A file that is there whole or not at all, even if the power goes. [main]"""
    unfinished = path.with_name(path.name + _UNFINISHED)
    try:
        with open(unfinished, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise FileError(
            f"'{path}' cannot be written: {error.strerror}.", "Make room, or name another folder."
        ) from error


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """A run's folder for this process alone; the claim ends with the process, however it ends. [main]"""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        claim = open(folder / ".claim", "w")  # noqa: SIM115  held open as long as the claim
    except OSError as error:
        raise FileError(f"nothing can be written to '{folder}': {error.strerror}.", "Name another folder.") from error
    with claim:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(
                f"another training writes to '{folder}'.", "Wait for it, or name another folder."
            ) from error
        yield


def _sync(folder: Path) -> None:
    """Make a rename last: a folder is a file too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> State | None:
    """What a checkpoint holds, or None if it is not what was written."""
    content = path.read_bytes()
    head = len(_MAGIC)
    body = content[head + _DIGEST_BYTES :]
    if content[:head] != _MAGIC or hashlib.sha256(body).digest() != content[head : head + _DIGEST_BYTES]:
        return None
    kept: State = torch.load(io.BytesIO(body), map_location="cpu", weights_only=True)
    return kept


def _by_name(identity: str) -> dict[str, str]:
    """A line that bears no name is a fingerprint; lines of one name stand together."""
    values: dict[str, list[str]] = {}
    for line in filter(str.strip, identity.splitlines()):
        name, named, value = line.partition(": ")
        values.setdefault(name if named else "fingerprint", []).append(value if named else line)
    return {name: ", ".join(each) for name, each in values.items()}


def _short(value: str) -> str:
    return value if len(value) <= 40 else f"{value[:37]}..."
