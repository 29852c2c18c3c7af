"""A kernel that has passed its trial, with the machine code that passed: what a rack plays of a user's file. [main]"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from plugin.python.machine_code import MachineCode
from plugin.python.report import Report
from plugin.python.source import Source, load_kernel
from realtime.kernel import Kernel, Knob
from score.errors import KernelError


class ProvedKernel:
    """A part of a rack; its code and its module go when the last program that plays it has gone. [main]"""

    def __init__(self, source: Source, report: Report) -> None:
        if not report.passed or report.figures is None or report.sha != source.sha:
            raise KernelError(f"'{source.name}' has not passed its trial.", f"Type: vocello dsp check '{source.path}'")
        self.source, self.report = source, report
        try:
            data = source.code.read_bytes()
        except OSError as error:
            raise KernelError(
                f"the machine code of '{source.name}' is gone: {error.strerror}.", "Save it again."
            ) from None
        if hashlib.sha256(data).hexdigest() != report.code_sha:
            raise KernelError(f"the machine code of '{source.name}' is not what was proved.", "Save the file again.")
        self._kernel: Kernel = load_kernel(source)
        self._code = MachineCode(data, report.figures.reaches)

    def __repr__(self) -> str:
        return f"<proved {self._kernel!r}>"

    @property
    def name(self) -> str:
        """As the function is called. [any]"""
        return self._kernel.name

    @property
    def doc(self) -> str:
        """What its writer says of it. [any]"""
        return self._kernel.doc

    @property
    def inputs(self) -> int:
        """Channels it reads. [any]"""
        return self._kernel.inputs

    @property
    def outputs(self) -> int:
        """Channels it writes. [any]"""
        return self._kernel.outputs

    @property
    def hears_events(self) -> bool:
        """Whether notes and controls are handed to it. [any]"""
        return self._kernel.hears_events

    @property
    def latency_frames(self) -> int:
        """How late its sound leaves. [any]"""
        return self._kernel.latency_frames

    @property
    def knobs(self) -> Mapping[str, Knob]:
        """What a KNOB event can turn. [any]"""
        return self._kernel.knobs

    @property
    def state(self) -> np.dtype[Any]:
        """The record that its machine code is given. [any]"""
        return self._kernel.state

    @property
    def address(self) -> int:
        """Where the machine code stands. [main]"""
        return self._code.address

    def new_state(self, rate: float, **knobs: float) -> npt.NDArray[Any]:
        """A fresh state. [main]"""
        return self._kernel.new_state(rate, **knobs)

    def knob_offset(self, name: str) -> int:
        """Where in the state a KNOB event writes its eight bytes. [main]"""
        return self._kernel.knob_offset(name)
