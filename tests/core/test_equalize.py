"""Cross-layer equalization: the same float function, evener channels, and nothing where it would not be exact."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import numpy_helper
from quantizable import Network, run, u_shaped

from geoquant.doors.equalize import LARGEST_FACTOR, ChannelPeaks, equalizable, equalized
from geoquant.doors.fold import initializers, prepare


def image(seed: int = 3, bands: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(1, bands, 16, 16)).astype(np.float32)


def peaks_of(model: onnx.ModelProto, pairs, batch: np.ndarray) -> dict[str, np.ndarray]:
    channels = ChannelPeaks(model, pairs)
    channels.update(batch)
    return channels.peaks


def evened(model: onnx.ModelProto, batch: np.ndarray) -> onnx.ModelProto:
    pairs = equalizable(model)
    return equalized(model, pairs, peaks_of(model, pairs, batch))


def uneven(model: onnx.ModelProto, seed: int = 0) -> onnx.ModelProto:
    """Output channels of all layers but the last as far apart as trained networks have them, and worse."""
    rng = np.random.default_rng(seed)
    convs = [node for node in model.graph.node if node.op_type == "Conv"]
    for conv in convs[:-1]:
        for name in conv.input[1:]:
            tensor = initializers(model.graph)[name]
            value = numpy_helper.to_array(tensor)
            spread = np.exp(rng.normal(size=len(value)) * 1.5).reshape(-1, *[1] * (value.ndim - 1))
            tensor.CopyFrom(numpy_helper.from_array((value * spread).astype(np.float32), name))
    return model


def mobile() -> Network:
    """1 x 1, depthwise 3 x 3 and 1 x 1, as in MobileNets, with ReLU."""
    return Network().conv(16, size=1).norm().relu().conv(16, groups=16).norm().relu().conv(8, size=1).norm().relu()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_the_function_stays_the_same(seed, depthwise):
    model = mobile().conv(3, size=1).model() if depthwise else u_shaped(seed=seed)
    model = uneven(prepare(model), seed)
    before, after = (run(network, image(seed)) for network in (model, evened(model, image())))
    np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-4 * np.abs(before).max())


def spread(peaks: np.ndarray) -> float:
    return float(peaks[peaks > 0].max() / peaks[peaks > 0].min())


def test_channels_end_up_evener_and_before_a_depthwise_convolution_even():
    model = uneven(prepare(mobile().conv(3, size=1).model()))
    pairs = equalizable(model)
    before, after = peaks_of(model, pairs, image()), peaks_of(evened(model, image()), pairs, image())
    first, second, third = (pair.tensor for pair in pairs)
    assert spread(after[first]) == pytest.approx(1, rel=1e-3)
    for tensor in (second, third):
        assert spread(after[tensor]) < 0.6 * spread(before[tensor])


def test_a_skip_through_a_concat_reaches_the_right_channels():
    model = prepare(u_shaped())
    convs = [node for node in model.graph.node if node.op_type == "Conv"]
    pairs = {pair.node: pair for pair in equalizable(model)}
    skip = pairs[convs[1].name]
    assert {(taker.node, taker.first) for taker in skip.takers} == {(convs[2].name, 0), (convs[3].name, 32)}
    assert convs[-1].name not in pairs  # its output is the network's


@pytest.mark.parametrize("kind", ["relu6", "hard swish", "add", "output"])
def test_what_would_not_be_exact_is_left_alone(kind):
    net = Network().conv(8)
    if kind == "relu6":
        net.add("Clip", net.last, net.constant(np.float32(0)), net.constant(np.float32(6)))
    elif kind == "hard swish":
        net.add("HardSwish", net.last)
    elif kind == "add":
        net.relu().add("Add", net.last, net.constant(np.ones((1, 8, 1, 1), np.float32)))
    if kind != "output":
        net.conv(3, size=1)
    assert equalizable(prepare(net.model())) == ()


def test_a_clip_without_upper_bound_is_a_relu():
    net = Network().conv(8)
    net.add("Clip", net.last, net.constant(np.float32(0)))
    model = uneven(prepare(net.conv(3, size=1).model()))
    assert len(equalizable(model)) == 1
    np.testing.assert_allclose(run(evened(model, image()), image()), run(model, image()), rtol=1e-4, atol=1e-4)


def test_channels_that_were_silent_keep_their_size():
    model = prepare(Network().conv(8).relu().conv(3, size=1).model())
    (pair,) = equalizable(model)
    peaks = np.array([0.0, 1e-9, 1, 1, 1, 1, 1, 1e9])
    after = equalized(model, [pair], {pair.tensor: peaks})
    weights = [
        numpy_helper.to_array(initializers(m.graph)[next(n for n in m.graph.node if n.op_type == "Conv").input[1]])
        for m in (model, after)
    ]
    factors = (weights[0] / weights[1]).reshape(8, -1).mean(axis=1)
    assert factors[0] == pytest.approx(1)
    assert factors.min() >= 0.99 / LARGEST_FACTOR
    assert factors.max() <= 1.01 * LARGEST_FACTOR
