"""A model on disk as a network one can call: named tensors in, named tensors out, its memory in sight.

What flows in: an ONNX file, then arrays by name. What flows out: arrays by name, and one ModelError for whatever may be
wrong with either. Loaded on the main thread, run on the ears' thread. No other file imports onnxruntime, and this one
does so only when a first network is opened: a program that needs no model does not wait for it.

What a network remembers from run to run lies in two sets of tensors that change places: what one run wrote, the next
one reads, where it lies. Inputs and outputs have their places as well, so that a hop costs little more than the
network itself. Everything runs on the thread that calls: threads of a pool that spin while they wait would take the
core from the audio callback.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from score.errors import ModelError

Array = npt.NDArray[Any]

_CUDA = "CUDAExecutionProvider"
_CPU = "CPUExecutionProvider"
_FATAL = 4  # onnxruntime's severity: what is less than fatal is raised, and said once, by us
_NO_STATES: Mapping[str, str] = MappingProxyType({})
_NOWHERE: Mapping[str, Array] = MappingProxyType({})
_DTYPES = {
    "tensor(float)": "f4",
    "tensor(double)": "f8",
    "tensor(float16)": "f2",
    "tensor(int64)": "i8",
    "tensor(int32)": "i4",
    "tensor(int8)": "i1",
    "tensor(uint8)": "u1",
    "tensor(bool)": "?",
}


class Tensor(NamedTuple):
    """What a network asks for, or gives, under one name. [any]"""

    shape: tuple[int | None, ...]  # None: any size
    dtype: np.dtype[Any]


class _Places(NamedTuple):
    """Where inputs and outputs of a fixed size lie, and both ways to run between the two sets of states."""

    inputs: dict[str, Array]
    outputs: dict[str, Array]
    ways: tuple[Any, Any]


class Network:
    """A network that is ready to run; `states` names each input that remembers, and the output it remembers. [ears]"""

    def __init__(self, path: Path, *, sha256: str | None = None, states: Mapping[str, str] = _NO_STATES) -> None:
        self.path = Path(path)
        model = _read(self.path, sha256)
        self._session = _open(self.path, model)
        self.provider = "CUDA" if self._session.get_providers()[0] == _CUDA else "CPU"
        self.metadata: dict[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)
        inputs = _tensors(self.path, self._session.get_inputs())
        outputs = _tensors(self.path, self._session.get_outputs())
        self.states = {name: _state(self.path, inputs, outputs, name, after) for name, after in states.items()}
        self._after = dict(states)
        self.inputs = {name: tensor for name, tensor in inputs.items() if name not in states}
        self.outputs = {name: tensor for name, tensor in outputs.items() if name not in states.values()}
        self._memory = (self._blank(), self._blank())
        self._now = 0  # which of the two the next run reads
        is_fixed = all(None not in tensor.shape for tensor in self.inputs.values())
        self._places = self._place() if is_fixed else None

    @property
    def memory(self) -> dict[str, Array]:
        """What the next run will remember, by the name of the input; a copy. [ears]"""
        return {name: value.numpy().copy() for name, value in self._memory[self._now].items()}

    def run(self, **tensors: Array) -> dict[str, Array]:
        """All outputs but the states, which are kept for the next run. [ears]"""
        self._check(tensors)
        try:
            found = self._run_in_places(self._places, tensors) if self._places else self._run_anywhere(tensors)
        except Exception as error:  # the library's exceptions have no common ancestor of their own
            raise self._not_run(error) from error
        self._now = 1 - self._now
        for name, values in found.items():
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                self.reset()  # or it would remember this for ever
                raise ModelError(
                    f"the model '{self.path}' answered '{name}' with what is no number.",
                    "It has forgotten all it heard. If this comes back, put the model back in order: " + _RESTORE,
                )
        return found

    def reset(self) -> None:
        """Forget everything: all states are zero. [ears]"""
        for name, value in self._memory[self._now].items():
            value.update_inplace(_zeros(self.states[name]))

    def _check(self, tensors: Mapping[str, Array]) -> None:
        for name, tensor in self.inputs.items():
            given = tensors.get(name)
            if given is None:
                raise ModelError(
                    f"the model '{self.path}' was not given '{name}'.", f"It needs {_listed(self.inputs)}."
                )
            if given.dtype != tensor.dtype or not _fits(given.shape, tensor.shape):
                raise ModelError(
                    f"the model '{self.path}' was given '{name}' as {_spelled(Tensor(given.shape, given.dtype))}.",
                    f"It needs {_spelled(tensor)}.",
                )
        if len(tensors) > len(self.inputs):
            strange = ", ".join(f"'{name}'" for name in tensors if name not in self.inputs)
            raise ModelError(f"the model '{self.path}' knows no {strange}.", f"It needs {_listed(self.inputs)}.")

    def _blank(self) -> dict[str, Any]:
        """One set of states, at zero, on the device that runs the network."""
        device = "cuda" if self.provider == "CUDA" else "cpu"
        return {name: _value(_zeros(tensor), device) for name, tensor in self.states.items()}

    def _run_in_places(self, places: _Places, tensors: Mapping[str, Array]) -> dict[str, Array]:
        for name, place in places.inputs.items():
            np.copyto(place, tensors[name])
        self._session.run_with_iobinding(places.ways[self._now])
        return {name: place.copy() for name, place in places.outputs.items()}

    def _run_anywhere(self, tensors: Mapping[str, Array]) -> dict[str, Array]:
        """Inputs of any size: they are read where they lie, and the library finds room for the outputs."""
        whole = {name: np.ascontiguousarray(tensors[name]) for name in self.inputs}  # held until the run is over
        way = self._way(self._now, whole)
        self._session.run_with_iobinding(way)
        return {name: value.numpy().copy() for name, value in zip(self.outputs, way.get_outputs(), strict=False)}

    def _place(self) -> _Places:
        """Give inputs and outputs their places; a trial run shows what size the outputs have."""
        inputs = {name: _zeros(tensor) for name, tensor in self.inputs.items()}
        silent = inputs | {name: _zeros(tensor) for name, tensor in self.states.items()}
        try:
            tried = self._session.run(list(self.outputs), silent)
        except Exception as error:
            raise self._not_run(error) from error
        outputs = {name: np.zeros_like(values) for name, values in zip(self.outputs, tried, strict=True)}
        return _Places(inputs, outputs, (self._way(0, inputs, outputs), self._way(1, inputs, outputs)))

    def _way(self, now: int, inputs: Mapping[str, Array], outputs: Mapping[str, Array] = _NOWHERE) -> Any:
        """From one set of states to the other; outputs come first, and in order."""
        binding = self._session.io_binding()
        for name, place in inputs.items():
            binding.bind_ortvalue_input(name, _value(place))
        for name in self.outputs:
            if name in outputs:
                binding.bind_ortvalue_output(name, _value(outputs[name]))
            else:
                binding.bind_output(name)
        for name, value in self._memory[now].items():
            binding.bind_ortvalue_input(name, value)
        for name, value in self._memory[1 - now].items():
            binding.bind_ortvalue_output(self._after[name], value)
        return binding

    def _not_run(self, error: Exception) -> ModelError:
        return ModelError(f"the model '{self.path}' cannot be run: {_first_line(error)}", _AGAIN)


_RESTORE = "pip install --force-reinstall --no-deps vocello"
_AGAIN = f"Put the model back in order: {_RESTORE}"


@cache
def _onnxruntime() -> Any:
    """The library, quiet, and telling nobody what it is used for."""
    import onnxruntime

    onnxruntime.set_default_logger_severity(_FATAL)
    onnxruntime.disable_telemetry_events()
    if _CUDA in onnxruntime.get_available_providers():
        with contextlib.redirect_stdout(io.StringIO()):  # it prints what it does not find
            onnxruntime.preload_dlls()
    return onnxruntime


def _read(path: Path, sha256: str | None) -> bytes:
    try:
        model = path.read_bytes()
    except OSError as error:
        reason = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
        raise ModelError(f"the model '{path}' {reason}.", f"Vocello's own models come back with: {_RESTORE}") from error
    found = hashlib.sha256(model).hexdigest()
    if sha256 is not None and found != sha256.lower():
        raise ModelError(
            f"the model '{path}' is not the one that was published: its sha256 is {found[:12]}…, not {sha256[:12]}….",
            _AGAIN,
        )
    return model


def _open(path: Path, model: bytes) -> Any:
    library = _onnxruntime()
    options = library.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = library.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = _FATAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    providers = [name for name in (_CUDA, _CPU) if name in library.get_available_providers()]
    try:
        return library.InferenceSession(model, options, providers=providers)
    except Exception as error:
        raise ModelError(f"'{path}' is no ONNX model, or only a part of one: {_first_line(error)}", _AGAIN) from error


def _tensors(path: Path, found: Iterable[Any]) -> dict[str, Tensor]:
    tensors = {}
    for each in found:
        if each.type not in _DTYPES:
            raise ModelError(
                f"'{each.name}' of the model '{path}' is a {each.type}.", "Export it as a tensor of numbers."
            )
        shape = tuple(size if isinstance(size, int) else None for size in each.shape)
        tensors[each.name] = Tensor(shape, np.dtype(_DTYPES[each.type]))
    return tensors


def _state(path: Path, inputs: Mapping[str, Tensor], outputs: Mapping[str, Tensor], name: str, after: str) -> Tensor:
    for wanted, known in ((name, inputs), (after, outputs)):
        if wanted not in known:
            raise ModelError(f"the model '{path}' has no '{wanted}' to remember by.", f"It has {_listed(known)}.")
    reads, writes = inputs[name], outputs[after]
    if None in reads.shape or reads.dtype != writes.dtype or not _fits(reads.shape, writes.shape):
        raise ModelError(
            f"the model '{path}' reads '{name}' as {_spelled(reads)} and writes it as {_spelled(writes)}.",
            "Export it with states of one fixed shape.",
        )
    return reads


def _zeros(tensor: Tensor) -> Array:
    return np.zeros([size or 0 for size in tensor.shape], tensor.dtype)


def _value(place: Array, device: str = "cpu") -> Any:
    """The library's view of an array; on the CPU, the same memory."""
    return _onnxruntime().OrtValue.ortvalue_from_numpy(place, device, 0)


def _fits(shape: tuple[int | None, ...], wanted: tuple[int | None, ...]) -> bool:
    return shape == wanted or (
        len(shape) == len(wanted) and all(size in (None, n) for n, size in zip(shape, wanted, strict=True))
    )


def _listed(tensors: Mapping[str, Tensor]) -> str:
    return ", ".join(f"'{name}' as {_spelled(tensor)}" for name, tensor in tensors.items())


def _spelled(tensor: Tensor) -> str:
    return f"{tensor.dtype} ({', '.join('any' if size is None else str(size) for size in tensor.shape)})"


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
