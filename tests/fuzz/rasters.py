"""Scenes: GeoTIFFs of many layouts whose bytes, tags or facts are changed."""

from __future__ import annotations

import random
import struct
import warnings
from pathlib import Path

import numpy as np
import rasterio
from rasterio import Affine
from rasterio.enums import ColorInterp

from tests.fuzz import laws, parts
from tests.fuzz.case import Case
from tests.fuzz.mutations import TEXTS, changed_bytes

LAYOUTS = (
    {},
    {"compress": "deflate", "tiled": True, "blockxsize": 16, "blockysize": 16},
    {"compress": "lzw", "interleave": "band"},
    {"compress": "zstd", "predictor": 2, "interleave": "pixel"},
    {"nodata": 0},
    {"BIGTIFF": "YES"},
    {"dtype": "float32", "nodata": float("nan")},
    {"dtype": "int16", "nodata": -1, "compress": "deflate"},
    {"dtype": "uint8", "photometric": "rgb"},
)
SHAPES = ((1, 1), (1, 48), (40, 1), (2, 3), (17, 33), (parts.HEIGHT, parts.WIDTH), (parts.HEIGHT, parts.WIDTH))
EDGES = (0.0, -0.0, 1e-172, 1e-300, 1e300, float("inf"), float("nan"), -10.0, 1.0)
SIZES = (0, 1, 2, 3, 255, 4096, 65535, 2**16, 2**31 - 1, 2**31, 2**32 - 1)
SIDES = (256, 257)  # ImageWidth and ImageLength
LARGEST_SIDE = 4096
"""Larger sides that a few bytes merely declare take minutes, which is another test's matter."""


def make(rng: random.Random, folder: Path) -> Case:
    """A scene, changed, with a network whose class is its highest band."""
    scene, physical = folder / "scene.tif", rng.random() < 0.4
    told = _written(rng, scene)
    model = parts.physical_model() if physical else parts.model("identity")
    bands = ["--bands", "1,2,3"]
    given = [str(scene), "--model", str(model), *bands, *parts.QUICK]
    out = folder / "out.tif"
    kind = rng.choice(("classify", "classify", "classify", "all", "plan", "inspect", "strata"))
    if kind == "plan":
        return Case(["classify", *given, "--plan"], told)
    if kind == "inspect":
        return Case(["inspect", str(model), str(scene), "--values", "--json", *bands], told)
    if kind == "strata":
        arguments = ["strata", str(scene), "--out", str(out), "--band-names", "blue,green,red"]
        return Case(arguments, told, (out,), laws.is_class_map(out))
    beside = [folder / name for name in ("out.qml", "out.tif.aux.xml")]
    law = laws.both(laws.is_class_map(out, {0, 1, 2}), laws.highest_band_wins(scene, out, physical))
    if kind == "classify":
        return Case(["classify", *given, "--out", str(out)], told, (out, *beside), law)
    more = [folder / name for name in ("out_confidence.tif", "out.gpkg", "out.csv")]
    every = [*given, "--out", str(out), "--confidence", "--polygons", str(more[1]), "--areas", str(more[2])]
    files = (out, *beside, *more)
    return Case(["classify", *every], told, files, laws.both(law, laws.companions_read(*files)))


def _written(rng: random.Random, path: Path) -> str:
    """Write a scene, perhaps with odd facts, and perhaps damage the file."""
    layout, (height, width) = dict(rng.choice(LAYOUTS)), rng.choice(SHAPES)
    values = parts.numbers()[:, :height, :width]
    values = (values // 4 if layout.get("photometric") else values).astype(layout.pop("dtype", "uint16"))
    layout.setdefault("crs", "EPSG:32632")
    layout.setdefault("transform", Affine(10, 0, 500_000, 0, -10, 5_000_000))
    odd, told = rng.random() < 0.4, f"{values.dtype} {height} x {width} {sorted(layout)}"
    if odd:
        told += _odd_profile(rng, layout)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _write(rng, path, values, layout, odd)
        except (ValueError, rasterio.errors.RasterioError, OverflowError) as error:
            path.write_bytes(b"")
            return f"{told}: rasterio refuses ({error!s:.60})"
    if odd and rng.random() < 0.7:
        return told
    content = path.read_bytes()
    content, how = _changed_tags(rng, content) if rng.random() < 0.5 else changed_bytes(rng, content)
    path.write_bytes(content)
    return f"{told}; {how}"


def _write(rng: random.Random, path: Path, values: np.ndarray, layout: dict, odd: bool) -> None:
    count, height, width = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", count=count, height=height, width=width, dtype=values.dtype, **layout
    ) as sink:
        sink.write(values)
        sink.scales, sink.offsets = (1e-3,) * 3, (-0.1,) * 3
        if odd:
            _odd_facts(rng, sink)


def _odd_profile(rng: random.Random, layout: dict) -> str:
    kind = rng.choice(("transform", "crs", "nodata"))
    if kind == "transform":
        six = [10, 0, 500_000, 0, -10, 5_000_000]
        for _ in range(rng.choice((1, 2))):
            six[rng.randrange(6)] = rng.choice(EDGES)
        layout["transform"] = Affine(*six)
    elif kind == "crs":
        layout["crs"] = rng.choice((None, "EPSG:4326", "EPSG:3857", "EPSG:3413", 'LOCAL_CS["x",UNIT["metre",1]]'))
    else:
        layout["nodata"] = rng.choice((float("nan"), float("inf"), -1, 65536, 0.5, 1e308, 300))
    return f", {kind} {layout[kind]!s:.60}"


def _odd_facts(rng: random.Random, sink: rasterio.io.DatasetWriter) -> None:
    kind = rng.choice(("scale", "offset", "names", "mask", "colours", "tags"))
    if kind == "scale":
        sink.scales = [rng.choice(EDGES) for _ in range(3)]
    elif kind == "offset":
        sink.offsets = [rng.choice(EDGES) for _ in range(3)]
    elif kind == "names":
        sink.descriptions = [rng.choice((None, "blue", "green", rng.choice(TEXTS).replace("\0", ""))) for _ in range(3)]
    elif kind == "mask":
        sink.write_mask(np.random.default_rng(rng.randrange(99)).random(sink.shape) < rng.choice((0, 0.5, 1)))
    elif kind == "colours":
        sink.colorinterp = [rng.choice(list(ColorInterp)[:8]) for _ in range(3)]
    else:
        sink.update_tags(**{rng.choice(("AREA_OR_POINT", "a", "GEOQUANT")): rng.choice(TEXTS).replace("\0", "")})


def _changed_tags(rng: random.Random, content: bytes) -> tuple[bytes, str]:
    """One to three entries of a classic TIFF's first directory with another type, count or value, or another number."""
    if content[:4] != b"II*\0":
        return changed_bytes(rng, content)
    start = int.from_bytes(content[4:8], "little")
    count = int.from_bytes(content[start : start + 2], "little")
    damaged, told = bytearray(content), []
    for _ in range(rng.choice((1, 1, 2, 3))):
        at = start + 2 + 12 * rng.randrange(max(1, count))
        told.append(_change_entry(rng, damaged, at))
    return bytes(damaged), "tags: " + ", ".join(told)


def _change_entry(rng: random.Random, damaged: bytearray, at: int) -> str:
    tag = int.from_bytes(damaged[at : at + 2], "little")
    part, offset, size = rng.choice((("number", 0, "H"), ("type", 2, "H"), ("count", 4, "I"), ("value", 8, "I")))
    limit = LARGEST_SIDE if tag in SIDES else 2 ** (16 if size == "H" else 32) - 1
    value = rng.choice([number for number in SIZES if number <= limit] + [rng.randrange(13), rng.randrange(255, 340)])
    if part == "number" and value in SIDES:
        value = 0  # no other entry becomes a side of any size
    damaged[at + offset : at + offset + struct.calcsize(size)] = struct.pack("<" + size, value)
    return f"{tag} {part} {value}"
