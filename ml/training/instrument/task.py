"""An instrument's two lessons, as the trainer takes them: first what frames look like, then what it sounds like.

What flows in: takes. What flows out: batches that depend on their number alone, losses, and figures on the recordings
that were kept out. The first lesson compares amplitudes with those that were read from the recording, which is quick
and near; the second compares sounds, which is right. [main]
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ml.training.instrument.analysis import HOP, Take
from ml.training.instrument.corpus import Sounds
from ml.training.instrument.distance import envelope_db, spectral
from ml.training.instrument.export import weights_in
from ml.training.instrument.network import NEPER_A_DB, Strings
from ml.training.instrument.sound import noise_tables, sounding
from realtime.dsp.strings.sizes import FADES_HZ, HARMONICS, LOWEST_DB

FRAMES, FRAMES_TOGETHER = 250, 16
SOUND_FRAMES, SOUNDS_TOGETHER = 301, 6
_STARTS = 50  # frames that are not judged: the network knows nothing yet, and no hall has answered
_OFTEN = 0.7  # short notes come a little more often than their length says: they are mostly attack
_LEVEL_DB, _PITCH_CENTS = 1.0, 3.0  # how sure a level and a pitch that were read off are
_ENVELOPE = 0.12  # of a dB, beside the spectral distance
_HEARD = np.exp(-12.5), np.exp(-16.5)  # harmonics and noise bands under these amplitudes count little
_NOTHING = 1e-8


class Batch(NamedTuple):
    """Pieces of equal length: (pieces, frames), and what they are compared with. [any]"""

    hertz: Tensor
    loudness_db: Tensor
    source: Tensor
    harmonics: Tensor
    noise: Tensor
    sound: Tensor
    begin: Tensor
    offset: Tensor


@dataclass
class Lesson:
    """Teaches `Strings`, by frames or by sound. [main]"""

    sounds: Sounds
    by_sound: bool
    begin: Path | None = None  # weights to go on from; an instrument's NAME.npz too

    def __post_init__(self) -> None:
        self.name = "sound" if self.by_sound else "frames"
        self._frames, self._together = (SOUND_FRAMES, SOUNDS_TOGETHER) if self.by_sound else (FRAMES, FRAMES_TOGETHER)
        lengths = np.array([max(len(take), FRAMES) for _, take in self.sounds.learned], np.float64) ** _OFTEN
        self._chances = lengths / lengths.sum()
        self._tables = torch.from_numpy(noise_tables())
        self._tables_there: dict[torch.device, Tensor] = {}  # 50 MB: not to be sent to a GPU at each step

    def fingerprint(self) -> str:
        """Of what is learned and how. [main]"""
        said = [f"{source}:{take.name}:{len(take)}" for source, take in self.sounds.learned]
        if self.begin is not None:
            said.append(hashlib.sha256(self.begin.read_bytes()).hexdigest())
        said += [self.name, str(self._frames), str(self._together), str(_ENVELOPE)]
        return f"lesson: {hashlib.sha256(chr(10).join(said).encode()).hexdigest()}"

    def model(self) -> nn.Module:
        """A network that begins with the recordings' mean sound, or with what was learned before. [main]"""
        network = Strings(len(self.sounds.corpora))
        if self.begin is not None:
            adopt(network, weights_in(self.begin))
            return network
        logs = []
        for _, take in self.sounds.learned:
            loud = take.loudness_db > -60.0
            drawn = np.log(np.maximum(np.concatenate([take.harmonics, take.noise], 1)[loud], _NOTHING))
            logs.append(drawn - NEPER_A_DB * take.loudness_db[loud, None])
        with torch.no_grad():
            network.out.bias.copy_(torch.from_numpy(np.concatenate(logs).mean(0)))
        return network

    def batches(self, seed: int, step: int, rank: int, world: int) -> Batch:
        """Batch number `step`. [worker]"""
        chance = np.random.default_rng((seed, step, rank, int(self.by_sound)))
        pieces = [self._piece(chance) for _ in range(self._together)]
        stacked = [torch.from_numpy(np.stack(each)) for each in zip(*pieces, strict=True)]
        return Batch(*stacked)

    def _piece(self, chance: np.random.Generator) -> tuple[npt.NDArray[np.generic], ...]:
        source, take = self.sounds.learned[int(chance.choice(len(self._chances), p=self._chances))]
        at = int(chance.integers(max(1, len(take) - self._frames + 1)))
        some = slice(at, at + self._frames)
        missing = self._frames - len(take.hertz[some])
        louder_db, sharper = chance.normal(0.0, _LEVEL_DB), 2.0 ** (chance.normal(0.0, _PITCH_CENTS) / 1_200.0)
        gain = np.float32(10.0 ** (louder_db / 20.0))
        hertz = np.pad(take.hertz[some], (0, missing), "edge")
        loudness = np.maximum(take.loudness_db[some] + np.float32(louder_db), LOWEST_DB)
        loudness = np.pad(loudness, (0, missing), constant_values=LOWEST_DB)
        told: tuple[npt.NDArray[np.generic], ...]
        if self.by_sound:  # and the sines stay where the recording's are
            told = np.zeros((0, 0), np.float32), np.zeros((0, 0), np.float32)
            sound = np.pad(take.sound[at * HOP :][: (self._frames - missing - 1) * HOP], (0, missing * HOP))
        else:
            told = tuple(np.pad(gain * each[some], ((0, missing), (0, 0))) for each in (take.harmonics, take.noise))
            sound = np.zeros(0, np.float32)
            hertz = hertz * np.float32(sharper)
        period = self._tables.shape[1] - HOP
        return (
            hertz.astype(np.float32),
            loudness.astype(np.float32),
            np.array(source),
            *told,
            gain * sound,
            np.array(chance.random()),
            np.array(int(chance.integers(period))),
        )

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """How far from the recordings. [main]"""
        harmonics, noise, logs = model(batch.hertz, batch.loudness_db, batch.source)
        if not self.by_sound:
            return _of_frames(logs, batch)
        assert isinstance(model, Strings)
        tables = self._tables_on(batch.hertz.device)
        dry = sounding(harmonics.float(), noise.float(), batch.hertz, batch.begin, tables, batch.offset)
        made, right = model.in_hall(dry, batch.source)[:, _STARTS * HOP :], batch.sound[:, _STARTS * HOP :]
        linear, logarithmic = spectral(made, right)
        apart_db = envelope_db(made, right)
        parts = {"linear": linear.mean(), "log": logarithmic.mean(), "envelope_db": apart_db.mean()}
        loss = parts["linear"] + parts["log"] + _ENVELOPE * parts["envelope_db"]
        return loss, {name: float(part.detach()) for name, part in parts.items()}

    def validate(self, model: nn.Module) -> dict[str, float]:
        """On the recordings that were kept out, each from its own pitch and loudness. [main]"""
        tables = self._tables_on(next(model.parameters()).device)
        sums: dict[str, list[float]] = {}
        for source, take in self.sounds.kept:
            if self.by_sound:
                made = torch.from_numpy(resounded(model, take, source, tables))[None]
                right = torch.from_numpy(take.sound[None, : made.shape[1]])
                linear, logarithmic = spectral(made, right)
                apart, apart_db = float(linear + logarithmic), float(envelope_db(made, right))
                said = {"figure": apart + _ENVELOPE * apart_db, "spectral": apart, "envelope_db": apart_db}
            else:
                whole = _whole(take, source, next(model.parameters()).device)
                loss, said = _of_frames(model(whole.hertz, whole.loudness_db, whole.source)[2], whole)
                said = {"figure": float(loss.detach()), **said}
            for name, value in said.items():
                sums.setdefault(name, []).append(value)
        return {name: float(np.mean(values)) for name, values in sums.items()}

    def _tables_on(self, device: torch.device) -> Tensor:
        if device not in self._tables_there:
            self._tables_there[device] = self._tables.to(device)
        return self._tables_there[device]


def resounded(model: nn.Module, take: Take, source: int, tables: Tensor) -> npt.NDArray[np.float32]:
    """A take as the network plays it. [main]"""
    assert isinstance(model, Strings)
    device = next(model.parameters()).device
    whole = _whole(take, source, device)
    with torch.no_grad():
        harmonics, noise, _ = model(whole.hertz, whole.loudness_db, whole.source)
        sound = sounding(harmonics, noise, whole.hertz, whole.begin, tables.to(device), whole.offset)
        made: npt.NDArray[np.float32] = model.in_hall(sound, whole.source)[0].cpu().numpy()
    return made


def adopt(network: Strings, weights: dict[str, Tensor]) -> None:
    """Take over what another network learned; where that one knew other corpora, its first stands for all. [main]"""
    own = network.state_dict()
    for name, value in weights.items():
        if name in own and own[name].shape != value.shape:
            if name == "into.weight":
                told = value.shape[1] - _corpora_of(weights)
                value = torch.cat([value[:, :told], *[value[:, told : told + 1]] * network.corpora], 1)
            else:
                value = value[:1].expand_as(own[name])
        own[name] = value.clone()
    network.load_state_dict(own)


def _corpora_of(weights: dict[str, Tensor]) -> int:
    return int(weights["body"].shape[0])


def _whole(take: Take, source: int, device: torch.device) -> Batch:
    return Batch(
        hertz=torch.from_numpy(take.hertz)[None].to(device),
        loudness_db=torch.from_numpy(take.loudness_db)[None].to(device),
        source=torch.tensor([source], device=device),
        harmonics=torch.from_numpy(take.harmonics)[None].to(device),
        noise=torch.from_numpy(take.noise)[None].to(device),
        sound=torch.from_numpy(take.sound)[None].to(device),
        begin=torch.zeros(1, device=device),
        offset=torch.zeros(1, dtype=torch.int64, device=device),
    )


def _of_frames(logs: Tensor, batch: Batch) -> tuple[Tensor, dict[str, float]]:
    """Nepers between the logarithms; what is too soft to be read off counts little."""
    sounds = (batch.loudness_db > -80.0).to(logs.dtype)[..., None]
    partials_hz = batch.hertz[..., None] * torch.arange(1, HARMONICS + 1, device=logs.device)
    parts: dict[str, Tensor] = {}
    for name, drawn, right, heard, spread in (
        ("harmonics", logs[..., :HARMONICS], batch.harmonics, _HEARD[0], (partials_hz < FADES_HZ[1]).to(logs.dtype)),
        ("noise", logs[..., HARMONICS:], batch.noise, _HEARD[1], torch.ones((), device=logs.device)),
    ):
        wanted = torch.log(right.clamp(min=_NOTHING))
        weight = sounds * spread * ((wanted - float(np.log(heard))) / 3.0).clamp(0.05, 1.0)
        parts[name] = ((drawn - wanted).abs() * weight).sum() / (weight.sum() + 1e-6)
    return parts["harmonics"] + parts["noise"], {name: float(part.detach()) for name, part in parts.items()}
