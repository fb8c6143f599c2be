"""Observing a network on the tiles of a scene: all tiles at once by NumPy, without what stands for no data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from onnx import numpy_helper

from geoquant.calibration.observe import folded_input_range, observe
from geoquant.calibration.range_estimators import Range, RangeRule
from geoquant.calibration.tiles import CalibrationTiles
from geoquant.errors import CalibrationError
from geoquant.grid import Window
from geoquant.onnx_graph.prepare import prepare
from geoquant.options.scene import SceneOptions
from geoquant.progress import silent
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.sampling.stratified_sampling import ChosenTile
from geoquant.sampling.tile_selection import TileGeometry, candidates_of
from geoquant.strata.conditions import Stratum
from geoquant.strata.stratified_scene import stratify
from tests.builders.model_files import card_for
from tests.builders.networks import Network

BANDS, SIDE, TILE, CONTEXT = 4, 192, 64, 8
METHODS = ("mse", "min-max", "percentile", "entropy")


def pixels() -> np.ndarray:
    """(band, y, x) with a wedge and specks without data, and something bright that only the context of tiles sees."""
    rng = np.random.default_rng(0)
    values = rng.normal(500, 120, (BANDS, SIDE, SIDE)).clip(1, 2000)
    values[:, 60:64] = 60_000  # between the tiles
    values[:, :, :20] = 0
    values[:, rng.random((SIDE, SIDE)) < 0.05] = 0
    return values.astype(np.uint16)


WINDOWS = [
    Window(0, 0, 60, TILE),  # ragged: 60 rows
    Window(0, 64, 60, TILE),
    Window(64, 0, TILE, TILE),
    Window(64, 64, TILE, TILE),
    Window(128, 144, TILE, TILE),  # over the scene's right edge
]


@pytest.fixture
def tiles(make_tif) -> CalibrationTiles:
    return tiles_of(make_tif(pixels(), nodata=0))


def tiles_of(path) -> CalibrationTiles:
    card = card_for(BANDS, 3)
    stratified = stratify(fit_to_card(open_scene(path), card, SceneOptions(bands=("1", "2", "3", "4"))), card)
    chosen = [ChosenTile(candidate, Stratum.LAND_DULL_BARE, "") for candidate in candidates_of(stratified, 0, WINDOWS)]
    return CalibrationTiles([stratified], card, TileGeometry(TILE, CONTEXT, 1), chosen)


def pointwise():
    """Convolutions of one pixel, so that NumPy says what every pixel makes of itself."""
    return prepare(Network().conv(6, size=1).relu().conv(3, size=1).model())


def valid_pixels() -> tuple[np.ndarray, np.ndarray]:
    """Stored numbers (band, pixel) of all tiles, and their z."""
    stored = np.concatenate([pixels()[(slice(None), *w.slices)].reshape(BANDS, -1) for w in WINDOWS], axis=1)
    stored = stored[:, (stored != 0).any(axis=0)]
    return stored, (stored.astype(np.float64) - 500) / 250


def test_ranges_are_numpys_on_the_valid_pixels_of_all_tiles(tiles):
    network = pointwise()
    seen = observe(network, tiles, silent, [RangeRule("min-max")])
    stored, z = valid_pixels()
    assert stored.max() < 60_000
    assert seen.pixels == stored.shape[1]
    np.testing.assert_allclose(seen.band_low, z.min(axis=1), rtol=1e-6)
    np.testing.assert_allclose(seen.band_high, z.max(axis=1), rtol=1e-6)
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in network.graph.initializer}
    first, second = (weights[node.input[1]][:, :, 0, 0] for node in network.graph.node if node.op_type == "Conv")
    hidden = np.maximum(first @ z, 0)
    scores = second @ hidden
    relu = next(node.output[0] for node in network.graph.node if node.op_type == "Relu")
    expected = {"x": z, relu: hidden, "scores": scores}
    (ranges,) = seen.ranges.values()
    assert set(ranges) == set(expected)
    for name, values in expected.items():
        found = ranges[name]
        assert [found.low, found.high] == pytest.approx([min(0, values.min()), max(0, values.max())], rel=1e-4), name


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_tiles_makes_no_difference(tiles, method):
    network = prepare(Network(seed=2).conv(6).relu().conv(3).model())
    there = observe(network, tiles, silent, [RangeRule(method)])
    back = observe(network, replace(tiles, choices=tiles.choices[::-1]), silent, [RangeRule(method)])
    assert there.ranges == back.ranges
    factors = np.array([1, 2, 4, 8.0])
    assert folded_input_range(there, factors, RangeRule(method)) == folded_input_range(back, factors, RangeRule(method))


def test_two_rules_of_one_observation_are_those_of_two(tiles):
    rules = RangeRule("mse"), RangeRule("min-max", symmetric=True)
    together = observe(pointwise(), tiles, silent, rules)
    for rule in rules:
        assert observe(pointwise(), tiles, silent, [rule]).ranges == {rule: together.ranges[rule]}


def test_folding_divides_what_each_band_brings_to_the_input(tiles):
    rule = RangeRule("min-max")
    seen = observe(pointwise(), tiles, silent, [rule])
    factors = np.array([0.5, 1, 2, 40])
    low, high = (seen.band_low / factors).min(), (seen.band_high / factors).max()
    assert folded_input_range(seen, factors, rule) == Range(min(0, low), max(0, high))
    assert folded_input_range(seen, np.ones(BANDS), rule) == seen.ranges[rule]["x"]


def test_tiles_without_a_valid_pixel_or_with_hardly_any_are_refused(make_tif, tiles):
    def sparse(count: int) -> CalibrationTiles:
        values = np.zeros((BANDS, SIDE, SIDE), np.uint16)
        values[:, 0, :count] = 700
        card, path = tiles.card, make_tif(values, name=f"sparse{count}.tif", nodata=0)
        scene = fit_to_card(open_scene(path), card, SceneOptions(bands=("1", "2", "3", "4")))
        return replace(tiles, scenes=[stratify(scene, card)])

    with pytest.raises(CalibrationError, match="no valid pixel"):
        observe(pointwise(), sparse(0), silent)
    halved = Network().add("MaxPool", "x", kernel_shape=[4, 4], strides=[4, 4])
    with pytest.raises(CalibrationError, match="so few valid pixels"):
        observe(prepare(halved.conv(3).model()), sparse(2), silent)
