"""Networks that remember, made by the test: their numbers, their memory, and what is said when something is wrong."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from ml.session import Network, Tensor
from score.errors import ModelError
from tests.ml.opinion.made_networks import model_of, saved

STATES = {"sum": "sum_after", "count": "count_after"}


def running_sum() -> onnx.ModelProto:
    """sum += x, count += 1; told is both of them, and the root of the sum."""
    return model_of(
        [
            helper.make_node("Add", ["x", "sum"], ["sum_after"]),
            helper.make_node("Add", ["one", "count"], ["count_after"]),
            helper.make_node("Concat", ["sum_after", "count_after"], ["told"], axis=1),
            helper.make_node("Sqrt", ["sum_after"], ["root"]),
        ],
        [("x", (1, 3)), ("sum", (1, 3)), ("count", (1, 1))],
        [("told", (1, 4)), ("root", (1, 3)), ("sum_after", (1, 3)), ("count_after", (1, 1))],
        [numpy_helper.from_array(np.ones((1, 1), np.float32), "one")],
    )


def any_length() -> onnx.ModelProto:
    """Hops of any number at once: each is the sum of all before it; the last is remembered."""
    return model_of(
        [
            helper.make_node("Concat", ["sum", "x"], ["all"], axis=1),
            helper.make_node("CumSum", ["all", "along"], ["summed"]),
            helper.make_node("Slice", ["summed", "one", "end", "along1"], ["told"]),
            helper.make_node("Slice", ["summed", "last", "end", "along1"], ["sum_after"]),
        ],
        [("x", (1, "hops")), ("sum", (1, 1))],
        [("told", (1, "hops")), ("sum_after", (1, "one"))],
        [
            numpy_helper.from_array(np.array(1, np.int64), "along"),
            numpy_helper.from_array(np.array([1], np.int64), "along1"),
            numpy_helper.from_array(np.array([1], np.int64), "one"),
            numpy_helper.from_array(np.array([-1], np.int64), "last"),
            numpy_helper.from_array(np.array([2**31], np.int64), "end"),
        ],
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return saved(running_sum(), tmp_path / "sum.onnx")


@pytest.fixture
def network(path: Path) -> Network:
    return Network(path, states=STATES)


def row(*values: float) -> np.ndarray:
    return np.array([values], np.float32)


def test_a_network_says_what_it_takes_and_gives_and_what_it_remembers(network):
    assert network.inputs == {"x": Tensor((1, 3), np.dtype("f4"))}
    assert network.outputs == {"told": Tensor((1, 4), np.dtype("f4")), "root": Tensor((1, 3), np.dtype("f4"))}
    assert network.states == {"sum": Tensor((1, 3), np.dtype("f4")), "count": Tensor((1, 1), np.dtype("f4"))}
    assert network.provider in ("CPU", "CUDA")


def test_what_one_run_wrote_the_next_one_reads(network):
    told = [network.run(x=row(hop, 2 * hop, 1))["told"][0].tolist() for hop in range(1, 6)]
    assert told == [[1, 2, 1, 1], [3, 6, 2, 2], [6, 12, 3, 3], [10, 20, 4, 4], [15, 30, 5, 5]]
    assert network.memory["sum"].tolist() == [[15, 30, 5]]
    assert network.memory["count"].tolist() == [[5]]


def test_the_outputs_stay_what_they_were_when_the_network_runs_on(network):
    first = network.run(x=row(1, 2, 3))
    kept = {name: values.copy() for name, values in first.items()}
    for _ in range(3):
        network.run(x=row(4, 5, 6))
    assert all(np.array_equal(first[name], kept[name]) for name in kept)


@pytest.mark.parametrize("runs_before", [0, 1, 2, 3])
def test_after_a_reset_it_hears_as_for_the_first_time(network, runs_before):
    for _ in range(runs_before):
        network.run(x=row(9, 9, 9))
    network.reset()
    assert all(not values.any() for values in network.memory.values())
    assert [network.run(x=row(1, 2, 3))["told"][0, 3] for _ in range(3)] == [1, 2, 3]


def test_the_memory_that_is_shown_is_a_copy(network):
    network.run(x=row(1, 2, 3))
    network.memory["sum"][:] = 99.0
    assert network.run(x=row(0, 0, 0))["told"][0, :3].tolist() == [1, 2, 3]


def test_two_networks_of_one_file_remember_apart(path):
    one, other = Network(path, states=STATES), Network(path, states=STATES)
    one.run(x=row(5, 5, 5))
    assert other.run(x=row(1, 1, 1))["told"][0].tolist() == [1, 1, 1, 1]


def test_a_state_that_nobody_named_is_an_input_like_any_other(path):
    network = Network(path)
    found = network.run(x=row(1, 2, 3), sum=row(10, 20, 30), count=row(7))
    assert set(found) == {"told", "root", "sum_after", "count_after"}
    assert found["told"][0].tolist() == [11, 22, 33, 8]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_however_the_hops_are_gathered_the_network_says_the_same(gathered_network, lengths):
    gathered_network.reset()
    voice = np.arange(1, sum(lengths) + 1, dtype=np.float32)[None, :]
    told, at = [], 0
    for length in lengths:
        told += gathered_network.run(x=voice[:, at : at + length])["told"][0].tolist()
        at += length
    assert told == np.cumsum(voice[0]).tolist()


@pytest.fixture(scope="module")
def gathered_network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return Network(saved(any_length(), tmp_path_factory.mktemp("any") / "any.onnx"), states={"sum": "sum_after"})


def test_an_input_that_is_cut_out_of_a_larger_array_is_read_right(network):
    wide = np.arange(12, dtype=np.float32).reshape(2, 6)
    assert network.run(x=wide[:1, ::2])["told"][0, :3].tolist() == [0, 2, 4]


def test_so_is_one_of_any_length_and_its_gaps_are_not_heard(gathered_network):
    gathered_network.reset()
    spaced = np.stack([np.arange(1, 5_000, dtype=np.float32), np.full(4_999, np.nan, np.float32)], axis=1)
    told = gathered_network.run(x=spaced[None, :, 0])["told"][0]
    assert np.array_equal(told, np.cumsum(spaced[:, 0]))


def test_what_is_written_in_the_model_can_be_read(tmp_path):
    model = running_sum()
    for key, value in (("rate_hz", "16000"), ("licence", "CC0-1.0")):
        model.metadata_props.add(key=key, value=value)
    assert Network(saved(model, tmp_path / "told.onnx")).metadata == {"rate_hz": "16000", "licence": "CC0-1.0"}


def test_the_model_that_was_published_is_known_by_its_hash(path):
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    assert Network(path, sha256=found.upper()).inputs
    with pytest.raises(ModelError, match=r"is not the one that was published.*pip install"):
        Network(path, sha256="0" * 64)


def test_a_model_that_is_not_there_is_named_with_what_brings_it_back(tmp_path):
    with pytest.raises(ModelError, match=r"gone\.onnx' is not there\. .*pip install"):
        Network(tmp_path / "gone.onnx")
    with pytest.raises(ModelError, match="cannot be read"):
        Network(tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_model_of_which_a_part_is_missing_is_refused(path, tmp_path, share, capfd):
    whole = path.read_bytes()
    part = tmp_path / "part.onnx"
    part.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ModelError, match="is no ONNX model, or only a part of one"):
        Network(part, states=STATES)
    assert capfd.readouterr() == ("", ""), "it is said once, by the error"


@pytest.mark.parametrize("content", [b"hello" * 99, b"version https://git-lfs.github.com/spec/v1\n", bytes(400)])
def test_a_file_that_is_no_model_is_refused(tmp_path, content, capfd):
    (tmp_path / "odd.onnx").write_bytes(content)
    with pytest.raises(ModelError, match="is no ONNX model"):
        Network(tmp_path / "odd.onnx")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        ({}, r"was not given 'x'\. It needs 'x' as float32 \(1, 3\)"),
        ({"x": row(1, 2)}, r"given 'x' as float32 \(1, 2\)\. It needs float32 \(1, 3\)"),
        ({"x": row(1, 2, 3)[0]}, r"given 'x' as float32 \(3\)"),
        ({"x": np.zeros((1, 3))}, r"given 'x' as float64 \(1, 3\)"),
        ({"x": row(1, 2, 3), "y": row(1)}, r"knows no 'y'"),
        ({"x": row(1, 2, 3), "sum": row(1, 2, 3)}, r"knows no 'sum'"),
    ],
)
def test_wrong_inputs_are_named_and_nothing_is_remembered_of_them(network, tensors, words):
    with pytest.raises(ModelError, match=words):
        network.run(**tensors)
    assert network.run(x=row(1, 1, 1))["told"][0].tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("broken", [row(np.nan, 0, 0), row(-1, 0, 0), row(np.inf, 0, 0)])
def test_an_answer_that_is_no_number_is_an_error_and_is_not_remembered(network, broken):
    network.run(x=row(0, 0, 0))
    with pytest.raises(ModelError, match=r"answered '\w+' with what is no number\. It has forgotten all"):
        network.run(x=broken)  # the root of -1 is none either
    assert network.run(x=row(1, 1, 1))["told"][0].tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ({"nothing": "sum_after"}, "has no 'nothing' to remember by"),
        ({"sum": "nothing"}, "has no 'nothing' to remember by"),
        ({"sum": "count_after"}, r"reads 'sum' as float32 \(1, 3\) and writes it as float32 \(1, 1\)"),
    ],
)
def test_states_that_the_model_does_not_have_are_refused(path, states, words):
    with pytest.raises(ModelError, match=words):
        Network(path, states=states)


def test_a_state_of_any_size_is_refused_since_it_has_no_beginning(tmp_path):
    path = saved(any_length(), tmp_path / "any.onnx")
    with pytest.raises(ModelError, match=r"reads 'x' as float32 \(1, any\)"):
        Network(path, states={"x": "told"})


def test_a_model_that_contradicts_itself_at_run_is_an_error_of_the_model(tmp_path):
    model = model_of([helper.make_node("Reshape", ["x", "two"], ["y"])], [("x", (1, "n"))], [("y", ("a", "b"))])
    model.graph.initializer.append(numpy_helper.from_array(np.array([2, -1], np.int64), "two"))
    network = Network(saved(model, tmp_path / "halves.onnx"))
    assert network.run(x=np.zeros((1, 4), np.float32))["y"].shape == (2, 2)
    with pytest.raises(ModelError, match="cannot be run"):
        network.run(x=np.zeros((1, 3), np.float32))


def test_a_model_of_words_is_refused(tmp_path):
    model = model_of(
        [helper.make_node("Identity", ["x"], ["y"])], [("x", (1,))], [("y", (1,))], kind=TensorProto.STRING
    )
    with pytest.raises(ModelError, match=r"'x' .* is a tensor\(string\)"):
        Network(saved(model, tmp_path / "words.onnx"))


def test_whole_numbers_go_in_and_come_out(tmp_path):
    model = model_of([helper.make_node("Add", ["x", "x"], ["y"])], [("x", (2,))], [("y", (2,))], kind=TensorProto.INT64)
    found = Network(saved(model, tmp_path / "int.onnx")).run(x=np.array([3, 2**40]))["y"]
    assert found.dtype == np.int64
    assert found.tolist() == [6, 2**41]


def test_a_network_runs_on_the_thread_that_calls_and_starts_none(path):
    before = threads_of_this_process()
    network = Network(path, states=STATES)
    for _ in range(20):
        network.run(x=row(1, 2, 3))
    assert threads_of_this_process() == before


def threads_of_this_process() -> int:
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else threading.active_count()


def test_the_library_is_not_loaded_before_a_network_is_opened():
    asked = "import sys, ml.session; sys.exit('onnxruntime' in sys.modules)"
    subprocess.run([sys.executable, "-c", asked], check=True, cwd=Path(__file__).parents[2], timeout=100)
