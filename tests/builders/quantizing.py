"""From a float network to INT8 without a scene: ranges observed on arrays."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import onnx

from geoquant.calibration.activation_taps import ActivationTaps
from geoquant.calibration.observers import ActivationObserver, BandObserver, TileMask
from geoquant.calibration.range_estimators import Range, RangeRule, choose_range
from geoquant.onnx_graph.editing import Graph
from geoquant.quantization.qdq import QdqSettings, write_qdq


def everywhere(shape: tuple[int, ...]) -> TileMask:
    """Every pixel valid and of stratum 1."""
    return TileMask(np.ones(shape, bool), np.ones(shape, np.uint8))


def observed(prepared: onnx.ModelProto, batches: list[np.ndarray], rule: RangeRule | None = None) -> dict[str, Range]:
    """Ranges (min-max unless told otherwise) of batches (1, band, y, x) of one size, all of whose pixels count."""
    rule = rule or RangeRule("min-max")
    taps, inside = ActivationTaps(prepared, batches[0].shape[1:]), defaultdict(ActivationObserver)
    inputs = BandObserver(1)
    for batch in batches:
        place = everywhere(batch.shape[2:])
        for name, seen in taps.measure(batch).items():
            inside[name].update(seen, place)
        stacked = batch.reshape(1, -1, batch.shape[3])
        inputs.update(stacked, everywhere(stacked.shape[1:]))
    distributions = {name: observer.distribution() for name, observer in inside.items()}
    distributions[Graph(prepared).input_name] = inputs.distributions()[0]
    return {name: choose_range(distribution, rule) for name, distribution in distributions.items()}


def noise_picture(side: int = 32, seed: int = 0, bands: int = 4) -> np.ndarray:
    """A batch of one image of normal noise."""
    return np.random.default_rng(seed).normal(size=(1, bands, side, side)).astype(np.float32)


def narrowed_int8(model: onnx.ModelProto, keep_float: tuple[str, ...] = (), widest: float = 1.0) -> onnx.ModelProto:
    """INT8 with ranges of one picture, narrowed by ``widest``."""
    ranges = observed(model, [noise_picture()])
    narrow = {name: type(span)(span.low * widest, span.high * widest) for name, span in ranges.items()}
    return write_qdq(model, narrow, QdqSettings(keep_float=keep_float))
