"""Second moments of the inputs of every convolution of a float network, by which its weights are rounded.

Pixels count by their weights, so that a rare imaging condition has as much of a say as a common one. Of each tile a
sample is looked at, drawn as often as the weights say, so that the rare ones are not missed either.
"""

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
        batches: tiles; a pixel counts as much as they say.
        stride_px: total stride, of which the network takes multiples.
    """
    graph = Graph(model)
    watched, free = _watched(graph), not any((graph.shape(graph.input_name) or ())[2:])
    names = [name for name in dict.fromkeys(each.tensor for each in watched.values()) if name != graph.input_name]
    probe = Probe(model, [(name, whole) for name in names])
    sums: dict[str, Sums] = {}
    for batch, weights in batches:
        if free:
            batch, weights = _cropped(batch, weights, stride_px)
        seen = (tensor for (tensor,) in probe.run(batch))
        tensors = {graph.input_name: batch, **dict(zip(names, seen, strict=True))}
        for name, layer in watched.items():
            found = _of_tile(tensors[layer.tensor][0], weights, layer)
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


def _cropped(batch: NDArray[np.float32], weights: NDArray[np.float32], stride_px: int) -> Batch:
    """The part of a tile around the pixels that count."""
    most = max(CROP_PX // stride_px, 1) * stride_px
    rows, cols = (_around(np.asarray(weights.any(axis=axis)), most) for axis in (1, 0))
    return np.ascontiguousarray(batch[:, :, rows, cols]), weights[rows, cols]


def _around(counts: NDArray[np.bool_], most: int) -> slice:
    """At most so many places, around the middle of those that count, or of all where none does."""
    places, side = np.flatnonzero(counts), len(counts)
    middle = (places[0] + places[-1] + 1) // 2 if len(places) else side // 2
    start = int(np.clip(middle - most // 2, 0, max(0, side - most)))
    return slice(start, start + min(side, most))


def _of_tile(tensor: NDArray[np.float32], weights: NDArray[np.float32], layer: _Watched) -> Sums:
    """Moments of one tile (group, input, input), per block; tensor (channel, y, x)."""
    patches = _patches(tensor, weights, layer)  # (channel, pixel, weight of the kernel)
    per_group = patches.reshape(layer.group, len(patches) // layer.group, *patches.shape[1:])
    found = []
    for first in range(0, per_group.shape[1], layer.block):
        block = per_group[:, first : first + layer.block].transpose(0, 2, 1, 3)  # (group, pixel, channel, weight)
        inputs = block.reshape(*block.shape[:2], block.shape[2] * block.shape[3])
        found.append(np.asarray(inputs.transpose(0, 2, 1) @ inputs, np.float64))
    return found


def _patches(tensor: NDArray[np.float32], weights: NDArray[np.float32], layer: _Watched) -> NDArray[np.float32]:
    """What the kernel sees at sampled pixels (channel, pixel, weight of the kernel), times the root of their weight."""
    top, left, bottom, right = layer.pads
    padded = np.pad(tensor, ((0, 0), (top, bottom), (left, right)))
    reach = [(size - 1) * step + 1 for size, step in zip(layer.kernel, layer.dilations, strict=True)]
    windows = sliding_window_view(padded, reach, axis=(1, 2))
    windows = windows[:, :: layer.strides[0], :: layer.strides[1], :: layer.dilations[0], :: layer.dilations[1]]
    rows, cols = (np.arange(n) * size // n for n, size in zip(windows.shape[1:3], weights.shape, strict=True))
    places, counts = _drawn(weights[np.ix_(rows, cols)])
    chosen = windows[:, places[:, 0], places[:, 1]]
    patches = chosen.reshape(*chosen.shape[:2], prod(layer.kernel))
    return np.asarray(patches * np.sqrt(counts)[None, :, None], np.float32)


def _drawn(weights: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """At most ``SAMPLED_PX`` places (place, 2) of a map, and how much each counts; together as much as the map.

    Where there are more, they are drawn by systematic resampling (Kitagawa 1996): at even steps through the running sum
    of the weights, in an order that is shuffled, the same way every time.
    """
    places = np.argwhere(weights > 0)
    counts = weights[places[:, 0], places[:, 1]]
    if len(places) <= SAMPLED_PX:
        return places, counts
    order = np.random.default_rng(0).permutation(len(places))
    running = np.cumsum(counts[order], dtype=np.float64)
    steps = (np.arange(SAMPLED_PX) + 0.5) * (running[-1] / SAMPLED_PX)
    drawn, times = np.unique(order[np.searchsorted(running, steps)], return_counts=True)
    return places[drawn], np.asarray(times * (running[-1] / SAMPLED_PX), np.float32)
