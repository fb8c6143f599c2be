"""A damaged Deflate block is found, which GDAL may read without an error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio

from geoquant.diagnostics.checks import blocks


def stored(path: Path, **profile: object) -> Path:
    values = np.random.default_rng(0).integers(0, 5000, (3, 200, 300)).astype(np.uint16)
    kept = {"driver": "GTiff", "width": 300, "height": 200, "count": 3, "dtype": "uint16", "compress": "deflate"}
    with rasterio.open(path, "w", **{**kept, **profile}) as file:
        file.write(values)
    return path


@pytest.mark.parametrize("layout", [{"tiled": True, "blockxsize": 64, "blockysize": 64}, {"blockysize": 20}])
@pytest.mark.parametrize(("interleave", "band"), [("pixel", 1), ("band", 2)])
def test_the_damaged_block_is_named(tmp_path, layout, interleave, band):
    path = stored(tmp_path / "scene.tif", interleave=interleave, **layout)
    sound = blocks.finding([str(path)])
    assert sound is not None
    assert sound.status == "ok"
    with rasterio.open(path) as file:
        down, right = file.block_shapes[0]
        col, row = (250 // right, 150 // down)
        offset, size = (int(file.get_tag_item(f"BLOCK_{f}_{col}_{row}", "TIFF", bidx=band)) for f in ("OFFSET", "SIZE"))
    content = bytearray(path.read_bytes())
    middle = offset + size // 2
    content[middle : middle + 40] = bytes(40)
    path.write_bytes(content)
    found = blocks.finding([str(path)])
    assert found is not None
    assert found.status == "problem"
    assert f"band {band} at row {row * down}, column {col * right} " in found.found
    assert str(path) in found.found


def test_what_has_no_checksum_is_not_spoken_of(tmp_path):
    plain, lzw = stored(tmp_path / "plain.tif", compress=None), stored(tmp_path / "lzw.tif", compress="lzw")
    (tmp_path / "notes.aux.xml").write_text("<PAMDataset/>")
    assert (
        blocks.finding([str(plain), str(lzw), str(tmp_path / "notes.aux.xml"), "/vsicurl/http://localhost/a.tif"])
        is None
    )


def test_empty_blocks_of_a_sparse_file_are_no_damage(tmp_path):
    path = tmp_path / "sparse.tif"
    profile = {"width": 512, "height": 512, "count": 1, "dtype": "uint8", "compress": "deflate", "tiled": True}
    with rasterio.open(path, "w", driver="GTiff", sparse_ok=True, **profile) as file:
        file.write(np.ones((1, 256, 256), np.uint8), window=rasterio.windows.Window(0, 0, 256, 256))
    found = blocks.finding([str(path)])
    assert found is not None
    assert found.found.startswith("1 of 1 ")
