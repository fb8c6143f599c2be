"""From a COG on disk to a class map on disk, whole processes: INT8 against a straightforward float onnxruntime loop.

Promises: INT8 at least 4 times the float loop on the U-Net with a ResNet-18-like encoder, on a CPU with VNNI.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.bench import Bench, classify_command
from benchmarks.measure import Usage, interleaved, median, run_child, stage
from benchmarks.networks import FULL_UNET
from benchmarks.report import Result, Verdict
from geoquant.model_card.model import open_model

NETWORK = FULL_UNET
NAIVE = "onnxruntime float, plain loop"
LOOP_TILE_PX = 1024
"""With a halo of 288 px, 512 would put 4.5 pixels through the plain loop's network for each of the scene."""


def measure(bench: Bench) -> Result:
    """The plain loop, and geoquant with the INT8 file, interleaved."""
    side = bench.side(8192)
    scene, model, int8 = bench.scene(side), bench.network(NETWORK), bench.int8(NETWORK)
    whole = bench.scene(side, whole=True)

    def geoquant(source: Path, file: Path, name: str, *words: str) -> Callable[[], Usage]:
        return partial(run_child, classify_command(source, file, bench.out(f"end_{name}"), *words))

    halo_px = open_model(model).facts.halo_px
    loop = {"scene": scene, "model": model, "out": bench.out("end_naive"), "halo_px": halo_px, "tile_px": LOOP_TILE_PX}
    cases = {
        NAIVE: stage("naive_float", **loop),
        "geoquant, INT8 file, ort": geoquant(scene, int8, "ort8", "--engine", "ort"),
        "geoquant, INT8 file, auto": geoquant(scene, int8, "auto8"),
        "geoquant, INT8 file, auto, 40 % of the scene nodata": geoquant(whole, int8, "nodata"),
    }
    runs = interleaved(cases, bench.repeats)
    walls = {name: median(usages, "wall_s") for name, usages in runs.items()}
    rows = [_row(name, usages, side, walls[NAIVE]) for name, usages in runs.items()]
    ratio = walls[NAIVE] / walls["geoquant, INT8 file, auto"]
    verdict = Verdict("INT8 end to end at least 4 times the float loop", f"{ratio:.1f} times", ratio >= 4)
    return Result(
        "end_to_end",
        COLUMNS,
        rows,
        (verdict,),
        (*NOTES, f"Network: {NETWORK}. Scene: {side}² px, six uint16 bands, deflate."),
    )


COLUMNS = ("what", "wall", "CPU s", "Mpx/s", "times the plain loop", "peak RSS")
NOTES = (
    "Whole processes, with Python's start, model loading and the choice of the engine; medians of interleaved runs.",
    f"The plain loop reads tiles of {LOOP_TILE_PX} px with the same halo by rasterio, normalizes with NumPy, runs "
    "onnxruntime with its defaults on all cores, takes `argmax`, and makes a COG with overviews, as geoquant does.",
)


def _row(name: str, usages: list[Usage], side: int, naive_s: float) -> list[str]:
    wall, cpu, peak = (median(usages, key) for key in ("wall_s", "cpu_s", "peak_rss_mb"))
    return [
        name,
        f"{wall:.1f} s",
        f"{cpu:.1f}",
        f"{side**2 / 1e6 / wall:.2f}",
        f"{naive_s / wall:.1f}",
        f"{peak:.0f} MB",
    ]
