"""A probed network tells what numpy says of its tensors, runs no more than that takes, and stays as it is."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

from geoquant.errors import CalibrationError, QuantizationError
from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.prepare import prepare
from geoquant.onnx_graph.probe import Probe, SessionSettings, Tap, whole
from tests.builders.networks import Network, run, u_shaped

SETTINGS = [SessionSettings(1), SessionSettings(2, in_order=True), SessionSettings(2, optimized=False)]


def image(side: int = 16, bands: int = 4) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(1, bands, side, side)).astype(np.float32)


def bounds(tap: Tap) -> tuple[str, str, str]:
    low, high = (tap.reduced(kind, tap.tensor, [0, 1]) for kind in ("ReduceMin", "ReduceMax"))
    return low, high, tap.reduced("ReduceMax", tap.tensor)


def every(model: onnx.ModelProto) -> list[str]:
    return [name for node in model.graph.node for name in node.output]


def exposed(model: onnx.ModelProto, names: list[str], x: np.ndarray) -> dict[str, np.ndarray]:
    """What onnxruntime, left alone, says of one tensor after the other."""
    found = {}
    for name in names:
        copy = onnx.ModelProto()
        copy.CopyFrom(model)
        del copy.graph.output[:]
        copy.graph.output.append(onnx.ValueInfoProto(name=name))
        found[name] = run(copy, x)
    return found


@pytest.mark.parametrize("opset", [17, 18])
@pytest.mark.parametrize("how", SETTINGS)
def test_tensors_and_reductions_are_those_of_numpy(opset: int, how: SessionSettings) -> None:
    model = prepare(Network().conv(8).norm().relu().conv(6).relu().conv(3, size=1).model(opset))
    names = every(model)
    before = model.SerializeToString()
    found = Probe(model, [(name, measure) for name in names for measure in (whole, bounds)], how).run(image())
    expected = exposed(model, names, image())
    for name, (tensor,), (low, high, highest) in zip(names, found[::2], found[1::2], strict=True):
        np.testing.assert_allclose(tensor, expected[name], rtol=0, atol=1e-5)
        np.testing.assert_array_equal(low, tensor.min(axis=(0, 1)))
        np.testing.assert_array_equal(high, tensor.max(axis=(0, 1)))
        assert highest == tensor.max()
    assert model.SerializeToString() == before


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_any_choice_in_any_order_and_twice_gives_what_the_whole_gives(data) -> None:
    model = prepare(u_shaped())
    names = every(model)
    wanted = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=6))
    expected = exposed(model, names, image())
    for name, (tensor,) in zip(wanted, Probe(model, [(name, whole) for name in wanted]).run(image()), strict=True):
        np.testing.assert_allclose(tensor, expected[name], rtol=0, atol=1e-5)


def test_only_what_is_needed_is_run() -> None:
    net = Network().conv(8).relu()
    early = net.last
    net.add("Reshape", early, net.constant(np.array([1, 7, 11, 13], np.int64)))  # fits no image of this test
    model = net.model()
    ((tensor,),) = Probe(model, [(early, whole)]).run(image())
    assert tensor.shape == (1, 8, 16, 16)
    with pytest.raises(CalibrationError):
        Probe(model, [("scores", whole)]).run(image())


def test_measures_stand_right_behind_what_they_look_at() -> None:
    seen: list[list[str]] = []

    def spy(tap: Tap) -> tuple[str]:
        name = tap.node("Neg", tap.node("Abs", tap.tensor))
        seen.append([node.op_type for node in tap._graph.nodes])
        return (name,)

    model = prepare(Network().conv(4).relu().conv(3).model())
    first = model.graph.node[1].output[0]
    ((value,),) = Probe(model, [(first, spy)], SessionSettings(in_order=True)).run(image())
    assert seen == [["Conv", "Relu", "Abs", "Neg", "Conv"]]
    assert (value <= 0).all()


def test_other_inputs_are_fed_by_name() -> None:
    model = prepare(u_shaped())
    tensor = model.graph.node[0].output[0]
    probe = Probe(model, [(tensor, lambda tap: (tap.node("Mul", tap.tensor, "mask"), tap.tensor))], planes=["mask"])
    mask = (np.arange(256).reshape(1, 1, 16, 16) % 3 == 0).astype(np.float32)
    ((masked, plain),) = probe.run(image(), mask=mask)
    np.testing.assert_array_equal(masked, plain * mask)


def test_names_of_measures_never_meet_those_of_the_network() -> None:
    graph = Graph.copied(u_shaped())
    graph.rename({graph.nodes[1].output[0]: f"Abs_of_{graph.nodes[0].output[0]}"})
    tensor = graph.nodes[0].output[0]
    measures = [(tensor, lambda tap: (tap.node("Abs", tap.tensor),))] * 2
    (first,), (second,) = Probe(graph.model, measures).run(image())
    np.testing.assert_array_equal(first, second)
    assert (first >= 0).all()


def test_nothing_to_measure_needs_no_session() -> None:
    assert Probe(u_shaped(), []).run(image()) == []


def test_what_does_not_load_or_run_is_said() -> None:
    with pytest.raises(CalibrationError, match=r"(?s)\(1, 5, 16, 16\).*fixed size"):
        Probe(u_shaped(), [("scores", whole)]).run(image(bands=5))
    broken = Graph.copied(u_shaped())
    broken.append(helper.make_node("NoSuchOperator", ["scores"], ["odd"]))
    with pytest.raises(QuantizationError, match="can't load"):
        Probe(broken.model, [("odd", whole)])
