"""Choose tiles of stratified scenes: candidates from the decimated views, and the choice among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geoquant.errors import CalibrationError
from geoquant.grid import Window
from geoquant.model_card.card import ModelCard
from geoquant.model_card.lattice import lattice_for
from geoquant.onnx_graph.facts import GraphFacts
from geoquant.options.classify import ClassifyOptions
from geoquant.options.quantize import EvaluateOptions, QuantizeOptions, SampleOptions
from geoquant.preprocessing.chain import in_physical_units
from geoquant.progress import Progress, ProgressCallback
from geoquant.raster.decimation import decimation, overview
from geoquant.raster.scene import Scene
from geoquant.sampling.candidates import (
    MIN_VALID_SHARE,
    CandidateTile,
    cover,
    describe,
    fitting_tile,
    free_positions,
    main_stratum,
)
from geoquant.sampling.readable_tiles import readable_choice
from geoquant.sampling.stratified_sampling import (
    TAILS,
    ChosenTile,
    TailCoverage,
    TileChoice,
    choose_tiles,
    tiles_by_stratum,
)
from geoquant.sampling.tile_picking import Wanted
from geoquant.sampling.value_histogram import Histograms
from geoquant.strata.conditions import Stratum
from geoquant.strata.stratified_scene import StratifiedScene
from geoquant.tile_grid import Lattice

TileOptions = QuantizeOptions | SampleOptions | EvaluateOptions
"""The options of the jobs that choose tiles: both say how many, how large, and the seed."""


TILES_OF_A_SCENE = 64
"""Tiles, at least about, that scenes are cut into where all of their pixels are judged: intervals rest on them."""


def candidates_of(
    stratified: StratifiedScene, position: int, windows: Sequence[Window], min_valid: float = MIN_VALID_SHARE
) -> list[CandidateTile]:
    """Describe tiles of a scene from its decimated view; those without enough data are left out.

    Args:
        stratified: the scene.
        position: its position among all scenes.
        windows: tiles on its grid.
        min_valid: share of a tile's pixels that hold data, from which on it is described; 0 asks for a pixel.
    """
    scene, factor = stratified.scene, decimation(stratified.scene)
    pixels = overview(scene)
    values = in_physical_units(pixels.values, scene.bands)
    strata = stratified.overview_strata()
    described = []
    for window in windows:
        rows, cols = view_slices(window, factor)
        part = values[:, rows, cols], pixels.valid[rows, cols], strata[rows, cols]
        described.append(describe(*part, position, window))
    return [tile for tile in described if tile is not None and 1 - tile.shares[Stratum.NO_DATA] >= min_valid]


def view_slices(window: Window, factor: int) -> tuple[slice, slice]:
    """(y, x) slices of a tile in a view decimated by ``factor``; at least a pixel."""
    row, col = window.row // factor, window.col // factor
    return slice(row, max(row + 1, window.row_end // factor)), slice(col, max(col + 1, window.col_end // factor))


@dataclass(frozen=True)
class TileGeometry:
    """How large tiles are and what lies around them.

    Attributes:
        tile_px: The side of a tile; calibration observes it, judging compares it.
        context_px: The margin read around it so that its classes are those of the whole scene, and left between tiles
            that calibrate and tiles that judge; 0 where tiles are blended: no margin holds all that the network sees.
        stride_px: The model's total stride.
        lattice: Where the tiles lie that ``classify`` blends, which are what the network runs on; None where the tile
            with its context is.
        whole: Whether every tile has that very side and may reach beyond its scene: the network only runs at one size.
    """

    tile_px: int
    context_px: int
    stride_px: int
    lattice: Lattice | None = None
    whole: bool = False

    @property
    def run_px(self) -> int:
        """The side of what enters the network at once."""
        return self.tile_px + 2 * self.context_px if self.lattice is None else self.lattice.tile_px

    def at_most(self, wanted_px: int) -> int:
        """The largest side that a tile may have where so many pixels are wished for: a blended one is within a cell."""
        return wanted_px if self.lattice is None else min(wanted_px, self.lattice.step_px)

    @property
    def reach_px(self) -> int:
        """How far around a tile the scene is read, at most."""
        return self.context_px if self.lattice is None else self.lattice.tile_px


def tile_geometry(
    scenes: Sequence[StratifiedScene], card: ModelCard, options: TileOptions, facts: GraphFacts | None = None
) -> TileGeometry:
    """The tile size: as the options say, halved down to 64 px while the scenes are too small for enough tiles.

    Tiles of a network that is blended are no larger than a cell of its lattice.

    Args:
        scenes: to calibrate and judge on.
        card: halo and stride.
        options: the wished size and numbers of tiles.
        facts: of the network's graph; None takes any size, with the card's halo.

    Raises:
        CalibrationError: the network only runs at a size that is no square, or smaller than its context needs.
        OptionError: the card's overlap is more than half a tile.
    """
    stride, fixed_px = card.tiling.stride_px, None if facts is None else facts.fixed_side
    if facts is not None and not facts.is_exact:
        lattice = lattice_for(card, facts, ClassifyOptions(), 1)
        if not lattice.blended:  # classes: the middle of each tile is kept
            return TileGeometry(lattice.tile_px, lattice.halo_px, stride, whole=True)
        side = _fitting(scenes, replace(options, tile=min(options.tile, lattice.step_px)), 0, stride)
        return TileGeometry(side, 0, stride, lattice)
    context = card.tiling.halo_px or 0
    if fixed_px is None:
        return TileGeometry(_fitting(scenes, options, context, stride), context, stride)
    if fixed_px <= 2 * context:
        raise CalibrationError(
            f"the network only runs at {fixed_px} px, which its context of {context} px on each side fills; export "
            "it with dynamic height and width."
        )
    return TileGeometry(fixed_px - 2 * context, context, stride, whole=True)


def _fitting(scenes: Sequence[StratifiedScene], options: TileOptions, gap_px: int, stride_px: int) -> int:
    grids = [(stratified.scene.grid, stratified.valid_share) for stratified in scenes]
    wanted = (options.tiles or TILES_OF_A_SCENE) + options.held_out
    return fitting_tile(grids, options.tile, wanted, gap_px, stride_px)


@dataclass(frozen=True)
class TileSelection:
    """Tiles, and what they were chosen from.

    Attributes:
        tiles: The tiles to calibrate and to judge with.
        pixels: Histograms of all valid pixels of all scenes, in the units of ``in_physical_units``.
        tails: The tails of these histograms.
        candidates: The number of tiles there were to choose from.
        available: The number of them that can stand for each stratum that occurs.
    """

    tiles: TileChoice
    pixels: Histograms
    tails: TailCoverage
    candidates: int
    available: Mapping[Stratum, int]


def choose(
    scenes: Sequence[StratifiedScene],
    geometry: TileGeometry,
    options: TileOptions,
    progress: ProgressCallback,
    seen: Sequence[Sequence[Window]] = (),
) -> TileSelection:
    """Choose calibration and held-out tiles over all scenes; those that can't be read are left out, with a warning.

    Args:
        scenes: to choose from.
        geometry: of the tiles.
        options: how many, and the seed.
        progress: is told after each scene.
        seen: per scene, windows of which no tile may be in the context; or nothing.

    Raises:
        CalibrationError: fewer than 4 tiles with valid data.
    """
    grids = [stratified.scene.grid for stratified in scenes]
    positions = free_positions(grids, geometry.tile_px, geometry.stride_px)
    taken = around(seen, geometry.context_px)
    free = [[w for w in windows if not _touches(w, taken, i)] for i, windows in enumerate(positions)]
    found, pixels = _described(scenes, free, progress)
    tails = TailCoverage(tuple(band.name for band in scenes[0].scene.bands), *pixels.quantiles(*TAILS))
    wanted = Wanted(options.tiles or TILES_OF_A_SCENE, options.held_out, options.seed, geometry.context_px)

    def pick(candidates: Sequence[CandidateTile]) -> TileChoice:
        _check_enough(candidates, geometry, any(seen))
        return choose_tiles(candidates, wanted, tails)

    tiles = readable_choice(found, [stratified.scene for stratified in scenes], reach_px(geometry, scenes), pick)
    available = {stratum: len(members) for stratum, members in tiles_by_stratum(found).items()}
    return TileSelection(tiles, pixels, tails, len(found), available)


def unseen_tiles(
    scenes: Sequence[StratifiedScene],
    geometry: TileGeometry,
    seen: Sequence[Sequence[Window]],
    progress: ProgressCallback,
) -> tuple[ChosenTile, ...]:
    """Tiles that together hold every valid pixel whose context calibration has not seen, once.

    Tiles that hold others too are to be read with ``around(seen, context)`` left out. Those that can't be read are left
    out, with a warning.

    Args:
        scenes: to cut up.
        geometry: of the tiles.
        seen: per scene, windows that calibrated.
        progress: is told after each scene.

    Raises:
        CalibrationError: no valid data, or calibration has seen all of it.
    """
    taken = around(seen, geometry.context_px)
    windows = [
        [window for window in _cover(one, geometry) if not all_inside(window, taken[i])] for i, one in enumerate(scenes)
    ]
    found, _ = _described(scenes, windows, progress, min_valid=0)

    def pick(candidates: Sequence[CandidateTile]) -> TileChoice:
        if not candidates:
            unseen = " that calibration has not seen" if any(seen) else ""
            raise CalibrationError(f"the scenes hold no valid data{unseen}; give others with --scenes.")
        return TileChoice((), tuple(ChosenTile(tile, main_stratum(tile), "all is judged") for tile in candidates))

    return readable_choice(found, [one.scene for one in scenes], reach_px(geometry, scenes), pick).held_out


def _cover(stratified: StratifiedScene, geometry: TileGeometry) -> list[Window]:
    return cover(stratified.scene.grid, geometry.tile_px, geometry.stride_px, geometry.whole)


def all_inside(window: Window, taken: Sequence[Window]) -> bool:
    """Whether every pixel of a window lies in one of the others."""
    free = np.ones((window.height, window.width), bool)
    for other in taken:
        shared = other.intersection(window)
        free[shared.relative_to(window).slices] = False
    return not free.any()


def around(windows: Sequence[Sequence[Window]], margin_px: int) -> list[list[Window]]:
    """Per scene, windows with a margin: where a network's result depends on what lies in them."""
    return [[window.expand(margin_px) for window in each] for each in windows]


def reach_px(geometry: TileGeometry, scenes: Sequence[StratifiedScene]) -> int:
    """How far around a tile its scene is read."""
    return max(geometry.reach_px, *(stratified.reach_px for stratified in scenes))


def _touches(window: Window, taken: Sequence[Sequence[Window]], scene: int) -> bool:
    return bool(taken) and any(window.intersection(other).pixels for other in taken[scene])


def _described(
    scenes: Sequence[StratifiedScene],
    windows: Sequence[Sequence[Window]],
    progress: ProgressCallback,
    min_valid: float = MIN_VALID_SHARE,
) -> tuple[list[CandidateTile], Histograms]:
    """The tiles of all scenes that hold data, and histograms of all valid pixels."""
    found: list[CandidateTile] = []
    pixels = Histograms.empty(len(scenes[0].scene.bands))
    for position, stratified in enumerate(scenes):
        found += candidates_of(stratified, position, windows[position], min_valid)
        pixels.add(_valid_pixels(stratified.scene))
        progress(Progress("choosing tiles", position + 1, len(scenes), "scenes"))
    return found, pixels


def _check_enough(candidates: Sequence[CandidateTile], geometry: TileGeometry, some_are_seen: bool) -> None:
    if len(candidates) < 4:
        unseen = " that calibration has not seen" if some_are_seen else ""
        raise CalibrationError(
            f"only {len(candidates)} tiles of {geometry.tile_px} px hold valid data{unseen}; at least 4 are needed. "
            "Give larger or more scenes with --scenes, smaller tiles with --tile, or check --nodata."
        )


def _valid_pixels(scene: Scene) -> NDArray[np.float32]:
    """(band, pixel) of the decimated view, in the units of ``in_physical_units``."""
    view = overview(scene)
    return in_physical_units(view.values[:, view.valid], scene.bands)
