"""The rack's own kernels as processors: effects, the cello, the plain synthesiser."""

from __future__ import annotations

from collections.abc import Mapping

from plugin.processor import Parameter, Processor
from realtime.dsp.catalogue import find_kernel, kernel_names
from realtime.kernel import Kernel
from realtime.rack import Part

_CHOICES = {
    ("cello", "mode"): ("solo", "poly", "mpe"),
}


class Builtin(Processor):
    """A kernel of the catalogue. [main]"""

    def __init__(self, name: str) -> None:
        self.kernel: Kernel = find_kernel(name)
        self.id = self.name = name
        self._parameters = {
            each.name: Parameter.of(each, _CHOICES.get((name, each.name), ())) for each in self.kernel.knobs.values()
        }

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Its knobs. [any]"""
        return self._parameters

    @property
    def is_instrument(self) -> bool:
        """Whether it sounds by itself. [any]"""
        return self.kernel.inputs == 0

    def prepare(self, rate: float, block_frames: int) -> Part:
        """The kernel: it runs at any rate, in blocks of any length. [main]"""
        return self.kernel

    @property
    def latency_frames(self) -> int:
        """As the kernel says. [main]"""
        return self.kernel.latency_frames


def builtin_names() -> tuple[str, ...]:
    """What `Builtin` can be made of. [any]"""
    return kernel_names()
