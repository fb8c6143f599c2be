"""How one axis of a layer's output reads its input: exact integer arithmetic on positions.

A position is the index of a pixel of some tensor along y or x. Every map here is equivariant: moving the output by
``1 / ratio`` positions moves what it reads by one, so that ``ratio`` (input positions per output position) accumulates
to the stride of a tensor relative to the image.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from geoquant.grid import ceil_div

Reach = tuple[int, int]


@dataclass(frozen=True)
class AxisMap:
    """One axis of one layer.

    Attributes:
        size: The number of positions of the output.
        ratio: Input positions per output position.
        read: The first and the last input position that an output position depends on, were the input endless.
    """

    size: int
    ratio: Fraction
    read: Callable[[int], Reach]


@dataclass(frozen=True)
class ReadWindow:
    """The sliding window of a convolution or pooling along one axis."""

    kernel: int
    step: int = 1
    dilation: int = 1
    pad_low: int = 0
    pad_high: int = 0

    @property
    def span(self) -> int:
        """Distance between the first and the last position that the window covers."""
        return (self.kernel - 1) * self.dilation


def sliding(size: int, window: ReadWindow, round_up: bool = False) -> AxisMap:
    """Convolution, pooling, padding and cropping.

    Args:
        size: positions of the input.
        window: its kernel, step, dilation and padding (negative padding crops).
        round_up: a last, partial window counts (ONNX ``ceil_mode``), as long as it starts inside the input.
    """
    free = size + window.pad_low + window.pad_high - window.span - 1
    count = (ceil_div(free, window.step) if round_up else free // window.step) + 1
    if round_up and (count - 1) * window.step >= size + window.pad_low:
        count -= 1

    def read(position: int) -> Reach:
        first = position * window.step - window.pad_low
        return first, first + window.span

    return AxisMap(count, Fraction(window.step), read)


def spreading(size: int, window: ReadWindow, output_padding: int = 0) -> AxisMap:
    """Transposed convolution: output ``i * step + j * dilation - pad`` takes from input i through tap j."""
    count = (size - 1) * window.step + output_padding + window.span + 1 - window.pad_low - window.pad_high

    def read(position: int) -> Reach:
        first = -((window.span - position - window.pad_low) // window.step)
        last = (position + window.pad_low) // window.step
        return min(first, last), max(first, last)  # a position between two taps reads nothing: say its neighbours

    return AxisMap(count, Fraction(1, window.step), read)


def blocks(size: int, block: int) -> AxisMap:
    """Depth to space: each input position becomes ``block`` output positions."""
    return AxisMap(size * block, Fraction(1, block), lambda position: (position // block, position // block))


def chained(first: AxisMap | None, second: AxisMap) -> AxisMap:
    """``second`` behind ``first``."""
    if first is None:
        return second
    before = first.read

    def read(position: int) -> Reach:
        low, high = second.read(position)
        return before(low)[0], before(high)[1]

    return AxisMap(second.size, first.ratio * second.ratio, read)


def stepping(start: int, count: int, step: int) -> AxisMap:
    """A slice with a positive step."""
    return AxisMap(count, Fraction(step), lambda position: (start + position * step, start + position * step))


@dataclass(frozen=True)
class Interpolation:
    """An ONNX Resize along one axis: ``mode``, ``coordinate_transformation_mode``, ``nearest_mode``, ``antialias``."""

    mode: str = "nearest"
    coordinates: str = "half_pixel"
    nearest: str = "round_prefer_floor"
    antialias: bool = False


def resampling(size_out: int, scale: Fraction, how: Interpolation) -> AxisMap:
    """Resize by ``scale`` output positions per input position (formulas: the ONNX operator ``Resize``)."""
    shift = Fraction(0) if how.coordinates == "asymmetric" else Fraction(1, 2)

    def read(position: int) -> Reach:
        return _taps((position + shift) / scale - shift, scale, how)

    return AxisMap(size_out, 1 / scale, read)


def _taps(centre: Fraction, scale: Fraction, how: Interpolation) -> Reach:
    """Input positions that an interpolation at ``centre`` uses."""
    if how.mode == "nearest":
        nearest = _nearest(centre, how.nearest)
        return nearest, nearest
    radius = 1 if how.mode == "linear" else 2
    if how.antialias and scale < 1:
        wide = radius / scale
        return floor(centre - wide), ceil(centre + wide)
    if centre.denominator == 1:
        return int(centre), int(centre)
    return floor(centre) - radius + 1, floor(centre) + radius


def _nearest(centre: Fraction, mode: str) -> int:
    if mode == "floor":
        return floor(centre)
    if mode == "ceil":
        return ceil(centre)
    half = Fraction(1, 2)
    return ceil(centre - half) if mode == "round_prefer_floor" else floor(centre + half)
