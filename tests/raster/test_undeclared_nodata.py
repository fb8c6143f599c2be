"""Fill that a file does not declare is named with its option."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from geoquant.options.scene import SceneOptions
from geoquant.raster.opening import open_scene
from tests.builders.rasters import picture

MakeTif = Callable[..., Path]


def test_undeclared_fill_is_named_with_its_option(make_tif: MakeTif) -> None:
    values = picture(2, 1500, 1200)
    values[:, :, :400] = 0
    (warning,) = open_scene(make_tif(values)).warnings
    assert "33%" in warning or "32%" in warning or "34%" in warning or "40%" in warning
    assert "--nodata 0" in warning
    assert open_scene(make_tif(values, "declared.tif", nodata=0)).warnings == ()
    assert open_scene(make_tif(values), SceneOptions(nodata=0)).warnings == ()
