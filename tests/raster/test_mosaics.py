"""Mosaics: a source that is missing, damaged or exchanged is named, never left out without a word."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from geoquant.errors import RasterError
from geoquant.grid import Window
from geoquant.raster.opening import open_scene

MakeTif = Callable[..., Path]
SIDE = 128


@pytest.fixture
def halves(make_tif: MakeTif) -> list[Path]:
    """Two scenes side by side."""
    random = np.random.default_rng(0)
    made = []
    for i in range(2):
        values = random.integers(1, 60_000, (2, SIDE, SIDE)).astype(np.uint16)
        place = (10, 0, 500_000 + 10 * SIDE * i, 0, -10, 5_000_000)
        made.append(make_tif(values, f"half{i}.tif", transform=place, compress="deflate", nodata=0))
    return made


def vrt(path: Path, sources: list[Path]) -> Path:
    bands = []
    for band in (1, 2):
        places = "".join(
            f'<SimpleSource><SourceFilename relativeToVRT="1">{source.name}</SourceFilename>'
            f'<SourceBand>{band}</SourceBand><SrcRect xOff="0" yOff="0" xSize="{SIDE}" ySize="{SIDE}"/>'
            f'<DstRect xOff="{SIDE * number}" yOff="0" xSize="{SIDE}" ySize="{SIDE}"/></SimpleSource>'
            for number, source in enumerate(sources)
        )
        bands.append(f'<VRTRasterBand dataType="UInt16" band="{band}">{places}</VRTRasterBand>')
    size = f'rasterXSize="{SIDE * len(sources)}" rasterYSize="{SIDE}"'
    place = "<SRS>EPSG:32632</SRS><GeoTransform>500000, 10, 0, 5000000, 0, -10</GeoTransform>"
    path.write_text(f"<VRTDataset {size}>{place}{''.join(bands)}</VRTDataset>")
    return path


def tile_index(path: Path, sources: list[Path]) -> Path:
    features = []
    for number, source in enumerate(sources):
        west, north, side = 500_000 + 10 * SIDE * number, 5_000_000, 10 * SIDE
        ring = [[west, north], [west + side, north], [west + side, north - side], [west, north - side], [west, north]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"location": str(source)}, "geometry": shape})
    crs = {"type": "name", "properties": {"name": "EPSG:32632"}}
    index = path.with_suffix(".geojson")
    index.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))
    facts = f"<IndexDataset>{index}</IndexDataset><LocationField>location</LocationField><ResX>10</ResX><ResY>10</ResY>"
    path.write_text(f"<GDALTileIndexDataset>{facts}</GDALTileIndexDataset>")
    return path


@pytest.mark.parametrize(("make", "name"), [(vrt, "m.vrt"), (tile_index, "m.gti")])
def test_a_whole_mosaic_is_its_sources(
    tmp_path: Path, halves: list[Path], make: Callable[..., Path], name: str
) -> None:
    scene = open_scene(make(tmp_path / name, halves))
    values = [open_scene(half).read(Window(0, 0, SIDE, SIDE)).values for half in halves]
    np.testing.assert_array_equal(scene.read(scene.grid.window).values, np.concatenate(values, axis=2))
    assert set(map(str, halves)) <= scene.files
    assert set(map(str, halves)) <= set(scene.sources)
    scene.watch().check()


@pytest.mark.parametrize("content", [None, b"", b"not a raster"])
@pytest.mark.parametrize(("make", "name"), [(vrt, "m.vrt"), (tile_index, "m.gti")])
def test_a_source_that_is_missing_is_named(
    tmp_path: Path, halves: list[Path], content: bytes | None, make: Callable[..., Path], name: str
) -> None:
    path = make(tmp_path / name, halves)
    halves[1].unlink()
    if content is not None:
        halves[1].write_bytes(content)
    for _ in range(2):  # GDAL tells once, and gives zeros from then on
        with pytest.raises(RasterError, match=r"source .*half1\.tif can't be opened"):
            open_scene(path)


def test_the_sources_of_a_source_count_too(tmp_path: Path, halves: list[Path]) -> None:
    inner = vrt(tmp_path / "inner.vrt", halves)
    outer = vrt(tmp_path / "outer.vrt", [inner])
    scene = open_scene(outer)
    watch, first = scene.watch(), scene.fingerprint
    halves[1].write_bytes(halves[0].read_bytes())
    assert scene.fingerprint != first
    with pytest.raises(RasterError, match=r"half1\.tif changed"):
        watch.check()
    halves[1].unlink()
    with pytest.raises(RasterError, match=r"half1\.tif can't be opened"):
        open_scene(outer)


def test_a_damaged_source_is_named_with_the_window(tmp_path: Path, halves: list[Path]) -> None:
    path = vrt(tmp_path / "m.vrt", halves)
    content = halves[1].read_bytes()
    halves[1].write_bytes(content[: len(content) // 2])
    scene = open_scene(path)
    for _ in range(2):
        with pytest.raises(RasterError, match=r"rows 0 to 128, columns 0 to 256: half1\.tif"):
            scene.read(scene.grid.window)


def test_a_mosaic_that_holds_itself_is_refused(tmp_path: Path) -> None:
    own = open_scene(vrt(tmp_path / "m.vrt", [tmp_path / "m.vrt"]))
    with pytest.raises(RasterError, match="cascaded"):
        own.read(own.grid.window)
    vrt(tmp_path / "a.vrt", [tmp_path / "b.vrt"])
    vrt(tmp_path / "b.vrt", [tmp_path / "a.vrt"])
    with pytest.raises(RasterError, match=r"deep|itself"):
        open_scene(tmp_path / "a.vrt")


def test_a_tile_index_that_can_not_be_read_is_refused(tmp_path: Path, halves: list[Path]) -> None:
    path = tile_index(tmp_path / "m.gti", halves)
    text = (tmp_path / "m.geojson").read_text()
    (tmp_path / "m.geojson").write_text(text.replace("location", "place"))
    path.write_text(path.read_text().replace("<LocationField>location", "<LocationField>place"))
    open_scene(path)
    (tmp_path / "m.geojson").write_text(text.replace(f'"{halves[1]}"', "null").replace("location", "place"))
    with pytest.raises(RasterError, match=r"file name in 'place'|can't be opened"):
        open_scene(path)
