"""Layers of a QDQ file are measured truly, whatever was folded, equalized or left in float."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from geoquant.evaluation.layer_probe import LayerProbe
from geoquant.onnx_graph.prepare import prepare
from geoquant.quantization.band_folding import fold_band_ranges
from geoquant.quantization.qdq import QdqSettings, write_qdq
from tests.builders.networks import Network, run, u_shaped
from tests.builders.quantizing import narrowed_int8, noise_picture, observed


def test_sqnr_is_what_a_hand_made_comparison_gives():
    model = prepare(u_shaped())
    int8 = narrowed_int8(model)
    probe = LayerProbe(model, int8)
    probe.measure(noise_picture(), noise_picture())
    reference, candidate = run(model, noise_picture()).astype(np.float64), run(int8, noise_picture()).astype(np.float64)
    expected = 10 * np.log10((reference**2).sum() / ((reference - candidate) ** 2).sum())
    assert probe.errors[-1].sqnr_db == pytest.approx(expected, abs=1e-3)


def test_narrow_ranges_clip_and_lose_decibels():
    model = prepare(u_shaped())
    wide, narrow = (LayerProbe(model, narrowed_int8(model, widest=factor)) for factor in (1.0, 0.3))
    for probe in (wide, narrow):
        probe.measure(noise_picture(), noise_picture())
    assert all(error.clip_rate == 0 for error in wide.errors)
    assert narrow.errors[0].clip_rate > 0.01
    assert narrow.errors[0].sqnr_db < wide.errors[0].sqnr_db - 6


def test_a_layer_left_in_float_is_said_to_be():
    model = prepare(u_shaped())
    first = next(node.name for node in model.graph.node if node.op_type == "Conv")
    probe = LayerProbe(model, narrowed_int8(model, keep_float=(first,)))
    probe.measure(noise_picture(), noise_picture())
    assert [error.integer for error in probe.errors][:2] == [False, True]


def test_a_folded_network_is_measured_through_its_own_way_in():
    model, factors = prepare(u_shaped()), np.array([1.0, 4.0, 0.5, 2.0])
    folded = fold_band_ranges(model, factors)
    z = (noise_picture() / factors[None, :, None, None]).astype(np.float32)
    int8 = write_qdq(folded, observed(folded, [z]), QdqSettings())
    probe = LayerProbe(model, int8)
    probe.measure(noise_picture(), z)
    assert min(error.sqnr_db for error in probe.errors) > 20


def test_sums_over_tiles_are_those_of_all_tiles_at_once():
    model = prepare(u_shaped())
    int8 = narrowed_int8(model)
    apart, together = LayerProbe(model, int8), LayerProbe(model, int8)
    for seed in range(3):
        apart.measure(noise_picture(seed=seed), noise_picture(seed=seed))
    stacked = np.concatenate([noise_picture(seed=seed) for seed in range(3)])
    together.measure(stacked, stacked)
    for one, other in zip(apart.errors, together.errors, strict=True):
        assert one.sqnr_db == pytest.approx(other.sqnr_db, abs=1e-6)
        assert one.clip_rate == pytest.approx(other.clip_rate)


def test_an_equalized_network_is_compared_at_one_scale():
    """Channels divided in one convolution and multiplied back in the next: the same function, other numbers between."""
    model = prepare(Network().conv(8).relu().conv(6).relu().conv(3, size=1).model())
    scaled = onnx.ModelProto()
    scaled.CopyFrom(model)
    factors = np.array([0.1, 8, 1, 0.5, 3, 20, 0.3, 1], np.float32)
    first, second, _ = (node for node in scaled.graph.node if node.op_type == "Conv")
    for tensor in scaled.graph.initializer:
        value = numpy_helper.to_array(tensor)
        if tensor.name in first.input[1:]:
            tensor.CopyFrom(numpy_helper.from_array(value / factors.reshape(-1, *[1] * (value.ndim - 1)), tensor.name))
        elif tensor.name == second.input[1]:
            tensor.CopyFrom(numpy_helper.from_array(value * factors[None, :, None, None], tensor.name))
    np.testing.assert_allclose(run(scaled, noise_picture()), run(model, noise_picture()), rtol=1e-3, atol=1e-4)
    int8 = narrowed_int8(scaled)
    blind, aligned = LayerProbe(model, int8), LayerProbe(model, int8)
    aligned.align([(noise_picture(), noise_picture())])
    for probe in (blind, aligned):
        probe.measure(noise_picture(), noise_picture())
    assert blind.errors[0].sqnr_db < 5
    assert aligned.errors[0].sqnr_db > 30
    assert aligned.errors[0].clip_rate < 1e-3
    assert aligned.errors[-1].sqnr_db == pytest.approx(blind.errors[-1].sqnr_db, abs=3)
