"""What must hold of outputs, and what a class map must be like where a plain reading of its scene can say so."""

from __future__ import annotations

import csv
import json
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import rasterio
from rasterio.errors import RasterioError

from tests.builders.model_files import margins
from tests.fuzz.case import Ended, Law


def both(*laws: Law) -> Law:
    """The first fault that any of these finds."""

    def law(ended: Ended) -> str | None:
        return next((fault for each in laws if (fault := each(ended)) is not None), None)

    return law


def is_class_map(out: Path, values: set[int] | None = None) -> Law:
    """The map opens, holds these values alone, and is not empty without a word."""

    def law(ended: Ended) -> str | None:
        with rasterio.open(out) as source:
            found, nodata = source.read(1), source.nodata
        strange = set(np.unique(found).tolist()) - {nodata} - (values or set(range(256)))
        if strange:
            return f"class values that the card lacks: {len(strange)} of them"
        if (found == nodata).all() and not ended.said and not _counted_empty(ended):
            return "a map without any valid pixel, and no word of it"
        return None

    return law


def _counted_empty(ended: Ended) -> bool:
    return any(event["result"].get("valid_pixels") == 0 for event in ended.of_kind("result"))


def companions_read(*files: Path) -> Law:
    """Files beside a map can be read by what is to read them, as far as they are there."""

    def law(_: Ended) -> str | None:
        for file in filter(Path.is_file, files):
            try:
                READERS[file.suffix](file)
            except (ET.ParseError, sqlite3.Error, RasterioError, ValueError, csv.Error) as error:
                return f"{file.suffix} can't be read: {type(error).__name__}"
        return None

    return law


def areas_add_up(out: Path, table: Path) -> Law:
    """The pixels of all classes in the table of areas are those of the map."""

    def law(_: Ended) -> str | None:
        with rasterio.open(out) as source:
            valid = int((source.read(1) != source.nodata).sum())
        with table.open(encoding="utf-8", newline="") as stream:
            counted = sum(int(row["pixels"]) for row in csv.DictReader(stream))
        return None if counted == valid else "the table of areas counts other pixels than the map holds"

    return law


def _read_raster(path: Path) -> None:
    with rasterio.open(path) as source:
        source.read()


def _read_table(path: Path) -> None:
    rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines(), strict=True))
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        raise csv.Error("rows of different lengths")
    if any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row):
        raise csv.Error("a cell is a formula")


def _read_geopackage(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("SELECT count(*) FROM gpkg_contents").fetchone()


READERS: dict[str, Callable[[Path], object]] = {
    ".tif": _read_raster,
    ".qml": ET.parse,
    ".xml": ET.parse,
    ".csv": _read_table,
    ".gpkg": _read_geopackage,
    ".json": lambda path: json.loads(path.read_text(encoding="utf-8")),
}


def highest_band_wins(scene: Path, out: Path, physical: bool) -> Law:
    """The map of a network whose class is the band with the highest value, against GDAL's own reading of the scene."""

    def law(ended: Ended) -> str | None:
        try:
            with rasterio.open(scene) as source:
                stored, masks = source.read([1, 2, 3]), source.read_masks([1, 2, 3]) > 0
                scales, offsets = source.scales[:3], source.offsets[:3]
        except (RasterioError, IndexError):
            return None  # a part of it may be readable
        values = stored.astype(np.float64)
        if physical:
            values = values * np.reshape(scales, (3, 1, 1)) + np.reshape(offsets, (3, 1, 1))
        known = masks.all(axis=0) & np.isfinite(values).all(axis=0) & (np.abs(values) < 1e30).all(axis=0)
        return _unlike(out, values.astype(np.float32), known, ended)

    return law


def _unlike(out: Path, scores: np.ndarray, known: np.ndarray, ended: Ended) -> str | None:
    """What is wrong with a map whose classes, 0, 1, 2 ..., are those of the highest scores ``(class, y, x)``."""
    with rasterio.open(out) as source:
        found, nodata = source.read(1), source.nodata
    if found.shape != known.shape:
        return "a map of another size than its scene"
    size = np.abs(scores).max(axis=0, initial=0)
    told_apart = known & (margins(scores) > 1e-4 * np.maximum(size, 1e-3))
    wrong = told_apart & (found != nodata) & (found != scores.argmax(axis=0))
    if wrong.sum() > max(2, 0.001 * told_apart.sum()):
        return "other classes than a plain reading of the scene gives"
    lost = known & (found == nodata)
    if lost.any() and not ended.said:
        return "valid pixels became no data without a word"
    return None


def as_onnxruntime(model: Path, image: np.ndarray, out: Path, margin_px: int = 12) -> Law:
    """The map of a scene that one pass of onnxruntime over the whole image can judge, inside of the scene's edges."""

    def law(_: Ended) -> str | None:
        from tests.builders.model_files import whole_scores

        try:
            scores = whole_scores(model, image)
        except Exception:  # the file may ask for another input than the builders' networks take
            return None
        if scores.ndim != 3 or scores.shape[1:] != image.shape[1:] or len(scores) < 2 or not np.isfinite(scores).all():
            return None
        with rasterio.open(out) as source:
            found = source.read(1)
        inside = np.zeros(found.shape, bool)
        inside[margin_px:-margin_px, margin_px:-margin_px] = True
        told_apart = inside & (margins(scores) > 1e-2 * max(1e-6, float(np.abs(scores).max())))
        wrong = told_apart & (found != scores.argmax(axis=0))
        return "other classes than onnxruntime gives" if wrong.sum() > 0.02 * max(1, told_apart.sum()) else None

    return law
