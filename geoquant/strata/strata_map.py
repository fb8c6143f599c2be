"""A map of a scene's imaging conditions, as calibration and judging see them, so that a person can look."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant._version import __version__
from geoquant.concurrency import inference_pool
from geoquant.errors import GeoquantWarning, OptionError
from geoquant.grid import Window
from geoquant.model_card.card import ClassLabel
from geoquant.model_card.model import Model
from geoquant.model_card.reading import read_card
from geoquant.options.scene import StrataOptions
from geoquant.output.areas import count_values
from geoquant.output.cog import assemble_cog
from geoquant.output.destination import check_beside, check_destination, check_free_space, check_raster_suffix
from geoquant.output.shard_files import write_shard
from geoquant.output.style import Publication
from geoquant.output.work_folder import work_folder
from geoquant.progress import Progress, ProgressCallback, silent
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.ground import GroundAreas, ground_areas, shown, without_areas
from geoquant.raster.handles import reserve_block_cache
from geoquant.raster.region import Region, region_of
from geoquant.raster.scene import Scene, Source
from geoquant.raster.scene_input import SceneInput, scene_input
from geoquant.raster.selection import with_bands
from geoquant.raster.undeclared_nodata import empty_bands
from geoquant.strata.conditions import Stratum
from geoquant.strata.spectra import find_roles
from geoquant.strata.stratified_scene import StratifiedScene, stratify, stratify_by

SHARD_PX = 1024
"""Side of the pieces; a multiple of 32, so that their overviews are the map's."""

STRATUM_COLORS = {
    Stratum.LAND_DULL_BARE: "#c79a6b",
    Stratum.LAND_DULL_GREEN: "#3fae5a",
    Stratum.LAND_BRIGHT_BARE: "#ffc267",
    Stratum.LAND_BRIGHT_GREEN: "#a6e05a",
    Stratum.WATER: "#4aa3ff",
    Stratum.SNOW: "#b9f3ff",
    Stratum.THICK_CLOUD: "#cbc6d4",
    Stratum.THIN_CLOUD: "#d5c8ff",
    Stratum.CLOUD_EDGE: "#ff8ad8",
    Stratum.SHADOW: "#9a8cff",
    Stratum.SCENE_EDGE: "#ff5a4d",
}


@dataclass(frozen=True)
class StrataSummary:
    """What a map of strata shows.

    Attributes:
        out: The file of the map.
        told_by: What told the conditions: the mask and its kind, or the spectral tests and their bands.
        pixels: The number of pixels of the map.
        valid_pixels: The number of those that hold data.
        seconds: The wall time.
        pixels_by_stratum: Pixels by the condition's label.
        area_m2_by_stratum: Square metres on the ellipsoid by the condition's label; empty where the CRS says nothing of
            the ground.
        warnings: What is unusual about the scene.
        confidence_by_stratum: How far the conditions that occur can be trusted, 0..1, by label; see docs/strata.md.
        doubts: What is implausible about them.
    """

    out: Path
    told_by: str
    pixels: int
    valid_pixels: int
    seconds: float
    pixels_by_stratum: Mapping[str, int]
    area_m2_by_stratum: Mapping[str, float]
    warnings: tuple[str, ...] = ()
    confidence_by_stratum: Mapping[str, float] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The summary as JSON values."""
        return {**asdict(self), "out": str(self.out)}


def map_strata(
    scene: Source | SceneInput,
    out: str | Path,
    options: StrataOptions = StrataOptions(),  # noqa: B008  frozen
    *,
    model: str | Path | Model | None = None,
    progress: ProgressCallback = silent,
) -> StrataSummary:
    """Write the imaging conditions of a scene as a styled class map, a Cloud-Optimized GeoTIFF.

    They are those that ``quantize`` chooses and judges tiles by. Memory does not grow with the scene.

    Args:
        scene: anything ``open_scene`` takes, an opened scene, or one with options and mask as a ``SceneInput``.
        out: the map to write.
        options: see ``StrataOptions``.
        model: its card then says which bands are read and how, as ``quantize`` of it would; None takes the scene's
            blue, green, red, near and short-wave infrared, as far as it has them.
        progress: is told what is done; may raise ``Cancelled``.

    Raises:
        OptionError: the output exists or can't be written there, the mask can't be understood, or bounds and polygons
            leave nothing of the scene.
        RasterError: scene or mask can't be read.
        Cancelled: nothing is left behind.
    """
    started, target, given = time.perf_counter(), Path(out), scene_input(scene)
    model_file = model.path if isinstance(model, Model) else model
    area_file = options.aoi.partition("|")[0] if options.aoi else None
    beside = [file for file in (model_file, area_file) if file is not None]
    check_destination(target, options.overwrite, [*given.files, *beside])
    check_raster_suffix(target)
    check_beside(target, options.overwrite)
    card = None if model is None else model.card if isinstance(model, Model) else read_card(model)
    opened = given.open()
    try:
        if card is not None:
            stratified = stratify(fit_to_card(opened, card, given.options), card, given.mask, None, given.mask_options)
        else:
            fitted, roles = _by_role(opened, options.band_names)
            stratified = stratify_by(fitted, roles, given.mask, given.mask_options)
        with closing(stratified):
            check_destination(target, options.overwrite, sorted(stratified.scene.files))
            piecewise = _Pieces.of(stratified, region_of(stratified.scene, options))
            for oddity in (*stratified.scene.warnings, *piecewise.without_areas, *stratified.doubts):
                warnings.warn(oddity, GeoquantWarning, stacklevel=2)
            summary = _write(piecewise, target, progress)
    finally:
        opened.close()
    return replace(summary, seconds=time.perf_counter() - started)


def stratum_labels() -> tuple[ClassLabel, ...]:
    """The strata as classes of a map; no data is not among them."""
    return tuple(ClassLabel(int(stratum), stratum.label, color) for stratum, color in STRATUM_COLORS.items())


def _by_role(scene: Scene, names: tuple[str, ...] | None) -> tuple[Scene, dict[str, int]]:
    """The scene with the bands that the spectral tests need, and role -> position among them.

    Raises:
        OptionError: not one name per band.
    """
    if names is not None and len(names) != len(scene.bands):
        raise OptionError(
            f"--band-names gives {len(names)} names, but {scene.name} has {len(scene.bands)} bands; give one for each, "
            "or choose bands with --bands."
        )
    own = [(band.common_name, band.name) for band in scene.bands]
    wavelengths = None if names else [band.centre_wavelength_um for band in scene.bands]
    roles = find_roles([(name,) for name in names] if names else own, wavelengths)
    if not {"blue", "green", "red"} <= set(roles):
        warnings.warn(
            f"{scene.name} names {', '.join(roles) or 'no band'} of blue, green and red, so that clouds are told by "
            "brightness alone; name its bands with --band-names red,green,blue,nir,...",
            GeoquantWarning,
            stacklevel=3,
        )
    used = sorted(set(roles.values())) or list(range(min(3, len(scene.bands))))
    chosen = with_bands(scene, [scene.bands[i] for i in used])
    empty = empty_bands(chosen)
    chosen = replace(chosen, warnings=(*chosen.warnings, empty)) if empty else chosen
    return chosen, {role: used.index(i) for role, i in roles.items()}


@dataclass(frozen=True)
class _Pieces:
    """A scene in strata, the part of it that becomes a map, and the ground under that."""

    stratified: StratifiedScene
    region: Region
    ground: GroundAreas | None

    @classmethod
    def of(cls, stratified: StratifiedScene, region: Region) -> _Pieces:
        return cls(stratified, region, ground_areas(stratified.scene.grid, region.window))

    @property
    def without_areas(self) -> tuple[str, ...]:
        scene = self.stratified.scene
        return without_areas(scene.name, scene.grid, self.ground)

    @property
    def windows(self) -> list[Window]:
        """Squares of ``SHARD_PX`` from the region's first pixel on, in pixels of the scene."""
        whole = self.region.window
        return [
            Window(row, col, min(SHARD_PX, whole.row_end - row), min(SHARD_PX, whole.col_end - col))
            for row in range(whole.row, whole.row_end, SHARD_PX)
            for col in range(whole.col, whole.col_end, SHARD_PX)
        ]

    def finish(self, file: Path, window: Window) -> NDArray[np.int64]:
        """One piece on disk; its pixels per stratum, and their ground in whole units, (2, 256)."""
        with self.stratified.watch.reading(), self.stratified.with_own_mask() as own:
            conditions = own.strata(window)
        inside = self.region.mask(self.stratified.scene, window)
        if inside is not None:
            conditions = np.where(inside, conditions, np.uint8(Stratum.NO_DATA))
        write_shard(file, conditions, self.stratified.scene.grid.crop(window), int(Stratum.NO_DATA))
        pixels = count_values(conditions)
        return np.stack([pixels, pixels if self.ground is None else self.ground.units_by_value(conditions, window)])


def _write(pieces: _Pieces, out: Path, progress: ProgressCallback) -> StrataSummary:
    """Stream the strata piece by piece, and publish them."""
    scene, region, workers = pieces.stratified.scene, pieces.region.window, os.cpu_count() or 1
    windows, counts = pieces.windows, np.zeros((2, 256), np.int64)
    check_free_space(out.resolve().parent, region.pixels // 4)
    reserve_block_cache(scene.block_cache_bytes(SHARD_PX + 2 * pieces.stratified.reach_px, region.width))
    with (
        work_folder(out.resolve().parent) as folder,
        inference_pool(workers) as tile_pool,
    ):
        files = [folder / f"r{window.row}_c{window.col}.tif" for window in windows]

        def work(item: tuple[Path, Window], _: None) -> NDArray[np.int64]:
            return pieces.finish(*item)

        items, done = list(zip(files, windows, strict=True)), 0
        for window, counted in zip(windows, tile_pool.in_order(items, lambda _: None, work), strict=True):
            counts, done = counts + counted, done + window.pixels
            progress(Progress("telling strata apart", done, region.pixels, "px"))
        pieces.stratified.watch.check()
        summary = _summary(pieces, out, counts)
        publication = Publication(stratum_labels(), int(Stratum.NO_DATA), _tags(summary, pieces))
        placed = [(file, window.relative_to(region)) for file, window in items]
        assemble_cog(placed, scene.grid.crop(region), out, publication, progress=progress)
    return summary


def _summary(pieces: _Pieces, out: Path, counts: NDArray[np.int64]) -> StrataSummary:
    pixels, units = ({label.name: int(row[label.value]) for label in stratum_labels()} for row in counts)
    ground, sure = pieces.ground, pieces.stratified.confidence
    return StrataSummary(
        out=out,
        told_by=pieces.stratified.told_by,
        pixels=pieces.region.window.pixels,
        valid_pixels=sum(pixels.values()),
        seconds=0.0,
        pixels_by_stratum=pixels,
        area_m2_by_stratum={} if ground is None else {name: shown(units[name] * ground.unit_m2) for name in units},
        warnings=pieces.stratified.scene.warnings,
        confidence_by_stratum={stratum.label: round(value, 3) for stratum, value in sure.by_stratum.items()},
        doubts=sure.doubts,
    )


def _tags(summary: StrataSummary, pieces: _Pieces) -> dict[str, str]:
    return {
        "GEOQUANT_VERSION": __version__,
        "GEOQUANT_SOURCE": pieces.stratified.scene.name,
        "GEOQUANT_STRATA": summary.told_by,
        "GEOQUANT_STRATA_CONFIDENCE": pieces.stratified.confidence.in_words(),
        **pieces.region.tags,
    }
