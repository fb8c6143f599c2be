"""Run the benchmarks and, if asked, rewrite the tables of README.md.

python -m benchmarks.run --work FOLDER --write
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.measure import say
from benchmarks.report import Result, machine, rewrite_readme

NAMES = (
    *("accuracy", "engines", "ways", "stream_overhead", "end_to_end", "memory", "peers", "peers_memory"),
    *("calibration", "calibrators", "ranges", "strata", "plugin"),
)


def main() -> int:
    """Run what the command line names; 1 when a promise is broken."""
    arguments = _parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="geoquant-bench-") as scratch:
        work = (arguments.work or Path(scratch)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        os.environ["GEOQUANT_CACHE"] = tempfile.mkdtemp(prefix="choices-", dir=work)  # auto measures anew
        results = [_run(name, Bench(work, arguments.quick)) for name in arguments.names or NAMES]
    if arguments.write:
        rewrite_readme({result.name: f"{result.markdown()}\n\nMachine: {machine()}" for result in results})
    broken = [verdict for result in results for verdict in result.verdicts if not verdict.kept]
    for verdict in broken:
        say(f"BROKEN: {verdict.promise}: {verdict.found}")
    return 1 if broken else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which, by default all: {', '.join(NAMES)}")
    parser.add_argument("--work", type=Path, help="folder for scenes, networks, environments and results; kept")
    parser.add_argument("--quick", action="store_true", help="tiny scenes, once: shows that it runs, proves nothing")
    parser.add_argument("--write", action="store_true", help="rewrite the tables of benchmarks/README.md")
    return parser


def _run(name: str, bench: Bench) -> Result:
    if name not in NAMES:
        sys.exit(f"there is no benchmark {name!r}; there are {', '.join(NAMES)}")
    start = time.perf_counter()
    measure: Callable[[Bench], Result] = import_module(f"benchmarks.{name}").measure
    result = measure(bench)
    say(f"{name}: {time.perf_counter() - start:.0f} s")
    print(f"## {name}\n\n{result.markdown()}\n", flush=True)
    (bench.work / f"{name}.json").write_text(json.dumps({"machine": machine(), **asdict(result)}, indent=1))
    return result


if __name__ == "__main__":
    sys.exit(main())
