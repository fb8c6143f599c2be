"""Scenes to measure on: a real Sentinel-2 tile mirrored to any size, or a generated one where it is absent.

Both are Cloud-Optimized GeoTIFFs (deflate with predictor, pixel-interleaved, 512 blocks, overviews) with six bands of
uint16, and scale 1e-4 and offset -0.1 in their tags, as Sentinel-2 L2A has them from baseline 04.00 on.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from rasterio.windows import Window

from benchmarks.measure import REPOSITORY, say

BANDS = ("B02", "B03", "B04", "B8A", "B11", "B12")
COMMON_NAMES = ("blue", "green", "red", "nir08", "swir16", "swir22")
SCALE, OFFSET = 1e-4, -0.1
BLOCK_PX = 512
COG = {
    "driver": "COG",
    "blocksize": BLOCK_PX,
    "compress": "deflate",
    "level": 1,
    "predictor": "standard",
    "num_threads": 2,
    "bigtiff": "if_safer",
}
VALID_COLUMNS = 768
"""Columns of the tile's 60 m bands, from the left, that hold no fill in any row."""


def data_folder() -> Path | None:
    """The folder of real scenes: GEOQUANT_DATA, or ``../shared/data`` beside the checkout; None where there is none."""
    folder = Path(os.environ.get("GEOQUANT_DATA", REPOSITORY.parent / "shared" / "data"))
    return folder if folder.is_dir() else None


def t29unu_folder() -> Path | None:
    """The Sentinel-2 tile's folder, or None."""
    data = data_folder()
    folder = data / "sentinel2_l2a_t29unu" if data else None
    return folder if folder and folder.is_dir() else None


def base_pixels(whole: bool = False) -> NDArray[np.uint16]:
    """The pixels that every scene is mirrored from, ``(band, y, x)``.

    Args:
        whole: the full tile with its fill wedge (value 0, 40 % of it) instead of its left part without any fill.
    """
    folder = t29unu_folder()
    if folder is None:
        return generated_pixels(whole)
    paths = [next(folder.glob(f"*_{name}_60m.jp2")) for name in BANDS]
    pixels = np.stack([_read(path) for path in paths])
    return pixels if whole else np.maximum(pixels[:, :, :VALID_COLUMNS], 1)


def scl_labels() -> NDArray[np.uint8] | None:
    """The tile's scene classification at 60 m, ``(y, x)``, or None where the real scene is absent."""
    folder = t29unu_folder()
    return None if folder is None else _read(next(folder.glob("*_SCL_60m.jp2"))).astype(np.uint8)


def _read(path: Path) -> NDArray[np.uint16]:
    with rasterio.open(path) as source:
        return np.asarray(source.read(1), np.uint16)


def generated_pixels(whole: bool, side: int = 1830, seed: int = 7) -> NDArray[np.uint16]:
    """Correlated noise with a Sentinel-2-like distribution; with ``whole``, a wedge of it is fill.

    Red (1/f) spectra give fields of all sizes; each band mixes three of them, and sensor noise makes it compress like a
    real scene.
    """
    rng = np.random.default_rng(seed)
    radius = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.rfftfreq(side), indexing="ij"))
    spectrum = 1 / np.maximum(radius, 1 / side) ** 1.4
    fields = [np.fft.irfft2(spectrum * np.fft.rfft2(rng.standard_normal((side, side))), (side, side)) for _ in range(3)]
    fields = [field / field.std() for field in fields]
    mixes = rng.uniform(-1, 1, (len(BANDS), len(fields)))
    bands = [1900 + 600 * sum(m * field for m, field in zip(mix, fields, strict=True)) for mix in mixes]
    noisy = np.stack(bands) + rng.normal(0, 25, (len(BANDS), side, side))
    pixels = np.clip(noisy, 1, 20000).astype(np.uint16)
    if whole:
        rows, columns = np.mgrid[:side, :side]
        pixels[:, columns > 0.75 * side - 0.3 * rows] = 0
    return pixels


def mirrored_scene(path: Path, side: int, whole: bool = False) -> Path:
    """Write a ``side`` x ``side`` scene, mirror-padded from the base pixels; keeps one that is there.

    Args:
        path: the GeoTIFF.
        side: rows and columns.
        whole: see ``base_pixels``.
    """
    if path.exists():
        return path
    say(f"making {path.name}: {side} x {side} x {len(BANDS)}")
    base = base_pixels(whole)
    rows, columns = (_mirror(size, side) for size in base.shape[1:])
    raw, part = path.with_suffix(".raw.tif"), path.with_suffix(".part.tif")
    with rasterio.open(raw, "w", **_profile(side)) as sink:
        for band, (name, common_name) in enumerate(zip(BANDS, COMMON_NAMES, strict=True), 1):
            sink.set_band_description(band, name)
            sink.update_tags(band, common_name=common_name)
        sink.scales, sink.offsets = (SCALE,) * len(BANDS), (OFFSET,) * len(BANDS)
        if whole:
            sink.nodata = 0
        for row in range(0, side, BLOCK_PX):
            strip = base[:, rows[row : row + BLOCK_PX]][:, :, columns]
            sink.write(strip, window=Window(0, row, side, strip.shape[1]))
    rasterio.shutil.copy(raw, part, **COG)
    raw.unlink()
    part.rename(path)
    return path


def _mirror(size: int, length: int) -> NDArray[np.intp]:
    """Indices of ``np.pad(..., mode="reflect")``, as far as it takes."""
    period = 2 * size - 2
    at = np.arange(length) % period
    return np.minimum(at, period - at)


def _profile(side: int) -> dict[str, object]:
    return {
        "driver": "GTiff",
        "width": side,
        "height": side,
        "count": len(BANDS),
        "dtype": "uint16",
        "crs": "EPSG:32629",
        "transform": rasterio.transform.from_origin(499980.0, 5900040.0, 10.0, 10.0),
        "tiled": True,
        "blockxsize": BLOCK_PX,
        "blockysize": BLOCK_PX,
        "interleave": "pixel",
        "bigtiff": "if_safer",
    }
