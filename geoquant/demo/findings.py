"""The demo's comparison of both class maps with the truth and each other, per imaging condition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.demo.landscape_files import LandscapeFiles
from geoquant.demo.mosaic import MosaicFindings
from geoquant.evaluation.performance import Speed
from geoquant.grid import Window
from geoquant.inference.classify import ClassifySummary
from geoquant.metrics.confusion import Comparison, Scores, compare_maps
from geoquant.model_card.card import ModelCard
from geoquant.model_card.model import Model
from geoquant.progress import Progress, ProgressCallback
from geoquant.quantization.summary import QuantizeSummary
from geoquant.raster.aligned import class_positions
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.raster.scene import Scene
from geoquant.strata.conditions import Stratum
from geoquant.strata.stratified_scene import StratifiedScene, stratify

BLOCK_ROWS = 512


@dataclass(frozen=True)
class Outputs:
    """The names of the demo's results in ``folder``."""

    folder: Path

    @property
    def report(self) -> Path:
        """The page."""
        return self.folder / "report.html"

    @property
    def model(self) -> Path:
        """The INT8 model."""
        return self.folder / "demo_landcover.int8.onnx"

    @property
    def classes_float(self) -> Path:
        """Class map by the float model."""
        return self.folder / "classes_float.tif"

    @property
    def classes_int8(self) -> Path:
        """Class map by the INT8 model."""
        return self.folder / "classes_int8.tif"

    @property
    def tiles(self) -> Path:
        """Outlines of the calibration tiles."""
        return self.folder / "tiles.geojson"

    @property
    def tile_picture(self) -> Path:
        """The outlines of the calibration tiles, drawn on the scene."""
        return self.folder / "tiles.png"

    @property
    def quicklook(self) -> Path:
        """The scene in true colour."""
        return self.folder / "scene.jpg"

    @property
    def mosaic(self) -> Path:
        """The folder of the mosaic: its scenes, and a map by each rule."""
        return self.folder / "mosaic"

    @property
    def overview(self) -> Path:
        """True colour, false colour and INT8 classes side by side."""
        return self.folder / "overview.jpg"

    def all(self) -> tuple[Path, ...]:
        """Every file of the demo."""
        maps = (self.classes_float, self.classes_int8)
        pictures = (self.tile_picture, self.quicklook, self.overview)
        return (self.report, self.model, *maps, self.tiles, *pictures)


@dataclass(frozen=True)
class Findings:
    """Everything that the report shows.

    Attributes:
        seed: The seed of the landscape.
        files: The scene with its mask and truth.
        outputs: The files with the results.
        model: The float model.
        quantized: What quantization measured.
        by_float: The classification by the float model.
        by_int8: The classification by the INT8 model.
        comparison: Both maps compared with the truth, over the scene without the calibration tiles.
        mosaic: What the mosaic came to; None where none was asked for.
    """

    seed: int
    files: LandscapeFiles
    outputs: Outputs
    model: Model
    quantized: QuantizeSummary
    by_float: ClassifySummary
    by_int8: ClassifySummary
    comparison: Comparison
    mosaic: MosaicFindings | None = None

    def worst(self) -> tuple[Stratum, Scores]:
        """The condition with the lowest agreement, and its scores."""
        found = self.comparison.worst()
        return found if found is not None else (Stratum.NO_DATA, self.comparison.scores())

    def most_miou_lost(self) -> float:
        """Most points of mean IoU that INT8 loses against the truth in any condition."""
        return max((scores.miou_lost for scores in self.comparison.strata().values()), default=0.0)

    def speed_ratio(self) -> float:
        """The speed of INT8 over that of float, both from file to finished map."""
        return self.by_float.seconds / self.by_int8.seconds

    def engine_ratio(self) -> float:
        """The speed of INT8 in its faster engine over float in onnxruntime, both alone, timed in turns on one tile."""
        return fastest_int8(self.quantized).mpx_per_s / self.quantized.reference_speed.mpx_per_s


def fastest_int8(quantized: QuantizeSummary) -> Speed:
    """The faster engine with the INT8 model, alone."""
    return max((one for one in quantized.speed if one.label == "INT8"), key=lambda one: one.mpx_per_s)


def accuracy(counts: NDArray[np.int64]) -> float:
    """Share of right pixels in (label, class) counts, NaN without pixels."""
    total = counts.sum()
    return float(np.trace(counts) / total) if total else float("nan")


def judge(
    files: LandscapeFiles, outputs: Outputs, card: ModelCard, quantized: QuantizeSummary, progress: ProgressCallback
) -> Comparison:
    """Compare both class maps with each other and with the truth, band of rows by band of rows.

    Pixels of calibration tiles are left out: the INT8 model has seen them.
    """
    values = [label.value for label in card.classes]
    scene = fit_to_card(open_scene(files.scene), card)
    stratified = stratify(scene, card, files.scl, files.labels)
    maps = [open_scene(path) for path in (outputs.classes_float, outputs.classes_int8)]
    total = Comparison.empty(len(values))
    try:
        for window in _bands_of_rows(scene.grid.window):
            progress(Progress("comparing both maps with the truth", window.row, scene.grid.height, "rows"))
            found = [class_positions(classes.read(window).values[0], values) for classes in maps]
            strata = _strata_without(stratified, window, quantized.calibration)
            total += compare_maps(found[0], found[1], strata, stratified.true_classes(window, values), len(values))
    finally:
        _close(stratified, scene, *maps)
    progress(Progress("comparing both maps with the truth", scene.grid.height, scene.grid.height, "rows"))
    return total


def _strata_without(
    stratified: StratifiedScene, window: Window, tiles: Sequence[Mapping[str, Any]]
) -> NDArray[np.uint8]:
    """Strata (y, x) of a window, 0 inside the tiles."""
    strata = stratified.strata(window).copy()
    for tile in tiles:
        seen = Window(tile["row"], tile["col"], tile["height"], tile["width"]).intersection(window)
        if seen.pixels:
            strata[seen.relative_to(window).slices] = Stratum.NO_DATA
    return strata


def _bands_of_rows(whole: Window) -> Iterator[Window]:
    for row in range(0, whole.height, BLOCK_ROWS):
        yield Window(row, 0, min(BLOCK_ROWS, whole.height - row), whole.width)


def _close(stratified: StratifiedScene, *scenes: Scene) -> None:
    stratified.close()
    for scene in scenes:
        scene.close()
