"""The counts of a classification while it streams: additive, so any order of tiles and shards gives the same sums."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.drift.cells import Cells, merged
from geoquant.grid import Window


@dataclass(frozen=True)
class Tally:
    """Counts over some part of a class map.

    Attributes:
        values: Pixels per value of the class map, ``(256,)``.
        ground: Their ground per value in whole units of ``GroundAreas.unit_m2``, ``(256,)``; zeros where it is unknown.
        drift: The additive counters of the drift guard, ``(row, band)``, or an empty array.
        cells: The drift guard's counts by cell of the drift map, where one is wanted.
        bad_blocks: The windows that could not be read and were skipped; a set, because tiles with a halo meet twice.
    """

    values: NDArray[np.int64] = field(default_factory=lambda: np.zeros(256, np.int64))
    drift: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    bad_blocks: frozenset[Window] = frozenset()
    cells: Cells = field(default_factory=dict)
    ground: NDArray[np.int64] = field(default_factory=lambda: np.zeros(256, np.int64))

    def __add__(self, other: Tally) -> Tally:
        drift = self.drift if not other.drift.size else other.drift if not self.drift.size else self.drift + other.drift
        return Tally(
            self.values + other.values,
            drift,
            self.bad_blocks | other.bad_blocks,
            merged(self.cells, other.cells),
            self.ground + other.ground,
        )

    def to_json(self) -> dict[str, Any]:
        """The counts as JSON values."""
        blocks = [[block.row, block.col, block.height, block.width] for block in sorted(self.bad_blocks)]
        cells = [[*cell, counts.tolist()] for cell, counts in sorted(self.cells.items())]
        counts = {"values": self.values, "ground": self.ground, "drift": self.drift}
        return {**{name: array.tolist() for name, array in counts.items()}, "bad_blocks": blocks, "cells": cells}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Tally:
        """The inverse of ``to_json``."""
        drift = np.array(stored["drift"], np.int64)
        blocks = frozenset(Window(*block) for block in stored["bad_blocks"])
        cells = {(row, col): np.array(counts, np.int64) for row, col, counts in stored["cells"]}
        drift = drift if drift.ndim == 2 else drift.reshape(0, 0)
        values, ground = (np.array(stored[name], np.int64) for name in ("values", "ground"))
        return cls(values, drift, blocks, cells, ground)
