"""Measure child processes: wall time, CPU seconds of the whole tree and the peak of its resident memory.

Everything that is compared runs as processes of its own, one after the other, interleaved: A B C A B C ..., so that a
slow minute of the machine hits all of them. Medians are compared, never single runs, and ratios are taken within one
interleaved run.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

REPOSITORY = Path(__file__).resolve().parent.parent
SAMPLE_S = 0.02
SAMPLES_PER_TREE = 10
"""Walking all processes of the machine for the children of one, 100 times a second, took 16 % of a core away from what
was measured."""
MB = 1e6


@dataclass(frozen=True)
class Usage:
    """What one process and all its children used.

    Attributes:
        wall_s: from start to exit.
        cpu_s: user and system time, children that it waited for included.
        peak_rss_mb: highest sum of the resident memory of the process tree, sampled every 20 ms, or the kernel's own
            high-water mark of the process where that is higher. In 10^6 bytes.
        facts: the JSON object that the process printed as its last line, if it did.
    """

    wall_s: float
    cpu_s: float
    peak_rss_mb: float
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cores(self) -> float:
        """Cores that were busy on average."""
        return self.cpu_s / self.wall_s


class ChildFailed(RuntimeError):
    """A measured process ended with an error; the message ends with its last output."""


def run_child(argv: Sequence[str], *, env: Mapping[str, str] | None = None, timeout_s: float = 1200) -> Usage:
    """Run ``argv`` in the repository's root and measure it.

    Args:
        argv: the command.
        env: variables to set on top of this process's own.
        timeout_s: it is killed after that.

    Raises:
        ChildFailed: it ended with another code than 0, or took too long.
    """
    start = time.perf_counter()
    child = subprocess.Popen(
        list(argv),
        cwd=REPOSITORY,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    peak = _PeakSampler(child.pid)
    killer = threading.Timer(timeout_s, child.kill)
    killer.start()
    errors: list[str] = []
    reader = threading.Thread(target=lambda: errors.append(child.stderr.read() if child.stderr else ""))
    reader.start()
    output = child.stdout.read() if child.stdout else ""
    reader.join()
    _, status, used = os.wait4(child.pid, 0)
    wall_s = time.perf_counter() - start
    killer.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    peak_mb = max(peak.stop(), used.ru_maxrss * 1024 / MB)
    if child.returncode != 0:
        raise ChildFailed(f"{' '.join(argv)} ended with {child.returncode}:\n{output[-2000:]}\n{errors[0][-4000:]}")
    return Usage(wall_s, used.ru_utime + used.ru_stime, peak_mb, _last_json(output))


def _last_json(output: str) -> Mapping[str, Any]:
    lines = [line for line in output.splitlines() if line.startswith("{")]
    return dict(json.loads(lines[-1])) if lines else {}


class _PeakSampler:
    """Watches the resident memory of a process tree from a thread of its own."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._peak_bytes = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        tree = [self._process]
        for turn in count():
            if self._done.wait(SAMPLE_S):
                return
            if turn % SAMPLES_PER_TREE == 0:
                with suppress(psutil.Error):
                    tree = [self._process, *self._process.children(recursive=True)]
            self._peak_bytes = max(self._peak_bytes, sum(_rss_bytes(process) for process in tree))

    def stop(self) -> float:
        """The peak in MB."""
        self._done.set()
        self._thread.join()
        return self._peak_bytes / MB


def _rss_bytes(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0


def python_module(module: str, *arguments: str) -> list[str]:
    """The command that runs a module with this interpreter."""
    return [sys.executable, "-m", module, *arguments]


def stage(name: str, **parameters: Any) -> Callable[[], Usage]:
    """A function of ``benchmarks.stages``, to be run and measured in a process of its own."""
    return lambda: run_child(python_module("benchmarks.stages", name, json.dumps(parameters, default=str)))


def interleaved(cases: Mapping[str, Callable[[], Usage]], repeats: int) -> dict[str, list[Usage]]:
    """Run every case once, then every case again, ``repeats`` times."""
    results: dict[str, list[Usage]] = {name: [] for name in cases}
    for turn in range(repeats):
        for name, case in cases.items():
            usage = case()
            used = f"{usage.wall_s:.1f} s, {usage.cpu_s:.1f} CPU s, {usage.peak_rss_mb:.0f} MB"
            say(f"  {name} {turn + 1}/{repeats}: {used}")
            results[name].append(usage)
    return results


def say(line: str) -> None:
    """A line on stderr: what the benchmark is doing."""
    print(line, file=sys.stderr, flush=True)


def median(usages: Sequence[Usage], key: str) -> float:
    """Median of a field of ``Usage``, or of a fact that the processes printed."""
    values = [getattr(usage, key) if hasattr(usage, key) else usage.facts[key] for usage in usages]
    return float(statistics.median(values))


class Clock:
    """Wall and CPU seconds of this process since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), _cpu_seconds()

    @property
    def wall_s(self) -> float:
        """Wall seconds so far."""
        return time.perf_counter() - self._wall

    @property
    def cpu_s(self) -> float:
        """CPU seconds of all threads so far, and of children that were waited for."""
        return _cpu_seconds() - self._cpu


def _cpu_seconds() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


@contextmanager
def clocked(facts: dict[str, Any], name: str = "") -> Iterator[None]:
    """Add the wall and CPU seconds of a block to ``facts``, as ``<name>inner_s`` and ``<name>inner_cpu_s``."""
    clock = Clock()
    yield
    facts[f"{name}inner_s"], facts[f"{name}inner_cpu_s"] = clock.wall_s, clock.cpu_s


def digest(parts: Iterable[object]) -> str:
    """Of things whose ``repr`` says all."""
    return hashlib.sha256("|".join(map(repr, parts)).encode()).hexdigest()


def code_digest() -> str:
    """Of all that decides what geoquant makes."""
    return digest([path.read_bytes() for path in sorted((REPOSITORY / "geoquant").rglob("*.py"))])
