"""Weights rounded by what their inputs have in common: the layer's result changes less than with the nearest levels."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoquant.calibration.stratum_weights import stratum_weights
from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.prepare import prepare
from geoquant.quantization.gptq import InputMoments, rounded_convolution, rounded_levels
from geoquant.quantization.input_moments import SAMPLED_PX, input_moments
from geoquant.quantization.qdq import FORMATS, QdqSettings, write_qdq
from tests.builders.networks import Network, run, u_shaped
from tests.builders.quantizing import observed


def alike(count: int, inputs: int, seed: int) -> np.ndarray:
    """Inputs (pixel, input) that move together, as bands and neighbours do."""
    rng = np.random.default_rng(seed)
    return rng.normal(1, 1, (count, 1)) + 0.2 * rng.normal(size=(count, inputs))


def layer(inputs: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    weights = np.random.default_rng(seed + 1).normal(size=(5, inputs))
    return weights, np.abs(weights).max(axis=1) / 127


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 40), st.integers(0, 1000))
def test_the_result_changes_less_than_the_nearest_levels_do_on_average(inputs, seed):
    """Nearest levels are off by up to half a level, evenly: a variance of 1/12, whatever the inputs have in common."""
    seen, unseen = alike(4000, inputs, seed), alike(1000, inputs, seed + 7)
    weights, scales = layer(inputs, seed)
    levels = rounded_levels(weights, scales, seen.T @ seen, 127)
    error = ((unseen @ (levels * scales[:, None] - weights).T) ** 2).mean()
    of_nearest = (scales**2 / 12).mean() * (unseen**2).sum(axis=1).mean()
    assert error < (0.3 if inputs >= 20 else 1.3) * of_nearest
    assert np.abs(levels.astype(int)).max() <= 127


@given(st.integers(1, 20), st.integers(0, 1000))
def test_unrelated_inputs_get_the_nearest_levels(inputs, seed):
    weights, scales = layer(inputs, seed)
    moments = np.diag(np.random.default_rng(seed).uniform(0.1, 2, inputs))
    np.testing.assert_array_equal(rounded_levels(weights, scales, moments, 127), np.rint(weights / scales[:, None]))


@pytest.mark.parametrize("moments", [np.zeros((6, 6)), np.ones((6, 6)), np.diag([1.0, 0, 0, 0, 0, 0])])
def test_moments_that_say_little_do_no_harm(moments):
    weights, scales = layer(6, 3)
    levels = rounded_levels(weights, scales, moments, 127)
    assert np.abs(levels * scales[:, None] - weights).max() <= 6 * scales.max()


def test_seven_bits_stay_seven_bits():
    seen = alike(1000, 9, 0)
    weights, _ = layer(9, 0)
    levels = rounded_levels(weights, np.abs(weights).max(axis=1) / 64, seen.T @ seen, 64)
    assert np.abs(levels.astype(int)).max() == 64


def moments_of(model: onnx.ModelProto, image: np.ndarray) -> dict[str, InputMoments]:
    return input_moments(model, [(image, np.ones(image.shape[2:], np.float32))])


def convolutions(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    return [node for node in model.graph.node if node.op_type == "Conv"]


def test_moments_are_those_of_what_the_kernel_sees():
    net = Network(bands=3).conv(5)
    model = prepare(net.model())
    image = np.random.default_rng(0).normal(size=(1, 3, 9, 11)).astype(np.float32)
    found = moments_of(model, image)[convolutions(model)[0].name]
    padded = np.pad(image[0], ((0, 0), (1, 1), (1, 1)))
    seen = np.array([padded[:, y : y + 3, x : x + 3].ravel() for y in range(9) for x in range(11)], np.float64)
    assert found.kernel_px == 9
    np.testing.assert_allclose(found.blocks[0][0], seen.T @ seen, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("words", ["SAME_UPPER", "VALID", "NOTSET"])
def test_padding_may_be_left_to_the_operator(words):
    net = Network(bands=3).conv(5, pad=False).conv(2, size=1)
    first = net.nodes[0]
    first.attribute.remove(next(entry for entry in first.attribute if entry.name == "pads"))
    first.attribute.append(onnx.helper.make_attribute("auto_pad", words))
    model = prepare(net.model())
    image = np.ones((1, 3, 9, 11), np.float32)
    found = moments_of(model, image)[convolutions(model)[0].name]
    outputs = 9 * 11 if words == "SAME_UPPER" else 7 * 9
    assert found.blocks[0][0, 4, 4] == pytest.approx(outputs)  # the kernel's centre lies inside at every output


def test_pixels_without_data_take_no_part():
    model = prepare(Network(bands=2).conv(4, size=1).model())
    image = np.random.default_rng(0).normal(size=(1, 2, 8, 8)).astype(np.float32)
    counts = np.arange(64).reshape(8, 8) % 3 == 0
    (found,) = input_moments(
        model, [(image, counts.astype(np.float32)), (image, np.zeros((8, 8), np.float32))]
    ).values()
    seen = image[0][:, counts].astype(np.float64)
    np.testing.assert_allclose(found.blocks[0][0], seen @ seen.T, rtol=1e-5)


def test_large_layers_and_groups_fall_into_blocks():
    model = prepare(Network(bands=2).conv(240).relu().conv(240, groups=240).relu().conv(4).model())
    image = np.random.default_rng(0).normal(size=(1, 2, 16, 16)).astype(np.float32)
    shapes = [[block.shape for block in each.blocks] for each in moments_of(model, image).values()]
    assert shapes == [[(1, 18, 18)], [(240, 9, 9)], [(1, 1017, 1017), (1, 1017, 1017), (1, 126, 126)]]


def test_the_sample_of_a_large_tile_is_bounded_and_the_same_every_time():
    model = prepare(Network(bands=SAMPLED_PX + 50).conv(1, size=1).model())
    image = np.random.default_rng(0).normal(size=(1, SAMPLED_PX + 50, 64, 64)).astype(np.float32)
    first, second = (moments_of(model, image) for _ in range(2))
    ((name, found),) = first.items()
    (block,) = found.blocks
    assert np.linalg.matrix_rank(block[0], tol=1e-3) == SAMPLED_PX
    assert np.trace(block[0]) == pytest.approx(64 * 64 * (SAMPLED_PX + 50), rel=0.02)  # stands for all of the tile
    np.testing.assert_array_equal(block, second[name].blocks[0])


def test_a_rare_condition_counts_as_much_as_a_common_one():
    """1 % of the pixels show something else, in another direction; with equal strata it has half of the say."""
    model = prepare(Network(bands=2).conv(1, size=1).model())
    rare = np.zeros((100, 100), np.uint8)
    rare[::10, ::10] = 1
    image = np.stack([rare == 0, rare == 1])[None].astype(np.float32)
    weights = stratum_weights(np.array([0, 99_000, 1_000] + [0] * 9))[rare + 1]
    (found,) = input_moments(model, [(image, weights)]).values()
    common, seldom = np.diag(found.blocks[0][0])
    assert seldom == pytest.approx(common, rel=0.15)  # without weights: a hundredth


@given(st.lists(st.integers(0, 100_000), min_size=12, max_size=12))
def test_the_strata_weigh_the_same_and_a_handful_of_pixels_less(pixels):
    weights, known = stratum_weights(np.array(pixels)), np.array(pixels[1:])
    assert (weights[0] > 0) == (not known.any())
    together = known * weights[1:].astype(float)
    full = together[known >= 1000]
    np.testing.assert_allclose(full, full[:1].repeat(len(full)), rtol=1e-5)
    if len(full):
        np.testing.assert_allclose(together[known < 1000], full[0] * known[known < 1000] / 1000, rtol=1e-5)


def test_a_large_tile_is_cut_to_what_the_network_takes():
    net = Network(bands=1).conv(4)
    skip = net.last
    net.add("MaxPool", skip, kernel_shape=[3, 3], strides=[3, 3]).conv(4)
    scales = net.constant(np.array([1, 1, 3, 3], np.float32))
    net.add("Resize", net.last, "", scales, mode="nearest").add("Concat", net.last, skip, axis=1)
    net.channels = 8
    model = prepare(net.conv(2).model())
    image = np.ones((1, 1, 300, 300), np.float32)
    found = input_moments(model, [(image, np.ones((300, 300), np.float32))], stride_px=3)  # 256 is no multiple of 3
    assert len(found) == 3


@pytest.mark.parametrize("corner", [(0, 0), (0, 448), (200, 300), (448, 448)])
def test_a_large_tile_is_cut_around_the_pixels_that_count(corner):
    row, col = corner
    image, weights = np.zeros((1, 1, 512, 512), np.float32), np.zeros((512, 512), np.float32)
    image[..., row : row + 64, col : col + 64] = 1
    weights[row : row + 64, col : col + 64] = 1
    model = prepare(Network(bands=1).conv(1, size=1).model())
    (found,) = input_moments(model, [(image, weights)]).values()
    assert found.blocks[0].ravel() == pytest.approx([64 * 64])


@given(st.sampled_from([(1, 6), (2, 6), (6, 6)]), st.integers(0, 100))
def test_dividing_the_moments_is_dividing_the_inputs(shape, seed):
    groups, channels = shape
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(groups, 50, channels // groups, 4))
    factors = rng.uniform(0.5, 3, channels)

    def moments(values: np.ndarray) -> InputMoments:
        parts = [values[:, :, i : i + 2].reshape(groups, 50, -1) for i in range(0, channels // groups, 2)]
        return InputMoments(4, tuple(part.transpose(0, 2, 1) @ part for part in parts))

    divided = moments(inputs / factors.reshape(groups, 1, -1, 1))
    for found, expected in zip(moments(inputs).divided(factors).blocks, divided.blocks, strict=True):
        np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize("target", ["x86", "x86-no-vnni"])
def test_a_network_with_rounded_weights_is_nearer_to_the_float_one(target):
    model = prepare(u_shaped())
    rng = np.random.default_rng(1)
    images = [rng.normal(1, 0.3, (1, 4, 32, 32)).astype(np.float32) for _ in range(3)]
    seen = input_moments(model, [(image, np.ones((32, 32), np.float32)) for image in images[:2]])
    ranges, settings = observed(model, images), QdqSettings(format=FORMATS[target])

    def choose(name, weights, scales, limit):
        return rounded_convolution(weights, scales, seen[name], limit)

    expected = run(model, images[2])
    errors = [
        ((run(write_qdq(model, ranges, settings, how), images[2]) - expected) ** 2).mean() for how in (choose, None)
    ]
    assert errors[0] < errors[1]


def test_weights_that_two_convolutions_share_stay_as_they_are():
    net = Network(bands=2).conv(2)
    shared = net.nodes[-1].input[1], net.nodes[-1].input[2]
    net.relu().add("Conv", net.last, *shared, kernel_shape=[3, 3], pads=[1] * 4)
    model = prepare(net.model())
    image = np.random.default_rng(0).normal(size=(1, 2, 16, 16)).astype(np.float32)
    ranges, asked = observed(model, [image]), []

    def choose(name, weights, scales, limit):
        asked.append(name)

    quantized = write_qdq(model, ranges, QdqSettings(), choose)
    assert asked == []
    assert any(tensor.data_type == onnx.TensorProto.INT8 for tensor in Graph(quantized).initializers.values())
