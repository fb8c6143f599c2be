"""Memory and time of observing ranges, by every method, against onnxruntime's min-max calibration on the same tiles.

Promises: under 1 GB at 128 tiles of 512 x 512 on the U-Net, and at most twice onnxruntime's time.
"""

from __future__ import annotations

from functools import partial

from benchmarks.bench import Bench
from benchmarks.measure import Usage, interleaved, python_module, run_child
from benchmarks.networks import CUT_UNET
from benchmarks.observe_once import CONTEXT_PX, PEER, TILE_PX
from benchmarks.report import Result, Verdict

METHODS = ("min-max", "percentile", "entropy", "mse")
LIMIT_MB, LIMIT_RATIO = 1000, 2.0


def measure(bench: Bench) -> Result:
    """Observe the U-Net on tiles of the mirrored scene, each way as a process of its own."""
    tiles = 4 if bench.quick else 128
    scene, model = bench.scene(4096 if bench.quick else 10980), bench.network(CUT_UNET)
    words = [str(model), str(scene), str(tiles)]
    ways = (*METHODS, PEER)
    cases = {way: partial(run_child, python_module("benchmarks.observe_once", way, *words)) for way in ways}
    runs = interleaved(cases, 1)
    peer_s = _seconds(runs[PEER][0])
    rows = [_row(way, runs[way][0], tiles, peer_s) for way in ways]
    peaks = {way: runs[way][0].peak_rss_mb for way in METHODS}
    ratios = {way: _seconds(runs[way][0]) / peer_s for way in METHODS}
    largest, slowest = max(peaks, key=lambda way: peaks[way]), max(ratios, key=lambda way: ratios[way])
    verdicts = (
        Verdict(f"under 1 GB at {tiles} tiles", f"{peaks[largest]:.0f} MB ({largest})", peaks[largest] < LIMIT_MB),
        Verdict(
            "at most twice the time of onnxruntime's min-max calibration",
            f"{ratios[slowest]:.2f} times ({slowest})",
            ratios[slowest] <= LIMIT_RATIO,
        ),
    )
    return Result("calibration", ("ranges", "peak RSS", "per tile", "times onnxruntime"), rows, verdicts, NOTES)


NOTES = (
    f"{CUT_UNET}, tiles of {TILE_PX} px read with a context of {CONTEXT_PX} px: the network sees "
    f"{TILE_PX + 2 * CONTEXT_PX} x {TILE_PX + 2 * CONTEXT_PX}. Peak of the whole process.",
    "geoquant's time holds reading, strata, the network and the choice of ranges; onnxruntime's "
    "(`calibrate.MinMaxCalibrater` on the same arrays) the network alone.",
)


def _seconds(usage: Usage) -> float:
    return float(usage.facts["seconds"])


def _row(way: str, usage: Usage, tiles: int, peer_s: float) -> tuple[str, ...]:
    seconds = _seconds(usage)
    return way, f"{usage.peak_rss_mb:.0f} MB", f"{seconds / tiles:.2f} s", f"{seconds / peer_s:.2f}"
