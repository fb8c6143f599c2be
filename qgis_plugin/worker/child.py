# SPDX-License-Identifier: GPL-2.0-or-later
"""A process outside QGIS: started clean, read in threads, and ended whatever happens.

Standard library only, and safe to use from any thread: Processing runs algorithms in the background. Processes are
started from lists of arguments, never through a shell.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess  # nosec B404
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

POLL_S = 0.1
TERMINATE_WITHIN_S = 0.2
END_WITHIN_S = 5.0
"""How long a process that has closed its output may take to end."""
LOG_LINES, LINE_BYTES = 400, 2**16
DROPPED_PREFIXES = ("PYTHON", "PROJ_", "DYLD_")
DROPPED = {
    "GDAL_DATA",
    "GDAL_DRIVER_PATH",
    "GDAL_PYTHON_DRIVER_PATH",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "QT_PLUGIN_PATH",
    "__PYVENV_LAUNCHER__",
}
"""What QGIS sets for its own libraries and Python; geoquant has others, which it would break."""


class ChildCancelled(Exception):
    """A process was cancelled and has ended."""


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """``environment`` without the variables that QGIS sets for its own Python, GDAL, PROJ and Qt."""
    return {
        name: value
        for name, value in environment.items()
        if name.upper() not in DROPPED and not name.upper().startswith(DROPPED_PREFIXES)
    }


class Child:
    """A running process; a context manager that leaves no process, thread or pipe behind.

    It has no console window on Windows, and a session of its own elsewhere, so that it and everything it starts can be
    ended together, and so that Ctrl-C in the terminal of ``qgis_process`` reaches QGIS alone, which cancels in order.

    Attributes:
        log: the last lines of its stderr, or of all it wrote where ``merged``.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], *, patience_s: float = 0.0, merged: bool = False
    ) -> None:
        """Start ``command``.

        Args:
            command: program and arguments.
            environment: its variables, see ``clean_environment``.
            patience_s: how long it may take to end by itself when it is stopped, which the end of its stdin tells it.
            merged: stderr comes out of ``lines`` with stdout, in order.

        Raises:
            OSError, ValueError: the program can't be started.
        """
        self._process = _start(command, environment, subprocess.STDOUT if merged else subprocess.PIPE)
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._merged, self._patience_s = merged, patience_s
        self._threads = [threading.Thread(target=self._read_output, name="geoquant-output", daemon=True)]
        if not merged:
            self._threads.append(threading.Thread(target=self._read_log, name="geoquant-log", daemon=True))
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        """End what still runs: the process, what it has started, and the threads that read from it."""
        if self._process.poll() is None:
            self.stop()
        elif self._process.returncode < 0:
            self._kill()  # what a killed process had started
        for thread in self._threads:
            thread.join(END_WITHIN_S)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    @property
    def pid(self) -> int:
        """Of the process, and of its session."""
        return self._process.pid

    def send(self, line: str) -> None:
        """Write one line of ASCII; a process that has ended already is found out by whoever reads its lines."""
        pipe: BinaryIO = self._process.stdin  # type: ignore[assignment]
        with contextlib.suppress(OSError):
            pipe.write(line.encode("ascii") + b"\n")
            pipe.flush()

    def lines(self, is_cancelled: Callable[[], bool]) -> Iterator[bytes]:
        """Every line of stdout; an empty one where nothing came for ``POLL_S``, so that the caller can look around.

        Args:
            is_cancelled: asked about ten times a second; once it says yes the process is stopped.

        Raises:
            ChildCancelled: the process has ended because ``is_cancelled`` said yes.
        """
        while not is_cancelled():
            try:
                line = self._lines.get(timeout=POLL_S)
            except queue.Empty:
                line = b""
            if line is None:
                return
            yield line
        self.stop()
        raise ChildCancelled

    def stop(self) -> None:
        """Close stdin, wait, then terminate the process, then end it by force."""
        with contextlib.suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]
        for wait_s, force in ((self._patience_s, self._process.terminate), (TERMINATE_WITHIN_S, self._kill)):
            try:
                self._process.wait(wait_s)
            except subprocess.TimeoutExpired:
                force()
        self._process.wait()

    def exit_code(self) -> int:
        """Of a process that has closed its output, negative for a signal; it is ended by force if it does not end."""
        try:
            self._process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._kill()
        return self._process.wait()

    def log_text(self) -> str:
        """The log of a process that has ended."""
        self._threads[-1].join(END_WITHIN_S)
        return "\n".join(self.log.copy())  # a process that outlives it may still write

    def _kill(self) -> None:
        """End the process and, outside Windows, everything that it has started."""
        if sys.platform != "win32":
            with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a dead group
                os.killpg(self.pid, signal.SIGKILL)
        self._process.kill()

    def _read_output(self) -> None:
        """Read in a thread, because a pipe can't be read with a time limit on Windows."""
        pipe: BinaryIO = self._process.stdout  # type: ignore[assignment]
        while line := pipe.readline():
            if self._merged:
                self.log.append(_text(line))
            self._lines.put(line)
        self._lines.put(None)

    def _read_log(self) -> None:
        """Read stderr in a thread, so that the process never waits for a reader."""
        pipe: BinaryIO = self._process.stderr  # type: ignore[assignment]
        while line := pipe.readline(LINE_BYTES):
            self.log.append(_text(line))


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip()


def _start(command: Sequence[str], environment: Mapping[str, str], errors: int) -> subprocess.Popen[bytes]:
    how: dict[str, Any] = {"env": dict(environment), "stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    if sys.platform == "win32":
        how["creationflags"] = subprocess.CREATE_NO_WINDOW
    else:
        how["start_new_session"] = True
    return subprocess.Popen(list(command), stderr=errors, **how)  # nosec B603
