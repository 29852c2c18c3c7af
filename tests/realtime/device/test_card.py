"""Cards through PortAudio, on a real JACK server with its dummy driver.

PortAudio sees the servers that ran when it was initialised, so each story is told by a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from typing import Any

import pytest

from realtime.device.card import choose_cards
from realtime.device.portaudio import CardInfo
from realtime.device.wish import Wish
from score.errors import DeviceError

PRELUDE = """
import atexit, json, os, signal, subprocess, sys, time
import numpy as np
from realtime.device.wish import Wish, open_device
from realtime.dsp.lowpass import lowpass
from realtime.host import Host
from realtime.rack import MONITOR, Slot
from realtime.stage import Stage
from score.errors import VocelloError

def until(true, seconds=15.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "this did not happen"
        time.sleep(0.01)

def server(name, frames=128, rate=48000):
    command = ["jackd", "-n", name, "-R", "-P70", "-t", "2000", "-d", "dummy", "-r", str(rate), "-p", str(frames)]
    for _ in range(5):
        made = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(60):
            if subprocess.run(["jack_lsp", "-s", name], capture_output=True).returncode == 0:
                atexit.register(made.kill)
                return made
            if made.poll() is not None:
                break
            time.sleep(0.05)
        made.kill()
        made.wait()
    raise SystemExit("no server")

def forget(name):
    # JACK keeps the names of eight servers, dead ones too: one that was killed is started and ended politely
    last = server(name)
    last.terminate()
    last.wait()
"""

KILLED = {"JACK_DEFAULT_SERVER": "vocello-killed", "JACK_NO_START_SERVER": "1"}


def tell(story: str, **env: str) -> Any:
    """Run a story in a process of its own; its last line is what it has to say."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PRELUDE + textwrap.dedent(story)],
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, **env},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_card_plays_blocks_and_is_called_vocello_audio(jack_server: str) -> None:
    told = tell("""
        device = open_device(Wish("jack"))
        host = Host(device.rate)
        device.start(host)
        until(lambda: host.blocks > 20)
        ports = subprocess.run(["jack_lsp"], capture_output=True, text=True).stdout
        counters = host.counters()
        device.stop()
        stopped_at = host.blocks
        time.sleep(0.1)
        still = host.blocks == stopped_at
        print(json.dumps({"ports": ports, "rate": device.rate, "inputs": device.inputs, "still": still,
                          "block": int(counters["block_frames"])}))
    """)
    assert "Vocello audio:in_0" in told["ports"]
    assert told["rate"] == 48_000
    assert told["inputs"] == 2
    assert told["block"] == 128
    assert told["still"]


def test_a_refused_rate_names_the_ones_that_are_taken(jack_server: str) -> None:
    told = tell("""
        try:
            open_device(Wish("jack", rate=44100))
        except VocelloError as error:
            print(json.dumps(str(error)))
    """)
    assert told == "'system' refuses 44100 Hz. It takes 48000: --rate 48000"


def test_a_server_that_is_killed_and_comes_back_is_played_again_in_the_same_process() -> None:
    told = tell(
        """
        name = os.environ["JACK_DEFAULT_SERVER"]
        jackd = server(name)
        stage = Stage()
        stage.start(Wish("jack"))
        news = []
        for round in range(2):
            until(lambda: stage.host.blocks > 20 * (round + 1))
            jackd.kill()
            jackd.wait()
            until(lambda: news.extend(stage.tick()) or stage.status == "waiting")
            jackd = server(name)
            before = stage.host.blocks
            until(lambda: news.extend(stage.tick()) or stage.status == "playing")
            until(lambda: stage.host.blocks > before + 20)
        jackd.kill()
        jackd.wait()
        until(lambda: news.extend(stage.tick()) or stage.status == "waiting")
        stage.stop()
        forget(name)
        print(json.dumps([each.kind for each in news]))
        """,
        **KILLED,
    )
    assert told == ["lost", "back", "lost", "back", "lost"]


def test_a_server_that_comes_back_at_another_rate_gets_a_host_at_that_rate() -> None:
    told = tell(
        """
        name = os.environ["JACK_DEFAULT_SERVER"]
        jackd = server(name)
        rates = []
        stage = Stage(get_ready=lambda host, device: rates.append(host.rate))
        stage.arrange((Slot("edge", lowpass, {"cutoff_hz": 500.0}),))
        stage.start(Wish("jack"))
        until(lambda: stage.host.blocks > 20)
        jackd.kill()
        jackd.wait()
        until(lambda: stage.tick() is not None and stage.status == "waiting")
        jackd = server(name, rate=44100)
        until(lambda: stage.tick() is not None and stage.status == "playing")
        until(lambda: stage.host.blocks > 20)
        slots = [slot.name for slot in stage.host.rack.slots]
        stage.stop()
        jackd.terminate()
        jackd.wait()
        print(json.dumps({"rates": rates, "slots": slots}))
        """,
        **KILLED,
    )
    assert told == {"rates": [48_000.0, 44_100.0], "slots": ["edge"]}


def test_a_server_that_freezes_is_noticed_and_may_wake_up_again() -> None:
    told = tell(
        """
        name = os.environ["JACK_DEFAULT_SERVER"]
        jackd = server(name)
        stage = Stage()
        stage.start(Wish("jack"))
        until(lambda: stage.host.blocks > 20)
        jackd.send_signal(signal.SIGSTOP)
        news = []
        until(lambda: news.extend(stage.tick()) or stage.status == "waiting")
        jackd.send_signal(signal.SIGCONT)
        until(lambda: news.extend(stage.tick()) or stage.status == "playing")
        until(lambda: stage.host.blocks > 20)
        jackd.kill()
        jackd.wait()
        until(lambda: news.extend(stage.tick()) or stage.status == "waiting")
        stage.stop()
        forget(name)
        print(json.dumps([each.kind for each in news]))
        """,
        **KILLED,
    )
    assert told == ["lost", "back", "lost"]


def card(
    index: int, name: str, system: str = "ALSA", inputs: int = 2, outputs: int = 2, default: bool = False
) -> CardInfo:
    return CardInfo(
        index, name, system, inputs, outputs, 48_000.0, 0.01, default and inputs > 0, default and outputs > 0
    )


CARDS = [
    card(0, "HDA Intel PCH", default=True),
    card(1, "USB Audio"),
    card(2, "USB Webcam", outputs=0),
    card(3, "system", "JACK Audio Connection Kit"),
    card(4, "HDMI", inputs=0),
]


@pytest.mark.parametrize(
    ("wish", "ear", "mouth"),
    [
        (Wish(), 0, 0),
        (Wish("usb audio"), 1, 1),
        (Wish("usb"), 1, 1),
        (Wish("jack"), 3, 3),
        (Wish("3"), 3, 3),
        (Wish("HDMI"), None, 4),
        (Wish("webcam"), 2, None),
        (Wish("HDMI", microphone="webcam"), 2, 4),
        (Wish(microphone="USB Audio"), 1, 0),
    ],
)
def test_a_few_words_choose_the_cards(wish: Wish, ear: int | None, mouth: int | None) -> None:
    chosen = choose_cards(wish, CARDS)
    assert [each.index if each else None for each in chosen] == [ear, mouth]


@pytest.mark.parametrize(
    ("wish", "cards", "words"),
    [
        (Wish("piano"), CARDS, "'HDA Intel PCH', 'USB Audio'"),
        (Wish("HDA", microphone="HDMI"), CARDS, "has no inputs"),
        (Wish("HDA", microphone="system"), CARDS, "cannot run in one stream"),
        (Wish(), [], "--device null"),
    ],
)
def test_a_wish_that_cannot_be_met_says_what_is_there(wish: Wish, cards: list[CardInfo], words: str) -> None:
    with pytest.raises(DeviceError) as refused:
        choose_cards(wish, cards)
    assert words in str(refused.value)
