"""What the program plays from a pitch and a loudness is what the network was trained to sound like."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from ml.training.instrument.analysis import HOP, Take
from ml.training.instrument.distance import envelope_db
from ml.training.instrument.export import arrays
from ml.training.instrument.network import Strings
from ml.training.instrument.sound import noise_tables
from ml.training.instrument.task import resounded
from realtime.dsp.strings.sizes import BANDS, HARMONICS, LOWEST_DB
from vocello import DDSPProcessor

pytestmark = pytest.mark.timeout(400)  # whoever comes first may have to compile

FRAMES = 500


def network(hiss: float) -> Strings:
    """A string that dulls with its harmonics, hisses, colours a little by chance, and stands in a hall."""
    torch.manual_seed(7)
    made = Strings()
    with torch.no_grad():
        made.out.weight.mul_(8.0)
        made.out.bias[:HARMONICS] = -1.0 - 0.05 * torch.arange(HARMONICS)
        made.out.bias[HARMONICS:] = hiss
        made.hall[:, 600:] = 0.004 * torch.randn(made.hall[:, 600:].shape)
    return made


def take() -> Take:
    t = np.arange(FRAMES)
    loudness = np.where((t > 80) & (t < 420), -28.0 + 8.0 * np.sin(t / 30.0), LOWEST_DB)
    return Take(
        name="gesture",
        sound=np.zeros(FRAMES * HOP, np.float32),
        hertz=(196.0 * 2.0 ** (np.sin(t / 6.0) / 30.0)).astype(np.float32),
        is_voiced=loudness > LOWEST_DB,
        loudness_db=loudness.astype(np.float32),
        harmonics=np.zeros((FRAMES, HARMONICS), np.float32),
        noise=np.zeros((FRAMES, BANDS), np.float32),
    )


def shipped(made: Strings, folder: Path) -> Path:
    packed = io.BytesIO()
    np.savez(packed, **arrays(made))  # type: ignore[arg-type]
    (folder / "own.npz").write_bytes(packed.getvalue())
    card = {"weights": "own.npz", "sha256": hashlib.sha256(packed.getvalue()).hexdigest()}
    (folder / "own.json").write_text(json.dumps(card))
    return folder / "own.npz"


def apart_db(made: npt.NDArray[np.float32], right: npt.NDArray[np.float32]) -> float:
    both = (torch.from_numpy(each[None, : len(right)]) for each in (made, right))
    return float(envelope_db(*both))


@pytest.mark.parametrize("hall", [True, False])
def test_the_program_and_the_training_sound_alike(hall: bool, tmp_path: Path) -> None:
    made, gesture = network(hiss=-40.0), take()
    played = DDSPProcessor(shipped(made, tmp_path), 48_000, 480, hall=hall)
    if not hall:
        torch.nn.init.zeros_(made.hall)
    right = resounded(made, gesture, 0, torch.from_numpy(noise_tables()))
    assert np.abs(right).max() > 0.01
    assert apart_db(played.resynthesise(gesture.hertz, gesture.loudness_db), right) < 0.1


def test_their_noise_is_as_alike_as_two_noises_of_one_colour_are(tmp_path: Path) -> None:
    made, gesture = network(hiss=-6.0), take()
    right, other = (resounded(made, gesture, 0, torch.from_numpy(noise_tables(seed))) for seed in (1, 2))
    played = DDSPProcessor(shipped(made, tmp_path), 48_000, 480)
    assert apart_db(other, right) > 0.3
    assert apart_db(played.resynthesise(gesture.hertz, gesture.loudness_db), right) < apart_db(other, right) + 0.1
