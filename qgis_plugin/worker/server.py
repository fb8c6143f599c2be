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
write and ends.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, TextIO

STOP_WITHIN_S = 1.0
"""What a cancelled command has to clean up; client.py waits a little longer before it ends the process by force."""
CANCELLED, ERROR, USAGE = 130, 1, 2
EXPECTED = 'expected {"arguments": ["classify", ...]}, the command line\'s arguments as texts without the character 0.'
LIBRARY_FOLDER = "library"
"""Holds geoquant in the packaged plugin, and nothing else, so that no module of the plugin is taken for another one."""


class BadRequest(Exception):
    """A line that is no request; the message says what was expected."""


def main() -> NoReturn:
    """Serve one request and end the process with the command line's exit code."""
    faulthandler.enable()
    sys.path.insert(0, str(library_folder()))
    orders, protocol = take_descriptors()
    try:
        request = next(orders, None)
    except BadRequest as error:
        end(fail(protocol, error, str(error), USAGE))
    if request is None:
        end(CANCELLED)
    threading.Thread(target=obey, args=(orders,), daemon=True).start()
    end(serve(request["arguments"], protocol))


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
    if not isinstance(arguments, list) or not all(isinstance(each, str) and "\0" not in each for each in arguments):
        raise BadRequest(f"The worker's request is {line[:60]!r}; {EXPECTED}")
    return {"arguments": arguments}


def serve(arguments: list[str], protocol: TextIO) -> int:
    """Run the command line; the exit code. Whatever goes wrong is an event, not a traceback."""
    try:
        import click

        from geoquant.cli import console as screen
        from geoquant.cli.main import command
    except ImportError as error:
        return fail(protocol, error, f"geoquant can't be loaded by {sys.executable}: {error}.")
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
