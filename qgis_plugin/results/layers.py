# SPDX-License-Identifier: GPL-2.0-or-later
"""From QGIS's layers to what geoquant opens: raster sources, extents and polygons in the scene's CRS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsCsException,
    QgsFeature,
    QgsFeatureRequest,
    QgsFeatureSource,
    QgsFields,
    QgsGeometry,
    QgsMapLayer,
    QgsProcessingException,
    QgsProviderRegistry,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorFileWriter,
)

from ..compat import MULTI_POLYGON
from ..labels import tr

PICTURES = {"wms": "WMS, WMTS or XYZ", "arcgismapserver": "ArcGIS map"}
"""Raster providers that give pictures of data."""
SERVICE = re.compile(r"^(WMS:|WMTS:|WCS:|ZXY:|EEDA|<GDAL_WMS|<WMS_|<WCS_)", re.IGNORECASE)
"""Sources by which GDAL reads from services."""
SENTINEL2 = re.compile(r"^SENTINEL2_L\w+:(?P<product>.+\.xml)(:[^/:]+)*$")
"""A layer out of a Sentinel-2 product, which QGIS opens one resolution at a time."""
LANDSAT_BAND = re.compile(r"^(?P<product>L[COTEM]0\d_L\w+_\d{6}_\d{8}_\d{8}_02_\w+?)_(SR|ST)_B\w+\.TIF$", re.IGNORECASE)
"""A band of a Landsat Collection 2 product, which comes as one file per band."""
SENTINEL2_BAND = re.compile(r"^T\d\d[A-Z]{3}_\d{8}T\d{6}_B\w\w(_\d0m)?\.jp2$")
SENTINEL2_METADATA = ("MTD_MSIL2A.xml", "MTD_MSIL1C.xml")
"""A band of a Sentinel-2 product, and what describes the product, in the same folder or above it."""
EDGE_PARTS = 64
"""Edges of polygons are cut to this part of their extent before they change CRS: straight lines become curves."""


def source_of(layer: QgsMapLayer) -> str:
    """What geoquant opens for a layer as it is: a path, or an address of GDAL.

    Raises:
        QgsProcessingException: the layer is no raster that a file or GDAL's virtual file systems give.
    """
    name = layer.name()
    if not isinstance(layer, QgsRasterLayer):
        raise QgsProcessingException(tr("“{}” is not a raster layer; choose a raster.").format(name))
    _refuse_services(layer)
    source, options = _parts(layer)
    if options:
        raise QgsProcessingException(
            tr(
                "“{}” was opened with the GDAL options {}, which geoquant does not know; save it as a VRT first."
            ).format(name, ", ".join(options))
        )
    return source


def scenes_of(layers: list[QgsRasterLayer]) -> list[str]:
    """What geoquant opens for layers of imagery: a part of a product stands for the whole, which counts once."""
    sources = [source_of(layer) for layer in layers]
    return list(dict.fromkeys(product_of(source) or source for source in sources))


def _refuse_services(layer: QgsRasterLayer) -> None:
    """Refuse what gives pictures, and what lies in QGIS's own memory or in a database, where geoquant can't read it."""
    name, provider, source = layer.name(), layer.providerType(), layer.source()
    advice = tr("choose a raster file, a VRT or an address that GDAL reads (/vsicurl/…).")
    if provider in PICTURES or SERVICE.match(source):
        kind = PICTURES.get(provider, "GDAL")
        found = tr("“{}” comes from a {} service, which gives pictures instead of measured values").format(name, kind)
        raise QgsProcessingException(f"{found}; {advice}")
    if source.startswith("/vsimem/") or provider == "virtualraster":
        found = tr("“{}” exists only in the memory of QGIS").format(name)
        raise QgsProcessingException(tr("{}; save it as a file first (Export, Save As).").format(found))
    if provider != "gdal" or source.startswith("PG:"):
        found = tr("“{}” comes from “{}”, which geoquant can't read").format(name, provider)
        raise QgsProcessingException(f"{found}; {advice}")
    if "authcfg=" in source:
        found = tr("“{}” needs a password that only QGIS has").format(name)
        raise QgsProcessingException(tr("{}; download it, or give GDAL the password by its own means.").format(found))


def _parts(layer: QgsRasterLayer) -> tuple[str, list[str]]:
    """GDAL's name of the source, and the options that QGIS opens it with."""
    source = layer.source()
    options = QgsProviderRegistry.instance().decodeUri("gdal", source).get("openOptions") or []
    return source.split("|", 1)[0] if options else source, list(options)


def product_of(source: str) -> str | None:
    """The metadata file of the product that a source is a band or a part of, if geoquant knows its kind."""
    if match := SENTINEL2.match(source):
        return match.group("product").strip('"')
    path = Path(source)
    described: list[Path] = []
    if match := LANDSAT_BAND.match(path.name):
        described = [path.with_name(f"{match.group('product')}_MTL{suffix}") for suffix in (".json", ".xml", ".txt")]
    elif SENTINEL2_BAND.match(path.name):
        described = [folder / name for folder in path.parents for name in SENTINEL2_METADATA]
    return next((str(one) for one in described if one.is_file()), None)


def bounds_of(extent: QgsRectangle) -> tuple[str, ...] | None:
    """West, south, east, north of an extent in the scene's CRS; None for no extent."""
    if extent.isNull() or extent.isEmpty():
        return None
    sides = (extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum())
    return tuple(repr(side) for side in sides)


@dataclass(frozen=True)
class Place:
    """Where a raster lies.

    Attributes:
        shown: the CRS that QGIS takes its coordinates for, which a user may have set by hand.
        stored: the CRS that its file names, which geoquant reads.
    """

    shown: QgsCoordinateReferenceSystem
    stored: QgsCoordinateReferenceSystem


def place_of(layer: QgsRasterLayer) -> Place:
    """Where a layer lies."""
    return Place(layer.crs(), layer.dataProvider().crs())


def write_polygons(
    source: QgsFeatureSource, place: Place, transforms: QgsCoordinateTransformContext, path: Path
) -> None:
    """Write the polygons of ``source``, its selected ones where it says so, as a GeoPackage in a raster's CRS.

    They are moved to the CRS that QGIS shows the raster in, and called by that of its file: coordinates agree.

    Raises:
        QgsProcessingException: there is no polygon, or it can't be brought to the raster's CRS.
    """
    geometries = [_moved(feature, source.sourceCrs(), place.shown, transforms) for feature in source.getFeatures(PLAIN)]
    polygons = [geometry for geometry in geometries if geometry is not None]
    if not polygons:
        raise QgsProcessingException(tr("The area of interest holds no polygon; select some, or leave it empty."))
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName = "GPKG", "aoi"
    writer = QgsVectorFileWriter.create(str(path), QgsFields(), MULTI_POLYGON, place.stored, transforms, options)
    for polygon in polygons:
        feature = QgsFeature()
        feature.setGeometry(polygon)
        writer.addFeature(feature)
    failed = writer.errorMessage()
    del writer  # closes the file
    if failed:
        raise QgsProcessingException(tr("The area of interest can't be written: {}").format(failed))


PLAIN = QgsFeatureRequest().setNoAttributes()


def _moved(
    feature: QgsFeature,
    source: QgsCoordinateReferenceSystem,
    target: QgsCoordinateReferenceSystem,
    transforms: QgsCoordinateTransformContext,
) -> QgsGeometry | None:
    """A feature's polygon in the CRS ``target``, as a multi-polygon; None for a feature without one."""
    geometry = QgsGeometry(feature.geometry())
    if geometry.isNull() or geometry.isEmpty():
        return None
    if source.isValid() and target.isValid() and source != target:
        box = geometry.boundingBox()
        geometry = geometry.densifyByDistance(max(box.width(), box.height()) / EDGE_PARTS or 1.0)
        try:
            geometry.transform(QgsCoordinateTransform(source, target, transforms))
        except QgsCsException as error:
            found = tr("The area of interest can't be brought from {} to {}").format(source.authid(), target.authid())
            raise QgsProcessingException(f"{found}: {error}") from error
    flat = geometry.coerceToType(MULTI_POLYGON)  # without heights, with curves as straight edges
    return flat[0] if flat else None
