"""Receptive field rules of layers that only move axes about: transposing, cutting axes in parts and merging them.

Rows that are cut into blocks, as for windowed attention or a pixel unshuffle, become rows of blocks, each with its
pixels as channels: what happens inside a block then mixes channels, which reads no farther than the block. Channels
merged behind rows make finer rows, as a pixel shuffle does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import prod

from geoquant.onnx_graph.receptive_field.axis_maps import AxisMap, ReadWindow, blocks, chained, sliding
from geoquant.onnx_graph.receptive_field.image import (
    LARGEST_STRIDE,
    SPATIAL,
    Edge,
    Image,
    Traced,
    TracedLayer,
    Unbounded,
)
from geoquant.onnx_graph.receptive_field.point_rules import chosen_axes, without_axes

_Part = tuple[str, int]  # what lies along a part of an axis, and how many positions it has


def transposition(layer: TracedLayer) -> list[Traced]:
    """Transpose."""
    image = layer.images[0][1]
    order = layer.attributes.get("perm") or list(range(len(image.dims)))[::-1]
    return layer.keep(chosen_axes(image, order))


def squeezing(layer: TracedLayer) -> list[Traced]:
    """Squeeze."""
    image = layer.images[0][1]
    axes = layer.integers(1, "axes")
    if axes is None:
        axes = [axis for axis, size in enumerate(image.dims) if size == 1 and not image.holds_place(axis)]
    if any(image.holds_place(axis) for axis in axes):
        raise Unbounded("it drops rows or columns", certain=False)
    return layer.keep(without_axes(image, axes, keep=False))


def unsqueezing(layer: TracedLayer) -> list[Traced]:
    """Unsqueeze."""
    image = layer.images[0][1]
    axes = layer.integers(1, "axes")
    if axes is None:
        raise Unbounded("Unsqueeze along axes that are not constant", certain=False)
    rank = len(image.dims) + len(axes)
    fresh = {axis % rank for axis in axes}
    old = iter(zip(image.roles, image.dims, strict=True))
    pairs = [("c", 1) if axis in fresh else next(old) for axis in range(rank)]
    roles, dims = tuple(role for role, _ in pairs), tuple(size for _, size in pairs)
    return layer.keep(Image(roles, dims, image.y, image.x))


def expansion(layer: TracedLayer) -> list[Traced]:
    """Expand: broadcasting to a shape that has the same rows and columns."""
    image = layer.images[0][1]
    wanted = layer.integers(1, "shape")
    if wanted is None:
        raise Unbounded("Expand to a shape that can't be told from the graph", certain=False)
    rank = max(len(wanted), len(image.dims))
    padded, have = [1] * (rank - len(wanted)) + wanted, (1,) * (rank - len(image.dims)) + image.dims
    dims = tuple(max(pair) for pair in zip(have, padded, strict=True))
    return layer.keep(Image(("c",) * (rank - len(image.dims)) + image.roles, dims, image.y, image.x))


def tiling(layer: TracedLayer) -> list[Traced]:
    """Tile: channels repeated; repeated rows or columns lie side by side."""
    image, repeats = layer.images[0][1], layer.integers(1, "repeats")
    if repeats is None or len(repeats) != len(image.dims):
        raise Unbounded("Tile by numbers that can't be told from the graph", certain=False)
    if any(count != 1 and image.holds_place(axis) for axis, count in enumerate(repeats)):
        raise Unbounded("it lays images side by side", placeless=True)
    dims = tuple(size * count for size, count in zip(image.dims, repeats, strict=True))
    return layer.keep(Image(image.roles, dims, image.y, image.x))


def reshaping(layer: TracedLayer) -> list[Traced]:
    """Reshape and Flatten: axes are cut in parts and merged again, without a pixel changing its place in memory."""
    index, image = layer.images[0]
    shape = _flat_shape(layer, image) if layer.node.op_type == "Flatten" else _wanted_shape(layer, image)
    groups, maps = _regrouped(_parts(image), shape)
    roles = []
    for group in groups:
        role, last = "", ""
        for part, size in group:
            if part in SPATIAL:
                role, last = role + part, part
            elif last:
                have = maps.get(last)
                maps[last] = chained(have, blocks(getattr(image, last).size if have is None else have.size, size))
            else:
                role = "c"
        roles.append(role or "c")
    if roles[0] == "c":
        roles[0] = "n"
    y, x = maps.get("y"), maps.get("x")
    moved = image.moved(y, x)
    return [Traced(Image(tuple(roles), tuple(shape), moved.y, moved.x), (Edge(index, y, x),))]


def _wanted_shape(layer: TracedLayer, image: Image) -> list[int]:
    """The shape that Reshape makes; 0 keeps a size and -1 is what is left."""
    wanted = layer.integers(1, "shape")
    if wanted is None:
        raise Unbounded("it rearranges pixels into a shape that can't be told from the graph", certain=False)
    shape = [image.dims[axis] if size == 0 else size for axis, size in enumerate(wanted)]
    if shape.count(-1) == 1:
        shape[shape.index(-1)] = prod(image.dims) // max(1, -prod(shape))
    if prod(shape) != prod(image.dims) or min(shape, default=0) < 1:
        raise Unbounded(f"it rearranges pixels of {list(image.dims)} into {wanted}", certain=False)
    return shape


def _flat_shape(layer: TracedLayer, image: Image) -> list[int]:
    axis = layer.attributes.get("axis", 1)
    first = axis if axis >= 0 else axis + len(image.dims)
    return [prod(image.dims[:first]), prod(image.dims[first:])]


def _parts(image: Image) -> list[_Part]:
    """What the image's memory runs through, outermost first; channels of size 1 are left out."""
    found: list[_Part] = []
    for role, size in zip(image.roles, image.dims, strict=True):
        places = [(part, getattr(image, part).size) for part in role if part in SPATIAL]
        channels = size // prod(count for _, count in places)
        found += [("c", channels), *places] if channels > 1 else places
    return found


def _regrouped(parts: Sequence[_Part], shape: Sequence[int]) -> tuple[list[list[_Part]], dict[str, AxisMap]]:
    """The parts along each axis of a new shape, and how cut rows and columns read those before."""
    left, maps = deque(parts), dict[str, AxisMap]()
    groups: list[list[_Part]] = []
    for size in shape:
        group: list[_Part] = []
        while size > 1:
            part, have = left.popleft()
            if size % have:
                part, have = _cut(part, have, size, maps, left)
            group.append((part, have))
            size //= have
        groups.append(group)
    groups[-1].extend(left)
    return groups, maps


def _cut(part: str, have: int, size: int, maps: dict[str, AxisMap], left: deque[_Part]) -> _Part:
    """Cut a part into ``size`` blocks; what lies in a block goes back in front of what is left."""
    if have % size:
        raise Unbounded(f"it rearranges {have} positions into {size}", certain=False)
    inner = have // size
    left.appendleft(("c", inner))
    if part in SPATIAL:
        if inner > LARGEST_STRIDE:
            raise Unbounded(f"it cuts the image into {size} pieces, whatever its size")
        maps[part] = sliding(have, ReadWindow(inner, inner))
    return part, size
