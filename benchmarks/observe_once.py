"""Observe ranges once, in a process of its own, by geoquant or by onnxruntime; prints its seconds as JSON.

Example: python -m benchmarks.observe_once mse model.onnx scene.tif 16
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
import onnx
from numpy.typing import NDArray

from geoquant.calibration.observe import observe
from geoquant.calibration.range_estimators import Method, RangeRule
from geoquant.calibration.tiles import CalibrationTiles
from geoquant.model_card.model import open_model
from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.loading import load_model
from geoquant.onnx_graph.prepare import prepare
from geoquant.options.quantize import QuantizeOptions
from geoquant.progress import silent
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.sampling.tile_selection import TileGeometry, choose
from geoquant.strata.stratified_scene import stratify

PEER, EVERY = "onnxruntime min-max", "every method"
TILE_PX, CONTEXT_PX, STRIDE_PX = 512, 144, 16  # context and stride are the U-Net's


def child(way: str, model: str, scene: str, tiles: int) -> dict[str, Any]:
    """One way to observe, in a process of its own; prints its seconds."""
    card = open_model(model).card
    opened = fit_to_card(open_scene(scene), card)
    stratified, geometry = [stratify(opened, card)], TileGeometry(TILE_PX, CONTEXT_PX, STRIDE_PX)
    options = QuantizeOptions(tiles=tiles, tile=TILE_PX, held_out=2)
    chosen = choose(stratified, geometry, options, silent).tiles.calibration[:tiles]
    prepared, batches = prepare(load_model(Path(model))), CalibrationTiles(stratified, card, geometry, chosen)
    start = time.perf_counter()
    if way == PEER:
        return {"seconds": _by_onnxruntime(prepared, batches), "tiles": len(chosen)}
    rules = [RangeRule(method) for method in (get_args(Method) if way == EVERY else (way,))]
    observe(prepared, batches, silent, rules)
    return {"seconds": time.perf_counter() - start, "tiles": len(chosen)}


class _Reader:
    """Hands batches to onnxruntime, and knows how long it took to make them."""

    def __init__(self, name: str, batches: Iterator[NDArray[np.float32]]) -> None:
        self._name, self._batches, self.seconds = name, batches, 0.0

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        start = time.perf_counter()
        batch = next(self._batches, None)
        self.seconds += time.perf_counter() - start
        return None if batch is None else {self._name: batch}


def _by_onnxruntime(prepared: onnx.ModelProto, tiles: CalibrationTiles) -> float:
    """Seconds of ``MinMaxCalibrater`` without those of the reading."""
    from onnxruntime.quantization.calibrate import MinMaxCalibrater

    reader = _Reader(Graph(prepared).input_name, (batch for batch, _ in tiles.batches(silent, "")))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        onnx.save(prepared, path)
        start = time.perf_counter()
        calibrater = MinMaxCalibrater(path, augmented_model_path=str(Path(folder) / "watched.onnx"))
        calibrater.augment_graph()
        calibrater.create_inference_session()
        calibrater.collect_data(reader)
        calibrater.compute_data()
        return time.perf_counter() - start - reader.seconds


if __name__ == "__main__":
    print(json.dumps(child(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))))
