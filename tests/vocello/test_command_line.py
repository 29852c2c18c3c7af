"""The commands as a user types them: what they print, how they fail, what they leave behind."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import mido
import pytest

ROOT = Path(__file__).resolve().parents[2]


def vocello(*arguments: str, folder: Path | None = None, timeout: float = 110.0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vocello", *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT), "JACK_NO_START_SERVER": "1", "COLUMNS": "120"},
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sing"], "No such command 'sing'"),
        (["soak", "--minutes", "long"], "--minutes"),
        (["soak", "--minutes", "-1"], "--minutes"),
        (["soak", "--device", "null", "--frames", "0"], "--frames 128"),
        (["listen"], "IN..."),
        (["listen", "nowhere.wav"], "nowhere.wav"),
        (["listen", "nowhere.wav", "-o", "no/folder/out.mid"], "mkdir -p"),
        (["live", "--device", "no such card"], "vocello"),
        (["live", "--device", "file:none.wav"], "none.wav"),
        (["latency", "--repeats", "0"], "--repeats"),
        (["devices", "--jason"], "vocello devices --help"),
        (["live", "--scale", "H minor"], "'H minor' is not a scale"),
        (["live", "--mode", "free", "--chord", "triad"], "plays no chords"),
        (["live", "--quantise", "1/7"], "1/16T"),
        (["live", "--swing", "0.6"], "--quantise 1/8"),
        (["live", "--strength", "2", "--quantise", "1/8"], "from 0 to 1"),
        (["live", "--pitch", "guess"], "trained, crepe"),
        (["live", "--device", "null", "--record", "file.txt/takes"], "--record FOLDER"),
        (["listen", "file.txt"], "no sound file"),
        (["listen", "empty.wav", "-o", "out.mid"], "no sound file"),
        (["listen", "nothing"], "no recording"),
        (["listen", "nowhere.wav", "--refine", "--scale", "C"], "--refine"),
        (["calibrate", "loud"], "silence, low, high, steady"),
        (["calibrate", "--seconds", "1"], "4 to 600"),
        (["calibrate", "--device", "file:none.wav"], "none.wav"),
        (["crepe", "--size", "huge"], "tiny, full"),
        (["teach"], "--forget NAME"),
        (["teach", "pop", "--key", "200"], "vocello teach --help"),
        (["train", "cello", ".", "run"], "what can learn: ears"),
        (["data", "fetch", "nothing-of-that-name"], "nothing-of-that-name"),
        (["data", "fetch", "--form", "x"], "vocello data fetch --help"),
        (["data", "burn"], "vocello data --help"),
    ],
)
def test_a_mistake_gets_one_line_that_says_what_to_type_and_exit_code_2(
    arguments: list[str], words: str, tmp_path: Path
) -> None:
    (tmp_path / "file.txt").write_text("no sound")
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "nothing").mkdir()
    done = vocello(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert words.lower() in done.stderr.lower()
    assert done.stderr.startswith("vocello: ")


@pytest.mark.parametrize(("typed", "kept"), [(None, "1"), ("4", "4")])
def test_sums_stay_on_one_thread_unless_the_user_wants_more(typed: str | None, kept: str) -> None:
    look = (
        "import atexit, os, sys\n"
        "atexit.register(lambda: print(os.environ['OPENBLAS_NUM_THREADS'], 'numpy' in sys.modules, flush=True))\n"
        "from vocello.command_line import main\n"
        "main(['--help'])"
    )
    others = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    asked = {} if typed is None else {"OPENBLAS_NUM_THREADS": typed}
    said = subprocess.run(
        [sys.executable, "-c", look], cwd=ROOT, env=others | asked, capture_output=True, text=True, timeout=60.0
    )
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines()[-1] == f"{kept} False"


def test_help_names_every_command() -> None:
    done = vocello("--help")
    assert done.returncode == 0
    for command in (
        *("live", "listen", "calibrate", "teach", "train", "crepe", "data", "demo"),
        *("play", "render", "master"),
        *("devices", "ports", "doctor", "latency", "soak", "start"),
    ):
        assert f" {command} " in done.stdout


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("data",), ("fetch", "list")),
        (("data", "fetch"), ("--to", "--from")),
        (("live",), ("--midi-out", "--port", "--cello", "--no-cello", "--record", "--scale", "--quantise", "--drums")),
        (("live",), ("--follow", "--notes", "--tuning", "--tonic", "--keymap", "--a4")),
        (("play",), ("--tuning", "--a4")),
        (("render",), ("--tuning", "--a4", "--vibrato")),
        (("master",), ("--preset", "--lufs", "streaming")),
        (("listen",), ("--refine", "--rules", "--events", "--no-profile")),
    ],
)
def test_help_of_a_command_names_what_it_takes(command: tuple[str, ...], words: tuple[str, ...]) -> None:
    done = vocello(*command, "--help")
    assert done.returncode == 0
    for word in words:
        assert word in done.stdout


def test_the_demo_leaves_sound_notes_and_a_report(tmp_path: Path) -> None:
    done = vocello("demo", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    folder = tmp_path / "demo"
    assert sorted(each.name for each in folder.iterdir()) == [
        "notes.csv",
        "notes.mid",
        "played.wav",
        "report.md",
        "voice.wav",
    ]
    rows = list(csv.DictReader((folder / "notes.csv").read_text().splitlines()))
    assert len(rows) == figures["note_count"]
    ons = [message for message in mido.MidiFile(folder / "notes.mid") if message.type == "note_on" and message.velocity]
    assert len(ons) == len(rows)
    assert figures["notes_found"] >= 0.8 * figures["notes_sung"]


def test_listening_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    assert vocello("demo", "--json", folder=tmp_path).returncode == 0
    tables = []
    for name in ("one.csv", "two.csv"):
        done = vocello("listen", "demo/voice.wav", "--events", name, "-o", "out.mid", folder=tmp_path)
        assert done.returncode == 0, done.stderr
        tables.append((tmp_path / name).read_bytes())
    assert tables[0] == tables[1]


def test_a_row_says_when_its_note_was_sent_on_the_blocks_grid(tmp_path: Path) -> None:
    assert vocello("demo", "--json", "--frames", "512", folder=tmp_path).returncode == 0
    rows = list(csv.DictReader((tmp_path / "demo" / "notes.csv").read_text().splitlines()))
    assert list(rows[0]) == ["emitted_s", "onset_s", "offset_s", "pitch_midi", "velocity", "sent_pitch_midi"]
    for row in rows:
        blocks = float(row["emitted_s"]) * 48_000 / 512
        assert abs(blocks - round(blocks)) < 1e-3
        assert float(row["onset_s"]) < float(row["emitted_s"])
        assert float(row["onset_s"]) < float(row["offset_s"])
        assert 1 <= int(row["velocity"]) <= 127
        assert 40 < float(row["pitch_midi"]) < 90
        assert 40 < float(row["sent_pitch_midi"]) < 90
    onsets = [float(row["onset_s"]) for row in rows]
    assert onsets == sorted(onsets)


def test_a_short_soak_on_the_null_device_tells_everything_it_was_asked(tmp_path: Path) -> None:
    done = vocello("soak", "--minutes", "0.03", "--device", "null", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    for name in ("blocks", "missed_deadlines", "jack_xruns", "python_callback_missed"):
        assert name in told
    assert told["blocks"] > 100
    assert told["rack_swaps"] >= 1  # how many go into so short a time is the machine's affair
    assert told["lock_holds"] >= 1


@pytest.mark.parametrize("command", ["devices", "ports", "doctor"])
def test_what_programs_read_is_one_object(command: str) -> None:
    done = vocello(command, "--json")
    assert done.returncode == 0, done.stderr
    assert isinstance(json.loads(done.stdout), dict)


def test_live_on_a_file_ends_with_the_file(tmp_path: Path) -> None:
    assert vocello("demo", "--json", folder=tmp_path).returncode == 0
    done = vocello(
        "live", "--device", "file:demo/voice.wav->out.wav", "--port", "none", "--keys", "none", folder=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.wav").is_file()
    assert done.stdout.count(" on, ") > 10
