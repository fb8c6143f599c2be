"""Quality masks of any numbers, shapes, places and names, and what is said of them."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from rasterio import Affine

from tests.builders.rasters import write_tif
from tests.fuzz import laws, parts
from tests.fuzz.case import Case
from tests.fuzz.mutations import TEXTS, changed_bytes

KINDS = ("scl", "qa_pixel", "fmask", "qa60", "udm2", "classes", "none")
NAMES = ("mask.tif", "T_SCL_20m.tif", "X_QA_PIXEL.TIF", "HLS.Fmask.tif", "QA60.tif", "a_udm2.tif")
CLASSES = ("1=water,4-6=thick cloud", "0=clear", "3=snow,3=water", "1-", "-1=water", "1=", "=", "9-2=snow", "1e3=water")
MORE_CLASSES = ("1=cloud edge;2=shadow", "99999999999=water", "0-65535=clear", "1=wasser", "\u0661=water", ",,,", "")
TYPES = ("uint8", "uint16", "int16", "int32", "float32", "float64")
EDGES = (0, 1, 2, 4, 8, 10, 11, 12, 64, 255, 1024, 21824, 65535, -1, -32768, 0.5, float("nan"), float("inf"))


def make(rng: random.Random, folder: Path) -> Case:
    """A strata map of a plain scene under an odd mask."""
    scene, out = parts.copied(parts.scene(), folder), folder / "out.tif"
    mask, told = _mask(rng, folder)
    arguments = ["strata", str(scene), "--mask", str(mask), "--out", str(out), "--band-names", ",".join(parts.NAMES)]
    if rng.random() < 0.6:
        arguments += ["--mask-kind", kind := rng.choice(KINDS)]
        told += f", kind {kind}"
    if rng.random() < 0.4:
        text = rng.choice((*CLASSES, *MORE_CLASSES, rng.choice(TEXTS).replace("\0", "")))
        arguments += ["--mask-classes", text]
        told += f", classes {text!r:.40}"
    beside = [folder / name for name in ("out.qml", "out.tif.aux.xml")]
    law = laws.both(laws.is_class_map(out), laws.companions_read(*beside))
    return Case(arguments, told, (out, *beside), law)


def _mask(rng: random.Random, folder: Path) -> tuple[Path, str]:
    path, kind = folder / rng.choice(NAMES), rng.choice(TYPES)
    shape = (rng.choice((1, 1, 1, 2, 5, 8)), rng.choice((1, 7, 20, 40)), rng.choice((1, 9, 24, 48)))
    edges = [edge for edge in EDGES if np.issubdtype(kind, np.floating) or _fits(edge, kind)]
    chosen = [rng.choice(edges) for _ in range(rng.choice((1, 2, 6)))]
    values = np.array(chosen)[np.random.default_rng(rng.randrange(999)).integers(0, len(chosen), shape)].astype(kind)
    pixel = rng.choice((10, 20, 10 * 48 / shape[2], 1e6, 1e-3))
    place = {"transform": Affine(pixel, 0, rng.choice((500_000, 500_000, 0)), 0, -pixel, 5_000_000)}
    place["crs"] = rng.choice(("EPSG:32632", "EPSG:32632", "EPSG:4326", "EPSG:32633", None))
    nodata = rng.choice((None, None, 0, *edges))
    write_tif(path, values, nodata=nodata, **place)
    told = f"{path.name} {kind} {shape} values {chosen!s:.60} nodata {nodata} pixels {pixel:g} {place['crs']}"
    if rng.random() < 0.2:
        content, how = changed_bytes(rng, path.read_bytes())
        path.write_bytes(content)
        told += f"; {how}"
    return path, told


def _fits(edge: float, kind: str) -> bool:
    limits = np.iinfo(kind)
    return edge == edge and float(edge).is_integer() and limits.min <= edge <= limits.max
