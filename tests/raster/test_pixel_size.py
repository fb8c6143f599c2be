"""Pixel sizes in metres, degrees included."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rasterio import warp
from rasterio.transform import from_origin

from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from tests.builders.rasters import card

MakeTif = Callable[..., Path]


def picture(bands: int = 4, height: int = 24, width: int = 36) -> np.ndarray:
    return np.random.default_rng(3).integers(1, 4000, (bands, height, width)).astype("uint16")


def test_nearly_the_models_distance_is_left_alone(make_tif: MakeTif) -> None:
    path = make_tif(picture(1, 20, 20), transform=from_origin(500_000, 5e6, 9.98, 9.98))
    assert fit_to_card(open_scene(path), card("1", gsd_m=10)).grid.height == 20


def test_degrees_are_compared_with_metres_on_the_ground(make_tif: MakeTif) -> None:
    degrees = 30 / 111_320
    transform = from_origin(10, 60, degrees / np.cos(np.radians(60)), degrees)
    path = make_tif(picture(1, 40, 40), crs="EPSG:4326", transform=transform)
    assert fit_to_card(open_scene(path), card("1", gsd_m=30)).grid.height == 40
    assert fit_to_card(open_scene(path), card("1", gsd_m=60)).grid.height == 20


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:32633"])
def test_distances_are_compared_on_the_ground(make_tif: MakeTif, crs: str) -> None:
    x, y = warp.transform("EPSG:4326", crs, [12.0], [60.0])
    units = 20 if crs == "EPSG:3857" else 10  # both are 10 m at 60 degrees north
    path = make_tif(picture(1, 40, 40), crs=crs, transform=from_origin(x[0], y[0], units, units))
    assert fit_to_card(open_scene(path), card("1", gsd_m=10)).grid.height == 40
    coarser = fit_to_card(open_scene(path), card("1", gsd_m=20)).grid
    assert coarser.height == 20
    assert coarser.pixel_size == pytest.approx((2 * units, 2 * units), rel=0.01)
