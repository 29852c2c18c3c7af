"""A network with CREPE's contract and no weights to download: each bin asks how much of the window is its own sine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ml.opinion.weights import ACTIVATION, BINS, WINDOW, WINDOWS

CENTS = 1997.3794084376191 + 20.0 * np.arange(BINS)  # above 10 Hz
BIN_HZ = 10.0 * 2.0 ** (CENTS / 1200.0)


def matched_filters() -> onnx.ModelProto:
    """(n, 1024) → (n, 360): 1 where a sine of that pitch fills the window; noise stays below 0.1."""
    taper = np.hanning(WINDOW)
    turns = np.outer(np.arange(WINDOW) / 16_000.0, BIN_HZ)
    waves = np.exp(2j * np.pi * turns) * taper[:, None] * np.sqrt(2.0) / taper.sum()
    nodes = [
        helper.make_node("MatMul", [WINDOWS, "cosines"], ["even"]),
        helper.make_node("MatMul", [WINDOWS, "sines"], ["odd"]),
        helper.make_node("Mul", ["even", "even"], ["even²"]),
        helper.make_node("Mul", ["odd", "odd"], ["odd²"]),
        helper.make_node("Add", ["even²", "odd²"], [ACTIVATION]),
    ]
    weights = [
        numpy_helper.from_array(waves.real.astype(np.float32), "cosines"),
        numpy_helper.from_array(waves.imag.astype(np.float32), "sines"),
    ]
    return model_of(nodes, [(WINDOWS, ("n", WINDOW))], [(ACTIVATION, ("n", BINS))], weights)


Shape = tuple[str | int, ...]


def model_of(
    nodes: list[onnx.NodeProto],
    inputs: list[tuple[str, Shape]],
    outputs: list[tuple[str, Shape]],
    weights: list[onnx.TensorProto] | None = None,
    kind: int = TensorProto.FLOAT,
) -> onnx.ModelProto:
    """A model of these nodes, that every onnxruntime of the last years can read."""
    graph = helper.make_graph(
        nodes,
        "made by a test",
        [helper.make_tensor_value_info(name, kind, shape) for name, shape in inputs],
        [helper.make_tensor_value_info(name, kind, shape) for name, shape in outputs],
        weights or [],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def saved(model: onnx.ModelProto, path: Path) -> Path:
    path.write_bytes(model.SerializeToString())
    return path
