"""Classify a scene of any size into a Cloud-Optimized GeoTIFF."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from geoquant._version import __version__
from geoquant.drift.cells import percent_outside
from geoquant.drift.geotiff import write_drift
from geoquant.engines.postprocess import CONFIDENCE_NODATA
from geoquant.errors import Cancelled, OptionError
from geoquant.grid import Grid, Window
from geoquant.inference.job_folder import JobFolder, folder_of, job_folder, sweep
from geoquant.inference.plan import Plan, polygon_bytes
from geoquant.inference.prepare import PreparedJob, prepare
from geoquant.inference.provenance import reading_tags
from geoquant.inference.shard_runner import PixelCounter, ShardRunner, job_description, job_facts
from geoquant.inference.tally import Tally
from geoquant.model_card.json_schema import card_to_json
from geoquant.model_card.model import Model
from geoquant.onnx_graph.loading import external_files
from geoquant.options.classify import ClassifyOptions
from geoquant.output.areas import write_areas
from geoquant.output.cog import assemble_cog
from geoquant.output.destination import check_beside, check_destination, check_free_space, check_raster_suffix, style_of
from geoquant.output.polygons import PolygonFile, check_polygon_suffix, write_polygons
from geoquant.output.publishing import FOLDER, published_by
from geoquant.output.style import Publication
from geoquant.output.vrt import Shards
from geoquant.output.zarr_store import Layer, check_zarr_is_there, is_store, write_store
from geoquant.progress import ProgressCallback, silent
from geoquant.raster.ground import shown
from geoquant.raster.handles import reserve_block_cache
from geoquant.raster.mosaic.mosaic_input import MosaicInput
from geoquant.raster.mosaic.sheets import SheetInput
from geoquant.raster.scene import Scene, Source
from geoquant.raster.scene_input import SceneInput, scene_input
from geoquant.raster.types import Imagery
from geoquant.unfinished import unfinished

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class ClassifySummary:
    """What a classification did.

    Attributes:
        out: The class map.
        confidence: The confidence map, if one was requested; a Zarr store holds both.
        drift_map: The map of drift, if one was requested and the model was calibrated.
        pixels: The number of pixels of the output.
        valid_pixels: The number of those that were classified.
        seconds: The wall time of streaming and writing.
        engine: The engine that ran the model.
        engine_reason: Why that engine.
        pixels_by_class: Pixels by class name.
        area_m2_by_class: Square metres on the ellipsoid by class name; empty where the CRS says nothing of the ground.
        drift: The share of valid pixels outside the calibrated range, by band; empty for models without one.
        drift_diagnosis: The diagnosis in words, empty when nothing is unusual.
        bad_blocks: The blocks of the scene that could not be read and are no data in the output.
        plan: The plan with tiles, memory and disk.
        warnings: What is unusual about the scene.
        polygons: The file of the classes as polygons, if requested.
        areas: The file of the table of areas, if requested.
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
        """The summary as JSON values."""
        facts = {name: str(fact) if isinstance(fact, Path) else fact for name, fact in asdict(self).items()}
        return {**facts, "plan": self.plan.to_json()}


@overload
def classify(
    scene: xr.DataArray, model: str | Path | Model, *, options: ClassifyOptions | None = None
) -> xr.DataArray: ...


@overload
def classify(
    scene: Source | SceneInput | MosaicInput | SheetInput,
    model: str | Path | Model,
    out: str | Path,
    options: ClassifyOptions | None = None,
    *,
    progress: ProgressCallback = silent,
) -> ClassifySummary: ...


def classify(
    scene: Source | SceneInput | MosaicInput | SheetInput | xr.DataArray,
    model: str | Path | Model,
    out: str | Path | None = None,
    options: ClassifyOptions | None = None,
    *,
    progress: ProgressCallback = silent,
) -> ClassifySummary | xr.DataArray:
    """Stream ``scene`` through ``model`` and write the class map ``out``, a Cloud-Optimized GeoTIFF or a Zarr store.

    A ``DataArray`` gives a lazy ``DataArray`` instead and writes nothing, see ``geoquant.inference.lazy``.

    Finished shards lie in a hidden folder beside ``out`` until it is written: after a crash the same call goes on
    where it stopped. A cancelled job removes them. All outputs get their names together, ``out`` last.

    Args:
        scene: path, URL, product folder, one file per band, or an opened scene; with options as a ``SceneInput``.
            Many scenes as one image are a ``MosaicInput``. A ``SheetInput`` is one sheet of such an image, and is not
            written where no pixel of it has data.
        model: ONNX file, or an opened model.
        out: path of the class map, a Zarr store where it ends with ``.zarr``; left out for a ``DataArray``.
        options: how to stream.
        progress: is told what is done, from any thread; may raise ``Cancelled``.

    Raises:
        RasterError, ModelError, OptionError: with what was found, what was expected and what to do; also where another
            process writes the same output, or a file of the scene changes while it is read.
        Cancelled: nothing is left behind.
    """
    options = options or ClassifyOptions()
    if not isinstance(scene, (str, Path, Scene, Sequence, SceneInput, MosaicInput, SheetInput)):
        from geoquant.inference.lazy import classify_array

        return classify_array(scene, model, options)
    if out is None:
        raise OptionError("classify writes a file: name it with out (only a DataArray is classified without one).")
    out, given = Path(out), scene if isinstance(scene, (MosaicInput, SheetInput)) else scene_input(scene)
    sweep(out)
    _check_outputs(out, options, [*given.files, *_files_beside(model, options)], published_by(folder_of(out)))
    prepared = prepare(given, model, options, progress)
    try:
        return _run(prepared, out, options, progress)
    finally:
        prepared.scene.close()


def plan_classification(
    scene: Source | SceneInput | MosaicInput, model: str | Path | Model, options: ClassifyOptions | None = None
) -> tuple[Plan, float | None]:
    """The plan that ``classify`` would follow, and its estimated seconds where speed was measured; writes nothing."""
    given = scene if isinstance(scene, MosaicInput) else scene_input(scene)
    prepared = prepare(given, model, options or ClassifyOptions())
    prepared.scene.close()
    speed = next((one.mpx_per_s for one in prepared.choice.measured if one.kind == prepared.choice.kind), 0.0)
    return prepared.plan, prepared.plan.inferred_px / (speed * 1e6) if speed else None


def confidence_path(out: Path) -> Path:
    """``OUT_confidence.tif`` beside ``OUT.tif``; a Zarr store holds both."""
    return out if is_store(out) else out.with_name(f"{out.stem}_confidence{out.suffix}")


def drift_path(out: Path) -> Path:
    """``OUT_drift.tif`` beside ``OUT.tif``, and beside a Zarr store."""
    return out.with_name(f"{out.stem}_drift{'.tif' if is_store(out) else out.suffix}")


def _check_outputs(
    out: Path, options: ClassifyOptions, inputs: Sequence[str | Path], own: frozenset[Path] = frozenset()
) -> None:
    """Refuse, before any work, names that must not be written; ``own`` are there already as this very job's."""
    if is_store(out):
        check_zarr_is_there(out)
    beside = [*[confidence_path(out)] * options.confidence, *[drift_path(out)] * options.drift]
    maps = [out, *(name for name in beside if name != out)]
    files = [*maps, *(Path(name) for name in (options.polygons, options.areas) if name)]
    if options.polygons:
        check_polygon_suffix(Path(options.polygons))
    for name in files:
        check_destination(name, options.overwrite or name.absolute() in own, inputs)
    for name in maps[is_store(out) :]:
        check_raster_suffix(name)
        check_beside(name, options.overwrite or style_of(name).absolute() in own)
    if len({name.resolve() for name in files}) < len(files):
        raise OptionError(f"two outputs would have the same name: {', '.join(map(str, files))}.")


def _files_beside(model: str | Path | Model, options: ClassifyOptions) -> list[str | Path]:
    """The inputs beside the scene."""
    path = model.path if isinstance(model, Model) else model
    return [path, *([options.aoi.partition("|")[0]] if options.aoi else [])]


def _run(prepared: PreparedJob, out: Path, options: ClassifyOptions, progress: ProgressCallback) -> ClassifySummary:
    """Stream, publish and clean up."""
    started, watch = time.perf_counter(), prepared.scene.watch()
    reserve_block_cache(prepared.plan.block_cache_bytes)
    with job_folder(out, job_facts(prepared)) as folder:
        run = ShardRunner(prepared, folder, watch, PixelCounter(prepared.plan.region.pixels, progress))
        try:
            with unfinished(folder.path):
                own = frozenset() if folder.changes else published_by(folder.path)
                # a mosaic's sources, a product's bands, weights beside the model
                _check_outputs(out, options, [*sorted(prepared.scene.files), *external_files(prepared.model.path)], own)
                summary = _make_outputs(run, out, options, progress)
            _release(folder)
        except (Cancelled, KeyboardInterrupt):
            folder.remove()
            raise
        except BaseException:
            if not any(folder.path.glob("*.tif")):
                folder.remove()
            raise
        folder.remove()
    return replace(summary, seconds=time.perf_counter() - started)


def _make_outputs(run: ShardRunner, out: Path, options: ClassifyOptions, progress: ProgressCallback) -> ClassifySummary:
    """Everything but the final names; what an earlier run made is kept."""
    staged, aside = run.folder.outputs, [Path(name) for name in (options.polygons, options.areas) if name]
    elsewhere = [staged.place(name) for name in aside if staged.place(name).parent != run.folder.path / FOLDER]
    run.folder.begin(elsewhere, job_description(run.prepared))
    _check_space(run, out, options)
    tally = run.run()
    summary = _summarize(run.prepared, out, tally)
    summary = replace(summary, polygons=_path(options.polygons), areas=_path(options.areas))
    if run.prepared.is_sheet and not summary.valid_pixels:
        return summary
    tags = provenance(run.prepared, summary)
    outputs, made_with = _outputs(summary), json.dumps([tags, options.min_polygon], sort_keys=True)
    if not staged.is_sealed(outputs, made_with):
        run.watch.check()
        staged.begin()
        _write(run, summary, tally, options, progress)
        run.folder.lock.check()
        staged.seal(outputs, made_with)
    return summary


def _release(folder: JobFolder) -> None:
    """Give all outputs their names; whoever interrupts that gets the whole result and not a part of it."""
    try:
        folder.outputs.release()
    except KeyboardInterrupt:
        folder.outputs.release()


def _check_space(run: ShardRunner, out: Path, options: ClassifyOptions) -> None:
    """Refuse to start what will not fit, with what an earlier run made counted as made."""
    made = sum(file.stat().st_size for file in run.folder.path.glob("*.tif"))
    check_free_space(out.resolve().parent, run.prepared.plan.disk_bytes - made)
    if options.polygons:
        check_free_space(Path(options.polygons).resolve().parent, polygon_bytes(run.prepared.plan.region))


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
        area_m2_by_class=_areas(prepared, tally),
        drift=guard.shares(tally.drift) if guard else {},
        drift_diagnosis=guard.diagnosis(tally.drift) if guard else "",
        bad_blocks=len(tally.bad_blocks),
        plan=prepared.plan,
        warnings=prepared.scene.warnings,
        drift_map=drift_path(out) if prepared.request.drift_map and guard and guard.calibrated else None,
    )


def _path(name: str | None) -> Path | None:
    return Path(name) if name else None


def _areas(prepared: PreparedJob, tally: Tally) -> dict[str, float]:
    ground, labels = prepared.request.ground, prepared.model.card.classes
    if ground is None:
        return {}
    return {label.name: shown(int(tally.ground[label.value]) * ground.unit_m2) for label in labels}


def _outputs(summary: ClassifySummary) -> list[Path]:
    """The files in the order in which they get their names: the class map never stands without the others."""
    beside = (summary.confidence, summary.drift_map, summary.polygons, summary.areas)
    return [*(path for path in beside if path and path != summary.out), summary.out]


def _write(
    run: ShardRunner, summary: ClassifySummary, tally: Tally, options: ClassifyOptions, progress: ProgressCallback
) -> None:
    """Write all files where they wait for their names."""
    prepared, plan, place = run.prepared, summary.plan, run.folder.outputs.place
    grid, card = prepared.scene.grid.crop(plan.region), prepared.model.card
    files = [(run.store.files(shard), shard.relative_to(plan.region)) for shard in plan.shards]
    tags, rpc = provenance(prepared, summary), _rpc_of(prepared.scene, plan.region)
    if summary.drift_map:
        percent = percent_outside(tally.cells, plan.region, len(summary.drift))
        write_drift(place(summary.drift_map), percent, plan.region, prepared.scene.grid, tuple(summary.drift))
    classes = Layer([(f.classes, at) for f, at in files], Publication(card.classes, card.output_nodata, tags, rpc=rpc))
    layers = {"classes": classes}
    if summary.confidence:
        confidence = Publication((), CONFIDENCE_NODATA, tags, "confidence", rpc)
        layers["confidence"] = Layer([(f.confidence, at) for f, at in files], confidence)
    if summary.confidence and summary.confidence != summary.out:
        assemble_cog(*_cog(layers["confidence"], grid, place(summary.confidence)), progress=progress)
    if summary.polygons:
        target = PolygonFile(place(summary.polygons), options.min_polygon or 1)
        write_polygons(classes.shards, grid, target, classes.publication, progress=progress)
    if summary.areas:
        write_areas(place(summary.areas), card.classes, summary.pixels_by_class, summary.area_m2_by_class)
    if is_store(summary.out):
        write_store(layers, grid, place(summary.out), progress=progress)
    else:
        assemble_cog(*_cog(classes, grid, place(summary.out)), progress=progress)


def _cog(layer: Layer, grid: Grid, out: Path) -> tuple[Shards, Grid, Path, Publication]:
    """What ``assemble_cog`` takes."""
    return layer.shards, grid, out, layer.publication


def _rpc_of(scene: Imagery, region: Window) -> dict[str, str]:
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
        **reading_tags(prepared),
    }
