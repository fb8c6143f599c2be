"""Tiles that nobody wants cost nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from shapely import box

from geoquant.concurrency import inference_pool
from geoquant.grid import Window
from geoquant.inference.prepare import prepare
from geoquant.inference.shard_pipeline import OutputRequest, ShardPipeline
from geoquant.options.classify import ClassifyOptions
from geoquant.raster.scene_input import SceneInput
from tests.builders.maps import picture
from tests.builders.model_files import network_file

NODATA = 255
WANTED = Window(64, 64, 64, 64)
"""One tile of nine."""


@pytest.mark.parametrize("reason", ["no data", "outside the polygons"])
def test_a_tile_without_a_wanted_pixel_is_never_inferred(
    make_tif: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    image = picture(192, 192) + 1
    inside = np.zeros(image.shape[1:], bool)
    inside[WANTED.slices] = True
    polygon = box(500_000 + 640, 5_000_000 - 1280, 500_000 + 1280, 5_000_000 - 640)
    if reason == "no data":
        image[:, ~inside] = 0
    scene, model = make_tif(image, nodata=0), network_file(tmp_path / "conv.onnx", "conv")
    prepared = prepare(SceneInput(scene), model, ClassifyOptions(tile=64, workers=1, engine="ort"))
    runs: list[tuple[int, ...]] = []
    engine = prepared.network.engine
    run = engine.classes
    monkeypatch.setattr(engine, "classes", lambda batch: (runs.append(batch.shape), run(batch))[1])
    request = OutputRequest(polygons=(polygon,)) if reason != "no data" else OutputRequest()
    with inference_pool(1) as pool:
        pipeline = ShardPipeline(prepared.scene, prepared.network, pool, request)
        arrays, _ = pipeline.run(prepared.scene.grid.window)
    prepared.scene.close()
    assert len(runs) == 1
    assert ((arrays.classes != NODATA) == inside).all()
