"""What people laid out: fields with their crops, villages with streets and roofs, roads between them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geoquant.demo.landscape.noise import Cells, Field, Index, Mask, cells, fractal, lottery
from geoquant.demo.landscape.spectra import NUMBER

CROPS = (
    ("maize", 0.17),
    ("alfalfa", 0.11),
    ("cereal", 0.14),
    ("rapeseed", 0.06),
    ("ripe", 0.16),
    ("stubble", 0.08),
    ("dark soil", 0.08),
    ("light soil", 0.05),
    ("red soil", 0.05),
    ("pasture", 0.10),
)
"""What grows in a field, and how often."""


class Fields(NamedTuple):
    """Farmland, each ``(y, x)``.

    Attributes:
        material: The crop or other cover that grows there.
        soil: The share of soil that shows through the crop, 0..1.
        brightness: The brightness of this field, varying along its rows.
        margin: True on hedges and tracks between fields.
        road: True on roads between farms.
        district: The number of the farm district; all fields of one share an orientation.
    """

    material: Index
    soil: Field
    brightness: Field
    margin: Mask
    road: Mask
    district: Cells


def rotated(down: Field, right: Field, angle: Field | float) -> tuple[Field, Field]:
    """Coordinates turned by ``angle`` (radians): along and across."""
    along = down * np.cos(angle) + right * np.sin(angle)
    return np.asarray(along, np.float32), np.asarray(right * np.cos(angle) - down * np.sin(angle), np.float32)


def make_fields(rng: np.random.Generator, size: int) -> Fields:
    """Farms in irregular districts, each a grid of strips at an angle of its own, cut into fields of random length."""
    down, right = np.mgrid[0:size, 0:size].astype(np.float32)
    bend = np.float32(9)
    bent = (down + bend * fractal(rng, (size, size), 4.8, 300), right + bend * fractal(rng, (size, size), 4.8, 300))
    district = cells(rng, *bent, cell_px=210.0)
    along, across = rotated(*bent, lottery(rng, district.cell) * np.float32(np.pi))
    strip, strip_border, position = strips(rng, across, (13.0, 34.0))
    length = along + 400 * lottery(rng, district.cell, strip)
    piece, piece_border, _ = strips(rng, length, (26.0, 85.0))
    crop = _choose(lottery(rng, strip, piece, district.cell))
    vigour, tone = lottery(rng, piece, strip, district.cell), lottery(rng, district.cell, piece, strip)
    rows = 0.035 * np.sin(position * (2 * np.pi / 4.6)) * (tone > 0.4)
    brightness = 0.90 + 0.2 * tone + rows + 0.05 * fractal(rng, (size, size), 2.6, 70.0)
    soil = 0.30 * vigour**2 + 0.10 * np.maximum(fractal(rng, (size, size), 3.0, 60.0), 0)
    margin = (np.minimum(strip_border, piece_border) < 0.75) & (lottery(rng, district.cell, strip) > 0.35)
    return Fields(
        crop,
        np.asarray(np.clip(soil, 0, 0.6), np.float32),
        np.asarray(brightness, np.float32),
        np.asarray(margin, np.bool_),
        np.asarray(district.border_px < 0.9, np.bool_),
        district,
    )


def strips(rng: np.random.Generator, coordinate: Field, width_px: tuple[float, float]) -> tuple[Index, Field, Field]:
    """Strips of random width along a coordinate: number, distance from the border, position inside (pixels)."""
    start, stop = float(coordinate.min()), float(coordinate.max())
    widths = rng.uniform(*width_px, int((stop - start) / width_px[0]) + 2)
    borders = (start - 1 + np.cumsum(np.concatenate([[0.0], widths]))).astype(np.float32)
    number = np.searchsorted(borders, coordinate.ravel(), side="right").reshape(coordinate.shape) - 1
    inside = coordinate - borders[number]
    return number, np.asarray(np.minimum(inside, borders[number + 1] - coordinate), np.float32), inside


def _choose(draw: Field) -> Index:
    """The crop of each draw, by the shares of ``CROPS``."""
    limits = np.cumsum([share for _, share in CROPS])[:-1].astype(np.float32)
    numbers = np.array([NUMBER[name] for name, _ in CROPS])
    return np.asarray(numbers[np.searchsorted(limits, draw)], np.int64)
