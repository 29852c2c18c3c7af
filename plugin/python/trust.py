"""Which files of Python may run without a question: the user's own, those that ship, and those agreed to.

A user's file is a program like any other, and Vocello runs it with all that the user may do. What lies in the user's
own folder the user has put there; what came along with somebody's rack is not run before the user has said so, and
is asked about again when a byte of it changes.

What flows in: paths and bytes. What flows out: yes or no, and a file of fingerprints, written whole. [main]
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from platformdirs import user_config_path, user_data_path

from score.atomic import read_whole, write_whole
from score.errors import FileError, RackError

EXAMPLES = Path(__file__).resolve().parents[2] / "vocello" / "dsp" / "examples"
_VERSION = 1
_BYTES_AT_MOST = 4 * 1024 * 1024


class UntrustedError(RackError):
    """A file of Python that the user has not written and not agreed to. [any]"""


def own_folder() -> Path:
    """Where the user's effects and instruments lie. [main]"""
    return user_data_path("vocello") / "dsp"


def is_trusted(path: Path, data: bytes) -> bool:
    """Whether these bytes, at this place, may run. [main]"""
    place = path.resolve()
    if any(place.is_relative_to(folder.resolve()) for folder in (own_folder(), EXAMPLES)):
        return True
    known = _known()
    return str(place) in known["written"] or _fingerprint(data) in known["agreed"]


def trust(path: Path, data: bytes) -> None:
    """Remember that the user agreed to these bytes, wherever they lie; another byte, and the user is asked again.
    [main]"""
    known = _known()
    known["agreed"][_fingerprint(data)] = str(path.resolve())
    _remember(known)


def adopt(path: Path) -> None:
    """Remember that the user writes this file: whatever it comes to hold is the user's own. [main]"""
    known = _known()
    known["written"][str(path.resolve())] = ""
    _remember(known)


def require_trust(path: Path, data: bytes) -> None:
    """UntrustedError, which says what to type, unless these bytes may run. [main]"""
    if not is_trusted(path, data):
        raise UntrustedError(
            f"'{path}' is a program, not yours, and would run with all that you may do. It was not run.",
            f"Read it; if you agree, type: vocello dsp check --trust '{path}'",
        )


def _file() -> Path:
    return user_config_path("vocello") / "trusted-dsp.json"


def _known() -> dict[str, dict[str, str]]:
    """What the user agreed to, by fingerprint, and what the user writes, by place; a file that cannot be read knows of
    nothing."""
    try:
        told = json.loads(read_whole(_file(), _BYTES_AT_MOST, FileError))
        if told["version"] == _VERSION:
            return {key: {str(name): str(what) for name, what in told[key].items()} for key in ("agreed", "written")}
    except (FileError, ValueError, KeyError, TypeError, AttributeError):
        pass
    return {"agreed": {}, "written": {}}


def _remember(known: dict[str, dict[str, str]]) -> None:
    text = json.dumps({"version": _VERSION, **known}, indent=1, ensure_ascii=False) + "\n"
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            f"'{_file().parent}' cannot be made: {error.strerror}.", "Make it, or free its place."
        ) from error
    write_whole(_file(), text.encode(), FileError)


def _fingerprint(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
