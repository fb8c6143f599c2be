"""What the stream costs on top of its parts, and how much of the engine's own speed reaches the user.

Promises: CPU seconds of the whole run at most 10 % above engine alone + reading alone + writing alone; both cores over
90 % busy; at least 75 % of the engine's own throughput with INT8 and 90 % with float.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.measure import Usage, interleaved, median, say, stage
from benchmarks.report import Result, Verdict

NETWORK = "unet-resnet18"
CORES = len(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Case:
    """One network file, in one engine, on one scene."""

    label: str
    model: Path
    engine: str
    side: int
    share: float  # of the engine's own throughput that must be left


def measure(bench: Bench) -> Result:
    """Run the whole and its parts, interleaved."""
    cases = (
        Case("INT8", bench.int8(NETWORK), "openvino", bench.side(10980), 0.75),
        Case("float", bench.network(NETWORK), "ort", bench.side(3072), 0.90),
    )
    rows, verdicts = [], []
    for case in cases:
        say(f"stream overhead, {case.label}")
        parts = interleaved(_parts(bench, case), bench.repeats)
        row, found = _judge(case, parts)
        rows.append(row)
        verdicts += found
    return Result("stream_overhead", COLUMNS, rows, verdicts, NOTES)


COLUMNS = (
    *(
        "network",
        "engine",
        "scene",
        "whole run, CPU s",
        "engine alone",
        "reading alone",
        "writing alone",
        "drift guard",
    ),
    *("overhead", "cores busy", "whole, Mpx/s", "engine alone, Mpx/s", "share"),
)
NOTES = (
    "CPU seconds of the process without Python's start and imports, medians of interleaved runs; each part is a "
    "process of its own and loads the network itself where it needs one.",
    "Engine alone: every tile of the same plan, halo included, encoded and in memory, through as many threads.",
    "Reading alone: each block of the COG decoded once, by two readers, as the stream has them. Writing alone: shard "
    "files and the published COG with overviews, from a class map in memory.",
    "Overhead is (whole run) / (engine + reading + writing) - 1; encoding, the drift guard's counters, queues and "
    "statistics are all in it. The drift guard's column says what it takes of that.",
)


def _parts(bench: Bench, case: Case) -> dict[str, Callable[[], Usage]]:
    scene, out = bench.scene(case.side), bench.out(f"overhead_{case.label}")
    first = stage("whole", scene=scene, model=case.model, out=out, engine=case.engine)()  # warms the page cache
    kind = first.facts["engine"]
    return {
        "whole": stage("whole", scene=scene, model=case.model, out=out, engine=case.engine),
        "engine": stage("engine_alone", scene=scene, model=case.model, kind=kind, workers=CORES),
        "reading": stage("reading_alone", scene=scene, model=case.model),
        "writing": stage("writing_alone", class_map=out, model=case.model, out=bench.out("writing_alone")),
        "guard": stage("guard_alone", scene=scene, model=case.model),
    }


def _judge(case: Case, runs: dict[str, list[Usage]]) -> tuple[list[str], list[Verdict]]:
    cpu = {name: median(usages, "inner_cpu_s") for name, usages in runs.items()}
    wall = {name: median(usages, "inner_s") for name, usages in runs.items()}
    facts = runs["whole"][0].facts
    overhead = cpu["whole"] / (cpu["engine"] + cpu["reading"] + cpu["writing"]) - 1
    busy = cpu["whole"] / wall["whole"] / CORES
    speed = {name: facts["pixels"] / 1e6 / wall[name] for name in ("whole", "engine")}
    share = speed["whole"] / speed["engine"]
    row = [
        *(f"{case.label} {NETWORK}", facts["engine"], f"{case.side}²"),
        *(f"{cpu[name]:.1f}" for name in ("whole", "engine", "reading", "writing", "guard")),
        *(f"{overhead:+.1%}", f"{busy:.0%}", f"{speed['whole']:.2f}", f"{speed['engine']:.2f}", f"{share:.0%}"),
    ]
    verdicts = [
        Verdict(f"{case.label}: overhead under 10 %", f"{overhead:+.1%}", overhead < 0.10),
        Verdict(f"{case.label}: cores over 90 % busy", f"{busy:.0%}", busy > 0.90),
        Verdict(f"{case.label}: at least {case.share:.0%} of the engine's speed", f"{share:.0%}", share >= case.share),
    ]
    return row, verdicts
