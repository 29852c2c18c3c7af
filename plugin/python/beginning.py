"""A file to start from: an effect or an instrument that sounds as it is, under a name of its own.

What flows in: a name, or none. What flows out: a file in the user's own folder, or in another that is named. [main]
"""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from plugin.python.trust import adopt, own_folder
from score.atomic import write_whole
from score.errors import FileError, UsageError

_TEMPLATES = Path(__file__).resolve().parents[2] / "vocello" / "dsp" / "templates"
EFFECT, INSTRUMENT = "effect", "instrument"


def begin_file(name: str, kind: str = EFFECT, folder: Path | None = None) -> Path:
    """Write a file that sounds as it is; a name that cannot be, or is taken, is refused. [main]"""
    name = name.removesuffix(".py")
    text = (_TEMPLATES / f"{kind}.py").read_text(encoding="utf-8")
    _refuse_unless_a_name(name, text)
    home = own_folder() if folder is None else folder.expanduser().absolute()
    path = home / f"{name}.py"
    if path.exists():
        raise FileError(f"'{path}' is there already.", "Choose another name, or delete it.")
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"'{home}' cannot be made: {error.strerror}.", "Name another: --folder FOLDER") from error
    write_whole(path, text.replace(f"my_{kind}", name).encode(), FileError)
    if folder is not None:
        adopt(path)
    return path


def begin_next_file(kind: str = EFFECT) -> Path:
    """The same under the next name that is free, for whoever has not thought of one yet. [main]"""
    number = 1
    while (own_folder() / f"{kind}_{number}.py").exists():
        number += 1
    return begin_file(f"{kind}_{number}", kind)


def _refuse_unless_a_name(name: str, text: str) -> None:
    if not name.isidentifier() or not name.isascii() or keyword.iskeyword(name) or name.startswith("_"):
        raise UsageError(f"'{name}' is no name for a function.", "Use letters, digits and _: vocello dsp new soft_clip")
    if re.search(rf"\b{name}\b", text):
        raise UsageError(f"'{name}' is a word that such a file uses itself.", f"Try: vocello dsp new my_{name}")
