"""Receptive field rules of layers that read a neighbourhood: convolutions, pooling, resizing, padding, slicing."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any

from geoquant.grid import ceil_div
from geoquant.onnx_graph.receptive_field.axis_maps import (
    AxisMap,
    Interpolation,
    ReadWindow,
    blocks,
    resampling,
    sliding,
    spreading,
    stepping,
)
from geoquant.onnx_graph.receptive_field.image import SPATIAL, Edge, Image, Traced, TracedLayer, Unbounded


def _along(layer: TracedLayer, image: Image, index: int, maps: dict[str, AxisMap | None]) -> Traced:
    y, x = maps.get("y"), maps.get("x")
    return Traced(image.moved(y, x), (Edge(index, y, x),))


def _first_image(layer: TracedLayer) -> tuple[int, Image]:
    index, image = layer.images[0]
    if image.roles != "ncyx":
        raise Unbounded(f"{layer.node.op_type} on axes {image.roles}, expected ncyx", certain=False)
    return index, image


def _windows(layer: TracedLayer, image: Image, kernel: list[int]) -> list[ReadWindow]:
    """The windows along y and x, with ``auto_pad`` resolved for the image's size."""
    count = len(kernel)
    steps = layer.attributes.get("strides") or [1] * count
    dilations = layer.attributes.get("dilations") or [1] * count
    pads = layer.attributes.get("pads") or [0] * (2 * count)
    automatic = layer.attributes.get("auto_pad", "NOTSET")
    if count != 2 or min(*kernel, *steps, *dilations) < 1:
        raise Unbounded(f"a window of {kernel} with strides {steps}, expected two axes", certain=False)
    windows = []
    for axis, size in enumerate((image.y.size, image.x.size)):
        plain = ReadWindow(kernel[axis], steps[axis], dilations[axis], pads[axis], pads[axis + count])
        windows.append(_same(plain, size, automatic) if automatic.startswith("SAME") else plain)
    return windows


def _same(window: ReadWindow, size: int, automatic: str) -> ReadWindow:
    """``SAME_UPPER`` and ``SAME_LOWER``: pad so that the output has ceil(size / step) positions."""
    total = max((ceil_div(size, window.step) - 1) * window.step + window.span + 1 - size, 0)
    small, large = total // 2, total - total // 2
    low, high = (small, large) if automatic == "SAME_UPPER" else (large, small)
    return ReadWindow(window.kernel, window.step, window.dilation, low, high)


def _weights(layer: TracedLayer, index: int) -> tuple[int, ...]:
    constant = layer.constant(index)
    if constant is None or constant.shape is None or len(constant.shape) != 4:
        raise Unbounded(f"{layer.node.op_type} with weights that are not constant", certain=False)
    return constant.shape


def convolution(layer: TracedLayer) -> list[Traced]:
    """Conv, and the quantized forms that carry their weights elsewhere."""
    weights = _weights(layer, {"QLinearConv": 3}.get(layer.node.op_type, 1))
    index, image = _first_image(layer)
    y, x = (
        sliding(size, window)
        for size, window in zip((image.y.size, image.x.size), _windows(layer, image, list(weights[2:])), strict=True)
    )
    return [_along(layer, image.resized(1, weights[0]), index, {"y": y, "x": x})]


def transposed_convolution(layer: TracedLayer) -> list[Traced]:
    """ConvTranspose."""
    weights = _weights(layer, 1)
    index, image = _first_image(layer)
    if "output_shape" in layer.attributes or layer.attributes.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise Unbounded("ConvTranspose with output_shape or auto_pad", certain=False)
    extra = layer.attributes.get("output_padding") or [0, 0]
    y, x = (
        spreading(size, window, more)
        for size, window, more in zip(
            (image.y.size, image.x.size), _windows(layer, image, list(weights[2:])), extra, strict=True
        )
    )
    return [_along(layer, image.resized(1, weights[1] * layer.attributes.get("group", 1)), index, {"y": y, "x": x})]


def pooling(layer: TracedLayer) -> list[Traced]:
    """MaxPool, AveragePool and LpPool."""
    index, image = _first_image(layer)
    windows = _windows(layer, image, list(layer.attributes.get("kernel_shape", [])))
    up = bool(layer.attributes.get("ceil_mode", 0))
    y, x = (sliding(s, window, up) for s, window in zip((image.y.size, image.x.size), windows, strict=True))
    return [_along(layer, image, index, {"y": y, "x": x})]


def whole_image(layer: TracedLayer) -> list[Traced]:
    """Global pooling and everything else that looks at all pixels at once."""
    raise Unbounded("it takes in the whole image at once")


def image_statistics(layer: TracedLayer) -> list[Traced]:
    """Normalization by statistics of the image itself."""
    raise Unbounded("it normalizes by the mean and variance of the whole image", layer.images[0][1])


def depth_to_space(layer: TracedLayer) -> list[Traced]:
    """DepthToSpace (pixel shuffle)."""
    index, image = _first_image(layer)
    block = int(layer.attributes["blocksize"])
    maps: dict[str, AxisMap | None] = {"y": blocks(image.y.size, block), "x": blocks(image.x.size, block)}
    return [_along(layer, image.resized(1, image.dims[1] // block**2), index, maps)]


def space_to_depth(layer: TracedLayer) -> list[Traced]:
    """SpaceToDepth."""
    index, image = _first_image(layer)
    block = int(layer.attributes["blocksize"])
    window = ReadWindow(block, block)
    maps: dict[str, AxisMap | None] = {"y": sliding(image.y.size, window), "x": sliding(image.x.size, window)}
    return [_along(layer, image.resized(1, image.dims[1] * block**2), index, maps)]


def pad(layer: TracedLayer) -> list[Traced]:
    """Pad: what it adds counts as border, whatever its mode."""
    index, image = layer.images[0]
    pads = layer.integers(1, "pads")
    if pads is None:
        raise Unbounded("Pad by amounts that are not constant", certain=False)
    if layer.attributes.get("mode", "constant") == "wrap":
        raise Unbounded("it wraps the image around")
    axes = layer.integers(3, "axes") or list(range(len(pads) // 2))
    maps: dict[str, AxisMap | None] = {}
    for position, axis in enumerate(axes):
        low, high = pads[position], pads[position + len(axes)]
        role = image.at(axis)
        if role in SPATIAL and (low or high):
            size = getattr(image, role).size
            maps[role] = sliding(size, ReadWindow(1, pad_low=low, pad_high=high))
        elif low or high:
            image = image.resized(axis, image.dims[axis] + low + high)
    return [_along(layer, image, index, maps)]


def cut(layer: TracedLayer) -> list[Traced]:
    """Slice."""
    index, image = layer.images[0]
    starts, ends = layer.integers(1, "starts"), layer.integers(2, "ends")
    if starts is None or ends is None:
        raise Unbounded("Slice at places that are not constant", certain=False)
    axes = layer.integers(3, "axes") or list(range(len(starts)))
    steps = layer.integers(4, "steps") or [1] * len(starts)
    maps: dict[str, AxisMap | None] = {}
    computed = any(c is not None and c.from_shape for c in (layer.constant(1), layer.constant(2)))
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        chosen = range(*slice(start, end, step).indices(image.dims[axis]))
        role = image.at(axis)
        if role not in SPATIAL:
            image = image.resized(axis, len(chosen))
        elif step < 0:
            raise Unbounded("it turns the image around")
        elif layer.dynamic and not computed and (0 < end < image.dims[axis] or start < 0):
            raise Unbounded(f"it cuts out pixels {start} to {end} of an image of any size")
        elif len(chosen) != image.dims[axis]:
            maps[role] = stepping(chosen.start, len(chosen), step)
    return [_along(layer, image, index, maps)]


def resize(layer: TracedLayer) -> list[Traced]:
    """Resize and Upsample."""
    index, image = layer.images[0]
    how = _interpolation(layer)
    maps: dict[str, AxisMap | None] = {}
    for axis, (role, scale) in enumerate(zip(image.roles, _scales(layer, image), strict=True)):
        if scale == 1:
            continue
        if role not in SPATIAL:
            raise Unbounded(f"it resizes axis {axis}, which is no place", certain=False)
        size = int(getattr(image, role).size * scale)
        maps[role] = resampling(size, scale, how)
    return [_along(layer, image, index, maps)]


def _interpolation(layer: TracedLayer) -> Interpolation:
    get = layer.attributes.get
    old = layer.node.op_type == "Upsample" or layer.opset < 11
    coordinates = get("coordinate_transformation_mode", "asymmetric" if old else "half_pixel")
    if coordinates in ("align_corners", "tf_crop_and_resize"):
        raise Unbounded(f"its {coordinates} coordinates depend on the size of the image; export with half_pixel")
    mode = {"bilinear": "linear"}.get(get("mode", "nearest"), get("mode", "nearest"))
    nearest = get("nearest_mode", "floor" if old else "round_prefer_floor")
    return Interpolation(mode, coordinates, nearest, bool(get("antialias", 0)))


def _scales(layer: TracedLayer, image: Image) -> list[Fraction]:
    """Output positions per input position for every axis, exactly."""
    sizes, scales = layer.constant(3), _scale_values(layer)
    axes = layer.attributes.get("axes") or list(range(len(image.dims)))
    result = [Fraction(1)] * len(image.dims)
    if scales:
        for axis, scale in zip(axes, scales, strict=True):
            result[axis] = Fraction(float(scale)).limit_denominator(1024)
    elif sizes is not None and sizes.value is not None:
        for axis, size in zip(axes, sizes.value.ravel(), strict=True):
            result[axis] = Fraction(int(size), image.dims[axis])
        if layer.dynamic and not sizes.from_shape and any(r != 1 for r in result):
            raise Unbounded(f"it resizes an image of any size to {list(map(int, sizes.value.ravel()))}")
    else:
        raise Unbounded("Resize to a size that can't be told from the graph", certain=False)
    if min(result) <= 0 or prod(result) > 2**16:
        raise Unbounded(f"it resizes by {[float(r) for r in result]}", certain=False)
    return result


def _scale_values(layer: TracedLayer) -> list[float]:
    if "scales" in layer.attributes:
        return [float(scale) for scale in layer.attributes["scales"]]
    found: Any = layer.constant(1 if layer.node.op_type == "Upsample" or layer.opset < 11 else 2)
    return [] if found is None or found.value is None else [float(scale) for scale in found.value.ravel()]
