"""How the memory of geoquant and of two peers grows with the scene.

Promise: a fraction of the peers' growth per pixel.

What grows (class scores of the scene, of a band of it, or nothing) does not depend on the network, so this runs the
smallest one, on larger scenes than ``peers`` has the patience for.
"""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.measure import Usage, say
from benchmarks.peers import GEOAI, HABITAT, Way, case, ways
from benchmarks.report import Result, Verdict

NETWORK = "tiny"
SIDES = {HABITAT.name: (4096, 8192), GEOAI.name: (2048, 4096)}
"""geoai-py would take some 20 GB at 8192; the others have hardly begun to grow at 2048."""


def measure(bench: Bench) -> Result:
    """Each peer and geoquant at the same two sides."""
    tools = ways(bench, NETWORK)
    own = tools[-1]
    peaks: dict[tuple[str, int], Usage] = {}
    rows, verdicts = [], []
    for name, full in SIDES.items():
        sides = (1024, 2048) if bench.quick else full
        theirs = next(way for way in tools if way.tool == name)
        for way in (theirs, own):
            for side in sides:
                if (way.label, side) not in peaks:
                    say(f"memory of {way.label} at {side} x {side}")
                    peaks[way.label, side] = case(bench, way, bench.scene(side), side)()
            rows.append(_row(way, sides, peaks))
        growth = [_growth(way, sides, peaks) for way in (own, theirs)]
        found = f"{growth[0]:.1f} against {growth[1]:.1f} bytes per pixel"
        verdicts.append(Verdict(f"a fraction of {name}'s growth", found, growth[0] < 0.5 * growth[1]))
    return Result("peers_memory", COLUMNS, rows, verdicts, NOTES)


COLUMNS = ("tool", "sides", "peak RSS, smaller", "peak RSS, larger", "growth, bytes per pixel", "wall, larger")
NOTES = (
    "Whole processes, the network of three convolutions, 10 classes, each tool with its defaults; the peers with "
    "GDAL_CACHEMAX=256, or GDAL's own cache would count as their growth.",
    "habitat-mapper keeps float64 scores of all classes for a band of 1024 rows over the scene's full width, geoai-py "
    "for the whole scene; geoquant keeps two shards of 4096 px of classes.",
)


def _growth(way: Way, sides: tuple[int, int], peaks: dict[tuple[str, int], Usage]) -> float:
    """Bytes of peak memory per additional pixel."""
    smaller, larger = sides
    more = peaks[way.label, larger].peak_rss_mb - peaks[way.label, smaller].peak_rss_mb
    return more * 1e6 / (larger**2 - smaller**2)


def _row(way: Way, sides: tuple[int, int], peaks: dict[tuple[str, int], Usage]) -> list[str]:
    used = [peaks[way.label, side] for side in sides]
    return [
        *(way.label, f"{sides[0]}² → {sides[1]}²"),
        *(f"{usage.peak_rss_mb:.0f} MB" for usage in used),
        *(f"{_growth(way, sides, peaks):.1f}", f"{used[1].wall_s:.1f} s"),
    ]
