"""Size, latency, throughput and memory of float and INT8 in each engine, on this machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geoquant.engines.isolated_run import IsolatedRunFacts, measure_isolated
from geoquant.errors import EngineError
from geoquant.evaluation.contender import Contender, Runner
from geoquant.progress import Progress, ProgressCallback, silent
from geoquant.sampling.tile_reader import TileReader
from geoquant.system import cores

LATENCY_ROUNDS = 25
"""Rounds enough for a 95th percentile that is not simply the slowest round."""

TIMING_ROUNDS = 7


@dataclass(frozen=True)
class Performance:
    """One model in one engine.

    Attributes:
        label: "float" or "INT8".
        kind: The engine and what it runs, as ``load_engine`` names it.
        tile_px: The side of the tile that was timed, context included.
        mean_ms: The average milliseconds for one tile, all cores on it, encoded tile in and classes out.
        p50_ms: The median of those milliseconds.
        p95_ms: The 95th percentile of those milliseconds.
        rounds: The number of tiles that were timed.
        mpx_per_s: Million pixels per second with a tile in flight on every core, as a stream runs; None where the
            process of its own failed.
        peak_mb: The most resident memory of that process in 10^6 bytes, Python and libraries included; None where it
            failed, and on systems that do not say.
    """

    label: str
    kind: str
    tile_px: int
    mean_ms: float
    p50_ms: float
    p95_ms: float
    rounds: int
    mpx_per_s: float | None
    peak_mb: float | None


def measure_performance(
    contenders: Sequence[Contender], tiles: TileReader, progress: ProgressCallback
) -> tuple[Performance, ...]:
    """Measure latency in turns in this process, so that all meet the same load, and rate and memory in a process each.

    Args:
        contenders: models in engines.
        tiles: the first of them is timed.
        progress: is told after each round and process.
    """
    times, pixels = time_rounds(contenders, tiles, LATENCY_ROUNDS, progress)
    side = round(pixels**0.5)
    found = []
    for done, contender in enumerate(contenders):
        progress(Progress("measuring memory and throughput", done, len(contenders), "processes"))
        found.append(_performance(contender, np.array(times[done]) * 1000, side))
    progress(Progress("measuring memory and throughput", len(contenders), len(contenders), "processes"))
    return tuple(found)


def _performance(contender: Contender, milliseconds: np.ndarray, side: int) -> Performance:
    alone = _alone(contender, side)
    median, late = (float(value) for value in np.percentile(milliseconds, (50, 95)))
    return Performance(
        label=contender.label,
        kind=contender.kind,
        tile_px=side,
        mean_ms=float(milliseconds.mean()),
        p50_ms=median,
        p95_ms=late,
        rounds=len(milliseconds),
        mpx_per_s=alone.mpx_per_s if alone else None,
        peak_mb=alone.peak_mb if alone else None,
    )


def _alone(contender: Contender, side: int) -> IsolatedRunFacts | None:
    """Rate and memory in a process of its own; None where none can be started (sandboxes): the report goes without."""
    try:
        return measure_isolated(contender.model, contender.card, contender.kind, (side, side), cores())
    except EngineError:
        return None


@dataclass(frozen=True)
class Speed:
    """How fast one contender runs.

    Attributes:
        label: The label of the contender.
        kind: The engine of the contender.
        mpx_per_s: Million pixels per second, the median of interleaved rounds on all cores.
    """

    label: str
    kind: str
    mpx_per_s: float


def time_contenders(
    contenders: Sequence[Contender], tiles: TileReader, progress: ProgressCallback = silent
) -> tuple[Speed, ...]:
    """Time engines alone (encoded tile in, classes out) on one held-out tile, in turns: all meet the same load."""
    times, pixels = time_rounds(contenders, tiles, TIMING_ROUNDS, progress)
    rates = zip(contenders, map(statistics.median, times), strict=True)
    return tuple(Speed(contender.label, contender.kind, pixels / 1e6 / median) for contender, median in rates)


def time_rounds(
    contenders: Sequence[Contender], tiles: TileReader, rounds: int, progress: ProgressCallback
) -> tuple[list[list[float]], int]:
    """Seconds per contender and round for one held-out tile, and its pixels; a first round warms up and is dropped."""
    runners = [Runner(contender, tiles) for contender in contenders]
    tile = next(iter(tiles))
    batches = [runner.batch(tile) for runner in runners]
    times: list[list[float]] = [[] for _ in runners]
    for turn in range(rounds + 1):
        progress(Progress("timing engines", turn, rounds + 1, "rounds"))
        for i, runner in enumerate(runners):
            start = time.perf_counter()
            runner.engine.classes(batches[i])
            times[i].append(time.perf_counter() - start)
    progress(Progress("timing engines", rounds + 1, rounds + 1, "rounds"))
    return [seconds[1:] for seconds in times], batches[0].shape[-1] * batches[0].shape[-2]
