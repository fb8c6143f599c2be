"""The networks that speed is measured on, briefly trained so that float and INT8 have something to agree about.

They learn Sentinel-2's own scene classification (10 classes) from six bands of the real tile, or three spectral
thresholds of the generated one, in a minute or two each. The maps are good for nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from benchmarks.measure import say
from benchmarks.scenes import BANDS, COMMON_NAMES, OFFSET, SCALE, base_pixels, scl_labels
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization
from geoquant.training.architectures.resnet_unet import resnet_unet
from geoquant.training.architectures.unet import double_conv
from geoquant.training.crops import IGNORE, CropSampler, Region
from geoquant.training.export import export_onnx
from geoquant.training.train import TrainOptions, train

CLASSES = (
    ("dark area", "#2f2f2f"),
    ("cloud shadow", "#643200"),
    ("vegetation", "#00a000"),
    ("bare soil", "#ffe65a"),
    ("water", "#0000ff"),
    ("unclassified", "#808080"),
    ("cloud, medium probability", "#c0c0c0"),
    ("cloud, high probability", "#ffffff"),
    ("thin cirrus", "#64c8ff"),
    ("snow or ice", "#ff96ff"),
)
FIRST_SCL = 2  # SCL 2..11 are the ten classes; 0 and 1 are no data


class Tiny(nn.Module):  # type: ignore[misc]
    """Three convolutions: what is left when a network costs nothing, so reading and writing weigh most."""

    stride_px = 1

    def __init__(self, bands: int, classes: int, width: int = 32) -> None:
        super().__init__()
        self.first = nn.Conv2d(bands, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.head = nn.Conv2d(width, classes, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(n, band, y, x)`` -> ``(n, class, y, x)`` logits."""
        return self.head(F.relu(self.second(F.relu(self.first(x)))))


class SqueezeExcite(nn.Module):  # type: ignore[misc]
    """Scales channels by a gate computed from their global means (Hu et al. 2018): an unbounded receptive field."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.reduce, self.expand = nn.Conv2d(channels, channels // 4, 1), nn.Conv2d(channels // 4, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(n, channel, y, x)`` -> the same shape."""
        gate = self.expand(F.relu(self.reduce(F.adaptive_avg_pool2d(x, 1))))
        return x * F.hardsigmoid(gate)


class InvertedResidual(nn.Module):  # type: ignore[misc]
    """1 x 1 expansion, depthwise convolution, optional gate, 1 x 1 projection (Sandler et al. 2018)."""

    def __init__(self, channels: tuple[int, int, int], kernel: int, stride: int, modern: bool) -> None:
        super().__init__()
        before, middle, after = channels
        self.activation: Callable[[torch.Tensor], torch.Tensor] = F.hardswish if modern else F.relu6
        self.expand = nn.Sequential(nn.Conv2d(before, middle, 1, bias=False), nn.BatchNorm2d(middle))
        self.depthwise = nn.Sequential(
            nn.Conv2d(middle, middle, kernel, stride, kernel // 2, groups=middle, bias=False), nn.BatchNorm2d(middle)
        )
        self.gate: nn.Module = SqueezeExcite(middle) if modern else nn.Identity()
        self.project = nn.Sequential(nn.Conv2d(middle, after, 1, bias=False), nn.BatchNorm2d(after))
        self.residual = before == after and stride == 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(n, channels[0], y, x)`` -> ``(n, channels[2], y / stride, x / stride)``."""
        y = self.gate(self.activation(self.depthwise(self.activation(self.expand(x)))))
        return x + self.project(y) if self.residual else self.project(y)


MOBILE_STAGES = (  # (channels after, kernel, blocks), each halving the resolution
    (24, 3, 2),
    (40, 5, 2),
    (80, 3, 2),
)


class MobileSegmenter(nn.Module):  # type: ignore[misc]
    """A mobile encoder of stride 16 with a light decoder of nearest upsampling down to stride 2.

    ``modern=False`` resembles EfficientNet-Lite0 (ReLU6, no squeeze-and-excite), ``modern=True`` MobileNetV3
    (HardSwish and squeeze-and-excite).
    """

    stride_px = 16

    def __init__(self, bands: int, classes: int, modern: bool) -> None:
        super().__init__()
        self.modern = modern
        self.stem = nn.Sequential(nn.Conv2d(bands, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16))
        widths, stages = [16], []
        for after, kernel, blocks in MOBILE_STAGES:
            before, layers = widths[-1], []
            for block in range(blocks):
                start = before if block == 0 else after
                layers.append(InvertedResidual((start, 4 * start, after), kernel, 1 if block else 2, modern))
            stages.append(nn.Sequential(*layers))
            widths.append(after)
        self.stages = nn.ModuleList(stages)
        pairs = zip(reversed(widths[1:]), reversed(widths[:-1]), strict=True)
        self.up = nn.ModuleList(double_conv(deep + skip, skip) for deep, skip in pairs)
        self.head = nn.Conv2d(widths[0], classes, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(n, band, y, x)`` -> ``(n, class, y, x)`` logits."""
        stem = self.stem(x)
        x = F.hardswish(stem) if self.modern else F.relu6(stem)
        skips = [x]
        for stage in self.stages:
            x = stage(x)
            skips.append(x)
        skips.pop()
        for block in self.up:
            x = block(torch.cat([F.interpolate(x, scale_factor=2.0, mode="nearest"), skips.pop()], dim=1))
        return F.interpolate(self.head(x), scale_factor=2.0, mode="nearest")


FULL_UNET, CUT_UNET = "unet-resnet18-full", "unet-resnet18-cut"
"""A U-Net on the whole ResNet-18 (four stages, stride 32), and one on its first three: faster, so that all else weighs
more."""
NETWORKS: dict[str, Callable[[int, int], nn.Module]] = {
    FULL_UNET: lambda bands, classes: resnet_unet(bands, classes, stages=4),
    CUT_UNET: lambda bands, classes: resnet_unet(bands, classes, stages=3),
    "tiny": Tiny,
    "efficientnet-lite": lambda bands, classes: MobileSegmenter(bands, classes, modern=False),
    "mobilenet-v3": lambda bands, classes: MobileSegmenter(bands, classes, modern=True),
}


def make_network(name: str, folder: Path, steps: int = 250) -> Path:
    """Train, export and keep a network: ``NAME.onnx`` with its card, and ``NAME.pt`` (TorchScript) for peers.

    Args:
        name: of ``NETWORKS``.
        folder: where both files go; files that are there are kept.
        steps: batches of 8 crops of 128 x 128.

    Returns:
        The ONNX file.
    """
    path = folder / f"{name}.onnx"
    if path.exists():
        return path
    region, normalization = _training_region()
    torch.manual_seed(0)
    network = NETWORKS[name](len(BANDS), len(CLASSES))
    sampler = CropSampler([region], crop_px=128, batch=8)
    summary = train(network, sampler, TrainOptions(steps=steps))
    say(f"trained {name}: loss {summary.loss:.2f} in {summary.seconds:.0f} s")
    with torch.inference_mode():
        torch.jit.trace(network, torch.zeros(1, len(BANDS), 256, 256)).save(str(path.with_suffix(".pt")))
    export_onnx(network, _card(name, normalization), path)
    return path


def _training_region() -> tuple[Region, Normalization]:
    pixels, labels = base_pixels(), scl_labels()
    physical = pixels.astype(np.float32) * SCALE + OFFSET
    if labels is None:
        labels = _generated_labels(physical)
    else:
        labels = labels[:, : pixels.shape[2]]
        labels = np.where(labels >= FIRST_SCL, labels - FIRST_SCL, IGNORE).astype(np.uint8)
    mean, std = physical.mean((1, 2)), physical.std((1, 2))
    image = (physical - mean[:, None, None]) / std[:, None, None]
    shift, scale = (tuple(float(value) for value in values) for values in (mean, std))
    return Region(image, labels), Normalization(shift=shift, scale=scale)


def _generated_labels(physical: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Ten classes of a generated scene: deciles of its near infrared."""
    nir = physical[BANDS.index("B8A")]
    deciles = np.quantile(nir, np.linspace(0, 1, len(CLASSES) + 1)[1:-1])
    return np.asarray(np.digitize(nir, deciles), np.uint8)


def _card(name: str, normalization: Normalization) -> ModelCard:
    bands = tuple(
        Band(band, common_name, scale=SCALE, offset=OFFSET)
        for band, common_name in zip(BANDS, COMMON_NAMES, strict=True)
    )
    classes = tuple(ClassLabel(value, label, color) for value, (label, color) in enumerate(CLASSES))
    return ModelCard(name, bands, normalization, classes, description="A network to measure speed on.")
