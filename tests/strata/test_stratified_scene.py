"""A scene in strata: the same for every window, and real scenes that come out as they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio

from geoquant.grid import Window
from geoquant.options.scene import MaskOptions, SceneOptions
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.strata.conditions import STRATUM_COUNT, Stratum
from geoquant.strata.stratified_scene import stratify
from tests.builders.cards import SIX, card


def test_strata_do_not_depend_on_the_window(stratified):
    whole = stratified.strata(Window(0, 0, 240, 240))
    assert len(np.unique(whole)) > 3
    for window in (Window(0, 0, 64, 64), Window(30, 35, 50, 20), Window(200, 190, 40, 50)):
        np.testing.assert_array_equal(stratified.strata(window), whole[window.slices])


def test_the_scene_knows_its_sensor_better_than_the_card(make_tif):
    ground = np.random.default_rng(0).uniform(0.02, 0.4, (5, 40, 40)).astype(np.float32)
    names = [f"LT05_L2SP_190025_20100101_20200101_02_T1_SR_B{number}.tif" for number in (1, 2, 3, 4, 5)]
    scene = open_scene([make_tif(values[None], name) for name, values in zip(names, ground, strict=True)])
    of_landsat_5 = card(tuple((f"SR_B{number}", None) for number in (1, 2, 3, 4, 5)))
    reader = stratify(fit_to_card(scene, of_landsat_5), of_landsat_5).reader
    assert reader.roles == {"blue": 0, "green": 1, "red": 2, "nir": 3, "swir16": 4}


@pytest.mark.real
def test_spectral_strata_of_a_real_cloudy_scene_match_its_own_mask(real_tile: tuple[Path, Path]):
    (file, scl), options = real_tile, SceneOptions(nodata=0)
    scene = fit_to_card(open_scene(file, options), card(), options)
    window = scene.grid.window
    with_mask = stratify(scene, card(), scl)
    by_mask, by_spectra = with_mask.strata(window), replace(with_mask, mask=None).strata(window)

    def precision_and_recall(stratum):
        both = ((by_mask == stratum) & (by_spectra == stratum)).sum()
        return both / (by_spectra == stratum).sum(), both / (by_mask == stratum).sum()

    # Sen2Cor is no ground truth: the bounds only say that both mean the same thing
    for stratum, least in ((Stratum.THICK_CLOUD, 0.7), (Stratum.SHADOW, 0.65), (Stratum.WATER, 0.7)):
        assert min(precision_and_recall(stratum)) > least
    assert (by_spectra == Stratum.SNOW).mean() < 0.02  # Ireland in October


@pytest.mark.real
def test_a_real_scene_of_bare_numbers_has_land_water_and_shadow_but_no_cloud(real_data: Path):
    bands = (("b2", "blue"), ("b3", "green"), ("b4", "red"), ("b5", "nir"))
    options = SceneOptions(bands=("1", "2", "3", "4"))
    files = [real_data / "landsat8_zion_nlcd" / f"landsat_b{number}.tif" for number in (2, 3, 4, 5)]
    scene = fit_to_card(open_scene(files, options), card(bands, "dn"), options)
    strata = stratify(scene, card(bands, "dn")).strata(scene.grid.window)
    shares = np.bincount(strata.ravel(), minlength=STRATUM_COUNT) / strata.size
    assert min(shares[Stratum.LAND_DULL_BARE : Stratum.LAND_BRIGHT_GREEN + 1]) > 0.02
    assert 0.005 < shares[Stratum.SHADOW] < 0.05  # canyons
    assert shares[Stratum.THICK_CLOUD] + shares[Stratum.THIN_CLOUD] < 0.001  # a cloudless day


@pytest.mark.real
@pytest.mark.parametrize("physical", [True, False])
def test_rgb_alone_still_finds_land_and_cloud_in_a_cloudy_scene(real_tile: tuple[Path, Path], physical: bool):
    file, mask = real_tile
    options = SceneOptions(nodata=0) if physical else SceneOptions(nodata=0, scale=1.0, offset=0.0)
    fitted = fit_to_card(open_scene(file, options), card(SIX[:3]), options)
    conditions = stratify(fitted, card(SIX[:3]), mask_options=MaskOptions(mask_kind="none")).strata(fitted.grid.window)
    with rasterio.open(mask) as source:
        scl = source.read(1)
    land = np.isin(conditions, (1, 2, 3, 4)) & np.isin(scl, (4, 5, 7))
    assert land.sum() > 0.75 * (np.isin(scl, (4, 5, 7)) & ~np.isin(conditions, (0, 9, 11))).sum()
    cloud = np.isin(conditions, (7, 8))
    assert np.isin(scl[cloud], (8, 9, 10)).mean() > 0.95
    assert cloud.sum() > 0.5 * np.isin(scl, (8, 9, 10))[conditions != 0].sum()
