"""Scores of INT8 against float on a group of pixels (an imaging condition, or all), each with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoquant.metrics.bootstrap import Estimate, draw_tiles, estimate
from geoquant.metrics.confusion import Comparison, agreements_of, counted_classes, f1_of, iou_of
from geoquant.metrics.evidence import enough
from geoquant.strata.conditions import Stratum

TileCounts = NDArray[np.int64]
"""Confusion counts (tile, class, class)."""


@dataclass(frozen=True)
class ClassScores:
    """One class in one group.

    Attributes:
        name: The name of the class.
        pixels: The number of pixels that the float map gives it.
        f1: The F1 of the INT8 map with the float map as truth, 0..1.
        float_f1: The F1 of the float map against labels, None without labels.
        int8_f1: The F1 of the INT8 map against labels, None without labels.
    """

    name: str
    pixels: int
    f1: Estimate
    float_f1: Estimate | None
    int8_f1: Estimate | None


@dataclass(frozen=True)
class GroupScores:
    """How INT8 does on one group of pixels.

    Attributes:
        name: The name of the imaging condition, or "all".
        tiles: The number of tiles that hold any of it; below ``FEW_TILES`` an interval says little.
        pixels: The number of judged pixels.
        enough: Whether it has enough pixels on enough tiles to count for the gate, see ``metrics/evidence.py``.
        agreement: The share of pixels with the float model's class, 0..1.
        miou_lost: The points of mean IoU lost, against labels where there are any, else against the float map.
        float_miou: The mean IoU of the float map against labels, None without labels.
        int8_miou: The mean IoU of the INT8 map against labels, None without labels.
        classes: One entry per class.
    """

    name: str
    tiles: int
    pixels: int
    enough: bool
    agreement: Estimate
    miou_lost: Estimate
    float_miou: Estimate | None
    int8_miou: Estimate | None
    classes: tuple[ClassScores, ...]


def score_groups(tiles: Sequence[Comparison], names: Sequence[str], replicates: int, seed: int) -> list[GroupScores]:
    """Scores of all pixels, then of every stratum that occurs.

    Args:
        tiles: one comparison per tile.
        names: of the classes.
        replicates: of the bootstrap.
        seed: of the bootstrap; all groups meet the same draws.
    """
    draws = draw_tiles(len(tiles), replicates, seed)
    groups = [_Group("all", *(_stacked(tiles, field, None) for field in _FIELDS))]
    for stratum in Stratum:
        group = _Group(stratum.label, *(_stacked(tiles, field, stratum) for field in _FIELDS))
        if group.maps.any():
            groups.append(group)
    return [_scores(group, names, draws) for group in groups]


_FIELDS = ("maps", "reference_labels", "candidate_labels")


def _stacked(tiles: Sequence[Comparison], field: str, stratum: Stratum | None) -> TileCounts:
    counts = [getattr(tile, field) for tile in tiles]
    return np.stack([part.sum(axis=0) if stratum is None else part[stratum] for part in counts])


@dataclass(frozen=True)
class _Group:
    """Counts per tile: (float class, INT8 class), (label, float class), (label, INT8 class)."""

    name: str
    maps: TileCounts
    by_float: TileCounts
    by_int8: TileCounts

    @property
    def labelled(self) -> bool:
        return bool(self.by_float.any())


def _scores(group: _Group, names: Sequence[str], draws: NDArray[np.float64]) -> GroupScores:
    pixels = int(group.maps.sum())
    (agreement,) = estimate(agreements_of, draws, group.maps)
    lost, float_miou, int8_miou = _mious(group, draws)
    return GroupScores(
        name=group.name,
        tiles=int(group.maps.any(axis=(1, 2)).sum()),
        pixels=pixels,
        enough=bool(enough(group.maps.sum(axis=(1, 2)))),
        agreement=agreement,
        miou_lost=lost,
        float_miou=float_miou,
        int8_miou=int8_miou,
        classes=_classes(group, names, draws),
    )


def _mious(group: _Group, draws: NDArray[np.float64]) -> tuple[Estimate, Estimate | None, Estimate | None]:
    """Points of mean IoU lost, then both models' mean IoU against labels; tiles are drawn alike, so they are paired."""
    truth = group.by_float if group.labelled else group.maps
    present = counted_classes(truth.sum(axis=0))  # of the whole group: replicates must average the same classes

    def miou(counts: NDArray[np.float64]) -> NDArray[np.float64]:
        return _mean_known(iou_of(counts)[..., present])

    if not group.labelled:
        (lost,) = estimate(lambda maps: 100 * (1 - miou(maps)), draws, group.maps)
        return lost, None, None

    def all_three(by_float: NDArray[np.float64], by_int8: NDArray[np.float64]) -> NDArray[np.float64]:
        both = miou(by_float), miou(by_int8)
        return np.stack([100 * (both[0] - both[1]), *both], axis=-1)

    lost, float_miou, int8_miou = estimate(all_three, draws, group.by_float, group.by_int8)
    return lost, float_miou, int8_miou


def _mean_known(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the last axis without NaN; NaN where nothing is left."""
    known = np.isfinite(values)
    count = known.sum(axis=-1)
    total = np.where(known, values, 0).sum(axis=-1)
    return np.asarray(np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0))


def _classes(group: _Group, names: Sequence[str], draws: NDArray[np.float64]) -> tuple[ClassScores, ...]:
    pixels = group.maps.sum(axis=(0, 2))
    against_float = estimate(f1_of, draws, group.maps)
    none: list[Estimate | None] = [None] * len(names)
    by_float, by_int8 = (
        [*estimate(f1_of, draws, counts)] if group.labelled else none for counts in (group.by_float, group.by_int8)
    )
    return tuple(
        ClassScores(name, int(pixels[i]), against_float[i], by_float[i], by_int8[i]) for i, name in enumerate(names)
    )
