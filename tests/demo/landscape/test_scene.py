"""The made-up landscape: decided by its seed, physically ordered, and hard where real scenes are hard."""

from __future__ import annotations

import numpy as np
import pytest

from geoquant.demo.landscape.noise import shift
from geoquant.demo.landscape.scene import NODATA, OFFSET, SCALE, Landscape, make_landscape
from geoquant.demo.landscape.spectra import (
    BANDS,
    BARE,
    CLOUD,
    COVERS,
    FOREST,
    SHADOW,
    SNOW,
    WATER,
)

BLUE, GREEN, RED, NIR, SWIR16, SWIR22 = range(6)


@pytest.fixture(scope="module")
def scene() -> Landscape:
    return make_landscape(seed=8, size=384)


def reflectance(scene: Landscape, cover: int) -> np.ndarray:
    """Median reflectance per band of a true class."""
    return np.median(scene.stored[:, scene.labels == cover] * SCALE + OFFSET, axis=1)


def test_a_seed_decides_the_scene(scene: Landscape) -> None:
    again, other = make_landscape(seed=8, size=384), make_landscape(seed=9, size=384)
    for first, second in zip(scene[:3], again[:3], strict=True):
        np.testing.assert_array_equal(first, second)
    assert (scene.labels != other.labels).mean() > 0.3


def test_stored_numbers_are_those_of_a_sentinel_2_product(scene: Landscape) -> None:
    assert scene.stored.shape == (len(BANDS), 384, 384)
    assert scene.stored.dtype == np.uint16
    valid = scene.labels > 0
    assert 0.9 < valid.mean() < 0.99
    assert (scene.stored[:, ~valid] == NODATA).all()
    assert scene.stored[:, valid].min() > NODATA
    assert 900 < np.quantile(scene.stored[:, valid], 0.001) < 1400  # offset -1000: dark targets lie just above it
    assert scene.stored.max() < 0.1 / SCALE + 1.3 / SCALE


def test_every_cover_occurs_somewhere_and_no_other_value() -> None:
    seen = set()
    for seed in (8, 9):
        labels = make_landscape(seed, 384).labels
        seen |= set(np.unique(labels).tolist())
    assert seen == {0, *(cover.value for cover in COVERS)}


def test_spectra_are_in_physical_order(scene: Landscape) -> None:
    water, forest, snow = (reflectance(scene, cover) for cover in (WATER, FOREST, SNOW))
    cloud, shadow, bare = (reflectance(scene, cover) for cover in (CLOUD, SHADOW, BARE))
    assert water[NIR] < water[GREEN] < 0.12
    assert forest[NIR] > 4 * forest[RED]
    assert snow[BLUE] > 3 * snow[SWIR16]
    assert cloud[SWIR16] > 2 * snow[SWIR16]
    assert (cloud[:NIR] > 0.4).all()
    assert (shadow < 0.6 * bare).all()
    assert bare[SWIR16] > bare[RED]


def test_scl_agrees_with_the_truth_at_its_own_resolution(scene: Landscape) -> None:
    labels = scene.labels[::2, ::2]
    assert scene.scl.shape == labels.shape
    np.testing.assert_array_equal(scene.scl == 0, labels == 0)
    np.testing.assert_array_equal(scene.scl == 3, labels == SHADOW)
    np.testing.assert_array_equal(np.isin(scene.scl, (8, 9)), labels == CLOUD)
    assert set(np.unique(scene.scl)) <= {0, 2, 3, 4, 5, 6, 8, 9, 10, 11}


def test_shadows_lie_away_from_the_sun(scene: Landscape) -> None:
    """Moved by their own displacement, clouds cover shadows better than moved the opposite way."""
    cloud, shadow = (np.asarray(scene.labels == value, np.float32) for value in (CLOUD, SHADOW))
    down, right = scene.sun.towards

    def hit(reach_px: float) -> float:
        return float((shift(cloud, -down * reach_px, -right * reach_px) * shadow).sum() / shadow.sum())

    assert max(hit(reach) for reach in range(30, 100, 5)) > 0.8
    assert max(hit(-reach) for reach in range(30, 100, 5)) < 0.7


def test_the_edge_of_a_cloud_is_soft(scene: Landscape) -> None:
    """Between the brightest tenth and the ground there are intermediate pixels, as under a real cloud's edge."""
    blue = scene.stored[BLUE][scene.labels > 0] * SCALE + OFFSET
    assert ((blue > 0.2) & (blue < 0.4)).mean() > 0.01


def test_progress_names_the_stages() -> None:
    told: list[str] = []
    make_landscape(1, 128, told.append)
    assert told == ["relief, fields and towns", "clouds and their shadows", "the sensor's view"]
