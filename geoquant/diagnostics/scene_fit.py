"""The fit of a scene to a card, band by band: which band fits, how it was found, where its scale comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geoquant.drift.guard import drift_guard
from geoquant.errors import BandMismatch, OptionError, RasterError
from geoquant.model_card.card import Band, ModelCard
from geoquant.options.scene import SceneOptions
from geoquant.preprocessing.chain import Chain, InputChain, input_chain
from geoquant.raster.band_names import plain
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.scattered import scattered_pixels
from geoquant.raster.scene import Scene
from geoquant.raster.scene_input import SceneInput
from geoquant.raster.types import Pixels, SceneBand
from geoquant.redaction import redacted

_SAMPLE_WINDOWS, _SAMPLE_PX = 16, 16  # along each side, and the side of each: about 256 x 256 pixels


@dataclass(frozen=True)
class BandValues:
    """Percentiles of a sample of a band's valid pixels.

    Attributes:
        stored: The 1st, 50th and 99th percentile as stored.
        z: The same percentiles as they enter the network.
        outside_calibration: The share of pixels beyond the calibrated range, 0..1; None for a float model.
    """

    stored: tuple[float, float, float]
    z: tuple[float, float, float]
    outside_calibration: float | None


@dataclass(frozen=True)
class BandFit:
    """One input channel of the model and the scene's band for it.

    Attributes:
        wanted: The card's band.
        wanted_common_name: The STAC common name of the card's band, when known.
        found: The scene's band; None when there is none.
        found_common_name: The STAC common name of the scene's band, when known.
        number: The position of the scene's band in the scene, from 1.
        matched_by: One of "name", "common name", "stand-in", "order", "--bands" or "nothing".
        dtype: The stored type.
        scale: The sensor scale that is used; None where stored numbers enter as they are.
        offset: The sensor offset that is used.
        scale_from: The source of scale and offset: "option", "product" (its metadata), "raster" (its tags), "card",
            "floating point" (none needed) or "not used" (the model takes stored numbers).
        nodata: The stored value that means no data.
        gsd: The pixel size of the band's file, in units of its CRS.
        path: The file that holds the band.
        values: Percentiles of a sample, when requested.
    """

    wanted: str
    wanted_common_name: str | None
    found: str | None = None
    found_common_name: str | None = None
    number: int | None = None
    matched_by: str = "nothing"
    dtype: str | None = None
    scale: float | None = None
    offset: float | None = None
    scale_from: str = ""
    nodata: float | None = None
    gsd: float | None = None
    path: str | None = None
    values: BandValues | None = None


@dataclass(frozen=True)
class SceneFit:
    """How a scene fits a card.

    Attributes:
        name: The name of the scene.
        product: Sensor, level and baseline, when the scene is a known product.
        crs: The name of the CRS; None when the scene has none.
        width: The number of columns as the model would see the scene.
        height: The number of rows, alike.
        pixel_size: The pixel size (down, right) as the model would see it, in units of the CRS.
        validity: How invalid pixels are known.
        scene_bands: All of the scene's bands, as "2: B03 (green)".
        bands: One entry per input channel.
        warnings: What is unusual, each with the option that settles it.
        problem: Why the scene does not fit; None when it does.
        valid_share: The share of the sample's pixels that are valid, when values were requested.
    """

    name: str
    product: str | None
    crs: str | None
    width: int
    height: int
    pixel_size: tuple[float, float]
    validity: str
    scene_bands: tuple[str, ...]
    bands: tuple[BandFit, ...]
    warnings: tuple[str, ...]
    problem: str | None = None
    valid_share: float | None = None

    @property
    def fits(self) -> bool:
        """Whether the model can run over the scene as it is."""
        return self.problem is None


@dataclass(frozen=True)
class FittedScene:
    """A scene that fits a card, open.

    Attributes:
        scene: The scene, with the card's bands.
        chain: How its stored numbers enter the network.
    """

    scene: Scene
    chain: InputChain


def fit_scene(given: SceneInput, card: ModelCard, values: bool = False) -> SceneFit:
    """Open a scene and fit it to the card; that it does not fit is an answer, not an error.

    Raises:
        RasterError: the scene can't be opened, or not be read for its values.
    """
    with fitted_scene(given, card, values) as (report, _):
        return report


@contextmanager
def fitted_scene(
    given: SceneInput, card: ModelCard, values: bool = False
) -> Iterator[tuple[SceneFit, FittedScene | None]]:
    """As ``fit_scene``, with the scene itself, open, where it fits.

    Raises:
        RasterError: as ``fit_scene``.
    """
    options = given.options
    with replace(given, options=replace(options, bands=None, gsd=None)).open() as raw:
        fitted = _fitted(raw, card, options)
        if isinstance(fitted, str):
            likely = tuple(_row(wanted, _likely(raw, wanted), raw, card, options) for wanted in card.bands)
            rows = tuple(replace(row, scale=None, offset=None, scale_from="") for row in likely)
            yield _report(raw, raw, rows, fitted), None
        else:
            bands = zip(card.bands, fitted.scene.bands, strict=True)
            rows = tuple(_row(wanted, band, raw, card, options) for wanted, band in bands)
            report = _report(raw, fitted.scene, rows, None)
            yield _with_values(report, fitted) if values else report, fitted


def _fitted(raw: Scene, card: ModelCard, options: SceneOptions) -> FittedScene | str:
    """The scene as the model takes it, or why it does not fit."""
    try:
        scene = fit_to_card(raw, card, options)
    except (BandMismatch, OptionError, RasterError) as error:
        return str(error)
    return FittedScene(scene, input_chain(card, scene.bands, scene.dtype))


def _report(raw: Scene, shown: Scene, rows: tuple[BandFit, ...], problem: str | None) -> SceneFit:
    product = raw.product
    return SceneFit(
        name=raw.name,
        product=f"{product.sensor} {product.level}, baseline {product.baseline}" if product else None,
        crs=_crs_name(shown.grid.crs),
        width=shown.grid.width,
        height=shown.grid.height,
        pixel_size=shown.grid.pixel_size,
        validity=shown.validity,
        scene_bands=tuple(_listed(band) for band in raw.bands),
        bands=rows,
        warnings=shown.warnings,
        problem=problem,
    )


def _crs_name(wkt: str | None) -> str | None:
    """The name that a WKT definition starts with."""
    found = re.search(r'"([^"]*)"', wkt) if wkt else None
    return found[1] if found else wkt


def _listed(band: SceneBand) -> str:
    known = band.common_name and band.common_name != band.name
    return f"{band.number}: {band.name}" + (f" ({band.common_name})" if known else "")


def _likely(scene: Scene, wanted: Band) -> SceneBand | None:
    """The only band that a person would take for ``wanted``, to show beside it when the whole does not fit."""
    found = [band for band in scene.bands if _match(band, wanted) in ("name", "common name")]
    return found[0] if len(found) == 1 else None


def _match(band: SceneBand, wanted: Band) -> str:
    if plain(band.name) == plain(wanted.name):
        return "name"
    names = {plain(name) for name in (wanted.common_name, wanted.name) if name}
    if band.common_name and plain(band.common_name) in names:
        return "common name"
    return "stand-in" if band.common_name and wanted.common_name else "order"


def _row(wanted: Band, band: SceneBand | None, raw: Scene, card: ModelCard, options: SceneOptions) -> BandFit:
    if band is None:
        return BandFit(wanted.name, wanted.common_name)
    original = next((one for one in raw.bands if one.number == band.number), band)
    physical = card.units == "physical"
    return BandFit(
        wanted=wanted.name,
        wanted_common_name=wanted.common_name,
        found=band.name,
        found_common_name=band.common_name,
        number=band.number,
        matched_by="--bands" if options.bands is not None else _match(band, wanted),
        dtype=band.dtype,
        scale=band.scale if physical else None,
        offset=band.offset if physical else None,
        scale_from=_scale_from(original, wanted, raw, card, options),
        nodata=band.nodata,
        gsd=band.gsd,
        path=redacted(band.path),
    )


def _scale_from(band: SceneBand, wanted: Band, raw: Scene, card: ModelCard, options: SceneOptions) -> str:
    if card.units == "dn":
        return "not used"
    if options.scale is not None or options.offset is not None:
        return "option"
    if band.scale is not None:
        return "product" if raw.product is not None else "raster"
    if not np.issubdtype(np.dtype(band.dtype), np.integer):
        return "floating point"
    return "card" if wanted.scale is not None else "unknown"


def _with_values(report: SceneFit, fitted: FittedScene) -> SceneFit:
    """Percentiles of pixels from all over the scene, as stored and as they enter the network."""
    chain, pixels = fitted.chain, scattered_pixels(fitted.scene, _SAMPLE_WINDOWS, _SAMPLE_PX)
    share = float(pixels.valid.mean())
    if not pixels.valid.any():
        return replace(report, valid_share=0.0)
    outside, unlike = _outside(chain, pixels)
    rows = tuple(
        replace(row, values=_values(pixels.values[index][pixels.valid], band, outside.get(row.wanted)))
        for index, (row, band) in enumerate(zip(report.bands, chain.bands, strict=True))
    )
    warnings = (*report.warnings, unlike) if unlike else report.warnings
    return replace(report, bands=rows, valid_share=share, warnings=warnings)


def _outside(chain: InputChain, pixels: Pixels) -> tuple[dict[str, float], str]:
    """Band -> share of the pixels outside the calibrated range, and why a float model can't see the scene, if so.

    It is the drift guard that tells, as in ``classify``: both have to say the same of a scene.
    """
    guard = drift_guard(chain)
    if guard is None:
        return {}, ""
    counters = replace(guard, profile=None).count(pixels.values, pixels.valid)
    return guard.shares(counters), "" if guard.calibrated else guard.diagnosis(counters)


def _values(stored: NDArray[np.generic], chain: Chain, outside: float | None) -> BandValues:
    return BandValues(_percentiles(stored.astype(np.float64)), _percentiles(chain.normalized(stored)), outside)


def _percentiles(values: NDArray[np.float64]) -> tuple[float, float, float]:
    low, middle, high = np.percentile(values, (1, 50, 99))
    return float(low), float(middle), float(high)
