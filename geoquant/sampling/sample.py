"""The job: scenes in, the tiles to calibrate and to judge a model with out, for a person to look at and sign off."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from geoquant.errors import OptionError
from geoquant.model_card.card import Band, ModelCard, Normalization, Tiling
from geoquant.model_card.model import Model, open_model
from geoquant.onnx_graph.facts import fixed_side
from geoquant.options.quantize import SampleOptions
from geoquant.output.destination import check_destination, part_file
from geoquant.progress import ProgressCallback, silent
from geoquant.raster.scene import Source
from geoquant.raster.scene_input import SceneInput, scene_inputs
from geoquant.sampling.coverage import BandCoverage, check_coverage, coverage_plot
from geoquant.sampling.scenes import stratified_scenes
from geoquant.sampling.thumbnails import Shown, numbered, thumbnail_sheet
from geoquant.sampling.tile_outlines import TileOutline, check_suffix, write_tile_outlines
from geoquant.sampling.tile_selection import TileGeometry, TileSelection, choose, tile_geometry
from geoquant.strata.conditions import Stratum
from geoquant.strata.stratified_scene import StratifiedScene

NO_MODEL_TILING = Tiling(halo_px=64, stride_px=32)
"""What is kept free round tiles, and what they align to, where no model says so: enough for most."""


@dataclass(frozen=True)
class StratumTiles:
    """How many tiles were chosen for one imaging condition."""

    stratum: str
    calibration: int
    held_out: int


@dataclass(frozen=True)
class SampleSummary:
    """What was chosen.

    Attributes:
        out: the tiles, GeoPackage or GeoJSON.
        thumbnails: PNG of all tiles by stratum.
        coverage_plot: PNG of every band's histogram, all pixels and calibration tiles.
        tile_px: side of a tile.
        candidates: tiles there were to choose from.
        strata: tiles per imaging condition.
        coverage: per band, whether calibration reaches the tails.
        tiles: each tile as in the file.
        notes: what a person should read.
        seconds: wall time.
    """

    out: str
    thumbnails: str
    coverage_plot: str
    tile_px: int
    candidates: int
    strata: tuple[StratumTiles, ...]
    coverage: tuple[BandCoverage, ...]
    tiles: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def sample_tiles(
    model: str | Path | Model | None,
    scenes: Sequence[Source | SceneInput],
    out: str | Path,
    options: SampleOptions = SampleOptions(),  # noqa: B008  frozen
    *,
    progress: ProgressCallback = silent,
) -> SampleSummary:
    """Choose calibration and held-out tiles over all scenes from their overviews, and draw them.

    Beside ``out`` two pictures are written: ``NAME_thumbnails.png`` and ``NAME_coverage.png``.

    Args:
        model: says which bands, at which ground distance, and how far apart tiles must lie; None takes the first
            scene's bands as they are, and 64 px between tiles.
        scenes: anything ``open_scene`` takes, in any CRS, or with options and mask as a ``SceneInput``.
        out: the tiles to write, ``.gpkg`` or ``.geojson``.
        options: see ``SampleOptions``.
        progress: is told what goes on; may raise ``Cancelled``.

    Raises:
        OptionError: an output exists or its folder does not, another suffix, or no scene.
        CardError: the model has no usable card.
        CalibrationError: too little valid data.
        RasterError: a scene can't be read.
    """
    started = time.perf_counter()
    outputs, inputs = _outputs(Path(out)), scene_inputs(scenes)
    opened = model if isinstance(model, Model) or model is None else open_model(model)
    files = [*(file for given in inputs for file in given.files), *([opened.path] if opened else [])]
    for path in outputs:
        check_destination(path, options.overwrite, files)
    card = opened.card if opened else _stand_in_card(inputs)
    with stratified_scenes(inputs, card, progress) as stratified:
        geometry = tile_geometry(stratified, card, options, fixed_side(opened.facts) if opened else None)
        chosen = choose(stratified, geometry, options, progress)
        work = _Work(stratified, geometry, options, chosen, numbered(chosen.tiles), check_coverage(chosen))
        _write(outputs, work, progress)
        return _summary(outputs, work, time.perf_counter() - started)


@dataclass(frozen=True)
class _Work:
    """What was chosen, and from what."""

    scenes: Sequence[StratifiedScene]
    geometry: TileGeometry
    options: SampleOptions
    chosen: TileSelection
    shown: Sequence[Shown]
    coverage: tuple[BandCoverage, ...]


def _outputs(tiles: Path) -> tuple[Path, Path, Path]:
    """The tiles, the sheet of thumbnails and the coverage plot."""
    check_suffix(tiles)
    return tiles, *(tiles.with_name(f"{tiles.stem}_{name}.png") for name in ("thumbnails", "coverage"))  # type: ignore[return-value]


def _write(outputs: tuple[Path, Path, Path], work: _Work, progress: ProgressCallback) -> None:
    """Draw everything first: the tiles appear last, when nothing can fail any more."""
    tiles, *pictures = outputs
    sheet = thumbnail_sheet(work.shown, work.scenes, _title(work), progress)
    plot = coverage_plot(work.chosen, work.scenes, work.coverage)
    for path, picture in zip(pictures, (sheet, plot), strict=True):
        with part_file(path) as part:
            part.write_bytes(picture)
    write_tile_outlines(tiles, [_outline(tile, work.scenes) for tile in work.shown])


def _summary(outputs: tuple[Path, Path, Path], work: _Work, seconds: float) -> SampleSummary:
    tiles, sheet, plot = outputs
    return SampleSummary(
        out=str(tiles),
        thumbnails=str(sheet),
        coverage_plot=str(plot),
        tile_px=work.geometry.tile_px,
        candidates=work.chosen.candidates,
        strata=_strata_rows(work.chosen),
        coverage=work.coverage,
        tiles=tuple({"number": tile.number, **_record(tile, work.scenes)} for tile in work.shown),
        notes=_notes(work),
        seconds=seconds,
    )


def _stand_in_card(inputs: Sequence[SceneInput]) -> ModelCard:
    """A card that takes the first scene's bands as they are."""
    if not inputs:
        raise OptionError("no scene to choose tiles from; give at least one with --scenes.")
    with inputs[0].open() as scene:
        bands = tuple(Band(band.name, band.common_name) for band in scene.bands)
    plain = Normalization((0.0,) * len(bands), (1.0,) * len(bands), kind="none")
    return ModelCard("no model", bands, plain, (), "dn", tiling=NO_MODEL_TILING)


def _title(work: _Work) -> str:
    chosen = work.chosen
    count = len(chosen.tiles.calibration) + len(chosen.tiles.held_out)
    return f"{count} tiles of {work.geometry.tile_px} px, chosen from {chosen.candidates} with seed {work.options.seed}"


def _record(tile: Shown, scenes: Sequence[StratifiedScene]) -> dict[str, Any]:
    """A tile's attributes, as the file and the summary hold them."""
    choice, window = tile.choice, tile.choice.candidate.window
    shares = choice.candidate.shares
    return {
        "scene": scenes[choice.candidate.scene].scene.name,
        "stratum": choice.stratum.label,
        "role": tile.role,
        "reason": choice.reason,
        "row": window.row,
        "col": window.col,
        "height": window.height,
        "width": window.width,
        "nodata_share": round(float(shares[Stratum.NO_DATA]), 4),
        **{f"share_{s.name.lower()}": round(float(shares[s]), 4) for s in Stratum if s != Stratum.NO_DATA},
    }


def _outline(tile: Shown, scenes: Sequence[StratifiedScene]) -> TileOutline:
    place = tile.choice.candidate
    return TileOutline(scenes[place.scene].scene.grid, place.window, _record(tile, scenes))


def _strata_rows(chosen: TileSelection) -> tuple[StratumTiles, ...]:
    first = [choice.stratum for choice in chosen.tiles.calibration]
    second = [choice.stratum for choice in chosen.tiles.held_out]
    used = sorted({*first, *second})
    return tuple(StratumTiles(stratum.label, first.count(stratum), second.count(stratum)) for stratum in used)


def _notes(work: _Work) -> tuple[str, ...]:
    notes, options, tiles = [], work.options, work.chosen.tiles
    if work.geometry.tile_px != options.tile:
        notes.append(
            f"tiles are {work.geometry.tile_px} px instead of {options.tile}: the scenes are too small for "
            f"{options.tiles} + {options.held_out} larger ones, or the model's stride asks for it"
        )
    found = len(tiles.calibration), len(tiles.held_out)
    if sum(found) < options.tiles + options.held_out:
        notes.append(f"the scenes only gave {found[0]} calibration and {found[1]} held-out tiles")
    elif found[0] > options.tiles:
        notes.append(f"{found[0] - options.tiles} calibration tiles were added to reach the bands' tails")
    unjudged = [row.stratum for row in _strata_rows(work.chosen) if not row.held_out]
    if unjudged:
        notes.append("no held-out tile was chosen for " + ", ".join(unjudged))
    missed = [band.band for band in work.coverage if not (band.low_covered and band.high_covered)]
    if missed:
        notes.append(f"no tile that could be taken reaches a tail of {', '.join(missed)}; see the coverage plot")
    return tuple(notes)
