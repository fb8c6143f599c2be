"""Tensors that hold the same values share one grid."""

from __future__ import annotations

import numpy as np
import pytest

from geoquant.calibration.range_estimators import Range, RangeRule
from geoquant.onnx_graph.prepare import prepare
from geoquant.quantization.qdq import QdqSettings, write_qdq
from geoquant.quantization.unified_scales import unified_ranges
from tests.builders.networks import Network, run, u_shaped
from tests.builders.quantizing import observed


def skip_network():
    """Input -> wide; wide -> pooled and upsampled -> Concat with wide and with a convolution of it."""
    net = Network().conv(4).relu()
    wide = net.last
    net.add("MaxPool", wide, kernel_shape=[2, 2], strides=[2, 2])
    scales = net.constant(np.array([1, 1, 2, 2], np.float32))
    net.add("Resize", net.last, "", scales, mode="nearest", coordinate_transformation_mode="asymmetric")
    passed = net.last
    net.last, net.channels = wide, 4
    other = net.conv(4).last
    net.add("Concat", passed, wide, other, axis=1)
    concat, net.channels = net.last, 12
    return net.conv(3).model(), {"wide": wide, "passed": passed, "other": other, "concat": concat}


def test_a_concat_shares_its_grid_with_what_is_nearly_as_wide():
    model, names = skip_network()
    ranges = dict.fromkeys([name for node in model.graph.node for name in node.output], Range(0.0, 1.0))
    ranges |= {names["wide"]: Range(0.0, 9.5), names["concat"]: Range(0.0, 10.0), names["other"]: Range(-1.0, 3.0)}
    joined = unified_ranges(model, ranges)
    assert joined[names["wide"]] == joined[names["concat"]] == joined[names["passed"]] == Range(0.0, 10.0)
    assert joined[names["other"]] == Range(-1.0, 3.0)  # much finer: joining would only cost it resolution


@pytest.mark.parametrize("kind", ["relu", "clip"])
def test_an_activation_is_not_joined_to_a_grid_that_reaches_further(kind):
    """The quantizer removes it, and then the grid alone would have to cut off what it cut off."""
    net = Network().conv(4)
    bounds = [net.constant(np.float32(value)) for value in (0, 6)]
    before = net.last
    net.add(*{"relu": ("Relu", before), "clip": ("Clip", before, *bounds)}[kind])
    cut, net.channels = net.last, 4
    net.last = "x"
    free = net.conv(4).last
    concat = net.add("Concat", cut, free, axis=1).last
    net.channels = 8
    model = prepare(net.conv(3, size=1).model())
    cut, free, concat = (model.graph.node[i].output[0] for i in (1, 2, 3))
    tiles = [np.random.default_rng(i).normal(size=(1, 4, 32, 32)).astype(np.float32) for i in range(4)]
    ranges = observed(model, tiles, RangeRule("min-max"))
    ranges |= {cut: Range(0.0, 6.0), free: Range(-5.0, 6.5), concat: Range(-5.0, 6.5)}
    joined = unified_ranges(model, ranges)
    assert joined[cut] == Range(0.0, 6.0)
    assert joined[free] == joined[concat] == Range(-5.0, 6.5)
    int8 = write_qdq(model, ranges, QdqSettings())
    reference, found = run(model, tiles[0]), run(int8, tiles[0])
    assert 10 * np.log10(((found - reference) ** 2).mean() / (reference**2).mean()) < -25


def test_a_chain_of_concats_shares_one_grid():
    net = Network().conv(4).relu()
    first = net.last
    second = net.conv(4).relu().last
    inner = net.add("Concat", first, second, axis=1).last
    net.channels = 8
    third = net.conv(4).relu().last
    outer = net.add("Concat", inner, third, axis=1).last
    net.channels = 12
    model = net.conv(3).model()
    names = (first, second, inner, third, outer)
    ranges = {name: Range(0.0, high) for name, high in zip(names, (4.0, 5.0, 5.0, 6.0, 6.0), strict=True)}
    assert set(unified_ranges(model, ranges).values()) == {Range(0.0, 6.0)}


def test_values_that_are_rounded_once_are_nearer_to_the_truth():
    model = prepare(u_shaped(width=24))
    rng = np.random.default_rng(0)
    batches = [rng.normal(size=(1, 4, 64, 64)).astype(np.float32) for _ in range(4)]
    ranges = observed(model, batches, RangeRule("mse"))
    concat = next(node for node in model.graph.node if node.op_type == "Concat")
    skip = concat.input[1]
    ranges[skip] = Range(0.0, 0.96 * ranges[concat.output[0]].high)  # nearly the same, which is worst
    int8 = write_qdq(model, ranges, QdqSettings())
    makers = {name: node for node in int8.graph.node for name in node.output}
    joint = next(node for node in int8.graph.node if node.op_type == "Concat")
    (consumer,) = (node for node in int8.graph.node if joint.output[0] in node.input)
    scales = {makers[name].input[1] for name in joint.input} | {consumer.input[1]}
    assert len(scales) == 1
    reference, found = run(model, batches[0]), run(int8, batches[0])
    assert 10 * np.log10(((found - reference) ** 2).mean() / (reference**2).mean()) < -25
