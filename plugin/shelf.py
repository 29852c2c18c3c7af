"""Who is meant by the name of a processor in a rack: "reverb", "python:wobble.py", "vst3:ZamComp".

What flows in: a name, and the folder of the rack file that it stands in. What flows out: a processor; or a placeholder
that says why there is none. Each room is opened only when somebody asks for what it holds.

A rack may come from anybody. So a plugin is taken from the folders where this machine keeps plugins and from nowhere
else, whatever path the file names, and a program in Python only where its user has agreed to it. [main]
"""

from __future__ import annotations

import os
from pathlib import Path

from plugin.placeholder import Placeholder
from plugin.processor import Processor
from score.errors import RackError, VocelloError

PYTHON, VST3, AU = "python", "vst3", "au"


def find_processor(id: str, folder: Path | None = None) -> Processor:
    """The processor of that name, or a placeholder. [main]"""
    kind, _, rest = id.partition(":")
    try:
        if kind == PYTHON and rest:
            from plugin.python.processor import PythonDsp

            return PythonDsp(rest, folder)
        if kind in (VST3, AU) and rest:
            from plugin.vst3.vst3 import Vst3

            return Vst3(*_plugin(rest))
        from plugin.builtin import Builtin

        return Builtin(id)
    except VocelloError as error:
        return Placeholder(id, str(error))


def objection(id: str, folder: Path | None = None) -> str:
    """Why there is nobody of that name here, "" if there is; nothing is started to find out. [main]"""
    kind, _, rest = id.partition(":")
    try:
        if kind == PYTHON and rest:
            from plugin.python.processor import find_file
            from plugin.python.source import read_source
            from plugin.python.trust import require_trust

            source = read_source(find_file(rest, folder))
            require_trust(source.path, source.data)
        elif kind in (VST3, AU) and rest:
            _plugin(rest)
        else:
            from realtime.dsp.catalogue import find_kernel

            find_kernel(id)
    except VocelloError as error:
        return str(error)
    return ""


def _plugin(name: str) -> tuple[Path, str]:
    """The bundle that is meant, and which of the plugins in it."""
    from plugin.vst3.scan import bundles, default_folders, find_plugin

    if os.sep in name or "/" in name:
        path = Path(name).expanduser()
        for folder in default_folders():
            if path.resolve().is_relative_to(folder.resolve()):
                return path, ""
        folders = ", ".join(str(folder) for folder in default_folders())
        raise RackError(f"'{name}' lies in no folder of plugins: {folders}.", "Add its folder to VST3_PATH.")
    named = [bundle for bundle in bundles(default_folders()) if bundle.stem.casefold() == name.casefold()]
    if len(named) == 1:
        return named[0], ""
    found = find_plugin(name)
    return Path(found.path), found.name
