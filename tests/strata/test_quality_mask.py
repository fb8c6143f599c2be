"""A mask that only its values tell is taken with a warning."""

from __future__ import annotations

import numpy as np
import pytest

from geoquant.errors import GeoquantWarning
from geoquant.grid import Grid
from geoquant.strata.quality_mask import open_mask


def test_a_mask_that_only_its_values_tell_is_said(make_tif):
    grid = Grid(None, (10.0, 0.0, 0.0, 0.0, -10.0, 0.0), 200, 200)
    scl = np.random.default_rng(2).choice(np.array([3, 4, 6, 9], np.uint8), (1, 200, 200))
    path = make_tif(scl, "quality.tif", crs=None)
    with pytest.warns(GeoquantWarning, match="taken for scl by its values"):
        open_mask(path, grid).close()
