"""The demo: a generated scene, the packaged model made INT8, both run over the scene, and a report about it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from geoquant.demo.findings import Findings, Outputs, fastest_int8, judge
from geoquant.demo.landscape.scene import make_landscape
from geoquant.demo.landscape_files import LandscapeFiles, holds_landscape, landscape_files, write_landscape
from geoquant.demo.mosaic import Land, mosaic_demo
from geoquant.demo.pictures import draw_pictures, tile_picture
from geoquant.demo.report import demo_page
from geoquant.engines.registry import REFERENCE
from geoquant.errors import ModelError, OptionError
from geoquant.grid import Window
from geoquant.inference.classify import ClassifySummary, classify
from geoquant.model_card.model import open_model
from geoquant.options.classify import ClassifyOptions
from geoquant.options.demo import DemoOptions
from geoquant.options.quantize import QuantizeOptions
from geoquant.output.destination import LONGEST_NAME_BYTES, part_file
from geoquant.progress import Progress, ProgressCallback, silent
from geoquant.quantization.quantize import quantize
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.raster.scene import Scene
from geoquant.raster.scene_input import SceneInput
from geoquant.sampling.tile_outlines import TileOutline, write_tile_outlines

MODEL = "demo_landcover"
CALIBRATION = QuantizeOptions(tiles=36, tile=128, held_out=36)
"""The demo's quantization, with the gate that users get, half a point. At the smallest size, 1024 px, the scenes of
seeds 1, 3, 7 and 42 hold it; in smaller ones a condition's rare class is a few hundred pixels, and chance decides."""
STAGES = 3


@dataclass(frozen=True)
class DemoSummary:
    """The demo's files and figures.

    Attributes:
        report: The HTML file to open first.
        scene: The generated scene.
        model: The INT8 model.
        classes_float: The class map by the float model.
        classes_int8: The class map by the INT8 model.
        tiles: The outlines of the calibration tiles.
        mosaic: The folder of the mosaic's scenes and maps; None where none was asked for.
        agreement: The share of pixels where both maps agree, 0..1, calibration tiles left out.
        worst_stratum: The imaging condition where the maps agree least.
        worst_agreement: The agreement in that condition, 0..1.
        miou_lost: The most points of mean IoU against the truth that INT8 loses in any condition.
        size_ratio: Bytes of the INT8 model over bytes of the float model.
        engine_ratio: The speed of INT8 over that of float onnxruntime, engines alone.
        speed_ratio: The same ratio from the file on disk to the finished map, on a scene too small to be exact about
            it.
        seconds: The wall time of the whole demo.
    """

    report: Path
    scene: Path
    model: Path
    classes_float: Path
    classes_int8: Path
    tiles: Path
    mosaic: Path | None
    agreement: float
    worst_stratum: str
    worst_agreement: float
    miou_lost: float
    size_ratio: float
    engine_ratio: float
    speed_ratio: float
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """The summary as JSON values."""
        return {name: str(value) if isinstance(value, Path) else value for name, value in vars(self).items()}


def packaged_model(name: str) -> Path:
    """The file of a model that comes with geoquant.

    Raises:
        ModelError: there is none of that name.
    """
    folder = Path(str(resources.files("geoquant").joinpath("models")))
    path = folder / f"{name}.onnx"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.onnx"))) or "none"
        raise ModelError(f"geoquant has no packaged model {name!r}; it has: {known}.")
    return path


def run_demo(
    out_folder: str | Path,
    options: DemoOptions = DemoOptions(),  # noqa: B008  frozen
    *,
    progress: ProgressCallback = silent,
) -> DemoSummary:
    """Make a scene, quantize the packaged model on it, classify it with both models, and write a report.

    A scene that lies in the folder already and has the same seed and size is used again.

    Args:
        out_folder: made if it does not exist.
        options: see ``DemoOptions``.
        progress: is told what goes on; may raise ``Cancelled``.

    Raises:
        OptionError: the folder's parent does not exist, or results exist and ``options.overwrite`` is off.
        GeoquantError: what the single jobs raise.
    """
    started = time.perf_counter()
    outputs = _checked_outputs(Path(out_folder), options)
    files = _scene_files(outputs.folder, options, progress)
    model = open_model(packaged_model(MODEL))
    settings = replace(CALIBRATION, seed=options.seed, overwrite=options.overwrite)
    scene = SceneInput(files.scene, mask=files.scl, labels=files.labels)
    quantized = quantize(model.path, [scene], outputs.model, settings, progress=progress)
    # float in onnxruntime, which everybody has; INT8 in its faster engine, and not as bfloat16, which auto may take
    in_float = ClassifyOptions(engine=REFERENCE.id, overwrite=options.overwrite)
    in_int8 = replace(in_float, engine=fastest_int8(quantized).kind)
    by_float = _classify(files, model.path, outputs.classes_float, in_float, progress)
    by_int8 = _classify(files, outputs.model, outputs.classes_int8, in_int8, progress)
    comparison = judge(files, outputs, model.card, quantized, progress)
    land = Land(options.seed, options.size)
    mosaic = mosaic_demo(outputs.mosaic, outputs.model, land, in_int8, progress) if options.mosaic else None
    findings = Findings(options.seed, files, outputs, model, quantized, by_float, by_int8, comparison, mosaic)
    _write_report(findings, started, progress)
    return _summary(findings, time.perf_counter() - started)


def _checked_outputs(folder: Path, options: DemoOptions) -> Outputs:
    """The names of all results in a folder that exists, none of them taken unless ``--overwrite`` is on."""
    if not os.path.isdir(folder.parent.resolve()):
        raise OptionError(f"the folder {folder.parent} does not exist; make it, or choose another -o.")
    if len(os.fsencode(folder.name)) > LONGEST_NAME_BYTES:
        raise OptionError(f"The name of the folder is longer than {LONGEST_NAME_BYTES} bytes: {folder}; shorten it.")
    if folder.exists() and not folder.is_dir():
        raise OptionError(f"{folder} is a file; -o takes a folder.")
    outputs = Outputs(folder)
    taken = [path.name for path in (*outputs.all(), *[outputs.mosaic] * options.mosaic) if path.exists()]
    if taken and not options.overwrite:
        raise OptionError(f"{folder} holds {', '.join(taken)} already; choose another -o, or give --overwrite.")
    folder.mkdir(exist_ok=True)
    return outputs


def _scene_files(folder: Path, options: DemoOptions, progress: ProgressCallback) -> LandscapeFiles:
    """The scene's files, made unless they lie there already."""
    files = landscape_files(folder)
    if holds_landscape(folder, options.seed, options.size):
        return files
    taken = [path.name for path in vars(files).values() if path.exists()]
    if taken and not options.overwrite:
        raise OptionError(
            f"{folder} holds another {', '.join(taken)}; choose another -o, or give --overwrite to replace them."
        )
    done = iter(range(STAGES + 1))

    def step(name: str) -> None:
        progress(Progress(f"making the scene: {name}", next(done), STAGES + 1, "steps"))

    landscape = make_landscape(options.seed, options.size, step)
    step("writing")
    write_landscape(folder, landscape, options.seed)
    progress(Progress("making the scene: writing", STAGES + 1, STAGES + 1, "steps"))
    return files


def _classify(
    files: LandscapeFiles, model: Path, out: Path, options: ClassifyOptions, progress: ProgressCallback
) -> ClassifySummary:
    name = "INT8" if out.stem.endswith("int8") else "float"
    return classify(
        files.scene,
        model,
        out,
        options,
        progress=lambda report: progress(replace(report, stage=f"{name}: {report.stage}")),
    )


def _write_report(findings: Findings, started: float, progress: ProgressCallback) -> None:
    """Pictures, tile outlines, and the page that shows them."""
    progress(Progress("drawing the report", 0, 2, "steps"))
    outputs, files = findings.outputs, findings.files
    scene = fit_to_card(open_scene(files.scene), findings.model.card)
    try:
        write_tile_outlines(outputs.tiles, [_outline(tile, scene) for tile in findings.quantized.calibration])
        pictures = draw_pictures(findings, scene)
    finally:
        scene.close()
    progress(Progress("drawing the report", 1, 2, "steps"))
    drawn = {
        outputs.tile_picture: tile_picture(pictures),
        outputs.quicklook: pictures.true_colour,
        outputs.overview: pictures.overview,
    }
    for path, data in drawn.items():
        with part_file(path) as part:
            part.write_bytes(data)
    with part_file(outputs.report) as part:
        part.write_text(demo_page(findings, pictures, time.perf_counter() - started), encoding="utf-8")
    progress(Progress("drawing the report", 2, 2, "steps"))


def _outline(tile: Mapping[str, Any], scene: Scene) -> TileOutline:
    return TileOutline(scene.grid, Window(tile["row"], tile["col"], tile["height"], tile["width"]), tile)


def _summary(findings: Findings, seconds: float) -> DemoSummary:
    worst, scores = findings.worst()
    outputs = findings.outputs
    return DemoSummary(
        report=outputs.report,
        scene=findings.files.scene,
        model=outputs.model,
        classes_float=outputs.classes_float,
        classes_int8=outputs.classes_int8,
        tiles=outputs.tiles,
        mosaic=findings.mosaic.folder if findings.mosaic else None,
        agreement=findings.comparison.scores().agreement,
        worst_stratum=worst.label,
        worst_agreement=scores.agreement,
        miou_lost=findings.most_miou_lost(),
        size_ratio=findings.quantized.int8_bytes / findings.quantized.float_bytes,
        engine_ratio=findings.engine_ratio(),
        speed_ratio=findings.speed_ratio(),
        seconds=seconds,
    )
