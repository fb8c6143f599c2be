"""Towns: streets, blocks, roofs, gardens, and works at the outskirts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geoquant.demo.landscape.noise import Cells, Field, Index, Mask, cells, fractal, lottery
from geoquant.demo.landscape.parcels import rotated, strips
from geoquant.demo.landscape.spectra import NUMBER

HOUSES = ("tile roof", "tile roof", "tile roof", "dark roof", "concrete")
WORKS = ("metal roof", "concrete", "concrete", "dark roof")


class Town(NamedTuple):
    """Built-up land, each ``(y, x)``: where it is, what covers it, and how bright that is."""

    mask: Mask
    material: Index
    brightness: Field


def make_towns(rng: np.random.Generator, district: Cells, suitable: Field) -> Town:
    """Towns where land is ``suitable`` (0..1): blocks between streets, roofs and gardens, works at the outskirts."""
    size = suitable.shape[0]
    density = _density(rng, suitable)
    down, right = np.mgrid[0:size, 0:size].astype(np.float32)
    along, across = rotated(down, right, lottery(rng, district.cell) * np.float32(np.pi))
    curve = [np.float32(3) * fractal(rng, (size, size), 4.5, 90) for _ in range(2)]
    row, row_border, _ = strips(rng, across + curve[0], (7.0, 13.0))
    column, column_border, _ = strips(rng, along + curve[1] + 60 * lottery(rng, row), (9.0, 24.0))
    street = np.minimum(row_border, column_border) < 0.55
    works = (lottery(rng, row >> 1, column >> 1, district.cell) > 0.82) & (density < 0.8)
    built = density > 0.12 + 0.5 * lottery(rng, row, column, district.cell)
    house, brightness = _houses(rng, down, right, density)
    hall = _pick(WORKS, lottery(rng, column, row, district.cell))
    material = np.where(street, NUMBER["asphalt"], np.where(works, hall, house))
    brightness = np.where(works & ~street, 0.8 + 0.25 * lottery(rng, row, column), brightness)
    return Town(np.asarray(built, np.bool_), material, np.asarray(brightness, np.float32))


def _houses(rng: np.random.Generator, down: Field, right: Field, density: Field) -> tuple[Index, Field]:
    """Roofs of about two pixels among gardens, fewer gardens towards the centre: material and brightness."""
    house = cells(rng, down, right, 2.4)
    garden = lottery(rng, house.cell) > 0.36 + 0.44 * density
    material = np.where(garden, NUMBER["garden"], _pick(HOUSES, lottery(rng, house.cell)))
    quarter = 0.06 * fractal(rng, density.shape, 2.5, 60.0)
    return material, np.asarray(0.84 + 0.28 * lottery(rng, house.cell) + quarter, np.float32)


def _pick(names: tuple[str, ...], draw: Field) -> Index:
    """One of the materials for each draw in 0..1."""
    numbers = np.array([NUMBER[name] for name in names], np.int64)
    return np.asarray(numbers[np.minimum((draw * len(names)).astype(np.int64), len(names) - 1)], np.int64)


def _density(rng: np.random.Generator, suitable: Field) -> Field:
    """How densely built, 0..1: a town, a smaller one, villages; ragged, and only on suitable land."""
    size = suitable.shape[0]
    down, right = np.mgrid[0:size, 0:size].astype(np.float32)
    density = np.zeros_like(suitable)
    places = np.argwhere(suitable[::16, ::16] > 0.6) * 16
    count = max(3, round(11 * (size / 1536) ** 2))
    for number, (row, col) in enumerate(rng.permutation(places)[:count]):
        radius = (82.0 if number == 0 else 44.0 if number == 1 else rng.uniform(12, 27)) * min(1.0, size / 1024)
        spread = np.exp(-((down - row) ** 2 + (right - col) ** 2) / (2 * radius**2))
        density = np.maximum(density, np.asarray(spread, np.float32))
    ragged = density + 0.16 * fractal(rng, (size, size), 3.0, 140.0) * np.sqrt(density)
    return np.asarray(np.clip((ragged - 0.2) / 0.7, 0, 1) * (suitable > 0.15), np.float32)
