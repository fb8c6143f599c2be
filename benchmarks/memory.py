"""Peak memory against the scene's size, with default options.

Promises: at 20,000 x 20,000 at most 1.1 times what 5,000 x 5,000 takes, and under 1.5 GB.
"""

from __future__ import annotations

from functools import partial

from benchmarks.bench import Bench, classify_command
from benchmarks.measure import Usage, interleaved, median, run_child
from benchmarks.networks import FULL_UNET
from benchmarks.report import Result, Verdict

NETWORK = FULL_UNET
LIMIT_MB = 1500


def measure(bench: Bench) -> Result:
    """Classify scenes of growing side with defaults and watch resident memory."""
    sides = (1024, 2048) if bench.quick else (5000, 10980, 20000)
    model = bench.int8(NETWORK)
    commands = {str(side): classify_command(bench.scene(side), model, bench.out(f"memory_{side}")) for side in sides}
    cases = {side: partial(run_child, command) for side, command in commands.items()}
    runs = interleaved(cases, 1 if bench.quick else 2)
    peaks = {side: max(usage.peak_rss_mb for usage in runs[str(side)]) for side in sides}
    rows = [
        (f"{side}²", f"{peaks[side]:.0f} MB", f"{median(runs[str(side)], 'wall_s'):.1f} s", _speed(side, runs))
        for side in sides
    ]
    ratio, most = peaks[sides[-1]] / peaks[sides[0]], max(peaks.values())
    verdicts = (
        Verdict(f"{sides[-1]}² takes at most 1.1 times {sides[0]}²", f"{ratio:.2f} times", ratio <= 1.1),
        Verdict("under 1.5 GB with defaults", f"{most:.0f} MB", most < LIMIT_MB),
    )
    return Result("memory", ("scene", "peak RSS", "wall", "Mpx/s"), rows, verdicts, NOTES)


NOTES = (
    f"`geoquant classify` with defaults (`--engine auto`, 1320 MiB), INT8 {NETWORK}, six uint16 bands, as a whole "
    "process; the highest of two interleaved runs, resident memory sampled every 20 ms and the kernel's own high-water "
    "mark.",
)


def _speed(side: int, runs: dict[str, list[Usage]]) -> str:
    return f"{side * side / 1e6 / median(runs[str(side)], 'wall_s'):.2f}"
