"""The test plugins, built once from their sources beside this file."""

from __future__ import annotations

import pytest

from tests.plugin.vst3.building import build


@pytest.fixture(scope="session")
def sine():
    """The bundle of the test instrument."""
    return build("sine", "TestSine")


@pytest.fixture(scope="session")
def through():
    """The bundle of the test effect."""
    return build("through", "TestThrough")
