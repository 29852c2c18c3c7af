"""`vocello doctor`: everything this program needs, looked at; what is wrong, and what to type. [main]"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata

from rich.markup import escape

from score.errors import ModelError, VocelloError
from vocello import __version__
from vocello.screen import console, print_json, progress

GOOD, NOTE, BAD = "good", "note", "bad"
_MARKS = {GOOD: "[green]✓[/green]", NOTE: "[yellow]•[/yellow]", BAD: "[red]✗[/red]"}
_PACKAGES = (
    "numpy",
    "numba",
    "llvmlite",
    "sounddevice",
    "python-rtmidi",
    "mido",
    "onnxruntime",
    "pedalboard",
    "typer",
    "rich",
)


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `fix` says what to type where it is not good. [any]"""

    area: str
    state: str
    what: str
    fix: str = ""


def doctor(as_json: bool) -> None:
    """Look, and print. [main]"""
    findings: list[Finding] = []
    with progress("Looking", shown=not as_json) as step:
        for n, look in enumerate(_LOOKS):
            step(n / len(_LOOKS), look.__name__.strip("_").replace("_", " "))
            try:
                findings += look()
            except VocelloError as error:
                findings.append(Finding(look.__name__.strip("_"), BAD, error.what, error.fix))
    if as_json:
        healthy = all(finding.state != BAD for finding in findings)
        print_json({"healthy": healthy, "findings": [asdict(finding) for finding in findings]})
        return
    area = ""
    for finding in findings:
        if finding.area != area:
            area = finding.area
            console.print(f"\n[bold]{area}[/bold]")
        console.print(f" {_MARKS[finding.state]} {escape(finding.what)}", soft_wrap=True)
        if finding.fix:
            console.print(f"   {finding.fix}", style="cyan", soft_wrap=True, markup=False)
    wrong = sum(finding.state == BAD for finding in findings)
    console.print(
        f"\n{wrong} things are wrong." if wrong > 1 else "\nOne thing is wrong." if wrong else "\nAll is well."
    )


def _versions() -> Iterator[Finding]:
    place = f"{platform.system()} {platform.release()} on {platform.machine()}, {os.cpu_count()} cores"
    yield Finding("versions", GOOD, f"vocello {__version__}, Python {platform.python_version()}, {place}")
    if not (3, 10) <= sys.version_info[:2] <= (3, 13):
        yield Finding("versions", BAD, "this Python is none that Vocello is tested with.", "Use Python 3.10 to 3.13.")
    found, missing = [], []
    for package in _PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            missing.append(package)
    if "onnxruntime" in missing:
        try:  # the same library under another name, for those with a graphics card
            found.append(f"onnxruntime-gpu {metadata.version('onnxruntime-gpu')}")
            missing.remove("onnxruntime")
        except metadata.PackageNotFoundError:
            pass
    yield Finding("versions", GOOD, ", ".join(found))
    if missing:
        yield Finding("versions", BAD, f"missing: {', '.join(missing)}.", f"Type: pip install {' '.join(missing)}")


def _sound() -> Iterator[Finding]:
    from realtime.device.card import rates_of
    from realtime.device.portaudio import cards, sounddevice

    sd = sounddevice()
    yield Finding("sound", GOOD, sd.get_portaudio_version()[1].split(",")[0])
    found = cards()
    for card in found:
        rates = ", ".join(f"{rate / 1000:g}" for rate in rates_of(card))
        text = f"{card.name} ({card.system}): {card.inputs} in, {card.outputs} out, {rates} kHz"
        yield Finding("sound", GOOD, f"{text}, {card.latency_s * 1e3:.1f} ms")
    if not found:
        yield Finding(
            "sound", BAD, "this system shows no sound card.", "Plug one in, or start JACK; then: vocello doctor"
        )
    elif not any(card.inputs for card in found):
        yield Finding("sound", BAD, "no card has an input.", "Plug in a microphone.")


def _jack() -> Iterator[Finding]:
    from realtime.jack import jack_witness

    witness = jack_witness()
    if witness is not None:
        witness.close()
        yield Finding("sound", GOOD, "a JACK server is running.")
    elif sys.platform == "linux":
        yield Finding("sound", NOTE, "no JACK server is running; ALSA is used.")


def _midi() -> Iterator[Finding]:
    from realtime.midi.ports import apis, list_ports

    known = apis()
    for api in known:
        if api.works:
            virtual = "a port of our own is possible" if api.virtual else "ports of our own are not possible"
            yield Finding("MIDI", GOOD, f"{api.name}: {virtual}.")
        else:
            others_work = any(each.works for each in known)
            assert api.trouble is not None
            fix = "" if others_work else api.trouble.fix
            yield Finding("MIDI", NOTE if others_work else BAD, f"{api.name}: {api.trouble.what}", fix)
    names = [port.name for port in list_ports("input")]
    if names:
        yield Finding("MIDI", GOOD, f"inputs: {', '.join(names)}")
    else:
        yield Finding("MIDI", NOTE, "no MIDI keyboard is plugged in.")


def _rights() -> Iterator[Finding]:
    from realtime.rights import describe

    for right in describe():
        yield Finding("rights", GOOD if right.granted else NOTE, right.what, right.fix)


def _compiled_code() -> Iterator[Finding]:
    from realtime.code_cache import cache_folder, is_warm

    if is_warm():
        yield Finding("code", GOOD, "the callback is compiled for this machine.")
    else:
        yield Finding("code", NOTE, "the callback will be compiled at the first start, for about half a minute.")
    if not os.access(cache_folder(), os.W_OK):
        yield Finding("code", BAD, "compiled code cannot be kept.", f"Make it writable: {cache_folder().parent}")


def _ears() -> Iterator[Finding]:
    """The models, by their hashes, and opened: a library that refuses them would leave the ears to their rules."""
    from ml.session import Network
    from models.cards import card

    for name, without in _MODELS.items():
        try:
            described = card(name)
            network = Network(described.path, sha256=described.sha256)
        except ModelError as error:
            yield Finding("ears", BAD, f"{error.what} Without it {without}", error.fix)
            continue
        version = described.said.get("version", "?")
        yield Finding(
            "ears",
            GOOD,
            f"{name}, version {version}: sha256 {described.sha256[:12]} is right; runs on the {network.provider}.",
        )


def _drums() -> Iterator[Finding]:
    from ml.drums.kit import Kit
    from ml.drums.kit_file import kit_path

    try:
        kit = Kit.load(kit_path())
    except VocelloError as error:
        yield Finding("ears", BAD, f"beatboxing plays nothing: {error.what}", error.fix)
        return
    yield Finding("ears", GOOD, f"drums: {', '.join(sound.name for sound in kit.sounds)}.")


def _second_opinion() -> Iterator[Finding]:
    from ml.opinion.weights import has_crepe, open_crepe

    if not has_crepe():
        fix = "If you want it: pip install 'vocello[crepe]', then: vocello crepe"
        yield Finding("ears", NOTE, "CREPE, the second opinion on pitch, is not there; nothing needs it.", fix)
        return
    try:
        yield Finding("ears", GOOD, f"CREPE is there: --pitch crepe; runs on the {open_crepe().provider}.")
    except ModelError as error:
        yield Finding("ears", BAD, error.what, error.fix)


def _voice() -> Iterator[Finding]:
    from ml.profile import load_profile, profile_path

    try:
        known = load_profile() is not None
    except VocelloError as error:
        yield Finding("ears", BAD, error.what, error.fix)
        return
    if known:
        yield Finding("ears", GOOD, f"your voice was calibrated: '{profile_path()}'.")
    else:
        yield Finding("ears", NOTE, "your voice was not calibrated; the ears take it as it comes.", "vocello calibrate")


_MODELS = {
    "ears": "the ears go by rules and are less sure of their notes.",
    "hindsight": "nothing can be refined.",
}
_LOOKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _versions,
    _sound,
    _jack,
    _midi,
    _rights,
    _compiled_code,
    _ears,
    _drums,
    _second_opinion,
    _voice,
)
