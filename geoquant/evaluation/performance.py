"""Size, latency, throughput and memory of float and INT8 in each engine, on this machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from geoquant.engines.isolated_run import IsolatedRunFacts, measure_isolated
from geoquant.errors import EngineError, OptionError
from geoquant.evaluation.contender import Contender, Runner
from geoquant.grid import Window, align_down
from geoquant.inference.prepare import planned_read
from geoquant.onnx_graph.facts import graph_facts
from geoquant.onnx_graph.loading import load_model
from geoquant.progress import Progress, ProgressCallback, silent
from geoquant.sampling.tile_reader import TileReader
from geoquant.sampling.tile_selection import TileGeometry
from geoquant.system import cores

LATENCY_ROUNDS = 25
"""Rounds enough for a 95th percentile that is not simply the slowest round."""

TIMING_ROUNDS = 7
FEWEST_ROUNDS = 5
TIMING_SECONDS = 30
"""Timing goes on no longer than this, unless the fewest rounds take longer."""


@dataclass(frozen=True)
class CpuTime:
    """CPU seconds per million pixels over rounds, of all threads: other programs hardly change it.

    Attributes:
        median: The median round.
        low: The 10th percentile.
        high: The 90th percentile.
    """

    median: float
    low: float
    high: float


def int8_is_slower(times: Sequence[tuple[str, CpuTime]]) -> bool:
    """Whether INT8 takes more CPU than float, each in its best engine, by more than the rounds differ.

    Args:
        times: "float" or "INT8", with what it took in an engine.
    """
    best = {
        label: min((time for name, time in times if name == label), key=lambda time: time.median, default=None)
        for label in ("float", "INT8")
    }
    reference, int8 = best["float"], best["INT8"]
    return reference is not None and int8 is not None and int8.low > reference.high


@dataclass(frozen=True)
class Performance:
    """One model in one engine.

    Attributes:
        label: "float" or "INT8".
        kind: The engine and what it runs, as ``load_engine`` names it.
        tile_px: The (y, x) of the tile that was timed, context included: the one that ``classify`` plans for the last
            contender.
        mean_ms: The average milliseconds for one tile, all cores on it, encoded tile in and classes out.
        p50_ms: The median of those milliseconds.
        p95_ms: The 95th percentile of those milliseconds.
        rounds: The number of tiles that were timed.
        cpu: The CPU seconds that a million pixels took in those rounds.
        mpx_per_s: Million pixels per second with a tile in flight on every core, as a stream runs; None where the
            process of its own failed.
        peak_mb: The most resident memory of that process in 10^6 bytes, Python and libraries included; None where it
            failed, and on systems that do not say.
    """

    label: str
    kind: str
    tile_px: tuple[int, int]
    mean_ms: float
    p50_ms: float
    p95_ms: float
    rounds: int
    cpu: CpuTime
    mpx_per_s: float | None
    peak_mb: float | None


def measure_performance(
    contenders: Sequence[Contender], tiles: TileReader, progress: ProgressCallback
) -> tuple[Performance, ...]:
    """Measure latency in turns in this process, so that all meet the same load, and rate and memory in a process each.

    Args:
        contenders: models in engines.
        tiles: the first of them says where.
        progress: is told after each round and process.
    """
    timed = time_rounds(contenders, tiles, LATENCY_ROUNDS, progress)
    found = []
    for done, contender in enumerate(contenders):
        progress(Progress("measuring memory and throughput", done, len(contenders), "processes"))
        found.append(_performance(contender, timed[done]))
    progress(Progress("measuring memory and throughput", len(contenders), len(contenders), "processes"))
    return tuple(found)


def _performance(contender: Contender, timed: Rounds) -> Performance:
    alone, milliseconds = _alone(contender, timed.shape), np.array(timed.seconds) * 1000
    median, late = (float(value) for value in np.percentile(milliseconds, (50, 95)))
    return Performance(
        label=contender.label,
        kind=contender.kind,
        tile_px=timed.shape,
        mean_ms=float(milliseconds.mean()),
        p50_ms=median,
        p95_ms=late,
        rounds=len(milliseconds),
        cpu=timed.cpu,
        mpx_per_s=alone.mpx_per_s if alone else None,
        peak_mb=alone.peak_mb if alone else None,
    )


def _alone(contender: Contender, shape: tuple[int, int]) -> IsolatedRunFacts | None:
    """Rate and memory in a process of its own; None where none can be started (sandboxes): the report goes without."""
    try:
        return measure_isolated(contender.model, contender.card, contender.kind, shape, cores())
    except EngineError:
        return None


@dataclass(frozen=True)
class Speed:
    """How fast one contender runs.

    Attributes:
        label: The label of the contender.
        kind: The engine of the contender.
        mpx_per_s: Million pixels per second, the median of interleaved rounds on all cores.
        cpu: The CPU seconds that a million pixels took in those rounds.
    """

    label: str
    kind: str
    mpx_per_s: float
    cpu: CpuTime


def time_contenders(
    contenders: Sequence[Contender], tiles: TileReader, progress: ProgressCallback = silent
) -> tuple[Speed, ...]:
    """Time engines alone (encoded tile in, classes out) on one tile, in turns: all meet the same load."""
    rounds = time_rounds(contenders, tiles, TIMING_ROUNDS, progress)
    return tuple(
        Speed(contender.label, contender.kind, timed.pixels / 1e6 / statistics.median(timed.seconds), timed.cpu)
        for contender, timed in zip(contenders, rounds, strict=True)
    )


LARGEST_TIMED_PX = 1024
"""Larger tiles that ``classify`` plans are cut to this side: beyond it, a pixel costs the same and a round more."""


def planned_tile(tiles: TileReader, runner: Runner) -> TileReader:
    """The first tile, grown or cut to what ``classify`` plans to let into the network at once, inside its scene.

    Engines start every layer for each tile, which tiles of 64 px would measure.
    """
    first, contender = tiles.choices[0].candidate, runner.contender
    scene, facts = tiles.scenes[first.scene].scene, graph_facts(load_model(contender.model))
    try:
        sides = planned_read(scene, contender.card, facts, runner.engine)
    except OptionError:  # classify would ask for more memory than it takes by itself
        sides = LARGEST_TIMED_PX, LARGEST_TIMED_PX
    stride = tiles.geometry.stride_px
    height, width = facts.fixed_shape or (align_down(min(LARGEST_TIMED_PX, side), stride) or side for side in sides)

    def origin(start: int, side: int, size: int) -> int:
        return align_down(min(start, max(0, size - side)), stride)

    row = origin(first.window.row, height, scene.grid.height)
    col = origin(first.window.col, width, scene.grid.width)
    grown = replace(first, window=Window(row, col, height, width))
    alone = TileGeometry(max(height, width), 0, stride)
    return replace(tiles, geometry=alone, choices=[replace(tiles.choices[0], candidate=grown)])


@dataclass(frozen=True)
class Rounds:
    """How long one tile took, round by round.

    Attributes:
        seconds: The wall time of each round.
        cpu_seconds: The CPU time of each round, of all threads of this process.
        shape: The (y, x) of the tile, context included.
    """

    seconds: Sequence[float]
    cpu_seconds: Sequence[float]
    shape: tuple[int, int]

    @property
    def pixels(self) -> int:
        """The number of pixels of the tile."""
        return self.shape[0] * self.shape[1]

    @property
    def cpu(self) -> CpuTime:
        """CPU seconds per million pixels."""
        low, median, high = np.percentile(self.cpu_seconds, (10, 50, 90)) / (self.pixels / 1e6)
        return CpuTime(float(median), float(low), float(high))


def time_rounds(
    contenders: Sequence[Contender], tiles: TileReader, rounds: int, progress: ProgressCallback
) -> tuple[Rounds, ...]:
    """The rounds of each contender, in turns, on the tile that ``classify`` plans for the last of them.

    A first round warms up and is dropped. After ``TIMING_SECONDS`` no round begins, once ``FEWEST_ROUNDS`` are done.
    """
    runners = [Runner(contender, tiles) for contender in contenders]
    (tile,) = planned_tile(tiles, runners[-1])
    batches = [runner.batch(tile) for runner in runners]
    times: list[list[tuple[float, float]]] = [[] for _ in runners]
    begun = time.perf_counter()
    for turn in range(rounds + 1):
        if turn > FEWEST_ROUNDS and time.perf_counter() - begun > TIMING_SECONDS:
            break
        progress(Progress("timing engines", turn, rounds + 1, "rounds"))
        for i, runner in enumerate(runners):
            start, cpu = time.perf_counter(), time.process_time()
            runner.engine.classes(batches[i])
            times[i].append((time.perf_counter() - start, time.process_time() - cpu))
    progress(Progress("timing engines", rounds + 1, rounds + 1, "rounds"))
    shape = batches[0].shape[-2], batches[0].shape[-1]
    return tuple(Rounds([wall for wall, _ in each[1:]], [cpu for _, cpu in each[1:]], shape) for each in times)
