# SPDX-License-Identifier: GPL-2.0-or-later
"""The client of ``server.py``: one request, its events, its result, and in words how it ended otherwise."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from .child import Child, ChildCancelled, clean_environment
from .endings import cannot_start, sentence_of_error, sentence_of_exit

WORKER = Path(__file__).resolve().with_name("server.py")
CANCEL_WITHIN_S = 1.5
"""How long a cancelled worker may clean up (by itself it takes at most 1 s) before it is ended by force."""
CANCELLED = 130

EventHandler = Callable[[Mapping[str, Any]], None]


class WorkerFailed(Exception):
    """A worker did not give a result, or an environment for it could not be made.

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
    """A worker, or the making of an environment, was cancelled and has ended; nothing half-made is left."""


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
        interpreter: Python of geoquant's environment, see ``interpreter.find``.
        arguments: of the command line, without the program's name and without ``--progress``; see
            ``arguments.command_arguments``.
        on_event: is given every progress and warning event (their form stands in ``server.py``), in this thread.
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
    cleaned = clean_environment(os.environ if environment is None else environment)
    try:
        worker = Child([str(interpreter), "-I", str(WORKER)], cleaned, patience_s=CANCEL_WITHIN_S)
    except (OSError, ValueError) as error:
        raise WorkerFailed(cannot_start(interpreter, error)) from error
    with worker:
        worker.send(json.dumps({"arguments": list(arguments)}))
        return _Conversation(worker, on_event).until_result(is_cancelled)


class _Conversation:
    """What a worker says, until it closes its protocol."""

    def __init__(self, worker: Child, on_event: EventHandler) -> None:
        self._worker, self._on_event = worker, on_event
        self._result: Mapping[str, Any] | None = None
        self._error: Mapping[str, Any] = {}

    def until_result(self, is_cancelled: Callable[[], bool]) -> Mapping[str, Any]:
        """Hand on events; the result, or the exception that says how it failed."""
        try:
            for line in self._worker.lines(is_cancelled):
                self._take(line)
        except ChildCancelled as cancelled:
            raise WorkerCancelled("Cancelled; nothing was written under the output's name.") from cancelled
        exit_code = self._worker.exit_code()
        if self._result is not None and not self._error:
            return self._result
        self._fail(exit_code)

    def _take(self, line: bytes) -> None:
        event = _event(line)
        if event.get("event") == "result":
            self._result = event["result"]
        elif event.get("event") == "error":
            self._error = event
        elif event:
            self._on_event(event)

    def _fail(self, exit_code: int) -> NoReturn:
        if self._error.get("exit_code") == CANCELLED:
            raise WorkerCancelled(self._error["message"])
        log = self._worker.log_text()
        message = sentence_of_error(self._error) if self._error else sentence_of_exit(exit_code, log)
        raise WorkerFailed(message, log, self._error.get("exit_code", exit_code), self._result)


def _event(line: bytes) -> Mapping[str, Any]:
    """The event of a line; empty for an empty line, and for what no worker of geoquant writes."""
    try:
        event = json.loads(line or b"{}")
    except ValueError:
        return {}
    return event if isinstance(event, dict) and "event" in event else {}
