"""Runs that are killed before or after their n-th rename, each in a forked child of one warm process.

``python killed_runs.py FOLDER``: FOLDER holds scene.tif and model.onnx; one line of JSON per kill and per pair of runs
goes to stdout.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import warnings
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

FOLDER = Path(sys.argv[1])
OUT = FOLDER / "out"


def outputs() -> dict[str, str]:
    """Name -> hash of everything in the output's folder, hidden names too."""
    return {
        path.relative_to(OUT).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(OUT.rglob("*"))
        if path.is_file()
    }


def emptied() -> None:
    import shutil

    shutil.rmtree(OUT, ignore_errors=True)
    (OUT / "tables").mkdir(parents=True)


def job() -> None:
    from geoquant.inference.classify import classify
    from geoquant.options.classify import ClassifyOptions

    beside = {"polygons": str(OUT / "o.gpkg"), "areas": str(OUT / "tables" / "o.csv")}
    options = ClassifyOptions(engine="ort", tile=64, workers=1, confidence=True, drift=True, **beside)
    classify(FOLDER / "scene.tif", FOLDER / "model.onnx", OUT / "o.tif", options)


def child(work: Callable[[], None]) -> int:
    """Start ``work`` in a process of its own; its id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        warnings.simplefilter("ignore")
        work()
        os._exit(0)
    except BaseException as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.stderr.flush()
        os._exit(1)


def code_of(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def killed_at(number: int, after: bool) -> None:
    """Run the job and die before or after its ``number``-th rename."""
    numbers = count(1)

    def dying(rename: Callable[..., None]) -> Callable[..., None]:
        def renamed(*names: Any, **facts: Any) -> None:
            own = next(numbers)
            if own == number and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            rename(*names, **facts)
            if own == number:
                os.kill(os.getpid(), signal.SIGKILL)

        return renamed

    os.replace, os.rename = dying(os.replace), dying(os.rename)
    job()


def tell(**facts: Any) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def main() -> None:
    for name in (
        "dask",
        "shapely",
        "onnxruntime",
        "geoquant.inference.classify",
        "geoquant.engines.onnxruntime_engine",
    ):
        import_module(name)  # the children start warm
    from geoquant.inference import tile_layout

    tile_layout.SHARD_PX = tile_layout.PANEL_PX = 128
    tile_layout.NARROWEST_PANEL_PX = 1
    emptied()
    tell(run="reference", code=code_of(child(job)), files=outputs())
    number, died = 0, True
    while died:
        number += 1
        # before a rename is after the one before it, but for a finished part
        for after in (False, True) if number % 3 == 1 else (True,):
            emptied()
            died = code_of(child(partial(killed_at, number, after))) == -signal.SIGKILL
            left = [name for name in outputs() if not any(part.startswith(".") for part in Path(name).parts)]
            again = code_of(child(job)) if died else 0
            tell(run="killed", number=number, after=after, died=died, left=left, code=again, files=outputs())
    for _ in range(3):
        emptied()
        pids = [child(job), child(job)]
        tell(run="pair", codes=[code_of(pid) for pid in pids], files=outputs())


if __name__ == "__main__":
    main()
