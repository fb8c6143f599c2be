"""Class maps as polygons: strips do not show, and every pixel is covered once."""

from __future__ import annotations

import numpy as np
import rasterio.features
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geoquant.vector.polygonize import regions_of

MAPS = st.integers(1, 24).flatmap(
    lambda height: arrays(np.uint8, st.tuples(st.just(height), st.integers(1, 16)), elements=st.integers(0, 2))
)


def strips_of(classes: np.ndarray, height: int) -> list[np.ndarray]:
    return [classes[row : row + height] for row in range(0, len(classes), height)]


def canonical(classes: np.ndarray, height: int) -> list[tuple[int, str]]:
    """All regions in a form that does not depend on where a ring starts or in what order they come."""
    found = regions_of(strips_of(classes, height), nodata=0)
    return sorted(
        (int(value), outline.wkt)
        for regions in found
        for value, outline in zip(regions.values, shapely.normalize(regions.outlines), strict=True)
    )


@given(MAPS, st.integers(1, 24))
def test_strips_do_not_show(classes, height):
    assert canonical(classes, height) == canonical(classes, len(classes))


@given(MAPS, st.integers(1, 24))
def test_regions_cover_each_pixel_of_their_class_once_and_are_valid(classes, height):
    painted = np.zeros(classes.shape, np.uint8)
    for regions in regions_of(strips_of(classes, height), nodata=0):
        assert shapely.is_valid(regions.outlines).all()
        for value, outline in zip(regions.values, regions.outlines, strict=True):
            inside = rasterio.features.rasterize([outline], classes.shape, fill=0, dtype="uint8").astype(bool)
            assert not painted[inside].any()
            assert outline.area == inside.sum()
            painted[inside] = value
    np.testing.assert_array_equal(painted, classes)


def test_pixels_that_meet_in_a_corner_are_two_regions():
    assert len(canonical(np.array([[1, 0], [0, 1]], np.uint8), 1)) == 2
