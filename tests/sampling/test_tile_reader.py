"""Tiles as calibration and judging see them: the scene's own pixels, cut to its edge, by one reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoquant.calibration.tiles import CalibrationTiles, band_profile
from geoquant.drift.band_profile import PROBABILITIES
from geoquant.grid import Window
from geoquant.model_card.card import Normalization
from geoquant.preprocessing.chain import EngineInput
from geoquant.progress import silent
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.sampling.candidates import CandidateTile
from geoquant.sampling.stratified_sampling import ChosenTile
from geoquant.sampling.tile_reader import TileReader
from geoquant.sampling.tile_selection import TileGeometry
from geoquant.strata.conditions import Stratum
from geoquant.strata.stratified_scene import StratifiedScene, stratify
from tests.builders.scenes import SIDE, make_scene, spectral_card

CONTEXT = 16
INSIDE = (Window(100, 40, 64, 64), Window(0, 300, 64, 64), Window(416, 416, 64, 64))
OVER_THE_EDGE = (Window(-20, 100, 64, 64), Window(440, 450, 64, 64), Window(200, -60, 64, 64))


def chosen(window: Window, scene: int = 0) -> ChosenTile:
    nothing = np.zeros(0)
    return ChosenTile(CandidateTile(scene, window, nothing, nothing, nothing, nothing), Stratum.LAND_DULL_BARE, "")


@pytest.fixture(scope="module")
def stratified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StratifiedScene]:
    path = make_scene(Path(tmp_path_factory.mktemp("tiles")))
    scene = fit_to_card(open_scene(path), spectral_card())
    found = stratify(scene, spectral_card(), path.parent / "scl.tif", path.parent / "labels.tif")
    yield found
    found.close()
    scene.close()


@pytest.fixture(scope="module")
def tiles(stratified: StratifiedScene) -> TileReader:
    choices = [chosen(window) for window in (*INSIDE, *OVER_THE_EDGE)]
    return TileReader([stratified], spectral_card(), TileGeometry(64, CONTEXT, 1), choices)


@given(st.integers(-60, SIDE - 4), st.integers(-60, SIDE - 4), st.integers(0, 40))
def test_a_tile_is_the_scenes_own_pixels_cut_to_its_edge(
    stratified: StratifiedScene, tiles: TileReader, row: int, col: int, context_px: int
) -> None:
    window = Window(row, col, 64, 64)
    reader = replace(tiles, geometry=TileGeometry(64, context_px, 1))
    tile = reader.read(chosen(window))
    inside = window.intersection(Window(0, 0, SIDE, SIDE))
    assert reader.window(chosen(window)) == inside
    assert tile.pixels.values.shape == (4, 64 + 2 * context_px, 64 + 2 * context_px)
    own = stratified.scene.read(inside)
    np.testing.assert_array_equal(tile.pixels.values[(slice(None), *tile.core)], own.values)
    np.testing.assert_array_equal(tile.pixels.valid[tile.core], own.valid)
    assert tile.labels is not None
    assert tile.strata.shape == tile.labels.shape == (inside.height, inside.width)
    assert tile.counted.sum() == own.valid.sum()
    np.testing.assert_array_equal(tile.counted[tile.core], own.valid)


def test_conditions_and_labels_are_those_of_the_whole_scene(stratified: StratifiedScene, tiles: TileReader) -> None:
    whole = Window(0, 0, SIDE, SIDE)
    strata, labels = stratified.strata(whole), stratified.true_classes(whole, range(1, 6))
    assert labels is not None
    for choice, tile in zip(tiles.choices, tiles, strict=True):
        place = tiles.window(choice).slices
        np.testing.assert_array_equal(tile.strata, strata[place])
        np.testing.assert_array_equal(tile.labels, labels[place])


def test_labels_are_read_only_where_they_are_asked_for_and_there(
    stratified: StratifiedScene, tiles: TileReader
) -> None:
    assert tiles.read(tiles.choices[0], labels=False).labels is None
    unlabelled = replace(tiles, scenes=[replace(stratified, labels=None)])
    assert all(tile.labels is None for tile in unlabelled)


def test_tiles_come_in_their_order_each_with_its_scene(stratified: StratifiedScene, tiles: TileReader) -> None:
    two = replace(tiles, scenes=[stratified, stratified], choices=[chosen(INSIDE[1], 1), chosen(INSIDE[0])])
    assert len(two) == 2
    assert [tile.scene for tile in two] == [1, 0]
    alone = [tiles.read(chosen(window)) for window in (INSIDE[1], INSIDE[0])]
    for tile, same in zip(two, alone, strict=True):
        np.testing.assert_array_equal(tile.pixels.values, same.pixels.values)
    assert two.shape == (4, 64 + 2 * CONTEXT, 64 + 2 * CONTEXT)


def test_the_chains_of_the_own_card_are_made_once_and_other_cards_have_their_own(tiles: TileReader) -> None:
    assert tiles.chains is tiles.chains
    tile, card = tiles.read(tiles.choices[0]), spectral_card()
    twice = replace(card, normalization=Normalization(card.normalization.shift, tuple(np.full(4, 0.2))))
    (own,), (other,) = tiles.encoders(tiles.card), tiles.encoders(twice)
    halved = other(tile.pixels.values) * (0.2 / np.array(card.normalization.scale))[:, None, None]
    np.testing.assert_allclose(halved, own(tile.pixels.values), atol=1e-5)
    (levels,) = tiles.encoders(tiles.card, EngineInput("uint8", 0.05, 100))
    assert levels(tile.pixels.values).dtype == np.uint8


def test_calibration_observes_what_judging_compares(tiles: TileReader) -> None:
    calibration = CalibrationTiles(tiles.scenes, tiles.card, tiles.geometry, tiles.choices)
    (encode,) = tiles.encoders(tiles.card)
    for tile, (batch, mask) in zip(tiles, calibration.batches(silent, "looking"), strict=True):
        np.testing.assert_array_equal(batch[0], encode(*tile.pixels))
        np.testing.assert_array_equal(mask.valid, tile.counted)
        np.testing.assert_array_equal(mask.strata[tile.core], tile.strata)
        assert mask.strata.sum() == tile.strata.sum(dtype=int)


def test_the_profile_is_of_the_tiles_own_pixels_in_the_cards_units(tiles: TileReader) -> None:
    few = CalibrationTiles(tiles.scenes, tiles.card, tiles.geometry, tiles.choices[:3])
    pixels = [tile.pixels.values[(slice(None), *tile.core)][:, tile.pixels.valid[tile.core]] for tile in few]
    expected = np.quantile(np.concatenate(pixels, axis=1) * 1e-4 - 0.1, PROBABILITIES, axis=1).T
    np.testing.assert_allclose(band_profile(few).quantiles, expected, rtol=1e-9)
