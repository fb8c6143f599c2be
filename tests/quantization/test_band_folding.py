"""Band factors, from nothing moved to every band filling -1..1, and the law of folding: only the input changes."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geoquant.errors import QuantizationError
from geoquant.onnx_graph.prepare import prepare
from geoquant.quantization.band_folding import STRENGTHS, band_factors, fold_band_ranges, why_not_foldable
from tests.builders.networks import Network, run, u_shaped
from tests.builders.rewriting import assert_equal_to_rounding

BOUNDS = hnp.arrays(np.float64, 5, elements=st.floats(0, 60).filter(lambda value: value == 0 or value > 1e-6))


@given(BOUNDS, BOUNDS)
def test_full_strength_makes_every_band_fill_the_interval(below, above):
    peak = np.maximum(below, above)
    factors = band_factors(-below, above, 1.0)
    np.testing.assert_allclose((peak / factors)[peak > 0], 1)
    np.testing.assert_array_equal(factors[peak == 0], 1)


@given(BOUNDS, BOUNDS)
def test_no_strength_moves_nothing_and_every_strength_keeps_the_order_of_bands(below, above):
    np.testing.assert_array_equal(band_factors(-below, above, 0.0), 1)
    peak = np.where(np.maximum(below, above) > 0, np.maximum(below, above), 1)
    for strength in STRENGTHS[1:]:
        factors = band_factors(-below, above, strength)
        assert (factors > 0).all()
        assert (np.diff(factors[np.argsort(peak)]) >= -1e-12).all()


def test_a_band_far_out_under_cloud():
    factors = band_factors(np.array([-1.0, -1.0, 0.0]), np.array([36.0, 4.0, 0.0]), 0.5)
    assert factors == pytest.approx([6, 2, 1])


def scene(bands: int = 4, seed: int = 1, side: int = 24) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(1, bands, side, side)).astype(np.float32)


FACTORS = st.lists(st.floats(0.05, 40), min_size=4, max_size=4)


@settings(max_examples=15)
@given(FACTORS, st.integers(0, 100), st.sampled_from(["plain", "u", "depthwise", "grouped", "padded", "two stems"]))
def test_folding_band_ranges_changes_nothing_but_the_input(factors, seed, kind):
    model = network(kind, seed)
    x = scene(seed=seed)
    folded = fold_band_ranges(model, factors)
    divided = x / np.array(factors, np.float32)[None, :, None, None]
    assert_equal_to_rounding(run(model, x), run(folded, divided))


def network(kind: str, seed: int) -> onnx.ModelProto:
    net = Network(seed=seed)
    if kind == "u":
        return u_shaped(seed=seed)
    if kind == "depthwise":
        return net.conv(8, groups=4).relu().conv(3, 1).model()
    if kind == "grouped":
        return net.conv(6, groups=2).relu().conv(3, 1).model()
    if kind == "padded":
        pads = net.constant(np.array([0, 0, 2, 2, 0, 0, 2, 2], np.int64))
        return net.add("Pad", "x", pads, mode="reflect").conv(5, 5, pad=False).model()
    if kind == "two stems":
        first = net.conv(5).last
        net.last, net.channels = "x", 4
        second = net.conv(5, 1).last
        return net.add("Add", first, second).relu().conv(3, 1).model()
    return net.conv(5).model()


def test_what_does_not_fold_exactly_is_named_and_refused():
    net = Network()
    pads, value = net.constant(np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64)), net.constant(np.array(1, np.float32))
    padded = net.add("Pad", "x", pads, value).conv(3, pad=False).model()
    assert "constant other than 0" in why_not_foldable(padded)
    norm = Network().norm().conv(3).model()
    assert "BatchNormalization" in why_not_foldable(norm)
    with pytest.raises(QuantizationError, match="can't be folded"):
        fold_band_ranges(norm, [1, 1, 1, 1])
    assert why_not_foldable(u_shaped()) is None


@settings(max_examples=20)
@given(st.integers(0, 500), FACTORS, st.sampled_from([1, 2]), st.sampled_from([1, 2]), st.sampled_from([1, 2]))
def test_every_rewrite_together_leaves_the_function_as_it_was(seed, factors, groups, stride, dilation):
    """Batch norm with and without a bias before it, shared weights, strides, dilations, groups; then band ranges."""
    model = strided(seed, groups, stride, dilation)
    before = model.SerializeToString()
    folded = fold_band_ranges(prepare(model), factors)
    assert model.SerializeToString() == before
    assert not [node for node in folded.graph.node if node.op_type == "BatchNormalization"]
    x = scene(seed=seed)
    divided = x / np.array(factors, np.float32)[None, :, None, None]
    assert_equal_to_rounding(run(model, x), run(folded, divided))


def strided(seed: int, groups: int, stride: int, dilation: int) -> onnx.ModelProto:
    net = Network(seed=seed)
    weight = net.constant(net.rng.normal(size=(8, 4 // groups, 3, 3)).astype(np.float32))
    geometry = {"pads": [dilation] * 4, "dilations": [dilation] * 2, "strides": [stride] * 2, "group": groups}
    first = net.add("Conv", "x", weight, kernel_shape=[3, 3], **geometry).last  # no bias
    net.channels = 8
    first = net.norm().add("LeakyRelu", net.last, alpha=0.1).last
    bias = net.constant(net.rng.normal(size=8).astype(np.float32))
    second = net.add("Conv", "x", weight, bias, kernel_shape=[3, 3], **geometry).norm().last  # the same weights
    return net.add("Add", first, second).relu().conv(3, 1).model()
