"""What the evaluation's report says, in which order."""

from __future__ import annotations

import math
import platform
from collections.abc import Sequence
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
from geoquant.metrics.confusion import MIN_CLASS_PX, MIN_CLASS_SHARE, MIN_STRATUM_PX
from geoquant.metrics.group_scores import GroupScores
from geoquant.progress import ProgressCallback
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


def evaluation_page(found: Evaluation, pair: ModelPair, tiles: TileReader, progress: ProgressCallback) -> str:
    """The whole report.

    Args:
        found: the figures.
        pair: the models, to draw their maps.
        tiles: to draw.
        progress: is told after each tile that is drawn.
    """
    engine = found.gate.engine or next(iter(found.scores))
    heading = "The gate holds" if found.gate.passed else "The gate fails" if found.gate.stratum else "Nothing to judge"
    parts = [
        report.verdict(found.gate.passed, heading, found.gate.words),
        report.key_figures(_key_figures(found, engine)),
        report.notes([note[0].upper() + note[1:] for note in found.notes]),
        _conditions(found),
        _classes(found, engine),
        _maps(found, pair, tiles, engine, progress),
        layer_section(found.layers),
        audit_section(found.audit),
        _machine(found),
        _method(found, pair),
    ]
    footer = (
        f"geoquant {__version__}, seed {found.seed}, Python {platform.python_version()}, "
        f"{found.machine['cpu']} ({found.machine['flags'] or 'no INT8 instructions known'}); {found.seconds:.0f} s."
    )
    return report.page(f"INT8 against float: {pair.card.name}", LEAD, parts, footer)


def _key_figures(found: Evaluation, engine: str) -> list[KeyFigure]:
    whole = found.scores[engine][0]
    figures = [
        _worst_figure(found, engine),
        _agreement_figure(found.scores[engine]),
        _miou_figure(whole),
        KeyFigure(
            "Model file",
            share(found.int8_bytes / found.float_bytes, 0),
            f"{size(found.int8_bytes)} for {size(found.float_bytes)}",
        ),
        _speed_figure(found),
    ]
    return figures


def _worst_figure(found: Evaluation, engine: str) -> KeyFigure:
    worst = next((group for group in found.scores[engine] if group.name == found.gate.stratum), None)
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


def _speed_figure(found: Evaluation) -> KeyFigure:
    best = {}
    for label in ("float", "INT8"):
        best[label] = min((one for one in found.performance if one.label == label), key=lambda one: one.p50_ms)
    ratio = best["float"].p50_ms / best["INT8"].p50_ms
    engines = f"INT8 in {engine_of(best['INT8'].kind).name} over float in {engine_of(best['float'].kind).name}"
    return KeyFigure("Speed for one tile", f"{ratio:.1f} ×", f"{engines}, the faster of each")


def _conditions(found: Evaluation) -> str:
    text = (
        "A condition counts for the gate from "
        f"{count(MIN_STRATUM_PX)} pixels on; paler ones have fewer. Dots are the figures, lines their 95 % intervals."
    )
    legend = report.legend([(f"INT8 in {engine_of(kind).name}", engine_color(kind)) for kind in found.scores])
    parts = [report.paragraph(text), legend, agreement_plot(found.scores, found.gate.allowed_change)]
    truth = "the labels" if found.labels else "the float map"
    parts.append(change_plot(found.scores, found.gate.allowed_miou, truth))
    tables = [
        report.folded(f"The figures, INT8 in {engine_of(kind).name}", condition_table(found.scores[kind]))
        for kind in found.scores
    ]
    return report.section("By imaging condition", *parts, *tables)


def _classes(found: Evaluation, engine: str) -> str:
    groups = found.scores[engine]
    against = "the labels, and of INT8 with the float map as truth" if found.labels else "the float map"
    text = (
        f"F1 of each class against {against}, INT8 in {engine_of(engine).name}, with 95 % intervals. Classes with "
        f"fewer than {MIN_CLASS_PX} pixels of the float map are pale."
    )
    matrix = report.folded("F1 of every class in every condition", f1_matrix(groups))
    return report.section("By class", report.paragraph(text), class_table(groups[0]), matrix)


def _maps(found: Evaluation, pair: ModelPair, tiles: TileReader, engine: str, progress: ProgressCallback) -> str:
    agreements = [tile["agreement"][engine] for tile in found.tiles]
    worst, others = pick_tiles(agreements, found.seed)
    contenders = pair.contender("float", REFERENCE.id), pair.contender("INT8", engine)
    views = {view.position: view for view in tile_views(contenders, tiles, [*worst, *others], progress)}
    labels = [(label.name, label.color) for label in pair.card.classes]
    kinds = [(DIFFERENCE_WORDS[kind], DIFFERENCE_COLORS[kind]) for kind in DIFFERENCE_WORDS]
    if not found.labels:
        kinds = [("differ", DIFFERENCE_COLORS[DIFFERS])]
    parts = [
        report.legend([*labels, *kinds]),
        "<h3>The tiles that agree least</h3>",
        *(_tile(found, views[i], engine) for i in worst),
        *(["<h3>Some others, drawn by lot</h3>"] if others else []),
        *(_tile(found, views[i], engine) for i in others),
        report.folded("Where all tiles lie", *_places(found, tiles, engine)),
    ]
    return report.section("Where they differ", *parts)


def _tile(found: Evaluation, view: TileView, engine: str) -> str:
    tile = found.tiles[view.position]
    where = f"row {tile['row']}, column {tile['col']}" + (f" of {tile['scene']}" if len(found.scenes) > 1 else "")
    agreed = share(tile["agreement"][engine])
    plates = [GalleryPicture(view.scene, f"{agreed} the same.", f"Chosen for {tile['stratum']}; {where}.", "crisp")]
    if view.labels is not None:
        plates.append(GalleryPicture(view.labels, "Labels.", "", "crisp light"))
    plates += [
        GalleryPicture(view.by_float, "Float.", "", "crisp light"),
        GalleryPicture(view.by_int8, "INT8.", "", "crisp light"),
        GalleryPicture(view.difference, "Difference.", "", "crisp light"),
    ]
    return report.strip(*(report.figure(plate) for plate in plates))


def _places(found: Evaluation, tiles: TileReader, engine: str) -> list[str]:
    """Each scene with its tiles, coloured by agreement."""
    figures = []
    for position, view in enumerate(scene_views(tiles)):
        boxes = []
        for number, (choice, tile) in enumerate(zip(tiles.choices, found.tiles, strict=True), 1):
            if choice.candidate.scene == position:
                agreed = tile["agreement"][engine]
                told = f"{number}: {share(agreed)} the same. {tile['stratum']}, {tile['reason']}."
                boxes.append(
                    PictureBox(_shrunk(choice.candidate.window, view.factor), _agreement_color(agreed, found), "", told)
                )
        plate = GalleryPicture(view.picture, view.name, f"{len(boxes)} tiles; hover over one for its agreement.")
        figures.append(report.figure_with_boxes(plate, view.size, boxes))
    limit = f"over {found.gate.allowed_change:g} % differ"
    colors = report.legend([("within the gate", "#7ee0ac"), (limit, "#ff6b6b"), ("no data", "#bbbbbb")])
    return [colors, report.gallery(*figures)]


def _shrunk(window: Window, factor: float) -> Window:
    sides = (window.row, window.col, window.height, window.width)
    return Window(*(max(1, round(side / factor)) if i > 1 else round(side / factor) for i, side in enumerate(sides)))


def _agreement_color(agreed: float, found: Evaluation) -> str:
    if math.isnan(agreed):
        return "#bbbbbb"
    return "#7ee0ac" if 100 * (1 - agreed) <= found.gate.allowed_change else "#ff6b6b"


def _machine(found: Evaluation) -> str:
    text = (
        "Latency: one tile on all cores, encoded pixels in and classes out, engines in turns. Throughput and memory: "
        "a process of its own with a tile in flight on every core, as `geoquant classify` runs it; its whole resident "
        "memory, Python included. A busy machine makes all of them rough."
    )
    return report.section(
        "Speed and memory", report.paragraph(text), *machine_plots(found.performance), machine_table(found.performance)
    )


def _method(found: Evaluation, pair: ModelPair) -> str:
    facts = pair.int8.card.quantization
    seen = (
        f"{len(facts.tiles)} tiles that its card says calibrated the INT8 model were left out"
        if facts
        else "the INT8 model does not say what calibrated it"
    )
    miou = "the labels" if found.labels else "the float map"
    texts = [
        f"{len(found.tiles)} tiles of {found.tile_px} pixels, chosen per imaging condition with seed {found.seed} from "
        f"{', '.join(found.scenes)}; {seen}.",
        "Agreement is the share of pixels with the float model's class. mIoU is the mean over classes with at least "
        f"{MIN_CLASS_PX} pixels and {MIN_CLASS_SHARE:.0%} of a condition, against {miou}.",
        f"Intervals: {count(found.replicates)} times, as many tiles as there are were drawn with replacement and each "
        "figure computed anew; the middle 95 % are shown. Differences of two models are drawn together.",
        f"Models: `{found.float_model}` and `{found.int8_model}`.",
    ]
    return report.section("How this was measured", *(report.paragraph(text) for text in texts))
