"""Facts of graphs, by hand: what makes a receptive field unbounded, and what only looks as if it did."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geoquant.errors import CalibrationError
from geoquant.onnx_graph.facts import GraphFacts, graph_facts
from geoquant.onnx_graph.loading import load_model
from tests.builders.networks import Network, run_image
from tests.builders.positive_layers import CHANNELS, conv, mix, resize, rolled, sizes_of, small_network, up_conv


def facts_of(grow: Any, **settings: Any) -> GraphFacts:
    b = small_network()
    return graph_facts(b.ending_in(grow(b), **settings))


def same(b: Network, x: str, kernel: int = 3, step: int = 1) -> str:
    span = kernel - 1
    return conv(b, x, kernel, step, 1, (span // 2, span - span // 2))


def test_facts_of_a_plain_network() -> None:
    facts = facts_of(lambda b: same(b, b.node("Relu", same(b, "x"))))
    assert facts.input_shape == (None, CHANNELS, None, None)
    assert facts.output_shape == (None, CHANNELS, None, None)
    assert (facts.receptive_field_px, facts.stride_px, facts.halo_px, facts.reach_px) == ((5, 5), 1, 2, 2)
    assert (facts.bands, facts.output_channels, facts.parameters) == (CHANNELS, CHANNELS, 72)
    assert facts.same_size
    assert facts.foldable_input
    assert not facts.quantized


def test_the_classic_u_net_step() -> None:
    """Pool, convolve, upsample: stride 2; the pixel behind a pooled one counts with its neighbour."""
    grow = lambda b: resize(b, same(b, b.node("MaxPool", "x", kernel_shape=[2, 2], strides=[2, 2])), 2, "nearest")  # noqa: E731
    facts = facts_of(grow)
    assert (facts.stride_px, facts.halo_px, facts.reach_px) == (2, 2, 3)


UNBOUNDED = {
    "global pooling": (
        lambda b: b.node("Mul", "x", b.node("GlobalAveragePool", "x")),
        "GlobalAveragePool",
        "whole",
    ),
    "squeeze and excite": (
        lambda b: b.node("Mul", "x", b.node("Sigmoid", mix(b, b.node("ReduceMean", "x", axes=[2, 3]), 2))),
        "ReduceMean",
        "whole image",
    ),
    "instance norm": (
        lambda b: same(b, b.node("InstanceNormalization", "x", b.constant([1, 1]), b.constant([0, 0]))),
        "InstanceNormalization",
        "mean and variance",
    ),
    "group norm by reshape": (
        lambda b: b.node(
            "Reshape",
            b.node("InstanceNormalization", _flat(b), b.constant([1.0]), b.constant([0.0])),
            b.node("Shape", "x"),
        ),
        "InstanceNormalization",
        "mean and variance",
    ),
    "a map without rows": (lambda b: _flat(b), "Reshape", "no rows and columns"),
    "a matrix over all pixels": (
        lambda b: b.node("Reshape", b.node("MatMul", _flat(b), _matrix_of_pixels(b)), b.node("Shape", "x")),
        "MatMul",
        "mixes pixels by a matrix",
    ),
    "pieces of any size": (
        lambda b: b.node("Reshape", "x", sizes_of(b, "x", 1, CHANNELS, 4, ("y", -4), ("x", 1))),
        "Reshape",
        "into 4 pieces, whatever its size",
    ),
    "layer norm over pixels": (
        lambda b: b.node("LayerNormalization", "x", b.constant([1.0]), axis=2),
        "LayerNormalization",
        "normalizes over the pixels",
    ),
    "attention": (
        lambda b: b.node("MatMul", "x", b.node("Transpose", "x", perm=[0, 1, 3, 2])),
        "MatMul",
        "with itself",
    ),
    "softmax over columns": (lambda b: b.node("Softmax", "x", axis=-1), "Softmax", "over the pixels"),
    "position code": (
        lambda b: b.node("Add", "x", b.constant(np.ones((1, 2, 32, 32)))),
        "Add",
        "from pixel to pixel",
    ),
    "fixed size": (
        lambda b: b.node("Resize", "x", "", "", b.constant([1, 2, 64, 64], np.int64), mode="nearest"),
        "Resize",
        "any size to",
    ),
    "aligned corners": (
        lambda b: resize(b, "x", 2, "linear", coordinate_transformation_mode="align_corners"),
        "Resize",
        "align_corners",
    ),
    "crop": (
        lambda b: b.node("Slice", "x", *(b.constant(v, np.int64) for v in ([0], [64], [2]))),
        "Slice",
        "cuts out pixels 0 to 64",
    ),
    "tiles": (lambda b: b.node("Tile", "x", b.constant([1, 1, 2, 1], np.int64)), "Tile", "side by side"),
    "sums over rows": (lambda b: b.node("Einsum", "x", equation="nchw->ncw"), "Einsum", "sums over pixels"),
    "row by row": (lambda b: b.node("Einsum", "x", "x", equation="nchw,nchv->nhwv"), "Einsum", "with itself"),
    "numbers by column": (
        lambda b: b.node("Einsum", "x", b.constant(np.ones(32)), equation="nchw,w->nchw"),
        "Einsum",
        "from pixel to pixel",
    ),
    "mosaic": (lambda b: b.node("Concat", "x", "x", axis=3), "Concat", "side by side"),
    "unknown operator": (lambda b: b.node("CumSum", "x", b.constant(1, np.int64)), "CumSum", "does not know"),
}


def _flat(b: Network) -> str:
    return b.node("Reshape", "x", b.constant([0, 1, -1], np.int64))


def _matrix_of_pixels(b: Network) -> str:
    return b.constant(np.ones((1, 64, 64)))


@pytest.mark.parametrize("case", UNBOUNDED)
def test_unbounded_receptive_fields_name_the_node_and_the_reason(case: str) -> None:
    grow, op_type, reason = UNBOUNDED[case]
    facts = facts_of(grow)
    assert (facts.halo_px, facts.receptive_field_px, facts.reach_px) == (None, None, None)
    assert len(facts.obstacles) == 1
    assert facts.unbounded_by[0].startswith(f"{op_type} '{op_type}_")
    assert reason in facts.unbounded_by[0]


def test_what_the_output_does_not_need_is_not_asked() -> None:
    def grow(b: Network) -> str:
        b.node("GlobalAveragePool", "x")  # an auxiliary head
        return same(b, "x")

    assert facts_of(grow).halo_px == 1


BOUNDED = {
    "channels last": lambda b: b.node(
        "Transpose",
        b.node(
            "MatMul",
            b.node(
                "LayerNormalization",
                b.node("Transpose", "x", perm=[0, 2, 3, 1]),
                b.constant([1, 1]),
                axis=-1,
            ),
            b.weights(2, 2),
        ),
        perm=[0, 3, 1, 2],
    ),
    "channel shuffle": lambda b: _reshape(b, b.node("Transpose", _reshape(b, "x", [2, 1]), perm=[0, 2, 1, 3, 4]), [2]),
    "channels repeated, in another axis, by a constant of more axes": lambda b: _repeated(b),
    "sums over channels": lambda b: b.node("Einsum", "x", b.weights(2, 2), equation="n c h w, c d -> n d h w"),
    "products of channels": lambda b: b.node("Einsum", "x", "x", equation="nchw,ndhw->nchw"),
    "softmax over classes": lambda b: b.node("Softmax", "x", axis=1),
    "channel attention is a constant": lambda b: b.node("Mul", "x", b.constant(np.ones((1, 2, 1, 1)))),
    "split and concat": lambda b: _split(b),
    "quantized": lambda b: _quantized(b),
    "gather a channel": lambda b: b.node(
        "Concat", *([b.node("Gather", "x", b.constant([1], np.int64), axis=1)] * 2), axis=1
    ),
    "hard swish": lambda b: b.node("HardSwish", b.node("Clip", "x", b.constant(0.0), b.constant(6.0))),
}


def _reshape(b: Network, x: str, channels: list[int]) -> str:
    """As exporters write it: batch, rows and columns taken from the tensor's own shape."""
    shape = b.node("Shape", x)
    ends = [
        b.node("Slice", shape, *(b.constant(v, np.int64) for v in bounds)) for bounds in (([0], [1]), ([-2], [2**62]))
    ]
    wanted = b.node("Concat", ends[0], b.constant(channels, np.int64), ends[1], axis=0)
    return b.node("Reshape", x, wanted)


def _repeated(b: Network) -> str:
    """Two channels become eight and, group by group, two again."""
    wide = b.node("Tile", b.node("Unsqueeze", "x", b.constant([1], np.int64)), b.constant([1, 2, 1, 1, 1], np.int64))
    wider = b.node("Add", wide, b.constant(np.ones((2, 1, 1, 1, 1, 1))))  # (2, n, 2, c, y, x)
    flat = b.node("Reshape", wider, sizes_of(b, "x", 1, 8, ("y", 1), ("x", 1)))
    grown = b.node("Expand", flat, b.constant([1, 1, 1, 1, 1], np.int64))
    return mix(b, b.node("Squeeze", grown, b.constant([0], np.int64)), 8)


def _split(b: Network) -> str:
    from onnx import helper

    b.nodes.append(helper.make_node("Split", ["x"], ["a", "b"], axis=1))
    return b.node("Concat", "b", "a", axis=1)


def _quantized(b: Network) -> str:
    scale, zero, weight_zero = b.constant(0.1), b.constant(3, np.uint8), b.constant(0, np.int8)
    q = b.node("DequantizeLinear", b.node("QuantizeLinear", "x", scale, zero), scale, zero)
    weights = b.node("DequantizeLinear", b.constant(np.ones((2, 2, 1, 1)), np.int8), scale, weight_zero)
    return b.node("Conv", q, weights)


@pytest.mark.parametrize("case", BOUNDED)
def test_what_mixes_no_pixels_is_bounded(case: str) -> None:
    b = small_network()
    model = b.ending_in(BOUNDED[case](b))
    facts = graph_facts(model)
    assert facts.unbounded_by == ()
    assert (facts.receptive_field_px, facts.halo_px, facts.output_channels) == ((1, 1), 0, 2)
    assert facts.quantized == (case == "quantized")
    x = np.random.default_rng(0).uniform(0, 1, (2, 6, 5))
    assert run_image(model, x).shape == (2, 6, 5)  # the network itself is a valid one


BESIDE_WHAT_SEES_EVERYTHING = {
    "pooling": lambda b, x: b.node("Mul", x, b.node("GlobalAveragePool", x)),
    "aligned corners": lambda b, x: resize(b, x, 2, "linear", coordinate_transformation_mode="align_corners"),
    "position code": lambda b, x: b.node("Add", x, b.constant(np.ones((1, 2, 32, 32)))),
    "attention": lambda b, x: _attention(b, x),
    "attention over channels": lambda b, x: b.node(
        "Einsum", b.node("Einsum", x, x, equation="nchw,ndhw->ncd"), x, equation="ncd,ndhw->nchw"
    ),
}


def _attention(b: Network, x: str) -> str:
    """Each pixel with every other: (n, pixel, c) times (n, c, pixel), and times (n, pixel, c) again."""
    flat = b.node("Reshape", x, b.constant([0, CHANNELS, -1], np.int64))
    likeness = b.node("MatMul", b.node("Transpose", flat, perm=[0, 2, 1]), flat)
    return b.node("Reshape", b.node("MatMul", flat, likeness), b.node("Shape", x))


@pytest.mark.parametrize("case", BESIDE_WHAT_SEES_EVERYTHING)
def test_strides_behind_what_sees_the_whole_image_count(case: str) -> None:
    facts = facts_of(lambda b: same(b, BESIDE_WHAT_SEES_EVERYTHING[case](b, same(b, "x", 2, 2)), 2, 2))
    assert facts.halo_px is None
    assert (facts.stride_px, facts.hidden_stride_by) == (2 if case == "aligned corners" else 4, ())


def test_a_stride_that_may_hide_behind_an_unknown_operator_is_said() -> None:
    def grow(b: Network, known: bool) -> str:
        x = same(b, "x", 2, 2)
        branch = x if known else b.node("CumSum", x, b.constant(1, np.int64))
        return b.node("Add", x, branch)

    assert facts_of(lambda b: grow(b, True)).hidden_stride_by == ()
    (line,) = facts_of(lambda b: grow(b, False)).hidden_stride_by
    assert line.startswith("CumSum 'CumSum_1'")


def test_padding_by_pieces_of_the_image_itself_counts_as_border() -> None:
    """Circular padding as exporters write it: the last columns in front of the first ones, and the first behind."""

    def grow(b: Network) -> str:
        ends = [b.constant([value], np.int64) for value in (-2, 2**62, 0, 3)]
        last, first = b.node("Slice", "x", *ends[:2], ends[3]), b.node("Slice", "x", *ends[2:], ends[3])
        return conv(b, b.node("Concat", last, "x", first, axis=3), 3, 1, 1, (1, 1))

    facts = facts_of(grow)
    assert (facts.unbounded_by, facts.reach_px, facts.same_size) == ((), 3, False)
    assert facts_of(lambda b: rolled(b, "x", 5, 2)).halo_px == 5


def test_quantization_changes_nothing_but_the_numbers(tmp_path: Path) -> None:
    """The QDQ file that onnxruntime makes of a network has the field, stride and halo of the network."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static

    class Tiles(CalibrationDataReader):
        left = 2

        def get_next(self) -> dict[str, np.ndarray] | None:
            self.left -= 1
            return (
                {"x": np.random.default_rng(self.left).uniform(0, 1, (1, 2, 16, 16)).astype("f4")}
                if self.left
                else None
            )

    b = small_network()
    small = b.node("Relu", same(b, b.node("MaxPool", same(b, "x"), kernel_shape=[2, 2], strides=[2, 2])))
    network = b.ending_in(b.node("Add", up_conv(b, small, 4, 1), resize(b, small, 2, "linear")))
    quantize_static(network, tmp_path / "int8.onnx", Tiles(), quant_format=QuantFormat.QDQ, per_channel=True)
    before, after = graph_facts(network), graph_facts(load_model(tmp_path / "int8.onnx"))
    assert (after.quantized, after.unbounded_by) == (True, ())
    for name in ("receptive_field_px", "reach_px", "stride_px", "halo_px", "output_channels", "foldable_input"):
        assert getattr(after, name) == getattr(before, name)


def test_first_operators_decide_on_folding() -> None:
    assert facts_of(_quantized).first_ops == ("Conv",)
    branched = facts_of(lambda b: b.node("Add", same(b, "x"), "x"))
    assert branched.first_ops == ("Conv", "Add")
    assert not branched.foldable_input


def test_auto_pad_and_ceil_mode() -> None:
    upper = facts_of(lambda b: b.node("Conv", "x", b.weights(2, 2, 4, 4), auto_pad="SAME_UPPER"))
    lower = facts_of(lambda b: b.node("Conv", "x", b.weights(2, 2, 4, 4), auto_pad="SAME_LOWER"))
    assert upper.receptive_field_px == lower.receptive_field_px == (4, 4)
    assert upper.same_size
    assert upper.halo_px == lower.halo_px == 2
    pool = facts_of(
        lambda b: resize(b, b.node("AveragePool", "x", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1), 2, "nearest")
    )
    assert (pool.same_size, pool.stride_px, pool.halo_px) == (True, 2, 0)


def test_networks_that_shrink_or_coarsen_say_so() -> None:
    valid = facts_of(lambda b: conv(b, "x", 3))
    assert valid.same_size is False
    coarse = facts_of(lambda b: same(b, "x", 2, 2))
    assert (coarse.same_size, coarse.stride_px) == (False, 2)


def test_a_spatial_crop_inside_the_network_widens_the_halo() -> None:
    """Cropped borders come back as zero padding: their reach is not the whole story, the halo is."""

    def grow(b: Network) -> str:
        ends = [b.constant(v, np.int64) for v in ([1, 1], [-1, -1], [2, 3])]
        return conv(b, b.node("Slice", "x", *ends), 5, 1, 1, (3, 3))

    facts = facts_of(grow)
    assert (facts.same_size, facts.reach_px, facts.halo_px) == (True, 2, 3)


def test_an_arg_max_inside_the_graph() -> None:
    facts = facts_of(lambda b: b.node("ArgMax", same(b, "x"), axis=1, keepdims=0), given=("n", None, None))
    assert (facts.output_op, facts.output_channels, facts.same_size) == ("ArgMax", None, True)
    assert facts.output_shape == (None, None, None)


def test_a_fixed_shape_is_reported() -> None:
    facts = facts_of(lambda b: same(b, "x"), taken=("n", CHANNELS, 64, 64))
    assert facts.input_shape == (None, CHANNELS, 64, 64)
    assert facts.halo_px == 1
    assert (facts.fixed_shape, facts.fixed_side, facts.is_exact) == ((64, 64), 64, True)


def test_a_network_of_any_size_has_no_fixed_shape() -> None:
    facts = facts_of(lambda b: same(b, "x"))
    assert (facts.fixed_shape, facts.fixed_side, facts.is_exact) == (None, None, True)


@pytest.mark.parametrize(("side", "exact"), [(2, False), (3, True)])
def test_tiles_are_exact_where_something_is_left_inside_the_halo(side: int, exact: bool) -> None:
    assert facts_of(lambda b: same(b, "x"), taken=("n", CHANNELS, side, side)).is_exact == exact


def test_a_fixed_side_needs_a_square() -> None:
    oblong = replace(facts_of(lambda b: same(b, "x")), input_shape=(1, CHANNELS, 64, 48))
    assert oblong.fixed_shape == (64, 48)
    with pytest.raises(CalibrationError, match="64 x 48 px"):
        _ = oblong.fixed_side
    assert replace(oblong, input_shape=(1, CHANNELS, None, 48)).fixed_side == 48


ENDS = {
    "moved": (lambda b, x: b.node("Transpose", b.node("Sigmoid", x), perm=[0, 1, 3, 2]), "Sigmoid"),
    "enlarged": (lambda b, x: resize(b, b.node("Softmax", x, axis=1), 2, "linear"), "Softmax"),
    "clipped": (lambda b, x: b.node("Clip", b.node("Sigmoid", x), *map(b.constant, (0.0, 1.0))), "Sigmoid"),
    "cut off": (lambda b, x: b.node("Clip", b.node("Sigmoid", x), *map(b.constant, (0.5, 1.0))), "Clip"),
    "joined": (lambda b, x: b.node("Concat", *(b.node("Sigmoid", x) for _ in range(2)), axis=1), "Sigmoid"),
    "mixed": (lambda b, x: b.node("Concat", b.node("Sigmoid", x), b.node("Relu", x), axis=1), "Concat"),
    "sharpened": (lambda b, x: b.node("Mul", b.node("Sigmoid", x), x), "Mul"),
}


@pytest.mark.parametrize("case", ENDS)
def test_what_made_the_output_is_followed_back_through_what_keeps_values(case: str) -> None:
    grow, expected = ENDS[case]
    assert facts_of(lambda b: grow(b, same(b, "x"))).output_op == expected
