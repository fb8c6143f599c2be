"""Second moments of the inputs of every convolution of a float network, by which its weights are rounded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

import numpy as np
import onnx
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.nodes import attribute
from geoquant.onnx_graph.probe import Probe, whole
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
        tensor: The name of its input.
        kernel: The kernel's (height, width).
        strides: The strides (y, x).
        dilations: The dilations (y, x).
        pads: The padding at top, left, bottom and right.
        group: The number of groups, as ONNX has it.
        block: The number of channels of a group whose moments are kept together.
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
    graph = Graph(model)
    watched, free = _watched(graph), not any((graph.shape(graph.input_name) or ())[2:])
    names = [name for name in dict.fromkeys(each.tensor for each in watched.values()) if name != graph.input_name]
    probe = Probe(model, [(name, whole) for name in names])
    sums: dict[str, Sums] = {}
    for batch, counts in batches:
        if free:
            batch, counts = _cropped(batch, counts, stride_px)
        seen = (tensor for (tensor,) in probe.run(batch))
        tensors = {graph.input_name: batch, **dict(zip(names, seen, strict=True))}
        for name, layer in watched.items():
            found = _of_tile(tensors[layer.tensor][0], counts, layer)
            known = sums.setdefault(name, [np.zeros(()) for _ in found])
            sums[name] = [np.asarray(old + new) for old, new in zip(known, found, strict=True)]
    return {name: InputMoments(prod(watched[name].kernel), tuple(blocks)) for name, blocks in sums.items()}


def _watched(graph: Graph) -> dict[str, _Watched]:
    found = {}
    for node in graph.nodes_of("Conv"):
        weight = graph.initializers.get(node.input[1])
        dims = list(weight.dims) if weight is not None else []
        if len(dims) == 4:
            kernel = int(dims[2]), int(dims[3])
            block = max(1, min(int(dims[1]), BLOCK // (kernel[0] * kernel[1])))
            found[node.name] = _Watched(
                *(node.input[0], kernel, _pair(node, "strides"), _pair(node, "dilations")),
                *(_pads(node, kernel), int(attribute(node, "group", 1)), block),
            )
    return found


def _pair(node: onnx.NodeProto, name: str) -> tuple[int, int]:
    given = attribute(node, name, (1, 1))
    return int(given[0]), int(given[1])


def _pads(node: onnx.NodeProto, kernel: tuple[int, int]) -> tuple[int, int, int, int]:
    """The padding as written, or centred where the operator works it out itself: a shift by a pixel hardly matters."""
    if attribute(node, "auto_pad", "NOTSET").startswith("SAME"):
        top, left = ((size - 1) // 2 for size in kernel)
        return top, left, kernel[0] - 1 - top, kernel[1] - 1 - left
    given = attribute(node, "pads", (0, 0, 0, 0))
    return int(given[0]), int(given[1]), int(given[2]), int(given[3])


def _cropped(
    batch: NDArray[np.float32], counts: NDArray[np.bool_], stride_px: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The middle of a tile."""
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
