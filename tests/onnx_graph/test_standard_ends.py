"""A network runs whatever order its axes and whatever type its ends were exported with, and gives the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from geoquant.errors import CardError, ModelError
from geoquant.inference.classify import classify
from geoquant.model_card.model import open_model
from geoquant.onnx_graph.facts import graph_facts
from geoquant.onnx_graph.loading import load_file, load_model
from geoquant.onnx_graph.prepare import prepare
from geoquant.options.card import CardOptions
from geoquant.options.classify import ClassifyOptions
from tests.builders.maps import picture
from tests.builders.networks import Network, run

BANDS, CLASSES, SIDE = 3, 4, 32
TO_FIRST, TO_LAST = [0, 3, 1, 2], [0, 2, 3, 1]
FACTS = {"band_names": ("1", "2", "3"), "class_names": ("a", "b", "c", "d"), "units": "dn"}


def plain(net: Network | None = None) -> Network:
    return (net or Network(BANDS, 3)).conv(8, bias=0.1).relu().conv(CLASSES, size=1, bias=0.3)


def ended(net: Network, taken: list, given: list, kinds: tuple[int, int] = (TensorProto.FLOAT,) * 2) -> onnx.ModelProto:
    model = net.ending_in(net.last, taken=tuple(taken), given=tuple(given))
    for value, kind in zip((*model.graph.input, *model.graph.output), kinds, strict=True):
        value.type.tensor_type.elem_type = kind
    onnx.checker.check_model(model)
    return model


def reference() -> onnx.ModelProto:
    return ended(plain(), ["n", BANDS, "h", "w"], ["n", CLASSES, "h", "w"])


def channels_last(taken: list, given: list, rescaled: bool = False, softmax: bool = False) -> onnx.ModelProto:
    """As Keras networks come: a Transpose in front and behind; a Rescaling may come first, a Softmax last."""
    net = Network(BANDS, 3)
    if rescaled:
        net.add("Mul", net.last, net.constant(np.float32(1)))
    net.add("Transpose", net.last, perm=TO_FIRST)
    plain(net).add("Transpose", net.last, perm=TO_LAST)
    if softmax:
        net.add("Softmax", net.last, axis=3)
    return ended(net, taken, given)


def tile(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(1, BANDS, SIDE, SIDE)).astype(np.float32)


LAST = {
    "any size": ((["n", "h", "w", 3], ["n", "h", "w", 4]), {}),
    "one size": (([1, SIDE, SIDE, 3], [1, SIDE, SIDE, 4]), {}),
    "unnamed sizes": (([None, None, None, 3], [None, None, None, None]), {}),
    "rescaled first": ((["n", "h", "w", 3], ["n", "h", "w", 4]), {"rescaled": True}),
    "softmax last": ((["n", "h", "w", 3], ["n", "h", "w", 4]), {"softmax": True}),
}


@pytest.mark.parametrize("case", LAST)
def test_channels_last_are_put_first_at_both_ends(tmp_path: Path, case: str) -> None:
    shapes, how = LAST[case]
    onnx.save(channels_last(*shapes, **how), tmp_path / "last.onnx")
    model = load_model(tmp_path / "last.onnx")
    facts = graph_facts(model)
    assert (facts.bands, facts.output_channels) == (BANDS, CLASSES)
    assert (facts.receptive_field_px, facts.halo_px, facts.same_size) == ((3, 3), 1, True)
    found, expected = run(model, tile()), run(reference(), tile())
    if how.get("softmax"):
        expected = np.exp(expected) / np.exp(expected).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_an_output_alone_may_have_its_channels_last(tmp_path: Path) -> None:
    net = plain().add("Transpose", "t2", perm=TO_LAST)
    onnx.save(ended(net, ["n", BANDS, "h", "w"], ["n", "h", "w", CLASSES]), tmp_path / "last.onnx")
    np.testing.assert_array_equal(run(load_model(tmp_path / "last.onnx"), tile()), run(reference(), tile()))


def test_a_network_of_dense_layers_over_the_last_axis_is_turned_too(tmp_path: Path) -> None:
    net = Network(BANDS, 1)
    net.add("MatMul", net.last, net.constant(net.rng.normal(size=(BANDS, CLASSES))))
    model = ended(net, ["n", "h", "w", BANDS], ["n", "h", "w", CLASSES])
    onnx.save(model, tmp_path / "dense.onnx")
    found = run(load_model(tmp_path / "dense.onnx"), tile())
    np.testing.assert_allclose(found, run(model, tile().transpose(TO_LAST)).transpose(TO_FIRST), rtol=1e-5)


@pytest.mark.parametrize(
    "shape", [[1, SIDE, SIDE, 3], ["n", BANDS, "h", "w"], [1, BANDS, SIDE, SIDE], ["n", BANDS, 64, 4]]
)
def test_channels_first_stay(tmp_path: Path, shape: list) -> None:
    """A convolution takes channels first, whatever sizes look like."""
    bands = shape[1]
    net = Network(bands, 3).conv(CLASSES)
    model = ended(net, shape, [shape[0], CLASSES, *shape[2:]])
    onnx.save(model, tmp_path / "first.onnx")
    assert load_model(tmp_path / "first.onnx") == model


HALVES = {"float16": (TensorProto.FLOAT16, np.float16, 1e-2), "float64": (TensorProto.DOUBLE, np.float64, 1e-5)}


def other_precision(name: str) -> onnx.ModelProto:
    kind, dtype, _ = HALVES[name]
    model = ended(plain(), ["n", BANDS, "h", "w"], ["n", CLASSES, "h", "w"], (kind, kind))
    for tensor in model.graph.initializer:
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(dtype), tensor.name))
    return model


@pytest.mark.parametrize("name", HALVES)
def test_half_and_double_precision_take_float32_and_give_it(tmp_path: Path, name: str) -> None:
    onnx.save(other_precision(name), tmp_path / "net.onnx")
    model = load_model(tmp_path / "net.onnx")
    found = run(model, tile())
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, run(reference(), tile()), atol=HALVES[name][2])


@pytest.mark.parametrize("name", HALVES)
def test_half_and_double_precision_are_quantized_from_float32(tmp_path: Path, name: str) -> None:
    onnx.save(other_precision(name), tmp_path / "net.onnx")
    prepared = prepare(load_model(tmp_path / "net.onnx"))
    assert {tensor.data_type for tensor in prepared.graph.initializer} == {TensorProto.FLOAT}
    assert graph_facts(prepared).foldable_input
    np.testing.assert_allclose(run(prepared, tile()), run(reference(), tile()), atol=HALVES[name][2])


def byte_network() -> onnx.ModelProto:
    """Takes stored bytes and divides by 255 inside."""
    net = Network(BANDS, 3)
    net.add("Cast", net.last, to=TensorProto.FLOAT).add("Div", net.last, net.constant(np.float32(255)))
    return ended(plain(net), ["n", BANDS, "h", "w"], ["n", CLASSES, "h", "w"], (TensorProto.UINT8, TensorProto.FLOAT))


def test_a_network_of_bytes_gets_the_stored_bytes(tmp_path: Path, make_tif: Callable[..., Path]) -> None:
    onnx.save(byte_network(), tmp_path / "byte.onnx")
    stored = np.clip(picture(60, 70) / 4, 0, 255).astype(np.uint8)
    model = open_model(tmp_path / "byte.onnx", options=CardOptions(mean=(0.0,), std=(1.0,), **FACTS))
    expected = run(byte_network(), np.pad(stored, ((0, 0), (1, 1), (1, 1)), mode="reflect")[None])[0].argmax(axis=0)
    import rasterio

    for engine in ("ort", "openvino"):
        out = tmp_path / f"{engine}.tif"
        classify(make_tif(stored), model, out, ClassifyOptions(engine=engine))
        with rasterio.open(out) as source:
            assert np.array_equal(source.read(1), expected[1:-1, 1:-1])


def test_a_network_of_bytes_refuses_a_card_that_normalizes_before_it(tmp_path: Path) -> None:
    onnx.save(byte_network(), tmp_path / "byte.onnx")
    with pytest.raises(CardError, match=r"takes uint8.*--mean 0 --std 1 --units dn, or export"):
        open_model(tmp_path / "byte.onnx", options=CardOptions(mean=(100.0,), std=(50.0,), **FACTS))


def test_a_network_of_bytes_refuses_a_scene_of_larger_numbers(tmp_path: Path, make_tif: Callable[..., Path]) -> None:
    onnx.save(byte_network(), tmp_path / "byte.onnx")
    model = open_model(tmp_path / "byte.onnx", options=CardOptions(mean=(0.0,), std=(1.0,), **FACTS))
    scene = make_tif(np.full((BANDS, 40, 40), 900, np.uint16))
    with pytest.raises(ModelError, match="takes uint8 numbers, the scene holds uint16"):
        classify(scene, model, tmp_path / "out.tif", ClassifyOptions(engine="ort"))


def test_numbers_between_are_rounded_to_whole_ones_and_kept_in_range(tmp_path: Path) -> None:
    net = Network(1).add("Cast", "x", to=TensorProto.FLOAT)
    kinds = (TensorProto.UINT8, TensorProto.FLOAT)
    onnx.save(ended(net, ["n", 1, "h", "w"], ["n", 1, "h", "w"], kinds), tmp_path / "byte.onnx")
    given = np.array([-3, 0.4, 0.6, 254.5, 300], np.float32).reshape(1, 1, 1, 5)
    assert run(load_model(tmp_path / "byte.onnx"), given).ravel().tolist() == [0, 0, 1, 255, 255]


def test_an_input_that_no_image_has_is_refused_with_the_export(tmp_path: Path) -> None:
    graph = helper.make_graph(
        [helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT)],
        "net",
        [helper.make_tensor_value_info("x", TensorProto.BOOL, ["n", 1, "h", "w"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 1, "h", "w"])],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), tmp_path / "b.onnx")
    with pytest.raises(ModelError, match="type BOOL; export it with a float32 input"):
        load_model(tmp_path / "b.onnx")


def test_the_file_itself_can_still_be_read_as_it_is(tmp_path: Path) -> None:
    model = channels_last(["n", "h", "w", 3], ["n", "h", "w", 4])
    onnx.save(model, tmp_path / "last.onnx")
    assert load_file(tmp_path / "last.onnx") == model
