"""The drift map of a classification: in place, whole after an interruption, none for a model never calibrated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio

import geoquant
from geoquant.drift.cells import CELL_PX, NODATA
from geoquant.errors import OptionError
from geoquant.grid import Window
from geoquant.inference import shard_runner as shards
from geoquant.model_card.card import Quantization
from geoquant.options.classify import ClassifyOptions
from tests.builders.drift import HEIGHT, WIDTH, expected, pixels


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
            assert source.transform == original.transform @ rasterio.Affine.scale(CELL_PX)
            assert source.descriptions[0].endswith("percent outside the calibrated range")
    np.testing.assert_array_equal(maps[0], maps[1])
    assert maps[0].shape == (3, 3, 3)
    assert (maps[0][:, 2, 2] == NODATA).all()
    low, high = 500 - 250 * 1.04, 500 + 250 * 1.04
    np.testing.assert_array_equal(maps[0], expected(low, high, Window(0, 0, HEIGHT, WIDTH)))
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
