"""Every engine on every network, float and INT8, and what ``--engine auto`` makes of it.

Promise: on every shipped or benchmarked network ``auto`` with the INT8 file is at least as fast as the best float
engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.accuracy import quantized
from benchmarks.bench import Bench
from benchmarks.measure import ChildFailed, say, stage
from benchmarks.networks import NETWORKS
from benchmarks.report import Result, Verdict
from benchmarks.shipped import SourcePath, shipped_cases

TILE_PX, OTHER_TILES_PX = 512, (256, 1024)
NOISE = 0.05
"""Two runs of the very same engine differ by about this much; ``auto`` may lose that."""


@dataclass(frozen=True)
class Pair:
    """A float network, its INT8 version, and a scene that both fit."""

    name: str
    float_model: Path
    int8_model: Path
    scene: SourcePath


def measure(bench: Bench) -> Result:
    """Rates of all engines on all networks."""
    rows: list[list[str]] = []
    verdicts = []
    pairs = _pairs(bench)
    for pair in pairs:
        say(f"engines on {pair.name}")
        facts = _rates(bench, pair, TILE_PX)
        rates, chosen = facts["rates"], f"INT8 {facts['auto']}"
        best = max((name for name in rates if name.startswith("float")), key=rates.__getitem__)
        ratio = rates[chosen] / rates[best]
        cells = [f"{rates[name]:.2f}" if name in rates else "–" for name in COLUMNS[1:-2]]
        rows.append([pair.name, *cells, facts["auto"], f"{ratio:.2f}"])
        found = f"{ratio:.2f} times {best.removeprefix('float ')}"
        verdicts.append(Verdict(f"{pair.name}: auto at least as fast as the best float", found, ratio >= 1 - NOISE))
    for tile_px in OTHER_TILES_PX:
        facts = _rates(bench, pairs[0], tile_px)
        cells = [f"{facts['rates'][name]:.2f}" if name in facts["rates"] else "–" for name in COLUMNS[1:-2]]
        rows.append([f"{pairs[0].name}, tiles of {tile_px} px", *cells, "", ""])
    return Result("engines", COLUMNS, rows, verdicts, NOTES)


def _rates(bench: Bench, pair: Pair, tile_px: int) -> Mapping[str, Any]:
    files = {"scene": pair.scene, "float_model": pair.float_model, "int8_model": pair.int8_model}
    return stage("engine_rates", **files, rounds=2 if bench.quick else 5, tile_px=tile_px)().facts


COLUMNS = (
    *("network", "float ort", "float openvino", "float openvino-bf16", "INT8 ort", "INT8 openvino"),
    *("INT8 ort-float", "INT8 openvino-float", "INT8 openvino-bf16", "auto chose", "auto / best float"),
)
NOTES = (
    "Mpx/s of one engine alone on 512 px tiles, one thread in each of as many workers as there are cores, medians of "
    "interleaved rounds in one process; encoded tile in, classes out.",
    "`INT8 ort-float` and its like run the float twin of the INT8 file, so that `auto` never loses to float.",
    f"`auto` may lose {NOISE:.0%}: that is what two runs of the same engine differ by.",
)


def _pairs(bench: Bench) -> list[Pair]:
    own = []
    for name in NETWORKS:
        try:
            own.append(Pair(name, bench.network(name), bench.int8(name), bench.scene(2048)))
        except ChildFailed as failure:
            say(f"{name} can't be benchmarked: {failure}")
    shipped = []
    for case in shipped_cases(bench):
        quantized(case, bench)
        shipped.append(Pair(case.name, case.float_model, case.int8_model, case.scene))
    return own + shipped
