"""Options of a mosaic of scenes."""

from __future__ import annotations

from dataclasses import dataclass

from geoquant.options.classify import ClassifyOptions
from geoquant.options.fields import check, option

RULES = ("first", "latest", "clearest")


@dataclass(frozen=True)
class MosaicOptions:
    """How many scenes become one image."""

    rule: str = option(
        "first",
        "Where scenes overlap: the first that has data there (a folder's in the order of their names), the latest by "
        "acquisition date, or the clearest pixel (clouds and shadows lose; of equal ones the latest).",
        choices=RULES,
    )
    crs: str | None = option(
        None, "CRS of the mosaic's map; by default that of most of its pixels.", metavar="EPSG:CODE"
    )
    align: str | None = option(
        None, "Raster whose CRS, pixel size and pixel corners the mosaic's map takes.", metavar="FILE"
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class SheetOptions(ClassifyOptions):
    """How to stream a mosaic through a model, into a map for each square of a regular grid."""

    sheets: str | None = option(
        None,
        "The mosaic as a map for each square of a regular grid (100km, 5000m, 1deg, or a number in units of the CRS), "
        "in the folder that -o names, with a virtual raster and a STAC collection over all. Finished sheets are kept.",
        metavar="SIDE",
    )
