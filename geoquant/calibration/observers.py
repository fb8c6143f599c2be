"""Streaming observers: what every tensor of a network held over any number of tiles, in constant memory.

Pixels without data and pixels of a tile's context take no part. In a feature map a pixel stands for a block of the
tile, and takes part only if every pixel of that block does.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geoquant.calibration.histogram import Distribution, StratumHistogram
from geoquant.strata.conditions import STRATUM_COUNT

Cells = NDArray[np.uint8]

LEFT_OUT = 255
"""Stands in place of a stratum where a pixel takes no part."""


@dataclass(frozen=True)
class TensorSummary:
    """What one tensor held on one tile.

    Attributes:
        lowest: The minimum over channels per pixel (y, x), or one number () where pixels can't be told apart.
        highest: The maximum over channels, alike.
        values: Every ``step``-th pixel in both directions (channel, y, x), or all values (1, value).
        step: The distance in pixels between ``values``; odd, so that no phase of an upsampled map is missed.
    """

    lowest: NDArray[np.float32]
    highest: NDArray[np.float32]
    values: NDArray[np.float32]
    step: int = 1


@dataclass(frozen=True)
class TileMask:
    """Which pixels of a tile take part, and what they show.

    Attributes:
        valid: True where a pixel takes part (y, x).
        strata: The imaging condition of each pixel (y, x); only looked at where ``valid``.
    """

    valid: NDArray[np.bool_]
    strata: NDArray[np.uint8]
    _cells: dict[tuple[int, int], Cells] = field(default_factory=dict, compare=False, repr=False)

    def cells(self, shape: tuple[int, int]) -> Cells:
        """The stratum of each pixel (y, x) of a feature map, or ``LEFT_OUT``.

        A map of another size than the tile is taken to cover all of it evenly: pixel i of n stands for the tile's rows
        ``i * height / n`` up to the next one's, as under padded convolutions of any stride. Its stratum is that of the
        block's centre. Where no block of the tile is valid throughout, those whose centre is valid take part.
        """
        if shape not in self._cells:
            self._cells[shape] = self._on_grid(shape)
        return self._cells[shape]

    def _on_grid(self, shape: tuple[int, int]) -> Cells:
        centre = np.ix_(*(_centres(n, size) for n, size in zip(shape, self.valid.shape, strict=True)))
        valid, at_centre = self.valid, self.valid[centre]
        for axis, n in enumerate(shape):
            valid = _all_of_blocks(valid, n, axis)
        return np.where(valid if valid.any() else at_centre, self.strata[centre], np.uint8(LEFT_OUT))

    def weights(self, by_stratum: NDArray[np.float32]) -> NDArray[np.float32]:
        """How much each pixel (y, x) counts: the weight of its stratum, 0 where it takes no part.

        Args:
            by_stratum: (STRATUM_COUNT,), as ``stratum_weights``.
        """
        return np.where(self.valid, by_stratum[self.strata], np.float32(0))

    @property
    def main_stratum(self) -> int:
        """The stratum that most valid pixels show; tensors without pixels are counted under it."""
        return int(np.bincount(self.strata[self.valid], minlength=1).argmax())


def _centres(n: int, size: int) -> NDArray[np.intp]:
    return np.asarray((2 * np.arange(n) + 1) * size // (2 * n), np.intp)


def _all_of_blocks(valid: NDArray[np.bool_], n: int, axis: int) -> NDArray[np.bool_]:
    size = valid.shape[axis]
    if n >= size:
        return np.asarray(valid.take(_centres(n, size), axis=axis))
    return np.asarray(np.logical_and.reduceat(valid, np.arange(n) * size // n, axis=axis))


class ActivationObserver:
    """Collects one tensor's bounds and histogram per stratum; the order and the size of tiles make no difference.

    Bounds are those of every valid pixel, the histogram that of the sampled ones.

    Attributes:
        pooled: Whether the tensor has no pixels but one value per channel and tile, as behind global pooling.
    """

    def __init__(self) -> None:
        self._histogram = StratumHistogram(STRATUM_COUNT)
        self.pooled = False

    def update(self, summary: TensorSummary, place: TileMask) -> None:
        """Take one tile.

        Raises:
            ValueError: a value is not finite: NaN in the data or overflow in the network.
        """
        if not place.valid.any():
            return
        if summary.lowest.ndim == 2 and _covers(summary.lowest.shape, place.valid.shape):
            self._add_map(summary, place.cells((summary.lowest.shape[0], summary.lowest.shape[1])))
        else:
            self.pooled = True
            self._histogram.widen(float(summary.lowest.min()), float(summary.highest.max()))
            values = summary.values.reshape(1, -1)
            self._histogram.add(values, np.full(values.shape[1], place.main_stratum, np.uint8))

    def _add_map(self, summary: TensorSummary, cells: Cells) -> None:
        counted = cells != LEFT_OUT
        if not counted.any():
            return
        self._histogram.widen(float(summary.lowest[counted].min()), float(summary.highest[counted].max()))
        sampled = cells[:: summary.step, :: summary.step].ravel()
        positions = np.flatnonzero(sampled != LEFT_OUT)
        channels = summary.values.reshape(len(summary.values), -1)
        self._histogram.add(channels[:, positions], sampled[positions])

    def distribution(self) -> Distribution:
        """The distribution of everything observed."""
        return self._histogram.distribution()


def _covers(shape: tuple[int, ...], tile: tuple[int, ...]) -> bool:
    """Whether a map has the tile's proportions; a map of one pixel is a summary of the tile, not a picture of it."""
    (height, width), (rows, cols) = shape, tile
    return min(height, width) > 1 and abs(height * cols - width * rows) < max(rows, cols)


class BandObserver:
    """Collects, per band, the lowest and highest z of valid pixels and their histogram per stratum.

    Attributes:
        pixels: The number of valid pixels so far.
    """

    def __init__(self, band_count: int) -> None:
        self._histograms = [StratumHistogram(STRATUM_COUNT) for _ in range(band_count)]
        self.pixels = 0

    @property
    def low(self) -> NDArray[np.float64]:
        """The lowest z of each band (band,)."""
        return np.array([histogram.low for histogram in self._histograms])

    @property
    def high(self) -> NDArray[np.float64]:
        """The highest z of each band (band,)."""
        return np.array([histogram.high for histogram in self._histograms])

    def update(self, z: NDArray[np.float32], place: TileMask) -> None:
        """Take one tile.

        Args:
            z: (band, y, x), normalized.
            place: of the tile.
        """
        strata = place.strata[place.valid]
        if not strata.size:
            return
        for histogram, band in zip(self._histograms, z, strict=True):
            values = band[place.valid]
            histogram.widen(float(values.min()), float(values.max()))
            histogram.add(values[None], strata)
        self.pixels += len(strata)

    def distributions(self) -> tuple[Distribution, ...]:
        """The distribution of z, per band."""
        return tuple(histogram.distribution() for histogram in self._histograms)
