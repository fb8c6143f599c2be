"""Thumbnails: one tone for all, no data hatched, small enough whatever a tile's size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rasterio.io import MemoryFile

from geoquant.grid import Window
from geoquant.model_card.card import Band, ModelCard, Normalization
from geoquant.progress import silent
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.sampling.candidates import CandidateTile
from geoquant.sampling.stratified_sampling import ChosenTile
from geoquant.sampling.summary import NumberedTile
from geoquant.sampling.thumbnails import has_colour, scene_view, tile_thumbnails
from geoquant.strata.conditions import STRATUM_COUNT, Stratum
from geoquant.strata.stratified_scene import StratifiedScene, stratify

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")


def stratified(path: Path, bands: tuple[str, ...]) -> StratifiedScene:
    plain = Normalization((0.0,) * len(bands), (1.0,) * len(bands))
    card = ModelCard("any", tuple(map(Band, bands)), plain, (), "dn")
    return stratify(fit_to_card(open_scene(path), card), card)


def tile(number: int, window: Window) -> NumberedTile:
    nothing = np.zeros(1)
    candidate = CandidateTile(0, window, nothing, np.zeros(STRATUM_COUNT), nothing, nothing)
    return NumberedTile(number, "calibration", ChosenTile(candidate, Stratum.WATER, "because"))


def decoded(jpeg: bytes) -> np.ndarray:
    with MemoryFile(jpeg) as memory, memory.open() as picture:
        return picture.read().astype(int)


@pytest.fixture
def scene(make_tif: Callable[..., Path]) -> StratifiedScene:
    """Blue, green, red: dark in the left half, bright in the right, no data in the lowest 100 rows."""
    values = np.full((3, 400, 400), 500, np.uint16)
    values[:, :, 200:] = 4000
    values[:, 300:] = 0
    names = ("B02", "B03", "B04")
    return stratified(make_tif(values, nodata=0, descriptions=names), names)


def test_tiles_are_comparable_because_they_share_a_tone(scene: StratifiedScene) -> None:
    tiles = [tile(1, Window(0, 0, 64, 64)), tile(2, Window(0, 300, 64, 64))]
    dark, bright = (decoded(picture) for picture in tile_thumbnails(tiles, [scene], silent).values())
    assert dark.max() + 60 < bright.min()


def test_no_data_is_hatched(scene: StratifiedScene) -> None:
    picture = decoded(tile_thumbnails([tile(1, Window(320, 0, 64, 64))], [scene], silent)[1])
    assert np.ptp(picture[0]) > 30  # neither black nor of one grey
    assert picture.min() > 100


@pytest.mark.parametrize(
    ("window", "size"),
    [
        (Window(0, 0, 160, 160), (160, 160)),
        (Window(0, 0, 256, 256), (128, 128)),
        (Window(0, 0, 400, 400), (133, 133)),
        (Window(0, 0, 3, 400), (1, 133)),
        (Window(0, 0, 1, 400), (1, 400)),
        (Window(10, 10, 1, 1), (1, 1)),
    ],
)
def test_large_tiles_are_shrunk_by_a_whole_factor(
    scene: StratifiedScene, window: Window, size: tuple[int, int]
) -> None:
    picture = decoded(tile_thumbnails([tile(5, window)], [scene], silent)[5])
    assert picture.shape == (3, *size)


def test_a_scene_without_colour_is_shown_by_its_first_band(make_tif: Callable[..., Path]) -> None:
    ramp = np.tile(np.arange(1, 129, dtype=np.uint16), (2, 128, 1))
    scene = stratified(make_tif(ramp, descriptions=("vv", "vh")), ("vv", "vh"))
    assert not has_colour(scene.scene)
    red, green, blue = decoded(tile_thumbnails([tile(1, Window(0, 0, 128, 128))], [scene], silent)[1])
    assert abs(red - green).max() <= 4
    assert abs(red - blue).max() <= 4


def test_a_view_of_a_scene_says_its_scale(make_tif: Callable[..., Path]) -> None:
    names = ("B02", "B03", "B04")
    ramp = np.tile(np.arange(1, 1601, dtype=np.uint16), (3, 100, 1))
    view = scene_view(stratified(make_tif(ramp, descriptions=names), names).scene)
    assert view.factor == 4  # every second pixel is in the decimated view, and half of these in the picture
    assert view.size == (25, 400)
    assert decoded(view.picture).shape == (3, 25, 400)
