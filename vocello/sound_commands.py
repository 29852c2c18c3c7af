"""The commands that make sound, or notes of it: live, listen, play, render, master; what they take.

What flows in: what a user typed, as typer reads it. What flows out: a call of `vocello.commands`. Nothing heavier than
typer is loaded before one of them runs. [main]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vocello import options
from vocello.choices import Choices
from vocello.playing import words

sound = typer.Typer()
"""Not a program of its own: `vocello.command_line` takes its commands in."""


@sound.command()
def live(
    device: options.Device = "",
    microphone: options.Microphone = "",
    rate: options.Rate = None,
    frames: options.Frames = 128,
    keys: options.Keys = "all",
    port: options.Port = "",
    mpe: options.Mpe = False,
    clock: options.Clock = None,
    here: options.PlayHere = True,
    instrument: words.Player = "cello",
    follow: options.Follow = False,
    a4: words.A4 = 440.0,
    tuning: words.Tuning = "",
    tonic: words.Tonic = "",
    keymap: words.Keymap = None,
    record: options.Record = None,
    rules: options.Rules = False,
    pitch: options.Pitch = "trained",
    profile: options.UseProfile = True,
    patience: options.Patience = None,
    drums: options.Drums = False,
    mode: options.ModeName = "",
    scale: options.ScaleName = "",
    chord: options.ChordName = "",
    octave: options.Octave = 0,
    transpose: options.Transpose = 0,
    lowest: options.Lowest = "0",
    highest: options.Highest = "127",
    outside: options.Outside = "fold",
    hold: options.Hold = False,
    portamento: options.Portamento = True,
    vibrato: options.Vibrato = None,
    quantise: options.Quantise = "",
    strength: options.Strength = None,
    swing: options.Swing = None,
    bpm: options.Bpm = None,
    seconds: options.Seconds = None,
    json: options.Json = False,
) -> None:
    """Listen to the microphone and send its notes on, until Ctrl-C."""
    from realtime.device.wish import Wish
    from vocello.commands.live import Ports, live
    from vocello.playing.intonation import find_intonation

    choices = Choices(
        rules, pitch, profile, mode, scale, chord, octave, transpose, lowest, highest, outside, hold, portamento,
        vibrato, quantise, strength, swing, bpm, drums, follow, patience=patience,
    )  # fmt: skip
    sitting = Wish(device, microphone, rate, frames), Ports(keys, port, mpe, clock)
    intonation = find_intonation(a4, tuning, tonic, keymap)
    live(*sitting, here, seconds, json, choices, record, instrument, intonation)


@sound.command()
def listen(
    sources: Annotated[
        list[Path], typer.Argument(metavar="IN...", help="WAV, FLAC, OGG, AIFF or MP3; several, or folders of them")
    ],
    midi: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="OUT.mid", help="The notes, as MIDI; of several, a folder for all"),
    ] = None,
    events: Annotated[Path | None, typer.Option(metavar="OUT.csv", help="A row a note, with its times")] = None,
    sound: Annotated[
        Path | None, typer.Option(metavar="OUT.wav", help="The notes, as the synthesiser plays them")
    ] = None,
    refine: Annotated[bool, typer.Option("--refine", help="Hear it again from both ends, and write that")] = False,
    rules: options.Rules = False,
    pitch: options.Pitch = "trained",
    profile: options.UseProfile = True,
    patience: options.Patience = None,
    drums: options.Drums = False,
    mode: options.ModeName = "",
    scale: options.ScaleName = "",
    chord: options.ChordName = "",
    octave: options.Octave = 0,
    transpose: options.Transpose = 0,
    lowest: options.Lowest = "0",
    highest: options.Highest = "127",
    outside: options.Outside = "fold",
    hold: options.Hold = False,
    portamento: options.Portamento = True,
    vibrato: options.Vibrato = None,
    quantise: options.Quantise = "",
    strength: options.Strength = None,
    swing: options.Swing = None,
    bpm: options.Bpm = None,
    frames: options.Frames = 128,
    json: options.Json = False,
) -> None:
    """Turn recordings into notes, by the same path as a live voice."""
    from vocello.commands.listen import Outputs, listen

    choices = Choices(
        rules, pitch, profile, mode, scale, chord, octave, transpose, lowest, highest, outside, hold, portamento,
        vibrato, quantise, strength, swing, bpm, drums, patience=patience,
    )  # fmt: skip
    listen(sources, Outputs(midi, events, sound), choices, refine, frames, json)


@sound.command()
def play(
    device: options.Device = "",
    rate: options.Rate = None,
    frames: options.Frames = 128,
    keys: options.Keys = "all",
    instrument: words.Instrument = "cello",
    model: words.Model = "neural",
    mode: words.StringMode = "solo",
    dry: words.Dry = False,
    a4: words.A4 = 440.0,
    tuning: words.Tuning = "",
    tonic: words.Tonic = "",
    keymap: words.Keymap = None,
    seconds: options.Seconds = None,
    json: options.Json = False,
) -> None:
    """Play the cello from MIDI keyboards, until Ctrl-C."""
    from realtime.device.wish import Wish
    from vocello.commands.play import play
    from vocello.playing.intonation import find_intonation

    intonation = find_intonation(a4, tuning, tonic, keymap)
    play(Wish(device, "", rate, frames), keys, instrument, model, mode, dry, seconds, json, intonation)


@sound.command()
def render(
    sources: Annotated[
        list[Path], typer.Argument(metavar="IN...", help="MIDI, or recordings of a voice; several, or folders of them")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT.wav", help="WAV or FLAC; of several, a folder for all")
    ] = None,
    instrument: words.Instrument = "cello",
    model: words.Model = "neural",
    mode: words.StringMode = "solo",
    dry: words.Dry = False,
    rate: words.SoundRate = 48_000,
    bits: words.Bits = "24",
    kind: Annotated[str, typer.Option("--format", help="Of several: [b]wav[/b] or [b]flac[/b]")] = "wav",
    octave: Annotated[int, typer.Option("--octave", help="So many octaves higher than written or sung")] = 0,
    transpose: Annotated[int, typer.Option("--transpose", help="And so many semitones")] = 0,
    vibrato: Annotated[float, typer.Option("--vibrato", min=0.0, max=2.0, help="Of a voice: how much is kept")] = 1.0,
    a4: words.A4 = 440.0,
    tuning: words.Tuning = "",
    tonic: words.Tonic = "",
    keymap: words.Keymap = None,
    json: options.Json = False,
) -> None:
    """Play MIDI files or sung recordings on the cello, into sound files."""
    from vocello.commands.render import render
    from vocello.playing.intonation import find_intonation
    from vocello.playing.rendering import Wanted

    intonation = find_intonation(a4, tuning, tonic, keymap)
    wanted = Wanted(instrument, model, mode, dry, rate, bits, 12 * octave + transpose, vibrato, intonation)
    render(sources, output, wanted, kind, json)


@sound.command()
def export(
    session: Annotated[Path, typer.Argument(metavar="FOLDER", help="A session of the window's")],
    target: Annotated[Path, typer.Option("--output", "-o", metavar="OUT.flac", help="Of stems, a folder for all")],
    stems: Annotated[bool, typer.Option("--stems", help="Each track as a file of its own")] = False,
    rate: words.SoundRate = 48_000,
    bits: words.Bits = "24",
    kind: Annotated[str, typer.Option("--format", help="Of stems: wav or flac")] = "flac",
    json: options.Json = False,
) -> None:
    """Play a session into a sound file, or each of its tracks into one of its own."""
    from vocello.commands.export import export

    export(session, target, stems, rate, bits, kind, json)


@sound.command()
def master(
    source: Annotated[Path, typer.Argument(metavar="IN", help="WAV, FLAC, OGG, AIFF or MP3, mono or stereo")],
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="OUT.wav", help="WAV or FLAC")] = None,
    preset: Annotated[
        str,
        typer.Option(
            help="[b]gentle[/b], [b]chamber[/b], [b]streaming[/b], [b]loud[/b] or [b]film[/b]",
        ),
    ] = "streaming",
    lufs: Annotated[float | None, typer.Option(help="How loud; the preset's own if left out")] = None,
    bits: Annotated[str, typer.Option("--bits", help="[b]16[/b], [b]24[/b] or [b]float[/b]")] = "24",
    json: options.Json = False,
) -> None:
    """Give a take its last colour, its loudness, and a peak that it keeps under."""
    from vocello.commands.master import master

    master(source, output, preset, lufs, bits, json)
