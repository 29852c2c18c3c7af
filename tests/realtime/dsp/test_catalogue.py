"""Kernels by name."""

from __future__ import annotations

import subprocess
import sys

import pytest

from realtime.dsp.catalogue import find_kernel, kernel_names
from score.errors import RackError


def test_every_name_finds_the_kernel_of_that_name():
    assert len(set(kernel_names())) == len(kernel_names())
    assert [find_kernel(name).name for name in kernel_names()] == list(kernel_names())
    assert find_kernel("tone") is find_kernel("tone")


def test_an_unknown_name_is_answered_with_those_that_there_are():
    with pytest.raises(RackError, match=r"no kernel 'theremin'.*There are: tone, .*gain, .*limiter\."):
        find_kernel("theremin")


@pytest.mark.parametrize("name", ("glide", "tame", "voices", "os", ""))
def test_a_file_that_is_no_kernel_is_not_imported_as_one(name):
    with pytest.raises(RackError, match="no kernel"):
        find_kernel(name)


def test_naming_the_kernels_imports_none_of_them():
    code = "import sys; from realtime.dsp.catalogue import kernel_names; kernel_names(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {f"realtime.dsp.{name}" for name in kernel_names()} & set(loaded)
