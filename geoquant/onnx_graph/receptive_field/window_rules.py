"""Receptive field rules of layers that read a neighbourhood: convolutions, pooling, resizing, padding, slicing."""

from __future__ import annotations

from collections.abc import Sequence
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
from geoquant.onnx_graph.receptive_field.image import (
    LARGEST_STRIDE,
    SPATIAL,
    BorderPiece,
    Edge,
    Image,
    Traced,
    TracedLayer,
    Unbounded,
)


def _along(layer: TracedLayer, image: Image, index: int, maps: dict[str, AxisMap | None]) -> Traced:
    y, x = maps.get("y"), maps.get("x")
    return Traced(image.moved(y, x), (Edge(index, y, x),))


def _over_windows(layer: TracedLayer, image: Image, index: int, steps: Sequence[AxisMap]) -> Traced:
    """The image after a layer that reads along its last two axes; inside blocks these are channels."""
    maps: dict[str, AxisMap | None] = {}
    for axis, step in zip((2, 3), steps, strict=True):
        role = image.at(axis)
        if role in SPATIAL:
            maps[role] = step
        else:
            image = image.resized(axis, step.size)
    return _along(layer, image, index, maps)


def _first_image(layer: TracedLayer) -> tuple[int, Image]:
    index, image = layer.images[0]
    merged = any(image.holds_place(axis) and image.at(axis) not in SPATIAL for axis in range(len(image.dims))[2:])
    if len(image.roles) != 4 or image.holds_place(1) or merged:
        raise Unbounded(f"it reads along axes ({', '.join(image.roles)}), expected (n, c, y, x)", certain=False)
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
    for axis, size in enumerate(image.dims[2:]):
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
    windows = _windows(layer, image, list(weights[2:]))
    steps = [sliding(size, window) for size, window in zip(image.dims[2:], windows, strict=True)]
    return [_over_windows(layer, image.resized(1, weights[0]), index, steps)]


def transposed_convolution(layer: TracedLayer) -> list[Traced]:
    """ConvTranspose."""
    weights = _weights(layer, 1)
    index, image = _first_image(layer)
    if "output_shape" in layer.attributes or layer.attributes.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise Unbounded("ConvTranspose with output_shape or auto_pad", certain=False)
    extra = layer.attributes.get("output_padding") or [0, 0]
    windows = _windows(layer, image, list(weights[2:]))
    steps = [spreading(*each) for each in zip(image.dims[2:], windows, extra, strict=True)]
    return [_over_windows(layer, image.resized(1, weights[1] * layer.attributes.get("group", 1)), index, steps)]


def pooling(layer: TracedLayer) -> list[Traced]:
    """MaxPool, AveragePool and LpPool."""
    index, image = _first_image(layer)
    windows = _windows(layer, image, list(layer.attributes.get("kernel_shape", [])))
    up = bool(layer.attributes.get("ceil_mode", 0))
    steps = [sliding(size, window, up) for size, window in zip(image.dims[2:], windows, strict=True)]
    return [_over_windows(layer, image, index, steps)]


def whole_image(layer: TracedLayer) -> list[Traced]:
    """Global pooling and everything else that looks at all pixels at once."""
    raise Unbounded("it takes in the whole image at once", placeless=True)


def image_statistics(layer: TracedLayer) -> list[Traced]:
    """Normalization by statistics of the image itself."""
    raise Unbounded("it normalizes by the mean and variance of the whole image", layer.images[0][1])


def depth_to_space(layer: TracedLayer) -> list[Traced]:
    """DepthToSpace (pixel shuffle)."""
    index, image = _first_image(layer)
    block = int(layer.attributes["blocksize"])
    steps = [blocks(size, block) for size in image.dims[2:]]
    return [_over_windows(layer, image.resized(1, image.dims[1] // block**2), index, steps)]


def space_to_depth(layer: TracedLayer) -> list[Traced]:
    """SpaceToDepth."""
    index, image = _first_image(layer)
    block = int(layer.attributes["blocksize"])
    window = ReadWindow(block, block)
    steps = [sliding(size, window) for size in image.dims[2:]]
    return [_over_windows(layer, image.resized(1, image.dims[1] * block**2), index, steps)]


def pad(layer: TracedLayer) -> list[Traced]:
    """Pad: what it adds counts as border, whatever its mode."""
    index, image = layer.images[0]
    pads = layer.integers(1, "pads")
    if pads is None:
        raise Unbounded("Pad by amounts that are not constant", certain=False)
    axes = layer.integers(3, "axes") or list(range(len(pads) // 2))
    maps: dict[str, AxisMap | None] = {}
    for position, axis in enumerate(axes):
        low, high = pads[position], pads[position + len(axes)]
        if not (low or high):
            continue
        role = _own_axis(image, axis, "pads")
        if role in SPATIAL:
            maps[role] = sliding(image.dims[axis], ReadWindow(1, pad_low=low, pad_high=high))
        else:
            image = image.resized(axis, image.dims[axis] + low + high)
    return [_along(layer, image, index, maps)]


def _own_axis(image: Image, axis: int, doing: str) -> str:
    """The role of an axis that is not merged with others."""
    role = image.at(axis)
    if image.holds_place(axis) and role not in SPATIAL:
        raise Unbounded(f"it {doing} an axis of ({', '.join(role)})", certain=False)
    return role


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
        if len(chosen) == image.dims[axis] and step > 0:
            continue
        role = _own_axis(image, axis, "cuts")
        if role not in SPATIAL:
            image = image.resized(axis, len(chosen))
        elif step < 0:
            raise Unbounded("it turns the image around")
        elif layer.dynamic and not computed and (0 < end < image.dims[axis] or start < 0):
            return [_border_piece(layer, (start, end), chosen)]
        else:
            maps[role] = stepping(chosen.start, len(chosen), step)
    return [_along(layer, image, index, maps)]


def _border_piece(layer: TracedLayer, ends: tuple[int, int], chosen: range) -> Traced:
    """As many pixels however large the image is, if both ends are counted from one border."""
    reason = f"it cuts out pixels {ends[0]} to {ends[1]} of an image of any size"
    if len(chosen) > LARGEST_STRIDE:
        raise Unbounded(reason, placeless=True)
    return Traced(BorderPiece(len(chosen), layer.node.name or layer.node.output[0], reason), ())


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
    if how.coordinates in ("align_corners", "tf_crop_and_resize") and maps:
        reason = f"its {how.coordinates} coordinates depend on the size of the image; export with half_pixel"
        raise Unbounded(reason, image.moved(maps.get("y"), maps.get("x")))
    return [_along(layer, image, index, maps)]


def _interpolation(layer: TracedLayer) -> Interpolation:
    get = layer.attributes.get
    old = layer.node.op_type == "Upsample" or layer.opset < 11
    coordinates = get("coordinate_transformation_mode", "asymmetric" if old else "half_pixel")
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
            wanted = list(map(int, sizes.value.ravel()))
            raise Unbounded(f"it resizes an image of any size to {wanted}", placeless=True)
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
