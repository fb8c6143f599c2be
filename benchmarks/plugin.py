"""What the way through QGIS costs: time over the command line, QGIS's own memory, and its interface's patience.

Promises: at most 3 s over the command line; QGIS's own process grows by less than 60 MB while it classifies 10,980 x
10,980 x 6; a window of 1,000 x 1,000 is on screen within 5 s after the first run. Needs QGIS, see ``scripts/start.py``.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
from functools import partial
from pathlib import Path

from benchmarks.bench import Bench, classify_command
from benchmarks.measure import REPOSITORY, Usage, interleaved, median, run_child
from benchmarks.networks import CUT_UNET
from benchmarks.report import Result, Verdict

ENGINE = "openvino"
PREVIEW_PX = 1000
QGIS_PYTHON = os.environ.get("QGIS_PYTHON", "/usr/bin/python3")
BY_HAND, IN_QGIS = "command line", "Processing, in the background"
OVERHEAD_S, GROWTH_MB, PREVIEW_S, GAP_S = 3.0, 60.0, 5.0, 0.2


def measure(bench: Bench) -> Result:
    """The same classification from the command line and in QGIS, interleaved."""
    side = bench.side(10980)
    scene, model = bench.scene(side), bench.int8(CUT_UNET)
    by_hand = classify_command(scene, model, bench.out("plugin_hand"), "--engine", ENGINE)
    runs = interleaved({BY_HAND: partial(run_child, by_hand), IN_QGIS: _in_qgis(bench, scene, model)}, bench.repeats)
    overhead_s = _overhead_s(runs)
    growth_mb = max(usage.facts["growth_mb"] for usage in runs[IN_QGIS])
    gap_s = max(usage.facts["longest_gap_s"] for usage in runs[IN_QGIS])
    preview_s = median(runs[IN_QGIS], "preview_s")
    rows = [
        (f"{BY_HAND}, whole process", f"{median(runs[BY_HAND], 'wall_s'):.1f} s"),
        (f"{IN_QGIS}, until the layer is loaded", f"{median(runs[IN_QGIS], 'whole_s'):.1f} s"),
        ("QGIS's own process grows by at most", f"{growth_mb:.1f} MB"),
        ("longest pause of QGIS's event loop", f"{gap_s * 1000:.0f} ms"),
        (f"{PREVIEW_PX} x {PREVIEW_PX} px with engine auto, first time", _seconds(runs, "first_preview_s")),
        (f"{PREVIEW_PX} x {PREVIEW_PX} px with engine auto, again", f"{preview_s:.1f} s"),
    ]
    verdicts = (
        Verdict("QGIS takes at most 3 s more than the command line", f"{overhead_s:.2f} s", overhead_s <= OVERHEAD_S),
        Verdict("QGIS's own process grows by less than 60 MB", f"{growth_mb:.1f} MB", growth_mb < GROWTH_MB),
        Verdict("QGIS's event loop never pauses for 0.2 s", f"{gap_s * 1000:.0f} ms", gap_s < GAP_S),
        Verdict("a window of 1,000 x 1,000 within 5 s", f"{preview_s:.1f} s", preview_s <= PREVIEW_S),
    )
    return Result("plugin", ("what", "found"), rows, verdicts, (*NOTES, f"Scene: {side}² px, six uint16 bands."))


NOTES = (
    f"{CUT_UNET} in INT8, {ENGINE}; medians of interleaved runs, but memory and pauses are the worst of all. QGIS is "
    "Debian 12's version 3.22, without a window (Qt's offscreen platform).",
    "Growth is the most resident memory of QGIS's process, sampled every 10 ms, over what it had before with the scene "
    "loaded; geoquant's worker is a process of its own.",
    "A timer of 10 ms in QGIS's main thread tells how long its event loop was held up while the algorithm ran.",
)


def _in_qgis(bench: Bench, scene: Path, model: Path) -> partial[Usage]:
    folder = bench.work / "qgis_profile"
    folder.mkdir(exist_ok=True)
    outs = {"out": bench.out("plugin_qgis"), "preview_out": bench.out("plugin_preview")}
    task = {"scene": str(scene), "model": str(model), "engine": ENGINE, "preview_px": PREVIEW_PX, **outs}
    variables = {
        "QT_QPA_PLATFORM": "offscreen",
        "QGIS_CUSTOM_CONFIG_PATH": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "GEOQUANT_PYTHON": sys.executable,
    }
    program = str(REPOSITORY / "benchmarks" / "in_qgis.py")
    return partial(run_child, [QGIS_PYTHON, program, json.dumps(task)], env=variables)


def _overhead_s(runs: dict[str, list[Usage]]) -> float:
    """Median of what each turn took longer in QGIS."""
    pairs = zip(runs[BY_HAND], runs[IN_QGIS], strict=True)
    return statistics.median(inside.facts["whole_s"] - outside.wall_s for outside, inside in pairs)


def _seconds(runs: dict[str, list[Usage]], fact: str) -> str:
    return f"{median(runs[IN_QGIS], fact):.1f} s"
