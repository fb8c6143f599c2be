"""Observe a float network on chosen tiles: the range of every band and of every tensor inside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
import onnx
from numpy.typing import NDArray

from geoquant.calibration.activation_taps import ActivationTaps
from geoquant.calibration.histogram import Distribution
from geoquant.calibration.observers import ActivationObserver, BandObserver, TileMask
from geoquant.calibration.range_estimators import Range, RangeRule, choose_range, pooled_range
from geoquant.calibration.saturation import saturation_limits
from geoquant.calibration.tiles import CalibrationTiles
from geoquant.errors import CalibrationError
from geoquant.onnx_graph.editing import Graph
from geoquant.progress import ProgressCallback


@dataclass(frozen=True)
class Observation:
    """What a float network's tensors held on the calibration tiles.

    Attributes:
        band_low: The lowest z of a valid pixel, per band (band,).
        band_high: The highest z of a valid pixel, per band (band,).
        ranges: One mapping per range rule: tensor name -> the range for its levels.
        pixels: The number of valid pixels that were observed.
        bands: The distribution of z, per band.
    """

    band_low: NDArray[np.float64]
    band_high: NDArray[np.float64]
    ranges: Mapping[RangeRule, Mapping[str, Range]]
    pixels: int
    bands: tuple[Distribution, ...]


def observe(
    model: onnx.ModelProto,
    tiles: CalibrationTiles,
    progress: ProgressCallback,
    rules: Sequence[RangeRule] = (RangeRule(),),
) -> Observation:
    """Choose the range of every float tensor from what it held, tile by tile, in little more than one inference.

    Only valid pixels of the tiles count. No data (z = 0) and the context around a tile take part only in what the
    network computes from them, as they do when it runs.

    Args:
        model: prepared float network.
        tiles: where to look.
        progress: is told after each tile.
        rules: the ways to choose ranges; each makes its own of the same observation.

    Raises:
        CalibrationError: no valid pixel, too few of them, or NaN or infinity inside the network.
    """
    bands, inside = BandObserver(len(tiles.card.bands)), defaultdict[str, ActivationObserver](ActivationObserver)
    _look(ActivationTaps(model, tiles.shape), tiles.batches(progress, "observing ranges"), bands, inside)
    if bands.pixels == 0:
        raise CalibrationError("the calibration tiles hold no valid pixel; check --nodata and the scenes.")
    tensors = {name: inside[name].distribution() for name in sorted(inside)}
    blind = [name for name, distribution in tensors.items() if not distribution.seen]
    if blind:
        raise CalibrationError(
            f"the calibration tiles hold so few valid pixels that {len(blind)} tensors ({blind[0]}, ...) were seen at "
            "none of them; give scenes with whole areas of valid data."
        )
    seen_bands = bands.distributions()
    tensors[Graph(model).input_name] = Distribution.together(seen_bands)
    bounds, pooled = saturation_limits(model), {name for name, observer in inside.items() if observer.pooled}
    useful = {name: tensor.within(*bounds.get(name, (-inf, inf))) for name, tensor in tensors.items()}

    def choose(name: str, rule: RangeRule) -> Range:
        return pooled_range(tensors[name], rule) if name in pooled else choose_range(useful[name], rule)

    ranges = {rule: {name: choose(name, rule) for name in tensors} for rule in rules}
    return Observation(bands.low, bands.high, ranges, bands.pixels, seen_bands)


def _look(
    network: ActivationTaps,
    batches: Iterable[tuple[NDArray[np.float32], TileMask]],
    bands: BandObserver,
    inside: Mapping[str, ActivationObserver],
) -> None:
    """Show every tile to the observers."""
    for batch, place in batches:
        if not np.isfinite(batch).all():
            raise CalibrationError(
                "a calibration tile holds NaN or infinity in valid pixels; declare it with --nodata."
            )
        bands.update(batch[0], place)
        for name, summary in network.measure(batch).items():
            try:
                inside[name].update(summary, place)
            except ValueError as error:
                raise CalibrationError(
                    f"the network overflows on a calibration tile: tensor {name} held {error}."
                ) from error


def folded_input_range(observation: Observation, factors: NDArray[np.float64], rule: RangeRule) -> Range:
    """Range of the network's input once each band is divided by its factor; it always holds 0, the value of no data."""
    folded = [band.divided(float(factor)) for band, factor in zip(observation.bands, factors, strict=True)]
    return choose_range(Distribution.together(folded), rule)
