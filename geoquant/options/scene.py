"""Options that say how to read a scene and its quality mask."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal

from geoquant.errors import OptionError
from geoquant.options.fields import check, option


@dataclass(frozen=True)
class SceneOptions:
    """How to read a scene where it does not speak for itself."""

    bands: tuple[str, ...] | None = option(
        None,
        "Bands in the model's order: names, common names, 1-based indices, ranges of these (1-129,136-224), or "
        "wavelengths where the scene tells them (665nm, 420-900nm).",
        metavar="B02,B03,...",
    )
    nodata: float | None = option(None, "Stored value that means no data, where the scene declares none.")
    scale: float | None = option(None, "Sensor scale, physical = stored * scale + offset, where the scene has none.")
    offset: float | None = option(None, "Sensor offset, see --scale.")
    gsd: float | None = option(None, "Resample bands to this ground sampling distance, in units of the CRS.")

    def __post_init__(self) -> None:
        check(self)
        if self.scale is not None and (not isfinite(self.scale) or self.scale == 0):
            raise OptionError(f"--scale is {self.scale}; it must be a finite number other than 0.")
        if self.offset is not None and not isfinite(self.offset):
            raise OptionError(f"--offset is {self.offset}; it must be a finite number.")


@dataclass(frozen=True)
class MaskOptions:
    """What the numbers of a quality mask mean, where it does not speak for itself."""

    mask_kind: Literal["scl", "qa_pixel", "fmask", "qa60", "udm2", "classes", "none"] | None = option(
        None,
        "What --mask is, by default told by its name or values: Sentinel-2 SCL or QA60, Landsat QA_PIXEL, HLS Fmask, "
        "PlanetScope UDM2, or classes (see --mask-classes); none: spectral tests, even where a product has a mask.",
        choices=("scl", "qa_pixel", "fmask", "qa60", "udm2", "classes", "none"),
    )
    mask_classes: tuple[str, ...] | None = option(
        None,
        "Conditions by value of any class raster given as --mask: clear, water, snow, thick cloud, thin cloud, cloud "
        "edge, shadow. Values without one are left to spectral tests.",
        metavar='"1=water,4-6=thick cloud,..."',
    )

    def __post_init__(self) -> None:
        check(self)
        if self.mask_classes is not None and self.mask_kind not in (None, "classes"):
            raise OptionError(f"--mask-classes gives a class raster its meaning; --mask-kind {self.mask_kind} is none.")
        if self.mask_kind == "classes" and not self.mask_classes:
            raise OptionError('--mask-kind classes needs --mask-classes "1=water,4-6=thick cloud,...".')


@dataclass(frozen=True, kw_only=True)
class AreaOptions:
    """Which part of a scene becomes a map."""

    aoi: str | None = option(
        None, "Polygons (GeoPackage or GeoJSON); outside of them the result is no data.", metavar="FILE"
    )
    bounds: tuple[float, float, float, float] | None = option(
        None, "Extent of the result, in the scene's CRS.", metavar="WEST SOUTH EAST NORTH"
    )


@dataclass(frozen=True)
class StrataOptions(AreaOptions):
    """What a map of strata is made from."""

    band_names: tuple[str, ...] | None = option(
        None, "What the scene's bands are, in its order, where it does not name them.", metavar="red,green,blue,nir,..."
    )
    overwrite: bool = option(False, "Replace an existing output.")

    def __post_init__(self) -> None:
        check(self)
