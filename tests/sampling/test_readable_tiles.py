"""A damaged block in a scene: its tile is not chosen, a warning names it, and the rest of the scene still serves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio

from geoquant.errors import CalibrationError, GeoquantWarning, RasterError
from geoquant.grid import Window
from geoquant.raster import decimation as overviews
from geoquant.raster.decimation import overview
from geoquant.raster.opening import open_scene
from geoquant.raster.scene import Scene
from geoquant.sampling.sample import sample_tiles
from tests.builders.sampling import FEW

BLOCK_PX, SIDE = 128, 640


@pytest.fixture
def scene(make_tif: Callable[..., Path]) -> Path:
    """Blocks of 128 px, one scene of patches of many brightnesses."""
    rng = np.random.default_rng(3)
    patches = np.kron(rng.gamma(2.0, 900, (6, SIDE // 32, SIDE // 32)), np.ones((32, 32)))
    values = np.clip(patches * rng.normal(1, 0.05, patches.shape) + 1, 1, 20000).astype(np.uint16)
    names = ("B02", "B03", "B04", "B8A", "B11", "B12")
    layout = {"tiled": True, "blockxsize": BLOCK_PX, "blockysize": BLOCK_PX, "compress": "deflate"}
    return make_tif(values, "scene.tif", nodata=0, descriptions=names, interleave="pixel", **layout)


def block_under(tile: Window) -> Window:
    """The block of the file that a tile begins in."""
    return Window(tile.row // BLOCK_PX * BLOCK_PX, tile.col // BLOCK_PX * BLOCK_PX, BLOCK_PX, BLOCK_PX)


def damage(path: Path, window: Window) -> None:
    """Overwrite the block at ``window`` with what is no deflate stream."""
    with rasterio.open(path) as file:
        tag = f"BLOCK_OFFSET_{window.col // BLOCK_PX}_{window.row // BLOCK_PX}"
        offset = int(file.get_tag_item(tag, "TIFF", bidx=1))
    with path.open("r+b") as stream:
        stream.seek(offset)
        stream.write(b"\xff" * 400)


def chosen(path: Path, out: Path) -> list[Window]:
    tiles = sample_tiles(None, [path], out, FEW).tiles
    return [Window(tile["row"], tile["col"], tile["height"], tile["width"]) for tile in tiles]


def test_damage_that_the_view_shows_is_no_data_there(scene: Path, tmp_path: Path) -> None:
    whole = chosen(scene, tmp_path / "whole.gpkg")
    hole = block_under(whole[0])
    damage(scene, hole)
    where = f"rows {hole.row} to {hole.row_end}, columns {hole.col} to {hole.col_end}"
    with pytest.warns(GeoquantWarning, match=f"1 blocks of scene.tif are damaged.*{where}"):
        left = chosen(scene, tmp_path / "left.gpkg")
    assert len(left) >= FEW.tiles + FEW.held_out
    assert not any(tile.intersection(hole).pixels for tile in left)


def test_damage_that_only_full_resolution_shows_costs_its_tiles(
    scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overviews, "OVERVIEW_PX", 300)
    with rasterio.open(scene, "r+") as file:
        file.build_overviews([2, 4], rasterio.enums.Resampling.nearest)
    hole = block_under(chosen(scene, tmp_path / "whole.gpkg")[0])
    damage(scene, hole)
    with pytest.warns(GeoquantWarning, match=r"The tile at row \d+, column \d+ of scene.tif is not taken: Can't read"):
        left = chosen(scene, tmp_path / "left.gpkg")
    assert len(left) >= FEW.tiles + FEW.held_out
    assert not any(tile.intersection(hole).pixels for tile in left)


def test_a_scene_that_is_damaged_everywhere_ends_the_job(scene: Path, tmp_path: Path) -> None:
    for row in range(0, SIDE, BLOCK_PX):
        for col in range(0, SIDE, BLOCK_PX):
            damage(scene, Window(row, col, BLOCK_PX, BLOCK_PX))
    with pytest.warns(GeoquantWarning, match="25 blocks"), pytest.raises(CalibrationError, match="only 0 tiles"):
        chosen(scene, tmp_path / "none.gpkg")


def test_a_remote_scene_that_fails_is_not_read_block_by_block(scene: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damage(scene, Window(0, 0, BLOCK_PX, BLOCK_PX))
    monkeypatch.setattr(Scene, "is_remote", property(lambda _: True))
    with open_scene(scene) as opened, pytest.raises(RasterError, match="Can't read band"):
        overview(opened)
