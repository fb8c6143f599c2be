"""ONNX files that are damaged or hostile end in a ``ModelError`` that says why, never in a crash."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from geoquant.engines.selection_cache import cache_key
from geoquant.errors import GeoquantError, ModelError
from geoquant.model_card.reading import read_card
from geoquant.onnx_graph.facts import graph_facts
from geoquant.onnx_graph.loading import load_model, model_sha256
from tests.builders.model_files import card_for
from tests.builders.networks import Network
from tests.builders.positive_layers import small_network


def network(bands: int = 2) -> Any:
    b = Network(bands, named=True)
    return b.ending_in(b.node("Conv", "x", b.weights(2, bands, 3, 3), pads=[1, 1, 1, 1]))


def saved(tmp_path: Path, model: Any, name: str = "model.onnx") -> Path:
    path = tmp_path / name
    path.write_bytes(model.SerializeToString())
    return path


def with_external(tmp_path: Path, location: str, **facts: Any) -> Path:
    model = network()
    weights = model.graph.initializer[0]
    content = weights.raw_data
    (tmp_path / "weights.bin").write_bytes(content)
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **facts}.items():
        weights.external_data.add(key=key, value=str(value))
    return saved(tmp_path, model)


def test_a_good_model_loads_and_hashes(tmp_path: Path) -> None:
    path = saved(tmp_path, network())
    assert load_model(path) == network()
    assert len(model_sha256(path)) == 64


def test_other_weights_in_a_file_of_their_own_are_another_model(tmp_path: Path) -> None:
    path = with_external(tmp_path, "weights.bin")
    card = card_for(2, 2)
    known = model_sha256(path), cache_key(path, card, [])
    assert (model_sha256(path), cache_key(path, card, [])) == known
    weights = tmp_path / "weights.bin"
    weights.write_bytes(bytes(reversed(weights.read_bytes())))
    assert model_sha256(path) != known[0]
    assert cache_key(path, card, []) != known[1]


def test_a_model_in_one_file_is_known_by_that_file(tmp_path: Path) -> None:
    path = saved(tmp_path, network())
    assert model_sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_external_data_in_the_folder_loads(tmp_path: Path) -> None:
    model = load_model(with_external(tmp_path, "weights.bin"))
    np.testing.assert_array_equal(
        onnx.numpy_helper.to_array(model.graph.initializer[0]),
        onnx.numpy_helper.to_array(network().graph.initializer[0]),
    )


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("/etc/hostname", "relative to the model's folder"),
        ("C:\\Windows\\win.ini", "relative to the model's folder"),
        ("\\\\server\\share\\w.bin", "relative to the model's folder"),
        ("../weights.bin", "outside the model's folder"),
        ("a/../../weights.bin", "outside the model's folder"),
        ("..\\weights.bin", "outside the model's folder"),
        ("", "relative to the model's folder"),
        ("absent.bin", "missing"),
        (".", "missing"),
        ("weights\0.bin", "the character 0 in its name"),
    ],
)
def test_external_data_elsewhere_is_refused(tmp_path: Path, location: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        load_model(with_external(tmp_path, location))


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    path = with_external(folder, "weights.bin")
    (folder / "weights.bin").rename(tmp_path / "weights.bin")
    os.symlink(tmp_path / "weights.bin", folder / "weights.bin")
    with pytest.raises(ModelError, match="a link that leaves"):
        load_model(path)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"offset": 8}, "need|shorter|bytes"),
        ({"offset": -1}, "the file has"),
        ({"length": 10**12}, "the file has .* truncated"),
        ({"offset": "zero"}, "not a number"),
    ],
)
def test_external_data_of_the_wrong_size_is_refused(tmp_path: Path, facts: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        load_model(with_external(tmp_path, "weights.bin", **facts))


def test_missing_and_foreign_files(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No such file"):
        load_model(tmp_path / "absent.onnx")
    with pytest.raises(ModelError, match="is not a file"):
        load_model(tmp_path)
    os.mkfifo(tmp_path / "pipe.onnx")
    with pytest.raises(ModelError, match="is not a file"):
        load_model(tmp_path / "pipe.onnx")
    for content in (b"", b"PK\x03\x04 a zip", b"\x89HDF\r\n\x1a\n", b"{}"):
        path = tmp_path / "model.onnx"
        path.write_bytes(content)
        with pytest.raises(ModelError, match="ONNX"):
            load_model(path)


@given(st.floats(0, 1))
def test_a_truncated_file_is_refused(tmp_path: Path, share: float) -> None:
    content = network().SerializeToString()
    path = tmp_path / "model.onnx"
    graph_ends = len(content) - 40  # what follows are operator sets, one more or less of which is a model as well
    path.write_bytes(content[: int(share * graph_ends)])
    with pytest.raises(ModelError):
        load_model(path)


@given(st.binary(max_size=200), st.integers(0, 10**6), st.booleans())
def test_damaged_bytes_never_crash(tmp_path: Path, noise: bytes, place: int, alone: bool) -> None:
    """A flipped byte may leave a valid model behind; what it must not leave is another exception."""
    content = bytearray(network().SerializeToString())
    place %= len(content)
    content[place : place + len(noise)] = noise
    path = tmp_path / "model.onnx"
    path.write_bytes(noise if alone else bytes(content))
    try:
        facts = graph_facts(load_model(path))
    except GeoquantError as error:
        assert str(error)  # noqa: PT017  one of two right answers
    else:
        assert len(facts.input_shape) == 4


def test_absurd_sizes_are_refused_before_anything_is_allocated(tmp_path: Path) -> None:
    model = network()
    weights = model.graph.initializer[0]
    weights.dims[:] = [2**31, 2**31, 3, 3]
    with pytest.raises(ModelError, match="GiB"):
        load_model(saved(tmp_path, model))
    weights.dims[:] = [2, -2, 3, 3]
    with pytest.raises(ModelError, match="below 0"):
        load_model(saved(tmp_path, model))
    weights.dims[:] = [4, 2, 3, 3]
    with pytest.raises(ModelError, match="need 288 bytes and have 144"):
        load_model(saved(tmp_path, model))
    wide = network()
    wide.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 2**40
    with pytest.raises(ModelError, match="has a side of"):
        load_model(saved(tmp_path, wide))


def test_a_fill_of_absurd_size_is_refused(tmp_path: Path) -> None:
    b = small_network()
    fill = b.node("ConstantOfShape", b.constant([2**20, 2**20], np.int64))
    model = b.ending_in(b.node("Add", "x", fill))
    with pytest.raises(ModelError, match="absurd"):
        graph_facts(load_model(saved(tmp_path, model)))


def test_invalid_graphs_are_refused(tmp_path: Path) -> None:
    model = network()
    model.graph.node[0].op_type = "Convolve"
    with pytest.raises(ModelError, match="Convolve"):
        load_model(saved(tmp_path, model))
    cyclic = network()
    cyclic.graph.node[0].input[0] = cyclic.graph.node[0].output[0]
    with pytest.raises(ModelError, match="not a valid ONNX model"):
        load_model(saved(tmp_path, cyclic))


def test_networks_of_other_kinds_are_refused() -> None:
    two = network()
    two.graph.input.append(helper.make_tensor_value_info("dem", TensorProto.FLOAT, ["n", 1, "h", "w"]))
    with pytest.raises(ModelError, match=r"2 inputs .*dem"):
        graph_facts(two)
    flat = network()
    flat.graph.input[0].CopyFrom(helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 10]))
    with pytest.raises(ModelError, match="2 axes; expected 4"):
        read_card(flat)
