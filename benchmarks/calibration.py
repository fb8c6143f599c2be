"""Memory and time of observing ranges, by every method, against onnxruntime's min-max calibration on the same tiles.

Promises: under 1 GB at 128 tiles of 512 x 512 on the U-Net, and at most twice onnxruntime's time.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from benchmarks.bench import Bench
from benchmarks.measure import Usage, interleaved, median, python_module, run_child
from benchmarks.networks import CUT_UNET
from benchmarks.observe_once import CONTEXT_PX, EVERY, PEER, TILE_PX
from benchmarks.report import Result, Verdict

METHODS = ("min-max", "percentile", "entropy", "mse")
LIMIT_MB, LIMIT_RATIO = 1000, 2.0
MANY, FEW = 128, 16
"""Tiles to measure memory with, and time: a tile takes a second."""


def measure(bench: Bench) -> Result:
    """Observe the U-Net on tiles of the mirrored scene, each way as a process of its own."""
    many, few = (4, 2) if bench.quick else (MANY, FEW)
    scene, model = bench.scene(4096 if bench.quick else 10980), bench.network(CUT_UNET)

    def ways(names: tuple[str, ...], tiles: int) -> dict[str, Any]:
        words = (str(model), str(scene), str(tiles))
        return {way: partial(run_child, python_module("benchmarks.observe_once", way, *words)) for way in names}

    timed = interleaved(ways((*METHODS, PEER), few), 1)
    (largest,) = interleaved(ways((EVERY,), many), 1)[EVERY]
    return Result("calibration", COLUMNS, _rows(timed, largest, few), _verdicts(timed, largest, many), NOTES)


COLUMNS = ("ranges", f"peak RSS, {FEW} tiles", f"peak RSS, {MANY} tiles", "seconds per tile", "times onnxruntime")
NOTES = (
    f"{CUT_UNET}, tiles of {TILE_PX} px read with a context of {CONTEXT_PX} px: the network sees "
    f"{TILE_PX + 2 * CONTEXT_PX} x {TILE_PX + 2 * CONTEXT_PX}. Peak of the whole process.",
    "geoquant's time holds reading, strata, the network and the choice of ranges; onnxruntime's "
    "(`calibrate.MinMaxCalibrater` on the same arrays) the network alone. Each way ran once; a figure is "
    "the mean of its tiles.",
    f"{EVERY}: all of them chosen from one observation, as a process of its own.",
)


def _rows(timed: dict[str, list[Usage]], largest: Usage, tiles: int) -> list[tuple[str, ...]]:
    peer_s = median(timed[PEER], "seconds")
    rows = [
        (
            way,
            f"{max(usage.peak_rss_mb for usage in timed[way]):.0f} MB",
            "",
            f"{median(timed[way], 'seconds') / tiles:.2f}",
            f"{median(timed[way], 'seconds') / peer_s:.2f}",
        )
        for way in timed
    ]
    return [*rows, (EVERY, "", f"{largest.peak_rss_mb:.0f} MB", "", "")]


def _verdicts(timed: dict[str, list[Usage]], largest: Usage, tiles: int) -> tuple[Verdict, ...]:
    ratios = {way: median(timed[way], "seconds") / median(timed[PEER], "seconds") for way in METHODS}
    slowest = max(ratios, key=lambda way: ratios[way])
    peak_mb = largest.peak_rss_mb
    return (
        Verdict(f"under 1 GB at {tiles} tiles", f"{peak_mb:.0f} MB", peak_mb < LIMIT_MB),
        Verdict(
            "at most twice the time of onnxruntime's min-max calibration",
            f"{ratios[slowest]:.2f} times ({slowest})",
            ratios[slowest] <= LIMIT_RATIO,
        ),
    )
