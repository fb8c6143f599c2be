"""The doctor's checks of a scene: whether it enters the network as training and calibration did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from geoquant.diagnostics.checks import blocks
from geoquant.diagnostics.checks.levels import activation_pairs
from geoquant.diagnostics.finding import Finding, listed, ok, problem, warning
from geoquant.diagnostics.scene_fit import BandFit, BandValues, FittedScene, SceneFit, fitted_scene
from geoquant.grid import Window, align_down
from geoquant.model_card.card import ModelCard
from geoquant.onnx_graph.editing import Graph, is_quantized
from geoquant.onnx_graph.probe import Probe, SessionSettings, Tap
from geoquant.preprocessing.encoder import make_encoder
from geoquant.raster.scene_input import SceneInput

FAR = 8.0
"""Standard deviations that a scene's median may lie from 0; bright cloud over all of a scene comes to about 5."""
WIDE, NARROW = 40.0, 0.02
"""Span of a scene's values between the 1st and 99th percentile, in standard deviations: more, or less, is no scene."""
OUTSIDE, MOST_OUTSIDE = 0.05, 0.5
FEW_OF_RANGE = 0.02
CLIPPED, MUCH_CLIPPED = 0.01, 0.1
TILE_PX = 256


def findings(given: SceneInput, model: Any, card: ModelCard) -> Iterator[Finding]:
    """Findings about bands, normalization, calibrated range, and the network's activations.

    Raises:
        RasterError: the scene can't be opened or read.
    """
    with fitted_scene(given, card, values=True) as (fit, fitted):
        if fitted is None:
            yield problem(
                "scene", str(fit.problem), "see there; geoquant inspect shows the scene's bands beside the model's"
            )
            return
        for text in fit.warnings:
            yield warning("scene", text, "see there")
        stored = blocks.finding(fitted.scene.files)
        if stored is not None:
            yield stored
        if not fit.valid_share:
            yield problem("scene", "it holds no valid pixel", "check --nodata and the scene's masks")
            return
        yield normalization(fit, card)
        yield from calibrated_range(fit, card)
        if is_quantized(model):
            yield activations(model, _tile(fitted))


def normalization(fit: SceneFit, card: ModelCard) -> Finding:
    """Whether values enter as those of training did: around mean 0 with standard deviation 1, or within 0 and 1."""
    off = {band.wanted: words for band in fit.bands if (words := _off(band, card))}
    if not off:
        spans = [band.values.z for band in fit.bands if band.values]
        low, high = min(span[0] for span in spans), max(span[2] for span in spans)
        return ok("normalization", f"bands enter between {low:.2f} and {high:.2f} (1st and 99th percentile)")
    every = len(off) == len(fit.bands)
    return problem(
        "normalization",
        "; ".join(f"{name} {words}" for name, words in list(off.items())[:4]) + _rest(off) + _hint(fit, card, every),
        "use the mean and std that training used, in the same units: --mean, --std and --units for the model, --scale "
        "and --offset for the scene",
    )


def _rest(off: dict[str, str]) -> str:
    return f"; and {len(off) - 4} more bands" if len(off) > 4 else ""


def _off(band: BandFit, card: ModelCard) -> str:
    """The fault of a band's values as they enter the network, in words, or ""."""
    if band.values is None:
        return ""
    low, middle, high = band.values.z
    if card.normalization.kind == "min-max":
        strange = middle > 3 or middle < -1 or high - low < NARROW / 10
    else:
        strange = abs(middle) > FAR or high - low > WIDE or high - low < NARROW
    return f"enters at {low:.3g} .. {high:.3g}, median {middle:.3g}" if strange else ""


def _hint(fit: SceneFit, card: ModelCard, every: bool) -> str:
    """The usual mistake behind values that are far off, in words."""
    if not every or card.normalization.kind == "none":
        return ""
    first = next(band.values for band in fit.bands if band.values)
    stored = max(abs(first.stored[0]), abs(first.stored[2]))
    widest = max(abs(band.values.z[2] - band.values.z[0]) for band in fit.bands if band.values)
    high = card.normalization.high
    at_clip = high is not None and all(b.values.z[0] >= top for b, top in zip(fit.bands, high, strict=True) if b.values)
    if (widest > WIDE or at_clip) and stored > 100:
        return ". It looks like stored numbers where the network was trained on reflectance"
    if widest < NARROW:
        return ". It looks like reflectance where the network was trained on stored numbers, or scaled twice"
    return ""


def calibrated_range(fit: SceneFit, card: ModelCard) -> Iterator[Finding]:
    """Whether the scene's values lie within the range that calibrated an INT8 model."""
    if card.quantization is None:
        return
    rows = [(band, band.values) for band in fit.bands if band.values is not None]
    outside = {band.wanted: values.outside_calibration or 0.0 for band, values in rows}
    worst = max(outside, key=lambda name: outside[name])
    if outside[worst] > OUTSIDE:
        make = problem if outside[worst] > MOST_OUTSIDE else warning
        many = listed(f"{name} {share:.0%}" for name, share in outside.items() if share > OUTSIDE)
        yield make(
            "calibrated range",
            f"pixels outside the range that calibration saw, which INT8 clips: {many}",
            "check the scene's scale, offset and band order; if they are right, calibrate on scenes like this one",
        )
    elif all(_used(values, card, i) < FEW_OF_RANGE for i, (_, values) in enumerate(rows)):
        yield warning(
            "calibrated range",
            f"the scene uses less than {FEW_OF_RANGE:.0%} of the calibrated range: a handful of INT8 levels",
            "calibration was normalized differently, or had bright targets: calibrate on scenes like this one",
        )
    else:
        yield ok("calibrated range", f"at most {outside[worst]:.1%} of a band's pixels lie outside ({worst})")


def _used(values: BandValues, card: ModelCard, band: int) -> float:
    """Share of the calibrated range between a band's percentiles."""
    quantization = card.quantization
    width = quantization.calibrated_high[band] - quantization.calibrated_low[band] if quantization else 0.0
    return (values.z[2] - values.z[0]) / width if width > 0 else 1.0


def _tile(fitted: FittedScene) -> NDArray[np.float32]:
    """One tile (1, band, y, x) of z: the middle of the scene."""
    scene, tiling = fitted.scene, fitted.chain.card.tiling
    side = max(tiling.stride_px, align_down(min(TILE_PX, scene.grid.height, scene.grid.width), tiling.stride_px))
    pixels = scene.read_padded(_middle(scene.grid.window, side), tiling.edge)
    return np.asarray(make_encoder(fitted.chain)(pixels.values, pixels.valid), np.float32)[None]


def _middle(window: Window, side: int) -> Window:
    return Window(window.row + (window.height - side) // 2, window.col + (window.width - side) // 2, side, side)


@dataclass(frozen=True)
class LevelUse:
    """The levels that a quantized activation used on a tile: share at its ends, and whether it held one level only."""

    name: str
    clipped: float
    constant: bool


def activations(model: Any, tile: NDArray[np.float32]) -> Finding:
    """The finding about how much of each activation is clipped on a tile, measured in the network as it is.

    Args:
        model: with QuantizeLinear nodes.
        tile: (1, band, y, x), normalized.
    """
    seen = observed_levels(model, tile)
    if not seen:
        return ok("activations", "no quantized activation to look at")
    dead = [one.name for one in seen if one.constant]
    worst = max(seen, key=lambda one: one.clipped)
    found = f"of {worst.name} {worst.clipped:.1%} of the values are clipped on a tile of the scene"
    remedy = "calibrate on scenes like this one, with a range method that keeps tails (min-max)"
    if worst.clipped > MUCH_CLIPPED:
        return problem("activations", found, remedy)
    if dead:
        constant = f"{len(dead)} of {len(seen)} activations hold one level only on a tile of the scene: {listed(dead)}"
        return warning("activations", constant, "their ranges are far too wide for this scene, or the layers are dead")
    if worst.clipped > CLIPPED:
        return warning("activations", found, remedy)
    return ok("activations", f"at most {worst.clipped:.2%} of an activation is clipped on a tile of the scene")


def observed_levels(model: Any, tile: NDArray[np.float32]) -> list[LevelUse]:
    """Run the network with counters behind every per-tensor QuantizeLinear."""
    pairs = {pair.name: pair for pair in activation_pairs(model)}
    nodes = [node for node in Graph(model).nodes_of("QuantizeLinear") if node.input[0] in pairs]
    probe = Probe(model, [(node.output[0], _count) for node in nodes], SessionSettings(threads=1))
    found = []
    for node, values in zip(nodes, probe.run(tile), strict=True):
        pair = pairs[node.input[0]]
        low, high, at_low, at_high = map(float, values)
        limits = np.iinfo(np.dtype(pair.dtype))
        clipped = at_high * (high == limits.max) + at_low * (low == limits.min and pair.zero_point > limits.min)
        found.append(LevelUse(node.input[0], clipped, low == high))
    return found


def _count(tap: Tap) -> tuple[str, ...]:
    """Lowest and highest level, and the share of values at each of the two."""
    levels = tap.node("Cast", tap.tensor, to=TensorProto.INT32)
    ends = [tap.reduced(operator, levels) for operator in ("ReduceMin", "ReduceMax")]
    hits = [tap.node("Cast", tap.node("Equal", levels, end), to=TensorProto.FLOAT) for end in ends]
    return *ends, *(tap.node("ReduceMean", hit, keepdims=0) for hit in hits)
