"""Receptive field rules of layers that work pixel by pixel."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from geoquant.grid import ceil_div
from geoquant.onnx_graph.receptive_field.axis_maps import ReadWindow, sliding
from geoquant.onnx_graph.receptive_field.constants import Constant
from geoquant.onnx_graph.receptive_field.image import (
    LARGEST_STRIDE,
    SPATIAL,
    BorderPiece,
    Edge,
    Image,
    ImageAxis,
    Traced,
    TracedLayer,
    Unbounded,
)


def pointwise(layer: TracedLayer) -> list[Traced]:
    """Activations, batch normalization, casts, quantization: one image in, the same out."""
    return layer.keep()


def elementwise(layer: TracedLayer) -> list[Traced]:
    """Arithmetic between images and constants, with broadcasting from the right."""
    images = layer.images
    base = max((image for _, image in images), key=lambda image: (len(image.dims), prod(image.dims)))
    constants = [item for item in layer.inputs if isinstance(item, Constant)]
    for item in constants:
        check_constant(layer, base, item)
    rows, columns = base.y, base.x
    for _, image in images:
        check_same_places(base, image, "combines")
        rows, columns = rows.joined(image.y), columns.joined(image.x)
    dims = _broadcast(*(image.dims for _, image in images), *(item.shape or () for item in constants))
    roles = ("c",) * (len(dims) - len(base.dims)) + base.roles
    return [Traced(Image(roles, dims, rows, columns), tuple(Edge(index) for index, _ in images))]


def _broadcast(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that all of them broadcast to, aligned from the right."""
    rank = max(map(len, shapes))
    return tuple(max(sizes) for sizes in zip(*((1,) * (rank - len(shape)) + shape for shape in shapes), strict=True))


def check_same_places(first: Image, second: Image, doing: str) -> None:
    """Refuse to lay images over each other whose rows and columns are not on the same axes, or not as many.

    Raises:
        Unbounded: naming both.
    """
    if first.places != second.places:
        named = " with ".join(f"({', '.join(image.roles)})" for image in (first, second))
        raise Unbounded(f"it {doing} axes {named}", certain=False)
    check_same_sizes(first, second, doing)


def check_same_sizes(first: Image, second: Image, doing: str) -> None:
    """Refuse images that have not as many rows and columns.

    Raises:
        Unbounded: naming both sizes.
    """
    sizes = [f"{image.y.size} x {image.x.size}" for image in (first, second)]
    if sizes[0] != sizes[1]:
        raise Unbounded(f"it {doing} images of {sizes[0]} and {sizes[1]}", certain=False)


def check_constant(layer: TracedLayer, image: Image, constant: Constant) -> None:
    """A constant that differs from pixel to pixel (a position code) ties the result to the tile's place."""
    if constant.shape is None:
        raise Unbounded(f"{layer.node.op_type} with a constant of unknown shape", image, certain=False)
    for offset, size in enumerate(reversed(constant.shape), start=1):
        if size > 1 and offset <= len(image.roles) and image.holds_place(-offset):
            raise Unbounded("it adds a constant that differs from pixel to pixel", image)


def _need_channels(layer: TracedLayer, image: Image, axes: Sequence[int], doing: str) -> None:
    if any(image.holds_place(axis) for axis in axes):
        raise Unbounded(f"{doing} over the pixels of the whole image", image)


def softmax(layer: TracedLayer) -> list[Traced]:
    """Softmax, LogSoftmax, Hardmax; before opset 13 they flatten all axes from ``axis`` on."""
    image = layer.images[0][1]
    axis = layer.attributes.get("axis", -1 if layer.opset >= 13 else 1)
    first = axis % len(image.dims)
    _need_channels(layer, image, [axis] if layer.opset >= 13 else range(first, len(image.dims)), "softmax")
    return layer.keep()


def layer_normalization(layer: TracedLayer) -> list[Traced]:
    """LayerNormalization over the last axes, and LpNormalization over one."""
    image = layer.images[0][1]
    axis = layer.attributes.get("axis", -1) % len(image.dims)
    last = axis + 1 if layer.node.op_type == "LpNormalization" else len(image.dims)
    _need_channels(layer, image, range(axis, last), "it normalizes")
    return layer.keep()


def reduction(layer: TracedLayer) -> list[Traced]:
    """ReduceMean and the other reductions over axes."""
    image = layer.images[0][1]
    axes = layer.integers(1, "axes")
    if axes is None:
        axes = [] if layer.attributes.get("noop_with_empty_axes") else list(range(len(image.dims)))
    if any(image.holds_place(axis) for axis in axes):
        raise Unbounded("it takes in the whole image at once", placeless=True)
    return layer.keep(without_axes(image, axes, bool(layer.attributes.get("keepdims", 1))))


def arg_extreme(layer: TracedLayer) -> list[Traced]:
    """ArgMax and ArgMin."""
    image = layer.images[0][1]
    axis = layer.attributes.get("axis", 0)
    if image.holds_place(axis):
        raise Unbounded("it takes in the whole image at once", placeless=True)
    return layer.keep(without_axes(image, [axis], bool(layer.attributes.get("keepdims", 1))))


def without_axes(image: Image, axes: Sequence[int], keep: bool) -> Image:
    """The image with ``axes`` reduced to 1, or gone."""
    gone = {axis % len(image.dims) for axis in axes}
    if keep:
        dims = tuple(1 if axis in gone else size for axis, size in enumerate(image.dims))
        return Image(image.roles, dims, image.y, image.x)
    return chosen_axes(image, [axis for axis in range(len(image.dims)) if axis not in gone])


def chosen_axes(image: Image, axes: Sequence[int]) -> Image:
    """The image with some of its axes, in another order; those left out are of size 1."""
    roles, dims = tuple(image.roles[axis] for axis in axes), tuple(image.dims[axis] for axis in axes)
    return Image(roles, dims, image.y, image.x)


def concatenation(layer: TracedLayer) -> list[Traced]:
    """Concat of channels, or of the image with pieces of its borders."""
    images, axis = layer.images, layer.attributes["axis"]
    if not images:
        raise Unbounded("it joins pieces of the image's borders", placeless=True)
    base = images[0][1]
    if base.holds_place(axis):
        return _side_by_side(layer, axis)
    rows, columns, total = base.y, base.x, 0
    for item in layer.inputs:
        if isinstance(item, Constant) and item.shape is not None:
            check_constant(layer, base, item)
            total += item.shape[axis] if item.shape else 1
        elif isinstance(item, Image):
            check_same_places(base, item, "joins")
            rows, columns, total = rows.joined(item.y), columns.joined(item.x), total + item.dims[axis]
    joined = Image(base.roles, base.dims, rows, columns).resized(axis, total)
    return [Traced(joined, tuple(Edge(index) for index, _ in images))]


def _side_by_side(layer: TracedLayer, axis: int) -> list[Traced]:
    """Rolling and wrapping: pieces of constant size are joined to the image, and count as its border."""
    index, image = max(layer.images, key=lambda pair: pair[1].dims[axis])
    role = image.at(axis)
    sizes = [
        item.size if isinstance(item, BorderPiece) else item.dims[axis] if isinstance(item, Image) else None
        for item in layer.inputs
    ]
    low, high = sizes[:index], sizes[index + 1 :]
    if role not in SPATIAL or None in sizes:
        raise Unbounded("it joins images side by side", certain=False)
    before, after = sum(size or 0 for size in low), sum(size or 0 for size in high)
    place: ImageAxis = getattr(image, role)
    most = LARGEST_STRIDE / place.stride if layer.dynamic else place.size - 1
    if before + after > most:
        raise Unbounded("it joins images side by side", placeless=True)
    moved = {role: sliding(place.size, ReadWindow(1, pad_low=before, pad_high=after))}
    return [Traced(image.moved(moved.get("y"), moved.get("x")), (Edge(index, moved.get("y"), moved.get("x")),))]


def splitting(layer: TracedLayer) -> list[Traced]:
    """Split of channels."""
    index, image = layer.images[0]
    axis = layer.attributes.get("axis", 0)
    if image.holds_place(axis):
        raise Unbounded("it cuts the image in pieces")
    count = len(layer.node.output)
    even = ceil_div(image.dims[axis], count)
    sizes = layer.integers(1, "split") or [min(even, image.dims[axis] - even * part) for part in range(count)]
    return [Traced(image.resized(axis, size), (Edge(index),)) for size in sizes]


def gathering(layer: TracedLayer) -> list[Traced]:
    """Gather of channels."""
    image = layer.images[0][1]
    axis, chosen = layer.attributes.get("axis", 0), layer.constant(1)
    if image.holds_place(axis) or chosen is None or chosen.shape is None:
        raise Unbounded("it picks single pixels", certain=False)
    if not chosen.shape:
        return layer.keep(without_axes(image, [axis], keep=False))
    return layer.keep(image.resized(axis, chosen.shape[0]))


def unsupported(layer: TracedLayer) -> list[Traced]:
    """An operator without a rule."""
    raise Unbounded("geoquant does not know this operator", certain=False)
