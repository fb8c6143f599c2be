"""``geoquant classify``: a scene and a model in, a classified Cloud Optimized GeoTIFF out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from geoquant.cli.console import progress_reporter, run, shared_options, show_result
from geoquant.cli.inputs import given_model, imagery_of
from geoquant.cli.options import build, dataclass_options
from geoquant.errors import OptionError, ScenesFailed
from geoquant.options.card import ClassCardOptions
from geoquant.options.classify import ClassifyOptions
from geoquant.options.mosaic import MosaicOptions, SheetOptions
from geoquant.options.scene import SceneOptions

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from geoquant.inference.classify import ClassifySummary
    from geoquant.inference.map_folder import BatchSummary
    from geoquant.inference.plan import Plan
    from geoquant.model_card.card import ClassLabel


EPILOG = "Example: geoquant classify scene.tif --model landcover.int8.onnx -o classes.tif"
MIB = 2**20


@click.command(epilog=EPILOG)
@click.argument("scene", nargs=-1, required=True)
@click.option("-m", "--model", required=True, metavar="MODEL", help="ONNX file, float or INT8.")
@click.option(
    "-o",
    "--out",
    metavar="OUT.tif",
    help="The class map to write, or a Zarr store where the name ends with .zarr; not needed with --plan.",
)
@click.option("--plan", "plan_only", is_flag=True, help="Show tiles, memory, disk and time, and write nothing.")
@click.option(
    "--each",
    is_flag=True,
    help="No mosaic: every scene gets a map of its own, named by it, in the folder that -o names, and scenes.csv tells "
    "of all. One that fails does not stop the others; what is finished is not done again.",
)
@dataclass_options(SheetOptions, MosaicOptions, SceneOptions, ClassCardOptions)
@shared_options
def command(scene: tuple[str, ...], model: str, out: str | None, plan_only: bool, progress: str, **params: Any) -> None:
    """Stream SCENE through MODEL and write the class map as a Cloud Optimized GeoTIFF.

    SCENE is whatever GDAL opens (a path, URL or VRT), a Sentinel-2 or Landsat product folder or its metadata file, or
    the files of its bands joined by commas. Several of them are one mosaic, and so is what a folder, a pattern in
    quotes, a list (.txt) or an index (.csv or .gpkg with a column of paths) stands for; --rule settles overlaps. Memory
    does not grow with the scene. OUT.tif appears when it is complete; a QGIS style lies beside it.

    A model without a card runs when the options from --card on say what its card would.
    """
    many = [flag for flag in ("--each", "--sheets") if params[flag[2:]]]
    if len(many) > 1:
        raise click.UsageError(
            "--each makes a map for each scene, --sheets one for each square: leave one of them out."
        )
    if many and plan_only:
        raise click.UsageError(f"--plan shows one map; leave {many[0]} out, or plan a scene of the many.")
    work = _plan if plan_only else _classify_many if many else _classify
    run(partial(work, scene, model, out, progress, params))


def _classify(scene: tuple[str, ...], model: str, out: str | None, progress: str, params: Mapping[str, Any]) -> None:
    """Check the options, run the job and show its summary."""
    options, given = build(ClassifyOptions, params), imagery_of(scene, params)
    if out is None:
        raise OptionError("-o OUT.tif is missing; only --plan goes without an output.")
    from geoquant.inference.classify import classify

    with progress_reporter(progress) as report:
        summary = classify(given, given_model(model, params), out, options, progress=report)
    show_result(progress, summary.to_json(), partial(_draw_summary, summary))


def _classify_many(
    scenes: tuple[str, ...], model: str, out: str | None, progress: str, params: Mapping[str, Any]
) -> None:
    """Make a map for each scene or each sheet and show what became of each; exit code 1 where one failed."""
    options = build(SheetOptions, params)
    if out is None:
        raise OptionError("-o FOLDER is missing: the folder of the maps.")
    from geoquant.inference.batch import classify_each
    from geoquant.inference.sheet_set import classify_sheets
    from geoquant.raster.mosaic.mosaic_input import MosaicInput

    mosaic = build(MosaicOptions, params)
    if not options.sheets and mosaic != MosaicOptions():
        raise OptionError(
            "--rule, --crs and --align make a mosaic, and --each makes a map of each scene: leave them out."
        )
    given = MosaicInput(tuple(scenes), mosaic, build(SceneOptions, params))
    opened = given_model(model, params)
    with progress_reporter(progress) as report:
        work = classify_sheets if options.sheets else classify_each
        summary = work(given, opened, out, options, progress=report)
    show_result(progress, summary.to_json(), partial(_draw_batch, summary))
    if summary.failed:
        kind = "sheets" if options.sheets else "scenes"
        raise ScenesFailed(f"{len(summary.failed)} of {len(summary.outcomes)} {kind} failed; {summary.table} says why.")


def _draw_batch(summary: BatchSummary, console: Console) -> None:
    states = [one.state for one in summary.outcomes]
    kept, empty = states.count("kept"), states.count("empty")
    failed = [f"{one.name}: {one.error}" for one in summary.failed]
    aside = f", {kept} kept from before" * bool(kept) + f", {empty} without data left out" * bool(empty)
    facts = {
        "Written": f"{states.count('made')} maps in {summary.folder}{aside}",
        **({"All together": ", ".join(map(str, summary.beside))} if summary.beside else {}),
        "Table": str(summary.table),
        "Time": duration_text(summary.seconds),
    }
    _draw_facts({**facts, **({"Failed": "\n".join(failed)} if failed else {})}, console)


def _plan(scene: tuple[str, ...], model: str, _: str | None, progress: str, params: Mapping[str, Any]) -> None:
    """Show what ``_classify`` would do."""
    options, given = build(ClassifyOptions, params), imagery_of(scene, params)
    from geoquant.inference.classify import plan_classification

    planned, seconds = plan_classification(given, given_model(model, params), options)
    result = {**planned.to_json(), "estimated_seconds": seconds}
    show_result(progress, result, partial(_draw_plan, planned, seconds))


def _draw_plan(plan: Plan, seconds: float | None, console: Console) -> None:
    region, lattice = plan.region, plan.lattice
    context = f"overlap {lattice.overlap_px} px" if lattice.blended else f"halo {lattice.halo_px} px"
    facts = {
        "Output": f"{region.width} x {region.height} px ({region.pixels / 1e6:.1f} Mpx)",
        "Tiles": f"{plan.tiles} of {lattice.tile_px} px, {context}, in {len(plan.shards)} shards",
        "Inferred": f"{plan.inferred_px / 1e6:.1f} Mpx with context",
        "Memory": f"about {plan.memory_bytes / MIB:.0f} MiB",
        "Disk": f"at most about {plan.disk_bytes / MIB:.0f} MiB",
        "Time": "not measured" if seconds is None else f"about {duration_text(seconds)} of inference on this machine",
    }
    if plan.depends_on_tiling:
        facts["Note"] = "the model's receptive field is unbounded: tiles are blended, and classes depend on the tiling"
    _draw_facts(facts, console)


def _draw_summary(summary: ClassifySummary, console: Console) -> None:
    _draw_classes(summary, console)
    speed = summary.pixels / max(summary.seconds, 1e-9) / 1e6
    facts = {
        "Written": ", ".join(str(path) for path in _written(summary)),
        "Valid": f"{summary.valid_pixels} of {summary.pixels} pixels{'' if summary.valid_pixels else NOTHING}",
        "Time": f"{duration_text(summary.seconds)}, {speed:.2f} Mpx/s",
        "Engine": f"{summary.engine}: {summary.engine_reason}",
    }
    if summary.drift:
        outside = ", ".join(f"{band} {share:.1%}" for band, share in summary.drift.items())
        facts["Outside calibrated range"] = outside
    if summary.drift_diagnosis:
        facts["Drift"] = summary.drift_diagnosis
    if summary.bad_blocks:
        facts["Unreadable"] = f"{summary.bad_blocks} tiles are no data because the scene could not be read there"
    if summary.plan.depends_on_tiling:
        facts["Note"] = "the model's receptive field is unbounded: classes depend on the tiling"
    _draw_facts(facts, console)


NOTHING = ": no pixel has data in all of the model's bands; see --nodata and --bands"


def _written(summary: ClassifySummary) -> list[Path]:
    beside = (summary.confidence, summary.drift_map, summary.polygons, summary.areas)
    return list(dict.fromkeys([summary.out, *(path for path in beside if path)]))


def _draw_classes(summary: ClassifySummary, console: Console) -> None:
    """One row per class: colour, name, share of the valid pixels, area."""
    from rich.table import Table

    from geoquant.output.cog import published_labels

    table = Table("", "Class", box=None, pad_edge=False)
    table.add_column("Share", justify="right")
    table.add_column("Area" if summary.area_m2_by_class else "Pixels", justify="right")
    for label in published_labels(summary.out):
        table.add_row(*_class_row(label, summary))
    console.print(table)
    console.print()


def _class_row(label: ClassLabel, summary: ClassifySummary) -> tuple[str, str, str, str]:
    from rich.markup import escape

    pixels = summary.pixels_by_class[label.name]
    share = pixels / summary.valid_pixels if summary.valid_pixels else 0.0
    area_m2 = summary.area_m2_by_class.get(label.name)
    amount = f"{pixels}" if area_m2 is None else area_text(area_m2)
    return f"[{label.color}]██[/]", escape(label.name), f"{share:.1%}", amount


def _draw_facts(facts: Mapping[str, str], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for name, fact in facts.items():
        table.add_row(Text(name, style="bold"), Text(fact))
    console.print(table)


def area_text(area_m2: float) -> str:
    """An area in the unit that reads best: square metres, hectares from 1 ha, square kilometres from 100 km2."""
    if area_m2 >= 1e8:
        return f"{area_m2 / 1e6:,.0f} km²"
    return f"{area_m2 / 1e4:,.1f} ha" if area_m2 >= 1e4 else f"{area_m2:,.0f} m²"


def duration_text(seconds: float) -> str:
    """Seconds as a person says it: 8.3 s, 4 min 10 s, 2 h 5 min."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
