"""Classify a scene of any size into a Cloud-Optimized GeoTIFF."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from geoquant._version import __version__
from geoquant.drift.cells import CELL_PX, cells_of, percent_outside
from geoquant.drift.geotiff import write_drift
from geoquant.engines.postprocess import CONFIDENCE_NODATA
from geoquant.errors import Cancelled, OptionError
from geoquant.grid import Grid, Window, magnified
from geoquant.inference.plan import Plan
from geoquant.inference.prepare import PreparedJob, prepare
from geoquant.inference.shard_runner import PixelCounter, ShardFiles, ShardRunner, shard_folder
from geoquant.inference.tally import Tally
from geoquant.model_card.json_schema import card_to_json
from geoquant.model_card.model import Model
from geoquant.options.classify import ClassifyOptions
from geoquant.output.areas import write_areas
from geoquant.output.cog import assemble_cog
from geoquant.output.destination import check_beside, check_destination, check_free_space
from geoquant.output.polygons import check_polygon_suffix, write_polygons
from geoquant.output.style import Publication
from geoquant.progress import ProgressCallback, silent
from geoquant.raster.handles import reserve_block_cache
from geoquant.raster.pixel_size import pixel_area_m2
from geoquant.raster.scene import Scene, Source
from geoquant.raster.scene_input import SceneInput, scene_input
from geoquant.unfinished import unfinished

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class ClassifySummary:
    """What a classification did.

    Attributes:
        out: the class map.
        confidence: its confidence map, if one was asked for.
        drift_map: the map of its drift, if one was asked for and the model was calibrated.
        pixels: of the output.
        valid_pixels: of those, the classified ones.
        seconds: wall time of streaming and writing.
        engine: that ran the model.
        engine_reason: why that one.
        pixels_by_class: class name -> pixels.
        area_m2_by_class: class name -> square metres; empty unless the CRS is projected.
        drift: band -> share of valid pixels outside the calibrated range; empty for models without one.
        drift_diagnosis: in words, empty when nothing is unusual.
        bad_blocks: blocks of the scene that could not be read and are no data in the output.
        plan: tiles, memory, disk.
        warnings: about the scene.
        polygons: the classes as polygons, if asked for.
        areas: the table of areas, if asked for.
    """

    out: Path
    confidence: Path | None
    pixels: int
    valid_pixels: int
    seconds: float
    engine: str
    engine_reason: str
    pixels_by_class: Mapping[str, int]
    area_m2_by_class: Mapping[str, float]
    drift: Mapping[str, float]
    drift_diagnosis: str
    bad_blocks: int
    plan: Plan
    warnings: tuple[str, ...] = ()
    drift_map: Path | None = None
    polygons: Path | None = None
    areas: Path | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        facts = {name: str(fact) if isinstance(fact, Path) else fact for name, fact in asdict(self).items()}
        return {**facts, "plan": self.plan.to_json()}


@overload
def classify(
    scene: xr.DataArray, model: str | Path | Model, *, options: ClassifyOptions | None = None
) -> xr.DataArray: ...


@overload
def classify(
    scene: Source | SceneInput,
    model: str | Path | Model,
    out: str | Path,
    options: ClassifyOptions | None = None,
    *,
    progress: ProgressCallback = silent,
) -> ClassifySummary: ...


def classify(
    scene: Source | SceneInput | xr.DataArray,
    model: str | Path | Model,
    out: str | Path | None = None,
    options: ClassifyOptions | None = None,
    *,
    progress: ProgressCallback = silent,
) -> ClassifySummary | xr.DataArray:
    """Stream ``scene`` through ``model`` and write the class map ``out``, a Cloud-Optimized GeoTIFF.

    A ``DataArray`` gives a lazy ``DataArray`` instead and writes nothing, see ``geoquant.inference.lazy``.

    Finished shards lie in a hidden folder beside ``out`` until it is written: after a crash the same call goes on
    where it stopped. A cancelled job removes them.

    Args:
        scene: path, URL, product folder, one file per band, or an opened scene; with options as a ``SceneInput``.
        model: ONNX file, or an opened model.
        out: path of the class map; left out for a ``DataArray``.
        options: how to stream.
        progress: is told what is done, from any thread; may raise ``Cancelled``.

    Raises:
        RasterError, ModelError, OptionError: with what was found, what was expected and what to do.
        Cancelled: nothing is left behind.
    """
    options = options or ClassifyOptions()
    if not isinstance(scene, (str, Path, Scene, Sequence, SceneInput)):
        from geoquant.inference.lazy import classify_array

        return classify_array(scene, model, options)
    if out is None:
        raise OptionError("classify writes a file: name it with out (only a DataArray is classified without one).")
    out, given = Path(out), scene_input(scene)
    _check_outputs(out, options, [*given.files, *_files_beside(model, options)])
    prepared = prepare(given, model, options, progress)
    try:
        _check_outputs(out, options, sorted(prepared.scene.files))  # a VRT's sources, a product's bands
        return _run(prepared, out, options, progress)
    finally:
        prepared.scene.close()


def plan_classification(
    scene: Source | SceneInput, model: str | Path | Model, options: ClassifyOptions | None = None
) -> tuple[Plan, float | None]:
    """The plan that ``classify`` would follow, and its estimated seconds where speed was measured; writes nothing."""
    prepared = prepare(scene_input(scene), model, options or ClassifyOptions())
    prepared.scene.close()
    speed = next((one.mpx_per_s for one in prepared.choice.measured if one.kind == prepared.choice.kind), 0.0)
    return prepared.plan, prepared.plan.inferred_px / (speed * 1e6) if speed else None


def confidence_path(out: Path) -> Path:
    """``OUT_confidence.tif`` beside ``OUT.tif``."""
    return out.with_name(f"{out.stem}_confidence{out.suffix}")


def drift_path(out: Path) -> Path:
    """``OUT_drift.tif`` beside ``OUT.tif``."""
    return out.with_name(f"{out.stem}_drift{out.suffix}")


def _check_outputs(out: Path, options: ClassifyOptions, inputs: Sequence[str | Path]) -> None:
    """Refuse, before any work, names that must not be written."""
    maps = [out, *[confidence_path(out)] * options.confidence, *[drift_path(out)] * options.drift]
    files = [*maps, *(Path(name) for name in (options.polygons, options.areas) if name)]
    if options.polygons:
        check_polygon_suffix(Path(options.polygons))
    for name in files:
        check_destination(name, options.overwrite, inputs)
    for name in maps:
        check_beside(name, options.overwrite)
    if len({name.resolve() for name in files}) < len(files):
        raise OptionError(f"two outputs would have the same name: {', '.join(map(str, files))}.")


def _files_beside(model: str | Path | Model, options: ClassifyOptions) -> list[str | Path]:
    """The inputs beside the scene."""
    path = model.path if isinstance(model, Model) else model
    return [path, *([options.aoi.partition("|")[0]] if options.aoi else [])]


def _run(prepared: PreparedJob, out: Path, options: ClassifyOptions, progress: ProgressCallback) -> ClassifySummary:
    """Stream, publish and clean up."""
    started = time.perf_counter()
    check_free_space(out.resolve().parent, prepared.plan.disk_bytes)
    folder = shard_folder(prepared, out)
    reserve_block_cache(prepared.plan.block_cache_bytes)
    run = ShardRunner(prepared, folder, PixelCounter(prepared.plan.region.pixels, progress))
    try:
        with unfinished(folder):
            folder.mkdir(exist_ok=True)
            tally = run.run()
            summary = _summarize(prepared, out, tally)
            summary = replace(summary, polygons=_path(options.polygons), areas=_path(options.areas))
            if summary.drift_map:
                percent = percent_outside(tally.cells, prepared.plan.region, len(summary.drift))
                write_drift(summary.drift_map, percent, _cell_grid(prepared), tuple(summary.drift))
            _publish(run, summary, progress)
    except (Cancelled, KeyboardInterrupt):
        shutil.rmtree(folder, ignore_errors=True)
        raise
    except BaseException:
        if not any(folder.glob("*.tif")):
            shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    return replace(summary, seconds=time.perf_counter() - started)


def _summarize(prepared: PreparedJob, out: Path, tally: Tally) -> ClassifySummary:
    """Counts in the caller's terms."""
    labels, region = prepared.model.card.classes, prepared.plan.region
    pixels = {label.name: int(tally.values[label.value]) for label in labels}
    guard = prepared.network.guard
    return ClassifySummary(
        out=out,
        confidence=confidence_path(out) if prepared.request.confidence else None,
        pixels=region.pixels,
        valid_pixels=sum(pixels.values()),
        seconds=0.0,
        engine=prepared.choice.kind,
        engine_reason=prepared.choice.reason,
        pixels_by_class=pixels,
        area_m2_by_class=_areas(pixels, pixel_area_m2(prepared.scene.grid)),
        drift=guard.shares(tally.drift) if guard else {},
        drift_diagnosis=guard.diagnosis(tally.drift) if guard else "",
        bad_blocks=len(tally.bad_blocks),
        plan=prepared.plan,
        warnings=prepared.scene.warnings,
        drift_map=drift_path(out) if prepared.request.drift_map and guard else None,
    )


def _path(name: str | None) -> Path | None:
    return Path(name) if name else None


def _cell_grid(prepared: PreparedJob) -> Grid:
    """The grid of the drift map: whole cells from the scene's origin."""
    area, grid = cells_of(prepared.plan.region), prepared.scene.grid
    corner = grid.origin_at(area.row * CELL_PX, area.col * CELL_PX)
    return Grid(grid.crs, magnified(corner, CELL_PX, CELL_PX), area.width, area.height)


def _areas(pixels: Mapping[str, int], pixel_m2: float | None) -> dict[str, float]:
    return {} if pixel_m2 is None else {name: count * pixel_m2 for name, count in pixels.items()}


def _publish(run: ShardRunner, summary: ClassifySummary, progress: ProgressCallback) -> None:
    """Write all files; the class map comes last, so that it never stands without what was asked for beside it."""
    prepared, plan = run.prepared, summary.plan
    grid, card = prepared.scene.grid.crop(plan.region), prepared.model.card
    files = [(ShardFiles(run.folder, shard), shard.relative_to(plan.region)) for shard in plan.shards]
    tags, rpc = provenance(prepared, summary), _rpc_of(prepared.scene, plan.region)
    if summary.confidence:
        confidence = Publication((), CONFIDENCE_NODATA, tags, "confidence", rpc)
        assemble_cog([(f.confidence, at) for f, at in files], grid, summary.confidence, confidence, progress=progress)
    classes, shards = Publication(card.classes, card.output_nodata, tags, rpc=rpc), [(f.classes, at) for f, at in files]
    if summary.polygons:
        write_polygons(shards, grid, summary.polygons, classes, progress=progress)
    if summary.areas:
        write_areas(summary.areas, card.classes, summary.pixels_by_class, summary.area_m2_by_class)
    assemble_cog(shards, grid, summary.out, classes, progress=progress)


def _rpc_of(scene: Scene, region: Window) -> dict[str, str]:
    """The scene's rational polynomials, counted from the region's first pixel."""
    shifts = {"LINE_OFF": region.row, "SAMP_OFF": region.col}
    return {key: repr(float(value.split()[0]) - shifts[key]) if key in shifts else value for key, value in scene.rpc}


def provenance(prepared: PreparedJob, summary: ClassifySummary) -> dict[str, str]:
    """Tags that say where a class map comes from; the same run gives the same tags."""
    model = prepared.model
    return {
        "GEOQUANT_VERSION": __version__,
        "GEOQUANT_MODEL": model.card.name,
        "GEOQUANT_MODEL_SHA256": model.sha256,
        "GEOQUANT_CARD": card_to_json(replace(model.card, quantization=None)),
        "GEOQUANT_SOURCE": prepared.scene.name,
        "GEOQUANT_ENGINE": summary.engine,
        "GEOQUANT_DRIFT": json.dumps({name: round(share, 6) for name, share in summary.drift.items()}),
        "GEOQUANT_TILING": "results depend on the tiling" if summary.plan.depends_on_tiling else "exact",
        "GEOQUANT_BAD_BLOCKS": str(summary.bad_blocks),
    }
