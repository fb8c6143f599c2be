# SPDX-License-Identifier: GPL-2.0-or-later
"""The client of ``worker.py``: starts it, hands on its events, cancels it, and says in words how it ended.

Standard library only, and safe to call from any thread: Processing runs algorithms in the background.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess  # nosec B404 - the worker is started from a list of arguments, never through a shell
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

WORKER = Path(__file__).resolve().with_name("worker.py")
POLL_S = 0.1
CANCEL_WITHIN_S = 1.5
"""How long a cancelled worker may clean up (it takes at most 1 s by itself) before it is ended by force."""
TERMINATE_WITHIN_S = 0.2
END_WITHIN_S = 5.0
"""How long a worker that has closed its protocol may take to end."""
LOG_LINES, LOG_LINE_BYTES = 400, 4096
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
"""What QGIS sets for its own libraries and Python; the worker has others, which it would break."""
CANCELLED = 130
SETUP_HINT = "Run the algorithm 'Set up environment', or choose another interpreter in the settings of geoquant."
MEMORY_REMEDY = "set a lower memory limit, or close other programs."
MEMORY_HINT = f"most likely because memory ran out: {MEMORY_REMEDY}"

EventHandler = Callable[[Mapping[str, Any]], None]


class WorkerFailed(Exception):
    """The worker did not give a result.

    Attributes:
        log: the last lines of what it and its libraries wrote; may be empty.
        exit_code: of the command line (1 error, 2 usage, 3 accuracy gate), negative for a signal; None where the
            process could not be started.
        result: what it had found before it failed, such as the figures of an evaluation whose gate does not hold.
    """

    def __init__(
        self, message: str, log: str = "", exit_code: int | None = None, result: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.log, self.exit_code, self.result = log, exit_code, result


class WorkerCancelled(Exception):
    """The worker was cancelled and has ended; nothing was written under the output's name."""


def run_worker(
    interpreter: Path,
    arguments: Sequence[str],
    *,
    on_event: EventHandler,
    is_cancelled: Callable[[], bool],
    environment: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """Run one geoquant command in a worker and wait for its result.

    A verdict, such as ``inspect`` of a scene that does not fit, is a result, not a failure.

    Args:
        interpreter: Python of geoquant's environment.
        arguments: of the command line, without the program's name and without ``--progress``; see
            ``arguments.command_arguments`` for paths that begin with a dash.
        on_event: is given every progress and warning event, in this thread.
        is_cancelled: is asked about ten times a second, in this thread; once it says yes the worker is stopped, which
            takes less than two seconds.
        environment: variables to start from; by default those of this process. Those that QGIS sets for its own
            libraries are dropped.

    Returns:
        The result object that the command writes with ``--progress json``.

    Raises:
        WorkerFailed: with one readable sentence, the log and the exit code.
        WorkerCancelled: after ``is_cancelled`` said yes; the worker has ended and its partial files are gone.
    """
    with _Worker(interpreter, clean_environment(os.environ if environment is None else environment)) as worker:
        worker.send({"arguments": list(arguments)})
        return worker.converse(on_event, is_cancelled)


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """``environment`` without the variables that QGIS sets for its own Python, GDAL, PROJ and Qt."""
    return {
        name: value
        for name, value in environment.items()
        if name.upper() not in DROPPED and not name.upper().startswith(DROPPED_PREFIXES)
    }


def start_quietly(command: Sequence[str], environment: Mapping[str, str], **pipes: Any) -> subprocess.Popen[bytes]:
    """Start a process without a console window on Windows, and in a session of its own elsewhere.

    With its own session the process and everything it starts can be ended together, and Ctrl-C in the terminal of
    ``qgis_process`` reaches QGIS alone, which then cancels in order.
    """
    if sys.platform == "win32":
        pipes["creationflags"] = subprocess.CREATE_NO_WINDOW
    else:
        pipes["start_new_session"] = True
    return subprocess.Popen(list(command), env=dict(environment), bufsize=-1, **pipes)  # nosec B603 - no shell


def end_by_force(process: subprocess.Popen[bytes]) -> None:
    """End a process of ``start_quietly`` and, outside Windows, everything that it has started."""
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a dead group
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


class _Worker:
    """A worker process with the two threads that read from it; a context manager that leaves nothing behind."""

    def __init__(self, interpreter: Path, environment: Mapping[str, str]) -> None:
        command = [str(interpreter), "-I", str(WORKER)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        try:
            self._process = start_quietly(command, environment, **pipes)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            message = f"geoquant's Python {interpreter} can't be started ({reason}). {SETUP_HINT}"
            raise WorkerFailed(message) from error
        self._events: queue.SimpleQueue[Mapping[str, Any] | None] = queue.SimpleQueue()
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self._result: Mapping[str, Any] | None = None
        self._error: Mapping[str, Any] = {}
        self._threads = [
            threading.Thread(target=work, name="geoquant-worker", daemon=True) for work in (self._hear, self._keep_log)
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> _Worker:
        return self

    def __exit__(self, *_: object) -> None:
        """End the process if it still runs, its children, the threads and the pipes."""
        if self._process.poll() is None:
            self._stop()
        elif self._process.returncode < 0:
            end_by_force(self._process)  # what a killed worker had started
        for thread in self._threads:
            thread.join(END_WITHIN_S)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]

    def send(self, message: Mapping[str, Any]) -> None:
        """Write one line to the worker; it may have ended already, which is found out where its events are read."""
        pipe: BinaryIO = self._process.stdin  # type: ignore[assignment]
        with contextlib.suppress(OSError):
            pipe.write(json.dumps(message).encode("ascii") + b"\n")
            pipe.flush()

    def converse(self, on_event: EventHandler, is_cancelled: Callable[[], bool]) -> Mapping[str, Any]:
        """Hand on events until the worker closes its protocol; then its result, or how it failed."""
        while True:
            if is_cancelled():
                self._stop()
                raise WorkerCancelled("Cancelled; nothing was written under the output's name.")
            try:
                event = self._events.get(timeout=POLL_S)
            except queue.Empty:
                continue
            if event is None:
                return self._outcome()
            self._take(event, on_event)

    def _take(self, event: Mapping[str, Any], on_event: EventHandler) -> None:
        if event["event"] == "result":
            self._result = event["result"]
        elif event["event"] == "error":
            self._error = event
        else:
            on_event(event)

    def _outcome(self) -> Mapping[str, Any]:
        """The result of a worker that has nothing more to say."""
        try:
            exit_code = self._process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            end_by_force(self._process)
            exit_code = self._process.wait()
        if self._result is not None and not self._error:
            return self._result
        if self._error.get("exit_code") == CANCELLED:
            raise WorkerCancelled(self._error["message"])
        self._fail(exit_code)

    def _fail(self, exit_code: int) -> NoReturn:
        self._threads[1].join(END_WITHIN_S)  # the rest of the log
        log = "\n".join(self._log)
        message = sentence_of_error(self._error) if self._error else sentence_of_exit(exit_code)
        raise WorkerFailed(message, log, self._error.get("exit_code", exit_code), self._result)

    def _stop(self) -> None:
        """Cancel in order; by force where that takes too long."""
        self.send({"event": "cancel"})
        with contextlib.suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]
        for patience_s, force in ((CANCEL_WITHIN_S, self._process.terminate), (TERMINATE_WITHIN_S, self._kill)):
            try:
                self._process.wait(patience_s)
            except subprocess.TimeoutExpired:
                force()
        self._process.wait()

    def _kill(self) -> None:
        end_by_force(self._process)

    def _hear(self) -> None:
        """Read the protocol in a thread, because a pipe can't be read with a time limit on Windows."""
        for line in self._process.stdout:  # type: ignore[union-attr]
            try:
                event = json.loads(line)
                known = isinstance(event, dict) and isinstance(event.get("event"), str)
            except ValueError:
                known = False
            if known:
                self._events.put(event)
            else:
                self._log.append(line.decode("utf-8", "replace").rstrip())
        self._events.put(None)

    def _keep_log(self) -> None:
        """Read stderr in a thread, so that the worker never waits for it; the last lines are kept."""
        pipe: BinaryIO = self._process.stderr  # type: ignore[assignment]
        while line := pipe.readline(LOG_LINE_BYTES):
            self._log.append(line.decode("utf-8", "replace").rstrip())


def sentence_of_error(error: Mapping[str, Any]) -> str:
    """What a person needs to know of an error event."""
    kind, message = error.get("kind", ""), error.get("message", "")
    if kind in ("MemoryError", "_ArrayMemoryError"):
        return f"Memory ran out in geoquant's process: {MEMORY_REMEDY}"
    if kind in ("ImportError", "ModuleNotFoundError"):
        return f"geoquant's environment is incomplete or broken: {message} {SETUP_HINT}"
    return str(message)


def sentence_of_exit(exit_code: int) -> str:
    """How a process that said nothing has ended, as a sentence: its signal, Windows status, or exit code."""
    if exit_code < 0:
        return _sentence_of_signal(-exit_code)
    status = WINDOWS_STATUS.get(exit_code & 0xFFFFFFFF)
    if status:
        return f"geoquant's process {status}"
    return f"geoquant's process ended with exit code {exit_code} and without a result; its log says more. {SETUP_HINT}"


def _sentence_of_signal(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = "unknown"
    if name == "SIGKILL":
        return f"geoquant's process was ended by the system (signal {number}, {name}), {MEMORY_HINT}"
    if name in ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT"):
        return (
            f"geoquant's process crashed in a native library (signal {number}, {name}); its log says where. Another "
            "engine or a smaller tile may avoid it."
        )
    return f"geoquant's process was ended from outside (signal {number}, {name})."


WINDOWS_STATUS = {
    0xC0000005: "crashed in a native library (access violation); its log says where. Another engine may avoid it.",
    0xC000001D: "crashed: a library uses an instruction that this processor does not have. Choose another engine.",
    0xC0000017: f"was ended by the system (no memory), {MEMORY_HINT}",
    0xC000012D: f"was ended by the system (commitment limit), {MEMORY_HINT}",
    0xC00000FD: "crashed (stack overflow); its log says where.",
    0xC0000135: f"could not start: a DLL is missing. {SETUP_HINT}",
    0xC0000142: f"could not start: a DLL failed to load. {SETUP_HINT}",
    0xC0000374: "crashed in a native library (heap corruption); its log says where. Another engine may avoid it.",
    0xC0000409: "crashed in a native library (stack buffer overrun); its log says where. Another engine may avoid it.",
}
