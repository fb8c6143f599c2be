"""``geoquant evaluate``: an INT8 model against its float model, on scenes, with a report and a gate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoquant.cli.console import progress_reporter, shared_options, show_result
from geoquant.cli.inputs import ManyValues, mask_option, scenes_with
from geoquant.cli.options import build, dataclass_options
from geoquant.errors import AccuracyDrop
from geoquant.options.card import ClassCardOptions
from geoquant.options.quantize import EvaluateOptions
from geoquant.options.scene import MaskOptions, SceneOptions

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from geoquant.evaluation.result import Evaluation
    from geoquant.metrics.bootstrap import Estimate
    from geoquant.metrics.group_scores import GroupScores


EPILOG = "Example: geoquant evaluate model.onnx model.int8.onnx --scenes scene.tif --mask SCL.tif -o report.html"


@click.command(cls=ManyValues, epilog=EPILOG)
@click.argument("float_model", metavar="FLOAT", type=click.Path(dir_okay=False))
@click.argument("int8_model", metavar="INT8", type=click.Path(dir_okay=False))
@click.option(
    "--scenes",
    multiple=True,
    required=True,
    metavar="SCENE...",
    help="Scenes to judge on; commas join the files of one scene's bands.",
)
@mask_option
@click.option(
    "--labels", multiple=True, metavar="RASTER...", help="True class values, one per scene, on any grid: adds mIoU."
)
@click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON instead of tables.")
@dataclass_options(EvaluateOptions, MaskOptions, SceneOptions, ClassCardOptions)
@shared_options
def command(
    float_model: str,
    int8_model: str,
    scenes: tuple[str, ...],
    masks: tuple[str, ...],
    labels: tuple[str, ...],
    as_json: bool,
    progress: str,
    **params: Any,
) -> None:
    """Judge the INT8 model against the FLOAT model that it was made from, on tiles that calibration did not see.

    Classes per imaging condition and class with 95 % intervals, every layer's error, size, latency, throughput and
    memory. When the worst imaging condition loses more than --max-drop, the exit code is 3; the report is written all
    the same.
    """
    from geoquant.evaluation.evaluate import evaluate
    from geoquant.evaluation.model_pair import open_reference
    from geoquant.json_values import json_value

    options, given = build(EvaluateOptions, params), scenes_with(scenes, masks, labels, params)
    with progress_reporter(progress) as report:
        reference = open_reference(Path(float_model), Path(int8_model), build(ClassCardOptions, params))
        result = evaluate(reference, int8_model, given, options, progress=report)
    show_result("json" if as_json else progress, json_value(result), lambda console: draw(console, result))
    if not result.gate.passed:
        raise AccuracyDrop(result.gate.words)


def draw(console: Console, result: Evaluation) -> None:
    """The result as tables on a terminal."""
    console.print(f"{result.gate.count}: {', '.join(result.gate.proved)}")
    console.print(condition_table(result))
    console.print(machine_table(result))
    weak = sorted(result.layers, key=lambda layer: math.inf if math.isnan(layer.sqnr_db) else layer.sqnr_db)
    for layer in weak[:1]:
        console.print(f"Weakest layer: {layer.name}, {layer.sqnr_db:.1f} dB, {layer.clip_rate:.3%} clipped")
    ratio = result.int8_bytes / result.float_bytes
    console.print(f"Size: {result.float_bytes:,} -> {result.int8_bytes:,} bytes ({ratio:.1%} of float)")
    console.print(f"CPU: {result.machine['cpu']}, {result.machine['flags'] or 'no INT8 instructions known'}")
    for note in result.notes:
        console.print(f"Note: {note}.")
    console.print(f"Gate {'holds' if result.gate.passed else 'fails'}: {result.gate.words}")
    wrote = f", wrote {result.report}" if result.report else ""
    console.print(f"{len(result.tiles)} tiles of {result.tile_px} px in {result.seconds:.0f} s{wrote}.")


def condition_table(result: Evaluation) -> Table:
    """Agreement and mIoU lost per condition, with intervals, in the worse engine of each condition."""
    from geoquant.metrics.evidence import MINIMUM

    table = _table("INT8 against float, per imaging condition (worse engine, 95 % interval)")
    for name in ("condition", "pixels", "tiles", "same class", "mIoU lost", "worst class (F1)"):
        table.add_column(name, justify="left" if name == "condition" else "right")
    for rows in zip(*result.scores.values(), strict=True):
        group = min(rows, key=lambda row: row.agreement.value)
        mark = "" if group.enough else " *"
        cells = [group.name + mark, f"{group.pixels:,}", str(group.tiles)]
        table.add_row(*cells, _figure(group.agreement, 100), _figure(group.miou_lost, 1), _worst_class([group]))
        if group.name == "all":
            table.add_section()
    if any(not group.enough for group in next(iter(result.scores.values()))):
        table.caption = f"* fewer than {MINIMUM}: not judged"
    return table


def _worst_class(groups: Sequence[GroupScores]) -> str:
    entries = [entry for group in groups for entry in group.classes if entry.pixels and not math.isnan(entry.f1.value)]
    worst = min(entries, key=lambda entry: entry.f1.value, default=None)
    return "-" if worst is None else f"{worst.name} {100 * worst.f1.value:.2f}"


def _figure(figure: Estimate, scale: float) -> str:
    if math.isnan(figure.value):
        return "-"
    return f"{scale * figure.value:.2f} ({scale * figure.low:.2f} to {scale * figure.high:.2f})"


def machine_table(result: Evaluation) -> Table:
    """Latency, throughput and memory per model and engine."""
    table = _table("On this machine")
    for name in ("model", "engine", "average ms", "p50 ms", "p95 ms", "Mpx/s", "peak MB"):
        table.add_column(name, justify="left" if name in ("model", "engine") else "right")
    for one in result.performance:
        rate = "-" if one.mpx_per_s is None else f"{one.mpx_per_s:.2f}"
        peak = "-" if one.peak_mb is None else f"{one.peak_mb:.0f}"
        times = (f"{value:.1f}" for value in (one.mean_ms, one.p50_ms, one.p95_ms))
        table.add_row(one.label, one.kind, *times, rate, peak)
    return table


def _table(title: str) -> Table:
    from rich.table import Table

    return Table(title=title, title_justify="left")
