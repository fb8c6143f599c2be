"""``geoquant inspect``: a model's card and graph, and whether a scene fits them band by band."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from geoquant.cli.audit_table import draw_audit
from geoquant.cli.console import run, shared_options, show_result
from geoquant.cli.inputs import scene_of_files
from geoquant.cli.options import build, dataclass_options
from geoquant.options.card import CardOptions
from geoquant.options.scene import SceneOptions

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from geoquant.diagnostics.inspect import InspectReport
    from geoquant.diagnostics.scene_fit import BandFit, SceneFit
    from geoquant.model_card.card import ModelCard, Tiling
    from geoquant.onnx_graph.facts import GraphFacts


EPILOG = "Example: geoquant inspect landcover.int8.onnx scene.tif"


@click.command(epilog=EPILOG)
@click.argument("model")
@click.argument("scene", nargs=-1)
@click.option("--values", is_flag=True, help="Also read the scene coarsely: with which values does each band enter?")
@click.option(
    "--engines", is_flag=True, help="Also load MODEL into each engine: how much runs in INT8, and what stays float?"
)
@click.option("--mlm", metavar="FILE", help="Also write the card as a STAC item of the MLM extension (JSON).")
@click.option("--overwrite", is_flag=True, help="Replace an existing FILE of --mlm.")
@click.option("--full-paths", is_flag=True, help="In --mlm, give the path of a model wherever it lies.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object on stdout.")
@dataclass_options(SceneOptions, CardOptions)
@shared_options
def command(
    model: str, scene: tuple[str, ...], values: bool, engines: bool, as_json: bool, progress: str, **params: Any
) -> None:
    """Show what MODEL's card and graph say and, given a SCENE, whether it fits band by band.

    A model without a card is shown with what is missing, and the option that gives it. With a SCENE the exit code is 1
    when the model can't run over it.
    """
    looks = {"values": values, "engines": engines}
    run(partial(_inspect, model, scene, looks, "json" if as_json else progress, params))


def _inspect(model: str, scene: tuple[str, ...], looks: dict[str, bool], mode: str, params: dict[str, Any]) -> None:
    from geoquant.diagnostics.inspect import check_mlm, inspect_model, write_mlm

    card_options, given = build(CardOptions, params), scene_of_files(scene, params) if scene else None
    if params["mlm"] is not None:
        check_mlm(params["mlm"], [model, *scene, *filter(None, [card_options.card])], params["overwrite"])
    report = inspect_model(model, given, card_options, **looks)
    if params["mlm"] is not None:
        write_mlm(report, params["mlm"], params["full_paths"])
    show_result(mode, report.to_json(), lambda console: draw(console, report))
    if given is not None and (report.scene is None or not report.scene.fits):
        raise SystemExit(1)


def draw(console: Console, report: InspectReport) -> None:
    """The report as tables on a terminal."""
    console.print(_facts(_graph_rows(report), f"{report.model}"))
    for obstacle in report.graph.unbounded_by:
        _say(console, "unbounded", obstacle, "yellow")
    draw_card(console, report)
    if report.audit is not None:
        draw_audit(console, report.audit)
    if report.scene is not None:
        _draw_scene(console, report.scene)


def draw_card(console: Console, report: InspectReport) -> None:
    """The card as tables, what it lacks, and what is to be known of it."""
    if report.card is not None:
        console.print(_facts(_card_rows(report.card, report.facts.source), "Card"))
        console.print(_channel_table(report.card))
        console.print(_class_table(report.card))
    for line in report.missing.values():
        _say(console, "missing", line, "red")
    for warning in report.warnings:
        _say(console, "note", warning, "yellow")


def _say(console: Console, label: str, text: str, style: str) -> None:
    from rich.text import Text

    console.print(Text.assemble((f"{label}: ", f"bold {style}"), text))


def _facts(rows: dict[str, str], title: str) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title, style="bold"), title_justify="left", show_header=False, box=None, pad_edge=False)
    for name, fact in rows.items():
        if fact:
            table.add_row(Text(name, style="dim"), Text(fact))
    return table


def _graph_rows(report: InspectReport) -> dict[str, str]:
    graph = report.graph
    return {
        "file": f"{report.size_bytes:,} bytes, sha256 {report.sha256[:16]}",
        "network": f"{graph.parameters:,} parameters, opset {graph.opset}, {'INT8' if graph.quantized else 'float'}",
        "input": f"{graph.input_name} {_shape(graph.input_shape, 'n', 'band', 'y', 'x')} {graph.input_dtype}",
        "output": f"{graph.output_name} {_shape(graph.output_shape, 'n', 'class', 'y', 'x')} {graph.output_dtype}",
        "other outputs": ", ".join(graph.other_outputs) and f"{', '.join(graph.other_outputs)}: not run",
        "receptive field": _field(graph),
        "stride": f"{graph.stride_px} px",
        "halo": f"{graph.halo_px} px on each side"
        if graph.halo_px is not None
        else "none is enough: tiles are blended",
    }


def _shape(shape: tuple[int | None, ...], *names: str) -> str:
    labels = names if len(shape) == len(names) else ("n", "y", "x")
    return "(" + ", ".join(name if size is None else f"{name} {size}" for name, size in zip(labels, shape)) + ")"  # noqa: B905


def _field(graph: GraphFacts) -> str:
    if graph.receptive_field_px is None:
        return "unbounded"
    return f"{graph.receptive_field_px[0]} x {graph.receptive_field_px[1]} px"


def _card_rows(card: ModelCard, source: str) -> dict[str, str]:
    quantization = card.quantization
    agreement = quantization.agreement if quantization else {}
    worst = min(agreement, key=lambda stratum: agreement[stratum]) if agreement else None
    return {
        "name": card.name,
        "from": source,
        "description": card.description,
        "trained on": card.trained_on,
        "limitations": card.limitations,
        "license": card.license,
        "takes": "physical values" if card.units == "physical" else "stored numbers",
        "normalization": card.normalization.kind,
        "gives": card.output,
        "ground distance": f"{card.gsd_m:g} m" if card.gsd_m is not None else "any",
        "nodata": f"{card.nodata:g}" if card.nodata is not None else "",
        "tiling": _tiling(card.tiling),
        "calibrated on": f"{len(quantization.tiles)} tiles, seed {quantization.seed}" if quantization else "",
        "in INT8": _shares(quantization.method.get("int8_share", {})) if quantization else "",
        "proved": _proved(quantization.method.get("conditions")) if quantization else "",
        "as float": f"{agreement[worst]:.2%} in the worst stratum, {worst}" if worst else "",
    }


def _proved(conditions: object) -> str:
    """How many imaging conditions the judging proved, and which it could not judge."""
    if not isinstance(conditions, Mapping):
        return ""
    rest = ", ".join(map(str, conditions.get("not_judged", ())))
    return f"{conditions.get('in_words', '')}{'; not judged: ' if rest else ''}{rest}"


def _shares(shares: Mapping[str, float]) -> str:
    """Share of the multiply-accumulates per engine, as it was when the model was made."""
    listed = ", ".join(f"{share:.1%} in {engine}" for engine, share in shares.items())
    return f"of the multiply-accumulates {listed}" if listed else ""


def _tiling(tiling: Tiling) -> str:
    suggested = f"tiles of {tiling.tile_px} px, " if tiling.tile_px else ""
    return f"{suggested}beyond the scene {'its reflection' if tiling.edge == 'reflect' else 'nothing'}"


def _channel_table(card: ModelCard) -> Table:
    """One row per input channel: the band and its normalization."""
    table = _table("Bands", "channel", "band", "common name", "shift", "scale", "clip", "sensor scale, offset")
    norm = card.normalization
    for index, band in enumerate(card.bands):
        low = "" if norm.low is None else f"{norm.low[index]:.4g}"
        high = "" if norm.high is None else f"{norm.high[index]:.4g}"
        sensor = "" if band.scale is None else f"{band.scale:g}, {band.offset or 0:g}"
        cells = [str(index + 1), band.name, band.common_name or "", f"{norm.shift[index]:.6g}"]
        _add(table, *cells, f"{norm.scale[index]:.6g}", f"{low} .. {high}" if low or high else "", sensor)
    return table


def _class_table(card: ModelCard) -> Table:
    from rich.text import Text

    table = _table("Classes", "", "value", "class")
    for label in card.classes:
        table.add_row(Text("██", style=label.color), str(label.value), Text(label.name))
    return table


def _table(title: str, *columns: str) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column)
    return table


def _add(table: Table, *cells: str, style: str | None = None) -> None:
    """A row of plain text: names of bands may hold square brackets, which are markup to rich."""
    from rich.text import Text

    table.add_row(*(Text(cell) for cell in cells), style=style)


def _draw_scene(console: Console, scene: SceneFit) -> None:
    down, right = scene.pixel_size
    rows = {
        "product": scene.product or "",
        "size": f"{scene.width} x {scene.height} px of {right:g} x {down:g}",
        "CRS": scene.crs or "none",
        "no data": scene.validity,
        "bands": ", ".join(scene.scene_bands),
        "valid": "" if scene.valid_share is None else f"{scene.valid_share:.1%} of a coarse sample",
    }
    console.print(_facts(rows, f"Scene {scene.name}"))
    console.print(_fit_table(scene))
    if any(band.values is not None for band in scene.bands):
        console.print(_value_table(scene))
    for warning in scene.warnings:
        _say(console, "note", warning, "yellow")
    if scene.problem is None:
        _say(console, "verdict", "the scene fits the model", "green")
    else:
        _say(console, "verdict", f"the scene does not fit: {scene.problem}", "red")


def _fit_table(scene: SceneFit) -> Table:
    """One row per input channel: what is wanted, what was found, and how."""
    table = _table("Fit", "wanted", "found", "matched by", "type", "scale, offset", "from", "no data", "pixel")
    for band in scene.bands:
        _add(table, *_fit_cells(band), style="red" if band.found is None else None)
    return table


def _value_table(scene: SceneFit) -> Table:
    """One row per input channel: percentiles of a coarse sample, as stored and as they enter the network."""
    percentiles = ("1 %", "50 %", "99 %")
    table = _table("Values", "band", *(f"stored {p}" for p in percentiles), *(f"z {p}" for p in percentiles), "outside")
    for band in scene.bands:
        if band.values is not None:
            outside = band.values.outside_calibration
            cells = [f"{value:.5g}" for value in band.values.stored] + [f"{value:.2f}" for value in band.values.z]
            _add(table, band.wanted, *cells, "" if outside is None else f"{outside:.1%}")
    return table


def _fit_cells(band: BandFit) -> tuple[str, ...]:
    wanted = _named(band.wanted, band.wanted_common_name)
    if band.found is None:
        return wanted, "nothing", "", "", "", "", "", ""
    scale = "" if band.scale is None else f"{band.scale:g}, {band.offset or 0:g}"
    found = f"{band.number}: {_named(band.found, band.found_common_name)}"
    nodata = "" if band.nodata is None else f"{band.nodata:g}"
    return wanted, found, band.matched_by, band.dtype or "", scale, band.scale_from, nodata, f"{band.gsd:g}"


def _named(name: str, common_name: str | None) -> str:
    return f"{name} ({common_name})" if common_name and common_name != name else name
