"""Running a stream shard by shard, each kept on disk the moment it is finished.

A shard's files appear under their names whole or not at all, its tally first: a class map that exists is done, which
is the whole of going on after a crash. Shards are the only unit that dask sees.
"""

from __future__ import annotations

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from geoquant._version import __version__
from geoquant.concurrency import inference_pool
from geoquant.engines.postprocess import CONFIDENCE_NODATA
from geoquant.grid import Window
from geoquant.inference.memory_model import SHARDS_IN_FLIGHT
from geoquant.inference.prepare import PreparedJob
from geoquant.inference.shard_pipeline import ShardPipeline
from geoquant.inference.tally import Tally
from geoquant.inference.tile_grid import downward_runs
from geoquant.output.shard_files import write_shard
from geoquant.progress import Progress, ProgressCallback
from geoquant.system import give_back


@dataclass(frozen=True)
class ShardFiles:
    """Names of one shard's files in ``folder``."""

    folder: Path
    window: Window

    def _named(self, suffix: str) -> Path:
        return self.folder / f"r{self.window.row}_c{self.window.col}{suffix}"

    @property
    def classes(self) -> Path:
        """The class map; written last."""
        return self._named(".tif")

    @property
    def confidence(self) -> Path:
        """The confidence map, if one is wanted."""
        return self._named("_confidence.tif")

    @property
    def tally(self) -> Path:
        """The counts, as JSON."""
        return self._named(".json")


@dataclass
class PixelCounter:
    """Adds up finished pixels over threads and reports them."""

    total: int
    progress: ProgressCallback
    done: int = 0
    lock: Lock = field(default_factory=Lock)

    def add(self, pixels: int) -> None:
        """Report ``pixels`` more; reports never go back."""
        with self.lock:
            self.done += pixels
            self.progress(Progress("classifying", self.done, self.total, "px"))


@dataclass(frozen=True)
class ShardRunner:
    """One prepared classification and the folder of its finished shards."""

    prepared: PreparedJob
    folder: Path
    counter: PixelCounter

    def run(self) -> Tally:
        """Classify every shard that is not there yet, and add up the tallies of all.

        Raises:
            GeoquantError: the first error of any shard; finished shards stay.
        """
        import dask

        prepared = self.prepared
        with (
            inference_pool(prepared.thread_layout.tiles) as tile_pool,
            ThreadPoolExecutor(SHARDS_IN_FLIGHT, "geoquant-shard") as pool,
        ):
            pipeline = ShardPipeline(prepared.scene, prepared.network, tile_pool, prepared.request)
            finish = dask.delayed(self.finish, pure=False, traverse=False)
            tasks: list[Any] = []
            for number, run in enumerate(downward_runs(prepared.plan.shards, SHARDS_IN_FLIGHT)):
                above = None
                for shard in run:
                    above = finish(pipeline, shard, above, dask_key_name=f"shard-{number:06}-{shard.row:08}")
                    tasks.append(above)
            try:
                tallies = dask.compute(*tasks, scheduler=pool)
            except BaseException:
                tile_pool.stop.set()
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        return sum(tallies, Tally())

    def finish(self, pipeline: ShardPipeline, shard: Window, above: Tally | None = None) -> Tally:
        """The tally of one shard, which is on disk when this returns; ``above`` only makes dask run that one before."""
        files = ShardFiles(self.folder, shard)
        kept = self._kept(files)
        if kept is not None:
            self.counter.add(shard.pixels)
            return kept
        arrays, tally = pipeline.run(shard, self.counter.add)
        grid = self.prepared.scene.grid.crop(shard)
        part = files.tally.with_suffix(".part")
        part.write_text(json.dumps(tally.to_json()), encoding="ascii")
        os.replace(part, files.tally)
        if arrays.percent is not None:
            write_shard(files.confidence, arrays.percent, grid, CONFIDENCE_NODATA, "confidence")
        write_shard(files.classes, arrays.classes, grid, self.prepared.model.card.output_nodata)
        del arrays
        give_back()  # otherwise it stays with the threads, and adds up: 330 MB with a small network
        return tally

    def _kept(self, files: ShardFiles) -> Tally | None:
        """The tally of a shard that an earlier run finished, unless that run skipped blocks and this one must not."""
        if not files.classes.exists():
            return None
        tally = Tally.from_json(json.loads(files.tally.read_text(encoding="ascii")))
        return None if tally.bad_blocks and not self.prepared.request.skip_bad_blocks else tally


def shard_folder(prepared: PreparedJob, out: Path) -> Path:
    """A hidden folder beside ``out``, named by everything that would change a shard's content."""
    model, plan, request = prepared.model, prepared.plan, prepared.request
    facts = (
        __version__,
        prepared.scene.fingerprint,
        model.sha256,
        repr(model.card),
        prepared.choice.kind,
        plan.shards,
        plan.lattice if plan.lattice.blended else None,
        [polygon.wkb_hex for polygon in request.polygons] if request.polygons is not None else None,
        request.confidence,
        request.drift_map,
    )
    return out.parent / f".{out.name}.{hashlib.sha256(repr(facts).encode()).hexdigest()[:12]}.shards"
