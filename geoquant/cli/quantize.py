"""``geoquant quantize``: a float model and scenes in, a proved INT8 model out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from geoquant.cli.audit_table import draw_audit
from geoquant.cli.console import progress_reporter, shared_options, show_result
from geoquant.cli.inputs import ManyValues, given_model, mask_option, scenes_with
from geoquant.cli.options import build, dataclass_options
from geoquant.options.card import ScoreCardOptions
from geoquant.options.quantize import QuantizeOptions
from geoquant.options.scene import MaskOptions, SceneOptions

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from geoquant.evaluation.gate_verdict import GateVerdict
    from geoquant.quantization.judged_rows import StratumRow
    from geoquant.quantization.summary import QuantizeSummary


EPILOG = "Example: geoquant quantize model.onnx --scenes scene.tif --mask SCL.tif -o model.int8.onnx"


@click.command(cls=ManyValues, epilog=EPILOG)
@click.argument("model", type=click.Path(dir_okay=False))
@click.option(
    "--scenes",
    multiple=True,
    required=True,
    metavar="SCENE...",
    help="Scenes to calibrate and judge on; commas join the files of one scene's bands.",
)
@mask_option
@click.option(
    "--labels", multiple=True, metavar="RASTER...", help="True class values, one per scene, on any grid: adds mIoU."
)
@click.option("-o", "--out", required=True, type=click.Path(dir_okay=False), help="The INT8 model to write.")
@dataclass_options(QuantizeOptions, MaskOptions, SceneOptions, ScoreCardOptions)
@shared_options
def command(
    model: str,
    scenes: tuple[str, ...],
    masks: tuple[str, ...],
    labels: tuple[str, ...],
    out: str,
    progress: str,
    **params: Any,
) -> None:
    """Make an INT8 model from the float MODEL and prove it on tiles that calibration did not see.

    The MODEL comes first, then its options. Where everything in INT8 does not hold --max-drop on calibration tiles, the
    most sensitive layers stay in float. When the worst imaging condition loses more on the other tiles, nothing is
    written and the exit code is 3.
    """
    from geoquant.json_values import json_value
    from geoquant.quantization.quantize import quantize

    options, given = build(QuantizeOptions, params), scenes_with(scenes, masks, labels, params)
    with progress_reporter(progress) as report:
        summary = quantize(given_model(model, params), given, out, options, progress=report)
    show_result(progress, json_value(summary), lambda console: draw(console, summary))


def draw(console: Console, summary: QuantizeSummary) -> None:
    """The result as tables on a terminal."""
    console.print(verdict_line(summary.verdict))
    console.print(stratum_table(summary))
    console.print(class_table(summary))
    if summary.speed:
        console.print(speed_table(summary))
    if summary.audit is not None:
        draw_audit(console, summary.audit)
    for line in summary.rewrites:
        console.print(f"Rewritten exactly, for INT8: {line}.")
    ratio = summary.int8_bytes / summary.float_bytes
    console.print(f"Size: {summary.float_bytes:,} -> {summary.int8_bytes:,} bytes ({ratio:.1%} of float)")
    console.print(f"Worst stratum: {worst_line(summary)}")
    if summary.sensitivity:
        console.print(sensitivity_table(summary))
    for step in summary.steps:
        console.print(f"Tried: {step}.")
    for note in summary.notes:
        console.print(f"Note: {note}.")
    tiles = (
        f"{summary.calibration_tiles} calibration and {summary.held_out_tiles} held-out tiles of {summary.tile_px} px"
    )
    console.print(f"Wrote {summary.out} in {summary.seconds:.0f} s from {tiles}.")


def verdict_line(verdict: GateVerdict) -> str:
    """How many conditions are proved, and which are not judged."""
    line = f"{verdict.count}: {', '.join(verdict.proved)}"
    return f"{line}; not judged: {', '.join(verdict.unjudged)}" if verdict.unjudged else line


def worst_line(summary: QuantizeSummary) -> str:
    """Where INT8 does worst, by both measures of the gate."""
    agreement = f"{summary.worst_stratum}, {summary.worst_agreement:.2%} as float"
    if summary.worst_miou_lost is None:
        return agreement
    how = "lost against the labels" if summary.float_miou is not None else "off the float map"
    return f"{agreement}; {summary.worst_miou_stratum}, {summary.worst_miou_lost:.2f} points of mean IoU {how}"


def sensitivity_table(summary: QuantizeSummary) -> Table:
    """What each layer alone in INT8 costs, the most sensitive first, with a bar."""
    from geoquant.quantization.sensitivity_report import shortened

    table = _table("Sensitivity: one layer alone in INT8", "layer", "operator", "share of\nwork", "classes\nchanged")
    table.add_column("worst stratum")
    table.add_column("")
    longest = max(layer.changed for layer in summary.sensitivity) or 1.0
    for layer in summary.sensitivity:
        bar = "█" * max(1, round(20 * layer.changed / longest)) if layer.changed else ""
        cells = [shortened(layer.name), layer.op_type, f"{layer.macs_share:.1%}", f"{layer.changed:.3f} %"]
        table.add_row(*cells, layer.stratum, bar + (" float" if layer.kept_float else ""))
    table.caption = f"{summary.int8_macs_share:.1%} of the multiply-accumulates are INT8"
    return table


def stratum_table(summary: QuantizeSummary) -> Table:
    """Agreement and mIoU per stratum and engine with intervals: points lost against labels, or off the float map."""
    from geoquant.metrics.evidence import MINIMUM

    table = _table("INT8 against float, per imaging condition (95 % interval)", "stratum", "tiles", "held-out\npixels")
    engines, truth = list(summary.agreement), "lost" if summary.float_miou is not None else "off"
    for engine in engines:
        table.add_column(f"{engine}\nagreement", justify="right")
        table.add_column(f"mIoU\n{truth}", justify="right")
    for row in summary.strata:
        mark = "" if row.judged else " *"
        cells = [row.stratum + mark, f"{row.calibration_tiles} + {row.held_out_tiles}", f"{row.held_out_px:,}"]
        table.add_row(*cells, *_pairs(engines, row))
    table.add_section()
    pixels = sum(row.held_out_px for row in summary.strata)
    cells = ["all", f"{summary.calibration_tiles} + {summary.held_out_tiles}", f"{pixels:,}"]
    table.add_row(*cells, *_pairs(engines, summary))
    if not all(row.judged for row in summary.strata):
        table.caption = f"* fewer than {MINIMUM}: not judged"
    return table


def class_table(summary: QuantizeSummary) -> Table:
    """Agreement and IoU per class and engine."""
    table = _table("INT8 against float, per class of the float map (95 % interval)", "class")
    engines = list(summary.agreement)
    for engine in engines:
        table.add_column(f"{engine}\nagreement", justify="right")
        table.add_column("IoU", justify="right")
    for row in summary.classes:
        cells = [
            text
            for engine in engines
            for text in (
                _percent(row.agreement[engine], row.agreement_interval[engine]),
                _percent(row.iou[engine], row.iou_interval[engine]),
            )
        ]
        table.add_row(row.name, *cells)
    return table


def speed_table(summary: QuantizeSummary) -> Table:
    """Speed of float and INT8 in each engine, and how many times float onnxruntime that is."""
    table = _table(
        "Engine speed on this machine (one tile in memory)",
        *("model", "engine", "Mpx/s", "times float onnxruntime", "CPU s for a Mpx"),
    )
    base = summary.reference_speed.mpx_per_s
    for speed in summary.speed:
        cpu = f"{speed.cpu.median:.2f} ({speed.cpu.low:.2f} to {speed.cpu.high:.2f})"
        table.add_row(speed.label, speed.kind, f"{speed.mpx_per_s:.2f}", f"{speed.mpx_per_s / base:.2f}", cpu)
    return table


def _table(title: str, *columns: str) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i == 0 else "right")
    return table


def _pairs(engines: list[str], row: StratumRow | QuantizeSummary) -> list[str]:
    return [
        text
        for engine in engines
        for text in (
            _percent(row.agreement[engine], row.agreement_interval[engine]),
            _points(row.miou_lost[engine], row.miou_interval[engine]),
        )
    ]


def _percent(share: float, interval: tuple[float, float]) -> str:
    return "-" if share != share else f"{100 * share:.2f} % ({100 * interval[0]:.2f} to {100 * interval[1]:.2f})"


def _points(lost: float, interval: tuple[float, float]) -> str:
    return "-" if lost != lost else f"{lost:.2f} ({interval[0]:.2f} to {interval[1]:.2f})"
