"""Rasters of one band and stored numbers at random, for tests of reading."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization
from geoquant.raster import band_names as naming


def write_band(folder: Path, name: str, size_m: int, value: int) -> None:
    """One band of 120 m by 120 m."""
    side = 120 // size_m
    folder.mkdir(parents=True, exist_ok=True)
    profile = {"driver": "GTiff", "count": 1, "dtype": "uint16", "crs": "EPSG:32629", "height": side, "width": side}
    with rasterio.open(folder / name, "w", transform=from_origin(5e5, 5e6, size_m, size_m), **profile) as target:
        target.write(np.full((1, side, side), value, np.uint16))


def picture(bands: int = 3, height: int = 70, width: int = 90, dtype: str = "uint16") -> np.ndarray:
    """Numbers (band, y, x) that differ everywhere and never are 0."""
    return np.random.default_rng(1).integers(1, 250, (bands, height, width)).astype(dtype)


def card(*bands: str | Band, units: str = "dn", gsd_m: float | None = None, nodata: float | None = None) -> ModelCard:
    made = tuple(Band(band, naming.common_name(band)) if isinstance(band, str) else band for band in bands)
    flat = Normalization(shift=(0.0,) * len(made), scale=(1.0,) * len(made))
    label = ClassLabel(0, "a", "#000000")
    return ModelCard("m", made, flat, (label,), units=units, gsd_m=gsd_m, nodata=nodata)  # type: ignore[arg-type]


def numbers(scene: object) -> list[int]:
    return [band.number for band in scene.bands]  # type: ignore[attr-defined]


def images(count: int = 3) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.integers(0, 1000, (3, 64, 64)).astype(np.uint16) for _ in range(count)]


def stacked(out: Path, bands: dict[str, Path], **scaling: float) -> Path:
    """Files of one band each as one GeoTIFF, with ``scale`` and ``offset`` of all bands."""
    arrays = []
    for path in bands.values():
        with rasterio.open(path) as source:
            arrays.append(source.read(1))
            profile = {"crs": source.crs, "transform": source.transform, "dtype": arrays[0].dtype, "driver": "GTiff"}
    height, width = arrays[0].shape
    with rasterio.open(out, "w", count=len(bands), height=height, width=width, tiled=True, **profile) as target:
        target.write(np.stack(arrays))
        target.descriptions = tuple(bands)
        if scaling:
            target.scales, target.offsets = ([scaling[key]] * len(bands) for key in ("scale", "offset"))
    return out


def write_tif(path: Path, values: np.ndarray, **profile: object) -> Path:
    """``values (band, y, x)`` as a GeoTIFF of pixels of 10 m, unless ``profile`` says otherwise."""
    bands, height, width = values.shape
    place = {"driver": "GTiff", "crs": "EPSG:32632", "transform": from_origin(500_000, 5_000_000, 10, 10)}
    facts = {**place, **profile}
    descriptions = facts.pop("descriptions", None)
    with rasterio.open(path, "w", count=bands, height=height, width=width, dtype=values.dtype, **facts) as target:
        target.write(values)
        if descriptions:
            target.descriptions = tuple(descriptions)
    return path
