"""Random training crops from labelled rasters, drawn so that rare classes are seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

IGNORE = 255
"""Label of pixels that training and scoring skip: no data, or a class that the network does not know."""


class Batch(NamedTuple):
    """The crops and labels of a training step.

    Attributes:
        images: The crops ``(n, band, y, x)``, float32, normalized.
        labels: The classes ``(n, y, x)``, int64, channel index or ``IGNORE``.
    """

    images: NDArray[np.float32]
    labels: NDArray[np.int64]


Sampler = Callable[[np.random.Generator], Batch]
"""Draws one batch; all its randomness comes from the generator it is given."""


@dataclass(frozen=True)
class Region:
    """A labelled piece of a scene to draw crops from.

    Attributes:
        image: The pixels ``(band, y, x)``, float32, normalized as the model's card says; invalid pixels are 0.
        labels: The classes ``(y, x)``, uint8, channel index or ``IGNORE``.
        class_pixels: The pixels of each class that occurs, as flat indices into ``labels``.
    """

    image: NDArray[np.float32]
    labels: NDArray[np.uint8]
    class_pixels: dict[int, NDArray[np.intp]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.image.ndim != 3 or self.image.shape[1:] != self.labels.shape:
            raise ValueError(
                f"image {self.image.shape} and labels {self.labels.shape} must be (band, y, x) and (y, x)."
            )
        found = [int(value) for value in np.unique(self.labels) if value != IGNORE]
        if not found:
            raise ValueError("a region without any labelled pixel can't be trained on.")
        pixels = {value: np.flatnonzero(self.labels == value) for value in found}
        object.__setattr__(self, "class_pixels", pixels)


@dataclass(frozen=True)
class CropSampler:
    """Square crops: ``balance`` of them around a pixel of an evenly drawn class, the others anywhere.

    Attributes:
        regions: The regions to draw from, each as often as it has labelled pixels.
        crop_px: The side of a crop; a multiple of the network's stride.
        batch: The number of crops in a batch.
        balance: The share of crops that are centred on a pixel of an evenly drawn class, 0..1.
    """

    regions: Sequence[Region]
    crop_px: int = 128
    batch: int = 16
    balance: float = 0.5

    def __post_init__(self) -> None:
        smallest = min(min(region.labels.shape) for region in self.regions)
        if smallest < self.crop_px:
            raise ValueError(f"crops of {self.crop_px} px do not fit into a region that is {smallest} px wide.")

    def __call__(self, rng: np.random.Generator) -> Batch:
        """Draw one batch."""
        sizes = np.array([sum(map(len, region.class_pixels.values())) for region in self.regions], np.float64)
        picks = rng.choice(len(self.regions), self.batch, p=sizes / sizes.sum())
        crops = [self._crop(self.regions[pick], rng) for pick in picks]
        images = np.stack([image for image, _ in crops])
        return Batch(images, np.stack([labels for _, labels in crops]).astype(np.int64))

    def _crop(self, region: Region, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        height, width = region.labels.shape
        row, col = int(rng.integers(height)), int(rng.integers(width))
        if rng.random() < self.balance:
            chosen = list(region.class_pixels)[int(rng.integers(len(region.class_pixels)))]
            row, col = divmod(int(rng.choice(region.class_pixels[chosen])), width)
        top = min(max(row - self.crop_px // 2, 0), height - self.crop_px)
        left = min(max(col - self.crop_px // 2, 0), width - self.crop_px)
        rows, cols = slice(top, top + self.crop_px), slice(left, left + self.crop_px)
        return region.image[:, rows, cols], region.labels[rows, cols]


def class_weights(regions: Sequence[Region], classes: int, power: float = 0.5) -> tuple[float, ...]:
    """Loss weights ``(1 / frequency) ** power`` of each class, scaled so that the average pixel weighs 1.

    Args:
        regions: the training pixels.
        classes: number of classes; one that never occurs weighs 0.
        power: 0 leaves every pixel alike, 1 makes every class alike.
    """
    counts = np.zeros(classes)
    for region in regions:
        for value, pixels in region.class_pixels.items():
            counts[value] += len(pixels)
    share = counts / counts.sum()
    weights = np.where(share > 0, np.maximum(share, 1e-6) ** -power, 0.0)
    return tuple(float(weight) for weight in weights / (weights * share).sum())
