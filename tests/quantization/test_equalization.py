"""Cross-layer equalization: the same float function, evener channels, and nothing where it would not be exact."""

from __future__ import annotations

import numpy as np
import onnx
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import numpy_helper

from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.prepare import prepare
from geoquant.quantization.channel_groups import channel_groups
from geoquant.quantization.equalization import (
    EVEN_PEAK,
    HEADROOM,
    LARGEST_RATIO,
    ChannelPeaks,
    equalized,
    input_factors,
)
from geoquant.quantization.input_moments import input_moments
from tests.builders.networks import Network, run, u_shaped


def image(seed: int = 3, bands: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(1, bands, 16, 16)).astype(np.float32)


def peaks_of(model: onnx.ModelProto, groups, batch: np.ndarray) -> dict[str, np.ndarray]:
    channels = ChannelPeaks(model, groups)
    channels.update(batch)
    return channels.peaks


def evened(model: onnx.ModelProto, batch: np.ndarray) -> onnx.ModelProto:
    groups = channel_groups(model)
    return equalized(model, groups, peaks_of(model, groups, batch))


def uneven(model: onnx.ModelProto, seed: int = 0) -> onnx.ModelProto:
    """Output channels of all layers but the last as far apart as trained networks have them, and worse."""
    rng = np.random.default_rng(seed)
    convs = [node for node in model.graph.node if node.op_type == "Conv"]
    for conv in convs[:-1]:
        for name in conv.input[1:]:
            tensor = Graph(model).initializers[name]
            value = numpy_helper.to_array(tensor)
            spread = np.exp(rng.normal(size=len(value)) * 1.5).reshape(-1, *[1] * (value.ndim - 1))
            tensor.CopyFrom(numpy_helper.from_array((value * spread).astype(np.float32), name))
    return model


def mobile() -> Network:
    """1 x 1, depthwise 3 x 3 and 1 x 1, as in MobileNets, with ReLU."""
    return Network().conv(16, size=1).norm().relu().conv(16, groups=16).norm().relu().conv(8, size=1).norm().relu()


def residual(activation) -> Network:
    """Two inverted bottlenecks, the second with a shortcut around it."""
    net = Network().conv(16, size=1)
    activation(net).conv(16, groups=16)
    activation(net).conv(8, size=1)
    shortcut = net.last
    net.conv(16, size=1)
    activation(net).conv(16, groups=16)
    return activation(net).conv(8, size=1).add("Add", net.last, shortcut)


def relu6(net: Network) -> Network:
    return net.add("Clip", net.last, net.constant(np.float32(0)), net.constant(np.float32(6)))


NETWORKS = {
    "mobile": lambda seed: mobile().conv(3, size=1).model(),
    "U-Net": lambda seed: u_shaped(seed=seed),
    "residual": lambda seed: residual(Network.relu).conv(3, size=1).model(),
    "residual with ReLU6": lambda seed: residual(relu6).conv(3, size=1).model(),
}


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(sorted(NETWORKS)))
def test_the_function_stays_the_same_where_calibration_saw_it(seed, name):
    model = uneven(prepare(NETWORKS[name](seed)), seed)
    before, after = (run(network, image()) for network in (model, evened(model, image())))
    np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-4 * np.abs(before).max())


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["mobile", "U-Net", "residual"]))
def test_without_bounds_it_stays_the_same_everywhere(seed, name):
    model = uneven(prepare(NETWORKS[name](seed)), seed)
    before, after = (run(network, 3 * image(seed + 4)) for network in (model, evened(model, image())))
    np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-4 * np.abs(before).max())


def spread(peaks: np.ndarray) -> float:
    return float(peaks[peaks > 0].max() / peaks[peaks > 0].min())


def test_all_channels_of_all_tensors_end_up_even():
    model = prepare(mobile().conv(3, size=1).model())
    groups = channel_groups(model)
    before, after = peaks_of(model, groups, image()), peaks_of(evened(model, image()), groups, image())
    for name, peaks in after.items():
        assert spread(before[name]) > 1.5
        loud = before[name] > before[name].max() / LARGEST_RATIO
        assert loud.sum() > len(loud) / 2
        np.testing.assert_allclose(peaks[loud], EVEN_PEAK, rtol=1e-3)
        assert peaks.max() <= EVEN_PEAK * 1.001


def test_a_relu6_is_stretched_up_to_its_bound_and_cuts_nothing_that_was_seen():
    model = uneven(prepare(residual(relu6).conv(3, size=1).model()))
    groups = channel_groups(model)
    bounded = [bound.tensor for group in groups for bound in group.bounds]
    before, after = peaks_of(model, groups, image()), peaks_of(evened(model, image()), groups, image())
    assert len(bounded) == 4
    for name in bounded:
        full = before[name] * HEADROOM >= 6
        np.testing.assert_allclose(after[name][full], before[name][full], rtol=1e-5)
        stretched = ~full & (before[name] > 6 / HEADROOM / LARGEST_RATIO)
        np.testing.assert_allclose(after[name][stretched], 6 / HEADROOM, rtol=1e-4)
    assert any((before[name] < 3).any() for name in bounded)


def test_channels_that_were_silent_keep_their_share():
    model = prepare(Network().conv(8).relu().conv(3, size=1).model())
    (group,) = channel_groups(model)
    peaks = np.array([0.0, 1e-9, 1, 1, 1, 1, 1, 4])
    after = equalized(model, [group], {group.tensors[0]: peaks})
    weights = [
        numpy_helper.to_array(Graph(m).initializers[next(n for n in m.graph.node if n.op_type == "Conv").input[1]])
        for m in (model, after)
    ]
    factors = (weights[0] / weights[1]).reshape(8, -1).mean(axis=1)
    np.testing.assert_allclose(factors / factors[-1], [1, 1 / LARGEST_RATIO, *[0.25] * 5, 1], rtol=1e-4)


def test_moments_of_the_evened_network_are_those_of_the_plain_one_divided():
    model, batch = prepare(uneven(u_shaped(seed=2))), image()
    groups = channel_groups(model)
    peaks = peaks_of(model, groups, batch)
    pairs = [(batch, np.ones(batch.shape[2:], np.float32))]
    plain, after = input_moments(model, pairs), input_moments(equalized(model, groups, peaks), pairs)
    divided = input_factors(model, groups, peaks)
    assert divided
    for name, moments in after.items():
        expected = plain[name].divided(divided[name]) if name in divided else plain[name]
        for found, block in zip(moments.blocks, expected.blocks, strict=True):
            np.testing.assert_allclose(found, block, rtol=1e-3, atol=1e-4 * np.abs(block).max())
