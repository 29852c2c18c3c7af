"""What the command line can do with racks, plugins and users' own DSP.

What flows in: what a user typed. What flows out: calls of `vocello.commands`. Only typer is loaded here. [main]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vocello import options

rack_app = typer.Typer(help="Chains of effects, plugins and instruments.", no_args_is_help=True)
plugins_app = typer.Typer(help="VST3 plugins, each in a process of its own.", no_args_is_help=True)
dsp_app = typer.Typer(help="Effects and instruments of your own, in Python.", no_args_is_help=True)
processing = typer.Typer()

DspFile = Annotated[Path, typer.Argument(help="A file, or its name in your folder")]
Agree = Annotated[bool, typer.Option("--trust", help="You have read it and agree that it runs")]
RackFile = Annotated[Path, typer.Argument(metavar="RACK", help="A rack file")]


@rack_app.command("run")
def run_rack(
    rack: RackFile,
    device: options.Device = "",
    microphone: options.Microphone = "",
    rate: options.Rate = None,
    frames: options.Frames = 128,
    keys: options.Keys = "all",
    voice: Annotated[bool, typer.Option("--voice", help="The ears play the rack's instruments as well")] = False,
    seconds: options.Seconds = None,
    save: Annotated[bool, typer.Option("--save", help="Keep in the file what was turned meanwhile")] = False,
    json: options.Json = False,
) -> None:
    """Play a rack: microphone and keys in, its sound out."""
    from realtime.device.wish import Wish
    from vocello.commands.rack import run

    run(rack, Wish(device, microphone, rate, frames), keys, voice, seconds, save, json)


@rack_app.command("show")
def show_rack(rack: RackFile, json: options.Json = False) -> None:
    """Show what a rack file holds, and what of it is missing here."""
    from vocello.commands.rack import show

    show(rack, json)


@rack_app.command("new")
def new_rack(
    rack: RackFile,
    processors: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PROCESSOR...]", help="reverb, vst3:ZamComp, python:wobble.py, cello …"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there")] = False,
) -> None:
    """Write a rack of one chain."""
    from vocello.commands.rack import new

    new(rack, processors or [], force)


@processing.command("process")
def process_sound(
    source: Annotated[Path, typer.Argument(metavar="IN.wav", help="A recording")],
    rack: RackFile,
    target: Annotated[Path, typer.Option("--out", "-o", metavar="OUT.wav", help="WAV or FLAC")],
    frames: options.Frames = 128,
    bits: Annotated[int | None, typer.Option(help="16, 24 or 32")] = None,
    json: options.Json = False,
) -> None:
    """Play a recording through a rack into a file, as live playing would sound."""
    from vocello.commands.process import process

    process(source, rack, target, frames, bits, json)


@plugins_app.command("scan")
def scan_plugins(
    folders: Annotated[list[Path] | None, typer.Argument(metavar="[FOLDER...]", help="Elsewhere than usual")] = None,
    again: Annotated[bool, typer.Option("--again", help="Look again into those that are known")] = False,
    seconds: Annotated[float, typer.Option(help="How long each may take")] = 60.0,
    json: options.Json = False,
) -> None:
    """Look into every plugin that is new on this machine."""
    from vocello.commands.plugins import scan_all

    scan_all(folders or [], again, seconds, json)


@plugins_app.command("list")
def list_plugins(json: options.Json = False) -> None:
    """Show the plugins that work here, and why others do not."""
    from vocello.commands.plugins import listing

    listing(json)


@plugins_app.command("info")
def plugin_info(
    name: Annotated[str, typer.Argument(help="As `plugins list` shows it, or a path")], json: options.Json = False
) -> None:
    """Show one plugin and its parameters."""
    from vocello.commands.plugins import info

    info(name, json)


@plugins_app.command("forget")
def forget_plugin(
    name: Annotated[str, typer.Argument(help="A plugin that is no longer started")], json: options.Json = False
) -> None:
    """Try a plugin again that crashed too often."""
    from vocello.commands.plugins import forget

    forget(name, json)


@dsp_app.command("new")
def new_dsp(
    name: Annotated[str, typer.Argument(help="What it is called")],
    instrument: Annotated[bool, typer.Option("--instrument", help="An instrument, not an effect")] = False,
    folder: Annotated[Path | None, typer.Option("--folder", help="Not into your own folder, but here")] = None,
    json: options.Json = False,
) -> None:
    """Begin a file that sounds as it is."""
    from vocello.commands.dsp import new

    new(name, instrument, folder, json)


@dsp_app.command("check")
def check_dsp(file: DspFile, agree: Agree = False, json: options.Json = False) -> None:
    """Say whether a file may play, and what is wrong on which line."""
    from vocello.commands.dsp import check

    check(file, agree, json)


@dsp_app.command("bench")
def bench_dsp(file: DspFile, agree: Agree = False, json: options.Json = False) -> None:
    """Say what a file costs."""
    from vocello.commands.dsp import bench

    bench(file, agree, json)
