"""Light on slopes."""

from __future__ import annotations

import numpy as np

from geoquant.demo.landscape.terrain import Sun, sunlight


def test_level_ground_has_full_light_and_slopes_face_the_sun() -> None:
    sun = Sun(azimuth=180, elevation=45)
    rows = np.mgrid[0:32, 0:32][0].astype(np.float32)
    np.testing.assert_allclose(sunlight(np.zeros((32, 32), np.float32), sun), 1, rtol=1e-6)
    assert sunlight(-3 * rows, sun).mean() > 1.1  # falls towards the south, where the sun stands
    assert sunlight(3 * rows, sun).mean() < 0.9
