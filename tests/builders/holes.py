"""Rasters with pixels of no data, told in every way that files have, and what they should become on another grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

from tests.builders.rasters import picture, write_tif

HOLE = np.s_[9:21, 12:24]
"""Of whole pixels of 10, 15, 20 and 25 m."""
ORIGIN = 500_000, 5_000_000
WAYS = ("nodata", "nodata per band", "mask", "mask per band", "alpha", "nan", "none")
GARBAGE = 200
"""In pixels that a mask hides: far from all that is valid, so that a single one in a mean is seen."""


def holed(folder: Path, way: str, dtype: str) -> tuple[Path, np.ndarray, np.ndarray]:
    """A file of three bands of 10 m with a hole told in that ``way``; its values (band, y, x) and valid (y, x)."""
    values = (picture(3, 30, 36) % 40 + 1).astype(dtype)
    valid = np.ones((30, 36), bool)
    if way == "none":
        return write_tif(folder / "holed.tif", values), values, valid
    valid[HOLE] = False
    valid[2, 3] = valid[29, 35] = False
    hole = values.copy()
    hole[1][~valid] = np.nan if way == "nan" else GARBAGE  # one band alone
    if way == "nan":
        return write_tif(folder / "holed.tif", hole), hole, valid
    if way == "nodata":
        return write_tif(folder / "holed.tif", hole, nodata=GARBAGE), hole, valid
    if way == "alpha":
        alpha = np.where(valid, 255, 0)[np.newaxis].astype(dtype)
        path = write_tif(folder / "holed.tif", np.concatenate([hole, alpha]), photometric="RGB", alpha="YES")
        return path, hole, valid
    path = write_tif(folder / "plain.tif", hole)
    if way == "mask":
        with rasterio.open(path, "r+") as target:
            target.write_mask(valid)
        return path, hole, valid
    mask = write_tif(folder / "mask.tif", np.where(valid, 255, 0)[np.newaxis].astype("uint8"))
    return _vrt(folder / "holed.vrt", path, mask if way == "mask per band" else None, dtype), hole, valid


def _vrt(path: Path, source: Path, mask: Path | None, dtype: str) -> Path:
    """Bands of ``source``: with nodata of its own in each, or with a mask of the second alone."""
    kind = {"uint16": "UInt16", "uint8": "Byte", "float32": "Float32"}[dtype]
    bands = "".join(
        f'<VRTRasterBand dataType="{kind}" band="{band}">{_no_data(band, mask)}<SimpleSource><SourceFilename '
        f'relativeToVRT="1">{source.name}</SourceFilename><SourceBand>{band}</SourceBand></SimpleSource></VRTRasterBand>'
        for band in (1, 2, 3)
    )
    x, y = ORIGIN
    place = f"<SRS>EPSG:32632</SRS><GeoTransform>{x}, 10, 0, {y}, 0, -10</GeoTransform>"
    path.write_text(f'<VRTDataset rasterXSize="36" rasterYSize="30">{place}{bands}</VRTDataset>')
    return path


def _no_data(band: int, mask: Path | None) -> str:
    if mask is None:
        return f"<NoDataValue>{GARBAGE if band == 2 else 100 + band}</NoDataValue>"
    if band != 2:
        return ""
    return (
        '<MaskBand><VRTRasterBand dataType="Byte"><SimpleSource><SourceFilename relativeToVRT="1">'
        f"{mask.name}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></MaskBand>"
    )


def elsewhere(folder: Path) -> Path:
    """A valid file of one band of 8 m, in the next zone, over the middle of ``holed``."""
    (x,), (y,) = rasterio.warp.transform("EPSG:32632", "EPSG:32631", [ORIGIN[0] + 60], [ORIGIN[1] - 40])
    place = {"crs": "EPSG:32631", "transform": from_origin(x, y, 8, 8)}
    return write_tif(folder / "elsewhere.tif", np.full((1, 28, 30), 9, np.uint8), **place)


def resampled(
    values: np.ndarray, valid: np.ndarray, centres: tuple[np.ndarray, np.ndarray], size: float
) -> tuple[np.ndarray, np.ndarray]:
    """What resampling means, one pixel after the other.

    Args:
        values: (band, y, x).
        valid: (y, x).
        centres: rows and columns (y, x) of the wanted pixels' centres, in pixels of ``values``.
        size: side of a wanted pixel, in the same.
    """
    shape = centres[0].shape
    made, ok = np.zeros((len(values), *shape)), np.zeros(shape, bool)
    clean = np.where(valid, values, 0).astype(float)
    for at in np.ndindex(shape):
        row, col = centres[0][at], centres[1][at]
        if not (0 <= row < valid.shape[0] and 0 <= col < valid.shape[1]):
            continue
        share = np.outer(_weights(row, valid.shape[0], size), _weights(col, valid.shape[1], size))
        known = (share * valid).sum()
        ok[at] = known >= 0.5 if size > 1.5 else valid[int(row), int(col)]
        if known:
            made[(slice(None), *at)] = (share * clean).sum(axis=(1, 2)) / known
    return made, ok


def _weights(centre: float, count: int, size: float) -> np.ndarray:
    """Of every pixel of a line: the part that is covered, or a triangle; what lies beyond goes to the edge."""
    pixels = np.arange(-40, count + 40)
    if size > 1.5:
        weights = np.minimum(pixels + 1, centre + size / 2) - np.maximum(pixels, centre - size / 2)
    else:
        weights = 1 - np.abs(pixels + 0.5 - centre) / (size if size > 1 / 0.95 else 1)
    line = np.zeros(count)
    np.add.at(line, np.clip(pixels, 0, count - 1), np.maximum(weights, 0))
    return line / line.sum()
