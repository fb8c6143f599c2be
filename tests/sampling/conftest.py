"""Two scenes to sample from, as files and in strata."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio

from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.sampling.sample import sample_tiles
from geoquant.sampling.summary import SampleSummary
from geoquant.strata.stratified_scene import StratifiedScene, stratify
from tests.builders.rasters import write_tif
from tests.builders.sampling import FEW, SIX


def landscape(seed: int, side: int = 640) -> np.ndarray:
    """(6, y, x) stored numbers: patches of many brightnesses, a few of them extreme."""
    rng = np.random.default_rng(seed)
    patches = rng.gamma(2.0, 900, (6, side // 32, side // 32)) * rng.choice([0.3, 1, 3], (1, side // 32, side // 32))
    smooth = np.kron(patches, np.ones((32, 32))) * rng.normal(1, 0.05, (6, side, side))
    return np.clip(smooth + 1000, 1, 20000).astype(np.uint16)


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two scenes in neighbouring zones; the second has another offset in its stored numbers."""
    folder = tmp_path_factory.mktemp("scenes")
    first, second = landscape(1), landscape(2)
    first[:, :100, :100] = 0
    paths = []
    for name, values, crs, offset in (("a.tif", first, 32632, -0.1), ("b.tif", second - 1000, 32633, 0.0)):
        path = write_tif(folder / name, values, crs=f"EPSG:{crs}", nodata=0, descriptions=SIX)
        with rasterio.open(path, "r+") as file:
            file.scales, file.offsets = (1e-4,) * 6, (offset,) * 6
        paths.append(path)
    return paths


def in_strata(path: Path) -> StratifiedScene:
    classes = (ClassLabel(0, "a", "#000000"), ClassLabel(1, "b", "#ffffff"))
    card = ModelCard("any", tuple(map(Band, SIX)), Normalization((0.0,) * 6, (1.0,) * 6), classes)
    return stratify(fit_to_card(open_scene(path), card), card)


@pytest.fixture(scope="session")
def both(scenes: list[Path]) -> list[StratifiedScene]:
    return [in_strata(path) for path in scenes]


@pytest.fixture(scope="session")
def sampled(scenes: list[Path], tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    """What came of sampling both scenes once; ``tiles.geojson`` and its page lie in a folder of their own."""
    return sample_tiles(None, scenes, tmp_path_factory.mktemp("sampled") / "tiles.geojson", FEW)
