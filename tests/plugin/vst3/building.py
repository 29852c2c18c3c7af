"""Builds the test plugins with the system's compiler, once for each version of their sources."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest

from tests.house import skips

SOURCES = Path(__file__).parent / "sources"
DPF = Path("/usr/share/dpf/distrho")
ZAM = Path("/usr/lib/vst3")


@cache
def build(source: str, name: str) -> Path:
    """The bundle of a test plugin, built now or by an earlier run."""
    if sys.platform != "linux":
        pytest.skip(skips.ONLY_LINUX.why)
    if shutil.which("g++") is None or not DPF.is_dir():
        pytest.skip(skips.NO_DPF.why)
    folder = SOURCES / source
    print_of_it = hashlib.sha256(b"".join(each.read_bytes() for each in sorted(folder.iterdir()))).hexdigest()[:16]
    home = Path(tempfile.gettempdir()) / f"vocello-test-plugins-{os.getuid()}"
    home.mkdir(mode=0o700, exist_ok=True)
    assert home.stat().st_uid == os.getuid()
    bundle = home / print_of_it / f"{name}.vst3"
    library = bundle / "Contents" / f"{platform.machine()}-linux" / f"{name}.so"
    if not library.exists():
        library.parent.mkdir(parents=True, exist_ok=True)
        unfinished = library.with_suffix(f".{os.getpid()}")
        options = ["-std=c++17", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-DDISTRHO_PLUGIN_TARGET_VST3"]
        includes = [f"-I{folder}", f"-I{DPF}", f"-I{DPF / 'src'}"]
        files = [str(folder / "Plugin.cpp"), str(DPF / "DistrhoPluginMain.cpp")]
        subprocess.run(
            ["g++", *options, *includes, *files, "-o", str(unfinished), "-ldl", "-lpthread"],
            check=True,
            capture_output=True,
        )
        unfinished.replace(library)
    return bundle


def zam(name: str) -> Path:
    """A plugin of Debian's zam-plugins."""
    bundle = ZAM / f"{name}.vst3"
    if not bundle.exists():
        pytest.skip(skips.NO_ZAM.why)
    return bundle
