"""The stream: a shard of a scene, read tile by tile, through the engine, into a class map (DESIGN 7).

The thread that runs a shard is its reader: it walks the shard's tiles in order with its own raster handle, so that
decoded neighbours are still in that handle's cache, and hands each tile to the crew's inference threads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from geoquant.doors.engine import Engine
from geoquant.doors.raster import Pixels
from geoquant.doors.vector import polygon_mask
from geoquant.jobs.crew import Crew
from geoquant.numbers.argmax import above, argmax
from geoquant.numbers.blend import ScoreStrip, hann_window
from geoquant.numbers.confidence import CONFIDENCE_NODATA, confidence_percent
from geoquant.numbers.drift import DriftGuard
from geoquant.numbers.grid import Grid, Window
from geoquant.numbers.normalize import Encoder
from geoquant.numbers.tally import Tally, count_values
from geoquant.numbers.tiles import Lattice, Tile, blended_rows, exact_tiles
from geoquant.words.card import ModelCard

Scores = NDArray[np.float32]  # (class, y, x)
Mask = NDArray[np.bool_]  # (y, x)


@dataclass(frozen=True)
class Network:
    """What turns pixels into classes: the card, the engine that runs the model, and the way into it."""

    card: ModelCard
    engine: Engine
    encode: Encoder
    lattice: Lattice
    guard: DriftGuard | None = None


@dataclass(frozen=True)
class Wishes:
    """What the caller wants of the stream beyond classes."""

    polygons: tuple[Any, ...] | None = None
    confidence: bool = False
    skip_bad_blocks: bool = False


@dataclass(frozen=True)
class Reading:
    """One tile's pixels, as far as anybody wants them.

    Attributes:
        pixels: of the read window; None where no polygon reaches.
        wanted: ``(y, x)`` of the write window: valid and inside the polygons.
        bad_blocks: windows of the scene that could not be read and are invalid.
    """

    pixels: Pixels | None
    wanted: Mask
    bad_blocks: frozenset[Window] = frozenset()


@dataclass(frozen=True)
class Canvas:
    """The result over one shard: ``classes (y, x)`` and, when asked for, ``percent (y, x)``; no data until painted."""

    window: Window
    classes: NDArray[np.uint8]
    percent: NDArray[np.uint8] | None

    def paint(self, area: Window, wanted: Mask, classes: NDArray[np.uint8], percent: NDArray[np.uint8] | None) -> None:
        """Write ``classes`` (and ``percent``) over ``area`` of the scene where ``wanted``; all ``(y, x)`` of it."""
        at = area.relative_to(self.window).slices
        np.copyto(self.classes[at], classes, where=wanted)
        if self.percent is not None and percent is not None:
            np.copyto(self.percent[at], percent, where=wanted)


def blank_canvas(window: Window, nodata: int, confidence: bool) -> Canvas:
    """A canvas of no data over ``window``."""
    shape = window.height, window.width
    percent = np.full(shape, CONFIDENCE_NODATA, np.uint8) if confidence else None
    return Canvas(window, np.full(shape, nodata, np.uint8), percent)


class Readable(Protocol):
    """A scene, or a block of one in memory. Threads may read at once."""

    @property
    def grid(self) -> Grid:
        """The whole scene's grid."""

    def read_tolerant(
        self, window: Window, edge: Literal["reflect", "zero"], *, skip_bad_blocks: bool
    ) -> tuple[Pixels, frozenset[Window]]:
        """Pixels of a window that may reach beyond the scene, and the blocks that were skipped."""


@dataclass(frozen=True)
class Stream:
    """A scene and a network, ready to run shard by shard. Thread-safe: several shards may run at once."""

    scene: Readable
    network: Network
    crew: Crew
    wishes: Wishes = field(default_factory=Wishes)

    def run(self, shard: Window, tile_done: Callable[[int], None] = lambda pixels: None) -> tuple[Canvas, Tally]:
        """Classify one shard, a window of the scene's grid.

        Args:
            shard: inside the scene.
            tile_done: called with the number of finished pixels, from any thread.

        Raises:
            RasterError: when a window can't be read and ``skip_bad_blocks`` is off.
            EngineError: when the engine fails.
            Cancelled: when the crew is told to stop.
        """
        canvas = blank_canvas(shard, self.network.card.output_nodata, self.wishes.confidence)
        fill = self._fill_blended if self.network.lattice.blended else self._fill_exact
        tally = fill(canvas, tile_done)
        return canvas, replace(tally, values=count_values(canvas.classes))

    def _fill_exact(self, canvas: Canvas, tile_done: Callable[[int], None]) -> Tally:
        """Every tile stands alone: its write window is final."""

        def work(tile: Tile, reading: Reading) -> Tally:
            if reading.pixels is not None and reading.wanted.any():
                core = tile.write.relative_to(tile.read)
                canvas.paint(tile.write, reading.wanted, *self._classify(reading.pixels, core))
            tile_done(tile.write.pixels)
            return self._count(tile, reading)

        return sum(self.crew.in_order(exact_tiles(canvas.window, self.network.lattice), self._read, work), Tally())

    def _fill_blended(self, canvas: Canvas, tile_done: Callable[[int], None]) -> Tally:
        """Scores of overlapping tiles are added up in lattice order; rows that no later tile touches are painted."""
        lattice, shard, tally = self.network.lattice, canvas.window, Tally()
        weights = hann_window(lattice.tile_px)
        strip = ScoreStrip(Window(shard.row, shard.col, lattice.tile_px, shard.width))
        wanted = np.zeros(canvas.classes.shape, bool)
        for row in blended_rows(shard, lattice):
            for tile, reading, scores in self.crew.in_order(row, self._read, self._score):
                wanted[tile.write.relative_to(shard).slices] |= reading.wanted
                if scores is not None:
                    strip.add(scores, weights, tile.read)
                tally += self._count(tile, reading)
            final = max(strip.window.row, min(row[0].read.row + lattice.step_px, shard.row_end))
            done = Window(strip.window.row, shard.col, final - strip.window.row, shard.width)
            blended = strip.drain(done.height)
            if blended is not None:
                canvas.paint(done, wanted[done.relative_to(shard).slices], *self._decide(blended))
            tile_done(done.pixels)
        return tally

    def _read(self, tile: Tile) -> Reading:
        """Read a tile, unless no polygon reaches it."""
        wanted: Mask = np.ones((tile.write.height, tile.write.width), bool)
        if self.wishes.polygons is not None:
            wanted = polygon_mask(self.wishes.polygons, self.scene.grid.crop(tile.write))
            if not wanted.any():
                return Reading(None, wanted)
        edge, skip = self.network.card.tiling.edge, self.wishes.skip_bad_blocks
        pixels, bad_blocks = self.scene.read_tolerant(tile.read, edge, skip_bad_blocks=skip)
        return Reading(pixels, wanted & pixels.valid[tile.write.relative_to(tile.read).slices], bad_blocks)

    def _count(self, tile: Tile, reading: Reading) -> Tally:
        """The drift guard's counters of the write window, and the blocks that were skipped."""
        guard, pixels = self.network.guard, reading.pixels
        if guard is None or pixels is None:
            return Tally(bad_blocks=reading.bad_blocks)
        core = tile.write.relative_to(tile.read).slices
        drift = guard.count(pixels.values[(slice(None), *core)], reading.wanted, tile.write.row)
        return Tally(drift=drift, bad_blocks=reading.bad_blocks)

    def _classify(self, pixels: Pixels, core: Window) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
        """Pixel values ``(y, x)`` of the core of one tile, and the confidence if it is wanted."""
        batch = self.network.encode(pixels.values, pixels.valid)[None]
        if self.wishes.confidence:
            scores = self.network.engine.scores(batch)[0][(slice(None), *core.slices)]
            return self._decide(np.ascontiguousarray(scores))
        return self._values(self.network.engine.classes(batch)[0][core.slices]), None

    def _score(self, tile: Tile, reading: Reading) -> tuple[Tile, Reading, Scores | None]:
        """Scores of one whole tile, or None where none of its pixels is wanted."""
        if reading.pixels is None or not reading.wanted.any():
            return tile, reading, None
        batch = self.network.encode(reading.pixels.values, reading.pixels.valid)[None]
        return tile, reading, self.network.engine.scores(batch)[0]

    def _decide(self, scores: Scores) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
        """Pixel values and, if wanted, confidence of ``scores (class, y, x)``; the same rule as the engine's own."""
        kind = self.network.card.output
        percent = confidence_percent(scores, kind) if self.wishes.confidence else None
        if scores.shape[0] == 1:
            return self._values(above(scores[None], 0.5 if kind == "probabilities" else 0.0)[0]), percent
        return self._values(argmax(scores)), percent

    def _values(self, channels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The classes' pixel values of ``channels (y, x)``."""
        values = np.array([label.value for label in self.network.card.classes], np.uint8)
        return channels if np.array_equal(values, np.arange(len(values))) else values.take(channels)
