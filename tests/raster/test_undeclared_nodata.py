"""Fill that a file does not declare is named with its option."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from geoquant.options.scene import SceneOptions
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.raster.undeclared_nodata import empty_bands
from tests.builders.rasters import card, picture

MakeTif = Callable[..., Path]


def test_undeclared_fill_is_named_with_its_option(make_tif: MakeTif) -> None:
    values = picture(2, 1500, 1200)
    values[:, :, :400] = 0
    (warning,) = open_scene(make_tif(values)).warnings
    assert "33%" in warning or "32%" in warning or "34%" in warning or "40%" in warning
    assert "--nodata 0" in warning
    assert open_scene(make_tif(values, "declared.tif", nodata=0)).warnings == ()
    assert open_scene(make_tif(values), SceneOptions(nodata=0)).warnings == ()


@pytest.mark.parametrize(("height", "width"), [(300, 240), (1500, 1200)])
def test_white_fill_of_eight_bits_is_named_where_it_lies_along_the_edge(make_tif: MakeTif, height: int, width: int):
    values = picture(3, height, width).astype(np.uint8)
    values[:, : height // 3] = 255
    (warning,) = open_scene(make_tif(values)).warnings
    assert "are 255 in every band" in warning
    assert "--nodata 255" in warning
    assert open_scene(make_tif(values), SceneOptions(nodata=255)).warnings == ()


@pytest.mark.parametrize("part", [np.s_[400:900, 300:900], np.s_[:40, 300:340], np.s_[:500, 1:-1:2]])
def test_saturated_clouds_are_no_fill(make_tif: MakeTif, part: tuple[slice, slice]):
    values = picture(3, 1500, 1200).astype(np.uint8)
    values[(slice(None), *part)] = 255
    assert open_scene(make_tif(values)).warnings == ()


def test_bands_without_data_are_named_with_the_way_out(make_tif: MakeTif):
    values = picture(8, 200, 180).astype(np.int16)
    values[[2, 3, 6]] = -32768
    scene = open_scene(make_tif(values, nodata=-32768))
    warning = empty_bands(scene)
    assert warning.startswith(f"No data was found in bands 3-4,7 of {scene.name}")
    assert "--bands 1-2,5-6,8" in warning
    assert empty_bands(open_scene(make_tif(values, nodata=-32768), SceneOptions(bands=("1-2", "5-6", "8")))) == ""
    fitted = fit_to_card(scene, card(*"abcdefgh"))
    assert warning in fitted.warnings
    assert not fitted.read(fitted.grid.window).valid.any()


def test_holes_and_scenes_without_any_data_are_not_empty_bands(make_tif: MakeTif):
    values = picture(3, 200, 180).astype(np.int16)
    values[1, 60:140, 50:130] = -1  # the middle, which is looked at first
    assert empty_bands(open_scene(make_tif(values, nodata=-1))) == ""
    values[...] = -1
    assert empty_bands(open_scene(make_tif(values, nodata=-1))) == ""
