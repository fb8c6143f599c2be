"""Noise of the made-up landscape: normalized, directed, and constant where it should be."""

from __future__ import annotations

import numpy as np
import pytest

from geoquant.demo.landscape.noise import blur, cells, fractal, lottery, streaks


def test_noise_is_normalized_and_rougher_for_a_smaller_slope() -> None:
    rough, smooth = (fractal(np.random.default_rng(0), (96, 128), slope, 60) for slope in (2.0, 4.0))
    for field in (rough, smooth):
        assert field.shape == (96, 128)
        assert abs(float(field.mean())) < 1e-4
        assert float(field.std()) == pytest.approx(1, abs=1e-4)
    assert np.abs(np.diff(rough)).mean() > 2 * np.abs(np.diff(smooth)).mean()


def test_streaks_run_along_their_angle() -> None:
    field = streaks(np.random.default_rng(0), (128, 128), 60, angle=0.0)
    assert np.abs(np.diff(field, axis=0)).mean() > 2 * np.abs(np.diff(field, axis=1)).mean()


def test_blur_keeps_the_mean_and_a_constant() -> None:
    field = np.random.default_rng(0).random((2, 40, 50), np.float32)
    np.testing.assert_allclose(blur(np.full((40, 50), 3.0, np.float32), 1.2), 3, rtol=1e-6)
    assert blur(field, 1.2).std() < 0.5 * field.std()
    assert blur(field, 1.2).mean() == pytest.approx(field.mean(), abs=0.01)


def test_cells_partition_the_plane_and_a_lottery_is_constant_in_each() -> None:
    down, right = np.mgrid[0:64, 0:64].astype(np.float32)
    rng = np.random.default_rng(0)
    found = cells(rng, down, right, 16.0)
    draw = lottery(rng, found.cell)
    for index in np.unique(found.cell):
        assert len(np.unique(draw[found.cell == index])) == 1
    assert 9 <= len(np.unique(found.cell)) <= 36
    assert (found.border_px >= 0).all()
    assert ((draw >= 0) & (draw < 1)).all()
