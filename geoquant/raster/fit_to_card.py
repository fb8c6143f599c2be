"""A scene as a model wants it: its bands in its order, sensor scales settled, at its ground sampling distance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from geoquant.errors import BandMismatch, OptionError
from geoquant.model_card.card import Band, ModelCard
from geoquant.options.scene import SceneOptions
from geoquant.raster.band_matching import listing_of, match, select
from geoquant.raster.pixel_size import SAME_SIZE, in_units_of_crs
from geoquant.raster.scene import Scene
from geoquant.raster.selection import at_resolution, gsd_option, selectable, with_bands
from geoquant.raster.types import SceneBand
from geoquant.raster.undeclared_nodata import empty_bands


def fit_to_card(scene: Scene, card: ModelCard, options: SceneOptions = SceneOptions()) -> Scene:  # noqa: B008
    """Select and order the scene's bands as the card's input channels, and resample them to its ground distance.

    - Bands: ``options.bands``, else by name, common name, or position where the scene names none.
    - Scale and offset: option, then product metadata or raster tags, then the card's band.
    - Nodata: option, then what the scene declares, then the card's.
    - Resolution: ``options.gsd``, then ``card.gsd_m``, then the finest of the bands. Bands whose pixels nest in the
      target by whole numbers are repeated or averaged exactly; others are
      interpolated bilinearly, or averaged from 1.5 stored pixels on. No valid value is made of pixels without data.

    Raises:
        BandMismatch: bands are missing, surplus or ambiguous.
        OptionError: the card works on physical values and nothing says how stored integers become physical.
    """
    chosen, warnings = _chosen(scene, card, options)
    fitted = with_bands(scene, chosen)
    target = _target_gsd(fitted, card, options)
    fitted = at_resolution(fitted, target)
    bands, more = _with_card_facts(fitted.bands, card)
    about_size = _size_warning(fitted, target)
    empty = empty_bands(replace(fitted, bands=bands))
    warnings += _unused_files(scene, chosen) + more + about_size + ((empty,) if empty else ())
    return replace(fitted, bands=bands, warnings=_unique(scene.warnings + warnings))


def _unused_files(scene: Scene, chosen: Sequence[SceneBand]) -> tuple[str, ...]:
    """A warning that names the files of a list that give no band; a product has more bands than a model takes."""
    used = {band.path for band in chosen}
    unused = sorted({band.path for band in scene.bands} - used)
    if scene.product is not None or not unused:
        return ()
    names = ", ".join(unused[:5]) + (f" and {len(unused) - 5} more" if len(unused) > 5 else "")
    return (f"Not used: {names}. The model takes none of its bands from there.",)


def _chosen(scene: Scene, card: ModelCard, options: SceneOptions) -> tuple[tuple[SceneBand, ...], tuple[str, ...]]:
    if options.bands is None:
        try:
            return match(scene.bands, card.bands)
        except BandMismatch:
            if scene.alpha is None or len(scene.bands) + 1 != len(card.bands):
                raise
        return _with_alpha(scene, card)
    chosen = select(selectable(scene), options.bands)
    if len(chosen) != len(card.bands):
        raise BandMismatch(
            f"--bands names {len(chosen)} bands, the model takes {len(card.bands)}: {listing_of(card.bands)}."
        )
    return chosen, ()


def _with_alpha(scene: Scene, card: ModelCard) -> tuple[tuple[SceneBand, ...], tuple[str, ...]]:
    """The scene with its alpha band as data where the model takes one band more: NAIP tags near infrared as alpha."""
    every = tuple(sorted(selectable(scene), key=lambda band: band.number))
    chosen, warnings = match(every, card.bands)
    note = f"Band {scene.alpha.number} is tagged as alpha but is read as data, since the model takes it."  # type: ignore[union-attr]
    return chosen, (*warnings, note)


def _target_gsd(scene: Scene, card: ModelCard, options: SceneOptions) -> tuple[float, float] | None:
    """Pixel size (down, right) in units of the CRS that the network wants, or None when it does not matter."""
    if options.gsd is None and card.gsd_m is not None and scene.grid.crs is not None:
        return in_units_of_crs(card.gsd_m, scene.grid)
    return gsd_option(options)


def _size_warning(scene: Scene, target: tuple[float, float] | None) -> tuple[str, ...]:
    finest = min(band.gsd for band in scene.bands)
    if target is None or finest <= max(target) * SAME_SIZE:
        return ()
    return (
        f"The scene's finest band has pixels of {finest:g}; the model works at {max(target):g}, so it is "
        f"interpolated and shows less than the model was trained on. --gsd {finest:g} keeps the scene's own pixels.",
    )


def _with_card_facts(bands: Sequence[SceneBand], card: ModelCard) -> tuple[tuple[SceneBand, ...], tuple[str, ...]]:
    """Scale, offset and nodata of the card where the scene has none."""
    settled = [_settled(band, wanted, card) for band, wanted in zip(bands, card.bands, strict=True)]
    borrowed = [band.name for band, result in zip(bands, settled, strict=True) if band.scale is None and result.scale]
    note = (
        f"The scene carries no scale and offset for {', '.join(borrowed)}; the model's are used: "
        f"physical = stored * {settled[0].scale:g} + {settled[0].offset:g}. See --scale and --offset."
    )
    integer = any(np.issubdtype(np.dtype(band.dtype), np.integer) for band in bands)
    return tuple(settled), (note,) if borrowed and card.units == "physical" and integer else ()


def _settled(band: SceneBand, wanted: Band, card: ModelCard) -> SceneBand:
    nodata = card.nodata if band.nodata is None and band.mask == "none" else band.nodata
    scale, offset = band.scale, band.offset
    integer = np.issubdtype(np.dtype(band.dtype), np.integer)
    if scale is None and wanted.scale is not None and integer:
        scale, offset = wanted.scale, wanted.offset or 0.0
    if scale is None and integer and card.units == "physical":
        raise OptionError(
            f"Band {band.name} holds {band.dtype} numbers, the model takes physical values, and neither the scene, its "
            f"product metadata nor the model's card says how one becomes the other. Pass --scale and --offset "
            f"(physical = stored * scale + offset), or open the product by its metadata file."
        )
    scale = 1.0 if scale is None else scale
    return replace(band, scale=scale, offset=0.0 if offset is None else offset, nodata=nodata)


def _unique(warnings: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(warnings))
