"""Small scenes: every tile calibrates, and is judged by a network made without it; any seed gives the same verdict."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio

from geoquant.calibration.tiles import CalibrationTiles
from geoquant.grid import Window
from geoquant.model_card.card import Tiling
from geoquant.model_card.embedding import write_card
from geoquant.model_card.reading import read_card
from geoquant.options.quantize import QuantizeOptions
from geoquant.quantization import cross_fitting
from geoquant.quantization.quantize import quantize
from geoquant.sampling.folds import FOLDS
from geoquant.sampling.tile_reader import TileReader
from tests.builders.networks import Network
from tests.builders.scenes import make_model, make_scene, spectral_card, write

SMALL = QuantizeOptions(tiles=10, tile=64, held_out=10)
"""More tiles than the scene has, so that all of its pixels calibrate and judge."""
SIDE = 256


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A part of the scene of fields, a lake, clouds and shadows, without a mask."""
    path = tmp_path_factory.mktemp("small")
    with rasterio.open(make_scene(path)) as scene:
        part = scene.read()[:, 140 : 140 + SIDE, 140 : 140 + SIDE]
    (path / "scene.tif").unlink()
    write(path / "scene.tif", part)
    make_model(path / "float.onnx")
    return path


def test_four_seeds_give_equal_files_the_same_verdict_and_the_same_tiles(folder, tmp_path, untimed):
    found = [
        quantize(folder / "float.onnx", [folder / "scene.tif"], tmp_path / f"{seed}.onnx", replace(SMALL, seed=seed))
        for seed in range(4)
    ]
    assert len({summary.verdict for summary in found}) == 1
    assert len({json.dumps(summary.held_out) for summary in found}) == 1
    first = found[0]
    assert first.calibration == first.held_out
    assert sum(row.held_out_px for row in first.strata) == SIDE * SIDE
    assert {"water", "thick cloud", "shadow"} <= set(first.verdict.proved)
    assert any("calibrated without it" in note for note in first.notes)
    assert read_card(first.out).quantization.method["cross_fitted_folds"] == FOLDS


def test_no_network_is_judged_on_what_calibrated_it(folder, tmp_path, untimed, monkeypatch):
    """Watches every fold: pixels that calibrate lie farther from the judging tiles than the network looks."""
    context, calibrated, judged = 3, [], []
    path = tmp_path / "wide.onnx"
    net = Network(4).conv(6).relu().conv(6).relu().conv(5)
    write_card(net.model(), replace(spectral_card(), tiling=Tiling(halo_px=context, stride_px=1)), path)

    def watched(*arguments) -> CalibrationTiles:
        tiles, counted = CalibrationTiles(*arguments), np.zeros((SIDE, SIDE), bool)
        for choice in tiles.choices:
            counted[tiles.window(choice).slices] |= tiles.read(choice).strata > 0
        calibrated.append(counted)
        return tiles

    def compare(reference, contenders, tiles: TileReader, progress, stage):
        judged.append([choice.candidate.window for choice in tiles.choices])
        return compared(reference, contenders, tiles, progress, stage)

    compared = cross_fitting.compare
    monkeypatch.setattr(cross_fitting, "CalibrationTiles", watched)
    monkeypatch.setattr(cross_fitting, "compare", compare)
    quantize(path, [folder / "scene.tif"], tmp_path / "out.onnx", replace(SMALL, max_drop=100))
    assert len(judged) == FOLDS
    for counted, windows in zip(calibrated, judged, strict=True):
        assert counted.sum() > SIDE * SIDE / 2
        for window in windows:
            near = window.expand(context).intersection(Window(0, 0, SIDE, SIDE))
            assert not counted[near.slices].any()
    assert len({window for windows in judged for window in windows}) == sum(map(len, judged))
