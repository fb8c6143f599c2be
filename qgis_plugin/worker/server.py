# SPDX-License-Identifier: GPL-2.0-or-later
"""The worker: geoquant's command line in a process of its own, told and cancelled over a pipe.

Started as ``PYTHON -I server.py`` with the interpreter of geoquant's environment; it never runs inside QGIS. A request
is a line of JSON on stdin, ``{"arguments": ["classify", ...]}``. It goes through the command line with ``--progress
json``, so that QGIS and a terminal give the same result. What comes back on the protocol's descriptor, which was stdout
when the process began, is one JSON object a line:

    {"event": "progress", "stage": "classifying", "done": 1e6, "total": 4e6, "unit": "px"}
    {"event": "warning", "message": "..."}
    {"event": "error", "kind": "RasterError", "message": "...", "exit_code": 1}
    {"event": "result", "result": {...}}

Whatever a library prints goes to stderr: that is the log. The end of stdin cancels as Ctrl-C does, whether QGIS closed
it or is gone; where that does not end the process in time, because native code goes on, it removes what it has begun to
write and ends. Native code that never comes back while it holds Python's lock stops all of that: ``guardian.py``, a
process beside this one, then does the same. Where no Python code runs for ``STANDSTILL_S`` although nobody has
cancelled, the guardian, or where there is none a timer that needs no lock, ends the process with every thread's stack
in the log.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import signal
import subprocess  # nosec B404
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, TextIO

STOP_WITHIN_S = 1.0
"""What a cancelled command has to clean up; client.py waits a little longer before it ends the process by force."""
CANCELLED, ERROR, USAGE = 130, 1, 2
STANDSTILL_S, HEARTBEAT_S = 180.0, 5.0
"""How long no Python code runs before the process counts as stuck, and how often the timer is set back."""
GUARDIAN_ENDS_WITHIN_S = 1.0
EXPECTED = 'expected {"arguments": ["classify", ...]}, the command line\'s arguments as texts without the character 0.'
LIBRARY_FOLDER = "library"
"""Holds geoquant in the packaged plugin, and nothing else, so that no module of the plugin is taken for another one."""


class BadRequest(Exception):
    """A line that is no request; the message says what was expected."""


def main() -> NoReturn:
    """Serve one request and end the process with the command line's exit code."""
    faulthandler.enable()
    sys.path.insert(0, str(library_folder()))
    guardian = Guardian()
    threading.Thread(target=beat, args=(guardian,), daemon=True).start()
    orders, protocol = take_descriptors()
    try:
        request = next(orders, None)
    except BadRequest as error:
        end(fail(protocol, error, str(error), USAGE))
    if request is None:
        end(CANCELLED)
    threading.Thread(target=obey, args=(orders,), daemon=True).start()
    exit_code = serve(request["arguments"], protocol, guardian)
    guardian.dismiss()
    end(exit_code)


def beat(guardian: Guardian) -> None:
    """Tell the guardian that Python code runs, or set back the timer that stands for it."""
    while True:
        if not guardian.beat():
            faulthandler.dump_traceback_later(STANDSTILL_S, exit=True)
        time.sleep(HEARTBEAT_S)


class Guardian:
    """The process of ``guardian.py``; none where the system can't wait for pipes so, as Windows."""

    def __init__(self) -> None:
        """Start it; stdin has to be the pipe of orders still."""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        if sys.platform == "win32":
            return
        control, self._control = os.pipe()
        program = str(Path(__file__).resolve().with_name("guardian.py"))
        command = [sys.executable, "-I", "-S", program, str(os.getpid()), str(control), str(STANDSTILL_S)]
        with contextlib.suppress(OSError):  # a job can be done without it
            self._process = subprocess.Popen(command, pass_fds=[control], stdout=subprocess.DEVNULL)  # nosec B603
        os.close(control)

    def beat(self) -> bool:
        """Give a sign of life; False where nobody is there to see it."""
        return self._write(b"\n")

    def tell(self, begun: list[str]) -> None:
        """Say what would have to be removed."""
        self._write(json.dumps(begun).encode() + b"\n")

    def dismiss(self) -> None:
        """Let it end, and wait for that."""
        if self._process is not None:
            with self._lock:
                process, self._process = self._process, None
                os.close(self._control)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GUARDIAN_ENDS_WITHIN_S)

    def _write(self, line: bytes) -> bool:
        with self._lock, contextlib.suppress(OSError):  # it may be gone
            if self._process is not None:
                os.write(self._control, line)
                return True
        return False


def library_folder() -> Path:
    """The folder that holds the package geoquant: in the plugin, or the checkout that this file lies in."""
    plugin = Path(__file__).resolve().parents[1]
    packaged = plugin / LIBRARY_FOLDER
    return packaged if packaged.is_dir() else plugin.parent


def take_descriptors() -> tuple[Iterator[dict[str, Any]], TextIO]:
    """Keep stdin and stdout for the protocol, and leave nothing and stderr in their place for everybody else.

    Neither copy is inherited: a process that the job starts can't keep the pipe open.
    """
    orders, protocol = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return json_lines(orders), os.fdopen(protocol, "w", encoding="ascii", newline="\n")


def json_lines(descriptor: int) -> Iterator[dict[str, Any]]:
    """The requests that come, until the other side closes; unbuffered, so that no lock is held when the process ends.

    Raises:
        BadRequest: a line is none.
    """
    rest = b""
    while piece := os.read(descriptor, 2**16):
        *lines, rest = (rest + piece).split(b"\n")
        yield from map(request_of, lines)


def request_of(line: bytes) -> dict[str, Any]:
    """One line as a request.

    Raises:
        BadRequest: it is not ``{"arguments": [text, ...]}``.
    """
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"The worker's request is no JSON ({error}); {EXPECTED}") from error
    arguments = request.get("arguments") if isinstance(request, dict) else None
    if not isinstance(arguments, list) or not all(map(is_argument, arguments)):
        raise BadRequest(f"The worker's request is {line[:60]!r}; {EXPECTED}")
    return {"arguments": arguments}


def is_argument(value: Any) -> bool:
    """Whether a system could have given it to a command: a text that it can spell, without the character 0."""
    try:
        return isinstance(value, str) and b"\0" not in os.fsencode(value)
    except UnicodeEncodeError:
        return False


def serve(arguments: list[str], protocol: TextIO, guardian: Guardian) -> int:
    """Run the command line; the exit code. Whatever goes wrong is an event, not a traceback."""
    try:
        import click

        from geoquant.cli import console as screen
        from geoquant.cli.main import command
        from geoquant.unfinished import listen
    except ImportError as error:
        return fail(protocol, error, f"geoquant can't be loaded by {sys.executable}: {error}.")
    listen(guardian.tell)
    with screen.protocol_on(protocol):
        try:
            given = [*arguments[:1], "--progress", "json", *arguments[1:]]
            return int(command.main(given, prog_name="geoquant", standalone_mode=False) or 0)
        except SystemExit as stop:
            return stop.code if isinstance(stop.code, int) else ERROR
        except click.ClickException as error:
            return fail(protocol, error, error.format_message(), error.exit_code)
        except (click.Abort, KeyboardInterrupt) as error:
            return fail(protocol, error, "Cancelled before it began.", CANCELLED)


def fail(protocol: TextIO, error: BaseException, message: str, exit_code: int = ERROR) -> int:
    """Write an error event and return its exit code."""
    event = {"event": "error", "kind": type(error).__name__, "message": message, "exit_code": exit_code}
    with contextlib.suppress(OSError):  # the other side may be gone
        protocol.write(json.dumps(event) + "\n")
        protocol.flush()
    return exit_code


def obey(orders: Iterator[dict[str, Any]]) -> None:
    """Wait for the end of orders, which is the order to cancel."""
    with contextlib.suppress(BadRequest):  # a second line cancels too, whatever it says
        next(orders, None)
    timer = threading.Timer(STOP_WITHIN_S, end_by_force)
    timer.daemon = True
    timer.start()
    from geoquant.cli import console as screen

    screen.request_stop()


def end_by_force() -> None:
    """End although the job still runs in native code, and every process that it has started."""
    from geoquant.unfinished import remove_unfinished

    remove_unfinished()
    if hasattr(os, "getsid") and os.getsid(0) == os.getpid():  # client.py starts it so
        os.killpg(0, signal.SIGKILL)
    end(CANCELLED)


def end(exit_code: int) -> NoReturn:
    """End at once: a library that waits or crashes while Python is torn down must not spoil a job that is done."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(exit_code)


if __name__ == "__main__":
    main()
