"""One peer hears recordings: run inside the peers' own environment, and by `bench/ears/peers.py` alone.

    python -m bench.ears.peer_worker SYSTEM OUT_FOLDER RECORDING.wav...

What flows in: mono WAV files. What flows out: for each, in OUT_FOLDER, `name.csv` (the columns of `vocello listen
--events`), `name.f0.csv` where the peer tells a pitch, and, last, `name.busy.csv` with the processor seconds it took.
The clock runs from samples to notes; reading the file and loading the model do not count.

How each is set up: pYIN, CREPE (tiny, Viterbi) and PESTO tell a pitch every 10 ms, from which `segment.py` makes notes.
SwiftF0 makes its own. basic-pitch has its own settings, save that it keeps what a voice can sing, of notes that sound
at once the louder, and onsets from 0.7 on: of 0.4 to 0.8 the best COnP on three sight-sung melodies, on which it hears
1.1 notes for each, and 1.7 at its own 0.5. aubio, set up as its own command does, is heard hop by hop, as a card would
give it, so it alone has `emitted_s`; its notes are dated back to where its own onset detector, run beside it, puts the
attack.
"""

from __future__ import annotations

import importlib
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bench.ears import segment, tables

Sound = npt.NDArray[np.float32]
LOWEST_HZ, HIGHEST_HZ = 65.0, 1100.0
RATE_16K = 16_000
AUBIO_HOP, AUBIO_WINDOW = 256, 512  # what its own command uses


class Said(NamedTuple):
    """What a peer made of a recording. [any]"""

    notes: npt.NDArray[np.float64]  # (notes, 3) without, (notes, 4) with the moment they were sent in front
    f0: npt.NDArray[np.float64] | None = None  # (frames, 2): seconds, Hz


Hear = Callable[[Sound, int], Said]


def load(name: str) -> Any:
    """A library of the peers' environment; imported by name, since the program's own environment has none. [main]"""
    return importlib.import_module(name)


def from_pitch(
    sound: Sound, rate: int, f0_hz: npt.NDArray[Any], confidence: npt.NDArray[Any], rules: segment.Rules
) -> Said:
    """The notes of a curve with a value every 10 ms. [any]"""
    f0 = np.nan_to_num(np.asarray(f0_hz, np.float64))
    level_db = segment.levels_db(sound, rate, len(f0))
    times_s = np.arange(len(f0)) * segment.HOP_S
    return Said(segment.notes(f0, np.asarray(confidence), level_db, rules), np.column_stack([times_s, f0]))


def pyin() -> Hear:
    """pYIN (Mauch and Dixon, ICASSP 2014), of librosa. [main]"""
    librosa = load("librosa")

    def hear(sound: Sound, rate: int) -> Said:
        low = librosa.resample(sound, orig_sr=rate, target_sr=RATE_16K)
        f0_hz, _, voiced = librosa.pyin(
            low, fmin=LOWEST_HZ, fmax=HIGHEST_HZ, sr=RATE_16K, frame_length=1024, hop_length=160, fill_na=None
        )
        return from_pitch(sound, rate, f0_hz, voiced, segment.Rules(confidence=0.05))

    return hear


def crepe() -> Hear:
    """CREPE tiny (Kim et al., ICASSP 2018), of torchcrepe. [main]"""
    torch, torchcrepe, librosa = load("torch"), load("torchcrepe"), load("librosa")

    def hear(sound: Sound, rate: int) -> Said:
        low = torch.from_numpy(librosa.resample(sound, orig_sr=rate, target_sr=RATE_16K))[None]
        with torch.no_grad():
            f0_hz, sure = torchcrepe.predict(
                low, RATE_16K, 160, LOWEST_HZ, HIGHEST_HZ, "tiny", return_periodicity=True, batch_size=512
            )
        return from_pitch(sound, rate, f0_hz[0].numpy(), sure[0].numpy(), segment.Rules(confidence=0.5))

    return hear


def pesto() -> Hear:
    """PESTO (Riou et al., ISMIR 2023). [main]"""
    torch, module = load("torch"), load("pesto")
    models: dict[int, Any] = {}

    def hear(sound: Sound, rate: int) -> Said:
        if rate not in models:
            models[rate] = module.load_model("mir-1k_g7", 1e3 * segment.HOP_S, sampling_rate=rate)
        with torch.no_grad():
            f0_hz, sure, *_ = models[rate](
                torch.from_numpy(sound)[None], convert_to_freq=True, return_activations=False
            )
        return from_pitch(sound, rate, f0_hz[0].numpy(), sure[0].numpy(), segment.Rules(confidence=0.3))

    return hear


def swiftf0() -> Hear:
    """SwiftF0 (Nieradzik 2025), with the notes it makes itself. [main]"""
    swift_f0 = load("swift_f0")
    detector = swift_f0.SwiftF0(threads=1)

    def hear(sound: Sound, rate: int) -> Said:
        pitch = detector.detect(sound, rate)
        notes = [(n.start, n.end, 69.0 + 12.0 * np.log2(n.pitch_hz / 440.0)) for n in swift_f0.segment_notes(pitch)]
        f0 = np.column_stack([pitch.timestamps, np.nan_to_num(pitch.pitch_hz)])
        return Said(np.array(notes, np.float64).reshape(-1, 3), f0)

    return hear


def basic_pitch() -> Hear:
    """basic-pitch (Bittner et al., ICASSP 2022), with its ONNX model. [main]"""
    inference = load("basic_pitch.inference")
    soundfile = load("soundfile")
    model = inference.Model(Path(load("basic_pitch").__file__).parent / "saved_models" / "icassp_2022" / "nmp.onnx")
    scratch = Path(sys.argv[2]) / "basic_pitch_input.wav"

    def hear(sound: Sound, rate: int) -> Said:
        soundfile.write(scratch, sound, rate, subtype="FLOAT")
        _, _, found = inference.predict(
            scratch,
            model,
            onset_threshold=0.7,
            minimum_frequency=LOWEST_HZ,
            maximum_frequency=HIGHEST_HZ,
        )
        return Said(one_voice(np.array([each[:4] for each in found], np.float64).reshape(-1, 4)))

    return hear


def one_voice(notes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(notes, 3) of (notes, 4), whose last column is loudness: an overtone does not sing beside its note. [any]"""
    kept: list[npt.NDArray[np.float64]] = []
    for note in sorted(notes, key=lambda each: -each[3]):
        covered_s = sum(max(0.0, min(note[1], other[1]) - max(note[0], other[0])) for other in kept)
        if covered_s < 0.5 * (note[1] - note[0]):
            kept.append(note[:3])
    single = np.array(sorted(kept, key=lambda each: each[0]), np.float64).reshape(-1, 3)
    single[:-1, 1] = np.minimum(single[:-1, 1], single[1:, 0])
    return single[single[:, 1] > single[:, 0]]


def aubio() -> Hear:
    """aubio's notes (Brossier 2006), live. [main]"""
    module = load("aubio")

    def hear(sound: Sound, rate: int) -> Said:
        notes = module.notes("default", AUBIO_WINDOW, AUBIO_HOP, rate)
        attacks = module.onset("default", AUBIO_WINDOW, AUBIO_HOP, rate)
        found: list[list[float]] = []
        attack_s = 0.0
        for first in range(0, len(sound) - AUBIO_HOP + 1, AUBIO_HOP):
            hop = sound[first : first + AUBIO_HOP]
            now_s = (first + AUBIO_HOP) / rate
            key, _, ended = notes(hop)
            if attacks(hop)[0]:
                attack_s = attacks.get_last_s()
            if ended and found:
                found[-1][2] = now_s
            if key:
                began_s = attack_s if now_s - attack_s < 0.15 else now_s
                found.append([now_s, began_s, len(sound) / rate, float(key)])
        return Said(np.array(found, np.float64).reshape(-1, 4))

    return hear


SYSTEMS: dict[str, Callable[[], Hear]] = {
    "pyin": pyin,
    "crepe": crepe,
    "pesto": pesto,
    "swiftf0": swiftf0,
    "basic-pitch": basic_pitch,
    "aubio": aubio,
}


def events(notes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The rows of an events table; what a peer does not tell is nan. [any]"""
    unknown = np.full((len(notes), 1), np.nan)
    if notes.shape[1] == 3:
        return np.hstack([unknown, notes, unknown, unknown])
    return np.hstack([notes, unknown, notes[:, 3:]])


def main(system: str, folder: Path, recordings: list[Path]) -> None:
    """Hear every recording; what is done already stands if the time runs out. [main]"""
    # CREPE and PESTO import torchaudio to read files, which is done here; it must fit torch to the digit and often
    # does not, so an empty module stands in for it.
    sys.modules.setdefault("torchaudio", types.ModuleType("torchaudio"))
    soundfile = load("soundfile")
    hear = SYSTEMS[system]()
    hear(np.sin(np.arange(48_000) * 0.03).astype(np.float32), 48_000)  # compiled before anything is timed
    for path in recordings:
        sound, rate = soundfile.read(path, dtype="float32")
        began_s = time.process_time()
        said = hear(sound, rate)
        busy_s = time.process_time() - began_s
        tables.write(folder / f"{path.stem}.csv", tables.EVENTS, events(said.notes))
        if said.f0 is not None:
            tables.write(folder / f"{path.stem}.f0.csv", tables.F0, said.f0)
        tables.write(folder / f"{path.stem}.busy.csv", ("busy_s",), [(busy_s,)])


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), [Path(name) for name in sys.argv[3:]])
