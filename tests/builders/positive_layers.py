"""Layers with positive weights, so that nothing cancels out and every pixel that is read shows.

Each takes and gives the name of a tensor with ``CHANNELS`` channels.
"""

from __future__ import annotations

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
