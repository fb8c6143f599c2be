"""Speed and memory of a model on its own: a process that does nothing else runs it, as a stream would, and reports.

Memory of an engine can't be measured in a process where others have run: allocators keep what they were given. The
child loads the engine with one thread per worker, keeps one tile in flight on every core for a moment, and reports its
rate and the kernel's high-water mark.

``python -m geoquant.engines.isolated_run`` is what the child runs: a task as JSON on stdin, facts as JSON on stdout.
"""

from __future__ import annotations

import json
import os
import subprocess  # nosec B404
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geoquant.engines.protocol import Engine, Kind
from geoquant.engines.registry import load_engine
from geoquant.errors import EngineError
from geoquant.model_card.card import ModelCard
from geoquant.model_card.json_schema import card_from_json, card_to_json

SECONDS = 1.5
"""How long the child runs tiles after the first one of each worker."""
TIMEOUT_S = 300


@dataclass(frozen=True)
class IsolatedRunFacts:
    """The report of the child process.

    Attributes:
        mpx_per_s: Million pixels per second with a tile in flight on every core, padding included.
        peak_mb: The most resident memory of the whole process in 10^6 bytes; None where the system does not say.
    """

    mpx_per_s: float
    peak_mb: float | None


def measure_isolated(model: Path, card: ModelCard, kind: Kind, tile: tuple[int, int], workers: int) -> IsolatedRunFacts:
    """Run a model in a process of its own.

    Args:
        model: ONNX file.
        card: its card.
        kind: engine.
        tile: (y, x) of the tiles that it runs.
        workers: tiles in flight, one thread each.

    Raises:
        EngineError: the child failed; the message has its last words.
    """
    task = {"model": str(model), "card": card_to_json(card), "kind": kind, "tile": tile, "workers": workers}
    command = [sys.executable, "-m", "geoquant.engines.isolated_run"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        how: dict[str, Any] = {"capture_output": True, "text": True, "timeout": TIMEOUT_S, "check": True}
        done = subprocess.run(command, input=json.dumps(task), env=environment, **how)  # nosec B603
        return IsolatedRunFacts(**json.loads(done.stdout.splitlines()[-1]))
    except (OSError, subprocess.SubprocessError, ValueError, IndexError, TypeError) as error:
        words = str(getattr(error, "stderr", "") or error).strip().splitlines()[-1:]
        raise EngineError(f"{kind} could not be measured in a process of its own: {' '.join(words)}") from error


def main() -> None:
    """Run the task of the child process."""
    task = json.loads(sys.stdin.read())
    card = card_from_json(task["card"])
    engine = load_engine(Path(task["model"]), card, task["kind"], 1, task["workers"])
    rate = _rate(engine, len(card.bands), tuple(task["tile"]), task["workers"])
    sys.stdout.write(json.dumps({"mpx_per_s": rate, "peak_mb": _peak_mb()}) + "\n")


def _rate(engine: Engine, bands: int, tile: tuple[int, int], workers: int) -> float:
    """Million pixels per second of ``workers`` threads, each with a batch of its own."""
    import numpy as np

    noise = np.random.default_rng(0).normal(size=tile)  # of one band: all of them in float64 would be the peak
    levels = (noise * 40 + 128).clip(0, 255) if engine.input_format.dtype == "uint8" else noise
    every_band = np.broadcast_to(levels, (1, bands, *tile))
    given: list[Any] = [every_band.astype(engine.input_format.dtype, order="C") for _ in range(workers)]

    def run(batch: Any) -> int:
        tiles, end = 0, time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            engine.classes(batch)
            tiles += 1
        return tiles

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(engine.classes, given))  # compiles, allocates
        start = time.perf_counter()
        tiles = sum(pool.map(run, given))
        return tiles * tile[0] * tile[1] / 1e6 / (time.perf_counter() - start)


def _peak_mb() -> float | None:
    """High-water mark of this process; a parent's memory does not count, as it does in Linux's ``ru_maxrss``."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="ascii").splitlines() if ":" in line)
        return int(lines["VmHWM"].split()[0]) * 1024 / 1e6 if "VmHWM" in lines else None
    if sys.platform == "win32":
        return None
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main()
