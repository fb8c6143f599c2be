"""A mosaic: scenes on one grid, in one order, read window by window. It holds no handle, so it can be pickled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from geoquant.grid import Grid, Window
from geoquant.raster import padded_reading
from geoquant.raster.mosaic.units import Units, change_units
from geoquant.raster.scene import MAX_CACHE_BYTES, Scene
from geoquant.raster.source_watch import SourceWatch
from geoquant.raster.types import Edge, Pixels, SceneBand, empty_pixels

MEETING_SCENES = 4
"""Members whose blocks are decoded at once: a window of a mosaic rarely meets more."""
CHECKED_BLOCK_PX = 512
"""Higher blocks than this do not set the rows that are read at a time."""


class Clarity(Protocol):
    """Tells how clear the pixels of a member are."""

    def ranks(self, window: Window) -> NDArray[np.uint8]:
        """``(y, x)`` of a window of the member, 0 for the clearest; the same whichever window a pixel is read in."""


@dataclass(frozen=True)
class Member:
    """A scene of a mosaic.

    Attributes:
        scene: The scene on its own cut of the mosaic's grid.
        window: The place of that cut in the mosaic.
        acquired: The date of acquisition as ISO 8601, or empty.
        clarity: What tells its clear pixels from others; None where nobody asks.
    """

    scene: Scene
    window: Window
    acquired: str = ""
    clarity: Clarity | None = None


@dataclass(frozen=True)
class Mosaic:
    """Scenes as one image. Safe to read from many threads.

    Attributes:
        name: The name for people.
        grid: The grid of its pixels.
        members: The scenes; of those with data at a pixel (and equal clarity, where it counts) the first one gives it.
        units: The units of what ``read_into`` gives.
        rule: The rule of overlaps that gave the order.
        warnings: What is unusual about its scenes.
    """

    name: str
    grid: Grid
    members: tuple[Member, ...]
    units: Units
    rule: str
    warnings: tuple[str, ...] = ()
    _boxes: NDArray[np.int64] = field(init=False, repr=False, compare=False)
    _unlike: tuple[Scene, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sides = [(w.row, w.row_end, w.col, w.col_end) for w in (member.window for member in self.members)]
        object.__setattr__(self, "_boxes", np.array(sides, np.int64).reshape(-1, 4))
        by_storage = {_storage(member.scene): member.scene for member in self.members}
        object.__setattr__(self, "_unlike", tuple(by_storage.values()))  # a plan asks hundreds of times

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of stored numbers."""
        return self.units.dtype

    @cached_property
    def bands(self) -> tuple[SceneBand, ...]:
        """The bands of the first member, in the mosaic's units."""
        own = self.members[0].scene.bands
        return tuple(
            replace(band, scale=scale, offset=offset)
            for band, (scale, offset) in zip(own, self.units.scales, strict=True)
        )

    @property
    def rpc(self) -> tuple[tuple[str, str], ...]:
        """None: every member has a CRS."""
        return ()

    @property
    def is_remote(self) -> bool:
        """Whether reading any member goes over a network."""
        return any(member.scene.is_remote for member in self.members)

    @property
    def files(self) -> frozenset[str]:
        """Everything that reading may touch."""
        return frozenset().union(*(member.scene.files for member in self.members))

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the members' own, their order and the rule."""
        facts = [self.rule, *((member.scene.fingerprint, repr(member.window)) for member in self.members)]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    @property
    def block_px(self) -> tuple[int, int]:
        """``(y, x)`` pixels that are decoded together, of any member."""
        sizes = [member.scene.block_px for member in self.members]
        return min(CHECKED_BLOCK_PX, max(rows for rows, _ in sizes)), max(columns for _, columns in sizes)

    def block_cache_bytes(self, rows_px: int, width_px: int) -> int:
        """As ``Scene.block_cache_bytes``, for the members that a window meets."""
        largest = max(scene.block_cache_bytes(rows_px, width_px) for scene in self._unlike)
        return min(MAX_CACHE_BYTES, largest * min(MEETING_SCENES, len(self.members)))

    def watch(self) -> SourceWatch:
        """A watch over the sources of all members.

        Raises:
            RasterError: one has changed already.
        """
        marks: dict[str, str] = {}
        for member in self.members:
            marks.update(member.scene.watch().marks)
        return SourceWatch(marks)

    def sources_under(self, window: Window) -> frozenset[str]:
        """The sources of the members that reach into a window."""
        return frozenset().union(*(member.scene.sources for member in self.meeting(window)))

    def close(self) -> None:
        """Close the handles that any thread has open on the members' files."""
        for member in self.members:
            member.scene.close()

    def meeting(self, window: Window) -> list[Member]:
        """The members that reach into a window, in their order."""
        top, bottom, left, right = self._boxes.T
        meets = (top < window.row_end) & (bottom > window.row) & (left < window.col_end) & (right > window.col)
        return [self.members[i] for i in np.flatnonzero(meets)]

    def part(self, window: Window, context_px: int) -> Mosaic:
        """The mosaic of those members alone that reach into a window or the pixels around it, on the same grid.

        Its window reads as the whole mosaic's does, and its fingerprint does not know the other scenes. It repeats no
        warnings.
        """
        return replace(self, members=tuple(self.meeting(window.expand(context_px))), warnings=())

    def read_tolerant(
        self, window: Window, edge: Edge = "reflect", *, skip_bad_blocks: bool = True, into: Pixels | None = None
    ) -> tuple[Pixels, frozenset[Window]]:
        """As ``Scene.read_tolerant``; only the mosaic's own edge is reflected."""
        return padded_reading.read_tolerant(self, window, edge, into or self.empty(window), skip_bad_blocks)

    def empty(self, window: Window) -> Pixels:
        """Arrays for the pixels of a window, with any content."""
        return empty_pixels(len(self.units.scales), self.dtype, window)

    def read_into(self, window: Window, pixels: Pixels, skip_bad_blocks: bool) -> frozenset[Window]:
        """Fill ``pixels`` with a window inside the grid; the damaged blocks that were left out."""
        members = self.meeting(window)
        if len(members) == 1 and self._fills(members[0], window):
            bad = members[0].scene.read_into(_within(members[0], window), pixels, skip_bad_blocks)
            return _moved(bad, members[0])
        pixels.values[...], pixels.valid[...] = 0, False
        overlay = _Overlay(self, window, pixels)
        bad = frozenset[Window]()
        for member in members:
            if overlay.is_open(member):
                bad |= overlay.add(member, skip_bad_blocks)
        return bad

    def _fills(self, member: Member, window: Window) -> bool:
        """Whether a member gives the whole window as it is stored."""
        scene = member.scene
        covers = member.window.intersection(window) == window
        return covers and scene.dtype == self.dtype and self.units.changes(scene.bands) is None


def _storage(scene: Scene) -> Hashable:
    """All that a scene's block cache depends on; of many scenes most are alike."""
    paths = [band.path for band in scene.bands]
    bands = tuple(
        (paths.index(band.path), band.storage, band.grid.height, band.grid.width, band.grid.pixel_size)
        for band in scene.bands
    )
    return bands, scene.grid.width, scene.grid.pixel_size


class _Overlay:
    """Pixels of one window while members are laid over each other, the best first."""

    def __init__(self, mosaic: Mosaic, window: Window, pixels: Pixels) -> None:
        self._mosaic, self._window, self._pixels = mosaic, window, pixels
        self._ranks = np.full(pixels.valid.shape, 255, np.uint8)
        """(y, x) clarity of what is there; 255 where nothing is."""

    def is_open(self, member: Member) -> bool:
        """Whether a member may change anything: of the clearest pixels none is changed, nor without clarity any."""
        best = 0 if member.clarity else 254
        return bool((self._ranks[self._part(member).slices] > best).any())

    def add(self, member: Member, skip_bad_blocks: bool) -> frozenset[Window]:
        """Take a member's valid pixels where they are clearer than what is there, or nothing is."""
        part = self._part(member)
        y, x = part.slices
        own = Window(self._window.row + part.row, self._window.col + part.col, part.height, part.width)
        inside = _within(member, own)
        found = member.scene.empty(inside)
        bad = member.scene.read_into(inside, found, skip_bad_blocks)
        ranks = member.clarity.ranks(inside) if member.clarity else np.uint8(0)
        taken = found.valid & (ranks < self._ranks[y, x])
        values = self._in_shared_units(member, found.values)
        np.copyto(self._pixels.values[:, y, x], values, where=taken)
        self._pixels.valid[y, x] |= taken
        self._ranks[y, x] = np.where(taken, ranks, self._ranks[y, x])
        return _moved(bad, member)

    def _part(self, member: Member) -> Window:
        """The member's part of the window, counted from the window's corner."""
        return member.window.intersection(self._window).relative_to(self._window)

    def _in_shared_units(self, member: Member, stored: NDArray[Any]) -> NDArray[Any]:
        units = self._mosaic.units
        changes = units.changes(member.scene.bands)
        return stored if changes is None else change_units(stored, changes, units.dtype)


def _within(member: Member, window: Window) -> Window:
    """A window of the mosaic in pixels of the member's own grid."""
    return window.relative_to(member.window)


def _moved(bad: frozenset[Window], member: Member) -> frozenset[Window]:
    """Windows of a member as windows of the mosaic."""
    at = member.window
    return frozenset(Window(block.row + at.row, block.col + at.col, block.height, block.width) for block in bad)
