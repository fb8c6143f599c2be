"""A small U-Net that tiles exactly and quantizes well.

Two things set it apart from the usual one. Its receptive field is finite (no global pooling, no squeeze-and-excite, no
attention, no instance normalization), so that a scene cut into tiles gives the same classes as the scene in one
pass. And it is made of what INT8 engines fuse: convolution without bias, batch norm that folds into it, plain ReLU, max
pooling, and nearest upsampling by two, which becomes one ONNX ``Resize`` with constant scales.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F


class ConvReLU(nn.Module):  # type: ignore[misc]
    """A 3 x 3 convolution, its batch norm and a ReLU; zero padding, so that the size stays."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels_out)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(n, channels_in, y, x)`` -> ``(n, channels_out, y, x)``, both float32."""
        return F.relu(self.norm(self.conv(x)))


def double_conv(channels_in: int, channels_out: int) -> nn.Sequential:
    """Two ``ConvReLU`` after each other: the block of every level."""
    return nn.Sequential(ConvReLU(channels_in, channels_out), ConvReLU(channels_out, channels_out))


class UNet(nn.Module):  # type: ignore[misc]
    """U-Net (Ronneberger et al. 2015) with same-size convolutions and nearest upsampling.

    Attributes:
        bands: The number of input channels.
        classes: The number of output channels (logits).
        stride_px: The total stride; the input's sides must be multiples of it.
    """

    def __init__(self, bands: int, classes: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.bands, self.classes, self.stride_px = bands, classes, 2 ** (len(widths) - 1)
        inputs = (bands, *widths[:-1])
        self.down = nn.ModuleList(double_conv(a, b) for a, b in zip(inputs, widths, strict=True))
        skips = range(len(widths) - 2, -1, -1)
        self.up = nn.ModuleList(double_conv(widths[k] + widths[k + 1], widths[k]) for k in skips)
        self.head = nn.Conv2d(widths[0], classes, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(n, band, y, x)`` normalized float32 -> ``(n, class, y, x)`` logits of the same size."""
        skips = []
        for level, block in enumerate(self.down):
            x = block(F.max_pool2d(x, 2) if level else x)
            skips.append(x)
        skips.pop()
        for block in self.up:
            x = F.interpolate(x, scale_factor=2.0, mode="nearest")
            x = block(torch.cat([x, skips.pop()], dim=1))
        return self.head(x)


def unet(bands: int, classes: int, widths: tuple[int, ...] = (16, 32, 64, 128)) -> UNet:
    """A U-Net with one level per width; the default has 0.49 M parameters, stride 8 and a halo of 48 px.

    Args:
        bands: input channels.
        classes: output channels.
        widths: channels of each level, from full resolution down; each level halves the resolution.

    Raises:
        ValueError: fewer than one level, or a count below one.
    """
    if not widths or min(bands, classes, *widths) < 1:
        raise ValueError(f"unet(bands={bands}, classes={classes}, widths={widths}): every count must be at least 1.")
    return UNet(bands, classes, tuple(widths))
