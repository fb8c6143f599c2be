"""What the calibration tiles cover: a tail that is missed is seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio

from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization
from geoquant.options.quantize import SampleOptions
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.sampling.coverage import check_coverage
from geoquant.sampling.tile_selection import TileGeometry
from geoquant.strata.stratified_scene import StratifiedScene, stratify

SIX = ("B02", "B03", "B04", "B8A", "B11", "B12")
FEW = SampleOptions(tiles=8, held_out=6, tile=64)


def landscape(seed: int, side: int = 640) -> np.ndarray:
    """(6, y, x) stored numbers: patches of many brightnesses, a few of them extreme."""
    rng = np.random.default_rng(seed)
    patches = rng.gamma(2.0, 900, (6, side // 32, side // 32)) * rng.choice([0.3, 1, 3], (1, side // 32, side // 32))
    smooth = np.kron(patches, np.ones((32, 32))) * rng.normal(1, 0.05, (6, side, side))
    return np.clip(smooth + 1000, 1, 20000).astype(np.uint16)


@pytest.fixture
def scenes(make_tif: Callable[..., Path]) -> list[Path]:
    """Two scenes in neighbouring zones; the second has another offset in its stored numbers."""
    first, second = landscape(1), landscape(2)
    first[:, :100, :100] = 0
    paths = []
    for name, values, crs, offset in (("a.tif", first, 32632, -0.1), ("b.tif", second - 1000, 32633, 0.0)):
        path = make_tif(values, name, crs=f"EPSG:{crs}", nodata=0, descriptions=SIX)
        with rasterio.open(path, "r+") as file:
            file.scales, file.offsets = (1e-4,) * 6, (offset,) * 6
        paths.append(path)
    return paths


def stratified(path: Path) -> StratifiedScene:
    classes = (ClassLabel(0, "a", "#000000"), ClassLabel(1, "b", "#ffffff"))
    card = ModelCard("any", tuple(map(Band, SIX)), Normalization((0.0,) * 6, (1.0,) * 6), classes)
    return stratify(fit_to_card(open_scene(path), card), card)


GEOMETRY = TileGeometry(64, 16, 8)


@pytest.fixture
def both(scenes: list[Path]) -> list[StratifiedScene]:
    return [stratified(path) for path in scenes]


def test_the_check_sees_a_tail_that_is_missed(both) -> None:
    from dataclasses import replace

    from geoquant.progress import silent
    from geoquant.sampling.tile_selection import choose

    chosen = choose(both, GEOMETRY, FEW, silent)
    assert all(band.low_covered and band.high_covered for band in check_coverage(chosen))
    beyond = replace(chosen.tails, high=chosen.tails.high + np.array([9, 0, 0, 0, 0, 0]))
    coverage = check_coverage(replace(chosen, tails=beyond))
    assert [band.high_covered for band in coverage] == [False, True, True, True, True, True]
