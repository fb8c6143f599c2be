"""A mask that only its values tell is taken with a warning."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from geoquant.errors import GeoquantWarning
from geoquant.grid import Grid
from geoquant.strata.quality_mask import open_mask

SIDE = 200
LANDSCAPE = np.kron(np.random.default_rng(2).choice(4, (10, 10), p=[0.5, 0.2, 0.15, 0.15]), np.ones((20, 20), int))


def mask_file(make_tif, values: np.ndarray, name: str, **profile: object) -> Path:
    return make_tif(values if values.ndim == 3 else values[None], name, **profile)


CODES = {
    "scl": np.array([4, 9, 6, 3], np.uint8),
    "qa_pixel": np.array([21824, 22280, 21952, 23888], np.uint16),
    "fmask": np.array([64, 2, 32, 8], np.uint8),
    "qa60": np.array([0, 1024, 0, 0], np.uint16),
    "classes": np.array([10, 11, 12, 13], np.uint8),
}


def test_a_mask_that_only_its_values_tell_is_said(make_tif):
    grid = Grid(None, (10.0, 0.0, 0.0, 0.0, -10.0, 0.0), SIDE, SIDE)
    path = mask_file(make_tif, CODES["scl"][LANDSCAPE], "quality.tif", crs=None)
    with pytest.warns(GeoquantWarning, match="taken for scl by its values"):
        open_mask(path, grid).close()
