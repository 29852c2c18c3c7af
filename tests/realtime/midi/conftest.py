"""A JACK server for the MIDI tests: the only MIDI there is where the kernel has no sequencer."""

from __future__ import annotations

import pytest

from tests.house.jack_server import JackServer


@pytest.fixture(scope="module")
def midi_jack_server(jack_server: JackServer) -> JackServer:
    """A running JACK server, which this process and its children find by the environment."""
    return jack_server
