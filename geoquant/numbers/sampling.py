"""Which tiles calibrate and which judge: a quota per stratum, diversity inside it, and every band's extremes.

Everything here works on decimated views, is seeded, and gives the same choice for the same seed on any machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.numbers.grid import Grid, Window
from geoquant.numbers.strata import STRATUM_COUNT, Stratum

MIN_TILE_PX = 64
PRESENT_SHARE = 0.05
"""A tile represents a stratum from this share of its pixels on; rarer strata take the tiles that hold most of them."""


@dataclass(frozen=True)
class Candidate:
    """A tile that may be chosen, described from a decimated view.

    Attributes:
        scene: position of its scene.
        window: where it lies, in pixels of the scene's grid.
        features: what diversity is measured on: per band 5, 50, 95 percentile and spread, then the strata's shares.
        shares: share of the tile's pixels per stratum (STRATUM_COUNT,).
        low: per band, the lowest valid value, in stored numbers.
        high: per band, the highest.
    """

    scene: int
    window: Window
    features: NDArray[np.float64]
    shares: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True)
class Choice:
    """One chosen tile.

    Attributes:
        candidate: the tile.
        stratum: the stratum it was chosen for.
        reason: why, for a person, in few words (every tile's is kept in the model file): its share of the stratum,
            unlike the others, or which band's extreme it holds.
    """

    candidate: Candidate
    stratum: Stratum
    reason: str


@dataclass(frozen=True)
class TileChoice:
    """Tiles to calibrate with, and tiles to judge with; no two of them overlap, halo included."""

    calibration: tuple[Choice, ...]
    held_out: tuple[Choice, ...]


def lattice(grid: Grid, tile_px: int, pitch_px: int, stride_px: int) -> list[Window]:
    """Tiles of ``tile_px`` every ``pitch_px``, origins on multiples of the stride; the whole tile when smaller.

    Args:
        grid: the scene's grid.
        tile_px: side of a tile, a multiple of ``stride_px``.
        pitch_px: distance of origins: the tile and the halo that must not be shared.
        stride_px: the model's total stride.
    """
    pitch = -(-pitch_px // stride_px) * stride_px
    rows, cols = _origins(grid.height, tile_px, pitch), _origins(grid.width, tile_px, pitch)
    height, width = min(tile_px, grid.height), min(tile_px, grid.width)
    return [Window(row, col, height, width) for row in rows for col in cols]


def _origins(size: int, tile_px: int, pitch: int) -> range:
    return range(0, max(size - tile_px, 0) + 1, pitch)


def fitting_tile(grids: Sequence[tuple[Grid, float]], wanted_px: int, needed: int, halo_px: int, stride_px: int) -> int:
    """The largest tile side, halving from ``wanted_px``, that gives at least half of ``needed`` tiles over all grids.

    Half, because fewer but larger tiles hold more pixels to judge on: a halo lies between any two of them.

    Args:
        grids: of all scenes, each with the share of its pixels that hold data.
        wanted_px: the side that the user asks for.
        needed: tiles to calibrate and to judge with.
        halo_px: gap between tiles.
        stride_px: sides stay multiples of it.
    """
    side = _multiple(wanted_px, stride_px)
    while _multiple(side // 2, stride_px) >= max(MIN_TILE_PX, stride_px) and side // 2 < side:
        if sum(share * len(lattice(grid, side, side + halo_px, stride_px)) for grid, share in grids) >= needed / 2:
            break
        side = _multiple(side // 2, stride_px)
    return side


def _multiple(side: int, stride_px: int) -> int:
    return max(stride_px, side // stride_px * stride_px)


def describe(
    values: NDArray[Any], valid: NDArray[np.bool_], strata: NDArray[np.uint8], scene: int, window: Window
) -> Candidate | None:
    """Describe one tile from its decimated pixels; None when under a tenth of them is valid.

    Args:
        values: (band, y, x), stored numbers.
        valid: (y, x).
        strata: (y, x).
        scene: position of its scene.
        window: where it lies at full resolution.
    """
    if valid.mean() < 0.1:
        return None
    pixels = values[:, valid].astype(np.float64)  # (band, pixel)
    quantiles = np.quantile(pixels, (0.05, 0.5, 0.95), axis=1)  # (3, band)
    shares = np.bincount(strata.ravel(), minlength=STRATUM_COUNT) / strata.size
    features = np.concatenate([quantiles.ravel(), pixels.std(axis=1), shares])
    return Candidate(scene, window, features, shares, pixels.min(axis=1), pixels.max(axis=1))


def choose_tiles(candidates: Sequence[Candidate], calibration: int, held_out: int, seed: int) -> TileChoice:
    """Choose tiles: strata take turns from the rarest on, k-means++ inside each, then every band's extremes.

    Where there are too few candidates for both sets, each gets its proportional part. Within a stratum the chosen tiles
    go to calibration and to judging in turn, so that every stratum with two tiles or more is in both.

    Args:
        candidates: from ``describe``.
        calibration: how many tiles to calibrate with.
        held_out: how many tiles to judge with.
        seed: of k-means++.
    """
    wanted = calibration + held_out
    if len(candidates) < wanted:
        calibration = max(1, round(len(candidates) * calibration / wanted))
        held_out = len(candidates) - calibration
    features = _standardized(candidates)
    chosen = _by_strata(candidates, features, calibration + held_out, np.random.default_rng(seed))
    first, second = _split(candidates, chosen, calibration, held_out)
    return _cover_extremes(candidates, first, second)


def _standardized(candidates: Sequence[Candidate]) -> NDArray[np.float64]:
    features = np.stack([candidate.features for candidate in candidates])
    spread = features.std(axis=0)
    return np.asarray((features - features.mean(axis=0)) / np.where(spread > 0, spread, 1))


def _by_strata(
    candidates: Sequence[Candidate], features: NDArray[np.float64], count: int, rng: np.random.Generator
) -> dict[int, tuple[Stratum, str]]:
    """Candidate position -> stratum and reason, in the order of choice."""
    members = _members(candidates)
    quotas = _quotas({stratum: len(tiles) for stratum, tiles in members.items()}, count)
    chosen: dict[int, tuple[Stratum, str]] = {}
    for stratum in sorted(members, key=lambda s: (len(members[s]), s)):
        free = [i for i in members[stratum] if i not in chosen]
        for i in _spread_out(features, free, quotas[stratum], rng):
            share = candidates[i].shares[stratum]
            chosen[i] = stratum, f"{share:.0%} of it"
    rest = [i for i in range(len(candidates)) if i not in chosen]
    for i in _spread_out(features, rest, count - len(chosen), rng):
        stratum = Stratum(int(np.argmax(candidates[i].shares[1:])) + 1)
        chosen[i] = stratum, "unlike the others"
    return chosen


def _members(candidates: Sequence[Candidate]) -> dict[Stratum, list[int]]:
    """Per stratum that occurs, the tiles that represent it (at least the four that hold most of it)."""
    shares = np.stack([candidate.shares for candidate in candidates])  # (tile, stratum)
    members: dict[Stratum, list[int]] = {}
    for stratum in Stratum:
        column = shares[:, stratum]
        if stratum == Stratum.NO_DATA or not column.any():
            continue
        richest = np.argsort(-column, kind="stable")[:4]
        enough = set(np.flatnonzero(column >= PRESENT_SHARE)) | {i for i in richest if column[i] > 0}
        members[stratum] = sorted(int(i) for i in enough)
    return members


def _quotas(sizes: dict[Stratum, int], count: int) -> dict[Stratum, int]:
    """Share ``count`` evenly over strata; what a small stratum can't use goes to the others."""
    quotas = dict.fromkeys(sizes, 0)
    while count > 0:
        open_strata = [s for s in sorted(sizes) if quotas[s] < sizes[s]]
        if not open_strata:
            break
        for stratum in open_strata[:count]:
            quotas[stratum] += 1
        count -= min(count, len(open_strata))
    return quotas


def _spread_out(features: NDArray[np.float64], pool: list[int], count: int, rng: np.random.Generator) -> list[int]:
    """k-means++ seeding (Arthur & Vassilvitskii 2007): each next one with probability of its squared distance."""
    if not pool or count <= 0:
        return []
    points = features[pool]
    picked = [int(rng.integers(len(pool)))]
    distance = _squared(points, points[picked[0]])
    while len(picked) < min(count, len(pool)):
        distance[picked] = 0
        total = distance.sum()
        free = np.setdiff1d(np.arange(len(pool)), picked)
        following = int(rng.choice(len(pool), p=distance / total) if total > 0 else free[0])
        picked.append(following)
        distance = np.minimum(distance, _squared(points, points[following]))
    return [pool[i] for i in picked]


def _squared(points: NDArray[np.float64], centre: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(((points - centre) ** 2).sum(axis=1))


def _split(
    candidates: Sequence[Candidate], chosen: dict[int, tuple[Stratum, str]], calibration: int, held_out: int
) -> tuple[list[Choice], list[Choice]]:
    """Deal the chosen tiles of each stratum to calibration and judging in turn, keeping both totals."""
    first: list[Choice] = []
    second: list[Choice] = []
    dealt: dict[Stratum, list[int]] = {}
    for i, (stratum, reason) in chosen.items():
        turns = dealt.setdefault(stratum, [0, 0])
        behind = turns[0] * held_out <= turns[1] * calibration
        to_first = (behind or len(second) >= held_out) and len(first) < calibration
        turns[0 if to_first else 1] += 1
        (first if to_first else second).append(Choice(candidates[i], stratum, reason))
    return first, second


def _alone(choice: Choice, among: Sequence[Choice]) -> bool:
    """Whether no other tile was chosen for the same stratum."""
    return sum(other.stratum == choice.stratum for other in among) < 2


def _cover_extremes(candidates: Sequence[Candidate], first: list[Choice], second: list[Choice]) -> TileChoice:
    """Add to calibration the tiles that hold the lowest and highest value of each band, if it lacks them."""
    low, high = np.stack([c.low for c in candidates]), np.stack([c.high for c in candidates])
    for band in range(low.shape[1]):
        for position, word in ((int(low[:, band].argmin()), "lowest"), (int(high[:, band].argmax()), "highest")):
            candidate = candidates[position]
            if any(choice.candidate is candidate for choice in first):
                continue
            moved = next((choice for choice in second if choice.candidate is candidate), None)
            if moved is not None and _alone(moved, second):
                continue  # its stratum would not be judged any more
            second = [choice for choice in second if choice is not moved]
            stratum = Stratum(int(np.argmax(candidate.shares[1:])) + 1) if moved is None else moved.stratum
            first.append(Choice(candidate, stratum, f"{word} of band {band + 1}"))
    return TileChoice(tuple(first), tuple(second))
