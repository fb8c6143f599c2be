"""What the stream costs on top of its parts, and how much of the engine's own speed reaches the user.

Promises, on the U-Net with the whole ResNet-18: CPU seconds of the whole run at most 10 % above engine alone + reading
alone + writing alone; both cores over 90 % busy; at least 75 % of the engine's own throughput with INT8 and 90 % with
float. The U-Net with a cut encoder is measured beside it as the harder case: its engine is faster, so all else weighs
more.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.measure import Usage, interleaved, median, say, stage
from benchmarks.networks import CUT_UNET, FULL_UNET
from benchmarks.report import Result, Verdict

CORES = len(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Case:
    """One network file, in one engine, on one scene."""

    label: str
    network: str
    model: Path
    engine: str
    side: int
    share: float | None  # of the engine's own throughput that must be left; None where nothing is promised

    @property
    def name(self) -> str:
        """For the table."""
        return f"{self.label} {self.network}"


def measure(bench: Bench) -> Result:
    """Run the whole and its parts, interleaved."""
    cases = (
        Case("INT8", FULL_UNET, bench.int8(FULL_UNET), "openvino", bench.side(10980), 0.75),
        Case("float", FULL_UNET, bench.network(FULL_UNET), "ort", bench.side(3072), 0.90),
        Case("INT8", CUT_UNET, bench.int8(CUT_UNET), "openvino", bench.side(10980), None),
    )
    rows, verdicts = [], []
    for case in cases:
        say(f"stream overhead, {case.name}")
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
        "px inferred / px",
        "whole run, CPU s",
        "engine alone",
        "reading alone",
        "writing alone",
        "drift guard",
    ),
    *("overhead", "cores busy", "whole, Mpx/s", "engine alone, Mpx/s", "share"),
)
NOTES = (
    f"The promises are judged on {FULL_UNET}: all four stages of a ResNet-18 (total stride 32, context 288 px on each "
    f"side of a tile). {CUT_UNET} ends after three (16, 144 px): the harder case, for which nothing is promised.",
    "CPU seconds of the process without Python's start and imports, medians of interleaved runs; each part is a "
    "process of its own and loads the network itself where it needs one.",
    "Engine alone: every tile of the same plan, halo included, encoded and in memory, with the same threads; "
    "`px inferred / px` says how much the halo adds.",
    "Reading alone: each block of the COG decoded once, by two readers, as the stream has them. Writing alone: shard "
    "files and the published COG with overviews, from a class map in memory.",
    "Overhead is (whole run) / (engine + reading + writing) - 1; encoding, the drift guard's counters, queues and "
    "statistics are all in it. The drift guard's column says what it takes of that.",
)


def _parts(bench: Bench, case: Case) -> dict[str, Callable[[], Usage]]:
    scene, out = bench.scene(case.side), bench.out(f"overhead_{case.label}_{case.network}")
    first = stage("whole", scene=scene, model=case.model, out=out, engine=case.engine)()  # warms the page cache
    kind = first.facts["engine"]
    return {
        "whole": stage("whole", scene=scene, model=case.model, out=out, engine=case.engine),
        "engine": stage("engine_alone", scene=scene, model=case.model, kind=kind),
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
        *(case.name, facts["engine"], f"{case.side}²", f"{facts['inferred_px'] / facts['pixels']:.2f}"),
        *(f"{cpu[name]:.1f}" for name in ("whole", "engine", "reading", "writing", "guard")),
        *(f"{overhead:+.1%}", f"{busy:.0%}", f"{speed['whole']:.2f}", f"{speed['engine']:.2f}", f"{share:.0%}"),
    ]
    if case.share is None:
        return row, []
    verdicts = [
        Verdict(f"{case.name}: overhead under 10 %", f"{overhead:+.1%}", overhead < 0.10),
        Verdict(f"{case.name}: cores over 90 % busy", f"{busy:.0%}", busy > 0.90),
        Verdict(f"{case.name}: at least {case.share:.0%} of the engine's speed", f"{share:.0%}", share >= case.share),
    ]
    return row, verdicts
