"""Tries cases in a child process with limits of time and memory, and keeps what it finds."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from tests.fuzz.case import Outcome
from tests.fuzz.trying import serve

LIMIT_S = 60.0
MEMORY_BYTES = 6 * 2**30
"""Address space, not memory that is used: libraries and their threads take 3 GiB of it before they do anything."""
START_S = 300.0


class Fuzzer:
    """Tries cases; use it as a context manager.

    Args:
        limit_s: Seconds after which a case hangs.
        keep: Folder in which inputs of findings are kept, with ``finding.txt`` beside them; nothing is kept if None.
    """

    def __init__(self, limit_s: float = LIMIT_S, keep: Path | None = None) -> None:
        self._limit_s, self._keep = limit_s, keep
        self._home = Path(tempfile.mkdtemp(prefix="geoquant-fuzz-"))
        self._process: multiprocessing.process.BaseProcess | None = None
        self._asked = 0

    def __enter__(self) -> Fuzzer:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._end()
        shutil.rmtree(self._home, ignore_errors=True)

    def try_case(self, kind: str, seed: int) -> Outcome:
        """One case; a new process begins where the last one is gone."""
        if self._process is None:
            self._start()
        with self._folder(kind, seed) as folder:
            self._connection.send((kind, seed, str(folder)))
            outcome = self._answer()
            self._asked += 1
            if outcome.is_finding:
                self._keep_finding(kind, seed, folder, outcome)
        return outcome

    def _answer(self) -> Outcome:
        limit_s = self._limit_s if self._asked else self._limit_s + START_S  # the first case imports and makes parts
        try:
            if self._connection.poll(limit_s):
                found = self._connection.recv()
                assert isinstance(found, Outcome)
                return found
        except (EOFError, ConnectionError):
            return Outcome("crash", f"the process ended with {self._end()}", self._log())
        log = self._log(after_signal=True)
        self._end()
        return Outcome("hang", f"no end within {limit_s:g} s", log, limit_s)

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, str(self._home), MEMORY_BYTES), daemon=True)
        self._process.start()
        theirs.close()
        self._asked = 0

    def _end(self) -> int | None:
        """Kill the process and all that it has started; its exit code."""
        process, self._process = self._process, None
        if process is None or process.pid is None:
            return None
        self._connection.close()
        process.join(timeout=1)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.join()
        return process.exitcode

    def _log(self, after_signal: bool = False) -> str:
        """What the process wrote on stderr last; after SIGABRT that is where each of its threads stands."""
        if after_signal and self._process is not None and self._process.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGABRT)
            self._process.join(timeout=5)
        path = self._home / "log"
        return path.read_text(errors="replace")[-8000:] if path.is_file() else ""

    @contextmanager
    def _folder(self, kind: str, seed: int) -> Iterator[Path]:
        folder = self._home / f"{kind}-{seed}"
        folder.mkdir()
        yield folder
        shutil.rmtree(folder, ignore_errors=True)

    def _keep_finding(self, kind: str, seed: int, folder: Path, outcome: Outcome) -> None:
        if self._keep is None:
            return
        target = self._keep / f"{kind}-{seed}-{outcome.kind}"
        shutil.copytree(folder, target, dirs_exist_ok=True)
        (target / "finding.txt").write_text(f"{outcome.what}\n\n{outcome.detail}\n", errors="replace")
