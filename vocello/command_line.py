"""The command line: which commands there are, what they take, and how they fail.

What flows in: what a user typed. What flows out: a call of `vocello.commands`, where the work is done, and an exit
code: 0, 2 after an error a user can put right, told in one line, and 130 after Ctrl-C. Only typer and rich are loaded
here, so that `vocello --help` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from score.errors import UsageError, VocelloError

app = typer.Typer(
    name="vocello",
    help="Sing, and a DAW, a synthesiser and a MIDI port follow while you sing.",
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Device = Annotated[
    str, typer.Option("--device", "-d", help="Part of a card's name or system, [b]null[/b], or file:in.wav→out.wav")
]
Microphone = Annotated[str, typer.Option("--microphone", help="Another card for the input")]
Rate = Annotated[float | None, typer.Option("--rate", "-r", help="Hz; the card's own if left out")]
Frames = Annotated[int, typer.Option("--frames", "-f", help="Frames a block: 64 and 128 are quick, 512 is easy")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object, for programs")]
Keys = Annotated[str, typer.Option("--keys", "-k", help="MIDI input: [b]all[/b], [b]none[/b], or part of a name")]
Port = Annotated[
    str, typer.Option("--port", "-p", help="MIDI output: a new port 'Vocello', [b]none[/b], or part of a name")
]
Mpe = Annotated[bool, typer.Option("--mpe", help="A channel for each note, with its own bend and pressure")]


@app.command()
def start() -> None:
    """Do what suits this machine: [b]live[/b] with a sound card, [b]demo[/b] without."""
    from vocello.commands.start import start

    start()


@app.command()
def live(
    device: Device = "",
    microphone: Microphone = "",
    rate: Rate = None,
    frames: Frames = 128,
    keys: Keys = "all",
    port: Port = "",
    mpe: Mpe = False,
    clock: Annotated[float | None, typer.Option(metavar="BPM", help="Send MIDI clock at a tempo")] = None,
    sound: Annotated[bool, typer.Option(help="Play the notes here too")] = True,
    seconds: Annotated[float | None, typer.Option(help="Stop by itself after so long")] = None,
    json: Json = False,
) -> None:
    """Listen to the microphone and send its notes on, until Ctrl-C."""
    from realtime.device.wish import Wish
    from vocello.commands.live import Ports, live

    live(Wish(device, microphone, rate, frames), Ports(keys, port, mpe, clock), sound, seconds, json)


@app.command()
def listen(
    source: Annotated[Path, typer.Argument(metavar="IN.wav", help="WAV, FLAC, OGG, AIFF or MP3")],
    midi: Annotated[Path | None, typer.Option("--output", "-o", metavar="OUT.mid", help="The notes, as MIDI")] = None,
    events: Annotated[Path | None, typer.Option(metavar="OUT.csv", help="A row a note, with its times")] = None,
    sound: Annotated[
        Path | None, typer.Option(metavar="OUT.wav", help="The notes, as the synthesiser plays them")
    ] = None,
    frames: Frames = 128,
    json: Json = False,
) -> None:
    """Turn a recording into notes, by the same path as a live voice."""
    from vocello.commands.listen import listen

    listen(source, midi, events, sound, frames, json)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where the results go")] = Path("demo"),
    frames: Frames = 128,
    json: Json = False,
) -> None:
    """Sing a melody by itself, hear it, and leave WAV, MIDI and a report."""
    from vocello.commands.demo import demo

    demo(folder, frames, json)


@app.command()
def devices(json: Json = False) -> None:
    """Show the sound cards, and what each can do."""
    from vocello.commands.devices import devices

    devices(json)


@app.command()
def ports(json: Json = False) -> None:
    """Show the MIDI ports."""
    from vocello.commands.ports import ports

    ports(json)


@app.command()
def doctor(json: Json = False) -> None:
    """Look at everything this program needs; say what is wrong and what to type."""
    from vocello.commands.doctor import doctor

    doctor(json)


@app.command()
def latency(
    device: Device = "",
    rate: Rate = None,
    frames: Frames = 128,
    repeats: Annotated[int, typer.Option(min=1, help="How often each is measured")] = 50,
    json: Json = False,
) -> None:
    """Measure how long a key and a voice take, in software and, with a cable from output to input, through the card."""
    from vocello.commands.latency import latency

    latency(device, rate, frames, repeats, json)


@app.command()
def soak(
    minutes: Annotated[float, typer.Option(min=0.01, help="How long")] = 10.0,
    device: Device = "",
    rate: Rate = None,
    frames: Frames = 128,
    load: Annotated[bool, typer.Option(help="Hold Python's lock, collect garbage, swap the rack")] = True,
    compare: Annotated[bool, typer.Option(help="Then run the same synthesiser in a Python callback")] = True,
    json: Json = False,
) -> None:
    """Play for minutes under deliberate load, and report every missed deadline."""
    from vocello.commands.soak import soak

    soak(minutes, device, rate, frames, load, compare, json)


def _version(wanted: bool) -> None:
    if wanted:
        from vocello import __version__

        print(f"vocello {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which")] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and end the process with its exit code. [main]"""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run a command; returns its exit code. [main]"""
    try:
        code = app(args=list(arguments) or ["--help"], prog_name="vocello", standalone_mode=False)
    except VocelloError as error:
        return _say(error)
    except typer.TyperException as error:
        command = next((word for word in arguments if not word.startswith("-")), "")
        known = any(command == each.callback.__name__ for each in app.registered_commands if each.callback)
        help_line = f"vocello {command} --help" if known else "vocello --help"
        return _say(UsageError(_one_line(error), f"Type: {help_line}"))
    except (KeyboardInterrupt, typer.Abort):
        return 130
    return code if isinstance(code, int) else 0


def _say(error: VocelloError) -> int:
    print(f"vocello: {_lower(error.what)} {error.fix}".rstrip(), file=sys.stderr)
    return 2


def _one_line(error: typer.TyperException) -> str:
    text = " ".join(error.format_message().split()) or "that is not how it is used"
    return text if text.endswith((".", "?", "!")) else text + "."


def _lower(text: str) -> str:
    """The first word without its capital, unless it is a name or a quotation."""
    return text[0].lower() + text[1:] if text[:2].istitle() and text.split()[0] in _PLAIN_WORDS else text


_PLAIN_WORDS = {"No", "Got", "Missing", "Invalid", "Option", "The", "There", "This", "A"}
