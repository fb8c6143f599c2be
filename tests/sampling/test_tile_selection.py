"""Surveying: strata that do not depend on the window, tile geometry, and real scenes that come out as they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio

from geoquant.errors import CalibrationError
from geoquant.grid import Window
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization, Tiling
from geoquant.options.quantize import QuantizeOptions
from geoquant.options.scene import MaskOptions, SceneOptions
from geoquant.raster.decimation import decimation
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.sampling.candidates import lattice
from geoquant.sampling.tile_selection import candidates_of, tile_geometry
from geoquant.strata.conditions import CLEAR, STRATUM_COUNT, Stratum
from geoquant.strata.spectra import band_reader
from geoquant.strata.spectral_tests import learn_thresholds, spectral_conditions
from geoquant.strata.stratified_scene import StratifiedScene, stratify

SIX = (("B02", "blue"), ("B03", "green"), ("B04", "red"), ("B8A", "nir08"), ("B11", "swir16"), ("B12", "swir22"))


def card(bands=SIX, units="physical", tiling=Tiling(halo_px=8, stride_px=4)) -> ModelCard:  # noqa: B008
    count = len(bands)
    classes = (ClassLabel(0, "a", "#000000"), ClassLabel(1, "b", "#ffffff"))
    named = tuple(Band(name, common) for name, common in bands)
    return ModelCard("any", named, Normalization((0.0,) * count, (1.0,) * count), classes, units, tiling=tiling)


@pytest.fixture
def stratified(make_tif) -> StratifiedScene:
    rng = np.random.default_rng(0)
    values = np.kron(rng.integers(200, 6000, (6, 15, 15)), np.ones((16, 16))).astype(np.uint16)
    values[:, :40, :40] = 0
    path = make_tif(values, nodata=0, descriptions=[name for name, _ in SIX])
    options = SceneOptions(scale=1e-4, offset=0.0)
    return stratify(fit_to_card(open_scene(path, options), card(), options), card())


def test_strata_do_not_depend_on_the_window(stratified):
    whole = stratified.strata(Window(0, 0, 240, 240))
    assert len(np.unique(whole)) > 3
    for window in (Window(0, 0, 64, 64), Window(30, 35, 50, 20), Window(200, 190, 40, 50)):
        np.testing.assert_array_equal(stratified.strata(window), whole[window.slices])


def test_candidates_describe_their_own_pixels(stratified):
    windows = lattice(stratified.scene.grid, 64, 72, 4)
    found = candidates_of(stratified, 3, windows)
    assert decimation(stratified.scene) == 1
    whole = stratified.strata(stratified.scene.grid.window)
    for candidate in found:
        part = whole[candidate.window.slices]
        np.testing.assert_allclose(candidate.shares, np.bincount(part.ravel(), minlength=STRATUM_COUNT) / part.size)
        assert candidate.scene == 3


def test_a_network_of_fixed_size_decides_the_tile(stratified):
    options = QuantizeOptions(tile=128, tiles=4, held_out=4)
    assert tile_geometry([stratified], card(), options, 80).tile_px == 64
    with pytest.raises(CalibrationError, match="only runs at 16 px"):
        tile_geometry([stratified], card(), options, 16)
    blended = card(tiling=Tiling(halo_px=None, stride_px=4, overlap_px=30))
    assert tile_geometry([stratified], blended, options).context_px == 12


@pytest.mark.real
def test_spectral_strata_of_a_real_cloudy_scene_match_its_own_mask(real_data: Path):
    folder, options = real_data / "sentinel2_l2a_t29unu", SceneOptions(nodata=0)
    scene = fit_to_card(open_scene(folder, options), card(), options)
    window = scene.grid.window
    with_mask = stratify(scene, card(), next(folder.glob("*SCL_60m.jp2")))
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
def test_rgb_alone_still_finds_land_and_cloud_in_a_cloudy_scene(real_data: Path, physical: bool):
    folder = real_data / "sentinel2_l2a_t29unu"
    options = SceneOptions(nodata=0) if physical else SceneOptions(nodata=0, scale=1.0, offset=0.0)
    fitted = fit_to_card(open_scene(folder, options), card(SIX[:3]), options)
    conditions = stratify(fitted, card(SIX[:3]), mask_options=MaskOptions(mask_kind="none")).strata(fitted.grid.window)
    with rasterio.open(next(folder.glob("*SCL_60m.jp2"))) as source:
        scl = source.read(1)
    land = np.isin(conditions, (1, 2, 3, 4)) & np.isin(scl, (4, 5, 7))
    assert land.sum() > 0.75 * (np.isin(scl, (4, 5, 7)) & ~np.isin(conditions, (0, 9, 11))).sum()
    cloud = np.isin(conditions, (7, 8))
    assert np.isin(scl[cloud], (8, 9, 10)).mean() > 0.95
    assert cloud.sum() > 0.5 * np.isin(scl, (8, 9, 10))[conditions != 0].sum()


@pytest.mark.real
@pytest.mark.parametrize(("bands", "least"), [(5, 0.75), (4, 0.7), (3, 0.55)])
@pytest.mark.parametrize("factor", [1, 10_000])
def test_spectral_tests_find_what_others_labelled(real_data: Path, bands: int, least: float, factor: int):
    arrays = np.load(real_data / "cloud_shadow_s2" / "sentinel2.npz")
    labels = arrays["msk"].reshape(arrays["img"].shape[:2])
    values = np.moveaxis(arrays["img"], -1, 0)[:bands] * factor
    values = values if factor == 1 else values.astype(np.uint16)
    roles = dict(zip(("blue", "green", "red", "nir", "swir16"), range(bands), strict=False))
    spectra = band_reader(values, np.ones(labels.shape, bool), roles, [Band("b")] * bands).spectra(
        values, np.ones(labels.shape, bool)
    )
    conditions = spectral_conditions(spectra, learn_thresholds(spectra))
    for truth, strata, recall in (
        (labels == 4, (7, 8), 0.9 if factor == 1 else 0.6),
        (labels < 2, (5, 10), least),
        (labels == 3, (CLEAR,), 0.85),
    ):
        assert np.isin(conditions[truth], strata).mean() > recall
    assert (labels[np.isin(conditions, (7, 8))] == 4).mean() > 0.7
