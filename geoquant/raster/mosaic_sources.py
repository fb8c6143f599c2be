"""What a mosaic is made of, each source opened here: GDAL reads one that is missing as no data, and says so once.

A virtual raster (VRT) reports a source that it can't open with the first read of a handle and gives zeros from then
on; a tile index (GTI) leaves such a tile out without a word (GDAL 3.10).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml  # nosec B405

from geoquant.errors import GeoquantError, RasterError
from geoquant.raster.handles import RASTERIO_ERRORS, open_quietly, reading_env
from geoquant.vector.geopackage.reading import read_features

MOSAICS = ("VRT", "GTI")
MAX_DEPTH = 16


def files_behind(path: str, dataset: Any) -> tuple[str, ...]:
    """Every file that reading an open dataset may touch: itself, side-cars, and a mosaic's sources at any depth.

    Raises:
        RasterError: a source can't be opened, or the list of a tile index can't be read; names both files.
    """
    return tuple(sorted({path, *dataset.files, *_sources(path, dataset, 0)}))


def _sources(path: str, dataset: Any, depth: int) -> Iterator[str]:
    """The sources of a mosaic and theirs, each opened once."""
    if dataset.driver not in MOSAICS:
        return
    if depth == MAX_DEPTH:
        raise RasterError(f"{path} is a mosaic of mosaics, {depth} deep; expected less, and none that holds itself.")
    own = _tiles_of_index(path) if dataset.driver == "GTI" else dataset.files
    for source in sorted({*own} - {path, *_side_cars(dataset)}):
        try:
            with reading_env(source), open_quietly(source) as opened:
                yield from (source, *opened.files, *_sources(source, opened, depth + 1))
        except RASTERIO_ERRORS as error:
            raise RasterError(
                f"{path} is a mosaic, and its source {source} can't be opened: {error}. Its area would come out as no "
                f"data: put the file back, or make the mosaic without it."
            ) from error


def _side_cars(dataset: Any) -> set[str]:
    return {file for file in dataset.files if file.endswith((".aux.xml", ".ovr", ".msk"))}


def _tiles_of_index(path: str) -> Sequence[str]:
    """The files that a tile index lists."""
    index, field = Path(path.removeprefix("GTI:")), "location"
    try:
        if index.suffix.lower() in (".gti", ".xml"):
            root = Xml.parse(index).getroot()  # nosec B314
            field = root.findtext("LocationField") or field
            index = index.parent / (root.findtext("IndexDataset") or "")
        names = _column(index, field)
    except (OSError, ValueError, Xml.ParseError, GeoquantError) as error:
        raise RasterError(
            f"The tiles that {path} lists can't be read ({error}), and GDAL leaves out missing ones without a word: "
            f"give the index as GeoPackage or GeoJSON with the file names in a field {field!r}."
        ) from error
    return [name if "://" in name or name.startswith("/") else str(index.parent / name) for name in names]


def _column(index: Path, field: str) -> list[str]:
    """One attribute of every feature."""
    if index.suffix.lower() == ".gpkg":
        rows = [feature.attributes for feature in read_features(index)[0]]
    else:
        rows = [feature["properties"] for feature in json.loads(index.read_text(encoding="utf-8"))["features"]]
    found = [row.get(field) for row in rows]
    if not all(isinstance(name, str) and name for name in found):
        raise ValueError(f"not every feature has a file name in {field!r}")
    return [str(name) for name in found]
