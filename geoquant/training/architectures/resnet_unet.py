"""A U-Net with a ResNet-18 encoder: the network that geoquant's speed is measured on.

The encoder is ResNet-18's (He et al. 2016: 7 x 7 stem of stride 2, 3 x 3 max pooling of stride 2, two basic blocks per
stage, widths 64, 128, 256, 512), the decoder the usual one (nearest upsampling, concatenation, two 3 x 3 convolutions
per level). By default it stops after the third stage: with the fourth (stride 32) every pixel would need a halo of
288 px, with three (stride 16) it needs 144 px, with two (stride 8) 72 px, with one 32 px. It has no pretrained
weights.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from geoquant.training.architectures.unet import double_conv

ENCODER_WIDTHS = (64, 128, 256, 512)
DECODER_WIDTHS = (16, 32, 64, 128, 256)  # at strides 1, 2, 4, 8, 16


class BasicBlock(nn.Module):  # type: ignore[misc]
    """ResNet's basic block: two 3 x 3 convolutions and a shortcut, a 1 x 1 convolution where shapes change."""

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels_out)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or channels_in != channels_out:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, stride, bias=False), nn.BatchNorm2d(channels_out)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(n, channels_in, y, x)`` -> ``(n, channels_out, y / stride, x / stride)``."""
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


class ResNetUNet(nn.Module):  # type: ignore[misc]
    """U-Net whose encoder is a ResNet-18 cut after ``stages`` stages.

    Attributes:
        bands: The number of input channels.
        classes: The number of output channels (logits).
        stride_px: The total stride; the input's sides must be multiples of it.
    """

    def __init__(self, bands: int, classes: int, stages: int) -> None:
        super().__init__()
        self.bands, self.classes, self.stride_px = bands, classes, 2 ** (stages + 1)
        widths = ENCODER_WIDTHS[:stages]
        self.stem = nn.Conv2d(bands, widths[0], 7, 2, 3, bias=False)
        self.stem_norm = nn.BatchNorm2d(widths[0])
        inputs = (widths[0], *widths[:-1])
        strides = (1, *(2 for _ in widths[1:]))
        self.stages = nn.ModuleList(
            nn.Sequential(BasicBlock(a, b, s), BasicBlock(b, b, 1))
            for a, b, s in zip(inputs, widths, strides, strict=True)
        )
        self.up = _decoder((0, widths[0], *widths))
        self.head = nn.Conv2d(DECODER_WIDTHS[0], classes, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(n, band, y, x)`` normalized float32 -> ``(n, class, y, x)`` logits of the same size."""
        x = F.relu(self.stem_norm(self.stem(x)))
        skips = [x]
        x = F.max_pool2d(x, 3, 2, 1)
        for stage in self.stages:
            x = stage(x)
            skips.append(x)
        skips.pop()
        for block in self.up:
            x = F.interpolate(x, scale_factor=2.0, mode="nearest")
            x = block(torch.cat([x, skips.pop()], dim=1) if skips else x)
        return self.head(x)


def _decoder(skip_widths: tuple[int, ...]) -> nn.ModuleList:
    """Blocks from the deepest level up; ``skip_widths`` are the encoder's channels at strides 1, 2, 4, ..."""
    blocks, below = [], skip_widths[-1]
    for level in range(len(skip_widths) - 2, -1, -1):
        blocks.append(double_conv(below + skip_widths[level], DECODER_WIDTHS[level]))
        below = DECODER_WIDTHS[level]
    return nn.ModuleList(blocks)


def resnet_unet(bands: int, classes: int, stages: int = 3) -> ResNetUNet:
    """A U-Net with a ResNet-18 encoder, randomly initialized.

    Args:
        bands: input channels.
        classes: output channels.
        stages: residual stages of the encoder, 1 to 4; total stride 2 ** (stages + 1).

    Raises:
        ValueError: ``stages`` outside 1..4, or a count below one.
    """
    if not 1 <= stages <= len(ENCODER_WIDTHS):
        raise ValueError(f"resnet_unet(stages={stages}): a ResNet-18 has 1 to {len(ENCODER_WIDTHS)} stages.")
    if min(bands, classes) < 1:
        raise ValueError(f"resnet_unet(bands={bands}, classes={classes}): every count must be at least 1.")
    return ResNetUNet(bands, classes, stages)
