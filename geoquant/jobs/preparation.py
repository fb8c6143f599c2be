"""Everything that is settled before the first tile runs: bands, region, engine, tiles."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.doors.engine import Engine, EngineChoice, choose_engine, load_engine
from geoquant.doors.raster import Scene, fit_to_card, open_scene
from geoquant.doors.vector import bounds_window, read_polygons
from geoquant.jobs.model import Model, open_model
from geoquant.jobs.plan import Plan, demand_of, fixed_shape, make_plan
from geoquant.jobs.stream import Network, Wishes
from geoquant.numbers.drift import drift_guard
from geoquant.numbers.grid import Window
from geoquant.numbers.normalize import Entry, make_encoder
from geoquant.numbers.tiles import align_up
from geoquant.words.errors import ModelError, OptionError
from geoquant.words.options import ClassifyOptions

SAMPLE_TILES = 3
SAMPLE_PX = 256
CANDIDATE_GRID = 6

Source = str | Path | Sequence[str | Path] | Scene


@dataclass(frozen=True)
class Prepared:
    """A classification that is ready to run."""

    scene: Scene
    model: Model
    network: Network
    wishes: Wishes
    plan: Plan
    choice: EngineChoice
    workers: int


def prepare(scene: Source, model: str | Path | Model, options: ClassifyOptions) -> Prepared:
    """Open scene and model, fit one to the other, choose the engine and plan the tiles.

    Raises:
        RasterError, BandMismatch, ModelError, CardError, OptionError: as the scene, the model or the options deserve.
    """
    model = model if isinstance(model, Model) else open_model(model)
    if model.card.output == "regression":
        raise ModelError(f"{model.path} predicts quantities (its card says regression); classify needs classes.")
    scene = fit_to_card(scene if isinstance(scene, Scene) else open_scene(scene), model.card)
    polygons = tuple(read_polygons(options.aoi, scene.grid.crs)) if options.aoi else None
    region = region_of(scene, options, polygons)
    workers = options.workers or os.cpu_count() or 1
    choice = choose_engine(model.path, model.card, options.engine, sample_tiles(scene, region, model), workers)
    engine = load_engine(model.path, model.card, choice.kind)
    plan = make_plan(region, model.card, model.facts, options, demand_of(scene, engine, options, workers))
    wishes = Wishes(polygons, options.confidence, options.skip_bad_blocks)
    return Prepared(scene, model, network_of(scene, model, engine, plan), wishes, plan, choice, workers)


def network_of(scene: Scene, model: Model, engine: Engine, plan: Plan) -> Network:
    """The engine with the way from this scene's stored numbers into it."""
    encode = make_encoder(model.card, scene.bands, scene.dtype, engine.entry)
    return Network(model.card, engine, encode, plan.lattice, drift_guard(model.card, scene.bands))


def region_of(scene: Scene, options: ClassifyOptions, polygons: tuple[Any, ...] | None) -> Window:
    """The window to classify: the scene, cut to ``--bounds`` and to the polygons' extent.

    Raises:
        OptionError: when nothing is left.
    """
    region = scene.grid.window
    if options.bounds:
        region = region.intersection(bounds_window(options.bounds, scene.grid))
    if polygons is not None:
        boxes = np.array([polygon.bounds for polygon in polygons])
        extent = (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())
        region = region.intersection(bounds_window(extent, scene.grid))
    if not region.pixels:
        asked = "--bounds" if polygons is None else "--aoi (with --bounds)" if options.bounds else "--aoi"
        raise OptionError(f"{asked} does not meet the scene {scene.name}; check the coordinates and their CRS.")
    return region


def sample_tiles(scene: Scene, region: Window, model: Model) -> NDArray[np.float32]:
    """Normalized tiles ``(n, band, y, x)`` of the scene to time engines on: those with the most valid pixels."""
    encode = make_encoder(model.card, scene.bands, scene.dtype, Entry("float32"))
    tiles = []
    for window in most_valid_windows(scene, region, sample_shape(model)):
        pixels = scene.read_padded(window, model.card.tiling.edge)
        tiles.append(encode(pixels.values, pixels.valid))
    return np.stack(tiles)


def sample_shape(model: Model) -> tuple[int, int]:
    """Height and width of a sample tile: what the network takes, at least about 256 px and its context."""
    side = align_up(SAMPLE_PX + 2 * (model.facts.halo_px or 0), model.facts.stride_px)
    return fixed_shape(model.facts) or (side, side)


def most_valid_windows(scene: Scene, region: Window, shape: tuple[int, int]) -> list[Window]:
    """A few windows of ``shape`` on a coarse lattice over the region, those with the most valid pixels first.

    Validity is judged on a decimated picture of the whole scene, so that no tile is read in vain.
    """
    height, width = (min(length, 256) for length in (scene.grid.height, scene.grid.width))
    valid = scene.read_decimated(height, width).valid
    rows = np.linspace(region.row, max(region.row, region.row_end - shape[0]), CANDIDATE_GRID).astype(int)
    cols = np.linspace(region.col, max(region.col, region.col_end - shape[1]), CANDIDATE_GRID).astype(int)
    windows = list(dict.fromkeys(Window(int(row), int(col), *shape) for row in rows for col in cols))

    def share(window: Window) -> float:
        part = valid[
            window.row * height // scene.grid.height : window.row_end * height // scene.grid.height + 1,
            window.col * width // scene.grid.width : window.col_end * width // scene.grid.width + 1,
        ]
        return float(part.mean()) if part.size else 0.0

    return sorted(windows, key=share, reverse=True)[:SAMPLE_TILES]
