"""What setup.cfg asks for and constraints.txt pins.

What flows in: those two files. What flows out: requirements, read by the same library that pip reads them with.
"""

from __future__ import annotations

from configparser import ConfigParser
from functools import cache

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import ROOT

PYTHONS = ("3.10", "3.11", "3.12", "3.13")


def canonical(name: str) -> str:
    """A name as the index compares it: PyQt6_sip is pyqt6-sip. [any]"""
    return canonicalize_name(name)


@cache
def _setup() -> ConfigParser:
    parser = ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def _requirements(text: str) -> list[Requirement]:
    return [Requirement(line) for line in text.splitlines() if line.strip() and not line.startswith("#")]


def asked_for() -> list[Requirement]:
    """Everything setup.cfg may install, with all extras. [main]"""
    extras = _setup()["options.extras_require"]
    return _requirements("\n".join([_setup()["options"]["install_requires"], *extras.values()]))


@cache
def pinned() -> tuple[Requirement, ...]:
    """The lines of constraints.txt. [main]"""
    return tuple(_requirements((ROOT / "constraints.txt").read_text(encoding="utf-8")))


def pins_for(name: str, python: str) -> list[str]:
    """The versions that constraints.txt names for this library on this Python; one, if all is well. [main]"""
    where = {**default_environment(), "python_version": python, "python_full_version": f"{python}.0"}
    return [
        str(pin.specifier)
        for pin in pinned()
        if canonical(pin.name) == canonical(name)
        if pin.marker is None or pin.marker.evaluate({key: str(value) for key, value in where.items()})
    ]
