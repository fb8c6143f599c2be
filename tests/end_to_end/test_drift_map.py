"""The drift map of a classification: in place, whole after an interruption, none for a model never calibrated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio

import geoquant
from geoquant.drift.cells import CELL_PX, NODATA, cells_of
from geoquant.drift.geotiff import write_drift
from geoquant.errors import OptionError
from geoquant.grid import Grid, Window
from geoquant.inference import shard_runner as shards
from geoquant.model_card.card import Quantization
from geoquant.options.classify import ClassifyOptions
from tests.builders.drift import HEIGHT, WIDTH, expected, pixels


def in_pixels(cells: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """What a map of this shape shows of the cells of the whole scene, and the worst band, by plain loops."""
    result = np.empty((4, *shape), np.uint8)
    for row in range(shape[0]):
        for col in range(shape[1]):
            y, x = (row + 0.5) * HEIGHT / shape[0], (col + 0.5) * WIDTH / shape[1]
            cell = cells[:, int(y // CELL_PX), int(x // CELL_PX)]
            result[:, row, col] = [*cell, cell.max()]
    return result


@pytest.mark.parametrize(
    "region", [Window(0, 0, 600, 700), Window(100, 300, 77, 400), Window(513, 1, 1, 1), Window(250, 250, 12, 300)]
)
def test_the_map_lies_on_the_classified_region_and_shows_each_pixels_cell(region: Window, tmp_path: Path) -> None:
    area = cells_of(region)
    percent = np.arange(2 * area.pixels, dtype=np.uint8).reshape(2, area.height, area.width)
    grid = Grid("EPSG:32631", (10.0, 0.0, 500000.0, 0.0, -10.0, 5000000.0), WIDTH, HEIGHT)
    write_drift(tmp_path / "d.tif", percent, region, grid, ("a", "b"))
    with rasterio.open(tmp_path / "d.tif") as dataset:
        assert dataset.shape == (max(1, round(region.height / 32)), max(1, round(region.width / 32)))
        left, top = grid.origin_at(region.row, region.col)[2::3]
        assert dataset.bounds == pytest.approx((left, top - 10 * region.height, left + 10 * region.width, top))
        found = dataset.read()
        for row, col in np.ndindex(*dataset.shape):
            x, y = dataset.xy(row, col)
            cell = int((5000000.0 - y) / 10 // CELL_PX) - area.row, int((x - 500000.0) / 10 // CELL_PX) - area.col
            assert found[:, row, col].tolist() == [*percent[(slice(None), *cell)], percent[(1, *cell)]]


def test_its_style_shows_the_worst_band_and_nothing_where_nothing_is_unusual(tmp_path: Path) -> None:
    grid = Grid(None, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), 64, 64)
    write_drift(tmp_path / "d.tif", np.zeros((2, 1, 1), np.uint8), grid.window, grid, ("a", "b"))
    root = ElementTree.fromstring((tmp_path / "d.qml").read_text(encoding="utf-8"))
    renderer = root.find("pipe/rasterrenderer")
    assert renderer is not None
    assert (renderer.get("type"), renderer.get("band")) == ("singlebandpseudocolor", "3")
    alphas = {item.get("value"): item.get("alpha") for item in renderer.iter("item")}
    assert alphas.pop("0") == "0"
    assert set(alphas.values()) == {"255"}


@pytest.fixture
def model(make_model: Callable[..., Path]) -> Path:
    record = Quantization("0" * 64, 0, (), (-1.0,) * 3, (1.0,) * 3, (1.0,) * 3)
    return make_model(quantization=record)


def test_a_classification_writes_the_map_beside_it(make_tif, model, tmp_path, monkeypatch) -> None:
    scene = make_tif(pixels()[0], nodata=0)
    maps = []
    for tile in (64, 256):
        options = ClassifyOptions(tile=tile, drift=True, engine="ort")
        summary = geoquant.classify(scene, model, tmp_path / f"{tile}.tif", options)
        assert summary.drift_map == tmp_path / f"{tile}_drift.tif"
        assert summary.to_json()["drift_map"] == str(summary.drift_map)
        with rasterio.open(summary.drift_map) as source, rasterio.open(scene) as original:
            maps.append(source.read())
            assert source.nodata == NODATA
            assert source.bounds == pytest.approx(original.bounds)
            assert source.descriptions[0].endswith("percent outside the calibrated range")
            assert source.descriptions[-1].startswith("worst band")
    np.testing.assert_array_equal(maps[0], maps[1])
    low, high = 500 - 250 * 1.04, 500 + 250 * 1.04
    cells = expected(low, high, Window(0, 0, HEIGHT, WIDTH))
    assert (cells[:, 2, 2] == NODATA).all()
    np.testing.assert_array_equal(maps[0], in_pixels(cells, maps[0].shape[1:]))
    for name in ("256.tif", "256.qml"):
        (tmp_path / name).unlink()
    with pytest.raises(OptionError, match="256_drift"):
        geoquant.classify(scene, model, tmp_path / "256.tif", ClassifyOptions(drift=True))


def test_an_interrupted_run_goes_on_with_the_same_map(make_tif, model, tmp_path, monkeypatch) -> None:
    scene, options = make_tif(pixels()[0], nodata=0), ClassifyOptions(tile=64, drift=True, engine="ort")
    whole = geoquant.classify(scene, model, tmp_path / "whole.tif", options)

    def fail(*_: object, **__: object) -> None:
        raise OSError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr("geoquant.inference.classify.write_drift", fail)
        with pytest.raises(OSError, match="power cut"):
            geoquant.classify(scene, model, tmp_path / "again.tif", options)
    with monkeypatch.context() as patch:
        patch.setattr(shards.ShardRunner, "finish", fail)
        again = geoquant.classify(scene, model, tmp_path / "again.tif", options)
    with rasterio.open(whole.drift_map) as one, rasterio.open(again.drift_map) as other:
        np.testing.assert_array_equal(one.read(), other.read())


def test_a_model_that_was_never_calibrated_has_no_map(make_tif, make_model, tmp_path) -> None:
    scene = make_tif(pixels()[0], nodata=0)
    summary = geoquant.classify(scene, make_model(), tmp_path / "x.tif", ClassifyOptions(drift=True, engine="ort"))
    assert summary.drift_map is None
    assert not (tmp_path / "x_drift.tif").exists()
