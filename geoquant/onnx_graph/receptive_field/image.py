"""A tensor that is still an image: which of its axes are rows and columns, and how they lie over the input's pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from geoquant.onnx_graph.receptive_field.axis_maps import AxisMap
from geoquant.onnx_graph.receptive_field.constants import Constant

SPATIAL = ("y", "x")
LARGEST_STRIDE = 2**10
"""Pixels; where a graph of any size steps farther, the step grows with the image."""


@dataclass(frozen=True)
class ImageAxis:
    """Rows or columns of a tensor, for an input of some concrete size.

    Attributes:
        size: The number of positions.
        stride: Input pixels per position.
        margin_low: Positions at the low end whose value would change if the input went on beyond its border.
        margin_high: Positions at the high end, alike.
    """

    size: int
    stride: Fraction = Fraction(1)
    margin_low: int = 0
    margin_high: int = 0

    def through(self, step: AxisMap) -> ImageAxis:
        """The axis after one layer."""
        inside = range(self.margin_low, self.size - self.margin_high)
        low = _first(step.size, lambda position: step.read(position)[0] >= inside.start)
        beyond = _first(step.size, lambda position: step.read(position)[1] >= inside.stop)
        return ImageAxis(step.size, self.stride * step.ratio, low, step.size - max(low, beyond))

    def joined(self, other: ImageAxis) -> ImageAxis:
        """The axis of an element-wise result."""
        low, high = max(self.margin_low, other.margin_low), max(self.margin_high, other.margin_high)
        return replace(self, margin_low=low, margin_high=high)


def _first(size: int, holds: Any) -> int:
    """The first of ``size`` positions for which the monotone ``holds`` is true, or ``size``."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


@dataclass(frozen=True)
class Image:
    """An activation that is still an image: rows and columns are each found on one of its axes.

    Attributes:
        roles: Per axis what lies along it: "n" batch, "c" channel (or anything that is no place), "y" row, "x" column.
            Several letters are axes that were merged, the first of them outermost: "yx" has pixel after pixel, "cyx"
            one channel's pixels after the other's. A "c" only ever comes first: one behind it makes a place finer.
        dims: The tensor's shape.
        y: The axis of its rows.
        x: The axis of its columns.
    """

    roles: tuple[str, ...]
    dims: tuple[int, ...]
    y: ImageAxis
    x: ImageAxis

    def at(self, axis: int) -> str:
        """The role of an axis, which may be counted from the end."""
        return self.roles[axis]

    def holds_place(self, axis: int) -> bool:
        """Whether rows or columns lie along an axis, which may be counted from the end."""
        return any(place in self.roles[axis] for place in SPATIAL)

    @property
    def is_plain(self) -> bool:
        """Whether rows and columns have axes of their own."""
        return set(SPATIAL) <= set(self.roles)

    @property
    def places(self) -> tuple[tuple[str, int], ...]:
        """Rows and columns, each with its axis counted from the end: what elementwise operators align by."""
        count = len(self.roles)
        return tuple(
            (place, axis - count) for place in SPATIAL for axis, role in enumerate(self.roles) if place in role
        )

    def resized(self, axis: int, size: int) -> Image:
        """The same image with another number of channels."""
        dims = list(self.dims)
        dims[axis] = size
        return replace(self, dims=tuple(dims))

    def moved(self, y: AxisMap | None, x: AxisMap | None) -> Image:
        """The image after a layer that reads along y and x."""
        rows = self.y if y is None else self.y.through(y)
        columns = self.x if x is None else self.x.through(x)
        sizes = {"y": rows.size, "x": columns.size}
        dims = tuple(sizes.get(role, size) for role, size in zip(self.roles, self.dims, strict=True))
        return Image(self.roles, dims, rows, columns)


@dataclass(frozen=True)
class BorderPiece:
    """A piece of constant size at a border of the image, as rolling and wrapping cut it off to join it elsewhere.

    Attributes:
        size: The number of positions along the cut axis.
        node: The name of the node that cuts it off.
        reason: Why a tensor that takes it for anything else is tied to the border.
    """

    size: int
    node: str
    reason: str


@dataclass(frozen=True)
class Placeless:
    """A tensor that sums up the whole image, or is tied to its border: nothing in it moves with the image."""


Known = Image | Constant | BorderPiece | Placeless
"""What the tracer may know of a tensor."""


@dataclass(frozen=True)
class Edge:
    """What an output tensor reads of one input; None along an axis means position by position."""

    source: int
    y: AxisMap | None = None
    x: AxisMap | None = None


@dataclass(frozen=True)
class Traced:
    """One output of a node."""

    image: Image | BorderPiece
    edges: tuple[Edge, ...]


class Unbounded(Exception):
    """A node whose output pixels depend on the whole image, or on where in it they lie; caught by the tracer.

    Attributes:
        image: What the output looks like all the same, where that is known.
        certain: Whether the node is known to do that; False for an operator that the tracer does not know.
        placeless: Whether nothing of the output moves with the image, so that no stride can hide behind it.
    """

    def __init__(self, reason: str, image: Image | None = None, certain: bool = True, placeless: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.image, self.certain, self.placeless = reason, image, certain, placeless


@dataclass(frozen=True)
class TracedLayer:
    """A node with what is known of its inputs.

    Attributes:
        node: The node, an ``onnx.NodeProto``.
        attributes: The node's attributes as Python values.
        inputs: Per input what is known of it, or None when it is absent or lost behind an unbounded node.
        opset: The version of the node's operator set.
        dynamic: Whether the graph declares rows and columns of any size.
    """

    node: Any
    attributes: Mapping[str, Any]
    inputs: tuple[Known | None, ...]
    opset: int
    dynamic: bool

    @property
    def images(self) -> list[tuple[int, Image]]:
        """Position and image of the inputs that are images."""
        return [(index, item) for index, item in enumerate(self.inputs) if isinstance(item, Image)]

    def constant(self, index: int) -> Constant | None:
        """The constant at an input position, or None."""
        item = self.inputs[index] if index < len(self.inputs) else None
        return item if isinstance(item, Constant) else None

    def integers(self, index: int, attribute: str) -> list[int] | None:
        """A list of whole numbers from an attribute (older opsets) or a constant input (newer ones)."""
        if attribute in self.attributes:
            found = self.attributes[attribute]
            return [int(item) for item in (found if isinstance(found, (list, tuple)) else [found])]
        constant = self.constant(index)
        if constant is None or constant.value is None:
            return None
        return [int(item) for item in constant.value.ravel()]

    def keep(self, image: Image | None = None) -> list[Traced]:
        """The result of a node that works position by position on its first image."""
        index, first = self.images[0]
        return [Traced(first if image is None else image, (Edge(index),))]
