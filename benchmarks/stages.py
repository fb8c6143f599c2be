"""The parts of a classification, each alone in a process of its own: ``python -m benchmarks.stages NAME JSON``.

Each function prints, as its process's last line, what it did and the wall and CPU seconds of its work without Python's
start and imports. Loading the network belongs to the work: every run pays for it once.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
import rasterio.windows
from numpy.typing import NDArray

from benchmarks.measure import Clock, clocked
from benchmarks.scenes import BLOCK_PX
from geoquant.drift.guard import counted_rows, drift_guard
from geoquant.engines.protocol import Kind
from geoquant.engines.registry import all_kinds, engine_of, load_engine, variant_of
from geoquant.errors import EngineError
from geoquant.grid import Window
from geoquant.inference.classify import classify
from geoquant.inference.memory_model import SHARDS_IN_FLIGHT
from geoquant.inference.plan import read_windows
from geoquant.inference.prepare import PreparedJob, prepare
from geoquant.model_card.model import Model, open_model
from geoquant.options.classify import ClassifyOptions
from geoquant.output.cog import assemble_cog
from geoquant.output.shard_files import write_shard
from geoquant.output.style import Publication
from geoquant.preprocessing.chain import input_chain
from geoquant.preprocessing.encoder import make_encoder
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.raster.scene import Scene
from geoquant.raster.scene_input import SceneInput
from geoquant.tile_grid import Panels

Facts = dict[str, Any]
POOL_TILES = 12
"""Different tiles of each shape that the engine is fed with, over and over: enough to leave the CPU's caches."""


def whole(scene: str, model: str, out: str, engine: str = "auto", **options: Any) -> Facts:
    """The whole job; only Python's imports are left out, as they are in every part."""
    for module in ("dask", "onnxruntime", "openvino"):
        import_module(module)
    facts: Facts = {}
    with clocked(facts):
        summary = classify(scene, model, out, ClassifyOptions(engine=engine, overwrite=True, **options))
    return {
        **facts,
        "engine": summary.engine,
        "pixels": summary.pixels,
        "valid_pixels": summary.valid_pixels,
        "tiles": summary.plan.tiles,
        "inferred_px": summary.plan.inferred_px,
        "plan_mb": summary.plan.memory_bytes / 1e6,
    }


def engine_alone(scene: str, model: str, kind: Kind, encode: bool = False) -> Facts:
    """Every tile of the plan through the engine, from memory, with the stream's own threads.

    Args:
        scene: pixels to feed.
        model: the network.
        kind: engine kind, as ``load_engine`` names it.
        encode: also bring stored numbers to what the engine takes.
    """
    prepared = _prepared(scene, model, kind)
    plan, opened, fitted, thread_layout = prepared.plan, prepared.model, prepared.scene, prepared.thread_layout
    probe = load_engine(opened.path, opened.card, kind)
    encoder = make_encoder(input_chain(opened.card, fitted.bands, fitted.dtype), probe.input_format)
    reads = [read for shard in plan.shards for read in read_windows(shard, plan.lattice)]
    pools = _pools(fitted, reads, opened)
    ready = {shape: [encoder(*pixels)[None] for pixels in pool] for shape, pool in pools.items()}
    feed = {shape: cycle(pool if encode else ready[shape]) for shape, pool in pools.items()}
    del probe, prepared
    facts: Facts = {"tiles": len(reads), "pixels": plan.region.pixels, "inferred_px": plan.inferred_px}
    with clocked(facts):
        engine = load_engine(opened.path, opened.card, kind, thread_layout.threads, thread_layout.tiles)

        def run(tile: Any) -> int:
            batch = encoder(*tile)[None] if encode else tile
            return int(engine.classes(batch).shape[0])

        with ThreadPoolExecutor(thread_layout.tiles) as threads:
            facts["done"] = sum(threads.map(run, (next(feed[read.height, read.width]) for read in reads)))
    return facts


def _prepared(scene: str, model: str, kind: Kind) -> PreparedJob:
    return prepare(SceneInput(scene), open_model(model), ClassifyOptions(engine=engine_of(kind).id))


def _pools(scene: Scene, reads: list[Window], model: Model) -> dict[tuple[int, int], list[Any]]:
    pools: dict[tuple[int, int], list[Any]] = {}
    for read in reads:
        pool = pools.setdefault((read.height, read.width), [])
        if len(pool) < POOL_TILES:
            pool.append(scene.read_padded(read, model.card.tiling.edge))
    return pools


def engine_rates(scene: str, float_model: str, int8_model: str, rounds: int = 5, tile_px: int = 512) -> Facts:
    """Every engine on both files in turns, in two threads each, and what ``auto`` chooses for the INT8 file.

    Returns:
        ``rates``: "float ort" -> Mpx/s, median of the rounds; ``auto``: kind; ``reason``: its words.
    """
    prepared = prepare(SceneInput(scene), int8_model, ClassifyOptions())
    files = {"float": open_model(float_model), "INT8": open_model(int8_model)}
    kinds: dict[str, tuple[Kind, ...]] = {
        "float": tuple(kind for kind in all_kinds() if variant_of(kind) != "float"),
        "INT8": all_kinds(),
    }
    window = Window(0, 0, tile_px, tile_px)
    runs: dict[str, Callable[[], object]] = {}
    for label, model in files.items():
        fitted = fit_to_card(open_scene(scene), model.card)
        pixels, chain = fitted.read(window), input_chain(model.card, fitted.bands, fitted.dtype)
        for kind in kinds[label]:
            try:
                engine = load_engine(model.path, model.card, kind)
            except EngineError as error:  # bfloat16 without AMX, an INT8 file that has no twin
                print(f"{label} {kind}: {error}", file=sys.stderr)
                continue
            batch = make_encoder(chain, engine.input_format)(*pixels)[None]
            runs[f"{label} {kind}"] = partial(engine.classes, batch)
    times = _in_turns(runs, rounds, prepared.thread_layout.tiles * prepared.thread_layout.threads)
    rates = {name: tile_px**2 / 1e6 / statistics.median(seconds) for name, seconds in times.items()}
    return {"rates": rates, "auto": prepared.choice.kind, "reason": prepared.choice.reason}


def _in_turns(runs: dict[str, Callable[[], object]], rounds: int, workers: int) -> dict[str, list[float]]:
    """Seconds per call with ``workers`` threads calling at once; the first round warms up and does not count."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    with ThreadPoolExecutor(workers) as threads:
        for turn in range(rounds + 1):
            for name, run in runs.items():
                calls, clock = 4 * workers, Clock()
                list(threads.map(lambda _, run=run: run(), range(calls)))
                if turn:
                    times[name].append(clock.wall_s / calls)
    return times


def guard_alone(scene: str, model: str) -> Facts:
    """The drift guard over as many pixels as the scene has."""
    opened = open_model(model)
    fitted = fit_to_card(open_scene(scene), opened.card)
    guard = drift_guard(input_chain(opened.card, fitted.bands, fitted.dtype), fitted.grid.window.pixels)
    pixels = fitted.read(Window(0, 0, 512, 512))
    facts: Facts = {}
    with clocked(facts):
        for _ in range(fitted.grid.window.pixels // 512**2):
            if guard is not None:
                guard.count(pixels.values[:, counted_rows(0)], pixels.valid[counted_rows(0)])
    return facts


def reading_alone(scene: str, model: str) -> Facts:
    """Every block of the scene decoded once, in strips of one row of blocks, by as many readers as the stream has."""
    facts: Facts = {}
    with clocked(facts), ThreadPoolExecutor(SHARDS_IN_FLIGHT) as readers:
        fitted = fit_to_card(open_scene(scene), open_model(model).card)
        halves = Panels(SHARDS_IN_FLIGHT, multiple_px=BLOCK_PX).of(fitted.grid.window)
        list(readers.map(partial(_read_panel, fitted), halves))
    return facts


def _read_panel(scene: Scene, panel: tuple[int, int], strip_px: int = BLOCK_PX) -> None:
    for row in range(0, scene.grid.height, strip_px):
        scene.read(Window(row, panel[0], min(strip_px, scene.grid.height - row), panel[1]))


def writing_alone(class_map: str, model: str, out: str, shard_px: int = 4096) -> Facts:
    """A finished class map, from memory, as shard files and then as the published COG."""
    card = open_model(model).card
    scene = open_scene(class_map)
    with rasterio.open(class_map) as source:
        classes = source.read(1)
    folder = Path(out).parent
    shards = [
        Window(row, col, min(shard_px, scene.grid.height - row), min(shard_px, scene.grid.width - col))
        for row in range(0, scene.grid.height, shard_px)
        for col in range(0, scene.grid.width, shard_px)
    ]
    files = [(folder / f"shard_{shard.row}_{shard.col}.tif", shard) for shard in shards]
    facts: Facts = {}
    with clocked(facts):
        for path, shard in files:
            write_shard(path, classes[shard.slices], scene.grid.crop(shard), card.output_nodata)
        assemble_cog(files, scene.grid, Path(out), Publication(card.classes, card.output_nodata, {}))
    for path, _ in files:
        path.unlink()
    return facts


def naive_float(scene: str, model: str, out: str, tile_px: int = 512, halo_px: int = 64) -> Facts:
    """What one writes in an afternoon: rasterio windows, NumPy, float onnxruntime on all cores, argmax, a COG.

    It reads with a halo and crops it, so that its classes are right, and it knows nothing else of geoquant.
    """
    import onnxruntime

    card = open_model(model).card
    facts: Facts = {}
    with clocked(facts), rasterio.open(scene) as source:
        scale, offset, shift, spread = (
            np.array(values, np.float32)[:, None, None]
            for values in (source.scales, source.offsets, card.normalization.shift, card.normalization.scale)
        )
        session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        profile = {**source.profile, "count": 1, "dtype": "uint8", "nodata": card.output_nodata, "predictor": 1}
        candidate = Path(out).with_suffix(".draft.tif")
        with rasterio.open(candidate, "w", **profile) as sink:
            for row in range(0, source.height, tile_px):
                for col in range(0, source.width, tile_px):
                    pixels = _padded(source, row, col, tile_px, halo_px)
                    z = (pixels * scale + offset - shift) / spread
                    scores = session.run(None, {name: z[None]})[0][0]
                    core = scores[:, halo_px : halo_px + tile_px, halo_px : halo_px + tile_px]
                    classes = core.argmax(0).astype(np.uint8)[: source.height - row, : source.width - col]
                    where = rasterio.windows.Window(col, row, classes.shape[1], classes.shape[0])
                    sink.write(classes, 1, window=where)
        with clocked(facts, "cog_"):
            rasterio.shutil.copy(candidate, out, driver="COG", compress="deflate", overview_resampling="mode")
        facts["pixels"] = source.width * source.height
    candidate.unlink()
    return facts


def _padded(source: Any, row: int, col: int, tile_px: int, halo_px: int) -> NDArray[np.uint16]:
    """A tile with its halo; beyond the scene's edges its reflection."""
    top, left = max(0, row - halo_px), max(0, col - halo_px)
    bottom, right = min(source.height, row + tile_px + halo_px), min(source.width, col + tile_px + halo_px)
    pixels = source.read(window=rasterio.windows.Window(left, top, right - left, bottom - top))
    before = (halo_px - (row - top), halo_px - (col - left))
    side = tile_px + 2 * halo_px
    after = (side - before[0] - pixels.shape[1], side - before[1] - pixels.shape[2])
    return np.pad(pixels, ((0, 0), (before[0], after[0]), (before[1], after[1])), mode="reflect")


STAGES: dict[str, Callable[..., Facts]] = {
    function.__name__: function
    for function in (whole, engine_alone, engine_rates, guard_alone, reading_alone, writing_alone, naive_float)
}


def main() -> None:
    """Run the stage that the command line names."""
    name, parameters = sys.argv[1], json.loads(sys.argv[2])
    print(json.dumps(STAGES[name](**parameters), default=str))


if __name__ == "__main__":
    main()
