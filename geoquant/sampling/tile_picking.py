"""Pick tiles one by one among positions that may overlap: what is taken takes space from the others.

Two chosen tiles never overlap. Between a tile that calibrates and one that judges a gap is left, the context that a
network looks at: what a judging tile's pixels depend on was not calibrated on. Tiles of one role may touch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoquant.sampling.candidates import CandidateTile
from geoquant.strata.conditions import Stratum

CALIBRATION, HELD_OUT = 0, 1
"""The roles."""
SNUG_SHARE = 0.9
"""A position that leaves more space for others is taken instead, if it holds at least this much of the stratum."""


@dataclass(frozen=True)
class Wanted:
    """Which tiles to choose.

    Attributes:
        calibration: The number of tiles to calibrate with.
        held_out: The number of tiles to judge with.
        seed: The seed of k-means++.
        gap_px: The pixels between tiles of different roles.
    """

    calibration: int
    held_out: int
    seed: int = 0
    gap_px: int = 0

    @property
    def numbers(self) -> tuple[int, int]:
        """The numbers by role."""
        return self.calibration, self.held_out


def in_the_way(one: CandidateTile, other: CandidateTile, margin_px: int) -> bool:
    """Whether two tiles lie nearer to each other than ``margin_px``, or overlap."""
    return one.scene == other.scene and one.window.expand(margin_px).intersection(other.window).pixels > 0


class TilePicker:
    """Candidates, those taken of them by role, and the space that is left."""

    def __init__(self, candidates: Sequence[CandidateTile], features: NDArray[np.float64], wanted: Wanted) -> None:
        """Begin with nothing taken.

        Args:
            candidates: positions, which may overlap.
            features: what diversity is measured on (tile, feature), standardized.
            wanted: how many of each role, and the gap between roles.
        """
        places = [(c.scene, c.window.row, c.window.col, c.window.row_end, c.window.col_end) for c in candidates]
        self._scene, self._row, self._col, self._row_end, self._col_end = np.array(places).T
        self._shares = np.stack([candidate.shares for candidate in candidates])  # (tile, stratum)
        self._features, self._wanted = features, wanted
        self._rng = np.random.default_rng(wanted.seed)
        self._free = np.ones((2, len(candidates)), bool)  # (role, tile)
        self._distance: dict[Stratum, NDArray[np.float64]] = {}
        self._dealt: dict[Stratum, list[int]] = {}
        self._numbers = [0, 0]
        self._new_scene = np.ones((2, len(candidates)), bool)  # (role, tile): no tile of its scene has this role

    @property
    def full(self) -> bool:
        """Whether all tiles that are wanted are taken."""
        return all(taken >= wanted for taken, wanted in zip(self._numbers, self._wanted.numbers, strict=True))

    def pick(self, stratum: Stratum, members: Sequence[int]) -> tuple[int, int] | None:
        """Take the next tile of a stratum: its position and its role; None where none is free.

        Roles take turns in proportion to what is wanted, so that every stratum with two tiles or more is in both. A
        scene that has no tile of a role yet comes first, so that no scene is left out for being small.
        """
        turns = self._dealt.setdefault(stratum, [0, 0])
        behind = turns[CALIBRATION] * self._wanted.held_out <= turns[HELD_OUT] * self._wanted.calibration
        for role in (CALIBRATION, HELD_OUT) if behind else (HELD_OUT, CALIBRATION):
            pool = [i for i in members if self._free[role, i]]
            pool = [i for i in pool if self._new_scene[role, i]] or pool
            if pool and self._numbers[role] < self._wanted.numbers[role]:
                return self.take(self._snug(self._unlike(stratum, pool), role, stratum), role, stratum), role
        return None

    def take(self, tile: int, role: int, stratum: Stratum) -> int:
        """Give a tile a role for a stratum, and return it."""
        self._free = self._left(tile, role)
        self._numbers[role] += 1
        self._dealt.setdefault(stratum, [0, 0])[role] += 1
        self._new_scene[role] &= self._scene != self._scene[tile]
        squared = ((self._features - self._features[tile]) ** 2).sum(axis=1)
        self._distance[stratum] = np.minimum(self._distance.get(stratum, squared), squared)
        return tile

    def _unlike(self, stratum: Stratum, pool: list[int]) -> int:
        """k-means++ seeding (Arthur & Vassilvitskii 2007): each next one with probability of its squared distance.

        The distance is that to the nearest tile that was picked for the stratum; the first is drawn evenly.
        """
        weights = self._distance[stratum][pool] if stratum in self._distance else np.ones(len(pool))
        total = weights.sum()
        return pool[int(self._rng.choice(len(pool), p=weights / total))] if total > 0 else pool[0]

    def _snug(self, chosen: int, role: int, stratum: Stratum) -> int:
        """The position near the chosen one that holds as much of the stratum and leaves most space for others."""
        height, width = self._row_end[chosen] - self._row[chosen], self._col_end[chosen] - self._col[chosen]
        near = self._free[role] & (self._scene == self._scene[chosen])
        near &= 2 * abs(self._row - self._row[chosen]) <= height
        near &= 2 * abs(self._col - self._col[chosen]) <= width
        near &= self._shares[:, stratum] >= SNUG_SHARE * self._shares[chosen, stratum]
        return max(map(int, np.flatnonzero(near)), key=lambda i: (self._left(i, role).sum(), i == chosen, -i))

    def _left(self, taken: int, role: int) -> NDArray[np.bool_]:
        """What is free (role, tile) once a tile is taken."""
        left = self._free & ~self._around(taken, 0)
        left[1 - role] &= ~self._around(taken, self._wanted.gap_px)
        return left

    def _around(self, tile: int, margin_px: int) -> NDArray[np.bool_]:
        """Candidates (tile,) that a tile overlaps, itself included, or comes nearer to than ``margin_px``."""
        rows = (self._row < self._row_end[tile] + margin_px) & (self._row_end > self._row[tile] - margin_px)
        cols = (self._col < self._col_end[tile] + margin_px) & (self._col_end > self._col[tile] - margin_px)
        return np.asarray(rows & cols & (self._scene == self._scene[tile]))
