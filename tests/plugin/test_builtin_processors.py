"""The suite of every processor, over the kernels that ship."""

from __future__ import annotations

import pytest

from plugin.builtin import Builtin, builtin_names
from plugin.processor import Parameter
from score.errors import RackError
from tests.plugin.every_processor import EveryProcessor


def _suite(name: str) -> type[EveryProcessor]:
    return type(
        f"Test{name.title().replace('_', '')}", (EveryProcessor,), {"make": staticmethod(lambda: Builtin(name))}
    )


for _name in builtin_names():
    globals()[f"Test{_name.title().replace('_', '')}"] = _suite(_name)


def test_a_parameter_is_written_as_one_reads_it():
    cutoff = Parameter("cutoff_hz", "cutoff", 20.0, 20_000.0, 1000.0, "Hz", "log")
    level = Parameter("level_db", "level", -80.0, 12.0, 0.0, "dB")
    mode = Parameter("mode", "mode", 0.0, 2.0, 0.0, choices=("solo", "poly", "mpe"))
    assert [cutoff.text(440.0), level.text(-6.53), level.text(-0.001), mode.text(1.2)] == [
        "440 Hz",
        "-6.53 dB",
        "0 dB",
        "poly",
    ]
    assert [cutoff.value("440 hz"), level.value(" -6.5 dB"), mode.value("MPE"), mode.value("1")] == [
        440.0,
        -6.5,
        2.0,
        1.0,
    ]
    for parameter, text, words in ((level, "loud", "in dB"), (mode, "duo", "One of: solo, poly, mpe")):
        with pytest.raises(RackError) as error:
            parameter.value(text)
        assert words in str(error.value)
