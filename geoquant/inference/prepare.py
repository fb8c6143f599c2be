"""Everything that is settled before the first tile runs: bands, region, engine, tiles."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.drift.guard import drift_guard
from geoquant.engines.footprint import Footprint
from geoquant.engines.output_check import check_output_kind
from geoquant.engines.protocol import Engine
from geoquant.engines.registry import load_engine
from geoquant.engines.selection import EngineChoice, Sample, choose_engine
from geoquant.errors import GeoquantWarning, ModelError, OptionError
from geoquant.grid import Window, align_up
from geoquant.inference.memory_model import memory_demand
from geoquant.inference.plan import Plan, make_plan, read_windows
from geoquant.inference.shard_pipeline import LoadedNetwork, OutputRequest
from geoquant.inference.thread_layout import ThreadLayout, best_thread_layout
from geoquant.model_card.card import ModelCard
from geoquant.model_card.model import Model, open_model
from geoquant.onnx_graph.facts import GraphFacts
from geoquant.options.classify import ClassifyOptions
from geoquant.preprocessing.chain import InputChain, input_chain
from geoquant.preprocessing.encoder import make_encoder
from geoquant.progress import Progress, ProgressCallback, silent
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.ground import ground_areas, without_areas
from geoquant.raster.mosaic.mosaic_input import MosaicInput, open_mosaic
from geoquant.raster.mosaic.sheets import SheetInput
from geoquant.raster.region import region_of
from geoquant.raster.scene_input import SceneInput
from geoquant.raster.types import Imagery, Pixels
from geoquant.strata.clarity import SceneClarity

SAMPLE_TILES = 3
SAMPLE_PX = 256
SAMPLE_TRIES = 12
SAMPLE_VALID_SHARE = 0.5
CANDIDATE_GRID = 5


@dataclass(frozen=True)
class PreparedJob:
    """A classification that is ready to run; a sheet of many is not written where no pixel has data."""

    scene: Imagery
    model: Model
    network: LoadedNetwork
    request: OutputRequest
    plan: Plan
    choice: EngineChoice
    thread_layout: ThreadLayout
    is_sheet: bool = False


def prepare(
    given: SceneInput | MosaicInput | SheetInput,
    model: str | Path | Model,
    options: ClassifyOptions,
    progress: ProgressCallback = silent,
) -> PreparedJob:
    """Open scene or mosaic and model, fit one to the other, choose the engine and plan the tiles.

    The mosaic of a sheet is open already.

    Raises:
        RasterError, BandMismatch, ModelError, CardError, OptionError: as the scene, the model or the options deserve.
    """
    progress(Progress("opening model and scene", 0, 0, "px"))
    model = model if isinstance(model, Model) else open_model(model)
    if model.card.output == "regression":
        raise ModelError(f"{model.path} predicts quantities (its card says regression); classify needs classes.")
    if model.card.output == "classes" and options.confidence:
        raise OptionError(
            f"{model.path} gives classes and no scores, so there is no confidence: leave --confidence out."
        )
    scene = _fitted(given, model.card, progress)
    check_stored_type(model, scene.dtype)
    area = region_of(scene, options)
    region = area.window.intersection(given.window) if isinstance(given, SheetInput) else area.window
    ground = ground_areas(scene.grid, region)
    for oddity in (*scene.warnings, *without_areas(scene.name, scene.grid, ground)):
        warnings.warn(oddity, GeoquantWarning, stacklevel=3)
    workers = options.workers or os.cpu_count() or 1
    progress(Progress("choosing the engine", 0, 0, "px"))
    chain = input_chain(model.card, scene.bands, scene.dtype)
    sample = cache(partial(trial_tiles, scene, region, model, chain))
    choice = choose_engine(model.path, model.card, options.engine, sample, workers)
    load = partial(load_engine, model.path, model.card, choice.kind)
    engine = load(workers=workers)
    check_output(engine, model, sample, options.confidence)

    def plan_for(thread_layout: ThreadLayout) -> Plan:
        demand = memory_demand(scene, engine, choice.footprint, options, thread_layout.tiles)
        return make_plan(region, model.card, model.facts, options, demand)

    thread_layout, plan = best_thread_layout(workers, plan_for)
    engine = load(thread_layout.threads, thread_layout.tiles) if thread_layout.threads > 1 else engine
    request = OutputRequest(area.polygons, options.confidence, options.skip_bad_blocks, options.drift, ground)
    network, is_sheet = network_of(scene, chain, engine, plan), isinstance(given, SheetInput)
    return PreparedJob(scene, model, network, request, plan, choice, thread_layout, is_sheet)


def _fitted(given: SceneInput | MosaicInput | SheetInput, card: ModelCard, progress: ProgressCallback) -> Imagery:
    if isinstance(given, SheetInput):
        return given.mosaic
    if isinstance(given, MosaicInput):
        return open_mosaic(given, card, SceneClarity, progress)
    return fit_to_card(given.open(), card, given.options)


def check_stored_type(model: Model, dtype: Any) -> None:
    """Refuse a scene whose stored numbers a network that takes whole numbers can't hold.

    Raises:
        ModelError: naming both types.
    """
    taken = model.facts.input_dtype
    if model.facts.takes_whole_numbers and not np.can_cast(dtype, taken):
        raise ModelError(
            f"{model.path} takes {taken} numbers, the scene holds {np.dtype(dtype)}, which would be cut off. Store the "
            f"scene as {taken} in the way the training imagery was, or export the network with a float32 input."
        )


def check_output(engine: Engine, model: Model, sample: Sample, confidence: bool) -> None:
    """Hold what the output is taken for against its scores, where that changes a class or a confidence.

    Raises:
        ModelError: it was guessed, and the guess is wrong.
    """
    may_threshold = len(model.card.classes) == 2 and model.facts.output_channels in (1, None)
    if confidence or may_threshold:
        guess_for = model.sha256 if model.output_is_guessed else None
        check_output_kind(engine, model.card, sample(), guess_for, confidence)


def planned_read(scene: Imagery, card: ModelCard, facts: GraphFacts, engine: Engine) -> tuple[int, int]:
    """The (y, x) of what enters the network at once where ``classify`` runs on a whole scene, with its defaults.

    The engine's memory is its estimate, not measured as for a job.

    Raises:
        OptionError: no tiles fit into the memory that jobs take unless told otherwise.
    """
    options, footprint = ClassifyOptions(), Footprint(engine.bytes_per_pixel, engine.bytes_per_shape)

    def plan_for(thread_layout: ThreadLayout) -> Plan:
        demand = memory_demand(scene, engine, footprint, options, thread_layout.tiles)
        return make_plan(scene.grid.window, card, facts, options, demand)

    _, plan = best_thread_layout(os.cpu_count() or 1, plan_for)
    first = read_windows(plan.shards[0], plan.lattice)[0]
    return first.height, first.width


def network_of(scene: Imagery, chain: InputChain, engine: Engine, plan: Plan) -> LoadedNetwork:
    """The engine with the encoder of this scene's stored numbers."""
    encode = make_encoder(chain, engine.input_format)
    return LoadedNetwork(chain.card, engine, encode, plan.lattice, drift_guard(chain, scene.grid.window.pixels))


def trial_tiles(scene: Imagery, region: Window, model: Model, chain: InputChain) -> NDArray[np.float32]:
    """Normalized tiles ``(n, band, y, x)`` of the scene to time engines on, of those tried the ones with most valid."""
    encode = make_encoder(chain)
    tried: list[Pixels] = []
    for window in spread_windows(region, trial_shape(model))[:SAMPLE_TRIES]:
        tried.append(scene.read_tolerant(window, model.card.tiling.edge, skip_bad_blocks=True)[0])
        if sum(pixels.valid.mean() > SAMPLE_VALID_SHARE for pixels in tried) == SAMPLE_TILES:
            break
    best = sorted(tried, key=lambda pixels: float(pixels.valid.mean()), reverse=True)[:SAMPLE_TILES]
    return np.stack([encode(pixels.values, pixels.valid) for pixels in best])


def trial_shape(model: Model) -> tuple[int, int]:
    """Height and width of a sample tile: what the network takes, at least about 256 px and its context."""
    side = align_up(SAMPLE_PX + 2 * (model.facts.halo_px or 0), model.facts.stride_px)
    return model.facts.fixed_shape or (side, side)


def spread_windows(region: Window, shape: tuple[int, int]) -> list[Window]:
    """Windows of ``shape`` on a coarse lattice over the region, each far from the ones before it."""
    rows = np.linspace(region.row, max(region.row, region.row_end - shape[0]), CANDIDATE_GRID).astype(int)
    cols = np.linspace(region.col, max(region.col, region.col_end - shape[1]), CANDIDATE_GRID).astype(int)
    windows = [Window(int(row), int(col), *shape) for row in rows for col in cols]
    # 7 and 25 have no common divisor: every lattice point once, neighbours in the list far apart in the scene
    start = len(windows) // 2
    return list(dict.fromkeys(windows[(start + 7 * step) % len(windows)] for step in range(len(windows))))
