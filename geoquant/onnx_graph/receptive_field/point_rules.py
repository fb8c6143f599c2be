"""Receptive field rules of layers that work pixel by pixel, or only move axes about."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from geoquant.grid import ceil_div
from geoquant.onnx_graph.receptive_field.constants import Constant
from geoquant.onnx_graph.receptive_field.image import SPATIAL, Edge, Image, Traced, TracedLayer, Unbounded


def pointwise(layer: TracedLayer) -> list[Traced]:
    """Activations, batch normalization, casts, quantization: one image in, the same out."""
    return layer.keep()


def elementwise(layer: TracedLayer) -> list[Traced]:
    """Arithmetic between images and constants, with broadcasting from the right."""
    images = layer.images
    base = max((image for _, image in images), key=lambda image: (len(image.dims), prod(image.dims)))
    for item in layer.inputs:
        if isinstance(item, Constant):
            _check_constant(layer, base, item)
    rows, columns = base.y, base.x
    dims = list(base.dims)
    for _, image in images:
        if not base.roles.endswith(image.roles):
            raise Unbounded(f"it combines axes {base.roles} with {image.roles}", certain=False)
        if (image.y.size, image.x.size) != (base.y.size, base.x.size):
            raise Unbounded(
                f"it combines images of {base.y.size} x {base.x.size} and {image.y.size} x {image.x.size}",
                certain=False,
            )
        rows, columns = rows.joined(image.y), columns.joined(image.x)
        for offset in range(1, len(image.dims) + 1):
            dims[-offset] = max(dims[-offset], image.dims[-offset])
    joined = Image(base.roles, tuple(dims), rows, columns)
    return [Traced(joined, tuple(Edge(index) for index, _ in images))]


def _check_constant(layer: TracedLayer, image: Image, constant: Constant) -> None:
    """A constant that differs from pixel to pixel (a position code) ties the result to the tile's place."""
    if constant.shape is None:
        raise Unbounded(f"{layer.node.op_type} with a constant of unknown shape", image, certain=False)
    for offset, size in enumerate(reversed(constant.shape), start=1):
        if size > 1 and offset <= len(image.roles) and image.roles[-offset] in SPATIAL:
            raise Unbounded("it adds a constant that differs from pixel to pixel", image)


def _need_channels(layer: TracedLayer, image: Image, axes: Sequence[int], doing: str) -> None:
    if any(image.at(axis) in SPATIAL for axis in axes):
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
    if any(image.at(axis) in SPATIAL for axis in axes):
        raise Unbounded("it takes in the whole image at once")
    return layer.keep(_without(image, axes, bool(layer.attributes.get("keepdims", 1))))


def arg_extreme(layer: TracedLayer) -> list[Traced]:
    """ArgMax and ArgMin."""
    image = layer.images[0][1]
    axis = layer.attributes.get("axis", 0)
    if image.at(axis) in SPATIAL:
        raise Unbounded("it takes in the whole image at once")
    return layer.keep(_without(image, [axis], bool(layer.attributes.get("keepdims", 1))))


def _without(image: Image, axes: Sequence[int], keep: bool) -> Image:
    """The image with ``axes`` reduced to 1, or gone."""
    gone = {axis % len(image.dims) for axis in axes}
    if keep:
        dims = tuple(1 if axis in gone else size for axis, size in enumerate(image.dims))
        return Image(image.roles, dims, image.y, image.x)
    left = [axis for axis in range(len(image.dims)) if axis not in gone]
    return _chosen(image, left)


def _chosen(image: Image, axes: Sequence[int]) -> Image:
    roles = "".join(image.roles[axis] for axis in axes)
    return Image(roles, tuple(image.dims[axis] for axis in axes), image.y, image.x)


def concatenation(layer: TracedLayer) -> list[Traced]:
    """Concat of channels."""
    images = layer.images
    base = images[0][1]
    axis = layer.attributes["axis"]
    if base.at(axis) in SPATIAL:
        raise Unbounded("it joins images side by side")
    rows, columns, total = base.y, base.x, 0
    for item in layer.inputs:
        if isinstance(item, Constant) and item.shape is not None:
            _check_constant(layer, base, item)
            total += item.shape[axis] if item.shape else 1
        elif isinstance(item, Image):
            if (item.y.size, item.x.size, item.roles) != (base.y.size, base.x.size, base.roles):
                raise Unbounded(f"it joins images of {base.y.size} and {item.y.size} rows", certain=False)
            rows, columns, total = rows.joined(item.y), columns.joined(item.x), total + item.dims[axis]
    joined = Image(base.roles, base.dims, rows, columns).resized(axis, total)
    return [Traced(joined, tuple(Edge(index) for index, _ in images))]


def transposition(layer: TracedLayer) -> list[Traced]:
    """Transpose."""
    image = layer.images[0][1]
    order = layer.attributes.get("perm") or list(range(len(image.dims)))[::-1]
    return layer.keep(_chosen(image, order))


def splitting(layer: TracedLayer) -> list[Traced]:
    """Split of channels."""
    index, image = layer.images[0]
    axis = layer.attributes.get("axis", 0)
    if image.at(axis) in SPATIAL:
        raise Unbounded("it cuts the image in pieces")
    count = len(layer.node.output)
    even = ceil_div(image.dims[axis], count)
    sizes = layer.integers(1, "split") or [min(even, image.dims[axis] - even * part) for part in range(count)]
    return [Traced(image.resized(axis, size), (Edge(index),)) for size in sizes]


def gathering(layer: TracedLayer) -> list[Traced]:
    """Gather of channels."""
    image = layer.images[0][1]
    axis, chosen = layer.attributes.get("axis", 0), layer.constant(1)
    if image.at(axis) in SPATIAL or chosen is None or chosen.shape is None:
        raise Unbounded("it picks single pixels", certain=False)
    if not chosen.shape:
        return layer.keep(_without(image, [axis], keep=False))
    return layer.keep(image.resized(axis, chosen.shape[0]))


def squeezing(layer: TracedLayer) -> list[Traced]:
    """Squeeze."""
    image = layer.images[0][1]
    axes = layer.integers(1, "axes") or [a for a, size in enumerate(image.dims) if size == 1 and image.at(a) == "c"]
    if any(image.at(axis) in SPATIAL for axis in axes):
        raise Unbounded("it drops rows or columns", certain=False)
    return layer.keep(_without(image, axes, keep=False))


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
    roles, dims = "".join(role for role, _ in pairs), tuple(size for _, size in pairs)
    return layer.keep(Image(roles, dims, image.y, image.x))


def reshaping(layer: TracedLayer) -> list[Traced]:
    """Reshape, Flatten: fine while rows and columns stay the last two axes, as in a channel shuffle."""
    image = layer.images[0][1]
    wanted = layer.integers(1, "shape") if layer.node.op_type == "Reshape" else None
    if wanted is None or not image.roles.endswith("yx"):
        raise Unbounded("it rearranges pixels", certain=False)
    shape = [image.dims[axis] if size == 0 else size for axis, size in enumerate(wanted)]
    if shape.count(-1) == 1:
        shape[shape.index(-1)] = prod(image.dims) // max(1, -prod(shape))
    if len(shape) < 3 or tuple(shape[-2:]) != image.dims[-2:]:
        raise Unbounded("it rearranges pixels, as attention and group normalization do")
    return layer.keep(Image("n" + "c" * (len(shape) - 3) + "yx", tuple(shape), image.y, image.x))


def expansion(layer: TracedLayer) -> list[Traced]:
    """Expand: broadcasting to a shape that has the same rows and columns."""
    image = layer.images[0][1]
    wanted = layer.integers(1, "shape")
    if wanted is None or len(wanted) > len(image.dims):
        raise Unbounded("Expand to a shape that can't be told from the graph", certain=False)
    padded = [1] * (len(image.dims) - len(wanted)) + wanted
    dims = tuple(max(have, want) for have, want in zip(image.dims, padded, strict=True))
    return layer.keep(Image(image.roles, dims, image.y, image.x))


def matrix_product(layer: TracedLayer) -> list[Traced]:
    """MatMul of channels-last pixels with a constant matrix: a 1 x 1 convolution."""
    index, image = layer.images[0]
    weights = layer.constant(1)
    if len(layer.images) > 1:
        raise Unbounded("it multiplies the image with itself, as attention does")
    if index != 0 or weights is None or weights.shape is None or len(weights.shape) != 2 or image.roles[-1] != "c":
        raise Unbounded("it mixes pixels by a matrix", certain=False)
    return layer.keep(image.resized(len(image.dims) - 1, weights.shape[1]))


def unsupported(layer: TracedLayer) -> list[Traced]:
    """An operator without a rule."""
    raise Unbounded("geoquant does not know this operator", certain=False)
