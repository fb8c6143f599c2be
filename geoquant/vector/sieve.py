"""Small regions of a class map joined to their neighbours, for maps of any height that come in strips, twice.

The first pass numbers connected regions and counts their pixels and borders; then small regions are joined, the
smallest first, each to the neighbour with which it shares the longest border; the second pass writes the classes anew.
Regions are numbered in the order of their first pixels, which no cut into strips changes: neither does the result.
Pixels without data are no region: nothing is joined to them, and they to nothing.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Classes = NDArray[np.uint8]
Numbers = NDArray[np.int64]
OUTSIDE = -1
"""Number of pixels that belong to no region."""


@dataclass(frozen=True)
class Plan:
    """What becomes of every region of a first pass.

    Attributes:
        values: The class that each has in the end, (region,); one that strips cut stands here once for each strip.
        nodata: The value of pixels that belong to no region.
    """

    values: Classes
    nodata: int

    def applied(self, strips: Iterable[Classes]) -> Iterator[Classes]:
        """The same strips, ``(y, x)`` each, as those of the first pass, with small regions joined."""
        first = 0
        for classes in strips:
            numbers, count = numbered(classes, self.nodata)
            table = np.append(self.values[first : first + count], np.uint8(self.nodata))  # OUTSIDE is its last
            yield table[numbers]
            first += count


def plan(strips: Iterable[Classes], nodata: int, smallest_px: int) -> Plan:
    """The first pass: which regions of fewer pixels than ``smallest_px`` become part of which.

    Memory grows with the number of regions, not with that of pixels.

    Args:
        strips: (y, x) of the same width, from top to bottom.
        nodata: value that has no regions.
        smallest_px: pixels that a region keeps its class with; pixels connect by their sides.
    """
    regions = _Regions()
    for classes in strips:
        regions.add(classes, nodata)
    return Plan(regions.joined(smallest_px), nodata)


def numbered(classes: Classes, nodata: int) -> tuple[Numbers, int]:
    """The region of each pixel ``(y, x)``, from 0 in the order of first pixels, and how many regions there are."""
    starts = np.ones(classes.shape, bool)
    starts[:, 1:] = classes[:, 1:] != classes[:, :-1]
    runs = np.cumsum(starts.ravel()).reshape(classes.shape) - 1
    same = classes[1:] == classes[:-1]
    roots = connected(int(runs[-1, -1]) + 1, runs[:-1][same], runs[1:][same])
    valid = classes.ravel()[starts.ravel()] != nodata  # of each run
    kept = (roots == np.arange(roots.size)) & valid
    numbers = np.cumsum(kept) - 1
    return np.where(valid, numbers[roots], OUTSIDE)[runs], int(kept.sum())


def connected(count: int, one: Numbers, other: Numbers) -> Numbers:
    """The lowest number that each of ``count`` is connected with, by edges between ``one`` and ``other``."""
    roots = np.arange(count)
    while one.size:
        low, high = np.minimum(roots[one], roots[other]), np.maximum(roots[one], roots[other])
        apart = low != high
        one, other, low, high = one[apart], other[apart], low[apart], high[apart]
        np.minimum.at(roots, high, low)
        while (roots[roots] != roots).any():
            roots = roots[roots]
    return roots


class _Regions:
    """What the first pass collects, strip by strip."""

    def __init__(self) -> None:
        self._sizes: list[Numbers] = []
        self._values: list[Classes] = []
        self._borders: list[Numbers] = []  # (3, border): two regions, and the length that they share
        self._seams: list[Numbers] = []  # (2, pixel): regions of equal class on both sides of a strip's upper edge
        self._count = 0
        self._last: tuple[Classes, Numbers] | None = None

    def add(self, classes: Classes, nodata: int) -> None:
        """Take the next strip."""
        numbers, count = numbered(classes, nodata)
        inside = numbers >= 0
        self._sizes.append(np.bincount(numbers[inside], minlength=count))
        values = np.zeros(count, np.uint8)
        values[numbers[inside]] = classes[inside]
        self._values.append(values)
        numbers = np.where(inside, numbers + self._count, OUTSIDE)
        self._meet(numbers[:, :-1], numbers[:, 1:])
        self._meet(numbers[:-1], numbers[1:])
        if self._last is not None:
            self._join(*self._last, classes[0], numbers[0])
        self._last = classes[-1], numbers[-1]
        self._count += count

    def _join(self, above: Classes, regions: Numbers, classes: Classes, numbers: Numbers) -> None:
        """Connect a strip's first row with the last one above it."""
        both = (numbers >= 0) & (regions >= 0)
        same = both & (above == classes)
        self._seams.append(np.unique(np.stack([regions[same], numbers[same]]), axis=1))
        self._meet(regions, numbers)

    def _meet(self, one: Numbers, other: Numbers) -> None:
        """Count the sides of pixels by which two regions touch."""
        touch = (one != other) & (one >= 0) & (other >= 0)
        pairs = np.sort(np.stack([one[touch], other[touch]]), axis=0)
        found, lengths = np.unique(pairs, axis=1, return_counts=True)
        self._borders.append(np.concatenate([found, lengths[None]]))

    def joined(self, smallest_px: int) -> Classes:
        """The class of every region in the end."""
        if not self._count:
            return np.zeros(0, np.uint8)
        seams = np.concatenate([np.zeros((2, 0), np.int64), *self._seams], axis=1)
        roots = connected(self._count, seams[0], seams[1])
        sizes = np.bincount(roots, np.concatenate(self._sizes), self._count).astype(np.int64)
        values = np.concatenate(self._values)
        borders = np.concatenate(self._borders, axis=1)
        small = _Joining(sizes, values, smallest_px)
        small.learn(roots[borders[0]], roots[borders[1]], borders[2])
        small.run()
        return values[small.final(roots)]


class _Joining:
    """Joins small regions to their neighbours; all arrays are by region."""

    def __init__(self, sizes: Numbers, values: Classes, smallest_px: int) -> None:
        self._sizes, self._values, self._smallest_px = sizes, values, smallest_px
        self._into = np.arange(sizes.size)
        self._neighbours: dict[int, dict[int, int]] = {}

    def learn(self, one: Numbers, other: Numbers, lengths: Numbers) -> None:
        """Take the borders; only small regions have to know theirs."""
        small = self._sizes < self._smallest_px
        for mine, theirs in ((one, other), (other, one)):
            chosen = small[mine] & (mine != theirs)
            listed = (part[chosen].tolist() for part in (mine, theirs, lengths))
            for region, neighbour, length in zip(*listed, strict=True):
                known = self._neighbours.setdefault(region, {})
                known[neighbour] = known.get(neighbour, 0) + length

    def run(self) -> None:
        """Join, the smallest region first, of equal ones that whose first pixel comes first."""
        waiting = [(int(self._sizes[region]), region) for region in self._neighbours]
        heapq.heapify(waiting)
        while waiting:
            size, region = heapq.heappop(waiting)
            if self._into[region] != region or self._sizes[region] != size:
                continue  # it is part of another one, or has grown and waits again
            target = self._target(region)
            if target is None:
                continue
            grown = self._join(region, target)
            if self._sizes[grown] < self._smallest_px:
                heapq.heappush(waiting, (int(self._sizes[grown]), grown))

    def _target(self, region: int) -> int | None:
        """The neighbour with the longest border, of equal ones the first."""
        borders: dict[int, int] = {}
        for neighbour, length in self._neighbours.get(region, {}).items():
            root = self._root(neighbour)
            if root != region:
                borders[root] = borders.get(root, 0) + length
        self._neighbours[region] = borders
        return min(borders, key=lambda root: (-borders[root], root)) if borders else None

    def _join(self, region: int, target: int) -> int:
        """Make a region part of another one, and with it all neighbours that have its class; the new region."""
        value = self._values[target]
        others = [one for one in self._neighbours[region] if self._values[one] == value]
        parts = sorted({region, target, *others})
        keep, size = parts[0], int(self._sizes[parts].sum())
        known: dict[int, int] = {}
        for part in parts:
            for neighbour, length in self._neighbours.pop(part, {}).items():
                known[neighbour] = known.get(neighbour, 0) + length
            self._into[part] = keep
        self._sizes[keep], self._values[keep] = size, value
        if size < self._smallest_px:
            self._neighbours[keep] = known
        return keep

    def _root(self, region: int) -> int:
        while self._into[region] != region:
            self._into[region] = self._into[self._into[region]]
            region = int(self._into[region])
        return region

    def final(self, regions: Sequence[int] | Numbers) -> Numbers:
        """The region that each has become part of."""
        found = np.asarray(regions)
        while (self._into[found] != found).any():
            found = self._into[found]
        return np.asarray(found)
