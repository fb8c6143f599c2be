"""Of overlapping scenes the clear pixel wins: a cloud in one is land in the map where another saw the ground."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio

from geoquant.grid import Window
from geoquant.options.mosaic import MosaicOptions
from geoquant.raster.mosaic.mosaic_input import MosaicInput, open_mosaic
from geoquant.strata.clarity import CLEAR, HIDDEN, SceneClarity
from tests.builders.scenes import SIDE, SPECTRA, spectral_card, surfaces, write_scene

CLOUDS, LAND = (Window(330, 300, 90, 100), Window(250, 80, 90, 100)), [0, 1, 2]


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """Two scenes of the same ground at two dates, each with clouds of its own."""
    made = {}
    ground = surfaces(np.random.default_rng(0))
    ground[np.isin(ground, (3, 4))] = 0
    for number, (name, cloud) in enumerate(zip(("early", "late"), CLOUDS, strict=True)):
        kinds = ground.copy()
        kinds[cloud.slices] = list(SPECTRA).index("cloud")
        folder = tmp_path_factory.mktemp(name)
        made[name] = write_scene(folder, kinds, np.random.default_rng(number))
        with rasterio.open(made[name], "r+") as target:
            target.update_tags(ACQUISITIONDATETIME=f"2022-0{number + 5}-01")
    return made


def mosaic_of(scenes, rule):
    given = MosaicInput(tuple(scenes), MosaicOptions(rule=rule))
    return open_mosaic(given, spectral_card(), SceneClarity)


def taken_from(mosaic, scenes, window):
    """(y, x) which of the scenes each pixel was taken from; -1 where there is no data."""
    found = mosaic.read_tolerant(window)[0]
    which = np.full(found.valid.shape, -1)
    for number, path in enumerate(scenes):
        with rasterio.open(path) as source:
            own = source.read(window=((window.row, window.row_end), (window.col, window.col_end)))
        which[found.valid & (own == found.values).all(axis=0)] = number
    return which


@pytest.mark.parametrize("order", [("early", "late"), ("late", "early")])
def test_the_clear_pixel_wins_and_of_clear_ones_the_latest(scenes, order):
    window = Window(0, 40, SIDE, SIDE - 40)
    mosaic = mosaic_of([scenes[name] for name in order], "clearest")
    which = taken_from(mosaic, [scenes["early"], scenes["late"]], window)
    inner = [cloud.expand(-6).relative_to(window).slices for cloud in CLOUDS]
    assert (which[inner[0]] == 1).mean() > 0.99  # the early scene's cloud, seen by the late one
    assert (which[inner[1]] == 0).mean() > 0.99
    elsewhere = np.ones(which.shape, bool)
    for cloud in CLOUDS:
        elsewhere[cloud.expand(40).intersection(window).relative_to(window).slices] = False
    assert (which[elsewhere] == 1).mean() > 0.9  # both see the ground: the latest
    by_date = mosaic_of([scenes[name] for name in order], "latest")
    assert (taken_from(by_date, [scenes["early"], scenes["late"]], window) == 1).all()


def test_a_pixel_is_judged_alike_in_any_window(scenes):
    mosaic = mosaic_of(scenes.values(), "clearest")
    whole = mosaic.read_tolerant(mosaic.grid.window)[0]
    for window in (Window(0, 0, 97, 480), Window(300, 250, 64, 200), Window(411, 399, 30, 33)):
        np.testing.assert_array_equal(
            mosaic.read_tolerant(window)[0].values, whole.values[(slice(None), *window.slices)]
        )


def test_clouds_rank_behind_land(scenes):
    clarity = mosaic_of([scenes["late"]], "clearest").members[0].clarity
    assert isinstance(clarity, SceneClarity)
    assert np.median(clarity.ranks(CLOUDS[1].expand(-6))) == HIDDEN
    assert np.median(clarity.ranks(Window(60, 220, 100, 100))) == CLEAR
