"""A scene: pickled, told apart by its fingerprint, and what its blocks take in memory."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np

from geoquant.options.scene import SceneOptions
from geoquant.raster.opening import open_scene
from tests.builders.rasters import picture

MakeTif = Callable[..., Path]


def test_scenes_pickle_and_read_the_same(make_tif: MakeTif) -> None:
    scene = open_scene(make_tif(picture(), nodata=5))
    again = pickle.loads(pickle.dumps(scene))
    assert again == scene
    assert again.fingerprint == scene.fingerprint
    np.testing.assert_array_equal(again.read(scene.grid.window).values, scene.read(scene.grid.window).values)


def test_the_fingerprint_follows_file_and_options(make_tif: MakeTif) -> None:
    path = make_tif(picture())
    first = open_scene(path)
    assert open_scene(path).fingerprint == first.fingerprint
    assert open_scene(path, SceneOptions(nodata=3)).fingerprint != first.fingerprint
    assert open_scene(path, SceneOptions(bands=("2", "1"))).fingerprint != first.fingerprint
    make_tif(picture() + 1)
    assert open_scene(path).fingerprint != first.fingerprint


def test_the_block_cache_estimate_follows_the_layout(make_tif: MakeTif) -> None:
    tiled = open_scene(make_tif(picture(3, 512, 512), "t.tif", tiled=True, blockxsize=64, blockysize=64))
    striped = open_scene(make_tif(picture(3, 512, 512), "s.tif"))
    assert tiled.block_cache_bytes(64, 256) > tiled.block_cache_bytes(64, 128)
    assert striped.block_cache_bytes(64, 256) == striped.block_cache_bytes(64, 128)
    assert striped.block_cache_bytes(512, 512) == 512 * 512 * 6
    assert tiled.block_px == (64, 64)
    assert striped.block_px[1] == 512
