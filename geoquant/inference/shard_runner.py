"""Running a stream shard by shard, each kept on disk the moment it is finished.

Shards are the only unit that dask sees.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any

from geoquant._version import __version__
from geoquant.concurrency import inference_pool
from geoquant.engines.postprocess import CONFIDENCE_NODATA
from geoquant.errors import GeoquantWarning
from geoquant.grid import Window
from geoquant.inference.job_folder import JobFolder
from geoquant.inference.memory_model import SHARDS_IN_FLIGHT
from geoquant.inference.prepare import PreparedJob
from geoquant.inference.shard_pipeline import ShardArrays, ShardPipeline
from geoquant.inference.shard_store import ShardStore
from geoquant.inference.tally import Tally
from geoquant.invocation import invocation
from geoquant.output.shard_files import write_shard
from geoquant.progress import Progress, ProgressCallback
from geoquant.raster.source_watch import SourceWatch
from geoquant.redaction import file_name, redacted
from geoquant.system import give_back
from geoquant.tile_grid import downward_runs


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
    """One prepared classification and the folder of its finished shards.

    Attributes:
        prepared: The job, ready to run.
        folder: The folder of its finished shards, which this process owns.
        watch: The watch over the scene's files.
        counter: The counter of finished pixels.
    """

    prepared: PreparedJob
    folder: JobFolder
    watch: SourceWatch
    counter: PixelCounter

    @property
    def store(self) -> ShardStore:
        """Where finished shards lie."""
        return ShardStore(self.folder.path, self.folder.key)

    def run(self) -> Tally:
        """Classify every shard that is not there yet, and add up the tallies of all.

        Raises:
            GeoquantError: the first error of any shard; finished shards stay.
        """
        kept = self._kept()
        return sum([*kept.values(), *self._run_missing(kept)], Tally())

    def _kept(self) -> dict[Window, Tally]:
        """The tallies of the shards that an earlier run finished and that are still what it wrote."""
        kept, unfit = {}, 0
        for shard in self.prepared.plan.shards:
            tally = self.store.kept(shard)
            unfit += tally is None and self.store.has_record(shard)
            if tally is not None and self._may_keep(tally):
                kept[shard] = tally
                self.counter.add(shard.pixels)
        if unfit:
            text = (
                f"{unfit} of the {len(self.prepared.plan.shards)} shards in {self.folder.path} are not what was written"
            )
            warnings.warn(f"{text} (damaged, or another job's); they are made anew.", GeoquantWarning, stacklevel=5)
        return kept

    def _may_keep(self, tally: Tally) -> bool:
        """A run that skipped blocks is good only for one that may skip them too."""
        return self.prepared.request.skip_bad_blocks or not tally.bad_blocks

    def _run_missing(self, kept: Mapping[Window, Tally]) -> Sequence[Tally]:
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
                for shard in (shard for shard in run if shard not in kept):
                    above = finish(pipeline, shard, above, dask_key_name=f"shard-{number:06}-{shard.row:08}")
                    tasks.append(above)
            try:
                tallies: Sequence[Tally] = dask.compute(*tasks, scheduler=pool)
            except BaseException:
                tile_pool.stop.set()
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        return tallies

    def finish(self, pipeline: ShardPipeline, shard: Window, above: Tally | None = None) -> Tally:
        """The tally of one shard, which is on disk when this returns; ``above`` only makes dask run that one before."""
        arrays, tally = self._classified(pipeline, shard)
        self.folder.lock.check()
        files, grid = self.store.files(shard), self.prepared.scene.grid.crop(shard)
        written = [files.classes]
        if arrays.percent is not None:
            write_shard(files.confidence, arrays.percent, grid, CONFIDENCE_NODATA, "confidence")
            written.append(files.confidence)
        write_shard(files.classes, arrays.classes, grid, self.prepared.model.card.output_nodata)
        self.store.finish(shard, tally, written)
        del arrays
        give_back()  # otherwise it stays with the threads, and adds up: 330 MB with a small network
        return tally

    def _classified(self, pipeline: ShardPipeline, shard: Window) -> tuple[ShardArrays, Tally]:
        """One shard's result, from files that are the same after it as they were when the job began.

        Of a mosaic's files only those are asked that the shard is read from: 10,000 after each of 100,000 shards would
        take longer than the shards. All of them are asked once more before the outputs are made.
        """
        lattice = self.prepared.plan.lattice
        around = shard.expand(lattice.tile_px + 2 * lattice.halo_px)  # context and what reflects at the edge lie within
        with self.watch.over(self.prepared.scene.sources_under(around)).reading():
            return pipeline.run(shard, self.counter.add)


def job_facts(prepared: PreparedJob) -> dict[str, str]:
    """Everything that would change a shard's content: what it is, in words -> its value or a hash of it."""
    model, plan, request = prepared.model, prepared.plan, prepared.request
    polygons = [polygon.wkb_hex for polygon in request.polygons] if request.polygons is not None else None
    return {
        "the version of geoquant": __version__,
        "the scene or how it is read": prepared.scene.fingerprint,
        "the model": model.sha256,
        "the model's card": _hashed(model.card),
        "the engine": f"{prepared.choice.kind}, {prepared.network.engine.name}",
        "the cut into shards (--bounds, --max-memory, --tile, --workers)": _hashed(plan.shards),
        "the overlap of tiles": _hashed(plan.lattice if plan.lattice.blended else None),
        "--aoi": _hashed(polygons),
        "--confidence": str(request.confidence),
        "--drift": str(request.drift_map),
    }


def job_description(prepared: PreparedJob) -> dict[str, Any]:
    """What a person wants to know who finds the job unfinished; JSON values without secrets."""
    return {
        "scene": redacted(prepared.scene.name),
        "model": file_name(prepared.model.path),
        "shards": len(prepared.plan.shards),
        "pixels": prepared.plan.region.pixels,
        **asdict(invocation()),
    }


def _hashed(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()
