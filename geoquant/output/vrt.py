"""Virtual rasters (VRT) over shard files and over finished maps, written as XML because rasterio has no BuildVRT.

Format: https://gdal.org/en/stable/drivers/raster/vrt.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree as Xml  # nosec B405

from geoquant.grid import Grid, Window
from geoquant.output.overviews import overview_shape
from geoquant.output.shard_files import BLOCK_PX, page_name, page_shape
from geoquant.output.style import Publication, category_names, color_table, dataset_tags

NO_PLACE = (2.0, 0.0, 0.0, 0.0, -2.0, 0.0)
"""Transform of what has no place of its own: rasterio warns of none, of the identity and of the flipped identity."""

READING = {"VRT_NUM_THREADS": "1", "GDAL_MAX_DATASET_POOL_SIZE": "32"}
"""How these files are read: with GDAL's default of 100 open pages a copy of 20,000 x 20,000 takes 110 MB more."""

Shards = Sequence[tuple[Path, Window]]


def level_vrt(shards: Shards, grid: Grid, level: int, nodata: int) -> str:
    """VRT of one overview level, every shard's page copied to its place; level 0 is the full size.

    Args:
        shards: files and the windows of ``grid`` they fill, at multiples of ``2 ** level``.
        grid: of the whole result, at full size.
        level: which page of the shard files.
        nodata: value where no shard lies.
    """
    root, band = _raster(*overview_shape(grid.height, grid.width, level), nodata)
    _add_transform(root, NO_PLACE)
    _add_sources(band, shards, level)
    return Xml.tostring(root, encoding="unicode")


def published_vrt(shards: Shards, grid: Grid, publication: Publication, overviews: Sequence[str]) -> str:
    """VRT of the whole result with georeference, colours and tags.

    Args:
        shards: files and the windows of ``grid`` they fill.
        grid: of the whole result.
        publication: labels, nodata and tags.
        overviews: GDAL names of the datasets that are its overviews, the largest first.
    """
    root, band = _raster(grid.height, grid.width, publication.nodata)
    _place(root, grid)
    _add_tags(root, dataset_tags(publication))
    if publication.rpc:
        _add_tags(root, publication.rpc, domain="RPC")
    _add_looks(band, publication)
    _add_sources(band, shards, 0)
    for name in overviews:
        overview = Xml.SubElement(band, "Overview")
        Xml.SubElement(overview, "SourceFilename", relativeToVRT="0").text = name
        Xml.SubElement(overview, "SourceBand").text = "1"
    return Xml.tostring(root, encoding="unicode")


def sheets_vrt(sheets: Shards, grid: Grid, publication: Publication) -> str:
    """VRT of finished maps that lie beside it, by their names alone, so that the folder may move.

    Small views are drawn from the maps' own overviews.

    Args:
        sheets: files and the windows of ``grid`` they fill.
        grid: of all of them.
        publication: labels, nodata and tags.
    """
    root, band = _raster(grid.height, grid.width, publication.nodata)
    _place(root, grid)
    _add_tags(root, dataset_tags(publication))
    _add_looks(band, publication)
    names = Xml.SubElement(band, "CategoryNames")
    for name in category_names(publication):
        Xml.SubElement(names, "Category").text = name
    for path, window in sheets:
        _add_source(band, (path.name, True), (window.height, window.width), (window.row, window.col))
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode") + "\n"


def _raster(height: int, width: int, nodata: int) -> tuple[Xml.Element, Xml.Element]:
    """The root element and that of its one uint8 band."""
    root = Xml.Element("VRTDataset", rasterXSize=str(width), rasterYSize=str(height))
    block = {"blockXSize": str(min(BLOCK_PX, width)), "blockYSize": str(min(BLOCK_PX, height))}
    band = Xml.SubElement(root, "VRTRasterBand", {"dataType": "Byte", "band": "1", **block})
    Xml.SubElement(band, "NoDataValue").text = str(nodata)
    return root, band


def _place(root: Xml.Element, grid: Grid) -> None:
    _add_transform(root, grid.transform)
    if grid.crs:
        srs = Xml.Element("SRS")
        srs.text = grid.crs
        root.insert(0, srs)


def _add_transform(root: Xml.Element, transform: tuple[float, ...]) -> None:
    a, b, c, d, e, f = transform
    element = Xml.Element("GeoTransform")
    element.text = ", ".join(repr(float(value)) for value in (c, a, b, f, d, e))  # GDAL's order
    root.insert(0, element)


def _add_tags(root: Xml.Element, tags: Mapping[str, str], **domain: str) -> None:
    metadata = Xml.Element("Metadata", domain)
    for key, value in tags.items():
        Xml.SubElement(metadata, "MDI", key=key).text = value
    root.insert(len(root) - 1, metadata)


def _add_looks(band: Xml.Element, publication: Publication) -> None:
    if publication.kind == "confidence":
        Xml.SubElement(band, "Description").text = "confidence in percent"
        Xml.SubElement(band, "UnitType").text = "%"
        Xml.SubElement(band, "ColorInterp").text = "Gray"
        return
    Xml.SubElement(band, "Description").text = "class"
    Xml.SubElement(band, "ColorInterp").text = "Palette"
    table = Xml.SubElement(band, "ColorTable")
    for color in color_table(publication):
        Xml.SubElement(table, "Entry", {f"c{n}": str(part) for n, part in enumerate(color, start=1)})


def _add_sources(band: Xml.Element, shards: Shards, level: int) -> None:
    for path, window in shards:
        name, shape = page_name(path.resolve(), level), page_shape(window.height, window.width, level)
        _add_source(band, (name, False), shape, (window.row >> level, window.col >> level))


def _add_source(band: Xml.Element, name: tuple[str, bool], shape: tuple[int, int], place: tuple[int, int]) -> None:
    """A file, by its name and whether that counts from the VRT's folder, its (height, width) and its (row, column)."""
    (text, is_relative), (height, width), (row, col) = name, shape, place
    source = Xml.SubElement(band, "SimpleSource")
    Xml.SubElement(source, "SourceFilename", relativeToVRT=str(int(is_relative))).text = text
    Xml.SubElement(source, "SourceBand").text = "1"
    size = {"RasterXSize": str(width), "RasterYSize": str(height), "DataType": "Byte"}
    block = {"BlockXSize": str(BLOCK_PX), "BlockYSize": str(BLOCK_PX)}
    Xml.SubElement(source, "SourceProperties", size | block)  # so that GDAL opens a file only to read it
    extent = {"xSize": str(width), "ySize": str(height)}
    Xml.SubElement(source, "SrcRect", {"xOff": "0", "yOff": "0", **extent})
    Xml.SubElement(source, "DstRect", {"xOff": str(col), "yOff": str(row)} | extent)
