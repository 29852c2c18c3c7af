"""`vocello crepe`: the second opinion on pitch, made on this machine out of weights that are installed beside Vocello.

What flows in: which size. What flows out: an ONNX file in the user's cache, with its hash and its licence. [main]
"""

from __future__ import annotations

from typing import get_args

from ml.opinion.export import export_crepe
from ml.opinion.weights import Size
from score.errors import UsageError
from vocello.screen import print_json, progress, say

SIZES: tuple[Size, ...] = get_args(Size)


def crepe(size: str, as_json: bool) -> None:
    """Export, try, keep. [main]"""
    found = next((each for each in SIZES if each == size), None)
    if found is None:
        raise UsageError(f"CREPE has no size '{size}'.", f"Choose one of: {', '.join(SIZES)}.")
    with progress("Exporting CREPE", shown=not as_json) as step:
        path = export_crepe(found, say=lambda text: step(0.0, f"CREPE: {text}"))
    if as_json:
        print_json({"size": found, "path": str(path)})
    else:
        say(f"CREPE ({found}) is kept in '{path}'. Sing with it: vocello live --pitch crepe")
