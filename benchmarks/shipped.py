"""The models that the package ships, each with the scene that it is for, its mask and its labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray

from benchmarks.bench import Bench
from benchmarks.measure import REPOSITORY, say
from benchmarks.scenes import data_folder, t29unu_folder
from geoquant.demo import landscape

MODELS = REPOSITORY / "geoquant" / "models"
DEMO_SEED, DEMO_SIDE = 42, 2048
CLOUD_CLASS_OF_SCL = {3: 3, 4: 1, 5: 1, 6: 2, 8: 4, 9: 4, 10: 4}
"""Scene classification -> land 1, water 2, shadow 3, cloud 4; the other values are not what the cloud model learned."""
SourcePath = Path | list[Path]


@dataclass(frozen=True)
class ShippedCase:
    """One model on one scene.

    Attributes:
        name: for the tables.
        scene_name: the same for all networks of a scene.
        float_model: the float network.
        int8_model: made by geoquant from it, on this scene; made by ``accuracy.quantized``.
        scene: what ``open_scene`` takes.
        mask: SCL raster, or None for spectral strata.
        labels: class raster with the card's class values, or None.
    """

    name: str
    scene_name: str
    float_model: Path
    int8_model: Path
    scene: SourcePath
    mask: Path | None = None
    labels: Path | None = None


def shipped_cases(bench: Bench) -> list[ShippedCase]:
    """Every shipped model whose scene is at hand; says which are not."""
    return list(_cases(bench))


def _cases(bench: Bench) -> Iterator[ShippedCase]:
    for path in sorted(MODELS.glob("*.onnx")):
        if path.name.endswith(".int8.onnx"):
            continue
        int8, found = bench.work / f"{path.stem}.int8.onnx", None
        if "demo" in path.stem:
            scene, mask, truth = demo_scene(bench)
            found = ShippedCase(path.stem, "demo", path, int8, scene, mask, truth)
        elif "zion" in path.stem and (data := data_folder()):
            folder = data / "landsat8_zion_nlcd"
            bands = [folder / f"landsat_b{band}.tif" for band in (2, 3, 4, 5)]
            found = ShippedCase(path.stem, "zion", path, int8, bands, None, folder / "nlcd.tif")
        elif "cloud" in path.stem and (tile := t29unu_folder()):
            mask = next(tile.glob("*SCL_60m.jp2"))
            found = ShippedCase(path.stem, "t29unu", path, int8, tile, mask, cloud_labels(bench, mask))
        if found:
            yield found
        else:
            say(f"no scene for {path.name}: the folder of real scenes is absent")


def cloud_labels(bench: Bench, mask: Path) -> Path:
    """The tile's scene classification as the cloud model's class values; what that model does not know is 0."""
    path = bench.work / "t29unu_labels.tif"
    if not path.exists():
        with rasterio.open(mask) as source:
            table = np.zeros(256, np.uint8)
            table[list(CLOUD_CLASS_OF_SCL)] = list(CLOUD_CLASS_OF_SCL.values())
            labels, profile = table[source.read(1)], {**source.profile, "driver": "GTiff", "compress": "deflate"}
        with rasterio.open(path, "w", **profile) as sink:
            sink.write(labels, 1)
    return path


def demo_scene(bench: Bench) -> tuple[Path, Path, Path]:
    """A generated landscape on disk: scene, SCL mask and true classes."""
    side = bench.side(DEMO_SIDE)
    scene, mask, truth = (bench.work / f"demo_{side}_{what}.tif" for what in ("scene", "scl", "truth"))
    if not truth.exists():
        say(f"making a demo landscape of {side} x {side}")
        made = landscape.make_landscape(DEMO_SEED, side)
        _write(mask, made.scl[None], 2 * landscape.PIXEL_M)
        _write(scene, made.stored, landscape.PIXEL_M)
        _write(truth, made.labels[None], landscape.PIXEL_M)
    return scene, mask, truth


def _write(path: Path, pixels: NDArray[np.generic], pixel_m: float) -> None:
    """A GeoTIFF of ``(band, y, x)``; a scene gets its nodata, sensor scale, offset and band names."""
    is_scene = len(pixels) > 1
    profile = {
        "driver": "GTiff",
        "count": len(pixels),
        "height": pixels.shape[1],
        "width": pixels.shape[2],
        "dtype": pixels.dtype,
        "crs": "EPSG:32632",
        "transform": rasterio.transform.from_origin(500000, 5400000, pixel_m, pixel_m),
        "tiled": True,
        "blockxsize": 512,
        "blockysize": 512,
        "compress": "deflate",
        "nodata": landscape.NODATA if is_scene else None,
    }
    with rasterio.open(path, "w", **profile) as sink:
        sink.write(pixels)
        if is_scene:
            sink.scales = (landscape.SCALE,) * len(pixels)
            sink.offsets = (landscape.OFFSET,) * len(pixels)
            sink.descriptions = tuple(landscape.BANDS)
