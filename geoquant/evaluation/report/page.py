"""The page of an evaluation's report: its sections and their order."""

from __future__ import annotations

import math
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from geoquant._version import __version__
from geoquant.engines.registry import REFERENCE, engine_of
from geoquant.evaluation.model_pair import ModelPair
from geoquant.evaluation.report.layers import layer_section
from geoquant.evaluation.report.pictures import (
    DIFFERENCE_COLORS,
    DIFFERENCE_WORDS,
    DIFFERS,
    TileView,
    pick_tiles,
    scene_views,
    tile_views,
)
from geoquant.evaluation.report.plots import agreement_plot, change_plot, engine_color, machine_plots
from geoquant.evaluation.report.tables import class_table, condition_table, f1_matrix, machine_table
from geoquant.fusion_audit.report import audit_section
from geoquant.grid import Window
from geoquant.metrics.confusion import MIN_CLASS_PX, MIN_CLASS_SHARE
from geoquant.metrics.evidence import MINIMUM
from geoquant.metrics.group_scores import GroupScores
from geoquant.progress import ProgressCallback
from geoquant.redaction import file_name
from geoquant.reporting import html as report
from geoquant.reporting.html import GalleryPicture, KeyFigure, PictureBox
from geoquant.reporting.number_format import NONE, count, points, share, signed, size
from geoquant.sampling.tile_reader import TileReader

if TYPE_CHECKING:
    from geoquant.evaluation.result import Evaluation


LEAD = (
    "Both models ran over the same tiles, which calibration did not see. Every figure stands with the interval that "
    "drawing the tiles again gives it."
)


def evaluation_page(
    result: Evaluation, pair: ModelPair, tiles: TileReader, progress: ProgressCallback, full_paths: bool = False
) -> str:
    """The whole report.

    Args:
        result: the figures.
        pair: the models, to draw their maps.
        tiles: to draw.
        progress: is told after each tile that is drawn.
        full_paths: whether models are named with their folders.
    """
    engine = result.gate.engine or next(iter(result.scores))
    heading = (
        "The gate holds" if result.gate.passed else "The gate fails" if result.gate.stratum else "Nothing to judge"
    )
    parts = [
        report.verdict(result.gate.passed, heading, result.gate.words),
        report.key_figures(_key_figures(result, engine)),
        report.notes([note[0].upper() + note[1:] for note in result.notes]),
        _conditions(result),
        _classes(result, engine),
        _maps(result, pair, tiles, engine, progress),
        layer_section(result.layers),
        audit_section(result.audit),
        _machine(result),
        _method(result, pair, full_paths),
    ]
    footer = (
        f"geoquant {__version__}, seed {result.seed}, Python {platform.python_version()}, "
        f"{result.machine['cpu']} ({result.machine['flags'] or 'no INT8 instructions known'}); {result.seconds:.0f} s."
    )
    return report.page(f"INT8 against float: {pair.card.name}", LEAD, parts, footer)


def _key_figures(result: Evaluation, engine: str) -> list[KeyFigure]:
    whole = result.scores[engine][0]
    figures = [
        _worst_figure(result, engine),
        _agreement_figure(result.scores[engine]),
        _miou_figure(whole),
        KeyFigure(
            "Model file",
            share(result.int8_bytes / result.float_bytes, 0),
            f"{size(result.int8_bytes)} for {size(result.float_bytes)}",
        ),
        _speed_figure(result),
    ]
    return figures


def _worst_figure(result: Evaluation, engine: str) -> KeyFigure:
    worst = next((group for group in result.scores[engine] if group.name == result.gate.stratum), None)
    if worst is None:
        return KeyFigure("Worst condition", NONE, "too few pixels")
    lost = worst.miou_lost
    interval = f"{signed(-lost.high)} to {signed(-lost.low)}"
    return KeyFigure("Worst condition, mIoU", signed(-lost.value), f"points, {interval}, {worst.name}")


def _agreement_figure(groups: Sequence[GroupScores]) -> KeyFigure:
    judged = [group for group in groups if group.enough] or groups
    least = min(judged, key=lambda group: group.agreement.value)
    note = f"of all pixels; least {share(least.agreement.value)}, {least.name}"
    return KeyFigure("Same class as float", share(groups[0].agreement.value), note)


def _miou_figure(whole: GroupScores) -> KeyFigure:
    lost = whole.miou_lost
    if whole.float_miou is None or math.isnan(lost.value):
        return KeyFigure("mIoU with float's map", points(1 - lost.value / 100), "no labels were given")
    interval = f"{signed(-lost.high)} to {signed(-lost.low)}"
    return KeyFigure(
        "mIoU against labels", signed(-lost.value), f"points, {interval}; float {points(whole.float_miou.value)}"
    )


def _speed_figure(result: Evaluation) -> KeyFigure:
    best = {}
    for label in ("float", "INT8"):
        best[label] = min((one for one in result.performance if one.label == label), key=lambda one: one.p50_ms)
    ratio = best["float"].p50_ms / best["INT8"].p50_ms
    engines = f"INT8 in {engine_of(best['INT8'].kind).name} over float in {engine_of(best['float'].kind).name}"
    return KeyFigure("Speed for one tile", f"{ratio:.1f} ×", f"{engines}, the faster of each")


def _conditions(result: Evaluation) -> str:
    text = (
        "A condition counts for the gate from "
        f"{MINIMUM} on; paler ones have fewer. Dots are the figures, lines their 95 % intervals."
    )
    legend = report.legend([(f"INT8 in {engine_of(kind).name}", engine_color(kind)) for kind in result.scores])
    parts = [report.paragraph(text), legend, agreement_plot(result.scores, result.gate.allowed_change)]
    truth = "the labels" if result.labels else "the float map"
    parts.append(change_plot(result.scores, result.gate.allowed_miou, truth))
    tables = [
        report.folded(f"The figures, INT8 in {engine_of(kind).name}", condition_table(result.scores[kind]))
        for kind in result.scores
    ]
    return report.section("By imaging condition", *parts, *tables)


def _classes(result: Evaluation, engine: str) -> str:
    groups = result.scores[engine]
    against = "the labels, and of INT8 with the float map as truth" if result.labels else "the float map"
    text = (
        f"F1 of each class against {against}, INT8 in {engine_of(engine).name}, with 95 % intervals. Classes with "
        f"fewer than {MIN_CLASS_PX} pixels of the float map are pale."
    )
    matrix = report.folded("F1 of every class in every condition", f1_matrix(groups))
    return report.section("By class", report.paragraph(text), class_table(groups[0]), matrix)


def _maps(result: Evaluation, pair: ModelPair, tiles: TileReader, engine: str, progress: ProgressCallback) -> str:
    agreements = [tile["agreement"][engine] for tile in result.tiles]
    worst, others = pick_tiles(agreements, result.seed)
    contenders = pair.contender("float", REFERENCE.id), pair.contender("INT8", engine)
    views = {view.position: view for view in tile_views(contenders, tiles, [*worst, *others], progress)}
    labels = [(label.name, label.color) for label in pair.card.classes]
    kinds = [(DIFFERENCE_WORDS[kind], DIFFERENCE_COLORS[kind]) for kind in DIFFERENCE_WORDS]
    if not result.labels:
        kinds = [("differ", DIFFERENCE_COLORS[DIFFERS])]
    parts = [
        report.legend([*labels, *kinds]),
        "<h3>The tiles that agree least</h3>",
        *(_tile(result, views[i], engine) for i in worst),
        *(["<h3>Some others, drawn by lot</h3>"] if others else []),
        *(_tile(result, views[i], engine) for i in others),
        report.folded("Where all tiles lie", *_places(result, tiles, engine)),
    ]
    return report.section("Where they differ", *parts)


def _tile(result: Evaluation, view: TileView, engine: str) -> str:
    tile = result.tiles[view.position]
    where = f"row {tile['row']}, column {tile['col']}" + (f" of {tile['scene']}" if len(result.scenes) > 1 else "")
    agreed = share(tile["agreement"][engine])
    plates = [GalleryPicture(view.scene, f"{agreed} the same.", f"Chosen for {tile['stratum']}; {where}.", "crisp")]
    if view.labels is not None:
        plates.append(GalleryPicture(view.labels, "Labels.", "", "crisp light"))
    plates += [
        GalleryPicture(view.by_float, "Float.", "", "crisp light"),
        GalleryPicture(view.by_int8, "INT8.", "", "crisp light"),
        GalleryPicture(view.difference, "Difference.", "", "crisp light"),
    ]
    return report.figure_row(*(report.figure(plate) for plate in plates))


def _places(result: Evaluation, tiles: TileReader, engine: str) -> list[str]:
    """Each scene with its tiles, coloured by agreement."""
    figures = []
    for position, view in enumerate(scene_views(tiles)):
        boxes = []
        for number, (choice, tile) in enumerate(zip(tiles.choices, result.tiles, strict=True), 1):
            if choice.candidate.scene == position:
                agreed = tile["agreement"][engine]
                title = f"{number}: {share(agreed)} the same. {tile['stratum']}, {tile['reason']}."
                boxes.append(
                    PictureBox(
                        _shrunk(choice.candidate.window, view.factor), _agreement_color(agreed, result), "", title
                    )
                )
        plate = GalleryPicture(view.picture, view.name, f"{len(boxes)} tiles; hover over one for its agreement.")
        figures.append(report.figure_with_boxes(plate, view.size, boxes))
    limit = f"over {result.gate.allowed_change:g} % differ"
    colors = report.legend([("within the gate", "#7ee0ac"), (limit, "#ff6b6b"), ("no data", "#bbbbbb")])
    return [colors, report.gallery(*figures)]


def _shrunk(window: Window, factor: float) -> Window:
    sides = (window.row, window.col, window.height, window.width)
    return Window(*(max(1, round(side / factor)) if i > 1 else round(side / factor) for i, side in enumerate(sides)))


def _agreement_color(agreed: float, result: Evaluation) -> str:
    if math.isnan(agreed):
        return "#bbbbbb"
    return "#7ee0ac" if 100 * (1 - agreed) <= result.gate.allowed_change else "#ff6b6b"


def _machine(result: Evaluation) -> str:
    text = (
        "Latency: one tile on all cores, encoded pixels in and classes out, engines in turns. Throughput and memory: "
        "a process of its own with a tile in flight on every core, as `geoquant classify` runs it; its whole resident "
        "memory, Python included. A busy machine makes all of them rough."
    )
    return report.section(
        "Speed and memory",
        report.paragraph(text),
        *machine_plots(result.performance),
        machine_table(result.performance),
    )


def _method(result: Evaluation, pair: ModelPair, full_paths: bool) -> str:
    facts = pair.int8.card.quantization
    judged_on = (
        f"{len(facts.tiles)} tiles that its card says calibrated the INT8 model were left out"
        if facts
        else "the INT8 model does not say what calibrated it"
    )
    miou = "the labels" if result.labels else "the float map"
    models = (result.float_model, result.int8_model)
    first, second = (str(Path(model).absolute()) if full_paths else file_name(model) for model in models)
    texts = [
        f"{len(result.tiles)} tiles of {result.tile_px} pixels, chosen per imaging condition with seed {result.seed} "
        f"from {', '.join(result.scenes)}; {judged_on}.",
        "Agreement is the share of pixels with the float model's class. mIoU is the mean over classes with at least "
        f"{MIN_CLASS_PX} pixels and {MIN_CLASS_SHARE:.0%} of a condition, against {miou}.",
        f"Intervals: {count(result.replicates)} times, as many tiles as there are were drawn with replacement and each "
        "figure computed anew; the middle 95 % are shown. Differences of two models are drawn together.",
        f"Models: `{first}` and `{second}`.",
    ]
    return report.section("How this was measured", *(report.paragraph(text) for text in texts))
