"""Precision and recall of the strata that spectral tests tell, counted on the written map, on scenes with masks.

No promise; the tables of docs/strata.md come from here. Scenes are mapped with ``--mask-kind none`` and compared with
what their makers say: labels of the German Aerospace Center for `cloud_shadow_s2`, Sen2Cor's SCL and Landsat's
QA_PIXEL (products of algorithms, no ground truth), a cloudless day for Zion and patches of BigEarthNet.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio

import geoquant
from benchmarks.bench import Bench
from benchmarks.report import Result
from geoquant.options.scene import MaskOptions, SceneOptions, StrataOptions
from geoquant.raster.scene_input import SceneInput

BANDS = ("blue", "green", "red", "nir", "swir16")
AIR = (0.10, 0.06, 0.035, 0.015, 0.003)
"""What a hazy atmosphere adds to each of ``BANDS``, reflectance at its top."""
FOUND = {"cloud": (7, 8), "snow": (6,), "water": (5,), "shadow": (10,), "clear land": (1, 2, 3, 4, 9, 11)}
"""Values of the written map by condition; edges are clear land beside something."""
SURE = {"cloud": "cloud edge", "clear land": "land dull bare", **{name: name for name in ("snow", "water", "shadow")}}
"""The stratum whose confidence stands for a condition: an edge is as sure as the clouds it surrounds."""
HELD_OUT = ("T07HFE", "T01UBT")
"""Scenes that were not looked at while thresholds were chosen: both small SAFEs."""


AS_IT_IS = SceneOptions()


@dataclass(frozen=True)
class Case:
    """A scene whose conditions somebody else has told.

    Attributes:
        name: of the scene, for the table.
        source: a path, or several.
        truth: condition -> (y, x); conditions that are left out can't be judged.
        options: how the scene is read.
        names: what its bands are, where it does not say so.
    """

    name: str
    source: Any
    truth: Mapping[str, np.ndarray]
    options: SceneOptions = AS_IT_IS
    names: tuple[str, ...] | None = None


def measure(bench: Bench) -> Result:
    """Precision, recall and confidence per condition of every scene."""
    folder = bench.work / "strata"
    folder.mkdir(exist_ok=True)
    rows = [_row(case, folder) for case in cases(Path(os.environ["GEOQUANT_DATA"]), folder)]
    notes = (
        "Each cell: precision / recall / the confidence that the map states. A dash: nothing there, or nothing found.",
        "Held out: not looked at while thresholds were chosen.",
    )
    return Result("strata", ("scene", "bands", *FOUND), rows, (), notes)


def cases(data: Path, folder: Path) -> Iterator[Case]:
    """Every labelled scene of the folder of real data, and simulations of it."""
    yield from _cloud_shadow(data, folder)
    for metadata in sorted((data / "landsat8_c2l2").glob("*_MTL.json")):
        bands = tuple(f"SR_B{number}" for number in (2, 3, 4, 5, 6))
        qa = _read(metadata.with_name(metadata.name.replace("MTL.json", "QA_PIXEL.TIF")))[0]
        yield Case(f"Landsat {metadata.name[10:16]}", metadata, _by_qa_pixel(qa), SceneOptions(bands=bands))
    files = [data / "landsat8_zion_nlcd" / f"landsat_b{number}.tif" for number in (2, 3, 4, 5)]
    clear = {"clear land": np.ones(_read(files[0])[0].shape, bool)}
    toa, names = SceneOptions(scale=2e-5, offset=-0.1), BANDS[:4]
    yield Case("Zion, top of atmosphere", files, clear, toa, names)
    yield Case("Zion, bare numbers", files, clear, SceneOptions(), names)
    yield from _sentinel_2(data)
    yield from _patches(data)


def _cloud_shadow(data: Path, folder: Path) -> Iterator[Case]:
    arrays = np.load(data / "cloud_shadow_s2" / "sentinel2.npz")
    labels = arrays["msk"].reshape(arrays["img"].shape[:2])
    truth = {"cloud": labels == 4, "water": labels == 1, "shadow": labels == 0, "clear land": labels == 3}
    values = np.moveaxis(arrays["img"], -1, 0)[:5]
    air = np.array(AIR, np.float32)[:, None, None]
    hazy, haziest = (values * (1 - part * air) + part * air for part in (0.5, 1.0))
    eight_bits = np.clip(values * 255, 0, 255).astype(np.uint8)
    variants = {
        "reflectance": values,
        "half of the haze": hazy,
        "haze": haziest,
        "bare numbers": (values * 1e4).astype(np.uint16),
        "float of numbers": values * 1e4,
        "8 bits": eight_bits,
    }
    for name, variant in variants.items():
        for count in (5, 4, 3) if name in ("reflectance", "bare numbers") else (5,):
            path = folder / f"{name.replace(' ', '_')}_{count}.tif"
            _write(path, variant[:count], BANDS[:count])
            yield Case(f"cloud_shadow_s2, {name}", path, truth)


def _sentinel_2(data: Path) -> Iterator[Case]:
    bands = ("B02", "B03", "B04", "B8A", "B11")
    folder = data / "sentinel2_l2a_t29unu"
    yield Case("T29UNU", folder, _by_scl(_read(next(folder.glob("*SCL_60m.jp2")))[0]), SceneOptions(bands, 0))
    for safe in sorted((data / "safe_mini").glob("*.SAFE")):
        found = sorted(safe.rglob("*SCL*"))
        if found:
            yield Case(safe.name.split("_")[5], safe, _by_scl(_read(found[0])[0]), SceneOptions(bands, 0))


def _patches(data: Path) -> Iterator[Case]:
    """BigEarthNet's patches with labels, which are those without cloud, cloud shadow and snow."""
    for labels in sorted((data / "bigearthnet_patches").glob("*/*_labels_metadata.json")):
        files = [next(labels.parent.glob(f"*_{band}.tif")) for band in ("B02", "B03", "B04", "B08", "B11")]
        truth = {"clear land": np.ones(_read(files[0])[0].shape, bool)}
        yield Case(labels.parent.name, files, truth, SceneOptions(scale=1e-4, offset=0.0), BANDS)


def _by_scl(scl: np.ndarray) -> dict[str, np.ndarray]:
    known = {"cloud": (8, 9, 10), "snow": (11,), "water": (6,), "shadow": (2, 3), "clear land": (4, 5, 7)}
    return {name: np.isin(scl, classes) for name, classes in known.items()}


def _by_qa_pixel(qa: np.ndarray) -> dict[str, np.ndarray]:
    cloud, shadow, snow, water = (((qa >> bit) & 1).astype(bool) for bit in (3, 4, 5, 7))
    cloud, known = cloud | ((qa >> 2) & 1).astype(bool), (qa & 1) == 0
    told = {"cloud": cloud, "shadow": shadow & ~cloud, "snow": snow & ~cloud & ~shadow}
    told["water"] = water & ~cloud & ~shadow & ~snow
    told["clear land"] = ~(cloud | shadow | snow | water)
    return {name: mask & known for name, mask in told.items()}


def _row(case: Case, folder: Path) -> list[str]:
    out = folder / "map.tif"
    given = SceneInput(case.source, case.options, mask_options=MaskOptions(mask_kind="none"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        summary = geoquant.map_strata(given, out, StrataOptions(case.names, overwrite=True))
    found, sure = _read(out)[0], getattr(summary, "confidence_by_stratum", {})
    height, width = next(iter(case.truth.values())).shape
    rows, cols = (np.arange(n) * size // n for n, size in zip(found.shape, (height, width), strict=True))
    truth = {name: mask[np.ix_(rows, cols)] for name, mask in case.truth.items()}
    known = np.any(list(truth.values()), axis=0) & (found != 0)
    cells = [_cell(np.isin(found, FOUND[name]) & known, truth.get(name), known, sure.get(SURE[name])) for name in FOUND]
    held_out = " (held out)" if case.name.startswith(HELD_OUT) else ""
    count = summary.told_by.split(" as ")[0].removeprefix("spectral tests of ").count(",") + 1
    return [case.name + held_out, str(count), *cells]


def _cell(found: np.ndarray, true: np.ndarray | None, known: np.ndarray, sure: float | None) -> str:
    """Precision / recall / confidence; a condition that the maker does not name occurs nowhere."""
    true = np.zeros_like(found) if true is None else true & known
    both = int((found & true).sum())
    if not found.any() and not true.any():
        return "–"
    precision = f"{both / found.sum():.2f}" if found.any() else "–"
    recall = f"{both / true.sum():.2f}" if true.any() else f"none ({found.sum() / known.sum():.1%} found)"
    return f"{precision} / {recall} / {'–' if sure is None else f'{sure:.2f}'}"


def _read(path: Path) -> Any:
    with rasterio.open(path) as source:
        return source.read()


def _write(path: Path, values: np.ndarray, names: Sequence[str]) -> None:
    count, height, width = values.shape
    size = {"height": height, "width": width, "count": count, "dtype": values.dtype}
    with rasterio.open(path, "w", driver="GTiff", **size) as target:
        target.write(values)
        target.descriptions = tuple(names)
