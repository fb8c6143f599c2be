"""The job: scenes in, the tiles to calibrate and to judge a model with out, for a person to look at and sign off."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from geoquant.errors import OptionError
from geoquant.model_card.card import Band, ModelCard, Normalization, Tiling
from geoquant.model_card.model import Model, open_model
from geoquant.onnx_graph.facts import fixed_side
from geoquant.options.quantize import SampleOptions
from geoquant.options.scene import MaskOptions, SceneOptions
from geoquant.output.destination import check_destination, part_file
from geoquant.progress import ProgressCallback, silent
from geoquant.raster.opening import open_scene
from geoquant.sampling.report import tiles_page
from geoquant.sampling.scenes import SceneReferences, files_of, stratified_scenes
from geoquant.sampling.summary import NumberedTile, SampleFiles, SampleSummary, numbered, summarize, tile_attributes
from geoquant.sampling.tile_outlines import TileOutline, check_suffix, write_tile_outlines
from geoquant.sampling.tile_selection import choose, tile_geometry
from geoquant.strata.stratified_scene import StratifiedScene

NO_MODEL_TILING = Tiling(halo_px=64, stride_px=32)
"""What is kept free round tiles, and what they align to, where no model says so: enough for most."""


def sample_tiles(  # noqa: PLR0913  nouns, options, then keywords
    model: str | Path | Model | None,
    scenes: Sequence[str | Path | Sequence[str | Path]],
    out: str | Path,
    options: SampleOptions = SampleOptions(),  # noqa: B008  frozen
    *,
    masks: Sequence[str | Path | None] | None = None,
    mask_options: MaskOptions = MaskOptions(),  # noqa: B008  frozen
    scene_options: SceneOptions = SceneOptions(),  # noqa: B008  frozen
    progress: ProgressCallback = silent,
) -> SampleSummary:
    """Choose calibration and held-out tiles over all scenes from their overviews, and show them.

    Beside ``out`` a page is written, ``NAME.html``: the tiles as pictures, and what they cover.

    Args:
        model: says which bands, at which ground distance, and how far apart tiles must lie; None takes the first
            scene's bands as they are, and 64 px between tiles.
        scenes: anything ``open_scene`` takes, in any CRS.
        out: the tiles to write, ``.gpkg`` or ``.geojson``.
        options: see ``SampleOptions``.
        masks: one quality mask per scene; None takes a product's own, or spectral tests where it has none.
        mask_options: what the masks' numbers mean, where they do not speak for themselves.
        scene_options: how to read the scenes.
        progress: is told what goes on; may raise ``Cancelled``.

    Raises:
        OptionError: an output exists or its folder does not, another suffix, no scene, or not one mask per scene.
        CardError: the model has no usable card.
        CalibrationError: too little valid data.
        RasterError: a scene can't be read.
    """
    started = time.perf_counter()
    check_suffix(Path(out))
    references = SceneReferences(tuple(masks or ()), (), mask_options)
    opened = model if isinstance(model, Model) or model is None else open_model(model)
    files = SampleFiles(opened.path if opened else None, Path(out), Path(out).with_suffix(".html"))
    inputs = [*files_of(scenes), *files_of(references.masks), *([opened.path] if opened else [])]
    for path in (files.out, files.report):
        check_destination(path, options.overwrite, inputs)
    card = opened.card if opened else _stand_in_card(scenes, scene_options)
    with stratified_scenes(scenes, references, card, scene_options, progress) as stratified:
        geometry = tile_geometry(stratified, card, options, fixed_side(opened.facts) if opened else None)
        chosen = choose(stratified, geometry, options, progress)
        summary = summarize(files, stratified, geometry, options, chosen)
        page = tiles_page(summary, stratified, chosen, progress)
        with part_file(files.report) as part:
            part.write_text(page, encoding="utf-8")
        # the tiles appear last, when nothing can fail any more
        write_tile_outlines(files.out, [_outline(tile, stratified) for tile in numbered(chosen.tiles)])
    return replace(summary, seconds=time.perf_counter() - started)


def _outline(tile: NumberedTile, scenes: Sequence[StratifiedScene]) -> TileOutline:
    place = tile.choice.candidate
    return TileOutline(scenes[place.scene].scene.grid, place.window, tile_attributes(tile, scenes))


def _stand_in_card(scenes: Sequence[str | Path | Sequence[str | Path]], options: SceneOptions) -> ModelCard:
    """A card that takes the first scene's bands as they are."""
    if not scenes:
        raise OptionError("no scene to choose tiles from; give at least one with --scenes.")
    with open_scene(scenes[0], options) as scene:
        bands = tuple(Band(band.name, band.common_name) for band in scene.bands)
    plain = Normalization((0.0,) * len(bands), (1.0,) * len(bands), kind="none")
    return ModelCard("no model", bands, plain, (), "dn", tiling=NO_MODEL_TILING)
