"""Layers with positive weights, so that nothing cancels out and every pixel that is read shows.

Each takes and gives the name of a tensor with ``CHANNELS`` channels.
"""

from __future__ import annotations

import numpy as np

from tests.builders.networks import Network

CHANNELS = 2


def small_network() -> Network:
    """A network to grow, of as many bands."""
    return Network(CHANNELS, named=True)


def conv(net: Network, x: str, kernel: int, step: int = 1, dilation: int = 1, pads: tuple[int, int] = (0, 0)) -> str:
    low, high = pads
    shape = {"strides": [step] * 2, "dilations": [dilation] * 2, "pads": [low, low, high, high]}
    return net.node("Conv", x, net.weights(CHANNELS, CHANNELS, kernel, kernel), **shape)


def up_conv(net: Network, x: str, kernel: int, pad: int, extra: int = 0) -> str:
    w = net.weights(CHANNELS, CHANNELS, kernel, kernel)
    return net.node("ConvTranspose", x, w, strides=[2, 2], pads=[pad] * 4, output_padding=[extra] * 2)


def resize(net: Network, x: str, factor: float, mode: str, **attributes: str) -> str:
    return net.node("Resize", x, "", net.constant([1, 1, factor, factor]), mode=mode, **attributes)


def mix(net: Network, x: str, channels: int) -> str:
    """A 1 x 1 convolution back to the usual number of channels."""
    return net.node("Conv", x, net.weights(CHANNELS, channels, 1, 1))


def sizes_of(net: Network, x: str, *sizes: int | tuple[str, int]) -> str:
    """A shape as exporters compute it: numbers, and rows or columns of ``x`` times or (below 0) by a number."""
    shape, parts = net.node("Shape", x), []
    for size in sizes:
        if isinstance(size, int):
            parts.append(net.constant([size], np.int64))
            continue
        place, factor = size
        at = 2 + "yx".index(place)
        found = net.node("Slice", shape, net.constant([at], np.int64), net.constant([at + 1], np.int64))
        parts.append(net.node("Mul" if factor > 0 else "Div", found, net.constant([abs(factor)], np.int64)))
    return net.node("Concat", *parts, axis=0)


def unshuffle(net: Network, x: str, block: int = 2) -> str:
    """A pixel unshuffle by Reshape, Transpose, Reshape, and a convolution back to the usual channels."""
    cut = net.node("Reshape", x, sizes_of(net, x, 1, CHANNELS, ("y", -block), block, ("x", -block), block))
    moved, wide = net.node("Transpose", cut, perm=[0, 1, 3, 5, 2, 4]), CHANNELS * block**2
    return mix(net, net.node("Reshape", moved, sizes_of(net, x, 1, wide, ("y", -block), ("x", -block))), wide)


def shuffle(net: Network, x: str, block: int = 2) -> str:
    """A pixel shuffle by Reshape, Transpose, Reshape."""
    wide = net.node("Conv", x, net.weights(CHANNELS * block**2, CHANNELS, 1, 1))
    cut = net.node("Reshape", wide, sizes_of(net, x, 1, CHANNELS, block, block, ("y", 1), ("x", 1)))
    moved = net.node("Transpose", cut, perm=[0, 1, 4, 2, 5, 3])
    return net.node("Reshape", moved, sizes_of(net, x, 1, CHANNELS, ("y", block), ("x", block)))


def in_windows(net: Network, x: str, block: int) -> str:
    """Every pixel of a window mixed with every other, by a matrix over the window's pixels."""
    cut = net.node("Reshape", x, sizes_of(net, x, 1, CHANNELS, ("y", -block), block, ("x", -block), block))
    windows, wide = net.node("Transpose", cut, perm=[0, 2, 4, 1, 3, 5]), CHANNELS * block**2
    tokens = net.node("Reshape", windows, net.constant([-1, wide], np.int64))
    mixed = net.node("Reshape", net.node("MatMul", tokens, net.weights(wide, wide)), net.node("Shape", windows))
    return net.node("Reshape", net.node("Transpose", mixed, perm=[0, 3, 1, 4, 2, 5]), net.node("Shape", x))


def rolled(net: Network, x: str, shift: int, axis: int) -> str:
    """The image shifted against itself, as shifted windows need it: what leaves on one side comes back on the other."""
    ends = [net.constant([value], np.int64) for value in (shift, 2**62, 0, axis)]
    rest, first = net.node("Slice", x, ends[0], ends[1], ends[3]), net.node("Slice", x, ends[2], ends[0], ends[3])
    return net.node("Concat", rest, first, axis=axis)


def turned(net: Network, x: str) -> str:
    """A convolution of columns and rows in each other's place."""
    across = net.node("Transpose", x, perm=[0, 1, 3, 2])
    wide = net.node("Conv", across, net.weights(CHANNELS, CHANNELS, 3, 1), pads=[1, 0, 1, 0])
    return net.node("Transpose", wide, perm=[0, 1, 3, 2])
