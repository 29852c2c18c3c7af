"""From what was learned to what is shipped: an ONNX file whose memory is an input and an output.

What flows in: a network. What flows out: a file that onnxruntime opens, in 32 bits, 16 or 8, and how far each strays
from the network it was made of. [main]
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ml.learned.ear import AFTER, STATES
from ml.learned.features import WIDTH
from ml.learned.heads import AGE, PITCH, SOUNDS
from ml.session import Network
from ml.training.ears.network import Ears, Hindsight

FLOAT32, FLOAT16, INT8 = "float32", "float16", "int8"
_OPSET = 17
_WORTH_SHRINKING = 256  # numbers: smaller tensors are biases and norms, which cost nothing and matter much


class Speaking(nn.Module):
    """A network that says chances, not logits. [main]"""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, rows: Tensor, *states: Tensor) -> tuple[Tensor, ...] | Tensor:
        """Rows and memory → chances and memory. [main]"""
        said = self.network(rows, *states)
        if isinstance(said, tuple):
            return _chances(said[0]), *said[1:]
        return _chances(said)


def _chances(said: Tensor) -> Tensor:
    parts = [torch.softmax(said[..., head], -1) for head in (AGE, PITCH)]
    return torch.cat([*parts, torch.sigmoid(said[..., SOUNDS:])], -1)


def export(network: Ears | Hindsight, path: Path, precision: str = FLOAT32) -> None:
    """Write a network as ONNX. [main]"""
    import onnx

    network = network.eval()
    rows = torch.zeros(1, 1 if isinstance(network, Ears) else 50, WIDTH)
    states = network.silence(1) if isinstance(network, Ears) else ()
    names = STATES if states else ()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a future exporter, and a batch of one
        torch.onnx.export(
            Speaking(network).eval(),  # or the network would be left as it is while it learns
            (rows, *states),
            str(path),
            input_names=["rows", *names],
            output_names=["chances", *(name + AFTER for name in names)],
            dynamic_axes=None if states else {"rows": {1: "hops"}, "chances": {1: "hops"}},  # fixed places are quicker
            opset_version=_OPSET,
            dynamo=False,
        )
    if precision != FLOAT32:
        model = onnx.load(str(path))
        onnx.save(_shrunk(model, precision), str(path))


def _shrunk(model: Any, precision: str) -> Any:
    """The same sums on rounder weights: stored small, widened when the file is opened."""
    from onnx import helper, numpy_helper

    graph = model.graph
    widen, kept = [], []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < _WORTH_SHRINKING:
            kept.append(tensor)
            continue
        small = tensor.name + "_small"
        if precision == FLOAT16:
            kept.append(numpy_helper.from_array(values.astype(np.float16), small))
            widen.append(helper.make_node("Cast", [small], [tensor.name], to=1))
            continue
        axis = (
            1 if values.ndim == 3 and values.shape[0] == 1 else 0
        )  # a recurrent layer's rows lie behind its direction
        others = tuple(i for i in range(values.ndim) if i != axis)
        scale = np.maximum(np.abs(values).max(axis=others), 1e-8) / 127.0
        wide = np.expand_dims(scale, others)
        kept.append(numpy_helper.from_array(np.round(values / wide).clip(-127, 127).astype(np.int8), small))
        kept.append(numpy_helper.from_array(scale.astype(np.float32), small + "_scale"))
        widen.append(helper.make_node("DequantizeLinear", [small, small + "_scale"], [tensor.name], axis=axis))
    nodes = [*widen, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)
    return model


def strays(network: Ears | Hindsight, path: Path, hops: int = 400, seed: int = 0) -> float:
    """The farthest any chance strays from the network's own, hop by hop, on rows like those it learned from. [main]"""
    network = network.eval()
    spread: Any = network.spread
    mean: Any = network.mean
    rows = torch.randn(1, hops, WIDTH, generator=torch.Generator().manual_seed(seed)) * spread + mean
    with torch.no_grad():
        if isinstance(network, Ears):
            right = _chances(network(rows, *network.silence(1))[0])
            opened = Network(path, states={name: name + AFTER for name in STATES})
            said = np.concatenate(
                [opened.run(rows=rows[:, i : i + 1].numpy())["chances"].copy() for i in range(hops)], 1
            )
        else:
            right = _chances(network(rows))
            said = Network(path).run(rows=rows.numpy())["chances"]
    return float(np.abs(said - right.numpy()).max())
