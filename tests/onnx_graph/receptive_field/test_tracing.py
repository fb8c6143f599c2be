"""The laws of tiling, checked by running random networks: what a pixel reaches, and what a tile needs around it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoquant.onnx_graph.facts import GraphFacts, graph_facts
from tests.builders.networks import Network, run_image
from tests.builders.positive_layers import (
    CHANNELS,
    conv,
    in_windows,
    mix,
    resize,
    rolled,
    shuffle,
    small_network,
    turned,
    unshuffle,
    up_conv,
)

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

KERNELS = st.tuples(st.sampled_from([1, 2, 3, 5]), st.sampled_from([1, 2]), st.integers(0, 8))
DOWN = st.sampled_from(["conv2", "conv3", "conv4", "max2", "max3", "average2", "average3", "depth", "slice", "shuffle"])
UP = st.sampled_from(
    [
        "floor",
        "prefer_floor",
        "prefer_ceil",
        "linear",
        "linear_asymmetric",
        "cubic",
        "up2",
        "up3",
        "up4",
        "depth",
        "shuffle",
    ]
)
ARRANGED = st.sampled_from(["windows2", "windows3", "shifted windows", "turned"])


def layers(depth: int) -> st.SearchStrategy[list[Any]]:
    conv, arranged = st.tuples(st.just("conv"), KERNELS), st.tuples(st.just("arranged"), ARRANGED)
    if depth == 0:
        return st.lists(st.one_of(conv, arranged), max_size=2)
    inner = layers(depth - 1)
    hourglass = st.tuples(st.just("hourglass"), DOWN, inner, UP, st.sampled_from(["none", "add", "concat"]))
    residual = st.tuples(st.just("residual"), inner)
    return st.lists(st.one_of(conv, hourglass, residual), min_size=1, max_size=2)


def grow(b: Network, x: str, plan: list[Any]) -> str:
    for kind, *rest in plan:
        if kind == "conv":
            kernel, dilation, shift = rest[0]
            span = (kernel - 1) * dilation
            low = shift % (span + 1)  # any split of the padding: receptive fields need not be centred
            x = conv(b, x, kernel, 1, dilation, (low, span - low))
        elif kind == "arranged":
            x = _arranged(b, x, *rest)
        elif kind == "residual":
            x = b.node("Add", x, grow(b, x, rest[0]))
        else:
            x = _hourglass(b, x, *rest)
    return x


def _arranged(b: Network, x: str, how: str) -> str:
    if how == "turned":
        return turned(b, x)
    if how == "shifted windows":
        return rolled(b, in_windows(b, rolled(b, rolled(b, x, 1, 2), 1, 3), 2), 1, 2)
    return in_windows(b, x, int(how[-1]))


def _hourglass(b: Network, x: str, down: str, inner: list[Any], up: str, skip: str) -> str:
    small = grow(b, _down(b, x, down), inner)
    large = _up(b, small, up)
    if skip == "add":
        return b.node("Add", x, large)
    if skip == "concat":
        return mix(b, b.node("Concat", x, large, axis=1), 2 * CHANNELS)
    return large


def _down(b: Network, x: str, how: str) -> str:
    if how.startswith("conv"):
        kernel = int(how[-1])
        return conv(b, x, kernel, 2, 1, ((kernel - 2) // 2, (kernel - 1) // 2))
    if how == "depth":
        return mix(b, b.node("SpaceToDepth", x, blocksize=2), 4 * CHANNELS)
    if how == "shuffle":
        return unshuffle(b, x)
    if how == "slice":
        bounds = [b.constant(v, np.int64) for v in ([0, 0], [2**62] * 2, [2, 3], [2, 2])]
        return b.node("Slice", x, *bounds)
    kernel = int(how[-1])
    pads = [kernel // 3] * 4 if kernel == 3 else [0] * 4
    op_type = "MaxPool" if how.startswith("max") else "AveragePool"
    return b.node(op_type, x, kernel_shape=[kernel] * 2, strides=[2, 2], pads=pads)


def _up(b: Network, x: str, how: str) -> str:
    resizes = {
        "floor": ("nearest", {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}),
        "prefer_floor": ("nearest", {"nearest_mode": "round_prefer_floor"}),
        "prefer_ceil": ("nearest", {"nearest_mode": "round_prefer_ceil"}),
        "linear": ("linear", {}),
        "linear_asymmetric": ("linear", {"coordinate_transformation_mode": "asymmetric"}),
        "cubic": ("cubic", {"coordinate_transformation_mode": "half_pixel"}),
    }
    if how in resizes:
        mode, attributes = resizes[how]
        return resize(b, x, 2, mode, **attributes)
    if how == "shuffle":
        return shuffle(b, x)
    if how == "depth":
        wide = b.node("Conv", x, b.weights(4 * CHANNELS, CHANNELS, 1, 1))
        return b.node("DepthToSpace", wide, blocksize=2)
    return up_conv(b, x, *{"up2": (2, 0), "up3": (3, 1, 1), "up4": (4, 1)}[how])


def build(plan: list[Any]) -> tuple[Any, GraphFacts]:
    b = small_network()
    model = b.ending_in(b.node("Relu", grow(b, "x", plan)))
    return model, graph_facts(model)


def noise(side: int) -> np.ndarray:
    return np.random.default_rng(1).uniform(0.5, 1.0, (CHANNELS, side, side))


def changed_reach(model: Any, side: int, row: int, col: int) -> tuple[int, int]:
    """How far before and after the pixel (in y and x) the output changes with it."""
    before, image = noise(side), noise(side)
    image[:, row, col] += 1e4
    rows, cols = np.nonzero((run_image(model, image) != run_image(model, before)).any(axis=0))
    if not len(rows):
        return 0, 0
    return max(row - rows.min(), col - cols.min()), max(rows.max() - row, cols.max() - col)


@given(layers(2))
@QUICK
def test_a_pixel_changes_nothing_beyond_the_reach(plan: list[Any]) -> None:
    model, facts = build(plan)
    assert facts.obstacles == ()
    side = -(-(2 * facts.reach_px + 8) // facts.stride_px) * facts.stride_px
    middle = side // 2
    for shift in range(min(facts.stride_px, 3)):
        before, after = changed_reach(model, side, middle + shift, middle - shift)
        assert max(before, after) <= facts.reach_px


@given(layers(2), st.integers(0, 3), st.integers(0, 3))
@QUICK
def test_aligned_tiles_with_the_halo_give_the_whole_image(plan: list[Any], down: int, right: int) -> None:
    model, facts = build(plan)
    stride, halo = facts.stride_px, facts.halo_px
    assert halo % stride == 0
    core = 2 * stride
    side = 2 * halo + core + 3 * stride
    image = noise(side)
    whole = run_image(model, image)
    row, col = halo + down * stride, halo + right * stride
    tile = run_image(model, image[:, row - halo : row + core + halo, col - halo : col + core + halo])
    inner = tile[:, halo : halo + core, halo : halo + core]
    np.testing.assert_allclose(inner, whole[:, row : row + core, col : col + core], rtol=1e-4, atol=1e-6)


@given(st.lists(KERNELS, min_size=1, max_size=4))
@QUICK
def test_the_reach_of_plain_convolutions_is_tight(kernels: list[Any]) -> None:
    model, facts = build([("conv", kernel) for kernel in kernels])
    side = 2 * facts.reach_px + 3
    before, after = changed_reach(model, side, side // 2, side // 2)
    assert max(before, after) == facts.reach_px == facts.halo_px
    assert facts.receptive_field_px == (before + after + 1, before + after + 1)


@given(layers(1))
@QUICK
def test_a_halo_one_stride_smaller_is_too_small_where_the_reach_says_so(plan: list[Any]) -> None:
    """The halo is not merely generous: on stride 1 it is the reach, and one pixel less fails."""
    model, facts = build([*plan, ("conv", (3, 1, 1))])
    if facts.stride_px != 1:
        return
    short, core = facts.halo_px - 1, 4
    image = noise(2 * facts.halo_px + core)
    whole = run_image(model, image)[:, facts.halo_px : -facts.halo_px, facts.halo_px : -facts.halo_px]
    tile = run_image(model, image[:, 1:-1, 1:-1])[:, short : short + core, short : short + core]
    assert not np.allclose(tile, whole, rtol=1e-6, atol=0)


@pytest.mark.parametrize("factor", [1.5, 3, 4])
@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
def test_resize_by_other_factors(factor: float, mode: str) -> None:
    b = small_network()
    down = 3 if factor == 1.5 else int(factor)
    up = resize(b, conv(b, "x", down, down), factor, mode)
    model = b.ending_in(resize(b, up, 2, mode) if factor == 1.5 else up)
    facts = graph_facts(model)
    assert facts.same_size
    halo, stride = facts.halo_px, facts.stride_px
    image = noise(2 * halo + 4 * stride)
    whole = run_image(model, image)
    tile = run_image(model, image[:, stride : stride + 2 * halo + stride, stride : stride + 2 * halo + stride])
    inner = tile[:, halo : halo + stride, halo : halo + stride]
    place = slice(halo + stride, halo + 2 * stride)
    np.testing.assert_allclose(inner, whole[:, place, place], rtol=1e-4)
