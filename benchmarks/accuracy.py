"""INT8 against float over whole scenes, per stratum and engine, outside of the tiles that calibration saw.

Promises: at least 98 % agreement and at most 0.5 points of mean IoU lost in every stratum, on the demo and on both real
scenes; the INT8 file at most 30 % of the float one.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray

from benchmarks.bench import Bench
from benchmarks.measure import code_digest, say
from benchmarks.report import Result, Verdict
from benchmarks.shipped import ShippedCase, shipped_cases
from geoquant.grid import Window
from geoquant.inference.classify import classify
from geoquant.metrics.confusion import Comparison, Scores, compare_maps
from geoquant.model_card.card import ModelCard
from geoquant.model_card.model import open_model
from geoquant.options.classify import ClassifyOptions
from geoquant.options.quantize import QuantizeOptions
from geoquant.quantization.quantize import quantize
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.raster.scene_input import SceneInput
from geoquant.strata.conditions import Stratum
from geoquant.strata.stratified_scene import StratifiedScene, stratify

ENGINES = ("ort", "openvino")
MIN_AGREEMENT, MAX_MIOU_LOST, MAX_SIZE = 0.98, 0.5, 0.30
STRIP_PX = 1024


def measure(bench: Bench) -> Result:
    """Quantize every shipped model on its scene, classify the scene with both files, compare the maps."""
    rows: list[list[str]] = []
    verdicts: list[Verdict] = []
    for case in shipped_cases(bench):
        say(f"accuracy of {case.name}")
        size = quantized(case, bench) / case.float_model.stat().st_size
        maps = {engine: _class_map(bench, case, case.int8_model, engine) for engine in ENGINES}
        reference = _class_map(bench, case, case.float_model, "ort")
        found: dict[str, Comparison] = {name: _compared(case, reference, path) for name, path in maps.items()}
        rows += _rows(case, found)
        verdicts += _verdicts(case, found, size)
    return Result("accuracy", COLUMNS, rows, verdicts, NOTES)


COLUMNS = (
    *("model and scene", "stratum", "pixels", "agreement, ort", "agreement, openvino"),
    *("mIoU lost, ort", "mIoU lost, openvino", "float mIoU"),
)
NOTES = (
    "Class maps of the whole scene by `geoquant classify`, float in onnxruntime against INT8 in each engine; pixels of "
    "calibration tiles are left out.",
    "mIoU in points. Where the scene has labels it is measured against them, otherwise against the float map.",
    "Float mIoU is over the whole scene, with the part that the model was trained on: it is there to judge the loss "
    "by, not the model (docs/models.md has its accuracy on unseen ground).",
    "Strata come from the product's mask (SCL), or from spectral tests where it has none (Zion).",
)


def quantized(case: ShippedCase, bench: Bench) -> int:
    """Make the INT8 model and keep what ``quantize`` said beside it; its size in bytes.

    One that was made by the same code is not made again.
    """
    mark = case.int8_model.with_suffix(".code")
    if not (case.int8_model.exists() and mark.exists() and mark.read_text() == code_digest()):
        options = QuantizeOptions(max_drop=100.0, tiles=16 if bench.quick else 64, overwrite=True)
        given = SceneInput(case.scene, mask=case.mask, labels=case.labels)
        summary = quantize(case.float_model, [given], case.int8_model, options)
        mark.write_text(code_digest())
        case.int8_model.with_suffix(".json").write_text(json.dumps(asdict(summary), default=str, indent=1))
    return case.int8_model.stat().st_size


def _class_map(bench: Bench, case: ShippedCase, model: Path, engine: str) -> Path:
    out = bench.out(f"accuracy_{model.name}_{engine}")
    classify(case.scene, model, out, ClassifyOptions(engine=engine, overwrite=True))
    return Path(out)


def _compared(case: ShippedCase, reference: Path, candidate: Path) -> Comparison:
    """Strip by strip, so that memory does not grow."""
    card = open_model(case.int8_model).card
    scene = fit_to_card(open_scene(case.scene), card)
    stratified = stratify(scene, card, case.mask, case.labels)
    total = Comparison.empty(len(card.classes))
    with rasterio.open(reference) as float_map, rasterio.open(candidate) as int8_map:
        for row in range(0, scene.grid.height, STRIP_PX):
            strip = Window(row, 0, min(STRIP_PX, scene.grid.height - row), scene.grid.width)
            reference_map, candidate_map = (_positions(source, strip, card) for source in (float_map, int8_map))
            strata = np.where(_calibrated(card, strip), 0, stratified.strata(strip)).astype(np.uint8)
            total += compare_maps(
                reference_map, candidate_map, strata, _labels(stratified, strip, card), len(card.classes)
            )
    return total


def _positions(source: rasterio.DatasetReader, window: Window, card: ModelCard) -> NDArray[np.uint8]:
    """Class positions of a window of a class map; 255 is no data."""
    lookup = np.full(256, 255, np.uint8)
    for position, label in enumerate(card.classes):
        lookup[label.value] = position
    frame = rasterio.windows.Window(window.col, window.row, window.width, window.height)
    return np.asarray(lookup[source.read(1, window=frame)], np.uint8)


def _labels(stratified: StratifiedScene, window: Window, card: ModelCard) -> NDArray[np.uint8] | None:
    return stratified.true_classes(window, [label.value for label in card.classes])


def _calibrated(card: ModelCard, window: Window) -> NDArray[np.bool_]:
    """Pixels of the window that lie in a calibration tile."""
    seen = np.zeros((window.height, window.width), np.bool_)
    for tile in card.quantization.tiles if card.quantization else ():
        place = Window(*(int(tile[key]) for key in ("row", "col", "height", "width"))).intersection(window)
        seen[place.relative_to(window).slices] = True
    return seen


def _rows(case: ShippedCase, found: dict[str, Comparison]) -> list[list[str]]:
    strata: list[Stratum | None] = [None, *found[ENGINES[0]].strata()]
    return [_row(case.name, stratum, [found[engine].scores(stratum) for engine in ENGINES]) for stratum in strata]


def _row(name: str, stratum: Stratum | None, scores: list[Scores]) -> list[str]:
    miou = scores[0].float_miou
    return [
        *(name, stratum.label if stratum else "**all**", f"{scores[0].pixels:,}"),
        *(f"{100 * score.agreement:.2f} %" for score in scores),
        *(f"{score.miou_lost:+.2f}" for score in scores),
        f"{100 * miou:.1f}" if np.isfinite(miou) else "no labels",
    ]


def _verdicts(case: ShippedCase, found: dict[str, Comparison], size: float) -> list[Verdict]:
    judged = {
        (engine, stratum.label): scores
        for engine, comparison in found.items()
        for stratum, scores in comparison.strata().items()
    }
    worst = min(judged, key=lambda key: judged[key].agreement)
    most = max(judged, key=lambda key: np.nan_to_num(judged[key].miou_lost))
    agreement, lost = judged[worst].agreement, judged[most].miou_lost
    return [
        Verdict(
            f"{case.name}: at least 98 % agreement in every stratum",
            f"{100 * agreement:.2f} % ({worst[1]}, {worst[0]})",
            agreement >= MIN_AGREEMENT,
        ),
        Verdict(
            f"{case.name}: at most 0.5 points of mIoU lost in every stratum",
            f"{lost:+.2f} ({most[1]}, {most[0]})",
            lost <= MAX_MIOU_LOST,
        ),
        Verdict(f"{case.name}: INT8 file at most 30 % of the float one", f"{size:.0%}", size <= MAX_SIZE),
    ]
