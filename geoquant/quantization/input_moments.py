"""What goes into every convolution of a float network: the second moments that its weights are rounded by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

import numpy as np
import onnx
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from onnx import TensorProto, helper

from geoquant.onnx_graph.editing import attribute, initializers, input_name
from geoquant.onnx_graph.probe import open_session, run_session
from geoquant.quantization.bias_correction import Batch
from geoquant.quantization.gptq import InputMoments

SAMPLED_PX = 500
"""Pixels of each tile that a convolution is watched at, at most."""
CROP_PX = 256
"""All inputs of a tile are held at once, so tiles are cut to this side."""
BLOCK = 1024
"""Inputs of one output whose moments are kept together: those of larger layers fall into blocks of whole channels."""

Sums = list[NDArray[np.float64]]


@dataclass(frozen=True)
class _Watched:
    """A convolution whose inputs are watched.

    Attributes:
        tensor: its input.
        kernel: (height, width).
        strides: (y, x).
        dilations: (y, x).
        pads: top, left, bottom, right.
        group: as ONNX has it.
        block: channels of a group whose moments are kept together.
    """

    tensor: str
    kernel: tuple[int, int]
    strides: tuple[int, int]
    dilations: tuple[int, int]
    pads: tuple[int, int, int, int]
    group: int
    block: int


def input_moments(model: onnx.ModelProto, batches: Iterable[Batch], stride_px: int = 1) -> dict[str, InputMoments]:
    """Node name -> moments of its inputs over sampled pixels, for every convolution with constant weights.

    Args:
        model: prepared float network.
        batches: tiles; pixels without data do not count.
        stride_px: total stride, of which the network takes multiples.
    """
    watched = _watched(model)
    session = open_session(_with_outputs(model, [each.tensor for each in watched.values()]), 2)
    image, names = input_name(model), [output.name for output in session.get_outputs()]
    sums: dict[str, Sums] = {}
    for batch, counts in batches:
        batch, counts = _cropped(model, batch, counts, stride_px)
        tensors = {image: batch, **dict(zip(names, run_session(session, batch), strict=True))}
        for name, layer in watched.items():
            found = _of_tile(tensors[layer.tensor][0], counts, layer)
            known = sums.setdefault(name, [np.zeros(()) for _ in found])
            sums[name] = [np.asarray(old + new) for old, new in zip(known, found, strict=True)]
    return {name: InputMoments(prod(watched[name].kernel), tuple(blocks)) for name, blocks in sums.items()}


def _watched(model: onnx.ModelProto) -> dict[str, _Watched]:
    constant, found = initializers(model.graph), {}
    for node in model.graph.node:
        fixed = node.op_type == "Conv" and node.input[1] in constant
        dims = list(constant[node.input[1]].dims) if fixed else []
        if len(dims) == 4:
            kernel = int(dims[2]), int(dims[3])
            block = max(1, min(int(dims[1]), BLOCK // (kernel[0] * kernel[1])))
            found[node.name] = _Watched(
                *(node.input[0], kernel, _pair(node, "strides"), _pair(node, "dilations")),
                *(_pads(node, kernel), int(attribute(node, "group", 1)), block),
            )
    return found


def _pair(node: onnx.NodeProto, name: str) -> tuple[int, int]:
    given = next((tuple(entry.ints) for entry in node.attribute if entry.name == name), (1, 1))
    return int(given[0]), int(given[1])


def _pads(node: onnx.NodeProto, kernel: tuple[int, int]) -> tuple[int, int, int, int]:
    """As written, or centred where the operator works them out itself: moments hardly mind a pixel's shift."""
    if any(entry.name == "auto_pad" and entry.s.startswith(b"SAME") for entry in node.attribute):
        top, left = ((size - 1) // 2 for size in kernel)
        return top, left, kernel[0] - 1 - top, kernel[1] - 1 - left
    given = next((tuple(entry.ints) for entry in node.attribute if entry.name == "pads"), (0, 0, 0, 0))
    return int(given[0]), int(given[1]), int(given[2]), int(given[3])


def _with_outputs(model: onnx.ModelProto, tensors: Iterable[str]) -> onnx.ModelProto:
    """The network with these tensors as outputs as well; it makes its own anyway."""
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    known = {value.name for value in (*model.graph.input, *model.graph.output)}
    for name in dict.fromkeys(tensors):
        if name not in known:
            watched.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    return watched


def _cropped(
    model: onnx.ModelProto, batch: NDArray[np.float32], counts: NDArray[np.bool_], stride_px: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The middle of a tile, where the network takes more than one size."""
    value = next(value for value in model.graph.input if value.name == input_name(model))
    if any(dim.dim_value for dim in value.type.tensor_type.shape.dim[2:]):
        return batch, counts
    most = max(CROP_PX // stride_px, 1) * stride_px
    rows, cols = (_middle(side, most) for side in counts.shape)
    return np.ascontiguousarray(batch[:, :, rows, cols]), counts[rows, cols]


def _middle(side: int, most: int) -> slice:
    start = max(0, (side - most) // 2)
    return slice(start, start + min(side, most))


def _of_tile(tensor: NDArray[np.float32], counts: NDArray[np.bool_], layer: _Watched) -> Sums:
    """Moments of one tile (group, input, input), per block; tensor (channel, y, x)."""
    patches = _patches(tensor, counts, layer)  # (channel, pixel, weight of the kernel)
    per_group = patches.reshape(layer.group, len(patches) // layer.group, *patches.shape[1:])
    found = []
    for first in range(0, per_group.shape[1], layer.block):
        block = per_group[:, first : first + layer.block].transpose(0, 2, 1, 3)  # (group, pixel, channel, weight)
        inputs = block.reshape(*block.shape[:2], block.shape[2] * block.shape[3])
        found.append(np.asarray(inputs.transpose(0, 2, 1) @ inputs, np.float64))
    return found


def _patches(tensor: NDArray[np.float32], counts: NDArray[np.bool_], layer: _Watched) -> NDArray[np.float32]:
    """What the kernel sees at sampled pixels that count (channel, pixel, weight of the kernel)."""
    top, left, bottom, right = layer.pads
    padded = np.pad(tensor, ((0, 0), (top, bottom), (left, right)))
    reach = [(size - 1) * step + 1 for size, step in zip(layer.kernel, layer.dilations, strict=True)]
    windows = sliding_window_view(padded, reach, axis=(1, 2))
    windows = windows[:, :: layer.strides[0], :: layer.strides[1], :: layer.dilations[0], :: layer.dilations[1]]
    rows, cols = (np.arange(n) * size // n for n, size in zip(windows.shape[1:3], counts.shape, strict=True))
    places = np.argwhere(counts[np.ix_(rows, cols)])
    places = places[np.random.default_rng(0).permutation(len(places))[:SAMPLED_PX]]
    chosen = windows[:, places[:, 0], places[:, 1]]
    return np.asarray(chosen.reshape(*chosen.shape[:2], prod(layer.kernel)), np.float32)
