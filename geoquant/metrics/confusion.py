"""Agreement of two class maps, per class and per stratum, from confusion counts that add up over blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.grid import Window
from geoquant.metrics.evidence import MIN_STRATUM_PX, enough
from geoquant.strata.conditions import STRATUM_COUNT, Stratum

Classes = NDArray[np.uint8]
MIN_CLASS_PX = 500
"""A class enters a stratum's mean IoU from this many reference pixels on, ..."""
MIN_CLASS_SHARE = 0.02
"""... and this share of them: a class of a few pixels would make the mean IoU jump by points when some of them flip."""


def confusion(rows: NDArray[Any], columns: NDArray[Any], groups: NDArray[Any], class_count: int) -> NDArray[np.int64]:
    """Count pixels by (stratum, row class, column class); classes beyond the count and stratum 0 are left out.

    Args:
        rows: class positions, any shape.
        columns: class positions, same shape.
        groups: strata, same shape.
        class_count: number of classes.

    Returns:
        (STRATUM_COUNT, class_count, class_count).
    """
    keep = (rows < class_count) & (columns < class_count) & (groups > 0) & (groups < STRATUM_COUNT)
    index = groups[keep].astype(np.int64) * class_count + rows[keep]
    index = index * class_count + columns[keep]
    shape = (STRATUM_COUNT, class_count, class_count)
    return np.bincount(index, minlength=int(np.prod(shape))).reshape(shape)


def agreements_of(counts: NDArray[Any]) -> NDArray[np.float64]:
    """Share of pixels on the diagonal: counts (..., class, class) -> (...), NaN without pixels."""
    return _ratio(_diagonal(counts).sum(axis=-1), counts.sum(axis=(-2, -1)))


def agreement_of(counts: NDArray[np.int64]) -> float:
    """Share of pixels on the diagonal of (class, class), NaN without pixels."""
    return float(agreements_of(counts))


def iou_of(counts: NDArray[Any]) -> NDArray[np.float64]:
    """Intersection over union: counts (..., class, class) -> (..., class), NaN where a class occurs in neither map."""
    both = _diagonal(counts)
    return _ratio(both, counts.sum(axis=-2) + counts.sum(axis=-1) - both)


def f1_of(counts: NDArray[Any]) -> NDArray[np.float64]:
    """F1, the harmonic mean of precision and recall (van Rijsbergen 1979, chapter 7, with equal weights).

    Args:
        counts: (..., reference class, candidate class).

    Returns:
        (..., class), 2 TP / (2 TP + FP + FN); NaN where a class occurs in neither map.
    """
    return _ratio(2 * _diagonal(counts), counts.sum(axis=-2) + counts.sum(axis=-1))


def _diagonal(counts: NDArray[Any]) -> NDArray[np.float64]:
    return np.diagonal(counts, axis1=-2, axis2=-1).astype(np.float64)


def _ratio(part: NDArray[np.float64], whole: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0))


def counted_classes(counts: NDArray[Any], min_class_px: int = MIN_CLASS_PX) -> NDArray[np.bool_]:
    """Classes with enough reference pixels (rows) for a mean IoU: counts (..., class, class) -> (..., class)."""
    reference = counts.sum(axis=-1)
    return np.asarray(reference >= np.maximum(min_class_px, MIN_CLASS_SHARE * reference.sum(axis=-1, keepdims=True)))


def mean_iou(counts: NDArray[np.int64], min_class_px: int = MIN_CLASS_PX) -> float:
    """Mean IoU over the classes that count; NaN when there are none."""
    present = counted_classes(counts, min_class_px)
    return float(iou_of(counts)[present].mean()) if present.any() else float("nan")


@dataclass(frozen=True)
class Scores:
    """How the candidate does on one group of pixels.

    Attributes:
        pixels: The number of judged pixels.
        agreement: The share of them whose class equals the reference's, 0..1.
        miou_to_float: The mean IoU of the candidate with the reference's map as truth, 0..1.
        float_miou: The mean IoU of the reference against labels, NaN without labels.
        int8_miou: The mean IoU of the candidate against labels, NaN without labels.
    """

    pixels: int
    agreement: float
    miou_to_float: float
    float_miou: float = float("nan")
    int8_miou: float = float("nan")

    @property
    def miou_lost(self) -> float:
        """Points (0..100) of mean IoU that the candidate loses: against labels, or against the reference's own map."""
        lost = self.float_miou - self.int8_miou if np.isfinite(self.float_miou) else 1.0 - self.miou_to_float
        return 100.0 * lost


@dataclass(frozen=True)
class Comparison:
    """Additive counts of a float (reference) and an INT8 (candidate) class map.

    Attributes:
        maps: Pixels per (stratum, reference class, candidate class).
        reference_labels: Pixels per (stratum, label, reference class), all zero without labels.
        candidate_labels: Pixels per (stratum, label, candidate class), all zero without labels.
    """

    maps: NDArray[np.int64]
    reference_labels: NDArray[np.int64]
    candidate_labels: NDArray[np.int64]

    @classmethod
    def empty(cls, class_count: int) -> Comparison:
        """A comparison of no pixels."""
        zero = np.zeros((STRATUM_COUNT, class_count, class_count), np.int64)
        return cls(zero, zero, zero)

    def __add__(self, other: Comparison) -> Comparison:
        return Comparison(
            self.maps + other.maps,
            self.reference_labels + other.reference_labels,
            self.candidate_labels + other.candidate_labels,
        )

    def __sub__(self, part: Comparison) -> Comparison:
        return Comparison(
            self.maps - part.maps,
            self.reference_labels - part.reference_labels,
            self.candidate_labels - part.candidate_labels,
        )

    def scores(self, stratum: Stratum | None = None) -> Scores:
        """Scores of one stratum, or of all pixels."""
        maps, reference, candidate = (
            counts.sum(axis=0) if stratum is None else counts[stratum]
            for counts in (self.maps, self.reference_labels, self.candidate_labels)
        )
        return Scores(int(maps.sum()), agreement_of(maps), mean_iou(maps), mean_iou(reference), mean_iou(candidate))

    def strata(self, min_px: int = MIN_STRATUM_PX) -> Mapping[Stratum, Scores]:
        """Scores of every stratum with at least ``min_px`` pixels."""
        pixels = self.maps.sum(axis=(1, 2))
        return {stratum: self.scores(stratum) for stratum in Stratum if pixels[stratum] >= min_px}

    def class_agreement(self) -> NDArray[np.float64]:
        """Share of each reference class's pixels that keep it (class,), NaN for a class that never occurs."""
        counts = self.maps.sum(axis=0)
        total = counts.sum(axis=1)
        return np.asarray(np.divide(np.diag(counts), total, out=np.full(len(counts), np.nan), where=total > 0))

    def worst(self, min_px: int = MIN_STRATUM_PX) -> tuple[Stratum, Scores] | None:
        """The judged stratum with the lowest agreement; None when no stratum has enough pixels."""
        judged = self.strata(min_px)
        return min(judged.items(), key=lambda item: (item[1].agreement, item[0])) if judged else None


def together(tiles: Sequence[Comparison]) -> Comparison:
    """The comparison of all tiles, of at least one."""
    return sum(tiles[1:], tiles[0])


def stratum_pixels(tiles: Sequence[Comparison]) -> NDArray[np.int64]:
    """Compared pixels per tile and stratum (tile, stratum)."""
    return np.stack([tile.maps.sum(axis=(1, 2)) for tile in tiles])


def judged_strata(tiles: Sequence[Comparison]) -> tuple[Stratum, ...]:
    """Strata with enough pixels on enough tiles to be judged."""
    return tuple(Stratum(int(i)) for i in np.flatnonzero(enough(stratum_pixels(tiles))))


def compare_maps(
    reference: Classes,
    candidate: Classes,
    strata: NDArray[np.uint8],
    labels: NDArray[Any] | None,
    class_count: int,
) -> Comparison:
    """Compare two class maps, block by block, in memory that does not grow with them.

    Args:
        reference: (y, x) class positions of the float model; values from ``class_count`` on are no data.
        candidate: (y, x) class positions of the INT8 model.
        strata: (y, x), ``Stratum`` values; 0 is left out.
        labels: (y, x) true class positions, or None.
        class_count: number of classes.
    """
    total = Comparison.empty(class_count)
    for block in _blocks(reference.shape):
        part = block.slices
        total += _compare_block(
            reference[part], candidate[part], strata[part], None if labels is None else labels[part], class_count
        )
    return total


def _compare_block(
    reference: Classes, candidate: Classes, strata: NDArray[np.uint8], labels: NDArray[Any] | None, class_count: int
) -> Comparison:
    maps = confusion(reference, candidate, strata, class_count)
    if labels is None:
        return Comparison(maps, np.zeros_like(maps), np.zeros_like(maps))
    return Comparison(
        maps,
        confusion(labels, reference, strata, class_count),
        confusion(labels, candidate, strata, class_count),
    )


def _blocks(shape: tuple[int, ...], side: int = 1024) -> Iterator[Window]:
    for row in range(0, shape[0], side):
        for col in range(0, shape[1], side):
            yield Window(row, col, min(side, shape[0] - row), min(side, shape[1] - col))
