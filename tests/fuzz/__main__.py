"""``python -m tests.fuzz --hours 2 --seed 1 --keep found``: fuzz for long, and tell what was found."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from tests.fuzz.case import Outcome
from tests.fuzz.fuzzer import LIMIT_S, Fuzzer
from tests.fuzz.known import is_known
from tests.fuzz.trying import MAKERS


def main() -> int:
    """Try cases until the time is over; the exit code is 1 where anything unknown was found."""
    given = _arguments()
    kinds = given.kind or list(MAKERS)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    first: dict[tuple[str, str, str], tuple[int, Outcome]] = {}
    end = time.monotonic() + 3600 * given.hours
    with Fuzzer(given.limit, given.keep) as fuzzer:
        for seed, kind in ((seed, kind) for seed in range(given.seed, given.seed + given.count) for kind in kinds):
            if time.monotonic() > end:
                break
            outcome = fuzzer.try_case(kind, seed)
            counts[kind][_column(outcome)] += 1
            _tell(kind, seed, outcome, first, given.every)
    _summarize(counts, first)
    return int(any(not is_known(outcome) for _, outcome in first.values()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--hours", type=float, default=0.1, help="stop after so long")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=10**9, help="seeds of each kind, at most")
    parser.add_argument("--kind", action="append", choices=list(MAKERS), help="only this kind; may be repeated")
    parser.add_argument("--limit", type=float, default=LIMIT_S, help="seconds after which a case hangs")
    parser.add_argument("--keep", type=Path, help="folder for the inputs of findings")
    parser.add_argument("--every", action="store_true", help="tell of every case, not only of new findings")
    return parser.parse_args()


def _column(outcome: Outcome) -> str:
    return "known" if outcome.is_finding and is_known(outcome) else outcome.kind


def _tell(
    kind: str, seed: int, outcome: Outcome, first: dict[tuple[str, str, str], tuple[int, Outcome]], every: bool
) -> None:
    signature = (kind, outcome.kind, outcome.what)
    is_new = outcome.is_finding and signature not in first
    if is_new:
        first[signature] = (seed, outcome)
    if every or is_new:
        print(f"{kind} {seed} {outcome.seconds:.1f} s {_column(outcome)}: {outcome.what:.200}", flush=True)


def _summarize(counts: dict[str, Counter[str]], first: dict[tuple[str, str, str], tuple[int, Outcome]]) -> None:
    columns = ["ok", "error", *sorted({name for each in counts.values() for name in each} - {"ok", "error"})]
    print("\n" + "".join(f"{name:>12}" for name in ("kind", "tried", *columns)))
    for kind, found in counts.items():
        print("".join(f"{cell!s:>12}" for cell in (kind, found.total(), *(found[name] for name in columns))))
    for (kind, outcome, what), (seed, _) in first.items():
        print(f"{outcome} at first with --kind {kind} --seed {seed} --count 1: {what}")


if __name__ == "__main__":
    sys.exit(main())
