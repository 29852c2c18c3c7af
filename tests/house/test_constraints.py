"""constraints.txt pins everything that an installation fetches, so that a fresh machine gets what was tested."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, distribution, version

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tests.house.requirements import PYTHONS, asked_for, canonical, pinned, pins_for


def brought_along() -> dict[str, Requirement]:
    """What is installed here because setup.cfg asks for it, or because something that it asks for does."""
    found: dict[str, Requirement] = {}
    waiting = asked_for()
    while waiting:
        requirement = waiting.pop()
        name = canonical(requirement.name)
        if name in found or (requirement.marker is not None and not requirement.marker.evaluate({"extra": ""})):
            continue
        found[name] = requirement
        try:
            waiting += [Requirement(line) for line in distribution(name).requires or []]
        except PackageNotFoundError:
            continue  # of an extra that is not installed here
    return found


@pytest.mark.parametrize("python", PYTHONS)
def test_every_library_has_one_version_on_each_python(python: str):
    names = {canonical(requirement.name) for requirement in (*asked_for(), *pinned())}
    twice = {name: pins for name in sorted(names) if len(pins := pins_for(name, python)) > 1}
    assert twice == {}


@pytest.mark.parametrize("python", PYTHONS)
def test_what_setup_cfg_asks_for_is_pinned(python: str):
    assert [str(each) for each in asked_for() if not pins_for(each.name, python)] == []


def test_what_that_brings_along_is_pinned_too():
    python = ".".join(platform.python_version_tuple()[:2])
    assert len(brought_along()) > len(asked_for())
    assert [name for name in sorted(brought_along()) if not pins_for(name, python)] == []


def test_what_is_installed_here_is_what_is_pinned():
    python = ".".join(platform.python_version_tuple()[:2])
    different = {}
    for name in brought_along():
        try:
            installed = version(name)
        except PackageNotFoundError:
            continue
        if not all(SpecifierSet(pin).contains(installed) for pin in pins_for(name, python)):  # 2.13.0+cpu is 2.13.0
            different[name] = installed
    assert different == {}, "type ./check, which installs what constraints.txt names"


def test_a_pin_names_exactly_one_version():
    loose = [
        str(pin) for pin in pinned() if len(pin.specifier) != 1 or not str(pin.specifier).startswith("==") or pin.url
    ]
    assert loose == []
