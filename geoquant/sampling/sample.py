"""The job: scenes in, the tiles to calibrate and to judge a model with out, for a person to look at and sign off."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from geoquant.errors import OptionError
from geoquant.model_card.card import Band, ModelCard, Normalization, Tiling
from geoquant.model_card.model import Model, open_model
from geoquant.options.quantize import SampleOptions
from geoquant.output.destination import check_destination, part_file
from geoquant.progress import ProgressCallback, silent
from geoquant.raster.scene import Source
from geoquant.raster.scene_input import SceneInput, scene_inputs
from geoquant.sampling.report import tiles_page
from geoquant.sampling.scenes import check_unchanged, stratified_scenes
from geoquant.sampling.summary import NumberedTile, SampleFiles, SampleSummary, numbered, summarize, tile_attributes
from geoquant.sampling.tile_outlines import TileOutline, check_suffix, write_tile_outlines
from geoquant.sampling.tile_selection import choose, tile_geometry
from geoquant.strata.stratified_scene import StratifiedScene

NO_MODEL_TILING = Tiling(halo_px=64, stride_px=32)
"""Pixels kept free round tiles, and the stride that they align to, where no model says so: enough for most."""


def sample_tiles(
    model: str | Path | Model | None,
    scenes: Sequence[Source | SceneInput],
    out: str | Path,
    options: SampleOptions = SampleOptions(),  # noqa: B008  frozen
    *,
    progress: ProgressCallback = silent,
) -> SampleSummary:
    """Choose calibration and held-out tiles over all scenes from their overviews, and show them.

    Beside ``out`` a page is written, ``NAME.html``: the tiles as pictures, and what they cover.

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
    check_suffix(Path(out))
    given = scene_inputs(scenes)
    opened = model if isinstance(model, Model) or model is None else open_model(model)
    files = SampleFiles(opened.path if opened else None, Path(out), Path(out).with_suffix(".html"))
    inputs = [*(file for one in given for file in one.files), *([opened.path] if opened else [])]
    for path in (files.out, files.report):
        check_destination(path, options.overwrite, inputs)
    card = opened.card if opened else _stand_in_card(given)
    with stratified_scenes(given, card, progress) as stratified:
        geometry = tile_geometry(stratified, card, options, opened.facts if opened else None)
        chosen = choose(stratified, geometry, options, progress)
        summary = summarize(files, stratified, geometry, options, chosen)
        page = tiles_page(summary, stratified, chosen, progress)
        check_unchanged(stratified)
        with part_file(files.report) as part:
            part.write_text(page, encoding="utf-8")
        # the tiles appear last, when nothing can fail any more
        write_tile_outlines(files.out, [_outline(tile, stratified) for tile in numbered(chosen.tiles)])
    return replace(summary, seconds=time.perf_counter() - started)


def _outline(tile: NumberedTile, scenes: Sequence[StratifiedScene]) -> TileOutline:
    place = tile.choice.candidate
    return TileOutline(scenes[place.scene].scene.grid, place.window, tile_attributes(tile, scenes))


def _stand_in_card(inputs: Sequence[SceneInput]) -> ModelCard:
    """A card that takes the first scene's bands as they are."""
    if not inputs:
        raise OptionError("no scene to choose tiles from; give at least one with --scenes.")
    with inputs[0].open() as scene:
        bands = tuple(Band(band.name, band.common_name) for band in scene.bands)
    plain = Normalization((0.0,) * len(bands), (1.0,) * len(bands), kind="none")
    return ModelCard("no model", bands, plain, (), "dn", tiling=NO_MODEL_TILING)
